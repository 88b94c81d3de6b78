"""A framework as a workbook: facts, parameters, requirements, expected evidence, profiles, a sheet each; out and back
without a loss. `care framework export` and the page of a framework write it, the import reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from openpyxl.workbook import Workbook

from care.adapters.framework_tables import Columns, Faults, Line, Table, parts, sheet_named, sheet_table
from care.adapters.framework_yaml import file_of, one_language_notes
from care.domain.evidence import EVIDENCE_NAMES, EvidenceKind
from care.domain.framework_files import FrameworkFile
from care.domain.frameworks import (
    CONFIDENCE_NAMES,
    FRAMEWORK_ID,
    ITEM_ID,
    KIND_NAMES,
    LEVEL_NAMES,
    METHOD_NAMES,
    PARAMETER_KIND_NAMES,
    UNIT_NAMES,
    VERSION,
    Confidence,
    Expected,
    Framework,
    Item,
    Level,
    Parameter,
    ParameterKind,
    item_faults,
    ordered,
)
from care.domain.node_names import folded
from care.domain.programme import INQUIRIES
from reports.spreadsheets import Cell, Sheet, xlsx_bytes
from scanners.model import Lang, Ref, Text

FACTS, PARAMETERS, ITEMS, EXPECTS, PROFILES, README = (
    Text("Référentiel", "Framework"),
    Text("Paramètres", "Parameters"),
    Text("Exigences", "Requirements"),
    Text("Preuves attendues", "Expected evidence"),
    Text("Profils", "Profiles"),
    Text("Lisez-moi", "Read me"),
)
_FACT_NAMES: Mapping[str, Text] = {
    "id": Text("Identifiant", "Id"),
    "version": Text("Version", "Version"),
    "kind": Text("Nature", "Kind"),
    "unit": Text("Qui répond", "Who answers"),
    "title_fr": Text("Titre (français)", "Title (French)"),
    "title_en": Text("Titre (anglais)", "Title (English)"),
    "source_fr": Text("Source (français)", "Source (French)"),
    "source_en": Text("Source (anglais)", "Source (English)"),
    "url": Text("Lien vers le texte", "Link to the text"),
    "confidence": Text("Confiance", "Confidence"),
    "starts": Text("Vaut à partir du", "Holds from"),
    "ends": Text("Ne vaut plus à partir du", "No longer holds from"),
}
_OPTIONAL_FACTS = frozenset({"title_fr", "title_en", "source_fr", "source_en", "starts", "ends"})
_FACT_COLUMNS = {"name": (Text("Champ", "Field"),), "value": (Text("Valeur", "Value"),)}
_PARAMETER_COLUMNS = {
    "id": (Text("Identifiant", "Id"),),
    "kind": (Text("Nature", "Kind"),),
    "title_fr": (Text("Titre (français)", "Title (French)"),),
    "title_en": (Text("Titre (anglais)", "Title (English)"),),
    "value": (Text("Valeur", "Value"),),
    "source": (Text("Source", "Source"),),
    "confidence": (Text("Confiance", "Confidence"),),
}
_ITEM_COLUMNS = {
    "id": (Text("Identifiant", "Id"),),
    "parent": (Text("Dans la section", "In section"),),
    "title_fr": (Text("Titre (français)", "Title (French)"),),
    "title_en": (Text("Titre (anglais)", "Title (English)"),),
    "text_fr": (Text("Texte (français)", "Text (French)"),),
    "text_en": (Text("Texte (anglais)", "Text (English)"),),
    "assessed_by": (Text("Évaluée par", "Assessed by"),),
    "level": (Text("Niveau", "Level"),),
    "profiles": (Text("Profils", "Profiles"),),
    "repeats_months": (Text("À refaire tous les (mois)", "To repeat every (months)"),),
    "maps": (Text("Équivaut à", "Equivalent to"),),
    "inquiries": (Text("Méthodes de visite", "Visit methods"),),
    "replaces": (Text("Remplace", "Replaces"),),
    "uncovered_fr": (Text("Pourquoi rien ne l’évalue (français)", "Why nothing assesses it (French)"),),
    "uncovered_en": (Text("Pourquoi rien ne l’évalue (anglais)", "Why nothing assesses it (English)"),),
}
_EXPECT_COLUMNS = {
    "item": (Text("Exigence", "Requirement"),),
    "what_fr": (Text("Pièce attendue (français)", "Expected piece (French)"),),
    "what_en": (Text("Pièce attendue (anglais)", "Expected piece (English)"),),
    "kind": (Text("Type de preuve", "Kind of evidence"),),
    "months": (Text("Valable (mois)", "Valid for (months)"),),
}
_PROFILE_COLUMNS = {
    "id": (Text("Identifiant", "Id"),),
    "title_fr": (Text("Titre (français)", "Title (French)"),),
    "title_en": (Text("Titre (anglais)", "Title (English)"),),
}
_IDS = frozenset({"id", "parent", "replaces", "maps", "item", "profiles"})
_URL = re.compile(r"https://\S+\Z")


def is_own_workbook(book: Workbook) -> bool:
    """Whether a workbook has our sheets."""
    return sheet_named(book.worksheets, ITEMS) is not None


def own_workbook(name: str, book: Workbook) -> FrameworkFile:
    """The framework of a workbook opened with its formulas. FrameworkFileError holds every fault."""
    return _Reading(Faults(name), book).file()


@dataclass
class _Reading:
    """A workbook on its way to be a framework."""

    faults: Faults
    book: Workbook
    only: dict[str, int] = field(default_factory=dict)

    def file(self) -> FrameworkFile:
        """All of it. FrameworkFileError holds every fault."""
        facts = self._facts()
        profiles = dict(self._profiles())
        parameters = {one.id: one for one in self._parameters()}
        items = self._items(self._expects())
        self.faults.stop()
        self._check(items, profiles)
        framework = _framework(facts, profiles, parameters, ordered(list(items)))
        return file_of(self.faults.file, framework, one_language_notes(self.only, set()))

    def _check(self, items: Mapping[Item, int], profiles: Mapping[str, Text]) -> None:
        rows = {item.id: row for item, row in items.items()}
        for wrong in item_faults(list(items), profiles):
            reason = Text(f"{wrong.item} : {wrong.reason.fr}", f"{wrong.item}: {wrong.reason.en}")
            self.faults.blame(ITEMS.fr, rows[wrong.item], None, reason)
        self.faults.stop()

    def _table(self, name: Text, columns: Columns, needed: Sequence[str], written: frozenset[str] = _IDS) -> Table:
        """A sheet; an empty one when it is not there."""
        sheet = sheet_named(self.book.worksheets, name)
        if sheet is None:
            return Table(self.faults, name.fr, columns, ())
        return sheet_table(self.faults, sheet, columns, needed, written)

    def _facts(self) -> dict[str, Any]:
        """The facts as values of `Framework`."""
        table = self._table(FACTS, _FACT_COLUMNS, ("name", "value"), frozenset())
        lines = {folded(line["name"]): line for line in table.lines}
        found = {key: lines.get(folded(text.fr)) or lines.get(folded(text.en)) for key, text in _FACT_NAMES.items()}
        for key, line in found.items():
            if key not in _OPTIONAL_FACTS and (line is None or not line["value"]):
                name = _FACT_NAMES[key]
                self.faults.say(
                    f"feuille « {FACTS.fr} », « {name.fr} » manque", f"sheet “{FACTS.en}”, “{name.en}” is missing"
                )
        empty = Line(1, {})
        return self._fact_values(table, {key: line or empty for key, line in found.items()})

    def _fact_values(self, table: Table, lines: Mapping[str, Line]) -> dict[str, Any]:
        def typed(key: str, pattern: re.Pattern[str]) -> str:
            value = lines[key]["value"]
            if value and not pattern.match(value):
                table.blame(lines[key], "value", f"« {value} » est mal écrit", f"“{value}” is badly written")
            return value

        def chosen(key: str, names: Mapping[Any, Text]) -> Any:  # noqa: ANN401 - one of several enumerations
            return table.choice(lines[key], "value", names) if lines[key]["value"] else None

        return {
            "id": typed("id", FRAMEWORK_ID),
            "version": typed("version", VERSION),
            "kind": chosen("kind", KIND_NAMES),
            "unit": chosen("unit", UNIT_NAMES),
            "title": self._needed(table, lines["title_fr"], lines["title_fr"]["value"], lines["title_en"]["value"]),
            "source": self._needed(table, lines["source_fr"], lines["source_fr"]["value"], lines["source_en"]["value"]),
            "url": typed("url", _URL),
            "confidence": chosen("confidence", CONFIDENCE_NAMES),
            "starts": table.day(lines["starts"], "value"),
            "ends": table.day(lines["ends"], "value"),
        }

    def _both(self, fr: str, en: str) -> Text | None:
        """A text; one language stands for both, and it is counted."""
        if fr and en:
            return Text(fr, en)
        if fr or en:
            lang = "fr" if fr else "en"
            self.only[lang] = self.only.get(lang, 0) + 1
            return Text(fr or en, fr or en)
        return None

    def _needed(self, table: Table, line: Line, fr: str, en: str) -> Text:
        """A text that must be there."""
        text = self._both(fr, en)
        if text is None:
            self.faults.blame(
                table.sheet,
                line.number,
                None,
                Text("un texte en français ou en anglais manque", "a text in French or in English is missing"),
            )
        return text or Text("?", "?")

    def _profiles(self) -> Iterator[tuple[str, Text]]:
        table = self._table(PROFILES, _PROFILE_COLUMNS, ("id",))
        for line in table.lines:
            yield line["id"], self._needed(table, line, line["title_fr"], line["title_en"])

    def _parameters(self) -> Iterator[Parameter]:
        table = self._table(PARAMETERS, _PARAMETER_COLUMNS, ("id", "kind"), frozenset({"id"}))
        _once(table)
        for line in table.lines:
            kind = table.choice(line, "kind", PARAMETER_KIND_NAMES) or ParameterKind.INTEGER
            yield Parameter(
                id=line["id"],
                kind=kind,
                title=self._needed(table, line, line["title_fr"], line["title_en"]),
                value=(table.day if kind is ParameterKind.DATE else table.number)(line, "value"),
                source=line["source"] or "?",
                confidence=table.choice(line, "confidence", CONFIDENCE_NAMES) or Confidence.OURS,
            )

    def _expects(self) -> Mapping[str, tuple[Expected, ...]]:
        table = self._table(EXPECTS, _EXPECT_COLUMNS, ("item", "kind"))
        found: dict[str, tuple[Expected, ...]] = {}
        for line in table.lines:
            what = self._needed(table, line, line["what_fr"], line["what_en"])
            kind = table.choice(line, "kind", EVIDENCE_NAMES) or EvidenceKind.OTHER
            one = Expected(what, kind, table.number(line, "months"))
            found[line["item"]] = (*found.get(line["item"], ()), one)
        self._known_items(table)
        return found

    def _known_items(self, table: Table) -> None:
        known = {line["id"] for line in self._item_table.lines}
        for line in table.lines:
            if line["item"] not in known:
                name = line["item"]
                table.blame(
                    line,
                    "item",
                    f"« {name} » n’est pas dans la feuille « {ITEMS.fr} », corrigez-la ou retirez cette ligne",
                    f"“{name}” is not on the sheet “{ITEMS.en}”, correct it or take this row out",
                )

    @cached_property
    def _item_table(self) -> Table:
        return self._table(ITEMS, _ITEM_COLUMNS, ("id", "assessed_by"))

    def _items(self, expects: Mapping[str, tuple[Expected, ...]]) -> Mapping[Item, int]:
        """The items with their row."""
        table = self._item_table
        if not table.lines:
            self.faults.say(f"la feuille « {table.sheet} » est vide", f"the sheet “{table.sheet}” is empty")
        _once(table)
        return {self._item(table, line, expects): line.number for line in table.lines}

    def _item(self, table: Table, line: Line, expects: Mapping[str, tuple[Expected, ...]]) -> Item:
        if not ITEM_ID.match(line["id"]):
            table.blame(line, "id", f"« {line['id']} » est mal écrit", f"“{line['id']}” is badly written")
        return Item(
            id=line["id"],
            parent=line["parent"],
            title=self._needed(table, line, line["title_fr"], line["title_en"]),
            text=self._both(line["text_fr"], line["text_en"]),
            assessed_by=table.choices(line, "assessed_by", METHOD_NAMES),
            expects=expects.get(line["id"], ()),
            profiles=frozenset(parts(line["profiles"])),
            level=(table.choice(line, "level", LEVEL_NAMES) if line["level"] else None) or Level.STANDARD,
            repeats_months=table.number(line, "repeats_months"),
            maps=tuple(_refs(table, line)),
            uncovered=self._both(line["uncovered_fr"], line["uncovered_en"]),
            inquiries=table.choices(line, "inquiries", INQUIRIES),
            replaces=tuple(parts(line["replaces"])),
        )


def _once(table: Table) -> None:
    seen: dict[str, int] = {}
    for line in table.lines:
        first = seen.setdefault(line["id"], line.number)
        if first != line.number:
            name = line["id"]
            table.blame(
                line, "id", f"« {name} » est déjà à la ligne {first}", f"“{name}” already stands in row {first}"
            )


def _refs(table: Table, line: Line) -> Iterator[Ref]:
    for one in parts(line["maps"]):
        try:
            yield Ref.parse(one)
        except ValueError:
            table.blame(
                line, "maps", f"« {one} » ne s’écrit pas référentiel:exigence", f"“{one}” is not written framework:item"
            )


def _framework(
    facts: Mapping[str, Any], profiles: Mapping[str, Text], parameters: Mapping[str, Parameter], items: tuple[Item, ...]
) -> Framework:
    return Framework(profiles=profiles, parameters=parameters, items=items, **facts)


def framework_workbook(framework: Framework, lang: Lang) -> bytes:
    """The framework as a workbook, its headings and choices in the words of `lang`, its texts in both languages."""
    sheets = (
        _sheet(FACTS, _FACT_COLUMNS, _fact_rows(framework, lang), lang),
        _sheet(
            PARAMETERS, _PARAMETER_COLUMNS, [_parameter_row(one, lang) for one in framework.parameters.values()], lang
        ),
        _sheet(ITEMS, _ITEM_COLUMNS, [_item_row(one, lang) for one in framework.items], lang),
        _sheet(EXPECTS, _EXPECT_COLUMNS, list(_expect_rows(framework, lang)), lang),
        _sheet(PROFILES, _PROFILE_COLUMNS, [(key, one.fr, one.en) for key, one in framework.profiles.items()], lang),
        Sheet(README.render(lang), [README.render(lang)], [[one.render(lang)] for one in _EXPLAINED]),
    )
    return xlsx_bytes(sheets, f"{framework.title.render(lang)} – {framework.version}")


_EXPLAINED = (
    Text(
        "Corrigez ce classeur, changez le numéro de version de la feuille « Référentiel », enregistrez-le au format "
        ".xlsx, puis importez-le : chaque différence est montrée, et rien ne change avant votre confirmation.",
        "Correct this workbook, change the version number on the sheet “Framework”, save it as .xlsx, then import it: "
        "every difference is shown, and nothing changes before you confirm.",
    ),
    Text(
        "Une exigence garde son identifiant d’une version à l’autre : c’est lui qui porte les réponses et les preuves. "
        "S’il doit changer, écrivez l’ancien dans la colonne « Remplace » : réponses et preuves suivent.",
        "A requirement keeps its id from one version to the next: it carries the answers and the evidence. If it has "
        "to change, write the former one in the column “Replaces”: answers and evidence follow.",
    ),
    Text(
        "Une ligne dont d’autres se réclament (« Dans la section ») est une section : elle ne s’évalue pas. Les autres "
        "sont les exigences : dites comment chacune s’évalue, ou pourquoi rien ne l’évalue.",
        "A line that others name (“In section”) is a section: it is not assessed. The others are the requirements: say "
        "how each is assessed, or why nothing assesses it.",
    ),
    Text(
        "Plusieurs choix dans une cellule se séparent par une virgule. Aucune formule. Un paramètre sans valeur reste "
        "vide : rien n’est « atteint » sur une valeur que le texte ne donne pas.",
        "Several choices in one cell are separated by a comma. No formula. A parameter without a value stays empty: "
        "nothing is “met” on a value that the text does not give.",
    ),
    Text(
        "Un texte dans une seule langue est accepté ; il est montré tel quel dans l’autre.",
        "A text in one language only is accepted; it is shown as it is in the other.",
    ),
)


def _sheet(name: Text, columns: Columns, rows: Sequence[Sequence[Cell]], lang: Lang) -> Sheet:
    return Sheet(name.render(lang), [texts[0].render(lang) for texts in columns.values()], rows)


def _fact_rows(framework: Framework, lang: Lang) -> list[tuple[str, Cell]]:
    values: Mapping[str, Cell] = {
        "id": framework.id,
        "version": framework.version,
        "kind": KIND_NAMES[framework.kind].render(lang),
        "unit": UNIT_NAMES[framework.unit].render(lang),
        "title_fr": framework.title.fr,
        "title_en": framework.title.en,
        "source_fr": framework.source.fr,
        "source_en": framework.source.en,
        "url": framework.url,
        "confidence": CONFIDENCE_NAMES[framework.confidence].render(lang),
        "starts": _day(framework.starts),
        "ends": _day(framework.ends),
    }
    return [(text.render(lang), values[key]) for key, text in _FACT_NAMES.items()]


def _day(day: date | None) -> str | None:
    """Days are written as texts: a spreadsheet shows them in its own way otherwise."""
    return None if day is None else day.isoformat()


def _parameter_row(one: Parameter, lang: Lang) -> tuple[Cell, ...]:
    value = one.value.isoformat() if isinstance(one.value, date) else one.value
    kind, confidence = PARAMETER_KIND_NAMES[one.kind].render(lang), CONFIDENCE_NAMES[one.confidence].render(lang)
    return (one.id, kind, one.title.fr, one.title.en, value, one.source, confidence)


def _item_row(item: Item, lang: Lang) -> tuple[Cell, ...]:
    text, uncovered = item.text or Text("", ""), item.uncovered or Text("", "")
    return (
        item.id,
        item.parent,
        item.title.fr,
        item.title.en,
        text.fr,
        text.en,
        ", ".join(METHOD_NAMES[one].render(lang) for one in item.assessed_by),
        "" if item.level is Level.STANDARD else LEVEL_NAMES[item.level].render(lang),
        ", ".join(sorted(item.profiles)),
        item.repeats_months,
        ", ".join(map(str, item.maps)),
        ", ".join(INQUIRIES[one].render(lang) for one in item.inquiries),
        ", ".join(item.replaces),
        uncovered.fr,
        uncovered.en,
    )


def _expect_rows(framework: Framework, lang: Lang) -> Iterator[tuple[Cell, ...]]:
    for item in framework.items:
        for one in item.expects:
            yield item.id, one.what.fr, one.what.en, EVIDENCE_NAMES[one.kind].render(lang), one.months
