"""`care finess`: the national list of establishments."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from care.cli.context import Cli, pass_cli, write_json
from care.cli.installation import installation, operator
from care.services.errors import Invalid
from care.services.finess import ImportReport, import_extract
from care.services.platform import Platform
from scanners.errors import system_reason


@click.group("finess")
def command() -> None:
    """La liste nationale FINESS / the national FINESS list."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--accept-smaller", is_flag=True, help="Même si la moitié disparaît / even if half of it vanishes.")
@click.option("--json", "as_json", is_flag=True, help="JSON sur la sortie standard / to standard output.")
@pass_cli
def import_file(cli: Cli, file: Path, accept_smaller: bool, as_json: bool) -> None:
    """Importer l’extraction ouverte, entière ou pas du tout / import the open extract, all or nothing."""
    with installation(cli) as platform, cli.console.status(file.name):
        report = _import(cli, platform, file, accept_smaller)
    if as_json:
        write_json(cli, "-", {**asdict(report), "dated": report.dated.isoformat()})
    cli.say(
        f"{report.entries} établissements au {report.dated:%d/%m/%Y}, dont {report.added} nouveaux ;"
        f" {report.closed} fermés.",
        f"{report.entries} establishments as of {report.dated}: {report.added} new, {report.closed} closed.",
    )


def _import(cli: Cli, platform: Platform, file: Path, accept_smaller: bool) -> ImportReport:
    try:
        with file.open("rb") as content:
            return import_extract(platform, operator(cli), file.name, content, accept_smaller)
    except OSError as error:
        reason = system_reason(error)
        cli.stop(
            f"Le fichier {file} ne peut pas être lu ({reason.fr}) ; vérifiez le chemin et les droits.",
            f"The file {file} cannot be read ({reason.en}); check the path and the permissions.",
        )
    except Invalid as malformed:  # the file is at fault, not the way the command was called
        sentence = malformed.text
        cli.stop(sentence.fr, sentence.en)
