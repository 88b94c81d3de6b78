"""One weakness over many establishments: one line, counted among those the reader sees and no others."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from care.domain.access import PLATFORM, Grant, Level, Place, Role, Scope
from care.domain.findings import State, Verdict
from care.domain.node_names import folded
from care.services import findings, weaknesses
from care.services.errors import Forbidden, NotFound
from care.services.findings import DecisionDraft, FindingFilter
from care.services.platform import Platform
from care.services.weaknesses import WeaknessFilter, WeaknessSort
from care.store.imports import ReportedRule
from scanners.catalog import all_rules
from scanners.model import Severity
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.queries import counted
from tests.support.recordings import Seen, plant_targets, record_run

both = pytest.mark.both_databases
KNOWN = min(all_rules())
OTHER = "ad.imported_one"


@pytest.fixture
def region(platform: Platform, machine: Scope, hospitals: Hospitals) -> Hospitals:
    """A weakness in the three hospitals, another in one of the GHT."""
    seen = {
        hospitals.valley: Seen(0, {KNOWN: ["a", "b", "c"], OTHER: ["x"]}),
        hospitals.hill: Seen(1, {KNOWN: ["a"]}, severity=Severity.CRITICAL),
        hospitals.far: Seen(2, {KNOWN: ["a", "b"]}, severity=Severity.LOW),
    }
    for establishment, run in seen.items():
        target = plant_targets(platform, machine, establishment, ["Annuaire"])["Annuaire"]
        record_run(platform, establishment, target, run)
    return hospitals


def lines(platform: Platform, scope: Scope, place: Place = PLATFORM, **wanted: object) -> list[tuple[str, int, int]]:
    found = weaknesses.list_weaknesses(platform, scope, place, WeaknessFilter(**wanted))  # type: ignore[arg-type]
    return [(one.rule, one.establishments, one.findings) for one in found.page.lines]


@both
def test_a_weakness_of_many_sites_is_one_line(platform: Platform, machine: Scope, region: Hospitals) -> None:
    assert lines(platform, machine) == [(KNOWN, 3, 6), (OTHER, 1, 1)]
    ght = person(Role.CISO, Level.GHT, region.ght)
    assert lines(platform, ght) == [(KNOWN, 2, 4), (OTHER, 1, 1)]
    assert lines(platform, machine, Place(Level.GHT, region.ght)) == [(KNOWN, 2, 4), (OTHER, 1, 1)]
    assert lines(platform, machine, Place(Level.LEGAL_ENTITY, region.hill_entity)) == [(KNOWN, 1, 1)]
    assert lines(platform, machine, Place(Level.REGION, region.other_region)) == [(KNOWN, 1, 2)]
    found = weaknesses.list_weaknesses(platform, ght, PLATFORM, WeaknessFilter())
    assert (found.place.establishments, found.findings) == (2, 5)
    assert found.by_severity[Severity.CRITICAL] == 1
    assert found.page.lines[0].severity is Severity.CRITICAL


@both
def test_filters_sorts_and_pages(platform: Platform, machine: Scope, region: Hospitals) -> None:
    assert lines(platform, machine, shared=True) == [(KNOWN, 3, 6)]
    assert lines(platform, machine, severity=Severity.HIGH) == [(OTHER, 1, 1)]
    assert lines(platform, machine, words="IMPORTED_one") == [(OTHER, 1, 1)]
    assert lines(platform, machine, words=all_rules()[KNOWN].title.fr) == [(KNOWN, 3, 6)]
    assert lines(platform, machine, words=folded(all_rules()[KNOWN].title.fr)) == [(KNOWN, 3, 6)]
    assert lines(platform, machine, scanner="ad") == lines(platform, machine)
    assert lines(platform, machine, scanner="a") == []
    assert lines(platform, machine, states=(State.FIXED,)) == []
    assert lines(platform, machine, per_page=1, number=2) == [(OTHER, 1, 1)]
    assert lines(platform, machine, sort=WeaknessSort.FINDINGS)[0] == (KNOWN, 3, 6)
    assert lines(platform, machine, sort=WeaknessSort.OLDEST)[0][0] == min(KNOWN, OTHER)


@both
def test_the_sites_of_a_weakness_with_what_became_of_them(
    platform: Platform, machine: Scope, region: Hospitals, clock: FixedClock
) -> None:
    target = plant_targets(platform, machine, region.hill, ["Encore"])["Encore"]
    record_run(platform, region.hill, target, Seen(3, {KNOWN: ["z"]}))
    record_run(platform, region.hill, target, Seen(4, {KNOWN: []}))
    number = findings.list_findings(platform, machine, region.valley, FindingFilter(rule=KNOWN)).page.lines[0].id
    until = clock.now() + timedelta(days=2)
    findings.decide(platform, machine, number, DecisionDraft(Verdict.ACCEPTED, "Vu.", until, "La directrice"))
    found = weaknesses.open_weakness(platform, machine, PLATFORM, KNOWN)
    sites = [(one.establishment_id, one.open, one.decided, one.fixed, one.fixed_lately) for one in found.page.lines]
    assert sites == [(region.hill, 1, 0, 1, 1), (region.valley, 2, 1, 0, 0), (region.far, 2, 0, 0, 0)]
    assert (found.open, found.decided, found.fixed) == (5, 1, 1)
    assert found.remediation == all_rules()[KNOWN].remediation.fr
    assert all(one.may_act for one in found.page.lines)

    clock.forward(days=2, seconds=1)
    again = weaknesses.open_weakness(platform, machine, PLATFORM, KNOWN)
    assert again.decided == 0  # no worker ran: the first reader sees the decision ended
    clock.forward(days=40)
    assert weaknesses.list_weaknesses(platform, machine, PLATFORM, WeaknessFilter()).page.lines[0].fixed_lately == 0


def test_strangers_learn_nothing(platform: Platform, region: Hospitals) -> None:
    far = person(Role.CISO, Level.ESTABLISHMENT, region.far)
    assert lines(platform, far) == [(KNOWN, 1, 2)]
    for place in (Place(Level.GHT, region.ght), Place(Level.REGION, region.region), Place(Level.GHT, 999)):
        with pytest.raises(NotFound):
            lines(platform, far, place)
    with pytest.raises(NotFound):
        weaknesses.open_weakness(platform, far, PLATFORM, OTHER)
    visitor = person(Role.VISITOR, Level.GHT, region.ght)
    with pytest.raises(Forbidden):
        lines(platform, visitor)
    both_places = frozenset(
        {
            Grant(Role.VISITOR, Place(Level.GHT, region.ght)),
            Grant(Role.CISO, Place(Level.ESTABLISHMENT, region.far)),
        }
    )
    mixed = Scope(actor="x", lang="fr", grants=both_places)
    assert lines(platform, mixed) == [(KNOWN, 1, 2)]
    with pytest.raises(Forbidden):
        lines(platform, mixed, Place(Level.GHT, region.ght))


def test_places_offered_are_those_that_tell_something(platform: Platform, machine: Scope, region: Hospitals) -> None:
    everything = weaknesses.list_weaknesses(platform, machine, PLATFORM, WeaknessFilter()).places
    assert [(one.place.level, one.establishments) for one in everything] == [
        (Level.PLATFORM, 3),
        (Level.REGION, 2),
        (Level.GHT, 2),
    ]
    ght = person(Role.CISO, Level.GHT, region.ght)
    only = weaknesses.list_weaknesses(platform, ght, PLATFORM, WeaknessFilter()).places
    assert [(one.name, one.establishments) for one in only] == [("Tous vos établissements", 2)]


@both
def test_a_rule_of_another_tool_has_the_words_of_its_report(
    platform: Platform, machine: Scope, region: Hospitals, clock: FixedClock
) -> None:
    with platform.database.write() as session:
        session.add(
            ReportedRule(
                establishment_id=region.valley,
                rule=OTHER,
                title_fr="Old SSL",
                title_en="",
                description_fr="",
                description_en="",
                remediation_fr="Upgrade.",
                remediation_en="",
                refs=[],
                reported_at=clock.now(),
            )
        )
    found = weaknesses.list_weaknesses(platform, machine, PLATFORM, WeaknessFilter(words="old ssl"))
    assert [one.title for one in found.page.lines] == ["Old SSL"]
    assert weaknesses.open_weakness(platform, machine, PLATFORM, OTHER).remediation == "Upgrade."


def test_the_export_is_the_list_of_the_screen(platform: Platform, machine: Scope, region: Hospitals) -> None:
    content = weaknesses.export_weaknesses(platform, machine, PLATFORM, WeaknessFilter(per_page=1))
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert [row[1:6] for row in rows[1:]] == [
        [KNOWN, "critical", "3", "3", "6"],
        [OTHER, "high", "1", "3", "1"],
    ]
    sites = weaknesses.export_weakness(platform, machine, PLATFORM, KNOWN).decode("utf-8-sig").splitlines()
    assert [line.split(";")[2] for line in sites[1:]] == ["1", "3", "2"]
    with pytest.raises(Forbidden):
        weaknesses.export_weaknesses(
            platform, person(Role.FACILITATOR, Level.GHT, region.ght), PLATFORM, WeaknessFilter()
        )


@both
def test_a_page_costs_the_same_whatever_the_size(platform: Platform, machine: Scope, region: Hospitals) -> None:
    with counted(platform.database) as listing:
        weaknesses.list_weaknesses(platform, machine, PLATFORM, WeaknessFilter())
    with counted(platform.database) as one:
        weaknesses.open_weakness(platform, machine, PLATFORM, KNOWN)
    assert max(len(listing), len(one)) <= 8
    assert not any(" finding " in said for said in [*listing[1:], *one[1:]])
