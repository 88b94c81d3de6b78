"""What audits saw, and who is exposed: from stored facts, offline; never audited is never « non exposé »."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from care.domain.access import PLATFORM, Level, Place, Role, Scope
from care.domain.alerts import Criterion, Exposure
from care.services.alerts.asking import places_to_manage, who_is_exposed
from care.services.alerts.seeing import rebuild
from care.services.errors import Forbidden, NotFound
from care.services.platform import Platform
from care.services.targets import archive_target
from care.store.alerts import ProductSurvey, SeenProduct
from care.store.evidence import Evidence
from care.store.federation import Installation, InstallationEstablishment
from care.store.runs import Run
from care.store.targets import Target
from scanners.exposure.facts import Port, Service
from scanners.model import Gap, Text
from scanners.versions import Span
from tests.support.alerts import Audits, ssh
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.unit.exposure.specimens import facts, host

both = pytest.mark.both_databases
OPENSSH = (Criterion("openbsd:openssh", Span("", "9.8p1")),)


@pytest.fixture
def audits(platform: Platform, machine: Scope, clock: FixedClock) -> Audits:
    return Audits(platform, machine, clock)


def seen(platform: Platform) -> list[tuple[str, str, str]]:
    with platform.database.read() as session:
        rows = session.execute(select(SeenProduct.product, SeenProduct.version, SeenProduct.subject))
        return sorted((product, version, subject) for product, version, subject in rows)


def exposure(
    platform: Platform, scope: Scope, place: Place, criteria: tuple[Criterion, ...] = OPENSSH
) -> Mapping[Exposure, int]:
    return {one: count for one, count in who_is_exposed(platform, scope, place, criteria).counts.items() if count}


@both
def test_a_recorded_audit_answers_who_is_exposed(
    platform: Platform, machine: Scope, hospitals: Hospitals, audits: Audits
) -> None:
    audits.run(audits.target(hospitals.valley), ssh("8.4p1"))
    audits.run(audits.target(hospitals.hill), ssh("9.9p1"))
    answer = who_is_exposed(platform, machine, PLATFORM, OPENSSH)
    assert answer.asked == 3
    assert answer.counts == {
        Exposure.EXPOSED: 1,
        Exposure.SUSPECTED: 0,
        Exposure.UNKNOWN: 1,
        Exposure.NOT_SEEN: 1,
    }
    (only,) = answer.places
    assert (only.establishment_id, [one.name for one in only.products], only.seen) == (
        hospitals.valley,
        ["openbsd:openssh 8.4p1"],
        1,
    )
    assert only.facts_at is not None
    assert [(one.product, one.exposed, one.suspected) for one in answer.products] == [("openbsd:openssh", 1, 0)]


@both
def test_a_new_audit_replaces_what_the_one_before_saw(
    platform: Platform, machine: Scope, hospitals: Hospitals, audits: Audits
) -> None:
    target = audits.target(hospitals.valley)
    audits.run(target, ssh("8.4p1"))
    audits.run(target, ssh("9.9p1", "192.0.2.9"))
    assert seen(platform) == [("openbsd:openssh", "9.9p1", "192.0.2.9:22/tcp")]
    assert exposure(platform, machine, Place(Level.GHT, hospitals.ght)) == {Exposure.UNKNOWN: 1, Exposure.NOT_SEEN: 1}


def test_an_incomplete_audit_takes_nothing_away_that_it_did_not_look_at(
    platform: Platform, machine: Scope, hospitals: Hospitals, audits: Audits
) -> None:
    target = audits.target(hospitals.valley)
    two = facts(*(host(f"192.0.2.{n}", Port(22, Service("ssh", "OpenSSH", "8.4p1"))) for n in (1, 2)))
    audits.run(target, two)
    cut = (Gap("hosts", Text("Adresse injoignable.", "Address out of reach."), truncated=True),)
    audits.run(target, replace(ssh("9.9p1"), gaps=cut))
    assert seen(platform) == [
        ("openbsd:openssh", "8.4p1", "192.0.2.2:22/tcp"),
        ("openbsd:openssh", "9.9p1", "192.0.2.1:22/tcp"),
    ]
    assert exposure(platform, machine, Place(Level.GHT, hospitals.ght))[Exposure.EXPOSED] == 1


def test_an_audit_that_saw_nothing_is_a_look_all_the_same(
    platform: Platform, machine: Scope, hospitals: Hospitals, audits: Audits
) -> None:
    audits.run(audits.target(hospitals.valley), facts())
    assert exposure(platform, machine, PLATFORM) == {Exposure.NOT_SEEN: 1, Exposure.UNKNOWN: 2}


def test_a_directory_tells_of_windows_and_of_nothing_else(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    with platform.database.write() as session:
        run = _plain_run(session, hospitals.valley, clock.now())
        session.add(ProductSurvey(target_id=run[0], establishment_id=hospitals.valley, run_id=run[1], scanner="ad",
                                  seen_at=clock.now(), looked=True, complete=True, products=0))  # fmt: skip
    windows = (Criterion("microsoft:windows_server_2016"),)
    assert exposure(platform, machine, PLATFORM, windows) == {Exposure.NOT_SEEN: 1, Exposure.UNKNOWN: 2}
    assert exposure(platform, machine, PLATFORM) == {Exposure.UNKNOWN: 3}


def _plain_run(session: Any, establishment_id: int, now: datetime) -> tuple[int, int]:
    target = Target(
        establishment_id=establishment_id, scanner="ad", name="AD", request={}, created_at=now, created_by="t",
        changed_at=now,
    )  # fmt: skip
    session.add(target)
    session.flush()
    run = Run(establishment_id=establishment_id, target_id=target.id, scanner="ad", asked_at=now, asked_by="t")
    session.add(run)
    session.flush()
    return target.id, run.id


def test_an_unknown_version_is_a_suspicion(
    platform: Platform, machine: Scope, hospitals: Hospitals, audits: Audits
) -> None:
    audits.run(audits.target(hospitals.valley), ssh(""))
    assert exposure(platform, machine, PLATFORM) == {Exposure.SUSPECTED: 1, Exposure.UNKNOWN: 2}


def test_an_archived_target_speaks_no_more(
    platform: Platform, machine: Scope, hospitals: Hospitals, audits: Audits
) -> None:
    target = audits.target(hospitals.valley)
    audits.run(target, ssh("8.4p1"))
    archive_target(platform, machine, target)
    assert exposure(platform, machine, PLATFORM) == {Exposure.UNKNOWN: 3}


def test_an_establishment_with_its_own_installation_is_counted_apart(
    platform: Platform, machine: Scope, hospitals: Hospitals, audits: Audits, clock: FixedClock
) -> None:
    audits.run(audits.target(hospitals.valley), ssh("8.4p1"))
    with platform.database.write() as session:
        now = clock.now()
        row = Installation(
            identifier="i", name="CH", place="platform:0", state="enrolled", enrolled_at=now, enrolled_by="t",
            changed_at=now, changed_by="t",
        )  # fmt: skip
        session.add(row)
        session.flush()
        session.add(InstallationEstablishment(establishment_id=hospitals.valley, installation_id=row.id, since=now))
    answer = who_is_exposed(platform, machine, PLATFORM, OPENSSH)
    assert (answer.elsewhere, answer.counts[Exposure.EXPOSED], answer.counts[Exposure.UNKNOWN]) == (1, 0, 2)


def test_only_who_manages_a_territory_asks(platform: Platform, hospitals: Hospitals) -> None:
    region = Place(Level.REGION, hospitals.region)
    regional = person(Role.REGIONAL, Level.REGION, hospitals.region)
    assert who_is_exposed(platform, regional, region, OPENSSH).asked == 2
    assert [one for one, _name in places_to_manage(platform, regional)] == [region, Place(Level.GHT, hospitals.ght)]
    with pytest.raises(NotFound):
        who_is_exposed(platform, regional, Place(Level.REGION, hospitals.other_region), OPENSSH)
    with pytest.raises(NotFound):
        who_is_exposed(platform, regional, PLATFORM, OPENSSH)
    ciso = person(Role.CISO, Level.REGION, hospitals.region)
    with pytest.raises(Forbidden):
        who_is_exposed(platform, ciso, region, OPENSSH)
    with pytest.raises(NotFound):
        who_is_exposed(platform, regional, Place(Level.ESTABLISHMENT, hospitals.valley), OPENSSH)


@both
def test_products_are_kept_again_from_archives(
    platform: Platform, machine: Scope, hospitals: Hospitals, audits: Audits
) -> None:
    target = audits.target(hospitals.valley)
    audits.run(target, ssh("7.9p1"))
    audits.run(target, ssh("8.4p1"))
    with platform.database.write() as session:
        session.execute(delete(SeenProduct))
        session.execute(delete(ProductSurvey))
    assert exposure(platform, machine, PLATFORM) == {Exposure.UNKNOWN: 3}
    told: list[tuple[int, int]] = []
    assert rebuild(platform, tell=lambda done, of: told.append((done, of))).kept == 1
    assert told == [(1, 1)]
    assert seen(platform) == [("openbsd:openssh", "8.4p1", "192.0.2.1:22/tcp")]
    assert rebuild(platform).kept == 0
    assert rebuild(platform, everything=True).kept == 1
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SeenProduct)) == 1


def test_a_lost_archive_is_told_and_the_others_are_read(
    platform: Platform, machine: Scope, hospitals: Hospitals, audits: Audits
) -> None:
    lost = audits.run(audits.target(hospitals.valley), ssh("8.4p1"))
    audits.run(audits.target(hospitals.hill), ssh("8.5p1"))
    with platform.database.write() as session:
        session.execute(delete(ProductSurvey))
        facts_of = select(Evidence.sha256).join(Run, Run.facts_id == Evidence.id).where(Run.id == lost)
        platform.evidence.path(session.scalars(facts_of).one() or "").unlink()
    done = rebuild(platform)
    assert (done.kept, [run for run, _why in done.unreadable]) == (1, [lost])
