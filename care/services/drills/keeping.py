"""What is kept of a drill beside its facts: enough to list it, compare it and say whether it counts."""

from __future__ import annotations

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.store.restore_drills import RestoreDrill
from care.store.runs import Run
from scanners.model import Facts
from scanners.restore.facts import RestoreFacts

_LONGEST = 300


def keep_drill(session: Session, run: Run, facts: Facts | None) -> None:
    """Write down the drill of a run, in the caller's transaction; nothing for another audit."""
    if not isinstance(facts, RestoreFacts):
        return
    asked, drill = facts.asked, facts.drill
    sample = drill.sample if drill else None
    session.add(
        RestoreDrill(
            run_id=run.id,
            establishment_id=run.establishment_id,
            done_at=facts.collected_at,
            repository=asked.repository,
            system=asked.system[:_LONGEST],
            mode=asked.mode,
            good=counts(facts),
            point=sample.snapshot[:255] if sample else "",
            point_at=drill.point_time if drill else None,
            sampled=sample.sampled if sample else 0,
            compared=sample.compared if sample else 0,
            wrong=sample.wrong if sample else 0,
            size=sample.size if sample else 0,
            seconds=sample.seconds if sample else 0.0,
            full_minutes=full_minutes(facts),
            operator=(asked.operator or run.asked_by)[:_LONGEST],
            requester=asked.requester[:_LONGEST],
        )
    )


def last_good(establishment_id: int) -> Select[RestoreDrill]:
    """The last drill of each system and repository that proved something."""
    last = (
        select(func.max(RestoreDrill.run_id))
        .where(
            RestoreDrill.establishment_id == establishment_id, RestoreDrill.good.is_(True), RestoreDrill.system != ""
        )
        .group_by(RestoreDrill.system, RestoreDrill.repository)
    )
    return select(RestoreDrill).where(RestoreDrill.run_id.in_(last)).order_by(RestoreDrill.run_id)


def counts(facts: RestoreFacts) -> bool | None:
    """Whether a drill proves the backup; None when nothing was proved either way (not made, or without a proof)."""
    drill = facts.drill
    if facts.damaged or (drill is None and not facts.gaps) or any(not one.good for one in facts.databases):
        return False
    if drill is None:
        return None
    wrong = drill.sample.wrong or drill.back < drill.sample.sampled
    if wrong:
        return False
    return None if drill.unlisted or facts.gaps else drill.good


def full_minutes(facts: RestoreFacts) -> int | None:
    """Minutes to restore the whole point: measured, else extrapolated; None when it cannot be told."""
    drill = facts.drill
    if drill is None or not drill.good:
        return None
    if facts.asked.mode == "whole":
        return max(1, round(drill.sample.seconds / 60))
    hours = drill.full_hours
    return max(1, round(hours * 60)) if hours is not None else None
