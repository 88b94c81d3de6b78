"""The estimated ANSSI level: the smallest at which a point fails."""

from __future__ import annotations

import pytest

from scanners.ad.control_paths.cuts import MOST_WAYS, Network
from scanners.ad.control_paths.path_text import written_path
from scanners.ad.least_changes import COUNTED
from scanners.ad.level import Treatment, Work, actions_by_effect, estimate_level, level_report, next_level, work_of
from scanners.catalog import rules_of
from scanners.model import Finding, Outcome, Rule, Scalar, Severity, Status, Text, Verdict, refs
from scanners.runner import run_rules
from tests.unit.ad.specimens import BROKEN, HEALTHY
from tests.unit.ad.test_rules import DOMAIN, RULES, broken_for


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
    assert level.lowest == 1
    assert "entre 1 et 2 ; 2 point(s)" in level.sentence.fr


@pytest.mark.parametrize(
    ("unknown", "lowest", "said"),
    [
        ((), 5, "level 5 at best."),
        (("anssi-ad:vuln_a@4",), 4, "between 4 and 5; 1 point(s) not assessed"),
        (("anssi-ad:vuln_a@3", "anssi-ad:vuln_b@1"), 1, "between 1 and 5; 2 point(s) not assessed"),
    ],
)
def test_the_best_level_is_never_said_alone_while_a_point_may_lower_it(
    unknown: tuple[str, ...], lowest: int, said: str
) -> None:
    hidden = [outcome(Status.NOT_ASSESSABLE, name) for name in unknown]
    report = level_report([outcome(Status.PASSED, "anssi-ad:vuln_c@2"), *hidden], lambda _rule: None)
    assert (report.estimate.level, report.estimate.lowest) == (5, lowest)
    assert (report.as_json("en")["level"], report.as_json("en")["lowest"]) == (5, lowest)
    assert said in report.estimate.sentence.en


def test_what_cannot_lower_the_level_does_not_make_it_uncertain() -> None:
    level = estimate_level([outcome(Status.FAILED, LEVEL_1[0]), outcome(Status.ERROR, "anssi-ad:vuln_d@3")])
    assert (level.level, level.lowest) == (1, 1)
    assert level.sentence.en == "ANSSI level: an estimate, level 1 at best (1 point(s) not assessed)."


def test_warnings_and_unlevelled_points_do_not_count() -> None:
    level = estimate_level([outcome(Status.FAILED, "anssi-ad:warning_a@1", "anssi-ad:info_laps", "adcs:ESC1")])
    assert level.level == 5


def test_specimens() -> None:
    rules = rules_of("ad")
    assert estimate_level(run_rules(rules, HEALTHY)).level == 5
    assert estimate_level(run_rules(rules, BROKEN)).level == 1


def failed(name: str, references: tuple[str, ...], *findings: Finding, partial: bool = False) -> Outcome:
    text = Text("fr", "en")
    rule: Rule[object] = Rule(
        f"ad.{name}", text, text, text, Severity.HIGH, refs(*references), lambda _facts: Verdict(0), ()
    )
    return Outcome(rule, Status.FAILED, findings, len(findings), partial=partial)


def on(*subjects: str) -> tuple[Finding, ...]:
    return tuple(Finding(subject) for subject in subjects)


def path(holder: str, *names: str, controlled: tuple[str, ...] = (), count: int | None = None) -> Finding:
    """A finding of the control graph: the path that its evidence tells, and what the holder controls directly."""
    direct = controlled or ((names[-1],) if len(names) == 1 else ())
    return Finding(
        holder,
        {
            "target": names[-1],
            "controlled": "; ".join(direct),
            "controlled_count": len(direct) if count is None else count,
            "path": written_path(holder, [("WriteDacl", name) for name in names]),
        },
    )


LEVEL_1, LEVEL_2, LEVEL_3 = ("anssi-ad:vuln_a@1",), ("anssi-ad:vuln_b@2",), ("anssi-ad:vuln_c@3",)


