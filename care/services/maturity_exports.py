"""The self-assessment of crisis maturity handed out: CSV (one line a question) and workbook (questions, themes)."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from care.domain.access import Scope
from care.domain.maturity import GROUP_NAMES
from care.services.errors import Forbidden
from care.services.maturity import MaturityView, read_maturity
from care.services.platform import Platform
from care.services.trail import Thing, record
from reports.spreadsheets import Cell, Sheet, csv_bytes, xlsx_bytes
from scanners.model import Text

_HEADER = (
    Text("Question", "Question"),
    Text("Thème", "Theme"),
    Text("Groupe", "Group"),
    Text("Intitulé", "Wording"),
    Text("Niveau (0 à 3)", "Level (0 to 3)"),
    Text("Ce que cela veut dire", "What it means"),
    Text("Note", "Note"),
    Text("Répondu le", "Answered on"),
    Text("Par", "By"),
    Text("Exercice", "Exercise"),
)
_THEMES = (
    Text("Thème", "Theme"),
    Text("Moyenne (0 à 3)", "Mean (0 to 3)"),
    Text("Réponses", "Answers"),
    Text("Questions", "Questions"),
)
_NOT_APPLICABLE = Text("sans objet", "does not apply")


def maturity_csv(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """One line a question. NotFound, Forbidden."""
    view = _view(platform, scope, establishment_id, "csv")
    return csv_bytes([one.render(scope.lang) for one in _HEADER], _rows(platform, scope, view))


def maturity_xlsx(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """Two sheets: questions, themes."""
    view = _view(platform, scope, establishment_id, "xlsx")
    header, themes = ([one.render(scope.lang) for one in names] for names in (_HEADER, _THEMES))
    sums: list[list[Cell]] = [
        [f"{one.id} {one.title}", one.mean, one.answered, len(one.questions)] for one in view.themes
    ]
    sheets = [
        Sheet(Text("Questions", "Questions").render(scope.lang), header, list(_rows(platform, scope, view))),
        Sheet(Text("Thèmes", "Themes").render(scope.lang), themes, sums),
    ]
    return xlsx_bytes(sheets, view.title)


def _rows(platform: Platform, scope: Scope, view: MaturityView) -> Iterator[list[Cell]]:
    zone = ZoneInfo(platform.settings.timezone)
    for theme in view.themes:
        for one in theme.questions:
            known: list[Cell] = [one.id, theme.title, GROUP_NAMES[one.group].render(scope.lang), one.ask]
            answer = one.answer
            if answer is None:
                yield [*known, *[None] * 6]
                continue
            means = _NOT_APPLICABLE.render(scope.lang) if answer.score is None else one.levels[answer.score]
            at = answer.answered_at.astimezone(zone)
            yield [*known, answer.score, means, answer.note, at, answer.answered_by, answer.exercise]


def _view(platform: Platform, scope: Scope, establishment_id: int, form: str) -> MaturityView:
    view = read_maturity(platform, scope, establishment_id)
    if not view.may_export:
        raise Forbidden
    with platform.database.write() as session:
        thing = Thing("establishment", establishment_id, establishment_id)
        record(session, scope, "maturity.exported", thing, platform.clock.now(), {"form": form})
    return view
