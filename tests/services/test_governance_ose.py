"""Indicators of operators of essential services: their margin both ways, what audits measure, changes to explain."""

from __future__ import annotations

from datetime import date

import pytest

from care.domain.access import Level, Place, Role
from care.services.governance.figure_files import figures_csv
from care.services.governance.figure_import import apply_import, preview_import
from care.services.governance.figure_writing import FigureDraft, set_figure
from care.services.governance.figures import IndicatorView, read_figures, read_indicator
from care.services.indicators import of_audits
from care.services.platform import Platform
from scanners.model import Status
from tests.support.measured import plant_finding, plant_run, plant_target
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
ON = date(2026, 2, 10)
CODES = ("ose_4a", "ose_4b", "ose_4c", "ose_4d", "ose_4e", "ose_4f")


def place(site: int) -> Place:
    return Place(Level.ESTABLISHMENT, site)


def one(platform: Platform, site: int, code: str) -> IndicatorView:
    return read_indicator(platform, MACHINE, place(site), code)[1]


def give(platform: Platform, site: int, month: str, *counts: str, code: str = "ose_4d", why: str = "") -> None:
    part, whole, unknown = counts
    set_figure(platform, MACHINE, site, code, FigureDraft(month, part, whole, "Inventaire", unknown, why), 0)


def test_the_six_say_their_method_and_their_margin(platform: Platform) -> None:
    known = platform.kits.governance.indicators
    assert tuple(code for code, one in known.items() if one.margin) == CODES
    for code in CODES:
        assert known[code].note is not None
        assert "règle 4" in known[code].source.fr


