"""The directory over time: its level, what holds it, what changed, what to do first; findings as a table."""

from __future__ import annotations

import csv
import io
import json
import zlib
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from care.domain.access import Level, Role, Scope
from care.domain.findings import State
from care.services.directory.keeping import Summary, keep_summary, rebuild
from care.services.directory.paths_picture import MOST_BOXES
from care.services.directory.paths_reading import export_paths, open_paths
from care.services.directory.point_list import PointFilter, list_points
from care.services.directory.reading import directory_in, latest_directory
from care.services.errors import Forbidden, NotFound
from care.services.finding_exports import export_findings
from care.services.findings import FindingFilter
from care.services.platform import Platform
from care.services.runs import open_run
from care.store.evidence import Evidence
from care.store.findings import FindingRow
from care.store.runs import DirectorySummary, RuleOutcome, Run
from care.store.trail import TrailEvent
from scanners.ad.control_paths.paths import MOST_PATHS, ChokePoint, ControlPath, Node, PathsSummary, Step, as_json
from scanners.catalog import rule_by_id
from scanners.model import Rule, Status, Text
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.queries import counted
from tests.web.seeds import SpecimenCollect, plant_directory

both = pytest.mark.both_databases


@pytest.fixture
def platform(platform: Platform) -> Platform:
    """Its collector reads specimens: the real rules judge them."""
    return replace(platform, collect=SpecimenCollect())


@pytest.fixture
def runs(platform: Platform, hospitals: Hospitals) -> tuple[int, ...]:
    """Three audits of one directory: broken, mended, broken again."""
    return plant_directory(platform, hospitals.valley)


def summaries(platform: Platform) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(DirectorySummary)) or 0


