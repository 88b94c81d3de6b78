"""The board of backups on one page, for a committee or a director’s desk."""

from __future__ import annotations

from typing import cast
from zoneinfo import ZoneInfo

from care.domain.access import Right, Scope
from care.domain.durations import written
from care.services.audit_report import DocumentError
from care.services.backups.reading import Board, SystemLine, read_board
from care.services.backups.trend import GAP_DAYS, Lapse
from care.services.backups.words import BY_JOBS, CONDITION_NAMES, STATE_NAMES, headline
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.registry import Establishment
from reports.errors import ReportError
from reports.typed_sheet import TypedSheet, render_typed_sheet
from reports.words import SEMICOLON
from reports.words import Lang as ReportLang
from reports.words import day as written_day
from scanners.model import Lang, Scalar, Text

MOST_LINES = 10
"""Systems on the page, the worst first; the others are counted."""
_LONGEST = 44
_TITLE = Text("État des sauvegardes", "State of backups")
_HEADER = (
    Text("Système", "System"),
    Text("État", "State"),
    Text("Dernière bonne sauvegarde", "Last good backup"),
    Text("Dernier essai", "Last test"),
    Text("3-2-1", "3-2-1"),
    Text("À faire d’abord", "To do first"),
)
_WIDTHS = (33, 19, 26, 24, 15, 52)
_COUNT = Text("sur 5", "of 5")
_SAID = Text("déclarée", "declared")


def print_board(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """The board as a PDF; the trail keeps who took it. NotFound, Forbidden."""
    now, lang = platform.clock.now(), scope.lang
    board = read_board(platform, scope, establishment_id)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.EXPORT)
        row = session.get_one(Establishment, place.id)
        sheet = TypedSheet(
            lang=cast("ReportLang", lang),
            issued_at=now.astimezone(ZoneInfo(platform.settings.timezone)),
            title=_TITLE.render(lang),
            place=row.name,
            finess=row.finess,
            about=Text("Tableau de bord des sauvegardes", "Board of backups").render(lang),
            text=headline(board).render(lang),
            header=tuple(one.render(lang) for one in _HEADER),
            rows=tuple(_row(one, lang) for one in board.lines[:MOST_LINES]),
            after=_after(board, lang),
            widths=_WIDTHS,
        )
        detail: dict[str, Scalar] = {"form": "pdf", "count": len(board.lines)}
        record(
            session, scope, "backup_system.exported", Thing("backup_system_register", place.id, place.id), now, detail
        )
    try:
        return render_typed_sheet(sheet)
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def _row(one: SystemLine, lang: Lang) -> tuple[str, ...]:
    return (
        one.name if len(one.name) <= _LONGEST else f"{one.name[: _LONGEST - 1]}…",
        STATE_NAMES[one.advice.state].render(lang),
        _last(one, lang),
        written_day(one.tested, cast("ReportLang", lang)) if one.tested else "",
        f"{one.met} {_COUNT.render(lang)}",
        one.first,
    )


def _last(one: SystemLine, lang: Lang) -> str:
    if one.age is not None:
        ago = written(one.age, lang)
        told = Text(f"il y a {ago}", f"{ago} ago").render(lang)
        told = f"{told} ({BY_JOBS.render(lang)})" if one.by == "job" else told
        return told if one.lapse is None else f"{told}{SEMICOLON[cast('ReportLang', lang)]}{_worst(one.lapse, lang)}"
    if one.said is not None:
        return f"{written_day(one.said, cast('ReportLang', lang))} ({_SAID.render(lang)})"
    return ""


def _worst(lapse: Lapse, lang: Lang) -> str:
    most = written(lapse.minutes, lang)
    return Text(f"au pire {most}", f"at worst {most}").render(lang)


def _after(board: Board, lang: Lang) -> str:
    parts = []
    more = len(board.lines) - MOST_LINES
    if more > 0:
        parts.append(
            Text(
                f"Et {more} autres systèmes, en meilleur état que ceux-ci.",
                f"And {more} more systems, in a better state than these.",
            ).render(lang)
        )
    if any(one.lapse for one in board.lines):
        worst = Text(
            f"Au pire : le plus long temps sans bon point de restauration, sur {GAP_DAYS} jours.",
            f"At worst: the longest time without a good restore point, over {GAP_DAYS} days.",
        )
        parts.append(worst.render(lang))
    conditions = SEMICOLON[cast("ReportLang", lang)].join(one.render(lang) for one in CONDITION_NAMES.values())
    legend = Text(f"3-2-1-1-0 : {conditions}.", f"3-2-1-1-0: {conditions}.")
    if board.year is not None:
        parts.append(board.year.said)
    return "\n\n".join([*parts, legend.render(lang)])
