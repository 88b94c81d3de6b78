"""`care finess`: the national list of establishments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from care.cli.context import Cli, pass_cli, write_json
from care.cli.installation import installation, operator
from care.services.errors import Invalid
from care.services.finess import ImportReport, import_extract
from care.services.finess_following import FIELD_NAMES, Change
from care.services.platform import Platform
from scanners.errors import system_reason

_SHOWN = 50
"""As many changes as a screen is read for; JSON holds them all."""


@click.group("finess")
def command() -> None:
    """La liste nationale FINESS / the national FINESS list."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--accept-smaller", is_flag=True, help="Même si la moitié disparaît / even if half of it vanishes.")
@click.option("--dry-run", is_flag=True, help="Dire ce qui changerait, sans rien écrire / say, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="JSON sur la sortie standard / to standard output.")
@pass_cli
def import_file(cli: Cli, file: Path, accept_smaller: bool, dry_run: bool, as_json: bool) -> None:
    """Importer l’extraction ouverte, entière ou pas du tout / import the open extract, all or nothing."""
    with installation(cli) as platform, cli.console.status(file.name):
        report = _import(cli, platform, file, accept_smaller, dry_run)
    if as_json:
        write_json(cli, "-", {**asdict(report), "dated": report.dated.isoformat()})
    cli.say(
        f"{report.entries} établissements au {report.dated:%d/%m/%Y}, dont {report.added} nouveaux ;"
        f" {report.closed} fermés.",
        f"{report.entries} establishments as of {report.dated}: {report.added} new, {report.closed} closed.",
    )
    _tell(cli, "Au registre", "In the registry", report.changed)
    _tell(cli, "Laissé comme une personne l’a noté", "Left as a person wrote it", report.left)
    if dry_run:
        cli.say("Essai : rien n’a été écrit.", "Dry run: nothing was written.")


def _tell(cli: Cli, fr: str, en: str, changes: Sequence[Change]) -> None:
    if not changes:
        return
    cli.say(f"{fr} : {len(changes)} différence(s).", f"{en}: {len(changes)} difference(s).")
    for one in changes[:_SHOWN]:
        before, after, field = one.before or "–", one.after or "–", FIELD_NAMES[one.field]
        cli.say(
            f"  {one.finess} {one.name}, {field.fr} : {before} → {after}"
            + (" (nouvelle au registre : indiquez son nom et son GHT)" if one.without_ght else ""),
            f"  {one.finess} {one.name}, {field.en}: {before} → {after}"
            + (" (new in the registry: give its name and its GHT)" if one.without_ght else ""),
        )
    if len(changes) > _SHOWN:
        cli.say("  … la suite avec --json.", "  … the rest with --json.")


def _import(cli: Cli, platform: Platform, file: Path, accept_smaller: bool, dry_run: bool) -> ImportReport:
    try:
        with file.open("rb") as content:
            return import_extract(platform, operator(cli), file.name, content, accept_smaller, dry_run)
    except OSError as error:
        reason = system_reason(error)
        cli.stop(
            f"Le fichier {file} ne peut pas être lu ({reason.fr}) ; vérifiez le chemin et les droits.",
            f"The file {file} cannot be read ({reason.en}); check the path and the permissions.",
        )
    except Invalid as malformed:  # the file is at fault, not the way the command was called
        sentence = malformed.text
        cli.stop(sentence.fr, sentence.en)
