"""The evidence library: lists at any size, one piece in full with its versions, ties and place in the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from care.domain.access import Right, Scope
from care.domain.evidence import (
    EXPIRES_SOON,
    MACHINE_MADE,
    ChainKind,
    EvidenceKind,
    Standing,
    ThingKind,
    ThingRef,
    standing,
)
from care.services.errors import NotFound
from care.services.evidence import readable
from care.services.evidence_things import TieView, tie_views
from care.services.frameworks.naming import names_in
from care.services.paging import Page, bounds
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.evidence import Checkpoint, Evidence, EvidenceChain, EvidenceTie, StoredContent


class EvidenceSort(StrEnum):
    """Orders of the library; each ends with the number, so that pages never overlap."""

    NEWEST = "newest"
    TITLE = "title"
    ENDS_SOON = "ends_soon"


@dataclass(frozen=True, slots=True)
class EvidenceFilter:
    """What a reader asked to see; an empty value asks for everything in use.

    `words` are sought in titles, file names, addresses, notes and owners. `former` also shows replaced versions and
    withdrawn pieces; `unsound` only what no longer has its hash. `since` and `until` keep what was in effect for at
    least one day of that period. `ids` keeps these pieces alone, as a document named them.
    """

    kinds: tuple[EvidenceKind, ...] = ()
    ids: tuple[int, ...] = ()
    thing: ThingRef | None = None
    standing: Standing | None = None
    unsound: bool = False
    former: bool = False
    words: str = ""
    owner: str = ""
    since: date | None = None
    until: date | None = None
    sort: EvidenceSort = EvidenceSort.NEWEST
    number: int = 1
    per_page: int = 25


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One piece of evidence in a list. `sound` is None for an address, which nobody re-reads; `size` is in bytes."""

    id: int
    establishment_id: int
    number: int | None
    kind: EvidenceKind
    title: str
    name: str
    link: str
    media_type: str
    size: int | None
    owner: str
    effective_from: date | None
    effective_to: date | None
    standing: Standing
    added_at: datetime
    added_by: str
    sound: bool | None
    current: bool
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class ChainState:
    """How long the chain of an establishment is, and up to which link it was last signed; 0 and None if never."""

    length: int
    signed_number: int
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attention:
    """What an establishment should look at in its library."""

    expired: int
    expiring: int
    unsound: int


