"""A region's worth of exposure audits, asked for together and done by workers some of which die."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import func, select

from care.domain.access import Scope
from care.domain.jobs import LEASE, JobKind, JobState, Lane
from care.services import audits, jobs
from care.services.platform import Platform
from care.services.work import Hold
from care.store.jobs import Job
from care.store.registry import Establishment
from care.store.runs import Run
from care.store.targets import Mandate, Target
from tests.support.alerts import Audits
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, valid_finess
from tests.unit.exposure.specimens import facts, host

ADDRESSES = tuple(f"192.0.2.{number}" for number in range(1, 17))


@dataclass(frozen=True)
class Done:
    """What a campaign came to: how many audits were recorded of each target, states of jobs, attempts, deaths, and how
    many establishments had been served when the first was served again."""

    recorded: Counter[int]
    states: Counter[JobState]
    deaths: int
    served_before_a_second_turn: int


def plant_targets(platform: Platform, hospitals: Hospitals, establishments: int, each: int) -> list[int]:
    """Establishments with a mandate and targets of 16 addresses; the numbers of the targets, place after place."""
    now = platform.clock.now()
    with platform.database.write() as session:
        model = session.get_one(Establishment, hospitals.valley)
        found: list[Target] = []
        for number in range(establishments):
            place = Establishment(
                finess=valid_finess(f"07{number:06}"), name=f"Hôpital {number}", region_id=model.region_id,
                legal_entity_id=model.legal_entity_id, created_at=now,
            )  # fmt: skip
            session.add(place)
            session.flush()
            mandate = Mandate(
                establishment_id=place.id, authorised_by="Le directeur", role="Directeur", reference="M",
                scope=["192.0.2.0/24"], excluded=[], valid_from=now.date(), valid_to=now.date() + timedelta(days=60),
                hours="", timezone="Europe/Paris", created_at=now, created_by="tests", unsigned_why="Essai",
            )  # fmt: skip
            session.add(mandate)
            session.flush()
            for rank in range(each):
                target = Target(
                    establishment_id=place.id, scanner="exposure", name=f"Périmètre {rank}",
                    request={"targets": list(ADDRESSES), "ports": "", "profile": "gentle"}, mandate_id=mandate.id,
                    created_at=now, created_by="tests", changed_at=now,
                )  # fmt: skip
                session.add(target)
                found.append(target)
        session.flush()
        return [one.id for one in found]


def campaign(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock, establishments: int, dies_every: int
) -> Done:
    """Ask for two audits of each establishment, then do them all; one worker in so many dies with its audit."""
    at_work = Audits(platform, machine, clock)
    at_work.sees(facts(*(replace(host(one), closed=1000) for one in ADDRESSES)))
    for target in plant_targets(platform, hospitals, establishments, 2):
        assert audits.start_audit(platform, machine, target) is not None
    deaths, order = 0, []
    while True:
        claim = jobs.claim(platform, Lane.AUDIT, f"w{deaths}")
        if claim is None:
            if jobs.reap(platform):
                continue
            break
        with platform.database.read() as session:
            order.append(session.get_one(Job, claim.job_id).establishment_id)
        clock.forward(seconds=1)
        if claim.fence == 1 and len(order) % dies_every == 0:
            deaths += 1
            clock.forward(seconds=LEASE.total_seconds() + 1)  # killed: nobody renews its lease any more
            assert jobs.reap(platform) == 1
            continue
        audits.audit(platform, Hold(platform, claim))
    with platform.database.read() as session:
        query = select(Run.target_id, func.count()).where(Run.recorded_at.is_not(None)).group_by(Run.target_id)
        recorded = Counter(dict(session.execute(query).all()))
        states = Counter(session.scalars(select(Job.state).where(Job.kind == JobKind.AUDIT)))
    return Done(recorded, states, deaths, _distinct_at_first(order))


def _distinct_at_first(order: list[int | None]) -> int:
    seen: set[int | None] = set()
    for place in order:
        if place in seen:
            break
        seen.add(place)
    return len(seen)
