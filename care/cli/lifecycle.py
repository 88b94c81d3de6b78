"""`care lifecycle`: when systems stop receiving fixes; a newer table than the packaged one. Needs no database."""

from __future__ import annotations

from pathlib import Path

import click

from care import config
from care.cli.context import Cli, ExitCode, pass_cli
from scanners.errors import SaidError
from scanners.lifecycle import LifeCycle, dated, lifecycle, read_lifecycle
from scanners.read_lifecycle import imported_text, keep_imported, text_of


@click.group("lifecycle")
def command() -> None:
    """Cycles de vie des systèmes : table livrée, table importée / life cycles of systems."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Dire ce qui serait repris, sans rien écrire / say, write nothing.")
@pass_cli
def import_table(cli: Cli, file: Path, dry_run: bool) -> None:
    """Importer une table, entière ou pas du tout / import a table, whole or not at all."""
    folder = config.from_environment().data_dir
    try:
        text = text_of(file)
        rows = read_lifecycle(text, file.name) if dry_run else keep_imported(folder, text, file.name)
    except SaidError as error:
        cli.say(error.text.fr, error.text.en)
        raise SystemExit(ExitCode.COULD_NOT_RUN) from error
    known = {(row.product, row.build, row.edition): row.end for row in lifecycle()}
    new = sum((row.product, row.build, row.edition) not in known for row in rows)
    moved = sum(known.get((row.product, row.build, row.edition), row.end) != row.end for row in rows)
    cli.say(
        f"{file.name} : {_described_fr(rows)} ; {new} nouvelles, {moved} de date différente de la table livrée.",
        f"{file.name}: {_described_en(rows)}; {new} new, {moved} with another date than the packaged table.",
    )
    if dry_run:
        cli.say("Essai : rien n’a été écrit.", "Dry run: nothing was written.")


@command.command("state")
@pass_cli
def state(cli: Cli) -> None:
    """De quand datent les tables / how old the tables are."""
    cli.say(f"Table livrée : {_described_fr(lifecycle())}.", f"Packaged table: {_described_en(lifecycle())}.")
    try:
        text = imported_text(config.from_environment().data_dir)
        rows = read_lifecycle(text, "lifecycle.yaml") if text else ()
    except SaidError as error:
        cli.say(error.text.fr, error.text.en)
        raise SystemExit(ExitCode.COULD_NOT_RUN) from error
    if rows:
        cli.say(f"Table importée : {_described_fr(rows)}.", f"Imported table: {_described_en(rows)}.")
    else:
        cli.say("Aucune table importée.", "No imported table.")


def _described_fr(rows: tuple[LifeCycle, ...]) -> str:
    return f"{len(rows)} versions, relevées jusqu’au {dated(rows):%d/%m/%Y}"


def _described_en(rows: tuple[LifeCycle, ...]) -> str:
    return f"{len(rows)} versions, compiled up to {dated(rows):%Y-%m-%d}"
