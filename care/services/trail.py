"""The audit trail: every important write leaves an event in a hash chain.

Each event's hash covers its content and the hash of the event before it: changing, removing or moving one breaks the
chain from there on, which `verify` finds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.services.platform import Platform
from care.store.trail import HASH_LENGTH, TrailEvent, TrailHead
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

GENESIS = "0" * HASH_LENGTH
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
    content = {
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
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


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
        number, previous = 0, GENESIS
        query = select(TrailEvent).order_by(TrailEvent.number).execution_options(yield_per=_BATCH)
        for event in session.scalars(query):
            fault = _fault(event, number + 1, previous)
            if fault is not None:
                return ChainReport(number, fault)
            number, previous = event.number, event.hash
        head = session.get(TrailHead, HEAD_ID)
        if (head.number, head.hash) != (number, previous) if head else number > 0:
            return ChainReport(
                number,
                Text(
                    f"La fin du journal manque : le dernier événement lu est le n° {number}.",
                    f"The end of the trail is missing: the last event read is no. {number}.",
                ),
            )
        return ChainReport(number)


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
