"""The register of remote accesses: what a line says, how it is checked, how it goes to a spreadsheet and comes back.

Nothing is deleted: an access that is over is closed. What nobody knows stays empty, and counts as the worst.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.mail import deliverable
from care.domain.node_names import folded
from care.domain.remote_access import CRITICALITIES, SERVICES, TECHNOLOGIES, Service, Technology
from care.services.errors import Invalid
from care.services.register_files import Column, Kind, RegisterSort
from care.services.register_keeping import Register
from care.services.remote_access.own_target import keep_audited
from care.services.typed_texts import MAX_TEXT, length_faults, line_of, lines_of
from care.store.access_links import AccessAnswer
from care.store.governance import SupplierContract
from care.store.remote_access import RemoteAccess
from scanners.model import Text

MAX_ACCESSES = 1_000
"""Lines of one establishment: our choice, twice what the largest hospitals count."""
LENGTHS: Mapping[str, int] = {
    "supplier": 200, "equipment": 300, "owner": 200, "owner_email": 320, "purpose": 500, "gateway": 300,
    "intervention": 100, "emergency_contact": 300, "emergency_how": 500,
}  # fmt: skip
NAMES = ("accounts", "sources")
MAX_NAMES, LONGEST_NAME = 50, 100
"""Accounts or addresses of one access, and signs of each."""
MAX_TRACE_DAYS = 36_500
LEVELS: Mapping[int, Text] = {1: Text("1", "1"), 2: Text("2", "2")}
_YES, _NO = frozenset({"oui", "yes", "o", "x"}), frozenset({"non", "no", "n"})
_TECHNOLOGY_WORDS: Mapping[str, Technology] = {
    "ipsec": Technology.IPSEC_VPN,
    "vpn ipsec": Technology.IPSEC_VPN,
    "tls": Technology.TLS_VPN,
    "ssl": Technology.TLS_VPN,
    "vpn ssl": Technology.TLS_VPN,
    "ssl vpn": Technology.TLS_VPN,
    "passerelle": Technology.BASTION,
    "outil": Technology.SAAS_TOOL,
    "outil en ligne": Technology.SAAS_TOOL,
    "outil saas": Technology.SAAS_TOOL,
    "saas": Technology.SAAS_TOOL,
    "prise en main a distance": Technology.SAAS_TOOL,
    "rtc": Technology.MODEM,
    "rnis": Technology.MODEM,
    "modem 4g": Technology.MODEM,
    "4g": Technology.MODEM,
    "internet": Technology.DIRECT,
    "direct": Technology.DIRECT,
    "acces direct": Technology.DIRECT,
    "other": Technology.OTHER,
}
COLUMNS: tuple[Column, ...] = (
    Column("supplier", Text("Fournisseur", "Supplier"), also=("prestataire", "societe", "editeur")),
    Column(
        "equipment", Text("Équipement", "Equipment"), also=("application", "systeme", "actif concerne", "materiel")
    ),
    Column("biomedical", Text("Biomédical", "Biomedical"), Kind.YES_NO),
    Column(
        "criticality",
        Text("Criticité", "Criticality"),
        Kind.CHOICE,
        choices=CRITICALITIES,
        synonyms={"vitale": 4, "forte": 3, "moyenne": 2, "faible": 1, "vital": 4, "high": 3, "medium": 2, "low": 1},
    ),
    Column("owner", Text("Responsable", "Owner"), also=("referent", "proprietaire")),
    Column("owner_email", Text("Courriel du responsable", "Owner’s e-mail"), also=("courriel", "mail", "email")),
    Column("purpose", Text("Objet", "Purpose"), also=("finalite", "motif", "prestation")),
    Column("service", Text("Service", "Service"), Kind.CHOICE, choices=SERVICES, also=("type de service",)),
    Column(
        "technology",
        Text("Technologie", "Technology"),
        Kind.CHOICE,
        also=("moyen", "mode d'acces", "outil"),
        choices=TECHNOLOGIES,
        synonyms=_TECHNOLOGY_WORDS,
    ),
    Column("gateway", Text("Passerelle ou outil", "Gateway or tool"), also=("passerelle", "nom de la passerelle")),
    Column(
        "dedicated_gateway",
        Text("Passerelle dédiée", "Dedicated gateway"),
        Kind.YES_NO,
        also=("via passerelle", "bastion"),
    ),
    Column(
        "accounts",
        Text("Comptes", "Accounts"),
        Kind.NAMES,
        also=("compte", "identifiants", "identifiant"),
    ),
    Column("sources", Text("Adresses admises", "Allowed addresses"), Kind.NAMES, also=("adresses", "adresses source")),
    Column("enabled", Text("Actif", "Enabled"), Kind.YES_NO, also=("active", "ouvert", "etat")),
    Column("on_demand", Text("Ouvert à la demande", "Opened on demand"), Kind.YES_NO, also=("a la demande",)),
    Column(
        "second_factor",
        Text("Second facteur", "Second factor"),
        Kind.YES_NO,
        also=("mfa", "double authentification", "authentification forte"),
    ),
    Column("recorded", Text("Sessions enregistrées", "Sessions recorded"), Kind.YES_NO, also=("enregistrement",)),
    Column(
        "trace_days",
        Text("Conservation des traces (jours)", "Traces kept (days)"),
        Kind.DURATION,
        also=("conservation des traces", "conservation traces jours", "duree de conservation"),
    ),
    Column("level", Text("Palier PGSSI-S", "PGSSI-S level"), Kind.CHOICE, also=("palier",), choices=LEVELS,
           synonyms={"palier 1": 1, "palier 2": 2}),
    Column(
        "security_plan_on",
        Text("PAS accepté le", "Security plan accepted on"),
        Kind.DAY,
        also=("pas", "plan d'assurance securite", "date du pas"),
    ),
    Column(
        "report_clause",
        Text("Rapport après intervention", "Report after intervention"),
        Kind.YES_NO,
        also=("clause de rapport", "rapport d'intervention"),
    ),
    Column(
        "intervention",
        Text("Intervention en cours", "Open intervention"),
        also=("intervention", "ticket", "demande"),
    ),
    Column("starts_on", Text("Début", "Starts on"), Kind.DAY, also=("date de debut", "ouverture")),
    Column("ends_on", Text("Fin", "Ends on"), Kind.DAY, also=("date de fin", "echeance")),
    Column("reviewed_on", Text("Dernière revue", "Last review"), Kind.DAY, also=("date de revue", "revue")),
    Column(
        "flow_reviewed_on",
        Text("Flux revalidés le", "Flows approved again on"),
        Kind.DAY,
        also=("revue des flux", "date de revue des flux"),
    ),
    Column(
        "attested_on",
        Text("Déclaration annuelle du fournisseur", "Supplier’s yearly statement"),
        Kind.DAY,
        also=("declaration annuelle", "fiche annuelle", "declaration pams"),
    ),
    Column(
        "emergency_contact",
        Text("Coupure d’urgence : qui", "Emergency cut: who"),
        also=("coupure d'urgence", "contact coupure", "contact de coupure"),
    ),
    Column(
        "emergency_how",
        Text("Coupure d’urgence : comment", "Emergency cut: how"),
        also=("procedure de coupure", "comment couper"),
    ),
    Column("note", Text("Remarques", "Notes"), also=("remarque", "commentaire")),
)  # fmt: skip
_NEEDED = Text("Ce champ est obligatoire.", "This field is required.")
_NO_SUCH_CONTRACT = Text("Choisissez un contrat de cet établissement.", "Choose a contract of this establishment.")


@dataclass(frozen=True, slots=True)
class AccessDraft:
    """An access as typed in; None, "" and () are not known. See `RemoteAccess` for the days."""

    supplier: str
    equipment: str
    biomedical: bool | None = None
    criticality: int | None = None
    owner: str = ""
    owner_email: str = ""
    purpose: str = ""
    service: Service | None = None
    technology: Technology | None = None
    gateway: str = ""
    dedicated_gateway: bool | None = None
    accounts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    enabled: bool | None = None
    on_demand: bool | None = None
    second_factor: bool | None = None
    recorded: bool | None = None
    trace_days: int | None = None
    contract_id: int | None = None
    level: int | None = None
    security_plan_on: date | None = None
    report_clause: bool | None = None
    intervention: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    reviewed_on: date | None = None
    flow_reviewed_on: date | None = None
    attested_on: date | None = None
    emergency_contact: str = ""
    emergency_how: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """How people call it."""
        return f"{self.supplier} – {self.equipment}"


def cleaned(draft: AccessDraft, day: date) -> AccessDraft:
    """The draft tidied. Invalid names the fields that cannot be used.

    A register that says oui or non under « passerelle » speaks of a dedicated one, not of its name.
    """
    lines = {name: line_of(getattr(draft, name)) for name in LENGTHS}
    draft = replace(
        draft,
        note=lines_of(draft.note),
        accounts=_tidied(draft.accounts),
        sources=_tidied(draft.sources),
        **lines,  # type: ignore[arg-type]
    )
    said = folded(draft.gateway)
    if said in _YES | _NO:
        draft = replace(draft, gateway="", dedicated_gateway=said in _YES)
    faults = {
        **length_faults(
            {**{name: (text, LENGTHS[name]) for name, text in lines.items()}, "note": (draft.note, MAX_TEXT)}
        ),
        **_faults(draft, day),
    }
    if faults:
        raise Invalid(faults)
    return draft


def _tidied(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(line_of, names))))


def _faults(draft: AccessDraft, day: date) -> dict[str, Text]:
    faults = {name: _NEEDED for name in ("supplier", "equipment") if not getattr(draft, name)}
    if draft.owner_email and not deliverable(draft.owner_email):
        faults["owner_email"] = Text(
            "Cette adresse de messagerie est mal écrite.", "This mail address is not well written."
        )
    for name, text, wrong in _BOUNDS:
        if wrong(getattr(draft, name)):
            faults[name] = text
    faults |= _faults_of_names(draft)
    if draft.starts_on and draft.ends_on and draft.ends_on < draft.starts_on:
        faults["ends_on"] = Text("La fin précède le début.", "The end comes before the beginning.")
    to_come = Text("Cette date est à venir.", "This day is to come.")
    done = ("security_plan_on", "reviewed_on", "flow_reviewed_on", "attested_on")
    return faults | {name: to_come for name in done if (getattr(draft, name) or day) > day}


_BOUNDS: tuple[tuple[str, Text, Callable[[int | None], bool]], ...] = (
    ("criticality", Text("Entre 1 et 4.", "Between 1 and 4."), lambda one: one not in (None, *CRITICALITIES)),
    ("level", Text("1 ou 2.", "1 or 2."), lambda one: one not in (None, *LEVELS)),
    (
        "trace_days",
        Text("Entre 0 et 36 500 jours.", "Between 0 and 36,500 days."),
        lambda one: not 0 <= (one or 0) <= MAX_TRACE_DAYS,
    ),
)


def _faults_of_names(draft: AccessDraft) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    for name in NAMES:
        names = getattr(draft, name)
        if len(names) > MAX_NAMES or any(len(one) > LONGEST_NAME for one in names):
            faults[name] = Text("50 au plus, de 100 signes au plus.", "At most 50, of at most 100 characters.")
    wrong = next((one for one in draft.sources if not _is_network(one)), None)
    if wrong is not None and "sources" not in faults:
        faults["sources"] = Text(
            f"« {wrong} » n’est ni une adresse ni un réseau, comme 203.0.113.7 ou 203.0.113.0/28.",
            f"“{wrong}” is neither an address nor a network, like 203.0.113.7 or 203.0.113.0/28.",
        )
    return faults


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _check_contract(session: Session, establishment_id: int, draft: AccessDraft) -> None:
    if draft.contract_id is None:
        return
    row = session.get(SupplierContract, draft.contract_id)
    if row is None or row.establishment_id != establishment_id:
        raise Invalid({"contract_id": _NO_SUCH_CONTRACT})


def _asked_about(session: Session, numbers: Collection[int]) -> Collection[int]:
    """The accesses that a link asked a supplier or an owner about."""
    return set(session.scalars(select(AccessAnswer.access_id).where(AccessAnswer.access_id.in_(numbers))))


REGISTER: Register[RemoteAccess, AccessDraft] = Register(
    table=RemoteAccess,
    draft=AccessDraft,
    sort=RegisterSort(
        columns=COLUMNS,
        needed=("supplier", "equipment"),
        empty=AccessDraft("", ""),
        cleaned=cleaned,
        called=lambda draft: draft.name,
        key=lambda draft: (folded(draft.supplier), folded(draft.equipment)),
        most=MAX_ACCESSES,
    ),
    word="remote_access",
    named_by="supplier",
    title=Text("Accès distants", "Remote accesses"),
    words={"contract_id": Text("le contrat lié", "the contract tied to it")},
    check=_check_contract,
    written=keep_audited,
    see=Right.SEE_FINDINGS,
    manage=Right.MANAGE_TARGETS,
    undoable=True,
    held=_asked_about,
)
