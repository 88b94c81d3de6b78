"""Continuity plans: begun, written by two, sent, given back, validated and frozen, revised, compared, due."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import PlanState, ResourceKind
from care.domain.deadlines import DeadlineKind
from care.domain.evidence import EvidenceKind
from care.domain.plans import SECTIONS, PlanStanding, SectionKey
from care.services import plan_validation as validation
from care.services import plans
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.plan_documents import plan_markdown, plan_pdf
from care.services.plan_reading import compare_plans, list_plans, open_plan
from care.services.plan_validation import Validation
from care.services.plans import PlanDraft
from care.services.platform import Platform
from care.store.continuity import DegradedMode, Plan
from care.store.evidence import Evidence, EvidenceTie
from care.store.trail import TrailEvent
from care.web.trail.words import ACTIONS
from tests.support.clock import FixedClock
from tests.support.continuity import (
    end_node,
    plant_activity,
    plant_degraded_mode,
    plant_need,
    plant_resource,
)
from tests.support.pdf import failures_of, text_of
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
TODAY = date(2026, 3, 2)
SIGNED = Validation("Anne Morel", "Directrice", TODAY, TODAY + timedelta(days=365))


@pytest.fixture
def emergency(platform: Platform, hospitals: Hospitals) -> int:
    """The emergency department, its patient record and the network, with a degraded mode in force."""
    valley = hospitals.valley
    activity = plant_activity(platform, valley, "Urgences", 240, CareCriticality.VITAL, pdma_minutes=30)
    record = plant_resource(platform, valley, "DPI", rto_minutes=480, restart_minutes=300)
    network = plant_resource(platform, valley, "Cœur de réseau", ResourceKind.INFRASTRUCTURE, restart_minutes=60)
    plant_need(platform, valley, activity, record)
    plant_need(platform, valley, record, network)
    plant_degraded_mode(platform, activity, "Urgences sur papier", 2880)
    return activity


def direction(hospitals: Hospitals) -> Scope:
    return person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley, 8)


def written(platform: Platform, hospitals: Hospitals, activity: int, title: str = "PCRA") -> int:
    """A plan with every part written."""
    plan = plans.start_plan(platform, MACHINE, hospitals.valley, PlanDraft(title, (activity,)))
    for version, one in enumerate(SECTIONS, 1):
        plans.save_section(platform, MACHINE, plan, one.key, f"Texte de **{one.title.fr}**.", version)
    return plan


def validated(platform: Platform, hospitals: Hospitals, plan: int, typed: Validation = SIGNED) -> None:
    validation.send_plan(platform, MACHINE, plan, open_plan(platform, MACHINE, plan).version)
    validation.validate_plan(platform, direction(hospitals), plan, typed, open_plan(platform, MACHINE, plan).version)


@both
def test_a_plan_goes_from_draft_to_validation_to_its_next_version(
    platform: Platform, hospitals: Hospitals, emergency: int, clock: FixedClock
) -> None:
    plan = written(platform, hospitals, emergency)
    validated(platform, hospitals, plan)
    view = open_plan(platform, MACHINE, plan)
    assert (view.state, view.line.standing) == (PlanState.VALIDATED, PlanStanding.VALIDATED)
    assert (view.line.validated_by, view.line.validator_title) == ("Anne Morel", "Directrice")
    with pytest.raises(Refused, match="does not change"):
        plans.save_section(platform, MACHINE, plan, SectionKey.SCOPE, "Autre", view.version)
    clock.forward(days=30)
    second = plans.revise_plan(platform, MACHINE, plan)
    assert plans.revise_plan(platform, MACHINE, plan) == second
    draft = open_plan(platform, MACHINE, second)
    assert (draft.line.number, draft.section(SectionKey.SCOPE).text) == (2, "Texte de **Périmètre**.")
    (line,) = list_plans(platform, MACHINE, hospitals.valley).lines
    assert (line.id, line.pending_id) == (plan, second)
    later = TODAY + timedelta(days=30)
    validated(platform, hospitals, second, replace(SIGNED, validated_on=later, review_on=later + timedelta(days=90)))
    (line,) = list_plans(platform, MACHINE, hospitals.valley).lines
    assert (line.id, line.pending_id) == (second, None)
    assert open_plan(platform, MACHINE, plan).state is PlanState.ARCHIVED
    clock.forward(days=91)
    assert open_plan(platform, MACHINE, second).line.standing is PlanStanding.TO_REVISE


@both
def test_validation_freezes_the_plan_and_files_its_document(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    plan = written(platform, hospitals, emergency)
    draft = plan_pdf(platform, MACHINE, plan).content
    assert "PROJET" in text_of(draft)
    validated(platform, hospitals, plan)
    content = plan_pdf(platform, MACHINE, plan).content
    view = open_plan(platform, MACHINE, plan)
    assert view.sha256 == hashlib.sha256(content).hexdigest()
    text = text_of(content)
    assert "PROJET" not in text
    for said in ("Validé par Anne Morel, Directrice, le 02/03/2026", "Urgences sur papier", "DPI", "trop tard"):
        assert said in text
    assert failures_of(content) == []
    with platform.database.read() as session:
        filed = session.get_one(Evidence, view.evidence_id)
        ties = session.execute(
            select(EvidenceTie.thing_kind, EvidenceTie.thing_id).where(EvidenceTie.evidence_id == filed.id)
        ).all()
        assert (filed.kind, filed.sha256, filed.effective_to) == (EvidenceKind.PLAN, view.sha256, SIGNED.review_on)
        assert {(kind.value, number) for kind, number in ties} == {
            ("activity", str(emergency)),
            ("requirement", "care-d2:O1.C"),
        }
    with platform.database.write() as session:
        for mode in session.scalars(select(DegradedMode)):
            mode.title = "Changé depuis"
    assert plan_pdf(platform, MACHINE, plan).content == content
    assert "Changé depuis" not in plan_markdown(platform, MACHINE, plan).content.decode()


@both
def test_the_document_of_the_next_version_takes_the_place_of_the_former(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    plan = written(platform, hospitals, emergency)
    validated(platform, hospitals, plan)
    validated(platform, hospitals, plans.revise_plan(platform, MACHINE, plan))
    with platform.database.read() as session:
        first, last = session.scalars(select(Evidence).order_by(Evidence.id)).all()
        assert (first.current, last.current, last.replaces_id) == (False, True, first.id)


@both
def test_a_plan_is_sent_complete_or_says_what_it_lacks(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    plan = plans.start_plan(platform, MACHINE, hospitals.valley, PlanDraft("PCRA"))
    with pytest.raises(Refused, match="not complete"):
        validation.send_plan(platform, MACHINE, plan, 1)
    said = [one.text for one in open_plan(platform, MACHINE, plan).lacks]
    assert len(said) == len(SECTIONS) + 1
    assert "Le plan ne couvre aucune activité : choisissez-les." in said
    bare = plant_activity(platform, hospitals.valley, "Bloc", criticality=CareCriticality.MAJOR)
    plans.save_outline(platform, MACHINE, plan, PlanDraft("PCRA", (emergency, bare)), 1)
    lacks = open_plan(platform, MACHINE, plan).lacks
    assert [one.blocking for one in lacks if "Bloc" in one.text] == [True, False]
    end_node(platform, bare, TODAY)
    lacks = open_plan(platform, MACHINE, plan).lacks
    assert [one.text for one in lacks if "Bloc" in one.text] == ["L’activité « Bloc » a pris fin : retirez-la du plan."]
    plans.save_outline(platform, MACHINE, plan, PlanDraft("PCRA", (emergency,)), 2)
    with pytest.raises(Invalid):
        plans.save_outline(platform, MACHINE, plan, PlanDraft("PCRA", (emergency, bare)), 3)


@both
def test_a_plan_comes_back_with_its_reason(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    plan = written(platform, hospitals, emergency)
    version = open_plan(platform, MACHINE, plan).version
    validation.send_plan(platform, MACHINE, plan, version)
    with pytest.raises(Invalid):
        validation.give_back(platform, direction(hospitals), plan, " ", version + 1)
    validation.give_back(platform, direction(hospitals), plan, "Nommez le suppléant.", version + 1)
    back = open_plan(platform, MACHINE, plan).given_back
    assert back is not None
    assert back.reason == "Nommez le suppléant."
    validation.send_plan(platform, MACHINE, plan, version + 2)
    assert open_plan(platform, MACHINE, plan).given_back is None


@both
def test_a_signature_is_checked_field_by_field(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    plan = written(platform, hospitals, emergency)
    version = open_plan(platform, MACHINE, plan).version
    validation.send_plan(platform, MACHINE, plan, version)
    for typed, field in (
        (replace(SIGNED, name=" "), "name"),
        (replace(SIGNED, title=""), "title"),
        (replace(SIGNED, validated_on=TODAY + timedelta(days=1)), "validated_on"),
        (replace(SIGNED, validated_on=None), "validated_on"),
        (replace(SIGNED, review_on=TODAY), "review_on"),
        (replace(SIGNED, review_on=date(2028, 3, 3)), "review_on"),
        (replace(SIGNED, review_on=None), "review_on"),
    ):
        with pytest.raises(Invalid) as refusal:
            validation.validate_plan(platform, direction(hospitals), plan, typed, version + 1)
        assert set(refusal.value.fields) == {field}
    validation.validate_plan(
        platform, direction(hospitals), plan, replace(SIGNED, review_on=date(2028, 3, 2)), version + 1
    )


@both
def test_two_people_write_different_parts_and_never_the_same(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    plan = plans.start_plan(platform, MACHINE, hospitals.valley, PlanDraft("PCRA", (emergency,)))
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley, 5)
    plans.save_section(platform, ciso, plan, SectionKey.SCOPE, "Tout.", 1)
    plans.save_section(platform, MACHINE, plan, SectionKey.ALERT, "Le standard.", 1)
    with pytest.raises(Refused, match="the part “Scope”"):
        plans.save_section(platform, MACHINE, plan, SectionKey.SCOPE, "Rien.", 1)
    assert open_plan(platform, MACHINE, plan).section(SectionKey.SCOPE).text == "Tout."


@both
def test_who_may_do_what(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    plan = written(platform, hospitals, emergency)
    boss, ciso = direction(hospitals), person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley, 5)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far, 6)
    version = open_plan(platform, MACHINE, plan).version
    with pytest.raises(Forbidden):
        plans.save_section(platform, boss, plan, SectionKey.SCOPE, "Non", version)
    with pytest.raises(NotFound):
        open_plan(platform, stranger, plan)
    with pytest.raises(NotFound):
        plan_pdf(platform, stranger, plan)
    validation.send_plan(platform, ciso, plan, version)
    with pytest.raises(Forbidden):
        validation.validate_plan(platform, ciso, plan, SIGNED, version + 1)
    with pytest.raises(Refused, match="In the meantime"):
        validation.validate_plan(platform, boss, plan, SIGNED, version)


@both
def test_plans_are_archived_kept_and_never_share_a_name(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    plan = written(platform, hospitals, emergency)
    with pytest.raises(Invalid, match="already exists"):
        plans.start_plan(platform, MACHINE, hospitals.valley, PlanDraft("pcra"))
    plans.archive_plan(platform, MACHINE, plan, open_plan(platform, MACHINE, plan).version)
    plans.start_plan(platform, MACHINE, hospitals.valley, PlanDraft("pcra"))
    found = list_plans(platform, MACHINE, hospitals.valley)
    assert ([one.title for one in found.lines], [one.id for one in found.archived]) == (["pcra"], [plan])
    with pytest.raises(Invalid, match="already exists"):
        plans.revise_plan(platform, MACHINE, plan)


@both
def test_versions_are_compared_part_by_part(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    plan = written(platform, hospitals, emergency)
    validated(platform, hospitals, plan)
    second = plans.revise_plan(platform, MACHINE, plan)
    plans.save_section(platform, MACHINE, second, SectionKey.SCOPE, "Tout l’hôpital.", 1)
    plant_need(
        platform, hospitals.valley, emergency, plant_resource(platform, hospitals.valley, "Téléphonie"), holds=30
    )
    found = compare_plans(platform, MACHINE, second, plan)
    assert (found.before.id, found.after.id) == (plan, second)
    assert {one.name for one in found.changes if one.changed} == {"scope", "resources", "restart"}
    other = plans.start_plan(platform, MACHINE, hospitals.valley, PlanDraft("Autre"))
    with pytest.raises(NotFound):
        compare_plans(platform, MACHINE, plan, other)


@both
def test_a_validated_plan_falls_due(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    plan = written(platform, hospitals, emergency)
    asked = DeadlineFilter(DeadlineKind.PLAN_REVIEW)
    assert list_deadlines(platform, MACHINE, hospitals.valley, asked).page.total == 0
    validated(platform, hospitals, plan)
    (due,) = list_deadlines(platform, MACHINE, hospitals.valley, asked).page.lines
    assert (due.title, due.due_on) == ("Réviser le plan « PCRA »", SIGNED.review_on)
    plans.archive_plan(platform, MACHINE, plan, open_plan(platform, MACHINE, plan).version)
    assert list_deadlines(platform, MACHINE, hospitals.valley, asked).page.total == 0


def test_the_markdown_says_what_the_document_says(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    plan = written(platform, hospitals, emergency)
    text = plan_markdown(platform, MACHINE, plan).content.decode()
    assert text.startswith("# PCRA\n")
    for said in (
        "**Projet, non validé",
        "| Urgences | Vitale |",
        "DPI (Application)",
        "Urgences sur papier",
        "trop tard",
    ):
        assert said in text


def test_what_is_done_to_a_plan_has_its_words_in_the_trail(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    plan = written(platform, hospitals, emergency)
    validation.send_plan(platform, MACHINE, plan, open_plan(platform, MACHINE, plan).version)
    back = open_plan(platform, MACHINE, plan).version
    validation.give_back(platform, MACHINE, plan, "À reprendre.", back)
    validated(platform, hospitals, plan)
    second = plans.revise_plan(platform, MACHINE, plan)
    plans.archive_plan(platform, MACHINE, second, 1)
    plans.archive_plan(platform, MACHINE, plan, open_plan(platform, MACHINE, plan).version)
    with platform.database.read() as session:
        kept = set(session.scalars(select(TrailEvent.action).where(TrailEvent.thing_kind == "plan")))
    assert kept == {name for name in ACTIONS if name.startswith("plan.")}


def test_a_plan_kept_is_the_plan_read(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    plan = written(platform, hospitals, emergency)
    before = plan_markdown(platform, MACHINE, plan).content.decode()
    validated(platform, hospitals, plan)
    with platform.database.read() as session:
        kept = session.get_one(Plan, plan).content
    assert kept is not None
    assert kept["activities"][0]["dmia"] == "4 h"
    after = plan_markdown(platform, MACHINE, plan).content.decode()
    assert before.split("## ", 1)[1] == after.split("## ", 1)[1]
