"""Sending to regions: the job that makes what is due, delivers what waits, and checks what comes back.

A delivery counts only with a receipt signed by the region's key. Sending the same bundle twice is harmless: the region
says that it has it already. What failed is tried again, later and later; a bundle made meanwhile takes its place.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from care.domain.access import Scope, machine_scope
from care.domain.enrolments import Receipt, read_receipt
from care.domain.federation import BundleVerdict, DeliveryState, Way, wait_after
from care.domain.jobs import JobKind
from care.domain.regional import Said
from care.domain.signed_documents import BadSignatureError, DocumentError, raw_public_key
from care.services import jobs
from care.services.couriers import Answer, Question, UnreachedError
from care.services.errors import NotFound, Refused
from care.services.federation.exporting import answers_of, content_of, make, refuse_closed, supersede
from care.services.federation.links import allow, bundles_of, locked_link, thing_of
from care.services.federation.pulling import pull_alerts, pull_campaigns
from care.services.federation.refusals import UNKNOWN_KEY, told_in
from care.services.federation.region_keys import meet
from care.services.platform import Platform
from care.services.trail import record
from care.services.work import Hold
from care.store.federation import RegionLink, SentBundle
from scanners.errors import SaidError
from scanners.model import Scalar, Text

FROM_HOUR = 5
"""Bundles of the day are made from this hour on, by the clock of the hospital: after the measuring of the night."""
AT_LEAST_EVERY = timedelta(days=7)
"""Said again even when nothing changed: the region then knows that we are still there (our choice)."""
_BUNDLES = "/federation/bundles"
_TOOK = (BundleVerdict.TAKEN, BundleVerdict.ALREADY)
_NO_RECEIPT = Text("aucun accusé de réception signé par la région", "no receipt signed by the region")


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A bundle about to travel, read from the database: no transaction is open while it does."""

    bundle_id: int
    link_id: int
    number: int
    question: Question
    region_key: str


def push(platform: Platform, hold: Hold) -> None:
    """The job: for each region that is sent to over HTTPS, read its alerts and campaigns, make what is due, deliver
    what waits.

    What a region refuses or a fault of one bundle stops neither the others nor the job.
    """
    scope = machine_scope("CaRE")
    arrived = tried = 0
    for link_id in _links(platform):
        if hold.cancelled():
            break
        pull_alerts(platform, scope, link_id)
        pull_campaigns(platform, scope, link_id)
        _make_due(platform, scope, link_id)
        parcel = _waiting(platform, link_id)
        if parcel is not None:
            tried += 1
            arrived += _deliver(platform, scope, parcel)
    with platform.database.write() as session:
        said = Text(f"Lots remis : {arrived} sur {tried} essais.", f"Bundles delivered: {arrived} of {tried} attempts.")
        hold.finish(session, said)


def send_now(platform: Platform, scope: Scope, link_id: int) -> int | None:
    """Make a bundle and have it delivered at once. Returns the number of the job; Refused while nothing may leave."""
    allow(scope)
    with platform.database.write() as session:
        _make_to_push(platform, session, scope, link_id)
        return jobs.submit(platform, session, jobs.Order(JobKind.PUSH), scope.actor)


def deliver_now(platform: Platform, scope: Scope, link_id: int) -> bool:
    """Make a bundle and deliver it before returning, for the command line. Whether the region took it."""
    allow(scope)
    with platform.database.write() as session:
        _make_to_push(platform, session, scope, link_id)
    parcel = _waiting(platform, link_id)
    return parcel is not None and _deliver(platform, scope, parcel)


def _make_to_push(platform: Platform, session: Session, scope: Scope, link_id: int) -> None:
    link = locked_link(session, link_id)
    refuse_closed(link)
    if not link.url:
        raise Refused(_BY_FILE)
    make(platform, session, scope, link, Way.PUSH)


