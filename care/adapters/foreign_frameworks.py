"""Libraries of CISO Assistant (YAML) read as frameworks.

They hold one framework: a flat list of nodes with their parent, the nodes to assess marked, texts in the language of
the library and translations. Who wrote them is seldom who wrote the text: they are copies, never the official one, and
every requirement is answered by a declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from care.adapters.framework_yaml import file_of, one_language_notes, other_language
from care.adapters.frameworks import MAX_FRAMEWORK_ITEMS, MAX_ITEM_TEXT, NOUN
from care.adapters.kit_reading import KitError, Node, fault
from care.domain.framework_files import FileFacts, FrameworkFile
from care.domain.frameworks import (
    FRAMEWORK_ID,
    VERSION,
    Confidence,
    Framework,
    FrameworkKind,
    Item,
    Method,
    Unit,
    ordered,
)
from scanners.model import LANGS, Text

_LONGEST_TITLE = 200
_LONGEST_ID = 60
_LONGEST_FRAMEWORK_ID = 58
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_.-]+")
_NOT_IN_FRAMEWORK_IDS = re.compile(r"[^a-z0-9]+")
_URL = re.compile(r"https://[^\s<>\"')]+")
_SENTENCE = re.compile(r"(?<=[.!?:;])\s")


def is_foreign(document: Mapping[str, Any]) -> bool:
    """Whether a YAML document is such a library."""
    return "urn" in document and "objects" in document


def foreign_file(name: str, document: Mapping[str, Any], facts: FileFacts) -> FrameworkFile:
    """The framework of a library. KitError names the first fault."""
    return _Library(name, Node(name, "", document, NOUN), facts).file()


@dataclass
class _Library:
    """One library on its way to be a framework. `ids` are ours, by urn."""

    name: str
    root: Node
    facts: FileFacts
    only: dict[str, int] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)

    @cached_property
    def framework(self) -> Node:
        """The framework of the library; a few hold it in a list."""
        objects = self.root.child("objects")
        if objects.has("framework"):
            return objects.child("framework")
        if objects.has("frameworks"):
            found = objects.many("frameworks", lambda one: one, least=1)
            if len(found) == 1:
                return found[0]
        raise objects.fault(
            "cette bibliothèque ne contient pas un référentiel (menaces, mesures ou matrices ne s’importent pas)",
            "this library holds no single framework (threats, measures and matrices are not imported)",
        )

    @cached_property
    def locale(self) -> str:
        """The language of its texts."""
        return str(self.root.value.get("locale") or "en").lower()[:2]

    @cached_property
    def nodes(self) -> Sequence[Node]:
        """The nodes, those with nothing to assess under them left out."""
        every = self.framework.many("requirement_nodes", _mapping, least=1, most=2 * MAX_FRAMEWORK_ITEMS)
        parents = self._parents(every)
        asked: set[str] = set()
        for one in every:
            urn = _urn(one) if one.value.get("assessable") else ""
            while urn and urn not in asked:
                asked.add(urn)
                urn = parents.get(urn, "")
        kept = [one for one in every if _urn(one) in asked]
        if not kept:
            raise self.framework.child("requirement_nodes").fault(
                "aucune exigence à évaluer (« assessable: true »)", "no requirement to assess (“assessable: true”)"
            )
        if left := len(every) - len(kept):
            self.notes.append(
                Text(
                    f"Paragraphes d’information, sans exigence à évaluer, laissés de côté : {left}.",
                    f"Paragraphs for information, with no requirement to assess, left out: {left}.",
                )
            )
        return kept

    def _parents(self, nodes: Sequence[Node]) -> Mapping[str, str]:
        """The urn above each, checked: given once, known, never in a circle."""
        known: dict[str, Node] = {}
        for one in nodes:
            if known.setdefault(_urn(one), one) is not one:
                raise one.fault(f"{_urn(one)} : identifiant donné deux fois", f"{_urn(one)}: id given twice")
        parents = {urn: str(one.value.get("parent_urn") or "") for urn, one in known.items()}
        for urn, above in parents.items():
            if above and above not in known:
                raise known[urn].fault(f"parent inconnu : {above}", f"unknown parent: {above}")
            _check_circle(known[urn], urn, parents)
        return parents

    def file(self) -> FrameworkFile:
        """All of it."""
        framework = self._framework()
        notes = (*one_language_notes(self.only, self.dropped), *self.notes)
        return file_of(self.name, framework, notes)

    def _framework(self) -> Framework:
        items = self._items()
        title = self._text(self.framework, ("name",)) or self._text(self.root, ("name",))
        if title is None:
            raise self.framework.fault("le nom du référentiel manque", "the name of the framework is missing")
        return Framework(
            id=self._id(),
            version=self._version(),
            kind=self.facts.kind or FrameworkKind.GUIDANCE,
            unit=self.facts.unit or Unit.ESTABLISHMENT,
            title=title,
            source=self._source(),
            url=self._url(),
            confidence=self._confidence(),
            starts=self.facts.starts,
            ends=None,
            profiles=self._profiles(),
            parameters={},
            items=items,
        )

    def _id(self) -> str:
        if self.facts.id:
            return self.facts.id
        written = str(self.framework.value.get("ref_id") or self.root.value.get("ref_id") or "").lower()
        found = _NOT_IN_FRAMEWORK_IDS.sub("-", written).strip("-")[:_LONGEST_FRAMEWORK_ID].strip("-")
        if found and not found[0].isalpha():
            found = f"r-{found}"
        if not FRAMEWORK_ID.match(found):
            raise self.framework.fault("ref_id est absent ou illisible", "ref_id is missing or unreadable")
        return found

    def _version(self) -> str:
        found = self.facts.version or str(self.root.value.get("version") or "").strip()
        if not VERSION.match(found):
            raise fault(self.name, "version", f"{found!r} n’est pas un numéro", f"{found!r} is no number", NOUN)
        return found

    def _source(self) -> Text:
        if self.facts.source:
            return Text(self.facts.source, self.facts.source)
        parts = (str(self.root.value.get(name) or "").strip() for name in ("provider", "copyright"))
        told = " – ".join(dict.fromkeys(part for part in parts if part))
        packager, version = self.root.value.get("packager") or "?", self.root.value.get("version") or "?"
        return Text(
            f"{told or '?'} ; bibliothèque CISO Assistant préparée par {packager}, version {version}",
            f"{told or '?'}; CISO Assistant library prepared by {packager}, version {version}",
        )

    def _url(self) -> str:
        if self.facts.url:
            return self.facts.url
        spoken = " ".join(str(self.root.value.get(name) or "") for name in ("description", "copyright"))
        found = _URL.search(spoken)
        if found is None:
            raise fault(
                self.name,
                "*",
                "aucune adresse du texte d’origine n’y figure, indiquez-la à côté du fichier",
                "no address of the original text is in it, give it beside the file",
                NOUN,
            )
        return found[0].rstrip(".,;")

    def _confidence(self) -> Confidence:
        given = self.facts.confidence or Confidence.SECOND_HAND
        return Confidence.COPY if given is Confidence.OFFICIAL else given

    def _profiles(self) -> Mapping[str, Text]:
        if not self.framework.value.get("implementation_groups_definition"):
            return {}
        found: dict[str, Text] = {}
        for one in self.framework.many("implementation_groups_definition", _mapping, least=0):
            key = _profile_id(str(one.value.get("ref_id") or ""))
            found[key] = self._text(one, ("name",)) or Text(key, key)
        return found

    def _items(self) -> tuple[Item, ...]:
        self._name_all()
        parents = {str(one.value.get("parent_urn") or "") for one in self.nodes}
        items: list[Item] = []
        for one in self.nodes:
            items.extend(self._item(one, _urn(one) in parents))
        return ordered(items)

    def _name_all(self) -> None:
        """Ids people know (`ref_id`), else the end of the urn; never twice the same."""
        taken: set[str] = set()
        for one in self.nodes:
            tail = _urn(one).rpartition(":req_node:")[2].partition(":")[2] or _urn(one)
            wanted = (str(one.value.get("ref_id") or ""), tail, f"{tail}-{len(taken) + 1}")
            ids = [_NOT_IN_IDS.sub("-", text).strip("-._")[:_LONGEST_ID] for text in wanted]
            found = next((text for text in ids if text and text not in taken), None)
            if found is None:
                raise one.fault("aucun identifiant utilisable", "no usable id")
            taken.add(found)
            self.ids[_urn(one)] = found

    def _item(self, one: Node, has_children: bool) -> Iterator[Item]:
        """A section or a requirement; a node to assess that has others under it becomes both."""
        title, text = self._words(one)
        name, parent = self.ids[_urn(one)], self.ids.get(str(one.value.get("parent_urn") or ""), "")
        if has_children:
            yield Item(name, parent, title, text)
            if not one.value.get("assessable"):
                return
            name, parent = f"{name}.0", name
        groups = one.many("implementation_groups", lambda group: str(group.value), least=0) if _groups(one) else []
        profiles = frozenset(map(_profile_id, groups))
        yield Item(name, parent, title, text, (Method.DECLARATION,), profiles=profiles & set(self._profiles_known))

    @cached_property
    def _profiles_known(self) -> Mapping[str, Text]:
        return self._profiles()

    def _words(self, one: Node) -> tuple[Text, Text | None]:
        """The title and the text of a node; a node without a name takes the start of its text, else its id."""
        name = self._text(one, ("name",))
        text = self._text(one, ("description", "annotation", "typical_evidence"))
        if text is not None and max(len(text.fr), len(text.en)) > MAX_ITEM_TEXT:
            raise one.fault(
                f"plus de {MAX_ITEM_TEXT} caractères dans un texte", f"more than {MAX_ITEM_TEXT} characters in one text"
            )
        if name is not None:
            return name, text
        if text is None:
            known = self.ids[_urn(one)]
            return Text(known, known), None
        name = Text(_beginning(text.fr), _beginning(text.en))
        return name, (None if name == text else text)

    def _text(self, one: Node, names: Sequence[str]) -> Text | None:
        """Some fields of a node, joined, in French and English; None when the node has none of them."""
        said = {lang: _joined(one.value, names, lang, self.locale) for lang in self._languages(one)}
        said = {lang: words for lang, words in said.items() if words}
        if not said:
            return None
        known = {lang: said[lang] for lang in LANGS if lang in said}
        if not known:
            raise self._other_language(one, sorted(said))
        self.dropped |= set(said) - set(LANGS)
        if len(known) < len(LANGS):
            (lang, words), *_rest = known.items()
            self.only[lang] = self.only.get(lang, 0) + 1
            return Text(words, words)
        return Text(known["fr"], known["en"])

    def _other_language(self, one: Node, found: list[str]) -> KitError:
        return other_language(self.name, one.key or "*", found)

    def _languages(self, one: Node) -> tuple[str, ...]:
        translations = one.value.get("translations")
        others = translations if isinstance(translations, dict) else {}
        return tuple(dict.fromkeys([self.locale, *map(str, others)]))


def _mapping(node: Node) -> Node:
    if not isinstance(node.value, dict):
        raise node.fault("des lignes « nom: valeur » sont attendues", "lines “name: value” are expected")
    return node


def _urn(node: Node) -> str:
    return node.child("urn").words(_LONGEST_TITLE * 2)


def _groups(node: Node) -> bool:
    return node.value.get("implementation_groups") is not None


def _check_circle(node: Node, urn: str, parents: Mapping[str, str]) -> None:
    seen, above = {urn}, parents[urn]
    while above:
        if above in seen:
            raise node.fault("les parents tournent en rond", "parents go round in a circle")
        seen.add(above)
        above = parents.get(above, "")


def _joined(value: Mapping[str, Any], names: Sequence[str], lang: str, locale: str) -> str:
    """Some fields in one language, each a paragraph."""
    if lang != locale:
        translated = (value.get("translations") or {}).get(lang)
        value = translated if isinstance(translated, dict) else {}
    parts = (str(value.get(name) or "").strip() for name in names)
    return "\n\n".join(part for part in parts if part)


def _beginning(text: str) -> str:
    """The first sentence of a text, cut at a word when it is long."""
    first = _SENTENCE.split(text.splitlines()[0].strip(), maxsplit=1)[0]
    if len(first) <= _LONGEST_TITLE:
        return first
    return f"{first[:_LONGEST_TITLE].rsplit(' ', 1)[0]}…"


def _profile_id(text: str) -> str:
    found = re.sub(r"[^A-Za-z0-9-]+", "-", text).strip("-")[:20]
    return found if found[:1].isalpha() else f"P{found}"[:20]