def test_before_any_audit_there_is_nothing_to_tell(platform: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    assert latest_directory(platform, ciso, hospitals.valley) is None


@both
def test_the_last_audit_says_where_the_directory_stands(
    platform: Platform, ciso: Scope, hospitals: Hospitals, runs: tuple[int, ...]
) -> None:
    view = latest_directory(platform, ciso, hospitals.valley)
    assert view is not None
    assert (view.head.run_id, view.head.latest, view.first) == (runs[-1], True, False)
    assert view.level == 1
    assert [one.level for one in view.history] == [1, 5, 1]
    assert [row[1] for row in view.chart.rows] == ["1", "5", "1"]
    assert view.next.startswith("Pour atteindre au mieux le niveau 2 :")
    assert view.actions is not None
    assert len(view.actions) == 10
    first = view.actions[0]
    assert (first.level, bool(first.sheet), first.title != first.sheet) == (1, True, True)
    assert first.rules[0].findings > 0
    assert {row.level for row in view.blocking} == {1}
    assert sum(score.passed + score.failed + score.unknown for score in view.scores) == 95


@both
def test_what_changed_is_told_by_point(
    platform: Platform, ciso: Scope, hospitals: Hospitals, runs: tuple[int, ...]
) -> None:
    broken, mended, again = (directory_in(platform, ciso, run_id) for run_id in runs)
    assert broken.first
    assert not mended.first
    assert (broken.moved.fixed, broken.moved.back, broken.moved.still) == (0, 0, 0)
    assert broken.moved.new == mended.moved.fixed == again.moved.back > 100
    assert (mended.level, mended.next, mended.actions) == (5, "", ())
    assert not mended.head.latest
    krbtgt = next(row for row in again.changed if row.id == "vuln_krbtgt")
    assert (krbtgt.level, krbtgt.new, krbtgt.back, krbtgt.fixed, krbtgt.still) == (2, 0, 1, 0, 0)


def test_every_point_of_the_catalogue_is_listed(platform: Platform, ciso: Scope, runs: tuple[int, ...]) -> None:
    found = list_points(platform, ciso, runs[-1], PointFilter(per_page=200))
    kinds = {kind: {row.id for row in found.page.lines if row.kind == kind} for kind in ("vuln", "warning", "info")}
    assert {kind: len(ids) for kind, ids in kinds.items()} == {"vuln": 76, "warning": 37, "info": 13}
    assert sum(row.kind == "vuln" for row in found.page.lines) == 95
    admins = next(row for row in found.page.lines if row.id == "warning_privileged_members_not_empty")
    assert (admins.level, admins.status) == (None, Status.FAILED)
    assert all(
        "warning_privileged_members_not_empty" in {ref.item for ref in rule_of(one.rule).refs} for one in admins.rules
    )
    assert all(row.reasons for row in found.page.lines if row.status is Status.NOT_ASSESSABLE)
    assert sum(found.by_status.values()) == found.page.total
    failed = list_points(platform, ciso, runs[-1], PointFilter(status=Status.FAILED, kind="1", words="krbtgt"))
    assert failed.page.total == 0
    one = list_points(platform, ciso, runs[-1], PointFilter(words="vuln_krbtgt"))
    assert [(row.id, row.level, row.status) for row in one.page.lines] == [("vuln_krbtgt", 2, Status.FAILED)]
    assert list_points(platform, ciso, runs[0], PointFilter(changed=True)).page.total > 50
    second = list_points(platform, ciso, runs[-1], PointFilter(number=2))
    assert len(second.page.lines) == second.page.per_page


def rule_of(rule_id: str) -> Rule[Any]:
    rule = rule_by_id(rule_id)
    assert rule is not None
    return rule


def test_a_rule_that_joined_since_was_not_assessed(
    platform: Platform, ciso: Scope, hospitals: Hospitals, runs: tuple[int, ...]
) -> None:
    with platform.database.write() as session:
        session.execute(delete(RuleOutcome).where(RuleOutcome.rule == "ad.krbtgt_password_age"))
    view = directory_in(platform, ciso, runs[1])
    missing = next(row for row in view.unassessed if row.id == "vuln_krbtgt")
    assert missing.reasons == ("Cette règle n’existait pas lors de cet audit ; relancez-le.",)
    assert "au mieux niveau 5" in view.sentence
    assert "peuvent l’abaisser" in view.sentence
    assert (view.level, view.lowest, view.figure) == (5, 2, "≤ 5")
    assert "entre 2 et 5 ; 1 point(s) non évalué(s)" in open_run(platform, ciso, runs[1]).conclusion


def test_a_run_recorded_before_says_so_until_it_is_worked_out_again(
    platform: Platform, ciso: Scope, runs: tuple[int, ...]
) -> None:
    assert summaries(platform) == 3
    kept = directory_in(platform, ciso, runs[0]).actions
    with platform.database.write() as session:
        session.execute(delete(DirectorySummary))
    before = directory_in(platform, ciso, runs[0])
    assert (before.actions, before.next, before.level) == (None, "", 1)
    told: list[tuple[int, int]] = []
    done = rebuild(platform, tell=lambda count, of: told.append((count, of)))
    assert (done.kept, done.unreadable, told[-1]) == (3, (), (3, 3))
    assert directory_in(platform, ciso, runs[0]).actions == kept
    assert rebuild(platform).kept == 0
    assert rebuild(platform, everything=True).kept == 3


def test_a_lost_archive_is_told_and_the_others_are_read(platform: Platform, ciso: Scope, runs: tuple[int, ...]) -> None:
    with platform.database.write() as session:
        session.execute(delete(DirectorySummary))
        facts_of = select(Evidence.sha256).join(Run, Run.facts_id == Evidence.id).where(Run.id == runs[1])
        platform.evidence.path(session.scalars(facts_of).one() or "").unlink()
    done = rebuild(platform)
    assert (done.kept, [run for run, _why in done.unreadable]) == (2, [runs[1]])


@both
def test_a_summary_goes_with_its_run(platform: Platform, hospitals: Hospitals, runs: tuple[int, ...]) -> None:
    with platform.database.write() as session:
        known = session.get_one(Run, runs[0])
        run = Run(
            establishment_id=known.establishment_id,
            target_id=known.target_id,
            scanner="ad",
            asked_at=known.asked_at,
            asked_by="tests",
        )
        session.add(run)
        session.flush()
        keep_summary(session, run.id, Summary({"next": None, "actions": []}, None, Text("", "")))
        session.flush()
        assert session.get(DirectorySummary, run.id) is not None
        number = run.id
    with platform.database.write() as session:
        session.execute(delete(Run).where(Run.id == number))
    with platform.database.read() as session:
        assert session.get(DirectorySummary, number) is None


def test_a_page_costs_few_queries(platform: Platform, ciso: Scope, hospitals: Hospitals, runs: tuple[int, ...]) -> None:
    with counted(platform.database) as statements:
        latest_directory(platform, ciso, hospitals.valley)
    assert len(statements) <= 12


def test_a_stranger_finds_nothing(platform: Platform, hospitals: Hospitals, runs: tuple[int, ...]) -> None:
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for read in (
        lambda: latest_directory(platform, stranger, hospitals.valley),
        lambda: directory_in(platform, stranger, runs[0]),
        lambda: open_paths(platform, stranger, runs[0]),
        lambda: list_points(platform, stranger, runs[0], PointFilter()),
        lambda: export_findings(platform, stranger, hospitals.valley, FindingFilter()),
    ):
        with pytest.raises(NotFound):
            read()


def test_paths_are_worked_out_by_the_worker_and_kept(
    platform: Platform, ciso: Scope, runs: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanners.judging.survey", never)
    view = open_paths(platform, ciso, runs[2])
    assert view.reason == ""
    assert 50 < view.reaching <= view.principals
    assert sum(count for _, count in view.lengths) == view.reaching
    assert view.chokes[0].freed > 50
    assert view.chokes[0].step.right.startswith("peut ")
    assert view.page is not None
    assert (len(view.page.lines), view.page.number) == (25, 1)
    assert len(open_paths(platform, ciso, runs[2], number=2).page.lines) == 25  # type: ignore[union-attr]
    glance = directory_in(platform, ciso, runs[2]).paths
    assert glance is not None
    assert (glance.reaching, glance.freed) == (view.reaching, view.chokes[0].freed)


def never(_facts: object) -> None:
    raise AssertionError("no page reads facts")


def test_a_healthy_directory_has_no_path(platform: Platform, ciso: Scope, runs: tuple[int, ...]) -> None:
    view = open_paths(platform, ciso, runs[1], "agent1")
    assert (view.reason, view.reaching, view.picture, view.chokes, view.exportable) == ("", 0, None, (), False)
    assert view.found is not None
    assert [(one.principal, one.steps, one.inside) for one in view.found.paths] == [("HOPITAL\\agent1", (), False)]
    privileged = open_paths(platform, ciso, runs[1], "adm.martin").found
    assert privileged is not None
    assert [one.inside for one in privileged.paths] == [True]
    nobody = open_paths(platform, ciso, runs[1], "personne").found
    assert nobody is not None
    assert (nobody.paths, nobody.count) == ((), 0)


def test_the_path_of_a_name_is_found(platform: Platform, ciso: Scope, runs: tuple[int, ...]) -> None:
    found = open_paths(platform, ciso, runs[2], " AGENT1 ").found
    assert found is not None
    first = found.paths[0]
    assert first.principal == "HOPITAL\\agent1"
    assert [(one.right, one.code) for one in first.steps] == [("peut répliquer les secrets de", "DCSync")]
    assert found.kept == found.all


def test_the_picture_says_the_same_as_its_table(platform: Platform, ciso: Scope, runs: tuple[int, ...]) -> None:
    picture = open_paths(platform, ciso, runs[2]).picture
    assert picture is not None
    assert 5 < picture.drawn <= picture.paths
    chart = picture.chart
    assert chart.svg.count("<g ") == len(chart.rows) <= MOST_BOXES
    assert chart.header == ("Objet", "Nature", "Mène à", "Par quel droit")
    agent = next(row for row in chart.rows if row[0] == "agent1")
    assert agent == ("agent1", "Compte", "hopital.test", "peut répliquer les secrets de →")
    assert "point de passage" in chart.svg
    assert "indispensable" not in chart.svg


def test_paths_that_could_not_be_told_say_why(platform: Platform, ciso: Scope, runs: tuple[int, ...]) -> None:
    with platform.database.write() as session:
        kept = session.get_one(DirectorySummary, runs[0])
        kept.paths, kept.unread_fr = None, "Les droits ne sont pas lisibles."
        session.delete(session.get_one(DirectorySummary, runs[1]))
    assert open_paths(platform, ciso, runs[0]).reason == "Les droits ne sont pas lisibles."
    assert "avant que CaRE ne calcule" in open_paths(platform, ciso, runs[1]).reason
    assert directory_in(platform, ciso, runs[0]).paths is None


def wide_summary(count: int) -> PathsSummary:
    """Very many principals behind long chains."""

    def node(name: str) -> Node:
        return Node(f"HOPITAL\\{name}", "user", f"CN={name},OU=Personnel de l’établissement,DC=hopital,DC=test")

    def path(number: int) -> ControlPath:
        chain = [node(f"compte{number}"), *(node(f"relais{number % 7}-{rank}") for rank in range(5)), node("DC1$")]
        steps = tuple(Step(one, "WriteDacl", other) for one, other in pairwise(chain))
        return ControlPath(chain[0], steps, 1)

    paths = tuple(path(number) for number in range(count))
    chokes = tuple(ChokePoint(paths[rank].steps[5], 70 - rank, 0.1, (paths[0].principal,) * 5) for rank in range(7))
    return PathsSummary(count + 9, count, 12, ((6, count),), chokes, paths, 12_345)


def test_five_hundred_long_paths_are_paged_and_drawn_in_part(
    platform: Platform, ciso: Scope, runs: tuple[int, ...]
) -> None:
    with platform.database.write() as session:
        packed = zlib.compress(json.dumps(as_json(wide_summary(MOST_PATHS))).encode())
        row = session.get_one(DirectorySummary, runs[0])
        row.paths, row.everyone = packed, None
    view = open_paths(platform, ciso, runs[0], "compte499")
    assert view.page is not None
    assert (len(view.page.lines), view.page.total, view.cut) == (25, MOST_PATHS, 12_345)
    assert view.picture is not None
    assert len(view.picture.chart.rows) <= MOST_BOXES
    assert view.found is not None
    assert [one.principal for one in view.found.paths] == ["HOPITAL\\compte499"]
    assert (view.found.kept, view.found.all) == (500, 12_845)
    with pytest.raises(NotFound):
        export_paths(platform, ciso, runs[0])
    assert rebuild(platform).kept == 1
    assert open_paths(platform, ciso, runs[0]).exportable


def test_every_path_is_listed_and_exported(platform: Platform, ciso: Scope, runs: tuple[int, ...]) -> None:
    view = open_paths(platform, ciso, runs[2])
    assert view.page is not None
    header, *lines = lines_of(export_paths(platform, ciso, runs[2]))
    assert header[:4] == ["De qui", "Nature", "Comptes en usage derrière", "Étapes"]
    assert len(lines) == view.page.total >= view.reaching
    agent = next(line for line in lines if line[0] == "HOPITAL\\agent1")
    assert agent[3:7] == ["1", "peut répliquer les secrets de", "DC=hopital,DC=test", "DC=hopital,DC=test"]
    assert agent[7] == "HOPITAL\\agent1 —[peut répliquer les secrets de]→ DC=hopital,DC=test"
    assert agent[8].lower().startswith("cn=agent1,")
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "paths.exported")).one()
    assert event.detail == {"format": "csv", "paths": len(lines)}


