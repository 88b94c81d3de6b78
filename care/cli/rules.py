"""`care rules`: the catalogue, on screen or as JSON."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from care.cli.context import Cli, pass_cli, write_json
from scanners.catalog import SCANNERS, all_rules, rules_of
from scanners.result import rule_as_json


@click.command("rules")
@click.option("--scanner", type=click.Choice(SCANNERS), help="Un seul scanner / one scanner only.")
@click.option("--json", "as_json", is_flag=True, help="JSON sur la sortie standard / to standard output.")
@pass_cli
def command(cli: Cli, scanner: str | None, as_json: bool) -> None:
    """Le catalogue des règles / the catalogue of rules."""
    rules = rules_of(scanner) if scanner else tuple(all_rules().values())
    if as_json:
        write_json(cli, "-", {"rules": [rule_as_json(rule, cli.lang) for rule in rules]})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "gravité", "titre") if cli.lang == "fr" else ("id", "severity", "title"):
        table.add_column(heading, no_wrap=heading == "id")
    for rule in rules:
        table.add_row(rule.id, rule.severity.value, rule.title.render(cli.lang))
    Console().print(table)
