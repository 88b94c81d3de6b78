"""The register of contracts with suppliers: what they cover, until when one may leave, what they lack.

Nothing is deleted: a contract that is over is closed, and may be opened again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.contracts import ContractFacts, Coverage, contract_alerts, denounce_by
from care.domain.evidence import ThingKind
from care.domain.hosting import Tone
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.contract_clauses import coverages
from care.services.errors import Invalid
from care.services.hostings import AlertView, alert_views, proofs_count
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_files import (
    Column,
    Kind,
    RegisterSort,
)
from care.services.register_keeping import Register
from care.services.register_rows import (
    rows_of,
    visible_row,
)
from care.services.typed_texts import MAX_TEXT, length_faults, line_of, lines_of
from care.store.governance import HealthDataHosting, SupplierContract
from scanners.model import Lang, Text

LENGTHS: Mapping[str, int] = {"supplier": 200, "subject": 300, "reference": 100, "contact": 300}
MAX_NOTICE = 3650
COLUMNS: tuple[Column, ...] = (
    Column("supplier", Text("Fournisseur", "Supplier"), also=("prestataire", "societe")),
    Column("subject", Text("Objet", "Subject"), also=("prestation", "service")),
    Column("reference", Text("Référence", "Reference"), also=("n° de marche", "marche", "contrat")),
    Column("critical", Text("Critique", "Critical"), Kind.YES_NO),
    Column("health_data", Text("Données de santé", "Health data"), Kind.YES_NO),
    Column("remote_access", Text("Accès à distance", "Remote access"), Kind.YES_NO, also=("telemaintenance",)),
    Column("contact", Text("Contact", "Contact")),
    Column("starts_on", Text("Début", "Starts on"), Kind.DAY),
    Column("ends_on", Text("Fin", "Ends on"), Kind.DAY, also=("terme", "echeance")),
    Column("notice_days", Text("Préavis (jours)", "Notice (days)"), Kind.COUNT, also=("preavis", "notice")),
    Column("note", Text("Remarques", "Notes"), also=("remarque", "commentaire")),
)
_NEEDED = Text("Ce champ est obligatoire.", "This field is required.")


@dataclass(frozen=True, slots=True)
class ContractDraft:
    """A contract as typed in; None and "" are not known."""

    supplier: str
    subject: str
    reference: str = ""
    critical: bool | None = None
    health_data: bool | None = None
    remote_access: bool | None = None
    contact: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    notice_days: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class HostingLink:
    """A hosting that a contract covers."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ContractView:
    """A contract with what it calls for. `denounce_by` is the last day to give notice; `coverage` counts its clauses by
    framework."""

    id: int
    establishment_id: int
    draft: ContractDraft
    denounce_by: date | None
    alerts: tuple[AlertView, ...]
    coverage: Mapping[str, Coverage]
    hostings: tuple[HostingLink, ...]
    proofs: int
    ended_on: date | None
    changed_at: datetime
    changed_by: str
    version: int

    @property
    def worst(self) -> Tone | None:
        """The most pressing alert."""
        return self.alerts[0].tone if self.alerts else None

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.draft.supplier} – {self.draft.subject}"


@dataclass(frozen=True, slots=True)
class ContractRegister:
    """The contracts of an establishment, the most pressing first, then those that are over."""

    establishment_id: int
    lines: tuple[ContractView, ...]
    ended: tuple[ContractView, ...]
    may_manage: bool
    may_export: bool

    def count(self, tone: Tone) -> int:
        """How many contracts in being call for that at worst."""
        return sum(line.worst == tone for line in self.lines)  # pages give its value


@dataclass(frozen=True, slots=True)
class ContractsSummary:
    """What a page of governance says of contracts in being. `read`: critical ones whose clauses were all read;
    `next_notice` is the next last day to give notice."""

    contracts: int
    critical: int
    read: int
    pressing: int
    lacking: int
    next_notice: date | None


def cleaned(draft: ContractDraft, _day: date) -> ContractDraft:
    """The draft tidied. Invalid names the fields that cannot be used."""
    lines = {name: line_of(getattr(draft, name)) for name in LENGTHS}
    note = lines_of(draft.note)
    faults = length_faults({**{name: (text, LENGTHS[name]) for name, text in lines.items()}, "note": (note, MAX_TEXT)})
    for name in ("supplier", "subject"):
        if not lines[name]:
            faults[name] = _NEEDED
    if draft.starts_on and draft.ends_on and draft.ends_on < draft.starts_on:
        faults["ends_on"] = Text("La fin précède le début.", "The end comes before the beginning.")
    if draft.notice_days is not None and not 0 <= draft.notice_days <= MAX_NOTICE:
        faults["notice_days"] = Text("Entre 0 et 3 650 jours.", "Between 0 and 3,650 days.")
    if faults:
        raise Invalid(faults)
    return replace(draft, note=note, **lines)  # type: ignore[arg-type]


