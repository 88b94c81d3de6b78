"""Alerts between installations: a region answers a signed question with a signed document, which a hospital takes in.

The document tells every alert sent to the establishments that the installation speaks for, and changed since the day it
names: asked again, it says the same. Neither side believes an unsigned word: the question carries the proof of the
installation's key, the document that of the region's. What a hospital answers goes back in its bundle.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Scope
from care.domain.alerts import AlertAnswer, Exposure, criteria_of
from care.domain.enrolments import MAX_ESTABLISHMENTS
from care.domain.federation import InstallationState, KeyState
from care.domain.introductions import Introduction, read_introduction, written_introduction
from care.domain.signed_documents import (
    FINESS,
    HEX64,
    MAX_NUMBER,
    MOMENT,
    UUID,
    DocumentError,
    canonical,
    check_signature,
    is_signature,
    raw_public_key,
    read_signed,
    signed_object,
)
from care.services.alerts.standing import restate
from care.services.alerts.writing import tell_by_job
from care.services.couriers import MAX_ANSWER_BYTES
from care.services.errors import Forbidden
from care.services.federation.links import region_fingerprint
from care.services.federation.region_keys import introduction_for, meet, signer_for
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import line_of, lines_of
from care.store.alerts import Alert, AlertPlace
from care.store.federation import Installation, InstallationEstablishment, InstallationKey, RegionLink
from care.store.registry import Establishment
from scanners.model import Scalar, Severity, Text

PATH = "/federation/alerts"
ASK_CONTEXT = b"care-alerts-request/1\n"
CONTEXT = b"care-alerts/1\n"
FRESH = timedelta(hours=24)
"""How far the clocks of two installations may lie apart: a question older or younger is refused. Asking again the
question of somebody else only gives what that installation may read, on its own line."""
MOST_ALERTS = 500
MOST_BYTES = MAX_ANSWER_BYTES - 4096
CLOSED_TOLD = timedelta(days=90)
"""How long the closing of an alert is told: a hospital cut off for longer keeps it open, and closes nothing wrongly."""
_DOCUMENT = frozenset({"format", "for", "at", "alerts", "introduction"})
_ALERT = frozenset(
    {
        "alert", "title", "reference", "severity", "criteria", "message", "link", "published_at", "published_by",
        "answer_by", "closed_at", "version", "establishments",
    }
)  # fmt: skip
_LONGEST = {"title": 200, "reference": 100, "message": 20_000, "link": 500, "published_by": 200}


def question(platform: Platform, link: RegionLink) -> Mapping[str, str]:
    """The fields of the question that this installation asks a region, signed: those of the address of a GET."""
    now = platform.clock.now()
    told = {
        "installation": link.identifier,
        "key": platform.signer.key_id,
        "region": region_fingerprint(link),
        "at": _moment(now),
    }
    signature = platform.signer.sign(ASK_CONTEXT + canonical(told))
    return {**told, "signature": base64.urlsafe_b64encode(signature).decode()}


def answer(platform: Platform, asked: Mapping[str, str]) -> bytes:
    """The region's signed document for the installation that proves who it is. Forbidden for anybody else."""
    with platform.database.read() as session:
        return alerts_for(platform, session, who_asks(session, asked, platform.clock.now()), asked.get("region", ""))


def who_asks(session: Session, asked: Mapping[str, str], now: datetime) -> Installation:
    """The installation that signed a question, whatever it asks of the region. Forbidden for anybody else."""
    told = {name: asked.get(name, "") for name in ("installation", "key", "region", "at")}
    return _proved(session, told, asked.get("signature", ""), now)


def _proved(session: Session, told: Mapping[str, str], signature: str, now: datetime) -> Installation:
    if not (UUID.match(told["installation"]) and HEX64.match(told["key"]) and MOMENT.match(told["at"])):
        raise Forbidden
    if abs(now - datetime.fromisoformat(told["at"])) > FRESH:
        raise Forbidden
    row = session.execute(
        select(Installation, InstallationKey.public_key)
        .join(InstallationKey, InstallationKey.installation_id == Installation.id)
        .where(
            Installation.identifier == told["installation"],
            Installation.state == InstallationState.ENROLLED,
            InstallationKey.key_id == told["key"],
            InstallationKey.state == KeyState.ACTIVE,
        )
    ).one_or_none()
    if row is None or not is_signature(row[1], ASK_CONTEXT + canonical(told), _raw(signature)):
        raise Forbidden
    found: Installation = row[0]
    return found


