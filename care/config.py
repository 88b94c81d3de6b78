"""Settings of an installation: the only reader of the environment.

Every variable is called `CARE_` followed by the field's name in capitals and is described in `docs/configuration.md`.
A wrong or unknown value stops the start with one sentence.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scanners.errors import SaidError
from scanners.model import LANGS, Text

PREFIX = "CARE_"
# Read by the script that makes the virtual environment, and by the command line before any setting.
FOREIGN = frozenset({"CARE_PYTHON", "CARE_DEBUG"})
MAX_PORT = 65535
MAX_NOTICE = 200
LOG_FORMATS = ("text", "json")

T = TypeVar("T")


class ConfigError(SaidError):
    """A setting that cannot be used: its name, why, and what is expected."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an installation may choose.

    Durations are `timedelta`, sizes are bytes (`upload_mb`: MiB), paths are absolute.
    """

    data_dir: Path
    database_url: str = field(repr=False)
    secret_key_file: Path
    seal_key_file: Path
    evidence_dir: Path
    vulnerabilities_file: Path
    bind: str
    port: int
    base_url: str
    trust_port: int
    trusted_proxies: int
    lang: str
    notice: str
    timezone: str
    upload_mb: int
    session_idle: timedelta
    session_absolute: timedelta
    workers: int
    bastions: int
    collect_seconds: int
    collect_memory: int
    crisis_pack_days: int
    crisis_packs_kept: int
    backup_dir: Path | None
    backup_key_file: Path | None
    smtp_host: str
    smtp_port: int
    smtp_starttls: bool
    smtp_user: str
    smtp_password_file: Path | None
    smtp_ca_file: Path | None
    smtp_from: str
    proxy: str
    log_format: str
    metrics_token_file: Path | None
    repository_roots: tuple[Path, ...]

    @property
    def upload_bytes(self) -> int:
        """The largest body of a request."""
        return self.upload_mb << 20

    @property
    def base_url_by_default(self) -> bool:
        """Whether nobody said at what address people reach the platform."""
        return self.base_url == f"http://{_host(self.bind)}:{self.port}"

    def at(self, path: str) -> str:
        """The full address of a page, for a QR or to be typed: never what a browser says of us, which anyone may."""
        return self.base_url.rstrip("/") + path

    @property
    def secure(self) -> bool:
        """Whether people reach the platform over TLS: cookies are then marked secure."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def public_url(self) -> str:
        """The address people reach the platform at, for links in mail; "" when only this machine knows it."""
        host = urlsplit(self.base_url).hostname or ""
        return "" if host == "localhost" or _is_local(host) else self.base_url


def variable(name: str) -> str:
    """The environment variable of a field: `data_dir` is `CARE_DATA_DIR`."""
    return PREFIX + name.upper()


def load(environ: Mapping[str, str], folder: Path) -> Settings:
    """Settings from `environ`; relative paths start at `folder`. ConfigError on the first value that cannot be used."""
    _refuse_unknown(environ)
    read = _Reader(environ, folder)
    data = read.path("data_dir", folder / "var")
    bind, port = read("bind", "127.0.0.1", _address), read("port", "8000", _port)
    settings = Settings(
        data_dir=data,
        database_url=read("database_url", f"sqlite:///{data / 'care.sqlite3'}", _database_url),
        secret_key_file=read.path("secret_key_file", data / "secret.key"),
        seal_key_file=read.path("seal_key_file", data / "seal.key"),
        evidence_dir=read.path("evidence_dir", data / "evidence"),
        vulnerabilities_file=read.path("vulnerabilities_file", data / "vulnerabilities.sqlite3"),
        bind=bind,
        port=port,
        base_url=read("base_url", f"http://{_host(bind)}:{port}", _base_url),
        trust_port=read("trust_port", "8080", _port),
        trusted_proxies=read("trusted_proxies", "0", _whole(0, 10)),
        lang=read("lang", "fr", _one_of(LANGS)),
        notice=read("notice", "", _line),
        timezone=read("timezone", "Europe/Paris", _time_zone),
        upload_mb=read("upload_mb", "64", _whole(1, 1024)),
        session_idle=timedelta(minutes=read("session_idle", "30", _whole(1, 24 * 60))),
        session_absolute=timedelta(hours=read("session_absolute", "12", _whole(1, 24 * 7))),
        workers=read("workers", "2", _whole(0, 64)),
        bastions=read("bastions", "4", _whole(1, 64)),
        collect_seconds=read("collect_seconds", "3600", _whole(1, 7 * 24 * 3600)),
        collect_memory=read("collect_memory", "2048", _whole(64, 1 << 20)) << 20,
        crisis_pack_days=read("crisis_pack_days", "35", _whole(8, 366)),
        crisis_packs_kept=read("crisis_packs_kept", "8", _whole(1, 200)),
        backup_dir=read.optional_path("backup_dir"),
        backup_key_file=read.optional_path("backup_key_file"),
        smtp_host=read("smtp_host", "", str),
        smtp_port=read("smtp_port", "25", _port),
        smtp_starttls=read("smtp_starttls", "yes", _yes_no),
        smtp_user=read("smtp_user", "", str),
        smtp_password_file=read.optional_path("smtp_password_file"),
        smtp_ca_file=read.optional_path("smtp_ca_file"),
        smtp_from=read("smtp_from", "", _mail_address),
        proxy=read("proxy", "", _proxy),
        log_format=read("log_format", "text", _one_of(LOG_FORMATS)),
        metrics_token_file=read.optional_path("metrics_token_file"),
        repository_roots=read("repository_roots", "", _folders),
    )
    if settings.smtp_host and not settings.smtp_from:
        raise _wrong(
            "smtp_from",
            "",
            _ExpectedError(
                "une adresse d’expédition quand CARE_SMTP_HOST est donné", "a sender address when CARE_SMTP_HOST is set"
            ),
        )
    return settings