@dataclass(frozen=True, slots=True)
class EvidenceList:
    """A page of the library; how many pieces of each kind and how many need attention, among all those in use."""

    page: Page[EvidenceLine]
    by_kind: Mapping[EvidenceKind, int]
    attention: Attention
    chain: ChainState


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """Where a piece stands in the chain of its establishment, and the first signature that covers it, if any yet."""

    number: int
    length: int
    hash: str
    signed_at: datetime | None
    signed_number: int | None


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One piece of evidence in full. `versions` are all of it, the latest first, this one included.

    `filed_*` is the period given when it was added; it is in the chain, the one in force is not.
    """

    line: EvidenceLine
    note: str
    owner_account_id: int | None
    sha256: str
    verified_at: datetime | None
    filed_from: date | None
    filed_to: date | None
    version: int
    changed_at: datetime | None
    changed_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str
    withdrawn_why: str
    versions: tuple[EvidenceLine, ...]
    ties: tuple[TieView, ...]
    place: ChainPlace | None
    may_change: bool
    may_replace: bool


def today(platform: Platform) -> date:
    """The day it is where the installation is."""
    return platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone)).date()


def list_evidence(platform: Platform, scope: Scope, establishment_id: int, wanted: EvidenceFilter) -> EvidenceList:
    """A page of the library of one establishment, in the order asked for."""
    number, per_page = bounds(wanted.number, wanted.per_page)
    now = today(platform)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_EVIDENCE)
        mine = [Evidence.establishment_id == establishment_id, *readable(scope)]
        asked = [*mine, *conditions(wanted, now)]
        total = session.scalar(select(func.count()).select_from(Evidence).where(*asked)) or 0
        rows = session.execute(
            _lines().where(*asked).order_by(*_order(wanted.sort)).limit(per_page).offset((number - 1) * per_page)
        ).all()
        return EvidenceList(
            Page(tuple(_line(*row, now) for row in rows), number, per_page, total),
            _by_kind(session, mine),
            _attention(session, mine, now),
            _chain_state(session, establishment_id),
        )


def evidence_of(platform: Platform, scope: Scope, establishment_id: int, ref: ThingRef) -> tuple[EvidenceLine, ...]:
    """What proves one thing, for its page: the evidence in use, the latest first."""
    found = list_evidence(platform, scope, establishment_id, EvidenceFilter(thing=ref, per_page=200))
    return found.page.lines


def open_evidence(platform: Platform, scope: Scope, evidence_id: int) -> EvidenceView:
    """One piece of evidence; NotFound outside of what the scope reads."""
    now = today(platform)
    with platform.database.read() as session:
        found = session.execute(_lines().where(Evidence.id == evidence_id, *readable(scope))).one_or_none()
        if found is None:
            raise NotFound
        row, content = found
        establishment = visible_establishment(session, scope, row.establishment_id, Right.SEE_EVIDENCE)
        refs = session.execute(
            select(EvidenceTie.thing_kind, EvidenceTie.thing_id).where(EvidenceTie.evidence_id == row.id)
        )
        may_add = row.current and scope.allows(Right.ADD_EVIDENCE, establishment.lineage)
        return EvidenceView(
            line=_line(row, content, now),
            note=row.note,
            owner_account_id=row.owner_account_id,
            sha256=row.sha256 or "",
            verified_at=_verified_at(content),
            filed_from=row.filed_from,
            filed_to=row.filed_to,
            version=row.version,
            changed_at=row.changed_at,
            changed_by=row.changed_by or "",
            withdrawn_at=row.withdrawn_at,
            withdrawn_by=row.withdrawn_by or "",
            withdrawn_why=row.withdrawn_why or "",
            versions=_versions(session, row.id, now),
            ties=_named(
                platform,
                session,
                scope,
                tie_views(session, scope, establishment, (ThingRef(kind, number) for kind, number in refs)),
            ),
            place=_place(session, row),
            may_change=may_add,
            may_replace=may_add and row.kind not in MACHINE_MADE,
        )


def _named(platform: Platform, session: Session, scope: Scope, ties: tuple[TieView, ...]) -> tuple[TieView, ...]:
    """The same, the requirements in use called by their titles."""
    refs = [tie.ref.id for tie in ties if tie.ref.kind is ThingKind.REQUIREMENT]
    names = names_in(platform, session, refs, scope.lang)
    return tuple(
        replace(tie, title=names.get(tie.ref.id, tie.title)) if tie.ref.kind is ThingKind.REQUIREMENT else tie
        for tie in ties
    )


def attention(platform: Platform, scope: Scope, establishment_id: int) -> Attention:
    """What to look at in a library, for the home page; nothing outside of what the scope reads."""
    with platform.database.read() as session:
        mine = [Evidence.establishment_id == establishment_id, *readable(scope)]
        return _attention(session, mine, today(platform))


def conditions(wanted: EvidenceFilter, now: date) -> list[ColumnElement[bool]]:
    """What was asked for, in SQL, on `Evidence`."""
    found: list[ColumnElement[bool]] = [] if wanted.former else [Evidence.current.is_(True)]
    if wanted.kinds:
        found.append(Evidence.kind.in_(wanted.kinds))
    found += _pointed_at(wanted)
    if wanted.standing is not None:
        found.append(_stands(wanted.standing, now))
    if wanted.unsound:
        found.append(_unsound())
    if wanted.since is not None:
        found.append(or_(Evidence.effective_to.is_(None), Evidence.effective_to >= wanted.since))
    if wanted.until is not None:
        found.append(or_(Evidence.effective_from.is_(None), Evidence.effective_from <= wanted.until))
    if wanted.owner.strip():
        found.append(Evidence.owner.ilike(_like(wanted.owner), escape="\\"))
    for word in wanted.words.split():
        columns = (Evidence.title, Evidence.name, Evidence.link, Evidence.note, Evidence.owner)
        found.append(or_(*(column.ilike(_like(word), escape="\\") for column in columns)))
    return found


def _pointed_at(wanted: EvidenceFilter) -> list[ColumnElement[bool]]:
    """The pieces that a document names, those that prove a thing."""
    found: list[ColumnElement[bool]] = [Evidence.id.in_(wanted.ids)] if wanted.ids else []
    return found if wanted.thing is None else [*found, Evidence.id.in_(_tied(wanted.thing))]


def _like(word: str) -> str:
    escaped = word.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _tied(ref: ThingRef) -> Select[int]:
    return select(EvidenceTie.evidence_id).where(EvidenceTie.thing_kind == ref.kind, EvidenceTie.thing_id == ref.id)


def _unsound() -> ColumnElement[bool]:
    return Evidence.sha256.in_(select(StoredContent.sha256).where(~StoredContent.sound))


def _stands(wanted: Standing, now: date) -> ColumnElement[bool]:
    """`care.domain.evidence.standing`, in SQL."""
    ends, starts = Evidence.effective_to, Evidence.effective_from
    expired, coming = and_(ends.is_not(None), ends < now), and_(starts.is_not(None), starts > now)
    soon = and_(ends.is_not(None), ends <= now + EXPIRES_SOON)
    conditions = {
        Standing.EXPIRED: expired,
        Standing.COMING: and_(coming, ~expired),
        Standing.EXPIRING: and_(soon, ~expired, ~coming),
        Standing.CURRENT: and_(~soon, ~coming),
    }
    return conditions[wanted]


def _by_kind(session: Session, mine: list[ColumnElement[bool]]) -> Mapping[EvidenceKind, int]:
    in_use = select(Evidence.kind, func.count()).where(*mine, Evidence.current.is_(True))
    return dict(session.execute(in_use.group_by(Evidence.kind)).all())


def _attention(session: Session, mine: list[ColumnElement[bool]], now: date) -> Attention:
    """How many pieces in use have expired, soon will, or no longer have their hash, in one query."""
    counts = select(
        func.count().filter(_stands(Standing.EXPIRED, now)),
        func.count().filter(_stands(Standing.EXPIRING, now)),
        func.count().filter(_unsound()),
    )
    in_use = counts.select_from(Evidence).where(*mine, Evidence.current.is_(True))
    expired, expiring, unsound = session.execute(in_use).one()
    return Attention(expired, expiring, unsound)


def _order(sort: EvidenceSort) -> tuple[Any, ...]:
    orders: dict[EvidenceSort, tuple[Any, ...]] = {
        EvidenceSort.TITLE: (Evidence.title,),
        EvidenceSort.ENDS_SOON: (Evidence.effective_to.is_(None), Evidence.effective_to),
    }
    return (*orders.get(sort, ()), Evidence.id.desc())


def _lines() -> Select[Evidence, StoredContent]:
    return select(Evidence, StoredContent).outerjoin(StoredContent, StoredContent.sha256 == Evidence.sha256)


def _verified_at(content: StoredContent | None) -> datetime | None:
    return None if content is None else content.verified_at


def _line(row: Evidence, content: StoredContent | None, now: date) -> EvidenceLine:
    return EvidenceLine(
        id=row.id,
        establishment_id=row.establishment_id,
        number=row.number,
        kind=row.kind,
        title=row.title or row.name,
        name=row.name,
        link=row.link,
        media_type=row.media_type,
        size=None if content is None else content.size,
        owner=row.owner,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        standing=standing(row.effective_from, row.effective_to, now),
        added_at=row.added_at,
        added_by=row.added_by,
        sound=None if content is None else content.sound,
        current=row.current,
        withdrawn=row.withdrawn_at is not None,
    )


def _versions(session: Session, evidence_id: int, now: date) -> tuple[EvidenceLine, ...]:
    """Every version of a piece: those it replaces and those that replace it, in two recursive queries."""
    rows = session.execute(_lines().where(Evidence.id.in_(select(_walk(evidence_id, back=True).c.id)))).all()
    later = session.execute(
        _lines().where(Evidence.id.in_(select(_walk(evidence_id, back=False).c.id)), Evidence.id != evidence_id)
    ).all()
    found = {row.id: _line(row, content, now) for row, content in (*rows, *later)}
    return tuple(found[number] for number in sorted(found, reverse=True))


def _walk(evidence_id: int, *, back: bool) -> Any:  # noqa: ANN401 - a recursive CTE
    start = select(Evidence.id, Evidence.replaces_id).where(Evidence.id == evidence_id)
    walk = start.cte("versions", recursive=True)
    other = aliased(Evidence)
    step = other.id == walk.c.replaces_id if back else other.replaces_id == walk.c.id
    return walk.union_all(select(other.id, other.replaces_id).join(walk, step))


def _chain_state(session: Session, establishment_id: int) -> ChainState:
    length = session.scalar(select(EvidenceChain.number).where(EvidenceChain.establishment_id == establishment_id))
    mine = (Checkpoint.kind == ChainKind.EVIDENCE, Checkpoint.establishment_id == establishment_id)
    last = select(Checkpoint.number, Checkpoint.at).where(*mine).order_by(Checkpoint.number.desc()).limit(1)
    signed = session.execute(last).one_or_none()
    number, at = signed or (0, None)
    return ChainState(length or 0, number, at)


def _place(session: Session, row: Evidence) -> ChainPlace | None:
    if row.number is None or row.chain_hash is None:
        return None
    length = session.scalar(select(EvidenceChain.number).where(EvidenceChain.establishment_id == row.establishment_id))
    signed = session.execute(
        select(Checkpoint.at, Checkpoint.number)
        .where(
            Checkpoint.kind == ChainKind.EVIDENCE,
            Checkpoint.establishment_id == row.establishment_id,
            Checkpoint.number >= row.number,
        )
        .order_by(Checkpoint.number)
        .limit(1)
    ).one_or_none()
    at, number = signed or (None, None)
    return ChainPlace(row.number, length or row.number, row.chain_hash, at, number)
