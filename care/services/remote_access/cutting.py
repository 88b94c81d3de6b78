"""Cutting remote accesses in an emergency: who cuts each that is open and how, and what is known of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.remote_access import TECHNOLOGIES, rank_of, review_key
from care.services.audit_report import DocumentError
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.remote_access.handing import open_accesses
from care.services.scanning import REGISTER_SCANNER, of_register_alone
from care.services.trail import Thing, record
from care.store.remote_access import RemoteAccess
from care.store.runs import RuleOutcome, Run, latest_of_each_target
from care.store.targets import Target
from reports.crisis_model import CrisisPack, CutLine
from reports.crisis_pack import Sheet, render_sheets
from reports.errors import ReportError
from reports.words import Lang as ReportLang
from reports.words import day
from scanners.model import Lang, Scalar, Status, Text

_COMPARED = "remote_access.unregistered_account"
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


def cuts_note(platform: Platform, session: Session, establishment_id: int, lang: Lang) -> str:
    """What the list leaves out, as far as audits compared the accounts of bastions with the register."""
    rows = open_accesses(session, establishment_id)
    said = [_of_register(rows) if rows else _NOTHING, *(_of_bastions(platform, session, establishment_id))]
    return " ".join(one.render(lang) for one in said)


def print_cuts(platform: Platform, scope: Scope, establishment_id: int) -> bytes:
    """The list of cuts to print, in black and white; the trail keeps who took it."""
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        lines = cut_lines(session, place.id, scope.lang)
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
    last = latest_of_each_target(
        Run.recorded_at.is_not(None),
        Run.establishment_id == establishment_id,
        Target.archived_at.is_(None),
        Target.scanner == REGISTER_SCANNER,
        ~of_register_alone(),
    )
    rows = session.execute(
        select(Target.name, Run, RuleOutcome)
        .join(Target, Target.id == Run.target_id)
        .join(RuleOutcome, (RuleOutcome.run_id == Run.id) & (RuleOutcome.rule == _COMPARED))
        .where(Run.id.in_(last))
        .order_by(Target.name)
    ).all()
    zone = ZoneInfo(platform.settings.timezone)
    for name, run, outcome in rows:
        at = (run.collected_to or run.recorded_at or run.asked_at).astimezone(zone).date()
        yield _of_bastion(name, Text(day(at, "fr"), day(at, "en")), outcome)
    if not rows:
        yield _NO_BASTION


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
