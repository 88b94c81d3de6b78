"""Texts from outside, and the fonts that must hold every character set."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.plain import FONTS, name_line, one_line, plain
from reports.words import Severity, Status, counted, number
from scanners import model
from tools.font_coverage import checksums, coverage


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("HOPITAL\\svc_sauvegarde", "HOPITAL\\svc_sauvegarde"),
        ("Élevée — « 12 € »", "Élevée — « 12 € »"),
        ("bip\x07", "bip\\u{7}"),
        ("a\u202eb", "a\\u{202e}b"),
        ("a\r\nb\rc\u2028d\te", "a\nb\nc\nd e"),
        ("e\u0301", "é"),
        ("\ud800", "\\u{d800}"),
        ("中", "\\u{4e2d}"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    assert plain(text, "fr") == shown


def test_long_texts_are_cut_with_what_is_left_out() -> None:
    assert plain("x" * 12_000, "en", 10) == "xxxxxxxxxx … [11,990 more characters]"
    assert plain("x" * 10, "en", 10) == "x" * 10


def test_lines_are_joined_and_names_are_never_empty() -> None:
    assert one_line(" a\n b ", "fr") == "a b"
    assert name_line(" \n", "fr") == "–"


HELD = {ord("\n"), *(code for first, last in coverage(FONTS) for code in range(first, last + 1))}


@given(st.text(st.characters(codec=None)))
def test_every_character_shown_has_a_glyph(text: str) -> None:
    assert {ord(char) for char in plain(text, "fr")} <= HELD


def test_coverage_and_checksums_are_those_of_the_fonts() -> None:
    """Run `.venv/bin/python tools/font_coverage.py` after a change of fonts."""
    assert json.loads((FONTS / "coverage.json").read_text("ascii")) == coverage(FONTS)
    assert (FONTS / "SHA256SUMS").read_text("utf-8") == checksums(FONTS)


def test_each_font_ships_with_its_licence() -> None:
    families = {path.name.partition("-")[0] for path in FONTS.iterdir() if path.suffix in {".otf", ".ttf"}}
    licensed = {path.name.partition("-")[0] for path in FONTS.glob("*-LICENSE.txt")}
    assert families == licensed
    assert all("SIL OPEN FONT LICENSE" in path.read_text("utf-8") for path in FONTS.glob("*-LICENSE.txt"))


def test_words_agree_with_the_scanners() -> None:
    assert [word.value for word in Severity] == [word.value for word in model.Severity]
    assert [word.value for word in Status] == [word.value for word in model.Status]


def test_numbers_and_plurals() -> None:
    assert (number(1_234_567, "fr"), number(1_234_567, "en")) == ("1\u202f234\u202f567", "1,234,567")
    assert [counted(n, "constat", "constats", "fr") for n in (0, 1, 2)] == ["0 constat", "1 constat", "2 constats"]
    assert [counted(n, "finding", "findings", "en") for n in (0, 1, 2)] == ["0 findings", "1 finding", "2 findings"]


def test_licence_of_the_project_is_the_official_text() -> None:
    licence = (FONTS.parent.parent / "LICENSE").read_bytes()
    assert b"EUROPEAN UNION PUBLIC LICENCE v. 1.2" in licence
    assert hashlib.sha256(licence).hexdigest() == LICENCE_SHA256


LICENCE_SHA256 = "d126070e53a97387b339cc1b4c794e9bc134df061d6cb5ab37cef0bfe986228a"
"""Of the text that SPDX publishes, as the npm package spdx-license-list 6.12.0 ships it."""
