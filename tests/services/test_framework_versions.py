"""New versions of frameworks: shown, confirmed once, set aside; answers and evidence follow or wait for somebody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.framework_changes import Fate
from care.domain.framework_files import NO_FACTS, FileFacts
from care.domain.frameworks import Confidence, Method
from care.domain.judging import RequirementStatus
from care.domain.programme import AnswerVerdict
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence import Details, Upload, add_evidence
from care.services.frameworks.answering import AnswerDraft, answer_requirement
from care.services.frameworks.assessing import Assessed, assess
from care.services.frameworks.bookshelf import (
    compare_frameworks,
    export_framework,
    list_frameworks,
    manual_template,
    open_framework,
)
from care.services.frameworks.holders import holder_at
from care.services.frameworks.library import frameworks_in_use
from care.services.frameworks.parameters import ValueDraft, enter_value, list_parameters, take_back
from care.services.frameworks.shelf import VersionState
from care.services.frameworks.versions import (
    MAX_WAITING,
    FaultyFile,
    Imported,
    confirm,
    give_up,
    list_versions,
    list_waiting,
    preview,
    receive,
    set_aside,
)
from care.services.platform import Platform
from care.store.evidence import EvidenceTie
from care.store.frameworks import FrameworkDraft, FrameworkVersion, ParameterValue, RequirementAnswer
from care.store.jobs import Job
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.frameworks import CRITERIA, INS, both, criteria, document, edited, library, requirement, yaml_bytes
from tests.support.people import MACHINE, Hospitals, person
from tests.support.queries import counted

both_bases = pytest.mark.both_databases
S = RequirementStatus


def brought(platform: Platform, content: bytes, name: str = "essai.yaml", facts: FileFacts = NO_FACTS) -> int:
    return receive(platform, MACHINE, name, content, facts)


def imported(
    platform: Platform, content: Mapping[str, Any] | bytes, name: str = "essai.yaml", facts: FileFacts = NO_FACTS
) -> Imported:
    """A file brought in and confirmed."""
    number = brought(platform, content if isinstance(content, bytes) else yaml_bytes(content), name, facts)
    return confirm(platform, MACHINE, number, preview(platform, MACHINE, number).mark)


def in_use(platform: Platform, framework: str = "essai") -> str:
    with platform.database.read() as session:
        found = frameworks_in_use(platform, session, platform.clock.now().date()).get(framework)
        return found.version if found else ""


def answered(platform: Platform, place: Place, item: str, verdict: AnswerVerdict = AnswerVerdict.YES) -> None:
    assert answer_requirement(platform, MACHINE, place, "essai", AnswerDraft(item, verdict, note="Parce que."))


def stands(platform: Platform, place: Place, item: str) -> Assessed:
    day = platform.clock.now().date()
    with platform.database.read() as session:
        known = frameworks_in_use(platform, session, day)["essai"]
        holder = holder_at(session, place, day)
        return next(one for one in assess(platform, session, holder, known, day) if one.item.id == item)


def filed(platform: Platform, establishment_id: int, ref: str) -> int:
    details = Details(kind=EvidenceKind.MINUTES, title="Compte rendu")
    source = Upload("cr.pdf", BytesIO(b"%PDF-1.7 cr"))
    return add_evidence(platform, MACHINE, establishment_id, details, source, [ThingRef(ThingKind.REQUIREMENT, ref)])


@pytest.fixture
def valley(hospitals: Hospitals) -> Place:
    return Place(Level.ESTABLISHMENT, hospitals.valley)


@both_bases
def test_a_framework_nobody_had_comes_in_once(platform: Platform) -> None:
    number = brought(platform, yaml_bytes(document()))
    shown = preview(platform, MACHINE, number)
    assert shown.before is None
    assert [one.id for one in shown.changes.added] == ["A1", "A2"]
    assert in_use(platform) == ""
    confirm(platform, MACHINE, number, shown.mark)
    assert in_use(platform) == "1"
    with pytest.raises(NotFound):
        confirm(platform, MACHINE, number, shown.mark)
    with platform.database.read() as session:
        row = session.scalars(select(FrameworkVersion)).one()
        assert (row.framework, row.version, row.imported_by, row.file_name) == (
            "essai",
            "1",
            MACHINE.actor,
            "essai.yaml",
        )
        assert session.scalars(select(FrameworkDraft)).all() == []
        event = session.scalars(select(TrailEvent).order_by(TrailEvent.number.desc())).first()
        assert event is not None
        assert (event.action, event.thing_id, event.detail["added"]) == ("framework.imported", "essai", 2)
        assert session.scalars(select(Job.kind)).all() == ["assess"]


@both_bases
def test_answers_and_evidence_follow_an_id_that_changed(
    platform: Platform, hospitals: Hospitals, valley: Place
) -> None:
    imported(platform, document())
    answered(platform, valley, "A1")
    answered(platform, valley, "A2", AnswerVerdict.NO)
    piece = filed(platform, hospitals.valley, "essai:A1")
    moved = requirement("B1", "Nommer", replaces=["A1"])
    reworded = requirement("B2", "Réunir chaque mois", replaces=["A2"])
    number = brought(platform, yaml_bytes(document("2", moved, reworded)))
    shown = preview(platform, MACHINE, number)
    assert shown.changes.fates == {"A1": Fate.MOVED, "A2": Fate.MOVED_REWORDED}
    assert (shown.impact[Fate.MOVED].answers, shown.impact[Fate.MOVED].ties) == (1, 1)
    assert shown.impact[Fate.MOVED_REWORDED].answers == 1
    assert shown.places == 1
    done = confirm(platform, MACHINE, number, shown.mark)
    assert (done.carried.answers, done.carried.ties, done.to_confirm) == (2, 1, 1)
    assert stands(platform, valley, "B1").status is S.MET
    assert [one.id for one in stands(platform, valley, "B1").pieces] == [piece]
    assert stands(platform, valley, "B2").status is S.TO_CONFIRM
    with platform.database.read() as session:
        rows = session.scalars(select(RequirementAnswer).order_by(RequirementAnswer.id)).all()
        assert [(row.item, row.framework_version) for row in rows] == [
            ("A1", "1"),
            ("A2", "1"),
            ("B1", "1"),
            ("B2", "1"),
        ]
        assert {row.answered_by for row in rows} == {MACHINE.actor}
        assert set(session.scalars(select(EvidenceTie.thing_id))) == {"essai:A1", "essai:B1"}


@both_bases
def test_an_answer_to_other_words_must_be_confirmed(platform: Platform, hospitals: Hospitals, valley: Place) -> None:
    imported(platform, document())
    answered(platform, valley, "A1")
    answered(platform, valley, "A2")
    imported(platform, document("2", requirement("A1", "Nommer par écrit"), requirement("A2", "Réunir")))
    assert stands(platform, valley, "A1").status is S.TO_CONFIRM
    assert "version 1" in stands(platform, valley, "A1").missing[0].fr
    assert stands(platform, valley, "A2").status is S.MET


def test_an_answer_to_a_requirement_that_is_gone_stays_in_the_history(
    platform: Platform, hospitals: Hospitals, valley: Place
) -> None:
    imported(platform, document())
    answered(platform, valley, "A2")
    number = brought(platform, yaml_bytes(document("2", requirement("A1", "Nommer"))))
    shown = preview(platform, MACHINE, number)
    assert [one.id for one in shown.changes.removed] == ["A2"]
    assert shown.impact[Fate.GONE].answers == 1
    confirm(platform, MACHINE, number, shown.mark)
    with platform.database.read() as session:
        assert session.scalars(select(RequirementAnswer.item)).all() == ["A2"]


@both_bases
def test_a_version_set_aside_gives_way_to_the_one_before(
    platform: Platform, hospitals: Hospitals, valley: Place
) -> None:
    imported(platform, document())
    answered(platform, valley, "A1")
    imported(platform, document("2", requirement("B1", "Nommer", replaces=["A1"])))
    assert in_use(platform) == "2"
    assert set_aside(platform, MACHINE, "essai", "2", "Version publiée par erreur") == "1"
    assert in_use(platform) == "1"
    assert stands(platform, valley, "A1").status is S.MET
    line = next(one for one in list_versions(platform, MACHINE, "essai") if one.version == "2")
    assert (line.state, line.set_aside_why) == (VersionState.SET_ASIDE, "Version publiée par erreur")
    with pytest.raises(Refused, match="already set it aside"):
        set_aside(platform, MACHINE, "essai", "2", "encore")
    imported(platform, document("2", requirement("B1", "Nommer", replaces=["A1"])))  # the same file brings it back
    assert in_use(platform) == "2"
    with platform.database.read() as session:
        assert session.scalars(select(RequirementAnswer.item).order_by(RequirementAnswer.id)).all() == ["A1", "B1"]


def test_set_aside_asks_why_and_takes_imported_versions_only(platform: Platform) -> None:
    imported(platform, document())
    with pytest.raises(Invalid) as refused:
        set_aside(platform, MACHINE, "essai", "1", "  ")
    assert set(refused.value.fields) == {"why"}
    with pytest.raises(Refused, match="shipped with CaRE"):
        set_aside(platform, MACHINE, "care-d2", "2025.07", "pour voir")
    with pytest.raises(NotFound):
        set_aside(platform, MACHINE, "essai", "9", "pour voir")
    assert set_aside(platform, MACHINE, "essai", "1", "pour voir") == ""
    assert in_use(platform) == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (document("1"), "avec le même contenu : rien à importer"),
        (document("1", requirement("Z", "Autre")), "avec un autre contenu : donnez un autre numéro"),
        (document("0.9"), "plus ancienne que celle en service (1) : pour y revenir, écartez d’abord"),
    ],
)
def test_a_version_that_cannot_come_in_is_refused_and_nothing_is_kept(
    platform: Platform, content: dict[str, Any], said: str
) -> None:
    imported(platform, document("1"))
    with pytest.raises(Refused) as refused:
        brought(platform, yaml_bytes(content))
    assert said in refused.value.text.fr
    assert list_waiting(platform, MACHINE) == ()


def test_an_older_one_than_the_one_shipped_is_refused(platform: Platform) -> None:
    facts = FileFacts(id="care-d2", version="2024.1")
    with pytest.raises(Refused) as refused:
        brought(platform, yaml_bytes(library()), facts=facts)
    assert "plus ancienne que celle en service" in refused.value.text.fr
    assert "gardez ce fichier hors de CaRE" in refused.value.text.fr


def test_a_bad_file_says_every_fault_and_nothing_is_kept(platform: Platform) -> None:
    first = export_framework(platform, MACHINE, "hds", "xlsx")[1]
    bad = edited(first, lambda book: (_put(book, "G3", "?"), _put(book, "G4", "?")))
    with pytest.raises(FaultyFile) as refused:
        brought(platform, bad, "hds.xlsx")
    assert len(refused.value.faults) == 2
    with platform.database.read() as session:
        assert session.scalars(select(FrameworkDraft)).all() == []


def _put(book: Any, cell: str, value: object) -> None:
    book["Exigences"][cell] = value


@both_bases
def test_export_then_edit_then_import_shows_the_one_difference(platform: Platform) -> None:
    name, content = export_framework(platform, MACHINE, "care-d2", "xlsx")
    assert name == "care-d2-2025.07.xlsx"

    def edit(book: Any) -> None:
        book["Référentiel"]["B3"] = "2026.01"
        book["Exigences"]["C3"] = "Une politique de sécurité relue"

    number = brought(platform, edited(content, edit), "care-d2.xlsx")
    shown = preview(platform, MACHINE, number)
    assert [pair.after.title.fr for pair in shown.changes.reworded] == ["Une politique de sécurité relue"]
    assert not (shown.changes.added)
    assert not (shown.changes.removed)
    assert not (shown.changes.parameters)
    assert not (shown.changes.sections)
    assert [one.name for one in shown.changes.facts] == ["version"]


def test_a_version_of_later_waits_for_its_day(platform: Platform, clock: FixedClock) -> None:
    imported(platform, document())
    soon = (platform.clock.now() + timedelta(days=10)).date()
    later = document("2", requirement("A1", "Nommer"), requirement("A2", "Réunir"), starts=soon.isoformat())
    imported(platform, later)
    assert in_use(platform) == "1"
    states = {one.version: one.state for one in list_versions(platform, MACHINE, "essai")}
    assert states == {"1": VersionState.IN_USE, "2": VersionState.COMING}
    clock.forward(days=11)
    assert in_use(platform) == "2"


def test_a_version_of_later_that_takes_over_answers_is_confirmed_on_its_day(
    platform: Platform, clock: FixedClock
) -> None:
    imported(platform, document())
    soon = (platform.clock.now() + timedelta(days=1)).date()
    number = brought(
        platform, yaml_bytes(document("2", requirement("B1", "Nommer", replaces=["A1"]), starts=soon.isoformat()))
    )
    shown = preview(platform, MACHINE, number)
    assert shown.blocked is not None
    assert "confirmez-la ce jour-là" in " ".join(shown.blocked.fr.split())
    with pytest.raises(Refused):
        confirm(platform, MACHINE, number, shown.mark)


def test_a_preview_that_is_no_longer_true_is_refused(platform: Platform) -> None:
    imported(platform, document())
    number = brought(platform, yaml_bytes(document("3", requirement("A1", "Nommer"))))
    seen = preview(platform, MACHINE, number).mark
    imported(platform, document("2", requirement("A1", "Désigner")))
    with pytest.raises(Refused, match="changed since this preview"):
        confirm(platform, MACHINE, number, seen)
    assert in_use(platform) == "2"


def test_files_wait_a_day_are_few_and_are_given_up(platform: Platform, clock: FixedClock) -> None:
    numbers = [brought(platform, yaml_bytes(document(str(n)))) for n in range(1, MAX_WAITING + 1)]
    with pytest.raises(Refused, match="already wait"):
        brought(platform, yaml_bytes(document("99")))
    give_up(platform, MACHINE, numbers[0])
    assert len(list_waiting(platform, MACHINE)) == MAX_WAITING - 1
    clock.forward(days=1, minutes=1)
    assert list_waiting(platform, MACHINE) == ()
    with pytest.raises(NotFound, match="no longer waits"):
        preview(platform, MACHINE, numbers[1])
    brought(platform, yaml_bytes(document("99")))
    with platform.database.read() as session:
        assert len(session.scalars(select(FrameworkDraft)).all()) == 1


def test_what_no_longer_fits_is_told(platform: Platform) -> None:
    item = requirement("X1", "Contrôler", maps=["nulle-part:A"]) | {"assessed_by": ["rule"]}
    number = brought(platform, yaml_bytes(document("9999", item, id="anssi-ad")))
    notes = " ".join(one.fr for one in preview(platform, MACHINE, number).notes)
    assert "qu’aucune règle de cette version de CaRE ne vise : X1" in notes
    assert "absentes de cette version : " in notes
    assert "que CaRE n’a pas : nulle-part:A" in notes


def test_the_manual_of_the_has_comes_in_tied_to_our_themes(platform: Platform) -> None:
    imported(platform, criteria(INS), "manuel.xlsx", FileFacts(version="2025"))
    page = open_framework(platform, MACHINE, "has-manual")
    element = next(one for one in page.lines if one.id == "1.1-01.1")
    assert [one.ref for one in element.equivalents] == ["has:ins"]
    assert page.one_language
    theme = next(one for one in open_framework(platform, MACHINE, "has").lines if one.id == "ins")
    assert "has-manual:1.1-01.1" in [one.ref for one in theme.equivalents]
    assert open_framework(platform, MACHINE, "has-manual").card.confidence is Confidence.COPY


def test_an_element_put_in_between_moves_no_answer(platform: Platform, hospitals: Hospitals) -> None:
    imported(platform, criteria(INS), "manuel.xlsx", FileFacts(version="2025"))
    place = Place(Level.LEGAL_ENTITY, hospitals.valley_entity)
    draft = AnswerDraft("1.1-01.2", AnswerVerdict.YES, note="Vu.")
    assert answer_requirement(platform, MACHINE, place, "has-manual", draft)
    elements = "Un élément de plus\nL’INS est qualifiée\nLes équipes connaissent la procédure"
    number = brought(platform, criteria((*INS[:5], elements, *INS[6:])), "m.xlsx", FileFacts(version="2026"))
    shown = preview(platform, MACHINE, number)
    assert [(one.id, one.title.fr) for one in shown.changes.added] == [("1.1-01.3", "Un élément de plus")]
    assert (shown.changes.reworded, shown.changes.removed) == ((), ())
    assert [one.title.fr for one in shown.after.requirements] == elements.split("\n")
    assert shown.impact[Fate.KEPT].answers == 1


def test_the_library_is_read_in_few_statements(platform: Platform) -> None:
    for number in range(1, 6):
        imported(platform, document("1", id=f"essai-{number}"))
    with counted(platform.database) as statements:
        list_frameworks(platform, MACHINE)
    assert len(statements) <= 6


def test_the_template_of_a_manual_names_its_columns(platform: Platform) -> None:
    with pytest.raises(FaultyFile) as refused:
        brought(platform, manual_template(platform, MACHINE), "modele.xlsx", FileFacts(version="2025"))
    assert "aucun critère" in refused.value.faults[0].fr
    assert len(CRITERIA) == 8


# --- Parameters ----------------------------------------------------------------------------------------------------

DATE, SHARE = "declaration_until", "coverage_percent"


@both_bases
def test_a_value_entered_counts_and_keeps_its_history(platform: Platform) -> None:
    empty = _parameter(platform, DATE)
    assert (empty.empty, empty.proves, empty.seen) == (True, False, 0)
    draft = ValueDraft("31/12/2026", "Arrêté du 3 juillet 2025, article 5", "https://exemple.fr/arrete", seen=0)
    enter_value(platform, MACHINE, "care-d2", DATE, draft)
    known = _parameter(platform, DATE)
    assert (known.value, known.proves, known.confidence) == ("31/12/2026", True, Confidence.OFFICIAL)
    assert known.entered is not None
    assert (known.entered.value, known.entered.link) == ("2026-12-31", "https://exemple.fr/arrete")
    with platform.database.read() as session:
        used = frameworks_in_use(platform, session, platform.clock.now().date())["care-d2"]
        assert used.parameters[DATE].value == date(2026, 12, 31)
    take_back(platform, MACHINE, "care-d2", DATE, known.seen)
    gone = _parameter(platform, DATE)
    assert (gone.empty, gone.entered) == (True, None)
    assert [one.value for one in gone.history] == ["", "2026-12-31"]
    with pytest.raises(Refused, match="none to take back"):
        take_back(platform, MACHINE, "care-d2", DATE, gone.seen)


def _parameter(platform: Platform, name: str) -> Any:
    return next(one for one in list_parameters(platform, MACHINE, "care-d2") if one.id == name)


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [(SHARE, "0", "0"), (SHARE, "100 %", "100"), (DATE, "2026-03-01", "2026-03-01"), ("ads_level", "4", "4")],
)
def test_values_are_typed_by_kind(platform: Platform, name: str, typed: str, kept: str) -> None:
    enter_value(platform, MACHINE, "care-d2", name, ValueDraft(typed, "Texte"))
    assert _parameter(platform, name).told == kept


@pytest.mark.parametrize(
    ("name", "draft", "fields"),
    [
        (SHARE, ValueDraft("101", "Texte"), {"value"}),
        (SHARE, ValueDraft("-1", "Texte"), {"value"}),
        (SHARE, ValueDraft("66,5", "Texte"), {"value"}),
        (DATE, ValueDraft("2026-02-30", "Texte"), {"value"}),
        (DATE, ValueDraft("demain", ""), {"value", "source"}),
        ("ads_level", ValueDraft("9999999999", "x" * 301), {"value", "source"}),
        (SHARE, ValueDraft("66", "Texte", "javascript:alert(1)"), {"link"}),
    ],
)
def test_a_bad_value_is_refused_on_its_field(
    platform: Platform, name: str, draft: ValueDraft, fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        enter_value(platform, MACHINE, "care-d2", name, draft)
    assert set(refused.value.fields) == fields
    with platform.database.read() as session:
        assert session.scalars(select(ParameterValue)).all() == []


def test_a_value_entered_by_somebody_else_meanwhile_is_said(platform: Platform) -> None:
    enter_value(platform, MACHINE, "care-d2", SHARE, ValueDraft("70", "Texte"))
    with pytest.raises(Refused) as refused:
        enter_value(platform, MACHINE, "care-d2", SHARE, ValueDraft("80", "Texte", seen=0))
    assert f"{MACHINE.actor} a saisi « 70 »" in refused.value.text.fr


def test_a_value_that_a_new_version_writes_otherwise_no_longer_counts(platform: Platform) -> None:
    known = {"id": "seuil", "title": both("Seuil"), "source": "ici", "confidence": "copy"}
    items = (requirement("A1", "Nommer"),)
    imported(platform, document("1", *items, parameters=[known | {"kind": "integer"}]))
    enter_value(platform, MACHINE, "essai", "seuil", ValueDraft("66", "Texte"))
    imported(platform, document("2", *items, parameters=[known | {"kind": "date"}]))
    found = list_parameters(platform, MACHINE, "essai")[0]
    assert (found.empty, found.entered, len(found.history)) == (True, None, 1)


def test_a_value_entered_that_hides_what_a_new_text_says_is_told(platform: Platform) -> None:
    known = {"id": "seuil", "kind": "percent", "title": both("Seuil"), "source": "ici", "confidence": "copy"}
    items = (requirement("A1", "Nommer"),)
    imported(platform, document("1", *items, parameters=[known]))
    enter_value(platform, MACHINE, "essai", "seuil", ValueDraft("66", "Texte"))
    for value, said in ((70, "continuera de compter au lieu"), (66, "")):
        number = brought(platform, yaml_bytes(document("2", *items, parameters=[known | {"value": value}])))
        told = " ".join(one.fr for one in preview(platform, MACHINE, number).notes)
        assert (said in told) if said else not told
    number = brought(platform, yaml_bytes(document("2", *items)))
    assert "ne comptera plus" in preview(platform, MACHINE, number).notes[0].fr


def test_what_no_text_gives_comes_first(platform: Platform) -> None:
    found = list_parameters(platform, MACHINE, "care-d2")
    assert [one.empty for one in found] == sorted((one.empty for one in found), reverse=True)
    assert found[0].empty


# --- Reading -------------------------------------------------------------------------------------------------------


def test_the_library_shows_what_is_unknown(platform: Platform) -> None:
    cards = {one.id: one for one in list_frameworks(platform, MACHINE).cards}
    assert cards["care-d2"].empty >= 1
    assert cards["recyf"].requirements > 100
    assert all(one.url.startswith("https://") for one in cards.values())


def test_a_search_keeps_the_sections_around_what_it_finds(platform: Platform) -> None:
    page = open_framework(platform, MACHINE, "care-d2", words="politique sécurité")
    ids = [one.id for one in page.lines]
    assert ids[:2] == ["P", "P1"]
    assert 0 < page.found < open_framework(platform, MACHINE, "care-d2").found
    assert open_framework(platform, MACHINE, "care-d2", words="zzz").lines == ()


def test_a_requirement_says_how_it_is_seen(platform: Platform) -> None:
    line = next(one for one in open_framework(platform, MACHINE, "anssi-ad").lines if one.rules)
    assert Method.RULE in line.methods
    assert line.rules[0].title


def test_frameworks_are_compared_both_ways(platform: Platform) -> None:
    one = compare_frameworks(platform, MACHINE, "has", "care-d2")
    assert (one.pairs[0].id, [other.item for other in one.pairs[0].others]) == ("gouvernance_ssi", ["P1"])
    other = compare_frameworks(platform, MACHINE, "care-d2", "has")
    assert "P1" in [pair.id for pair in other.pairs]
    assert {partner.id for partner in one.partners} >= {"care-d2"}
    with pytest.raises(NotFound):
        compare_frameworks(platform, MACHINE, "has", "nulle-part")


# --- Who may -------------------------------------------------------------------------------------------------------


def test_reading_takes_a_programme_somewhere_and_changing_the_platform(
    platform: Platform, hospitals: Hospitals
) -> None:
    number = brought(platform, yaml_bytes(document()))
    roles = (Role.CISO, Role.ACTIVITY_OWNER, Role.ADMINISTRATOR)
    ciso, owner, local = (person(role, Level.ESTABLISHMENT, hospitals.valley) for role in roles)
    assert list_frameworks(platform, ciso).may_manage is False
    for who in (ciso, local, owner):
        _refused_to_change(platform, who, number)
    for read in (
        lambda: list_frameworks(platform, owner),
        lambda: open_framework(platform, owner, "care-d2"),
        lambda: list_versions(platform, owner, "care-d2"),
        lambda: list_parameters(platform, owner, "care-d2"),
        lambda: compare_frameworks(platform, owner, "care-d2"),
        lambda: export_framework(platform, owner, "care-d2", "yaml"),
        lambda: manual_template(platform, owner),
    ):
        with pytest.raises(Forbidden):
            read()


def _refused_to_change(platform: Platform, who: Scope, number: int) -> None:
    for change in (
        lambda: receive(platform, who, "x.yaml", yaml_bytes(document("2")), NO_FACTS),
        lambda: list_waiting(platform, who),
        lambda: preview(platform, who, number),
        lambda: confirm(platform, who, number, ""),
        lambda: give_up(platform, who, number),
        lambda: set_aside(platform, who, "care-d2", "2025.07", "x"),
        lambda: enter_value(platform, who, "care-d2", SHARE, ValueDraft("66", "x")),
        lambda: take_back(platform, who, "care-d2", SHARE, 0),
    ):
        with pytest.raises(Forbidden):
            change()