@pytest.mark.parametrize(
    ("outcomes", "level", "objects", "permissions", "exact"),
    [
        ([failed("a", LEVEL_1, *on("x", "y")), failed("c", LEVEL_3, *on("z"))], 3, 2, 0, True),
        ([failed("a", LEVEL_1, *on("x", "y")), failed("b", LEVEL_1, *on("X", "t"))], 5, 3, 0, True),
        ([failed("a", LEVEL_1, *on("x"), partial=True)], 5, 1, 0, False),
        ([failed("a", LEVEL_1, path("p", "T"), path("q", "T"))], 5, 0, 2, True),
        # who leads to somebody that must be cut anyway costs nothing more
        ([failed("a", LEVEL_1, path("q", "T"), path("p", "q", "T"), path("o", "p", "q", "T"))], 5, 0, 1, False),
        # three holders behind one step that is nobody's finding: that step alone is cut
        ([failed("a", LEVEL_1, *(path(name, "OU", "T") for name in "pqr"))], 5, 0, 1, False),
        # two rules, one permission
        ([failed("a", LEVEL_1, path("p", "T")), failed("b", LEVEL_1, path("p", "T"))], 5, 0, 1, True),
        # a target of one rule holds a right in another: both are cut
        ([failed("a", LEVEL_1, path("p", "Q")), failed("b", LEVEL_1, path("Q", "T"))], 5, 0, 2, True),
        ([failed("a", LEVEL_1, path("p", "T", controlled=("T", "U")))], 5, 0, 1, False),
        ([failed("a", LEVEL_1, path("p", "T", count=300))], 5, 0, 1, False),
        # what is only called a path is an object like any other
        ([failed("a", LEVEL_1, Finding("GPO", {"path": "\\\\hopital.test\\SYSVOL"}))], 5, 1, 0, True),
    ],
)
def test_the_least_work_to_the_next_level(
    outcomes: list[Outcome], level: int, objects: int, permissions: int, exact: bool
) -> None:
    reached = next_level(outcomes, 1)
    assert reached is not None
    assert reached.level == level
    assert reached.work == Work(objects, permissions, exact)


def of(rule: str, **evidence: Scalar) -> Outcome:
    return failed(rule, LEVEL_1, Finding(DOMAIN, {"dn": "DC=hopital,DC=test", **evidence}))


@pytest.mark.parametrize(
    ("outcome", "work"),
    [
        (of("privileged_count", accounts=61, max_accounts=50), Work(11)),
        (of("privileged_count", accounts=51, max_accounts=50), Work(1)),
        (of("privileged_count_notable", accounts=34, max_accounts=50), Work(15)),
        (of("privileged_count_notable", accounts=20, max_accounts=50), Work(1)),
        (of("never_expires_ratio", accounts=200, total=1000, max_percent=10), Work(100)),
        (of("never_expires_ratio", accounts=4, total=33, max_percent=10), Work(1)),
        # those that are disabled are no longer counted at all: it may take a few more
        (of("dormant_accounts", accounts=300, total=999, max_percent=25), Work(51, exact=False)),
        (of("dormant_accounts_notable", accounts=200, total=1000, max_percent=25), Work(101, exact=False)),
        (of("dormant_accounts_notable", accounts=1, total=5, max_percent=25), Work(1, exact=False)),
        (of("dormant_computers", machines=300, total=1000, max_percent=15), Work(151, exact=False)),
        (of("privileged_inactive", accounts=10, total=20, max_percent=30, names="a, b"), Work(4, exact=False)),
        (of("keys_on_accounts", count=7, machines=2, target="x"), Work(7)),
        (of("single_controller", count=1, least=2), Work(1)),
        (of("single_controller", count=0, least=2), Work(2)),
        (of("control_paths_too_many", accounts=900, total=1000, threshold=50), Work(1, exact=False)),
        (of("laps_coverage", system="LAPS"), Work(1, exact=False)),
        (of("privileged_count"), Work(1, exact=False)),
        (of("machine_account_quota", quota=10), Work(1)),
    ],
    ids=lambda case: case.rule.id if isinstance(case, Outcome) else "",
)
def test_objects_that_a_rule_counts_are_as_many_to_fix(outcome: Outcome, work: Work) -> None:
    assert work_of([outcome]) == work


def test_objects_counted_may_be_those_that_others_name() -> None:
    """Ten accounts among forty named ones, and a setting of the domain, which is no account."""
    ten, named = of("privileged_count", accounts=60, max_accounts=50), failed("a", LEVEL_1, *on(*map(str, range(40))))
    setting = of("machine_account_quota", quota=10)
    assert work_of([ten, setting]) == Work(11)
    assert work_of([ten, named]) == Work(40, exact=False)
    assert work_of([ten, named, setting]) == Work(41, exact=False)
    assert work_of([ten, of("keys_on_accounts", count=3)]) == Work(10, exact=False)


ONE_SETTING = """
administrators_not_denied_logon attack_surface_rules_absent domain_reversible_passwords ds_heuristics_critical
ds_heuristics_enforcement ds_heuristics_list_object ds_heuristics_weak functional_level_2008r2 functional_level_2012r2
functional_level_2016 kerberos_armoring_clients llmnr_enabled machine_account_quota newer_than_references
no_service_password_policy powershell_not_logged protected_users_missing pso_unreadable recycle_bin_disabled
remote_sessions_unlimited sessions_enumerable short_passwords_allowed smartcard_secrets_kept sysvol_not_replicated
unauthenticated_bind_allowed weak_password_policy
"""


