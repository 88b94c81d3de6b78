"""Files of frameworks: out and back without a loss, foreign ones converted, bad ones refused with their place."""

from __future__ import annotations

import io
import json
import operator
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import reduce
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook

from care.adapters.framework_files import MAX_YAML_BYTES, read_framework_file
from care.adapters.framework_workbook import framework_workbook
from care.adapters.framework_yaml import framework_yaml
from care.adapters.frameworks import shipped_frameworks
from care.domain.evidence import EvidenceKind
from care.domain.framework_files import NO_FACTS, FileFacts, FrameworkFile, FrameworkFileError
from care.domain.frameworks import (
    Confidence,
    Expected,
    Framework,
    FrameworkKind,
    Item,
    Level,
    Method,
    Parameter,
    ParameterKind,
    Unit,
)
from care.domain.programme import Inquiry
from care.services.errors import Invalid
from scanners.errors import SaidError
from scanners.model import Ref, Text
from tests.support.frameworks import (
    CRITERIA,
    INS,
    both,
    criteria,
    document,
    edited,
    library,
    node,
    requirement,
    saved,
    yaml_bytes,
)

YEAR = FileFacts(version="2025")


def read(name: str, content: bytes, facts: FileFacts = NO_FACTS) -> FrameworkFile:
    return read_framework_file(name, content, facts)


def refusal(name: str, content: bytes, facts: FileFacts = NO_FACTS) -> Text:
    """The one sentence that refuses a file."""
    with pytest.raises(SaidError) as said:
        read(name, content, facts)
    assert name in said.value.text.fr, said.value.text.fr
    assert name in said.value.text.en, said.value.text.en
    return said.value.text


# --- Out and back --------------------------------------------------------------------------------------------------

LINES = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="\u2028\u2029\x85"), min_size=1, max_size=60
).map(lambda text: " ".join(text.split()) or "?")
WORDS = st.lists(LINES, min_size=1, max_size=3).map("\n".join)
TEXTS = st.builds(Text, WORDS, WORDS)
IDS = st.from_regex(r"[A-Z][a-z0-9]{0,3}(\.[1-9]){0,2}(@[1-4])?", fullmatch=True)
DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1))
EXPECTED = st.builds(Expected, TEXTS, st.sampled_from(EvidenceKind), st.none() | st.integers(1, 120))
PROFILES = {"EI": Text("Entité importante", "Important entity"), "EE": Text("Entité essentielle", "Essential entity")}


@st.composite
def parameters(draw: st.DrawFn, name: str) -> Parameter:
    kind = draw(st.sampled_from(ParameterKind))
    value = DAYS if kind is ParameterKind.DATE else st.integers(0, 100)
    source, confidence = draw(LINES), draw(st.sampled_from(Confidence))
    return Parameter(name, kind, draw(TEXTS), draw(st.none() | value), source, confidence)


@st.composite
def requirements(draw: st.DrawFn, name: str, parent: str) -> Item:
    methods = draw(st.lists(st.sampled_from(Method), unique=True, max_size=3))
    return Item(
        id=name,
        parent=parent,
        title=draw(TEXTS),
        text=draw(st.none() | TEXTS),
        assessed_by=tuple(methods),
        expects=tuple(draw(st.lists(EXPECTED, max_size=2))) if Method.DOCUMENT in methods else (),
        profiles=frozenset(draw(st.lists(st.sampled_from(sorted(PROFILES)), max_size=2))),
        level=draw(st.sampled_from(Level)),
        repeats_months=draw(st.none() | st.integers(1, 60)),
        maps=tuple(draw(st.lists(st.sampled_from([Ref("has", "ins"), Ref("anssi-ad", "vuln_krbtgt", 2)]), max_size=2))),
        uncovered=None if methods else draw(TEXTS),
        inquiries=tuple(draw(st.lists(st.sampled_from(Inquiry), unique=True, max_size=2))),
        replaces=tuple(draw(st.lists(IDS, max_size=2))),
    )


