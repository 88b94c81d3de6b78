"""The things that the outside sees: their list, and each with its history and what proves it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.assets import AssetKind
from care.domain.node_names import folded
from care.services.errors import NotFound
from care.services.exposure.certificates import CertificateLine, certificates_of
from care.services.exposure.history import EventLine, events_of
from care.services.exposure.open_weaknesses import OpenWeaknesses
from care.services.exposure.proving import Proof, WeaknessLine, proven
from care.services.exposure.unreported import Silenced, Unreported
from care.services.exposure.words import PROOFS, TRAITS, proof_said, said, summary
from care.services.library import today
from care.services.paging import Page, bounds
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.store.assets import Asset, AssetEvent
from care.store.bulk import among
from care.store.evidence import Evidence
from care.store.runs import Run
from care.store.targets import Target
from scanners.exposure.subjects import host_of
from scanners.model import Lang, Severity, Text

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """Which things a list holds; `gone` keeps those that are no longer there, `unwatched` those that no target leads to
    any more, `aside` those that are not reported."""

    kind: AssetKind | None = None
    gone: bool = False
    unwatched: bool = False
    aside: bool = False
    words: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class AssetLine:
    """A thing in the list, with its weaknesses that are open; `summary` says what it is. `silent_at` and `unwatched_at`
    as in `care.store.assets`."""

    id: int
    kind: AssetKind
    key: str
    traits: Mapping[str, str]
    summary: str
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    target: str
    worst: Severity | None
    findings: int
    silent_at: datetime | None
    unwatched_at: datetime | None


@dataclass(frozen=True)
class AssetView:
    """One thing, its history (latest first) and the things that go with it: an address and its services.

    `proofs` are what was read of it, as it was read, by the audit that `seen_by` names; `silenced`: it is not reported.
    """

    establishment_id: int
    line: AssetLine
    traits: tuple[tuple[str, str], ...]
    proofs: tuple[tuple[str, str], ...]
    seen_by: Proof | None
    events: tuple[EventLine, ...]
    beside: tuple[AssetLine, ...]
    weaknesses: tuple[WeaknessLine, ...]
    certificates: tuple[CertificateLine, ...]
    silenced: Silenced | None


def list_assets(platform: Platform, scope: Scope, establishment_id: int, wanted: AssetFilter) -> Page[AssetLine]:
    """One page of the things of an establishment, by key; NotFound, Forbidden."""
    number, per_page = bounds(wanted.number, PER_PAGE)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        rows = things_found(session, establishment_id, wanted, today(platform), scope.lang)
        shown = rows[(number - 1) * per_page : number * per_page]
        weak = OpenWeaknesses(session, establishment_id)
        return Page(tuple(_line(row, name, weak, scope.lang) for row, name in shown), number, per_page, len(rows))


def open_asset(platform: Platform, scope: Scope, asset_id: int) -> AssetView:
    """One thing with its history; NotFound outside the scope."""
    with platform.database.read() as session:
        found = session.execute(
            _with_target().where(Asset.id == asset_id, within(scope, Right.SEE_FINDINGS, Asset.establishment_id))
        ).one_or_none()
        if found is None:
            raise NotFound
        row, name = found
        weak = OpenWeaknesses(session, row.establishment_id)
        open_ones, beside, lang = weak.of(row.kind, row.key), _beside(session, row), scope.lang
        present = [one for one in (row, *beside) if one.gone_at is None]
        return AssetView(
            establishment_id=row.establishment_id,
            line=_line(row, name, weak, lang),
            traits=_told(TRAITS, row.traits, said, lang),
            proofs=_told(PROOFS, row.proof or {}, proof_said, lang),
            seen_by=_seen_by(session, row),
            events=events_of(session, lang, AssetEvent.asset_id == row.id),
            beside=tuple(_line(one, name, weak, lang) for one in beside),
            weaknesses=proven(session, row.target_id, (one.id for one in open_ones), lang),
            certificates=tuple(certificates_of(present, today(platform))),
            silenced=Unreported(session, row.establishment_id, today(platform)).of(row),
        )


def _told(
    names: Mapping[str, Text], values: Mapping[str, str], said_of: Callable[[str, str, Lang], str], lang: Lang
) -> tuple[tuple[str, str], ...]:
    """What there is to say, in the order of the names."""
    told = ((words, said_of(name, values.get(name, ""), lang)) for name, words in names.items())
    return tuple((words.render(lang), value) for words, value in told if value)


def _seen_by(session: Session, row: Asset) -> Proof | None:
    """The audit that saw a thing last, and the archive of its facts."""
    found = session.execute(
        select(Run.id, Run.collected_to, Run.facts_id, Evidence.sha256)
        .outerjoin(Evidence, Evidence.id == Run.facts_id)
        .where(Run.target_id == row.target_id, Run.collected_to == row.last_seen_at, Run.recorded_at.is_not(None))
        .order_by(Run.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    run, at, archive, sha256 = found
    return Proof(run, at or row.last_seen_at, archive, sha256 or "")


def present_things(session: Session, establishment_id: int) -> Sequence[Asset]:
    """What is there now, where targets lead; a thing that two targets see is told once, by the later."""
    return list(_present(session, establishment_id, Asset.unwatched_at.is_(None)).values())


def left_behind(session: Session, establishment_id: int) -> list[Asset]:
    """What was still there when the last target that led there ceased to."""
    watched = _present(session, establishment_id, Asset.unwatched_at.is_(None))
    left = _present(session, establishment_id, Asset.unwatched_at.is_not(None))
    return [row for place, row in left.items() if place not in watched]


def _present(
    session: Session, establishment_id: int, wanted: ColumnElement[bool]
) -> Mapping[tuple[AssetKind, str], Asset]:
    rows = session.scalars(
        select(Asset)
        .where(Asset.establishment_id == establishment_id, Asset.gone_at.is_(None), wanted)
        .order_by(Asset.last_seen_at)
    )
    return {(row.kind, row.key): row for row in rows}


def _with_target() -> Select[Asset, str]:
    return select(Asset, Target.name).join(Target, Target.id == Asset.target_id)


def things_found(
    session: Session, establishment_id: int, wanted: AssetFilter, day: date, lang: Lang
) -> list[tuple[Asset, str]]:
    """The things of a filter, by kind and key: those that are reported, or those that are not. Words are looked for
    here: databases do not fold accents alike."""
    query = _with_target().where(Asset.establishment_id == establishment_id)
    if wanted.gone:
        query = query.where(Asset.gone_at.is_not(None))
    elif wanted.unwatched:
        query = query.where(among(session, Asset.id, [row.id for row in left_behind(session, establishment_id)]))
    else:
        query = query.where(Asset.gone_at.is_(None), Asset.unwatched_at.is_(None))
    if wanted.kind is not None:
        query = query.where(Asset.kind == wanted.kind)
    hidden = Unreported(session, establishment_id, day)
    every = session.execute(query.order_by(Asset.kind, Asset.key))
    rows = [(row, name) for row, name in every if (hidden.of(row) is not None) is wanted.aside]
    words = folded(wanted.words).split()
    return [
        (row, name)
        for row, name in rows
        if not words
        or _holds(folded(" ".join((row.key, name, summary(row.kind, row.traits, lang), *row.traits.values()))), words)
    ]


def _holds(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def _beside(session: Session, row: Asset) -> Sequence[Asset]:
    """The services of an address; the address of a service."""
    if row.kind in {AssetKind.NAME, AssetKind.DOMAIN}:
        return ()
    address = str(host_of(row.key))
    same = session.scalars(
        select(Asset).where(Asset.target_id == row.target_id, Asset.id != row.id, Asset.gone_at.is_(None))
    )
    return sorted((one for one in same if str(host_of(one.key)) == address), key=lambda one: one.key)


def _line(row: Asset, target: str, weak: OpenWeaknesses, lang: Lang) -> AssetLine:
    known = weak.of(row.kind, row.key)
    return AssetLine(
        id=row.id,
        kind=row.kind,
        key=row.key,
        traits=row.traits,
        summary=summary(row.kind, row.traits, lang),
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        gone_at=row.gone_at,
        target=target,
        worst=known[0].severity if known else None,
        findings=len(known),
        silent_at=row.silent_at,
        unwatched_at=row.unwatched_at,
    )
