from scanners.model import Finding, Gap, NotAssessable, Status, Text, Verdict, judged
from scanners.runner import run_rule, run_rules
from tests.unit.kernel.samples import UNREAD, Facts, rule

TRUNCATED = Gap("accounts", UNREAD, truncated=True)
MISSING = Gap("accounts", UNREAD)
ELSEWHERE = Gap("groups", Text("Autre.", "Other."))


def every_account(facts: Facts) -> Verdict:
    return judged(len(facts.accounts), (Finding(name) for name in facts.accounts))


def nothing(facts: Facts) -> Verdict:
    return Verdict(len(facts.accounts))


def test_clean_facts_pass_with_their_population() -> None:
    outcome = run_rule(rule(nothing), Facts(("a", "b")))
    assert (outcome.status, outcome.population, outcome.reason) == (Status.PASSED, 2, None)


def test_an_absent_subject_passes_with_population_zero() -> None:
    assert run_rule(rule(nothing), Facts()).population == 0


def test_findings_come_sorted_by_subject() -> None:
    outcome = run_rule(rule(every_account), Facts(("b", "a")))
    assert outcome.status is Status.FAILED
    assert [finding.subject for finding in outcome.findings] == ["a", "b"]
    assert not outcome.partial


def test_a_truncated_section_never_passes() -> None:
    outcome = run_rule(rule(nothing), Facts(("a",), (TRUNCATED,)))
    assert (outcome.status, outcome.reason) == (Status.NOT_ASSESSABLE, UNREAD)


def test_a_failure_on_a_truncated_section_stays_and_says_it_is_partial() -> None:
    outcome = run_rule(rule(every_account), Facts(("a",), (TRUNCATED,)))
    assert (outcome.status, outcome.partial, outcome.reason) == (Status.FAILED, True, UNREAD)


def test_an_unread_section_is_not_judged_at_all() -> None:
    outcome = run_rule(rule(every_account), Facts(("a",), (MISSING,)))
    assert (outcome.status, outcome.population) == (Status.NOT_ASSESSABLE, None)


def test_a_rule_on_the_whole_is_not_run_on_a_part() -> None:
    outcome = run_rule(rule(every_account, whole=True), Facts(("a",), (TRUNCATED,)))
    assert outcome.status is Status.NOT_ASSESSABLE


def test_a_gap_elsewhere_changes_nothing() -> None:
    assert run_rule(rule(nothing), Facts(("a",), (ELSEWHERE,))).status is Status.PASSED


def test_a_gap_about_one_subject_casts_no_doubt_on_the_others() -> None:
    alone = Gap("accounts", UNREAD, truncated=True, subject="c")
    passed = run_rule(rule(nothing), Facts(("a",), (alone,)))
    assert (passed.status, passed.unjudged, passed.conclusive) == (Status.PASSED, ("c",), True)
    failed = run_rule(rule(every_account), Facts(("a",), (alone,)))
    assert (failed.status, failed.partial, failed.unjudged) == (Status.FAILED, False, ("c",))
    both = run_rule(rule(every_account), Facts(("a",), (alone, TRUNCATED)))
    assert (both.partial, both.unjudged, both.conclusive) == (True, (), False)


def test_a_failure_keeps_the_subjects_it_could_not_tell_of() -> None:
    doubt = Text("b est muet.", "b is mute.")

    def some(facts: Facts) -> Verdict:
        return judged(2, (Finding(name) for name in facts.accounts), ("b",), doubt)

    failed = run_rule(rule(some), Facts(("a",)))
    assert (failed.status, failed.partial, failed.reason, failed.unjudged) == (Status.FAILED, True, doubt, ("b",))
    assert failed.conclusive, "of all the others it could tell"
    silent = run_rule(rule(some), Facts())
    assert (silent.status, silent.reason) == (Status.NOT_ASSESSABLE, doubt)


def test_a_doubt_about_no_one_in_particular_is_about_everything() -> None:
    def doubtful(facts: Facts) -> Verdict:
        return judged(1, (Finding(name) for name in facts.accounts), doubt=UNREAD)

    outcome = run_rule(rule(doubtful), Facts(("a",), (Gap("accounts", UNREAD, truncated=True, subject="c"),)))
    assert (outcome.status, outcome.partial, outcome.unjudged) == (Status.FAILED, True, ())
    assert not outcome.conclusive


def test_a_rule_that_cannot_tell_keeps_its_reason() -> None:
    def refuses(_facts: Facts) -> Verdict:
        raise NotAssessable("Sans réponse.", "No answer.")

    outcome = run_rule(rule(refuses), Facts())
    assert (outcome.status, outcome.reason) == (Status.NOT_ASSESSABLE, Text("Sans réponse.", "No answer."))


def test_a_bug_in_one_rule_is_an_error_and_the_others_still_run() -> None:
    def breaks(_facts: Facts) -> Verdict:
        raise ZeroDivisionError("division by zero")

    first, second = run_rules([rule(breaks, "first"), rule(nothing, "second")], Facts())
    assert first.status is Status.ERROR
    assert first.reason is not None
    assert "ZeroDivisionError" in first.reason.fr
    assert second.status is Status.PASSED
