"""Checkpoints: the end of each chain signed once a day, so that nobody rewrites what precedes it unseen.

What they show: a link changed, removed or moved; a tail cut off; a signature made with another key. What they do not:
whoever holds both the database and the key file can make other chains. Hence the fingerprint and the sealed books that
leave the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, lineage, machine_scope
from care.domain.chains import START, Step, last_sound
from care.domain.evidence import ChainKind, checkpoint_message
from care.services import evidence_chain, trail
from care.services.errors import Forbidden, Refused
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.work import Hold
from care.store.evidence import Checkpoint, EvidenceChain
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from scanners.model import Text

SIGNED = "checkpoint.signed"


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain of this installation: the trail, or the evidence of an establishment."""

    kind: ChainKind
    establishment_id: int | None = None
    finess: str | None = None
    name: str = ""

    @property
    def title(self) -> Text:
        """How people call it."""
        if self.kind is ChainKind.TRAIL:
            return Text("Journal d’audit", "Audit trail")
        return Text(f"Preuves de {self.name} ({self.finess})", f"Evidence of {self.name} ({self.finess})")


TRAIL = Chain(ChainKind.TRAIL)


@dataclass(frozen=True, slots=True)
class SealReport:
    """What reading one chain against its signatures found. `links` are sound; `signed_*` is the last signature."""

    chain: Chain
    links: int
    checkpoints: int
    signed_number: int
    signed_at: datetime | None
    fault: Text | None


def checkpoint(platform: Platform, hold: Hold) -> None:
    """The job of every night: chain what is not, then sign the end of each chain that moved since it was last signed.

    A broken chain is not signed, the others are; the job then fails with the first fault.
    """
    scope = machine_scope("CaRE")
    with platform.database.read() as session:
        unchained = evidence_chain.unchained_places(session)
    for establishment_id in unchained:
        with platform.database.write() as session:
            evidence_chain.adopt_unchained(session, establishment_id)
    signed, faults = 0, []
    for chain in chains(platform):
        try:
            signed += sign_end(platform, scope, chain)
        except Refused as broken:
            faults.append(broken.text)
    if faults:
        raise Refused(faults[0])
    with platform.database.write() as session:
        hold.finish(session, Text(f"{signed} chaînes signées.", f"{signed} chains signed."))


def chains(platform: Platform) -> tuple[Chain, ...]:
    """Every chain: the evidence of each establishment, then the trail, which also tells of their signatures."""
    with platform.database.read() as session:
        rows = session.execute(
            select(Establishment.id, Establishment.finess, Establishment.name)
            .join(EvidenceChain, EvidenceChain.establishment_id == Establishment.id)
            .order_by(Establishment.id)
        ).all()
    return (*(Chain(ChainKind.EVIDENCE, *row) for row in rows), TRAIL)


def sign_end(platform: Platform, scope: Scope, chain: Chain) -> bool:
    """Sign the end of a chain; False when nothing moved since it was last signed. Refused when it is broken.

    What was added since the last signature is read again first: a signature never covers a chain that does not hold.
    The long part of the reading is done without a lock.
    """
    with platform.database.read() as session:
        known = _walk(session, chain, _last_signed(platform, session, chain), _end(session, chain))
    with platform.database.write() as session:
        end = _end(session, chain, lock=True)
        _walk(session, chain, known, end)
        if _latest(session, chain) == end.number:
            return False
        now, key_id = platform.clock.now(), platform.signer.key_id
        message = checkpoint_message(chain.kind, chain.finess, end.number, end.hash, now, key_id)
        session.add(
            Checkpoint(
                kind=chain.kind,
                establishment_id=chain.establishment_id,
                number=end.number,
                hash=end.hash,
                at=now,
                key_id=key_id,
                signature=platform.signer.sign(message),
            )
        )
        session.flush()
        if chain.kind is ChainKind.EVIDENCE:  # the trail's own would move it every night
            thing = Thing("evidence_chain", chain.establishment_id or 0, chain.establishment_id)
            record(session, scope, SIGNED, thing, now, {"number": end.number, "hash": end.hash, "key": key_id})
        return True


def rotate(platform: Platform, scope: Scope) -> None:
    """Replace the key that signs. Who holds the platform whole may; the trail keeps both fingerprints."""
    if not scope.allows(Right.MANAGE_FEDERATION, lineage()):
        raise Forbidden
    former = platform.signer.key_id
    platform.signer.rotate()
    with platform.database.write() as session:
        detail = {"former": former, "key": platform.signer.key_id}
        record(session, scope, "key.rotated", Thing("key", platform.signer.key_id[:16]), platform.clock.now(), detail)


def verify_all(platform: Platform) -> Iterator[SealReport]:
    """Every chain read again from its beginning, against every signature there ever was."""
    for chain in chains(platform):
        yield verify_seal(platform, chain)


