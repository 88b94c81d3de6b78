"""Cutting remote accesses in an emergency: who cuts each that is open and how, and what is known of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.findings import State
from care.domain.remote_access import TECHNOLOGIES, rank_of, review_key
from care.services.audit_report import DocumentError
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.remote_access.handing import open_accesses
from care.services.scanning import REGISTER_SCANNER, of_register_alone
from care.services.trail import Thing, record
from care.store.findings import FindingRow
from care.store.remote_access import RemoteAccess
from care.store.runs import RuleOutcome, Run, latest_of_each_target
from care.store.targets import Target
from reports.crisis_model import CrisisPack, CutLine
from reports.crisis_pack import Sheet, render_sheets
from reports.errors import ReportError
from reports.words import Lang as ReportLang
from reports.words import day
from scanners.model import Lang, Scalar, Status, Text

_COMPARED, _LISTED = "remote_access.unregistered_account", "remote_access.listed_unregistered"
_OVER = "remote_access.listed_to_close"
_OUTSIDE: Mapping[str, Text] = {
    _OVER: Text("compte ouvert d’un accès clos ou à fermer", "open account of an access ended or to be closed"),
    _LISTED: Text("compte VPN hors du registre", "VPN account outside the register"),
    _COMPARED: Text("compte de bastion hors du registre", "bastion account outside the register"),
}
"""Rules that find accounts which no line of the register cuts, in the order in which they are printed."""
MOST_OUTSIDE = 40
"""Of these accounts on the list: it is worked through by hand; more are counted in its note."""
_NO_OWNER = Text("fournisseur inconnu", "unknown supplier")
_SHUT = Text(
    "désactiver le compte sur le VPN, le pare-feu ou le bastion", "disable the account on the VPN, firewall or bastion"
)
_NO_LIST = Text(
    "Aucune liste des comptes du VPN n’a été comparée au registre : des comptes peuvent manquer.",
    "No list of the accounts of the VPN was compared with the register: accounts may be missing.",
)
_TO_NAME = Text("personne désignée : à nommer", "nobody named: to be appointed")
_NOTHING = Text(
    "Aucun accès n’est inscrit au registre des accès distants : cette liste ne contient que les fournisseurs des "
    "ressources.",
    "No access is written in the register of remote accesses: this list only holds the suppliers of resources.",
)
_NO_BASTION = Text(
    "Aucun bastion n’a été audité : des accès peuvent manquer à cette liste.",
    "No bastion was audited: accesses may be missing from this list.",
)


def cut_lines(session: Session, establishment_id: int, lang: Lang) -> tuple[CutLine, ...]:
    """The open accesses, the one to cut first on top; who asks was checked before."""
    return tuple(_line(row, lang) for row in sorted(open_accesses(session, establishment_id), key=_order))


def outside_lines(session: Session, establishment_id: int, lang: Lang) -> tuple[CutLine, ...]:
    """The accounts that audits saw and that no line of the register cuts; who asks was checked before."""
    return tuple(_outside(row, lang) for row in _outside_rows(session, establishment_id)[:MOST_OUTSIDE])


def _outside_rows(session: Session, establishment_id: int) -> Sequence[FindingRow]:
    """What is still seen of them, whatever was decided of it: an accepted account opens all the same."""
    query = select(FindingRow).where(
        FindingRow.establishment_id == establishment_id,
        FindingRow.rule.in_(list(_OUTSIDE)),
        FindingRow.state.in_((State.OPEN, State.ACCEPTED, State.POSTPONED)),
    )
    order = list(_OUTSIDE)
    return sorted(session.scalars(query), key=lambda row: (order.index(row.rule), row.subject))


def _outside(row: FindingRow, lang: Lang) -> CutLine:
    place, _slash, account = row.subject.rpartition("/")
    supplier = str(row.evidence.get("supplier") or "") or _NO_OWNER.render(lang)
    said = (_OUTSIDE[row.rule].render(lang), account, "" if place == "vpn" else place)
    return CutLine(supplier, " · ".join(filter(None, said)), _SHUT.render(lang), _TO_NAME.render(lang), lost=True)


def cuts_note(platform: Platform, session: Session, establishment_id: int, lang: Lang) -> str:
    """What the list leaves out, as far as audits compared the accounts of bastions with the register."""
    rows = open_accesses(session, establishment_id)
    said = [
        _of_register(rows) if rows else _NOTHING,
        *_of_bastions(platform, session, establishment_id),
        *_of_lists(session, establishment_id),
    ]
    return " ".join(one.render(lang) for one in said)


def print_cuts(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """The list of cuts to print, in black and white; the trail keeps who took it."""
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        lines = (*cut_lines(session, place.id, scope.lang), *outside_lines(session, place.id, scope.lang))
        pack = CrisisPack(
            lang=cast("ReportLang", scope.lang),
            establishment=place.name,
            finess=place.finess,
            made_at=now.astimezone(ZoneInfo(platform.settings.timezone)),
            expires_on=None,
            cuts=lines,
            cuts_note=cuts_note(platform, session, place.id, scope.lang),
        )
        detail: dict[str, Scalar] = {"form": "pdf", "count": len(lines)}
        whole = Thing("remote_access_register", place.id, place.id)
        record(session, scope, "remote_access.exported", whole, now, detail)
    try:
        return render_sheets(pack, [Sheet.CUTS])
    except ReportError as error:
        raise DocumentError(error.fr, error.en) from error


def _order(row: RemoteAccess) -> tuple[int, date, str, str]:
    rank = rank_of(row.criticality, row.technology, second_factor=row.second_factor, on_demand=row.on_demand)
    return review_key(rank, row.reviewed_on, row.supplier, row.equipment)


def _line(row: RemoteAccess, lang: Lang) -> CutLine:
    technology = TECHNOLOGIES[row.technology].render(lang) if row.technology else ""
    said = (row.equipment, technology, row.gateway, ", ".join(row.accounts))
    return CutLine(
        row.supplier,
        " · ".join(filter(None, said)),
        row.emergency_how,
        row.emergency_contact or _TO_NAME.render(lang),
        lost=not (row.emergency_contact and row.emergency_how),
    )


def _of_register(rows: Iterable[RemoteAccess]) -> Text:
    known = list(rows)
    lost = sum(not (row.emergency_contact and row.emergency_how) for row in known)
    if not lost:
        return Text(
            f"Registre des accès distants : {len(known)} accès, tous avec une personne et un geste pour les couper.",
            f"Register of remote accesses: {len(known)}, each with somebody and a way to cut it.",
        )
    return Text(
        f"Registre des accès distants : {len(known)} accès, dont {lost} sans personne ou sans geste pour les couper.",
        f"Register of remote accesses: {len(known)}, of which {lost} without anybody or any way to cut them.",
    )


def _of_bastions(platform: Platform, session: Session, establishment_id: int) -> Iterator[Text]:
    """What each bastion compared with the register, those that no audit has told of included."""
    bastions = (
        Target.establishment_id == establishment_id,
        Target.archived_at.is_(None),
        Target.scanner == REGISTER_SCANNER,
        ~of_register_alone(),
    )
    last = latest_of_each_target(Run.recorded_at.is_not(None), *bastions)
    rows = session.execute(
        select(Run, RuleOutcome)
        .join(RuleOutcome, (RuleOutcome.run_id == Run.id) & (RuleOutcome.rule == _COMPARED))
        .where(Run.id.in_(last))
    )
    compared = {run.target_id: (run, outcome) for run, outcome in rows}
    if not compared:
        yield _NO_BASTION
        return
    zone = ZoneInfo(platform.settings.timezone)
    for number, name in session.execute(select(Target.id, Target.name).where(*bastions).order_by(Target.name)):
        if number not in compared:
            yield _not_compared(name)
            continue
        run, outcome = compared[number]
        at = (run.collected_to or run.recorded_at or run.asked_at).astimezone(zone).date()
        yield _of_bastion(name, Text(day(at, "fr"), day(at, "en")), outcome)


def _not_compared(name: str) -> Text:
    return Text(
        f"Bastion « {name} », sans audit abouti : ses comptes peuvent manquer à cette liste.",
        f"Bastion “{name}”, without an audit that ended: its accounts may be missing from this list.",
    )


def _of_lists(session: Session, establishment_id: int) -> Iterator[Text]:
    """Whether lists of accounts were compared with the register, and how many accounts found no room on the list."""
    last = latest_of_each_target(
        Run.recorded_at.is_not(None),
        Run.establishment_id == establishment_id,
        Target.archived_at.is_(None),
        Target.scanner == REGISTER_SCANNER,
    )
    told = select(RuleOutcome.id).where(
        RuleOutcome.run_id.in_(last),
        RuleOutcome.rule == _LISTED,
        RuleOutcome.status.in_((Status.PASSED, Status.FAILED)),
    )
    if session.scalar(told.limit(1)) is None:
        yield _NO_LIST
    more = len(_outside_rows(session, establishment_id)) - MOST_OUTSIDE
    if more > 0:
        yield Text(
            f"{more} autres comptes hors du registre n’ont pas trouvé place ici : voir les constats.",
            f"{more} more accounts outside the register found no room here: see the findings.",
        )


def _of_bastion(name: str, on: Text, outcome: RuleOutcome) -> Text:
    if outcome.status is Status.FAILED:
        count = outcome.findings
        return Text(
            f"Bastion « {name} », audité le {on.fr} : {count} comptes ne sont rattachés à aucun accès ; fermez-les "
            "aussi.",
            f"Bastion “{name}”, audited on {on.en}: {count} accounts are tied to no access; close them as well.",
        )
    if outcome.status is Status.PASSED:
        return Text(
            f"Bastion « {name} », audité le {on.fr} : tous ses comptes sont au registre.",
            f"Bastion “{name}”, audited on {on.en}: all its accounts are in the register.",
        )
    return Text(
        f"Bastion « {name} », audité le {on.fr} : ses comptes n’ont pas pu être comparés au registre.",
        f"Bastion “{name}”, audited on {on.en}: its accounts could not be compared with the register.",
    )
