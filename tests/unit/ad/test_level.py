"""The estimated ANSSI level: the smallest at which a point fails."""

from __future__ import annotations

from scanners.ad.level import estimate_level
from scanners.catalog import rules_of
from scanners.model import Outcome, Rule, Severity, Status, Text, Verdict, refs
from scanners.runner import run_rules
from tests.unit.ad.specimens import BROKEN, HEALTHY


def outcome(status: Status, *references: str) -> Outcome:
    text = Text("fr", "en")
    rule: Rule[object] = Rule("ad.x", text, text, text, Severity.LOW, refs(*references), lambda _facts: Verdict(0), ())
    return Outcome(rule, status)


def test_nothing_fails() -> None:
    level = estimate_level([outcome(Status.PASSED, "anssi-ad:vuln_a@1")])
    assert (level.level, level.failing, level.blocking, level.unknown) == (5, (0, 0, 0, 0), (), ())


def test_the_smallest_failing_level_counts() -> None:
    level = estimate_level(
        [
            outcome(Status.FAILED, "anssi-ad:vuln_b@3"),
            outcome(Status.FAILED, "anssi-ad:vuln_a@2", "pingcastle:A-Krbtgt"),
            outcome(Status.FAILED, "anssi-ad:vuln_a@2"),
            outcome(Status.NOT_ASSESSABLE, "anssi-ad:vuln_c@1"),
            outcome(Status.ERROR, "anssi-ad:vuln_d@1"),
        ]
    )
    assert (level.level, level.failing) == (2, (0, 1, 1, 0))
    assert (level.blocking, level.unknown) == (("vuln_a",), ("vuln_c", "vuln_d"))
    assert "2 point(s)" in level.sentence.fr


def test_warnings_and_unlevelled_points_do_not_count() -> None:
    level = estimate_level([outcome(Status.FAILED, "anssi-ad:warning_a@1", "anssi-ad:info_laps", "adcs:ESC1")])
    assert level.level == 5


def test_specimens() -> None:
    rules = rules_of("ad")
    assert estimate_level(run_rules(rules, HEALTHY)).level == 5
    assert estimate_level(run_rules(rules, BROKEN)).level == 1
