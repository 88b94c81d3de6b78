"""The end of an audit on the command line: its table, its JSON, its exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import click
from rich.markup import escape
from rich.table import Table

from care.adapters.kits import PackagedKits
from care.cli.context import Cli, ExitCode, printable, write_json
from care.cli.directory_level import show_level
from care.services.directory.treatments import treated_by
from scanners.model import Outcome, Severity, Status, Text
from scanners.result import AuditResult, as_json, conclusion, no_sheets

_STYLE = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_SEVERITY = {
    Severity.CRITICAL: Text("critique", "critical"),
    Severity.HIGH: Text("élevée", "high"),
    Severity.MEDIUM: Text("moyenne", "medium"),
    Severity.LOW: Text("faible", "low"),
    Severity.INFO: Text("information", "info"),
}
_COUNTS = {
    Status.PASSED: Text("{n} conformes", "{n} passed"),
    Status.FAILED: Text("{n} en échec", "{n} failed"),
    Status.NOT_ASSESSABLE: Text("{n} non évaluables", "{n} not assessable"),
    Status.ERROR: Text("{n} en erreur", "{n} in error"),
}
_SHOWN_SUBJECTS = 5
_NOT_ASSESSABLE = Text("non évaluable", "not assessable")
_ERROR = Text("erreur", "error")


def verdict_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--json OUT` and `--fail-on SEVERITY`, the same for every command that judges."""
    function = click.option(
        "--fail-on",
        type=click.Choice([severity.value for severity in Severity]),
        default=Severity.HIGH.value,
        show_default=True,
        help="Sort avec le code 1 dès cette gravité / exit code 1 from this severity.",
    )(function)
    return click.option("--json", "json_out", metavar="OUT", help="Fichier ou « - » / file or `-`.")(function)


def conclude(cli: Cli, result: AuditResult, json_out: str | None, fail_on: str) -> NoReturn:
    """Write the JSON, show the table, and end with the published exit code."""
    if json_out:
        treated = treated_by(PackagedKits().sheets) if result.scanner == "ad" else no_sheets
        write_json(cli, json_out, as_json(result, cli.lang, treated))
    if json_out != "-":
        _show(cli, result)
    raise SystemExit(exit_code(result, Severity(fail_on)))


def exit_code(result: AuditResult, fail_on: Severity) -> ExitCode:
    """3 when something was not read to its end or a rule broke, else 1 at or above `fail_on`, else 0."""
    if not result.complete:
        return ExitCode.COULD_NOT_RUN
    worst = result.worst()
    return ExitCode.FINDINGS if worst is not None and worst.at_least(fail_on) else ExitCode.OK


def _show(cli: Cli, result: AuditResult) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for outcome in _worth_showing(result):
        table.add_row(*_row(cli, outcome))
    for reason, outcomes in _by_reason(result).items():
        table.add_row(*_not_assessed(cli, reason, outcomes))
    cli.console.print(table)
    for gap in result.gaps:
        cli.console.print(f"! {gap.section}: {printable(gap.reason.render(cli.lang))}", markup=False, style="yellow")
    counts = (_COUNTS[status].render(cli.lang, {"n": n}) for status, n in result.counts().items())
    if result.scanner == "ad":
        show_level(cli, result, PackagedKits().sheets)
    elif said := conclusion(result.scanner, result.outcomes):
        cli.console.print(said.render(cli.lang), markup=False)
    target = printable(result.target)
    cli.console.print(f"{result.scanner} · {target} : {', '.join(counts)}", markup=False, style="bold")


def _worth_showing(result: AuditResult) -> list[Outcome]:
    kept = [outcome for outcome in result.outcomes if outcome.status in (Status.FAILED, Status.ERROR)]
    return sorted(kept, key=lambda outcome: (outcome.status is not Status.FAILED, outcome.rule.severity.rank))


def _by_reason(result: AuditResult) -> dict[Text, list[Outcome]]:
    """What could not be assessed: one cause often holds many rules, and one cure frees them all."""
    found: dict[Text, list[Outcome]] = {}
    for outcome in result.outcomes:
        if outcome.status is Status.NOT_ASSESSABLE:
            found.setdefault(outcome.reason or Text("", ""), []).append(outcome)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def _not_assessed(cli: Cli, reason: Text, outcomes: list[Outcome]) -> tuple[str, str]:
    label = _NOT_ASSESSABLE.render(cli.lang)
    titles = " ; ".join(outcome.rule.title.render(cli.lang) for outcome in outcomes)
    return f"[dim]{label}[/dim]", f"{escape(titles)}\n[dim]→ {escape(printable(reason.render(cli.lang)))}[/dim]"


def _row(cli: Cli, outcome: Outcome) -> tuple[str, str]:
    if outcome.status is Status.ERROR:
        reason = printable(outcome.reason.render(cli.lang)) if outcome.reason else ""
        label = _ERROR.render(cli.lang)
        return f"[dim]{label}[/dim]", f"{escape(outcome.rule.title.render(cli.lang))}\n[dim]{escape(reason)}[/dim]"
    severity = outcome.rule.severity
    messages = [outcome.rule.describe(finding, cli.lang) for finding in outcome.findings[:_SHOWN_SUBJECTS]]
    hidden = len(outcome.findings) - len(messages)
    if hidden:
        messages.append(f"… +{hidden}")
    body = "\n".join(f"[dim]·[/dim] {escape(printable(message))}" for message in messages)
    style = _STYLE[severity]
    return f"[{style}]{_SEVERITY[severity].render(cli.lang)}[/{style}]", (
        f"[bold]{escape(outcome.rule.title.render(cli.lang))}[/bold]\n{body}"
    )
