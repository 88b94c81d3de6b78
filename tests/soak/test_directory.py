"""The large directory of `make soak`, small: every object read, every rule run, beside `ldapsearch`."""

from __future__ import annotations

import pytest

from bench import ad_collect, soak_directory


@pytest.mark.lab
def test_a_directory_grown_offline_is_audited_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    for gate in ("GATE", "MOST_CPU_SECONDS", "MOST_MB"):  # figures are for the bench, not for the suite
        monkeypatch.setattr(ad_collect, gate, float("inf"))
    soaked = soak_directory.run(objects=5000, runs=1)
    assert soaked.faults == ()
    (said,) = [line for line in soaked.table if "objects read in" in line]
    assert int(said.split(" ")[0]) >= 5000