@st.composite
def frameworks(draw: st.DrawFn) -> Framework:
    names = draw(st.lists(IDS, unique=True, min_size=2, max_size=7))
    items = [Item(names[0], "", draw(TEXTS)), draw(requirements(names[1], names[0]))]
    for name in names[2:]:
        items.append(draw(requirements(name, draw(st.sampled_from(["", names[0]])))))
    items.sort(
        key=lambda one: one.parent == "" and one.id != names[0]
    )  # as documents hold them: a section, then its own
    starts = draw(st.none() | DAYS)
    return Framework(
        id="essai",
        version=draw(st.sampled_from(["1", "2025.07", "2025.10", "4.1.2"])),
        kind=draw(st.sampled_from(FrameworkKind)),
        unit=draw(st.sampled_from(Unit)),
        title=draw(TEXTS),
        source=draw(TEXTS),
        url="https://exemple.fr/texte",
        confidence=draw(st.sampled_from(Confidence)),
        starts=starts,
        ends=None,
        profiles=PROFILES,
        parameters={name: draw(parameters(name)) for name in draw(st.sets(st.sampled_from(["p", "q.r", "s_t"])))},
        items=tuple(items),
    )


def alike(one: Framework) -> Framework:
    return replace(one, profiles=dict(one.profiles), parameters=dict(one.parameters))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frameworks())
def test_a_framework_as_yaml_is_read_again_as_it_was(framework: Framework) -> None:
    found = read("essai.yaml", framework_yaml(framework))
    assert alike(found.framework) == framework
    assert found.notes == ()
    assert found.document == framework_yaml(framework)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frameworks(), st.sampled_from(["fr", "en"]))
def test_a_framework_as_a_workbook_is_read_again_as_it_was(framework: Framework, lang: Any) -> None:
    found = read("essai.xlsx", framework_workbook(framework, lang))
    assert alike(found.framework) == framework
    assert found.notes == ()


@pytest.mark.parametrize("framework", shipped_frameworks(), ids=lambda one: f"{one.id}-{one.version}")
def test_every_framework_shipped_goes_out_and_back(framework: Framework) -> None:
    assert alike(read("un.yaml", framework_yaml(framework)).framework) == alike(framework)
    assert alike(read("un.xlsx", framework_workbook(framework, "fr")).framework) == alike(framework)


# --- Ours ----------------------------------------------------------------------------------------------------------


def test_a_text_in_one_language_stands_for_both_and_it_is_said() -> None:
    item = {"id": "A", "title": {"fr": "Nommer"}, "assessed_by": ["declaration"]}
    found = read("un.yaml", yaml_bytes(document("1", item)))
    assert found.framework.items[0].title == Text("Nommer", "Nommer")
    assert found.notes[0].fr == "Textes qui n’existent qu’en français, montrés tels quels dans les deux langues : 1."


def test_a_third_language_is_left_out_and_it_is_said() -> None:
    item = requirement("A", "Nommer")
    item["title"] |= {"de": "Benennen"}
    found = read("un.yaml", yaml_bytes(document("1", item)))
    assert found.framework.items[0].title == Text("Nommer", "Nommer (en)")
    assert "« de »" in found.notes[0].fr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "le fichier est vide"),
        (b"   \n", "le fichier est vide"),
        (b"\xff\xfe\x00\x01", "ni un classeur .xlsx ni un texte en UTF-8"),
        (b"a: [1", "n\u2019est pas un fichier YAML lisible"),
        (b"- 1\n", "des lignes « nom: valeur » sont attendues"),
        (b"a: 1\n", "ni « format: care-framework/1 »"),
        (b"a: &x [1]\nb: *x\n", "les alias (*nom) ne sont pas acceptés"),
        (b"format: care-framework/1\nid: x\nid: y\n", "« id » y figure deux fois"),
        (yaml_bytes(document("un")), "version, 'un' est mal écrit"),
        (yaml_bytes(document("1", source={"name": both("x"), "url": "http://x"})), "source.url"),
        (yaml_bytes(document("1", id="Essai")), "id, 'Essai' est mal écrit"),
        (yaml_bytes(document("1", requirement("A", "x"), requirement("A", "y"))), "identifiant donné deux fois"),
        (yaml_bytes(document("1", {"id": "A", "title": both("x")})), "rien ne l’évalue"),
        (yaml_bytes(document("1", {"id": "A", "title": {"de": "x"}, "assessed_by": ["rule"]})), "qu’en « de »"),
        (yaml_bytes(document("1", requirement("A", "x", profiles=["EI"]))), "profil inconnu : EI"),
        (yaml_bytes(document("1", starts="2026-01-01", ends="2025-01-01")), "ends, cette fin ne suit pas le début"),
        (yaml_bytes(document("1", surprise=1)), "clé inconnue : surprise"),
        (yaml_bytes(document("1", requirement("A", "x", maps=["n’importe quoi"]))), "référentiel:exigence"),
    ],
)
def test_a_bad_document_is_refused_with_its_place(content: bytes, said: str) -> None:
    assert said in refusal("un.yaml", content).fr


