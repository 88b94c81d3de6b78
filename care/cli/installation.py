"""What the commands of an installation share: its platform, who acts, and how a service's refusal is said."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from care import config
from care.cli.context import Cli
from care.config import Settings
from care.domain.access import Scope, machine_scope
from care.services.errors import Invalid, ServiceError
from care.services.instance.occupancy import working_in
from care.services.instance.restoring import finish_cut_restore
from care.services.platform import Platform
from care.services.setup import check_database
from care.wiring import build_platform


@contextmanager
def installation(
    cli: Cli, *, upgrading: bool = False, settled: Callable[[Settings], Settings] = lambda read: read
) -> Iterator[Platform]:
    """The platform of this installation, its database up to date unless `upgrading`; refusals become sentences.
    `settled` has the last word on the settings.

    A wrong value ends with the code of a wrong usage, everything else with “could not run”.
    """
    settings = settled(config.from_environment())
    finish_cut_restore(settings)
    with working_in(settings.data_dir):
        yield from _working(cli, settings, upgrading=upgrading)


def _working(cli: Cli, settings: Settings, *, upgrading: bool) -> Iterator[Platform]:
    platform = build_platform(settings)
    try:
        if not upgrading and not check_database(platform).up_to_date:
            cli.stop(
                "La base de données n’est pas prête : lancez d’abord « care db upgrade ».",
                "The database is not ready: run “care db upgrade” first.",
            )
        yield platform
    except Invalid as wrong:
        cli.refuse(
            " ".join(text.fr for text in wrong.fields.values()), " ".join(text.en for text in wrong.fields.values())
        )
    except ServiceError as refused:
        cli.stop(refused.text.fr, refused.text.en)
    finally:
        platform.database.close()


def operator(cli: Cli) -> Scope:
    """Who runs the command: whoever may read the data folder may do everything; the trail keeps their login."""
    return machine_scope(f"cli:{getpass.getuser()}", cli.lang)
