"""What an audit of backups remembers is handed to the next one, by the platform and by the command line alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from sqlalchemy import select

from care.domain.access import Scope
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target
from care.store.evidence import Evidence
from care.store.runs import Run
from scanners.archive import Archive, Manifest, read_archive, write_archive
from scanners.backup.collect import Request
from scanners.backup.facts import BackupFacts
from scanners.backup.seen import remembered
from tests.support.audits import run_audit
from tests.support.people import Hospitals
from tests.support.ports import PlannedCollect
from tests.unit.backup.specimens import HEALTHY, NOW, PLAN, REPOSITORY

REQUEST = {
    "plan": {
        "version": 1,
        "establishment": "CH de Valmont",
        "systems": [{"name": "DPI", "production": {"site": "A", "medium": "san"}}],
        "repositories": [{"name": "dpi-restic", "tool": "restic", "location": "/srv/dpi"}],
    }
}


@pytest.fixture
def target(platform: Platform, machine: Scope, hospitals: Hospitals) -> int:
    assert isinstance(platform.collect, PlannedCollect)
    platform.collect.make = collected
    return add_target(platform, machine, hospitals.valley, TargetDraft("backup", "Plan", REQUEST))


def collected(
    scanner: str, request: Mapping[str, Any], out: Path, _progress: object, _cancelled: Callable[[], bool]
) -> Archive[BackupFacts]:
    """The audit of a repository as the collector leaves it, with the memory it was handed."""
    before = TypeAdapter(Request).validate_python(request).seen.get(REPOSITORY.name)
    read = remembered(replace(REPOSITORY, memory=None), before, NOW + timedelta(hours=1))
    manifest = Manifest(scanner, 1, PLAN.establishment, NOW.isoformat(), NOW.isoformat(), "care test")
    write_archive(out, manifest, replace(HEALTHY, repositories=(read,)))
    return read_archive(out)


def handed(platform: Platform, call: int) -> Mapping[str, Any]:
    assert isinstance(platform.collect, PlannedCollect)
    seen: Mapping[str, Any] = platform.collect.calls[call][1]["seen"]
    return seen


def test_the_memory_of_an_audit_is_handed_to_the_next(platform: Platform, machine: Scope, target: int) -> None:
    run_audit(platform, machine, target)
    run_audit(platform, machine, target)
    assert handed(platform, 0) == {}
    memory = handed(platform, 1)["dpi-restic"]
    assert memory["identity"] == "d496"
    assert len(memory["snapshots"]) == len(REPOSITORY.snapshots)
    assert memory["snapshots"][0]["first_seen"]


def test_an_archive_that_is_lost_does_not_erase_the_memory(platform: Platform, machine: Scope, target: int) -> None:
    run_audit(platform, machine, target)
    second = run_audit(platform, machine, target)
    with platform.database.read() as session:
        kept = select(Evidence.sha256).join(Run, Run.facts_id == Evidence.id).where(Run.id == second.run_id)
        archive = platform.evidence.path(str(session.scalar(kept)))
    archive.chmod(0o600)
    archive.write_bytes(b"lost")
    run_audit(platform, machine, target)
    assert handed(platform, 2)["dpi-restic"]["identity"] == "d496"
