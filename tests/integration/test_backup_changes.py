"""Two audits of the same repositories, faults planted between them: each is named, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.archive import Archive
from scanners.backup.facts import BackupFacts
from scanners.backup.seen import as_asked
from scanners.collection import collect_in_child
from scanners.result import judge
from tests.integration.test_backup import failed, the
from tests.lab import backup_changes
from tests.lab.backup import tree_hash
from tests.lab.stage import require_programs

pytestmark = pytest.mark.lab
SHARE = 1 << 20
"""Bytes one check reads: each repository takes several audits to be read whole."""


def audited(folder: Path, out: Path, seen: Mapping[str, Any]) -> Archive[BackupFacts]:
    """One audit; the repositories come out of it untouched."""
    request = {"plan": backup_changes.plan(folder), "seen": seen, "check_bytes": SHARE}
    before = tree_hash(folder)
    archive = collect_in_child("backup", request, backup_changes.secrets(), out)
    assert tree_hash(folder) == before
    return archive


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive[BackupFacts], Archive[BackupFacts]]:
    require_programs({"restic": "restic"})
    folder, out = tmp_path_factory.mktemp("changes"), tmp_path_factory.mktemp("out")
    backup_changes.before(folder)
    first = audited(folder, out / "first.care", {})
    backup_changes.change(folder)
    return first, audited(folder, out / "second.care", as_asked(first.facts))


def test_each_change_is_named_and_nothing_else(both: tuple[Archive[BackupFacts], Archive[BackupFacts]]) -> None:
    found = failed(judge(both[1]))
    assert {rule: found.get(rule, set()) for rule in backup_changes.EXPECTED} == backup_changes.EXPECTED


def test_the_first_audit_accuses_nobody_of_a_change(both: tuple[Archive[BackupFacts], Archive[BackupFacts]]) -> None:
    found = failed(judge(both[0]))
    assert not any(found.get(rule) for rule in backup_changes.EXPECTED)


def test_two_audits_read_two_shares_of_the_same_turn(both: tuple[Archive[BackupFacts], Archive[BackupFacts]]) -> None:
    turns = [memory.turn for one in both if (memory := the(one.facts, "intact").memory)]
    first, second = turns
    assert first is not None
    assert second is not None
    assert first.parts == second.parts > 2
    assert len(first.done) == 1
    assert len(second.done) == 2


def test_a_turn_that_never_ends_is_named_after_a_quarter(
    both: tuple[Archive[BackupFacts], Archive[BackupFacts]],
) -> None:
    """The same facts, of a repository first met a hundred days ago."""
    facts = both[1].facts
    intact = the(facts, "intact")
    assert intact.memory is not None
    old = replace(intact.memory, since=facts.collected_at - timedelta(days=100))
    aged = replace(facts, repositories=(replace(intact, memory=old),))
    assert failed(judge(replace(both[1], facts=aged)))["integrity_turn_overdue"] == {"intact"}
