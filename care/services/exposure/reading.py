"""The page of exposure: what the outside sees now, what changed, which certificates end, where it is weakest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
from care.services.errors import NotFound
from care.services.exposure.held import HeldView, held_of
from care.services.paging import Page, bounds
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.rule_texts import titles_of
from care.services.trail import Thing, record
from care.store.assets import Asset, AssetEvent
from care.store.findings import FindingRow
from care.store.runs import Run
from care.store.targets import Target
from reports.spreadsheets import Cell, csv_bytes
from scanners.exposure.subjects import host_of, place_of
from scanners.model import Lang, Severity, Text

EXPOSURE = "exposure"
SOON = timedelta(days=60)
"""Certificates that end within that time are told: a purchase and a change in a hospital take weeks (our choice)."""
MOST_EVENTS, MOST_CERTIFICATES, PER_PAGE = 200, 50, 50
TRAITS: Mapping[str, Text] = {
    "names": Text("Noms", "Names"),
    "addresses": Text("Adresses", "Addresses"),
    "answers_everything": Text("Répond sur tous les ports", "Answers on every port"),
    "service": Text("Service", "Service"),
    "product": Text("Produit", "Product"),
    "version": Text("Version", "Version"),
    "title": Text("Titre de la page", "Title of the page"),
    "tls": Text("Versions de TLS", "TLS versions"),
    "source": Text("Reconnu par", "Known by"),
    "certificate": Text("Empreinte du certificat", "Fingerprint of the certificate"),
    "certificate_subject": Text("Certificat", "Certificate"),
    "certificate_issuer": Text("Émis par", "Issued by"),
    "certificate_names": Text("Noms du certificat", "Names of the certificate"),
    "certificate_until": Text("Certificat jusqu’au", "Certificate until"),
}
_VALUES: Mapping[str, Mapping[str, Text]] = {
    "answers_everything": {"yes": Text("oui", "yes")},
    "source": {
        "answer": Text("sa réponse", "its answer"),
        "nmap": Text("nmap", "nmap"),
        "port": Text("son numéro de port seulement", "its port number only"),
    },
}


@dataclass(frozen=True, slots=True)
class TargetGlance:
    """A target and its last recorded audit, None before any."""

    id: int
    name: str
    run_id: int | None
    at: datetime | None
    complete: bool


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


@dataclass(frozen=True, slots=True)
class AddressTile:
    """One address on the map: its names, how many services answer, the gravest open weakness, None when none.

    `everything`: it answers on every port, so that its services are not known.
    """

    asset_id: int
    address: str
    names: str
    services: int
    everything: bool
    worst: Severity | None
    findings: int


@dataclass(frozen=True)
class ExposureView:
    """What the outside sees of an establishment. `first` holds the targets audited once only: all is new there."""

    establishment_id: int
    targets: tuple[TargetGlance, ...]
    counts: Mapping[AssetKind, int]
    by_severity: Mapping[Severity, int]
    events: tuple[EventLine, ...]
    first: bool
    certificates: tuple[CertificateLine, ...]
    tiles: tuple[AddressTile, ...]
    held: tuple[HeldView, ...]


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """Which things a list holds; `gone` keeps those that are no longer there."""

    kind: AssetKind | None = None
    gone: bool = False
    words: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class AssetLine:
    """A thing in the list, with its weaknesses that are open."""

    id: int
    kind: AssetKind
    key: str
    traits: Mapping[str, str]
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    target: str
    worst: Severity | None
    findings: int


@dataclass(frozen=True)
class AssetView:
    """One thing, its history (latest first) and the things that go with it: an address and its services."""

    establishment_id: int
    line: AssetLine
    traits: tuple[tuple[str, str], ...]
    events: tuple[EventLine, ...]
    beside: tuple[AssetLine, ...]
    weaknesses: tuple[WeaknessLine, ...]


@dataclass(frozen=True, slots=True)
class WeaknessLine:
    """An open finding about a thing, under the title of its rule."""

    id: int
    title: str
    subject: str
    severity: Severity


def open_exposure(platform: Platform, scope: Scope, establishment_id: int) -> ExposureView:
    """Everything the page shows; NotFound, Forbidden."""
    day = platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone)).date()
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        targets = _targets(session, establishment_id)
        rows = _present(session, establishment_id)
        weak = _Weak(session, establishment_id)
        runs = [one.run_id for one in targets if one.run_id is not None]
        return ExposureView(
            establishment_id=establishment_id,
            targets=targets,
            counts=Counter(row.kind for row in rows),
            by_severity=weak.by_severity,
            events=_events(session, scope.lang, AssetEvent.run_id.in_(runs))[:MOST_EVENTS],
            first=not _audited_before(session, targets),
            certificates=tuple(_ending(rows, day))[:MOST_CERTIFICATES],
            tiles=_tiles(rows, weak),
            held=held_of(platform, session, establishment_id),
        )


def list_assets(platform: Platform, scope: Scope, establishment_id: int, wanted: AssetFilter) -> Page[AssetLine]:
    """One page of the things of an establishment, by key; NotFound, Forbidden."""
    number, per_page = bounds(wanted.number, PER_PAGE)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        rows = _found(session, establishment_id, wanted)
        shown = rows[(number - 1) * per_page : number * per_page]
        weak = _Weak(session, establishment_id)
        return Page(tuple(_line(row, name, weak) for row, name in shown), number, per_page, len(rows))


def open_asset(platform: Platform, scope: Scope, asset_id: int) -> AssetView:
    """One thing with its history; NotFound outside the scope."""
    with platform.database.read() as session:
        found = session.execute(
            _with_target().where(Asset.id == asset_id, within(scope, Right.SEE_FINDINGS, Asset.establishment_id))
        ).one_or_none()
        if found is None:
            raise NotFound
        row, name = found
        weak = _Weak(session, row.establishment_id)
        told = ((words, _said(trait, row.traits.get(trait, ""), scope.lang)) for trait, words in TRAITS.items())
        return AssetView(
            establishment_id=row.establishment_id,
            line=_line(row, name, weak),
            traits=tuple((words.render(scope.lang), value) for words, value in told if value),
            events=_events(session, scope.lang, AssetEvent.asset_id == row.id)[:MOST_EVENTS],
            beside=tuple(_line(one, name, weak) for one in _beside(session, row)),
            weaknesses=_weaknesses(session, row, weak, scope.lang),
        )


def export_assets(platform: Platform, scope: Scope, establishment_id: int, wanted: AssetFilter) -> bytes:
    """The things of a filter as CSV, their traits in columns; the trail keeps who took it. NotFound, Forbidden."""
    zone = ZoneInfo(platform.settings.timezone)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        rows = _found(session, establishment_id, wanted)
        thing = Thing("establishment", establishment_id, establishment_id)
        record(session, scope, "assets.exported", thing, platform.clock.now(), {"count": len(rows)})
    header = [one.render(scope.lang) for one in (*_HEADER, *TRAITS.values())]
    lines: list[Sequence[Cell]] = [
        (
            row.key,
            name,
            *(_wall(at, zone) for at in (row.first_seen_at, row.last_seen_at, row.gone_at)),
            *(row.traits.get(trait, "") for trait in TRAITS),
        )
        for row, name in rows
    ]
    return csv_bytes(header, lines)


_HEADER = (
    Text("Ce qui est vu", "What is seen"),
    Text("Cible", "Target"),
    Text("Vu depuis", "Seen since"),
    Text("Vu pour la dernière fois", "Last seen"),
    Text("Disparu le", "Gone on"),
)


def _said(trait: str, value: str, lang: Lang) -> str:
    """The value of a trait as people read it, empty when there is nothing to say."""
    words = _VALUES.get(trait)
    if words is not None:
        return words[value].render(lang) if value in words else ""
    return value[:10] if trait == "certificate_until" else value


def _weaknesses(session: Session, row: Asset, weak: _Weak, lang: Lang) -> tuple[WeaknessLine, ...]:
    known = weak.of(row.kind, row.key)
    titles = titles_of(session, {(row.establishment_id, one.rule) for one in known}, lang)
    return tuple(
        WeaknessLine(one.id, str(titles[row.establishment_id, one.rule]), one.subject, one.severity) for one in known
    )


class _Open(NamedTuple):
    """An open finding."""

    id: int
    rule: str
    subject: str
    subject_key: str
    severity: Severity


class _Weak:
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
        rows = [_Open(*row) for row in found]
        self.by_severity = Counter(row.severity for row in rows)
        self._by_host: dict[str, list[_Open]] = defaultdict(list)
        self._by_subject: dict[str, list[_Open]] = defaultdict(list)
        for row in rows:
            self._by_host[str(host_of(row.subject))].append(row)
            self._by_subject[place_of(row.subject)].append(row)

    def of(self, kind: AssetKind, key: str) -> Sequence[_Open]:
        """The gravest first: those of the port itself, or all those of an address or a name."""
        known = self._by_subject[key.casefold()] if kind is AssetKind.SERVICE else self._by_host[str(host_of(key))]
        return sorted(known, key=lambda one: (one.severity.rank, one.subject))


def _targets(session: Session, establishment_id: int) -> tuple[TargetGlance, ...]:
    last = (
        select(func.max(Run.id))
        .where(Run.establishment_id == establishment_id, Run.scanner == EXPOSURE, Run.recorded_at.is_not(None))
        .group_by(Run.target_id)
    )
    rows = session.execute(
        select(Target.id, Target.name, Run.id, Run.collected_to, Run.complete)
        .outerjoin(Run, (Run.target_id == Target.id) & Run.id.in_(last))
        .where(Target.establishment_id == establishment_id, Target.scanner == EXPOSURE, Target.archived_at.is_(None))
        .order_by(Target.name)
    )
    return tuple(TargetGlance(number, name, run, at, bool(complete)) for number, name, run, at, complete in rows)


def _audited_before(session: Session, targets: Iterable[TargetGlance]) -> bool:
    """Whether any target has an audit before its last one."""
    numbers = [one.id for one in targets]
    counts = session.scalars(
        select(func.count())
        .select_from(Run)
        .where(Run.target_id.in_(numbers), Run.recorded_at.is_not(None))
        .group_by(Run.target_id)
    )
    return any(count > 1 for count in counts)


def _present(session: Session, establishment_id: int) -> Sequence[Asset]:
    """What is there now, on targets in use; a thing that two targets see is told once, by the later."""
    rows = session.scalars(
        select(Asset)
        .join(Target, Target.id == Asset.target_id)
        .where(Asset.establishment_id == establishment_id, Asset.gone_at.is_(None), Target.archived_at.is_(None))
        .order_by(Asset.last_seen_at)
    )
    return list({(row.kind, row.key): row for row in rows}.values())


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


def _differences(event: AssetEvent, lang: Lang) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (TRAITS[name].render(lang), _said(name, before, lang), _said(name, after, lang))
        for name, (before, after) in event.differences.items()
        if name in TRAITS
    )


def _ending(rows: Iterable[Asset], day: date) -> Iterable[CertificateLine]:
    """Those that end soon or have ended, the most pressing first."""
    found = []
    for row in rows:
        until = row.traits.get("certificate_until", "")
        if until and (ends := datetime.fromisoformat(until).date()) <= day + SOON:
            subject = row.traits.get("certificate_subject", "")
            found.append(CertificateLine(row.id, row.key, subject, ends, (ends - day).days))
    return sorted(found, key=lambda one: (one.until, one.key))


def _tiles(rows: Sequence[Asset], weak: _Weak) -> tuple[AddressTile, ...]:
    services = Counter(str(host_of(row.key)) for row in rows if row.kind is AssetKind.SERVICE)
    tiles = []
    for row in rows:
        if row.kind is AssetKind.ADDRESS:
            known = weak.of(row.kind, row.key)
            worst = known[0].severity if known else None
            names = row.traits.get("names", "")
            everything = row.traits.get("answers_everything") == "yes"
            tiles.append(AddressTile(row.id, row.key, names, services[row.key], everything, worst, len(known)))
    return tuple(sorted(tiles, key=lambda one: (one.worst.rank if one.worst else len(Severity), one.address)))


def _with_target() -> Select[Asset, str]:
    return select(Asset, Target.name).join(Target, Target.id == Asset.target_id)


def _found(session: Session, establishment_id: int, wanted: AssetFilter) -> list[tuple[Asset, str]]:
    """The things of a filter, by kind and key. Words are looked for here: databases do not fold accents alike."""
    query = _with_target().where(
        Asset.establishment_id == establishment_id,
        Asset.gone_at.is_not(None) if wanted.gone else Asset.gone_at.is_(None),
    )
    if wanted.kind is not None:
        query = query.where(Asset.kind == wanted.kind)
    rows = [(row, name) for row, name in session.execute(query.order_by(Asset.kind, Asset.key))]
    words = folded(wanted.words).split()
    return [
        (row, name)
        for row, name in rows
        if not words or _holds(folded(" ".join((row.key, name, *row.traits.values()))), words)
    ]


def _holds(text: str, words: Iterable[str]) -> bool:
    return all(word in text for word in words)


def _beside(session: Session, row: Asset) -> Sequence[Asset]:
    """The services of an address; the address of a service."""
    if row.kind is AssetKind.NAME:
        return ()
    address = str(host_of(row.key))
    same = session.scalars(
        select(Asset).where(Asset.target_id == row.target_id, Asset.id != row.id, Asset.gone_at.is_(None))
    )
    return sorted((one for one in same if str(host_of(one.key)) == address), key=lambda one: one.key)


def _line(row: Asset, target: str, weak: _Weak) -> AssetLine:
    known = weak.of(row.kind, row.key)
    return AssetLine(
        id=row.id,
        kind=row.kind,
        key=row.key,
        traits=row.traits,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        gone_at=row.gone_at,
        target=target,
        worst=known[0].severity if known else None,
        findings=len(known),
    )


def _wall(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if at is None else at.astimezone(zone).replace(tzinfo=None)
