"""The chain of an establishment's evidence: one link per piece, in the order they came; it cannot be rewritten unseen.

Titles, notes, owners, ties and the period in force are outside of it: people change them, and the trail keeps how.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from care.domain.chains import GENESIS, START, Step, last_sound
from care.domain.evidence import Filed, linked
from care.services.platform import Platform
from care.store.evidence import Evidence, EvidenceChain
from care.store.registry import Establishment
from care.store.upsert import insert_missing
from scanners.model import Text

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Link:
    """One link as it is stored, beside what its piece of evidence says today."""

    filed: Filed
    hash: str


def append(session: Session, evidence: Evidence) -> None:
    """Give a new piece of evidence its place in its establishment's chain.

    The end of the chain stays locked until the commit. Order of locks in a transaction: content, chain, establishment,
    trail; a transaction that adds evidence to several establishments goes through them by number.
    """
    end = locked_end(session, evidence.establishment_id)
    finess = session.scalar(select(Establishment.finess).where(Establishment.id == evidence.establishment_id))
    replaces = session.scalar(select(Evidence.number).where(Evidence.id == evidence.replaces_id))
    evidence.number = end.number + 1
    evidence.chain_hash = linked(end.hash, filed(evidence, finess or "", replaces).hash)
    end.number, end.hash = evidence.number, evidence.chain_hash
    session.flush()


def locked_end(session: Session, establishment_id: int) -> EvidenceChain:
    """The end of a chain, to be moved; made when there is none."""
    place = EvidenceChain.establishment_id == establishment_id
    query = select(EvidenceChain).where(place).with_for_update().execution_options(populate_existing=True)
    end = session.scalars(query).one_or_none()
    if end is None:
        insert_missing(session, EvidenceChain, establishment_id=establishment_id, number=0, hash=GENESIS)
        end = session.scalars(query).one()
    return end


def filed(evidence: Evidence, finess: str, replaces: int | None) -> Filed:
    """What the chain says of a piece of evidence that has its number."""
    return Filed(
        establishment=finess,
        number=evidence.number or 0,
        kind=evidence.kind.value,
        name=evidence.name,
        media_type=evidence.media_type,
        sha256=evidence.sha256,
        link=evidence.link,
        effective_from=evidence.filed_from,
        effective_to=evidence.filed_to,
        added_at=evidence.added_at,
        added_by=evidence.added_by,
        replaces=replaces,
    )


def adopt_unchained(session: Session, establishment_id: int) -> int:
    """Chain what was stored before there were chains, the oldest first; returns how many links were added."""
    rows = session.scalars(
        select(Evidence)
        .where(Evidence.establishment_id == establishment_id, Evidence.number.is_(None))
        .order_by(Evidence.id)
    ).all()
    for row in rows:
        append(session, row)
    return len(rows)


def links(session: Session, establishment_id: int, after: int = 0) -> Iterator[Link]:
    """The links of a chain from `after` + 1 on, in order and in flat memory."""
    former = aliased(Evidence)
    finess = session.scalar(select(Establishment.finess).where(Establishment.id == establishment_id)) or ""
    query = (
        select(Evidence, former.number)
        .outerjoin(former, former.id == Evidence.replaces_id)
        .where(Evidence.establishment_id == establishment_id)
        .order_by(Evidence.number)
        .limit(_BATCH)
    )
    while batch := session.execute(query.where(Evidence.number > after)).all():
        for evidence, replaces in batch:
            yield Link(filed(evidence, finess, replaces), evidence.chain_hash or "")
        after = batch[-1][0].number or after + _BATCH
        session.expunge_all()


def verify_chain(platform: Platform, establishment_id: int) -> Step:
    """Read the whole chain of an establishment again: its last sound link, and the fault met after it, if any."""
    with platform.database.read() as session:
        end = chain_end(session, establishment_id)
        last = last_sound(steps(session, establishment_id, START, end))
    if last.fault is None and last != end:
        said = Text(
            f"La fin de la chaîne manque : la dernière preuve lue est la n° {last.number}.",
            f"The end of the chain is missing: the last piece of evidence read is no. {last.number}.",
        )
        return Step(last.number, last.hash, said)
    return last


def chain_end(session: Session, establishment_id: int, *, lock: bool = False) -> Step:
    """The last link, as the end of the chain says; locked until the commit if asked."""
    end = locked_end(session, establishment_id) if lock else session.get(EvidenceChain, establishment_id)
    return Step(end.number, end.hash) if end else START


def steps(session: Session, establishment_id: int, after: Step, end: Step) -> Iterator[Step]:
    """The links after one of them, in order, up to the first fault.

    Those that follow `end` are being written by others, unless the end itself is lost.
    """
    for link in links(session, establishment_id, after.number):
        if end != START and link.filed.number > end.number:
            return
        fault = _fault(link, after)
        after = Step(link.filed.number, link.hash, fault)
        yield after
        if fault is not None:
            return


def _fault(link: Link, before: Step) -> Text | None:
    expected = before.number + 1
    if link.filed.number != expected:
        return Text(f"La preuve n° {expected} manque.", f"Evidence no. {expected} is missing.")
    if link.hash != linked(before.hash, link.filed.hash):
        return Text(
            f"La preuve n° {expected} a été modifiée, ou ne suit pas celle qui la précède.",
            f"Evidence no. {expected} was changed, or does not follow the one before.",
        )
    return None


def unchained_places(session: Session) -> list[int]:
    """The establishments that hold evidence without a place in a chain."""
    query = select(Evidence.establishment_id).where(Evidence.number.is_(None)).group_by(Evidence.establishment_id)
    return list(session.scalars(query.order_by(Evidence.establishment_id)))
