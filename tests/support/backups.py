"""An inventory of backups for tests: one system in order, one at fault, one barely known, one that is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from care.domain.backups import Lock, Medium, RepositoryTool, RestoreOutcome
from care.domain.durations import DAY, HOUR
from care.services.action_query import today
from care.services.backups.inventory import COPIES, STEPS, SYSTEMS, CopyDraft, StepDraft, SystemDraft
from care.services.backups.job_ties import JOB_TIES, TieDraft
from care.services.backups.repositories import RepositorySecrets, add_repository
from care.services.backups.repository_plans import RepositoryDraft
from care.services.backups.targets import reading_target
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target
from scanners.archive import Archive, Manifest, read_archive, write_archive
from scanners.backup.facts import BackupFacts, Repository
from scanners.backup.jobs import History
from scanners.backup.plan import parse_plan
from tests.support.audits import run_audit
from tests.support.clock import FixedClock
from tests.support.people import MACHINE
from tests.support.ports import PlannedCollect
from tests.unit.backup.specimens import REPOSITORY, nightly


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


class BackupAudits:
    """Backup audits of the inventory whose repositories the test decides; the plan is the one handed over."""

    def __init__(self, platform: Platform, clock: FixedClock) -> None:
        self._platform, self._clock = platform, clock
        self._repositories: tuple[Repository, ...] = ()
        self.history: History | None = None
        assert isinstance(platform.collect, PlannedCollect)
        platform.collect.make = self._collect

    def target(self, establishment_id: int) -> int:
        """The target that the first system made, told of one repository."""
        with self._platform.database.write() as session:
            target = reading_target(session, establishment_id)
            assert target is not None
            repositories = [{"name": "dpi-restic", "tool": "restic", "location": "/srv/dpi"}]
            target.request = {**target.request, "plan": {"repositories": repositories}}
            return target.id

    def run(self, target_id: int, *repositories: Repository, hours: float = 1) -> int:
        """An audit made some hours later, that reads these repositories."""
        self._repositories = repositories
        self._clock.forward(hours=hours)
        return run_audit(self._platform, MACHINE, target_id).run_id

    def _collect(
        self, scanner: str, request: Mapping[str, Any], out: Path, _progress: object, _cancelled: object
    ) -> Archive[Any]:
        at = self._clock.now()
        plan = parse_plan(request["plan"], "plan")
        facts = BackupFacts(plan, self._repositories, None, at, history=self.history)
        write_archive(out, Manifest(scanner, 1, "Hôpital", at.isoformat(), at.isoformat(), "tests"), facts)
        return read_archive(out)


def repository(at: datetime, hours: float = 4, **changes: Any) -> Repository:
    """The repository of the DPI, whose newest point was made some hours before `at`."""
    points = nightly("srv-dpi", at - timedelta(hours=hours))
    return replace(REPOSITORY, **{"name": "dpi-restic", "snapshots": points, **changes})


def plant_repository(platform: Platform, establishment_id: int, name: str = "exports") -> int:
    """A repository of the inventory that needs no secret."""
    draft = RepositoryDraft(name, RepositoryTool.DROP, path="/srv/exports", note="Déposés par l’**éditeur**.")
    return add_repository(platform, MACHINE, establishment_id, draft, RepositorySecrets())


def plant_tie(platform: Platform, establishment_id: int, system_id: int, name: str = "VM-DPI-*") -> int:
    """A name of jobs tied to a system."""
    return JOB_TIES.add(platform, MACHINE, establishment_id, TieDraft(name, system_id))


def plant_plan(
    platform: Platform,
    establishment_id: int,
    name: str = "Plan en YAML",
    *,
    also: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> int:
    """A target that has a plan of its own: one system that the inventory does not know; `also` are more fields of the
    plan, its repositories beside the one there."""
    plan: dict[str, Any] = {
        "version": 1,
        "establishment": "Hôpital",
        "repositories": [{"name": "pacs", "tool": "borg", "location": "/srv/pacs"}],
        "milestones": [{"date": "2026-12-31", "title": "Bande hors site", "system": "PACS"}],
        "answers": {"keys_apart": {"value": True}},
        "systems": [
            {
                "name": "PACS",
                "pdma_hours": 24,
                "dmard_hours": 0.5,
                "production": {"site": "Bâtiment A", "medium": "nas"},
                "copies": [{"name": "borg", "medium": "disk", "site": "B", "repository": "pacs", "interval_hours": 24}],
                "last_restore_test": {"date": "2026-01-10", "success": False, "duration_hours": 3},
            }
        ],
    }
    more = dict(also or {})
    plan = {**plan, **more, "repositories": [*plan["repositories"], *more.get("repositories", [])]}
    if name != "Plan en YAML":
        plan["systems"] = [{**plan["systems"][0], "name": name}]
        plan["milestones"] = []
    draft = TargetDraft("backup", name, {"plan": plan}, {"repository.pacs": "secret", **(secrets or {})})
    return add_target(platform, MACHINE, establishment_id, draft)
