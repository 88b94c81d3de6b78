"""Mandates: who authorised an exposure audit, on what, from when to when. Without one nothing is scanned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.evidence import EvidenceKind
from care.services import evidence, jobs
from care.services.errors import Invalid, NotFound, Refused
from care.services.evidence import Kept, Upload
from care.services.places import visible_establishment, within
from care.services.platform import Platform, StoredFile
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.evidence import Evidence
from care.store.targets import FollowedName, Mandate, Target
from scanners.errors import CollectError
from scanners.exposure.mandate import Mandate as Authorisation
from scanners.exposure.mandate import MandateError, parse_mandate
from scanners.exposure.targets import Network, addresses_of, parse_targets
from scanners.model import Text

_NO_MANDATE = Text(
    "Un audit d’exposition exige un mandat : enregistrez qui l’autorise, sur quel périmètre et à quelles dates, puis "
    "rattachez-le à la cible.",
    "An exposure audit requires a mandate: record who authorises it, on what scope and dates, then link it to the "
    "target.",
)

_SIGNED = Text(
    "Ce mandat a déjà son document signé ; pour le remplacer, ouvrez sa preuve.",
    "This mandate already has its signed document; to replace it, open its evidence.",
)
_MAX_WHY = 500


@dataclass(frozen=True, slots=True)
class MandateDraft:
    """A mandate as typed in. `hours` is `20:00-06:00` or empty for all day.

    Without its signed `document` no audit starts, unless `unsigned_why` says why audits go on before it is there.
    """

    authorised_by: str
    role: str
    reference: str
    scope: tuple[str, ...]
    excluded: tuple[str, ...]
    valid_from: date
    valid_to: date
    hours: str = ""
    timezone: str = "Europe/Paris"
    document: Upload | Kept | None = None
    unsigned_why: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """The signed document of a mandate, a piece of evidence."""

    id: int
    name: str
    sha256: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Why audits go on under a mandate without its signed document, and who answers for that."""

    why: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MandateView:
    """A mandate. `refusal` says why it cannot be used now, empty when it can; `signed` None: it is incomplete, and
    `unsigned` tells who answers for audits that go on all the same, None when nobody does."""

    id: int
    establishment_id: int
    authorised_by: str
    role: str
    reference: str
    scope: tuple[str, ...]
    excluded: tuple[str, ...]
    valid_from: date
    valid_to: date
    hours: str
    timezone: str
    signed: Signed | None
    unsigned: Unsigned | None
    created_at: datetime
    created_by: str
    withdrawn: bool
    refusal: str


def add_mandate(platform: Platform, scope: Scope, establishment_id: int, draft: MandateDraft) -> int:
    """Record a mandate and return its number. Invalid names the faulty field."""
    now = platform.clock.now()
    _parse(draft_mapping(draft))
    why = line_of(draft.unsigned_why)[:_MAX_WHY]
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
    kept = evidence.kept(platform, draft.document) if draft.document else None
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        mandate = Mandate(
            establishment_id=establishment_id,
            authorised_by=draft.authorised_by.strip(),
            role=draft.role.strip(),
            reference=draft.reference.strip(),
            scope=list(draft.scope),
            excluded=list(draft.excluded),
            valid_from=draft.valid_from,
            valid_to=draft.valid_to,
            hours=draft.hours,
            timezone=draft.timezone,
            created_at=now,
            created_by=scope.actor,
        )
        if kept is not None:
            _file(session, scope, mandate, kept, now)
        session.add(mandate)
        session.flush()
        thing = Thing("mandate", mandate.id, establishment_id)
        record(session, scope, "mandate.added", thing, now, {"document": kept.sha256 if kept else None})
        if kept is None and why:
            _answer_for(session, scope, mandate, why, now)
        return mandate.id


def sign_mandate(platform: Platform, scope: Scope, mandate_id: int, document: Upload | Kept) -> None:
    """Keep the signed document of a mandate recorded without it. Refused when it has one; Invalid (`file`)."""
    now = platform.clock.now()
    place = open_mandate(platform, scope, mandate_id).establishment_id
    with platform.database.read() as session:
        visible_establishment(session, scope, place, Right.MANAGE_TARGETS)
    kept = evidence.kept(platform, document)
    with platform.database.write() as session:
        mandate = to_change(session, scope, mandate_id)
        if signed_document(session, mandate) is not None:
            raise Refused(_SIGNED)
        _file(session, scope, mandate, kept, now)
        thing = Thing("mandate", mandate.id, mandate.establishment_id)
        record(session, scope, "mandate.signed", thing, now, {"document": kept.sha256})