def from_environment() -> Settings:
    """Settings of this process; relative paths start at the current folder."""
    return load(os.environ, Path.cwd())


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {variable(item.name) for item in fields(Settings)} | FOREIGN
    for name in sorted(set(environ)):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint_fr, hint_en = (f", vouliez-vous {near[0]} ?", f", did you mean {near[0]}?") if near else (".", ".")
            raise ConfigError(
                f"Le réglage {name} n’existe pas (voir docs/configuration.md){hint_fr}",
                f"There is no setting {name} (see docs/configuration.md){hint_en}",
            )


class _ExpectedError(ValueError):
    """What a value should have been, in both languages."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(fr, en)


def _wrong(name: str, value: str, expected: _ExpectedError) -> ConfigError:
    # A database URL holds a password: its value is never repeated.
    shown = "" if name == "database_url" else f"={value}"
    return ConfigError(
        f"Réglage {variable(name)}{shown} inutilisable : il faut {expected.text.fr}.",
        f"Setting {variable(name)}{shown} cannot be used: it takes {expected.text.en}.",
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    environ: Mapping[str, str]
    folder: Path

    def __call__(self, name: str, default: str, parse: Callable[[str], T]) -> T:
        value = self.environ.get(variable(name), "").strip() or default
        try:
            return parse(value)
        except _ExpectedError as expected:
            raise _wrong(name, value, expected) from None

    def path(self, name: str, default: Path) -> Path:
        return self(name, str(default), lambda value: (self.folder / Path(value).expanduser()).absolute())

    def optional_path(self, name: str) -> Path | None:
        return self.path(name, self.folder) if self.environ.get(variable(name), "").strip() else None


def _folders(value: str) -> tuple[Path, ...]:
    paths = tuple(Path(one) for one in value.split(":") if one)
    if not all(path.is_absolute() and ".." not in path.parts for path in paths):
        raise _ExpectedError("des dossiers absolus séparés par « : »", "absolute folders separated by “:”")
    return paths


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise _ExpectedError(f"un nombre entier de {low} à {high}", f"a whole number from {low} to {high}")
        return int(value)

    return parse


_port = _whole(1, MAX_PORT)


def _one_of(values: tuple[str, ...]) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in values:
            raise _ExpectedError("une valeur parmi " + ", ".join(values), "one of " + ", ".join(values))
        return value

    return parse


def _line(value: str) -> str:
    if not value.isprintable() or len(value) > MAX_NOTICE:
        raise _ExpectedError(
            f"une phrase d’une ligne, {MAX_NOTICE} signes au plus",
            f"a sentence on one line, at most {MAX_NOTICE} signs",
        )
    return value


def _time_zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder
        raise _ExpectedError(
            "un fuseau horaire du type Europe/Paris ou Indian/Reunion",
            "a time zone such as Europe/Paris or Indian/Reunion",
        ) from None


def _yes_no(value: str) -> bool:
    if value.lower() not in {"yes", "no"}:
        raise _ExpectedError("yes ou no", "yes or no")
    return value.lower() == "yes"


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise _ExpectedError(
            "une adresse IP d’écoute, par exemple 127.0.0.1", "a listening IP address, such as 127.0.0.1"
        ) from None


def _is_local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise _ExpectedError(
            "une adresse du type https://care.hopital.fr", "an address such as https://care.hospital.fr"
        )
    return value.rstrip("/")


def _proxy(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme == "http" and parts.hostname and parts.port != 0 and not parts.username
    except ValueError:  # a port that is none
        usable = False
    if value and (not usable or parts.path.strip("/") or parts.query):
        raise _ExpectedError(
            "une adresse du type http://proxy.hopital.fr:3128", "an address such as http://proxy.hospital.fr:3128"
        )
    return value.rstrip("/")


def _database_url(value: str) -> str:
    expected = _ExpectedError(
        "sqlite:////chemin/care.sqlite3 ou postgresql://utilisateur@hôte/base",
        "sqlite:////path/care.sqlite3 or postgresql://user@host/database",
    )
    try:
        parts = urlsplit(value)
    except ValueError:
        raise expected from None
    if parts.scheme not in {"sqlite", "postgresql", "postgresql+psycopg"} or parts.path in {"", "/", "/:memory:"}:
        raise expected
    if parts.scheme == "sqlite" and parts.netloc:
        raise expected  # two slashes only: the first folder would be read as a host
    # SQLAlchemy names the driver in the scheme.
    return "postgresql+psycopg" + value.removeprefix("postgresql") if parts.scheme == "postgresql" else value


def _mail_address(value: str) -> str:
    if value and not (value.isascii() and re.fullmatch(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+", value)):
        raise _ExpectedError("une adresse de messagerie", "a mail address")
    return value


def describe(settings: Settings) -> dict[str, Any]:
    """The settings as plain values for the diagnosis; the database's password is hidden."""
    shown = {item.name: getattr(settings, item.name) for item in fields(Settings)}
    password = urlsplit(settings.database_url).password
    if password:
        shown["database_url"] = settings.database_url.replace(f":{password}@", ":***@")
    return shown
