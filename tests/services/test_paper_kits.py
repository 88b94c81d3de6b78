"""Paper kits: declared, checked for ever on record, incomplete said where it matters, retired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role
from care.domain.deadlines import DeadlineKind
from care.domain.durations import LONGEST
from care.domain.paper_kits import MOST_DAYS, KitState
from care.services import paper_kits as kits
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.degraded_coverage import coverage
from care.services.degraded_modes import SheetDraft, start_sheet
from care.services.degraded_reading import open_sheet
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.paper_kits import CheckDraft, KitDraft
from care.services.platform import Platform
from care.store.continuity import PaperKitCheck
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.continuity import end_node, plant_activity
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
TODAY = date(2026, 3, 2)
BINDER = KitDraft("Classeur rouge", "Poste de soins, armoire 2", "Mme Roux", 30, "- 50 feuilles", 48 * 60)
KIT_CHECKS = DeadlineFilter(DeadlineKind.KIT_CHECK)


@pytest.fixture
def emergency(platform: Platform, hospitals: Hospitals) -> int:
    return plant_activity(platform, hospitals.valley, "Urgences")


@pytest.fixture
def binder(platform: Platform, emergency: int) -> int:
    return kits.add_kit(platform, MACHINE, emergency, BINDER)


def state(platform: Platform, kit_id: int) -> KitState:
    return kits.open_kit(platform, MACHINE, kit_id).line.state


@both
def test_a_kit_is_checked_and_comes_due_again(
    platform: Platform, hospitals: Hospitals, binder: int, clock: FixedClock
) -> None:
    assert state(platform, binder) is KitState.NEVER
    kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=True, checked_by="Léa"))
    (line,) = kits.list_kits(platform, MACHINE, hospitals.valley)
    assert line.last is not None
    assert (line.state, line.last.checked_on, line.last.checked_by, line.due_on, line.autonomy) == (
        KitState.READY, TODAY, "Léa", TODAY + timedelta(days=30), "2 j",
    )  # fmt: skip
    (due,) = list_deadlines(platform, MACHINE, hospitals.valley, KIT_CHECKS).page.lines
    assert (due.title, due.due_on, due.owner) == (
        "Vérifier le kit papier « Classeur rouge » (Poste de soins, armoire 2)", TODAY + timedelta(days=30), "Mme Roux",
    )  # fmt: skip
    clock.forward(days=31)
    assert state(platform, binder) is KitState.OVERDUE
    assert coverage(platform, MACHINE, hospitals.valley).late_kits == 1


@both
def test_an_incomplete_kit_says_so_on_the_sheet_until_somebody_completes_it(
    platform: Platform, hospitals: Hospitals, emergency: int, binder: int, clock: FixedClock
) -> None:
    kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=False, note="Plus de stylos."))
    sheet = start_sheet(platform, MACHINE, emergency, SheetDraft("Urgences sur papier"))
    (kit,) = open_sheet(platform, MACHINE, sheet).troubled_kits
    assert (kit.state, kit.missing, kit.due_on) == (KitState.INCOMPLETE, "Plus de stylos.", TODAY)
    (due,) = list_deadlines(platform, MACHINE, hospitals.valley, KIT_CHECKS).page.lines
    assert due.title.startswith("Compléter le kit papier")
    clock.forward(days=1)
    kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=True))
    assert open_sheet(platform, MACHINE, sheet).troubled_kits == ()
    assert [one.complete for one in kits.open_kit(platform, MACHINE, binder).checks] == [True, False]


@both
def test_an_older_check_recorded_late_does_not_hide_the_latest(platform: Platform, binder: int) -> None:
    kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=True))
    old = CheckDraft(complete=False, checked_on=TODAY - timedelta(days=60), note="Vide.")
    kits.check_kit(platform, MACHINE, binder, old)
    view = kits.open_kit(platform, MACHINE, binder)
    assert (view.line.state, len(view.checks)) == (KitState.READY, 2)
    assert view.line.last == view.checks[0]


@both
def test_a_check_is_never_to_come_and_says_what_is_missing(platform: Platform, binder: int) -> None:
    with pytest.raises(Invalid) as refusal:
        kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=False, checked_on=TODAY + timedelta(days=1)))
    assert set(refusal.value.fields) == {"checked_on", "note"}
    with pytest.raises(Invalid) as refusal:
        kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=True, note="x" * 501))
    assert set(refusal.value.fields) == {"note"}
    assert kits.open_kit(platform, MACHINE, binder).checks == ()


@both
def test_a_button_touched_twice_records_one_check(platform: Platform, binder: int) -> None:
    for _ in range(2):
        kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=True))
    with platform.database.read() as session:
        assert len(session.scalars(select(PaperKitCheck)).all()) == 1
        assert len(session.scalars(select(TrailEvent).where(TrailEvent.action == "paper_kit.checked")).all()) == 1
    kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=True, checked_by="Léa"))
    assert len(kits.open_kit(platform, MACHINE, binder).checks) == 2


@both
def test_two_people_changing_one_kit_lose_nothing(platform: Platform, hospitals: Hospitals, binder: int) -> None:
    other = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    kits.change_kit(platform, other, binder, replace(BINDER, place="Salle de pause"), 1)
    with pytest.raises(Refused) as refusal:
        kits.change_kit(platform, MACHINE, binder, replace(BINDER, owner="M. Paul"), 1)
    assert other.actor in refusal.value.text.fr
    assert "le lieu" in refusal.value.text.fr
    kits.change_kit(platform, MACHINE, binder, replace(BINDER, place="Salle de pause", owner="M. Paul"), 2)
    line = kits.open_kit(platform, MACHINE, binder).line
    assert (line.place, line.owner) == ("Salle de pause", "M. Paul")


@both
def test_a_retired_kit_keeps_its_history_and_frees_its_name(
    platform: Platform, hospitals: Hospitals, emergency: int, binder: int
) -> None:
    kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=True))
    with pytest.raises(Invalid, match="already exists for “Urgences”"):
        kits.add_kit(platform, MACHINE, emergency, replace(BINDER, name="classeur  ROUGE"))
    kits.retire_kit(platform, MACHINE, binder, 1)
    assert kits.list_kits(platform, MACHINE, hospitals.valley) == ()
    (line,) = kits.kits_of_activity(platform, MACHINE, emergency)
    assert (line.state, line.retired_on) == (KitState.RETIRED, TODAY)
    refused: list[Callable[[], None]] = [
        lambda: kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=True)),
        lambda: kits.change_kit(platform, MACHINE, binder, BINDER, 2),
        lambda: kits.retire_kit(platform, MACHINE, binder, 2),
    ]
    for one in refused:
        with pytest.raises(Refused, match="retired on 2026-03-02"):
            one()
    kits.add_kit(platform, MACHINE, emergency, BINDER)
    assert list_deadlines(platform, MACHINE, hospitals.valley, KIT_CHECKS).page.total == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"place": ""}, "place"),
        ({"owner": ""}, "owner"),
        ({"contents": "x" * 10_001}, "contents"),
        ({"check_every_days": 0}, "check_every_days"),
        ({"check_every_days": MOST_DAYS + 1}, "check_every_days"),
        ({"autonomy_minutes": 0}, "autonomy_minutes"),
        ({"autonomy_minutes": LONGEST + 1}, "autonomy_minutes"),
    ],
)
def test_a_faulty_field_is_named(platform: Platform, emergency: int, change: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        kits.add_kit(platform, MACHINE, emergency, replace(BINDER, **change))  # type: ignore[arg-type]
    assert set(refusal.value.fields) == {field}


@both
def test_who_may_check(platform: Platform, hospitals: Hospitals, emergency: int, binder: int) -> None:
    reader = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    assert not kits.open_kit(platform, reader, binder).may_fill
    with pytest.raises(Forbidden):
        kits.check_kit(platform, reader, binder, CheckDraft(complete=True))
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for refused in (
        lambda: kits.open_kit(platform, stranger, binder),
        lambda: kits.check_kit(platform, stranger, binder, CheckDraft(complete=True)),
        lambda: kits.add_kit(platform, stranger, emergency, BINDER),
        lambda: kits.list_kits(platform, stranger, hospitals.valley),
    ):
        with pytest.raises(NotFound):
            refused()


def test_the_kits_of_an_activity_that_ended_ask_for_nothing(
    platform: Platform, hospitals: Hospitals, emergency: int, binder: int
) -> None:
    end_node(platform, emergency, TODAY)
    assert kits.list_kits(platform, MACHINE, hospitals.valley) == ()
    assert list_deadlines(platform, MACHINE, hospitals.valley, KIT_CHECKS).page.total == 0
    assert kits.open_kit(platform, MACHINE, binder).line.name == BINDER.name
    with pytest.raises(Refused):
        kits.check_kit(platform, MACHINE, binder, CheckDraft(complete=True))
