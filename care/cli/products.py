"""`care products`: what audits saw and imported reports name, kept again from their files."""

from __future__ import annotations

import click

from care.cli.context import Cli, pass_cli
from care.cli.rebuilding import work_again
from care.services.alerts.seeing import rebuild
from scanners.model import Text


@click.group("products")
def command() -> None:
    """Les produits vus par les audits, que les alertes cherchent / products seen by audits, which alerts look for."""


@command.command("rebuild")
@click.option("--all", "everything", is_flag=True, help="Aussi ceux qui sont déjà gardés / also those already kept.")
@pass_cli
def rebuild_command(cli: Cli, everything: bool) -> None:
    """Relire les derniers audits et les imports / read the last audits and the imports again."""
    work_again(
        cli,
        Text("Fichiers relus", "Files read"),
        lambda platform, tell: rebuild(platform, everything=everything, tell=tell),
        Text(
            "Audits et imports dont les produits sont gardés : {n}.",
            "Audits and imports whose products are now kept: {n}.",
        ),
        Text(
            "{n} audits ou imports n’ont pas pu être relus ; refaites-les pour que les alertes les voient :",
            "{n} audits or imports could not be read; do them again for alerts to see them:",
        ),
    )
