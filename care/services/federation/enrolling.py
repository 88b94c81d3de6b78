"""Enrolling installations: the region gives a code, a hospital presents its key with it, once.

The code says who will send and for which establishments, so that nothing the hospital writes decides of it. Two people
compare the fingerprint by telephone: that is what ties a key to a hospital.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Place, Right, Scope, machine_scope, place_at
from care.domain.enrolments import (
    CODE_LENGTH,
    CODE_SIGNS,
    EnrolmentAnswer,
    EnrolmentRequest,
    read_request,
    shown_code,
    write_answer,
)
from care.domain.federation import InstallationState, KeyState
from care.domain.finess import check
from care.domain.signed_documents import DocumentError, key_fingerprint
from care.services.brakes import count_attempt, give_back
from care.services.errors import Invalid, NotFound, Refused
from care.services.federation.places import inside, installation_row, manages, territory_name
from care.services.places import node
from care.services.platform import Platform
from care.services.territories import check_territory
from care.services.trail import Thing, record
from care.services.typed_texts import MAX_LINE, line_of
from care.store.federation import Enrolment, Installation, InstallationEstablishment, InstallationKey
from care.store.registry import Establishment, LegalEntity, Region
from scanners.model import Scalar, Text

VALID_FOR = timedelta(days=14)
"""Time to read a code out and to type it; our choice."""
FREE_ATTEMPTS = 20
"""Wrong codes or forged files that one address may send before it waits."""
MAX_ESTABLISHMENTS = 2_000
ENROLLED_AGAIN = "enrolled again"
"""Why a key ended: a code, put into words where it is shown."""


@dataclass(frozen=True, slots=True)
class InvitationDraft:
    """An enrolment as typed: `finess` are numbers of establishments, or of legal entities for all that they hold."""

    name: str
    place: Place
    finess: tuple[str, ...]
    pseudonymous: bool = False


@dataclass(frozen=True, slots=True)
class Invitation:
    """An enrolment opened: its number, the code as it is read out, shown this once, and until when it holds."""

    id: int
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An installation enrolled: the answer that it is owed, and the fingerprint to compare by telephone."""

    installation_id: int
    name: str
    fingerprint: str
    answer: bytes


def invite(platform: Platform, scope: Scope, draft: InvitationDraft) -> Invitation:
    """Open an enrolment for a new installation. Invalid, Forbidden, NotFound."""
    with platform.database.write() as session:
        check_territory(session, scope, draft.place, Right.MANAGE_REGION)
        name, ids = checked_draft(session, draft.name, draft.place, draft.finess, own=None)
        return _opened(platform, session, scope, (name, draft.place.key, ids, draft.pseudonymous, None))


def invite_again(platform: Platform, scope: Scope, installation_id: int) -> Invitation:
    """A code for an installation that lost its key or was installed again: its history goes on. NotFound."""
    with platform.database.write() as session:
        row = installation_row(session, scope, installation_id, lock=True)
        ids = session.scalars(
            select(InstallationEstablishment.establishment_id)
            .where(InstallationEstablishment.installation_id == row.id)
            .order_by(InstallationEstablishment.establishment_id)
        ).all()
        if not ids:
            raise Refused(
                Text(
                    "Cette installation ne parle plus pour aucun établissement : indiquez-les d’abord.",
                    "This installation no longer speaks for any establishment: name them first.",
                )
            )
        return _opened(platform, session, scope, (row.name, row.place, ids, row.pseudonymous, row.id))


