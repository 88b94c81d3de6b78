"""The one place where concrete adapters are chosen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import make_url

from care.adapters.clock import SystemClock
from care.adapters.evidence_files import FolderEvidence
from care.adapters.https_courier import HttpsCourier
from care.adapters.huey_doorbell import HueyDoorbell, postgresql_doorbell, sqlite_doorbell
from care.adapters.kits import PackagedKits
from care.adapters.machine import check_machine
from care.adapters.own_addresses import address_to_tell, reached_at
from care.adapters.own_authority import Certificate, certificate_for
from care.adapters.passwords import Argon2Passwords
from care.adapters.secret_box import AesSecretBox, ensure_key_file
from care.adapters.signer import FileSigner
from care.adapters.smtp import NoMailer, Relay, SmtpMailer
from care.config import Settings
from care.services.diagnosis import Check, check_database
from care.services.platform import Mailer, Platform
from care.store.engine import open_database
from scanners.collection import collect_to
from scanners.errors import SaidError
from scanners.judging import judge_in_child

__all__ = ["DataFolderError", "address_to_tell", "build_platform", "diagnose", "server_certificate"]


class DataFolderError(SaidError):
    """The data folder cannot be used."""


def build_platform(settings: Settings) -> Platform:
    """A platform on this machine's adapters; the data folder is made (0700) when it does not exist."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        ensure_key_file(settings.secret_key_file)
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
        secrets=AesSecretBox(settings.secret_key_file),
        signer=FileSigner(settings.seal_key_file),
        evidence=FolderEvidence(settings.evidence_dir),
        doorbell=_doorbell(settings),
        mailer=_mailer(settings),
        collect=collect_to,
        judge_directory=judge_in_child,
        courier=HttpsCourier(settings.proxy),
        kits=PackagedKits(),
    )


def diagnose(settings: Settings) -> tuple[Check, ...]:
    """What `care doctor` shows. Makes nothing, and works on an installation that does not start."""
    return (*check_machine(settings), *check_database(settings, SystemClock()))


def _doorbell(settings: Settings) -> HueyDoorbell:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return sqlite_doorbell(settings.data_dir / "queue.sqlite3")
    return postgresql_doorbell(url.set(drivername="postgresql").render_as_string(hide_password=False))


def _mailer(settings: Settings) -> Mailer:
    if not settings.smtp_host:
        return NoMailer()
    return SmtpMailer(
        Relay(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_starttls,
            settings.smtp_user,
            settings.smtp_password_file,
            settings.smtp_ca_file,
        )
    )


def server_certificate(settings: Settings, host: str, now: datetime) -> Certificate:
    """The certificate of `care serve --tls` for `host` and this machine's addresses, made or renewed when needed."""
    return certificate_for(settings.data_dir / "tls", reached_at(settings.bind, host), now)
