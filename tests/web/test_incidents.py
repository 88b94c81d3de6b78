"""The pages of incidents: two clicks to declare, nothing typed is lost, a reader reads, a stranger finds nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from care.domain.programme import Gravity, IncidentState
from care.services.incidents.reading import open_incident
from care.services.logbooks.writing import open_logbook
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.incidents import PlantedIncidents, plant_incidents


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedIncidents:
    return plant_incidents(platform, hospitals.valley)


@pytest.fixture
def one(here: str, planted: PlantedIncidents) -> str:
    """The address of the incident under way."""
    return f"{here}/incidents/{planted.open}"


def moment(platform: Platform, **ago: float) -> str:
    """As a browser sends it."""
    return f"{platform.clock.now() - timedelta(**ago):%Y-%m-%dT%H:%M}"


def text(client: FlaskClient, address: str, code: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == code
    return answer.get_data(as_text=True)


def test_two_clicks_from_home_to_the_first_words(ciso: FlaskClient, here: str, platform: Platform) -> None:
    assert f'href="{here}/incidents"' in text(ciso, here)
    assert f'href="{here}/incidents/new"' in text(ciso, f"{here}/incidents")
    form = text(ciso, f"{here}/incidents/new")
    assert len(re.findall(r'<(?:input|textarea|select)[^>]*class="form-', form)) == 3
    typed = {"title": "Écrans noirs aux urgences", "detected_at": moment(platform, hours=3), "services": "Urgences"}
    answers = [ciso.post(f"{here}/incidents/new", data=typed) for _ in range(2)]  # a double click
    assert [one.status_code for one in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    page = text(ciso, answers[0].location)
    assert "À faire sans délai" in page
    assert "il reste 2 j" in page
    assert "non renseigné" in page


def test_home_says_what_is_under_way(browse: Browse, here: str, planted: PlantedIncidents) -> None:
    for who in ("ciso", "director"):
        page = text(browse(who), here)
        assert "1 incident en cours : 1 déclaration à faire maintenant." in page
        assert f'href="{here}/incidents/{planted.open}"' in page
    assert "incident en cours" not in text(browse("visitor"), here)


def test_first_words_refused_are_shown_again(ciso: FlaskClient, here: str, platform: Platform) -> None:
    typed = {"title": "", "detected_at": moment(platform, hours=-30), "services": "Gardé"}
    answer = ciso.post(f"{here}/incidents/new", data=typed)
    assert answer.status_code == 400
    assert "Gardé" in answer.get_data(as_text=True)
    typed["title"] = "Panne"
    answer = ciso.post(f"{here}/incidents/new", data=typed)
    assert "Cette heure est dans le futur." in answer.get_data(as_text=True)
    typed["detected_at"] = "hier"
    assert ciso.post(f"{here}/incidents/new", data=typed).status_code == 400


def test_a_director_reads_and_writes_nothing(browse: Browse, here: str, one: str) -> None:
    director = browse("director")
    page = text(director, one)
    assert "Rançongiciel au laboratoire" in page
    assert "Compléter la fiche" not in page
    assert "Déclarer un incident" not in text(director, f"{here}/incidents")
    assert director.get(f"{here}/incidents/new").status_code == 403
    for address in (one, f"{one}/edit", f"{one}/gravity", f"{one}/lessons", f"{one}/closing", f"{one}/reopen"):
        assert director.post(address, data={}).status_code == 403
    assert director.post(f"{one}/declarations/cnil/0", data={"act": "sent"}).status_code == 403
    assert text(director, f"{one}/declarations/cnil/0")


@pytest.mark.parametrize(
    "path", ["", "/clocks", "/edit", "/gravity", "/closing", "/declarations/cnil/0", "/declarations/cnil/0/text.pdf"]
)
def test_a_stranger_finds_nothing(
    browse: Browse, hospitals: Hospitals, planted: PlantedIncidents, one: str, path: str
) -> None:
    stranger = browse("stranger")
    assert stranger.get(f"{one}{path}").status_code == 404
    mine = f"/establishments/{hospitals.far}/incidents/{planted.open}{path}"
    assert stranger.get(mine).status_code == 404
    elsewhere = f"/establishments/{hospitals.hill}/incidents/{planted.open}{path}"
    assert browse("administrator").get(elsewhere).status_code == 404


def test_a_visitor_sees_no_incident(browse: Browse, here: str, one: str) -> None:
    visitor = browse("visitor")
    assert f"{here}/incidents" not in text(visitor, here)
    assert visitor.get(one).status_code == 403


def test_the_sheet_when_somebody_was_quicker(
    ciso: FlaskClient, one: str, planted: PlantedIncidents, platform: Platform
) -> None:
    incident = open_incident(platform, MACHINE, planted.open)
    page = text(ciso, f"{one}/edit")
    assert 'value="1 j 2 h"' in page
    typed = {
        "title": "Rançongiciel, deuxième vague",
        "detected_at": moment(platform, hours=20),
        "kind": "malicious",
        "patient_impact": "proven",
        "extent": "local",
        "degraded_mode": "yes",
        "degraded_minutes": "3 j",
        **dict.fromkeys(("confidentiality", "integrity", "availability", "personal_data", "others_exposed"), ""),
        "version": "1",
    }
    answer = ciso.post(f"{one}/edit", data=typed)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "Entre-temps" in page
    assert "deuxième vague" in page
    typed["version"] = str(incident.version)
    assert ciso.post(f"{one}/edit", data=typed | {"degraded_minutes": "beaucoup"}).status_code == 400
    assert ciso.post(f"{one}/edit", data=typed | {"kind": "magie"}).status_code == 400
    assert ciso.post(f"{one}/edit", data=typed | {"people_concerned": "mille"}).status_code == 400


def test_the_timeline(ciso: FlaskClient, one: str, planted: PlantedIncidents) -> None:
    assert ciso.post(one, data={"text": "Pare-feu fermé.", "what": "measure"}).status_code == 302
    page = text(ciso, one)
    assert "Pare-feu fermé." in page
    assert "<del>42 postes éteints.</del>" in page
    page = text(ciso, f"{one}?corrects={planted.line}")
    assert 'value="Les automates ne rendent plus rien."' in page
    assert ciso.post(one, data={"text": "Presque rien.", "corrects": str(planted.line)}).status_code == 302
    again = ciso.post(one, data={"text": "Encore", "corrects": str(planted.line)})
    assert again.status_code == 409
    assert ciso.post(one, data={"text": "Encore", "corrects": "zz"}).status_code == 404
    assert ciso.post(one, data={"text": " "}).status_code == 400
    assert ciso.post(one, data={"text": "x", "hour": "99:99"}).status_code == 400
    old = ciso.post(one, data={"text": "Avant tout", "day": "2020-01-01"})
    assert "L’incident a commencé le" in old.get_data(as_text=True)


def test_gravity_in_three_ways(ciso: FlaskClient, one: str, planted: PlantedIncidents, platform: Platform) -> None:
    def version() -> str:
        return str(open_incident(platform, MACHINE, planted.open).version)

    page = text(ciso, f"{one}/gravity")
    assert "Conséquences possibles sur la sécurité des soins." in page
    assert "la confidentialité des données de santé" in page
    answer = ciso.post(f"{one}/gravity", data={"gravity": "minor", "version": version()})
    assert answer.status_code == 400
    assert "Dites pourquoi" in answer.get_data(as_text=True)
    late = ciso.post(f"{one}/gravity", data={"gravity": "minor", "why": "Un labo d’essai", "version": "1"})
    assert late.status_code == 409
    assert "Un labo d’essai" in late.get_data(as_text=True)
    decided = {"gravity": "significant", "why": "Le GHT partage l’automate.", "version": version()}
    assert ciso.post(f"{one}/gravity", data=decided).status_code == 302
    assert open_incident(platform, MACHINE, planted.open).gravity is Gravity.SIGNIFICANT
    assert "La fiche dit maintenant" in text(ciso, one)
    assert ciso.post(f"{one}/gravity", data={}).status_code == 400


def test_a_declaration_from_its_words_to_its_number(
    ciso: FlaskClient, one: str, planted: PlantedIncidents, platform: Platform
) -> None:
    address = f"{one}/declarations/cnil/0"
    page = text(ciso, address)
    assert "[à compléter]" in page
    assert "Internet est coupé." in page
    assert "24 postes éteints." in page
    assert "42 postes" not in page
    assert ciso.post(address, data={"act": "keep", "text": "Mes mots", "seen": "0"}).status_code == 302
    assert "Mes mots" in text(ciso, address)
    assert "Mes mots" not in text(ciso, f"{address}?fresh=1").partition("Histoire")[0]
    late = ciso.post(address, data={"act": "sent", "text": "À envoyer", "seen": "0"})
    assert late.status_code == 409
    assert "À envoyer" in late.get_data(as_text=True)
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', text(ciso, address))
    assert seen is not None
    future = {"act": "sent", "sent_at": moment(platform, hours=-9), "seen": seen[1]}
    assert ciso.post(address, data=future).status_code == 400
    sent = {"act": "sent", "text": "Envoyé ainsi", "reference": "CNIL-2026-9", "seen": seen[1]}
    assert ciso.post(address, data=sent).status_code == 302
    assert "référence CNIL-2026-9" in text(ciso, one)
    assert ciso.get(f"{address}/text.txt").get_data().decode("utf-8-sig") == "Envoyé ainsi"
    assert ciso.get(f"{address}/text.pdf").get_data().startswith(b"%PDF")
    assert ciso.get(f"{address}/text.exe").status_code == 404
    assert ciso.get(f"{one}/declarations/cnil/7").status_code == 404
    assert ciso.get(f"{one}/declarations/rien/0").status_code == 404


def test_not_due_needs_a_reason(ciso: FlaskClient, one: str) -> None:
    address = f"{one}/declarations/nis2/0"
    refused = ciso.post(address, data={"act": "not_due", "seen": "0"})
    assert refused.status_code == 400
    assert "Dites pourquoi" in refused.get_data(as_text=True)
    reason = {"act": "not_due", "note": "Pas une entité importante.", "seen": "0"}
    assert ciso.post(address, data=reason).status_code == 302
    assert "Pas une entité importante." in text(ciso, one)
    assert "Reprendre ce qui a été noté" in text(ciso, address)


def test_lessons_actions_and_closing(
    ciso: FlaskClient, one: str, planted: PlantedIncidents, platform: Platform
) -> None:
    page = text(ciso, f"{one}/closing")
    assert "Nommer les comptes de télémaintenance." in page
    key = re.search(r'name="lesson" value="([0-9a-f]+)"', page)
    assert key is not None
    acted = ciso.post(f"{one}/act", data={"lesson": key[1]})
    assert acted.status_code == 302
    assert "Rançongiciel au laboratoire" in text(ciso, acted.location)
    assert ciso.post(f"{one}/act", data={"lesson": "x"}).location.endswith("/closing")
    version = str(open_incident(platform, MACHINE, planted.open).version)
    assert ciso.post(f"{one}/lessons", data={"lessons": "Autre", "version": "1"}).status_code == 409
    assert ciso.post(f"{one}/lessons", data={"lessons": "Autre", "version": version}).status_code == 302
    version = str(open_incident(platform, MACHINE, planted.open).version)
    refused = ciso.post(f"{one}/closing", data={"reason": "", "version": version})
    assert refused.status_code == 400
    assert "à régler" in refused.get_data(as_text=True)
    assert ciso.post(f"{one}/closing", data={"reason": "Suite au GHT.", "version": version}).status_code == 302
    page = text(ciso, one)
    assert "Incident clos. Suite au GHT." in page
    assert 'hx-trigger="every 30s"' not in page
    assert ciso.post(one, data={"text": "Trop tard"}).status_code == 409
    ciso.post(f"{one}/reopen", data={"version": "1"})
    assert open_incident(platform, MACHINE, planted.open).state is IncidentState.CLOSED
    ciso.post(f"{one}/reopen", data={"version": str(int(version) + 1)})
    assert open_incident(platform, MACHINE, planted.open).state is IncidentState.OPEN


def test_from_a_logbook_and_back(
    ciso: FlaskClient, here: str, one: str, platform: Platform, hospitals: Hospitals
) -> None:
    number = open_logbook(platform, MACHINE, hospitals.valley, "Nuit du 2 mars")
    assert f"{here}/incidents/new?logbook={number}" in text(ciso, f"{here}/logbooks/{number}")
    form = text(ciso, f"{here}/incidents/new?logbook={number}")
    assert 'value="Nuit du 2 mars"' in form
    opened = ciso.post(f"{one}/logbook")
    assert opened.location == f"{here}/logbooks/{number}"
    assert "Incident n° 1" in text(ciso, opened.location)
    for senseless in ("999", "zz", "-3"):
        assert "Nuit du" not in text(ciso, f"{here}/incidents/new?logbook={senseless}")
    typed = {"title": "Vol", "detected_at": moment(platform, hours=1), "logbook": "999"}
    assert ciso.post(f"{here}/incidents/new", data=typed).status_code == 404


def test_register_figures_and_chain(ciso: FlaskClient, here: str, planted: PlantedIncidents) -> None:
    page = text(ciso, f"{here}/incidents?q=automate&year=abc&state=nimporte")
    assert "Aucun incident ne correspond" in page
    assert "Coupure électrique" in text(ciso, f"{here}/incidents?state=closed")
    assert "trop peu pour comparer" in text(ciso, f"{here}/incidents/figures")
    assert "de seconde main" in text(ciso, f"{here}/incidents/figures")
    assert ciso.get(f"{here}/incidents/register.xlsx").get_data().startswith(b"PK")
    assert "Rançongiciel" in ciso.get(f"{here}/incidents/register.csv").get_data().decode("utf-8-sig")
    assert ciso.get(f"{here}/incidents/register.doc").status_code == 404
    assert "4 maillons à compléter" in text(ciso, f"{here}/incidents/chain")
    assert ciso.get(f"{here}/incidents/chain.pdf").get_data().startswith(b"%PDF")
