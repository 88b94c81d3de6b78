"""The whole trail handed out as a signed file (`care-trail/1`, docs/formats.md), which `verifier.py` reads offline.

It is written and read again line by line: ten years of a region do not fit in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from sqlalchemy import select

from care.domain.access import Right, Scope, lineage
from care.domain.evidence import ChainKind
from care.services.errors import Forbidden
from care.services.platform import Platform
from care.services.trail import Thing, content_of, record, trail_end
from care.store.evidence import Checkpoint
from care.store.trail import TrailEvent
from reports.seal.verifier import TRAIL_FORMAT, TRAIL_HEAD, canonical, trail_message

_BATCH = 1000


def may_export(scope: Scope) -> bool:
    """The chain holds only whole: it is for who reads the trail of the whole platform."""
    return scope.allows(Right.READ_TRAIL, lineage())


def signed_trail(platform: Platform, scope: Scope) -> Iterator[bytes]:
    """The trail as stored, from its first event to the one that tells of this export, in pieces.

    What is altered in the database is handed out as it is: the script then names the event. Forbidden to who does not
    read the whole trail.
    """
    if not may_export(scope):
        raise Forbidden
    with platform.database.write() as session:
        record(session, scope, "trail.exported", Thing("trail", "all"), platform.clock.now())
        last = trail_end(session).number
    return _signed(platform, _lines(platform, scope, last))


def _signed(platform: Platform, lines: Iterable[bytes]) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
        yield line
    signature = platform.signer.sign(trail_message(digest.hexdigest()))
    yield canonical({"signature": signature.hex()}) + b"\n"


def _lines(platform: Platform, scope: Scope, last: int) -> Iterator[bytes]:
    yield TRAIL_HEAD
    yield canonical(_about(platform, scope, last)) + b"\n"
    number = 0
    while number < last:
        query = select(TrailEvent).where(TrailEvent.number > number, TrailEvent.number <= last)
        with platform.database.read() as session:
            events = session.scalars(query.order_by(TrailEvent.number).limit(_BATCH)).all()
            lines = [canonical(content_of(one) | {"hash": one.hash}) + b"\n" for one in events]
            number = events[-1].number if events else last
        yield from lines


def _about(platform: Platform, scope: Scope, last: int) -> dict[str, Any]:
    signer = platform.signer
    with platform.database.read() as session:
        query = select(Checkpoint).where(Checkpoint.kind == ChainKind.TRAIL, Checkpoint.number <= last)
        marks = [
            {
                "number": mark.number,
                "hash": mark.hash,
                "at": mark.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "key": mark.key_id,
                "signature": mark.signature.hex(),
            }
            for mark in session.scalars(query.order_by(Checkpoint.number))
        ]
    return {
        "format": TRAIL_FORMAT,
        "exported_at": platform.clock.now().astimezone(UTC).isoformat(timespec="seconds"),
        "exported_by": scope.actor,
        "last": last,
        "key": signer.public_keys[signer.key_id].hex(),
        "keys": {key_id: raw.hex() for key_id, raw in signer.public_keys.items()},
        "checkpoints": marks,
    }
