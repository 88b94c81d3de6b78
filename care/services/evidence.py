"""Evidence: files kept for ever under their own hash, or addresses; the period they speak of, and what they prove.

Here it is filed, replaced, corrected, withdrawn and tied. What people send is in `evidence_files`, what they say of it
in `evidence_details`, reading it back in `evidence_reading`, its chain in `evidence_chain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.evidence import MACHINE_MADE, EvidenceKind, ThingKind, ThingRef, written
from care.services import evidence_chain
from care.services.errors import Invalid, NotFound, Refused
from care.services.evidence_details import MAX_NOTE, MAX_TITLE, Details, EvidenceDraft, Source, received, tidied
from care.services.evidence_files import (
    FACTS_MEDIA_TYPE,
    MAX_FACTS_BYTES,
    Kept,
    Upload,
    clean_name,
    keep_content,
    keep_upload,
    kept,
)
from care.services.evidence_reading import Content, open_content, proofs_of, readable, take_content, verify
from care.services.evidence_things import check_thing
from care.services.frameworks.marks import mark_establishment
from care.services.frameworks.naming import names_in
from care.services.places import visible_establishment
from care.services.platform import Platform, StoredFile
from care.services.trail import Thing, record
from care.store.evidence import Evidence, EvidenceTie, StoredContent
from care.store.upsert import conflict_insert, insert_missing
from scanners.model import Scalar, Text

__all__ = [
    "FACTS_MEDIA_TYPE",
    "MAX_FACTS_BYTES",
    "MAX_TITLE",
    "Content",
    "Details",
    "EvidenceDraft",
    "Kept",
    "Source",
    "Upload",
    "clean_name",
    "keep_content",
    "keep_upload",
    "kept",
    "open_content",
    "proofs_of",
    "readable",
    "take_content",
    "verify",
]
"""What others need of the parts of this subject stands here too: they know one door."""

_SAME_FILE = Text(
    "Ce fichier est identique à la version en place ; pour changer son titre ou sa période, modifiez la fiche.",
    "This file is identical to the version in place; to change its title or period, edit its sheet.",
)


def add(session: Session, stored: StoredFile, draft: EvidenceDraft, now: datetime, actor: str) -> Evidence:
    """Record a piece of evidence in the caller's write transaction, at the end of its establishment's chain."""
    _know(session, stored.sha256, stored.size, now)
    return _add(session, Evidence(sha256=stored.sha256, link=""), draft, now, actor)


def _know(session: Session, sha256: str, size: int, now: datetime) -> None:
    """A content just stored is sound, even if the copy kept so far was damaged."""
    insert_missing(session, StoredContent, sha256=sha256, size=size, stored_at=now, verified_at=now, sound=True)
    session.execute(
        update(StoredContent)
        .where(StoredContent.sha256 == sha256, StoredContent.sound.is_(False))
        .values(sound=True, verified_at=now)
    )


def _add(session: Session, evidence: Evidence, draft: EvidenceDraft, now: datetime, actor: str) -> Evidence:
    evidence.establishment_id = draft.establishment_id
    evidence.kind = EvidenceKind(draft.kind)
    evidence.name = clean_name(draft.name)
    evidence.media_type = draft.media_type
    evidence.effective_from = evidence.filed_from = draft.effective_from
    evidence.effective_to = evidence.filed_to = draft.effective_to
    evidence.title, evidence.note = draft.title, draft.note
    evidence.owner, evidence.owner_account_id = draft.owner, draft.owner_account_id
    evidence.added_at, evidence.added_by = now.astimezone(UTC), actor
    session.add(evidence)
    session.flush()
    evidence_chain.append(session, evidence)
    return evidence


def add_evidence(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    details: Details,
    source: Source,
    things: Iterable[ThingRef] = (),
) -> int:
    """File a piece of evidence and return its identifier. Invalid names each faulty field."""
    refs = tuple(dict.fromkeys(things))
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.ADD_EVIDENCE)
        for ref in refs:
            _check_thing(platform, session, establishment_id, ref)
    prepared = prepare(platform, establishment_id, details, source)
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.ADD_EVIDENCE)
        evidence = file_prepared(session, prepared, refs, now, scope.actor)
        tell_filed(session, scope, evidence, now)
        return evidence.id


@dataclass(frozen=True, slots=True)
class Prepared:
    """Evidence checked and its file kept, ready to be filed by a transaction that has more to write."""

    draft: EvidenceDraft
    kept: Kept | None
    source: Source


def prepare(platform: Platform, establishment_id: int, details: Details, source: Source) -> Prepared:
    """Check what is given and keep its file, before the transaction that files it. Invalid names each faulty field."""
    _, draft, kept = received(platform, establishment_id, details, source)
    return Prepared(draft, kept, source)


def file_prepared(
    session: Session,
    prepared: Prepared,
    refs: Iterable[ThingRef],
    now: datetime,
    actor: str,
    former: Evidence | None = None,
) -> Evidence:
    """File prepared evidence in the caller's write transaction, the right to being checked; `tell_filed` comes last.

    It takes the place of `former`, when given.

    It locks the end of the establishment's chain: call it before locking what the transaction changes besides, as the
    recording of an audit does.
    """
    if former is not None:
        former.current = False
    replaces = former.id if former is not None else None
    evidence = _store(session, prepared.draft, prepared.kept, prepared.source, replaces, now, actor)
    for ref in refs:
        _tie(session, evidence.id, ref, now, actor)
    return evidence


def tell_filed(session: Session, scope: Scope, evidence: Evidence, now: datetime) -> None:
    """Write in the trail that evidence was filed, at the end of the transaction."""
    _told(session, scope, "evidence.added", evidence, now, _chained(evidence, evidence.title))


def tie_in(session: Session, evidence: Evidence, ref: ThingRef, now: datetime, actor: str) -> None:
    """Tie evidence of the same establishment in the caller's write transaction, the right to being checked."""
    _tie(session, evidence.id, ref, now, actor)