def test_a_parameter_out_of_bounds_or_given_twice_is_refused() -> None:
    def given_(*values: dict[str, Any]) -> bytes:
        known = {"id": "p", "kind": "percent", "title": both("Part"), "source": "ici", "confidence": "copy"}
        return yaml_bytes(document("1", parameters=[known | one for one in values]))

    assert "un pourcentage va de 0 à 100" in refusal("un.yaml", given_({"value": 101})).fr
    assert "p : identifiant donné deux fois" in refusal("un.yaml", given_({"value": 1}, {"value": 2})).fr
    assert read("un.yaml", given_({"value": 100})).framework.parameters["p"].value == 100


def test_sections_too_deep_are_refused() -> None:
    item: dict[str, Any] = requirement("A99", "x")
    for depth in range(14):
        item = {"id": f"A{depth}", "title": both("x"), "items": [item]}
    assert "plus de 12 niveaux" in refusal("un.yaml", yaml_bytes(document("1", item))).fr


def test_a_huge_document_is_refused_before_it_is_read() -> None:
    assert "plus de 3000000 octets" in refusal("un.yaml", b"a: b\n" * (MAX_YAML_BYTES // 5 + 1)).fr


JUNK = [None, "", 0, 1.5, -3, True, [], {}, [1], {"a": 1}, {"de": "x"}, "=1+1", "2026-13-01", "x" * 2500, 10**30]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a document."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield from places(one, (*path, key))


KNOWN = {"id": "p", "kind": "date", "title": both("Un"), "source": "ici", "confidence": "copy", "value": "2026-01-01"}
SOUND = (
    document("1", requirement("A", "x", maps=["has:ins"], replaces=["Z"]), parameters=[KNOWN], starts="2026-01-01"),
    library(node("1", "Un", implementation_groups=["E"], translations={"en": {"name": "One"}}), node("1.1", "x", "1")),
)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(SOUND))
def test_whatever_a_document_holds_it_is_read_or_refused(data: st.DataObject, sound: dict[str, Any]) -> None:
    content = json.loads(json.dumps(sound))
    path = data.draw(st.sampled_from([one for one in places(content) if one]))
    inside = reduce(operator.getitem, path[:-1], content)
    inside[path[-1]] = data.draw(st.sampled_from(JUNK))
    try:
        said = read("x.yaml", yaml_bytes(content), FileFacts(url="https://exemple.fr/")).framework.title.fr
    except SaidError as refused:
        said = refused.text.fr
    assert said


# --- Workbooks -----------------------------------------------------------------------------------------------------


def workbook(edit: Callable[[Workbook], object]) -> bytes:
    framework = read("un.yaml", yaml_bytes(document())).framework
    return edited(framework_workbook(framework, "fr"), edit)


def put(sheet: str, cell: str, value: object) -> Callable[[Workbook], None]:
    def edit(book: Workbook) -> None:
        book[sheet][cell] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            put("Exigences", "A3", "=1+1"),
            "feuille « Exigences », ligne 3, colonne « Identifiant », cette cellule contient",
        ),
        (put("Exigences", "A3", 1.1), "le tableur en a fait un nombre ou une date (1.1)"),
        (put("Exigences", "A3", date(2026, 1, 2)), "le tableur en a fait un nombre ou une date (2026-01-02)"),
        (put("Exigences", "B3", "Z"), "ligne 3, A1 : section inconnue : Z"),
        (put("Exigences", "B2", "A2"), "tournent en rond"),
        (put("Exigences", "A4", "A1"), "ligne 4, colonne « Identifiant », « A1 » est déjà à la ligne 3"),
        (put("Exigences", "G3", "Divination"), "colonne « Évaluée par », « Divination » n’est pas l’un de"),
        (put("Exigences", "C1", "Titel (deutsch)"), "un texte en français ou en anglais manque"),
        (put("Exigences", "A1", "Code"), "ligne 1, colonne « Identifiant », cette colonne manque"),
        (put("Référentiel", "B3", 2025.1), "le tableur en a fait un nombre ou une date (2025.1)"),
        (put("Référentiel", "B2", None), "feuille « Référentiel », « Identifiant » manque"),
        (put("Référentiel", "B12", "hier"), "« hier » n’est pas une date"),
    ],
)
def test_a_bad_workbook_is_refused_with_sheet_row_and_column(edit: Callable[[Workbook], None], said: str) -> None:
    def both_languages_gone(book: Workbook) -> None:
        edit(book)
        if book["Exigences"]["C1"].value != "Titre (français)":
            book["Exigences"]["D1"] = "Titel"

    with pytest.raises(FrameworkFileError) as refused:
        read("un.xlsx", workbook(both_languages_gone))
    assert any(said in one.fr for one in refused.value.faults), refused.value.faults
    assert all(one.fr.startswith("un.xlsx : ") for one in refused.value.faults)


