from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from care import config
from care.config import ConfigError, Settings, load

FOLDER = Path("/srv/care")
DOCUMENT = Path(__file__).parents[3] / "docs/configuration.md"


def test_the_defaults_are_a_local_installation() -> None:
    settings = load({"PATH": "/bin", "LANG": "C"}, FOLDER)
    assert settings.data_dir == FOLDER / "var"
    assert settings.database_url == "sqlite:////srv/care/var/care.sqlite3"
    assert settings.secret_key_file == FOLDER / "var/secret.key"
    assert (settings.bind, settings.port, settings.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (settings.timezone, settings.upload_mb) == ("Europe/Paris", 64)
    assert not settings.secure


def test_what_depends_on_another_setting_follows_it() -> None:
    settings = load({"CARE_DATA_DIR": "/data", "CARE_BIND": "::1", "CARE_PORT": "81"}, FOLDER)
    assert settings.database_url == "sqlite:////data/care.sqlite3"
    assert settings.evidence_dir == Path("/data/evidence")
    assert settings.base_url == "http://[::1]:81"


def test_every_kind_of_value_is_read() -> None:
    settings = load(
        {
            "CARE_DATABASE_URL": "postgresql://care:s3cret@db/care",
            "CARE_BASE_URL": "https://care.hopital.fr/",
            "CARE_SESSION_IDLE": "5",
            "CARE_COLLECT_MEMORY": "512",
            "CARE_TIMEZONE": "Indian/Reunion",
            "CARE_UPLOAD_MB": "8",
            "CARE_SMTP_HOST": "relais",
            "CARE_SMTP_STARTTLS": "no",
            "CARE_SMTP_FROM": "care@hopital.fr",
            "CARE_SMTP_PASSWORD_FILE": "smtp.pass",
            "CARE_PYTHON": "python3",
        },
        FOLDER,
    )
    assert settings.database_url == "postgresql+psycopg://care:s3cret@db/care"
    assert settings.base_url == "https://care.hopital.fr"
    assert settings.secure
    assert (settings.session_idle, settings.collect_memory) == (timedelta(minutes=5), 512 << 20)
    assert (settings.timezone, settings.upload_mb) == ("Indian/Reunion", 8)
    assert (settings.smtp_starttls, settings.smtp_password_file) == (False, FOLDER / "smtp.pass")


def test_a_password_in_the_database_url_is_never_shown() -> None:
    settings = load({"CARE_DATABASE_URL": "postgresql://care:s3cret@db/care"}, FOLDER)
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(config.describe(settings))
    with pytest.raises(ConfigError) as caught:
        load({"CARE_DATABASE_URL": "mysql://care:s3cret@db/care"}, FOLDER)
    assert "s3cret" not in caught.value.text.fr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CARE_PORT", "0"),
        ("CARE_PORT", "65536"),
        ("CARE_PORT", "huit"),
        ("CARE_PORT", "٨"),
        ("CARE_BIND", "localhost"),
        ("CARE_BASE_URL", "care.hopital.fr"),
        ("CARE_BASE_URL", "https://care.hopital.fr/care"),
        ("CARE_DATABASE_URL", "care.sqlite3"),
        ("CARE_DATABASE_URL", "sqlite://"),
        ("CARE_DATABASE_URL", "sqlite://var/care.sqlite3"),
        ("CARE_DATABASE_URL", "postgresql://care@[db/care"),
        ("CARE_DATABASE_URL", "postgresql://care@db"),
        ("CARE_DATABASE_URL", "sqlite:///:memory:"),
        ("CARE_LANG", "de"),
        ("CARE_NOTICE", "x" * 201),
        ("CARE_NOTICE", "deux\nlignes"),
        ("CARE_TIMEZONE", "Paris"),
        ("CARE_TIMEZONE", "Europe"),
        ("CARE_TIMEZONE", "../../etc/passwd"),
        ("CARE_UPLOAD_MB", "0"),
        ("CARE_UPLOAD_MB", "1025"),
        ("CARE_SESSION_IDLE", "0"),
        ("CARE_SMTP_STARTTLS", "peut-être"),
        ("CARE_SMTP_FROM", "care hopital"),
        ("CARE_PROXY", "proxy.hopital.fr:3128"),
        ("CARE_PROXY", "https://proxy.hopital.fr"),
        ("CARE_PROXY", "http://moi:secret@proxy.hopital.fr:3128"),
        ("CARE_PROXY", "http://proxy:port"),
        ("CARE_SMTP_HOST", "relais"),  # without a sender
    ],
)
def test_a_wrong_value_is_named_with_what_it_takes(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({name: value}, FOLDER)
    said = caught.value.text
    assert name.removesuffix("HOST") in said.fr
    assert "il faut" in said.fr
    assert "it takes" in said.en


def test_a_misspelt_setting_is_refused_with_its_neighbour() -> None:
    with pytest.raises(ConfigError, match="CARE_DATA_DIR"):
        load({"CARE_DATADIR": "/data"}, FOLDER)


def test_every_setting_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    missing = [config.variable(item.name) for item in fields(Settings) if f"`{config.variable(item.name)}`" not in text]
    assert missing == []


def test_every_setting_documented_exists() -> None:
    names = {config.variable(item.name) for item in fields(Settings)} | config.FOREIGN
    written = set(re.findall(r"CARE_[A-Z_]+", DOCUMENT.read_text(encoding="utf-8")))
    assert written <= names
