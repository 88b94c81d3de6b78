"""Working something out again from the files of recorded runs: its progress, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable

from rich.progress import Progress

from care.cli.context import Cli, ExitCode, fail
from care.cli.installation import installation
from care.services.platform import Platform
from care.services.rebuilt import Rebuilt, Tell
from scanners.model import Text

_SHOWN = 10


def work_again(cli: Cli, label: Text, work: Callable[[Platform, Tell], Rebuilt], done: Text, unread: Text) -> None:
    """Do the work on the installation; `done` and `unread` are sentences with the number of runs (`{n}`)."""
    with installation(cli) as platform, Progress(console=cli.console, disable=cli.quiet) as shown:
        task = shown.add_task(label.render(cli.lang), total=None)
        rebuilt = work(platform, lambda count, of: shown.update(task, completed=count, total=of))
    numbers = {"n": rebuilt.kept}
    cli.say(done.render("fr", numbers), done.render("en", numbers))
    if rebuilt.unreadable:
        head = unread.render(cli.lang, {"n": len(rebuilt.unreadable)})
        lines = [f"  {run_id} : {why.render(cli.lang)}" for run_id, why in rebuilt.unreadable[:_SHOWN]]
        more = ["  …"] if len(rebuilt.unreadable) > _SHOWN else []
        fail("\n".join([head, *lines, *more]), ExitCode.COULD_NOT_RUN)
