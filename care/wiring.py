"""The one place where concrete adapters are chosen."""

from __future__ import annotations

from care.adapters.clock import SystemClock
from care.adapters.passwords import Argon2Passwords
from care.config import Settings
from care.services.platform import Platform
from care.store.engine import open_database
from scanners.errors import SaidError


class DataFolderError(SaidError):
    """The data folder cannot be used."""


def build_platform(settings: Settings) -> Platform:
    """A platform on this machine's adapters; the data folder is made (0700) when it does not exist."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderError(
            f"Le dossier de données {settings.data_dir} ne peut pas être créé ({error.strerror}) :"
            " choisissez-en un autre avec CARE_DATA_DIR.",
            f"The data folder {settings.data_dir} cannot be made ({error.strerror}):"
            " choose another with CARE_DATA_DIR.",
        ) from error
    return Platform(
        settings=settings,
        database=open_database(settings.database_url),
        clock=SystemClock(),
        passwords=Argon2Passwords(),
    )
