"""Questions: what is asked, what answers are worth, what becomes of them in audits, deadlines and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from care.domain.access import Level, Place, Role, Scope
from care.domain.deadlines import DeadlineKind
from care.domain.findings import State
from care.domain.judging import RequirementStatus
from care.domain.programme import AnswerVerdict
from care.domain.remote_access import Service, Technology
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.declared_answers import declared_answers
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.findings import FindingFilter, list_findings, recount_findings
from care.services.frameworks.answering import AnswerDraft, answer_requirement
from care.services.frameworks.ground import rules_by_requirement
from care.services.frameworks.one_requirement import open_requirement
from care.services.library import today
from care.services.platform import Platform
from care.services.question_papers import find_form, form_pdf, open_form, paper_mark, print_form, recent_forms
from care.services.questionnaire import QuestionDraft, Stand, answer_questions, open_questionnaire, open_section
from care.services.scanning import checked_request
from care.services.targets import TargetDraft, add_target
from care.store.targets import Target
from scanners.archive import Archive, Manifest, read_archive, write_archive
from scanners.collect import Context
from scanners.model import Kind, Severity, Status
from scanners.workstations import collect as workstations
from scanners.workstations.facts import FORMAT
from tests.services.test_frameworks_engine import audit, stands
from tests.support.audits import run_audit
from tests.support.clock import FixedClock
from tests.support.measured import plant_finding
from tests.support.people import Hospitals, person
from tests.support.ports import PlannedCollect
from tests.support.questions import line_of, plant_access, say

YES, NO, PARTLY, OUT = AnswerVerdict.YES, AnswerVerdict.NO, AnswerVerdict.PARTLY, AnswerVerdict.NOT_APPLICABLE
S = RequirementStatus
both = pytest.mark.both_databases


@pytest.fixture
def site(hospitals: Hospitals) -> int:
    return hospitals.valley


@pytest.fixture
def ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


def declared(platform: Platform, site: int) -> dict[str, Any]:
    with platform.database.read() as session:
        return declared_answers(platform, session, site, today(platform))


def standing(platform: Platform, site: int, item: str) -> Any:
    return stands(platform, Place(Level.ESTABLISHMENT, site), "care-rules", item, today(platform))


# ---------------------------------------------------------------- what is asked


def test_all_is_asked_at_first_but_what_only_a_person_asks_first(platform: Platform, ciso: Scope, site: int) -> None:
    found = open_questionnaire(platform, ciso, site)
    assert (found.total(Stand.TODO), sum(one.total for one in found.sections)) == (96, 96)
    section = open_section(platform, ciso, site, "det_logs")
    assert [one.item for one in section.lines] == [f"DET-0{number}" for number in range(1, 7)]
    assert (section.following, open_section(platform, ciso, site, "sav_watch").following) == ("det_watch", "")


def test_what_is_measured_is_answered_already(platform: Platform, ciso: Scope, site: int) -> None:
    at = platform.clock.now()
    first, *others = [
        (rule.id, Status.PASSED, Severity.HIGH, 0)
        for rule in rules_by_requirement()["care-rules:PDT-03"]
        if rule.kind is not Kind.DECLARED
    ]
    audit(platform, site, at, [first], "Postes")
    assert line_of(platform, ciso, site, "PDT-03").stand is Stand.TODO  # the others were not looked at
    audit(platform, site, at, others, "Serveurs")
    line = line_of(platform, ciso, site, "PDT-03")
    assert (line.stand, line.measured, line.failing) == (Stand.MEASURED, True, False)


def test_an_answer_from_above_holds_here(platform: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals) -> None:
    answer_requirement(platform, machine, Place(Level.GHT, hospitals.ght), "care-rules", AnswerDraft("TLM-13", YES))
    line = line_of(platform, ciso, hospitals.valley, "TLM-13")
    assert (line.stand, line.answer) == (Stand.ANSWERED, None)
    assert line.above is not None
    assert line.above.where == "GHT des Deux Rives"


# ---------------------------------------------------------------- conditions


def test_without_a_register_a_person_says_whether_there_is_something_to_ask(
    platform: Platform, ciso: Scope, site: int
) -> None:
    assert line_of(platform, ciso, site, "TLM-06").absent == "Aucune téléassistance ici"
    assert say(platform, ciso, site, "TLM-06", absent=True)
    line = line_of(platform, ciso, site, "TLM-06")
    assert line.answer is not None
    assert (line.answer.verdict, line.answer.note, line.stand) == (OUT, "Aucune téléassistance ici", Stand.ANSWERED)
    assert standing(platform, site, "TLM-06").status is S.NOT_APPLICABLE


def test_what_the_register_shows_is_asked_and_makes_the_opposite_doubtful(
    platform: Platform, ciso: Scope, site: int
) -> None:
    say(platform, ciso, site, "TLM-06", absent=True)
    plant_access(platform, site, service=Service.ASSISTANCE)
    line = line_of(platform, ciso, site, "TLM-06")
    assert (line.stand, line.absent, line.ask) == (Stand.TODO, "", "")
    assert "le registre des accès distants montre le contraire" in line.doubt
    assert standing(platform, site, "TLM-06").status is S.TO_CONFIRM
    with pytest.raises(Invalid) as refusal:
        say(platform, ciso, site, "TLM-06", absent=True, again=True)
    assert list(refusal.value.fields) == ["verdict-TLM-06"]
    say(platform, ciso, site, "TLM-06", YES)
    assert standing(platform, site, "TLM-06").status is S.MET


@both
def test_what_the_register_rules_out_is_set_aside(platform: Platform, ciso: Scope, site: int) -> None:
    plant_access(platform, site, service=Service.MAINTENANCE, technology=Technology.BASTION)
    assert line_of(platform, ciso, site, "TLM-06").stand is Stand.ASIDE
    assert line_of(platform, ciso, site, "TLM-08").stand is Stand.ASIDE
    plant_access(platform, site)  # nobody said what it is
    assert line_of(platform, ciso, site, "TLM-06").stand is Stand.TODO
    plant_access(platform, site, technology=Technology.MODEM)
    assert line_of(platform, ciso, site, "TLM-08").absent == ""
    plant_access(platform, site, service=Service.ASSISTANCE, ended_on=date(2026, 1, 1))
    assert line_of(platform, ciso, site, "TLM-06").absent  # a line that was closed says nothing any more


# ---------------------------------------------------------------- what answers are worth


@both
def test_a_value_decides_and_is_kept(platform: Platform, ciso: Scope, site: int) -> None:
    say(platform, ciso, site, "DET-06", YES, value=90)
    line = line_of(platform, ciso, site, "DET-06")
    assert line.answer is not None
    assert (line.answer.verdict, line.answer.value, line.shown) == (NO, 90, "90 jours")
    assert standing(platform, site, "DET-06").status is S.NOT_MET
    view = open_requirement(platform, ciso, Place(Level.ESTABLISHMENT, site), "care-rules", "DET-06")
    assert view.current is not None
    assert (view.current.value, view.asked_in) == ("90 jours", "det_logs")
    say(platform, ciso, site, "DET-06", value=400)
    assert line_of(platform, ciso, site, "DET-06").shown == "400 jours"


def test_a_day_given_is_the_day_it_speaks_of(platform: Platform, ciso: Scope, site: int, clock: FixedClock) -> None:
    say(platform, ciso, site, "PDT-02", value="2025-12-01")
    answer = line_of(platform, ciso, site, "PDT-02").answer
    assert answer is not None
    assert (answer.verdict, answer.given_on, answer.valid_until) == (YES, date(2025, 12, 1), date(2026, 6, 1))
    clock.time = datetime(2026, 6, 2, 8, tzinfo=clock.time.tzinfo)
    line = line_of(platform, ciso, site, "PDT-02")
    assert line.stand is Stand.TODO
    assert "01/06/2026" in line.doubt


@pytest.mark.parametrize(
    ("item", "filled", "field"),
    [
        ("DET-06", {"verdict": YES}, "value-DET-06"),
        ("DET-06", {"value": 40_000}, "value-DET-06"),
        ("PDT-01", {"value": "2026-03-03"}, "value-PDT-01"),
        ("DET-01", {"value": ("servers", "toaster")}, "value-DET-01"),
        ("TLM-13", {"verdict": YES, "value": 3}, "value-TLM-13"),
        ("TLM-13", {"absent": True}, "verdict-TLM-13"),
        ("TLM-13", {"verdict": PARTLY}, "note-TLM-13"),
        ("TLM-13", {"verdict": OUT}, "note-TLM-13"),
    ],
)
def test_what_cannot_be_recorded_is_named_and_nothing_is(
    platform: Platform, ciso: Scope, site: int, item: str, filled: dict[str, Any], field: str
) -> None:
    drafts = [QuestionDraft("TLM-27", YES), QuestionDraft(item, **filled)]
    with pytest.raises(Invalid) as refusal:
        answer_questions(platform, ciso, site, drafts)
    assert list(refusal.value.fields) == [field]
    assert line_of(platform, ciso, site, "TLM-27").answer is None


def test_a_plain_no_needs_no_reason_here(platform: Platform, ciso: Scope, site: int) -> None:
    assert say(platform, ciso, site, "TLM-13", NO)
    assert standing(platform, site, "TLM-13").status is S.NOT_MET


def test_of_a_value_and_a_never_the_one_that_changed_is_meant(platform: Platform, ciso: Scope, site: int) -> None:
    say(platform, ciso, site, "PDT-01", NO)  # never made
    say(platform, ciso, site, "PDT-01", NO, value="2026-02-01")  # made since: the box was left ticked
    first = line_of(platform, ciso, site, "PDT-01").answer
    say(platform, ciso, site, "PDT-01", OUT, value="2026-02-01", note="Aucun poste")  # the date was left
    last = line_of(platform, ciso, site, "PDT-01").answer
    assert first is not None
    assert last is not None
    assert (first.verdict, first.value) == (YES, "2026-02-01")
    assert (last.verdict, last.value) == (OUT, None)


def test_what_is_left_as_it_was_is_not_recorded_unless_confirmed(
    platform: Platform, ciso: Scope, site: int, clock: FixedClock
) -> None:
    assert say(platform, ciso, site, "TLM-13", YES, note="IPsec") == 1
    assert say(platform, ciso, site, "TLM-13", YES, note="IPsec ") == 0
    clock.forward(days=400)
    assert line_of(platform, ciso, site, "TLM-13").stand is Stand.TODO
    assert say(platform, ciso, site, "TLM-13", YES, note="IPsec") == 0
    assert say(platform, ciso, site, "TLM-13", YES, note="IPsec", again=True) == 1
    assert line_of(platform, ciso, site, "TLM-13").stand is Stand.ANSWERED


def test_who_answers_second_is_told(platform: Platform, ciso: Scope, site: int) -> None:
    answer_questions(platform, ciso, site, [QuestionDraft("TLM-13", YES)])
    with pytest.raises(Refused, match="TLM-13"):
        answer_questions(platform, ciso, site, [QuestionDraft("TLM-13", NO)])


def test_strangers_find_nothing_and_readers_write_nothing(platform: Platform, hospitals: Hospitals) -> None:
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(NotFound):
        open_questionnaire(platform, stranger, hospitals.valley)
    with pytest.raises(NotFound):
        answer_questions(platform, stranger, hospitals.valley, [QuestionDraft("TLM-13", YES)])
    assert not open_questionnaire(platform, reader, hospitals.valley).may_answer
    with pytest.raises(Forbidden):
        answer_questions(platform, reader, hospitals.valley, [QuestionDraft("TLM-13", YES)])
    with pytest.raises(Forbidden):
        print_form(platform, reader, hospitals.valley, ["tlm_ways"])


# ---------------------------------------------------------------- never hiding a measure


def failing(platform: Platform, site: int, rule: str, *, seen_before: bool = False) -> None:
    """An audit that finds something."""
    audit(platform, site, platform.clock.now(), [(rule, Status.FAILED, Severity.HIGH, 1)], "Bastion")
    with platform.database.read() as session:
        target = session.query(Target).filter_by(name="Bastion").one().id
    if not seen_before:
        plant_finding(platform, target, rule, today(platform))
        recount_findings(platform)


@pytest.mark.parametrize(("verdict", "note"), [(YES, ""), (OUT, "Aucun accès distant")])
@both
def test_an_answer_never_hides_what_is_measured(
    platform: Platform, ciso: Scope, site: int, verdict: AnswerVerdict, note: str
) -> None:
    say(platform, ciso, site, "TLM-12", verdict, note=note)
    failing(platform, site, "remote_access.single_factor")
    found = standing(platform, site, "TLM-12")
    assert (found.status, found.contradicted) == (S.NOT_MET, True)
    assert "1 constat ouvert" in found.why[0].fr
    assert any(one.fr.startswith("Contredit par ce qui est mesuré : ") for one in found.why)
    line = line_of(platform, ciso, site, "TLM-12")
    assert (line.stand, line.contradicted, line.failing) == (Stand.TODO, True, True)


def test_who_may_not_know_what_audits_found_is_not_told_of_it(
    platform: Platform, ciso: Scope, hospitals: Hospitals
) -> None:
    site = hospitals.valley
    say(platform, ciso, site, "TLM-12", YES)
    failing(platform, site, "remote_access.single_factor")
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, site)
    line = line_of(platform, visitor, site, "TLM-12")
    assert (line.stand, line.measured, line.failing, line.contradicted) == (Stand.TODO, False, False, False)
    view = open_requirement(platform, visitor, Place(Level.ESTABLISHMENT, site), "care-rules", "TLM-12")
    assert not view.contradicted
    assert not [words for words in (*view.why, *line.why) if "mesuré" in words or "constat" in words]
    told = open_requirement(platform, ciso, Place(Level.ESTABLISHMENT, site), "care-rules", "TLM-12").why
    assert any(words.startswith("Contredit par ce qui est mesuré : ") for words in told)


def test_a_rule_that_judges_answers_waits_for_an_audit_that_read_them(
    platform: Platform, ciso: Scope, site: int, clock: FixedClock
) -> None:
    """What was just typed is not denied by what was answered a month ago."""
    failing(platform, site, "workstations.logs_protected")
    assert standing(platform, site, "DET-05").status is S.NOT_MET
    clock.forward(minutes=5)
    say(platform, ciso, site, "DET-05", YES)
    assert standing(platform, site, "DET-05").status is S.MET
    clock.forward(minutes=5)
    failing(platform, site, "workstations.logs_protected", seen_before=True)
    found = standing(platform, site, "DET-05")  # the audit has read the answer: its finding counts
    assert (found.status, found.contradicted) == (S.NOT_MET, True)


def test_what_is_declared_elsewhere_is_not_outdated_by_an_answer(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    """A rule of backups judges the plan of backups: a yes given after it hides nothing."""
    failing(platform, hospitals.valley, "backup.second_factor")
    clock.forward(minutes=5)
    answer_requirement(platform, machine, Place(Level.GHT, hospitals.ght), "care-d2", AnswerDraft("O3.A", YES))
    place = Place(Level.ESTABLISHMENT, hospitals.valley)
    found = stands(platform, place, "care-d2", "O3.A", today(platform))
    assert (found.status, found.contradicted) == (S.NOT_MET, True)


# ---------------------------------------------------------------- in audits


def test_answers_reach_audits_as_their_request_writes_them(
    platform: Platform, ciso: Scope, site: int, clock: FixedClock
) -> None:
    say(platform, ciso, site, "PDT-01", value="2025-11-20")
    say(platform, ciso, site, "PDT-02", NO)
    say(platform, ciso, site, "PDT-10", PARTLY, note="Sauf le laboratoire")
    say(platform, ciso, site, "PDT-13", value=15)
    say(platform, ciso, site, "DET-01", value=("servers", "directory"))
    say(platform, ciso, site, "DET-06", NO)
    say(platform, ciso, site, "DET-09", NO)
    say(platform, ciso, site, "PDT-16", OUT, note="Ports condamnés")
    assert declared(platform, site) == {
        "establishment": "Hôpital de la Vallée",
        "inventory_campaign": {"value": True, "date": "2025-11-20", "comment": ""},
        "unmanaged_search": {"value": False, "date": None, "comment": ""},
        "local_firewall": {"value": False, "date": "2026-03-02", "comment": "Sauf le laboratoire"},
        "session_lock_minutes": 15,
        "log_sources": ["servers", "directory"],
        "log_retention_days": 0,
        "detection_means": [],
    }
    clock.forward(days=300)  # the campaign has to be made again: its rule is not assessable any more
    assert "inventory_campaign" not in declared(platform, site)


def test_a_yes_without_its_value_is_not_handed_over(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    """A group answers for its members in the page of requirements, where no value is asked."""
    for item in ("DET-06", "PDT-01"):
        draft = AnswerDraft(item, YES)
        answer_requirement(platform, machine, Place(Level.GHT, hospitals.ght), "care-rules", draft)
        with pytest.raises(Invalid) as refusal:
            answer_requirement(platform, machine, Place(Level.ESTABLISHMENT, hospitals.valley), "care-rules", draft)
        assert "Questions" in refusal.value.fields["verdict"].fr
    assert declared(platform, hospitals.valley) == {}


def test_answers_become_findings_like_what_is_measured(
    platform: Platform, machine: Scope, ciso: Scope, site: int, clock: FixedClock
) -> None:
    """A target without any file, a real collection, the real rules."""

    def collected(_scanner: str, request: Mapping[str, Any], out: Path, *_: object) -> Archive[Any]:
        now = clock.now()
        facts = workstations.collect(workstations.Request(**request), Context({}, lambda _share, _text: None, now))
        write_archive(
            out, Manifest("workstations", FORMAT.schema, "Postes", now.isoformat(), now.isoformat(), "tests"), facts
        )
        return read_archive(out)

    assert isinstance(platform.collect, PlannedCollect)
    platform.collect.make = collected
    target = add_target(platform, machine, site, TargetDraft("workstations", "Postes", {"answers": {}}))
    say(platform, ciso, site, "DET-06", value=90)
    say(platform, ciso, site, "DET-03", YES)
    clock.forward(minutes=1)
    run_audit(platform, machine, target)
    shown = list_findings(platform, ciso, site, FindingFilter()).page.lines
    assert [one.rule for one in shown] == ["workstations.log_retention"]
    run = platform.collect.calls[0][1]
    assert run["declared"]["log_retention_days"] == 90
    assert run["declared"]["establishment"] == "Hôpital de la Vallée"
    assert shown[0].subject == "Hôpital de la Vallée"
    clock.forward(minutes=1)
    say(platform, ciso, site, "DET-06", value=400)
    clock.forward(minutes=1)
    run_audit(platform, machine, target)
    last = list_findings(platform, ciso, site, FindingFilter()).page.lines
    assert not [one.rule for one in last if one.state is State.OPEN]


def test_no_form_fills_in_what_the_platform_does() -> None:
    assert "declared" not in checked_request("workstations", {"declared": {"log_retention_days": 365}})


# ---------------------------------------------------------------- deadlines


@both
def test_answers_to_give_again_are_one_deadline_a_day(platform: Platform, ciso: Scope, site: int) -> None:
    for item in ("TLM-13", "TLM-27"):
        say(platform, ciso, site, item, YES)
    say(platform, ciso, site, "PDT-02", value="2026-02-01")
    found = list_deadlines(platform, ciso, site, DeadlineFilter(kind=DeadlineKind.ANSWER)).page.lines
    assert [(one.title, one.due_on) for one in found] == [
        ("Réponses à redonner : PDT-02", date(2026, 8, 1)),
        ("Réponses à redonner : TLM-13, TLM-27", date(2027, 3, 2)),
    ]
    assert found[0].address == f"/establishments/{site}/questions"
    draft = AnswerDraft("1", YES, valid_until=date(2026, 5, 1))
    answer_requirement(platform, ciso, Place(Level.ESTABLISHMENT, site), "anssi-hygiene", draft)
    other = list_deadlines(platform, ciso, site, DeadlineFilter(kind=DeadlineKind.ANSWER)).page.lines[0]
    assert other.title == "Réponses à redonner : Guide d’hygiène informatique de l’ANSSI – 42 mesures, 1"
    assert other.address.endswith("/programme/anssi-hygiene")
    say(platform, ciso, site, "PDT-02", value="2026-03-01")
    later = list_deadlines(platform, ciso, site, DeadlineFilter(kind=DeadlineKind.ANSWER)).page.lines
    assert [one.due_on for one in later] == [date(2026, 5, 1), date(2026, 9, 1), date(2027, 3, 2)]


# ---------------------------------------------------------------- on paper


@both
def test_a_form_is_found_by_its_code_in_its_order(
    platform: Platform, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    site = hospitals.valley
    say(platform, ciso, site, "TLM-07", YES)
    code = print_form(platform, ciso, site, ["det_watch", "tlm_ways"])
    asked = ["TLM-08", "TLM-13", "TLM-14", "TLM-17", "TLM-06"]
    say(platform, ciso, site, "TLM-13", YES)  # answered meanwhile: the paper still asks it
    view = open_form(platform, ciso, site, code)
    assert [one.item for one in view.sheet.lines][:5] == asked
    assert view.paper.questions == len(view.sheet.lines) == 11
    assert find_form(platform, ciso, site, f" {code[:3].lower()}-{code[3:]} ") == code
    assert [one.code for one in recent_forms(platform, ciso, site)] == [code]
    with pytest.raises(Refused, match="No form"):
        find_form(platform, ciso, site, "AAAAAA" if code != "AAAAAA" else "BBBBBB")
    elsewhere = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(NotFound):
        open_form(platform, elsewhere, hospitals.far, code)
    with pytest.raises(Refused):
        find_form(platform, elsewhere, hospitals.far, code)


def test_nothing_is_printed_when_nothing_is_left_to_ask(platform: Platform, ciso: Scope, site: int) -> None:
    for number in (2, 3, 4, 5):
        say(platform, ciso, site, f"DET-0{number}", YES)
    say(platform, ciso, site, "DET-01", NO)
    say(platform, ciso, site, "DET-06", value=365)
    with pytest.raises(Refused, match="answered"):
        print_form(platform, ciso, site, ["det_logs"])
    with pytest.raises(Invalid):
        print_form(platform, ciso, site, ["no_such"])
    code = print_form(platform, ciso, site, ["det_logs"], unanswered=False)
    assert len(open_form(platform, ciso, site, code).sheet.lines) == 6


def test_answers_from_paper_say_so(platform: Platform, ciso: Scope, site: int) -> None:
    drafts = [QuestionDraft("TLM-13", YES), QuestionDraft("TLM-27", NO, note="Rarement")]
    mark = paper_mark("K7WQ2M", "Paul Brun")
    assert answer_questions(platform, ciso, site, drafts, today(platform) - timedelta(days=3), mark) == 2
    first, second = (line_of(platform, ciso, site, item).answer for item in ("TLM-13", "TLM-27"))
    assert first is not None
    assert second is not None
    assert (first.note, first.given_on) == ("[K7WQ2M – Paul Brun]", date(2026, 2, 27))
    assert second.note == "Rarement\n[K7WQ2M – Paul Brun]"


def test_the_same_form_gives_the_same_pages(platform: Platform, ciso: Scope, site: int) -> None:
    code = print_form(platform, ciso, site, ["tlm_ways", "det_logs", "pdt_sessions"])
    first, again = (form_pdf(platform, ciso, site, code) for _ in range(2))
    assert first == again
    assert first.content.startswith(b"%PDF")
    assert first.name == f"questions-{code}.pdf"


def test_each_audit_is_given_the_answers_of_its_own_domain(platform: Platform, ciso: Scope, site: int) -> None:
    say(platform, ciso, site, "SAV-20", YES)
    say(platform, ciso, site, "SAV-22", value="2026-02-01")
    say(platform, ciso, site, "DET-03", YES)
    with platform.database.read() as session:
        backup = declared_answers(platform, session, site, today(platform), "backup")
        stations = declared_answers(platform, session, site, today(platform))
    assert set(backup) == {"establishment", "second_factor", "isolation_drill"}
    assert backup["isolation_drill"]["date"] == "2026-02-01"
    assert set(stations) == {"establishment", "clock_synchronised"}
