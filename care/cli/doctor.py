"""`care doctor`: is this installation sound, and what to do where it is not."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from care import config
from care.cli.context import Cli, ExitCode, pass_cli, write_json
from care.services.diagnosis import Check, State
from care.wiring import diagnose

_WORDS = {
    State.OK: ("ok", "ok", "green"),
    State.WARNING: ("attention", "warning", "yellow"),
    State.PROBLEM: ("problème", "problem", "red"),
}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="JSON sur la sortie standard / to standard output.")
@pass_cli
def command(cli: Cli, as_json: bool) -> None:
    """Vérifier l’installation ; code 1 s’il y a un problème / check the installation; exit 1 on a problem."""
    checks = diagnose(config.from_environment())
    if as_json:
        write_json(cli, "-", {"checks": [_as_json(check, cli.lang) for check in checks]})
    else:
        Console().print(_table(checks, cli.lang))
    if any(check.state is State.PROBLEM for check in checks):
        raise SystemExit(ExitCode.FINDINGS)


def _table(checks: tuple[Check, ...], lang: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for check in checks:
        fr, en, colour = _WORDS[check.state]
        cure = check.cure.render(lang)
        found = check.found.render(lang) + (f"\n→ {cure}" if cure else "")
        table.add_row(f"[{colour}]{fr if lang == 'fr' else en}[/]", check.name.render(lang), found)
    return table


def _as_json(check: Check, lang: str) -> dict[str, str]:
    return {
        "name": check.name.render(lang),
        "state": check.state.value,
        "found": check.found.render(lang),
        "cure": check.cure.render(lang),
    }
