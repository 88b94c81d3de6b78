"""What leaves for a region: put together, shown before it leaves, signed and kept.

Only what `IndicatorValue` holds for the establishments that the region expects, and their answers to its alerts and
campaigns: codes, numbers and days. Values received here from other installations are forwarded like ours; those that
came under a pseudonym are not, since nobody here can say whose they are.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.bundles import (
    FORMAT,
    MAX_LINE_BYTES,
    SUFFIX,
    bundle_sha256,
    key_message,
    signed_bundle,
    written_moment,
    written_value,
)
from care.domain.campaign_words import written_word
from care.domain.federation import DeliveryState, Way
from care.domain.indicators import Measured
from care.domain.months import Month, month_of, months_between, moved
from care.domain.pseudonyms import pseudonym_of
from care.domain.signed_documents import canonical
from care.services.errors import NotFound, Refused
from care.services.federation.links import (
    allow,
    bundles_of,
    locked_link,
    pseudonym_key,
    region_fingerprint,
    thing_of,
)
from care.services.library import today
from care.services.platform import Platform
from care.services.regional.federating import words_of as campaign_words_of
from care.services.trail import record
from care.store.alerts import Alert, AlertPlace
from care.store.federation import RegionLink, SentBundle
from care.store.indicators import IndicatorHolder, IndicatorValue
from care.store.registry import Establishment
from scanners.model import Scalar, Text

KEPT_DOCUMENTS = 60
"""Bundles of a region that stay readable word for word; of older ones, number, fingerprint and fate stay (our choice:
two months of daily bundles, some 25 KB each for a hospital)."""
_REMADE = Text(
    "Un lot plus récent, qui dit tout ce que disait celui-ci, l’a remplacé.",
    "A more recent bundle, which tells everything that this one told, took its place.",
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """An establishment in a bundle: its number and name here, and what the bundle calls it."""

    finess: str
    name: str
    category: str
    told_as: str
    values: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class AlertTold:
    """An answer to an alert, as the bundle tells it; `title` is only for people here."""

    title: str
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CampaignTold:
    """An answer to a campaign, as the bundle tells it; `title` is only for people here."""

    title: str
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a bundle would tell now. `unknown`: establishments that the region expects and that the registry
    does not hold. `unnamed`: values left out because they came here under a pseudonym. `shortened`: older months left
    out because the bundle would have been too large."""

    months: tuple[Month, ...]
    speakers: tuple[Speaker, ...]
    alerts: tuple[AlertTold, ...]
    campaigns: tuple[CampaignTold, ...]
    unknown: tuple[str, ...]
    unnamed: int
    pseudonymous: bool
    shortened: bool = False

    @property
    def values(self) -> int:
        """How many values it tells."""
        return sum(len(one.values) for one in self.speakers)

    @property
    def told(self) -> dict[str, Any]:
        """What of it the bundle holds: compared with the last one to know whether anything is new."""
        return {
            "pseudonymous": self.pseudonymous,
            "months": list(self.months),
            "holders": [_holder(one, pseudonymous=self.pseudonymous) for one in self.speakers],
            "alerts": [one.entry for one in self.alerts],
            "campaigns": [one.entry for one in self.campaigns],
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What would leave now, before anything leaves; `document` is the first line of the bundle, without number, key
    and signature."""

    content: Content
    size: int
    document: str


@dataclass(frozen=True, slots=True)
class Made:
    """A bundle ready to travel: its number in our history, the name of its file, its bytes."""

    id: int
    number: int
    name: str
    document: bytes


def preview(platform: Platform, scope: Scope, link_id: int) -> Preview:
    """Exactly what would leave now; nothing is kept and nothing leaves."""
    allow(scope)
    with platform.database.read() as session:
        link = session.get(RegionLink, link_id)
        if link is None:
            raise NotFound
        content = content_of(platform, session, link)
    line = canonical(content.told)
    return Preview(content, len(line), line.decode())


def export(platform: Platform, scope: Scope, link_id: int) -> Made:
    """A bundle given as a file. Refused while nothing may leave for this region."""
    allow(scope)
    with platform.database.write() as session:
        link = locked_link(session, link_id)
        refuse_closed(link)
        return make(platform, session, scope, link, Way.FILE)


def sent_document(platform: Platform, scope: Scope, link_id: int, number: int) -> Made:
    """A bundle as it was made, byte for byte; NotFound when it was never made or is no longer kept."""
    allow(scope)
    with platform.database.read() as session:
        link = session.get(RegionLink, link_id)
        row = session.scalars(bundles_of(link_id).where(SentBundle.number == number)).one_or_none()
        if link is None or row is None or not row.document:
            raise NotFound
        return Made(row.id, row.number, file_name(link, row.number), row.document)


def refuse_closed(link: RegionLink) -> None:
    """Refused unless a person enabled this link."""
    if link.ended_at is not None or not link.enabled:
        raise Refused(
            Text(
                "Rien ne part pour cette région : comparez d’abord l’empreinte de sa clé, puis activez l’envoi.",
                "Nothing leaves for this region: compare the fingerprint of its key first, then enable sending.",
            )
        )
    if link.foreign_number is not None:
        raise Refused(
            Text(
                f"Rien ne part : la région a pris un lot n° {link.foreign_number} qui n’a pas été fait ici. Dites"
                " d’abord, sur sa page, s’il s’agit d’une restauration ou d’une copie.",
                f"Nothing leaves: the region took a bundle no. {link.foreign_number} that was not made here. Say"
                " first, on its page, whether this is a restoration or a copy.",
            )
        )


def make(platform: Platform, session: Session, scope: Scope, link: RegionLink, way: Way) -> Made:
    """Sign what there is to tell and keep it, in the caller's write transaction; those that wait are superseded.

    The row of the link is locked by the caller.
    """
    now = platform.clock.now()
    content = content_of(platform, session, link)
    before = session.scalars(bundles_of(link.id).limit(1)).first()
    number = link.last_number + 1
    payload = {**content.told, **_heading(platform, link, number, before, now)}
    document = signed_bundle(payload, platform.signer.sign)
    supersede(session, link, number)
    row = SentBundle(
        link_id=link.id,
        number=number,
        sha256=bundle_sha256(document),
        document=document,
        made_at=now,
        made_by=scope.actor,
        way=way,
        state=DeliveryState.WAITING if way is Way.PUSH else DeliveryState.HANDED,
        next_at=now if way is Way.PUSH else None,
    )
    session.add(row)
    link.last_number = number
    session.flush()
    _forget_old(session, link)
    detail: dict[str, Scalar] = {"number": number, "sha256": row.sha256, "way": way.value, "values": content.values}
    record(session, scope, "bundle.made", thing_of(link), now, detail)
    return Made(row.id, number, file_name(link, number), document)


def supersede(session: Session, link: RegionLink, number: int) -> None:
    """Bundles before that one need no delivery any more."""
    session.execute(
        update(SentBundle)
        .where(SentBundle.link_id == link.id, SentBundle.number < number, SentBundle.state == DeliveryState.WAITING)
        .values(state=DeliveryState.SUPERSEDED, next_at=None, told_fr=_REMADE.fr, told_en=_REMADE.en)
    )


def file_name(link: RegionLink, number: int) -> str:
    """The name of the file of a bundle: whose, and which."""
    return f"{link.identifier[:8]}-{number:05d}{SUFFIX}"


def content_of(platform: Platform, session: Session, link: RegionLink) -> Content:
    """What there is to tell a region now; older months are left out of what would be too large."""
    content = _content(platform, session, link, link.months)
    while len(canonical(content.told)) > MAX_LINE_BYTES - _ROOM and len(content.months) > 1:
        content = _without_oldest(content)
    return content


def answers_of(platform: Platform, session: Session, link: RegionLink) -> dict[str, list[dict[str, Any]]]:
    """What establishments answer to the alerts and the campaigns of this region, as the bundle tells it."""
    told_as = {one.id: told for one, told in _told_as(platform, link, _expected(session, link))}
    return {
        "alerts": [one.entry for one in _alerts(session, link, told_as)],
        "campaigns": [one.entry for one in _campaigns(platform, session, link, told_as)],
    }


_ROOM = 4096
"""Of the heading of a bundle: keys, numbers, fingerprints."""


def _content(platform: Platform, session: Session, link: RegionLink, months: int) -> Content:
    present = month_of(today(platform))
    expected = _expected(session, link)
    values = _values(session, [one.id for one in expected], moved(present, 1 - months), present)
    named = list(_told_as(platform, link, expected))
    known = {one.finess for one in expected}
    # Months before anything was measured are not named: another installation may have told them. Gaps since then are,
    # so that a value withdrawn here leaves the region too.
    oldest = min((one.month for told in values.values() for one in told), default=present)
    return Content(
        months=tuple(months_between(oldest, present)),
        speakers=tuple(
            Speaker(one.finess, one.name, one.category, told, tuple(values.get(one.id, ()))) for one, told in named
        ),
        alerts=tuple(_alerts(session, link, {one.id: told for one, told in named})),
        campaigns=tuple(_campaigns(platform, session, link, {one.id: told for one, told in named})),
        unknown=tuple(one for one in link.establishments if one not in known),
        unnamed=_unnamed(session),
        pseudonymous=link.pseudonymous,
    )


def _without_oldest(content: Content) -> Content:
    oldest = content.months[0]
    speakers = (replace(one, values=tuple(v for v in one.values if v.month != oldest)) for one in content.speakers)
    return replace(content, months=content.months[1:], speakers=tuple(speakers), shortened=True)


def _expected(session: Session, link: RegionLink) -> list[Establishment]:
    """Those that the region expects and that the registry holds, in an order that never changes."""
    rows = select(Establishment).where(Establishment.finess.in_(link.establishments)).order_by(Establishment.finess)
    return list(session.scalars(rows))


def _told_as(
    platform: Platform, link: RegionLink, expected: Iterable[Establishment]
) -> Iterator[tuple[Establishment, str]]:
    """Each with what the bundle calls it; pseudonyms in their own order, which says nothing of who is who."""
    if not link.pseudonymous:
        yield from ((one, one.finess) for one in expected)
        return
    key = pseudonym_key(platform, link)
    yield from sorted(((one, pseudonym_of(key, one.finess)) for one in expected), key=lambda pair: pair[1])


def _values(session: Session, ids: list[int], first: Month, last: Month) -> dict[int, list[Measured]]:
    columns = (
        IndicatorValue.indicator,
        IndicatorValue.version,
        IndicatorValue.month,
        IndicatorValue.numerator,
        IndicatorValue.denominator,
        IndicatorValue.as_of,
    )
    rows = session.execute(
        select(IndicatorHolder.establishment_id, *columns)
        .select_from(IndicatorValue)
        .join(IndicatorHolder, IndicatorHolder.id == IndicatorValue.holder_id)
        .where(IndicatorHolder.establishment_id.in_(ids), IndicatorValue.month.between(first, last))
        .order_by(IndicatorValue.indicator, IndicatorValue.month)
    )
    found: dict[int, list[Measured]] = defaultdict(list)
    for holder, code, version, month, numerator, denominator, as_of in rows:
        found[holder or 0].append(Measured(code, version, month, numerator, denominator, as_of))
    return found


def _unnamed(session: Session) -> int:
    query = select(func.count()).select_from(IndicatorValue)
    query = query.join(IndicatorHolder, IndicatorHolder.id == IndicatorValue.holder_id)
    return session.scalar(query.where(IndicatorHolder.pseudonym.is_not(None))) or 0


def _alerts(session: Session, link: RegionLink, told_as: dict[int, str]) -> Iterator[AlertTold]:
    rows = session.execute(
        select(Alert, AlertPlace)
        .join(AlertPlace, AlertPlace.alert_id == Alert.id)
        .where(Alert.origin == link.identifier, AlertPlace.establishment_id.in_(told_as))
        .order_by(Alert.identifier)
    )
    who = "pseudonym" if link.pseudonymous else "finess"
    for alert, place in sorted(rows, key=lambda pair: (pair[0].identifier, told_as[pair[1].establishment_id])):
        entry = {
            "alert": alert.identifier,
            who: told_as[place.establishment_id],
            "exposure": place.exposure.value,
            "seen": place.seen,
            "facts_at": _moment(place.facts_at),
            "answer": place.answer.value,
            "answered_at": _moment(place.answered_at),
        }
        yield AlertTold(alert.title, entry)


def _campaigns(
    platform: Platform, session: Session, link: RegionLink, told_as: dict[int, str]
) -> Iterator[CampaignTold]:
    for title, word in campaign_words_of(session, link, told_as, platform.clock.now()):
        yield CampaignTold(title, written_word(word))


def _moment(at: datetime | None) -> str | None:
    return None if at is None else written_moment(at)


def _holder(one: Speaker, *, pseudonymous: bool) -> dict[str, Any]:
    values = [written_value(value) for value in one.values]
    if pseudonymous:
        return {"pseudonym": one.told_as, "category": one.category, "values": values}
    return {"finess": one.finess, "values": values}


def _heading(
    platform: Platform, link: RegionLink, number: int, before: SentBundle | None, now: datetime
) -> dict[str, Any]:
    key = platform.signer.key_id
    public = platform.signer.public_keys[key]
    return {
        "format": FORMAT,
        "for": region_fingerprint(link),
        "installation": link.identifier,
        "number": number,
        "previous": before.sha256 if before else "",
        "made_at": written_moment(now),
        "key": key,
        "public_key": base64.b64encode(public).decode(),
        "rotation": _rotation(platform, link, key, public),
    }


def _rotation(platform: Platform, link: RegionLink, key: str, public: bytes) -> dict[str, str] | None:
    """Our new key presented by the one that the region knows. Refused when that one can no longer sign."""
    if link.our_key in ("", key):
        return None
    signature = platform.signer.vouch(link.our_key, key_message(public))
    if signature is None:
        raise Refused(
            Text(
                "La région ne connaît pas encore notre nouvelle clé, et l’ancienne n’est plus là pour la présenter :"
                " demandez-lui un nouveau code d’inscription.",
                "The region does not know our new key yet, and the former one is no longer there to present it: ask it"
                " for a new code of enrolment.",
            )
        )
    return {"former": link.our_key, "signature": base64.b64encode(signature).decode()}


def _forget_old(session: Session, link: RegionLink) -> None:
    session.execute(
        update(SentBundle)
        .where(SentBundle.link_id == link.id, SentBundle.number <= link.last_number - KEPT_DOCUMENTS)
        .values(document=b"")
    )
