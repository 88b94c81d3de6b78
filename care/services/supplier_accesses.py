"""What the registers of remote accesses say of a supplier, beside its contract: read, never changed from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.suppliers import same_supplier
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_rows import visible_row
from care.services.remote_access.handing import open_accesses
from care.store.continuity import Resource
from care.store.governance import SupplierContract

MOST = 10


@dataclass(frozen=True, slots=True)
class SupplierAccess:
    """An access of that supplier: to what, and the page that says more, from the root of the platform.

    `tied`: its line names this contract; the others only have the name of the supplier.
    """

    what: str
    address: str
    tied: bool = False


def accesses_of(platform: Platform, scope: Scope, contract_id: int) -> tuple[SupplierAccess, ...]:
    """The remote accesses tied to a contract, then those whose supplier has its name; those the reader may not see are
    not there. NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_row(session, scope, SupplierContract, contract_id)
        place = visible_establishment(session, scope, row.establishment_id)
        found: list[SupplierAccess] = []
        if scope.allows(Right.SEE_FINDINGS, place.lineage):
            found += _of_register(session, row)
        if scope.allows(Right.SEE_CONTINUITY, place.lineage):
            found += _of_resources(session, place.id, row.supplier)
    return tuple(sorted(found, key=lambda one: not one.tied)[:MOST])


def _of_register(session: Session, contract: SupplierContract) -> Iterator[SupplierAccess]:
    for row in open_accesses(session, contract.establishment_id):
        tied = row.contract_id == contract.id
        if tied or (row.contract_id is None and same_supplier(row.supplier, contract.supplier)):
            address = f"/establishments/{contract.establishment_id}/remote-accesses/{row.id}"
            yield SupplierAccess(row.equipment, address, tied)


def _of_resources(session: Session, establishment_id: int, supplier: str) -> Iterator[SupplierAccess]:
    query = select(Resource).where(
        Resource.establishment_id == establishment_id, Resource.remote_access != "", Resource.ended_on.is_(None)
    )
    for node in session.scalars(query.order_by(Resource.id)):
        if any(same_supplier(supplier, one) for one in (node.remote_access, node.contact, node.name)):
            yield SupplierAccess(node.name, f"/establishments/{establishment_id}/resources/{node.id}")
