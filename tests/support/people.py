"""A small region with its people, for the tests of services and pages.

Two hospitals of one GHT (Vallée and Colline), one of another region (Lointain).
"""

from __future__ import annotations

from dataclasses import dataclass

from care.domain.access import Grant, Level, Place, Role, Scope, machine_scope
from care.services.platform import Platform
from care.services.registry import (
    EstablishmentDraft,
    GhtDraft,
    LegalEntityDraft,
    create_establishment,
    create_ght,
    create_legal_entity,
    list_regions,
)
from tools.finess import valid_finess as valid_finess

MACHINE = machine_scope("tests")


@dataclass(frozen=True)
class Hospitals:
    region: int
    other_region: int
    ght: int
    valley_entity: int
    hill_entity: int
    far_entity: int
    valley: int
    hill: int
    far: int


def plant_hospitals(platform: Platform) -> Hospitals:
    codes = {region.code: region.id for region in list_regions(platform, MACHINE)}
    region, other = codes["84"], codes["53"]
    ght = create_ght(platform, MACHINE, GhtDraft("GHT des Deux Rives", region)).id

    def entity(start: str, name: str, where: int, group: int | None) -> int:
        return create_legal_entity(platform, MACHINE, LegalEntityDraft(valid_finess(start), name, where, group)).id

    def site(start: str, name: str, above: int) -> int:
        return create_establishment(platform, MACHINE, EstablishmentDraft(valid_finess(start), name, above)).id

    valley = entity("01000001", "CH de la Vallée", region, ght)
    hill = entity("01000002", "CH de la Colline", region, ght)
    far = entity("35000001", "CH du Lointain", other, None)
    return Hospitals(
        region,
        other,
        ght,
        valley,
        hill,
        far,
        site("01000003", "Hôpital de la Vallée", valley),
        site("01000004", "Hôpital de la Colline", hill),
        site("35000002", "Hôpital du Lointain", far),
    )


def person(role: Role, level: Level = Level.PLATFORM, number: int = 0, account_id: int | None = None) -> Scope:
    """Someone with one role on one place."""
    grant = Grant(role, Place(level, number))
    return Scope(actor=f"{role}-{level}", lang="fr", grants=frozenset({grant}), account_id=account_id)
