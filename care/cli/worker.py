"""`care worker`: does jobs, on this machine, for a platform served elsewhere on the same database."""

from __future__ import annotations

import click

from care.cli.apart import do_apart
from care.cli.context import Cli, pass_cli
from care.cli.installation import installation
from care.cli.running import log_to_standard_error, until_stopped
from care.services.diagnosis import clock_gap, clocks_apart
from care.services.handlers import HANDLERS
from care.worker import Worker


@click.command("worker")
@pass_cli
def command(cli: Cli) -> None:
    """Exécuter les tâches / run jobs."""
    log_to_standard_error()
    with installation(cli) as platform:
        log_to_standard_error(platform.settings.log_format)
        apart = clocks_apart(clock_gap(platform.database, platform.clock))
        if apart is not None:
            cli.stop(
                f"L’horloge de cette machine a {apart.fr}. Remettez-la à l’heure (NTP), puis relancez.",
                f"The clock of this machine is {apart.en}. Set it (NTP), then start again.",
            )
        worker = Worker(platform, HANDLERS, max(1, platform.settings.workers), do_apart, platform.settings.bastions)
        worker.start()
        cli.say(
            f"Exécutant {worker.name} au travail (Ctrl+C pour arrêter).",
            f"Worker {worker.name} at work (Ctrl+C to stop).",
        )
        try:
            with until_stopped() as stopping:
                stopping.wait()
        finally:
            worker.stop()
            platform.doorbell.close()
