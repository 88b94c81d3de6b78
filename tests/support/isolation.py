"""A register of isolation drills for tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from care.services.action_query import today
from care.services.backups.isolation import ISOLATIONS, IsolationDraft
from care.services.platform import Platform
from tests.support.people import MACHINE

GAP = "Le lien de la salle B n’était pas sur la procédure"


@dataclass(frozen=True)
class PlantedIsolations:
    """The numbers of drills: the last, that cut backups off; one that did not; one withdrawn."""

    good: int
    failed: int
    withdrawn: int


def plant_isolations(platform: Platform, establishment_id: int) -> PlantedIsolations:
    """The register, by its own service."""
    day = today(platform)
    good = IsolationDraft(
        day - timedelta(days=30),
        "C. Petit (RSSI), astreinte réseau",
        "Trunk du commutateur de sauvegarde, règle 12 du pare-feu",
        isolated=True,
        cut_minutes=12,
        back_minutes=45,
        gaps=f"{GAP}\nPersonne n’avait le numéro de l’astreinte",
        note="Fait **hors des sauvegardes**.",
    )
    failed = replace(good, held_on=day - timedelta(days=400), isolated=False, cut_minutes=None, gaps="", note="")
    add = ISOLATIONS.add
    numbers = [add(platform, MACHINE, establishment_id, one) for one in (good, failed, replace(good, held_on=day))]
    ISOLATIONS.close(platform, MACHINE, numbers[2], day, 1)
    return PlantedIsolations(*numbers)
