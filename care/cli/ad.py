"""`care ad`: what the facts of a directory tell besides its findings; summaries worked out again on a platform."""

from __future__ import annotations

import click
from rich.progress import Progress

from care.cli.context import Cli, ExitCode, fail, pass_cli
from scanners.model import Text

_SHOWN = 10


@click.group("ad")
def command() -> None:
    """Ce que disent les faits d’un annuaire / what the facts of a directory tell."""


@command.command("summaries")
@click.option("--all", "everything", is_flag=True, help="Aussi ceux qui sont déjà faits / also those already made.")
@pass_cli
def summaries(cli: Cli, everything: bool) -> None:
    """Refaire les synthèses des audits enregistrés / work the summaries of recorded audits out again."""
    # Only this command opens a database: the others must work on an auditor's laptop.
    from care.cli.installation import installation
    from care.services.directory.keeping import rebuild

    with installation(cli) as platform, Progress(console=cli.console, disable=cli.quiet) as shown:
        task = shown.add_task(Text("Archives relues", "Archives read").render(cli.lang), total=None)
        done = rebuild(
            platform, everything=everything, tell=lambda count, of: shown.update(task, completed=count, total=of)
        )
    cli.say(
        f"Audits d’annuaire dont la synthèse est faite : {done.kept}.", f"Directory audits summarised: {done.kept}."
    )
    if done.unreadable:
        fail(_unread(done.unreadable, cli.lang), ExitCode.COULD_NOT_RUN)


def _unread(unreadable: tuple[tuple[int, Text], ...], lang: str) -> str:
    title = Text(
        f"{len(unreadable)} archives n’ont pas pu être relues ; relancez ces audits pour avoir leur synthèse :",
        f"{len(unreadable)} archives could not be read; run these audits again to have their summary:",
    )
    lines = [f"  {run_id} : {why.render(lang)}" for run_id, why in unreadable[:_SHOWN]]
    return "\n".join([title.render(lang), *lines, *(["  …"] if len(unreadable) > _SHOWN else [])])
