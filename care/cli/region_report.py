"""`care region report`: a regional report written as files, without the pages."""

from __future__ import annotations

from pathlib import Path

import click

from care.cli.context import Cli, pass_cli, write_bytes
from care.cli.installation import installation, operator
from care.domain.access import Level, Place
from care.domain.regional_reports import ReportForm
from care.services.errors import Invalid
from care.services.places import find_place
from care.services.platform import Platform
from care.services.regional_reports.asking import ReportAsk, report_place
from care.services.regional_reports.making import report_now
from scanners.model import LANGS, Text

_LEVELS = ("region", "ght", "establishment")
_MONTH = click.DateTime(["%Y-%m"])


@click.command("report")
@click.option("--region", help="numéro INSEE / INSEE number")
@click.option("--ght", help="nom du GHT / name of the GHT")
@click.option("--establishment", help="numéro FINESS / FINESS number")
@click.option("--month", type=_MONTH, help="AAAA-MM ; le dernier sinon / the latest otherwise")
@click.option(
    "--form",
    "forms",
    multiple=True,
    type=click.Choice([form.value for form in ReportForm]),
    default=(ReportForm.PDF.value,),
    show_default=True,
    help="répétable / repeatable",
)
@click.option("--public", is_flag=True, help="forme publique / public form")
@click.option("--lang", "report_lang", type=click.Choice(LANGS), help="langue des fichiers / of the files")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="dossier / folder")
@pass_cli
def report(
    cli: Cli,
    region: str | None,
    ght: str | None,
    establishment: str | None,
    month: object,
    forms: tuple[str, ...],
    public: bool,
    report_lang: str | None,
    out: Path,
) -> None:
    """Écrire le rapport d’un territoire / write the report of a place (the nation when none is named)."""
    named = [(level, key) for level, key in zip(_LEVELS, (region, ght, establishment), strict=True) if key]
    if len(named) > 1:
        raise click.UsageError(_ONE_PLACE.render(cli.lang))
    with installation(cli) as platform:
        ask = _ask(cli, platform, named, month, forms, public=public)
        files = report_now(platform, operator(cli), ask, "en" if (report_lang or cli.lang) == "en" else "fr")
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files:
        write_bytes(cli, out / name, content)
        cli.say(f"Écrit : {out / name}", f"Written: {out / name}")


_NO_MONTH = Text(
    "Aucun mois n’a encore de chiffres pour ce territoire : lancez « care indicators measure », puis un exécutant"
    " (« care serve » ou « care worker ») les calcule.",
    "No month has figures of this place yet: run “care indicators measure”, then a worker (“care serve” or “care"
    " worker”) computes them.",
)
_ONE_PLACE = Text(
    "Nommez un seul territoire : --region, --ght ou --establishment.",
    "Name one place only: --region, --ght or --establishment.",
)


def _ask(
    cli: Cli,
    platform: Platform,
    named: list[tuple[str, str]],
    month: object,
    forms: tuple[str, ...],
    *,
    public: bool,
) -> ReportAsk:
    """What is asked for. NotFound, Invalid."""
    scope = operator(cli)
    level, key = named[0] if named else ("platform", "")
    place: Place = find_place(platform, scope, Level(level), key)
    known = report_place(platform, scope, place)
    if not known.months:
        raise Invalid({"month": _NO_MONTH})
    wanted = known.months[0] if month is None else int(f"{month:%Y%m}")
    return ReportAsk(place, wanted, tuple(dict.fromkeys(ReportForm(one) for one in forms)), public)
