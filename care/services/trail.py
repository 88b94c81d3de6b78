"""The audit trail: every important write leaves an event in a hash chain.

Each event's hash covers its content and the hash of the event before it: changing, removing or moving one breaks the
chain from there on, which `verify` finds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.chains import GENESIS, START, Step, last_sound
from care.services.platform import Platform
from care.store.trail import TrailEvent, TrailHead
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

HEAD_ID = 1
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Thing:
    """What an event is about: its kind (`account`, `establishment`…), its identifier, and where it belongs."""

    kind: str
    id: int | str
    establishment_id: int | None = None


def record(
    session: Session, scope: Scope, action: str, thing: Thing, now: datetime, detail: Mapping[str, Scalar] | None = None
) -> None:
    """Add one event to the chain, in the caller's write transaction.

    `action` is `<subject>.<past participle>` (`account.created`); `detail` holds scalars, never a secret. Call it last
    in the transaction: on PostgreSQL the head of the chain stays locked until the commit.
    """
    head = _locked_head(session)
    event = TrailEvent(
        number=head.number + 1,
        at=now.astimezone(UTC),
        actor=scope.actor,
        account_id=scope.account_id,
        address=scope.address,
        action=action,
        thing_kind=thing.kind,
        thing_id=str(thing.id),
        establishment_id=thing.establishment_id,
        detail=dict(detail or {}),
        previous_hash=head.hash,
    )
    event.hash = fingerprint(event)
    session.add(event)
    head.number, head.hash = event.number, event.hash
    session.flush()


def _locked_head(session: Session) -> TrailHead:
    query = select(TrailHead).where(TrailHead.id == HEAD_ID).with_for_update().execution_options(populate_existing=True)
    head = session.scalars(query).one_or_none()
    if head is None:
        insert_missing(session, TrailHead, id=HEAD_ID, number=0, hash=GENESIS)
        head = session.scalars(query).one()
    return head


def fingerprint(event: TrailEvent) -> str:
    """SHA-256, in hexadecimal, of an event's canonical JSON: sorted keys, no spaces, UTC time to the microsecond."""
    text = json.dumps(content_of(event), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def content_of(event: TrailEvent) -> dict[str, Any]:
    """What the hash of an event covers, as plain values."""
    return {
        "number": event.number,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": event.actor,
        "account_id": event.account_id,
        "address": event.address,
        "action": event.action,
        "thing_kind": event.thing_kind,
        "thing_id": event.thing_id,
        "establishment_id": event.establishment_id,
        "detail": event.detail,
        "previous_hash": event.previous_hash,
    }


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What `verify` found: the number of sound events, and the fault that stopped it, if any."""

    events: int
    fault: Text | None = None

    @property
    def sound(self) -> bool:
        """Whether the whole chain holds."""
        return self.fault is None


def verify(platform: Platform) -> ChainReport:
    """Read the whole chain again, in flat memory, and say where it breaks."""
    with platform.database.read() as session:
        end = trail_end(session)
        last = last_sound(steps(session, START, end))
    if last.fault is None and last != end:
        said = Text(
            f"La fin du journal manque : le dernier événement lu est le n° {last.number}.",
            f"The end of the trail is missing: the last event read is no. {last.number}.",
        )
        return ChainReport(last.number, said)
    return ChainReport(last.number, last.fault)


def trail_end(session: Session, *, lock: bool = False) -> Step:
    """The last event, as the head of the chain says; locked until the commit if asked."""
    head = _locked_head(session) if lock else session.get(TrailHead, HEAD_ID)
    return Step(head.number, head.hash) if head else START


def steps(session: Session, after: Step, end: Step) -> Iterator[Step]:
    """The events after one of them, in order, in flat memory, up to the first fault.

    Those that follow `end` are being written by others, unless the head itself is lost.
    """
    query = select(TrailEvent).order_by(TrailEvent.number).limit(_BATCH)
    if end != START:
        query = query.where(TrailEvent.number <= end.number)
    while batch := session.scalars(query.where(TrailEvent.number > after.number)).all():
        for event in batch:
            fault = _fault(event, after.number + 1, after.hash)
            after = Step(event.number, event.hash, fault)
            yield after
            if fault is not None:
                return
        session.expunge_all()


def _fault(event: TrailEvent, expected: int, previous: str) -> Text | None:
    if event.number != expected:
        return Text(f"L’événement n° {expected} manque.", f"Event no. {expected} is missing.")
    if event.previous_hash != previous:
        return Text(
            f"L’événement n° {expected} ne suit pas celui qui le précède.",
            f"Event no. {expected} does not follow the one before.",
        )
    if event.hash != fingerprint(event):
        return Text(f"L’événement n° {expected} a été modifié.", f"Event no. {expected} was changed.")
    return None
