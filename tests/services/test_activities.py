"""Activities and resources: names, exact weights, perimeters, owners, ends that keep history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from care.domain.access import Grant, Level, Place, Role, Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import (
    ActivityKind,
    Nature,
    Perimeter,
    PlanState,
    ResourceKind,
    SheetState,
    Strength,
    TestKind,
    TestState,
)
from care.domain.durations import LONGEST
from care.domain.evidence import ThingKind, ThingRef
from care.domain.node_names import name_key
from care.services import accounts
from care.services.activities import (
    ActivityDraft,
    ActivityFilter,
    Asked,
    change_activity,
    create_activity,
    describe_activity,
    list_activities,
    open_activity,
)
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence_things import check_thing, tie_views
from care.services.node_ending import end_node, reopen_node, what_refers
from care.services.node_pages import surroundings
from care.services.node_rows import possible_owners
from care.services.perimeters import Standing, list_perimeters, say_absent, withdraw_absence
from care.services.platform import Platform
from care.services.resources import (
    ResourceDraft,
    ResourceFilter,
    change_resource,
    create_resource,
    list_resources,
    open_resource,
)
from care.store.continuity import (
    Activity,
    Bia,
    ContinuityTest,
    ContinuityTestNode,
    DegradedMode,
    DegradedModeCover,
    Dependency,
    Node,
    Plan,
    PlanActivity,
    Resource,
)
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals, person
from tests.support.queries import counted

both = pytest.mark.both_databases
EMERGENCY = ActivityDraft("Urgences", ActivityKind.CARE, CareCriticality.VITAL, perimeter=Perimeter.CARE)
PAY = ActivityDraft("Paie", ActivityKind.ADMINISTRATIVE, CareCriticality.MODERATE)
RECORD = ResourceDraft("DPI", ResourceKind.APPLICATION, rto_minutes=240, pdma_minutes=0, place="Salle 1")


def nurse(hospitals: Hospitals, account_id: int) -> Scope:
    return replace(person(Role.ACTIVITY_OWNER, Level.ESTABLISHMENT, hospitals.valley), account_id=account_id)


def account(platform: Platform, login: str, role: Role, establishment: int) -> int:
    grant = Grant(role, Place(Level.ESTABLISHMENT, establishment))
    draft = accounts.AccountDraft(login, f"Personne {login}", "une phrase de passe solide", (grant,))
    return accounts.open_account(platform, MACHINE, draft).id


def depend(platform: Platform, establishment: int, dependent: int, needed: int) -> None:
    with platform.database.write() as session:
        session.add(
            Dependency(
                establishment_id=establishment,
                dependent_id=dependent,
                needed_id=needed,
                strength=Strength.ESSENTIAL,
                created_at=platform.clock.now(),
                created_by="tests",
            )
        )


def last_event(platform: Platform) -> TrailEvent:
    with platform.database.read() as session:
        return session.scalars(select(TrailEvent).order_by(TrailEvent.number.desc()).limit(1)).one()


@both
def test_an_activity_is_recorded_read_and_traced(platform: Platform, hospitals: Hospitals) -> None:
    draft = replace(EMERGENCY, description="Accueil.\r\nJour et nuit.", weight="12 500,50", weight_origin="SAE 2025")
    number = create_activity(platform, MACHINE, hospitals.valley, draft)
    known = open_activity(platform, MACHINE, number)
    assert (known.name, known.kind, known.criticality) == ("Urgences", ActivityKind.CARE, CareCriticality.VITAL)
    assert known.description == "Accueil.\nJour et nuit."
    assert known.weight == "12500.50"
    assert known.weight_written == "12\u202f500,5"
    assert known.share is not None
    assert known.share.percent("fr") == "100\u00a0%"
    assert known.version == 1
    event = last_event(platform)
    assert (event.action, event.thing_kind, event.thing_id) == ("activity.created", "activity", str(number))


@both
@pytest.mark.parametrize("name", ["urgences", "URGENCES", "  Urgences ", "Ürgencés"])
def test_two_activities_in_use_never_share_a_name(platform: Platform, hospitals: Hospitals, name: str) -> None:
    create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    with pytest.raises(Invalid, match="Urgences") as refusal:
        create_activity(platform, MACHINE, hospitals.valley, replace(EMERGENCY, name=name))
    assert "« Urgences » existe déjà" in refusal.value.fields["name"].fr
    elsewhere = create_activity(platform, MACHINE, hospitals.hill, replace(EMERGENCY, name=name))
    assert open_activity(platform, MACHINE, elsewhere).establishment_id == hospitals.hill


@both
def test_of_two_people_at_once_the_second_is_told(
    platform: Platform, hospitals: Hospitals, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    other = create_activity(platform, MACHINE, hospitals.valley, replace(EMERGENCY, name="SMUR"))
    ended = create_activity(platform, MACHINE, hospitals.valley, replace(EMERGENCY, name="SAU"))
    end_node(platform, MACHINE, Nature.ACTIVITY, ended, date(2026, 1, 15), 1)
    create_activity(platform, MACHINE, hospitals.valley, replace(EMERGENCY, name="SAU"))
    for module in ("node_writing", "node_ending"):  # as if both had looked before either wrote
        monkeypatch.setattr(
            f"care.services.{module}.check_name", lambda _s, _e, kind, name, but=None: name_key(kind, name)
        )
    with pytest.raises(Invalid, match=r"just created “Urgences”"):
        create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    with pytest.raises(Invalid, match=r"just created “Urgences”"):
        change_activity(platform, MACHINE, other, EMERGENCY, 1)
    with pytest.raises(Refused, match=r"just created “SAU”"):
        reopen_node(platform, MACHINE, Nature.ACTIVITY, ended, 2)
    assert open_activity(platform, MACHINE, other).name == "SMUR"


def test_unbreakable_spaces_of_french_texts_are_kept(platform: Platform, hospitals: Hospitals) -> None:
    name = "Urgences\u00a0: accueil «\u202fadultes\u202f»"
    number = create_activity(platform, MACHINE, hospitals.valley, replace(PAY, name=name))
    assert open_activity(platform, MACHINE, number).name == name


def test_another_kind_may_have_the_same_name(platform: Platform, hospitals: Hospitals) -> None:
    create_activity(platform, MACHINE, hospitals.valley, replace(EMERGENCY, name="Imagerie"))
    other = replace(EMERGENCY, name="Imagerie", kind=ActivityKind.TECHNICAL)
    create_activity(platform, MACHINE, hospitals.valley, other)
    create_resource(platform, MACHINE, hospitals.valley, replace(RECORD, name="Imagerie"))
    assert list_activities(platform, MACHINE, hospitals.valley).page.total == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "Urgences\nadultes"}, "name"),
        ({"name": "Urgences\u202e"}, "name"),
        ({"description": "x" * 10_001}, "description"),
        ({"description": "a\x00b"}, "description"),
        ({"weight": "12"}, "weight_origin"),
        ({"weight": "-1", "weight_origin": "SAE"}, "weight"),
        ({"weight": "douze", "weight_origin": "SAE"}, "weight"),
        ({"weight": "1e3", "weight_origin": "SAE"}, "weight"),
        ({"weight": "٣", "weight_origin": "SAE"}, "weight"),
        ({"owner_account_id": 999_999}, "owner_account"),
    ],
)
def test_what_cannot_be_kept_is_said_on_its_field(
    platform: Platform, hospitals: Hospitals, changed: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        create_activity(platform, MACHINE, hospitals.valley, replace(EMERGENCY, **changed))  # type: ignore[arg-type]
    assert set(refusal.value.fields) == {field}
    assert list_activities(platform, MACHINE, hospitals.valley).page.total == 0


def test_parts_are_exact_and_say_when_they_are_cut(platform: Platform, hospitals: Hospitals) -> None:
    for name, weight in (("A", "1"), ("B", "1"), ("C", "1,0"), ("D", "")):
        draft = replace(PAY, name=name, weight=weight, weight_origin="SAE 2025" if weight else "")
        create_activity(platform, MACHINE, hospitals.valley, draft)
    found = list_activities(platform, MACHINE, hospitals.valley)
    shares = {line.name: line.share and (line.share.percent("fr"), line.share.fraction) for line in found.page.lines}
    assert shares == {
        "A": ("33,33…\u00a0%", "1/3"),
        "B": ("33,33…\u00a0%", "1/3"),
        "C": ("33,33…\u00a0%", "1/3"),
        "D": None,
    }
    assert (found.weights.total, found.weights.weighed, found.weights.unweighed) == (3, 3, 1)
    assert found.weights.fault is None


def test_weights_that_sum_to_nothing_are_said(platform: Platform, hospitals: Hospitals) -> None:
    assert list_activities(platform, MACHINE, hospitals.valley).weights.fault is not None
    create_activity(platform, MACHINE, hospitals.valley, replace(PAY, weight="0", weight_origin="SAE 2025"))
    found = list_activities(platform, MACHINE, hospitals.valley)
    assert found.page.lines[0].share is None
    assert found.weights.fault is not None
    assert "zéro" in found.weights.fault.fr


@both
def test_a_stale_edit_is_refused_with_who_changed_what(platform: Platform, hospitals: Hospitals) -> None:
    number = create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    other = replace(MACHINE, actor="léa")
    change_activity(platform, other, number, replace(EMERGENCY, owner="Dr Roux", name="Urgences adultes"), 1)
    with pytest.raises(Refused) as refusal:
        change_activity(platform, MACHINE, number, replace(EMERGENCY, criticality=CareCriticality.MAJOR), 1)
    assert "léa a modifié le nom, le responsable" in refusal.value.text.fr
    assert "léa changed the name, the owner" in refusal.value.text.en
    assert open_activity(platform, MACHINE, number).name == "Urgences adultes"
    change_activity(platform, MACHINE, number, replace(EMERGENCY, owner="Dr Roux", name="Urgences adultes"), 2)
    assert open_activity(platform, MACHINE, number).version == 2  # nothing changed


@both
def test_a_renamed_activity_frees_its_name(platform: Platform, hospitals: Hospitals) -> None:
    number = create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    second = create_activity(platform, MACHINE, hospitals.valley, replace(EMERGENCY, name="SMUR"))
    with pytest.raises(Invalid, match="Urgences"):
        change_activity(platform, MACHINE, second, EMERGENCY, 1)
    change_activity(platform, MACHINE, number, replace(EMERGENCY, name="SAU"), 1)
    change_activity(platform, MACHINE, second, EMERGENCY, 1)
    assert open_activity(platform, MACHINE, second).name == "Urgences"


def test_a_stranger_sees_nothing_and_a_reader_changes_nothing(platform: Platform, hospitals: Hospitals) -> None:
    number = create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    record = create_resource(platform, MACHINE, hospitals.valley, RECORD)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    for refused in (
        lambda: open_activity(platform, stranger, number),
        lambda: open_resource(platform, stranger, record),
        lambda: list_activities(platform, stranger, hospitals.valley),
        lambda: list_resources(platform, stranger, hospitals.valley),
        lambda: create_activity(platform, stranger, hospitals.valley, PAY),
        lambda: change_activity(platform, stranger, number, PAY, 1),
        lambda: surroundings(platform, stranger, number),
        lambda: end_node(platform, stranger, Nature.ACTIVITY, number, date(2026, 3, 1), 1),
        lambda: open_activity(platform, MACHINE, record),  # a resource is no activity
        lambda: list_perimeters(platform, stranger, hospitals.valley),
    ):
        with pytest.raises(NotFound):
            refused()
    for refused in (
        lambda: create_activity(platform, visitor, hospitals.valley, PAY),
        lambda: create_resource(platform, visitor, hospitals.valley, RECORD),
        lambda: change_activity(platform, visitor, number, PAY, 1),
        lambda: change_resource(platform, visitor, record, RECORD, 1),
        lambda: describe_activity(platform, visitor, number, "", "", 1),
        lambda: end_node(platform, visitor, Nature.RESOURCE, record, date(2026, 3, 1), 1),
        lambda: reopen_node(platform, visitor, Nature.RESOURCE, record, 1),
        lambda: say_absent(platform, visitor, hospitals.valley, Perimeter.TECHNICAL, "Aucun"),
        lambda: possible_owners(platform, visitor, hospitals.valley),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert open_activity(platform, visitor, number).may_manage is False


@both
def test_an_owner_describes_her_own_activity_only(platform: Platform, hospitals: Hospitals) -> None:
    mine = account(platform, "cadre", Role.ACTIVITY_OWNER, hospitals.valley)
    account(platform, "visiteur", Role.VISITOR, hospitals.valley)
    account(platform, "ailleurs", Role.ACTIVITY_OWNER, hospitals.far)
    assert [one.account_id for one in possible_owners(platform, MACHINE, hospitals.valley)] == [mine]
    owned = create_activity(platform, MACHINE, hospitals.valley, replace(EMERGENCY, owner_account_id=mine))
    other = create_activity(platform, MACHINE, hospitals.valley, PAY)
    her = nurse(hospitals, mine)
    seen = open_activity(platform, her, owned)
    assert (seen.owner, seen.mine, seen.may_describe, seen.may_manage) == ("Personne cadre", True, True, False)
    describe_activity(platform, her, owned, "Accueil des urgences.", "Mme Petit", 1)
    assert open_activity(platform, her, owned).correspondent == "Mme Petit"
    with pytest.raises(Refused, match=r"^In the meantime, activity_owner"):
        describe_activity(platform, her, owned, "Autre", "", 1)
    with pytest.raises(Forbidden):
        change_activity(platform, her, owned, EMERGENCY, 2)
    with pytest.raises(Forbidden):
        describe_activity(platform, her, other, "Autre", "", 1)
    assert list_activities(platform, her, hospitals.valley).page.total == 2
    assert list_activities(platform, her, hospitals.valley, ActivityFilter(mine=True)).page.total == 1


def test_lists_are_filtered_and_paged_with_few_queries(platform: Platform, hospitals: Hospitals) -> None:
    create_activity(platform, MACHINE, hospitals.valley, replace(EMERGENCY, owner="Dr Roux"))
    create_activity(platform, MACHINE, hospitals.valley, replace(PAY, name="Cuisine d’été", kind=ActivityKind.SUPPORT))
    for number in range(5):
        create_activity(platform, MACHINE, hospitals.valley, replace(PAY, name=f"Bureau {number}"))

    def names(**wanted: object) -> list[str]:
        asked = ActivityFilter(**wanted)  # type: ignore[arg-type]
        return [line.name for line in list_activities(platform, MACHINE, hospitals.valley, asked).page.lines]

    assert names()[0] == "Urgences"  # the most critical first
    assert names(words="cuisine d'ete") == ["Cuisine d’été"]
    assert names(words="roux") == ["Urgences"]
    assert names(owner="Dr Roux") == ["Urgences"]
    assert names(kinds=(ActivityKind.SUPPORT,)) == ["Cuisine d’été"]
    assert names(criticalities=(CareCriticality.VITAL,)) == ["Urgences"]
    assert names(perimeters=(Perimeter.CARE,)) == ["Urgences"]
    assert names(words="50%") == []
    second = list_activities(platform, MACHINE, hospitals.valley, ActivityFilter(number=2, per_page=3))
    assert (len(second.page.lines), second.page.total, second.page.last) == (3, 7, 3)
    with counted(platform.database) as statements:
        list_activities(platform, MACHINE, hospitals.valley)
    assert len(statements) <= 8


@both
def test_a_resource_is_recorded_and_changed(platform: Platform, hospitals: Hospitals) -> None:
    number = create_resource(platform, MACHINE, hospitals.valley, RECORD)
    known = open_resource(platform, MACHINE, number)
    assert known.durations["rto_minutes"] == "4 h"
    assert known.durations["pdma_minutes"] == "0 min"
    assert known.durations["dmard_minutes"] == ""
    change_resource(platform, MACHINE, number, replace(RECORD, rto_minutes=None, cut="Couper le bastion"), 1)
    with pytest.raises(Refused, match=r"the recovery time, the way to cut it"):
        change_resource(platform, MACHINE, number, RECORD, 1)
    assert open_resource(platform, MACHINE, number).cut == "Couper le bastion"
    found = list_resources(platform, MACHINE, hospitals.valley, ResourceFilter(kinds=(ResourceKind.APPLICATION,)))
    assert [line.name for line in found.page.lines] == ["DPI"]
    assert list_resources(platform, MACHINE, hospitals.hill).page.total == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"rto_minutes": LONGEST + 1}, "rto_minutes"),
        ({"rto_minutes": -1}, "rto_minutes"),
        ({"backup_every_minutes": 0}, "backup_every_minutes"),
        ({"target_id": 999_999}, "target_id"),
        ({"cut": "x" * 501}, "cut"),
    ],
)
def test_what_a_resource_cannot_be_is_said(
    platform: Platform, hospitals: Hospitals, changed: dict[str, int], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        create_resource(platform, MACHINE, hospitals.valley, replace(RECORD, **changed))  # type: ignore[arg-type]
    assert set(refusal.value.fields) == {field}


@both
def test_perimeters_are_carried_absent_or_missing(platform: Platform, hospitals: Hospitals) -> None:
    def standings() -> list[Standing]:
        return [one.standing for one in list_perimeters(platform, MACHINE, hospitals.valley)]

    assert standings() == [Standing.MISSING] * 3
    say_absent(platform, MACHINE, hospitals.valley, Perimeter.CARE, " EHPAD  sans service de soins ")
    said = list_perimeters(platform, MACHINE, hospitals.valley)[0]
    assert (said.standing, said.reason, said.said_by) == (Standing.ABSENT, "EHPAD sans service de soins", "tests")
    with pytest.raises(Invalid):
        say_absent(platform, MACHINE, hospitals.valley, Perimeter.TECHNICAL, "  ")
    number = create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)  # the word falls by itself
    assert last_event(platform).detail["absence_withdrawn"] == "care"
    assert standings() == [Standing.CARRIED, Standing.MISSING, Standing.MISSING]
    with pytest.raises(Refused, match="Urgences"):
        say_absent(platform, MACHINE, hospitals.valley, Perimeter.CARE, "Aucun")
    assert what_refers(platform, MACHINE, Nature.ACTIVITY, number).perimeter
    change_activity(platform, MACHINE, number, replace(EMERGENCY, perimeter=None), 1)
    assert standings() == [Standing.MISSING] * 3
    say_absent(platform, MACHINE, hospitals.valley, Perimeter.CARE, "Aucun")
    withdraw_absence(platform, MACHINE, hospitals.valley, Perimeter.CARE)
    with pytest.raises(NotFound):
        withdraw_absence(platform, MACHINE, hospitals.valley, Perimeter.CARE)


def plant_references(platform: Platform, hospitals: Hospitals, activity: int, record: int) -> None:
    """A plan in two versions, a planned test, a BIA in force and a sheet that stands in for the record."""
    now = platform.clock.now()
    common = {"created_at": now, "created_by": "tests", "changed_at": now, "changed_by": "tests"}
    with platform.database.write() as session:
        plans = [
            Plan(
                establishment_id=hospitals.valley,
                series=1,
                number=number,
                state=state,
                title="PCRA",
                sections={},
                **common,
            )
            for number, state in ((1, PlanState.ARCHIVED), (2, PlanState.VALIDATED))
        ]
        trial = ContinuityTest(
            establishment_id=hospitals.valley,
            kind=TestKind.TABLE_TOP,
            state=TestState.PLANNED,
            title="Sur table",
            planned_on=date(2026, 6, 1),
            **common,
        )
        session.add_all([*plans, trial])
        session.flush()
        session.add_all(PlanActivity(plan_id=plan.id, activity_id=activity) for plan in plans)
        session.add(ContinuityTestNode(test_id=trial.id, node_id=activity, name="Urgences"))
        session.add(
            Bia(
                activity_id=activity,
                number=1,
                state=SheetState.CURRENT,
                scale={},
                impacts={},
                dmia_minutes=30,
                **common,
            )
        )
        mode = DegradedMode(
            activity_id=activity,
            series=1,
            number=1,
            state=SheetState.CURRENT,
            title="Papier",
            holds_minutes=480,
            **common,
        )
        session.add_all([mode, DegradedModeCover(series=1, node_id=record)])


@both
def test_an_end_is_never_refused_says_what_refers_and_keeps_history(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    activity = create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    other = create_activity(platform, MACHINE, hospitals.valley, PAY)
    record = create_resource(platform, MACHINE, hospitals.valley, RECORD)
    depend(platform, hospitals.valley, activity, record)
    depend(platform, hospitals.valley, other, activity)
    plant_references(platform, hospitals, activity, record)
    today = clock.now().date()
    with pytest.raises(Invalid):
        end_node(platform, MACHINE, Nature.ACTIVITY, activity, today + timedelta(days=2), 1)
    with pytest.raises(Invalid):
        end_node(platform, MACHINE, Nature.ACTIVITY, activity, None, 1)
    found = end_node(platform, MACHINE, Nature.ACTIVITY, activity, today, 1)
    assert [one.name for one in found.needed_by] == ["Paie"]
    assert (found.needs, found.sheets) == (1, 0)
    assert [(one.number, one.state) for one in found.plans] == [(2, PlanState.VALIDATED)]
    assert [one.title for one in found.tests] == ["Sur table"]
    with pytest.raises(Refused, match=r"already ended"):
        end_node(platform, MACHINE, Nature.ACTIVITY, activity, today, 2)
    known = open_activity(platform, MACHINE, activity)
    assert known.ended_on == today
    around = surroundings(platform, MACHINE, activity)
    assert [one.node.name for one in around.needs] == ["DPI"]
    assert around.objectives is not None
    assert around.objectives.dmia == "30 min"
    assert list_activities(platform, MACHINE, hospitals.valley).page.total == 1
    ended = list_activities(platform, MACHINE, hospitals.valley, ActivityFilter(asked=Asked.ENDED)).page.lines
    assert [line.name for line in ended] == ["Urgences"]
    assert list_activities(platform, MACHINE, hospitals.valley, ActivityFilter(asked=Asked.ALL)).page.total == 2
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Dependency)) == 2
    refers = what_refers(platform, MACHINE, Nature.RESOURCE, record)
    assert (refers.needed_by, refers.sheets) == ((), 1)


@both
def test_a_name_serves_again_after_an_end_and_blocks_the_way_back(platform: Platform, hospitals: Hospitals) -> None:
    first = create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    end_node(platform, MACHINE, Nature.ACTIVITY, first, date(2026, 1, 15), 1)
    second = create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    with pytest.raises(Refused, match="Urgences"):
        reopen_node(platform, MACHINE, Nature.ACTIVITY, first, 2)
    end_node(platform, MACHINE, Nature.ACTIVITY, second, date(2026, 2, 1), 1)
    reopen_node(platform, MACHINE, Nature.ACTIVITY, first, 2)
    assert open_activity(platform, MACHINE, first).ended_on is None
    with platform.database.read() as session:
        keys = session.scalars(select(Node.name_key).order_by(Node.id)).all()
    assert keys == ["care:urgences", f"care:urgences  #{second}"]
    change_activity(platform, MACHINE, second, replace(EMERGENCY, description="Fermé."), 2)  # its name stays its own
    assert open_activity(platform, MACHINE, second).description == "Fermé."


def test_an_activity_may_be_proved(platform: Platform, hospitals: Hospitals) -> None:
    number = create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    end_node(platform, MACHINE, Nature.ACTIVITY, number, date(2026, 1, 15), 1)
    ref = ThingRef(ThingKind.ACTIVITY, str(number))
    with platform.database.read() as session:
        check_thing(session, hospitals.valley, ref)
        with pytest.raises(Invalid):
            check_thing(session, hospitals.hill, ref)
        place = session.get_one(Establishment, hospitals.valley)
        assert [one.title for one in tie_views(session, MACHINE, place, [ref])] == ["Urgences"]


def test_the_row_kinds_match_their_tables(platform: Platform, hospitals: Hospitals) -> None:
    create_activity(platform, MACHINE, hospitals.valley, EMERGENCY)
    create_resource(platform, MACHINE, hospitals.valley, RECORD)
    with platform.database.read() as session:
        assert [type(row) for row in session.scalars(select(Node).order_by(Node.id))] == [Activity, Resource]