def new_version(
    platform: Platform, scope: Scope, evidence_id: int, details: Details, source: Source, version: int
) -> int:
    """File a newer version of a piece of evidence, tied to the same things, and return its identifier.

    `version` is that of the description the form was filled with. Refused when someone was quicker.
    """
    with platform.database.read() as session:
        former = _own(session, scope, evidence_id, lock=False)
        _check_unchanged(session, former, version, file=True)
        establishment_id = former.establishment_id
    checked, draft, kept = received(platform, establishment_id, details, source)
    now = platform.clock.now()
    with platform.database.write() as session:
        former = _own(session, scope, evidence_id)
        _check_unchanged(session, former, version, file=True)
        _refuse_same(former, kept, source)
        if former.number is None:
            evidence_chain.adopt_unchained(session, establishment_id)
        former.current = False
        evidence = _store(session, draft, kept, source, former.id, now, scope.actor)
        for ref in _refs(session, former.id):
            _tie(session, evidence.id, ref, now, scope.actor)
        detail = {**_chained(evidence, checked.title), "replaces": former.number}
        _told(session, scope, "evidence.replaced", evidence, now, detail)
        return evidence.id


def change(platform: Platform, scope: Scope, evidence_id: int, details: Details, version: int) -> None:
    """Correct what is said of a piece of evidence; the file, the address and the type never change.

    Refused when someone changed it since `version`, saying who and what.
    """
    with platform.database.write() as session:
        row = _own(session, scope, evidence_id)
        _check_unchanged(session, row, version)
        checked = tidied(replace(details, kind=row.kind))
        before, after = _description(row), _described(checked)
        differences = {name: value for name, value in after.items() if before[name] != value}
        if not differences:
            return
        now = platform.clock.now()
        _describe(row, checked)
        row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor
        detail: dict[str, Scalar] = {}
        for name in differences:
            detail[f"{name}_before"], detail[name] = before[name], after[name]
        _told(session, scope, "evidence.changed", row, now, detail)