def take_receipt(platform: Platform, scope: Scope, link_id: int, content: bytes) -> None:
    """A receipt that came back by file. Refused when it is not of this region, or of a bundle that we never made."""
    allow(scope)
    with platform.database.write() as session:
        link = locked_link(session, link_id)
        if not link.region_key:
            raise NotFound
        try:
            receipt = read_receipt(content, raw_public_key(link.region_key))
        except BadSignatureError as error:
            raise Refused(UNKNOWN_KEY) from error
        except DocumentError as error:
            raise Refused(error.text) from error
        row = session.scalars(bundles_of(link_id).where(SentBundle.sha256 == receipt.sha256)).one_or_none()
        if row is None:
            raise Refused(_ANOTHER)
        _settle(platform, session, scope, link, row, receipt)


def _links(platform: Platform) -> list[int]:
    with platform.database.read() as session:
        active = select(RegionLink.id).where(
            RegionLink.enabled.is_(True), RegionLink.ended_at.is_(None), RegionLink.url != ""
        )
        return list(session.scalars(active.order_by(RegionLink.id)))


def _make_due(platform: Platform, scope: Scope, link_id: int) -> None:
    with platform.database.read() as session:
        link = session.get(RegionLink, link_id)
        if link is None or not _due(platform, session, link):
            return
    with platform.database.write() as session:
        link = locked_link(session, link_id)
        if link.enabled and link.ended_at is None and _due(platform, session, link):  # another worker may be quicker
            _make_or_say(platform, session, scope, link)


def _make_or_say(platform: Platform, session: Session, scope: Scope, link: RegionLink) -> None:
    """A bundle, or why there can be none, on the last one that there was."""
    try:
        make(platform, session, scope, link, Way.PUSH)
    except (Refused, SaidError) as refusal:
        latest = session.scalars(bundles_of(link.id).limit(1)).first()
        if latest is not None:
            latest.told_fr, latest.told_en = refusal.text.fr, refusal.text.en


def _due(platform: Platform, session: Session, link: RegionLink) -> bool:
    """Whether to make a bundle now: the first one, one a day when something changed, at once for an alert."""
    if link.foreign_number is not None:
        return False
    latest = session.scalars(bundles_of(link.id).limit(1)).first()
    if latest is None or not latest.document:
        return True
    now, zone = platform.clock.now(), ZoneInfo(platform.settings.timezone)
    told = json.loads(latest.document.partition(b"\n")[0])
    if _day(latest.made_at, zone) >= _day(now, zone) or now.astimezone(zone).hour < FROM_HOUR:
        return _at_once(answers_of(platform, session, link)) != _at_once(told)
    if now - latest.made_at >= AT_LEAST_EVERY or latest.state is DeliveryState.REFUSED:
        return True
    content = content_of(platform, session, link).told
    return any(content[name] != told.get(name) for name in content)


