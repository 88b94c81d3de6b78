"""What services of the crisis organisation share: who changed a row since it was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.services.errors import Refused
from care.services.platform import Platform
from care.services.trail import Thing
from care.store.trail import TrailEvent
from scanners.model import Text

FIELDS = "fields"
"""The detail of a trail event that names the fields changed, apart by commas; `version` is the one it made."""


class Row(Protocol):
    """A row that people edit."""

    version: int
    changed_at: datetime
    changed_by: str


def check_version(
    platform: Platform, session: Session, row: Row | None, seen: int, thing: Thing, names: Mapping[str, Text]
) -> None:
    """Refused, saying who changed what since, when `row` is no longer the one that was shown.

    `seen` is 0 for a row that did not exist. `names` are the words for the fields of the thing.
    """
    version = row.version if row is not None else 0
    if version == seen:
        return
    if row is None:
        raise Refused(_gone())
    since = _events(session, thing, seen)
    changed = {name for event in since for name in str(event.detail.get(FIELDS, "")).split(",")}
    who = ", ".join(dict.fromkeys(event.actor for event in since)) or row.changed_by
    what = [words for name, words in names.items() if name in changed]
    at = row.changed_at.astimezone(ZoneInfo(platform.settings.timezone))
    raise Refused(_said(who, what, at))


def _events(session: Session, thing: Thing, seen: int) -> list[TrailEvent]:
    events = session.scalars(
        select(TrailEvent)
        .where(TrailEvent.thing_kind == thing.kind, TrailEvent.thing_id == str(thing.id))
        .order_by(TrailEvent.number.desc())
        .limit(50)
    )
    return [one for one in events if int(one.detail.get("version") or 0) > seen]


def _said(who: str, what: Iterable[Text], at: datetime) -> Text:
    fr = ", ".join(one.fr for one in what) or "ces informations"
    en = ", ".join(one.en for one in what) or "this information"
    return Text(
        f"Entre-temps, {who} a modifié {fr} (le {at:%d/%m/%Y à %H:%M}). Rien n’est perdu : comparez avec ce que vous "
        "avez saisi, corrigez si besoin, puis enregistrez de nouveau.",
        f"In the meantime, {who} changed {en} (on {at:%Y-%m-%d at %H:%M}). Nothing is lost: compare with what you "
        "typed, correct it if need be, then save again.",
    )


def _gone() -> Text:
    return Text(
        "Entre-temps, quelqu’un a remis le texte d’origine. Rien n’est perdu : relisez-le, puis enregistrez de nouveau "
        "si votre version doit le remplacer.",
        "In the meantime, somebody put the original text back. Nothing is lost: read it again, then save again if your "
        "version is to replace it.",
    )