def withdraw(platform: Platform, scope: Scope, evidence_id: int, why: str, version: int) -> None:
    """Take a piece of evidence out of use, for a reason. Nothing is erased: it stays in the chain and can be opened."""
    if not why.strip():
        raise Invalid({"why": Text("Dites pourquoi en une phrase.", "Say why in one sentence.")})
    with platform.database.write() as session:
        row = _own(session, scope, evidence_id)
        _check_unchanged(session, row, version, file=True)
        now = platform.clock.now()
        row.current, row.withdrawn_at, row.withdrawn_by = False, now, scope.actor
        row.withdrawn_why = why.strip()[:MAX_NOTE]
        row.version, row.changed_at, row.changed_by = row.version + 1, now, scope.actor
        _told(session, scope, "evidence.withdrawn", row, now, {"why": row.withdrawn_why[:500]})


def tie(platform: Platform, scope: Scope, evidence_id: int, ref: ThingRef) -> None:
    """Say that a piece of evidence proves something. Saying it again changes nothing. Invalid on an unknown thing."""
    with platform.database.write() as session:
        row = _own(session, scope, evidence_id)
        _check_thing(platform, session, row.establishment_id, ref)
        now = platform.clock.now()
        if _tie(session, row.id, ref, now, scope.actor):
            _told(session, scope, "evidence.tied", row, now, {"thing_kind": ref.kind.value, "thing_id": ref.id})


def _check_thing(platform: Platform, session: Session, establishment_id: int, ref: ThingRef) -> None:
    """Invalid when the thing is not of this establishment, or when no framework in use asks for it."""
    check_thing(session, establishment_id, ref)
    if ref.kind is ThingKind.REQUIREMENT and not names_in(platform, session, [ref.id], "fr"):
        raise Invalid({"thing": _NO_SUCH_REQUIREMENT})


_NO_SUCH_REQUIREMENT = Text(
    "Aucun référentiel en vigueur ne pose cette exigence ; vérifiez son identifiant, par exemple care-d2:O3.A.",
    "No framework in use asks for this requirement; check its identifier, for example care-d2:O3.A.",
)


def untie(platform: Platform, scope: Scope, evidence_id: int, ref: ThingRef) -> None:
    """Say that a piece of evidence does not prove something after all; the trail keeps that it was said."""
    with platform.database.write() as session:
        row = _own(session, scope, evidence_id)
        gone = session.execute(
            delete(EvidenceTie)
            .where(
                EvidenceTie.evidence_id == row.id, EvidenceTie.thing_kind == ref.kind, EvidenceTie.thing_id == ref.id
            )
            .returning(EvidenceTie.evidence_id)
        ).all()
        if gone:
            detail: dict[str, Scalar] = {"thing_kind": ref.kind.value, "thing_id": ref.id}
            _told(session, scope, "evidence.untied", row, platform.clock.now(), detail)


def _store(
    session: Session,
    draft: EvidenceDraft,
    kept: Kept | None,
    source: Source,
    replaces_id: int | None,
    now: datetime,
    actor: str,
) -> Evidence:
    if kept is None:
        return _add(session, Evidence(link=str(source), replaces_id=replaces_id), draft, now, actor)
    _know(session, kept.sha256, kept.size, now)
    return _add(session, Evidence(sha256=kept.sha256, link="", replaces_id=replaces_id), draft, now, actor)


def _refuse_same(former: Evidence, kept: Kept | None, source: Source) -> None:
    if kept is not None and kept.sha256 == former.sha256:
        raise Invalid({"file": _SAME_FILE})
    if kept is None and source == former.link:
        raise Invalid({"link": Text("C’est déjà l’adresse en place.", "This is the address already in place.")})


def _own(session: Session, scope: Scope, evidence_id: int, *, lock: bool = True) -> Evidence:
    """A piece of evidence to be changed. NotFound outside of what the scope reads, Forbidden without the right."""
    query = select(Evidence).where(Evidence.id == evidence_id, *readable(scope))
    row = session.scalars(query.with_for_update(of=Evidence) if lock else query).one_or_none()
    if row is None:
        raise NotFound
    visible_establishment(session, scope, row.establishment_id, Right.ADD_EVIDENCE)
    return row