def _at_once(told: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """What makes a bundle leave at once: answers to alerts and to campaigns, but not each change of a draft."""
    campaigns = [{**one, "at": None} if one["said"] == Said.BEGUN else one for one in told.get("campaigns", [])]
    return [told["alerts"], campaigns]


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _waiting(platform: Platform, link_id: int) -> _Parcel | None:
    now = platform.clock.now()
    with platform.database.read() as session:
        link = session.get(RegionLink, link_id)
        due = bundles_of(link_id).where(SentBundle.state == DeliveryState.WAITING, SentBundle.next_at <= now)
        row = session.scalars(due.limit(1)).first()
        if link is None or row is None or not link.enabled:
            return None
        question = Question(link.url + _BUNDLES, row.document, "application/octet-stream", link.trusted_pem)
        return _Parcel(row.id, link.id, row.number, question, link.region_key)


def _deliver(platform: Platform, scope: Scope, parcel: _Parcel) -> bool:
    """Send one bundle and note what became of it. Whether the region has it now."""
    try:
        answer = platform.courier.ask(parcel.question)
    except UnreachedError as silence:
        _note(platform, parcel, silence.text)
        return False
    try:
        receipt = read_receipt(answer.body, raw_public_key(parcel.region_key))
    except BadSignatureError:
        _note(platform, parcel, UNKNOWN_KEY)
        return False
    except DocumentError:
        _note(platform, parcel, _unsigned(answer))
        return False
    with platform.database.write() as session:
        link = locked_link(session, parcel.link_id)
        row = session.get(SentBundle, parcel.bundle_id, with_for_update=True)
        if row is None:
            return False
        if receipt.sha256 == row.sha256:
            _settle(platform, session, scope, link, row, receipt)
            return row.state is DeliveryState.DELIVERED
    _note(platform, parcel, _OF_ANOTHER)
    return False


def _note(platform: Platform, parcel: _Parcel, why: Text) -> None:
    """It did not arrive, as far as we know: later, then."""
    with platform.database.write() as session:
        row = session.get(SentBundle, parcel.bundle_id, with_for_update=True)
        if row is not None and row.state is DeliveryState.WAITING:
            row.attempts += 1
            row.next_at = platform.clock.now() + wait_after(row.attempts)
            row.told_fr, row.told_en = why.fr, why.en


def _settle(
    platform: Platform, session: Session, scope: Scope, link: RegionLink, row: SentBundle, receipt: Receipt
) -> None:
    """Write down what the region says became of a bundle, once: a receipt of what is settled changes nothing."""
    now = platform.clock.now()
    meet(session, scope, link, receipt.introduction, now)
    if row.state in (DeliveryState.DELIVERED, DeliveryState.DROPPED):
        return
    row.attempts, row.next_at = row.attempts + 1, None
    row.told_fr, row.told_en = receipt.reason.fr, receipt.reason.en
    taken = receipt.verdict in _TOOK
    row.state = DeliveryState.DELIVERED if taken else DeliveryState.REFUSED
    detail: dict[str, Scalar] = {"number": row.number, "sha256": row.sha256}
    if taken:
        row.delivered_at = receipt.at
        link.our_key = _key_of(row) or link.our_key
        supersede(session, link, row.number)
        _replace_handed(session, row)
    elif row.number == link.last_number and _made_elsewhere(session, link, receipt):
        link.foreign_number, link.foreign_at = receipt.last_number, now
        detail["last_number"] = receipt.last_number
    action = "bundle.delivered" if taken else "bundle.refused"
    record(session, scope, action, thing_of(link), now, detail)


def _made_elsewhere(session: Session, link: RegionLink, receipt: Receipt) -> bool:
    """Whether the last bundle that the region took under our identifier was not made here: a backup was restored, or a
    copy of this installation sends beside it. Which of the two, only a person can say."""
    if not receipt.last_number:
        return False
    ours = select(SentBundle.sha256).where(SentBundle.link_id == link.id, SentBundle.number == receipt.last_number)
    return session.scalar(ours) != receipt.last_sha256


def _key_of(row: SentBundle) -> str:
    told = json.loads(row.document.partition(b"\n")[0]) if row.document else {}
    return str(told.get("key", ""))


def _replace_handed(session: Session, row: SentBundle) -> None:
    """Files handed over before a bundle that arrived say nothing more."""
    session.execute(
        update(SentBundle)
        .where(
            SentBundle.link_id == row.link_id,
            SentBundle.number < row.number,
            SentBundle.state == DeliveryState.HANDED,
        )
        .values(state=DeliveryState.SUPERSEDED)
    )


def _unsigned(answer: Answer) -> Text:
    told = told_in(answer.body)
    fr, en = (f" « {told.fr} »", f" “{told.en}”") if told else ("", "")
    return Text(
        f"La région a répondu (code {answer.status}) avec {_NO_RECEIPT.fr}{fr} : rien n’est tenu pour remis.",
        f"The region answered (code {answer.status}) with {_NO_RECEIPT.en}{en}: nothing counts as delivered.",
    )


_BY_FILE = Text(
    "Cette région n’a pas d’adresse : donnez-lui un fichier, ou renseignez son adresse.",
    "This region has no address: give it a file, or fill in its address.",
)
_OF_ANOTHER = Text(
    "La région a rendu l’accusé d’un autre lot que celui-ci : rien n’est tenu pour remis.",
    "The region gave back the receipt of another bundle than this one: nothing counts as delivered.",
)
_ANOTHER = Text(
    "Cet accusé de réception n’est celui d’aucun lot fait ici pour cette région.",
    "This receipt is of no bundle made here for this region.",
)
