"""The load of `make soak`, small: readers on a real server; no error, and no figure asserted."""

from __future__ import annotations

from bench.soak_load import run


def test_several_readers_meet_no_error() -> None:
    soaked = run(clients=4, seconds=2.0, seed=7)
    assert soaked.faults == ()
    assert any("/findings" in line for line in soaked.table)
