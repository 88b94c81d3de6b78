"""The failed sign-ins of `make soak`, fewer; and its checks, which must see what a missing brake would do."""

from __future__ import annotations

from dataclasses import replace

from bench import soak_guesses
from bench.soak_guesses import ATTACKS, MOST_ROWS, Told


def test_the_brake_bounds_every_attack_and_the_person_enters() -> None:
    soaked = soak_guesses.run(900)
    assert soaked.faults == ()
    assert [line.split("|")[2].strip() for line in soaked.table[2:]] == ["300"] * 3


def test_each_kind_of_fault_is_told() -> None:
    attack, crowd = ATTACKS[0], ATTACKS[2]
    fine = Told(hashed=40, rows=MOST_ROWS, kept_out=0, first=1.0, last=1.0)
    assert soak_guesses._faults(attack, fine, 600) == []
    assert "41 passwords hashed" in soak_guesses._faults(attack, replace(fine, hashed=41), 600)[0]
    assert soak_guesses._faults(crowd, replace(fine, hashed=600), 600) == []
    assert "rows kept" in soak_guesses._faults(crowd, replace(fine, rows=MOST_ROWS + 1), 600)[0]
    assert "kept out 2 times" in soak_guesses._faults(crowd, replace(fine, kept_out=2), 600)[0]
