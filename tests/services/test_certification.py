"""Self-assessment, evidence by theme and mock visits: what counts, what is stale, what contradicts, who may."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Place, Role, Scope
from care.domain.certification import Freshness, SourceKind
from care.domain.evidence import EvidenceKind, ThingKind, ThingRef
from care.domain.programme import AnswerVerdict, Inquiry, VisitState
from care.services.certification.mock_notes import NoteDraft, take_notes
from care.services.certification.mock_reading import Meeting, Trend, act_on_gap, origin_visit, read_grid, read_mock
from care.services.certification.mock_visits import MockDraft, choices, end_mock, list_mocks, open_mock
from care.services.certification.self_assessment import ElementView, SelfAssessment, read_assessment
from care.services.certification.theme_evidence import SourceView, evidence_by_theme
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence import Details, add_evidence
from care.services.frameworks.answering import AnswerDraft, answer_requirements
from care.services.platform import Platform
from care.store.actions import Action
from care.store.programme import VisitNote
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from tests.support.certification import note_rehearsal, open_rehearsal, plant_registers
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person

YES, NO = AnswerVerdict.YES, AnswerVerdict.NO
KIT = "pca_pra_modes_degrades"


@pytest.fixture
def site(hospitals: Hospitals) -> Place:
    return Place(Level.ESTABLISHMENT, hospitals.valley)


def declare(platform: Platform, scope: Scope, place: Place, manual: str = "has", **said: AnswerVerdict) -> None:
    seen = {one.id: one.seen for one in read_assessment(platform, scope, place, manual).elements}
    drafts = [
        AnswerDraft(item, verdict, note="" if verdict is YES else "Vu en comité", seen=seen[item])
        for item, verdict in said.items()
    ]
    answer_requirements(platform, scope, place, manual, drafts)


def element(view: SelfAssessment, name: str) -> ElementView:
    return next(one for one in view.elements if one.id == name)


def source(platform: Platform, scope: Scope, place: Place, theme: str, kind: SourceKind) -> SourceView:
    view = evidence_by_theme(platform, scope, place.id)
    return next(one for found in view.themes if found.id == theme for one in found.sources if one.kind is kind)


# The self-assessment


@pytest.mark.both_databases
def test_answers_add_up_and_what_nobody_answered_is_shown(platform: Platform, machine: Scope, site: Place) -> None:
    empty = read_assessment(platform, machine, site)
    assert empty.manual.id == "has"
    assert empty.score is not None
    assert (empty.score.percent, empty.answered, empty.score.asked) == (None, 0, 11)
    assert "HAS seule décide" in empty.notice
    declare(platform, machine, site, ins=YES, mes=YES, mss=NO, ia_dmn=AnswerVerdict.NOT_APPLICABLE)
    view = read_assessment(platform, machine, site)
    assert view.score is not None
    assert (view.score.percent, view.score.answered, view.score.unanswered) == (66, 4, 7)
    assert element(view, "ins").answer is not None
    assert element(view, "incidents").answer is None


def test_an_answer_of_the_legal_entity_holds_until_the_establishment_gives_its_own(
    platform: Platform, machine: Scope, hospitals: Hospitals, site: Place
) -> None:
    entity = Place(Level.LEGAL_ENTITY, hospitals.valley_entity)
    declare(platform, machine, entity, ins=YES)
    held = element(read_assessment(platform, machine, site), "ins")
    assert held.answer is not None
    assert (held.answer.verdict, held.answer.where, held.seen) == (YES, "CH de la Vallée", 0)
    declare(platform, machine, site, ins=NO)
    own = element(read_assessment(platform, machine, site), "ins")
    assert own.answer is not None
    assert (own.answer.verdict, own.answer.where) == (NO, "")


def test_a_social_establishment_begins_with_its_own_manual_and_gets_no_score(
    platform: Platform, machine: Scope, site: Place
) -> None:
    with platform.database.write() as session:
        session.get_one(
            Establishment, site.id
        ).category = "Etablissement d'hébergement pour personnes âgées dépendantes"
    view = read_assessment(platform, machine, site)
    assert (view.manual.id, view.score) == ("has-esms", None)
    assert [one.id for one in view.others] == ["has"]
    declare(platform, machine, site, "has-esms", **{"3.14-01": NO, "3.14-03": NO, "2.2-07": YES})
    view = read_assessment(platform, machine, site)
    assert [one.id for one in view.alarming] == ["3.14-01"]
    assert "1 à 4" in view.notice
    assert read_assessment(platform, machine, site, "has").manual.id == "has"


def test_who_may_read_an_assessment(platform: Platform, hospitals: Hospitals, site: Place) -> None:
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    assert not read_assessment(platform, visitor, site).may_answer
    with pytest.raises(NotFound):
        read_assessment(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), site)
    with pytest.raises(Forbidden):
        read_assessment(platform, person(Role.FACILITATOR, Level.ESTABLISHMENT, hospitals.valley), site)
    with pytest.raises(NotFound):
        read_assessment(platform, visitor, site, "care-d2")


# Evidence by theme


@pytest.mark.both_databases
def test_registers_say_what_they_show_and_what_is_stale(platform: Platform, machine: Scope, site: Place) -> None:
    plant_registers(platform, site.id)
    expected = {
        ("gouvernance_ssi", SourceKind.SECURITY_ROLES): Freshness.FRESH,
        ("gouvernance_ssi", SourceKind.COMMITTEES): Freshness.STALE,
        ("hygiene_sensibilisation", SourceKind.AWARENESS): Freshness.FRESH,
        ("hygiene_sensibilisation", SourceKind.PHISHING): Freshness.STALE,
        ("plan_formation", SourceKind.TRAINING): Freshness.ABSENT,
        ("ins", SourceKind.FIGURE_INS): Freshness.FRESH,
        ("mss", SourceKind.FIGURE_MSS): Freshness.STALE,
        ("mes", SourceKind.FIGURE_MES): Freshness.ABSENT,
        ("incidents", SourceKind.INCIDENTS): Freshness.FRESH,
    }
    found = {
        (theme.id, one.kind): one.freshness
        for theme in evidence_by_theme(platform, machine, site.id).themes
        for one in theme.sources
    }
    assert {key: found[key] for key in expected} == expected
    said = source(platform, machine, site, "hygiene_sensibilisation", SourceKind.AWARENESS).lines[0]
    assert said.said == "84 présents sur 120 conviés"
    figure = source(platform, machine, site, "ins", SourceKind.FIGURE_INS).lines[0]
    assert (figure.said, "ins_" in figure.title) == ("93\u00a0% (930 / 1000), DPI", False)


def test_an_empty_register_of_incidents_is_no_proof(platform: Platform, machine: Scope, site: Place) -> None:
    seen = source(platform, machine, site, "incidents", SourceKind.INCIDENTS)
    assert seen.freshness is Freshness.UNDATED
    assert "est-il tenu" in seen.lines[0].title


@pytest.mark.parametrize(("days", "state"), [(364, Freshness.FRESH), (366, Freshness.STALE)])
def test_a_session_is_fresh_for_twelve_months(
    platform: Platform, machine: Scope, site: Place, clock: FixedClock, days: int, state: Freshness
) -> None:
    plant_registers(platform, site.id)
    clock.forward(days=days - 40)
    assert source(platform, machine, site, "hygiene_sensibilisation", SourceKind.AWARENESS).freshness is state


def test_documents_that_are_expected_are_said_absent_then_stale(
    platform: Platform, machine: Scope, site: Place
) -> None:
    before = source(platform, machine, site, "gouvernance_ssi", SourceKind.DOCUMENTS)
    assert {one.freshness for one in before.lines} == {Freshness.ABSENT}
    tie = ThingRef(ThingKind.REQUIREMENT, "has:gouvernance_ssi")
    day = platform.clock.now().date()
    old = Details(EvidenceKind.POLICY, "PSSI", effective_from=date(day.year - 4, 1, 5))
    add_evidence(platform, machine, site.id, old, "https://ged.example/pssi", [tie])
    after = source(platform, machine, site, "gouvernance_ssi", SourceKind.DOCUMENTS)
    assert (after.lines[0].title, after.lines[0].freshness) == ("PSSI", Freshness.STALE)
    assert after.freshness is Freshness.STALE


def test_a_source_the_reader_may_not_see_is_hidden_not_empty(
    platform: Platform, hospitals: Hospitals, site: Place
) -> None:
    plant_registers(platform, site.id)
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    seen = source(platform, visitor, site, "incidents", SourceKind.INCIDENTS)
    assert (seen.hidden, seen.lines) == (True, ())
    with pytest.raises(NotFound):
        evidence_by_theme(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), site.id)


# Mock visits


@pytest.mark.both_databases
def test_a_mock_visit_from_its_opening_to_its_end(platform: Platform, machine: Scope, site: Place) -> None:
    declare(platform, machine, site, pca_pra_modes_degrades=YES, hygiene_sensibilisation=YES)
    visit = open_rehearsal(platform, machine, site.id)
    note_rehearsal(platform, machine, site.id, visit)
    view = read_mock(platform, machine, site.id, visit)
    assert [one.item for one in view.met(Meeting.CONTRADICTED)] == [KIT]
    assert [one.item for one in view.met(Meeting.AGREED)] == ["hygiene_sensibilisation"]
    assert view.compared[0].item == KIT
    assert view.unseen == ("Identité nationale de santé",)
    assert (view.line.noted, view.line.against) == (2, 1)
    end_mock(platform, machine, site.id, visit, "Le kit papier avant tout.")
    ended = read_mock(platform, machine, site.id, visit)
    assert (ended.line.state, ended.conclusion) == (VisitState.ENDED, "Le kit papier avant tout.")
    with pytest.raises(Refused):
        note_rehearsal(platform, machine, site.id, visit)
    with pytest.raises(Refused):
        end_mock(platform, machine, site.id, visit, "")
    with platform.database.read() as session:
        told = session.scalars(select(TrailEvent.action).where(TrailEvent.thing_kind == "visit")).all()
    assert list(told) == ["visit.mock_opened", "visit.noted", "visit.noted", "visit.mock_ended"]


def test_the_grid_of_a_method_asks_in_words_of_the_ward(platform: Platform, machine: Scope, site: Place) -> None:
    visit = open_rehearsal(platform, machine, site.id)
    grid = read_grid(platform, machine, site.id, visit, Inquiry.TARGETED_TRACER)
    assert [block.item for block in grid.blocks] == ["hygiene_sensibilisation", KIT]
    assert any("kit papier" in prompt.ask for block in grid.blocks for prompt in block.prompts)
    with pytest.raises(NotFound):
        read_grid(platform, machine, site.id, visit, Inquiry.PATIENT_TRACER)


@pytest.mark.both_databases
def test_a_gap_becomes_one_action(platform: Platform, machine: Scope, site: Place) -> None:
    visit = open_rehearsal(platform, machine, site.id)
    note_rehearsal(platform, machine, site.id, visit)
    gap = read_mock(platform, machine, site.id, visit).gaps[0]
    number = act_on_gap(platform, machine, site.id, visit, gap.item, gap.method)
    assert act_on_gap(platform, machine, site.id, visit, gap.item, gap.method) == number
    with platform.database.read() as session:
        action = session.get_one(Action, number)
        assert session.scalar(select(func.count()).select_from(Action)) == 1
    assert action.description.startswith("Le kit papier est dans un bureau fermé")
    origin = origin_visit(platform, machine, action.source, action.source_ref, site.id)
    assert origin is not None
    assert origin.id == visit
    acted = read_mock(platform, machine, site.id, visit).gaps[0].action
    assert acted is not None
    assert acted.id == number
    with pytest.raises(NotFound):
        act_on_gap(platform, machine, site.id, visit, "ins", Inquiry.SYSTEM_AUDIT)


def test_the_visit_before_tells_what_got_better(
    platform: Platform, machine: Scope, site: Place, clock: FixedClock
) -> None:
    first = open_rehearsal(platform, machine, site.id, "Printemps")
    note_rehearsal(platform, machine, site.id, first)
    clock.forward(days=120)
    second = open_rehearsal(platform, machine, site.id, "Automne")
    mended = [NoteDraft(KIT, YES, "Kit ouvert devant nous, listes du matin.")]
    take_notes(platform, machine, site.id, second, Inquiry.TARGETED_TRACER, mended)
    view = read_mock(platform, machine, site.id, second)
    assert view.before is not None
    assert view.before.title == "Printemps"
    assert {one.item: one.trend for one in view.compared} == {KIT: Trend.BETTER}
    assert read_mock(platform, machine, site.id, first).before is None
    assert [one.title for one in list_mocks(platform, machine, site.id)] == ["Automne", "Printemps"]


@pytest.mark.both_databases
def test_two_people_note_the_same_element(platform: Platform, machine: Scope, site: Place) -> None:
    visit = open_rehearsal(platform, machine, site.id)
    note_rehearsal(platform, machine, site.id, visit)
    late = NoteDraft(KIT, YES, "Kit trouvé", seen=0)
    with pytest.raises(Refused, match=KIT):
        take_notes(platform, machine, site.id, visit, Inquiry.TARGETED_TRACER, [late])
    seen = read_grid(platform, machine, site.id, visit, Inquiry.TARGETED_TRACER).blocks[1].seen
    again = NoteDraft(KIT, YES, "Kit trouvé", seen=seen)
    assert take_notes(platform, machine, site.id, visit, Inquiry.TARGETED_TRACER, [again, again][:1]) == 1
    assert take_notes(platform, machine, site.id, visit, Inquiry.TARGETED_TRACER, [again]) == 0
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(VisitNote)) == 3


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (NoteDraft(KIT, NO), f"note-{KIT}"),
        (NoteDraft(KIT, None, "Vu"), f"verdict-{KIT}"),
        (NoteDraft(KIT, AnswerVerdict.PARTLY, "Vu"), f"verdict-{KIT}"),
        (NoteDraft(KIT, YES, "x" * 2001), f"note-{KIT}"),
        (NoteDraft(KIT, YES, who_met="x" * 201), f"who_met-{KIT}"),
    ],
)
def test_a_note_that_says_nothing_is_refused(
    platform: Platform, machine: Scope, site: Place, draft: NoteDraft, field: str
) -> None:
    visit = open_rehearsal(platform, machine, site.id)
    with pytest.raises(Invalid) as refused:
        take_notes(platform, machine, site.id, visit, Inquiry.TARGETED_TRACER, [draft])
    assert set(refused.value.fields) == {field}


def test_a_note_outside_the_scope_of_the_visit_is_not_found(platform: Platform, machine: Scope, site: Place) -> None:
    visit = open_rehearsal(platform, machine, site.id)
    for item, method in (("mss", Inquiry.SYSTEM_AUDIT), (KIT, Inquiry.PATIENT_TRACER)):
        with pytest.raises(NotFound):
            take_notes(platform, machine, site.id, visit, method, [NoteDraft(item, YES)])


DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (MockDraft("", "has", ("ins",), (Inquiry.PATIENT_TRACER,), DAY, None), "title"),
        (MockDraft("V", "has", (), (Inquiry.PATIENT_TRACER,), DAY, None), "items"),
        (MockDraft("V", "has", ("nothing",), (Inquiry.PATIENT_TRACER,), DAY, None), "items"),
        (MockDraft("V", "has", ("ins",), (), DAY, None), "methods"),
        (MockDraft("V", "has", ("ins",), (Inquiry.OBSERVATION,), DAY, None), "methods"),
        (MockDraft("V", "has", ("ins",), (Inquiry.PATIENT_TRACER,), None, None), "starts_on"),
        (MockDraft("V", "has", ("ins",), (Inquiry.PATIENT_TRACER,), DAY, date(2026, 3, 1)), "ends_on"),
        (MockDraft("V", "has", ("ins",), (Inquiry.PATIENT_TRACER,), DAY, date(2026, 4, 2)), "ends_on"),
    ],
)
def test_a_mock_visit_badly_planned_is_refused(
    platform: Platform, machine: Scope, site: Place, draft: MockDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        open_mock(platform, machine, site.id, draft)
    assert set(refused.value.fields) == {field}


def test_who_may_rehearse(platform: Platform, machine: Scope, hospitals: Hospitals, site: Place) -> None:
    visit = open_rehearsal(platform, machine, site.id)
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    quality = person(Role.QUALITY, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    assert not read_mock(platform, reader, site.id, visit).may_note
    assert read_mock(platform, quality, site.id, visit).may_note
    with pytest.raises(Forbidden):
        choices(platform, reader, site.id)
    with pytest.raises(Forbidden):
        take_notes(platform, reader, site.id, visit, Inquiry.TARGETED_TRACER, [NoteDraft(KIT, YES)])
    for where in (hospitals.valley, hospitals.far):
        with pytest.raises(NotFound):
            read_mock(platform, stranger, where, visit)
