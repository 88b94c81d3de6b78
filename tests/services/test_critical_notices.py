"""A critical weakness that was not there before is told once, to those in charge of the place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from care.domain.access import Level, Place, Role, Scope
from care.services.platform import Platform
from care.store.outbox import Mail
from scanners.exposure.facts import Port, Service
from tests.support.alerts import Audits, add_person
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.unit.exposure.specimens import facts, host

OPEN_REDIS = Port(6379, Service("redis", "Redis", "7.0.15", open_access=True))
CLOSED = facts(host("192.0.2.1"))
OPEN = facts(host("192.0.2.1", OPEN_REDIS))


@pytest.fixture
def relayed(platform: Platform, machine: Scope, hospitals: Hospitals) -> Platform:
    """A platform with a relay, a CISO for the valley, another for the hill."""
    found = replace(
        platform, settings=replace(platform.settings, smtp_host="relay.test", smtp_from="care@hopital.test")
    )
    add_person(found, machine, "rssi", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    add_person(found, machine, "voisin", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.hill))
    return found


def letters(platform: Platform) -> list[tuple[str, str]]:
    with platform.database.read() as session:
        return [(mail.recipient, mail.subject) for mail in session.scalars(select(Mail).order_by(Mail.id))]


def test_what_is_critical_and_new_is_told_once_and_again_when_it_comes_back(
    relayed: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(relayed, machine, clock)
    target = audits.target(hospitals.valley)
    told = []
    for seen in (CLOSED, OPEN, OPEN, CLOSED, OPEN):
        audits.run(target, seen)
        told.append(len(letters(relayed)))
    assert told == [0, 1, 1, 1, 2]
    assert {to for to, _ in letters(relayed)} == {"rssi@example.org"}
    assert letters(relayed)[0][1] == "1 faiblesse critique : Hôpital de la Vallée"


def test_nothing_is_told_without_a_relay(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    add_person(platform, machine, "rssi", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    audits = Audits(platform, machine, clock)
    audits.run(audits.target(hospitals.valley), OPEN)
    assert letters(platform) == []
