"""`care judge`: the rules again, on stored facts, offline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from care import config
from care.cli.context import Cli, pass_cli
from care.cli.verdict import conclude, verdict_options
from scanners.archive import Archive, read_archive
from scanners.result import judge
from scanners.vulnerabilities.store import states_of


@click.command("judge")
@click.argument("facts", type=click.Path(path_type=Path))
@click.option(
    "--vulnerabilities",
    "fresh",
    is_flag=True,
    help="Exposition : comparer aux données importées aujourd’hui / exposure: compare with the data imported now.",
)
@verdict_options
@pass_cli
def command(cli: Cli, facts: Path, fresh: bool, json_out: str | None, fail_on: str) -> None:
    """Rejouer les règles sur FACTS / run the rules again on FACTS."""
    archive = read_archive(facts)
    conclude(cli, judge(_compared(cli, archive) if fresh else archive), json_out, fail_on)


def _compared(cli: Cli, archive: Archive[Any]) -> Archive[Any]:
    """The archive with its products held against what is imported now."""
    from scanners.exposure.collect_vulnerabilities import with_vulnerabilities  # of that scanner only

    if archive.manifest.scanner != "exposure":
        cli.refuse(
            "--vulnerabilities ne vaut que pour les faits d’un audit d’exposition : retirez-le.",
            "--vulnerabilities is for the facts of an exposure audit only: remove it.",
        )
    store = config.from_environment().vulnerabilities_file
    if not states_of(store):
        cli.stop(
            f"Aucune donnée de vulnérabilités n’est importée dans {store} : lancez « care vulnerabilities import ».",
            f"No data of vulnerabilities is imported in {store}: run `care vulnerabilities import`.",
        )
    return replace(archive, facts=with_vulnerabilities(archive.facts, store, datetime.now(UTC)))
