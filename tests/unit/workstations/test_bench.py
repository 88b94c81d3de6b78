"""The bench of reconciliation, at a small size: what it measures is what it says."""

from __future__ import annotations

from bench.workstations import floor, frames, ours, whole

MACHINES = 600


def test_both_sides_see_the_same_machines_but_for_the_renamed() -> None:
    lists = frames(MACHINES)
    park, merged = ours(lists), floor(lists)
    renamed = park.matching.by_serial
    assert renamed > 0
    assert len(park.machines) == MACHINES
    assert len(merged) == MACHINES + renamed
    assert park.matching.blank > 0


def test_the_whole_audit_reads_reconciles_and_writes() -> None:
    told = whole(MACHINES)
    assert told["machines"] == MACHINES
    assert told["seconds"] > 0
