"""Every workstation rule is silent on the healthy park and speaks on the broken one; thresholds at their boundary."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scanners.archive import Manifest, Parts, read_archive, write_archive
from scanners.catalog import rules_of
from scanners.model import Gap, Kind, Outcome, Rule, Status, Text
from scanners.runner import run_rule
from scanners.workstations.facts import (
    FORMAT,
    NEVER,
    NO,
    UNKNOWN,
    YES,
    Answer,
    Answers,
    Leaver,
    Leavers,
    Machines,
    RemoteTool,
    SecurityEvent,
    WorkstationFacts,
)
from scanners.workstations.needs import MAX_UNJUDGED
from tests.unit.workstations.specimens import (
    ANSWERS,
    BACKGROUND,
    BROKEN,
    BROKEN_SUBJECTS,
    HEALTHY,
    LTSB,
    NOT_LISTED,
    NOW,
    SERVER,
    SYSTEMS,
    TODAY,
    WINDOWS_7,
    later,
    machines,
)

RULES = rules_of("workstations")
EMPTY = machines()


def outcome(name: str, facts: WorkstationFacts) -> Outcome:
    return run_rule(next(rule for rule in RULES if rule.id == f"workstations.{name}"), facts)


def park(**rows: dict[str, Any]) -> WorkstationFacts:
    return WorkstationFacts(BACKGROUND, machines(**rows))


def with_background(facts: WorkstationFacts = HEALTHY, **changes: Any) -> WorkstationFacts:
    return WorkstationFacts(replace(facts.background, **changes), facts.machines)


def without(kind: str) -> WorkstationFacts:
    return with_background(sources=tuple(source for source in BACKGROUND.sources if source.kind != kind))


def test_every_rule_has_its_expected_subjects() -> None:
    assert {rule.id.partition(".")[2] for rule in RULES} == set(BROKEN_SUBJECTS)
    assert len(RULES) >= 15


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_is_silent_on_healthy(rule: Rule[Any]) -> None:
    result = run_rule(rule, HEALTHY)
    assert result.status is Status.PASSED, result.reason
    assert result.population is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_speaks_on_broken(rule: Rule[Any]) -> None:
    expected = BROKEN_SUBJECTS[rule.id.partition(".")[2]]
    facts, expected = (BROKEN, expected) if expected else (later(BROKEN, 60), {LTSB})
    result = run_rule(rule, facts)
    assert result.status is Status.FAILED, result.reason
    assert {finding.subject for finding in result.findings} == expected
    for finding in result.findings:
        for lang in ("fr", "en"):
            assert "{" not in rule.describe(finding, lang)
        assert all(type(value) in (str, int, float, bool) for value in finding.evidence.values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_without_anything_no_rule_passes(rule: Rule[Any]) -> None:
    nothing = WorkstationFacts(
        replace(BACKGROUND, sources=(), systems=(), answers=Answers(), laps_installed=None, domain=""), EMPTY
    )
    result = run_rule(rule, nothing)
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None
    if rule.kind is Kind.DECLARED:
        assert "fichier de réponses" in result.reason.fr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_gap_never_lets_a_measured_rule_pass(rule: Rule[Any]) -> None:
    for section in set(rule.reads) - {"answers"}:
        gap = Gap(section, Text("Lu en partie.", "Read in part."), truncated=True)
        assert run_rule(rule, with_background(gaps=(gap,))).status is Status.NOT_ASSESSABLE


def test_facts_survive_the_archive(tmp_path: Path) -> None:
    manifest = Manifest("workstations", 1, "CH", NOW.isoformat(), NOW.isoformat(), "care test")
    for facts in (HEALTHY, BROKEN):
        write_archive(tmp_path / "facts.zip", manifest, facts)
        back = read_archive(tmp_path / "facts.zip").facts
        assert back.background == facts.background
        for one in fields(Machines):
            assert np.array_equal(getattr(back.machines, one.name), getattr(facts.machines, one.name))


def test_an_archive_of_the_former_version_is_read_with_nothing_known_of_what_is_new() -> None:
    parts = FORMAT.pack(HEALTHY)
    new = (
        *("antivirus", "patches", "protected", "fresh", "firewall", "compliant", "antivirus_seen", "signatures"),
        *("patch_seen", "site", "service", "other_name", "exposed", "changeable", "dedicated_admin", "admin_link"),
    )
    arrays = {name: column for name, column in parts.arrays.items() if name not in new}
    document = {
        name: value
        for name, value in parts.document.items()
        if name not in ("sites", "services", "matching", "remote_tools", "events", "leavers")
    }
    back = FORMAT.unpack(Parts(document, arrays))
    assert not back.machines.antivirus.any()
    assert {int(value) for name in ("protected", "site", "signatures") for value in getattr(back.machines, name)} == {
        -1
    }
    assert set(back.machines.other_name.tolist()) == {b""}
    assert outcome("edr_coverage_workstations", back).status is Status.PASSED


@pytest.mark.parametrize("fault", ["missing", "ragged", "type", "system", "site", "more"])
def test_a_strange_archive_is_refused(fault: str) -> None:
    parts = FORMAT.pack(HEALTHY)
    arrays = dict(parts.arrays)
    if fault == "missing":
        arrays.pop("edr")
    elif fault == "ragged":
        arrays["edr"] = arrays["edr"][:-1]
    elif fault == "site":
        arrays["site"] = np.full_like(arrays["site"], 1)
    elif fault == "more":
        arrays["colour"] = arrays["edr"]
    elif fault == "type":
        arrays["edr"] = arrays["edr"].astype(np.int64)
    else:
        arrays["system"] = np.full_like(arrays["system"], 99)
    with pytest.raises(ValueError, match="column"):
        FORMAT.unpack(Parts(parts.document, arrays))


# ---------------------------------------------------------------- support


def test_support_holds_until_its_last_day() -> None:
    one = park(SRV={**SERVER, "system": SYSTEMS.index(WINDOWS_7)})
    assert outcome("unsupported_servers", one).status is Status.FAILED
    last_day = later(one, (date(2020, 1, 14) - NOW.date()).days)
    last_day.machines.last_logon[:] = last_day.today
    assert outcome("unsupported_servers", last_day).status is Status.PASSED
    assert outcome("unsupported_servers", later(last_day, 1)).status is Status.FAILED


def test_a_machine_out_of_service_is_not_counted_as_obsolete() -> None:
    gone = {**NOT_LISTED, "directory": True, "system": SYSTEMS.index(WINDOWS_7)}
    facts = park(PC_1={}, PC_2={**gone, "enabled": False}, PC_3={**gone, "last_logon": TODAY - 91})
    assert outcome("unsupported_workstations", facts).status is Status.PASSED


def test_shares_state_their_margin() -> None:
    facts = park(PC_1={}, PC_2={"system": SYSTEMS.index(WINDOWS_7)}, PC_3={"system": -1})
    evidence = outcome("unsupported_workstations", facts).findings[0].evidence
    assert (evidence["percent"], evidence["total"], evidence["unknown"]) == (50.0, 2, 1)


# ---------------------------------------------------------------- boundaries


@pytest.mark.parametrize(
    ("rule", "row", "status"),
    [
        ("stale_machines", {"last_logon": TODAY - 90}, Status.PASSED),
        ("stale_machines", {"last_logon": TODAY - 91}, Status.FAILED),
        ("stale_machines", {"last_logon": NEVER, "created": TODAY - 5}, Status.PASSED),
        ("stale_machines", {"last_logon": NEVER, "created": TODAY - 91}, Status.FAILED),
        ("laps_expired", {"laps_expires": TODAY - 30}, Status.PASSED),
        ("laps_expired", {"laps_expires": TODAY - 31}, Status.FAILED),
        ("edr_silent", {"edr_seen": TODAY - 7}, Status.PASSED),
        ("edr_silent", {"edr_seen": TODAY - 8}, Status.FAILED),
        ("patches_late", {"patched": TODAY - 30}, Status.PASSED),
        ("patches_late", {"patched": TODAY - 31}, Status.FAILED),
        ("laptop_unencrypted", {"laptop": YES}, Status.FAILED),
        ("antivirus_signatures", {"signatures": TODAY - 1}, Status.PASSED),
        ("antivirus_signatures", {"signatures": TODAY - 2}, Status.FAILED),
        ("antivirus_signatures", {"signatures": NEVER, "fresh": NO}, Status.FAILED),
        ("antivirus_off", {"protected": UNKNOWN}, Status.NOT_ASSESSABLE),
        ("antivirus_coverage", {"protected": NO}, Status.FAILED),
        ("patched_share", {"patched": TODAY - 30}, Status.PASSED),
        ("patched_share", {"patched": TODAY - 31}, Status.FAILED),
        ("patched_share", {"patched": NEVER, "compliant": YES, "patch_seen": TODAY - 30}, Status.PASSED),
        ("patched_share", {"patched": NEVER, "compliant": YES, "patch_seen": TODAY - 31}, Status.FAILED),
        ("patches_late", {"patched": NEVER, "compliant": NO}, Status.FAILED),
        ("patches_late", {"patched": NEVER}, Status.NOT_ASSESSABLE),
        ("patches_late", {"patched": NEVER, "compliant": YES}, Status.PASSED),
        ("antivirus_coverage", {"antivirus_seen": TODAY - 90}, Status.PASSED),
        ("antivirus_coverage", {"antivirus_seen": TODAY - 91}, Status.FAILED),
        ("edr_coverage_workstations", {"edr_seen": TODAY - 90}, Status.PASSED),
        ("edr_coverage_workstations", {"edr_seen": TODAY - 91}, Status.FAILED),
        ("laptop_unprotected", {"laptop": YES, "firewall": NO}, Status.FAILED),
        ("laptop_unprotected", {"laptop": YES, "patches": False}, Status.FAILED),
        ("laptop_unprotected", {"laptop": NO, "firewall": NO}, Status.PASSED),
        ("known_to_one_list", {**NOT_LISTED, "inventory": True}, Status.FAILED),
        ("known_to_one_list", {**NOT_LISTED, "directory": True}, Status.FAILED),
        ("known_to_one_list", {**NOT_LISTED, "directory": True, "enabled": False}, Status.PASSED),
        ("known_to_one_list", {**NOT_LISTED, "directory": True, "patches": True}, Status.PASSED),
    ],
)
def test_thresholds(rule: str, row: dict[str, Any], status: Status) -> None:
    assert outcome(rule, park(PC_1=row)).status is status


@pytest.mark.parametrize(("bare", "status"), [(5, Status.PASSED), (6, Status.FAILED)])
def test_edr_coverage_at_95_percent(bare: int, status: Status) -> None:
    rows = {f"PC_{rank:03}": {"edr": rank >= bare} for rank in range(100)}
    assert outcome("edr_coverage_workstations", park(**rows)).status is status


def test_the_edr_threshold_can_be_changed() -> None:
    facts = park(PC_1={"edr": False}, PC_2={})
    relaxed = replace(BACKGROUND.settings, edr_workstations_percent=50.0)
    assert outcome("edr_coverage_workstations", with_background(facts, settings=relaxed)).status is Status.PASSED


def test_no_server_at_all_is_a_pass_without_subject() -> None:
    result = outcome("edr_coverage_servers", park(PC_1={}))
    assert (result.status, result.population) == (Status.PASSED, 0)


@pytest.mark.parametrize("kind", ["directory", "inventory", "edr"])
def test_a_missing_list_makes_its_rules_not_assessable(kind: str) -> None:
    needing = {
        "directory": "stale_machines",
        "inventory": "missing_from_inventory",
        "edr": "edr_coverage_workstations",
    }
    result = outcome(needing[kind], without(kind))
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None
    assert "donnez-le" in result.reason.fr


def test_a_missing_column_is_named() -> None:
    sources = tuple(replace(source, columns=("name",)) for source in BACKGROUND.sources)
    for rule, column in (("patches_late", "patched"), ("laptop_unencrypted", "kind"), ("edr_silent", "edr_seen")):
        result = outcome(rule, with_background(sources=sources))
        assert result.status is Status.NOT_ASSESSABLE
        assert result.reason is not None
        assert column in result.reason.en


@pytest.mark.parametrize(
    ("minutes", "status"),
    [(30, Status.PASSED), (30.5, Status.FAILED), (0, Status.FAILED), (None, Status.NOT_ASSESSABLE)],
)
def test_session_lock(minutes: float | None, status: Status) -> None:
    answers = replace(ANSWERS, session_lock_minutes=minutes)
    assert outcome("session_lock", with_background(answers=answers, policies=None)).status is status


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("inventory_campaign", 365),
        ("unmanaged_search", 183),
        ("local_admin_review", 365),
        ("configuration_review", 365),
        ("detection_procedures", 365),
    ],
)
def test_what_is_done_again_is_dated_within_its_delay(rule: str, days: int) -> None:
    def status(answer: Answer | None) -> Status:
        return outcome(rule, with_background(answers=answered(rule, answer))).status

    today = NOW.date()
    assert status(Answer(True, today)) is status(Answer(True, today - timedelta(days=days))) is Status.PASSED
    assert status(Answer(True, today - timedelta(days=days + 1))) is Status.FAILED
    assert status(Answer(True, today + timedelta(days=1))) is Status.FAILED
    assert status(Answer(True)) is status(Answer(False, today)) is Status.FAILED
    assert status(Answer(None)) is status(None) is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(("share", "status"), [(100, Status.PASSED), (99.9, Status.FAILED), (0, Status.FAILED)])
def test_every_event_is_handled_in_time(share: float, status: Status) -> None:
    answers = replace(ANSWERS, events_within_24h_percent=share)
    assert outcome("event_handling", with_background(answers=answers, events=None)).status is status


def event(hours: float, *, handled: bool = True, number: str = "A-1") -> SecurityEvent:
    return SecurityEvent(number, NOW, handled, hours)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((event(24),), Status.PASSED),
        ((event(24.01),), Status.FAILED),
        ((event(24, handled=False), event(1)), Status.PASSED),
        ((event(24.01, handled=False), event(1)), Status.FAILED),
        ((event(24, handled=False),), Status.NOT_ASSESSABLE),
        ((), Status.NOT_ASSESSABLE),
    ],
)
def test_a_list_of_events_wins_over_the_answer(events: tuple[SecurityEvent, ...], status: Status) -> None:
    result = outcome("event_handling", with_background(events=events))
    assert result.status is status


def test_a_share_that_nearly_is_whole_is_not_written_as_such() -> None:
    events = (event(30, number="A-9"), *(event(2) for _ in range(4_999)))
    (found,) = outcome("event_handling", with_background(events=events)).findings
    assert (found.evidence["percent"], found.evidence["late"]) == (99.9, "A-9 (30 h)")


@pytest.mark.parametrize(
    ("gone", "known", "days", "status"),
    [
        (4, 2, 7, Status.PASSED),
        (4, 2, 8, Status.FAILED),
        (5, 2, 7, Status.NOT_ASSESSABLE),
        (5, 2, 8, Status.FAILED),
        (0, 0, 0, Status.NOT_ASSESSABLE),
    ],
)
def test_leavers_are_cut_within_seven_days(gone: int, known: int, days: int, status: Status) -> None:
    still = (Leaver("m.parti", NOW.date() - timedelta(days=days)),)
    assert outcome("leavers_enabled", with_background(leavers=Leavers(gone, known, still))).status is status


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"exposed": YES}, Status.PASSED),
        ({"exposed": YES, "compliant": NO}, Status.FAILED),
        ({"exposed": YES, "patched": TODAY - 30}, Status.PASSED),
        ({"exposed": YES, "patched": TODAY - 31}, Status.FAILED),
        ({"exposed": YES, "patched": NEVER}, Status.NOT_ASSESSABLE),
        ({"exposed": UNKNOWN, "server": YES}, Status.NOT_ASSESSABLE),
        ({"exposed": UNKNOWN, "server": UNKNOWN}, Status.NOT_ASSESSABLE),
        ({"exposed": UNKNOWN}, Status.PASSED),
        ({"exposed": NO, "compliant": NO}, Status.PASSED),
    ],
)
def test_what_is_exposed_lacks_no_patch(row: dict[str, Any], status: Status) -> None:
    assert outcome("exposed_patches", park(PC_1=row)).status is status


def test_the_median_age_of_what_is_exposed_is_told() -> None:
    rows = {f"SRV_{age}": {**SERVER, "exposed": YES, "patched": TODAY - age} for age in (2, 10, 40)}
    (found,) = outcome("exposed_patches", park(PC_1={"patched": TODAY - 90}, **rows)).findings
    assert (found.subject, found.evidence["median_days"]) == ("SRV-40", 10)


OSE = {
    "secrets_unchangeable": "changeable",
    "admin_account_shared": "dedicated_admin",
    "admin_link_missing": "admin_link",
}


@pytest.mark.parametrize(("rule", "column"), OSE.items())
def test_indicators_of_administration_tell_part_whole_and_margin(rule: str, column: str) -> None:
    rows = {"PC_1": {}, "PC_2": {column: NO}, "PC_3": {column: UNKNOWN}, "X": {**NOT_LISTED, "edr": True, column: NO}}
    (found,) = outcome(rule, park(**rows)).findings
    told = {key: found.evidence[key] for key in ("concerned", "total", "unknown", "percent")}
    assert told == {"concerned": 1, "total": 2, "unknown": 1, "percent": 50.0}
    assert found.evidence["without"] == "PC-2"
    (margin,) = outcome(rule, park(PC_1={}, PC_3={column: UNKNOWN})).findings
    assert (margin.evidence["concerned"], margin.evidence["unknown"]) == (0, 1)
    assert outcome(rule, park(PC_1={})).status is Status.PASSED
    assert outcome(rule, park(PC_3={column: UNKNOWN})).status is Status.NOT_ASSESSABLE


def test_without_the_column_policies_tell_of_workstations_and_the_rest_is_the_margin() -> None:
    sources = tuple(replace(one, columns=("name",)) for one in BACKGROUND.sources)
    facts = with_background(BROKEN, sources=sources)
    (found,) = outcome("admin_account_shared", facts).findings
    policies = facts.background.policies
    assert policies is not None
    imposed = sum(reach.members for reach in policies.stations)
    assert (found.evidence["concerned"], found.evidence["total"], found.evidence["unknown"]) == (60, imposed, 0)
    nothing = with_background(facts, policies=None)
    for rule in OSE:
        assert outcome(rule, nothing).status is Status.NOT_ASSESSABLE


def test_a_list_without_a_line_tells_nothing() -> None:
    sources = tuple(replace(one, lines=0) for one in BACKGROUND.sources)
    for rule in ("silent_log_sources", "leavers_enabled", "edr_silent", "missing_from_inventory"):
        assert outcome(rule, with_background(sources=sources, log_list=())).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(("days", "status"), [(181, Status.PASSED), (180, Status.FAILED), (0, Status.FAILED)])
def test_support_that_ends_within_a_budget_is_told(days: int, status: Status) -> None:
    rows = tuple(replace(row, end=NOW.date() + timedelta(days=days)) for row in BACKGROUND.lifecycle)
    assert outcome("support_ending", with_background(park(PC_1={}), lifecycle=rows)).status is status


@pytest.mark.parametrize(
    ("rule", "good", "bad", "setting"),
    [
        ("antivirus_coverage", {}, {"protected": NO}, "antivirus_percent"),
        ("edr_coverage_servers", SERVER, {**SERVER, "edr": False}, "edr_servers_percent"),
        ("encryption_coverage", {"laptop": YES, "encrypted": YES}, {"laptop": YES}, "encrypted_percent"),
    ],
)
def test_a_share_that_is_to_be_whole_fails_for_one_machine(
    rule: str, good: dict[str, Any], bad: dict[str, Any], setting: str
) -> None:
    rows = {f"M_{rank:02}": good for rank in range(19)}
    assert outcome(rule, park(**rows)).status is Status.PASSED
    missing = park(**rows, M_99=bad)
    assert outcome(rule, missing).status is Status.FAILED
    changed: dict[str, Any] = {setting: 95.0}
    relaxed = replace(BACKGROUND.settings, **changed)
    assert outcome(rule, with_background(missing, settings=relaxed)).status is Status.PASSED


def test_systems_without_a_date_are_the_margin() -> None:
    result = outcome("system_unknown", park(PC_1={"system": -1}, PC_2={}, SRV_1={**SERVER, "system": -1}))
    (found,) = result.findings
    assert (found.subject, found.evidence["machines"], found.evidence["servers"]) == ("—", 2, 1)
    assert result.population == 3


# ---------------------------------------------------------------- a column that is there, its cells blank


BLANK: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "antivirus_off": ({"protected": UNKNOWN}, {"protected": NO}),
    "antivirus_signatures": ({"signatures": NEVER, "fresh": UNKNOWN}, {"fresh": NO}),
    "edr_silent": ({"edr_seen": NEVER}, {"edr_seen": TODAY - 8}),
    "laptop_unencrypted": ({"laptop": UNKNOWN}, {"laptop": YES, "encrypted": NO}),
    "laptop_unprotected": ({"laptop": UNKNOWN}, {"laptop": YES, "firewall": NO}),
    "local_firewall": ({"firewall": UNKNOWN}, {"firewall": NO}),
    "patches_late": ({"patched": NEVER}, {"patched": TODAY - 31}),
    "obsolete_not_isolated": ({"system": -1}, {"system": SYSTEMS.index(WINDOWS_7)}),
    "server_without_logs": ({"server": UNKNOWN}, SERVER),
    "unsupported_servers": ({**SERVER, "system": -1}, {**SERVER, "system": SYSTEMS.index(WINDOWS_7)}),
}
"""Rules that judge machines: a row of which nothing is told, one that fails."""
SILENT = replace(ANSWERS, local_firewall=None, antivirus_signatures=None)


@pytest.mark.parametrize("rule", BLANK)
def test_machines_of_which_a_column_says_nothing_are_not_judged(rule: str) -> None:
    blank, bad = BLANK[rule]
    for rows in ({"PC_9": blank}, {"PC_1": {}, "SRV_1": SERVER, "PC_9": blank}):
        result = outcome(rule, with_background(park(**rows), answers=SILENT))
        assert result.status is Status.NOT_ASSESSABLE
        assert result.reason is not None
    assert "1 machine(s), dont PC-9" in result.reason.fr
    result = outcome(rule, with_background(park(PC_1={}, PC_8=bad, PC_9=blank), answers=SILENT))
    assert [one.subject for one in result.findings] == ["PC-8"]
    assert (result.unjudged, result.partial, result.conclusive) == (("PC-9",), True, True)


def test_beyond_a_number_the_machines_in_doubt_are_only_counted() -> None:
    rows = {f"PC_{rank:03}": {"firewall": UNKNOWN} for rank in range(MAX_UNJUDGED + 1)}
    result = outcome("local_firewall", with_background(park(PC_A={"firewall": NO}, **rows), answers=SILENT))
    assert (len(result.findings), result.unjudged, result.conclusive) == (1, (), False)
    assert result.reason is not None
    assert f"{MAX_UNJUDGED + 1} machine(s)" in result.reason.en


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        ("edr_coverage_servers", {"server": UNKNOWN, "edr": False}),
        ("edr_coverage_workstations", {"server": UNKNOWN, "edr": False}),
        ("support_ending", {"system": -1}),
        ("encryption_coverage", {"laptop": UNKNOWN}),
        ("unsupported_workstations", {"system": -1}),
    ],
)
def test_a_share_of_machines_that_may_be_others_does_not_pass(rule: str, row: dict[str, Any]) -> None:
    good = {"PC_1": {}, "PC_2": {"laptop": YES, "encrypted": YES}, "SRV_1": SERVER}
    assert outcome(rule, park(**good)).status is Status.PASSED
    assert outcome(rule, park(**good, PC_9=row)).status is Status.NOT_ASSESSABLE
    assert outcome(rule, park(PC_9=row)).status is Status.NOT_ASSESSABLE


def test_a_version_that_is_gone_is_judged_though_a_system_is_unknown() -> None:
    result = outcome("unsupported_workstations", park(PC_1={"system": SYSTEMS.index(WINDOWS_7)}, PC_2={"system": -1}))
    assert (result.status, result.unjudged, result.conclusive) == (Status.FAILED, ("—",), True)


def test_a_machine_with_an_agent_is_covered_whatever_it_is() -> None:
    assert outcome("edr_coverage_servers", park(PC_9={"server": UNKNOWN}, SRV_1=SERVER)).status is Status.PASSED


# ---------------------------------------------------------------- what consoles show against what people declare


def answered(rule: str, answer: Answer | None) -> Answers:
    """The good answers, but this one."""
    changed: dict[str, Any] = {rule: answer}
    return replace(ANSWERS, **changed)


def declared(name: str, answer: Answer | None, **row: Any) -> Outcome:
    return outcome(name, with_background(park(PC_1=row), answers=answered(name, answer)))


@pytest.mark.parametrize(
    ("rule", "row"), [("antivirus_signatures", {"signatures": TODAY - 9}), ("local_firewall", {"firewall": NO})]
)
def test_a_declared_yes_never_hides_what_a_console_shows(rule: str, row: dict[str, Any]) -> None:
    assert declared(rule, Answer(True, date(2026, 3, 9)), **row).status is Status.FAILED
    assert declared(rule, Answer(False, date(2026, 3, 9))).status is Status.PASSED


@pytest.mark.parametrize("rule", ["antivirus_signatures", "local_firewall"])
def test_the_answer_stands_for_the_machines_of_which_a_console_says_nothing(rule: str) -> None:
    blank = BLANK[rule][0]
    rows = {f"PC_{rank:02}": {} for rank in range(19)}
    for value, status in ((True, Status.PASSED), (False, Status.FAILED), (None, Status.NOT_ASSESSABLE)):
        answer = Answer(value, date(2026, 3, 9))
        facts = with_background(park(**rows, PC_99=blank), answers=answered(rule, answer))
        assert outcome(rule, facts).status is status


@pytest.mark.parametrize("rule", ["antivirus_signatures", "local_firewall"])
def test_a_yes_does_not_stand_for_more_than_one_machine_in_twenty(rule: str) -> None:
    """Nor for a park of which a console tells of one machine."""
    blank, yes = BLANK[rule][0], Answer(True, date(2026, 3, 9))
    assert declared(rule, yes, **blank).status is Status.NOT_ASSESSABLE
    assert declared(rule, Answer(False, date(2026, 3, 9)), **blank).status is Status.FAILED
    rows = {f"PC_{rank:02}": {} for rank in range(18)}
    for park_of in ({**rows, "PC_99": blank}, {"PC_1": {}, **{f"PC_9{rank}": blank for rank in range(9)}}):
        result = outcome(rule, with_background(park(**park_of), answers=answered(rule, yes)))
        assert result.status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(("bare", "status"), [(1, Status.PASSED), (2, Status.NOT_ASSESSABLE)])
def test_machines_of_no_known_kind_are_in_doubt_when_they_could_miss_the_share(bare: int, status: Status) -> None:
    """38 agents on 40 workstations are 95 %, on 41 they are not; those of no known kind may be servers."""
    rows: dict[str, dict[str, Any]] = {f"PC_{rank:02}": {"edr": rank > 0} for rank in range(39)}
    unsure = {f"X_{rank}": {"server": UNKNOWN, "edr": False} for rank in range(bare)}
    result = outcome("edr_coverage_workstations", park(**rows, **unsure))
    assert result.status is status
    agents = {f"Y_{rank}": {"server": UNKNOWN} for rank in range(9)}
    assert outcome("edr_coverage_workstations", park(**rows, **agents)).status is Status.PASSED


@pytest.mark.parametrize("rule", ["antivirus_signatures", "local_firewall"])
def test_without_a_console_the_answer_is_taken(rule: str) -> None:
    for value, status in ((True, Status.PASSED), (False, Status.FAILED), (None, Status.NOT_ASSESSABLE)):
        answers = answered(rule, Answer(value, date(2026, 3, 9)))
        facts = with_background(without("antivirus"), answers=answers)
        assert outcome(rule, facts).status is status


@pytest.mark.parametrize(("late", "status"), [(5, Status.PASSED), (6, Status.FAILED)])
def test_patched_share_at_95_percent(late: int, status: Status) -> None:
    rows = {f"PC_{rank:03}": {"patched": TODAY - (40 if rank < late else 3)} for rank in range(100)}
    assert outcome("patched_share", park(**rows)).status is status


def test_a_tool_that_the_establishment_chose_is_no_finding() -> None:
    facts = with_background(park(PC_1={}), remote_tools=(RemoteTool("PC-1", "TeamViewer", "15"),))
    assert outcome("remote_control_software", facts).status is Status.FAILED
    chosen = replace(BACKGROUND.settings, remote_tools_allowed=("teamviewer",))
    assert outcome("remote_control_software", with_background(facts, settings=chosen)).status is Status.PASSED


def test_one_list_alone_cannot_be_compared() -> None:
    sources = tuple(source for source in BACKGROUND.sources if source.kind == "edr")
    for rule in ("known_to_one_list", "several_names"):
        assert outcome(rule, with_background(sources=sources)).status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(("days", "status"), [(365, Status.PASSED), (366, Status.FAILED), (-30, Status.PASSED)])
def test_a_table_of_life_cycles_grows_old(days: int, status: Status) -> None:
    seen = NOW.date() - timedelta(days=days)
    rows = tuple(replace(row, seen=seen) for row in BACKGROUND.lifecycle)
    assert outcome("lifecycle_table_old", with_background(lifecycle=rows)).status is status
