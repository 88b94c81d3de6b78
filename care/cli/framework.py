"""`care framework`: list, show, check and export frameworks, with no database: those shipped, and files."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from care.adapters.framework_files import read_framework_file
from care.adapters.framework_workbook import framework_workbook
from care.adapters.framework_yaml import framework_yaml
from care.adapters.frameworks import shipped_frameworks
from care.cli.context import Cli, ExitCode, fail, pass_cli, read_bytes, write_bytes
from care.domain.framework_files import FileFacts, FrameworkFile, FrameworkFileError
from care.domain.frameworks import CONFIDENCE_NAMES, METHOD_NAMES, Framework, Item
from care.services.errors import Invalid
from scanners.model import Lang


@click.group("framework")
def command() -> None:
    """Les référentiels / the frameworks."""


@command.command("list")
@pass_cli
def list_frameworks(cli: Cli) -> None:
    """Les référentiels livrés / the frameworks shipped."""
    table = Table(box=None, pad_edge=False)
    french = ("référentiel", "version", "exigences", "sans évaluation", "à saisir", "titre")
    english = ("framework", "version", "requirements", "not assessed", "to enter", "title")
    for heading in french if cli.lang == "fr" else english:
        table.add_column(heading, no_wrap=heading in ("référentiel", "framework"))
    for one in shipped_frameworks():
        uncovered = sum(item.uncovered is not None for item in one.requirements)
        empty = sum(parameter.value is None for parameter in one.parameters.values())
        counts = map(str, (len(one.requirements), uncovered, empty))
        table.add_row(one.id, one.version, *counts, one.title.render(cli.lang))
    Console().print(table)


@command.command("show")
@click.argument("framework")
@pass_cli
def show(cli: Cli, framework: str) -> None:
    """Ce que demande un référentiel livré, ou un fichier / what a framework shipped, or a file, asks."""
    found = _framework(cli, framework)
    lang = cli.lang
    confidence = CONFIDENCE_NAMES[found.confidence].render(lang)
    click.echo(f"{found.title.render(lang)} ({found.id} {found.version})")
    click.echo(f"{found.source.render(lang)} – {confidence} – {found.url}")
    for item in found.items:
        click.echo(_line(found, item, lang))


def _line(framework: Framework, item: Item, lang: Lang) -> str:
    methods = ", ".join(METHOD_NAMES[one].render(lang).lower() for one in item.assessed_by)
    seen = methods or (item.uncovered.render(lang) if item.uncovered else "")
    return f"{'  ' * len(framework.path(item))}{item.id} {item.title.render(lang)}{f' [{seen}]' if seen else ''}"


@command.command("check")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--version", "number", default="", metavar="N", help="Millésime du manuel / year of the manual.")
@click.option("--url", default="", metavar="https://…", help="Texte d’origine / original text.")
@pass_cli
def check(cli: Cli, path: Path, number: str, url: str) -> None:
    """Lire un fichier et dire toutes ses fautes / read a file and tell all its faults."""
    read = _read(cli, path, FileFacts(version=number, url=url))
    found = read.framework
    cli.say(
        f"{found.id} {found.version} peut être importé : {len(found.requirements)} exigences, "
        f"{len(found.parameters)} dates et seuils.",
        f"{found.id} {found.version} can be imported: {len(found.requirements)} requirements, "
        f"{len(found.parameters)} dates and thresholds.",
    )
    for note in read.notes:
        cli.say(note.fr, note.en)


@command.command("export")
@click.argument("framework")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.(yaml|xlsx)")
@pass_cli
def export(cli: Cli, framework: str, output: Path) -> None:
    """Un référentiel livré, ou un fichier, en YAML ou en classeur / one shipped, or a file, as YAML or workbook."""
    found = _framework(cli, framework)
    if output.suffix == ".xlsx":
        write_bytes(cli, output, framework_workbook(found, cli.lang))
    elif output.suffix in (".yaml", ".yml"):
        write_bytes(cli, output, framework_yaml(found))
    else:
        cli.refuse(
            f"{output} : le nom du fichier à écrire finit par .yaml ou .xlsx.",
            f"{output}: the name of the file to write ends with .yaml or .xlsx.",
        )


def _framework(cli: Cli, name: str) -> Framework:
    """The latest shipped of that id, else the one of a file."""
    shipped = [one for one in shipped_frameworks() if one.id == name]
    if shipped:
        return shipped[-1]
    if not Path(name).is_file():
        cli.stop(
            f"« {name} » n’est ni un référentiel livré ni un fichier ; `care framework list` nomme ceux livrés.",
            f"“{name}” is neither a framework shipped nor a file; `care framework list` names those shipped.",
        )
    return _read(cli, Path(name), FileFacts()).framework


def _read(cli: Cli, path: Path, facts: FileFacts) -> FrameworkFile:
    try:
        return read_framework_file(path.name, read_bytes(cli, path), facts)
    except FrameworkFileError as faulty:
        fail("\n".join(one.render(cli.lang) for one in faulty.faults), ExitCode.COULD_NOT_RUN)
    except Invalid as refused:
        fail(f"{path.name}: {refused.text.render(cli.lang)}", ExitCode.COULD_NOT_RUN)
