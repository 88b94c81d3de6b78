"""What audits are given of the register of remote accesses, and what they leave to its own audit (ADR 0029)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.findings import Judged
from care.domain.node_names import folded
from care.domain.remote_access import TECHNOLOGIES
from care.domain.suppliers import supplier_key
from care.services.contract_clauses import clause_states
from care.services.platform import Platform
from care.services.remote_access.decided import Decided, to_carry_out
from care.services.scanning import REGISTER, REGISTER_APART
from care.store.governance import SupplierContract
from care.store.remote_access import RemoteAccess
from scanners.catalog import rules_of
from scanners.model import Facts
from scanners.remote_access.columns import COLUMNS
from scanners.remote_access.facts import CLAUSES, REGISTER_SECTION, Access, Register, RemoteAccessFacts

REGISTER_NAME = "Registre des accès distants"
CLAUSE_SET = "clausier-sante"
_LANG = "fr"
"""Facts hold the words of a register in French, as files do."""
_REQUEST: TypeAdapter[Register] = TypeAdapter(Register)


def open_accesses(session: Session, establishment_id: int) -> Sequence[RemoteAccess]:
    """The accesses of an establishment that are not closed, by number; who asks was checked before."""
    query = select(RemoteAccess).where(
        RemoteAccess.establishment_id == establishment_id, RemoteAccess.ended_on.is_(None)
    )
    return session.scalars(query.order_by(RemoteAccess.id)).all()


def by_supplier(session: Session, establishment_id: int) -> Mapping[str, list[RemoteAccess]]:
    """The open accesses of each supplier, by its key, by equipment; who asks was checked before."""
    found: dict[str, list[RemoteAccess]] = defaultdict(list)
    for row in sorted(open_accesses(session, establishment_id), key=lambda one: (one.equipment, one.id)):
        found[supplier_key(row.supplier)].append(row)
    return dict(sorted(found.items()))


def register_of(
    platform: Platform, session: Session, rows: Sequence[RemoteAccess], ended: Sequence[RemoteAccess] = ()
) -> Register:
    """Rows as rules read them: the line of each is its number; what its contract says and what its review decided come
    with it. `ended` are lines that are over, whose accounts should be too."""
    numbers = {row.contract_id for row in rows if row.contract_id is not None}
    contracts = session.scalars(select(SupplierContract).where(SupplierContract.id.in_(numbers))).all()
    names = {one.id: f"{one.supplier} – {one.subject}" for one in contracts}
    states = clause_states(platform, session, [one.id for one in contracts], CLAUSE_SET, CLAUSES)
    alike = Counter(_subject(row) for row in rows)
    decisions = to_carry_out(session, [row.id for row in rows], ZoneInfo(platform.settings.timezone))
    return Register(
        REGISTER_NAME,
        tuple(COLUMNS),
        tuple(
            _access(
                row,
                names.get(row.contract_id or 0, ""),
                states.get(row.contract_id or 0, {}),
                decisions.get(row.id),
                alone=alike[_subject(row)] == 1,
            )
            for row in rows
        ),
        tuple(
            Access(
                row.id,
                supplier=row.supplier,
                equipment=row.equipment,
                accounts=tuple(row.accounts),
                decided=row.ended_on,
            )
            for row in ended
        ),
    )


def _subject(row: RemoteAccess) -> tuple[str, str]:
    return supplier_key(row.supplier), folded(row.equipment)


def _access(
    row: RemoteAccess, contract: str, clauses: Mapping[str, str], decided: Decided | None, *, alone: bool
) -> Access:
    return Access(
        line=row.id,
        supplier=row.supplier,
        # Two accesses of one supplier to one equipment are two subjects.
        equipment=row.equipment if alone else f"{row.equipment} (n° {row.id})",
        owner=row.owner,
        purpose=row.purpose,
        technology=_technology(row),
        accounts=tuple(row.accounts),
        starts=row.starts_on,
        ends=row.ends_on,
        enabled=row.enabled,
        intervention=row.intervention,
        gateway=row.dedicated_gateway,
        second_factor=row.second_factor,
        level=row.level,
        security_plan=row.security_plan_on,
        reviewed=row.reviewed_on,
        emergency_contact=row.emergency_contact,
        trace_days=row.trace_days,
        sources=tuple(row.sources),
        contract=contract,
        clauses=clauses,
        report=row.report_clause,
        attested=row.attested_on,
        flow_reviewed=row.flow_reviewed_on,
        emergency_how=row.emergency_how,
        decision=decided.verdict.value if decided else "",
        decided=decided.on if decided else None,
    )


def _technology(row: RemoteAccess) -> str:
    """The technology, with the name of the gateway or tool: products are read in it."""
    words = TECHNOLOGIES[row.technology].render(_LANG) if row.technology else ""
    return f"{words} ({row.gateway})" if words and row.gateway else words or row.gateway


def handed_over(
    platform: Platform, session: Session, establishment_id: int, request: Mapping[str, Any], *, with_lists: bool = False
) -> dict[str, Any]:
    """What a request is given of the register: nothing while it has no open access and something else is looked at, a
    bastion (whose target may hold a file) or lists; beside lists, accesses that are over count as well."""
    rows = open_accesses(session, establishment_id)
    with_bastion = bool(request.get("bastion"))
    if with_bastion and not rows:
        return {}
    ended = _ended(session, establishment_id)
    if with_lists and not rows and (request.get("register_csv") or not ended):
        return {} if request.get("register_csv") else {"register_name": REGISTER_NAME}
    register = register_of(platform, session, rows, ended)
    return {REGISTER: _REQUEST.dump_python(register, mode="json"), REGISTER_APART: with_bastion}


def _ended(session: Session, establishment_id: int) -> Sequence[RemoteAccess]:
    """The accesses that are over: their accounts are looked for in lists."""
    query = select(RemoteAccess).where(
        RemoteAccess.establishment_id == establishment_id, RemoteAccess.ended_on.is_not(None)
    )
    return [row for row in session.scalars(query.order_by(RemoteAccess.ended_on, RemoteAccess.id)) if row.accounts]


def left_to_register(facts: Facts | None) -> dict[str, Judged]:
    """What an audit that leaves the register to its own audit says of its rules: it no longer sees their findings."""
    if not isinstance(facts, RemoteAccessFacts) or not (facts.gateway and facts.register_apart):
        return {}
    return {
        rule.id: Judged(rule.severity, conclusive=True, seen={}, aliases=rule.aliases)
        for rule in rules_of("remote_access")
        if set(rule.reads) == {REGISTER_SECTION}
    }