def _raw(signature: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(signature.encode("ascii", "replace"))
    except ValueError:
        return b""


def alerts_for(platform: Platform, session: Session, installation: Installation, known: str = "") -> bytes:
    """The signed document of the alerts sent to the establishments that an installation speaks for, the latest first:
    those that are open, or closed lately. The oldest are left out when there are too many for one answer.

    `known` is the key of ours that it knows: that one signs, and presents the present one.
    """
    mine = (
        select(InstallationEstablishment.establishment_id)
        .where(InstallationEstablishment.installation_id == installation.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Alert, Establishment.finess)
        .join(AlertPlace, AlertPlace.alert_id == Alert.id)
        .join(Establishment, Establishment.id == AlertPlace.establishment_id)
        .where(
            AlertPlace.establishment_id.in_(mine),
            Alert.origin == "",
            or_(Alert.closed_at.is_(None), Alert.closed_at > platform.clock.now() - CLOSED_TOLD),
        )
        .order_by(Alert.published_at.desc(), Alert.id.desc(), Establishment.finess)
    )
    sites: dict[int, list[str]] = {}
    alerts: dict[int, Alert] = {}
    for alert, finess in rows:
        alerts[alert.id] = alert
        sites.setdefault(alert.id, []).append(finess)
    payload = {
        "format": 1,
        "for": installation.identifier,
        "at": _moment(platform.clock.now()),
        "alerts": _bounded([_told(one, sites[one.id]) for one in alerts.values()]),
        "introduction": written_introduction(introduction_for(platform, known)),
    }
    return canonical(signed_object(payload, CONTEXT, signer_for(platform, known))) + b"\n"


def _bounded(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first ones, as many as fit in one answer."""
    kept, size = list[dict[str, Any]](), 0
    for one in told[:MOST_ALERTS]:
        size += len(canonical(one)) + 1
        if size > MOST_BYTES:
            break
        kept.append(one)
    return kept


def _told(alert: Alert, sites: list[str]) -> dict[str, Any]:
    return {
        "alert": alert.identifier,
        "title": alert.title,
        "reference": alert.reference,
        "severity": alert.severity.value,
        "criteria": [one.as_json() for one in criteria_of(alert.criteria)],
        "message": alert.message,
        "link": alert.link,
        "published_at": _moment(alert.published_at),
        "published_by": alert.published_by,
        "answer_by": alert.answer_by.isoformat() if alert.answer_by else None,
        "closed_at": _moment(alert.closed_at) if alert.closed_at else None,
        "version": alert.version,
        "establishments": sites,
    }


@dataclass(frozen=True, slots=True)
class _Received:
    """An alert of a document, read."""

    identifier: str
    version: int
    published_at: datetime
    published_by: str
    closed_at: datetime | None
    establishments: tuple[str, ...]
    values: Mapping[str, Any]


def take_alerts(platform: Platform, session: Session, scope: Scope, link: RegionLink, document: bytes) -> int:
    """Take in what a region sends, in the caller's write transaction; how many alerts are new or changed.

    Only the region's own signature is believed, and only what is meant for this installation; an older version of an
    alert changes nothing. DocumentError says what is wrong: nothing of it is then taken.
    """
    now = platform.clock.now()
    taken = 0
    alerts, introduction = _read(link, document)
    meet(session, scope, link, introduction, now)
    for one in alerts:
        row = session.scalars(select(Alert).where(Alert.identifier == one.identifier).with_for_update()).one_or_none()
        if row is not None and (row.origin != link.identifier or row.version > one.version):
            continue
        changed = row is None or row.version < one.version
        row = _written(session, link, one, row, now) if changed or row is None else row
        added = _send_to_own(session, row, one.establishments)
        if changed:
            restate(session, row, session.scalars(select(AlertPlace).where(AlertPlace.alert_id == row.id)).all())
        if changed or added:
            taken += 1
            tell_by_job(platform, session, row, scope.actor)
            detail: dict[str, Scalar] = {
                "title": row.title,
                "reference": row.reference,
                "version": row.version,
                "from": link.name,
            }
            record(session, scope, "alert.received", Thing("alert", row.id), now, detail)
    return taken


def _written(session: Session, link: RegionLink, one: _Received, row: Alert | None, now: datetime) -> Alert:
    if row is None:
        row = Alert(
            identifier=one.identifier,
            origin=link.identifier,
            place=PLATFORM.key,
            published_at=one.published_at,
            published_by=one.published_by,
        )
        session.add(row)
    for name, value in one.values.items():
        setattr(row, name, value)
    row.closed_at, row.version = one.closed_at, one.version
    row.changed_at, row.changed_by = now, link.name
    session.flush()
    return row


def _send_to_own(session: Session, row: Alert, establishments: Iterable[str]) -> int:
    """Send it to those of our establishments that do not have it yet; the others are not ours to answer for."""
    known = select(AlertPlace.establishment_id).where(AlertPlace.alert_id == row.id)
    ours = session.scalars(
        select(Establishment.id).where(Establishment.finess.in_(establishments), Establishment.id.not_in(known))
    ).all()
    reached = [
        AlertPlace(alert_id=row.id, establishment_id=number, exposure=Exposure.UNKNOWN, seen=0, answer=AlertAnswer.NONE)
        for number in ours
    ]
    restate(session, row, reached)
    session.add_all(reached)
    session.flush()
    return len(reached)


def _read(link: RegionLink, document: bytes) -> tuple[list[_Received], Introduction | None]:
    payload, signature = read_signed(document, _DOCUMENT, Text("les alertes", "the alerts"))
    check_signature(payload, CONTEXT, raw_public_key(link.region_key), signature)
    if payload["format"] != 1:
        raise DocumentError(
            "Ces alertes sont écrites dans un format plus récent : mettez CaRE à jour ici.",
            "These alerts are written in a newer format: update CaRE here.",
        )
    if payload["for"] != link.identifier:
        raise DocumentError(
            "Ces alertes sont destinées à une autre installation : redemandez-les.",
            "These alerts are meant for another installation: ask for them again.",
        )
    alerts = payload["alerts"]
    if not isinstance(alerts, list) or len(alerts) > MOST_ALERTS:
        raise _wrong()
    return [_read_one(one) for one in alerts], read_introduction(payload["introduction"])


def _read_one(told: object) -> _Received:
    if not isinstance(told, dict) or set(told) != _ALERT:
        raise _wrong()
    texts = {name: told[name] for name in _LONGEST}
    if any(not isinstance(value, str) or len(value) > _LONGEST[name] for name, value in texts.items()):
        raise _wrong()
    if texts["link"] and not texts["link"].startswith(("https://", "http://")):
        raise _wrong()
    sites, identifier, version = told["establishments"], told["alert"], told["version"]
    if not isinstance(sites, list) or len(sites) > MAX_ESTABLISHMENTS:
        raise _wrong()
    if not all(isinstance(one, str) and FINESS.match(one) for one in sites):
        raise _wrong()
    if not isinstance(identifier, str) or not UUID.match(identifier):
        raise _wrong()
    if type(version) is not int or not 1 <= version <= MAX_NUMBER:
        raise _wrong()
    try:
        values = {
            "title": line_of(texts["title"]),
            "reference": line_of(texts["reference"]),
            "severity": Severity(told["severity"]),
            "criteria": [one.as_json() for one in criteria_of(told["criteria"])],
            "message": lines_of(texts["message"]),
            "link": texts["link"],
            "answer_by": date.fromisoformat(told["answer_by"]) if told["answer_by"] is not None else None,
        }
        published_at = _instant(told["published_at"])
        closed_at = _instant(told["closed_at"]) if told["closed_at"] is not None else None
    except (ValueError, TypeError, AttributeError) as error:
        raise _wrong() from error
    return _Received(identifier, version, published_at, texts["published_by"], closed_at, tuple(sites), values)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _instant(told: object) -> datetime:
    if not isinstance(told, str) or not MOMENT.match(told):
        raise ValueError("no instant")
    return datetime.fromisoformat(told)


def _wrong() -> DocumentError:
    return DocumentError(
        "Une des alertes reçues n’est pas dans la forme attendue : aucune n’est prise. Prévenez la région.",
        "One of the alerts received is not in the form expected: none is taken. Tell the region.",
    )
