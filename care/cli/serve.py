"""`care serve`: the whole platform in one process: pages, embedded workers, calendar."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from care.adapters.calendar import Calendar
from care.cli.apart import do_apart
from care.cli.context import Cli, pass_cli
from care.cli.installation import installation
from care.cli.listening import listen
from care.cli.running import log_to_standard_error, until_stopped
from care.services import schedules
from care.services.handlers import HANDLERS
from care.services.platform import Platform
from care.services.setup import check_database, prepare_database
from care.web import create_app
from care.web.live import MAX_STREAMS
from care.worker import Worker

_THREADS = 16 + MAX_STREAMS
"""Requests answered at once; pages that follow something live keep one each."""


@click.command("serve")
@pass_cli
def command(cli: Cli) -> None:
    """Démarrer la plateforme / start the platform."""
    log_to_standard_error()
    with installation(cli, upgrading=True) as platform:
        _ready_database(cli, platform)
        _ = platform.kits.sheets  # a second now rather than on somebody's first page; a faulty sheet stops the start
        server = _listen(cli, platform)
        with until_stopped(), _background(platform):
            cli.say(
                f"CaRE est ouvert sur {platform.settings.base_url} (Ctrl+C pour arrêter).",
                f"CaRE is open on {platform.settings.base_url} (Ctrl+C to stop).",
            )
            server.run()
        server.close()
    cli.say("CaRE est arrêté.", "CaRE has stopped.")


def _ready_database(cli: Cli, platform: Platform) -> None:
    """The embedded database is created or upgraded by itself; a server's is upgraded by its administrator."""
    before = check_database(platform)
    if before.up_to_date:
        return
    if not platform.database.embedded and before.known:
        cli.stop(
            "La base de données n’est pas prête : lancez d’abord « care db upgrade ».",
            "The database is not ready: run “care db upgrade” first.",
        )
    prepare_database(platform)
    if before.current is None:
        cli.say(f"Base créée (révision {before.head}).", f"Database created (revision {before.head}).")
    else:
        cli.say(
            f"Base mise à jour de la révision {before.current} à {before.head}.",
            f"Database upgraded from revision {before.current} to {before.head}.",
        )


def _listen(cli: Cli, platform: Platform) -> Any:  # noqa: ANN401 - waitress is not typed
    settings = platform.settings
    try:
        app = create_app(platform, settings)
        # What was imported stays for ever: pages that make many objects do not have it walked through again and again.
        gc.collect()
        gc.freeze()
        return listen(app, settings, _THREADS)
    except OSError as error:
        cli.stop(
            f"L’adresse {settings.bind}:{settings.port} n’est pas disponible ({error.strerror}) ; arrêtez l’autre "
            "programme ou changez CARE_PORT.",
            f"The address {settings.bind}:{settings.port} is not available ({error.strerror}); stop the other program "
            "or change CARE_PORT.",
        )


@contextmanager
def _background(platform: Platform) -> Iterator[None]:
    """Workers and calendar, ended whatever happens in between."""
    appointments, submit = partial(schedules.appointments, platform), partial(schedules.submit_slot, platform)
    calendar = Calendar(appointments, submit, platform.settings.timezone)
    worker = Worker(platform, HANDLERS, platform.settings.workers, do_apart)
    try:
        worker.start()
        calendar.start()
        yield
    finally:
        calendar.stop()
        worker.stop()
        platform.doorbell.close()
