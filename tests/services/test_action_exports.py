"""Actions handed out: every format says the same, only to who may export, whatever the texts hold."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from typing import Any

import icalendar
import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from care.domain.access import PLATFORM, Level, Place, Role, Scope
from care.domain.actions import ActionSource, ActionState
from care.domain.findings import State
from care.services.action_exports import actions_calendar, actions_csv, actions_json, actions_xlsx, plan_pdf
from care.services.action_query import EVERYTHING, ActionFilter
from care.services.errors import Forbidden, NotFound
from care.services.platform import Platform
from care.store.actions import ActionFinding
from care.store.findings import FindingRow
from care.store.trail import TrailEvent
from reports.plan_actions import ActionPlan
from scanners.model import Severity
from tests.support.costs import plant_action, set_state
from tests.support.people import Hospitals, person
from tests.support.queries import counted

EXPORTS = (actions_csv, actions_xlsx, actions_json, actions_calendar)
FORMS = ("csv", "xlsx", "json", "ics")
HOSTILE = [
    "=cmd|' /C calc'!A0", "@SUM(A1)", "+1", "fin\u202egpj.exe", "\x07\x00cloche", "é" * 10_000, "a\r\nBEGIN:VEVENT",
]  # fmt: skip


def valley(hospitals: Hospitals) -> Place:
    return Place(Level.ESTABLISHMENT, hospitals.valley)


def group(hospitals: Hospitals) -> Place:
    return Place(Level.GHT, hospitals.ght)


def ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> Hospitals:
    """One late, shared, priced action; one of the valley that nobody priced; one closed; one elsewhere."""
    first = plant_action(
        platform, [hospitals.valley, hospitals.hill], "Changer krbtgt", [(2026, 100_001)], severity=Severity.CRITICAL,
        due_on=date(2026, 1, 15), funding="care-d1", source=ActionSource.FINDING, description="Deux fois.",
    )  # fmt: skip
    set_state(platform, first, hospitals.hill, ActionState.IN_PROGRESS)
    plant_action(platform, [hospitals.valley], "Segmenter le réseau", due_on=date(2026, 9, 1), effort_days=2.5)
    plant_action(platform, [hospitals.valley], "Fermer Telnet", state=ActionState.CLOSED, severity=Severity.LOW)
    plant_action(platform, [hospitals.far], "Ailleurs", [(2026, 5)])
    return hospitals


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))


def read_xlsx(content: bytes) -> list[tuple[Any, ...]]:
    page = openpyxl.load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
    return [tuple(cell.value for cell in row) for row in page.iter_rows()]


@pytest.mark.both_databases
def test_a_line_is_an_action_in_an_establishment(platform: Platform, machine: Scope, planted: Hospitals) -> None:
    rows = read_csv(actions_csv(platform, machine, group(planted), EVERYTHING))
    assert [(row["Intitulé"], row["Établissement"], row["État"], row["Coût"], row["Chiffrée"]) for row in rows] == [
        ("Changer krbtgt", "Hôpital de la Colline", "En cours", "500,00", "oui"),
        ("Changer krbtgt", "Hôpital de la Vallée", "À faire", "500,01", "oui"),
        ("Segmenter le réseau", "Hôpital de la Vallée", "À faire", "", "non chiffré"),
        ("Fermer Telnet", "Hôpital de la Vallée", "Close", "", "non chiffré"),
    ]
    assert rows[0]["Financement"].startswith("CaRE D1 – ")
    assert (rows[0]["Échéance"], rows[2]["Effort (jours)"], rows[0]["Description"]) == (
        "2026-01-15",
        "2,5",
        "Deux fois.",
    )
    assert int(rows[0]["Retard (jours)"]) > 0
    assert rows[2]["Retard (jours)"] == ""


@pytest.mark.both_databases
def test_every_format_says_the_same(platform: Platform, machine: Scope, planted: Hospitals) -> None:
    place, late = group(planted), ActionFilter(late=True)
    assert {row["Intitulé"] for row in read_csv(actions_csv(platform, machine, place, late))} == {"Changer krbtgt"}
    sheet = read_xlsx(actions_xlsx(platform, machine, place, late))
    assert [row[1] for row in sheet[1:-1]] == ["Changer krbtgt", "Changer krbtgt"]
    assert sheet[-1][sheet[0].index("Coût")] == 1_000.01
    found = json.loads(actions_json(platform, machine, place, late))
    assert (found["format"], found["place"]) == ("care-actions/1", "GHT des Deux Rives")
    (only,) = found["actions"]
    assert (only["title"], only["cost_cents"], only["state"]) == ("Changer krbtgt", 100_001, "in_progress")
    assert [(site["state"], site["cost_cents"]) for site in only["sites"]] == [
        ("in_progress", 50_000),
        ("to_do", 50_001),
    ]
    (event,) = icalendar.Calendar.from_ical(actions_calendar(platform, machine, place, late)).events
    assert (str(event["SUMMARY"]), event.start) == ("Changer krbtgt", date(2026, 1, 15))


def test_the_calendar_keeps_what_is_still_to_do(platform: Platform, machine: Scope, planted: Hospitals) -> None:
    def events(place: Place) -> list[icalendar.Event]:
        return list(icalendar.Calendar.from_ical(actions_calendar(platform, machine, place, EVERYTHING)).events)

    found = events(valley(planted))
    assert [str(event["SUMMARY"]) for event in found] == ["Changer krbtgt", "Segmenter le réseau"]
    assert all("URL" not in event for event in found)  # only this machine knows the address
    assert not [event for event in found if "Jeanne Roux" in event.to_ical().decode()]  # such files travel
    assert {str(event["UID"]) for event in found} == {str(event["UID"]) for event in events(group(planted))}


def test_the_ciso_of_one_site_hands_out_its_share_alone(platform: Platform, planted: Hospitals) -> None:
    rows = read_csv(actions_csv(platform, ciso(planted), group(planted), EVERYTHING))
    assert {row["Établissement"] for row in rows} == {"Hôpital de la Vallée"}
    assert [row["Coût"] for row in rows] == ["500,01", "", ""]
    only = json.loads(actions_json(platform, ciso(planted), PLATFORM, EVERYTHING))["actions"][0]
    assert (only["cost_cents"], len(only["sites"])) == (50_001, 1)


class TestRights:
    @pytest.mark.parametrize("export", EXPORTS)
    def test_a_stranger_finds_nothing(self, platform: Platform, planted: Hospitals, export: Any) -> None:
        stranger = person(Role.CISO, Level.ESTABLISHMENT, planted.far)
        for place in (valley(planted), group(planted)):
            with pytest.raises(NotFound):
                export(platform, stranger, place, EVERYTHING)

    @pytest.mark.parametrize("role", [Role.VISITOR, Role.FACILITATOR])
    @pytest.mark.parametrize("export", [*EXPORTS, plan_pdf])
    def test_who_may_not_export_is_told_no(
        self, platform: Platform, planted: Hospitals, export: Any, role: Role
    ) -> None:
        with pytest.raises(Forbidden):
            export(platform, person(role, Level.ESTABLISHMENT, planted.valley), valley(planted), EVERYTHING)

    @pytest.mark.parametrize(("export", "form"), list(zip(EXPORTS, FORMS, strict=True)))
    def test_a_director_may_and_it_leaves_a_trace(
        self, platform: Platform, planted: Hospitals, export: Any, form: str
    ) -> None:
        director = person(Role.DIRECTION, Level.ESTABLISHMENT, planted.valley)
        assert export(platform, director, valley(planted), EVERYTHING)
        with platform.database.read() as session:
            last = session.scalars(select(TrailEvent).order_by(TrailEvent.number.desc())).first()
            assert last is not None
            assert (last.action, last.detail["format"], last.establishment_id) == (
                "actions.exported", form, planted.valley,
            )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_stay_texts(platform: Platform, machine: Scope, hospitals: Hospitals, text: str) -> None:
    plant_action(platform, [hospitals.valley], text[:200], description=text, owner=text[:200], funding=text[:100])
    for row in read_csv(actions_csv(platform, machine, valley(hospitals), EVERYTHING)):
        assert not any(re.match(r"\s*[=+@-]", cell) for cell in row.values())
    page = openpyxl.load_workbook(
        io.BytesIO(actions_xlsx(platform, machine, valley(hospitals), EVERYTHING))
    ).worksheets[0]
    assert not [cell for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    content = actions_calendar(platform, machine, valley(hospitals), EVERYTHING)
    (event,) = icalendar.Calendar.from_ical(content).events
    assert not re.search("[\x00-\x08\u202e]", str(event["SUMMARY"]))
    assert (
        json.loads(actions_json(platform, machine, valley(hospitals), EVERYTHING))["actions"][0]["description"] == text
    )
    assert PdfReader(io.BytesIO(plan_pdf(platform, machine, valley(hospitals), EVERYTHING))).pages


class TestPlan:
    @pytest.fixture
    def reported(self, monkeypatch: pytest.MonkeyPatch) -> list[ActionPlan]:
        """The plans that were asked for; they are not typeset here."""
        asked: list[ActionPlan] = []

        def keep(plan: ActionPlan) -> bytes:
            asked.append(plan)
            return b"%PDF"

        monkeypatch.setattr("care.services.action_exports.render_plan", keep)
        return asked

    def tie(self, platform: Platform, hospitals: Hospitals, action_id: int, count: int) -> None:
        seen = datetime(2026, 2, 1, tzinfo=UTC)
        with platform.database.write() as session:
            for rank in range(count):
                row = FindingRow(
                    establishment_id=hospitals.valley, scanner="ad", rule="ad.krbtgt_password_age",
                    subject=f"krbtgt {rank}", subject_key=f"{action_id} {rank}", severity=Severity.HIGH, evidence={},
                    state=State.OPEN, first_seen_at=seen,
                )  # fmt: skip
                session.add(row)
                session.flush()
                session.add(ActionFinding(action_id=action_id, finding_id=row.id))

    @pytest.mark.both_databases
    def test_holds_findings_costs_and_the_next_five(
        self, platform: Platform, machine: Scope, planted: Hospitals, reported: list[ActionPlan]
    ) -> None:
        action = plant_action(platform, [planted.valley], "Annuaire", [(2026, 700)], severity=Severity.CRITICAL)
        self.tie(platform, planted, action, 12)
        plan_pdf(platform, machine, group(planted), EVERYTHING, "actions du GHT")
        (plan,) = reported
        assert (plan.place, plan.several_sites, plan.narrowed) == ("GHT des Deux Rives", True, "actions du GHT")
        printed = next(one for one in plan.actions if one.title == "Annuaire")
        assert (printed.cents, printed.finding_count, len(printed.findings)) == (700, 12, 8)
        assert printed.findings[0].endswith(" – krbtgt 0")
        assert next(one for one in plan.actions if one.title == "Segmenter le réseau").cents is None
        assert plan.first[0].title == "Changer krbtgt"
        assert "Fermer Telnet" not in {one.title for one in plan.first}
        assert "Ailleurs" not in {one.title for one in plan.actions}

    def test_one_establishment_is_named_with_its_number(
        self, platform: Platform, machine: Scope, planted: Hospitals, reported: list[ActionPlan]
    ) -> None:
        plan_pdf(platform, machine, valley(planted), ActionFilter())
        (plan,) = reported
        assert (plan.place, plan.several_sites) == ("Hôpital de la Vallée", False)
        assert plan.finess.startswith("01000003")
        assert {one.title for one in plan.actions} == {"Changer krbtgt", "Segmenter le réseau"}

    def test_few_statements_whatever_the_size(
        self, platform: Platform, machine: Scope, planted: Hospitals, reported: list[ActionPlan]
    ) -> None:
        for rank in range(40):
            self.tie(platform, planted, plant_action(platform, [planted.valley], f"Action {rank}", [(2026, rank)]), 1)
        with counted(platform.database) as statements:
            plan_pdf(platform, machine, group(planted), EVERYTHING)
        assert len(reported[0].actions) == 43
        assert len(statements) <= 30
