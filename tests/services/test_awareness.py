"""The awareness plan: counts that stay honest, two people at once, results of phishing tests without a name."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.awareness import (
    Attendance,
    Headcount,
    PhishingCounts,
    PhishingResults,
    SessionKind,
    added,
    attendance_rate,
    without_small,
)
from care.services import awareness
from care.services.awareness import SessionDraft, YearDraft
from care.services.awareness_exports import plan_xlsx, print_sign_in
from care.services.awareness_reading import awareness_summary, open_session, read_plan
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.phishing_reading import read_phishing
from care.services.platform import Platform
from care.store.frameworks import AssessmentMark
from care.store.governance import AwarenessSession
from reports.spreadsheets import Sheet, xlsx_bytes
from tests.support.clock import FixedClock
from tests.support.people import MACHINE, Hospitals, person
from tests.support.phishing import crowd, gophish

both = pytest.mark.both_databases
DAY = date(2026, 3, 1)


def ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


def quality(hospitals: Hospitals) -> Scope:
    return person(Role.QUALITY, Level.ESTABLISHMENT, hospitals.valley)


@pytest.fixture
def day(clock: FixedClock) -> date:
    return clock.now().date()


def draft(day: date, **people: Attendance) -> SessionDraft:
    return SessionDraft(SessionKind.SESSION, "Reconnaître un mail piégé", day, people=people)


def test_rates_rest_on_what_is_known_on_both_sides() -> None:
    known, uncounted, unasked = Attendance(10, 5), Attendance(30, None), Attendance(None, 4)
    assert attendance_rate([known, uncounted, unasked]) == 0.5
    assert added([known, uncounted, unasked]) == Attendance(10, 9)
    assert attendance_rate([uncounted, unasked]) is None
    assert added([]) == Attendance()


@both
def test_attendances_add_up_and_people_only_when_somebody_counted_them(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    who = ciso(hospitals)
    for _ in range(2):  # the same twelve nurses, twice
        awareness.add_session(platform, who, hospitals.valley, draft(day, nurses=Attendance(20, 12)))
    training = SessionDraft(SessionKind.TRAINING, "Réagir à un incident", day, people={"digital": Attendance(8, 6)})
    awareness.add_session(platform, who, hospitals.valley, training)
    plan = read_plan(platform, who, hospitals.valley, day.year)
    rows = {row.profession: row for row in plan.rows}
    assert rows["nurses"].sessions == Attendance(40, 24)
    assert rows["nurses"].rate == pytest.approx(0.6)
    assert rows["nurses"].known == Headcount()
    assert rows["digital"].trainings == 6
    assert (plan.rolling.sessions, plan.rolling.trainings, plan.rolling.attended) == (2, 1, 30)
    people = {"nurses": Headcount(80, 12, None)}
    awareness.set_year(platform, who, hospitals.valley, day.year, YearDraft(people, "DRH"), 0)
    after = read_plan(platform, who, hospitals.valley, day.year)
    row = next(row for row in after.rows if row.profession == "nurses")
    assert (row.reached_rate, row.trained_rate, after.source) == (12 / 80, None, "DRH")
    with platform.database.read() as session:
        assert session.get(AssessmentMark, f"establishment:{hospitals.valley}") is not None


def test_twelve_months_end_on_the_day(platform: Platform, hospitals: Hospitals, day: date) -> None:
    for back in (0, 364, 365, 366):
        awareness.add_session(
            platform, MACHINE, hospitals.valley, draft(day - timedelta(days=back), nurses=Attendance(2, 1))
        )
    assert read_plan(platform, MACHINE, hospitals.valley).rolling.attended == 2


@both
def test_of_two_people_the_second_is_told_who_changed_what(platform: Platform, hospitals: Hospitals, day: date) -> None:
    number = awareness.add_session(platform, MACHINE, hospitals.valley, draft(day))
    awareness.change_session(platform, ciso(hospitals), number, replace(draft(day), title="Autre titre"), 1)
    with pytest.raises(Refused, match="the title"):
        awareness.change_session(platform, quality(hospitals), number, draft(day, nurses=Attendance(3, 1)), 1)
    awareness.change_session(platform, quality(hospitals), number, draft(day, nurses=Attendance(3, 1)), 2)
    assert open_session(platform, MACHINE, number).version == 3
    awareness.set_year(platform, MACHINE, hospitals.valley, 2026, YearDraft({}, "DRH"), 0)
    with pytest.raises(Refused):
        awareness.set_year(platform, MACHINE, hospitals.valley, 2026, YearDraft({}, "RSSI"), 0)


@both
def test_who_may_write(platform: Platform, hospitals: Hospitals, day: date) -> None:
    number = awareness.add_session(platform, quality(hospitals), hospitals.valley, draft(day))
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    assert not open_session(platform, director, number).may_manage
    with pytest.raises(Forbidden):
        awareness.change_session(platform, director, number, draft(day), 1)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for refused in (
        lambda: open_session(platform, stranger, number),
        lambda: awareness.cancel_session(platform, stranger, number, 1),
        lambda: read_plan(platform, stranger, hospitals.valley),
        lambda: awareness_summary(platform, stranger, hospitals.valley),
        lambda: print_sign_in(platform, stranger, number),
    ):
        with pytest.raises(NotFound):
            refused()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "   "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"held_on": DAY + timedelta(days=4000)}, "held_on"),
        ({"people": {"nurses": Attendance(3, 4)}}, "people-nurses"),
        ({"people": {"nurses": Attendance(-1, None)}}, "people-nurses"),
        ({"people": {"wizards": Attendance(1, 1)}}, "people-wizards"),
        ({"people": {"nurses": Attendance(3, 1)}, "planned": True}, "people-nurses"),
    ],
)
def test_what_cannot_be_is_refused_on_its_field(
    platform: Platform, hospitals: Hospitals, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        awareness.add_session(platform, MACHINE, hospitals.valley, replace(draft(DAY), **changes))  # type: ignore[arg-type]
    assert set(refusal.value.fields) == {field}


def test_a_year_cannot_reach_more_people_than_work_there(platform: Platform, hospitals: Hospitals) -> None:
    people = {"nurses": Headcount(10, 11, 2), "medical": Headcount(None, 11, 2)}
    with pytest.raises(Invalid) as refusal:
        awareness.set_year(platform, MACHINE, hospitals.valley, 2026, YearDraft(people), 0)
    assert set(refusal.value.fields) == {"people-nurses"}


def test_what_is_planned_is_a_deadline_until_it_is_counted(platform: Platform, hospitals: Hospitals, day: date) -> None:
    planned = replace(draft(day - timedelta(days=2), nurses=Attendance(20, None)), planned=True)
    number = awareness.add_session(platform, MACHINE, hospitals.valley, planned)

    def due() -> list[str]:
        lines = list_deadlines(platform, MACHINE, hospitals.valley, DeadlineFilter()).page.lines
        return [line.address for line in lines if line.kind == "awareness"]

    assert due() == [f"/establishments/{hospitals.valley}/awareness/{number}"]
    assert read_plan(platform, MACHINE, hospitals.valley, planned.held_on.year).coming[0].late
    awareness.change_session(platform, MACHINE, number, replace(planned, planned=False), 1)
    assert due() == []
    awareness.cancel_session(platform, MACHINE, number, 2)
    assert read_plan(platform, MACHINE, hospitals.valley, planned.held_on.year).held == ()
    with pytest.raises(Refused):
        awareness.change_session(platform, MACHINE, number, planned, 3)


def test_gophish_is_counted_and_small_groups_told_nobody() -> None:
    reading = read_phishing(gophish(crowd()))
    assert reading.results is not None
    assert reading.results.all == PhishingCounts(20, 9, 3, 1, 4)
    assert reading.held_on == date(2026, 2, 1)
    # Two directors would be told apart from the whole: the smallest other group joins them.
    assert {name: one.sent for name, one in reading.results.groups.items()} == {"Infirmier": 12}
    assert reading.results.others == PhishingCounts(8, 7, 1, 0, 4)
    assert any("trop petits" in note.fr for note in reading.notes)


@pytest.mark.parametrize(
    ("sizes", "shown", "others"),
    [
        ({"a": 5, "b": 5}, {"a", "b"}, None),
        ({"a": 5, "b": 4}, set(), None),
        ({"a": 9, "b": 5, "c": 4}, {"a"}, 9),
        ({"a": 9, "b": 3, "c": 2}, {"a"}, 5),
        ({"a": 4, "b": 4}, set(), None),
    ],
)
def test_no_group_shown_or_left_over_is_smaller_than_five(
    sizes: dict[str, int], shown: set[str], others: int | None
) -> None:
    kept, rest = without_small({name: PhishingCounts(size, clicked=1) for name, size in sizes.items()})
    assert set(kept) == shown
    assert (rest.sent if rest else None) == others


def test_events_count_each_person_once_and_what_they_must_have_done_before() -> None:
    lines = ["campaign_id,email,time,message,details"]
    lines += ["1,,2026-01-05T08:00:00Z,Campaign Created,"]
    lines += [f"1,p{n}@x.test,2026-01-05T08:00:00Z,Email Sent," for n in range(4)]
    lines += ["1,p1@x.test,2026-01-05T09:00:00Z,Clicked Link,{}"] * 3
    lines += ["1,p2@x.test,2026-01-05T09:00:00Z,Email Reported,{}"]
    reading = read_phishing("\n".join(lines).encode())
    assert reading.results == PhishingResults(PhishingCounts(4, 1, 1, 0, 1), {}, None)
    assert reading.held_on == date(2026, 1, 5)


def test_a_table_by_person_leaves_unknown_what_it_does_not_say() -> None:
    text = "Courriel;Service;A cliqué;Signalé\n" + "".join(
        f"p{n}@x.test;{'Urgences' if n < 6 else 'Bloc'};{'oui' if n == 0 else ''};{'12/02/2026' if n < 3 else 'non'}\n"
        for n in range(11)
    )
    reading = read_phishing(text.encode("cp1252"))
    assert reading.results is not None
    assert reading.results.all == PhishingCounts(11, None, 1, None, 3)
    assert reading.results.groups["Urgences"] == PhishingCounts(6, None, 1, None, 3)
    assert reading.results.all.rate("opened") is None


def test_totals_by_group_in_a_workbook() -> None:
    rows = [["Soins", 120, 11, 30], ["Technique", 40, 9, 2], ["Total", 160, 20, 32]]
    content = xlsx_bytes(
        [Sheet("Vide", [], []), Sheet("Résultats", ["Métier", "Envoyés", "Cliqués", "Signalés"], rows)]
    )
    reading = read_phishing(content)
    assert reading.results is not None
    assert reading.results.all == PhishingCounts(160, None, 20, None, 32)
    assert set(reading.results.groups) == {"Soins", "Technique"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"nom,prenom\nA,B\n", "ni qui a cliqu"),
        (b"email,clicked\n", "titres de colonnes"),
        (b"PK\x03\x04 not a workbook", "pas un classeur"),
        (b"\xd0\xcf\x11\xe0 old", "un classeur .xls"),
        (b'email,clicked\n"never closed,1\n', "guillemet"),
        (b"email\0,clicked\nx,1\n", "ligne 1 : elle contient un octet nul"),
    ],
)
def test_a_file_that_says_nothing_is_refused_with_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_phishing(content)
    assert said in refusal.value.fields["file"].fr


def test_faults_name_lines_and_columns_never_people() -> None:
    reading = read_phishing(b"email,clicked\njeanne.roux@x.test,perhaps\n")
    assert reading.results is None
    assert [fault.fr for fault in reading.faults] == ["Ligne 2, colonne « clicked » : ni oui, ni non, ni une date."]
    wrong = read_phishing(gophish([("a@x.test", "Eaten", False, "")]))
    assert "roux" not in str(reading)
    assert "@" not in str(wrong)
    impossible = read_phishing("service;envoyés;cliqués\nBloc;10;12\n".encode())
    assert impossible.results is None
    assert "12 personnes" in impossible.faults[0].fr


@both
def test_results_are_kept_as_counts_and_nobody_is_named(platform: Platform, hospitals: Hospitals, day: date) -> None:
    results = read_phishing(gophish(crowd())).results
    test = SessionDraft(SessionKind.PHISHING, "Faux mail de paie", day, results=results)
    number = awareness.add_session(platform, ciso(hospitals), hospitals.valley, test)
    with platform.database.read() as session:
        row = session.scalars(select(AwarenessSession)).one()
        kept = json.dumps([str(getattr(row, column.name)) for column in AwarenessSession.__table__.columns])
    assert not any(word in kept for word in ("@", "Nom1", "Prénom"))
    assert awareness.results_of(row.results) == results
    with pytest.raises(Refused, match="already recorded"):
        awareness.add_session(platform, ciso(hospitals), hospitals.valley, test)
    later = replace(test, results=PhishingResults(PhishingCounts(30, None, 2, None, 9), {}), title="Faux colis")
    awareness.add_session(platform, ciso(hospitals), hospitals.valley, later)
    plan = read_plan(platform, ciso(hospitals), hospitals.valley)
    assert plan.trend is not None
    assert [row[1:] for row in plan.trend.rows] == [("15\u00a0%", "20\u00a0%"), ("7\u00a0%", "30\u00a0%")]
    summary = awareness_summary(platform, ciso(hospitals), hospitals.valley)
    assert (summary.click_rate, summary.report_rate) == (2 / 30, 9 / 30)
    assert open_session(platform, MACHINE, number).groups[-1][0] == "Autres"


def test_groups_sent_back_cannot_be_smaller_than_five_nor_outgrow_the_whole(
    platform: Platform, hospitals: Hospitals, day: date
) -> None:
    def refused(results: PhishingResults) -> set[str]:
        one = SessionDraft(SessionKind.PHISHING, "Test", day, results=results)
        with pytest.raises(Invalid) as refusal:
            awareness.add_session(platform, MACHINE, hospitals.valley, one)
        return set(refusal.value.fields)

    assert refused(PhishingResults(PhishingCounts(10, clicked=1), {"Une personne": PhishingCounts(1, clicked=1)})) == {
        "groups"
    }
    assert refused(PhishingResults(PhishingCounts(10, clicked=1), {"Bloc": PhishingCounts(8, clicked=3)})) == {
        "clicked"
    }
    assert refused(PhishingResults(PhishingCounts(0), {})) == {"sent"}
    assert refused(PhishingResults(PhishingCounts(5, clicked=6), {})) == {"clicked"}


def test_the_plan_as_a_workbook_and_the_sheet_to_sign(platform: Platform, hospitals: Hospitals, day: date) -> None:
    number = awareness.add_session(platform, MACHINE, hospitals.valley, draft(day, nurses=Attendance(20, 12)))
    test = SessionDraft(
        SessionKind.PHISHING, "=FAUX()", day, results=PhishingResults(PhishingCounts(30, clicked=2), {})
    )
    awareness.add_session(platform, MACHINE, hospitals.valley, test)
    book = openpyxl.load_workbook(io.BytesIO(plan_xlsx(platform, MACHINE, hospitals.valley, day.year)))
    assert [page.title for page in book.worksheets] == [f"Plan {day.year}", "Par métier", "Hameçonnage"]
    assert [cell.value for cell in book["Par métier"][2]][:4] == ["Infirmiers", 20, 12, 60]
    assert book["Hameçonnage"]["B2"].data_type == "s"
    assert print_sign_in(platform, MACHINE, number).startswith(b"%PDF")
    with pytest.raises(Forbidden):
        plan_xlsx(platform, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley, day.year)