def test_every_rule_about_the_domain_is_one_setting_or_counts() -> None:
    """A new rule whose subject is the domain says here whether one object is all there is to fix."""
    about = {
        rule.id
        for rule in RULES
        for finding in run_rules([rule], broken_for(rule))[0].findings
        if finding.subject == DOMAIN
    }
    assert set(COUNTED) <= about
    assert {name.removeprefix("ad.") for name in about - set(COUNTED)} == set(ONE_SETTING.split())


@pytest.mark.parametrize(("ways", "counted"), [(7, 7), (MOST_WAYS + 50, MOST_WAYS)])
def test_a_search_that_ends_early_never_asks_for_too_much(ways: int, counted: int) -> None:
    paths = [path(f"p{number}", f"ou{number % ways}", "T") for number in range(2 * ways)]
    reached = next_level([failed("a", LEVEL_1, *paths)], 1)
    assert reached is not None
    assert reached.work == Work(0, counted, exact=False)


@pytest.mark.parametrize(("ways", "expected"), [(3, (3, True)), (MOST_WAYS, (MOST_WAYS, False))])
def test_cuts_say_whether_they_are_enough(ways: int, expected: tuple[int, bool]) -> None:
    network = Network()
    network.begin_at("p")
    network.end_at("T")
    for number in range(ways):
        network.tie("p", f"ou{number}")
        network.tie(f"OU{number}", "t")
    assert network.fewest_cuts() == expected


def test_the_best_level_has_no_next() -> None:
    report = level_report([outcome(Status.PASSED, *LEVEL_1)], lambda _rule: None)
    assert (report.to_next, report.blocking, report.actions) == (None, (), ())


def test_the_report_says_what_blocks_and_what_is_not_known() -> None:
    hidden = Outcome(outcome(Status.PASSED, *LEVEL_1).rule, Status.NOT_ASSESSABLE, reason=Text("caché", "hidden"))
    report = level_report(
        [failed("b", LEVEL_2, *on("x", "y")), hidden, failed("c", LEVEL_3, *on("z"))], lambda _r: None
    )
    assert [(one.point, one.level, one.rule, one.findings) for one in report.blocking] == [("vuln_b", 2, "ad.b", 2)]
    assert [(one.point, one.reason) for one in report.unassessed] == [("vuln_a", Text("caché", "hidden"))]
    assert report.to_next is not None
    assert report.to_next.sentence.fr == "Pour atteindre au mieux le niveau 3 : 2 objets à corriger."
    assert "between 1 and 2; 1 point(s) not assessed" in report.estimate.sentence.en


@pytest.mark.parametrize(
    ("work", "fr", "en"),
    [
        (Work(1), "1 objet", "1 object"),
        (Work(0, 2), "2 droits", "2 rights"),
        (Work(3, 1, exact=False), "au moins 3 objets et 1 droit", "at least 3 objects and 1 right"),
    ],
)
def test_work_is_said_in_words(work: Work, fr: str, en: str) -> None:
    assert (work.text.fr, work.text.en) == (fr, en)


def test_actions_are_ordered_by_their_effect_on_the_level() -> None:
    sheets = {"ad.a": Treatment("slow", 5), "ad.b": Treatment("quick", 1), "ad.c": Treatment("quick", 1)}
    outcomes = [
        failed("w", ("anssi-ad:warning_w",), *on("w")),
        failed("c", LEVEL_3, *on("z", "x")),
        failed("a", LEVEL_1, *on("x", "y")),
        failed("b", LEVEL_2, *on("x")),
        failed("a2", ("anssi-ad:vuln_e@1", "anssi-ad:vuln_f@1"), *on("v")),
    ]
    actions = actions_by_effect(outcomes, sheets.get)
    told = [(one.sheet or one.rules[0], one.level, one.level_after, one.work.objects) for one in actions]
    assert told == [("ad.a2", 1, 1, 1), ("slow", 1, 2, 2), ("quick", 2, 3, 1), ("quick", 3, 5, 2), ("ad.w", None, 5, 1)]
    assert [one.points for one in actions[2:]] == [("vuln_b",), ("vuln_c",), ("warning_w",)]


def test_the_specimens_report_is_whole() -> None:
    outcomes = run_rules(rules_of("ad"), BROKEN)
    report = level_report(outcomes, lambda _rule: None)
    assert report.to_next is not None
    assert report.to_next.work.objects > 10
    assert report.to_next.work.permissions > 3
    assert {rule for one in report.actions for rule in one.rules} == {
        one.rule.id for one in outcomes if one.status is Status.FAILED
    }
    assert report.actions[0].level == 1
