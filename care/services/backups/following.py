"""What each audit said of the systems of the inventory, kept for the trend; who is told that a PDMA is exceeded.

An exceeding opens with the audit that sees it and ends with the one that no longer does; each is told once by mail, at
the hours that each person chose. What nobody can tell neither opens nor ends one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right
from care.domain.durations import HOUR, written
from care.domain.node_names import folded
from care.services import notices
from care.services.action_query import today
from care.services.backups.handing import inventory_of
from care.services.backups.targets import follows
from care.services.in_charge import People
from care.services.platform import Platform
from care.store.backups import BackupBreach, BackupReading
from care.store.registry import Establishment
from care.store.runs import Run
from scanners.backup.account import account
from scanners.backup.facts import BackupFacts
from scanners.backup.fresh import By, Fresh, LastGood
from scanners.model import Text

MOST_LINES = 10
_NAMED = 3
_RULES: Mapping[By, str] = {"repository": "backup.pdma_exceeded", "job": "backup.job_pdma_exceeded"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What an audit saw of one system."""

    system_id: int
    name: str
    good: LastGood
    pdma: int | None
    met: int

    @property
    def age(self) -> int | None:
        """How old the last good point was when that was known, in minutes; None without any."""
        return None if self.good.at is None else round((self.good.known_at - self.good.at).total_seconds() / 60)


def keep_readings(
    platform: Platform, session: Session, run: Run, facts: BackupFacts, now: datetime
) -> tuple[tuple[str, str], ...]:
    """Keep what a backup audit says of each system, and tell what changed, in the transaction that records it.

    Returns the rule and the subjects that this letter tells: no other need.
    """
    if not follows(session, run.establishment_id, run.target_id):
        return ()
    kept = inventory_of(session, run.establishment_id, today(platform))
    numbers = {folded(name): number for number, name in kept.names.items()}
    fresh = Fresh(facts)
    seen = [
        Seen(
            numbers[folded(system.name)],
            system.name,
            fresh.last_good(system),
            None if system.pdma_hours is None else round(system.pdma_hours * HOUR),
            len(account(facts, system).met),
        )
        for system in facts.plan.systems
        if folded(system.name) in numbers
    ]
    session.add_all(
        BackupReading(
            establishment_id=run.establishment_id,
            system_id=one.system_id,
            run_id=run.id,
            read_at=facts.collected_at,
            measured=one.good.settled,
            last_good_at=one.good.at,
            pdma_minutes=one.pdma,
            met=one.met,
        )
        for one in seen
    )
    late, back = _moved(session, run.establishment_id, seen, facts.collected_at)
    session.flush()
    _tell(platform, session, run, late, back, now)
    return tuple((_RULES[one.good.by], one.name) for one in late[:MOST_LINES] if one.good.by in _RULES)


def _moved(
    session: Session, establishment_id: int, seen: Iterable[Seen], at: datetime
) -> tuple[list[Seen], list[Seen]]:
    """Exceedings that begin and those that end, written down."""
    query = select(BackupBreach).where(
        BackupBreach.establishment_id == establishment_id, BackupBreach.ended_at.is_(None)
    )
    going = {row.system_id: row for row in session.scalars(query.with_for_update())}
    late: list[Seen] = []
    back: list[Seen] = []
    for one in seen:
        known = going.get(one.system_id)
        if one.good.held == "exceeded" and known is None and one.pdma is not None:
            late.append(one)
            session.add(
                BackupBreach(
                    establishment_id=establishment_id,
                    system_id=one.system_id,
                    pdma_minutes=one.pdma,
                    last_good_at=one.good.at,
                    began_at=at,
                )
            )
        elif known is not None and one.pdma is None:
            known.ended_at = at  # nobody asks for a PDMA any more: nothing is back to normal, so nothing is told
        elif known is not None and one.good.held == "kept":
            back.append(one)
            known.ended_at = at
    return late, back


def _tell(
    platform: Platform, session: Session, run: Run, late: Sequence[Seen], back: Sequence[Seen], now: datetime
) -> None:
    if not (late or back) or not notices.relayed(platform):
        return
    place = Place(Level.ESTABLISHMENT, run.establishment_id)
    people = People(session, now).in_charge(session, place, Right.DECIDE_FINDING)
    site = session.get_one(Establishment, run.establishment_id)
    for account_id in sorted(people):
        notices.tell(
            platform,
            session,
            account_id,
            "pdma",
            purpose_key=f"pdma:{run.id}:{account_id}",
            establishment_id=run.establishment_id,
            site=site.name,
            late=[_line(one) for one in late[:MOST_LINES]],
            late_count=len(late),
            back=[one.name for one in back[:MOST_LINES]],
            back_count=len(back),
            more=max(0, len(late) - MOST_LINES) + max(0, len(back) - MOST_LINES),
            address=notices.address(platform, f"/establishments/{run.establishment_id}/backups"),
        )


def _line(one: Seen) -> dict[str, str]:
    """A system in both languages: how old its last good backup is, for which PDMA, and on what that stands."""
    stands = _stands(one.good)
    return {
        "name": one.name,
        "age_fr": written(one.age, "fr") if one.age is not None else "",
        "age_en": written(one.age, "en") if one.age is not None else "",
        "pdma_fr": written(one.pdma or 0, "fr"),
        "pdma_en": written(one.pdma or 0, "en"),
        "stands_fr": stands.fr,
        "stands_en": stands.en,
    }


def _stands(good: LastGood) -> Text:
    """Who says so when CaRE did not read it all, "" when it did."""
    if good.by == "job" and good.told is not None:
        return Text(
            f"d’après l’historique du travail « {good.told.job} »", f"according to the history of job “{good.told.job}”"
        )
    unread = ", ".join(good.unread[:_NAMED])
    return Text(f"dépôt non lu : {unread}", f"repository not read: {unread}") if unread else Text("", "")
