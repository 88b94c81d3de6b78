"""Governance: who carries security, the budget on exact fractions, committees, the PSSI; who sees and who writes."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.domain.actions import ActionSource
from care.domain.evidence import ThingKind
from care.domain.frameworks import Confidence
from care.domain.governance import hundredths, last_months, month_of, share_of, summed, written_fte
from care.domain.judging import RequirementStatus
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.governance import deadlines as governance_deadlines
from care.services.governance.budget_writing import BudgetDraft, euros_of, set_budget
from care.services.governance.budgets import read_budget
from care.services.governance.committee_writing import MeetingDraft, act_on_decision, add_meeting, change_meeting
from care.services.governance.committees import Sitting, read_committees, read_meeting, sitting_of
from care.services.governance.policy import read_policy
from care.services.governance.role_writing import RoleDraft, TargetDraft, add_role, change_role, set_target
from care.services.governance.roles import FunctionView, read_role, read_staffing
from care.services.governance.tiles import read_overview
from care.services.governance.workbook import governance_xlsx
from care.services.platform import Platform
from care.store.actions import Action
from care.store.frameworks import AssessmentMark
from care.store.trail import TrailEvent
from tests.support.people import MACHINE, Hospitals, person
from tests.web.governance import plant_governance

both = pytest.mark.both_databases
YEAR = 2025


def site(number: int) -> Place:
    return Place(Level.ESTABLISHMENT, number)


def group(hospitals: Hospitals) -> Place:
    return Place(Level.GHT, hospitals.ght)


def ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


def function(platform: Platform, place: Place, name: str, scope: Scope = MACHINE) -> FunctionView:
    return next(one for one in read_staffing(platform, scope, place).functions if one.id == name)


# Pure parts


@pytest.mark.parametrize(("words", "count"), [("1", 100), ("0,5", 50), ("1.25", 125), (" 0,05 ", 5), ("100", 10_000)])
def test_working_time_is_read_in_hundredths(words: str, count: int) -> None:
    assert hundredths(words) == count


@pytest.mark.parametrize("words", ["", "-1", "1,234", "101", "un", "1e2", "٣"])
def test_what_is_no_working_time(words: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        hundredths(words)


def test_working_time_is_written_as_typed() -> None:
    assert [written_fte(one, "fr") for one in (100, 50, 125, 5, 0)] == ["1", "0,5", "1,25", "0,05", "0"]
    assert written_fte(125, "en") == "1.25"


@pytest.mark.parametrize("words", ["2026-03", "03/2026", "mars 2026", "March 2026", "15/03/2026", "2026-03-01"])
def test_a_month_is_read_in_many_ways(words: str) -> None:
    assert month_of(words) == date(2026, 3, 1)


@pytest.mark.parametrize("words", ["", "2026", "2026-13", "mars", "13/2026", "0/2026", "mars 26"])
def test_what_is_no_month(words: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        month_of(words)


def test_months_cross_years() -> None:
    assert last_months(date(2026, 2, 17), 4) == (
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    )


def test_unknown_is_never_zero() -> None:
    assert share_of(None, 10) is None
    assert share_of(1, None) is None
    assert share_of(0, 0) is None
    assert share_of(0, 10) == 0
    assert summed([("a", 1), ("b", None)]).value is None
    assert summed([("a", 1), ("b", None)]).missing == ("b",)
    assert summed([]).value is None


# Functions and staffing


@both
def test_a_function_is_named_shared_and_ended(platform: Platform, hospitals: Hospitals) -> None:
    valley, hill = site(hospitals.valley), site(hospitals.hill)
    assert function(platform, valley, "rssi").unserved == ("Hôpital de la Vallée",)
    number = add_role(platform, MACHINE, valley, RoleDraft("rssi", "Claire Moreau", "0,5"))
    assert function(platform, valley, "rssi").unserved == ()
    assert function(platform, hill, "rssi").unserved == ("Hôpital de la Colline",)
    assert function(platform, group(hospitals), "rssi").unserved == ("Hôpital de la Colline",)
    change_role(platform, MACHINE, valley, number, RoleDraft("rssi", "Claire Moreau", "0,5", shared=True), 1)
    served = function(platform, hill, "rssi")
    assert served.unserved == ()
    assert [(one.name, one.where, one.below) for one in served.lent] == [
        ("Claire Moreau", "Hôpital de la Vallée", False)
    ]
    assert served.total == ""
    assert function(platform, site(hospitals.far), "rssi").lent == ()
    over = platform.clock.now().date()
    ended = RoleDraft("rssi", "Claire Moreau", "0,5", shared=True, ended_on=over)
    change_role(platform, MACHINE, valley, number, ended, 2)
    assert function(platform, hill, "rssi").unserved == ("Hôpital de la Colline",)
    assert [one.name for one in read_staffing(platform, MACHINE, valley).gone] == ["Claire Moreau"]


def test_an_empty_post_and_somebody_to_come_serve_nobody(platform: Platform, hospitals: Hospitals) -> None:
    valley, tomorrow = site(hospitals.valley), platform.clock.now().date() + timedelta(days=2)
    add_role(platform, MACHINE, valley, RoleDraft("rssi"))
    add_role(platform, MACHINE, valley, RoleDraft("rssi", "Demain", appointed_on=tomorrow))
    found = function(platform, valley, "rssi")
    assert found.vacant
    assert [one.serving for one in found.here] == [False, False]
    assert found.id in {one.id for one in read_staffing(platform, MACHINE, valley).vacancies}


@both
def test_the_gap_is_computed_over_the_group(platform: Platform, hospitals: Hospitals) -> None:
    where = group(hospitals)
    add_role(platform, MACHINE, site(hospitals.valley), RoleDraft("rssi", "A", "0,5"))
    add_role(platform, MACHINE, where, RoleDraft("rssi", "B", "0,8", shared=True))
    assert function(platform, where, "rssi").target is None
    set_target(platform, MACHINE, where, "rssi", TargetDraft("2", "Comité du 3 mars", Confidence.OURS), 0)
    found = function(platform, where, "rssi")
    assert (found.total, found.gap, found.reached, found.partial) == ("1,3", "0,7", False, False)
    add_role(platform, MACHINE, site(hospitals.hill), RoleDraft("rssi", "C"))
    found = function(platform, where, "rssi")
    assert (found.total, found.gap, found.reached, found.partial) == ("1,3", "", False, True)
    set_target(platform, MACHINE, where, "rssi", TargetDraft("", "", Confidence.OURS), 1)
    taken = function(platform, where, "rssi").target
    assert taken is not None
    assert taken.fte == ""


def test_no_shipped_function_carries_a_number(platform: Platform, hospitals: Hospitals) -> None:
    assert all(one.target is None for one in read_staffing(platform, MACHINE, site(hospitals.valley)).functions)


def test_a_target_without_source_is_refused(platform: Platform, hospitals: Hospitals) -> None:
    with pytest.raises(Invalid) as refusal:
        set_target(platform, MACHINE, group(hospitals), "rssi", TargetDraft("1", " ", Confidence.OURS), 0)
    assert set(refusal.value.fields) == {"source"}
    with pytest.raises(NotFound):
        set_target(platform, MACHINE, group(hospitals), "barber", TargetDraft("1", "x", Confidence.OURS), 0)


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (RoleDraft("barber", "X"), {"function"}),
        (RoleDraft("rssi", "X" * 201), {"name"}),
        (RoleDraft("rssi", "X", "-1"), {"fte"}),
        (RoleDraft("rssi", "", appointed_on=date(2026, 1, 1)), {"name"}),
        (RoleDraft("rssi", "X", appointed_on=date(2026, 1, 2), ended_on=date(2026, 1, 1)), {"ended_on"}),
    ],
)
def test_what_is_no_role(platform: Platform, hospitals: Hospitals, draft: RoleDraft, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        add_role(platform, MACHINE, site(hospitals.valley), draft)
    assert set(refusal.value.fields) == fields


@both
def test_two_people_edit_one_role(platform: Platform, hospitals: Hospitals) -> None:
    valley = site(hospitals.valley)
    number = add_role(platform, MACHINE, valley, RoleDraft("dpo", "A"))
    change_role(platform, ciso(hospitals), valley, number, RoleDraft("dpo", "B"), 1)
    with pytest.raises(Refused, match="the person named"):
        change_role(platform, MACHINE, valley, number, RoleDraft("dpo", "C"), 1)
    assert read_role(platform, MACHINE, valley, number)[1].name == "B"


def test_who_reads_and_who_writes(platform: Platform, hospitals: Hospitals) -> None:
    valley = site(hospitals.valley)
    number = add_role(platform, ciso(hospitals), valley, RoleDraft("dpo", "A"))
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    quality = person(Role.QUALITY, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    assert not read_staffing(platform, director, valley).holder.may_manage
    add_role(platform, quality, valley, RoleDraft("identito", "Q"))
    with pytest.raises(Forbidden):
        change_role(platform, director, valley, number, RoleDraft("dpo", "B"), 1)
    for reader in (read_staffing, read_budget, read_committees, read_policy, read_overview):
        with pytest.raises(NotFound):
            reader(platform, stranger, valley)
        with pytest.raises(NotFound):
            reader(platform, ciso(hospitals), group(hospitals))
    with pytest.raises(NotFound):
        change_role(platform, MACHINE, site(hospitals.hill), number, RoleDraft("dpo", "B"), 1)
    with pytest.raises(NotFound):
        read_role(platform, MACHINE, site(hospitals.far), number)


# Budget


@pytest.mark.parametrize(
    ("words", "amount"),
    [("12 500 000", 12_500_000), ("12.500.000 €", 12_500_000), ("0", 0), ("1,234,567", 1_234_567), ("950", 950)],
)
def test_amounts_are_read(words: str, amount: int) -> None:
    assert euros_of(words) == amount


@pytest.mark.parametrize("words", ["-1", "12,5", "1.5", "beaucoup", "999999999999", "1,23", ""])
def test_what_is_no_amount(words: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        euros_of(words)


def budget(operating: str, digital: str, cyber: str = "", **more: bool) -> BudgetDraft:
    return BudgetDraft(operating, digital, cyber, "Compte financier", **more)


@both
def test_the_share_is_exact_and_never_rounded_up(platform: Platform, hospitals: Hospitals) -> None:
    valley = site(hospitals.valley)
    set_budget(platform, MACHINE, valley, YEAR, budget("3 000 000", "59 999", "10 000"), 0)
    found = read_budget(platform, MACHINE, valley).years[0]
    assert found.digital_share.value == Fraction(59_999, 3_000_000)
    assert found.digital_share.written == "1,99\u00a0%"
    assert [one.reached for one in found.against] == [True, False]
    set_budget(platform, MACHINE, valley, YEAR, budget("3 000 000", "60 000", "10 000"), 1)
    found = read_budget(platform, MACHINE, valley).years[0]
    assert [one.reached for one in found.against] == [True, True]
    assert found.cyber_of_digital.exact == "1/6"


@both
def test_a_group_sums_its_members_when_all_are_known(platform: Platform, hospitals: Hospitals) -> None:
    where = group(hospitals)
    entity = Place(Level.LEGAL_ENTITY, hospitals.hill_entity)
    set_budget(platform, MACHINE, site(hospitals.valley), YEAR, budget("100", "2"), 0)
    found = read_budget(platform, MACHINE, where).years[0]
    assert found.operating.value is None
    assert found.missing == ("CH de la Colline",)
    assert found.digital_share.value is None
    set_budget(platform, MACHINE, entity, YEAR, budget("300", "3", "1"), 0)
    found = read_budget(platform, MACHINE, where).years[0]
    assert (found.operating.value, found.digital.value) == (400, 5)
    assert found.digital_share.exact == "1/80"
    assert found.cyber.missing == ("CH de la Vallée",)
    assert found.cyber_of_digital.value is None
    set_budget(platform, MACHINE, where, YEAR, budget("400", "8"), 0)
    found = read_budget(platform, MACHINE, where).years[0]
    assert (found.digital.value, found.digital.own, found.digital.members) == (8, True, 5)
    assert found.operating.members is None


def test_a_blank_amount_stays_unknown(platform: Platform, hospitals: Hospitals) -> None:
    valley = site(hospitals.valley)
    set_budget(platform, MACHINE, valley, YEAR, budget("", "2"), 0)
    found = read_budget(platform, MACHINE, valley)
    assert found.years[0].operating.value is None
    assert found.latest is None
    assert found.chart is None


@pytest.mark.parametrize(
    ("draft", "year", "fields"),
    [
        (budget("100", "101"), YEAR, {"digital"}),
        (budget("100", "10", "11"), YEAR, {"cyber"}),
        (budget("100", "", "101"), YEAR, {"cyber"}),
        (budget("cent", "10"), YEAR, {"operating"}),
        (BudgetDraft("100", "10"), YEAR, {"source"}),
        (budget("100", "10"), 1999, {"year"}),
        (budget("100", "10"), 2028, {"year", "voted"}),
        (budget("100", "10"), 2027, {"voted"}),
    ],
)
def test_what_is_no_budget(
    platform: Platform, hospitals: Hospitals, draft: BudgetDraft, year: int, fields: set[str]
) -> None:
    assert platform.clock.now().year == 2026
    with pytest.raises(Invalid) as refusal:
        set_budget(platform, MACHINE, site(hospitals.valley), year, draft, 0)
    assert set(refusal.value.fields) == fields


@both
def test_two_people_type_one_year(platform: Platform, hospitals: Hospitals) -> None:
    valley = site(hospitals.valley)
    set_budget(platform, ciso(hospitals), valley, YEAR, budget("100", "1"), 0)
    with pytest.raises(Refused, match="operating"):
        set_budget(platform, MACHINE, valley, YEAR, budget("200", "2"), 0)
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.thing_kind == "budget_year")).one()
        assert event.detail["digital_after"] == 1


def test_the_chart_says_its_figures_in_words(platform: Platform, hospitals: Hospitals) -> None:
    plant_governance(platform, hospitals)
    chart = read_budget(platform, MACHINE, site(hospitals.valley)).chart
    assert chart is not None
    assert chart.header[:2] == ("Année", "Part du numérique")
    assert chart.rows[0][1] == "1,4\u00a0%"
    assert chart.rows[-1][1] == "non renseigné"


# Committees and the PSSI


@pytest.mark.parametrize(
    ("days", "held", "sitting"),
    [
        (1, None, Sitting.PLANNED),
        (0, None, Sitting.PLANNED),
        (-1, None, Sitting.UNSAID),
        (-1, True, Sitting.HELD),
        (0, True, Sitting.HELD),
        (-1, False, Sitting.MISSED),
    ],
)
def test_what_became_of_a_meeting(days: int, held: bool | None, sitting: Sitting) -> None:
    day = date(2026, 3, 2)
    assert sitting_of(day + timedelta(days=days), held, day) is sitting


@both
def test_a_decision_becomes_one_action(platform: Platform, hospitals: Hospitals) -> None:
    planted = plant_governance(platform, hospitals)
    valley = site(hospitals.valley)
    decision = read_meeting(platform, MACHINE, valley, planted.meeting)[1].decisions[0]
    made = act_on_decision(platform, ciso(hospitals), valley, planted.meeting, decision.key, [hospitals.valley])
    again = act_on_decision(platform, ciso(hospitals), valley, planted.meeting, decision.key, [hospitals.valley])
    assert made == again
    found = read_meeting(platform, MACHINE, valley, planted.meeting)[1].decisions
    assert [one.action.id if one.action else None for one in found] == [made[0], None]
    with platform.database.read() as session:
        action = session.get_one(Action, made[0])
        assert (action.source, action.title) == (ActionSource.OTHER, "Acheter une passerelle de télémaintenance")
    with pytest.raises(NotFound):
        act_on_decision(platform, MACHINE, valley, planted.meeting, "nothing", [hospitals.valley])
    with pytest.raises(NotFound):
        act_on_decision(platform, MACHINE, valley, planted.meeting, decision.key, [hospitals.far])
    quality = person(Role.QUALITY, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        act_on_decision(platform, quality, valley, planted.meeting, found[1].key, [hospitals.valley])


def test_a_meeting_of_the_group_is_told_below_without_its_minutes(platform: Platform, hospitals: Hospitals) -> None:
    held = MeetingDraft("care", date(2026, 1, 5), held=True, decisions="Secret du groupement")
    number = add_meeting(platform, MACHINE, group(hospitals), held)
    seen = read_committees(platform, ciso(hospitals), site(hospitals.valley)).past[0]
    assert (seen.above, seen.text, seen.decisions) == (True, "", ())
    with pytest.raises(NotFound):
        read_meeting(platform, ciso(hospitals), site(hospitals.valley), number)
    assert read_meeting(platform, MACHINE, group(hospitals), number)[1].text == "Secret du groupement"


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (MeetingDraft("club", date(2026, 1, 5)), {"kind"}),
        (MeetingDraft("care", date(2030, 1, 5), held=True), {"held"}),
        (MeetingDraft("care", date(2026, 1, 5), decisions="Oui"), {"decisions"}),
        (MeetingDraft("care", date(2026, 1, 5), held=False, decisions="Oui"), {"decisions"}),
    ],
)
def test_what_is_no_meeting(platform: Platform, hospitals: Hospitals, draft: MeetingDraft, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        add_meeting(platform, MACHINE, site(hospitals.valley), draft)
    assert set(refusal.value.fields) == fields


@both
def test_two_people_edit_one_meeting(platform: Platform, hospitals: Hospitals) -> None:
    valley = site(hospitals.valley)
    number = add_meeting(platform, MACHINE, valley, MeetingDraft("care", date(2026, 1, 5)))
    change_meeting(platform, ciso(hospitals), valley, number, MeetingDraft("care", date(2026, 1, 5), held=True), 1)
    with pytest.raises(Refused, match="whether it took place"):
        change_meeting(platform, MACHINE, valley, number, MeetingDraft("care", date(2026, 1, 6)), 1)


def test_meetings_fall_due(platform: Platform, hospitals: Hospitals) -> None:
    plant_governance(platform, hospitals)
    lines = list_deadlines(platform, ciso(hospitals), hospitals.valley, DeadlineFilter()).page.lines
    found = [line for line in lines if line.kind == governance_deadlines.DeadlineKind.COMMITTEE]
    assert [line.late for line in found] == [True, False]
    assert all(line.address == f"/establishments/{hospitals.valley}/governance/committees" for line in found)


def test_the_rhythm_counts_what_was_missed(platform: Platform, hospitals: Hospitals) -> None:
    plant_governance(platform, hospitals)
    rhythms = {one.kind: one for one in read_committees(platform, MACHINE, site(hospitals.valley)).rhythms}
    assert rhythms["security"].missed == 1
    assert rhythms["digital"].unsaid == 1
    assert rhythms["care"].next == platform.clock.now().date() + timedelta(days=20)
    assert rhythms["identity"].last is None


def test_the_policy_is_dated_by_its_evidence(platform: Platform, hospitals: Hospitals) -> None:
    valley, today = site(hospitals.valley), platform.clock.now().date()
    empty = read_policy(platform, MACHINE, valley)
    assert (empty.pieces, empty.reviewed_on, empty.next_on) == ((), None, None)
    assert empty.status is not RequirementStatus.MET
    plant_governance(platform, hospitals)
    found = read_policy(platform, ciso(hospitals), valley)
    assert found.reviewed_on == today - timedelta(days=200)
    assert found.next_on == today + timedelta(days=165)
    assert found.why


# The whole


@both
def test_writes_have_requirements_computed_again(platform: Platform, hospitals: Hospitals) -> None:
    plant_governance(platform, hospitals)
    with platform.database.read() as session:
        marks = set(session.scalars(select(AssessmentMark.holder).where(AssessmentMark.due_since.is_not(None))))
    assert {f"establishment:{hospitals.valley}", f"ght:{hospitals.ght}"} <= marks


def test_the_overview_and_the_workbook(platform: Platform, hospitals: Hospitals) -> None:
    blank = read_overview(platform, MACHINE, site(hospitals.hill))
    assert {one.tone for one in blank.tiles} == {"unsure"}
    plant_governance(platform, hospitals)
    for place in (site(hospitals.valley), group(hospitals), Place(Level.LEGAL_ENTITY, hospitals.valley_entity)):
        assert len(read_overview(platform, MACHINE, place).tiles) >= 6
        assert governance_xlsx(platform, MACHINE, place).startswith(b"PK")
    with pytest.raises(Forbidden):
        governance_xlsx(platform, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley), site(hospitals.valley))


def test_evidence_is_tied_to_people_and_meetings() -> None:
    assert {ThingKind.SECURITY_ROLE, ThingKind.COMMITTEE} <= set(ThingKind)
