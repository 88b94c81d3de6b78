"""Pages of application files: who sees which, steps, refusals with their sentence, nothing typed is lost."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from care.domain.access import Grant, Level, Place, Role
from care.domain.jobs import Lane
from care.services import accounts
from care.services.application_files import dossier
from care.services.platform import Platform
from care.services.work import Hold
from tests.support.audits import claimed
from tests.support.people import MACHINE, Hospitals
from tests.web.applications import OF_ENTITY, plant_application, plant_group_files
from tests.web.conftest import Browse
from tests.web.people import PASSWORD, People


@pytest.fixture
def place(platform: Platform, hospitals: Hospitals, people: People) -> str:
    """The address of the GHT, of which somebody is the CISO."""
    draft = accounts.AccountDraft(
        "group", "Personne GHT", PASSWORD, (Grant(Role.CISO, Place(Level.GHT, hospitals.ght)),)
    )
    people.ids["group"] = accounts.open_account(platform, MACHINE, draft).id
    return f"/applications/ght/{hospitals.ght}"


@pytest.fixture
def group(browse: Browse, place: str) -> FlaskClient:
    return browse("group")


def test_a_file_is_opened_and_moves_on(group: FlaskClient, place: str) -> None:
    page = group.get(place).text
    assert "Domaine 2 – Stratégie de continuité et de reprise d’activité" in page
    assert "En 2023, « domaine 2 » désignait les postes de travail" in page
    page = group.get(f"{place}/care-d2").text
    assert "Ouvrir le dossier" in page
    assert "Pas encore prêt à déclarer" in page
    assert "0 objectif atteint sur 13" in page
    assert "Presse spécialisée (DSIH), à vérifier" in page
    answer = group.post(f"{place}/care-d2/open", data={"state": "candidacy_in_preparation"}, follow_redirects=True)
    assert "Dossier ouvert." in answer.text
    late = {"state": "candidacy_filed", "on": "2025-11-01", "version": "1", "note": "n° 12"}
    answer = group.post(f"{place}/care-d2/move", data=late, follow_redirects=True)
    assert "suit la fin de sa fenêtre, le 31/10/2025 (date à vérifier)" in answer.text
    assert "Candidature retenue" in answer.text
    assert "n° 12" in answer.text


def test_what_cannot_be_recorded_is_said_and_kept(group: FlaskClient, place: str, platform: Platform) -> None:
    group.post(f"{place}/care-d2/open", data={"state": "candidacy_in_preparation"})
    sent = {"state": "candidacy_filed", "on": "2100-01-01", "version": "1", "note": "ma note"}
    answer = group.post(f"{place}/care-d2/move", data=sent)
    assert answer.status_code == 400
    assert "n’est pas encore là" in answer.text
    assert 'value="ma note"' in answer.text
    answer = group.post(f"{place}/care-d2/move", data={**sent, "state": "paid", "on": "2026-01-01"})
    assert answer.status_code == 400  # not among the answers offered
    assert group.post(f"{place}/care-d2/edit", data={"asked": "10 000", "version": "1"}).status_code == 302
    answer = group.post(f"{place}/care-d2/edit", data={"asked": "20 000", "owner": "Moi", "version": "1"})
    assert answer.status_code == 409
    assert "Entre-temps, group a modifié le montant demandé" in answer.text
    assert 'value="20 000"' in answer.text
    assert 'value="Moi"' in answer.text
    answer = group.post(f"{place}/care-d2/edit", data={"asked": "12,50", "version": "2"})
    assert (answer.status_code, "euros entiers, par exemple" in answer.text) == (400, True)
    answer = group.post(f"{place}/care-d2/correct", data={"state": "paid", "paid_on": "2026-01-05", "version": "2"})
    assert answer.status_code == 400
    answer = group.post(
        f"{place}/care-d2/correct",
        data={"state": "refused", "why": "Erreur d’étape", "version": "2"},
        follow_redirects=True,
    )
    assert "Correction – Refusé" in answer.text
    assert group.post(f"{place}/care-d2/open", data={"state": "paid"}).status_code == 409


def test_a_member_of_the_ght_is_sent_to_it(
    browse: Browse, place: str, hospitals: Hospitals, platform: Platform
) -> None:
    plant_group_files(platform, hospitals)
    ciso = browse("ciso")
    here = ciso.get(f"/establishments/{hospitals.valley}/applications").text
    assert "portés par GHT des Deux Rives" in here
    assert "Phase opérationnelle" in here
    assert "150" not in here.partition("<main")[2].partition("</main")[0]
    entity = f"/applications/legal_entity/{hospitals.valley_entity}"
    page = ciso.get(f"{entity}/care-d2").text
    assert "celui du GHT des Deux Rives" in page
    assert "Ouvrir le dossier" not in page
    answer = ciso.post(f"{entity}/care-d2/open", data={"state": "candidacy_in_preparation"})
    assert (answer.status_code, "celui du GHT des Deux Rives" in answer.text) == (409, True)
    assert "Aucun texte lu" in ciso.get(f"{entity}/{OF_ENTITY}").text
    assert ciso.get(f"{entity}/care-d9").status_code == 404
    for address in (place, f"{place}/care-d2", f"{place}/care-d2/edit"):
        assert ciso.get(address).status_code == 404
        assert browse("stranger").get(address).status_code == 404


def test_the_rule_of_66_points_to_the_file(
    group: FlaskClient, place: str, hospitals: Hospitals, platform: Platform
) -> None:
    plant_group_files(platform, hospitals)
    page = group.get(f"/coverage/ght/{hospitals.ght}").text
    assert "Cette date vient du dossier de candidature" in page
    answer = group.post(f"/coverage/ght/{hospitals.ght}/declared", data={"declared_on": "2026-01-20", "version": "1"})
    assert (answer.status_code, "dit quand il a déclaré" in answer.text) == (409, True)
    assert f"{place}/care-d2" in group.get(f"/coverage/ght/{hospitals.ght}").text


def test_readers_read(browse: Browse, hospitals: Hospitals, platform: Platform) -> None:
    entity = f"/applications/legal_entity/{hospitals.valley_entity}"
    plant_application(platform, hospitals.valley_entity)
    director = browse("director")
    page = director.get(f"{entity}/{OF_ENTITY}").text
    assert "Candidature en préparation" in page
    assert "Étape suivante" not in page
    assert director.post(f"{entity}/{OF_ENTITY}/move", data={"version": "1"}).status_code == 403
    assert director.get("/applications?q=vallée").text.count("CH de la Vallée") >= 1
    assert "Aucun candidat" in browse("stranger").get("/applications?q=vallée").text


def test_the_sealed_dossier_is_asked_for_and_taken_away(
    group: FlaskClient, browse: Browse, place: str, hospitals: Hospitals, platform: Platform
) -> None:
    answer = group.post(f"{place}/care-d2/dossier")
    assert (answer.status_code, "Ouvrez d’abord le dossier" in answer.text) == (409, True)
    plant_group_files(platform, hospitals)
    assert "Préparer le dossier scellé" in group.get(f"{place}/care-d2").text
    assert "il apparaît ci-dessous" in group.post(f"{place}/care-d2/dossier", follow_redirects=True).text
    answer = group.post(f"{place}/care-d2/dossier")
    assert (answer.status_code, "déjà en préparation" in answer.text) == (409, True)
    hold = Hold(platform, claimed(platform, Lane.SERVICE))
    dossier.make(platform, hold)
    page = group.get(f"{place}/care-d2").text
    link = f"{place}/care-d2/dossiers/{hold.claim.job_id}.zip"
    assert link in page
    assert "Dossier scellé</strong>" in page
    with group.get(link) as taken:
        assert (taken.mimetype, taken.get_data()[:2]) == ("application/zip", b"PK")
        assert "attachment" in taken.headers["Content-Disposition"]
    for who in ("ciso", "stranger"):
        assert browse(who).get(link).status_code == 404
        assert browse(who).post(f"{place}/care-d2/dossier").status_code == 404
    assert group.get(f"{place}/care-d1/dossiers/{hold.claim.job_id}.zip").status_code == 404
