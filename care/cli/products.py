"""`care products`: what audits saw and imported reports name, kept again from their files."""

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
    """Relire les derniers audits et les imports / read the last audits and the imports again."""
    with installation(cli) as platform, Progress(console=cli.console, disable=cli.quiet) as shown:
        task = shown.add_task(Text("Fichiers relus", "Files read").render(cli.lang), total=None)
        done = rebuild(
            platform, everything=everything, tell=lambda count, of: shown.update(task, completed=count, total=of)
        )
    cli.say(
        f"Audits et imports dont les produits sont gardés : {done.kept}.",
        f"Audits and imports whose products are now kept: {done.kept}.",
    )
    if done.unreadable:
        fail(_unread(done.unreadable, cli.lang), ExitCode.COULD_NOT_RUN)


def _unread(unreadable: tuple[tuple[int, Text], ...], lang: str) -> str:
    title = Text(
        f"{len(unreadable)} audits ou imports n’ont pas pu être relus ; refaites-les pour que les alertes les voient :",
        f"{len(unreadable)} audits or imports could not be read; do them again for alerts to see them:",
    )
    lines = [f"  {run_id} : {why.render(lang)}" for run_id, why in unreadable[:_SHOWN]]
    return "\n".join([title.render(lang), *lines, *(["  …"] if len(unreadable) > _SHOWN else [])])