def verify_seal(platform: Platform, chain: Chain) -> SealReport:
    """One chain read again from its beginning, against its signatures."""
    with platform.database.read() as session:
        end = _end(session, chain)
        marks = _checkpoints(session, chain)
        last, fault = START, None
        seen: dict[int, str] = {}
        numbers = {mark.number for mark in marks}
        for step in _steps(session, chain, START, end):
            if step.fault is not None:
                fault = step.fault
                break
            last = step
            if step.number in numbers:
                seen[step.number] = step.hash
        fault = fault or _short(last, end) or _mark_fault(platform, chain, marks, seen) or _lost(session, chain, marks)
    latest = marks[-1] if marks else None
    return SealReport(
        chain, last.number, len(marks), latest.number if latest else 0, latest.at if latest else None, fault
    )


def _mark_fault(platform: Platform, chain: Chain, marks: Sequence[Checkpoint], seen: dict[int, str]) -> Text | None:
    """The first signature that the chain or the key does not bear out."""
    for mark in marks:
        if not _signed(platform, chain, mark):
            return _not_ours(mark)
        if seen.get(mark.number) != mark.hash:
            return _rewritten(mark)
    return None


def _signed(platform: Platform, chain: Chain, mark: Checkpoint) -> bool:
    message = checkpoint_message(chain.kind, chain.finess, mark.number, mark.hash, mark.at, mark.key_id)
    return platform.signer.signed(mark.key_id, message, mark.signature)


def _lost(session: Session, chain: Chain, marks: Sequence[Checkpoint]) -> Text | None:
    """A signature that the trail tells of and that is gone."""
    if chain.kind is not ChainKind.EVIDENCE:
        return None
    told = session.scalars(
        select(TrailEvent.detail)
        .where(TrailEvent.action == SIGNED, TrailEvent.establishment_id == chain.establishment_id)
        .order_by(TrailEvent.number)
    )
    kept = {(mark.number, mark.hash) for mark in marks}
    gone = next((one for one in told if (one["number"], one["hash"]) not in kept), None)
    if gone is None:
        return None
    return Text(
        f"La signature du maillon n° {gone['number']}, annoncée par le journal, a disparu.",
        f"The signature of link no. {gone['number']}, which the trail tells of, is gone.",
    )


def _short(last: Step, end: Step) -> Text | None:
    if (last.number, last.hash) == (end.number, end.hash):
        return None
    return Text(
        f"La fin de la chaîne manque : le dernier maillon lu est le n° {last.number}.",
        f"The end of the chain is missing: the last link read is no. {last.number}.",
    )


def _not_ours(mark: Checkpoint) -> Text:
    number, key = mark.number, mark.key_id[:16]
    return Text(
        f"La signature du maillon n° {number} n’est pas de notre clé, ou a été modifiée (clé {key}…).",
        f"The signature of link no. {number} is not of our key, or was changed (key {key}…).",
    )


def _rewritten(mark: Checkpoint) -> Text:
    number, day = mark.number, f"{mark.at:%Y-%m-%d}"
    return Text(
        f"La chaîne ne passe plus par le maillon n° {number} signé le {day} : elle a été réécrite ou coupée.",
        f"The chain no longer goes through link no. {number}, signed on {day}: it was rewritten or cut.",
    )


def _walk(session: Session, chain: Chain, start: Step, end: Step) -> Step:
    """The end of a chain, every link since `start` read again. Refused when one does not hold or the end is missing."""
    last = last_sound(_steps(session, chain, start, end), start)
    fault = last.fault or _short(last, end)
    if fault is not None:
        title = chain.title
        raise Refused(Text(f"{title.fr} : {fault.fr}", f"{title.en}: {fault.en}"))
    return last


def _steps(session: Session, chain: Chain, after: Step, end: Step) -> Iterator[Step]:
    if chain.establishment_id is None:
        return trail.steps(session, after, end)
    return evidence_chain.steps(session, chain.establishment_id, after, end)


def _end(session: Session, chain: Chain, *, lock: bool = False) -> Step:
    if chain.establishment_id is None:
        return trail.trail_end(session, lock=lock)
    return evidence_chain.chain_end(session, chain.establishment_id, lock=lock)


def _checkpoints(session: Session, chain: Chain) -> Sequence[Checkpoint]:
    place = Checkpoint.establishment_id == chain.establishment_id
    query = select(Checkpoint).where(Checkpoint.kind == chain.kind, place).order_by(Checkpoint.number)
    marks = session.scalars(query).all()
    for mark in marks:
        session.expunge(mark)  # the chain is read in batches that empty the session
    return marks


def _latest(session: Session, chain: Chain) -> int:
    place = Checkpoint.establishment_id == chain.establishment_id
    number = session.scalar(select(func.max(Checkpoint.number)).where(Checkpoint.kind == chain.kind, place))
    return number or 0


def _last_signed(platform: Platform, session: Session, chain: Chain) -> Step:
    """Where the last signature stands; Refused when it is not of our key."""
    marks = _checkpoints(session, chain)
    if not marks:
        return START
    if not _signed(platform, chain, marks[-1]):
        raise Refused(_not_ours(marks[-1]))
    return Step(marks[-1].number, marks[-1].hash)
