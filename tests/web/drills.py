"""Restore drills of a hospital: one that proved its repository, one that failed."""

from __future__ import annotations

from care.domain.access import Scope
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target
from tests.support.people import MACHINE
from tests.unit.restore.specimens import BROKEN, HEALTHY
from tests.web.seeds import PLAN, SpecimenCollect, run_audit


def plant_drills(platform: Platform, establishment_id: int, scope: Scope = MACHINE) -> tuple[int, int]:
    """A drill made twice: proved, then failed; returns the runs."""
    collect = platform.collect
    assert isinstance(collect, SpecimenCollect)
    plan = TargetDraft("backup", "Plan des essais", {"plan": PLAN}, {"repository.dpi-restic": "secret du depot"})
    request = {"plan_of": add_target(platform, scope, establishment_id, plan), "repository": "dpi-restic"}
    target = add_target(platform, scope, establishment_id, TargetDraft("restore", "Essai du DPI", request))
    runs = []
    for facts in (HEALTHY, BROKEN):
        collect.facts["restore"] = facts
        runs.append(run_audit(platform, scope, target).run_id)
    return runs[0], runs[1]
