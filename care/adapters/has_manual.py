"""The manual of the HAS certification, typed into a table by whoever holds it: its wording is not ours to invent.

One row per criterion, its elements of evaluation one a line in their cell; or one row per element, the criterion named
on its first row only. Chapters and objectives become sections, and so does a criterion: its elements are what is
assessed (`1.1-01.1`, `1.1-01.2`…). Each is tied to the digital theme of CaRE that its row names (`has:ins`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from openpyxl.workbook import Workbook

from care.adapters.framework_tables import Faults, Line, Table, csv_table, parts, sheet_table
from care.adapters.framework_yaml import file_of
from care.domain.framework_files import FileFacts, FrameworkFile
from care.domain.frameworks import (
    ITEM_ID,
    LEVEL_NAMES,
    VERSION,
    Confidence,
    Framework,
    FrameworkKind,
    Item,
    Level,
    Method,
    Unit,
    item_faults,
    ordered,
)
from care.domain.node_names import folded
from care.domain.programme import INQUIRIES, Inquiry
from reports.spreadsheets import Sheet, xlsx_bytes
from scanners.model import Lang, Ref, Text

MANUAL = "has-manual"
THEMES = "has"
_SITE = "https://www.has-sante.fr/"
COLUMNS = {
    "chapter": (Text("Chapitre", "Chapter"),),
    "objective": (Text("Objectif", "Objective"),),
    "number": (
        Text("Numéro du critère", "Criterion number"),
        Text("Numéro", "Number"),
        Text("N° critère", "No."),
        Text("N°", "No"),
        Text("Critère", "Criterion"),
    ),
    "title": (Text("Intitulé", "Wording"), Text("Titre", "Title"), Text("Libellé", "Label")),
    "level": (Text("Niveau", "Level"),),
    "elements": (
        Text("Éléments d’évaluation", "Elements of evaluation"),
        Text("Élément d’évaluation", "Element of evaluation"),
        Text("Éléments", "Elements"),
    ),
    "methods": (
        Text("Méthodes d’évaluation", "Methods of evaluation"),
        Text("Méthodes", "Methods"),
        Text("Méthode", "Method"),
    ),
    "theme": (Text("Thème CaRE", "CaRE theme"), Text("Thème", "Theme")),
}
NEEDED = ("number", "title", "level", "elements")
_WRITTEN = frozenset({"chapter", "objective", "number"})
_NUMBERED = re.compile(
    r"(?:chapitre|objectif|chapter|objective)?\s*(\d+(?:\.\d+)*)\s*[-–—:.]?\s*(.*)\Z", re.IGNORECASE | re.DOTALL
)
_CRITERION = re.compile(r"(\d+)\.(\d+)\s*[-–]\s*(\d+)\Z")
_BULLET = re.compile(r"^[\s•▪◦*–—-]+")


def is_manual(book: Workbook) -> bool:
    """Whether the first sheet of a workbook looks like a table of criteria."""
    heads = next(book.worksheets[0].iter_rows(max_row=1, max_col=20, values_only=True), ())
    return has_heads([str(one or "") for one in heads])


def has_heads(heads: list[str]) -> bool:
    """Whether headings name criteria and their elements."""
    known = {folded(head.lstrip("\ufeff")) for head in heads}

    def named(key: str) -> bool:
        return any(folded(word) in known for text in COLUMNS[key] for word in (text.fr, text.en))

    return named("number") and named("elements")


def manual_of_workbook(name: str, book: Workbook, facts: FileFacts, themes: Mapping[str, Text]) -> FrameworkFile:
    """The manual of the first sheet. `themes` are those of the framework `has`, by slug."""
    faults = Faults(name)
    table = sheet_table(faults, book.worksheets[0], COLUMNS, NEEDED, _WRITTEN)
    return _Reading(faults, table, facts, themes).file()


def manual_of_csv(name: str, text: str, facts: FileFacts, themes: Mapping[str, Text]) -> FrameworkFile:
    """The manual of a CSV file."""
    faults = Faults(name)
    return _Reading(faults, csv_table(faults, text, COLUMNS, NEEDED), facts, themes).file()


@dataclass
class _Criterion:
    """A criterion and the rows it stands on."""

    line: Line
    item: Item
    inquiries: tuple[Inquiry, ...]
    elements: list[str] = field(default_factory=list)


@dataclass
class _Reading:
    """A table of criteria on its way to be a framework."""

    faults: Faults
    table: Table
    facts: FileFacts
    themes: Mapping[str, Text]
    sections: dict[str, Item] = field(default_factory=dict)
    criteria: dict[str, _Criterion] = field(default_factory=dict)

    def file(self) -> FrameworkFile:
        """All of it. FrameworkFileError holds every fault."""
        self.faults.stop()
        self._read()
        if not self.table.lines:
            self.faults.say("aucun critère, il en faut un par ligne", "no criterion, one on each row is expected")
        version = self._version()
        self.faults.stop()
        items = ordered([*self.sections.values(), *self._items()])
        for wrong in item_faults(items, {}):
            self.faults.say(f"{wrong.item}, {wrong.reason.fr}", f"{wrong.item}, {wrong.reason.en}")
        self.faults.stop()
        found = file_of(self.faults.file, self._framework(version, items), tuple(self._notes()))
        return replace(found, numbered=True)

    def _version(self) -> str:
        if not VERSION.match(self.facts.version):
            self.faults.say(
                "le millésime du manuel n’y figure pas, indiquez-le à côté du fichier (par exemple 2025)",
                "the year of the manual is not in it, give it beside the file (2025, say)",
            )
        return self.facts.version

    def _framework(self, version: str, items: tuple[Item, ...]) -> Framework:
        told = self.facts.source
        return Framework(
            id=self.facts.id or MANUAL,
            version=version,
            kind=self.facts.kind or FrameworkKind.CERTIFICATION,
            unit=self.facts.unit or Unit.LEGAL_ENTITY,
            title=Text(f"HAS – manuel de certification {version}", f"HAS – certification manual {version}"),
            source=Text(told, told)
            if told
            else Text(f"Manuel de la HAS {version}, saisi depuis le texte", f"Manual of the HAS {version}, typed in"),
            url=self.facts.url or _SITE,
            confidence=self.facts.confidence or Confidence.COPY,
            starts=self.facts.starts,
            ends=None,
            profiles={},
            parameters={},
            items=items,
        )

    def _notes(self) -> Iterator[Text]:
        yield Text(
            "Le texte du manuel, écrit en français, est montré tel quel en anglais.",
            "The text of the manual, written in French, is shown as it is in English.",
        )
        bare = [one.item.id for one in self.criteria.values() if not one.item.maps]
        if bare:
            named = ", ".join(bare[:10]) + ("…" if len(bare) > 10 else "")
            yield Text(
                f"Critères sans thème CaRE ({len(bare)}) : leurs preuves ne serviront pas d’un référentiel à l’autre "
                f"({named}).",
                f"Criteria without a CaRE theme ({len(bare)}): their evidence serves no other framework ({named}).",
            )

    def _read(self) -> None:
        """Rows without a number carry on the criterion above."""
        current: _Criterion | None = None
        for line in self.table.lines:
            if line["number"]:
                current = self._criterion(line)
            elif current is None:
                self.table.blame(line, "number", "aucun critère n’est commencé", "no criterion has begun")
                continue
            current.elements.extend(_lines(line["elements"]))

    def _criterion(self, line: Line) -> _Criterion:
        """The criterion of a row; the one known when it names it again with other elements."""
        number = _CRITERION.sub(r"\1.\2-\3", line["number"].replace("–", "-").strip())
        known = self.criteria.get(number)
        if known is not None:
            if line["title"] and line["title"] != known.item.title.fr:
                first = known.line.number
                self.table.blame(
                    line,
                    "title",
                    f"le critère {number} a un autre intitulé à la ligne {first}",
                    f"criterion {number} has another wording in row {first}",
                )
            return known
        if not ITEM_ID.match(number) or len(number) > 50:
            self.table.blame(line, "number", f"« {number} » n’est pas un numéro", f"“{number}” is no number")
        if not line["title"]:
            self.table.blame(line, "title", "l’intitulé manque", "the wording is missing")
        title = line["title"] or "?"
        found = _Criterion(
            line,
            Item(
                id=number,
                parent=self._section(line, number),
                title=Text(title, title),
                level=self.table.choice(line, "level", LEVEL_NAMES) or Level.STANDARD,
                maps=tuple(self._themes(line)),
            ),
            self.table.choices(line, "methods", INQUIRIES),
        )
        self.criteria[number] = found
        return found

    def _section(self, line: Line, number: str) -> str:
        """The objective of a criterion, else its chapter; both made when first named, numbered as they say or as the
        criterion does."""
        parts_of = _CRITERION.match(number)
        chapter = self._titled(line["chapter"], parts_of[1] if parts_of else "", "", "Chapitre", "Chapter")
        objective = f"{parts_of[1]}.{parts_of[2]}" if parts_of else ""
        return self._titled(line["objective"], objective, chapter, "Objectif", "Objective")

    def _titled(self, typed: str, number: str, parent: str, fr: str, en: str) -> str:
        """The id of a section that a cell names; that of its parent when nothing does."""
        match = _NUMBERED.match(typed)
        number = match[1] if match else number
        if not number and typed:
            number = f"{parent or fr[0]}-{len(self.sections) + 1}"
        if not number:
            return parent
        words = (match[2] if match else typed).strip()
        known = self.sections.get(number)
        if known is None or (words and known.title.fr.startswith(fr)):
            title = Text(words, words) if words else Text(f"{fr} {number}", f"{en} {number}")
            self.sections[number] = Item(number, parent, title)
        return number

    def _themes(self, line: Line) -> Iterator[Ref]:
        names = {folded(word): slug for slug, text in self.themes.items() for word in (slug, text.fr, text.en)}
        for one in parts(line["theme"]):
            slug = names.get(folded(one.removeprefix(f"{THEMES}:")))
            if slug is not None:
                yield Ref(THEMES, slug)
                continue
            known = ", ".join(self.themes)
            self.table.blame(line, "theme", f"« {one} » n’est pas l’un de : {known}", f"“{one}” is not one of {known}")

    def _items(self) -> Iterator[Item]:
        for one in self.criteria.values():
            asked = replace(one.item, assessed_by=(Method.DECLARATION,), inquiries=one.inquiries)
            if not one.elements:
                yield asked
                continue
            yield one.item
            for rank, words in enumerate(one.elements, 1):
                yield replace(asked, id=f"{one.item.id}.{rank}", parent=one.item.id, title=Text(words, words))


def _lines(cell: str) -> list[str]:
    """The elements of a cell, without their bullets."""
    return [words for line in cell.split("\n") if (words := _BULLET.sub("", line).strip())]


def manual_template(themes: Mapping[str, Text], lang: Lang) -> bytes:
    """An empty workbook to fill, with the words that its columns take."""
    words = [
        (COLUMNS["level"][0].render(lang), ", ".join(one.render(lang) for one in LEVEL_NAMES.values())),
        (COLUMNS["methods"][0].render(lang), ", ".join(one.render(lang) for one in INQUIRIES.values())),
        *((COLUMNS["theme"][0].render(lang), f"{slug} – {title.render(lang)}") for slug, title in themes.items()),
    ]
    columns = Text("Colonne", "Column").render(lang), Text("Ce qu’elle accepte", "What it takes").render(lang)
    sheets = (
        Sheet(Text("Critères", "Criteria").render(lang), [texts[0].render(lang) for texts in COLUMNS.values()], []),
        Sheet(Text("Mots acceptés", "Accepted words").render(lang), columns, words),
    )
    return xlsx_bytes(sheets, Text("Manuel de certification à saisir", "Certification manual to type in").render(lang))
