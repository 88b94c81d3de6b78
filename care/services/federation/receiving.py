"""Receiving bundles: by HTTPS, by the page of the region or by the command line. Each one is kept, taken or not, and
gets a receipt signed by the region.

The row of its installation stays locked: of two imports at once, the second one finds what the first one wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope, machine_scope
from care.domain.bundles import Bundle, Claims, bundle_sha256, claims_of, read_bundle
from care.domain.enrolments import Receipt, write_receipt
from care.domain.federation import BundleVerdict, Way
from care.domain.months import Month
from care.domain.signed_documents import DocumentError
from care.services.brakes import count_attempt, give_back
from care.services.errors import NotFound
from care.services.federation.alert_words import take_alert_words
from care.services.federation.campaign_words import take_campaign_words
from care.services.federation.judging import (
    AHEAD,
    RefusedBundleError,
    Senders,
    lock_senders,
    refuse_strangers,
    sender_of,
    verdict_on,
)
from care.services.federation.places import check_manager, manages
from care.services.federation.region_keys import introduction_for, signer_for
from care.services.federation.sorting import Known, Sorted, Speakers, read_known, read_speakers, sort_values
from care.services.federation.writing import Writes, Written, difference
from care.services.indicators.marks import mark_months
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.federation import Installation, ReceivedBundle
from scanners.model import Scalar, Text

FREE_ATTEMPTS = 20
"""Bundles of unknown keys, or broken, that one address may send before it waits."""
BATCH = 25
"""Files that share a transaction: a commit waits for the disk as long as reading a bundle takes."""
_ALREADY = Text("Ce lot avait déjà été pris : rien n’a changé.", "This bundle had already been taken: nothing changed.")


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a file: the words are in both languages. `id` is none for a forgery that was seen before."""

    id: int | None
    verdict: BundleVerdict
    reason: Text
    installation: str
    number: int | None
    values: int
    written: int
    aside: int
    receipt: bytes

    @property
    def known(self) -> bool:
        """Whether it was signed by an installation enrolled here."""
        return bool(self.installation)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A file that arrived: when, how, by whom, and what it says of itself when it was not read."""

    content: bytes
    sha256: str
    at: datetime
    by: str
    way: Way


def receive_push(platform: Platform, content: bytes, address: str) -> Received:
    """What a hospital sends by itself over HTTPS. Throttled for an address that sends too many forged ones."""
    key, now = f"federation:{address}", platform.clock.now()
    with platform.database.write() as session:
        count_attempt(session, {key: FREE_ATTEMPTS}, now)
    scope = replace(machine_scope("federation"), address=address)
    received = receive(platform, scope, content, Way.PUSH)
    if received.known:
        with platform.database.write() as session:
            give_back(session, [key])
    return received


def receive_files(platform: Platform, scope: Scope, files: Iterable[bytes]) -> Iterator[Received]:
    """Files brought by a person, `BATCH` in a transaction; what is known of indicators is read once. Forbidden."""
    check_manager(scope)
    known, rest = read_known(platform), iter(files)
    while some := list(islice(rest, BATCH)):
        yield from _receive_all(platform, scope, some, Way.FILE, known)


def receive(platform: Platform, scope: Scope, content: bytes, way: Way, known: Known | None = None) -> Received:
    """Take one bundle, or refuse it with its reason; either is kept."""
    return _receive_all(platform, scope, [content], way, known or read_known(platform))[0]


def _receive_all(
    platform: Platform, scope: Scope, files: Sequence[bytes], way: Way, known: Known
) -> Sequence[Received]:
    """Read outside of the transaction, then take or refuse each in one."""
    now = platform.clock.now()
    by = scope.address or scope.actor
    read = [(_Arrival(content, bundle_sha256(content), now, by, way), _read(content)) for content in files]
    with platform.database.write() as session:
        senders = lock_senders(session, [bundle for _arrival, bundle in read if isinstance(bundle, Bundle)])
        desk = _Desk(platform, session, scope, known, senders, read_speakers(session, senders.rows), now)
        received = [desk.take(arrival, bundle) for arrival, bundle in read]
        desk.close()
    return received


def _read(content: bytes) -> Bundle | Text:
    try:
        return read_bundle(content)
    except DocumentError as wrong:
        return wrong.text


@dataclass(slots=True)
class _Desk:
    """One transaction that takes bundles. All its senders are locked first, in their order; months are marked and
    events recorded last: so two of them, or one and a push, never wait for each other in turn."""

    platform: Platform
    session: Session
    scope: Scope
    known: Known
    senders: Senders
    speakers: Speakers
    now: datetime
    writes: Writes = field(default_factory=Writes)
    pending: set[int] = field(default_factory=set)
    months: set[Month] = field(default_factory=set)
    events: list[tuple[ReceivedBundle, Installation]] = field(default_factory=list)

    def take(self, arrival: _Arrival, bundle: Bundle | Text) -> Received:
        """Take one, or refuse it."""
        if isinstance(bundle, Text):
            return self._unread(arrival, bundle)
        try:
            row = sender_of(self.session, self.scope, bundle, self.senders, self.now)
            verdict = verdict_on(self.platform, self.session, row, bundle)
            refuse_strangers(row, bundle, len(self.speakers[row.id]))
        except RefusedBundleError as refusal:
            return self._refused(arrival, bundle, refusal)
        if verdict is BundleVerdict.ALREADY:
            kept = self._once(arrival, bundle, row, (verdict, _ALREADY))
        else:
            kept = self._taken(arrival, bundle, row)
        return _answer(self.platform, kept, row, bundle)

    def close(self) -> None:
        """Write what was taken, mark its months, record it."""
        self.writes.write(self.session)
        mark_months(self.session, self.months, self.now)
        for row, detail in self.senders.rotated:
            record(
                self.session, self.scope, "installation.key_replaced", Thing("installation", row.id), self.now, detail
            )
        for kept, row in self.events:
            _record(self.session, self.scope, kept, row)

    def _taken(self, arrival: _Arrival, bundle: Bundle, row: Installation) -> ReceivedBundle:
        if row.id in self.pending:  # it compares with what an earlier one of the same sender writes
            self.writes.write(self.session)
            self.pending.clear()
        self.pending.add(row.id)
        today = self.now.astimezone(ZoneInfo(self.platform.settings.timezone)).date()
        spoken = self.speakers[row.id]
        found = sort_values(self.session, bundle, spoken, self.known, today)
        kept = _keep(self.session, arrival, bundle, row, (BundleVerdict.TAKEN, Text("", "")))
        written = difference(self.session, row, bundle, found, kept.id, self.writes)
        take_alert_words(self.session, row, bundle, spoken, found, self.now + AHEAD)
        take_campaign_words(self.session, row, bundle, spoken, found, self.now)
        self.months |= written.months
        kept.written, kept.set_aside, reason = written.total, found.told(), _said(written, found)
        kept.reason_fr, kept.reason_en = reason.fr, reason.en
        row.last_number, row.last_sha256 = bundle.number, bundle.sha256
        row.last_received_at, row.format = self.now, max(row.format, bundle.format)
        self.events.append((kept, row))
        return kept

    def _refused(self, arrival: _Arrival, bundle: Bundle, refusal: RefusedBundleError) -> Received:
        row = refusal.installation
        kept = self._once(arrival, bundle, row, (BundleVerdict.REFUSED, refusal.text))
        return _answer(self.platform, kept, row, bundle)

    def _once(self, arrival: _Arrival, bundle: Bundle, row: Installation | None, outcome: _Outcome) -> ReceivedBundle:
        """The same file with the same outcome is kept and recorded once: whoever has it may send it again and again,
        and that is no sign of life of its hospital."""
        before = _seen_before(self.session, arrival, row, outcome)
        if before is not None:
            return before
        kept = _keep(self.session, arrival, bundle, row, outcome)
        if row is not None and outcome[0] is BundleVerdict.REFUSED:
            self.events.append((kept, row))
        return kept

    def _unread(self, arrival: _Arrival, reason: Text) -> Received:
        """A file that is no bundle, or a forged one: kept once, so that nobody fills the database with it."""
        kept = _seen_before(self.session, arrival, None, (BundleVerdict.REFUSED, reason))
        if kept is None:
            kept = _row(claims_of(arrival.content))
            _fill(self.session, kept, arrival, None, (BundleVerdict.REFUSED, reason))
        return _answer(self.platform, kept, None, None)


def _said(written: Written, found: Sorted) -> Text:
    aside = sum(found.aside.values())
    fr = f"{written.added} valeurs ajoutées, {written.changed} changées, {written.removed} retirées"
    en = f"{written.added} values added, {written.changed} changed, {written.removed} removed"
    if not aside:
        return Text(f"{fr}.", f"{en}.")
    return Text(f"{fr} ; {aside} laissées de côté.", f"{en}; {aside} set aside.")


_Outcome = tuple[BundleVerdict, Text]


def _seen_before(
    session: Session, arrival: _Arrival, row: Installation | None, outcome: _Outcome
) -> ReceivedBundle | None:
    return session.scalars(
        select(ReceivedBundle)
        .where(
            ReceivedBundle.sha256 == arrival.sha256,
            ReceivedBundle.installation_id == (row.id if row is not None else None),
            ReceivedBundle.size == len(arrival.content),
            ReceivedBundle.verdict == outcome[0],
            ReceivedBundle.reason_en == outcome[1].en,
        )
        .order_by(ReceivedBundle.id.desc())
        .limit(1)
    ).first()


def _keep(
    session: Session, arrival: _Arrival, bundle: Bundle, row: Installation | None, outcome: _Outcome
) -> ReceivedBundle:
    return _fill(session, _row(bundle), arrival, row, outcome)


def _row(told: Bundle | Claims) -> ReceivedBundle:
    return ReceivedBundle(
        number=told.number,
        format=told.format,
        key_id=told.key_id,
        made_at=told.made_at,
        audience=told.audience if isinstance(told, Bundle) else "",
    )


def _fill(
    session: Session, kept: ReceivedBundle, arrival: _Arrival, row: Installation | None, outcome: _Outcome
) -> ReceivedBundle:
    kept.installation_id = row.id if row is not None else None
    kept.sha256, kept.size = arrival.sha256, len(arrival.content)
    kept.received_at, kept.received_by, kept.way = arrival.at, arrival.by, arrival.way
    kept.verdict, kept.written, kept.set_aside = outcome[0], 0, []
    kept.reason_fr, kept.reason_en = outcome[1].fr, outcome[1].en
    session.add(kept)
    session.flush()
    return kept


def _record(session: Session, scope: Scope, kept: ReceivedBundle, row: Installation) -> None:
    detail: dict[str, Scalar] = {
        "name": row.name,
        "number": kept.number,
        "verdict": kept.verdict.value,
        "written": kept.written,
        "sha256": kept.sha256,
    }
    action = "received_bundle.taken" if kept.verdict is BundleVerdict.TAKEN else "received_bundle.refused"
    record(session, scope, action, Thing("installation", row.id), kept.received_at, detail)


def _answer(platform: Platform, kept: ReceivedBundle, row: Installation | None, bundle: Bundle | None) -> Received:
    return Received(
        id=kept.id,
        verdict=kept.verdict,
        reason=Text(kept.reason_fr, kept.reason_en),
        installation=row.name if row is not None else "",
        number=kept.number,
        values=bundle.values if bundle is not None else 0,
        written=kept.written,
        aside=sum(int(one["values"]) for one in kept.set_aside),
        receipt=_receipt(platform, kept, row),
    )


def receipt_of(platform: Platform, scope: Scope, received_id: int) -> bytes:
    """The receipt of a bundle that came as a file, to be handed back. NotFound."""
    with platform.database.read() as session:
        kept = session.get(ReceivedBundle, received_id)
        row = session.get(Installation, kept.installation_id) if kept is not None and kept.installation_id else None
        if kept is None or row is None or not manages(session, scope, row.place):
            raise NotFound
        return _receipt(platform, kept, row)


def _receipt(platform: Platform, kept: ReceivedBundle, row: Installation | None) -> bytes:
    """Signed with the key that the sender knows; our new one is presented to an installation enrolled here."""
    receipt = Receipt(
        sha256=kept.sha256,
        verdict=kept.verdict,
        number=kept.number,
        last_number=row.last_number if row is not None else 0,
        reason=Text(kept.reason_fr, kept.reason_en),
        at=kept.received_at,
        last_sha256=row.last_sha256 if row is not None else "",
        introduction=introduction_for(platform, kept.audience) if row is not None else None,
    )
    return write_receipt(receipt, signer_for(platform, kept.audience))
