"""The counts kept beside the findings are always those of a full recount, whatever happened and in any order."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from care.domain.access import Scope, machine_scope
from care.domain.findings import Judged, Observed, State, Verdict
from care.services import findings
from care.services.errors import Invalid, Refused
from care.services.findings import DecisionDraft
from care.services.platform import Platform
from care.services.recording import Place, record_findings
from care.store.engine import open_database
from care.store.findings import FindingRow
from care.store.runs import Run
from care.store.tallies import FindingFlow, FindingTally, differences, recount
from scanners.model import Severity
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.support.recordings import START, Seen, plant_targets, record_run

both = pytest.mark.both_databases
RULES = ("ad.weak", "ad.old")

named = st.lists(st.sampled_from("ab"), unique=True, min_size=1)
runs = st.builds(
    Seen,
    day=st.integers(0, 6),
    subjects=st.fixed_dictionaries(dict.fromkeys(RULES, st.one_of(named, named, st.just(()), st.none()))),
    conclusive=st.booleans(),
    perimeter=st.sampled_from(["dc", "dc", "other"]),
    level=st.integers(1, 2),
    severity=st.sampled_from([Severity.HIGH, Severity.LOW]),
)
run = st.tuples(st.just("run"), runs, st.sampled_from(["first", "second"]))
steps = st.lists(
    st.one_of(
        *[run] * 4,
        st.tuples(st.just("decide"), st.sampled_from(list(Verdict)), st.integers(0, 7)),
        st.tuples(st.just("withdraw"), st.none(), st.integers(0, 7)),
        st.tuples(st.just("gone"), st.none(), st.integers(0, 7)),
        st.tuples(st.just("wait"), st.none(), st.integers(-3, 6)),
    ),
    min_size=4,
    max_size=10,
)


@pytest.fixture
def prepared(platform: Platform, machine: Scope, hospitals: Hospitals) -> tuple[Platform, Hospitals, dict[str, int]]:
    return platform, hospitals, plant_targets(platform, machine, hospitals.valley, ["first", "second"])


@contextmanager
def fresh(platform: Platform) -> Iterator[Platform]:
    """The same platform on a copy of its SQLite file: each example begins with no finding."""
    source = Path(str(platform.database.engine.url.database))
    platform.database.close()
    copy = source.with_name("example.sqlite3")
    shutil.copyfile(source, copy)
    database = open_database(f"sqlite:///{copy}")
    try:
        yield replace(platform, database=database, clock=FixedClock(START + timedelta(days=20)))
    finally:
        database.close()
        for left in source.parent.glob("example.sqlite3*"):
            left.unlink()


def take(platform: Platform, establishment: int, targets: dict[str, int], step: tuple[str, Any, Any]) -> None:
    """One step of a history; refusals are part of it."""
    kind, what, where = step
    scope = machine_scope("tests")
    assert isinstance(platform.clock, FixedClock)
    if kind == "run":
        record_run(platform, establishment, targets[where], what)
    elif kind == "wait":
        platform.clock.forward(days=where)
        findings.expire_decisions(platform)
    else:
        with platform.database.read() as session:
            ids = session.scalars(select(FindingRow.id).order_by(FindingRow.id)).all()
        if not ids:
            return
        number = ids[where % len(ids)]
        try:
            if kind == "decide":
                until = platform.clock.now() + timedelta(days=2)
                findings.decide(platform, scope, number, DecisionDraft(what, "Vu.", until, "La directrice"))
            elif kind == "withdraw":
                findings.withdraw_decision(platform, scope, number, "Erreur.")
            else:
                findings.confirm_gone(platform, scope, number, "Démonté.")
        except (Refused, Invalid):
            return


@settings(max_examples=100)
@given(history=steps)
def _any_history(platform: Platform, establishment: int, targets: dict[str, int], history: list[Any]) -> None:
    with fresh(platform) as copy:
        for step in history:
            take(copy, establishment, targets, step)
            with copy.database.read() as session:
                assert differences(session) == 0


def test_counts_are_true_after_any_history(
    prepared: tuple[Platform, Hospitals, dict[str, int]],
) -> None:
    platform, hospitals, targets = prepared
    _any_history(platform, hospitals.valley, targets)


@both
def test_counts_follow_each_kind_of_change(
    prepared: tuple[Platform, Hospitals, dict[str, int]], clock: FixedClock
) -> None:
    platform, hospitals, targets = prepared
    history: list[tuple[str, Any, Any]] = [
        ("run", Seen(0, {"ad.weak": ["a", "b"], "ad.old": ["c"]}), "first"),
        ("run", Seen(1, {"ad.weak": ["a"]}, severity=Severity.LOW), "second"),
        ("decide", Verdict.ACCEPTED, 0),
        ("run", Seen(2, {"ad.weak": ["a"], "ad.old": []}), "first"),
        ("wait", None, 6),
        ("run", Seen(3, {"ad.old": ["c"]}), "first"),
        ("decide", Verdict.FALSE_POSITIVE, 2),
        ("withdraw", None, 2),
    ]
    for step in history:
        take(platform, hospitals.valley, targets, step)
        with platform.database.read() as session:
            assert differences(session) == 0, step
    with platform.database.read() as session:
        tallied = {(row.rule, row.state): row.findings for row in session.scalars(select(FindingTally)) if row.findings}
        flow = session.scalars(select(FindingFlow)).all()
    assert tallied == {("ad.weak", State.OPEN): 1, ("ad.weak", State.FIXED): 1, ("ad.old", State.OPEN): 1}
    assert (sum(one.appeared for one in flow), sum(one.went for one in flow)) == (4, 2)


@both
def test_a_renamed_rule_keeps_its_counts(prepared: tuple[Platform, Hospitals, dict[str, int]]) -> None:
    platform, hospitals, targets = prepared
    record_run(platform, hospitals.valley, targets["first"], Seen(0, {"ad.weak": ["a", "b"], "ad.old": ["c"]}))
    with platform.database.write() as session:
        run = Run(
            establishment_id=hospitals.valley,
            target_id=targets["first"],
            scanner="ad",
            asked_at=START,
            asked_by="tests",
        )
        session.add(run)
        session.flush()
        renamed = Judged(Severity.HIGH, False, {}, aliases=("ad.weak", "ad.old"))
        observed = Observed(START + timedelta(days=1), "dc", {"ad.renamed": renamed})
        record_findings(session, Place(hospitals.valley, targets["first"], run.id), observed, START, "tests")
        assert differences(session) == 0
        assert {row.rule: row.findings for row in session.scalars(select(FindingTally))} == {"ad.renamed": 3}
        assert {row.rule for row in session.scalars(select(FindingFlow))} == {"ad.renamed"}


@both
def test_wrong_counts_are_told_and_made_again(prepared: tuple[Platform, Hospitals, dict[str, int]]) -> None:
    platform, hospitals, targets = prepared
    record_run(platform, hospitals.valley, targets["first"], Seen(0, {"ad.weak": ["a", "b"], "ad.old": ["c"]}))
    with platform.database.write() as session:
        session.execute(update(FindingTally).where(FindingTally.rule == "ad.weak").values(findings=7))
        session.execute(delete(FindingFlow).where(FindingFlow.rule == "ad.old"))
    with platform.database.write() as session:
        assert recount(session) == 3
        assert differences(session) == 0
        assert recount(session) == 0
