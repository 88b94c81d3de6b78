"""The level of a directory on the command line: what it is, what it hides, what holds it, what to do first."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from care.cli.context import Cli, printable
from care.domain.remediation import Sheets
from care.services.directory.telling import MOST_ACTIONS, days_said, rule_title, sheet_title
from care.services.directory.treatments import treated_by
from scanners.ad.level import LevelAction, LevelReport, PointAnswer
from scanners.model import Lang, Text
from scanners.result import AuditResult, directory_level

_MOST_POINTS = 12
_BLOCKING = Text("Ce qui bloque (point, règle, constats) :", "What holds it back (point, rule, findings):")
_UNASSESSED = Text("Points non évalués, qui pourraient l’abaisser :", "Points not assessed, which might lower it:")
_ACTIONS = Text("À faire d’abord :", "To do first:")
_HEADINGS = (
    ("niveau", "corrections", "jours", "ensuite", "fiche"),
    ("level", "changes", "days", "then", "sheet"),
)


def show_level(cli: Cli, result: AuditResult, sheets: Sheets) -> None:
    """Print the level with its blockers, what is not known, and the first ten actions."""
    report = directory_level(result, treated_by(sheets))
    if report is None:
        return
    cli.console.print(report.estimate.sentence.render(cli.lang), markup=False, style="bold")
    _points(cli, _UNASSESSED, _unassessed(report.unassessed, cli.lang))
    _points(
        cli, _BLOCKING, [f"{one.point} · {rule_title(one.rule, cli.lang)} ({one.findings})" for one in report.blocking]
    )
    if report.to_next:
        cli.console.print(report.to_next.sentence.render(cli.lang), markup=False)
    _actions(cli, report, sheets)


def _unassessed(answers: Iterable[PointAnswer], lang: Lang) -> list[str]:
    """A line a reason, with the points that it holds."""
    held: dict[str, list[str]] = {}
    for one in answers:
        held.setdefault(one.reason.render(lang) if one.reason else "", []).append(f"{one.point}@{one.level}")
    colon = " :" if lang == "fr" else ":"
    return [f"{', '.join(points)}{colon} {reason}" for reason, points in held.items()]


def _points(cli: Cli, title: Text, lines: list[str]) -> None:
    if lines:
        shown = [f"  - {printable(line)}" for line in lines[:_MOST_POINTS]]
        more = [f"  … +{len(lines) - _MOST_POINTS}"] if len(lines) > _MOST_POINTS else []
        cli.console.print("\n".join([title.render(cli.lang), *shown, *more]), markup=False)


def _actions(cli: Cli, report: LevelReport, sheets: Sheets) -> None:
    if not report.actions:
        return
    cli.console.print(_ACTIONS.render(cli.lang), markup=False)
    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS[cli.lang != "fr"]:
        table.add_column(heading)
    for action in report.actions[:MOST_ACTIONS]:
        table.add_row(*map(printable, _row(action, sheets, cli.lang)))
    cli.console.print(table, markup=False)


def _row(action: LevelAction, sheets: Sheets, lang: Lang) -> tuple[str, ...]:
    title = sheet_title(sheets, action.sheet, lang)
    return (
        str(action.level or "–"),
        action.work.text.render(lang),
        days_said(action.days, lang),
        str(action.level_after),
        f"{title} ({action.sheet})" if title else rule_title(action.rules[0], lang),
    )
