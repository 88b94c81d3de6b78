"""Secrets at rest: sealed to their place, opened by old keys, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from care.adapters.secret_box import AesSecretBox, SecretError, ensure_key_file

PLAIN = "Tr0is-mots-secrets é"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "secret.key"
    ensure_key_file(path)
    return path


def test_a_secret_comes_back_and_is_never_written_in_clear(key_file: Path) -> None:
    box = AesSecretBox(key_file)
    sealed = box.seal(PLAIN, "target:1:password")
    assert PLAIN.encode() not in sealed
    assert sealed != box.seal(PLAIN, "target:1:password")
    assert box.open(sealed, "target:1:password") == PLAIN


def test_the_key_file_is_private_and_never_replaced(key_file: Path) -> None:
    before = key_file.read_bytes()
    assert key_file.stat().st_mode & 0o777 == 0o600
    ensure_key_file(key_file)
    assert key_file.read_bytes() == before
    assert [one.name for one in key_file.parent.iterdir()] == ["secret.key"]


def test_a_secret_moved_elsewhere_does_not_open(key_file: Path) -> None:
    box = AesSecretBox(key_file)
    with pytest.raises(SecretError):
        box.open(box.seal(PLAIN, "target:1:password"), "target:2:password")


def test_a_changed_byte_is_seen(key_file: Path) -> None:
    box = AesSecretBox(key_file)
    sealed = box.seal(PLAIN, "x")
    for place in (0, 5, len(sealed) - 1):
        with pytest.raises(SecretError):
            box.open(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :], "x")


def test_a_new_key_on_top_still_opens_old_secrets(key_file: Path, tmp_path: Path) -> None:
    old = AesSecretBox(key_file).seal(PLAIN, "x")
    another = tmp_path / "new.key"
    ensure_key_file(another)
    key_file.write_bytes(another.read_bytes() + key_file.read_bytes())
    rotated = AesSecretBox(key_file)
    assert rotated.open(old, "x") == PLAIN
    assert AesSecretBox(another).open(rotated.seal(PLAIN, "x"), "x") == PLAIN
    with pytest.raises(SecretError, match="original key"):
        AesSecretBox(another).open(old, "x")


@pytest.mark.parametrize("content", [b"", b"not base64!", b"c2hvcnQ=\n"])
def test_an_unusable_key_file_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    with pytest.raises(SecretError, match=r"secret\.key"):
        AesSecretBox(path).seal(PLAIN, "x")
