"""The pages of alerts: who is exposed before anything leaves; sent, followed, answered; and between installations."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from care.domain.access import Grant, Level, Place, Role
from care.services import accounts
from care.services.alerts.following import FollowFilter, follow
from care.services.library import today as local_day
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.alerts import plant_alert
from tests.web.conftest import Browse
from tests.web.people import PASSWORD
from tests.web.seeds import Seeds


@pytest.fixture
def alert(platform: Platform, hospitals: Hospitals, seeds: Seeds) -> int:
    return plant_alert(platform, hospitals)


def typed(hospitals: Hospitals, **changed: str) -> dict[str, str]:
    said = {
        "place": f"region-{hospitals.region}",
        "title": "Faille OpenSSH",
        "reference": "CVE-2026-1",
        "severity": "critical",
        "message": "Mettez à jour.",
        "link": "",
        "answer_by": "",
        "product-1": "openbsd:openssh",
        "before-1": "9.8p1",
        "product-3": "nginx",
    }
    return said | changed


def test_who_is_exposed_is_said_before_anything_is_sent(
    browse: Browse, platform: Platform, hospitals: Hospitals, seeds: Seeds
) -> None:
    administrator = browse("administrator")
    answer = administrator.post("/alerts/new", data=typed(hospitals, ask="1", title=""))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "2 établissements ouverts" in page
    assert "Hôpital de la Vallée" in page
    assert "openbsd:openssh 5.5p1" in page
    assert 'value="nginx"' in page  # what was typed is still there
    assert "Aucune alerte" in administrator.get("/alerts").get_data(as_text=True)


def test_it_is_sent_corrected_recalled_and_closed(
    browse: Browse, platform: Platform, hospitals: Hospitals, seeds: Seeds
) -> None:
    administrator = browse("administrator")
    sent = administrator.post("/alerts/new", data=typed(hospitals))
    assert sent.status_code == 302
    page = administrator.get(sent.location).get_data(as_text=True)
    assert "Faille OpenSSH" in page
    assert "avant 9.8p1" in page
    assert "toutes les versions" in page
    edited = administrator.get(f"{sent.location}/edit").get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', edited)
    assert version is not None
    changed = typed(hospitals, title="Faille OpenSSH corrigée", version=version[1])
    assert administrator.post(f"{sent.location}/edit", data=changed).status_code == 302
    again = administrator.post(f"{sent.location}/edit", data=changed | {"title": "Mon titre"})
    assert again.status_code == 409
    assert 'value="Mon titre"' in again.get_data(as_text=True)
    assert administrator.post(f"{sent.location}/remind").status_code == 302
    assert administrator.get(f"{sent.location}/follow-up.csv").mimetype == "text/csv"
    stale = administrator.post(f"{sent.location}/close", data={"version": version[1]}, follow_redirects=True)
    assert "Entre-temps" in stale.get_data(as_text=True)
    closed = administrator.post(f"{sent.location}/close", data={"version": "2"}, follow_redirects=True)
    assert "Close le" in closed.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "requis"),
        ("product-1", "x", "Produit 1"),
        ("before-1", "la dernière", "n’est pas une version"),
        ("link", "javascript:alert(1)", "https://"),
        ("severity", "terrible", "réponses proposées"),
    ],
)
def test_what_is_typed_wrong_is_shown_again(
    browse: Browse, hospitals: Hospitals, people: object, field: str, value: str, said: str
) -> None:
    answer = browse("administrator").post("/alerts/new", data=typed(hospitals, **{field: value}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Mettez à jour." in page
    assert said in page or field == "title"


@pytest.mark.parametrize("place", ["", "x", "ght-999", "establishment-1", "platform-7"])
def test_a_place_that_is_none_sends_nothing(browse: Browse, hospitals: Hospitals, people: object, place: str) -> None:
    answer = browse("administrator").post("/alerts/new", data=typed(hospitals, place=place))
    assert answer.status_code in {400, 404}


def test_an_establishment_reads_where_it_is_and_answers(
    browse: Browse, here: str, platform: Platform, hospitals: Hospitals, alert: int
) -> None:
    ciso = browse("ciso")
    assert "FortiGate" in ciso.get(f"{here}/alerts").get_data(as_text=True)
    page = ciso.get(f"{here}/alerts/{alert}").get_data(as_text=True)
    assert "192.0.2.11:22/tcp" in page
    assert "5.5p1" in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    said = {"answer": "working", "note": "Ce soir.", "version": version[1]}
    assert ciso.post(f"{here}/alerts/{alert}", data=said).status_code == 302
    late = ciso.post(f"{here}/alerts/{alert}", data=said | {"answer": "treated", "note": "Fait."})
    assert late.status_code == 409
    assert "Fait." in late.get_data(as_text=True)
    view = follow(platform, MACHINE, alert, FollowFilter())
    assert {one.name: one.note for one in view.page.lines}["Hôpital de la Vallée"] == "Ce soir."


def test_a_director_reads_and_a_stranger_does_not(browse: Browse, here: str, hospitals: Hospitals, alert: int) -> None:
    director = browse("director").get(f"{here}/alerts/{alert}").get_data(as_text=True)
    assert "Enregistrer la réponse" not in director
    stranger = browse("stranger")
    assert stranger.get(f"{here}/alerts").status_code == 404
    assert stranger.get(f"{here}/alerts/{alert}").status_code == 404
    assert stranger.get(f"/establishments/{hospitals.far}/alerts/{alert}").status_code == 404
    assert stranger.get("/alerts").status_code == 403
    assert stranger.get(f"/alerts/{alert}").status_code == 404


def test_a_region_sees_its_own_alerts_only(
    browse: Browse, platform: Platform, hospitals: Hospitals, alert: int
) -> None:
    for login, region in (("grades", hospitals.region), ("ailleurs", hospitals.other_region)):
        grant = Grant(Role.REGIONAL, Place(Level.REGION, region))
        accounts.open_account(platform, MACHINE, accounts.AccountDraft(login, login.title(), PASSWORD, (grant,)))
    assert "FortiGate" in browse("grades").get("/alerts").get_data(as_text=True)
    assert "FortiGate" not in browse("ailleurs").get("/alerts").get_data(as_text=True)
    assert browse("ailleurs").get(f"/alerts/{alert}").status_code == 404
    day = (local_day(platform) + timedelta(days=5)).isoformat()
    elsewhere = typed(hospitals, answer_by=day)
    assert browse("ailleurs").post("/alerts/new", data=elsewhere).status_code == 400


def test_an_unproved_question_is_answered_nothing(app: Flask, alert: int) -> None:
    answer = app.test_client().get("/federation/alerts?installation=x&key=y&at=z&signature=é")
    assert answer.status_code == 403
    assert "FortiGate" not in answer.get_data(as_text=True)