def test_paths_are_not_exported_for_just_anybody(
    platform: Platform, hospitals: Hospitals, runs: tuple[int, ...]
) -> None:
    with pytest.raises(NotFound):
        export_paths(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), runs[2])


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_the_objects_of_a_rule_are_a_table_with_what_was_seen(
    platform: Platform, ciso: Scope, hospitals: Hospitals, runs: tuple[int, ...], clock: FixedClock
) -> None:
    content = export_findings(
        platform, ciso, hospitals.valley, FindingFilter(rule="ad.constrained_delegation_to_controller")
    )
    header, *lines = lines_of(content)
    assert header[:2] == ["Objet", "Constat"]
    assert "Nom distinctif" in header
    assert len(lines) == 2
    assert all(len(line) == len(header) for line in lines)
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "findings.exported")).one()
        assert event.detail["findings"] == 2


def test_no_text_of_the_table_is_computed_by_a_spreadsheet(
    platform: Platform, ciso: Scope, hospitals: Hospitals, runs: tuple[int, ...]
) -> None:
    with platform.database.write() as session:
        row = session.scalars(select(FindingRow).where(FindingRow.rule == "ad.krbtgt_password_age")).one()
        row.subject = '=HYPERLINK("http://x";"y")'
    wanted = FindingFilter(rule="ad.krbtgt_password_age", states=(State.OPEN,))
    (line,) = lines_of(export_findings(platform, ciso, hospitals.valley, wanted))[1:]
    assert line[0].startswith("'=")


def test_who_may_not_export_is_refused(platform: Platform, hospitals: Hospitals, runs: tuple[int, ...]) -> None:
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        export_findings(platform, visitor, hospitals.valley, FindingFilter())
