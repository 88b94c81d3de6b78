"""Two people editing one thing: the sentence that says who changed what since it was shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.services.errors import Refused
from care.services.platform import Platform
from care.services.trail import Thing
from care.store.trail import TrailEvent
from scanners.model import Text

_LOOKED_AT = 50


def refuse_stale(
    platform: Platform,
    session: Session,
    thing: Thing,
    changed: tuple[datetime, str],
    seen: int,
    names: Mapping[str, Text],
) -> None:
    """Raise Refused for a thing that is no longer at the version `seen`.

    `changed` says when and by whom it was last changed, `names` how its fields are called. The trail events of the
    thing hold `version`, the one they made, and `fields`, the names of what changed, joined by ", ".
    """
    events = session.scalars(
        select(TrailEvent)
        .where(TrailEvent.thing_kind == thing.kind, TrailEvent.thing_id == str(thing.id))
        .order_by(TrailEvent.number.desc())
        .limit(_LOOKED_AT)
    )
    since = [one for one in events if _version(one) > seen]
    raise Refused(_sentence(since, changed, names, ZoneInfo(platform.settings.timezone)))


def _version(event: TrailEvent) -> int:
    version = event.detail.get("version")
    return version if isinstance(version, int) else 0


def _sentence(
    since: Sequence[TrailEvent], changed: tuple[datetime, str], names: Mapping[str, Text], zone: ZoneInfo
) -> Text:
    who = ", ".join(dict.fromkeys(one.actor for one in since)) or changed[1]
    touched = {name for one in since for name in str(one.detail.get("fields", "")).split(", ")}
    fields = [words for name, words in names.items() if name in touched]
    what_fr = ", ".join(one.fr for one in fields) or "cette fiche"
    what_en = ", ".join(one.en for one in fields) or "this sheet"
    return changed_meanwhile(who, Text(what_fr, what_en), changed[0].astimezone(zone))


def changed_meanwhile(who: str, what: Text, at: datetime) -> Text:
    """The sentence of a conflict: who changed what, and when, by the clock of the reader."""
    return Text(
        f"Entre-temps, {who} a modifié {what.fr} (le {at:%d/%m/%Y à %H:%M}). Rien n’est perdu : comparez avec ce que "
        "vous avez saisi, corrigez si besoin, puis enregistrez de nouveau.",
        f"In the meantime, {who} changed {what.en} (on {at:%Y-%m-%d at %H:%M}). Nothing is lost: compare with what "
        "you typed, correct it if need be, then save again.",
    )
