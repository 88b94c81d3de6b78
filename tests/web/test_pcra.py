"""Continuity plans in pages: written, sent, given back, validated, compared; the check; promised beside measured."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from care.domain.continuity import PlanState
from care.domain.plans import SectionKey
from care.services.plan_reading import list_plans, open_plan
from care.services.platform import Platform
from tests.support.continuity import plant_activity, plant_need, plant_resource
from tests.support.pdf import text_of
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.plans import Plans, plant_check, plant_plans, send


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> Plans:
    return plant_plans(platform, hospitals.valley)


@pytest.fixture
def ciso(browse: Browse) -> FlaskClient:
    return browse("ciso")


def test_a_plan_is_begun_and_written_part_by_part(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    vital = plant_activity(platform, hospitals.valley, "Urgences", 240)
    assert "Aucun plan" in ciso.get(f"{here}/pcra").text
    form = ciso.get(f"{here}/pcra/new").text
    assert f'value="{vital}" id="activity-{vital}" checked' in form
    assert ciso.post(f"{here}/pcra/new", data={"title": "", "activities": "999"}).status_code == 400
    page = ciso.post(f"{here}/pcra/new", data={"title": "PCRA", "activities": vital})
    address = page.location
    said = ciso.get(address).text
    assert "La partie « Gouvernance et rôles » est vide." in said
    assert "Envoyer en validation" not in said
    assert "Carte de ce dont" not in said
    plant_need(platform, hospitals.valley, vital, plant_resource(platform, hospitals.valley, "Dossier patient"))
    said = ciso.get(address).text
    assert "Carte de ce dont" in said
    assert "Dossier patient" in said
    form = ciso.get(f"{address}/sections/hypotheses").text
    assert "perte totale" in form
    after = ciso.post(f"{address}/sections/hypotheses", data={"text": "**Tout** tombe.", "version": 1, "then": "next"})
    assert after.location.endswith("/sections/alert")
    assert "<strong>Tout</strong> tombe." in ciso.get(address).text
    assert ciso.get(f"{address}/sections/nothing").status_code == 404


def test_two_people_lose_nothing(ciso: FlaskClient, here: str, planted: Plans) -> None:
    address = f"{here}/pcra/{planted.draft}/sections/scope"
    assert ciso.post(address, data={"text": "Le premier.", "version": 1}).status_code == 302
    answer = ciso.post(address, data={"text": "Le second.", "version": 1})
    assert answer.status_code == 409
    for said in ("Entre-temps, ciso a modifié la partie « Périmètre »", "Le premier.", "Le second."):
        assert said in answer.text
    outline = f"{here}/pcra/{planted.draft}/outline"
    assert (
        ciso.post(outline, data={"title": "Nouveau nom", "activities": planted.activity, "version": 1}).status_code
        == 302
    )
    assert ciso.post(outline, data={"title": "Autre", "version": 1}).status_code == 409


def test_the_legal_representative_gives_back_then_validates(
    browse: Browse, ciso: FlaskClient, here: str, planted: Plans, platform: Platform, hospitals: Hospitals
) -> None:
    director, address = browse("director"), f"{here}/pcra/{planted.sent}"
    assert "Valider ce plan" in director.get(address).text
    assert "Valider ce plan" not in ciso.get(address).text
    version = open_plan(platform, MACHINE, planted.sent).version
    assert director.post(f"{address}/give-back", data={"reason": "", "version": version}).status_code == 400
    director.post(f"{address}/give-back", data={"reason": "Nommez le suppléant.", "version": version})
    assert "Nommez le suppléant." in ciso.get(address).text
    send(platform, planted.sent)
    form = {"name": "Anne Morel", "title": "Directrice", "validated_on": "2026-03-02", "review_on": "2026-03-01",
            "version": version + 2}  # fmt: skip
    wrong = director.post(f"{address}/validate", data=form)
    assert wrong.status_code == 400
    assert "24 mois" in wrong.text
    page = director.post(f"{address}/validate", data={**form, "review_on": "2027-03-02"}, follow_redirects=True).text
    assert "Plan validé" in page
    assert "Anne Morel" in page
    assert open_plan(platform, MACHINE, planted.sent).state is PlanState.VALIDATED
    assert "0</strong>" in ciso.get(f"{here}/pcra").text
    assert len(list_plans(platform, MACHINE, hospitals.valley).lines) == 2


def test_a_validated_plan_is_read_not_written(ciso: FlaskClient, here: str, planted: Plans) -> None:
    address = f"{here}/pcra/{planted.validated}"
    assert ciso.get(f"{address}/sections/scope").status_code == 302
    assert ciso.get(f"{address}/outline").status_code == 302
    assert ciso.get(f"{address}/validate").status_code == 403
    assert ciso.post(f"{address}/revise").location.endswith(f"/pcra/{planted.draft}")
    assert "Nouvelle version en préparation" in ciso.get(f"{here}/pcra").text


def test_documents_and_comparison(ciso: FlaskClient, here: str, planted: Plans) -> None:
    document = ciso.get(f"{here}/pcra/{planted.validated}/plan.pdf")
    assert document.mimetype == "application/pdf"
    assert "Validé par Anne Morel" in text_of(document.data)
    text = ciso.get(f"{here}/pcra/{planted.draft}/plan.md")
    assert "Dossier d’anesthésie" in text.text
    ciso.post(f"{here}/pcra/{planted.draft}/sections/{SectionKey.SCOPE}", data={"text": "Tout.", "version": 1})
    page = ciso.get(f"{here}/pcra/{planted.draft}/compare/{planted.validated}").text
    assert "De la version 1 à la version 2" in page
    assert "<ins>" in page
    assert "Périmètre" in page


def test_promised_beside_measured(ciso: FlaskClient, here: str, planted: Plans) -> None:
    page = ciso.get(f"{here}/pcra/measured").text
    assert "plus long que demandé" in page
    assert "non encore mesuré" in page
    assert "par Endoscopie" in page


def test_the_check_is_asked_for_and_read(ciso: FlaskClient, browse: Browse, here: str, planted: Plans) -> None:
    assert "Jamais vérifiée" in ciso.get(f"{here}/pcra/consistency").text
    run = ciso.post(f"{here}/pcra/consistency").location
    page = ciso.get(f"{here}/pcra/consistency").text
    assert "Une vérification est en cours." in page
    assert run in page
    assert browse("director").post(f"{here}/pcra/consistency").status_code == 403


def test_contradictions_stand_under_what_contradicts_what(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, planted: Plans
) -> None:
    plant_check(platform, hospitals.valley)
    page = ciso.get(f"{here}/pcra/consistency").text
    assert "Objectifs qui se contredisent" in page
    assert "Dossier d’anesthésie" in page
    assert "Ce que la vérification n’a pas pu dire" in page
    home = ciso.get(here).text
    assert f"{here}/pcra/consistency" in home
    assert "Ajoutez une première cible" in home
    run = ciso.get(f"{here}/runs").text.split(f"{here}/runs/")[-1].split('"')[0]
    assert f'action="{here}/pcra/consistency"' in ciso.get(f"{here}/runs/{run}").text


def test_strangers_see_no_plan(browse: Browse, here: str, planted: Plans) -> None:
    for end in ("", f"/{planted.validated}", f"/{planted.validated}/plan.pdf", "/measured", "/consistency"):
        assert browse("stranger").get(f"{here}/pcra{end}").status_code == 404


def test_a_plan_of_elsewhere_is_not_found(browse: Browse, hospitals: Hospitals, planted: Plans) -> None:
    answer = browse("administrator").get(f"/establishments/{hospitals.hill}/pcra/{planted.validated}")
    assert answer.status_code == 404
