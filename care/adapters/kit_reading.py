"""Reads packaged YAML strictly: a fault names the file, the key and the reason.

Kits are written by people who know hospitals and systems, not YAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from care.domain.durations import LONGEST, minutes_of
from scanners.errors import SaidError, system_reason
from scanners.model import Text
from scanners.read_yaml import YamlError, load_mapping

MAX_FILE_BYTES = 200_000
MAX_TEXT = 2_000
MAX_ITEMS = 60
"""Bounds of ours: a file that needs more is two files."""

SHEET = Text("La fiche", "The sheet")
"""What messages call a file; feminine in French."""

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class KitError(SaidError):
    """A packaged file cannot be used; the sentence names file, key and reason."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file and its place there, so that a fault can be found. `noun` is what messages call the file."""

    file: str
    key: str
    value: Any
    noun: Text = SHEET

    def fault(self, fr: str, en: str) -> KitError:
        """The fault of this value."""
        return fault(self.file, self.key or "*", fr, en, self.noun)

    def child(self, name: str) -> Node:
        """The value under a name that must be there."""
        if not isinstance(self.value, dict):
            raise self.fault("des lignes « nom: valeur » sont attendues", "lines “name: value” are expected")
        key = f"{self.key}.{name}" if self.key else name
        if name not in self.value:
            raise fault(self.file, key, "absent", "missing", self.noun)
        return Node(self.file, key, self.value[name], self.noun)

    def has(self, name: str) -> bool:
        """Whether a mapping holds a name."""
        return isinstance(self.value, dict) and name in self.value

    def only(self, names: set[str]) -> None:
        """Refuse every other name, and what has no names."""
        if not isinstance(self.value, dict):
            raise self.fault("des lignes « nom: valeur » sont attendues", "lines “name: value” are expected")
        unknown = sorted(str(name) for name in set(self.value) - names)
        if unknown:
            raise self.fault(f"clé inconnue : {unknown[0]}", f"unknown key: {unknown[0]}")

    def read(self, name: str, reader: Callable[[Node], T]) -> T:
        """What a reader makes of a child."""
        return reader(self.child(name))

    def text(self, name: str, limit: int = MAX_TEXT) -> Text:
        """A child in both languages."""
        return self.child(name).itself(limit)

    def itself(self, limit: int = MAX_TEXT) -> Text:
        """Both languages, each a sentence or a few."""
        fr, en = (self.child(lang).words(limit) for lang in ("fr", "en"))
        self.only({"fr", "en"})
        return Text(fr, en)

    def words(self, limit: int) -> str:
        """A text that says something."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.fault("un texte est attendu", "a text is expected")
        if len(self.value) > limit:
            raise self.fault(f"plus de {limit} caractères", f"more than {limit} characters")
        return self.value.strip()

    def plain(self, name: str, pattern: re.Pattern[str]) -> str:
        """A child written as a pattern asks."""
        child = self.child(name)
        words = child.words(MAX_TEXT)
        if not pattern.match(words):
            raise child.fault(f"{words!r} est mal écrit", f"{words!r} is badly written")
        return words

    def of(self, kind: type[E]) -> E:
        """A value of an enumeration."""
        try:
            return kind(self.value)
        except ValueError as error:
            known = ", ".join(kind)
            raise self.fault(f"{self.value!r} n’est pas l’un de : {known}", f"not one of {known}") from error

    def number(self, name: str) -> float:
        """A positive number below ten million."""
        child = self.child(name)
        if isinstance(child.value, bool) or not isinstance(child.value, int | float) or not 0 < child.value < 1e7:
            raise child.fault("un nombre positif est attendu", "a positive number is expected")
        return child.value

    def minutes(self, name: str) -> int:
        """A duration as people write it (`4 h`, `30 min`, `2 j`), a year at most."""
        child = self.child(name)
        try:
            minutes = minutes_of(str(child.value))
        except ValueError as error:
            raise child.fault(f"{child.value!r} n’est pas une durée", f"{child.value!r} is no duration") from error
        if minutes > LONGEST:
            raise child.fault("plus d’un an", "more than a year")
        return minutes

    def many(self, name: str, reader: Callable[[Node], T], least: int, most: int = MAX_ITEMS) -> list[T]:
        """A list read one by one; absent is empty when `least` is 0."""
        if least == 0 and isinstance(self.value, dict) and name not in self.value:
            return []
        child = self.child(name)
        if not isinstance(child.value, list) or not least <= len(child.value) <= most:
            raise child.fault(
                f"une liste de {least} à {most} éléments est attendue",
                f"a list of {least} to {most} items is expected",
            )
        return [reader(Node(self.file, f"{child.key}[{n}]", one, self.noun)) for n, one in enumerate(child.value, 1)]


def fault(file: str, key: str, fr: str, en: str, noun: Text = SHEET) -> KitError:
    """A fault of a packaged file, in one sentence."""
    return KitError(
        f"{noun.fr} {file} ne peut pas être lue : {key}, {fr} ; corrigez ce fichier.",
        f"{noun.en} {file} cannot be read: {key}, {en}; correct that file.",
    )


def read_document(path: Path, name: str, noun: Text = SHEET) -> Node:
    """The mapping of a packaged file, bounded. KitError when it is none."""
    try:
        return Node(name, "", load_mapping(read_text(path, name, noun), name), noun)
    except YamlError as error:
        raise KitError(error.text.fr, error.text.en) from error


def read_text(path: Path, name: str, noun: Text = SHEET) -> str:
    """A packaged file, bounded, in UTF-8."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise fault(name, "*", f"plus de {MAX_FILE_BYTES} octets", f"more than {MAX_FILE_BYTES} bytes", noun)
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise fault(name, "*", "le fichier n’est pas en UTF-8", "the file is not UTF-8", noun) from error
    except OSError as error:
        reason = system_reason(error)
        raise fault(name, "*", reason.fr, reason.en, noun) from error
