"""Letters: the texts of mail, one plain-text template a language, the subject on the first line.

What is put into a template comes from people and from audits: control characters, line ends included, become spaces,
so that no value can start a line, let alone a header.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scanners.model import LANGS, Lang

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Written:
    """A letter written in one language: one line, and the lines of its body."""

    subject: str
    body: str


def write(letter: str, lang: str, /, **values: object) -> Written:
    """The letter of that name in the reader's language. Every value its template uses must be given."""
    wanted: Lang = "en" if lang == "en" else "fr"
    text = _environment().get_template(f"{letter}.{wanted}.txt").render(**values)
    subject, _line_end, body = text.partition("\n")
    return Written(subject.strip(), body.strip("\n") + "\n")


def names() -> tuple[str, ...]:
    """Every letter there is."""
    found = {path.name.split(".")[0] for path in FOLDER.glob(f"[!_]*.{LANGS[0]}.txt")}
    return tuple(sorted(found))


def clean(value: Any) -> Any:  # noqa: ANN401 - as Jinja hands values over
    """A text on one line, without control characters, direction overrides or lone surrogates."""
    if not isinstance(value, str):
        return value
    shown = "".join(" " if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} else sign for sign in value)
    return " ".join("".join(sign for sign in shown if not _turns(sign)).split())


def _turns(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=False,  # noqa: S701 - plain text, which knows no markup
        undefined=StrictUndefined,
        finalize=clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["s"] = _plural
    return made


def _plural(count: int) -> str:
    """The s of a plural, the same in both languages from two on."""
    return "s" if count > 1 else ""
