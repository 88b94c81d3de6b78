"""`care products`: what audits saw, kept again from their archives."""

from __future__ import annotations

import click
from rich.progress import Progress

from care.cli.context import Cli, ExitCode, fail, pass_cli
from care.cli.installation import installation
from care.services.alerts.seeing import rebuild
from scanners.model import Text

_SHOWN = 10


@click.group("products")
def command() -> None:
    """Les produits vus par les audits, que les alertes cherchent / products seen by audits, which alerts look for."""


@command.command("rebuild")
@click.option("--all", "everything", is_flag=True, help="Aussi ceux qui sont déjà gardés / also those already kept.")
@pass_cli
def rebuild_command(cli: Cli, everything: bool) -> None:
    """Relire les archives des derniers audits / read the archives of the last audits again."""
    with installation(cli) as platform, Progress(console=cli.console, disable=cli.quiet) as shown:
        task = shown.add_task(Text("Archives relues", "Archives read").render(cli.lang), total=None)
        done = rebuild(
            platform, everything=everything, tell=lambda count, of: shown.update(task, completed=count, total=of)
        )
    cli.say(f"Audits dont les produits sont gardés : {done.kept}.", f"Audits whose products are now kept: {done.kept}.")
    if done.unreadable:
        fail(_unread(done.unreadable, cli.lang), ExitCode.COULD_NOT_RUN)


def _unread(unreadable: tuple[tuple[int, Text], ...], lang: str) -> str:
    title = Text(
        f"{len(unreadable)} audits n’ont pas pu être relus ; relancez-les pour que les alertes les voient :",
        f"{len(unreadable)} audits could not be read; run them again for alerts to see them:",
    )
    lines = [f"  {run_id} : {why.render(lang)}" for run_id, why in unreadable[:_SHOWN]]
    return "\n".join([title.render(lang), *lines, *(["  …"] if len(unreadable) > _SHOWN else [])])
