"""Degraded-mode sheets: drafted at any moment, one in force, versions kept, one name each, two people at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Grant, Level, Place, Role, Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import SheetState
from care.domain.deadlines import DeadlineKind
from care.domain.durations import LONGEST
from care.domain.text_changes import LineChange
from care.services import accounts
from care.services import degraded_modes as modes
from care.services.continuity_graph import graph_of
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.degraded_coverage import coverage
from care.services.degraded_modes import SheetDraft
from care.services.degraded_reading import compare_versions, nodes_to_cover, open_sheet, sheets_of_activity
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.store.continuity import DegradedMode, DegradedModeCover
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.continuity import end_node, plant_activity, plant_resource
from tests.support.people import MACHINE, Hospitals, person
from tests.support.queries import counted

both = pytest.mark.both_databases
TODAY = date(2026, 3, 2)
PAPER = SheetDraft(
    "Urgences sur papier",
    trigger="Quand le **DPI** ne répond plus depuis 10 minutes.",
    steps="1. Prendre le classeur rouge.\n2. Ouvrir une feuille par patient.",
    limits="Pas d’historique.",
    back_to_normal="Saisir les feuilles, la plus récente d’abord.",
    who_to_call="- Astreinte informatique : 15 15",
    holds_minutes=48 * 60,
    capacity_percent=70,
    owner="Mme Roux",
)


@pytest.fixture
def emergency(platform: Platform, hospitals: Hospitals) -> int:
    return plant_activity(platform, hospitals.valley, "Urgences", owner="Mme Roux", owner_account_id=None)


def head_nurse(hospitals: Hospitals, account_id: int = 7) -> Scope:
    return person(Role.ACTIVITY_OWNER, Level.ESTABLISHMENT, hospitals.valley, account_id)


def in_force(platform: Platform, activity_id: int, draft: SheetDraft = PAPER) -> int:
    sheet = modes.start_sheet(platform, MACHINE, activity_id, draft)
    modes.put_into_force(platform, MACHINE, sheet, 1)
    return sheet


@both
def test_a_sheet_goes_from_draft_to_force_to_its_next_version(
    platform: Platform, emergency: int, clock: FixedClock
) -> None:
    first = modes.start_sheet(platform, MACHINE, emergency, SheetDraft("Urgences sur papier"))
    with pytest.raises(Invalid) as refusal:
        modes.put_into_force(platform, MACHINE, first, 1)
    assert set(refusal.value.fields) == {"trigger", "steps"}
    modes.save_draft(platform, MACHINE, first, PAPER, 1)
    modes.put_into_force(platform, MACHINE, first, 2)
    view = open_sheet(platform, MACHINE, first)
    assert (view.line.state, view.line.in_force_on, view.line.holds) == (SheetState.CURRENT, TODAY, "2 j")
    assert view.line.review_on == TODAY + timedelta(days=365)
    clock.forward(days=40)
    second = modes.new_version(platform, MACHINE, first)
    assert modes.new_version(platform, MACHINE, first) == second
    modes.save_draft(platform, MACHINE, second, replace(PAPER, limits="Pas d’historique ni d’imagerie."), 1)
    (line,) = sheets_of_activity(platform, MACHINE, emergency)
    assert (line.id, line.number, line.draft_id) == (first, 1, second)
    modes.put_into_force(platform, MACHINE, second, 2)
    (line,) = sheets_of_activity(platform, MACHINE, emergency)
    assert (line.id, line.number, line.draft_id, line.series) == (second, 2, None, first)
    old = open_sheet(platform, MACHINE, first)
    assert (old.line.state, old.ended_on) == (SheetState.REPLACED, TODAY + timedelta(days=40))
    assert [(one.number, one.state) for one in old.versions] == [(2, SheetState.CURRENT), (1, SheetState.REPLACED)]


@both
def test_a_version_that_is_no_draft_never_changes(platform: Platform, emergency: int) -> None:
    sheet = in_force(platform, emergency)
    with pytest.raises(Refused, match="no longer a draft"):
        modes.save_draft(platform, MACHINE, sheet, replace(PAPER, steps="1. Autre chose."), 2)
    with pytest.raises(Refused, match="no longer a draft"):
        modes.put_into_force(platform, MACHINE, sheet, 2)
    with pytest.raises(Refused, match="no longer a draft"):
        modes.give_up_draft(platform, MACHINE, sheet, 2)
    assert open_sheet(platform, MACHINE, sheet).steps == PAPER.steps


@both
def test_a_draft_given_up_is_kept_and_makes_way_for_another(platform: Platform, emergency: int) -> None:
    sheet = in_force(platform, emergency)
    draft = modes.new_version(platform, MACHINE, sheet)
    modes.give_up_draft(platform, MACHINE, draft, 1)
    view = open_sheet(platform, MACHINE, sheet)
    assert [(one.number, one.given_up) for one in view.versions] == [(2, True), (1, False)]
    assert view.line.state is SheetState.CURRENT
    third = modes.new_version(platform, MACHINE, sheet)
    assert open_sheet(platform, MACHINE, third).line.number == 3


@both
def test_a_sheet_withdrawn_covers_nothing_and_may_come_back(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    record = plant_resource(platform, hospitals.valley, "DPI")
    sheet = in_force(platform, emergency, replace(PAPER, covers=(record,)))
    assert graph_of(platform, MACHINE, hospitals.valley).nodes[0].fallbacks[0].title == PAPER.title
    modes.withdraw_sheet(platform, MACHINE, sheet, 2)
    assert sheets_of_activity(platform, MACHINE, emergency) == ()
    assert graph_of(platform, MACHINE, hospitals.valley).nodes[0].fallbacks == ()
    with platform.database.read() as session:
        assert session.scalars(select(DegradedModeCover)).all() == []
    with pytest.raises(Refused, match="not in force"):
        modes.withdraw_sheet(platform, MACHINE, sheet, 3)
    again = modes.new_version(platform, MACHINE, sheet)
    modes.put_into_force(platform, MACHINE, again, 1)
    assert open_sheet(platform, MACHINE, again).covers[0].name == "DPI"


@both
def test_what_a_draft_covers_waits_for_its_force(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    record, network = (plant_resource(platform, hospitals.valley, name) for name in ("DPI", "Réseau"))
    sheet = in_force(platform, emergency, replace(PAPER, covers=(record,)))
    draft = modes.new_version(platform, MACHINE, sheet)
    modes.save_draft(platform, MACHINE, draft, replace(PAPER, covers=(network, record)), 1)

    def covered() -> set[int]:
        with platform.database.read() as session:
            return set(session.scalars(select(DegradedModeCover.node_id).where(DegradedModeCover.series == sheet)))

    assert covered() == {record}
    modes.put_into_force(platform, MACHINE, draft, 2)
    assert covered() == {record, network}
    end_node(platform, network, TODAY)
    third = modes.new_version(platform, MACHINE, draft)
    assert [one.name for one in open_sheet(platform, MACHINE, third).covers] == ["DPI"]


@both
def test_two_sheets_of_one_activity_never_share_a_name(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    in_force(platform, emergency)
    with pytest.raises(Invalid) as refusal:
        modes.start_sheet(platform, MACHINE, emergency, SheetDraft("URGENCES  sur Papier"))
    assert (
        "« Urgences sur papier » existe déjà pour « Urgences » (en vigueur, version 1)"
        in refusal.value.fields["title"].fr
    )
    other = modes.start_sheet(platform, MACHINE, emergency, SheetDraft("Accueil sur papier"))
    with pytest.raises(Invalid) as refusal:
        modes.save_draft(platform, MACHINE, other, SheetDraft("Urgences sur papiér"), 1)
    assert "title" in refusal.value.fields
    elsewhere = plant_activity(platform, hospitals.valley, "Pédiatrie")
    modes.start_sheet(platform, MACHINE, elsewhere, PAPER)
    modes.give_up_draft(platform, MACHINE, other, 1)
    modes.start_sheet(platform, MACHINE, emergency, SheetDraft("Accueil sur papier"))
    with pytest.raises(Invalid, match="already exists"):
        modes.new_version(platform, MACHINE, other)


@both
def test_two_people_editing_one_draft_lose_nothing(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    sheet = modes.start_sheet(platform, MACHINE, emergency, PAPER)
    other = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    modes.save_draft(platform, other, sheet, replace(PAPER, limits="Pas d’imagerie."), 1)
    with pytest.raises(Refused) as refusal:
        modes.save_draft(platform, MACHINE, sheet, replace(PAPER, owner="M. Paul"), 1)
    assert other.actor in refusal.value.text.fr
    assert "les limites" in refusal.value.text.fr
    assert open_sheet(platform, MACHINE, sheet).limits == "Pas d’imagerie."
    with pytest.raises(Refused):
        modes.put_into_force(platform, MACHINE, sheet, 1)


@both
def test_several_people_begin_a_version_or_a_name_at_once(platform: Platform, emergency: int) -> None:
    sheet = in_force(platform, emergency)
    made: list[int] = []
    refused: list[str] = []

    def begin() -> None:
        made.append(modes.new_version(platform, MACHINE, sheet))

    def name() -> None:
        try:
            modes.start_sheet(platform, MACHINE, emergency, SheetDraft("Même nom"))
        except Invalid as refusal:
            refused.append(refusal.text.fr)

    threads = [threading.Thread(target=one) for one in (begin, begin, name, name, name)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(set(made)), len(refused)) == (2, 1, 2)
    with platform.database.read() as session:
        rows = session.scalars(select(DegradedMode).where(DegradedMode.state == SheetState.DRAFT)).all()
    assert sorted(row.title for row in rows) == ["Même nom", "Urgences sur papier"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"steps": "x" * 10_001}, "steps"),
        ({"holds_minutes": 0}, "holds_minutes"),
        ({"holds_minutes": LONGEST + 1}, "holds_minutes"),
        ({"capacity_percent": 0}, "capacity_percent"),
        ({"capacity_percent": 101}, "capacity_percent"),
        ({"covers": (999_999,)}, "covers"),
        ({"covers": tuple(range(1, 60))}, "covers"),
    ],
)
def test_a_faulty_field_is_named(platform: Platform, emergency: int, change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        modes.start_sheet(platform, MACHINE, emergency, replace(PAPER, **change))  # type: ignore[arg-type]
    assert set(refusal.value.fields) == {field}


def test_limits_themselves_are_accepted(platform: Platform, emergency: int) -> None:
    draft = replace(PAPER, title="x" * 200, steps="é" * 10_000, holds_minutes=LONGEST, capacity_percent=100)
    view = open_sheet(platform, MACHINE, modes.start_sheet(platform, MACHINE, emergency, draft))
    assert (len(view.line.title), len(view.steps), view.line.capacity_percent) == (200, 10_000, 100)


def test_an_activity_does_not_replace_itself_nor_another_hospitals(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    far = plant_resource(platform, hospitals.far, "DPI")
    for covers in ((emergency,), (far,)):
        with pytest.raises(Invalid, match="Choose from the list"):
            modes.start_sheet(platform, MACHINE, emergency, replace(PAPER, covers=covers))
    assert emergency not in {one.id for one in nodes_to_cover(platform, MACHINE, emergency)}


def test_pasted_texts_are_cleaned(platform: Platform, emergency: int) -> None:
    draft = replace(PAPER, title=" Urgences\tsur\u200b papier ", steps="1. Un\r\n2.\tDeux\x07\ufeff\r\n\r\n")
    view = open_sheet(platform, MACHINE, modes.start_sheet(platform, MACHINE, emergency, draft))
    assert view.line.title == "Urgences sur papier"
    assert view.steps == "1. Un\n2.    Deux"


@pytest.mark.parametrize("days", [0, -1, 3 * 365 + 1])
def test_the_next_review_is_to_come_and_not_too_far(platform: Platform, emergency: int, days: int) -> None:
    draft = replace(PAPER, review_on=TODAY + timedelta(days=days))
    sheet = modes.start_sheet(platform, MACHINE, emergency, draft)
    with pytest.raises(Invalid, match="within three years"):
        modes.put_into_force(platform, MACHINE, sheet, 1)


@both
def test_a_sheet_read_again_is_due_in_a_year(platform: Platform, emergency: int, clock: FixedClock) -> None:
    sheet = in_force(platform, emergency)
    clock.forward(days=370)
    assert open_sheet(platform, MACHINE, sheet).line.review_late
    modes.note_review(platform, MACHINE, sheet, 2)
    line = open_sheet(platform, MACHINE, sheet).line
    assert (line.review_late, line.review_on) == (False, TODAY + timedelta(days=370 + 365))
    with pytest.raises(Invalid):
        modes.note_review(platform, MACHINE, sheet, 3, TODAY)


@both
def test_versions_are_compared_line_by_line(platform: Platform, emergency: int) -> None:
    first = in_force(platform, emergency)
    second = modes.new_version(platform, MACHINE, first)
    steps = "1. Prendre le classeur bleu.\n2. Ouvrir une feuille par patient."
    modes.save_draft(platform, MACHINE, second, replace(PAPER, steps=steps, holds_minutes=240), 1)
    found = compare_versions(platform, MACHINE, second, first)
    assert (found.before.line.number, found.after.line.number) == (1, 2)
    changed = {one.name: one.lines for one in found.changes if one.changed}
    assert set(changed) == {"steps", "holds_minutes", "review_on"}
    assert [(line.change, line.text) for line in changed["steps"]] == [
        (LineChange.REMOVED, "1. Prendre le classeur rouge."),
        (LineChange.ADDED, "1. Prendre le classeur bleu."),
        (LineChange.SAME, "2. Ouvrir une feuille par patient."),
    ]
    assert [line.text for line in changed["holds_minutes"]] == ["2 j", "4 h"]
    other = modes.start_sheet(platform, MACHINE, emergency, SheetDraft("Autre"))
    with pytest.raises(NotFound):
        compare_versions(platform, MACHINE, first, other)


@both
def test_a_head_nurse_writes_her_own_activity_only(platform: Platform, hospitals: Hospitals) -> None:
    grant = Grant(Role.ACTIVITY_OWNER, Place(Level.ESTABLISHMENT, hospitals.valley))
    account = accounts.AccountDraft("roux", "Mme Roux", "une phrase de passe solide", (grant,))
    nurse = head_nurse(hospitals, accounts.open_account(platform, MACHINE, account).id)
    hers = plant_activity(platform, hospitals.valley, "Urgences", owner_account_id=nurse.account_id)
    other = plant_activity(platform, hospitals.valley, "Paie")
    sheet = modes.start_sheet(platform, nurse, hers, PAPER)
    modes.put_into_force(platform, nurse, sheet, 1)
    assert open_sheet(platform, nurse, sheet).may_fill
    theirs = modes.start_sheet(platform, MACHINE, other, replace(PAPER, title="Paie du mois dernier"))
    assert not open_sheet(platform, nurse, theirs).may_fill
    for refused in (
        lambda: modes.start_sheet(platform, nurse, other, PAPER),
        lambda: modes.save_draft(platform, nurse, theirs, PAPER, 1),
        lambda: modes.put_into_force(platform, nurse, theirs, 1),
        lambda: modes.give_up_draft(platform, nurse, theirs, 1),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert {one.activity_id: one.may_fill for one in coverage(platform, nurse, hospitals.valley).activities} == {
        hers: True, other: False,
    }  # fmt: skip


@pytest.mark.parametrize("role", [Role.VISITOR, Role.DIRECTION, Role.FACILITATOR])
def test_readers_read_and_strangers_see_nothing(
    platform: Platform, hospitals: Hospitals, emergency: int, role: Role
) -> None:
    sheet = in_force(platform, emergency)
    reader = person(role, Level.ESTABLISHMENT, hospitals.valley, 3)
    assert not open_sheet(platform, reader, sheet).may_fill
    with pytest.raises(Forbidden):
        modes.new_version(platform, reader, sheet)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for refused in (
        lambda: open_sheet(platform, stranger, sheet),
        lambda: sheets_of_activity(platform, stranger, emergency),
        lambda: modes.start_sheet(platform, stranger, emergency, PAPER),
        lambda: modes.withdraw_sheet(platform, stranger, sheet, 2),
        lambda: coverage(platform, stranger, hospitals.valley),
    ):
        with pytest.raises(NotFound):
            refused()


def test_an_activity_that_ended_keeps_its_sheets_as_they_are(platform: Platform, emergency: int) -> None:
    sheet = in_force(platform, emergency)
    end_node(platform, emergency, TODAY)
    view = open_sheet(platform, MACHINE, sheet)
    assert (view.activity_ended_on, view.may_fill) == (TODAY, False)
    with pytest.raises(Refused, match="ended on 2026-03-02"):
        modes.new_version(platform, MACHINE, sheet)


@both
def test_reviews_fall_due(platform: Platform, hospitals: Hospitals, emergency: int, clock: FixedClock) -> None:
    in_force(platform, emergency, replace(PAPER, review_on=TODAY + timedelta(days=100)))
    modes.start_sheet(platform, MACHINE, emergency, SheetDraft("Brouillon", review_on=TODAY + timedelta(days=10)))
    asked = DeadlineFilter(DeadlineKind.SHEET_REVIEW)
    (line,) = list_deadlines(platform, MACHINE, hospitals.valley, asked).page.lines
    assert (line.title, line.due_on, line.owner) == (
        "Relire le mode dégradé « Urgences sur papier »", TODAY + timedelta(days=100), "Mme Roux",
    )  # fmt: skip
    assert list_deadlines(platform, MACHINE, hospitals.hill, asked).page.total == 0
    clock.forward(days=101)
    assert list_deadlines(platform, MACHINE, hospitals.valley, asked).late == 1
    end_node(platform, emergency, TODAY)
    assert list_deadlines(platform, MACHINE, hospitals.valley, asked).page.total == 0


@both
def test_coverage_names_critical_activities_without_a_mode_in_force(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    here = hospitals.valley
    surgery = plant_activity(platform, here, "Bloc", criticality=CareCriticality.VITAL)
    plant_activity(platform, here, "Archives", criticality=CareCriticality.MINOR)
    in_force(platform, emergency)
    modes.start_sheet(platform, MACHINE, surgery, SheetDraft("Bloc sans DPI"))
    found = coverage(platform, MACHINE, here)
    assert [(one.name, one.bare, one.covered) for one in found.activities] == [
        ("Bloc", True, False), ("Urgences", False, True), ("Archives", False, False),
    ]  # fmt: skip
    assert (found.critical, found.bare, found.late_reviews) == (2, 1, 0)


def test_coverage_costs_the_same_for_many_activities(platform: Platform, hospitals: Hospitals) -> None:
    def cost() -> int:
        with counted(platform.database) as statements:
            coverage(platform, MACHINE, hospitals.valley)
        return len(statements)

    for number in range(3):
        in_force(platform, plant_activity(platform, hospitals.valley, f"Service {number}"))
    few = cost()
    for number in range(3, 30):
        in_force(platform, plant_activity(platform, hospitals.valley, f"Service {number}"))
    assert cost() == few <= 8


@both
def test_each_write_leaves_its_event(platform: Platform, emergency: int) -> None:
    sheet = in_force(platform, emergency)
    draft = modes.new_version(platform, MACHINE, sheet)
    modes.save_draft(platform, MACHINE, draft, replace(PAPER, limits=""), 1)
    modes.save_draft(platform, MACHINE, draft, replace(PAPER, limits=""), 2)
    with platform.database.read() as session:
        events = session.scalars(
            select(TrailEvent).where(TrailEvent.thing_kind == "degraded_mode").order_by(TrailEvent.number)
        ).all()
    assert [one.action.partition(".")[2] for one in events] == ["started", "put_in_force", "version_started", "saved"]
    assert events[-1].detail == {"title": PAPER.title, "number": 2, "version": 2, "fields": "limits"}
