"""`care judge`: the rules again, on stored facts, offline."""

from __future__ import annotations

from pathlib import Path

import click

from care.cli.context import Cli, pass_cli
from care.cli.verdict import conclude, verdict_options
from scanners.archive import read_archive
from scanners.result import judge


@click.command("judge")
@click.argument("facts", type=click.Path(path_type=Path))
@verdict_options
@pass_cli
def command(cli: Cli, facts: Path, json_out: str | None, fail_on: str) -> None:
    """Rejouer les règles sur FACTS / run the rules again on FACTS."""
    conclude(cli, judge(read_archive(facts)), json_out, fail_on)
