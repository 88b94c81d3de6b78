"""The deadlines page and its calendar file; what people choose to be told; when a target comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import icalendar
import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from care.domain.access import Level, Role
from care.domain.actions import ActionSource, ActionState, CareCriticality
from care.domain.continuity import TestKind
from care.domain.deadlines import DeadlineKind
from care.domain.evidence import EvidenceKind
from care.domain.findings import State, Verdict
from care.domain.notices import Choice, Digest
from care.domain.programme import AnswerVerdict
from care.domain.schedule import Every, Recurrence
from care.services import deadlines, evidence, notices, schedules
from care.services.bia_view import open_bia
from care.services.bias import About, propose_bia, save_bia
from care.services.continuity_tests import TestDraft, plan_test
from care.services.deadline_sources import SOURCES
from care.services.deadlines import DeadlineFilter
from care.services.evidence import EvidenceDraft
from care.services.library import today as local_day
from care.services.platform import Platform, StoredFile
from care.store.accounts import AccountGrant
from care.store.actions import Action, ActionSite
from care.store.continuity import Plan
from care.store.evidence import StoredContent
from care.store.findings import FindingRow
from care.store.runs import Run
from care.store.targets import Target
from scanners.model import Severity
from tests.support.backups import plant_backups
from tests.support.clock import FixedClock
from tests.support.continuity import plant_activity, plant_plan
from tests.support.crisis import make_pack, plant_crisis
from tests.support.people import MACHINE, Hospitals, person
from tests.support.queries import counted
from tests.support.questions import say
from tests.web.alerts import plant_alert
from tests.web.applications import plant_group_files
from tests.web.awareness import plant_awareness
from tests.web.bia import plant_bia
from tests.web.catalogue import plant_catalogue
from tests.web.conftest import Browse
from tests.web.exercises import plant_exercises
from tests.web.federation_silences import plant_silences
from tests.web.governance import plant_governance
from tests.web.incidents import plant_incidents
from tests.web.people import People
from tests.web.regional_campaigns import plant_exposure, plant_questionnaire
from tests.web.registers import plant_registers
from tests.web.remote_accesses import plant_accesses
from tests.web.seeds import Seeds
from tests.web.support import plant_support
from tests.web.visits import plant_visit


def plant(platform: Platform, establishment_id: int, days: int, title: str, owner: str = "Paul") -> int:
    """An action due so many days from today."""
    now = platform.clock.now()
    with platform.database.write() as session:
        action = Action(
            title=title, description="", source=ActionSource.OTHER, severity=Severity.HIGH,
            criticality=CareCriticality.VITAL, due_on=local_day(platform) + timedelta(days=days), due_chosen=True,
            owner=owner,
            created_at=now, created_by="tests", changed_at=now, changed_by="tests",
        )  # fmt: skip
        session.add(action)
        session.flush()
        session.add(
            ActionSite(action_id=action.id, establishment_id=establishment_id, state=ActionState.TO_DO, changed_at=now)
        )
        return action.id


def test_overdue_things_come_first_then_weeks(
    browse: Browse, platform: Platform, hospitals: Hospitals, here: str, people: People
) -> None:
    for days, title in ((30, "Plus tard"), (-40, "En retard"), (2, "Bientôt")):
        plant(platform, hospitals.valley, days, title)
    page = browse("director").get(f"{here}/deadlines").text
    table = page.partition("<table")[2]
    order = [table.index(words) for words in ("Dépassées", "En retard", "Semaine du", "Bientôt", "Plus tard")]
    assert order == sorted(order)
    assert "dépassée de 40 jours" in table
    assert "dont 1 dépassée" in table
    late = browse("director").get(f"{here}/deadlines?when=late").text
    assert "En retard" in late
    assert "Bientôt" not in late
    assert "Bientôt" not in browse("director").get(f"{here}/deadlines?kind=mandate").text


def test_the_visitor_and_the_stranger_see_nothing_of_it(
    browse: Browse, platform: Platform, hospitals: Hospitals, here: str
) -> None:
    plant(platform, hospitals.valley, 2, "Bientôt")
    assert "Bientôt" not in browse("visitor").get(f"{here}/deadlines").text
    assert browse("stranger").get(f"{here}/deadlines").status_code == 404
    assert browse("stranger").get(f"{here}/deadlines/calendar.ics").status_code == 404
    assert browse("visitor").get(f"{here}/deadlines/calendar.ics").status_code == 403


def test_a_thousand_deadlines_cost_few_queries(
    ciso: FlaskClient, platform: Platform, hospitals: Hospitals, here: str
) -> None:
    for number in range(120):
        plant(platform, hospitals.valley, number, f"Action {number}")
    with counted(platform.database) as statements:
        page = ciso.get(f"{here}/deadlines?page=2").text
    assert len(statements) <= len(SOURCES) + 8  # whatever the number of deadlines
    assert "51 à 100 sur 120" in page


def test_the_calendar_file_names_nobody_and_follows_a_date_that_moves(
    ciso: FlaskClient, platform: Platform, hospitals: Hospitals, here: str
) -> None:
    number = plant(platform, hospitals.valley, 2, "Changer krbtgt ; vite, \\n", owner="paul@hopital.test")
    answer = ciso.get(f"{here}/deadlines/calendar.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert b"@" not in answer.data
    (before,) = icalendar.Calendar.from_ical(answer.data).events
    assert str(before["SUMMARY"]) == "Changer krbtgt ; vite, \\n"
    later = before.start + timedelta(days=5)
    with platform.database.write() as session:
        session.execute(update(Action).where(Action.id == number).values(due_on=later))
    (after,) = icalendar.Calendar.from_ical(ciso.get(f"{here}/deadlines/calendar.ics").data).events
    assert (after["UID"], after.start) == (before["UID"], later)


def test_addresses_of_deadlines_lead_to_pages(
    administrator: FlaskClient, platform: Platform, hospitals: Hospitals, seeds: Seeds
) -> None:
    plant(platform, hospitals.valley, 2, "Bientôt")
    say(platform, MACHINE, hospitals.valley, "TLM-13", AnswerVerdict.YES)
    plant_crisis(platform, hospitals.valley)
    make_pack(platform, hospitals.valley)
    plan = plant_plan(platform, hospitals.valley, "PCRA des urgences")
    soon = local_day(platform) + timedelta(days=5)
    plan_test(
        platform,
        MACHINE,
        hospitals.valley,
        TestDraft(TestKind.TABLE_TOP, "Une heure sur table", soon, plan_series=plan),
    )
    plant_exercises(platform, hospitals.valley)
    plant_group_files(platform, hospitals)
    plant_incidents(platform, hospitals.valley)
    plant_visit(platform, hospitals.valley)
    plant_awareness(platform, hospitals.valley)
    plant_registers(platform, hospitals.valley)
    plant_accesses(platform, hospitals.valley)
    plant_backups(platform, hospitals.valley)
    plant_governance(platform, hospitals)
    plant_support(platform, hospitals, plant_catalogue(platform, hospitals))
    plant_questionnaire(platform, hospitals)
    plant_exposure(platform, hospitals)
    plant_alert(platform, hospitals)
    plant_silences(platform, hospitals)
    plant_bia(platform, plant_activity(platform, hospitals.valley, "Pharmacie"))
    _first, draft = plant_bia(platform, plant_activity(platform, hospitals.valley, "Maternité"))
    save_bia(platform, MACHINE, draft, About("Anne Roy"), open_bia(platform, MACHINE, draft).version)
    propose_bia(platform, MACHINE, draft, open_bia(platform, MACHINE, draft).version)
    platform_then = replace(platform, clock=FixedClock(platform.clock.now() - timedelta(days=9)))
    schedules.set_schedule(platform_then, MACHINE, seeds.backup, Recurrence(Every.DAY, 3))
    with platform.database.write() as session:
        session.execute(update(Run).values(recorded_at=platform_then.clock.now()))
        session.execute(update(StoredContent).values(sound=False))
        session.execute(update(Plan).values(review_on=soon))
        now = platform.clock.now()
        minutes = EvidenceDraft(
            hospitals.valley, EvidenceKind.MINUTES, "pv.pdf", "text/plain", effective_to=local_day(platform)
        )
        evidence.add(session, StoredFile("a" * 64, 1), minutes, now, "tests")
        end = now + timedelta(days=5)
        session.execute(update(AccountGrant).where(AccountGrant.role == Role.VISITOR).values(expires_at=end))
        session.execute(update(FindingRow).values(state=State.ACCEPTED, decided_as=Verdict.ACCEPTED, decided_until=end))
    found = [
        line
        for kind in DeadlineKind
        for line in deadlines.list_deadlines(platform, MACHINE, hospitals.valley, DeadlineFilter(kind=kind)).page.lines
    ]
    assert {line.kind for line in found} == set(DeadlineKind)
    one_each = {line.kind: line for line in found}.values()
    assert {line.address: administrator.get(line.address).status_code for line in one_each} == {
        line.address: 200 for line in one_each
    }
    assert administrator.get(notices.ACCOUNT_PAGE).status_code == 200


CHOICES = {
    "digest": "weekly", "weekday": "4", "at": "06:30", "quiet_from": "19:00", "quiet_to": "08:15",
    "timezone": "Indian/Reunion",
}  # fmt: skip


def own(platform: Platform, people: People, hospitals: Hospitals) -> Choice:
    scope = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley, people.ids["ciso"])
    return notices.own_choice(platform, scope)


def test_people_choose_what_they_are_told(
    ciso: FlaskClient, platform: Platform, people: People, hospitals: Hospitals
) -> None:
    assert "Sans adresse de messagerie" in ciso.get("/account").text
    assert own(platform, people, hospitals) == Choice()
    assert ciso.post("/account/notices", data=CHOICES).status_code == 302
    assert own(platform, people, hospitals) == Choice(
        Digest.WEEKLY, 4, 6 * 60 + 30, False, 19 * 60, 8 * 60 + 15, "Indian/Reunion"
    )
    page = ciso.get("/account").text
    assert 'value="06:30"' in page
    assert '<option selected value="Indian/Reunion">' in page


@pytest.mark.parametrize(
    "wrong", [{"at": "25:00"}, {"weekday": "9"}, {"digest": "hourly"}, {"timezone": "Mars/Olympus"}, {"quiet_to": ""}]
)
def test_a_choice_that_makes_no_sense_is_said_on_its_field(
    ciso: FlaskClient, platform: Platform, people: People, hospitals: Hospitals, wrong: dict[str, str]
) -> None:
    answer = ciso.post("/account/notices", data=CHOICES | wrong)
    assert answer.status_code == 400
    assert 'class="wrong"' in answer.text
    assert own(platform, people, hospitals) == Choice()


def test_a_target_is_audited_by_itself_from_its_page(
    ciso: FlaskClient, platform: Platform, seeds: Seeds, hospitals: Hospitals, here: str
) -> None:
    address = f"{here}/targets/{seeds.backup}"
    assert "auditée que sur demande" in ciso.get(address).text
    answer = ciso.post(f"{address}/schedule", data={"every": "week", "weekday": "4", "at": "22:30"})
    assert answer.status_code == 302
    assert "Cette cible est auditée chaque vendredi à 22:30." in ciso.get(address).text
    assert "chaque vendredi à 22:30" in ciso.get(f"{here}/targets").text
    assert [one.target_id for one in schedules.list_schedules(platform, MACHINE, hospitals.valley)] == [seeds.backup]
    ciso.post(f"{address}/schedule/remove")
    assert "auditée que sur demande" in ciso.get(address).text


def test_who_only_reads_sees_when_and_changes_nothing(
    browse: Browse, ciso: FlaskClient, platform: Platform, seeds: Seeds, here: str
) -> None:
    address = f"{here}/targets/{seeds.backup}"
    ciso.post(f"{address}/schedule", data={"every": "month", "weekday": "0", "at": "01:00"})
    director = browse("director")
    assert "le 1er de chaque mois à 01:00" in director.get(address).text
    assert "Ne plus programmer" not in director.get(address).text
    assert director.post(f"{address}/schedule", data={"every": "day", "weekday": "0", "at": "01:00"}).status_code == 403


def test_a_time_that_is_none_is_said_and_what_was_stored_stays(
    ciso: FlaskClient, platform: Platform, seeds: Seeds, here: str
) -> None:
    answer = ciso.post(f"{here}/targets/{seeds.backup}/schedule", data={"every": "week", "weekday": "1", "at": "soir"})
    assert answer.status_code == 400
    assert 'class="wrong"' in answer.text
    with platform.database.read() as session:
        assert session.get_one(Target, seeds.backup).name in answer.text