def test_every_fault_of_a_workbook_is_told_at_once() -> None:
    def edit(book: Workbook) -> None:
        book["Exigences"]["G3"] = book["Exigences"]["G4"] = "?"
        book["Référentiel"]["B2"] = "Pas Un Identifiant"

    with pytest.raises(FrameworkFileError) as refused:
        read("un.xlsx", workbook(edit))
    assert len(refused.value.faults) == 3


def test_another_workbook_is_refused_with_the_sheets_it_has() -> None:
    book = Workbook()
    book.active.title = "Budget"  # type: ignore[union-attr]
    assert "« Budget »" in refusal("un.xlsx", saved(book)).fr


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<" * 80_000_000)
    with pytest.raises(Invalid) as refused:
        read("un.xlsx", out.getvalue())
    assert "trop grand" in refused.value.fields["file"].fr


# --- CISO Assistant ------------------------------------------------------------------------------------------------


def test_a_library_becomes_a_framework_of_declarations() -> None:
    found = read("lib.yaml", yaml_bytes(library()))
    framework = found.framework
    assert (framework.id, framework.version, framework.url) == ("essai-lib", "3", "https://exemple.fr/lib")
    assert framework.confidence is Confidence.SECOND_HAND
    section, asked = framework.items
    assert (section.id, section.parent, section.assessed_by) == ("1", "", ())
    assert (asked.id, asked.parent, asked.assessed_by) == ("1.1", "1", (Method.DECLARATION,))
    assert asked.text == Text("Il est nommé par écrit.", "Il est nommé par écrit.")
    assert "français" in found.notes[0].fr
    assert "préparée par essai" in framework.source.fr


def test_translations_of_a_library_are_kept() -> None:
    one = node("1", "Name", translations={"fr": {"name": "Nommer"}, "de": {"name": "Benennen"}})
    found = read("lib.yaml", yaml_bytes(library(one, locale="en")))
    assert found.framework.items[0].title == Text("Nommer", "Name")
    assert any("« de »" in note.fr for note in found.notes)


def test_groups_of_a_library_become_profiles() -> None:
    content = library(node("1", "Un", implementation_groups=["EE"]))
    content["objects"]["framework"]["implementation_groups_definition"] = [{"ref_id": "EE", "name": "Essentielle"}]
    framework = read("lib.yaml", yaml_bytes(content)).framework
    assert framework.profiles["EE"].fr == "Essentielle"
    assert framework.items[0].profiles == {"EE"}


def test_a_node_to_assess_with_others_under_it_is_both_section_and_requirement() -> None:
    framework = read("lib.yaml", yaml_bytes(library(node("1", "Un"), node("1.1", "Deux", parent="1")))).framework
    assert [(one.id, one.parent) for one in framework.items] == [("1", ""), ("1.0", "1"), ("1.1", "1")]
    assert [one.id for one in framework.requirements] == ["1.0", "1.1"]


def test_paragraphs_for_information_are_left_out_and_it_is_said() -> None:
    content = library(node("1", "Préambule", assessable=False), node("2", "Exigence"))
    found = read("lib.yaml", yaml_bytes(content))
    assert [one.id for one in found.framework.items] == ["2"]
    assert "laissés de côté : 1." in found.notes[-1].fr


def test_ids_of_a_library_are_made_usable_and_differ() -> None:
    framework = read(
        "lib.yaml", yaml_bytes(library(node("Recital 1", "Un"), node("b", "Deux", ref_id="Recital 1")))
    ).framework
    assert [one.id for one in framework.items] == ["Recital-1", "b"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (library(node("1", "x"), node("1", "y")), "identifiant donné deux fois"),
        (library(node("1", "x", parent="9")), "parent inconnu : urn:essai:risk:req_node:lib:9"),
        (library(node("1", "x", parent="2"), node("2", "y", parent="1")), "les parents tournent en rond"),
        (library(node("1", "x", assessable=False)), "aucune exigence à évaluer"),
        (library(locale="de"), "qu’en « de »"),
        (library(objects={"threats": []}), "ne contient pas un référentiel"),
        (library(description="", provider=""), "aucune adresse du texte d’origine"),
        (library(version="deux"), "version, 'deux' n’est pas un numéro"),
        (library(node("1", "x", assessable=True) | {"urn": 5}), "un texte est attendu"),
    ],
)
def test_a_bad_library_is_refused_with_its_place(content: dict[str, Any], said: str) -> None:
    assert said in refusal("lib.yaml", yaml_bytes(content)).fr


