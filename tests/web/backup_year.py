"""A hospital whose backups were audited for a year: one system in order, and months that were not."""

from __future__ import annotations

from datetime import timedelta

from care.services.action_query import today
from care.services.backups.handing import inventory_of
from care.services.backups.targets import reading_target
from care.services.platform import Platform
from care.store.backups import BackupBreach, BackupReading
from scanners.backup.facts import BackupFacts
from tests.support.backups import PlantedBackups, plant_backups, repository
from tests.support.people import MACHINE
from tests.web.seeds import SpecimenCollect, run_audit


def plant_backup_year(platform: Platform, establishment_id: int) -> PlantedBackups:
    """The inventory, an audit of it today, and what fourteen before it said, a month apart: two saw a PDMA exceeded."""
    planted, now, collect = plant_backups(platform, establishment_id), platform.clock.now(), platform.collect
    assert isinstance(collect, SpecimenCollect)
    with platform.database.read() as session:
        plan = inventory_of(session, establishment_id, today(platform)).plan()
        target = reading_target(session, establishment_id)
        assert target is not None
        number = target.id
    kept = collect.facts["backup"]
    collect.facts["backup"] = BackupFacts(plan, (repository(now),), None, now)
    run = run_audit(platform, MACHINE, number).run_id
    collect.facts["backup"] = kept
    with platform.database.write() as session:
        for rank in range(1, 15):
            at = now - timedelta(days=30 * rank)
            last = at - timedelta(days=3 if rank in (2, 7) else 0, hours=9)
            for system, whole in ((planted.good, rank < 9), (planted.bad, False), (planted.unknown, False)):
                measured = system == planted.good
                session.add(
                    BackupReading(
                        establishment_id=establishment_id, system_id=system, run_id=run, read_at=at, measured=measured,
                        last_good_at=last if measured else None, pdma_minutes=24 * 60, met=5 if whole else 3,
                    )
                )  # fmt: skip
            if rank in (2, 7):
                session.add(
                    BackupBreach(
                        establishment_id=establishment_id, system_id=planted.good, pdma_minutes=24 * 60,
                        last_good_at=last, began_at=at, ended_at=at + timedelta(days=1),
                    )
                )  # fmt: skip
    return planted