def withdraw_invitation(platform: Platform, scope: Scope, enrolment_id: int) -> None:
    """Make a code worthless. NotFound; Refused when it was used."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = session.get(Enrolment, enrolment_id, with_for_update=True)
        if row is None or not manages(session, scope, row.place):
            raise NotFound
        if row.used_at is not None:
            raise Refused(
                Text(
                    "Ce code a déjà servi : retirez plutôt l’installation qu’il a inscrite.",
                    "This code was already used: withdraw the installation that it enrolled instead.",
                )
            )
        if row.withdrawn_at is None:
            row.withdrawn_at = now
            record(session, scope, "enrolment.withdrawn", Thing("enrolment", row.id), now, {"name": row.name})


def enrol(platform: Platform, content: bytes, address: str) -> bytes:
    """Enrol whoever presents a good code over HTTPS; the answer of the region, signed. Invalid, Refused, Throttled.

    An attempt is counted before the code is looked at, so that nobody tries many.
    """
    key, now = f"federation:{address}", platform.clock.now()
    with platform.database.write() as session:
        count_attempt(session, {key: FREE_ATTEMPTS}, now)
    scope = machine_scope("federation")
    with platform.database.write() as session:
        enrolled = _enrolled(platform, session, scope, _read(content))
        give_back(session, [key])
    return enrolled.answer


def enrol_file(platform: Platform, scope: Scope, content: bytes) -> Enrolled:
    """Enrol the installation whose request came as a file, brought by who manages its territory. Invalid, Refused."""
    with platform.database.write() as session:
        return _enrolled(platform, session, scope, _read(content))


def checked_draft(
    session: Session, name: str, place: Place, finess: Sequence[str], own: int | None
) -> tuple[str, list[int]]:
    """The name and the establishments as they are kept; Invalid. `own`: the installation that may have them already."""
    faults: dict[str, Text] = {}
    name = line_of(name)
    if not 0 < len(name) <= MAX_LINE:
        faults["name"] = Text(f"Un nom de 1 à {MAX_LINE} signes.", f"A name of 1 to {MAX_LINE} characters.")
    ids, fault = _establishments(session, place, finess, own)
    if fault is not None:
        faults["finess"] = fault
    if faults:
        raise Invalid(faults)
    return name, ids


def _establishments(
    session: Session, place: Place, typed: Sequence[str], own: int | None
) -> tuple[list[int], Text | None]:
    numbers = list(dict.fromkeys(number for one in typed if (number := check(one).number)))
    found = _by_number(session, numbers)
    unknown = [one for one in numbers if one not in found]
    if unknown:
        return [], _none_of(unknown, "ne sont pas dans le registre", "are not in the registry")
    ids = sorted({number for group in found.values() for number in group})
    if not 1 <= len(ids) <= MAX_ESTABLISHMENTS:
        return [], Text(
            f"Indiquez de 1 à {MAX_ESTABLISHMENTS} établissements, par leur numéro FINESS.",
            f"Name 1 to {MAX_ESTABLISHMENTS} establishments, by their FINESS number.",
        )
    outside = sorted(set(ids) - inside(session, place, ids))
    if outside:
        return [], _none_of(_numbers(session, outside), "sont hors de ce territoire", "lie outside this territory")
    taken = spoken_for(session, ids, own)
    if taken:
        return [], _taken(taken)
    return ids, None


def _by_number(session: Session, numbers: Sequence[str]) -> Mapping[str, Collection[int]]:
    """The establishments of each number: itself, or those of a legal entity."""
    sites = session.execute(select(Establishment.finess, Establishment.id).where(Establishment.finess.in_(numbers)))
    found: dict[str, set[int]] = {finess: {number} for finess, number in sites}
    held = session.execute(
        select(LegalEntity.finess, Establishment.id)
        .join(Establishment, Establishment.legal_entity_id == LegalEntity.id)
        .where(LegalEntity.finess.in_(numbers))
    )
    for finess, number in held:
        found.setdefault(finess, set()).add(number)
    return found


def _numbers(session: Session, ids: Collection[int]) -> list[str]:
    return list(session.scalars(select(Establishment.finess).where(Establishment.id.in_(ids)).order_by("finess")))


def spoken_for(session: Session, ids: Collection[int], own: int | None) -> list[str]:
    """Establishments that another enrolled installation speaks for, with its name. They stay locked until the commit:
    of two who claim one at once, the second finds what the first wrote."""
    session.execute(
        select(Establishment.id).where(Establishment.id.in_(ids)).order_by(Establishment.id).with_for_update()
    )
    rows = session.execute(
        select(Establishment.finess, Installation.name, Installation.id)
        .join(InstallationEstablishment, InstallationEstablishment.establishment_id == Establishment.id)
        .join(Installation, Installation.id == InstallationEstablishment.installation_id)
        .where(Establishment.id.in_(ids), Installation.state == InstallationState.ENROLLED)
        .order_by(Establishment.finess)
    )
    return [f"{finess} ({name})" for finess, name, number in rows if number != own]


def _none_of(which: Sequence[str], fr: str, en: str) -> Text:
    shown = ", ".join(which[:5]) + ("…" if len(which) > 5 else "")
    return Text(f"Ces numéros {fr} : {shown}.", f"These numbers {en}: {shown}.")


def _taken(which: Sequence[str]) -> Text:
    shown = ", ".join(which[:5]) + ("…" if len(which) > 5 else "")
    return Text(
        f"Une autre installation parle déjà pour : {shown}. Retirez-la ou changez ses établissements d’abord.",
        f"Another installation already speaks for: {shown}. Withdraw it or change its establishments first.",
    )


_Opening = tuple[str, str, Sequence[int], bool, int | None]
"""Name, place as written, establishments, pseudonyms or not, the installation that enrols again."""


def _opened(platform: Platform, session: Session, scope: Scope, opening: _Opening) -> Invitation:
    name, place, ids, pseudonymous, again = opening
    now = platform.clock.now()
    code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
    row = Enrolment(
        code_hash=_hashed(code),
        name=name,
        place=place,
        establishments=list(ids),
        pseudonymous=pseudonymous,
        installation_id=again,
        created_at=now,
        created_by=scope.actor,
        expires_at=now + VALID_FOR,
    )
    session.add(row)
    session.flush()
    detail: dict[str, Scalar] = {"name": name, "place": place, "establishments": len(ids), "again": again is not None}
    record(session, scope, "enrolment.opened", Thing("enrolment", row.id), now, detail)
    return Invitation(row.id, shown_code(code), row.expires_at)


def _hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _read(content: bytes) -> EnrolmentRequest:
    try:
        return read_request(content)
    except DocumentError as wrong:
        raise Invalid({"file": wrong.text}) from wrong


def _enrolled(platform: Platform, session: Session, scope: Scope, request: EnrolmentRequest) -> Enrolled:
    now = platform.clock.now()
    enrolment = _enrolment(session, scope, request.code)
    before = _same_again(session, enrolment, request)
    if before is not None:
        return Enrolled(before.id, before.name, key_fingerprint(request.public_key), _answer(platform, session, before))
    _check_unused(enrolment, now)
    row = _installation(session, enrolment, request, now)
    _take_key(session, row, request.public_key, now)
    _speak_for(session, row, enrolment.establishments, now)
    enrolment.used_at, enrolment.installation_id = now, row.id
    answer = _answer(platform, session, row)
    fingerprint = key_fingerprint(request.public_key)
    detail: dict[str, Scalar] = {"name": row.name, "key": fingerprint, "establishments": len(enrolment.establishments)}
    record(session, scope, "installation.enrolled", Thing("installation", row.id), now, detail)
    return Enrolled(row.id, row.name, fingerprint, answer)


def _enrolment(session: Session, scope: Scope, code: str) -> Enrolment:
    """The enrolment behind a code, locked: one of two requests at once comes second. Refused."""
    query = select(Enrolment).where(Enrolment.code_hash == _hashed(code)).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None or row.withdrawn_at is not None or not manages(session, scope, row.place):
        raise Refused(
            Text(
                "Ce code d’inscription est inconnu ou a été retiré : demandez-en un autre à la région.",
                "This code of enrolment is unknown or was withdrawn: ask the region for another one.",
            )
        )
    return row


def _same_again(session: Session, enrolment: Enrolment, request: EnrolmentRequest) -> Installation | None:
    """The installation that this code enrolled with this very key: its answer was lost on the way, it asks again."""
    if enrolment.used_at is None:
        return None
    query = (
        select(Installation)
        .join(InstallationKey, InstallationKey.installation_id == Installation.id)
        .where(
            Installation.id == enrolment.installation_id,
            Installation.identifier == request.identifier,
            Installation.state == InstallationState.ENROLLED,
            InstallationKey.key_id == key_fingerprint(request.public_key),
            InstallationKey.state == KeyState.ACTIVE,
        )
    )
    return session.scalars(query).one_or_none()


def _check_unused(row: Enrolment, now: datetime) -> None:
    if row.used_at is not None:
        raise Refused(
            Text(
                f"Ce code a déjà servi le {row.used_at:%d/%m/%Y} : si ce n’était pas vous, prévenez la région ; sinon"
                " demandez-lui un autre code.",
                f"This code was already used on {row.used_at:%Y-%m-%d}: if it was not you, tell the region; otherwise"
                " ask it for another code.",
            )
        )
    if row.expires_at <= now:
        raise Refused(
            Text(
                f"Ce code est périmé depuis le {row.expires_at:%d/%m/%Y} : demandez-en un autre à la région.",
                f"This code expired on {row.expires_at:%Y-%m-%d}: ask the region for another one.",
            )
        )


def _installation(session: Session, enrolment: Enrolment, request: EnrolmentRequest, now: datetime) -> Installation:
    """The row of who enrols: the one that the code names, else a new one. Refused when another has the identifier."""
    query = select(Installation).where(Installation.identifier == request.identifier)
    holder = session.scalars(query.with_for_update()).one_or_none()
    if holder is not None and holder.id != enrolment.installation_id:
        raise Refused(
            Text(
                "Cette installation est déjà inscrite : la région doit lui donner un code de réinscription, depuis sa"
                " page.",
                "This installation is already enrolled: the region must give it a code to enrol again, from its page.",
            )
        )
    if enrolment.installation_id is None:
        return _new_installation(session, enrolment, request, now)
    row = session.get_one(Installation, enrolment.installation_id, with_for_update=True)
    if row.identifier != request.identifier:  # installed again from nothing: it counts its bundles from one again
        row.identifier, row.last_number, row.last_sha256 = request.identifier, 0, ""
    row.state, row.changed_at, row.changed_by = InstallationState.ENROLLED, now, enrolment.created_by
    row.version += 1
    return row


def _new_installation(session: Session, enrolment: Enrolment, request: EnrolmentRequest, now: datetime) -> Installation:
    row = Installation(
        identifier=request.identifier,
        name=enrolment.name,
        place=enrolment.place,
        pseudonymous=enrolment.pseudonymous,
        state=InstallationState.ENROLLED,
        enrolled_at=now,
        enrolled_by=enrolment.created_by,
        changed_at=now,
        changed_by=enrolment.created_by,
    )
    session.add(row)
    session.flush()
    return row


def _take_key(session: Session, row: Installation, public_key: bytes, now: datetime) -> None:
    """Make this key the only active one of an installation. Refused when it was ever used, here or elsewhere."""
    key_id = key_fingerprint(public_key)
    known = session.scalars(select(InstallationKey).where(InstallationKey.key_id == key_id)).one_or_none()
    keys = select(InstallationKey).where(
        InstallationKey.installation_id == row.id, InstallationKey.state == KeyState.ACTIVE
    )
    if known is not None and (known.installation_id != row.id or known.state is not KeyState.ACTIVE):
        raise Refused(
            Text(
                "Cette clé est celle d’une autre installation, ou ne vaut plus : remplacez-la (« care seal rotate »),"
                " puis recommencez.",
                "This key is that of another installation, or no longer holds: replace it (“care seal rotate”), then"
                " start again.",
            )
        )
    for key in session.scalars(keys):
        if key.key_id != key_id:
            key.state, key.until, key.why = KeyState.REVOKED, now, ENROLLED_AGAIN
    if known is None:
        session.add(
            InstallationKey(
                installation_id=row.id, key_id=key_id, public_key=public_key, state=KeyState.ACTIVE, since=now
            )
        )


def _speak_for(session: Session, row: Installation, ids: Sequence[int], now: datetime) -> None:
    """Give these establishments to an installation, taken from those that may no longer send. Refused."""
    taken = spoken_for(session, ids, row.id)
    if taken:
        raise Refused(_taken(taken))
    session.execute(
        delete(InstallationEstablishment).where(
            InstallationEstablishment.establishment_id.in_(ids) | (InstallationEstablishment.installation_id == row.id)
        )
    )
    session.add_all(InstallationEstablishment(establishment_id=one, installation_id=row.id, since=now) for one in ids)
    session.flush()


def answer_of(platform: Platform, scope: Scope, installation_id: int) -> bytes:
    """The answer that an enrolled installation is owed, to be given as a file. NotFound; Refused when withdrawn."""
    with platform.database.read() as session:
        row = installation_row(session, scope, installation_id)
        if row.state is not InstallationState.ENROLLED:
            raise Refused(
                Text("Cette installation n’est plus inscrite.", "This installation is no longer enrolled."),
            )
        return _answer(platform, session, row)


def _answer(platform: Platform, session: Session, row: Installation) -> bytes:
    numbers = session.scalars(
        select(Establishment.finess)
        .join(InstallationEstablishment, InstallationEstablishment.establishment_id == Establishment.id)
        .where(InstallationEstablishment.installation_id == row.id)
        .order_by(Establishment.finess)
    )
    answer = EnrolmentAnswer(
        identifier=row.identifier,
        name=_region_name(session, row.place),
        key_pem=platform.signer.public_pem.decode(),
        establishments=tuple(numbers),
        pseudonymous=row.pseudonymous,
        place_name=territory_name(session, row.place, "fr"),
    )
    return write_answer(answer, platform.signer.sign)


def _region_name(session: Session, kept: str) -> str:
    """Who consolidates: the regional e-health group when the territory is a region, else the territory itself."""
    place = place_at(kept)
    if place == PLATFORM:
        return "CaRE"
    found = node(session, place)
    return found.grades or found.name if isinstance(found, Region) else found.name