def test_a_library_is_never_called_official() -> None:
    facts = FileFacts(confidence=Confidence.OFFICIAL)
    assert read("lib.yaml", yaml_bytes(library()), facts).framework.confidence is Confidence.COPY


# --- The manual of the HAS -----------------------------------------------------------------------------------------


def test_a_table_of_criteria_becomes_a_certification() -> None:
    found = read("manuel.xlsx", criteria(INS), YEAR)
    framework = found.framework
    assert (framework.id, framework.version, framework.kind) == ("has-manual", "2025", FrameworkKind.CERTIFICATION)
    assert [(one.id, one.parent) for one in framework.items] == [
        ("1", ""), ("1.1", "1"), ("1.1-01", "1.1"), ("1.1-01.1", "1.1-01"), ("1.1-01.2", "1.1-01"),
    ]  # fmt: skip
    element = framework.by_id["1.1-01.1"]
    assert element.title.fr == "L’INS est qualifiée"
    assert element.level is Level.IMPERATIVE
    assert element.inquiries == (Inquiry.SYSTEM_AUDIT, Inquiry.OBSERVATION)
    assert [str(one) for one in element.maps] == ["has:ins"]
    assert framework.by_id["1"].title.fr == "Le patient"


def test_elements_one_a_row_and_csv_give_the_same() -> None:
    rows = [
        ";".join(CRITERIA),
        (
            "1 Le patient;1.1 Le patient est identifié;1.1-01;L’identité est fiable;impératif;L’INS est qualifiée;"
            "Audit système, Observation;ins"
        ),
        ";;;;;Les équipes connaissent la procédure;;",
    ]
    found = read("manuel.csv", "\r\n".join(rows).encode("utf-8-sig"), YEAR)
    assert found.framework.items == read("manuel.xlsx", criteria(INS), YEAR).framework.items


def test_chapters_that_are_not_named_take_the_numbers_of_the_criterion() -> None:
    row = ("", "", "3.6-02", "Le risque numérique est maîtrisé", "Standard", "", "", "")
    framework = read("manuel.xlsx", criteria(row), YEAR).framework
    assert [(one.id, one.title.fr) for one in framework.items] == [
        ("3", "Chapitre 3"), ("3.6", "Objectif 3.6"), ("3.6-02", "Le risque numérique est maîtrisé"),
    ]  # fmt: skip
    assert framework.requirements[0].assessed_by == (Method.DECLARATION,)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((*INS[:4], "Facultatif", *INS[5:]), "colonne « Niveau », « Facultatif » n’est pas l’un de"),
        ((*INS[:6], "Voyance", "ins"), "colonne « Méthodes d’évaluation », « Voyance »"),
        ((*INS[:7], "astrologie"), "colonne « Thème CaRE », « astrologie » n’est pas l’un de : gouvernance_ssi"),
        ((*INS[:3], "", *INS[4:]), "colonne « Intitulé », l’intitulé manque"),
        ((*INS[:2], "", *INS[3:]), "aucun critère n’est commencé"),
        ((*INS[:2], date(2026, 1, 1), *INS[3:]), "le tableur en a fait un nombre ou une date"),
    ],
)
def test_a_bad_criterion_is_refused_with_its_row(row: tuple[object, ...], said: str) -> None:
    with pytest.raises(FrameworkFileError) as refused:
        read("manuel.xlsx", criteria(row), YEAR)
    assert any(said in one.fr for one in refused.value.faults), refused.value.faults


def test_a_manual_without_its_year_or_without_criteria_is_refused() -> None:
    assert "le millésime du manuel" in refusal("manuel.xlsx", criteria(INS)).fr
    assert "aucun critère" in refusal("manuel.xlsx", criteria(), YEAR).fr


def test_a_criterion_named_twice_with_two_wordings_is_refused() -> None:
    other = (*INS[:3], "Un autre intitulé", *INS[4:])
    assert "a un autre intitulé à la ligne 2" in refusal("manuel.xlsx", criteria(INS, other), YEAR).fr
