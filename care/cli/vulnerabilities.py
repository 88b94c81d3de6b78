"""`care vulnerabilities`: files of known vulnerabilities, imported on this machine. Needs no database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn

from care import config
from care.cli.context import Cli, ExitCode, pass_cli, write_json
from scanners.vulnerabilities.importing import Asked, Imported, import_file
from scanners.vulnerabilities.model import NEEDED, STALE_AFTER, SourceState, VulnerabilityError
from scanners.vulnerabilities.store import states_of

_STORE = click.option(
    "--store", type=click.Path(path_type=Path), metavar="F", help="Par défaut / by default: CARE_VULNERABILITIES_FILE."
)


@click.group("vulnerabilities")
def command() -> None:
    """Vulnérabilités connues : NVD, KEV, EPSS, Debian, CERT-FR / known vulnerabilities."""


@command.command("import")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--dated",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="AAAA-MM-JJ",
    help="Jour de téléchargement, si le fichier ne le dit pas / day of download, if the file does not say.",
)
@click.option("--accept-smaller", is_flag=True, help="Même si la moitié disparaît / even if half of it vanishes.")
@click.option("--dry-run", is_flag=True, help="Dire ce qui changerait, sans rien écrire / say, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="JSON sur la sortie standard / to standard output.")
@_STORE
@pass_cli
def import_files(
    cli: Cli,
    files: tuple[Path, ...],
    dated: datetime | None,
    accept_smaller: bool,
    dry_run: bool,
    as_json: bool,
    store: Path | None,
) -> None:
    """Importer des fichiers, chacun entier ou pas du tout / import files, each of them whole or not at all."""
    where, now = _where(store), datetime.now(UTC)
    done, wrong = list[Imported](), 0
    for file in files:
        asked = Asked(now, _dated(file, dated), keep=not dry_run, accept_smaller=accept_smaller)
        try:
            one = _import(cli, where, file, asked)
        except VulnerabilityError as error:
            wrong += 1
            cli.say(error.text.fr, error.text.en)
            continue
        done.append(one)
        cli.say(
            f"{one.file} : {one.source.upper()} du {one.dated:%d/%m/%Y}, {one.records} enregistrements"
            f" ({one.added} nouveaux, {one.changed} modifiés, {one.removed} retirés).",
            f"{one.file}: {one.source.upper()} of {one.dated:%Y-%m-%d}, {one.records} records"
            f" ({one.added} new, {one.changed} changed, {one.removed} removed).",
        )
    if as_json:
        write_json(cli, "-", {"imported": [{**asdict(one), "dated": one.dated.isoformat()} for one in done]})
    if dry_run:
        cli.say("Essai : rien n’a été écrit.", "Dry run: nothing was written.")
    if wrong:
        raise SystemExit(ExitCode.COULD_NOT_RUN)


@command.command("state")
@click.option("--json", "as_json", is_flag=True, help="JSON sur la sortie standard / to standard output.")
@_STORE
@pass_cli
def state(cli: Cli, as_json: bool, store: Path | None) -> None:
    """Dire ce qui est importé, et de quand / say what is imported, and of what day."""
    now = datetime.now(UTC)
    known = states_of(_where(store))
    if as_json:
        write_json(cli, "-", {"sources": [_as_json(one, now) for one in known]})
        return
    for one in known:
        _tell(cli, one, now)
    for source in NEEDED:
        if not any(one.source is source for one in known):
            cli.say(
                f"{source.upper()} : rien n’est importé, les règles ne peuvent pas conclure.",
                f"{source.upper()}: nothing is imported, rules cannot conclude.",
            )


def _tell(cli: Cli, one: SourceState, now: datetime) -> None:
    old = one.stale(now)
    cli.say(
        f"{one.source.upper()} : {one.records} enregistrements, données du {one.dated:%d/%m/%Y}, importées le"
        f" {one.imported_at:%d/%m/%Y} ({one.name})"
        + (f" ; trop anciennes : plus de {STALE_AFTER.days} jours" if old else "")
        + (f" ; années absentes : {one.missing}" if one.missing_years else "")
        + ".",
        f"{one.source.upper()}: {one.records} records, data of {one.dated:%Y-%m-%d}, imported on"
        f" {one.imported_at:%Y-%m-%d} ({one.name})"
        + (f"; too old: more than {STALE_AFTER.days} days" if old else "")
        + (f"; missing years: {one.missing}" if one.missing_years else "")
        + ".",
    )


def _as_json(one: SourceState, now: datetime) -> dict[str, object]:
    return {
        **asdict(one),
        "dated": one.dated.isoformat(),
        "imported_at": one.imported_at.isoformat(),
        "stale": one.stale(now),
    }


def _where(store: Path | None) -> Path:
    return store or config.from_environment().vulnerabilities_file


def _dated(file: Path, dated: datetime | None) -> datetime | None:
    """The day said, else that of the file on the disk, which downloading and copying most often keep."""
    if dated is not None:
        return dated.replace(tzinfo=UTC)
    return datetime.fromtimestamp(file.stat().st_mtime, UTC) if file.is_file() else None


def _import(cli: Cli, store: Path, file: Path, asked: Asked) -> Imported:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, console=cli.console, transient=True, disable=not cli.console.is_terminal) as bar:
        task = bar.add_task(file.name, total=1.0)

        def tell(done: int, size: int) -> None:
            bar.update(task, completed=done, total=max(1, size))

        return import_file(store, file, asked, tell)
