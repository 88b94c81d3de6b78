"""The evidence that a visitor may read: filed by people, in use, tied to what the visit looks at. Nothing else.

Who owns a piece, who filed it and the notes about it stay with the establishment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from care.domain.evidence import EVIDENCE_NAMES, FILED_BY_PEOPLE, Standing, ThingKind, standing
from care.domain.media import JPEG, PDF, PNG
from care.services.errors import NotFound
from care.services.library import today
from care.services.paging import Page, bounds
from care.services.platform import Platform
from care.services.visits.entering import Looked
from care.store.evidence import Evidence, EvidenceTie, StoredContent
from care.store.registry import Establishment
from scanners.model import Lang

PER_PAGE = 50


class Reading(StrEnum):
    """How a piece is read: with a watermark in it, as it is, only at the establishment, or it is kept elsewhere."""

    PDF = "pdf"
    IMAGE = "image"
    AS_IS = "as_is"
    ON_SITE = "on_site"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence as a visitor sees it. `requirements` are those of the visit that it proves, as
    `framework:item`; `size` is in bytes, None for an address; `sound` False when the file was damaged since."""

    id: int
    number: int | None
    title: str
    kind: str
    site: str
    name: str
    media_type: str
    size: int | None
    effective_from: date | None
    effective_to: date | None
    standing: Standing
    added_at: datetime
    sound: bool
    reading: Reading
    requirements: tuple[str, ...]


def list_pieces(
    platform: Platform, seen: Looked, lang: Lang, number: int = 1, requirement: str = "", words: str = ""
) -> Page[Piece]:
    """What may be read, the latest first; only what proves one requirement (`framework:item`) when it is given."""
    number, per_page = bounds(number, PER_PAGE)
    asked = [*readable_in(seen)]
    if requirement:
        asked.append(Evidence.id.in_(_tied(EvidenceTie.thing_id == requirement)))
    if words.strip():
        sought = words.strip()[:100]
        asked.append(or_(*(column.icontains(sought, autoescape=True) for column in (Evidence.title, Evidence.name))))
    with platform.database.read() as session:
        total = session.scalar(select(func.count()).select_from(Evidence).where(*asked)) or 0
        query = _query().where(*asked).order_by(Evidence.id.desc()).limit(per_page).offset((number - 1) * per_page)
        return Page(
            _pieces(session, session.execute(query).all(), seen, lang, today(platform)), number, per_page, total
        )


def open_piece(platform: Platform, seen: Looked, lang: Lang, evidence_id: int) -> Piece:
    """One piece. NotFound for what is not part of the visit, whether it exists or not: one and the same query."""
    with platform.database.read() as session:
        rows = session.execute(_query().where(Evidence.id == evidence_id, *readable_in(seen))).all()
        if not rows:
            raise NotFound
        return _pieces(session, rows, seen, lang, today(platform))[0]


def counts_by_requirement(session: Session, seen: Looked, establishments: Iterable[int]) -> dict[str, int]:
    """How many pieces prove each requirement (`framework:item`) in some establishments of the visit."""
    query = (
        select(EvidenceTie.thing_id, func.count())
        .join(Evidence, Evidence.id == EvidenceTie.evidence_id)
        .where(
            EvidenceTie.thing_kind == ThingKind.REQUIREMENT,
            *readable_in(seen),
            Evidence.establishment_id.in_(list(establishments)),
        )
        .group_by(EvidenceTie.thing_id)
    )
    return dict(session.execute(query).all())


def readable_in(seen: Looked) -> tuple[ColumnElement[bool], ...]:
    """The conditions that keep what the visit shows."""
    requirements = and_(
        EvidenceTie.thing_kind == ThingKind.REQUIREMENT,
        or_(*(EvidenceTie.thing_id.startswith(f"{one}:", autoescape=True) for one in seen.frameworks)),
    )
    visit = and_(EvidenceTie.thing_kind == ThingKind.VISIT, EvidenceTie.thing_id == str(seen.visit_id))
    return (
        Evidence.establishment_id.in_(seen.establishments),
        Evidence.current.is_(True),
        Evidence.kind.in_(FILED_BY_PEOPLE),
        Evidence.id.in_(_tied(or_(requirements, visit))),
    )


def _tied(condition: ColumnElement[bool]) -> Select[int]:
    return select(EvidenceTie.evidence_id).where(condition)


def _query() -> Select[Evidence, StoredContent, str]:
    return (
        select(Evidence, StoredContent, Establishment.name)
        .join(Establishment, Establishment.id == Evidence.establishment_id)
        .outerjoin(StoredContent, StoredContent.sha256 == Evidence.sha256)
    )


def _pieces(
    session: Session, rows: Sequence[tuple[Evidence, StoredContent | None, str]], seen: Looked, lang: Lang, day: date
) -> tuple[Piece, ...]:
    ties: dict[int, list[str]] = defaultdict(list)
    tied = select(EvidenceTie.evidence_id, EvidenceTie.thing_id).where(
        EvidenceTie.evidence_id.in_([row.id for row, *_ in rows]), EvidenceTie.thing_kind == ThingKind.REQUIREMENT
    )
    for number, thing in session.execute(tied.order_by(EvidenceTie.thing_id)):
        if thing.partition(":")[0] in seen.frameworks:
            ties[number].append(thing)
    return tuple(
        Piece(
            id=row.id,
            number=row.number,
            title=row.title or row.name,
            kind=EVIDENCE_NAMES[row.kind].render(lang),
            site=site,
            name=row.name,
            media_type=row.media_type,
            size=content.size if content else None,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            standing=standing(row.effective_from, row.effective_to, day),
            added_at=row.added_at,
            sound=content is None or content.sound,
            reading=_reading(row, seen),
            requirements=tuple(ties[row.id]),
        )
        for row, content, site in rows
    )


def _reading(row: Evidence, seen: Looked) -> Reading:
    if row.sha256 is None:
        return Reading.ELSEWHERE
    if row.media_type == PDF.type:
        return Reading.PDF
    if row.media_type in (PNG.type, JPEG.type):
        return Reading.IMAGE
    return Reading.AS_IS if seen.downloads else Reading.ON_SITE
