"""`care continuity`: the sample hospital, from the machine that holds the data folder."""

from __future__ import annotations

import click

from care.cli.context import Cli, pass_cli
from care.cli.installation import installation, operator
from care.domain.access import Level
from care.services.continuity_sample import load_sample
from care.services.places import find_place


@click.group("continuity")
def command() -> None:
    """La continuité d’activité / business continuity."""


@command.command("sample")
@click.option("--establishment", required=True, help="FINESS ET.")
@pass_cli
def sample(cli: Cli, establishment: str) -> None:
    """Charger l’hôpital d’exemple, fictif, dans un établissement vide / load the sample hospital."""
    with installation(cli) as platform, cli.console.status(establishment):
        scope = operator(cli)
        place = find_place(platform, scope, Level.ESTABLISHMENT, establishment)
        loaded = load_sample(platform, scope, place.id)
    cli.say(
        f"{loaded.name} est chargé : {loaded.activities} activités, {loaded.resources} ressources et "
        f"{loaded.dependencies} dépendances, toutes fictives.",
        f"{loaded.name} is loaded: {loaded.activities} activities, {loaded.resources} resources and "
        f"{loaded.dependencies} dependencies, all fictitious.",
    )
