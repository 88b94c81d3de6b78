"""The page of exposure: what the outside sees now, what changed, which certificates end, where it is weakest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.assets import AssetChange, AssetKind
from care.domain.findings import State
from care.domain.node_names import folded
from care.domain.rhythm import WORDS
from care.services.errors import NotFound
from care.services.exposure.held import HeldView, held_of
from care.services.exposure.proving import Proof, WeaknessLine, proven
from care.services.exposure.unreported import Silenced, Unreported
from care.services.exposure.words import PROOFS, TRAITS, proof_said, said, summary
from care.services.finding_decisions import expire_decisions
from care.services.finding_queries import FindingFilter, count_unwatched
from care.services.library import today
from care.services.mandate_names import MovedName, names_waiting
from care.services.mandates import refusal_of, signed_document
from care.services.paging import Page, bounds
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.store.assets import Asset, AssetEvent
from care.store.bulk import among
from care.store.evidence import Evidence
from care.store.findings import FindingRow
from care.store.restraints import Rhythm
from care.store.runs import Run
from care.store.targets import Mandate, Target
from scanners.exposure.product_marks import Kind
from scanners.exposure.subjects import host_of, place_of
from scanners.model import Lang, Severity, Text

EXPOSURE = "exposure"
SOON = timedelta(days=60)
"""Certificates that end within that time are told: a purchase and a change in a hospital take weeks (our choice)."""
MOST_EVENTS, MOST_CERTIFICATES, PER_PAGE = 200, 50, 50
_OPEN = FindingFilter(scanner=EXPOSURE, states=(State.OPEN,))


@dataclass(frozen=True, slots=True)
class TargetGlance:
    """A target and its last recorded audit, None before any. `next_at`: when it is audited again by itself, and `why`;
    `mandate_id` and `refusal`: why its mandate allows nothing now; `unsigned`: its signed document is not there."""

    id: int
    name: str
    run_id: int | None
    at: datetime | None
    complete: bool
    next_at: datetime | None
    why: str
    mandate_id: int | None
    unsigned: bool
    refusal: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """What an audit changed of one thing; `differences` holds (trait, before, after)."""

    asset_id: int
    kind: AssetKind
    key: str
    what: AssetChange
    at: datetime
    run_id: int
    differences: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A certificate that ends soon, or has ended (`days` below 0), on one port."""

    asset_id: int
    key: str
    subject: str
    until: date
    days: int


@dataclass(frozen=True)
class ExposureView:
    """What the outside sees of an establishment. `first` holds the targets audited once only: all is new there.

    `unreported` counts the things that exclusions without report keep out of the rest; `unwatched` those that no target
    leads to any more, `unwatched_findings` what is open there, which the rest counts too; `families` the addresses
    where a product of each family was recognised: gateways, webmail, consoles…; `moved` the names that wait for a yes.
    """

    establishment_id: int
    targets: tuple[TargetGlance, ...]
    counts: Mapping[AssetKind, int]
    families: Mapping[Kind, int]
    by_severity: Mapping[Severity, int]
    events: tuple[EventLine, ...]
    unreported: int
    unwatched: int
    unwatched_findings: int
    first: bool
    certificates: tuple[CertificateLine, ...]
    held: tuple[HeldView, ...]
    moved: tuple[MovedName, ...]


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


def open_exposure(platform: Platform, scope: Scope, establishment_id: int) -> ExposureView:
    """Everything the page shows; NotFound, Forbidden."""
    expire_decisions(platform)
    day = today(platform)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        targets = targets_glanced(session, establishment_id, platform.clock.now(), scope.lang)
        every, hidden = present_things(session, establishment_id), Unreported(session, establishment_id, day)
        rows = hidden.keep(every)
        weak = OpenWeaknesses(session, establishment_id)
        runs = [one.run_id for one in targets if one.run_id is not None]
        return ExposureView(
            establishment_id=establishment_id,
            targets=targets,
            counts=Counter(row.kind for row in rows),
            families=_families(rows),
            by_severity=weak.by_severity,
            events=_reported(session, _events(session, scope.lang, AssetEvent.run_id.in_(runs)), hidden),
            unreported=len(every) - len(rows),
            unwatched=len(hidden.keep(_left_behind(session, establishment_id))),
            unwatched_findings=count_unwatched(session, establishment_id, _OPEN),
            first=not audited_before(session, targets),
            certificates=tuple(_ending(rows, day))[:MOST_CERTIFICATES],
            held=held_of(platform, session, establishment_id),
            moved=names_waiting(session, establishment_id),
        )


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
            events=_events(session, lang, AssetEvent.asset_id == row.id),
            beside=tuple(_line(one, name, weak, lang) for one in beside),
            weaknesses=proven(session, row.target_id, (one.id for one in open_ones), lang),
            certificates=tuple(_with_certificate(present, today(platform))),
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


class OpenWeakness(NamedTuple):
    """An open finding."""

    id: int
    rule: str
    subject: str
    subject_key: str
    severity: Severity


class OpenWeaknesses:
    """The open weaknesses of exposure, by the address or the name they are about."""

    def __init__(self, session: Session, establishment_id: int) -> None:
        found = session.execute(
            select(
                FindingRow.id, FindingRow.rule, FindingRow.subject, FindingRow.subject_key, FindingRow.severity
            ).where(
                FindingRow.establishment_id == establishment_id,
                FindingRow.scanner == EXPOSURE,
                FindingRow.state == State.OPEN,
            )
        )
        rows = [OpenWeakness(*row) for row in found]
        self.all = tuple(rows)
        self.by_severity = Counter(row.severity for row in rows)
        self._by_host: dict[str, list[OpenWeakness]] = defaultdict(list)
        self._by_subject: dict[str, list[OpenWeakness]] = defaultdict(list)
        for row in rows:
            self._by_host[str(host_of(row.subject))].append(row)
            self._by_subject[place_of(row.subject)].append(row)

    def of(self, kind: AssetKind, key: str) -> Sequence[OpenWeakness]:
        """The gravest first: those of the port itself, or all those of an address or a name."""
        known = self._by_subject[key.casefold()] if kind is AssetKind.SERVICE else self._by_host[str(host_of(key))]
        return sorted(known, key=lambda one: (one.severity.rank, one.subject))


