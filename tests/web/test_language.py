"""French is the source, English is complete, and the compiled file is current."""

from __future__ import annotations

import re

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
