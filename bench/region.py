"""A region planted straight into the tables: establishments, runs, findings, actions, evidence, by the million.

Sizes are skewed as in life: of 300 establishments with 1,000,000 findings the largest has about 36,000, the smallest
1,000; within each, the most common rule makes a tenth of them. Seven tenths are open, a fifth fixed, the rest decided.
Everything is drawn from one seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Grant, Level, Place, Role
from care.domain.actions import ActionSource, ActionState, CareCriticality, bits_of
from care.domain.findings import State, Verdict, canonical
from care.domain.jobs import JobKind, JobState, Lane
from care.domain.priority import MAX_WEIGHT, Stakes, weight
from care.services.accounts import AccountDraft, open_account
from care.services.platform import Platform
from care.store.actions import Action, ActionEvent, ActionFinding, ActionSite
from care.store.bulk import Same, load, next_ids
from care.store.evidence import Evidence, EvidenceTie
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.jobs import Job
from care.store.registry import Establishment, Ght, LegalEntity, Region
from care.store.runs import RuleOutcome, Run
from care.store.tallies import recount
from care.store.targets import Target
from scanners.catalog import SCANNERS, all_rules
from scanners.model import Severity, Status
from tests.support.people import MACHINE, valid_finess
from tests.web.people import PASSWORD

RULES = 300
RUNS_PER_TARGET = 20
PER_GHT = 10
STATES = (
    *[State.OPEN] * 70,
    *[State.FIXED] * 18,
    *[State.POSTPONED] * 4,
    *[State.ACCEPTED] * 4,
    *[State.FALSE_POSITIVE] * 4,
)
VERDICTS = {
    State.POSTPONED: Verdict.POSTPONED,
    State.ACCEPTED: Verdict.ACCEPTED,
    State.FALSE_POSITIVE: Verdict.FALSE_POSITIVE,
}


@dataclass(frozen=True)
class Size:
    """How much is planted."""

    establishments: int = 300
    findings: int = 1_000_000
    actions: int = 100_000
    evidence: int = 100_000


@dataclass(frozen=True)
class Region300:
    """What was planted; the establishments go from the largest to the smallest."""

    region: int
    ghts: tuple[int, ...]
    establishments: tuple[int, ...]
    rules: tuple[tuple[str, Severity], ...]
    biggest_target: int
    last_run: int


def plant(platform: Platform, size: Size, seed: int = 1) -> Region300:
    """Plant everything and count it."""
    chance, now = random.Random(seed), datetime.now(UTC).replace(microsecond=0)
    rules = _rules(chance)
    with platform.database.write() as session:
        region = session.scalars(select(Region.id).where(Region.code == "84")).one()
        ghts, places = _registry(session, region, size.establishments, now)
    targets: dict[int, list[int]] = {}
    for place, count in zip(places, _sizes(size), strict=True):
        with platform.database.write() as session:
            targets[place], runs = _audits(session, place, rules, now)
            ids = _findings(session, chance, place, count, rules, targets[place], runs, now)
            _actions(session, chance, place, ids, rules, size.actions // size.establishments, now)
            _evidence(session, place, ids, size.evidence // size.establishments, now)
    with platform.database.write() as session:
        recount(session)
        last_run = session.scalars(
            select(Run.id).where(Run.establishment_id == places[0]).order_by(Run.id.desc()).limit(1)
        ).one()
    _people(platform, region, ghts[0], places[0])
    return Region300(region, tuple(ghts), tuple(places), rules, targets[places[0]][0], last_run)


def _rules(chance: random.Random) -> tuple[tuple[str, Severity], ...]:
    ours = [(rule.id, rule.severity) for rule in all_rules().values()][:RULES]
    foreign = [(f"nessus.{number}", chance.choice(list(Severity))) for number in range(10_000, 10_000 + RULES)]
    found = [*ours, *foreign[: RULES - len(ours)]]
    chance.shuffle(found)
    return tuple(found)


def _sizes(size: Size) -> list[int]:
    weights = [(number + 4) ** -0.8 for number in range(size.establishments)]
    whole = sum(weights)
    return [round(size.findings * weight / whole) for weight in weights]


def _registry(session: Session, region: int, count: int, now: datetime) -> tuple[list[int], list[int]]:
    ghts, places = [], []
    for number in range(count):
        if number % PER_GHT == 0:
            ght = Ght(region_id=region, name=f"GHT {number // PER_GHT:03}", created_at=now)
            session.add(ght)
            session.flush()
            ghts.append(ght.id)
        entity = LegalEntity(
            finess=valid_finess(f"01{number:06}"),
            name=f"CH {number:03}",
            region_id=region,
            ght_id=ghts[number % len(ghts)] if number % PER_GHT else ghts[-1],
            supports_ght=False,
            created_at=now,
        )
        session.add(entity)
        session.flush()
        place = Establishment(
            finess=valid_finess(f"02{number:06}"),
            name=f"Hôpital {number:03}",
            legal_entity_id=entity.id,
            region_id=region,
            created_at=now,
        )
        session.add(place)
        session.flush()
        places.append(place.id)
    return ghts, places


def _audits(
    session: Session, place: int, rules: Sequence[tuple[str, Severity]], now: datetime
) -> tuple[list[int], dict[int, list[int]]]:
    """Five targets, and for each its runs, one a month, done and recorded."""
    targets, runs = [], {}
    for scanner in SCANNERS:
        target = Target(
            establishment_id=place,
            scanner=scanner,
            name=f"Cible {scanner}",
            request={},
            created_at=now,
            created_by="bench",
            changed_at=now,
        )
        session.add(target)
        session.flush()
        targets.append(target.id)
        runs[target.id] = [
            _run(session, place, target.id, scanner, now - timedelta(days=30 * age))
            for age in reversed(range(RUNS_PER_TARGET))
        ]
        _outcomes(session, runs[target.id][-1], [one for one in rules if one[0].startswith(f"{scanner}.")])
    return targets, runs


def _run(session: Session, place: int, target: int, scanner: str, at: datetime) -> int:
    (job,) = session.scalars(
        insert(Job).returning(Job.id),
        [
            {
                "kind": JobKind.AUDIT,
                "lane": Lane.AUDIT,
                "args": {},
                "state": JobState.DONE,
                "establishment_id": place,
                "target_id": target,
                "submitted_at": at,
                "submitted_by": "bench",
                "due_at": at,
                "attempts": 1,
                "allowed_attempts": 2,
                "share": 1.0,
                "finished_at": at,
            }
        ],
    ).all()
    (run,) = session.scalars(
        insert(Run).returning(Run.id),
        [
            {
                "establishment_id": place,
                "target_id": target,
                "scanner": scanner,
                "job_id": job,
                "asked_at": at,
                "asked_by": "bench",
                "recorded_at": at,
                "collected_from": at,
                "collected_to": at,
                "perimeter": "bench",
                "complete": True,
                "gaps": [],
                "passed": 30,
                "failed": 20,
                "not_assessable": 2,
                "error": 0,
                "findings_new": 7,
                "findings_still": 100,
                "findings_fixed": 5,
                "findings_back": 1,
            }
        ],
    ).all()
    return int(run)


def _outcomes(session: Session, run: int, rules: Sequence[tuple[str, Severity]]) -> None:
    columns = {
        "run_id": Same(run),
        "rule": [rule for rule, _ in rules],
        "status": Same(Status.FAILED),
        "conclusive": Same(True),
        "severity": [severity for _, severity in rules],
        "findings": Same(3),
        "reason_fr": Same(""),
        "reason_en": Same(""),
    }
    load(session, RuleOutcome, len(rules), columns)


def _findings(
    session: Session,
    chance: random.Random,
    place: int,
    count: int,
    rules: Sequence[tuple[str, Severity]],
    targets: Sequence[int],
    runs: dict[int, list[int]],
    now: datetime,
) -> list[int]:
    # A small hospital has no mainframe: it meets fewer kinds of weaknesses than a large one.
    met = sorted(chance.sample(range(len(rules)), min(len(rules), 60 + count // 50)))
    drawn = sorted(chance.choices(met, [1 / (rank + 2) for rank in range(len(met))], k=count))
    ids = next_ids(session, FindingRow, count)
    names = [_subject(number) for number in range(count)]
    states = [STATES[number * 37 % 100] for number in range(count)]
    seen = [now - timedelta(days=30 * (RUNS_PER_TARGET - 1 - number % RUNS_PER_TARGET)) for number in range(count)]
    until = [now + timedelta(days=1 + number % 300) for number in range(count)]
    load(
        session,
        FindingRow,
        count,
        {
            "id": ids,
            "establishment_id": Same(place),
            "scanner": [rules[one][0].partition(".")[0] for one in drawn],
            "rule": [rules[one][0] for one in drawn],
            "subject": names,
            "subject_key": [canonical(name) for name in names],
            "severity": [rules[one][1] for one in drawn],
            "evidence": [{"age_days": number % 900, "enabled": number % 3 > 0} for number in range(count)],
            "state": states,
            "first_seen_at": seen,
            "decided_as": [VERDICTS.get(state) for state in states],
            "decided_until": [
                end if state in (State.POSTPONED, State.ACCEPTED) else None
                for state, end in zip(states, until, strict=True)
            ],
        },
    )
    load(
        session,
        SightingRow,
        count,
        {
            "finding_id": ids,
            "target_id": [targets[number % len(targets)] for number in range(count)],
            "rule": [rules[one][0] for one in drawn],
            "first_seen_at": seen,
            "last_seen_at": Same(now),
            "perimeter": Same("bench"),
            "gone_at": [now if state is State.FIXED else None for state in states],
        },
    )
    _events(session, ids, states, targets, runs, seen, now)
    return ids


def _subject(number: int) -> str:
    kinds = (f"HOPITAL\\compte_{number:06}", f"10.{number % 200}.{number // 200 % 250}.7:443/tcp", f"PC-{number:06}")
    return kinds[number % 3]


def _events(
    session: Session,
    ids: Sequence[int],
    states: Sequence[State],
    targets: Sequence[int],
    runs: dict[int, list[int]],
    seen: Sequence[datetime],
    now: datetime,
) -> None:
    fixed = [number for number, state in zip(ids, states, strict=True) if state is State.FIXED]
    spread = [runs[targets[number % len(targets)]][number % RUNS_PER_TARGET] for number in range(len(ids))]
    common: dict[str, Any] = {"actor": Same("bench"), "detail": Same({})}
    load(
        session,
        FindingEvent,
        len(ids),
        {"finding_id": ids, "run_id": spread, "at": seen, "what": Same("new"), **common},
    )
    went = [now - timedelta(days=30 * (number % 6)) for number in fixed]
    load(
        session,
        FindingEvent,
        len(fixed),
        {"finding_id": fixed, "run_id": Same(spread[0]), "at": went, "what": Same("fixed"), **common},
    )


def _actions(
    session: Session,
    chance: random.Random,
    place: int,
    findings: Sequence[int],
    rules: Sequence[tuple[str, Severity]],
    count: int,
    now: datetime,
) -> None:
    ids = next_ids(session, Action, count)
    about = [rules[number % len(rules)] for number in range(count)]
    states = [chance.choice(list(ActionState)) for _ in range(count)]
    criticalities = [chance.choice(list(CareCriticality)) for _ in range(count)]
    efforts = [number % 12 / 2 for number in range(count)]
    tied = min(count, len(findings))
    ranks = [
        MAX_WEIGHT - weight(Stakes(about[number][1], criticalities[number], 0, int(number < tied), 1, efforts[number]))
        for number in range(count)
    ]
    load(
        session,
        Action,
        count,
        {
            "id": ids,
            "title": [f"Corriger {rule} ({number})" for number, (rule, _) in enumerate(about)],
            "description": Same("Selon la fiche."),
            "source": Same(ActionSource.FINDING),
            "source_ref": Same(""),
            "rule": [rule for rule, _ in about],
            "severity": [severity for _, severity in about],
            "criticality": criticalities,
            "due_on": [now.date() + timedelta(days=number % 400 - 100) for number in range(count)],
            "due_chosen": Same(False),
            "effort_days": efforts,
            "findings": [int(number < tied) for number in range(count)],
            "sites": Same(1),
            "rank": ranks,
            "site_states": [bits_of([state]) for state in states],
            "owner": [f"Responsable {number % 40}" for number in range(count)],
            "funding": Same(""),
            "created_at": Same(now),
            "created_by": Same("bench"),
            "changed_at": Same(now),
            "changed_by": Same("bench"),
            "version": Same(1),
        },
    )
    load(
        session,
        ActionSite,
        count,
        {
            "action_id": ids,
            "establishment_id": Same(place),
            "state": states,
            "share": Same(1),
            "changed_at": Same(now),
            "closed_at": [now if state in (ActionState.CLOSED, ActionState.ABANDONED) else None for state in states],
        },
    )
    load(session, ActionFinding, tied, {"action_id": ids[:tied], "finding_id": findings[:tied]})
    created: dict[str, Any] = {"at": Same(now), "actor": Same("bench"), "what": Same("created"), "detail": Same({})}
    load(session, ActionEvent, count, {"action_id": ids, **created})


def _evidence(session: Session, place: int, findings: Sequence[int], count: int, now: datetime) -> None:
    ids = next_ids(session, Evidence, count)
    load(
        session,
        Evidence,
        count,
        {
            "id": ids,
            "establishment_id": Same(place),
            "link": [f"https://ged.hopital.test/{number}" for number in ids],
            "kind": Same("report"),
            "name": [f"preuve-{number}.pdf" for number in ids],
            "media_type": Same("application/pdf"),
            "title": [f"Compte rendu {number}" for number in range(count)],
            "note": Same(""),
            "owner": [f"Responsable {number % 40}" for number in range(count)],
            "effective_from": Same(now.date()),
            "effective_to": [now.date() + timedelta(days=number % 700) for number in range(count)],
            "added_at": Same(now),
            "added_by": Same("bench"),
        },
    )
    tied = min(count, len(findings))
    ties: dict[str, Any] = {"thing_kind": Same("finding"), "tied_at": Same(now), "tied_by": Same("bench")}
    load(
        session,
        EvidenceTie,
        tied,
        {"evidence_id": ids[:tied], "thing_id": [str(number) for number in findings[:tied]], **ties},
    )


def _people(platform: Platform, region: int, ght: int, place: int) -> None:
    grants = {
        "administrator": Grant(Role.ADMINISTRATOR, PLATFORM),
        "regional": Grant(Role.REGIONAL, Place(Level.REGION, region)),
        "group": Grant(Role.CISO, Place(Level.GHT, ght)),
        "ciso": Grant(Role.CISO, Place(Level.ESTABLISHMENT, place)),
    }
    for login, grant in grants.items():
        open_account(platform, MACHINE, AccountDraft(login, login, PASSWORD, (grant,)))
