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
from care.store.targets import Mandate, Target
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


@dataclass(frozen=True, slots=True)
class MandateDraft:
    """A mandate as typed in. `hours` is `20:00-06:00` or empty for all day; the document is optional."""

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


@dataclass(frozen=True, slots=True)
class MandateView:
    """A mandate. `refusal` says why it cannot be used now, empty when it can."""

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
    document_id: int | None
    created_at: datetime
    created_by: str
    withdrawn: bool
    refusal: str


def add_mandate(platform: Platform, scope: Scope, establishment_id: int, draft: MandateDraft) -> int:
    """Record a mandate and return its number. Invalid names the faulty field."""
    now = platform.clock.now()
    _parse(draft_mapping(draft))
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
    kept = evidence.kept(platform, draft.document) if draft.document else None
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        document_id = None
        if kept is not None:
            reference = draft.reference.strip()[: evidence.MAX_TITLE]
            about = evidence.EvidenceDraft(
                establishment_id,
                EvidenceKind.MANDATE,
                kept.name,
                kept.media_type,
                draft.valid_from,
                draft.valid_to,
                title=reference,
                owner=draft.authorised_by.strip()[: evidence.MAX_TITLE],
            )
            document_id = evidence.add(session, StoredFile(kept.sha256, kept.size), about, now, scope.actor).id
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
            document_id=document_id,
            created_at=now,
            created_by=scope.actor,
        )
        session.add(mandate)
        session.flush()
        record(session, scope, "mandate.added", Thing("mandate", mandate.id, establishment_id), now)
        return mandate.id


def withdraw_mandate(platform: Platform, scope: Scope, mandate_id: int) -> None:
    """End a mandate now: no audit may start under it any more, and those that wait or run under it are ended."""
    now = platform.clock.now()
    with platform.database.write() as session:
        mandate = session.get(Mandate, mandate_id)
        if mandate is None:
            raise NotFound
        visible_establishment(session, scope, mandate.establishment_id, Right.MANAGE_TARGETS)
        mandate.withdrawn_at = mandate.withdrawn_at or now
        jobs.cancel_audits(session, scope, select(Target.id).where(Target.mandate_id == mandate_id), now)
        record(session, scope, "mandate.withdrawn", Thing("mandate", mandate.id, mandate.establishment_id), now)


def list_mandates(platform: Platform, scope: Scope, establishment_id: int) -> tuple[MandateView, ...]:
    """The mandates of an establishment, the latest first."""
    now = platform.clock.now()
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        return tuple(_view(row, now, scope.lang) for row in _of(session, establishment_id))


def mandate_usable(platform: Platform, establishment_id: int) -> bool:
    """Whether an audit of the exposure may stand on one of its mandates now; who asks was checked before."""
    now = platform.clock.now()
    with platform.database.read() as session:
        return any(not _view(row, now, "fr").refusal for row in _of(session, establishment_id))


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
        return _view(row, platform.clock.now(), scope.lang)


def valid_mandate(session: Session, mandate_id: int | None, now: datetime) -> Authorisation:
    """The authorisation to use now. Refused says why there is none: absent, withdrawn, not yet, expired, off hours."""
    mandate = session.get(Mandate, mandate_id) if mandate_id is not None else None
    if mandate is None:
        raise Refused(_NO_MANDATE)
    refusal = time_refusal(mandate, now)
    if refusal is not None:
        raise Refused(refusal)
    return parse_mandate(row_mapping(mandate))


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


def _view(row: Mandate, now: datetime, lang: str) -> MandateView:
    refusal = time_refusal(row, now)
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
        document_id=row.document_id,
        created_at=row.created_at,
        created_by=row.created_by,
        withdrawn=row.withdrawn_at is not None,
        refusal=refusal.render(lang) if refusal else "",
    )
