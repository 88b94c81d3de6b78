"""The pages of reviews: their rhythm, and what is still to be done of what they decided."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from care.domain.access_links import ReviewVerdict
from care.services.access_links import by_link
from care.services.access_links.by_link import Decision
from care.services.platform import Platform
from tests.support.people import Hospitals
from tests.web.access_links import PlantedLinks, plant_access_links
from tests.web.conftest import Browse


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedLinks:
    return plant_access_links(platform, hospitals.valley)


def test_a_decision_is_on_the_page_of_its_access_until_it_is_carried_out(
    platform: Platform, ciso: FlaskClient, browse: Browse, here: str, planted: PlantedLinks
) -> None:
    path = f"{here}/remote-accesses/{planted.scanner_access}"
    page = ciso.get(path).get_data(as_text=True)
    assert "À fermer, décidé en revue" in page
    assert "Scanner remplacé." in page
    assert "La correction est faite" not in page
    (asked,) = by_link.open_link(platform, planted.owner_token).accesses
    decision = {asked.answer_id: Decision(ReviewVerdict.CHANGED, "Le compte a changé.")}
    by_link.decide(platform, planted.owner_token, "Maud Le Gall", decision)
    page = ciso.get(path).get_data(as_text=True)
    assert "À corriger, décidé en revue" in page
    answer = re.search(r'name="answer" value="(\d+)"', page)
    assert answer is not None
    assert "La correction est faite" not in browse("director").get(path).get_data(as_text=True)
    assert ciso.post(f"{path}/corrected", data={"answer": "zz"}).status_code == 404
    assert ciso.post(f"{path}/corrected", data={"answer": answer[1]}).status_code == 302
    assert "À corriger, décidé en revue" not in ciso.get(path).get_data(as_text=True)


def test_the_rhythm_is_chosen_and_shown(ciso: FlaskClient, browse: Browse, here: str, planted: PlantedLinks) -> None:
    path = f"{here}/access-reviews"
    assert "tous les ans" in ciso.get(path).get_data(as_text=True)
    refused = ciso.post(f"{path}/rhythm", data={"months": "24"})
    assert refused.status_code == 400
    assert "Choisissez un des rythmes proposés." in refused.get_data(as_text=True)
    assert ciso.post(f"{path}/rhythm", data={"months": "6"}).status_code == 302
    page = ciso.get(path).get_data(as_text=True)
    assert re.search(r'<option selected value="6">', page)
    assert not re.search(r'name="opens"[^>]*checked', page)
    assert "Enregistrer le rythme" not in browse("director").get(path).get_data(as_text=True)
