"""Local repositories of a shared platform: read under the folders that its administrator names, nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from care.domain.access import Scope
from care.domain.backups import Reach, RepositoryTool
from care.domain.jobs import JobState, Lane
from care.services import audits, jobs
from care.services.backups.repositories import RepositorySecrets, add_repository
from care.services.backups.repository_plans import RepositoryDraft
from care.services.backups.roots import check_roots, outside
from care.services.errors import Invalid, Refused
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target
from care.services.work import Hold
from tests.support.audits import claimed
from tests.support.backups import plant_backups
from tests.support.people import MACHINE, Hospitals

SYSTEM = {"name": "DPI", "production": {"site": "A", "medium": "disk"}, "copies": []}
PLAN = {"version": 1, "establishment": "Vallée", "systems": [SYSTEM]}


@pytest.fixture
def shared(platform: Platform, tmp_path: Path) -> Platform:
    (tmp_path / "depots" / "vallee").mkdir(parents=True)
    (tmp_path / "ailleurs").mkdir()
    return replace(platform, settings=replace(platform.settings, repository_roots=(tmp_path / "depots",)))


def test_without_roots_any_folder_is_read(platform: Platform) -> None:
    assert outside(platform, "/etc") is None


def test_links_are_followed_and_neighbours_refused(shared: Platform, tmp_path: Path) -> None:
    (tmp_path / "depots" / "lien").symlink_to(tmp_path / "ailleurs")
    assert outside(shared, str(tmp_path / "depots")) is None
    assert outside(shared, str(tmp_path / "depots" / "vallee")) is None
    assert outside(shared, str(tmp_path / "depots" / "pas-encore-monte")) is None
    assert outside(shared, "") is None
    for elsewhere in ("ailleurs", "depots/lien/x", "depots-bis", "depots/../ailleurs"):
        assert outside(shared, str(tmp_path / elsewhere)) is not None, elsewhere


@pytest.mark.parametrize("field", ["plan", "backup_plan"])
def test_plans_of_audits_and_drills_are_checked(shared: Platform, tmp_path: Path, field: str) -> None:
    inside = {"name": "dpi", "location": str(tmp_path / "depots" / "vallee")}
    check_roots(shared, {field: {"repositories": [inside, {"name": "loin", "remote": {"kind": "s3"}}]}})
    with pytest.raises(Refused, match="“etc”"):
        check_roots(shared, {field: {"repositories": [inside, {"name": "etc", "location": "/etc"}]}})


def test_a_repository_typed_elsewhere_names_its_field(shared: Platform, hospitals: Hospitals, tmp_path: Path) -> None:
    plant_backups(shared, hospitals.valley)
    draft = RepositoryDraft("dpi", RepositoryTool.RESTIC, Reach.LOCAL, "/etc")
    with pytest.raises(Invalid) as refusal:
        add_repository(shared, MACHINE, hospitals.valley, draft, RepositorySecrets())
    assert list(refusal.value.fields) == ["path"]
    good = replace(draft, path=str(tmp_path / "depots" / "vallee"))
    assert add_repository(shared, MACHINE, hospitals.valley, good, RepositorySecrets())


def test_an_audit_never_starts_elsewhere(shared: Platform, machine: Scope, hospitals: Hospitals) -> None:
    plan = {**PLAN, "repositories": [{"name": "etc", "tool": "drop", "location": "/etc"}]}
    target = add_target(shared, machine, hospitals.valley, TargetDraft("backup", "Plan", {"plan": plan}))
    started = audits.start_audit(shared, machine, target)
    assert started is not None
    with pytest.raises(Refused, match="CARE_REPOSITORY_ROOTS"):
        audits.audit(shared, Hold(shared, claimed(shared, Lane.AUDIT)))
    assert jobs.watch(shared, machine, started.job_id).state is JobState.RUNNING  # the worker then fails it, so said
