"""Shares of machines, in all and by place: what is not known is never covered, what no list tells is not measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scanners.workstations.coverage import Means, Share, by_place, in_no_tool, measures, only_in, share_of, times_listed
from scanners.workstations.facts import NEVER, NO, UNKNOWN, YES, WorkstationFacts
from tests.unit.workstations.specimens import (
    BACKGROUND,
    HEALTHY,
    NO_ANTIVIRUS,
    NOT_LISTED,
    SERVER,
    SYSTEMS,
    TODAY,
    WINDOWS_7,
    machines,
)


def park(**rows: dict[str, Any]) -> WorkstationFacts:
    return WorkstationFacts(replace(BACKGROUND, sites=("Nord", "Sud"), services=("Bloc", "Urgences")), machines(**rows))


def share(facts: WorkstationFacts, means: Means) -> Share:
    measure = measures(facts)[means]
    assert measure is not None
    return share_of(measure)


def test_a_healthy_park_is_covered() -> None:
    for means, measure in measures(HEALTHY).items():
        assert measure is not None
        told = share_of(measure)
        assert told.covered == told.total > 0, means


@pytest.mark.parametrize(
    ("means", "row", "covered", "unknown"),
    [
        (Means.EDR, {"edr": False}, 0, 0),
        (Means.ANTIVIRUS, NO_ANTIVIRUS, 0, 0),
        (Means.ANTIVIRUS, {"protected": NO}, 0, 0),
        (Means.ANTIVIRUS, {"protected": UNKNOWN}, 1, 0),
        (Means.PATCHES, {"patched": TODAY - 31}, 0, 0),
        (Means.PATCHES, {"patched": NEVER}, 0, 1),
        (Means.PATCHES, {"patched": NEVER, "compliant": YES}, 1, 0),
        (Means.PATCHES, {"patched": TODAY - 31, "compliant": YES}, 0, 0),
        (Means.PATCHES, {"patched": NEVER, "compliant": NO}, 0, 0),
        (Means.LAPS, {"laps_expires": NEVER}, 0, 0),
        (Means.LAPS, {"laps_expires": TODAY - 31}, 0, 0),
        (Means.LAPS, {"laps_expires": TODAY - 30}, 1, 0),
        (Means.ENCRYPTION, {"laptop": YES}, 0, 1),
        (Means.ENCRYPTION, {"laptop": YES, "encrypted": NO}, 0, 0),
        (Means.ENCRYPTION, {"laptop": YES, "encrypted": YES}, 1, 0),
        (Means.SUPPORT, {"system": SYSTEMS.index(WINDOWS_7)}, 0, 0),
    ],
)
def test_one_machine(means: Means, row: dict[str, Any], covered: int, unknown: int) -> None:
    assert share(park(PC_1=row), means) == Share(covered, 1, unknown)


def test_a_system_that_the_table_does_not_know_is_not_supported() -> None:
    assert share(park(PC_1={}, PC_2={"system": -1}), Means.SUPPORT) == Share(1, 2, 1)


def test_who_is_expected_to_have_what() -> None:
    facts = park(
        DC_1={**SERVER, "controller": True, "laps_expires": NEVER},
        PC_1={},
        AGENT={**NOT_LISTED, "edr": True},
        PARTI={**NOT_LISTED, "directory": True, "last_logon": TODAY - 91},
    )
    assert share(facts, Means.EDR).total == 2
    assert share(facts, Means.LAPS).total == 1
    assert share(facts, Means.PATCHES).total == 3
    assert share(facts, Means.ENCRYPTION) == Share(0, 0, 0)
    assert share(facts, Means.ENCRYPTION).percent is None


@pytest.mark.parametrize(
    ("gone", "untold"),
    [
        ("edr", {Means.EDR}),
        ("antivirus", {Means.ANTIVIRUS}),
        ("directory", {Means.LAPS}),
        ("inventory", {Means.ENCRYPTION}),
        ("patches", set()),
    ],
)
def test_what_no_list_tells_is_not_measured(gone: str, untold: set[Means]) -> None:
    sources = tuple(source for source in BACKGROUND.sources if source.kind != gone)
    facts = WorkstationFacts(replace(BACKGROUND, sources=sources), HEALTHY.machines)
    assert {means for means, measure in measures(facts).items() if measure is None} == untold


def test_machines_of_one_list() -> None:
    facts = park(
        PC_1={}, PC_2={**NOT_LISTED, "patches": True}, PC_3={**NOT_LISTED, "directory": True, "enabled": False}
    )
    assert times_listed(facts).tolist() == [5, 1, 1]
    assert facts.machines.names(only_in(facts, "patches")) == ["PC-2"]
    assert facts.machines.names(only_in(facts, "directory")) == []


@pytest.mark.parametrize(
    ("row", "bare", "alone"),
    [
        ({}, 0, 0),
        ({**NOT_LISTED, "directory": True}, 1, 1),
        ({**NOT_LISTED, "directory": True, "inventory": True}, 1, 0),
        ({**NOT_LISTED, "edr": True}, 0, 1),
        ({**NOT_LISTED, "inventory": True, "patches": True}, 0, 0),
        ({**NOT_LISTED, "directory": True, "enabled": False}, 0, 0),
    ],
)
def test_machines_of_no_tool_and_of_one_list_are_counted_by_place(row: dict[str, Any], bare: int, alone: int) -> None:
    facts = park(PC_1={**row, "site": 1}, PC_2={"site": 0})
    told = {one.place: (one.bare, one.alone) for one in by_place(facts, "site")}
    assert told.get("Sud", (0, 0)) == (bare, alone)
    assert told["Nord"] == (0, 0)


def test_without_any_tool_no_machine_is_said_to_be_in_none() -> None:
    sources = tuple(one for one in BACKGROUND.sources if one.kind in ("directory", "inventory"))
    facts = WorkstationFacts(replace(BACKGROUND, sources=sources), machines(PC_1={**NOT_LISTED, "directory": True}))
    assert not in_no_tool(facts).any()


def test_shares_by_place_add_up_to_the_whole() -> None:
    facts = park(
        PC_1={"site": 0, "service": 1},
        PC_2={"site": 1, "service": 1, "edr": False},
        PC_3={"site": 1, "service": -1},
        PC_4={"site": -1, "service": 0, "edr": False},
        PC_5={**NOT_LISTED, "site": 0},
    )
    sites = {one.place: one for one in by_place(facts, "site")}
    assert {place: one.machines for place, one in sites.items()} == {"Nord": 1, "Sud": 2, "": 1}
    assert sites["Sud"].shares[Means.EDR] == Share(1, 2, 0)
    for what in ("site", "service"):
        told = [one.shares[Means.EDR] for one in by_place(facts, what)]
        whole = share(facts, Means.EDR)
        assert sum(one.covered for one in told if one) == whole.covered
        assert sum(one.total for one in told if one) == whole.total
