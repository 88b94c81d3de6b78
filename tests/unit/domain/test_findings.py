"""The lifecycle of findings: tables for each case, properties for any order of runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.findings import (
    MAX_ACCEPTANCE,
    Change,
    Decision,
    Judged,
    Key,
    Known,
    Observed,
    Sighting,
    State,
    Verdict,
    canonical,
    confront,
    decision_faults,
    state_of,
)
from scanners.model import Finding, Severity

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
LATER = START + 1000 * DAY
RULE = "ad.weak"


def judged(*subjects: str, conclusive: bool = True, **evidence: int) -> Judged:
    return Judged(Severity.HIGH, conclusive, {canonical(one): Finding(one, evidence) for one in subjects})


def run(day: int, *subjects: str, conclusive: bool = True, perimeter: str = "dc", **evidence: int) -> Observed:
    return Observed(START + day * DAY, perimeter, {RULE: judged(*subjects, conclusive=conclusive, **evidence)})


@dataclass
class Book:
    """The smallest recorder: what the database does with a delta, in memory, for several targets."""

    rows: dict[Key, Known] = field(default_factory=dict)
    sightings: dict[tuple[Key, str], Sighting] = field(default_factory=dict)
    recorded: list[tuple[str, Observed]] = field(default_factory=list)
    decisions: dict[Key, Decision] = field(default_factory=dict)

    def record(self, observed: Observed, target: str = "t", now: datetime = LATER) -> dict[Change, int]:
        answered = partial(self.answered, observed, target)
        delta = confront(observed, list(self.known(target)), answered, now)
        for new in delta.discoveries:
            state = state_of(new.sighting.present, None, now)
            row = Known(len(self.rows), new.key, new.severity, new.finding.evidence, state=state)
            self.rows[new.key] = replace(row, first_seen=new.sighting.first_seen)
            self.sightings[new.key, target] = new.sighting
        for update in delta.updates:
            row = update.known
            self.rows[row.key] = replace(
                self.rows[row.key],
                evidence=row.evidence if update.evidence is None else update.evidence,
                severity=update.severity or row.severity,
                state=update.state or row.state,
                first_seen=update.first_seen or row.first_seen,
            )
            if update.sighting is not None:
                self.sightings[row.key, target] = update.sighting
        self.recorded.append((target, observed))
        return dict(delta.counts)

    def answered(self, observed: Observed, target: str, key: Key) -> datetime | None:
        """What the database knows of newer runs of the target."""
        place = observed.perimeter_of(key.subject)
        return min(
            (
                one.at
                for named, one in self.recorded
                if named == target
                and one.at > observed.at
                and (one.whole or one.perimeter_of(key.subject) == place != "")
                and one.judged.get(key.rule, judged(conclusive=False)).conclusive
            ),
            default=None,
        )

    def known(self, target: str) -> Iterable[Known]:
        for key, row in self.rows.items():
            others = [one for (seen, named), one in self.sightings.items() if seen == key and named != target]
            yield replace(
                row,
                sighting=self.sightings.get((key, target)),
                elsewhere=any(one.present for one in others),
                seen_elsewhere=max((one.last_seen for one in others), default=None),
                decision=self.decisions.get(key),
            )

    def states(self) -> dict[str, State]:
        return {key.subject: row.state for key, row in self.rows.items()}


def test_new_then_still_then_fixed_then_back() -> None:
    book = Book()
    seen = [book.record(run(day, *subjects)) for day, subjects in enumerate([["A"], ["A"], [], ["a "]])]
    changes = [{change for change, count in counts.items() if count} for counts in seen]
    assert changes == [{Change.NEW}, {Change.STILL}, {Change.FIXED}, {Change.BACK}]
    assert book.states() == {"a": State.OPEN}


def test_a_partial_answer_closes_nothing() -> None:
    book = Book()
    book.record(run(1, "a", "b"))
    book.record(run(2, "b", conclusive=False))
    assert book.states() == {"a": State.OPEN, "b": State.OPEN}


def test_a_rule_that_did_not_answer_closes_nothing() -> None:
    book = Book()
    book.record(run(1, "a"))
    book.record(Observed(START + 2 * DAY, "dc", {"ad.other": judged()}))
    assert book.states() == {"a": State.OPEN}


def test_another_perimeter_closes_nothing_until_the_first_is_looked_at_again() -> None:
    book = Book()
    book.record(run(1, "a"))
    book.record(run(2, perimeter="another dc"))
    assert book.states() == {"a": State.OPEN}
    book.record(run(3))
    assert book.states() == {"a": State.FIXED}


def test_another_target_closes_nothing_and_keeps_open_what_it_sees() -> None:
    book = Book()
    book.record(run(1, "a"), "first")
    book.record(run(2), "second")
    assert book.states() == {"a": State.OPEN}
    book.record(run(3, "a"), "second")
    assert book.record(run(4), "first")[Change.FIXED] == 0
    assert book.states() == {"a": State.OPEN}
    assert book.record(run(5), "second")[Change.FIXED] == 1
    assert book.states() == {"a": State.FIXED}


def test_a_late_run_does_not_reopen_what_a_newer_one_found_gone() -> None:
    book = Book()
    book.record(run(5))
    book.record(run(1, "a"))
    assert book.states() == {"a": State.FIXED}


def test_the_newest_evidence_is_kept() -> None:
    book = Book()
    book.record(run(2, "a", age=2))
    book.record(run(1, "a", age=1))
    assert dict(next(iter(book.rows.values())).evidence) == {"age": 2}
    book.record(run(3, "a", age=3))
    assert dict(next(iter(book.rows.values())).evidence) == {"age": 3}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_decision_survives_runs_and_ends_on_time(verdict: Verdict) -> None:
    book = Book()
    book.record(run(1, "a"), now=START + DAY)
    key = Key.of(RULE, "a")
    book.decisions[key] = Decision(verdict, START + 10 * DAY)
    book.record(run(2, "a"), now=START + 2 * DAY)
    assert book.states() == {"a": State(verdict.value)}
    book.record(run(3), now=START + 3 * DAY)
    assert book.states() == {"a": State.FIXED}
    book.record(run(4, "a"), now=START + 4 * DAY)
    assert book.states() == {"a": State(verdict.value)}
    book.record(run(10, "a"), now=START + 10 * DAY)
    assert book.states() == {"a": State.OPEN}


runs_of_one_target = st.lists(
    st.builds(
        lambda subjects, conclusive, perimeter: (subjects, conclusive, perimeter),
        st.frozensets(st.sampled_from("abc")),
        st.booleans(),
        st.sampled_from(["dc", "dc", "other dc"]),
    ),
    min_size=1,
    max_size=4,
)


def dated(drawn: list[tuple[frozenset[str], bool, str]]) -> list[Observed]:
    return [
        run(day, *sorted(subjects), conclusive=conclusive, perimeter=perimeter)
        for day, (subjects, conclusive, perimeter) in enumerate(drawn)
    ]


def expected(runs: list[Observed]) -> dict[str, State]:
    """The definition, without any bookkeeping: gone if a newer conclusive run of the same perimeter missed it."""
    states = {}
    for subject in {subject for one in runs for subject in one.judged[RULE].seen}:
        last = max((one for one in runs if subject in one.judged[RULE].seen), key=lambda one: one.at)
        gone = any(one.at > last.at and one.judged[RULE].conclusive and one.perimeter == last.perimeter for one in runs)
        states[subject] = State.FIXED if gone else State.OPEN
    return states


@given(runs_of_one_target)
def test_any_order_of_recording_gives_the_same_states(drawn: list[tuple[frozenset[str], bool, str]]) -> None:
    runs = dated(drawn)
    for order in permutations(runs):
        book = Book()
        for one in order:
            book.record(one)
        assert book.states() == expected(runs)


runs_of_one_report = st.lists(
    st.builds(
        lambda day, subjects, conclusive, whole, hosts, level: (day, subjects, conclusive, whole, hosts, level),
        st.integers(0, 3),
        st.frozensets(st.sampled_from(["m1 x", "m1 y", "m2 x"])),
        st.booleans(),
        st.integers(0, 5).map(lambda n: n == 0),
        st.sampled_from(["quick", "full", ""]),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=4,
)


def reported(drawn: tuple[int, frozenset[str], bool, bool, str, int]) -> Observed:
    """A run with one perimeter per machine, perhaps at the same instant as another that says otherwise."""
    day, subjects, conclusive, whole, way, level = drawn
    one = run(day, *sorted(subjects), conclusive=conclusive or whole, level=level)
    return replace(one, place_of=lambda subject: way and f"{subject.partition(' ')[0]}({way})", whole=whole)


@given(runs_of_one_report)
def test_any_order_of_reports_gives_the_same_rows_to_the_last_column(
    drawn: list[tuple[int, frozenset[str], bool, bool, str, int]],
) -> None:
    ends = []
    for order in permutations(drawn):
        book = Book()
        for one in order:
            book.record(reported(one))
        rows = {key: replace(row, id=0) for key, row in book.rows.items()}
        ends.append((rows, book.sightings))
    assert all(end == ends[0] for end in ends)


def test_a_machine_left_out_keeps_its_findings_unless_the_run_is_the_whole() -> None:
    book = Book()
    book.record(reported((1, frozenset({"m1 x", "m2 x"}), True, False, "full", 1)))
    only_m1 = replace(run(2), place_of=lambda subject: "m1(full)" if subject.startswith("m1") else "m1 alone")
    book.record(only_m1)
    assert book.states() == {"m1 x": State.FIXED, "m2 x": State.OPEN}
    book.record(replace(run(3), place_of=lambda _subject: "elsewhere", whole=True))
    assert book.states() == {"m1 x": State.FIXED, "m2 x": State.FIXED}


def test_a_subject_of_which_the_rule_could_not_tell_stays_open_while_others_close() -> None:
    book = Book()
    book.record(run(1, "a", "b"))
    answer = run(2)
    doubtful = {rule: replace(one, unjudged=frozenset({"b"})) for rule, one in answer.judged.items()}
    book.record(replace(answer, judged=doubtful))
    assert book.states() == {"a": State.FIXED, "b": State.OPEN}


def test_a_report_recorded_late_says_since_when() -> None:
    book = Book()
    book.record(run(5, "a"))
    book.record(run(2, "a"))
    assert next(iter(book.rows.values())).first_seen == START + 2 * DAY


@given(runs_of_one_target, st.data())
def test_recording_the_same_facts_again_changes_nothing(
    drawn: list[tuple[frozenset[str], bool, str]], data: st.DataObject
) -> None:
    runs = dated(drawn)
    book = Book()
    for one in runs:
        book.record(one)
    before = (dict(book.rows), dict(book.sightings))
    counts = book.record(data.draw(st.sampled_from(runs)))
    assert (book.rows, book.sightings) == before
    assert counts[Change.NEW] + counts[Change.FIXED] + counts[Change.BACK] == 0


@pytest.mark.parametrize(
    ("decision", "reason", "signatory", "faulty"),
    [
        (Decision(Verdict.FALSE_POSITIVE), "vu sur place", "", set()),
        (Decision(Verdict.FALSE_POSITIVE), "  ", "", {"reason"}),
        (Decision(Verdict.ACCEPTED, START + DAY), "vu", "La directrice", set()),
        (Decision(Verdict.ACCEPTED, START + DAY), "vu", " ", {"signatory"}),
        (Decision(Verdict.ACCEPTED, None), "vu", "x", {"until"}),
        (Decision(Verdict.POSTPONED, START), "vu", "", {"until"}),
        (Decision(Verdict.POSTPONED, START + MAX_ACCEPTANCE), "vu", "", set()),
        (Decision(Verdict.POSTPONED, START + MAX_ACCEPTANCE + DAY), "vu", "", {"until"}),
    ],
)
def test_faults_of_a_decision(decision: Decision, reason: str, signatory: str, faulty: set[str]) -> None:
    assert set(decision_faults(decision, reason, signatory, START)) == faulty


runs_of_two_targets = st.lists(
    st.tuples(
        st.integers(0, 3), st.frozensets(st.sampled_from("ab")), st.sampled_from(["first", "second"]), st.integers(1, 2)
    ),
    min_size=2,
    max_size=4,
    unique_by=lambda one: (one[0], one[2]),
)


@given(runs_of_two_targets)
def test_any_order_over_two_targets_gives_the_same_rows(
    drawn: list[tuple[int, frozenset[str], str, int]],
) -> None:
    books = []
    for order in permutations(drawn):
        book = Book()
        for day, subjects, target, level in order:
            book.record(run(day, *sorted(subjects), level=level), target)
        again_day, subjects, target, level = order[0]
        before = (dict(book.rows), dict(book.sightings))
        book.record(run(again_day, *sorted(subjects), level=level), target)
        assert (book.rows, book.sightings) == before
        books.append(({key: replace(row, id=0) for key, row in book.rows.items()}, book.sightings))
    assert all(one == books[0] for one in books)