def go_unsigned(platform: Platform, scope: Scope, mandate_id: int, why: str) -> None:
    """Answer for audits under a mandate whose signed document is not there yet, by name and with the reason; the page
    still calls it incomplete. Refused when it is signed; Invalid (`why`), NotFound."""
    now, why = platform.clock.now(), line_of(why)
    if not why or len(why) > _MAX_WHY:
        raise Invalid({"why": Text("Dites pourquoi en une phrase.", "Say why in one sentence.")})
    with platform.database.write() as session:
        mandate = to_change(session, scope, mandate_id)
        if signed_document(session, mandate) is not None:
            raise Refused(_SIGNED)
        _answer_for(session, scope, mandate, why, now)


def to_change(session: Session, scope: Scope, mandate_id: int) -> Mandate:
    """A mandate, locked, for whoever may manage those of its establishment. NotFound, Forbidden."""
    mandate = session.get(Mandate, mandate_id, with_for_update=True)
    if mandate is None:
        raise NotFound
    visible_establishment(session, scope, mandate.establishment_id, Right.MANAGE_TARGETS)
    return mandate


def _file(session: Session, scope: Scope, mandate: Mandate, kept: Kept, now: datetime) -> None:
    about = evidence.EvidenceDraft(
        mandate.establishment_id,
        EvidenceKind.MANDATE,
        kept.name,
        kept.media_type,
        mandate.valid_from,
        mandate.valid_to,
        title=mandate.reference[: evidence.MAX_TITLE],
        owner=mandate.authorised_by[: evidence.MAX_TITLE],
    )
    mandate.document_id = evidence.add(session, StoredFile(kept.sha256, kept.size), about, now, scope.actor).id


def _answer_for(session: Session, scope: Scope, mandate: Mandate, why: str, now: datetime) -> None:
    mandate.unsigned_why, mandate.unsigned_by, mandate.unsigned_at = why, scope.actor, now
    thing = Thing("mandate", mandate.id, mandate.establishment_id)
    record(session, scope, "mandate.unsigned", thing, now, {"why": why})


def signed_document(session: Session, mandate: Mandate) -> Evidence | None:
    """The signed document of a mandate; None when there is none, or when it was withdrawn from the evidence."""
    document = session.get(Evidence, mandate.document_id) if mandate.document_id is not None else None
    return document if document is not None and document.withdrawn_at is None else None


def withdraw_mandate(platform: Platform, scope: Scope, mandate_id: int) -> None:
    """End a mandate now: no audit may start under it any more, and those that wait or run under it are ended."""
    now = platform.clock.now()
    with platform.database.write() as session:
        mandate = to_change(session, scope, mandate_id)
        mandate.withdrawn_at = mandate.withdrawn_at or now
        jobs.cancel_audits(session, scope, select(Target.id).where(Target.mandate_id == mandate_id), now)
        record(session, scope, "mandate.withdrawn", Thing("mandate", mandate.id, mandate.establishment_id), now)


def list_mandates(platform: Platform, scope: Scope, establishment_id: int) -> tuple[MandateView, ...]:
    """The mandates of an establishment, the latest first."""
    now = platform.clock.now()
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        return tuple(_view(session, row, now, scope.lang) for row in _of(session, establishment_id))


def mandate_usable(platform: Platform, establishment_id: int) -> bool:
    """Whether an audit of the exposure may stand on one of its mandates now; who asks was checked before."""
    now = platform.clock.now()
    with platform.database.read() as session:
        return any(refusal_of(session, row, now) is None for row in _of(session, establishment_id))


def _of(session: Session, establishment_id: int) -> Iterable[Mandate]:
    return session.scalars(
        select(Mandate).where(Mandate.establishment_id == establishment_id).order_by(Mandate.id.desc())
    )


def open_mandate(platform: Platform, scope: Scope, mandate_id: int) -> MandateView:
    """One mandate; NotFound outside the scope."""
    with platform.database.read() as session:
        row = session.scalars(
            select(Mandate).where(Mandate.id == mandate_id, within(scope, Right.SEE_FINDINGS, Mandate.establishment_id))
        ).one_or_none()
        if row is None:
            raise NotFound
        return _view(session, row, platform.clock.now(), scope.lang)


def valid_mandate(session: Session, mandate_id: int | None, now: datetime) -> Authorisation:
    """The authorisation to use now. Refused says why there is none: absent, withdrawn, unsigned, not yet, expired, off
    hours."""
    mandate = session.get(Mandate, mandate_id) if mandate_id is not None else None
    if mandate is None:
        raise Refused(_NO_MANDATE)
    refusal = refusal_of(session, mandate, now)
    if refusal is not None:
        raise Refused(refusal)
    document = signed_document(session, mandate)
    followed = select(FollowedName.name).where(FollowedName.mandate_id == mandate.id, FollowedName.ended_at.is_(None))
    return parse_mandate(
        {
            **row_mapping(mandate),
            "document": document.sha256 if document else "",
            "followed": sorted(session.scalars(followed)),
        }
    )


