"""The library of definitions: everybody reads it, the region asks for a measure."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from care.domain.jobs import JobKind
from care.services.platform import Platform
from care.store.jobs import Job
from tests.support.people import Hospitals
from tests.web.conftest import Browse


def test_everybody_reads_what_is_followed(browse: Browse, hospitals: Hospitals) -> None:
    for who in ("ciso", "director", "visitor", "stranger"):
        page = browse(who).get("/indicators").text
        assert "Établissements ayant joué un exercice de crise cyber" in page
        assert "100&nbsp;%" in page
        assert "Choix de CaRE, à vérifier" in page
        assert "Domaine 2 – Stratégie de continuité" in page
        assert "Mesurer maintenant" not in page
    assert browse("anonymous").get("/indicators").status_code == 302
    assert "Mesurer maintenant" in browse("administrator").get("/indicators").text


def test_one_says_how_it_is_counted_and_what_is_expected_when(ciso: FlaskClient) -> None:
    page = ciso.get("/indicators/EXO-TX").text
    assert "31 décembre 2023" in page
    assert "50&nbsp;%" in page
    assert page.count("aujourd’hui</span>") == 1
    assert "mode dégradé" in page
    assert "Aucun texte lu ne fixe de part à atteindre" in ciso.get("/indicators/EXPO-CRIT").text
    assert "Intermédiaire" in ciso.get("/indicators/EXO-NIV").text


def test_a_requirement_leads_to_its_text(ciso: FlaskClient) -> None:
    page = ciso.get("/indicators/care-d2:O3.A").text
    assert "/frameworks/care-d2?q=O3.A" in page
    assert "Établissements des candidats" in page


@pytest.mark.parametrize("address", ["NO-SUCH", "EXO-TX?version=9", "care-d2:O9.Z", "%00", "EXO-TX%0d"])
def test_what_is_not_there_is_not_found(ciso: FlaskClient, address: str) -> None:
    assert ciso.get(f"/indicators/{address}").status_code == 404


def test_english_is_complete(ciso: FlaskClient) -> None:
    ciso.post("/language", data={"lang": "en"})
    page = ciso.get("/indicators/PCRA-66").text
    assert "Plans covering at least 66 % of the activity" in page
    assert "How it is counted" in page


def test_the_region_asks_for_a_measure(administrator: FlaskClient, platform: Platform) -> None:
    def asked() -> int:
        with platform.database.read() as session:
            return session.query(Job).filter_by(kind=JobKind.MEASURE).count()

    answer = administrator.post("/indicators/measure", follow_redirects=True)
    assert ("Mesure demandée" in answer.text, asked()) == (True, 1)
