"""The register of hosting of health data: where they lie, by whom, what is known and what must be asked.

Yes, no and not known are three answers. Nothing is deleted: a hosting that is over is closed, and may be opened again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.evidence import ThingKind
from care.domain.hosting import Alert, HostingFacts, Tone, hosting_alerts
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.errors import Invalid
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
from care.store.evidence import Evidence, EvidenceTie
from care.store.governance import HealthDataHosting, SupplierContract
from scanners.model import Lang, Text

LENGTHS: Mapping[str, int] = {"name": 200, "data": 500, "host": 200, "hds_certificate": 200, "location": 200}
_TEXTS: Mapping[str, int] = {"mitigation": MAX_TEXT, "note": MAX_TEXT}
COLUMNS: tuple[Column, ...] = (
    Column("name", Text("Hébergement", "Hosting"), also=("nom", "name", "service", "application")),
    Column("data", Text("Données hébergées", "Data hosted"), also=("donnees", "data")),
    Column("host", Text("Hébergeur", "Host"), also=("prestataire", "fournisseur")),
    Column("internal", Text("Interne", "Inside"), Kind.YES_NO),
    Column("hds_certified", Text("Certifié HDS", "HDS certified"), Kind.YES_NO, also=("hds",)),
    Column("hds_certificate", Text("N° de certificat HDS", "HDS certificate no."), also=("certificat hds",)),
    Column("hds_until", Text("Certificat HDS jusqu’au", "HDS certificate until"), Kind.DAY, also=("echeance hds",)),
    Column("location", Text("Lieu de stockage", "Where it is stored"), also=("localisation", "lieu", "pays")),
    Column("outside_eea", Text("Hors EEE", "Outside the EEA"), Kind.YES_NO, also=("hors ue", "hors union europeenne")),
    Column("foreign_control", Text("Contrôle extra-européen", "Control from outside Europe"), Kind.YES_NO),
    Column("mitigation", Text("Mesures de réduction du risque", "Measures that reduce the risk"), also=("mesures",)),
    Column("secnumcloud", Text("SecNumCloud", "SecNumCloud"), Kind.YES_NO),
    Column("secnumcloud_until", Text("SecNumCloud jusqu’au", "SecNumCloud until"), Kind.DAY),
    Column("migrate_by", Text("Migration prévue le", "Migration planned for"), Kind.DAY, also=("date de migration",)),
    Column("note", Text("Remarques", "Notes"), also=("remarque", "commentaire")),
)
_NO_SUCH_CONTRACT = Text("Choisissez un contrat de cet établissement.", "Choose a contract of this establishment.")


@dataclass(frozen=True, slots=True)
class HostingDraft:
    """A hosting as typed in; None and "" are not known."""

    name: str
    data: str = ""
    host: str = ""
    internal: bool | None = None
    hds_certified: bool | None = None
    hds_certificate: str = ""
    hds_until: date | None = None
    location: str = ""
    outside_eea: bool | None = None
    foreign_control: bool | None = None
    mitigation: str = ""
    secnumcloud: bool | None = None
    secnumcloud_until: date | None = None
    migrate_by: date | None = None
    note: str = ""
    contract_id: int | None = None


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert in the reader's language; `ref` is the requirement that asks for it."""

    tone: Tone
    said: str
    ref: str


@dataclass(frozen=True, slots=True)
class HostingView:
    """A hosting with what it calls for; `proofs` counts the evidence in use that is tied to it."""

    id: int
    establishment_id: int
    draft: HostingDraft
    contract: str
    alerts: tuple[AlertView, ...]
    proofs: int
    ended_on: date | None
    changed_at: datetime
    changed_by: str
    version: int

    @property
    def worst(self) -> Tone | None:
        """The most pressing alert."""
        return self.alerts[0].tone if self.alerts else None


@dataclass(frozen=True, slots=True)
class HostingRegister:
    """The hostings of an establishment, the most pressing first, then those that are over."""

    establishment_id: int
    lines: tuple[HostingView, ...]
    ended: tuple[HostingView, ...]
    may_manage: bool
    may_export: bool

    def count(self, tone: Tone) -> int:
        """How many hostings in use call for that at worst."""
        return sum(line.worst == tone for line in self.lines)  # pages give its value


@dataclass(frozen=True, slots=True)
class HostingSummary:
    """What a page of governance says of hostings. `certified` counts those outside with a certificate in force today,
    `outside` all those outside; `unknown` those about which something must be asked."""

    hostings: int
    outside: int
    certified: int
    outside_eea: int
    foreign_control: int
    pressing: int
    unknown: int


def cleaned(draft: HostingDraft, _day: date) -> HostingDraft:
    """The draft tidied. Invalid names the fields that cannot be used."""
    lines = {name: line_of(getattr(draft, name)) for name in LENGTHS}
    texts = {name: lines_of(getattr(draft, name)) for name in _TEXTS}
    both = {**lines, **texts}
    faults = length_faults({name: (text, {**LENGTHS, **_TEXTS}[name]) for name, text in both.items()})
    if not lines["name"]:
        faults["name"] = Text("Donnez un nom à cet hébergement.", "Give this hosting a name.")
    if faults:
        raise Invalid(faults)
    return replace(draft, **both)  # type: ignore[arg-type]


