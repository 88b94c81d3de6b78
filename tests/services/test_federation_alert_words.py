"""What bundles answer to alerts: written where the alert was sent, for those the sender speaks for, the latest word."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from care.domain.access import Level, Place, Scope
from care.domain.alerts import AlertAnswer, Exposure
from care.domain.bundles import written_moment
from care.domain.federation import BundleVerdict, Way
from care.services.alerts.writing import publish
from care.services.federation.receiving import Received, receive
from care.services.platform import Platform
from care.store.alerts import Alert, AlertPlace
from care.store.federation import ReceivedBundle
from tests.support.alerts import DRAFT
from tests.support.clock import FixedClock
from tests.support.federation import Sender, enrolled
from tests.support.people import Hospitals, valid_finess

VALLEY, HILL = valid_finess("01000003"), valid_finess("01000004")
both = pytest.mark.both_databases


@pytest.fixture
def sender(platform: Platform, grades: Scope, hospitals: Hospitals) -> Sender:
    return enrolled(platform, grades, Place(Level.REGION, hospitals.region), [VALLEY])[0]


@pytest.fixture
def alert(platform: Platform, grades: Scope, hospitals: Hospitals) -> int:
    return publish(platform, grades, Place(Level.REGION, hospitals.region), DRAFT)


def word(platform: Platform, alert: int, at: datetime, **changed: Any) -> dict[str, Any]:
    with platform.database.read() as session:
        identifier = session.get_one(Alert, alert).identifier
    told: dict[str, Any] = {
        "alert": identifier, "finess": VALLEY, "exposure": "exposed", "seen": 2, "facts_at": written_moment(at),
        "answer": "working", "answered_at": written_moment(at),
    }  # fmt: skip
    return {**told, **changed}


def send(platform: Platform, grades: Scope, sender: Sender, *words: dict[str, Any]) -> Received:
    content = sender.bundle(platform.clock.now(), {VALLEY: []}, alerts=list(words))
    return receive(platform, grades, content, Way.FILE)


def place(platform: Platform, alert: int, establishment: int) -> AlertPlace:
    with platform.database.read() as session:
        return session.get_one(AlertPlace, (alert, establishment))


def aside(platform: Platform, received: Received) -> list[tuple[str, str]]:
    with platform.database.read() as session:
        kept = session.get_one(ReceivedBundle, received.id)
    return [(one["what"], one["which"]) for one in kept.set_aside]


@both
def test_what_a_hospital_saw_and_answers_is_written_on_its_own_line(
    platform: Platform, grades: Scope, sender: Sender, alert: int, hospitals: Hospitals
) -> None:
    now = platform.clock.now()
    received = send(platform, grades, sender, word(platform, alert, now))
    assert (received.verdict, aside(platform, received)) == (BundleVerdict.TAKEN, [])
    mine, other = place(platform, alert, hospitals.valley), place(platform, alert, hospitals.hill)
    assert (mine.exposure, mine.seen, mine.facts_at) == (Exposure.EXPOSED, 2, now)
    assert (mine.answer, mine.answered_at, mine.answered_by) == (AlertAnswer.WORKING, now, sender.name)
    assert other.answer is AlertAnswer.NONE


def test_an_answer_for_another_or_to_an_alert_that_was_not_sent_is_set_aside(
    platform: Platform, grades: Scope, sender: Sender, alert: int, hospitals: Hospitals
) -> None:
    now = platform.clock.now()
    theirs = word(platform, alert, now, finess=HILL)
    unknown = word(platform, alert, now) | {"alert": "6f1c0f6e-0a2a-4a77-9c8b-3f9d5a1f0001"}
    received = send(platform, grades, sender, theirs, unknown)
    assert sorted(aside(platform, received)) == sorted([("alert", HILL), ("alert", VALLEY)])
    assert place(platform, alert, hospitals.hill).answer is AlertAnswer.NONE
    assert place(platform, alert, hospitals.valley).answer is AlertAnswer.NONE


def test_an_answer_of_another_day_before_does_not_undo_a_later_one_and_facts_follow_the_sender(
    platform: Platform, grades: Scope, sender: Sender, alert: int, hospitals: Hospitals, clock: FixedClock
) -> None:
    now = clock.now()
    send(platform, grades, sender, word(platform, alert, now))
    version = place(platform, alert, hospitals.valley).version
    before = word(platform, alert, now - timedelta(hours=1), answer="not_concerned", seen=7)
    send(platform, grades, sender, before)
    undated = word(platform, alert, now, answer="not_concerned", answered_at=None)
    send(platform, grades, sender, undated)
    kept = place(platform, alert, hospitals.valley)
    assert (kept.answer, kept.answered_at, kept.version) == (AlertAnswer.WORKING, now, version)
    clock.forward(hours=1)
    silent = word(platform, alert, clock.now(), answer="none", answered_at=None, exposure="unknown", seen=0)
    send(platform, grades, sender, silent)
    kept = place(platform, alert, hospitals.valley)
    assert (kept.exposure, kept.seen, kept.answer) == (Exposure.UNKNOWN, 0, AlertAnswer.WORKING)
    send(platform, grades, sender, word(platform, alert, clock.now(), answer="treated"))
    assert place(platform, alert, hospitals.valley).version == version + 1


@pytest.mark.parametrize("when", ["facts_at", "answered_at"])
def test_a_look_dated_after_tomorrow_is_set_aside(
    platform: Platform, grades: Scope, sender: Sender, alert: int, hospitals: Hospitals, when: str
) -> None:
    now = platform.clock.now()
    later = {when: written_moment(now + timedelta(days=2))}
    received = send(platform, grades, sender, word(platform, alert, now, exposure="not_seen", **later))
    assert aside(platform, received) == [("future", VALLEY)]
    assert place(platform, alert, hospitals.valley).answer is AlertAnswer.NONE
