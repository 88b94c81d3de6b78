"""Reviews of remote accesses have consequences, and come back by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.domain.access_links import ReviewVerdict
from care.domain.access_reviews import AHEAD, DELAYS, FIRST
from care.domain.actions import ActionState
from care.services.access_links import by_link, closing, reviews, rhythm
from care.services.access_links.by_link import Decision
from care.services.access_links.reviews import ReviewDraft
from care.services.deadline_source import Wanted
from care.services.errors import Forbidden, Invalid, NotFound
from care.services.library import today
from care.services.platform import Platform
from care.services.register_deadlines import remote_accesses
from care.services.remote_access import reading
from care.services.remote_access.decided import say_corrected
from care.services.remote_access.handing import handed_over
from care.services.remote_access.own_target import keep_audited
from care.services.remote_access.register import REGISTER
from care.store.access_links import AccessReview
from care.store.actions import Action, ActionSite
from care.store.outbox import Mail
from care.store.trail import TrailEvent
from scanners.model import Severity
from tests.support.alerts import add_person
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.web.access_links import PlantedLinks, add_access, plant_access_links

CLOSE, CORRECT = "remote_access.register_to_close", "remote_access.register_to_correct"


@pytest.fixture
def mailing(platform: Platform) -> Platform:
    settings = replace(platform.settings, smtp_host="relay.test", smtp_from="care@h.test", base_url="https://care.test")
    return replace(platform, settings=settings)


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedLinks:
    return plant_access_links(platform, hospitals.valley)


def lacks(platform: Platform, who: Scope, access_id: int) -> set[str]:
    return {one.rule for one in reading.open_access(platform, who, access_id).lacks} & {CLOSE, CORRECT}


def decide(platform: Platform, planted: PlantedLinks, verdict: ReviewVerdict, note: str = "Dit.") -> int:
    (asked,) = by_link.open_link(platform, planted.owner_token).accesses
    by_link.decide(platform, planted.owner_token, "Maud Le Gall", {asked.answer_id: Decision(verdict, note)})
    return asked.answer_id


def deadlines(platform: Platform, establishment_id: int, days: int = 400) -> dict[str, date]:
    now = platform.clock.now()
    with platform.database.read() as session:
        wanted = Wanted(now, now.date() + timedelta(days=days), now.tzinfo, establishment_id)  # type: ignore[arg-type]
        return {one.identity: one.due_on for one in remote_accesses(session, wanted)}


def test_an_access_to_close_is_found_until_its_line_is_ended(
    platform: Platform, machine: Scope, planted: PlantedLinks
) -> None:
    number = planted.scanner_access
    assert lacks(platform, machine, number) == {CLOSE}
    view = reading.open_access(platform, machine, number)
    assert view.decided is not None
    assert view.decided.closes
    assert view.decided.due_on == today(platform) + DELAYS[ReviewVerdict.REVOKED]
    assert view.lacks[0].severity is Severity.HIGH
    due = deadlines(platform, view.establishment_id)
    assert due[f"access_close:{number}"] == view.decided.due_on
    REGISTER.close(platform, machine, number, today(platform), view.version)
    assert f"access_close:{number}" not in deadlines(platform, view.establishment_id)
    assert reading.open_access(platform, machine, number).decided is None


def test_what_is_decided_last_counts(platform: Platform, machine: Scope, planted: PlantedLinks) -> None:
    decide(platform, planted, ReviewVerdict.CONFIRMED)
    assert lacks(platform, machine, planted.scanner_access) == set()


def test_a_correction_is_found_until_somebody_says_that_it_is_made(
    platform: Platform, machine: Scope, hospitals: Hospitals, planted: PlantedLinks, clock: FixedClock
) -> None:
    number = planted.scanner_access
    answer = decide(platform, planted, ReviewVerdict.CHANGED, "Le compte a changé.")
    assert lacks(platform, machine, number) == {CORRECT}
    assert f"access_correct:{number}" in deadlines(platform, hospitals.valley)
    for who, refused in (
        (person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), NotFound),
        (person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), Forbidden),
    ):
        with pytest.raises(refused):
            say_corrected(platform, who, number, answer)
    with pytest.raises(NotFound):
        say_corrected(platform, machine, number, answer + 100)
    say_corrected(platform, machine, number, answer)
    assert lacks(platform, machine, number) == set()
    shown = reviews.read_review(platform, machine, hospitals.valley, planted.review)
    assert shown.to_correct == ()
    with pytest.raises(NotFound):
        say_corrected(platform, machine, number, answer)
    clock.time += timedelta(days=1)
    decide(platform, planted, ReviewVerdict.CHANGED, "Il a encore changé.")
    assert lacks(platform, machine, number) == {CORRECT}, "asked for again since"


def test_an_access_to_close_is_not_said_corrected(platform: Platform, machine: Scope, planted: PlantedLinks) -> None:
    view = reading.open_access(platform, machine, planted.scanner_access)
    assert view.decided is not None
    with pytest.raises(NotFound):
        say_corrected(platform, machine, planted.scanner_access, view.decided.answer_id)


def test_audits_are_given_what_was_decided_and_what_is_over(
    platform: Platform, machine: Scope, hospitals: Hospitals, planted: PlantedLinks
) -> None:
    old = add_access(platform, hospitals.valley, equipment="Scanner 1", accounts=["tm_ancien"])
    REGISTER.close(platform, machine, old, today(platform), 1)
    with platform.database.read() as session:
        register = handed_over(platform, session, hospitals.valley, {})["register"]
    rows = {row["line"]: row for row in register["rows"]}
    assert rows[planted.scanner_access]["decision"] == "revoked"
    assert rows[planted.scanner_access]["decided"] == today(platform).isoformat()
    assert rows[planted.archive_access]["decision"] == ""
    (ended,) = register["ended"]
    assert (ended["accounts"], ended["decided"]) == (["tm_ancien"], today(platform).isoformat())


def test_closing_a_review_makes_an_action_for_what_is_to_be_done(
    platform: Platform, machine: Scope, hospitals: Hospitals, planted: PlantedLinks, clock: FixedClock
) -> None:
    shown = reviews.read_review(platform, machine, hospitals.valley, planted.review)
    nobody = next(one for one in shown.owners if not one.name)
    reviews.decide_here(
        platform, machine, hospitals.valley, planted.review,
        {nobody.accesses[0].answer_id: Decision(ReviewVerdict.CHANGED, "Sans\n responsable.")},
    )  # fmt: skip
    decided = today(platform)
    clock.time += timedelta(days=2)
    closing.close_review(platform, machine, hospitals.valley, planted.review)
    with platform.database.read() as session:
        made = {one.rule: one for one in session.scalars(select(Action))}
        states = set(session.scalars(select(ActionSite.state)))
    assert states == {ActionState.TO_DO}
    assert made[CLOSE].due_on == decided + DELAYS[ReviewVerdict.REVOKED]
    assert made[CORRECT].due_on == decided + DELAYS[ReviewVerdict.CHANGED]
    assert made[CLOSE].description == "- Imagerie Armor – Scanner 2 : Scanner remplacé."
    assert made[CORRECT].description == "- Imagerie Armor – Archivage des images : Sans responsable."
    assert (made[CLOSE].severity, made[CORRECT].severity) == (Severity.HIGH, Severity.MEDIUM)


def test_a_review_where_all_is_confirmed_makes_no_action(
    platform: Platform, machine: Scope, hospitals: Hospitals, planted: PlantedLinks
) -> None:
    decide(platform, planted, ReviewVerdict.CONFIRMED)
    closing.close_review(platform, machine, hospitals.valley, planted.review)
    with platform.database.read() as session:
        assert session.scalars(select(Action)).all() == []


def test_a_description_says_how_many_lines_found_no_room() -> None:
    lines = ["- " + "x" * 998] * 12
    assert closing.shortened(lines[:8], "fr").count("\n") == 7
    cut = closing.shortened(lines, "fr").splitlines()
    assert (len(cut), cut[-1]) == (9, "- et 4 autres")


# ---------------------------------------------------------------- reviews that come back


def begin(platform: Platform, machine: Scope, establishment_id: int) -> int:
    number = add_access(platform, establishment_id)
    with platform.database.write() as session:
        keep_audited(session, machine, establishment_id, platform.clock.now())
    return number


def open_due(platform: Platform) -> int:
    with platform.database.write() as session:
        return reviews.open_due(platform, session, today(platform))


def opened(platform: Platform) -> list[AccessReview]:
    with platform.database.read() as session:
        return list(session.scalars(select(AccessReview).order_by(AccessReview.id)))


def test_reviews_come_back_without_anybody_remembering(
    mailing: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    begin(mailing, machine, hospitals.valley)
    first = today(mailing) + FIRST
    assert deadlines(mailing, hospitals.valley)[f"access_reviews:{hospitals.valley}"] == first
    clock.time += FIRST - AHEAD - timedelta(days=1)
    assert open_due(mailing) == 0
    clock.time += timedelta(days=1)
    assert (open_due(mailing), open_due(mailing)) == (1, 0)
    (row,) = opened(mailing)
    assert (row.due_on, row.opened_by) == (first, "CaRE")
    with mailing.database.read() as session:
        (mail,) = session.scalars(select(Mail)).all()
    assert mail.recipient == "maud@hopital.test"
    assert "/acces/" in mail.body
    shown = reviews.read_review(mailing, machine, hospitals.valley, row.id)
    answer = shown.owners[0].accesses[0].answer_id
    reviews.decide_here(mailing, machine, hospitals.valley, row.id, {answer: Decision(ReviewVerdict.CONFIRMED)})
    closing.close_review(mailing, machine, hospitals.valley, row.id)
    after = rhythm.read_rhythm(mailing, machine, hospitals.valley)
    assert after.next_on == today(mailing).replace(year=today(mailing).year + 1)
    clock.time += timedelta(days=365) - AHEAD
    assert open_due(mailing) == 1


def test_a_review_that_is_late_leaves_time_to_answer(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    begin(platform, machine, hospitals.valley)
    clock.time += timedelta(days=500)
    assert open_due(platform) == 1
    assert opened(platform)[0].due_on == today(platform) + AHEAD


def test_a_rhythm_is_chosen_and_may_ask_for_a_hand(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    begin(platform, machine, hospitals.valley)
    with pytest.raises(Invalid):
        rhythm.set_rhythm(platform, machine, hospitals.valley, 24, opens=True)
    for who, refused in (
        (person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), NotFound),
        (person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), Forbidden),
    ):
        with pytest.raises(refused):
            rhythm.set_rhythm(platform, who, hospitals.valley, 6, opens=False)
    rhythm.set_rhythm(platform, machine, hospitals.valley, 6, opens=False)
    clock.time += timedelta(days=500)
    assert open_due(platform) == 0
    assert deadlines(platform, hospitals.valley)[f"access_reviews:{hospitals.valley}"] < today(platform)
    rhythm.set_rhythm(platform, machine, hospitals.valley, 3, opens=True)
    assert open_due(platform) == 1
    view = rhythm.read_rhythm(platform, machine, hospitals.valley)
    assert (view.rhythm.months, view.next_on) == (3, None)


def test_a_register_without_an_open_access_asks_for_no_review(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    number = begin(platform, machine, hospitals.valley)
    REGISTER.close(platform, machine, number, today(platform), 1)
    clock.time += timedelta(days=500)
    assert open_due(platform) == 0
    assert rhythm.read_rhythm(platform, machine, hospitals.valley).next_on is None
    assert deadlines(platform, hospitals.valley) == {}


def test_those_in_charge_are_told_once_that_owners_do_not_answer(
    mailing: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    add_person(mailing, machine, "rssi", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    add_access(mailing, hospitals.valley)
    due = today(mailing) + timedelta(days=10)
    review, _links = reviews.open_review(mailing, machine, hospitals.valley, ReviewDraft("Revue", due))

    def escalate(platform: Platform) -> int:
        with platform.database.write() as session:
            return reviews.escalate_due(platform, session, today(platform))

    clock.time += timedelta(days=16)
    assert escalate(mailing) == 0
    clock.time += timedelta(days=1)
    bare = replace(mailing, settings=replace(mailing.settings, smtp_host=""))
    assert escalate(bare) == 0, "without a relay nobody is told, and nothing is noted"
    assert (escalate(mailing), escalate(mailing)) == (1, 0)
    with mailing.database.read() as session:
        mails = [one for one in session.scalars(select(Mail)) if "sans réponse" in one.subject]
        told = session.scalars(select(TrailEvent.action).where(TrailEvent.action == "access_review.escalated")).all()
    assert len(mails) == len(told) == 1
    assert "Maud Le Gall : 1 accès" in mails[0].body
    shown = reviews.read_review(mailing, machine, hospitals.valley, review)
    assert shown.escalated_on == today(mailing)


def test_owners_who_answered_are_not_told_of(
    mailing: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    add_person(mailing, machine, "rssi", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    planted = plant_access_links(mailing, hospitals.valley)
    shown = reviews.read_review(mailing, machine, hospitals.valley, planted.review)
    left = next(one for one in shown.owners if one.left)
    given = {one.answer_id: Decision(ReviewVerdict.CONFIRMED) for one in left.accesses}
    reviews.decide_here(mailing, machine, hospitals.valley, planted.review, given)
    clock.time += timedelta(days=60)
    with mailing.database.write() as session:
        assert reviews.escalate_due(mailing, session, today(mailing)) == 0
