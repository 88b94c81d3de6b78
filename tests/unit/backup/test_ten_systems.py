"""The command line judges a plan of ten systems as it did before the inventory: alone, without any platform."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any


def _system(number: int) -> dict[str, Any]:
    tape = {"name": "bande", "medium": "tape", "site": "B", "offline": True, "immutable": True, "lock": "worm"}
    disk = {"name": "disque", "medium": "disk", "site": "B", "immutable": number == 9, "lock": "snapshot"}
    return {
        "name": f"Application {number}",
        "production": {"site": "A", "medium": "san"},
        "copies": [disk, tape] if number else [disk],
        "pdma_hours": 24,
    }


def test_a_plan_of_ten_systems_is_judged(tmp_path: Path) -> None:
    plan = {
        "version": 1,
        "establishment": "CH de Valmont",
        "systems": [_system(number) for number in range(10)],
        "milestones": [
            {"date": "2026-01-31", "title": "Bande", "system": "Application 0"},
            {"date": "2026-01-31", "title": "Bande", "system": "Application 1"},
        ],
    }
    (tmp_path / "plan.yaml").write_text(json.dumps(plan))
    out = tmp_path / "out.json"
    command = [".venv/bin/care", "audit", "backup", "--plan", str(tmp_path / "plan.yaml"), "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    result = json.loads(out.read_text())
    named = {one["rule"]: {finding["subject"] for finding in one["findings"]} for one in result["outcomes"]}
    assert named["backup.three_two_one"] == {"Application 0"}
    assert named["backup.immutable_copy"] == {"Application 0"}
    assert named["backup.immutability_unproved"] == {"Application 9 / disque"}
    assert named["backup.milestone_late"] == {"Application 0 / Bande"}
    statuses = {one["rule"]: one["status"] for one in result["outcomes"]}
    assert statuses["backup.pdma_exceeded"] == "not_assessable"