@both
def test_what_is_unknown_is_counted_both_ways(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2026-02", "10", "80", "20")
    latest = one(platform, hospitals.valley, "ose_4d").latest
    assert latest is not None
    assert (latest.share, latest.interval) == ("12,5\u00a0%", "de 10,0\u00a0% à 30,0\u00a0%")
    give(platform, hospitals.hill, "2026-02", "10", "80", "")
    exact = one(platform, hospitals.hill, "ose_4d").latest
    assert exact is not None
    assert exact.interval == ""


def test_nothing_known_at_all_is_between_nothing_and_everything(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2026-02", "0", "0", "7")
    latest = one(platform, hospitals.valley, "ose_4f").latest
    assert latest is None
    latest = one(platform, hospitals.valley, "ose_4d").latest
    assert latest is not None
    assert (latest.share, latest.interval) == ("", "de 0,0\u00a0% à 100,0\u00a0%")


@pytest.mark.parametrize(
    ("part", "why", "asked"), [("19", "", False), ("20", "", True), ("20", "Inventaire revu", False)]
)
def test_a_change_of_ten_points_is_to_explain(
    platform: Platform, hospitals: Hospitals, part: str, why: str, asked: bool
) -> None:
    give(platform, hospitals.valley, "2025-12", "10", "100", "0")
    give(platform, hospitals.valley, "2026-02", part, "100", "0", why=why)
    months = one(platform, hospitals.valley, "ose_4d").months
    assert [month.to_explain for month in months if month.given] == [asked, False]


def test_other_indicators_ask_no_explanation(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2025-12", "10", "100", "0", code="ins_qualified")
    give(platform, hospitals.valley, "2026-02", "90", "100", "0", code="ins_qualified")
    view = one(platform, hospitals.valley, "ins_qualified")
    assert not view.margin
    assert not any(month.to_explain for month in view.months)


# ---------------------------------------------------------------- measured by audits


def audit(platform: Platform, site: int) -> None:
    target = plant_target(platform, site, "workstations")
    said = {
        of_audits.OBSOLETE_WORKSTATIONS: (Status.FAILED, 200, 1),
        of_audits.OBSOLETE_SERVERS: (Status.PASSED, 40, 0),
        of_audits.SYSTEM_UNKNOWN: (Status.FAILED, 265, 2),
    }
    plant_run(platform, target, ON, said)
    plant_finding(platform, target, of_audits.OBSOLETE_WORKSTATIONS, ON, evidence={"machines": 30, "total": 200})
    for machines, servers in ((20, 5), (5, 0)):
        evidence = {"machines": machines, "servers": servers}
        plant_finding(platform, target, of_audits.SYSTEM_UNKNOWN, ON, evidence=evidence)


@both
def test_audits_measure_systems_and_their_margin(platform: Platform, hospitals: Hospitals) -> None:
    audit(platform, hospitals.valley)
    stations, servers = (one(platform, hospitals.valley, code) for code in ("ose_4a", "ose_4b"))
    assert stations.measured is not None
    assert (stations.measured.part, stations.measured.whole, stations.measured.unknown) == (30, 200, 20)
    assert stations.measured_share == "15,0\u00a0%"
    assert stations.measured_interval == "de 13,6\u00a0% à 22,7\u00a0%"
    assert servers.measured is not None
    assert (servers.measured.part, servers.measured.whole, servers.measured.unknown) == (0, 40, 5)
    assert one(platform, hospitals.hill, "ose_4a").measured is None
    assert one(platform, hospitals.valley, "ose_4d").measured is None


RULES = {"ose_4d": of_audits.SECRETS, "ose_4e": of_audits.ADMIN_ACCOUNT, "ose_4f": of_audits.ADMIN_LINK}


@both
@pytest.mark.parametrize("code", RULES)
def test_the_inventory_measures_how_machines_are_administered(
    platform: Platform, hospitals: Hospitals, code: str
) -> None:
    give(platform, hospitals.valley, "2026-02", "10", "80", "20", code=code)
    target = plant_target(platform, hospitals.valley, "workstations")
    plant_run(platform, target, ON, {RULES[code]: (Status.FAILED, 60, 1)})
    plant_finding(platform, target, RULES[code], ON, evidence={"concerned": 15, "total": 60, "unknown": 40})
    seen = one(platform, hospitals.valley, code)
    assert seen.measured is not None
    assert (seen.measured.part, seen.measured.whole, seen.measured.unknown) == (15, 60, 40)
    assert (seen.measured_share, seen.measured_interval) == ("25,0\u00a0%", "de 15,0\u00a0% à 55,0\u00a0%")
    assert seen.latest is not None
    assert seen.latest.share == "12,5\u00a0%"


@pytest.mark.parametrize(
    ("said", "evidence", "expected"),
    [
        ((Status.PASSED, 60, 0), None, (0, 60, 0)),
        ((Status.NOT_ASSESSABLE, 0, 0), None, None),
        ((Status.FAILED, 60, 1), {"concerned": 15, "total": 61, "unknown": 40}, None),
        ((Status.FAILED, 60, 1), {"concerned": "15", "total": 60, "unknown": 40}, None),
    ],
)
def test_a_count_that_cannot_be_read_gives_no_figure(
    platform: Platform,
    hospitals: Hospitals,
    said: tuple[Status, int, int],
    evidence: dict[str, int | str] | None,
    expected: tuple[int, int, int] | None,
) -> None:
    target = plant_target(platform, hospitals.valley, "workstations")
    plant_run(platform, target, ON, {of_audits.SECRETS: said})
    if evidence:
        plant_finding(platform, target, of_audits.SECRETS, ON, evidence=evidence)
    measured = one(platform, hospitals.valley, "ose_4d").measured
    assert (None if measured is None else (measured.part, measured.whole, measured.unknown)) == expected


def test_who_sees_no_finding_sees_no_measure(platform: Platform, hospitals: Hospitals) -> None:
    audit(platform, hospitals.valley)
    audit(platform, hospitals.hill)
    group = Place(Level.GHT, hospitals.ght)
    seen = {view.id: view for view in read_figures(platform, MACHINE, group).all}
    assert seen["ose_4a"].measured is not None
    assert (seen["ose_4a"].measured.part, seen["ose_4a"].measured.sites) == (60, 2)
    reader = person(Role.QUALITY, Level.ESTABLISHMENT, hospitals.valley)
    assert read_indicator(platform, reader, place(hospitals.valley), "ose_4a")[1].measured is None


@pytest.mark.parametrize(
    ("privileged", "enabled", "expected"),
    [
        ((Status.PASSED, 12, 0), (Status.FAILED, 600, 1), (12, 600)),
        ((Status.NOT_ASSESSABLE, 0, 0), (Status.PASSED, 600, 0), None),
        ((Status.PASSED, 12, 0), (Status.NOT_ASSESSABLE, 0, 0), None),
    ],
)
def test_directories_measure_privileged_users(
    platform: Platform,
    hospitals: Hospitals,
    privileged: tuple[Status, int, int],
    enabled: tuple[Status, int, int],
    expected: tuple[int, int] | None,
) -> None:
    target = plant_target(platform, hospitals.valley, "ad")
    plant_run(platform, target, ON, {of_audits.PRIVILEGED_USERS: privileged, of_audits.ENABLED_USERS: enabled})
    measured = one(platform, hospitals.valley, "ose_4c").measured
    assert (None if measured is None else (measured.part, measured.whole)) == expected


# ---------------------------------------------------------------- files


@both
def test_margin_and_explanation_leave_and_come_back(platform: Platform, hospitals: Hospitals) -> None:
    give(platform, hospitals.valley, "2026-02", "10", "80", "20", why="Parc repris de l’ancien site")
    exported = figures_csv(platform, MACHINE, place(hospitals.valley)).decode("utf-8-sig")
    header, line = exported.splitlines()[:2]
    assert "inconnus;explication" in header
    assert ";20;" in line
    assert preview_import(platform, MACHINE, hospitals.valley, exported, "").useful is False
    changed = exported.replace(";20;", ";25;")
    seen = preview_import(platform, MACHINE, hospitals.valley, changed, "")
    apply_import(platform, MACHINE, hospitals.valley, changed, "", seen.seen)
    latest = one(platform, hospitals.valley, "ose_4d").latest
    assert latest is not None
    assert (latest.unknown, latest.explanation) == (25, "Parc repris de l’ancien site")
