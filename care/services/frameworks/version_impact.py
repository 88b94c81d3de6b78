"""What a new version touches: the answers given and the evidence filed under the requirements of the one in use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.evidence import ThingKind
from care.domain.framework_changes import Changes, Fate, Passage
from care.store.evidence import Evidence, EvidenceTie
from care.store.frameworks import RequirementAnswer

_ASKED = (RequirementAnswer.holder, RequirementAnswer.item, RequirementAnswer.method, RequirementAnswer.inquiry)


@dataclass
class Touched:
    """Answers and pieces of evidence that share one fate, and whose they are."""

    answers: int = 0
    ties: int = 0
    places: set[str] = field(default_factory=set)


def impact(session: Session, framework_id: str, changes: Changes) -> Mapping[Fate, Touched]:
    """How many answers and ties of evidence of how many holders each fate touches."""
    found = {fate: Touched() for fate in Fate}
    for row in answers_in_force(session, framework_id):
        if row.item in changes.fates:
            touched = found[changes.fates[row.item]]
            touched.answers += 1
            touched.places.add(row.holder)
    for item, establishment_id in _ties(session, framework_id):
        if item in changes.fates:
            touched = found[changes.fates[item]]
            touched.ties += 1
            touched.places.add(f"establishment:{establishment_id}")
    return found


def answers_in_force(
    session: Session, framework_id: str, items: Iterable[str] | None = None
) -> list[RequirementAnswer]:
    """The last answer of each holder, requirement, method and inquiry, unless it was taken back; oldest first."""
    last = select(func.max(RequirementAnswer.id)).where(RequirementAnswer.framework == framework_id)
    if items is not None:
        last = last.where(RequirementAnswer.item.in_(sorted(set(items))))
    rows = session.scalars(
        select(RequirementAnswer)
        .where(RequirementAnswer.id.in_(last.group_by(*_ASKED)), ~RequirementAnswer.withdrawn)
        .order_by(RequirementAnswer.id)
    )
    return list(rows)


def _ties(session: Session, framework_id: str) -> Iterable[tuple[str, int]]:
    """The requirements that evidence in use is tied to, with the establishment of the evidence."""
    prefix = f"{framework_id}:"
    rows = session.execute(
        select(EvidenceTie.thing_id, Evidence.establishment_id)
        .join(Evidence, Evidence.id == EvidenceTie.evidence_id)
        .where(
            EvidenceTie.thing_kind == ThingKind.REQUIREMENT,
            EvidenceTie.thing_id.startswith(prefix, autoescape=True),
            Evidence.current,
        )
    )
    return [(ref.removeprefix(prefix), establishment_id) for ref, establishment_id in rows]


@dataclass(frozen=True, slots=True)
class Carried:
    """What was carried over to requirements that replace former ones."""

    answers: int = 0
    ties: int = 0


def carry_over(session: Session, framework_id: str, passages: Iterable[Passage], now: datetime, actor: str) -> Carried:
    """Have the answers and the evidence of former requirements stand for those that take them over.

    Nothing is moved away: a new row says what the former one says, by whom, when, of which version and which words, so
    that other words make it one to confirm. A requirement that somebody already answered keeps its own answer.
    """
    known = tuple(passages)
    if not known:
        return Carried()
    return Carried(_carry_answers(session, framework_id, known), _carry_ties(session, framework_id, known, now, actor))


def _carry_answers(session: Session, framework_id: str, passages: tuple[Passage, ...]) -> int:
    items = {one.former for one in passages} | {one.item.id for one in passages}
    rows = answers_in_force(session, framework_id, items)
    taken = {(row.holder, row.item, row.method, row.inquiry) for row in rows}
    chosen: dict[tuple[object, ...], RequirementAnswer] = {}
    for one in passages:
        former = [row for row in rows if row.item == one.former]
        for row in former:
            key = (row.holder, one.item.id, row.method, row.inquiry)
            before = chosen.get(key)
            if key not in taken and (before is None or _rank(row, one) >= _rank(before, one)):
                chosen[key] = row
    session.add_all(_copied(row, str(key[1])) for key, row in chosen.items())
    return len(chosen)


def _rank(row: RequirementAnswer, passage: Passage) -> tuple[bool, int]:
    """Of two answers that one requirement takes over: the one given to its words, else the latest."""
    return row.item_hash == passage.item.wording, row.id


def _copied(row: RequirementAnswer, item: str) -> RequirementAnswer:
    return RequirementAnswer(
        holder=row.holder,
        framework=row.framework,
        item=item,
        framework_version=row.framework_version,
        item_hash=row.item_hash,
        method=row.method,
        inquiry=row.inquiry,
        verdict=row.verdict,
        note=row.note,
        given_on=row.given_on,
        valid_until=row.valid_until,
        value=row.value,
        withdrawn=False,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
    )


def _carry_ties(session: Session, framework_id: str, passages: tuple[Passage, ...], now: datetime, actor: str) -> int:
    refs = {f"{framework_id}:{name}" for one in passages for name in (one.former, one.item.id)}
    rows = session.execute(
        select(EvidenceTie.evidence_id, EvidenceTie.thing_id).where(
            EvidenceTie.thing_kind == ThingKind.REQUIREMENT, EvidenceTie.thing_id.in_(sorted(refs))
        )
    ).all()
    known = {(evidence_id, ref) for evidence_id, ref in rows}
    new = {
        (evidence_id, f"{framework_id}:{one.item.id}")
        for one in passages
        for evidence_id, ref in known
        if ref == f"{framework_id}:{one.former}"
    } - known
    session.add_all(
        EvidenceTie(evidence_id=evidence_id, thing_kind=ThingKind.REQUIREMENT, thing_id=ref, tied_at=now, tied_by=actor)
        for evidence_id, ref in sorted(new)
    )
    return len(new)
