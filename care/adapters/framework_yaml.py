"""Frameworks written as format care-framework/1, and such files from outside read back.

The same framework gives the same bytes. A file from outside may hold one language only: the texts are then shown in
both, and whoever brings it is told so.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from care.adapters.frameworks import NOUN, read_framework
from care.adapters.kit_reading import KitError, Node, fault
from care.domain.framework_files import FrameworkFile
from care.domain.frameworks import Expected, Framework, Item, Level, Parameter
from scanners.model import LANGS, Text
from scanners.read_yaml import load_mapping

_TEXTS = frozenset({"title", "text", "name", "what", "uncovered"})
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Za-z]{2,4})?\Z")
_WIDTH = 4_000
"""Long lines: a text that is folded is hard to correct by hand."""


def framework_yaml(framework: Framework) -> bytes:
    """The framework as a file of format care-framework/1, in UTF-8."""
    text = yaml.safe_dump(_plain(framework), allow_unicode=True, sort_keys=False, width=_WIDTH)
    return text.encode()


def sha256_of(document: bytes) -> str:
    """What names a canonical document."""
    return hashlib.sha256(document).hexdigest()


def file_of(name: str, framework: Framework, notes: tuple[Text, ...] = ()) -> FrameworkFile:
    """A framework just made from any format, with the document to keep. KitError when it breaks a rule of the format:
    what is kept is what was read back."""
    document = framework_yaml(framework)
    again = read_framework(Node(name, "", load_mapping(document.decode(), name), NOUN))
    return FrameworkFile(again, document, notes)


def own_file(name: str, document: Mapping[str, Any]) -> FrameworkFile:
    """A document of format care-framework/1 from outside. KitError names the first fault."""
    completing = _Completing(name)
    whole = completing.complete(document, "")
    return file_of(name, read_framework(Node(name, "", whole, NOUN)), completing.notes)


@dataclass
class _Completing:
    """Fills the language that a text lacks with the other one, and counts."""

    file: str
    only: dict[str, int] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)

    @property
    def notes(self) -> tuple[Text, ...]:
        """What must be said of it."""
        return one_language_notes(self.only, self.dropped)

    def complete(self, value: Any, key: str) -> Any:  # noqa: ANN401 - whatever a YAML file holds
        """The same value with both languages everywhere."""
        if isinstance(value, list):
            return [self.complete(one, f"{key}[{n}]") for n, one in enumerate(value, 1)]
        if not isinstance(value, dict):
            return value
        return {name: self._child(name, one, f"{key}.{name}" if key else str(name)) for name, one in value.items()}

    def _child(self, name: str, value: Any, key: str) -> Any:  # noqa: ANN401
        if name in _TEXTS and isinstance(value, dict) and value and all(map(_is_language, value)):
            return self._text(value, key)
        return self.complete(value, key)

    def _text(self, value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        known = {lang: value[lang] for lang in LANGS if lang in value}
        others = sorted(set(value) - set(LANGS))
        if not known:
            raise other_language(self.file, key, others)
        self.dropped |= set(others)
        if len(known) < len(LANGS):
            (lang, words), *_rest = known.items()
            self.only[lang] = self.only.get(lang, 0) + 1
            return dict.fromkeys(LANGS, words)
        return known


def _is_language(name: object) -> bool:
    return isinstance(name, str) and _LANGUAGE.match(name) is not None


def other_language(file: str, key: str, found: list[str]) -> KitError:
    """The fault of a text in languages that are not read here."""
    named = ", ".join(found)
    return fault(
        file,
        key,
        f"le texte n’existe qu’en « {named} » alors que le français ou l’anglais est nécessaire",
        f"the text exists in “{named}” only, whereas French or English is needed",
        NOUN,
    )


def one_language_notes(only: Mapping[str, int], dropped: set[str]) -> tuple[Text, ...]:
    """What whoever brings a file is told about its languages."""
    names = {"fr": ("français", "French"), "en": ("anglais", "English")}
    notes = [
        Text(
            f"Textes qui n’existent qu’en {names[lang][0]}, montrés tels quels dans les deux langues : {count}.",
            f"Texts that exist in {names[lang][1]} only, shown as they are in both languages: {count}.",
        )
        for lang, count in sorted(only.items())
    ]
    if dropped:
        named = ", ".join(sorted(dropped))
        notes.append(
            Text(
                f"Les textes en « {named} » sont laissés de côté : CaRE montre le français et l’anglais.",
                f"The texts in “{named}” are left out: CaRE shows French and English.",
            )
        )
    return tuple(notes)


def _plain(framework: Framework) -> dict[str, Any]:
    children: dict[str, list[Item]] = {}
    for item in framework.items:
        children.setdefault(item.parent, []).append(item)
    return _kept(
        {
            "format": "care-framework/1",
            "id": framework.id,
            "version": framework.version,
            "kind": framework.kind.value,
            "unit": framework.unit.value,
            "title": _both(framework.title),
            "source": {"name": _both(framework.source), "url": framework.url},
            "confidence": framework.confidence.value,
            "starts": framework.starts and framework.starts.isoformat(),
            "ends": framework.ends and framework.ends.isoformat(),
            "profiles": [{"id": name, "title": _both(title)} for name, title in framework.profiles.items()],
            "parameters": [_parameter(one) for one in framework.parameters.values()],
            "items": [_item(one, children) for one in children.get("", [])],
        }
    )


def _parameter(one: Parameter) -> dict[str, Any]:
    value = one.value
    return {
        "id": one.id,
        "kind": one.kind.value,
        "title": _both(one.title),
        **({} if value is None else {"value": value if isinstance(value, int) else value.isoformat()}),
        "source": one.source,
        "confidence": one.confidence.value,
    }


def _item(item: Item, children: Mapping[str, list[Item]]) -> dict[str, Any]:
    return _kept(
        {
            "id": item.id,
            "title": _both(item.title),
            "text": item.text and _both(item.text),
            "assessed_by": [one.value for one in item.assessed_by],
            "expects": [_expected(one) for one in item.expects],
            "profiles": sorted(item.profiles),
            "level": "" if item.level is Level.STANDARD else item.level.value,
            "repeats_months": item.repeats_months,
            "maps": [str(one) for one in item.maps],
            "uncovered": item.uncovered and _both(item.uncovered),
            "inquiries": [one.value for one in item.inquiries],
            "replaces": list(item.replaces),
            "items": [_item(one, children) for one in children.get(item.id, [])],
        }
    )


def _expected(one: Expected) -> dict[str, Any]:
    return _kept({"what": _both(one.what), "kind": one.kind.value, "months": one.months})


def _both(text: Text) -> dict[str, str]:
    return {"fr": text.fr, "en": text.en}


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}
