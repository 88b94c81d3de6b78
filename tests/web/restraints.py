"""What holds audits back in a hospital: one exclusion of each mode, quiet hours, a freeze to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from care.domain.restraints import ExclusionMode
from care.services.platform import Platform
from care.services.restraints import ExclusionDraft, FreezeDraft, QuietDraft, add_exclusion, add_freeze, add_quiet
from tests.support.people import MACHINE


@dataclass(frozen=True)
class Planted:
    """The numbers of what was planted."""

    exclusion: int
    quiet: int
    freeze: int


def plant_restraints(platform: Platform, establishment_id: int) -> Planted:
    """Plant them."""
    day = platform.clock.now().date()
    spared = ExclusionDraft("203.0.113.200", ExclusionMode.NO_SCAN, "Moniteur ancien", day + timedelta(days=30))
    silent = ExclusionDraft("leurre.hopital.fr", ExclusionMode.NO_REPORT, "Leurre du SOC", day + timedelta(days=90))
    exclusion = add_exclusion(platform, MACHINE, establishment_id, spared)
    add_exclusion(platform, MACHINE, establishment_id, silent)
    quiet = QuietDraft(frozenset({5}), "09:00-09:30", "Maintenance du fournisseur")
    freeze = FreezeDraft(day + timedelta(days=60), day + timedelta(days=62), "Bascule du dossier patient")
    return Planted(
        exclusion,
        add_quiet(platform, MACHINE, establishment_id, quiet),
        add_freeze(platform, MACHINE, establishment_id, freeze),
    )