def _check_contract(session: Session, establishment_id: int, draft: HostingDraft) -> None:
    if draft.contract_id is None:
        return
    row = session.get(SupplierContract, draft.contract_id)
    if row is None or row.establishment_id != establishment_id:
        raise Invalid({"contract_id": _NO_SUCH_CONTRACT})


REGISTER: Register[HealthDataHosting, HostingDraft] = Register(
    table=HealthDataHosting,
    draft=HostingDraft,
    sort=RegisterSort(
        columns=COLUMNS,
        needed=("name",),
        empty=HostingDraft(""),
        cleaned=cleaned,
        called=lambda draft: draft.name,
        key=lambda draft: (folded(draft.name), folded(draft.host)),
    ),
    word="hosting",
    named_by="name",
    title=Text("Hébergements", "Hostings"),
    words={"contract_id": Text("le contrat lié", "the contract tied to it")},
    check=_check_contract,
)


def read_register(platform: Platform, scope: Scope, establishment_id: int) -> HostingRegister:
    """Every hosting; NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        views = _views(session, rows_of(session, HealthDataHosting, place.id), today(platform), scope.lang)
        may_manage = scope.allows(Right.MANAGE_PROGRAMME, place.lineage)
        may_export = scope.allows(Right.EXPORT, place.lineage)
    order = list(Tone)
    used = sorted(
        (one for one in views if one.ended_on is None),
        key=lambda one: (order.index(one.worst) if one.worst else len(order), folded(one.draft.name)),
    )
    return HostingRegister(
        place.id, tuple(used), tuple(one for one in views if one.ended_on is not None), may_manage, may_export
    )


def open_hosting(platform: Platform, scope: Scope, hosting_id: int) -> HostingView:
    """One hosting; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_row(session, scope, HealthDataHosting, hosting_id)
        (view,) = _views(session, [row], today(platform), scope.lang)
        return view


def hosting_summary(platform: Platform, scope: Scope, establishment_id: int) -> HostingSummary:
    """The register in a few figures, for the page of governance. NotFound, Forbidden."""
    day, lines = today(platform), read_register(platform, scope, establishment_id).lines
    outside = [one.draft for one in lines if one.draft.internal is False]
    in_force = [one for one in outside if one.hds_certified and one.hds_until is not None and one.hds_until >= day]
    return HostingSummary(
        hostings=len(lines),
        outside=len(outside),
        certified=len(in_force),
        outside_eea=sum(one.draft.outside_eea is True for one in lines),
        foreign_control=sum(one.draft.foreign_control is True for one in lines),
        pressing=sum(one.worst in (Tone.CRITICAL, Tone.HIGH) for one in lines),
        unknown=sum(any(alert.tone is Tone.UNKNOWN for alert in one.alerts) for one in lines),
    )


def contract_choices(platform: Platform, scope: Scope, establishment_id: int) -> tuple[tuple[int, str], ...]:
    """The contracts in being that a hosting may be tied to: number and name."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        rows = rows_of(session, SupplierContract, place.id)
        return tuple((row.id, f"{row.supplier} – {row.subject}") for row in rows)


def _views(session: Session, rows: Iterable[HealthDataHosting], day: date, lang: Lang) -> tuple[HostingView, ...]:
    found = list(rows)
    numbers = {row.contract_id for row in found if row.contract_id is not None}
    contracts = {
        one.id: one for one in session.scalars(select(SupplierContract).where(SupplierContract.id.in_(numbers)))
    }
    proofs = proofs_count(session, ThingKind.HOSTING, [row.id for row in found])
    return tuple(_view(row, contracts.get(row.contract_id or 0), proofs[row.id], day, lang) for row in found)


def _view(row: HealthDataHosting, contract: SupplierContract | None, proofs: int, day: date, lang: Lang) -> HostingView:
    alerts = () if row.ended_on is not None else hosting_alerts(_facts(row, contract, day), day)
    return HostingView(
        id=row.id,
        establishment_id=row.establishment_id,
        draft=REGISTER.draft_of(row),
        contract=f"{contract.supplier} – {contract.subject}" if contract else "",
        alerts=alert_views(alerts, lang),
        proofs=proofs,
        ended_on=row.ended_on,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        version=row.version,
    )


def alert_views(alerts: Iterable[Alert], lang: Lang) -> tuple[AlertView, ...]:
    """Alerts in the reader's language."""
    return tuple(AlertView(one.tone, one.said.render(lang), one.ref) for one in alerts)


def _facts(row: HealthDataHosting, contract: SupplierContract | None, day: date) -> HostingFacts:
    over = contract is not None and (
        contract.ended_on is not None or (contract.ends_on is not None and contract.ends_on < day)
    )
    names = HostingFacts.__dataclass_fields__
    return HostingFacts(**{name: getattr(row, name) for name in names if name != "contract_over"}, contract_over=over)


def proofs_count(session: Session, kind: ThingKind, numbers: Iterable[int]) -> Counter[int]:
    """How much evidence in use is tied to each thing of one kind."""
    wanted = [str(number) for number in numbers]
    query = (
        select(EvidenceTie.thing_id, func.count())
        .join(Evidence, Evidence.id == EvidenceTie.evidence_id)
        .where(EvidenceTie.thing_kind == kind, EvidenceTie.thing_id.in_(wanted), Evidence.current.is_(True))
        .group_by(EvidenceTie.thing_id)
    )
    return Counter({int(number): count for number, count in session.execute(query)})