def _check_unchanged(session: Session, row: Evidence, version: int, *, file: bool = False) -> None:
    """Refused when the row is no longer in use or as it was when the form was filled, saying who was quicker.

    `file` asks to touch the file itself, which an audit or an import stands on.
    """
    if not row.current:
        raise Refused(_no_longer(session, row))
    if file and row.kind in MACHINE_MADE:
        raise Refused(NOT_REPLACEABLE)
    if row.version != version:
        raise Refused(_changed_meanwhile(row))


NOT_REPLACEABLE = Text(
    "Cette pièce a été écrite par un audit ou un import, qui s’appuie dessus : elle ne se remplace ni ne se retire.",
    "This piece was written by an audit or an import, which stands on it: it can be neither replaced nor withdrawn.",
)


def _no_longer(session: Session, row: Evidence) -> Text:
    if row.withdrawn_at is not None:
        who, day = row.withdrawn_by, row.withdrawn_at.date()
        return Text(
            f"{who} a retiré cette preuve le {day} ; rien n’a été enregistré.",
            f"{who} withdrew this evidence on {day}; nothing was recorded.",
        )
    newer = session.scalars(select(Evidence).where(Evidence.replaces_id == row.id)).one()
    return Text(
        f"{newer.added_by} a déposé une version plus récente de cette preuve (n° {newer.number}) ; reprenez à partir "
        "d’elle.",
        f"{newer.added_by} filed a newer version of this evidence (no. {newer.number}); start again from it.",
    )


def _changed_meanwhile(row: Evidence) -> Text:
    return Text(
        f"{row.changed_by} a modifié la fiche de cette preuve pendant votre saisie (titre « {row.title} », responsable "
        f"« {row.owner} ») ; relisez-la, puis enregistrez de nouveau.",
        f"{row.changed_by} changed the sheet of this evidence while you were typing (title “{row.title}”, owner "
        f"“{row.owner}”); read it, then save again.",
    )


def _refs(session: Session, evidence_id: int) -> tuple[ThingRef, ...]:
    rows = session.execute(
        select(EvidenceTie.thing_kind, EvidenceTie.thing_id).where(EvidenceTie.evidence_id == evidence_id)
    )
    return tuple(ThingRef(kind, number) for kind, number in rows)


def _tie(session: Session, evidence_id: int, ref: ThingRef, now: datetime, actor: str) -> bool:
    """Whether the tie is new."""
    row = {"evidence_id": evidence_id, "thing_kind": ref.kind, "thing_id": ref.id, "tied_at": now, "tied_by": actor}
    insert = conflict_insert(session.get_bind().dialect.name, EvidenceTie).values(**row).on_conflict_do_nothing()
    return session.scalar(insert.returning(EvidenceTie.evidence_id)) is not None


def _told(
    session: Session, scope: Scope, what: str, row: Evidence, now: datetime, detail: Mapping[str, Scalar]
) -> None:
    mark_establishment(session, row.establishment_id, now)
    record(session, scope, what, Thing("evidence", row.id, row.establishment_id), now, detail)


def _chained(evidence: Evidence, title: str) -> dict[str, Scalar]:
    """What the trail keeps of a new link, so that the two chains vouch for each other."""
    return {"title": title, "number": evidence.number, "hash": evidence.chain_hash}


def _described(details: Details) -> dict[str, Scalar]:
    return {
        "title": details.title,
        "owner": details.owner,
        "note": details.note,
        "effective_from": written(details.effective_from),
        "effective_to": written(details.effective_to),
    }


def _description(row: Evidence) -> dict[str, Scalar]:
    return _described(Details(row.kind, row.title, row.owner, None, row.effective_from, row.effective_to, row.note))


def _describe(row: Evidence, details: Details) -> None:
    row.title, row.note = details.title, details.note
    row.owner, row.owner_account_id = details.owner, details.owner_account_id
    row.effective_from, row.effective_to = details.effective_from, details.effective_to
