"""`care kit`: check, pack and tabulate exercise kits, with no database."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from care.adapters.exercise_kits import read_folder, read_zip, schema, shipped_kits, zip_of
from care.adapters.kit_reading import KitError
from care.cli.context import Cli, pass_cli, write_bytes
from care.services.exercises.workbook import kit_workbook
from exercises.kit import Bundle


@click.group("kit")
def command() -> None:
    """Les kits d’exercice de crise / kits of crisis exercises."""


@command.command("list")
@pass_cli
def list_kits(cli: Cli) -> None:
    """Les kits livrés / the kits shipped."""
    table = Table(box=None, pad_edge=False)
    french = ("kit", "niveau", "minutes", "stimuli", "titre")
    for heading in french if cli.lang == "fr" else ("kit", "level", "minutes", "stimuli", "title"):
        table.add_column(heading, no_wrap=heading == "kit")
    for bundle in shipped_kits().values():
        kit = bundle.kit
        table.add_row(kit.id, kit.level, str(kit.duration), str(len(kit.stimuli)), kit.title)
    Console().print(table)


@command.command("check")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@pass_cli
def check(cli: Cli, path: Path) -> None:
    """Lire un kit, dossier ou zip, et dire toutes ses fautes / read a kit and tell all its faults."""
    kit = (bundle := _bundle(path)).kit
    channels = Counter(one.channel for one in kit.stimuli)
    counted = ", ".join(f"{count} {channel}" for channel, count in channels.most_common())
    cli.say(
        f"{kit.id} {kit.version} peut être joué : {len(kit.stimuli)} stimuli ({counted}), {len(kit.cells)} cellules, "
        f"{sum(len(one.expects) for one in kit.stimuli)} réactions attendues, {len(bundle.documents)} documents.",
        f"{kit.id} {kit.version} can be played: {len(kit.stimuli)} stimuli ({counted}), {len(kit.cells)} cells, "
        f"{sum(len(one.expects) for one in kit.stimuli)} expected reactions, {len(bundle.documents)} documents.",
    )


@command.command("pack")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.zip")
@pass_cli
def pack(cli: Cli, folder: Path, output: Path) -> None:
    """Faire d’un dossier le zip à importer / make the zip to import of a folder."""
    write_bytes(cli, output, zip_of(_bundle(folder)))


@command.command("chronogram")
@click.argument("kit")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.xlsx")
@pass_cli
def chronogram(cli: Cli, kit: str, output: Path) -> None:
    """Le chronogramme d’un kit (livré, dossier ou zip) en classeur / the chronogram of a kit as a workbook."""
    bundle = shipped_kits().get(kit) or _bundle_at(kit)
    write_bytes(cli, output, kit_workbook(bundle.kit, cli.lang))


def _bundle_at(path: str) -> Bundle:
    if not Path(path).exists():
        raise KitError(
            f"« {path} » n’est ni un kit livré ni un fichier ; `care kit list` nomme les kits livrés.",
            f"“{path}” is neither a shipped kit nor a file; `care kit list` names those shipped.",
        )
    return _bundle(Path(path))


@command.command("schema")
def print_schema() -> None:
    """Le schéma JSON du format / the JSON Schema of the format."""
    click.echo(json.dumps(schema(), ensure_ascii=False, indent=1))


def _bundle(path: Path) -> Bundle:
    return read_folder(path) if path.is_dir() else read_zip(path.read_bytes())
