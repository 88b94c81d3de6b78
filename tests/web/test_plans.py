"""Actions over time, by effort, and as files."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from care.domain.actions import ActionState
from care.services.action_query import today
from care.services.platform import Platform
from scanners.model import Severity
from tests.support.costs import plant_action
from tests.support.people import Hospitals
from tests.support.queries import counted
from tests.web.conftest import Browse

VIEWS = ("timeline", "matrix")
FILES = ("csv", "xlsx", "json", "ics")


@pytest.fixture(autouse=True)
def planted(platform: Platform, hospitals: Hospitals) -> None:
    """One late and grave, one to come with no effort, one done; one elsewhere."""
    day = today(platform)
    plant_action(
        platform,
        [hospitals.valley],
        "Changer <krbtgt>",
        severity=Severity.CRITICAL,
        due_on=day - timedelta(days=3),
        effort_days=1.0,
    )
    plant_action(platform, [hospitals.valley, hospitals.hill], "Segmenter le réseau", due_on=day + timedelta(days=90))
    plant_action(platform, [hospitals.valley], "Fermer Telnet", state=ActionState.CLOSED)
    plant_action(platform, [hospitals.far], "Ailleurs")


def test_the_timeline_tells_late_coming_and_done(ciso: FlaskClient, here: str) -> None:
    page = ciso.get(f"{here}/actions/timeline").text
    late, after = page.split('<p class="today">')
    coming, done = after.split("Terminées, les dernières")
    assert "Changer &lt;krbtgt&gt;" in late.split("En retard")[-1]
    assert "3 jours de retard" in late
    assert "Segmenter le réseau" in coming
    assert "Fermer Telnet" in done
    assert "Ailleurs" not in page


def test_the_matrix_puts_quick_wins_first(ciso: FlaskClient, here: str) -> None:
    page = ciso.get(f"{here}/actions/matrix").text
    quick, rest = page.split("Chantiers à lancer")
    assert "Changer &lt;krbtgt&gt;" in quick
    assert "Segmenter le réseau" in rest.split("Effort à estimer")[1]
    assert "Fermer Telnet" not in page


@pytest.mark.parametrize("view", VIEWS)
def test_the_list_leads_to_each_view_and_back_filters_kept(ciso: FlaskClient, here: str, view: str) -> None:
    listed = ciso.get(f"{here}/actions?severity=critical&q=krbtgt").text
    address = f"{here}/actions/{view}?q=krbtgt&amp;severity=critical"
    assert f'href="{address}"' in listed
    page = ciso.get(address.replace("&amp;", "&")).text
    assert "Segmenter" not in page
    assert f'href="{here}/actions?q=krbtgt&amp;severity=critical"' in page


@pytest.mark.parametrize("view", VIEWS)
def test_a_wider_place_shows_what_the_reader_sees(
    administrator: FlaskClient, ciso: FlaskClient, hospitals: Hospitals, view: str
) -> None:
    assert "Ailleurs" in administrator.get(f"/actions/{view}").text
    page = ciso.get(f"/actions/{view}").text
    assert "Segmenter le réseau" in page
    assert "Ailleurs" not in page
    assert "Colline" not in page
    assert "Ailleurs" not in administrator.get(f"/actions/{view}?place=ght-{hospitals.ght}").text


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("odd", ["state=x&severity=y", "q=%00%27", "place=ght-9&page=-3", "sort=nope&funding=%F0"])
def test_odd_parameters_never_break_a_view(ciso: FlaskClient, here: str, view: str, odd: str) -> None:
    assert ciso.get(f"{here}/actions/{view}?{odd}").status_code == 200


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_to_show_says_what_to_do(ciso: FlaskClient, here: str, view: str) -> None:
    page = ciso.get(f"{here}/actions/{view}?q=introuvable").text
    assert "Élargissez-les" in page


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_takes_few_statements(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, view: str
) -> None:
    for rank in range(30):
        plant_action(platform, [hospitals.valley], f"Action {rank}")
    ciso.get(f"{here}/actions/{view}")
    with counted(platform.database) as statements:
        ciso.get(f"{here}/actions/{view}")
    assert len(statements) <= 20


@pytest.mark.parametrize("form", FILES)
def test_files_follow_the_filters_of_the_screen(ciso: FlaskClient, here: str, form: str) -> None:
    answer = ciso.get(f"{here}/actions/export.{form}?severity=critical")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=actions.{form}"
    assert answer.status_code == 200
    if form != "xlsx":
        assert "Segmenter" not in answer.text
        assert "krbtgt" in answer.text


def test_a_wider_file_holds_the_establishments_of_the_reader(
    ciso: FlaskClient, administrator: FlaskClient, hospitals: Hospitals
) -> None:
    address = f"/actions/export.json?place=ght-{hospitals.ght}&state=all"
    mine = json.loads(ciso.get(address).data)["actions"]
    assert {site["name"] for action in mine for site in action["sites"]} == {"Hôpital de la Vallée"}
    theirs = json.loads(administrator.get(address).data)["actions"]
    assert {site["name"] for action in theirs for site in action["sites"]} == {
        "Hôpital de la Vallée",
        "Hôpital de la Colline",
    }


def test_the_plan_is_a_document(ciso: FlaskClient, here: str, hospitals: Hospitals) -> None:
    for address in (f"{here}/actions/plan.pdf?severity=critical", f"/actions/plan.pdf?place=ght-{hospitals.ght}"):
        answer = ciso.get(address)
        assert answer.data.startswith(b"%PDF")
        assert answer.headers["Content-Disposition"] == "attachment; filename=plan-de-remediation.pdf"


def test_an_unknown_format_is_no_page(ciso: FlaskClient, here: str) -> None:
    assert ciso.get(f"{here}/actions/export.exe").status_code == 404


def test_who_may_not_export_sees_no_menu(browse: Browse, here: str) -> None:
    assert "export.xlsx" in browse("director").get(f"{here}/actions/timeline").text
    for who, code in (("visitor", 403), ("stranger", 404)):
        assert browse(who).get(f"{here}/actions/export.csv").status_code == code
        assert browse(who).get(f"{here}/actions/plan.pdf").status_code == code
