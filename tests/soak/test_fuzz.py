"""The fuzzing of `make soak`, small and with a fixed seed, and the engine itself caught on readers that are wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import soak_fuzz
from bench.soak_entrances import entrances
from bench.soak_fuzz import Entrance, hostile, run

INPUTS = 12


@pytest.fixture(scope="module")
def doors() -> Iterator[tuple[Entrance, ...]]:
    with entrances() as opened:
        yield opened


def test_every_example_is_accepted_undamaged(doors: tuple[Entrance, ...]) -> None:
    """Otherwise the mutations would only be looking at a refusal."""
    for door in doors:
        for example in door.examples:
            door.read(example)


def test_no_hostile_input_is_a_surprise(doors: tuple[Entrance, ...]) -> None:
    soaked = run(doors, INPUTS, seed=20260301)
    assert soaked.faults == ()


def test_the_same_seed_gives_the_same_bytes(doors: tuple[Entrance, ...]) -> None:
    for door in doors:
        assert hostile(door, 3, seed=5) == hostile(door, 3, seed=5)
    assert len({hostile(doors[0], number, seed=5) for number in range(20)}) > 10


def fragile(content: bytes) -> None:
    if b"\xff" in content:
        raise KeyError("not documented")


def test_an_undocumented_exception_is_a_fault_that_says_where() -> None:
    soaked = run((Entrance("fragile", (b"\xff" * 50,), fragile),), 20, seed=1)
    (fault,) = soaked.faults
    assert "fragile, KeyError: \"'not documented'\"" in fault
    assert "seed 1" in fault


def test_a_documented_refusal_is_none() -> None:
    soaked = run((Entrance("fragile", (b"\xff" * 50,), fragile, (KeyError,)),), 20, seed=1)
    assert soaked.faults == ()


def test_a_reader_that_never_ends_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak_fuzz, "HANG_SECONDS", 0.05)

    def endless(_content: bytes) -> None:
        while True:
            pass

    soaked = run((Entrance("endless", (b"x",), endless),), 1, seed=1)
    (fault,) = soaked.faults
    assert "Hang" in fault
