"""`care serve`: the whole platform in one process: pages, embedded workers, calendar."""

from __future__ import annotations

import gc
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click

from care.adapters.calendar import Calendar
from care.cli.apart import do_apart
from care.cli.context import Cli, pass_cli
from care.cli.installation import installation
from care.cli.listening import listen, listen_beside
from care.cli.own_tls import only_trust, settings_in_clear, settings_under_tls, under_tls
from care.cli.running import log_to_standard_error, share_memory, until_stopped
from care.services import schedules
from care.services.handlers import HANDLERS
from care.services.platform import Platform
from care.services.setup import check_database, prepare_database
from care.web import create_app
from care.web.live import MAX_STREAMS
from care.web.trust.routes import fingerprint_lines
from care.worker import Worker

_THREADS = 16 + MAX_STREAMS
"""Requests answered at once; pages that follow something live keep one each."""


@click.command("serve")
@click.option(
    "--tls",
    is_flag=True,
    help="Servir en https avec une autorité propre à l’installation, que les téléphones approuvent depuis la page "
    "/trust. / Serve over https with an authority of the installation’s own, which phones trust from the page /trust.",
)
@pass_cli
def command(cli: Cli, tls: bool) -> None:
    """Démarrer la plateforme / start the platform."""
    log_to_standard_error()
    share_memory()
    gc.disable()  # until `_listen`: what is made now stays for ever
    with installation(cli, upgrading=True, settled=settings_under_tls if tls else settings_in_clear) as built:
        log_to_standard_error(built.settings.log_format)
        platform, context = under_tls(built) if tls else (built, None)
        _ready_database(cli, platform)
        _ = platform.kits.sheets  # a second now rather than on somebody's first page; a faulty sheet stops the start
        server = _listen(cli, platform, context)
        with until_stopped() as stopping, _background(platform, stopping):
            cli.say(
                f"CaRE est ouvert sur {platform.settings.base_url} (Ctrl+C pour arrêter).",
                f"CaRE is open on {platform.settings.base_url} (Ctrl+C to stop).",
            )
            _tell_trust(cli, platform)
            server.run()
        server.close()
    cli.say("CaRE est arrêté.", "CaRE has stopped.")


def _tell_trust(cli: Cli, platform: Platform) -> None:
    if platform.authority is not None:
        address, (begin, end) = (
            f"{platform.authority.plain_url}/trust",
            fingerprint_lines(platform.authority.certificate),
        )
        cli.say(
            f"Pour que les téléphones l’approuvent : {address}\nEmpreinte SHA-256 à comparer :\n{begin}\n{end}",
            f"For phones to trust it: {address}\nSHA-256 fingerprint to compare:\n{begin}\n{end}",
        )


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


def _listen(cli: Cli, platform: Platform, context: ssl.SSLContext | None) -> Any:  # noqa: ANN401 - not typed
    settings = platform.settings
    port = settings.port
    try:
        app = create_app(platform, settings)
        # What was imported stays for ever: pages that make many objects do not have it walked through again and again.
        gc.freeze()
        gc.enable()
        server = listen(app, settings, _THREADS, context)
        if context is not None:
            port = settings.trust_port
            listen_beside(server, only_trust(app, settings.base_url), settings, port)
    except OSError as error:
        name = "CARE_PORT" if port == settings.port else "CARE_TRUST_PORT"
        cli.stop(
            f"L’adresse {settings.bind}:{port} n’est pas disponible ({error.strerror}) ; arrêtez l’autre programme ou "
            f"changez {name}.",
            f"The address {settings.bind}:{port} is not available ({error.strerror}); stop the other program or "
            f"change {name}.",
        )
    return server


@contextmanager
def _background(platform: Platform, stopping: threading.Event) -> Iterator[None]:
    """Workers and calendar, ended whatever happens in between; streams let their threads go when told to stop."""
    appointments, submit = partial(schedules.appointments, platform), partial(schedules.submit_slot, platform)
    calendar = Calendar(appointments, submit, platform.settings.timezone)
    audits = platform.settings.workers
    worker = Worker(platform, HANDLERS, audits, do_apart, platform.settings.bastions if audits else 0)
    threading.Thread(target=_close_streams, args=(platform, stopping), name="care-streams", daemon=True).start()
    try:
        worker.start()
        calendar.start()
        yield
    finally:
        calendar.stop()
        worker.stop()
        platform.doorbell.close()


def _close_streams(platform: Platform, stopping: threading.Event) -> None:
    stopping.wait()
    platform.hub.close()
