"""An inventory of backups for tests: one system in order, one at fault, one barely known, one that is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from care.domain.backups import Lock, Medium, RestoreOutcome
from care.domain.durations import DAY, HOUR
from care.services.action_query import today
from care.services.backups.inventory import COPIES, STEPS, SYSTEMS, CopyDraft, StepDraft, SystemDraft
from care.services.platform import Platform
from tests.support.people import MACHINE


@dataclass(frozen=True)
class PlantedBackups:
    """The numbers of systems: in order, at fault, barely known, over; of a copy of the first and of a late step."""

    good: int
    bad: int
    unknown: int
    over: int
    disk: int
    late: int


def plant_backups(platform: Platform, establishment_id: int) -> PlantedBackups:
    """The inventory, by its own services."""
    day = today(platform)
    good = SystemDraft(
        "DPI", "Bâtiment A", Medium.SAN, critical=True, scope="Base et documents", confidentiality="données de santé",
        pdma_minutes=DAY, dmard_minutes=8 * HOUR, retention_days=30, data_gb=350,
        tested_on=day - timedelta(days=90), test_outcome=RestoreOutcome.SUCCESS, test_minutes=6 * HOUR,
    )  # fmt: skip
    bad = SystemDraft(
        "Laboratoire", "Bâtiment A", Medium.NAS, critical=True, pdma_minutes=12 * HOUR,
        test_outcome=RestoreOutcome.NEVER, note="À reprendre avec l’**éditeur**.",
    )  # fmt: skip
    numbers = [
        SYSTEMS.add(platform, MACHINE, establishment_id, draft)
        for draft in (
            good,
            bad,
            SystemDraft("Paie", "Bâtiment C", Medium.DISK),
            SystemDraft("Ancien PACS", "A", Medium.NAS),
        )
    ]
    disk = COPIES.add(
        platform,
        MACHINE,
        establishment_id,
        CopyDraft(
            numbers[0],
            "disque",
            "Bâtiment B",
            Medium.DISK,
            encrypted=True,
            tool="restic",
            schedule="chaque nuit à 22 h",
            interval_minutes=DAY,
            retention_days=30,
            authentication="local",
            repository="dpi-restic",
            host="srv-dpi",
        ),
    )
    for draft in (
        CopyDraft(
            numbers[0],
            "bande",
            "Bâtiment C",
            Medium.TAPE,
            offline=True,
            immutable=True,
            lock=Lock.WORM,
            encrypted=True,
            interval_minutes=7 * DAY,
            authentication="local",
            last_success_on=day - timedelta(days=3),
        ),
        CopyDraft(numbers[1], "cliché", "Bâtiment A", Medium.NAS, immutable=True, lock=Lock.SNAPSHOT),
    ):
        COPIES.add(platform, MACHINE, establishment_id, draft)
    steps = [
        STEPS.add(platform, MACHINE, establishment_id, draft)
        for draft in (
            StepDraft("Copie hors site du laboratoire", day - timedelta(days=20), numbers[1], "Mme Diallo"),
            StepDraft("Bande pour tous", day + timedelta(days=60)),
        )
    ]
    SYSTEMS.close(platform, MACHINE, numbers[3], day, 1)
    return PlantedBackups(*numbers, disk, steps[0])
