"""A manifest is read as `sha256sum` writes it, and looked up under one root only."""

from __future__ import annotations

from hashlib import sha256

import pytest

from scanners.errors import CollectError
from scanners.restore.manifest import parse_manifest

A, B = sha256(b"a").hexdigest(), sha256(b"b").hexdigest()


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (f"{A}  dossiers/a b.txt", "dossiers/a b.txt"),
        (f"{A} *./dossiers/a", "dossiers/a"),
        (f"{A.upper()}  /srv/dpi/é", "srv/dpi/é"),
        (f"\\{A}  a\\nb\\\\c", "a\nb\\c"),
        (f"SHA256 (x (1).bin) = {A}", "x (1).bin"),
        (f"\ufeff{A}  a\r", "a"),
    ],
)
def test_lines_are_those_of_sha256sum(line: str, path: str) -> None:
    assert parse_manifest(f"# fait le 10 mars\n\n{line}\n", "m").digests == {path: A}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "vide"),
        ("# rien\n", "vide"),
        (f"{A}  a\nbonjour\n", "ligne 2"),
        (f"{A[:-1]}  a\n", "ligne 1"),
        (f"{A}  a\n{B}  a\n", "ligne 2"),
        (f"{'0' * 32}  md5\n", "ligne 1"),
    ],
)
def test_what_is_no_manifest_is_refused_with_its_line(text: str, place: str) -> None:
    with pytest.raises(CollectError) as refused:
        parse_manifest(text, "SHA256SUMS")
    assert place in refused.value.text.fr
    assert "SHA256SUMS" in refused.value.text.en


def test_paths_are_found_under_the_root_of_the_repository() -> None:
    manifest = parse_manifest(f"{A}  dpi/a\n{B}  dpi/b\n", "m")
    found = manifest.expected(["/srv/data/dpi/a", "/srv/data/dpi/b", "/srv/data/dpi/c"])
    assert found == {"/srv/data/dpi/a": A, "/srv/data/dpi/b": B}


def test_a_file_of_the_same_name_elsewhere_is_not_the_one_of_the_manifest() -> None:
    manifest = parse_manifest(f"{A}  conf/LISEZMOI\n{B}  conf/b\n", "m")
    assert manifest.expected(["/srv/conf/LISEZMOI", "/srv/conf/b", "/autre/conf/LISEZMOI"]) == {
        "/srv/conf/LISEZMOI": A,
        "/srv/conf/b": B,
    }


def test_a_manifest_of_something_else_proves_nothing() -> None:
    assert parse_manifest(f"{A}  x\n", "m").expected(["/srv/a", "/srv/b"]) == {}
