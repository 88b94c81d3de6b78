"""`care book`: sealed books of evidence, written here or verified anywhere."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from care.cli.context import Cli, pass_cli
from care.cli.installation import installation, operator
from care.domain.access import Level
from care.domain.evidence import EvidenceKind
from care.services import books
from care.services.library import EvidenceFilter
from care.services.places import find_place
from reports.seal import verifier
from scanners.errors import system_reason

DAY = click.DateTime(["%Y-%m-%d"])


@click.group("book")
def command() -> None:
    """Les dossiers de preuves scellés / sealed books of evidence."""


@command.command("export")
@click.option("--establishment", "finess", required=True, help="numéro FINESS / FINESS number")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="archive à écrire / to write"
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in EvidenceKind]),
    help="type, répétable / repeatable",
)
@click.option("--since", type=DAY, help="en vigueur depuis / in effect since (AAAA-MM-JJ)")
@click.option("--until", type=DAY, help="en vigueur jusqu’au / in effect until (AAAA-MM-JJ)")
@click.option("--former", is_flag=True, help="aussi les versions remplacées et retirées / replaced and withdrawn too")
@pass_cli
def export(
    cli: Cli,
    finess: str,
    out: Path,
    kinds: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    former: bool,
) -> None:
    """Écrire un dossier scellé / write a sealed book."""
    wanted = EvidenceFilter(
        kinds=tuple(EvidenceKind(kind) for kind in kinds), since=_day(since), until=_day(until), former=former
    )
    temporary = out.with_name(f".{out.name}.part")
    with installation(cli) as platform:
        scope = operator(cli)
        place = find_place(platform, scope, Level.ESTABLISHMENT, finess)
        try:
            with temporary.open("xb") as file:
                count = books.write(platform, scope, place.id, wanted, file)
            temporary.replace(out)
        except OSError as error:
            reason = system_reason(error)
            cli.stop(
                f"Le dossier n’a pas pu être écrit dans {out} ({reason.fr}) ; choisissez un autre emplacement.",
                f"The book could not be written to {out} ({reason.en}); choose another place.",
            )
        finally:
            temporary.unlink(missing_ok=True)
        key = books.grouped(platform.signer.key_id)
    cli.say(
        f"Dossier scellé : {count} pièces dans {out}. Empreinte de la clé : {key}",
        f"Book sealed: {count} pieces in {out}. Fingerprint of the key: {key}",
    )


@command.command("verify")
@click.argument("place", type=click.Path(path_type=Path))
@click.option("--fingerprint", "--empreinte", default="", help="empreinte attendue de la clé / of the expected key")
def verify(place: Path, fingerprint: str) -> None:
    """Vérifier un dossier scellé / verify a sealed book: 0 intact, 1 altéré / altered, 2 impossible."""
    raise SystemExit(verifier.main([str(place), f"--empreinte={fingerprint}"]))


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
