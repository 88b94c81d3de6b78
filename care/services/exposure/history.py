"""What audits changed of the things that the outside sees, as lines of a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from care.domain.assets import AssetChange, AssetKind
from care.services.exposure.unreported import Unreported
from care.services.exposure.words import TRAITS, said
from care.store.assets import Asset, AssetEvent
from scanners.model import Lang

MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class EventLine:
    """What an audit changed of one thing; `differences` holds (trait, before, after)."""

    asset_id: int
    kind: AssetKind
    key: str
    what: AssetChange
    at: datetime
    run_id: int
    differences: tuple[tuple[str, str, str], ...]


def events_of(session: Session, lang: Lang, *wanted: ColumnElement[bool]) -> tuple[EventLine, ...]:
    """The changes of some things or of some audits, the latest first."""
    rows = session.execute(
        select(AssetEvent, Asset.kind, Asset.key)
        .join(Asset, Asset.id == AssetEvent.asset_id)
        .where(*wanted)
        .order_by(AssetEvent.at.desc(), AssetEvent.what, Asset.key)
        .limit(MOST_EVENTS)
    )
    return tuple(
        EventLine(event.asset_id, kind, key, event.what, event.at, event.run_id, _differences(event, lang))
        for event, kind, key in rows
    )


def reported_events(session: Session, events: Sequence[EventLine], hidden: Unreported) -> tuple[EventLine, ...]:
    """The changes of what is reported."""
    rows = session.scalars(select(Asset).where(Asset.id.in_({one.asset_id for one in events})))
    kept = {row.id for row in hidden.keep(rows)}
    return tuple(one for one in events if one.asset_id in kept)


def _differences(event: AssetEvent, lang: Lang) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (TRAITS[name].render(lang), said(name, before, lang), said(name, after, lang))
        for name, (before, after) in event.differences.items()
        if name in TRAITS
    )
