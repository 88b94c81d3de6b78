"""Who read what: opening a finding or a piece of evidence leaves an event in the trail, once an hour and person."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import select

from care.domain.access import Scope
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.trail import TrailEvent
from care.store.trouble import StorageError

log = logging.getLogger(__name__)

READ_AGAIN_AFTER = timedelta(hours=1)
"""The same person reading the same thing again within the hour is one reading: a preview must not swell the trail."""


def note_read(platform: Platform, scope: Scope, thing: Thing) -> None:
    """Keep in the trail that someone reads a thing. A full disk in a crisis does not take the page away: the log then
    keeps who read."""
    try:
        _note(platform, scope, thing)
    except StorageError as trouble:
        log.warning("%s %s read by account %s, not in the trail: %s", thing.kind, thing.id, scope.account_id, trouble)


def _note(platform: Platform, scope: Scope, thing: Thing) -> None:
    now = platform.clock.now()
    lately = (
        select(TrailEvent.number)
        .where(
            TrailEvent.thing_kind == thing.kind,
            TrailEvent.thing_id == str(thing.id),
            TrailEvent.action == f"{thing.kind}.read",
            TrailEvent.actor == scope.actor,
            TrailEvent.account_id == scope.account_id,
            TrailEvent.at > now - READ_AGAIN_AFTER,
            TrailEvent.at <= now,
        )
        .limit(1)
    )
    with platform.database.read() as session:
        if session.scalar(lately) is not None:
            return
    with platform.database.write() as session:
        record(session, scope, f"{thing.kind}.read", thing, now)
