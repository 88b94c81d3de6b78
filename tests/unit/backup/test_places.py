"""Ways to repositories: what becomes words, files and addresses; what servers and tools say of locks and refusals."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanners.backup import collect_place
from scanners.backup.collect_borg import BorgReader
from scanners.backup.collect_errors import meaning
from scanners.backup.collect_lock import protection_told, signed
from scanners.backup.collect_place import Access, access_to, reached
from scanners.backup.collect_process import Call, ToolFailedError, environment, output_of
from scanners.backup.collect_repository import UnreadableError
from scanners.backup.facts import Protection, RepositoryPlan, S3Place, SshPlace

BUCKET = S3Place("s3", "s3.chv.test", "sauvegardes", "CARE", 9000, prefix="dpi", region="fr-par")
SSH = SshPlace("ssh", "sauve.chv.test", "lecteur", "/depots/mon dpi", "sauve ssh-ed25519 AAAA", 2222)
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\r\nabcdef\r\n-----END OPENSSH PRIVATE KEY-----"
_LOCK = '<?xml version="1.0"?><ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{}</ObjectLockConfiguration>'


@pytest.fixture
def open_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_place, "reached", lambda _host, _port: "192.0.2.7")
    monkeypatch.setattr(collect_place, "_let_in", lambda _config, _scratch: None)


@pytest.mark.usefixtures("open_way")
@pytest.mark.parametrize("tool", ["restic", "borg"])
def test_nothing_of_a_plan_is_a_word_of_a_command(tmp_path: Path, tool: Any) -> None:
    access = access_to(RepositoryPlan("dpi", tool, remote=SSH), KEY, tmp_path)
    words = " ".join((*access.words, access.variables.get("BORG_RSH", "")))
    for told in (SSH.host, SSH.user, SSH.path, "2222", "abcdef", "192.0.2.7"):
        assert told not in words
    assert access.address in ("sftp:care-repository:/depots/mon dpi", "ssh://care-repository/depots/mon dpi")
    assert access.folder is None


@pytest.mark.usefixtures("open_way")
def test_ssh_trusts_one_key_and_asks_nobody(tmp_path: Path) -> None:
    access_to(RepositoryPlan("dpi", "borg", remote=SSH), KEY, tmp_path)
    config = (tmp_path / "ssh_config").read_text()
    for line in (
        "HostName 192.0.2.7",
        "HostKeyAlias [sauve.chv.test]:2222",
        "StrictHostKeyChecking yes",
        "GlobalKnownHostsFile /dev/null",
        "BatchMode yes",
        "IdentityAgent none",
        "PasswordAuthentication no",
        "ProxyCommand none",
    ):
        assert f"\n  {line}\n" in config
    for name in ("ssh_key", "known_hosts", "ssh_config"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert "\r" not in (tmp_path / "ssh_key").read_text()


def test_secrets_are_struck_from_what_tools_say(tmp_path: Path) -> None:
    call = Call(
        ("sh", "-c", "echo refus de s3cret >&2; exit 1"), environment(tmp_path), tmp_path, 20.0, hidden=("s3cret",)
    )
    with pytest.raises(ToolFailedError) as failure:
        output_of(call)
    assert failure.value.words == "refus de …"


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "224.0.0.1", "0.0.0.0", "255.255.255.255", "fe80::1", "ff02::1", "::ffff:169.254.1.1"],
)
def test_an_address_that_is_no_machine_is_never_contacted(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_words: object) -> None:
        raise AssertionError("contacted")

    monkeypatch.setattr(socket, "create_connection", refused)
    with pytest.raises(UnreadableError, match="not that of a machine"):
        reached(address, 22)


def test_a_name_that_leads_to_two_places_is_refused_for_the_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", ("192.0.2.7", 22)), (2, 1, 6, "", ("169.254.169.254", 22))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_words, **_more: found)
    with pytest.raises(UnreadableError, match="not that of a machine"):
        reached("sauve.chv.test", 22)


def test_a_request_is_signed_as_the_reference_library_does() -> None:
    """The expected signature is that of botocore 1.44.5 for the same request, account and moment."""
    headers = signed(BUCKET, "secret+de/laboratoire", "object-lock=", datetime(2026, 3, 10, 6, tzinfo=UTC))
    assert headers["Host"] == "s3.chv.test:9000"
    assert headers["Authorization"].endswith(
        "Signature=3c049e8f7ddd6abab6b611a17b43ce11b5e259dfb30974449d3f0a789398b6b4"
    )


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (
            "<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>30</Days></DefaultRetention></Rule>",
            ("compliance", 30.0),
        ),
        (
            "<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>2</Years></DefaultRetention></Rule>",
            ("compliance", 730.0),
        ),
        (
            "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>9</Days></DefaultRetention></Rule>",
            ("governance", 9.0),
        ),
        ("<Rule><DefaultRetention><Mode>COMPLIANCE</Mode></DefaultRetention></Rule>", ("none", None)),
        ("<ObjectLockEnabled>Enabled</ObjectLockEnabled>", ("none", None)),
        ("<Rule><DefaultRetention><Mode>AUTRE</Mode><Days>30</Days></DefaultRetention></Rule>", ("none", None)),
    ],
)
def test_the_lock_of_a_bucket(rule: str, told: tuple[Any, float | None]) -> None:
    protection = protection_told(_LOCK.format(rule).encode())
    assert protection == Protection(*told)
    assert protection.immutable is (told[0] == "compliance")


@pytest.mark.parametrize(
    ("setting", "told"),
    [("append_only = 1", Protection("append_only")), ("append_only = 0", None), ("", None)],
)
def test_a_borg_repository_that_only_grows_says_so_and_another_nothing(
    tmp_path: Path, setting: str, told: Protection | None
) -> None:
    (tmp_path / "config").write_text(f"[repository]\nversion = 1\nkey = %(x)s\n{setting}\n")
    assert BorgReader(Access(str(tmp_path), folder=tmp_path), "", tmp_path, 0.0).protection() == told


def test_a_retention_of_no_day_holds_nothing() -> None:
    rule = "<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>0</Days></DefaultRetention></Rule>"
    protection = protection_told(_LOCK.format(rule).encode())
    assert protection is not None
    assert not protection.immutable


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', b"<a>" * 5])
def test_an_unreadable_answer_tells_nothing_of_a_lock(body: bytes) -> None:
    assert protection_told(body) is None


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ("Fatal: wrong password or no key found", "corrigez le secret"),
        ("subprocess ssh: Host key verification failed.", "clé d’hôte"),
        ("Remote: care@x: Permission denied (publickey).", "clé SSH"),
        ("Fatal: unable to open repository: unable to start the sftp session, error: EOF", "liaison"),
        ("write /tmp/x: no space left on device", "plus de place"),
        ("Failed to create/acquire the lock /x/lock (timeout).", "verrouillé"),
        ("Repository /depots/dpi does not exist.", "vérifiez le chemin"),
        ("open /depots/config: permission denied", "droit de lecture"),
    ],
)
def test_a_refusal_is_told_with_its_cure(words: str, cure: str) -> None:
    told = meaning(words)
    assert told is not None
    assert cure in told.reason.fr


@pytest.mark.parametrize(
    "words",
    [
        "Fatal: repository contains errors",
        "pack 3f: The specified key does not exist.",
        "ciphertext verification failed",
    ],
)
def test_lost_data_is_no_refusal(words: str) -> None:
    assert meaning(words) is None