REGISTER: Register[SupplierContract, ContractDraft] = Register(
    table=SupplierContract,
    draft=ContractDraft,
    sort=RegisterSort(
        columns=COLUMNS,
        needed=("supplier", "subject"),
        empty=ContractDraft("", ""),
        cleaned=cleaned,
        called=lambda draft: f"{draft.supplier} – {draft.subject}",
        key=lambda draft: (folded(draft.supplier), folded(draft.subject)),
    ),
    word="contract",
    named_by="supplier",
    title=Text("Contrats", "Contracts"),
)


def read_register(platform: Platform, scope: Scope, establishment_id: int) -> ContractRegister:
    """Every contract; NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        views = _views(platform, session, rows_of(session, SupplierContract, place.id), scope.lang)
        may_manage = scope.allows(Right.MANAGE_PROGRAMME, place.lineage)
        may_export = scope.allows(Right.EXPORT, place.lineage)
    order = list(Tone)
    used = sorted(
        (one for one in views if one.ended_on is None),
        key=lambda one: (order.index(one.worst) if one.worst else len(order), folded(one.name)),
    )
    return ContractRegister(
        place.id, tuple(used), tuple(one for one in views if one.ended_on is not None), may_manage, may_export
    )


def open_contract(platform: Platform, scope: Scope, contract_id: int) -> ContractView:
    """One contract; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_row(session, scope, SupplierContract, contract_id)
        (view,) = _views(platform, session, [row], scope.lang)
        return view


def contracts_summary(platform: Platform, scope: Scope, establishment_id: int) -> ContractsSummary:
    """The register in a few figures, for the page of governance. NotFound, Forbidden."""
    day, lines = today(platform), read_register(platform, scope, establishment_id).lines
    critical = [one for one in lines if one.draft.critical is True]
    notices = [one.denounce_by for one in lines if one.denounce_by is not None and one.denounce_by >= day]
    return ContractsSummary(
        contracts=len(lines),
        critical=len(critical),
        read=sum(not any(found.unanswered for found in one.coverage.values()) for one in critical),
        pressing=sum(one.worst in (Tone.CRITICAL, Tone.HIGH) for one in lines),
        lacking=sum(found.lacking for one in lines for found in one.coverage.values()),
        next_notice=min(notices, default=None),
    )


def _views(
    platform: Platform, session: Session, rows: Sequence[SupplierContract], lang: Lang
) -> tuple[ContractView, ...]:
    day, numbers = today(platform), [row.id for row in rows]
    proofs = proofs_count(session, ThingKind.CONTRACT, numbers)
    known = coverages(platform, session, rows)
    hostings = _hostings(session, numbers)
    return tuple(_view(row, known[row.id], hostings.get(row.id, ()), proofs[row.id], day, lang) for row in rows)


def _hostings(session: Session, numbers: Iterable[int]) -> dict[int, tuple[HostingLink, ...]]:
    rows = session.scalars(
        select(HealthDataHosting)
        .where(HealthDataHosting.contract_id.in_(list(numbers)), HealthDataHosting.ended_on.is_(None))
        .order_by(HealthDataHosting.id)
    )
    found: dict[int, tuple[HostingLink, ...]] = {}
    for row in rows:
        if row.contract_id is not None:
            found[row.contract_id] = (*found.get(row.contract_id, ()), HostingLink(row.id, row.name))
    return found


def _view(
    row: SupplierContract,
    coverage: Mapping[str, Coverage],
    hostings: tuple[HostingLink, ...],
    proofs: int,
    day: date,
    lang: Lang,
) -> ContractView:
    facts = ContractFacts(
        critical=row.critical,
        health_data=row.health_data,
        remote_access=row.remote_access,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        notice_days=row.notice_days,
        filed=proofs > 0,
        hosted=bool(hostings),
        lacking=sum(one.lacking for one in coverage.values()),
        unanswered=sum(one.unanswered for one in coverage.values()),
    )
    return ContractView(
        id=row.id,
        establishment_id=row.establishment_id,
        draft=REGISTER.draft_of(row),
        denounce_by=denounce_by(row.ends_on, row.notice_days),
        alerts=() if row.ended_on is not None else alert_views(contract_alerts(facts, day), lang),
        coverage=coverage,
        hostings=hostings,
        proofs=proofs,
        ended_on=row.ended_on,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        version=row.version,
    )
