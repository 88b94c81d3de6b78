"""The large directory of `make soak`, small: every object read, every rule run, beside `ldapsearch`."""

from __future__ import annotations

import pytest

from bench import ad_collect, soak_directory


@pytest.mark.lab
def test_a_directory_grown_offline_is_audited_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ad_collect, "GATE", float("inf"))  # figures are for the bench, not for the suite
    soaked = soak_directory.run(objects=5000, runs=1)
    assert soaked.faults == ()
    (said,) = [line for line in soaked.table if "objects, 1 runs" in line]
    assert int(said.split(" ")[0]) >= 5000
