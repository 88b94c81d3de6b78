"""What no target leads to any more: told apart since when, closed by a person only, watched again when put back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Scope
from care.domain.assets import AssetKind
from care.domain.findings import State
from care.domain.restraints import ExclusionMode
from care.services.errors import Refused
from care.services.exposure.perimeter import open_map
from care.services.exposure.reading import open_exposure
from care.services.exposure.things import AssetFilter, list_assets, open_asset
from care.services.findings import (
    FindingFilter,
    FindingView,
    confirm_gone,
    group_findings,
    list_findings,
    open_finding,
)
from care.services.platform import Platform
from care.services.restraints import ExclusionDraft, add_exclusion
from care.services.targets import archive_target
from care.store.findings import FindingRow
from scanners.exposure.facts import Exclusion, ExposureFacts, Port, Service
from scanners.model import Gap, Text
from tests.support.alerts import Audits
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.unit.exposure.specimens import facts, host

both = pytest.mark.both_databases
TELNET = Port(23, Service("telnet"))
KEPT, TAKEN_OUT = "192.0.2.1", "192.0.2.7"
RULE = "exposure.telnet_exposed"


def whole() -> ExposureFacts:
    return facts(host(KEPT, TELNET), host(TAKEN_OUT, TELNET, names=("vieux.h.test",)))


def without() -> ExposureFacts:
    """The same target, without one of its addresses."""
    return facts(host(KEPT, TELNET))


@pytest.fixture
def exposure(platform: Platform, machine: Scope, clock: FixedClock) -> Audits:
    return Audits(platform, machine, clock)


@pytest.fixture
def target(exposure: Audits, hospitals: Hospitals) -> int:
    return exposure.target(hospitals.valley)


def finding(platform: Platform, machine: Scope, address: str) -> FindingView:
    with platform.database.read() as session:
        number = session.scalars(
            select(FindingRow.id).where(FindingRow.rule == RULE, FindingRow.subject == f"{address}:23/tcp")
        ).one()
    return open_finding(platform, machine, number)


@both
def test_an_address_taken_out_of_its_target_is_told_apart_and_not_closed(
    platform: Platform, machine: Scope, hospitals: Hospitals, exposure: Audits, target: int, clock: FixedClock
) -> None:
    place, open_ones = hospitals.valley, FindingFilter(rule=RULE, states=(State.OPEN,))
    exposure.run(target, whole())
    assert list_findings(platform, machine, place, open_ones).unwatched == 0
    exposure.run(target, without())
    since = clock.now()
    exposure.run(target, without())

    left = finding(platform, machine, TAKEN_OUT)
    assert (left.line.state, left.line.unwatched_since) == (State.OPEN, since), "since the first audit without it"
    assert [(one.unwatched_at, one.archived) for one in left.sightings] == [(since, False)]
    assert finding(platform, machine, KEPT).line.unwatched_since is None
    listed = list_findings(platform, machine, place, open_ones)
    assert (listed.page.total, listed.unwatched) == (2, 1), "still counted as open, and told apart"
    assert group_findings(platform, machine, place, replace(open_ones, rule="")).unwatched >= 1
    (line,) = list_findings(platform, machine, place, replace(open_ones, unwatched=True)).page.lines
    assert (line.subject, line.unwatched_since) == (f"{TAKEN_OUT}:23/tcp", since)

    view = open_exposure(platform, machine, place)
    assert (view.counts[AssetKind.ADDRESS], view.unwatched) == (1, 3), "an address, its service and its name"
    assert view.unwatched_findings >= 1
    assert [tile.address for tile in open_map(platform, machine, place).tiles] == [KEPT]
    assert TAKEN_OUT not in {one.key for one in list_assets(platform, machine, place, AssetFilter()).lines}
    apart = list_assets(platform, machine, place, AssetFilter(unwatched=True)).lines
    assert {one.key: one.unwatched_at for one in apart} == {
        TAKEN_OUT: since, f"{TAKEN_OUT}:23/tcp": since, "vieux.h.test": since,
    }  # fmt: skip
    (address,) = (one for one in apart if one.key == TAKEN_OUT)
    thing = open_asset(platform, machine, address.id)
    assert (thing.line.gone_at, thing.line.unwatched_at) == (None, since)


@both
def test_what_is_put_back_is_watched_again_and_closes_when_it_is_mended(
    platform: Platform, machine: Scope, hospitals: Hospitals, exposure: Audits, target: int
) -> None:
    for seen in (whole(), without(), whole()):
        exposure.run(target, seen)
    assert finding(platform, machine, TAKEN_OUT).line.unwatched_since is None
    assert open_exposure(platform, machine, hospitals.valley).unwatched == 0
    exposure.run(target, without())
    exposure.run(target, facts(host(KEPT, TELNET), host(TAKEN_OUT)))
    assert finding(platform, machine, TAKEN_OUT).line.state is State.FIXED


@both
def test_an_archived_target_leaves_its_findings_open_and_says_so(
    platform: Platform, machine: Scope, hospitals: Hospitals, exposure: Audits, target: int, clock: FixedClock
) -> None:
    exposure.run(target, whole())
    kept = finding(platform, machine, KEPT)
    with pytest.raises(Refused):
        confirm_gone(platform, machine, kept.line.id, "Démonté.")
    archive_target(platform, machine, target)
    left = finding(platform, machine, KEPT)
    assert (left.line.state, left.line.unwatched_since) == (State.OPEN, clock.now())
    assert [one.archived for one in left.sightings] == [True]
    view = open_exposure(platform, machine, hospitals.valley)
    assert (dict(view.counts), view.unwatched) == ({}, 6)
    assert view.unwatched_findings == sum(view.by_severity.values())
    confirm_gone(platform, machine, left.line.id, "Démonté.")
    closed = finding(platform, machine, KEPT).line
    assert (closed.state, closed.unwatched_since) == (State.FIXED, None)


def test_what_another_target_still_leads_to_is_watched(
    platform: Platform, machine: Scope, hospitals: Hospitals, exposure: Audits, target: int
) -> None:
    other = exposure.target(hospitals.valley, "Autre périmètre")
    exposure.run(target, whole())
    exposure.run(other, whole())
    exposure.run(target, without())
    assert finding(platform, machine, TAKEN_OUT).line.unwatched_since is None
    assert open_exposure(platform, machine, hospitals.valley).unwatched == 0
    archive_target(platform, machine, other)
    assert finding(platform, machine, TAKEN_OUT).line.unwatched_since is not None


def test_an_excluded_address_and_an_audit_in_trouble_are_no_address_taken_out(
    platform: Platform, machine: Scope, hospitals: Hospitals, exposure: Audits, target: int, clock: FixedClock
) -> None:
    """An exclusion has its own page, with its end; who could not resolve a name does not know where it leads."""
    exposure.run(target, whole())
    lost = Gap("hosts", Text("Ne se résout pas.", "Does not resolve."), truncated=True, subject="vieux.h.test")
    exposure.run(target, replace(without(), gaps=(lost,)))
    assert finding(platform, machine, TAKEN_OUT).line.unwatched_since is None
    until = clock.now().date() + timedelta(days=30)
    draft = ExclusionDraft(TAKEN_OUT, ExclusionMode.NO_SCAN, "Bloc opératoire", until)
    add_exclusion(platform, machine, hospitals.valley, draft)
    spared = replace(without(), left_out=(TAKEN_OUT,), exclusions=(excluded(),), absent_names=("vieux.h.test",))
    exposure.run(target, spared)
    assert finding(platform, machine, TAKEN_OUT).line.unwatched_since is None
    assert open_exposure(platform, machine, hospitals.valley).unwatched == 0


def test_every_name_of_an_address_counts_even_those_that_its_line_does_not_show(
    platform: Platform, machine: Scope, exposure: Audits, target: int
) -> None:
    """One name of 25 could not be resolved, and it alone may still lead there: the address was not taken out."""
    names = tuple(f"n{number:02}.h.test" for number in range(25))
    exposure.run(target, facts(host(KEPT, TELNET), host(TAKEN_OUT, TELNET, names=names)))
    lost = Gap("hosts", Text("Ne se résout pas.", "Does not resolve."), truncated=True, subject=names[-1])
    exposure.run(target, replace(without(), gaps=(lost,), absent_names=names[:-1]))
    assert finding(platform, machine, TAKEN_OUT).line.unwatched_since is None
    exposure.run(target, replace(without(), gaps=(replace(lost, subject="autre.h.test"),), absent_names=names[:-1]))
    assert finding(platform, machine, TAKEN_OUT).line.unwatched_since is not None


def excluded() -> Exclusion:
    return Exclusion(TAKEN_OUT, "no_scan", "Bloc opératoire", "2026-12-31", (TAKEN_OUT,))


@both
def test_what_is_looked_at_again_under_another_perimeter_closes_too(
    platform: Platform, machine: Scope, exposure: Audits, target: int
) -> None:
    """Taken out, mended, put back as a part of a network: the target is written otherwise, the address is the same."""
    exposure.run(target, whole())
    exposure.perimeter = KEPT
    exposure.run(target, without())
    assert finding(platform, machine, TAKEN_OUT).line.state is State.OPEN
    exposure.perimeter = "192.0.2.0/28"
    exposure.run(target, facts(host(KEPT), host(TAKEN_OUT)))
    assert [finding(platform, machine, one).line.state for one in (KEPT, TAKEN_OUT)] == [State.FIXED, State.FIXED]
