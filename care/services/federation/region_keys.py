"""Keys of regions: the region answers with the key that an installation knows and has it present the new one; the
installation believes that word only of the key that somebody compared, and never goes back to one it left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.introductions import Introduction, introduced_by, introduction_message
from care.domain.signed_documents import key_fingerprint, public_pem, raw_public_key
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.federation import RegionKey, RegionLink
from scanners.model import Scalar

# The region


def signer_for(platform: Platform, audience: str) -> Callable[[bytes], bytes]:
    """What signs for who knows that key of ours: that one, while its private half is kept; else the present one."""

    def sign(message: bytes) -> bytes:
        return _former_signature(platform, audience, message) or platform.signer.sign(message)

    return sign


def introduction_for(platform: Platform, audience: str) -> Introduction | None:
    """Our present key, presented by the former one that an installation knows; none when it knows the present one, or
    when nothing is left to present it: two people then compare it by telephone."""
    public = platform.signer.public_keys[platform.signer.key_id]
    signature = _former_signature(platform, audience, introduction_message(public))
    return Introduction(audience, public, signature) if signature is not None else None


def _former_signature(platform: Platform, audience: str, message: bytes) -> bytes | None:
    if audience in ("", platform.signer.key_id):
        return None
    return platform.signer.vouch(audience, message)


# The installation that sends to it


@dataclass(frozen=True, slots=True)
class RegionKeyLine:
    """A key of a region that was believed: since when, until when, and on whose word (a person, or the key before)."""

    fingerprint: str
    since: datetime
    until: datetime | None
    by: str
    presented_by: str


def keys_of(session: Session, link: RegionLink) -> tuple[RegionKeyLine, ...]:
    """The keys of a region that were believed, the latest first."""
    return tuple(
        RegionKeyLine(row.key_id, row.since, row.until, row.by, row.presented_by)
        for row in session.scalars(_keys(link))
    )


def believe(session: Session, link: RegionLink, by: str, now: datetime, presented_by: str = "") -> None:
    """Believe the key that the link holds, from now on, and no former one. The row of the link is locked."""
    public = raw_public_key(link.region_key)
    fingerprint = key_fingerprint(public)
    rows = session.scalars(_keys(link)).all()
    if any(one.key_id == fingerprint and one.until is None for one in rows):
        return
    _end(rows, now)
    session.add(
        RegionKey(link_id=link.id, key_id=fingerprint, public_key=public, presented_by=presented_by, by=by, since=now)
    )
    session.flush()


def was_left(session: Session, link: RegionLink, key_pem: str) -> datetime | None:
    """When this key was replaced by another, if it was: nothing but a person may come back to it."""
    fingerprint = key_fingerprint(raw_public_key(key_pem))
    mine = [one for one in session.scalars(_keys(link)) if one.key_id == fingerprint]
    return None if any(one.until is None for one in mine) else next((one.until for one in mine), None)


def meet(session: Session, scope: Scope, link: RegionLink, told: Introduction | None, now: datetime) -> bool:
    """Take the new key of a region when the one that somebody compared presents it. Whether it was taken.

    The row of the link is locked. A key that was left before is not taken again.
    """
    if told is None or not link.region_key:
        return False
    present = raw_public_key(link.region_key)
    rows = session.scalars(_keys(link)).all()
    believed = any(one.public_key == present and one.until is None for one in rows)
    known = any(one.public_key == told.public_key for one in rows)
    if not believed or known or not introduced_by(told, present):
        return False
    link.region_key = public_pem(told.public_key)
    link.changed_at, link.changed_by, link.version = now, scope.actor, link.version + 1
    believe(session, link, scope.actor, now, presented_by=told.former)
    detail: dict[str, Scalar] = {
        "key": key_fingerprint(told.public_key),
        "former": told.former,
        "version": link.version,
    }
    record(session, scope, "region_link.key_introduced", Thing("region_link", link.id), now, detail)
    return True


def _keys(link: RegionLink) -> Select[RegionKey]:
    return select(RegionKey).where(RegionKey.link_id == link.id).order_by(RegionKey.id.desc())


def _end(rows: Sequence[RegionKey], now: datetime) -> None:
    for one in rows:
        one.until = one.until or now
