"""Imports of other tools' results, on real databases: recorded whole or not at all, the same state in any order."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.findings import Change, State, Verdict
from care.domain.jobs import JobKind, Lane
from care.domain.schedule import Recurrence
from care.services import audits, findings, import_now, imports, jobs, runs, work
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.findings import DecisionDraft, FindingFilter
from care.services.import_drafts import MAX_DRAFTS, Upload, give_up, keep_typed, list_drafts
from care.services.import_now import upload
from care.services.platform import Platform
from care.services.schedules import set_schedule
from care.services.targets import archive_target, list_targets, open_target
from care.services.work import Hold
from care.store.engine import Database, open_database
from care.store.evidence import EvidenceTie
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.imports import ReportedRule
from care.store.tables import METADATA
from scanners.catalog import all_rules
from scanners.imported.model import ForeignRef, Report, Tool
from scanners.model import Gap, Severity, Status, Text
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.queries import counted
from tests.support.reports import MIB, START, PlannedReader, check, import_report, report

both = pytest.mark.both_databases
HOST, OTHER = "192.0.2.1:443/tcp", "192.0.2.2:22/tcp"
RUN_LIST = {"run", "import_draft", "rule_outcome", "imported_report", "evidence_tie", "trail_event", "trail_head"}
"""What a second import of the same file may change: the list of runs and the trail."""


@pytest.fixture
def platform(platform: Platform, clock: FixedClock) -> Platform:
    clock.forward(days=60)  # reports of the tests look back
    return replace(platform, read_report=PlannedReader())


def states(platform: Platform) -> dict[tuple[str, str], State]:
    with platform.database.read() as session:
        return {(row.rule, row.subject): row.state for row in session.scalars(select(FindingRow))}


def dump(platform: Platform, leaving_out: set[str] = frozenset()) -> dict[str, list[tuple[Any, ...]]]:  # type: ignore[assignment]
    """Every row of every table."""
    with platform.database.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
            if table.name not in leaving_out
        }


def files(platform: Platform) -> list[str]:
    """Every file kept: evidence, and work that goes on."""
    data = platform.settings.data_dir
    return sorted(
        str(path.relative_to(data)) for name in ("evidence", "work") for path in (data / name).rglob("*")
        if path.is_file()
    )  # fmt: skip


def sent(content: bytes = b"?", **changes: Any) -> Upload:
    return replace(Upload("rapport.nessus", io.BytesIO(content), MIB), **changes)


def planned(platform: Platform, one: Report) -> Upload:
    assert isinstance(platform.read_report, PlannedReader)
    return sent(platform.read_report.content(one))


@both
def test_an_import_is_recorded_whole(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    cve = ForeignRef("cve", "CVE-2021-44228")
    one = report(
        1,
        check("19506", HOST, OTHER, refs=[cve, ForeignRef("url", "https://example.net/x")]),
        check("2", conclusive=True),
        check("3"),
    )
    draft = upload(platform, machine, hospitals.valley, planned(platform, one))
    seen = import_now.preview(platform, machine, draft)
    assert (seen.target, seen.targets, seen.before, seen.newer) == ("Nessus", (), None, None)
    assert (seen.hosts, seen.checks, seen.proven, seen.counts[Change.NEW]) == (2, 3, 1, 2)
    assert seen.by_severity[Severity.HIGH] == 2
    assert states(platform) == {}

    run_id = import_now.confirm(platform, machine, draft, " Siège ")
    run = runs.open_run(platform, machine, run_id)
    assert run.line.counts == runs.Counts(
        passed=1, failed=1, not_assessable=1, error=0, new=2, still=0, fixed=0, back=0
    )
    assert (run.line.target_name, run.line.scanner, run.collected_to) == ("Siège", "nessus", one.finished_at)
    assert {(one.rule, one.status, one.conclusive) for one in run.outcomes} == {
        ("nessus.19506", Status.FAILED, False),
        ("nessus.2", Status.PASSED, True),
        ("nessus.3", Status.NOT_ASSESSABLE, False),
    }
    assert states(platform) == {("nessus.19506", HOST): State.OPEN, ("nessus.19506", OTHER): State.OPEN}
    assert platform.evidence.intact(run.facts_sha256)
    with platform.database.read() as session:
        words = session.get_one(ReportedRule, (hospitals.valley, "nessus.19506"))
        assert (words.title_fr, words.title_en, words.refs[0]) == ("Weak 19506", "", str(cve))
        assert [tie.thing_id for tie in session.scalars(select(EvidenceTie))] == [str(run_id)]
    assert files(platform) == [f"evidence/{run.facts_sha256[:2]}/{run.facts_sha256[2:4]}/{run.facts_sha256}"]
    (line,) = imports.list_imports(platform, machine, hospitals.valley).lines
    assert (line.run_id, line.new, line.hosts, line.file_name) == (run_id, 2, 2, "rapport.nessus")


@both
def test_a_check_closes_only_what_its_file_proves(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    def bring(one: Report, complete: bool = False) -> dict[tuple[str, str], State]:
        import_report(platform, machine, hospitals.valley, one, complete=complete)
        return states(platform)

    a, b = ("nessus.a", HOST), ("nessus.b", OTHER)
    assert bring(report(1, check("a", HOST), check("b", OTHER))) == {a: State.OPEN, b: State.OPEN}
    assert bring(report(2, check("a"))) == {a: State.OPEN, b: State.OPEN}, "silence is never a pass"
    assert bring(report(3, check("a", conclusive=True), hosts=["192.0.2.2"])) == {a: State.OPEN, b: State.OPEN}
    assert bring(report(4, check("a", conclusive=True))) == {a: State.FIXED, b: State.OPEN}
    assert bring(report(5, check("a", HOST), covers=["nessus.b"])) == {a: State.OPEN, b: State.FIXED}
    assert bring(report(6, covers_all=True, ways={"192.0.2.1": "no login"}))[a] is State.OPEN, "not looked at alike"
    assert bring(report(7, covers_all=True)) == {a: State.FIXED, b: State.FIXED}
    assert bring(report(8, check("a", HOST), check("b", OTHER)))[a] is State.OPEN
    assert bring(report(9, hosts=["192.0.2.9"]), complete=True) == {a: State.FIXED, b: State.FIXED}
    with platform.database.read() as session:
        last = session.scalars(select(FindingEvent).order_by(FindingEvent.id.desc()).limit(1)).one()
    assert (last.what, last.actor, last.detail) == ("fixed", machine.actor, {"declared": True})


@both
def test_another_name_of_perimeter_closes_nothing(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    import_report(platform, machine, hospitals.valley, report(1, check("a", HOST)), target="Siège")
    import_report(platform, machine, hospitals.valley, report(2, covers_all=True), target="Annexe", complete=True)
    import_report(platform, machine, hospitals.hill, report(2, covers_all=True), target="Siège", complete=True)
    assert states(platform) == {("nessus.a", HOST): State.OPEN}


@both
def test_a_machine_not_looked_at_to_its_end_closes_nothing(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    """Its findings are taken, but the file does not prove that the machine was scanned whole: twice is no proof."""
    elsewhere = "192.0.2.3:445/tcp"
    import_report(platform, machine, hospitals.valley, report(1, check("a", HOST, elsewhere, conclusive=True)))
    import_report(platform, machine, hospitals.valley, report(2, check("a", conclusive=True)))
    import_report(platform, machine, hospitals.valley, report(3, covers_all=True))
    assert states(platform) == {("nessus.a", HOST): State.FIXED, ("nessus.a", elsewhere): State.OPEN}
    import_report(platform, machine, hospitals.valley, report(1.5, check("a", elsewhere)))
    assert states(platform)["nessus.a", elsewhere] is State.OPEN
    import_report(platform, machine, hospitals.valley, report(4), complete=True)
    assert states(platform)["nessus.a", elsewhere] is State.FIXED


def test_a_file_cut_short_cannot_be_declared_complete(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    cut = Gap("hosts", Text("Balayage interrompu.", "Scan interrupted."), truncated=True)
    draft = upload(platform, machine, hospitals.valley, planned(platform, report(1, check("a", HOST), gaps=[cut])))
    assert "Balayage interrompu" in import_now.preview(platform, machine, draft).undeclarable
    before = dump(platform)
    with pytest.raises(Refused, match="Scan interrupted"):
        import_now.confirm(platform, machine, draft, "Siège", complete=True)
    assert dump(platform) == before
    run = runs.open_run(platform, machine, import_now.confirm(platform, machine, draft, "Siège"))
    assert (run.line.complete, run.gaps[0].reason) == (False, "Balayage interrompu.")


@both
def test_the_same_file_again_changes_nothing_but_the_list_of_runs(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    first = report(1, check("a", HOST, level=1), check("b", OTHER, conclusive=True))
    second = report(2, check("a", HOST, level=2, title="Better words"), check("b", conclusive=True))
    import_report(platform, machine, hospitals.valley, first)
    import_report(platform, machine, hospitals.valley, second, complete=True)
    before = dump(platform, RUN_LIST)
    for again in (first, second, second):
        complete = again is second
        run = import_report(platform, machine, hospitals.valley, again, complete=complete)
        counts = runs.open_run(platform, machine, run).line.counts
        assert counts is not None
        assert (counts.new, counts.fixed, counts.back) == (0, 0, 0)
        assert dump(platform, RUN_LIST) == before
    draft = upload(platform, machine, hospitals.valley, planned(platform, second))
    said = import_now.preview(platform, machine, draft)
    assert said.before is not None
    assert (said.before.run_id, said.before.by, said.target) == (run, machine.actor, "Siège")


drawn_reports = st.lists(
    st.builds(
        lambda day, seen, conclusive, hosts, mode, level: (day, seen, conclusive, hosts, mode, level),
        st.integers(0, 3),
        st.frozensets(st.sampled_from(["a 192.0.2.1", "a 192.0.2.2", "b 192.0.2.1", "b 192.0.2.2"])),
        st.frozensets(st.sampled_from("ab")),
        st.sampled_from([("192.0.2.1", "192.0.2.2"), ("192.0.2.1", "192.0.2.2"), ("192.0.2.1",)]),
        st.sampled_from(["", "", "covers", "all", "complete"]),
        st.integers(1, 2),
    ),
    min_size=2,
    max_size=3,
)


def drawn(one: tuple[int, frozenset[str], frozenset[str], tuple[str, ...], str, int]) -> tuple[Report, bool]:
    day, seen, conclusive, hosts, mode, level = one
    checks = [
        check(
            name,
            *(f"{host}:443/tcp" for host in hosts if f"{name} {host}" in seen),
            conclusive=name in conclusive,
            level=level,
            severity=Severity.HIGH if level == 1 else Severity.LOW,
            title=f"Words of {day} {level}",
        )
        for name in "ab"
        if name in conclusive or any(f"{name} {host}" in seen for host in hosts)
    ]
    covers = ["nessus.b"] if mode == "covers" else []
    made = report(day, *checks, hosts=hosts, covers=covers, covers_all=mode == "all")
    return made, mode == "complete"


@contextmanager
def copied(platform: Platform, folder: Path) -> Iterator[Platform]:
    """The same installation on a copy of its empty database."""
    source = platform.settings.data_dir / "care.sqlite3"
    platform.database.close()
    place = folder / "copy.sqlite3"
    shutil.copy(source, place)
    database: Database = open_database(f"sqlite:///{place}")
    try:
        yield replace(platform, database=database, read_report=PlannedReader())
    finally:
        database.close()
        for path in folder.glob("copy.sqlite3*"):
            path.unlink()


def outcome_of(platform: Platform) -> Any:
    """All that the lifecycle holds, numbers of rows apart."""
    with platform.database.read() as session:
        rows = {row.id: row for row in session.scalars(select(FindingRow))}
        weaknesses = sorted(
            (row.rule, row.subject, row.severity, str(row.evidence), row.state, row.first_seen_at)
            for row in rows.values()
        )
        sightings = sorted(
            (rows[one.finding_id].rule, rows[one.finding_id].subject_key, one.perimeter, one.first_seen_at,
             one.last_seen_at, str(one.gone_at))
            for one in session.scalars(select(SightingRow))
        )  # fmt: skip
        words = sorted((one.rule, one.title_fr, one.reported_at) for one in session.scalars(select(ReportedRule)))
    return weaknesses, sightings, words


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])  # copied for each order
@given(drawn_reports)
def test_any_order_of_imports_gives_the_same_state(
    any_order: tuple[Platform, int, Path], several: list[tuple[Any, ...]]
) -> None:
    platform, valley, folder = any_order
    machine = person(Role.ADMINISTRATOR)
    ends = []
    made = [drawn(one) for one in several]  # type: ignore[arg-type]
    for order in permutations(made):
        with copied(platform, folder) as one:
            for each, complete in (*order, made[0]):
                import_report(one, machine, valley, each, complete=complete)
            ends.append(outcome_of(one))
    assert all(end == ends[0] for end in ends)


@pytest.fixture
def any_order(platform: Platform, hospitals: Hospitals, tmp_path: Path) -> tuple[Platform, int, Path]:
    return platform, hospitals.valley, tmp_path


@both
def test_people_who_confirm_at_once_give_what_one_after_the_other_gives(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    several = [
        report(1, check("a", HOST), check("b", OTHER)),
        report(2, check("a", conclusive=True), check("b", OTHER)),
        report(3, covers_all=True),
        report(2.5, check("a", OTHER)),
    ]
    drafts = [upload(platform, machine, hospitals.valley, planned(platform, one)) for one in several]
    troubles: list[BaseException] = []

    def confirm(draft: int) -> None:
        try:
            import_now.confirm(platform, machine, draft, "Siège")
        except BaseException as trouble:  # noqa: BLE001 - told to the test
            troubles.append(trouble)

    threads = [threading.Thread(target=confirm, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert set(states(platform).values()) == {State.FIXED}
    assert len(states(platform)) == 3
    assert imports.list_imports(platform, machine, hospitals.valley).total == len(several)
    with platform.database.read() as session:
        gone = {(one.rule, one.gone_at) for one in session.scalars(select(SightingRow))}
    day = timedelta(days=1)
    assert gone == {("nessus.a", START + 2 * day), ("nessus.a", START + 3 * day), ("nessus.b", START + 3 * day)}


@both
def test_one_draft_is_confirmed_once(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    draft = upload(platform, machine, hospitals.valley, planned(platform, report(1, check("a", HOST))))
    run = import_now.confirm(platform, machine, draft, "Siège")
    assert import_now.confirm(platform, machine, draft, "Annexe") == run
    assert list_drafts(platform, machine, hospitals.valley) == ()
    assert imports.list_imports(platform, machine, hospitals.valley).total == 1


def test_what_cannot_be_read_leaves_no_trace(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    before = dump(platform), files(platform)
    for bad in (sent(b"not planned"), sent(b"x" * 2000, limit=1999)):
        with pytest.raises(Invalid) as refusal:
            upload(platform, machine, hospitals.valley, bad)
        assert set(refusal.value.fields) == {"file"}
    assert (dump(platform), files(platform)) == before
    assert list((platform.settings.evidence_dir / ".imports").iterdir()) == []


def test_the_limit_is_in_the_sentence_and_no_more_than_it_is_read(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(Invalid, match="64 MiB"):
        upload(platform, machine, hospitals.valley, Upload("x", endless, 64 * MIB))  # type: ignore[arg-type]
    assert endless.given <= 66 * MIB


@pytest.mark.parametrize("days", [61, 3650, -20_000])
def test_impossible_dates_are_refused(platform: Platform, machine: Scope, hospitals: Hospitals, days: float) -> None:
    before = dump(platform), files(platform)
    at = platform.clock.now() - START
    with pytest.raises(Invalid):
        upload(platform, machine, hospitals.valley, planned(platform, report(at.days + days, check("a", HOST))))
    assert (dump(platform), files(platform)) == before


def test_a_clock_a_little_ahead_is_taken(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    soon = platform.clock.now() + timedelta(minutes=5)
    one = replace(report(1, check("a", HOST)), started_at=soon, finished_at=soon)
    import_report(platform, machine, hospitals.valley, one)
    assert states(platform) == {("nessus.a", HOST): State.OPEN}


def test_who_may_import(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    one = planned(platform, report(1, check("a", HOST)))
    draft = upload(platform, machine, hospitals.valley, one)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(NotFound):
        upload(platform, stranger, hospitals.valley, one)
    with pytest.raises(Forbidden):
        upload(platform, reader, hospitals.valley, one)
    for who in (stranger, reader):
        for act in (import_now.preview, give_up):
            with pytest.raises(NotFound):
                act(platform, who, draft)
        with pytest.raises(NotFound):
            import_now.confirm(platform, who, draft, "Siège")
    with pytest.raises(NotFound):
        imports.list_imports(platform, stranger, hospitals.valley)
    assert imports.list_imports(platform, reader, hospitals.valley).total == 0


def test_drafts_are_listed_given_up_and_bounded(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    drafts = [
        upload(platform, machine, hospitals.valley, planned(platform, report(day, check("a", HOST))))
        for day in range(MAX_DRAFTS)
    ]
    assert [one.id for one in list_drafts(platform, machine, hospitals.valley)] == drafts[::-1]
    with pytest.raises(Refused, match=str(MAX_DRAFTS)):
        upload(platform, machine, hospitals.valley, planned(platform, report(50, check("a", HOST))))
    for draft in drafts:
        give_up(platform, machine, draft)
    assert list_drafts(platform, machine, hospitals.valley) == ()
    assert files(platform) == []


def test_a_draft_whose_file_is_gone_says_so(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    draft = upload(platform, machine, hospitals.valley, planned(platform, report(1, check("a", HOST))))
    shutil.rmtree(platform.settings.evidence_dir / ".imports")
    with pytest.raises(NotFound, match="upload it again"):
        import_now.preview(platform, machine, draft)
    give_up(platform, machine, draft)
    assert list_drafts(platform, machine, hospitals.valley) == ()


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x00b", "a\nb"])
def test_a_target_has_a_name(platform: Platform, machine: Scope, hospitals: Hospitals, name: str) -> None:
    draft = upload(platform, machine, hospitals.valley, planned(platform, report(1, check("a", HOST))))
    with pytest.raises(Invalid) as refusal:
        import_now.confirm(platform, machine, draft, name)
    assert set(refusal.value.fields) == {"target"}


def test_the_preview_foresees_what_confirming_does(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    import_report(platform, machine, hospitals.valley, report(1, check("a", HOST), check("b", OTHER)))
    import_report(platform, machine, hospitals.valley, report(9, check("b", OTHER)))
    next_one = report(3, check("a", conclusive=True), check("c", HOST), check("b", OTHER))
    draft = upload(platform, machine, hospitals.valley, planned(platform, next_one))
    seen = import_now.preview(platform, machine, draft, "Siège")
    assert seen.newer == START + timedelta(days=9)
    assert {change: seen.counts[change] for change in Change} == {
        Change.NEW: 1, Change.STILL: 1, Change.FIXED: 1, Change.BACK: 0
    }  # fmt: skip
    counts = runs.open_run(platform, machine, import_now.confirm(platform, machine, draft, "Siège")).line.counts
    assert counts is not None
    assert (counts.new, counts.still, counts.fixed, counts.back) == (1, 1, 1, 0)


@both
def test_a_decision_survives_imports(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    import_report(platform, machine, hospitals.valley, report(1, check("a", HOST)))
    with platform.database.read() as session:
        number = session.scalars(select(FindingRow.id)).one()
    findings.decide(platform, machine, number, DecisionDraft(Verdict.FALSE_POSITIVE, "Vu sur place."))
    import_report(platform, machine, hospitals.valley, report(2, check("a", HOST)))
    assert states(platform) == {("nessus.a", HOST): State.FALSE_POSITIVE}


@both
def test_thousands_of_checks(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    many = [check(f"{number:05}", HOST) for number in range(3000)]
    import_report(platform, machine, hospitals.valley, report(1, *many))
    import_report(platform, machine, hospitals.valley, report(2, *many[:-1], covers_all=True))
    closed = [rule for (rule, _subject), state in states(platform).items() if state is State.FIXED]
    assert (len(states(platform)), closed) == (3000, ["nessus.02999"])


def test_a_result_typed_in_keeps_what_was_attached(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    one = report(1, check("vuln_x", "hopital.test", tool=Tool.ADS), tool=Tool.ADS, hosts=["hopital.test"])
    attached = Upload("rapport ADS.pdf", io.BytesIO(b"%PDF-"), MIB)
    draft = keep_typed(platform, machine, hospitals.valley, one, b'{"level": 2}', attached)
    assert import_now.preview(platform, machine, draft).draft.attachment == "rapport ADS.pdf"
    run = import_now.confirm(platform, machine, draft, "hopital.test")
    with platform.database.read() as session:
        assert [tie.thing_id for tie in session.scalars(select(EvidenceTie))] == [str(run)] * 2
    assert len(files(platform)) == 2


def test_targets_of_other_tools_are_never_audited(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    import_report(platform, machine, hospitals.valley, report(1, check("a", HOST)))
    (line,) = imports.list_imports(platform, machine, hospitals.valley).lines
    assert imports.find_target(platform, machine, line.target_id) == (hospitals.valley, "nessus")
    assert list_targets(platform, machine, hospitals.valley) == ()
    with pytest.raises(Refused, match="no target"):
        audits.start_campaign(platform, machine, hospitals.valley, "Tout")
    for act in (audits.start_audit, open_target, archive_target):
        with pytest.raises(NotFound):
            act(platform, machine, line.target_id)
    with pytest.raises(NotFound):
        set_schedule(platform, machine, line.target_id, Recurrence.of("0 3 * * *"))
    with pytest.raises(NotFound):
        runs.result_of_run(platform, machine, line.run_id)


def test_a_person_may_say_that_a_weakness_seen_by_another_tool_is_gone(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    import_report(platform, machine, hospitals.valley, report(1, check("a", HOST), hosts=["192.0.2.1"]))
    with platform.database.read() as session:
        number = session.scalars(select(FindingRow.id)).one()
    findings.confirm_gone(platform, machine, number, "Machine retirée.")
    assert states(platform) == {("nessus.a", HOST): State.FIXED}


def test_a_draft_never_confirmed_is_forgotten(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    upload(platform, machine, hospitals.valley, planned(platform, report(1, check("a", HOST))))
    for hours, left in ((23, 1), (2, 0)):
        clock.forward(hours=hours)
        with platform.database.write() as session:
            jobs.submit(platform, session, jobs.Order(JobKind.PURGE), "tests")
        work.purge(platform, Hold(platform, claimed(platform, Lane.SERVICE)))
        assert len(list_drafts(platform, machine, hospitals.valley)) == left


def test_foreign_words_are_shown_wherever_a_rule_is_named(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    cve, link = ForeignRef("cve", "CVE-2021-44228"), ForeignRef("url", "javascript:alert(1)")
    good = ForeignRef("url", "https://example.net/advice")
    one = report(1, check("19506", HOST, title="Log4Shell {0} <b>", refs=[cve, link, good]))
    run_id = import_report(platform, machine, hospitals.valley, one)
    title = "Log4Shell {0} <b>"
    (line,) = findings.list_findings(platform, machine, hospitals.valley, FindingFilter()).page.lines
    assert (line.title, line.title.lang, line.title.foreign) == (title, "en", True)
    (group,) = findings.group_findings(platform, machine, hospitals.valley, FindingFilter()).page.lines
    assert group.title == title
    (outcome,) = runs.open_run(platform, machine, run_id).outcomes
    assert outcome.title == title
    seen = findings.open_finding(platform, machine, line.id)
    assert (seen.foreign, seen.description, seen.remediation) == (True, "Why 19506.", "Update {it}.")
    assert seen.words_lang == "en"
    assert [str(ref) for ref in seen.refs] == [str(cve)]
    assert seen.links == ("https://example.net/advice",)
    english = replace(machine, lang="en")
    (line,) = findings.list_findings(platform, english, hospitals.valley, FindingFilter()).page.lines
    assert line.title.lang == ""
    for words, found in (("log4shell", 1), ("cve-2021-44228", 1), ("19506", 1), ("%", 0), ("absent", 0)):
        asked = FindingFilter(words=words)
        assert findings.list_findings(platform, machine, hospitals.valley, asked).page.total == found, words


def test_our_words_about_a_tool_are_in_both_languages(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    ours = replace(check("kex", HOST, tool=Tool.SSH_AUDIT), title=Text("Algorithmes à retirer", "Algorithms to remove"))
    import_report(platform, machine, hospitals.valley, report(1, ours, tool=Tool.SSH_AUDIT))
    for lang, title in (("fr", "Algorithmes à retirer"), ("en", "Algorithms to remove")):
        reader = replace(machine, lang=lang)
        (line,) = findings.list_findings(platform, reader, hospitals.valley, FindingFilter()).page.lines
        assert (line.title, line.title.lang, line.title.foreign) == (title, "", False)


def test_one_establishment_never_reads_the_words_of_another(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    for where, words in ((hospitals.valley, "Valley words"), (hospitals.hill, "Hill words")):
        import_report(platform, machine, where, report(1, check("1", HOST, title=words)))
    for where, words in ((hospitals.valley, "Valley words"), (hospitals.hill, "Hill words")):
        (line,) = findings.list_findings(platform, machine, where, FindingFilter()).page.lines
        assert line.title == words


def test_the_same_weakness_seen_by_other_tools_is_linked(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    rule = next(rule for rule in all_rules().values() if any(ref.framework == "pingcastle" for ref in rule.refs))
    native = next(ref.item for ref in rule.refs if ref.framework == "pingcastle")
    points = [ref.item for ref in rule.refs if ref.framework == "anssi-ad"]
    castle, ads = Tool.PINGCASTLE, Tool.ADS
    subject = "hopital.test"
    seen = check(native, subject, tool=castle)
    import_report(platform, machine, hospitals.valley, report(1, seen, tool=castle, hosts=[subject]))
    (line,) = findings.list_findings(platform, machine, hospitals.valley, FindingFilter()).page.lines
    assert findings.open_finding(platform, machine, line.id).also_seen == ()
    assert points, "the first rule with a PingCastle reference has an ANSSI point too"
    point = check(points[0], subject, tool=ads)
    import_report(platform, machine, hospitals.valley, report(1, point, tool=ads, hosts=[subject]))
    (other,) = findings.open_finding(platform, machine, line.id).also_seen
    assert (other.rule, other.scanner, other.findings) == (f"ads.{points[0]}", "ads", 1)


@both
def test_lists_with_foreign_words_cost_no_more(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    many = [check(f"{number:03}", HOST, OTHER) for number in range(120)]
    run_id = import_report(platform, machine, hospitals.valley, report(1, *many))
    pages: list[Callable[[], object]] = [
        lambda: findings.list_findings(platform, machine, hospitals.valley, FindingFilter(per_page=200)),
        lambda: findings.group_findings(platform, machine, hospitals.valley, FindingFilter(per_page=200)),
        lambda: runs.open_run(platform, machine, run_id),
        lambda: imports.list_imports(platform, machine, hospitals.valley),
    ]
    for page in pages:
        with counted(platform.database) as statements:
            page()
        assert len(statements) <= 20


def test_the_end_of_a_decision_is_told_in_the_words_of_the_tool(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    import_report(platform, machine, hospitals.valley, report(1, check("1", HOST, title="Old Java {x}")))
    (line,) = findings.list_findings(platform, machine, hospitals.valley, FindingFilter()).page.lines
    until = platform.clock.now() + timedelta(days=5)
    findings.decide(platform, machine, line.id, DecisionDraft(Verdict.POSTPONED, "En mars.", until))
    (deadline,) = list_deadlines(platform, machine, hospitals.valley, DeadlineFilter()).page.lines
    assert "Old Java {x}" in str(deadline.title)
