"""Regional reports: who may have which form, what is kept back, files made by a job, orders that come by mail."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select, update

from care.domain.access import PLATFORM, RIGHTS, Grant, Level, Place, Right, Role, Scope
from care.domain.jobs import JobState, Lane
from care.domain.regional_reports import Every, ReportForm, allowed_forms, next_due, told_month
from care.services import accounts, jobs, outbox, work
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.indicators.definitions import definitions
from care.services.outbox import Attached, Letter
from care.services.platform import Platform
from care.services.regional_reports import asking, making, ordered
from care.services.regional_reports.asking import (
    ReportAsk,
    ask_report,
    list_reports,
    open_file,
    order_of,
    places_to_report,
)
from care.services.regional_reports.ordered import OrderDraft
from care.services.regional_reports.reading import read_report
from care.services.work import Hold
from care.store.indicators import IndicatorFigure, IndicatorHolder
from care.store.outbox import Mail, MailAttachment
from care.store.registry import Ght
from care.store.support import ReportOrder
from care.store.trail import TrailEvent
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.indicators import plant_installation, plant_pseudonym, plant_value
from tests.support.people import person
from tests.support.ports import MemoryMailer
from tests.support.queries import counted
from tests.support.regional_reports import BEFORE, MONTH, SILENT, Told, plant_told

both = pytest.mark.both_databases
ALL = tuple(ReportForm)
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "care-region-1.schema.json").read_text("utf-8"))


@pytest.fixture
def told(platform: Platform) -> Told:
    return plant_told(platform)


@pytest.fixture
def grades(told: Told) -> Scope:
    return person(Role.REGIONAL, Level.REGION, told.region)


def region(told: Told, *forms: ReportForm, public: bool = True) -> ReportAsk:
    return ReportAsk(Place(Level.REGION, told.region), MONTH, forms or ALL, public)


def made(platform: Platform, scope: Scope, ask: ReportAsk) -> dict[str, bytes]:
    """Ask, do the job, take every file away."""
    job_id = ask_report(platform, scope, ask)
    do_next(platform)
    (view,) = (one for one in list_reports(platform, scope, _site(ask)) if one.job_id == job_id)
    return {one.name: open_file(platform, scope, job_id, one.name).read_bytes() for one in view.files}


def _site(ask: ReportAsk) -> int | None:
    return ask.place.id if ask.place.level is Level.ESTABLISHMENT else None


def do_next(platform: Platform) -> None:
    making.make(platform, Hold(platform, claimed(platform, Lane.SERVICE)))


def sheet(content: bytes, name: str) -> list[dict[str, object]]:
    header, *rows = openpyxl.load_workbook(io.BytesIO(content))[name].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


@both
def test_every_form_of_a_region_is_made_and_taken_away(platform: Platform, told: Told, grades: Scope) -> None:
    found = made(platform, grades, region(told))
    stem = "care-bretagne-2026-02-public"
    endings = (".pdf", ".xlsx", "-images.zip", ".csv", "-definitions.csv", ".json")
    assert set(found) == {stem + ending for ending in endings}
    document = json.loads(found[f"{stem}.json"])
    Draft202012Validator(SCHEMA).validate(document)
    played = next(
        one
        for one in document["figures"]
        if (one["indicator"], one["month"], one["category"]) == ("EXO-TX", "2026-02", "")
    )
    assert (played["numerator"], played["denominator"], played["asked"], played["not_answering"]) == (10, 14, 15, 1)
    assert found[f"{stem}.pdf"].startswith(b"%PDF")


def test_figures_that_may_not_be_published_are_in_no_public_file(platform: Platform, told: Told, grades: Scope) -> None:
    found = made(platform, grades, region(told, ReportForm.XLSX, ReportForm.CSV, ReportForm.JSON))
    document = json.loads(found["care-bretagne-2026-02-public.json"])
    hidden = {one["category"] for one in document["withheld"] if one["indicator"] == "EXO-TX"}
    shown = {one["category"] for one in document["figures"] if one["indicator"] == "EXO-TX"}
    assert "CHU" in hidden
    assert len(hidden) >= 2, "the total and the other categories would give the CHU away"
    assert not hidden & shown
    lines = csv.DictReader(io.StringIO(found["care-bretagne-2026-02-public.csv"].decode("utf-8-sig")), delimiter=";")
    assert all(not one["asked"] for one in lines if one["category"] == "CHU")
    rows = sheet(found["care-bretagne-2026-02-public.xlsx"], "EXO-TX")
    assert {one["Numérateur (n)"] for one in rows if one["Libellé"] == "CHU"} == {None}
    assert not [one for one in rows if one["Détail"] == "Établissement"]


def test_what_subtraction_would_give_away_is_not_in_the_table(platform: Platform, told: Told, grades: Scope) -> None:
    """The whole minus the categories told never leaves a group of fewer than five."""
    document = json.loads(made(platform, grades, region(told, ReportForm.JSON))["care-bretagne-2026-02-public.json"])
    last = [one for one in document["figures"] if one["month"] == "2026-02"]
    for code in {one["indicator"] for one in last}:
        figures = {one["category"]: one for one in last if one["indicator"] == code}
        parts = sum(one["answered"] for category, one in figures.items() if category)
        if "" in figures:
            left = figures[""]["answered"] - parts
            assert left == 0 or left >= 5, code


def test_entitled_readers_have_the_establishments_and_silence_is_no_zero(
    platform: Platform, told: Told, grades: Scope
) -> None:
    found = made(platform, grades, region(told, ReportForm.XLSX, ReportForm.PDF, public=False))
    rows = [
        one for one in sheet(found["care-bretagne-2026-02-reserve.xlsx"], "EXO-TX") if one["Détail"] == "Établissement"
    ]
    assert len(rows) == 15
    silent = next(one for one in rows if one["Libellé"] == SILENT)
    assert (silent["Numérateur (n)"], silent["Remarque"]) == (None, "non répondu")
    chu = next(one for one in sheet(found["care-bretagne-2026-02-reserve.xlsx"], "EXO-TX") if one["Libellé"] == "CHU")
    assert (chu["Établissements concernés"], chu["Remarque"]) == (2, "non diffusable")


def test_who_answers_under_a_pseudonym_is_not_told_as_silent(platform: Platform, told: Told, grades: Scope) -> None:
    with platform.database.write() as session:
        sender = plant_installation(session, "un", f"region:{told.region}", [told.silent])
        alias = plant_pseudonym(session, sender, "a1b2", "CH")
        session.get_one(IndicatorHolder, alias).region_id = told.region
        known = definitions(platform, session, MONTH)
        plant_value(session, known["EXO-TX"], MONTH, alias, 1)
        plant_value(session, known["TLM-MFA"], MONTH, alias, 1, 1, version="0")
    found = made(platform, grades, region(told, ReportForm.XLSX, public=False))["care-bretagne-2026-02-reserve.xlsx"]

    def remarks(code: str) -> dict[object, object]:
        return {one["Libellé"]: one["Remarque"] for one in sheet(found, code) if one["Détail"] == "Établissement"}

    assert remarks("EXO-TX")[SILENT] == "répond sous pseudonyme"
    assert remarks("EXO-TX")["Pseudonyme a1b2"] is None
    assert remarks("TLM-MFA")["Pseudonyme a1b2"] == "autre version, mis de côté"
    with platform.database.read() as session:
        report = read_report(platform, session, region(told, public=False).wanted("fr"))
    assert [one.masked for one in report.sites if one.name == SILENT] == [True]


def test_the_report_of_an_establishment_is_of_who_sees_what_it_is_made_of(
    platform: Platform, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = ReportAsk(Place(Level.ESTABLISHMENT, told.first), MONTH, (ReportForm.PDF,), public=False)
    reader = person(Role.QUALITY, Level.ESTABLISHMENT, told.first)
    monkeypatch.setitem(RIGHTS, Role.QUALITY, frozenset({Right.SEE, Right.SEE_PROGRAMME, Right.EXPORT}))
    with pytest.raises(Forbidden):
        ask_report(platform, reader, ask)
    monkeypatch.setitem(RIGHTS, Role.QUALITY, frozenset({Right.SEE, Right.SEE_FINDINGS, Right.EXPORT}))
    assert ask_report(platform, reader, ask)


def test_an_establishment_has_its_own_line_and_nobody_else_s(platform: Platform, told: Told) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, told.first)
    ask = ReportAsk(Place(Level.ESTABLISHMENT, told.first), MONTH, (ReportForm.XLSX, ReportForm.PDF), public=False)
    found = made(platform, director, ask)
    rows = sheet(found["care-etablissement-0-2026-02-reserve.xlsx"], "EXO-TX")
    mine = [(one["Libellé"], one["Numérateur (n)"]) for one in rows if one["Détail"] == "Votre établissement"]
    assert mine == [("Établissement 0", 1), ("Établissement 0", 1)]
    assert "Établissement 1" not in {one["Libellé"] for one in rows}
    assert {one["Numérateur (n)"] for one in rows if one["Libellé"] == "CHU"} == {None}
    stranger = person(Role.DIRECTION, Level.ESTABLISHMENT, told.silent)
    with pytest.raises(NotFound):
        ask_report(platform, stranger, ask)


def test_a_ght_has_a_reserved_form_only(platform: Platform, told: Told, grades: Scope) -> None:
    place = Place(Level.GHT, told.ght)
    with pytest.raises(Invalid) as refusal:
        ask_report(platform, grades, ReportAsk(place, MONTH, (ReportForm.PDF,), public=True))
    assert "public" in refusal.value.fields
    with pytest.raises(Invalid) as refusal:
        ask_report(platform, grades, ReportAsk(place, MONTH, (ReportForm.JSON,), public=False))
    assert "forms" in refusal.value.fields
    found = made(platform, grades, ReportAsk(place, MONTH, (ReportForm.XLSX,), public=False))
    rows = sheet(found["care-ght-rance-2026-02-reserve.xlsx"], "EXO-TX")
    assert len([one for one in rows if one["Détail"] == "Établissement"]) == 6


def test_the_nation_has_its_regions(platform: Platform, told: Told) -> None:
    national = person(Role.REGIONAL)
    found = made(platform, national, ReportAsk(PLATFORM, MONTH, (ReportForm.XLSX,), public=True))
    rows = sheet(found["care-france-entiere-2026-02-public.xlsx"], "EXO-TX")
    assert "Bretagne" in {one["Libellé"] for one in rows if one["Détail"] == "Région"}


def test_strangers_have_nothing(platform: Platform, told: Told, grades: Scope) -> None:
    job_id = ask_report(platform, grades, region(told, ReportForm.JSON))
    do_next(platform)
    (name,) = (one.name for one in list_reports(platform, grades)[0].files)
    elsewhere = person(Role.REGIONAL, Level.REGION, told.elsewhere)
    director = person(Role.DIRECTION, Level.REGION, told.region)
    for scope, refusal in ((elsewhere, NotFound), (director, Forbidden)):
        with pytest.raises(refusal):
            ask_report(platform, scope, region(told))
        with pytest.raises(NotFound):
            open_file(platform, scope, job_id, name)
        assert list_reports(platform, scope) == ()
    assert places_to_report(platform, elsewhere).places == ()
    for wrong in ("../care.sqlite3", "other.pdf", ""):
        with pytest.raises(NotFound):
            open_file(platform, grades, job_id, wrong)


def test_what_cannot_be_asked_is_refused_by_field(platform: Platform, told: Told, grades: Scope) -> None:
    for ask, field in (
        (replace(region(told), month=201901), "month"),
        (replace(region(told), forms=()), "forms"),
        (replace(region(told), public=False), "forms"),
    ):
        with pytest.raises(Invalid) as refusal:
            ask_report(platform, grades, ask)
        assert list(refusal.value.fields) == [field]
    with pytest.raises(NotFound):
        ask_report(platform, grades, ReportAsk(Place(Level.LEGAL_ENTITY, 1), MONTH, ALL, public=True))


def test_the_same_figures_give_the_same_bytes(platform: Platform, told: Told, grades: Scope, clock: FixedClock) -> None:
    first = made(platform, grades, region(told))
    clock.forward(hours=30)
    assert made(platform, grades, region(told)) == first


def test_a_report_written_at_once_is_checked_and_traced(platform: Platform, told: Told, grades: Scope) -> None:
    ask = region(told, ReportForm.JSON)
    ((name, content),) = making.report_now(platform, grades, ask, "fr")
    assert made(platform, grades, ask)[name] == content, "as the page gives it"
    with platform.database.read() as session:
        events = session.scalars(select(TrailEvent).where(TrailEvent.action == "regional_report.taken")).all()
    assert events[0].detail["file"] == name
    with pytest.raises(NotFound):
        making.report_now(platform, person(Role.REGIONAL, Level.REGION, told.elsewhere), ask, "fr")
    with pytest.raises(Invalid):
        making.report_now(platform, grades, replace(ask, month=201901), "fr")


def test_the_page_costs_the_same_however_many_territories_and_reports(
    platform: Platform, told: Told, grades: Scope
) -> None:
    def statements() -> int:
        with counted(platform.database) as sent:
            places_to_report(platform, grades)
            list_reports(platform, grades)
        return len(sent)

    ask_report(platform, grades, region(told))
    before = statements()
    with platform.database.write() as session:
        for number in range(30):
            group = Ght(region_id=told.region, name=f"GHT {number}", created_at=platform.clock.now())
            session.add(group)
            session.flush()
            ask = replace(region(told), place=Place(Level.GHT, group.id))
            jobs.submit(platform, session, order_of(ask, "fr"), grades.actor)
    assert statements() == before + 1, "the names of groups, in one statement"


def test_places_and_months_are_those_with_figures(platform: Platform, told: Told, grades: Scope) -> None:
    found = places_to_report(platform, grades)
    assert ([name for _place, name in found.places], found.months) == (["Bretagne", "GHT Rance"], (MONTH, BEFORE))
    assert {place.level for place, _name in places_to_report(platform, person(Role.REGIONAL)).places} == {
        Level.PLATFORM,
        Level.REGION,
        Level.GHT,
    }


def test_a_figure_that_few_could_measure_is_kept_back_too(platform: Platform, told: Told, grades: Scope) -> None:
    with platform.database.write() as session:
        session.execute(
            update(IndicatorFigure).where(IndicatorFigure.indicator == "TLM-MFA").values(hidden=False, measured=3)
        )
    found = made(platform, grades, region(told, ReportForm.JSON))
    document = json.loads(found["care-bretagne-2026-02-public.json"])
    assert not [one for one in document["figures"] if one["indicator"] == "TLM-MFA"]


def test_a_report_cut_short_leaves_nothing_and_old_ones_go(
    platform: Platform, told: Told, grades: Scope, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask_report(platform, grades, region(told, ReportForm.JSON, ReportForm.CSV))

    def full(_report: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(making._MAKERS, ReportForm.CSV, ((".csv", full),))
    with pytest.raises(making.RegionReportError, match="No space left"):
        do_next(platform)
    assert list(asking.folder_of(platform, job_id).parent.iterdir()) == []
    monkeypatch.undo()
    made(platform, grades, region(told, ReportForm.JSON))
    folder = asking.folder_of(platform, job_id).parent
    assert len(list(folder.iterdir())) == 1
    work._remove_old_reports(folder, datetime.now(UTC).replace(year=2100))
    assert list(folder.iterdir()) == []


# Orders


def draft(**changed: object) -> OrderDraft:
    whole = OrderDraft("Point mensuel", (ReportForm.PDF, ReportForm.JSON), True, Every.MONTH, ("ars@region.test",))
    return replace(whole, **changed)


@pytest.fixture
def order(platform: Platform, told: Told, grades: Scope) -> int:
    return ordered.create_order(platform, grades, Place(Level.REGION, told.region), draft())


def relayed(platform: Platform) -> Platform:
    return replace(platform, settings=replace(platform.settings, smtp_host="127.0.0.1"))


def make_due(platform: Platform) -> None:
    """The job of the day, then what it asked for."""
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(work_kind()), "calendar")
    ordered.make_what_is_due(platform, Hold(platform, claimed(platform, Lane.SERVICE)))


def work_kind() -> jobs.JobKind:
    return jobs.JobKind.REPORT_ORDERS


@both
def test_an_order_is_made_once_a_month_and_its_public_files_leave_by_mail(
    platform: Platform, order: int, grades: Scope, clock: FixedClock
) -> None:
    stage = relayed(platform)
    assert ordered.read_order(stage, grades, order).next_on == date(2026, 3, 11)
    make_due(stage)
    assert list_reports(stage, grades) == ()
    clock.forward(hours=24 * 10)
    make_due(stage)
    do_next(stage)
    make_due(stage)
    assert [one.state for one in list_reports(stage, grades)] == [JobState.DONE]
    outbox.send_waiting(stage, Hold(stage, claimed(stage, Lane.SERVICE)))
    assert isinstance(stage.mailer, MemoryMailer)
    (sent,) = stage.mailer.sent
    assert (sent["To"], sent["Subject"]) == ("ars@region.test", "Point mensuel : Bretagne, février 2026")
    names = [part.get_filename() for part in sent.iter_attachments()]
    assert sorted(map(str, names)) == ["care-bretagne-2026-02-public.json", "care-bretagne-2026-02-public.pdf"]
    assert "Établissement" not in str(sent.get_body())
    assert ordered.read_order(stage, grades, order).next_on == date(2026, 4, 11)
    with stage.database.read() as session:
        assert session.scalars(select(MailAttachment)).all() == []


def test_the_reserved_form_never_leaves_by_mail(
    platform: Platform, told: Told, grades: Scope, clock: FixedClock
) -> None:
    stage, admin = relayed(platform), person(Role.ADMINISTRATOR)
    mine = Grant(Role.REGIONAL, Place(Level.REGION, told.region))
    known = accounts.AccountDraft(
        "agathe", "Agathe Moreau", "un mot de passe assez long 42", email="agathe@grades.test", grants=(mine,)
    )
    accounts.open_account(stage, admin, known)
    place = Place(Level.REGION, told.region)
    with pytest.raises(Invalid) as refusal:
        ordered.create_order(stage, grades, place, draft(public=False, forms=(ReportForm.XLSX,)))
    assert "ars@region.test" in refusal.value.fields["recipients"].fr
    reserved = draft(public=False, forms=(ReportForm.XLSX,), recipients=("Agathe@grades.test",))
    ordered.create_order(stage, grades, place, reserved)
    clock.forward(hours=24 * 10)
    make_due(stage)
    do_next(stage)
    with stage.database.read() as session:
        mail = session.scalars(select(Mail)).one()
        assert session.scalars(select(MailAttachment)).all() == []
    assert mail.recipient == "agathe@grades.test"
    assert "ne voyage pas par messagerie" in mail.body


def test_two_people_change_one_order_and_the_second_is_told(platform: Platform, order: int, grades: Scope) -> None:
    ordered.change_order(platform, grades, order, draft(every=Every.QUARTER), 1)
    view = ordered.read_order(platform, grades, order)
    assert (view.every, view.next_on, view.version) == (Every.QUARTER, date(2026, 4, 11), 2)
    with pytest.raises(Refused, match="how often"):
        ordered.change_order(platform, grades, order, draft(title="Autre"), 1)


def test_an_order_ends_and_its_place_decides_who_manages_it(
    platform: Platform, order: int, told: Told, grades: Scope, clock: FixedClock
) -> None:
    elsewhere = person(Role.REGIONAL, Level.REGION, told.elsewhere)
    ciso = person(Role.CISO, Level.REGION, told.region)
    assert ordered.list_orders(platform, elsewhere) == ordered.list_orders(platform, ciso) == ()
    with pytest.raises(NotFound):
        ordered.end_order(platform, elsewhere, order)
    with pytest.raises(NotFound):
        ordered.create_order(platform, elsewhere, Place(Level.REGION, told.region), draft())
    with pytest.raises(Forbidden):
        ordered.create_order(platform, ciso, Place(Level.REGION, told.region), draft())
    ordered.end_order(platform, grades, order)
    assert ordered.list_orders(platform, grades) == ()
    clock.forward(hours=24 * 10)
    make_due(relayed(platform))
    assert list_reports(platform, grades) == ()
    with platform.database.read() as session:
        assert session.get_one(ReportOrder, order).ended_at is not None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": " "}, "title"),
        ({"forms": ()}, "forms"),
        ({"public": False, "forms": (ReportForm.JSON,), "recipients": ()}, "forms"),
        ({"recipients": ()}, "recipients"),
        ({"recipients": ("pas une adresse",)}, "recipients"),
        ({"recipients": tuple(f"a{number}@b.test" for number in range(51))}, "recipients"),
        ({"lang": "de"}, "lang"),
    ],
)
def test_a_wrong_order_is_refused_by_field(
    platform: Platform, told: Told, grades: Scope, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        ordered.create_order(platform, grades, Place(Level.REGION, told.region), draft(**changed))
    assert field in refusal.value.fields


def test_files_too_heavy_for_a_letter_are_named_in_it(
    platform: Platform, order: int, grades: Scope, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = relayed(platform)
    monkeypatch.setattr("care.services.regional_reports.mailing.MOST_BYTES", 60_000)
    clock.forward(hours=24 * 10)
    make_due(stage)
    do_next(stage)
    with stage.database.read() as session:
        assert [one.name for one in session.scalars(select(MailAttachment))] == ["care-bretagne-2026-02-public.json"]
        assert "care-bretagne-2026-02-public.pdf" in session.scalars(select(Mail)).one().body


@both
def test_an_attachment_goes_with_a_message_given_up(platform: Platform, machine: Scope) -> None:
    with platform.database.write() as session:
        letter = Letter("a@b.test", "Sujet", "Corps", attached=(Attached("a.csv", "text/csv", b"a;b"),))
        mail_id = outbox.post(platform, session, letter)
        session.execute(update(Mail).values(state="failed"))
    outbox.drop(platform, machine, mail_id or 0)
    with platform.database.read() as session:
        assert session.scalars(select(MailAttachment)).all() == []


@pytest.mark.parametrize(
    ("every", "today", "due"),
    [
        (Every.MONTH, date(2026, 3, 2), date(2026, 3, 11)),
        (Every.MONTH, date(2026, 3, 11), date(2026, 4, 11)),
        (Every.MONTH, date(2026, 12, 30), date(2027, 1, 11)),
        (Every.QUARTER, date(2026, 1, 10), date(2026, 1, 11)),
        (Every.QUARTER, date(2026, 1, 11), date(2026, 4, 11)),
        (Every.QUARTER, date(2026, 11, 23), date(2027, 1, 11)),
    ],
)
def test_a_report_is_due_when_the_month_before_has_all_its_values(every: Every, today: date, due: date) -> None:
    assert next_due(every, today) == due
    assert told_month(due) == (due.year * 100 + due.month - 1 if due.month > 1 else (due.year - 1) * 100 + 12)


def test_open_data_is_offered_in_public_forms_only() -> None:
    for level in (Level.GHT, Level.ESTABLISHMENT):
        assert ReportForm.JSON not in allowed_forms(level, public=True)
    assert set(allowed_forms(Level.REGION, public=True)) == set(ReportForm)