def targets_glanced(session: Session, establishment_id: int, now: datetime, lang: Lang) -> tuple[TargetGlance, ...]:
    """The exposure targets in use, by name."""
    last = (
        select(func.max(Run.id))
        .where(Run.establishment_id == establishment_id, Run.scanner == EXPOSURE, Run.recorded_at.is_not(None))
        .group_by(Run.target_id)
    )
    rows = session.execute(
        select(Target, Run.id, Run.collected_to, Run.complete, Rhythm, Mandate)
        .outerjoin(Rhythm, (Rhythm.target_id == Target.id) & Rhythm.enabled.is_(True))
        .outerjoin(Mandate, Mandate.id == Target.mandate_id)
        .outerjoin(Run, (Run.target_id == Target.id) & Run.id.in_(last))
        .where(Target.establishment_id == establishment_id, Target.scanner == EXPOSURE, Target.archived_at.is_(None))
        .order_by(Target.name)
    )
    return tuple(_glance(session, *row, now, lang) for row in rows)


def _glance(
    session: Session,
    target: Target,
    run_id: int | None,
    at: datetime | None,
    complete: bool | None,
    rhythm: Rhythm | None,
    mandate: Mandate | None,
    now: datetime,
    lang: Lang,
) -> TargetGlance:
    refusal = refusal_of(session, mandate, now) if mandate is not None else None
    return TargetGlance(
        id=target.id,
        name=target.name,
        run_id=run_id,
        at=at,
        complete=bool(complete),
        next_at=rhythm.due_at if rhythm is not None else None,
        why=WORDS[rhythm.step].render(lang) if rhythm is not None and rhythm.step is not None else "",
        mandate_id=mandate.id if mandate is not None else None,
        unsigned=mandate is not None and signed_document(session, mandate) is None,
        refusal=refusal.render(lang) if refusal is not None else "",
    )


def audited_before(session: Session, targets: Iterable[TargetGlance]) -> bool:
    """Whether any target has an audit before its last one."""
    numbers = [one.id for one in targets]
    counts = session.scalars(
        select(func.count())
        .select_from(Run)
        .where(Run.target_id.in_(numbers), Run.recorded_at.is_not(None))
        .group_by(Run.target_id)
    )
    return any(count > 1 for count in counts)


def present_things(session: Session, establishment_id: int) -> Sequence[Asset]:
    """What is there now, where targets lead; a thing that two targets see is told once, by the later."""
    return list(_present(session, establishment_id, Asset.unwatched_at.is_(None)).values())


def _left_behind(session: Session, establishment_id: int) -> list[Asset]:
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


def _events(session: Session, lang: Lang, *wanted: ColumnElement[bool]) -> tuple[EventLine, ...]:
    rows = session.execute(
        select(AssetEvent, Asset.kind, Asset.key)
        .join(Asset, Asset.id == AssetEvent.asset_id)
        .where(*wanted)
        .order_by(AssetEvent.at.desc(), AssetEvent.what, Asset.key)
        .limit(MOST_EVENTS)
    )
    return tuple(
        EventLine(event.asset_id, kind, key, event.what, event.at, event.run_id, _differences(event, lang))
        for event, kind, key in rows
    )


def _reported(session: Session, events: Sequence[EventLine], hidden: Unreported) -> tuple[EventLine, ...]:
    """The changes of what is reported."""
    rows = session.scalars(select(Asset).where(Asset.id.in_({one.asset_id for one in events})))
    kept = {row.id for row in hidden.keep(rows)}
    return tuple(one for one in events if one.asset_id in kept)


def _differences(event: AssetEvent, lang: Lang) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (TRAITS[name].render(lang), said(name, before, lang), said(name, after, lang))
        for name, (before, after) in event.differences.items()
        if name in TRAITS
    )


def _families(rows: Iterable[Asset]) -> Mapping[Kind, int]:
    """The addresses where a product of each family was recognised: one that answers on two ports counts once."""
    known = list(Kind)
    found = {(row.traits.get("kind", ""), str(host_of(row.key))) for row in rows if row.kind is AssetKind.SERVICE}
    return Counter(Kind(family) for family, _host in found if family in known)


def _ending(rows: Iterable[Asset], day: date) -> Iterable[CertificateLine]:
    """Those that end soon or have ended, the most pressing first."""
    return [one for one in _with_certificate(rows, day) if one.until <= day + SOON]


def _with_certificate(rows: Iterable[Asset], day: date) -> list[CertificateLine]:
    """The certificates of some things, the first to end first."""
    found = []
    for row in rows:
        until = row.traits.get("certificate_until", "")
        if until:
            ends = datetime.fromisoformat(until).date()
            subject = row.traits.get("certificate_subject", "")
            found.append(CertificateLine(row.id, row.key, subject, ends, (ends - day).days))
    return sorted(found, key=lambda one: (one.until, one.key))


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
        query = query.where(among(session, Asset.id, [row.id for row in _left_behind(session, establishment_id)]))
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


def wall_clock(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The wall clock of the reader, as spreadsheets hold it."""
    return None if at is None else at.astimezone(zone).replace(tzinfo=None)
