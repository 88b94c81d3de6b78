"""French is the source, English is complete, and the compiled file is current."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string
from flask_babel import gettext, ngettext

from tools.messages import PO, collected, compiled, english, translated

PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]")


def pairs() -> list[tuple[str, str]]:
    """Every sentence and its translation; those of a plural are joined."""
    return [("".join(message.id), "".join(message.string)) for message in english() if message.id]


def test_every_sentence_is_translated() -> None:
    known = {message.id: message.string for message in english()}
    missing = [message.id for message in collected() if message.id and not translated(known.get(message.id, ""))]
    assert missing == [], "run tools/messages.py and fill messages.po"


def test_no_translation_is_left_over() -> None:
    used = {"".join(message.id) for message in collected()}
    assert [source for source, _words in pairs() if source not in used] == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    wrong = [
        (source, words)
        for source, words in pairs()
        if set(PLACEHOLDER.findall(source)) != set(PLACEHOLDER.findall(words))
    ]
    assert wrong == []


def test_the_compiled_file_is_current() -> None:
    assert PO.with_suffix(".mo").read_bytes() == compiled(english())


def test_french_is_written_with_typographic_apostrophes() -> None:
    assert [message.id for message in collected() if message.id and "'" in "".join(message.id)] == []


@pytest.mark.parametrize(
    ("lang", "number", "said"),
    [
        ("fr", 0, "0 jour"), ("fr", 1, "1 jour"), ("fr", 2, "2 jours"), ("fr", -1, "-1 jour"), ("fr", -2, "-2 jours"),
        ("en", 0, "0 days"), ("en", 1, "1 day"), ("en", 2, "2 days"),
    ],
)  # fmt: skip
def test_nothing_is_singular_in_french_and_plural_in_english(app: Flask, lang: str, number: int, said: str) -> None:
    written = "{{ ngettext('%(num)s jour', '%(num)s jours', number) }}"
    with app.test_request_context(headers={"Accept-Language": lang}):
        assert ngettext("%(num)s jour", "%(num)s jours", number) == said
        assert render_template_string(written, number=number) == said, "templates say the same"
        assert gettext("Mandats") == {"fr": "Mandats", "en": "Mandates"}[lang]


@pytest.mark.parametrize(
    ("one", "several", "said"),
    [
        ("Un mois sans échéance", "%(num)s mois sans échéance", "0 mois sans échéance"),
        ("conforme", "conformes", "conforme"),
        ("Cible hors d’ici : %(names)s.", "%(num)s cibles hors d’ici : %(names)s.", "Cible hors d’ici : –."),
    ],
)
def test_a_sentence_that_speaks_of_one_is_not_said_of_none(app: Flask, one: str, several: str, said: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        assert ngettext(one, several, 0, names="–") == said