def check_scope(authorisation: Authorisation, targets: Iterable[str]) -> None:
    """Refused when a target lies outside the mandate, before anything starts.

    Names are checked here against the exclusions only: what they resolve to is checked by the collector.
    """
    try:
        for target in parse_targets(targets):
            if target.network is not None:
                _check_network(authorisation, target.network)
            elif authorisation.excluded.holds(target.name):
                authorisation.check(target.name)
    except CollectError as error:
        raise Refused(error.text) from error


def _check_network(authorisation: Authorisation, network: Network) -> None:
    """Every address must be covered; those excluded inside a wider network are simply left out of the audit."""
    for address in addresses_of(network):
        if network.num_addresses == 1 or not authorisation.excluded.holds(address):
            authorisation.check(address)


def draft_mapping(draft: MandateDraft) -> dict[str, object]:
    """The mapping `parse_mandate` reads."""
    return {
        "authorised_by": draft.authorised_by,
        "role": draft.role,
        "reference": draft.reference,
        "scope": list(draft.scope),
        "excluded": list(draft.excluded),
        "valid_from": draft.valid_from.isoformat(),
        "valid_to": draft.valid_to.isoformat(),
        "hours": draft.hours or None,
        "timezone": draft.timezone,
    }


def row_mapping(row: Mandate) -> dict[str, object]:
    """The mapping `parse_mandate` reads, from a recorded mandate."""
    return {
        "authorised_by": row.authorised_by,
        "role": row.role,
        "reference": row.reference,
        "scope": row.scope,
        "excluded": row.excluded,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat(),
        "hours": row.hours or None,
        "timezone": row.timezone,
    }


def _parse(mapping: dict[str, object]) -> None:
    """Invalid on the first faulty field; fields are checked one by one so that the message lands beside its own."""
    for field in ("authorised_by", "role", "reference"):
        if not str(mapping[field]).strip():
            raise Invalid({field: Text("Ce champ est obligatoire.", "This field is required.")})
    if str(mapping["valid_to"]) < str(mapping["valid_from"]):
        raise Invalid({"valid_to": Text("La fin précède le début.", "The end comes before the beginning.")})
    try:
        parse_mandate(mapping)
    except MandateError as error:
        field = next((name for name in mapping if f" {name}," in error.text.en), "scope")
        raise Invalid({field: error.text}) from error


def time_refusal(mandate: Mandate, now: datetime) -> Text | None:
    """Why a mandate allows nothing now: withdrawn, not yet, expired, off hours; None when it does."""
    if mandate.withdrawn_at is not None:
        day = mandate.withdrawn_at.date()
        return Text(
            f"Le mandat « {mandate.reference} » a été retiré le {day:%d/%m/%Y} ; enregistrez-en un nouveau.",
            f"The mandate “{mandate.reference}” was withdrawn on {day}; record a new one.",
        )
    try:
        parse_mandate(row_mapping(mandate)).check_time(now)
    except MandateError as error:
        return error.text
    return None


def unsigned_refusal(session: Session, mandate: Mandate) -> Text | None:
    """Why a mandate without its signed document allows nothing; None when it has it, or when somebody answers for it.

    Access to a system is a crime without the consent of its owner (articles 323-1 and following of the French penal
    code): consent has no set form, but whoever scans must be able to show it, and the document is the proof.
    """
    if mandate.unsigned_why is not None or signed_document(session, mandate) is not None:
        return None
    return Text(
        f"Le mandat « {mandate.reference} » n’a pas son document signé : aucun audit ne part. Joignez-le sur la page "
        "« Mandats », ou dites-y, en votre nom, pourquoi l’audit part sans lui.",
        f"The mandate “{mandate.reference}” does not have its signed document: no audit starts. Attach it on the page "
        "“Mandates”, or say there, in your name, why the audit starts without it.",
    )


def refusal_of(session: Session, mandate: Mandate, now: datetime) -> Text | None:
    """Why a mandate allows nothing now; None when it does."""
    if mandate.withdrawn_at is None and (unsigned := unsigned_refusal(session, mandate)) is not None:
        return unsigned
    return time_refusal(mandate, now)


def _view(session: Session, row: Mandate, now: datetime, lang: str) -> MandateView:
    refusal = refusal_of(session, row, now)
    document = signed_document(session, row)
    return MandateView(
        id=row.id,
        establishment_id=row.establishment_id,
        authorised_by=row.authorised_by,
        role=row.role,
        reference=row.reference,
        scope=tuple(row.scope),
        excluded=tuple(row.excluded),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        hours=row.hours,
        timezone=row.timezone,
        signed=Signed(document.id, document.name, document.sha256 or "", document.added_at) if document else None,
        unsigned=Unsigned(row.unsigned_why, row.unsigned_by or "", row.unsigned_at or row.created_at)
        if row.unsigned_why is not None
        else None,
        created_at=row.created_at,
        created_by=row.created_by,
        withdrawn=row.withdrawn_at is not None,
        refusal=refusal.render(lang) if refusal else "",
    )
