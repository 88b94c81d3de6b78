"""The pages of questionnaires: questions typed row by row, a sheet drafted then sent, results."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from care.domain.access import Grant, Level, Place, Role
from care.services import accounts
from care.services.platform import Platform
from care.services.regional.reading import list_campaigns
from care.services.regional.results import follow_questionnaire
from care.store.regional import RegionalCampaign
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.people import PASSWORD
from tests.web.regional_campaigns import plant_questionnaire


@pytest.fixture
def questionnaire(platform: Platform, hospitals: Hospitals) -> int:
    return plant_questionnaire(platform, hospitals)


def version_of(page: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_a_region_opens_one_and_writes_its_questions(
    browse: Browse, platform: Platform, hospitals: Hospitals, here: str
) -> None:
    grant = Grant(Role.REGIONAL, Place(Level.REGION, hospitals.region))
    accounts.open_account(platform, MACHINE, accounts.AccountDraft("grades", "Maya", PASSWORD, (grant,)))
    region = browse("grades")
    typed = {"place": f"region-{hospitals.region}", "kind": "questionnaire", "title": "EDR", "opens_on": "2020-01-01",
             "closes_on": "2090-01-01"}  # fmt: skip
    assert region.post("/regional-campaigns/new", data=typed | {"kind": "sondage"}).status_code == 400
    opened = region.post("/regional-campaigns/new", data=typed).location
    assert "Aucune question encore" in region.get(opened).text
    assert "EDR" not in browse("ciso").get(f"{here}/regional-campaigns").text.partition("<main")[2]
    page = region.get(f"{opened}/questions").text
    rows = {"words-0": "Un EDR ?", "kind-0": "yes_no", "words-2": "Lequel ?", "kind-2": "choice", "choices-2": "Un"}
    wrong = region.post(f"{opened}/questions", data=rows | {"version": version_of(page)})
    assert wrong.status_code == 400
    assert "De 2 à 12 réponses" in wrong.text
    assert 'value="Lequel ?"' in wrong.text
    right = rows | {"choices-2": "Rouge\r\nBleu\r\n", "version": version_of(wrong.text), "more": "1"}
    saved = region.post(f"{opened}/questions", data=right)
    assert saved.location.endswith("/questions")
    stale = region.post(f"{opened}/questions", data=right | {"words-0": "Ma question à moi"})
    assert stale.status_code == 409
    assert "Ma question à moi" in stale.text
    assert region.post(f"{opened}/questions", data={"version": "2"}).status_code == 400
    number = list_campaigns(platform, MACHINE)[0].id
    asked = [(one.words, one.choices) for one in follow_questionnaire(platform, MACHINE, number).questions]
    assert asked == [("Un EDR ?", ()), ("Lequel ?", ("Rouge", "Bleu"))]
    assert "2 questions" in browse("ciso").get(f"{here}/regional-campaigns").text
    edited = region.post(f"{opened}/edit", data=typed | {"title": "EDR 2", "version": "2", "about": ""})
    assert edited.status_code == 302


def test_a_sheet_is_drafted_corrected_sent_and_taken_back(
    browse: Browse, platform: Platform, hospitals: Hospitals, here: str, questionnaire: int
) -> None:
    ciso, address = browse("ciso"), f"{here}/questionnaires/{questionnaire}"
    page = ciso.get(address).text
    draft = {"answer-1": "yes", "answer-3": "beaucoup", "version": version_of(page)}
    wrong = ciso.post(address, data=draft)
    assert wrong.status_code == 400
    assert "Un nombre entier entre 0" in wrong.text
    assert 'value="beaucoup"' in wrong.text
    assert ciso.post(address, data=draft | {"answer-3": "12"}).status_code == 302
    assert "pas encore envoyé" in ciso.get(address).text
    stale = ciso.post(address, data=draft | {"answer-3": "77"})
    assert stale.status_code == 409
    assert 'value="77"' in stale.text
    full = draft | {"answer-2": "1", "answer-3": "", "unknown-3": "1", "answer-4": "2026-01-01", "send": "1"}
    early = ciso.post(address, data=draft | {"answer-3": "", "send": "1", "version": "1"})
    assert early.status_code == 400
    assert "rien ne part sans réponse" in early.text
    assert ciso.post(address, data=full | {"version": "1"}).status_code == 302
    read = browse("director").get(address).text
    assert "Un prestataire" in read
    assert "Reprendre pour corriger" not in read
    assert ciso.post(f"{address}/take-back", data={"version": "1"}).status_code == 302
    assert "Réponses envoyées" in ciso.get(address).text  # stale: still sent
    ciso.post(f"{address}/take-back", data={"version": "2"})
    assert "Envoyer à la région" in ciso.get(address).text
    assert browse("stranger").get(f"/establishments/{hospitals.far}/questionnaires/{questionnaire}").status_code == 404


def test_the_region_reads_everything_and_establishments_counts_once_over(
    browse: Browse, platform: Platform, here: str, questionnaire: int
) -> None:
    administrator = browse("administrator")
    page = administrator.get(f"/regional-campaigns/{questionnaire}").text
    assert "Réponses envoyées : 1 sur 2 sollicités" in page
    assert "Un prestataire" in page
    assert "les questions ne changent plus" in administrator.get(f"/regional-campaigns/{questionnaire}/questions").text
    assert administrator.get(f"/regional-campaigns/{questionnaire}/answers.xlsx").data[:2] == b"PK"
    assert administrator.get(f"/regional-campaigns/{questionnaire}/lessons").status_code == 404
    administrator.post(f"/regional-campaigns/{questionnaire}/remind")
    assert "Personne à relancer" in administrator.get(f"/regional-campaigns/{questionnaire}").text
    assert "ont répondu 1 / 2" in administrator.get("/regional-campaigns").text
    ciso, address = browse("ciso"), f"{here}/questionnaires/{questionnaire}"
    assert "Ce qu’ont répondu" not in ciso.get(address).text
    with platform.database.write() as session:
        row = session.get_one(RegionalCampaign, questionnaire)
        row.opens_at, row.closes_at = (datetime.fromisoformat(f"2020-0{month}-01T00:00:00+00:00") for month in (1, 2))
    page = ciso.get(address).text
    assert "Moins de cinq réponses" in page
    assert "Un prestataire" not in page
    assert ciso.post(address, data={"answer-1": "yes", "version": "0"}).status_code == 409
