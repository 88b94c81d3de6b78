"""“What if this falls?” and the points of fragility."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from care.services.action_query import today
from care.services.platform import Platform
from care.services.what_if import Question, answer
from tests.support.continuity import end_node, plant_need, plant_resource
from tests.support.hospital_graph import HospitalGraph, plant_hospital_graph
from tests.support.people import MACHINE, Hospitals
from tests.support.queries import counted

DIRECTORY = "Annuaire Active Directory"
NIGHT = "2026-11-22T02:00"


@pytest.fixture
def graph(platform: Platform, hospitals: Hospitals) -> HospitalGraph:
    return plant_hospital_graph(platform, hospitals.valley)


def test_the_question_offers_what_the_hospital_has(ciso: FlaskClient, here: str, graph: HospitalGraph) -> None:
    page = ciso.get(f"{here}/what-if").text
    assert f'name="lost" value="{graph[DIRECTORY]}"' in page
    assert 'name="kind" value="application"' in page
    assert "T02:00" in page
    found = ciso.get(f"{here}/what-if?q=annuaire&lost={graph['Paie']}&for=4+h&at={NIGHT}").text
    assert f'value="{graph[DIRECTORY]}"' in found
    assert f'value="{graph["Paie"]}" checked' in found
    assert f'value="{graph["Téléphonie"]}"' not in found
    assert 'value="4 h"' in found
    assert f'value="{NIGHT}"' in found


def test_the_answer_tells_what_stops_and_when(ciso: FlaskClient, here: str, graph: HospitalGraph) -> None:
    page = ciso.get(f"{here}/what-if/answer?lost={graph[DIRECTORY]}&at={NIGHT}").text
    summary, activities = page.split('id="activities"')
    # The laboratory stops at once; emergencies go on on paper at 02:30 and stop with the laboratory 2 h later.
    assert "À 02:00, la perte de «\xa0Annuaire Active Directory\xa0» arrête" in summary
    assert "La première, «\xa0Laboratoire de biologie\xa0», s’arrête à 02:00" in summary
    activities, hours = activities.split('id="hours"')
    assert "Automates isolés, résultats par téléphone : durée jamais mesurée" in activities
    assert "Urgences sur dossier papier" in activities
    hours, restart = hours.split('id="restart"')
    assert "Passe en mode dégradé" in hours
    assert "redémarre avant" in restart
    assert f'href="{here}/what-if?' in page


def test_an_outage_with_an_end_tells_the_return(ciso: FlaskClient, here: str, graph: HospitalGraph) -> None:
    page = ciso.get(f"{here}/what-if/answer?lost={graph[DIRECTORY]}&at={NIGHT}&for=30+min").text
    assert "de retour à 02:30" in page
    assert "De retour" in page


def test_whole_families_fall(ciso: FlaskClient, here: str, graph: HospitalGraph) -> None:
    page = ciso.get(f"{here}/what-if/answer?kind=application&kind=infrastructure&at={NIGHT}").text
    assert "la perte de toutes les applications et toute l’infrastructure arrête 8 activités, dont 4 vitales" in page
    assert graph.ids


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("", 200, "Ce qui tombe"),
        ("at=2026-11-22T02:00", 200, "Ce qui tombe"),
        ("lost=1&at=hier", 400, "Cette date ne se lit pas"),
        ("lost=1&at=1850-01-01T00:00", 400, "La date doit être entre 2000 et 2100"),
        ("lost=1&at=9999-12-31T23:59", 400, "La date doit être entre 2000 et 2100"),
        ("lost=1&for=longtemps", 400, "Cette durée ne se lit pas"),
        ("lost=1&for=0", 400, "d’une minute à un an"),
        ("lost=1&for=10+ans", 400, "d’une minute à un an"),
        ("lost=999999", 404, "n’existe pas"),
        ("lost=abc", 404, "n’existe pas"),
        ("lost=99999999999999999999", 404, "n’existe pas"),
        ("kind=nope&lost=-1", 404, "n’existe pas"),
    ],
)
def test_odd_questions_are_answered_in_words(
    ciso: FlaskClient, here: str, graph: HospitalGraph, query: str, code: int, words: str
) -> None:
    first = graph["Urgences"]
    answer = ciso.get(f"{here}/what-if/answer?{query.replace('lost=1&', f'lost={first}&')}")
    assert answer.status_code == code
    assert words in answer.text


def test_a_node_of_another_hospital_is_no_page(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, graph: HospitalGraph
) -> None:
    elsewhere = plant_resource(platform, hospitals.hill, "Serveur d’à côté")
    assert ciso.get(f"{here}/what-if/answer?lost={graph[DIRECTORY]}&lost={elsewhere}").status_code == 404


def test_a_node_ended_meanwhile_is_left_out_and_said(
    ciso: FlaskClient, here: str, platform: Platform, graph: HospitalGraph
) -> None:
    end_node(platform, graph["Téléphonie"], today(platform))
    page = ciso.get(f"{here}/what-if/answer?lost={graph[DIRECTORY]}&lost={graph['Téléphonie']}").text
    assert "N’existent plus et sont laissés de côté : Téléphonie" in page
    assert "la perte de «\xa0Annuaire Active Directory\xa0» arrête" in page


def test_every_node_at_once(ciso: FlaskClient, here: str, graph: HospitalGraph) -> None:
    query = "&".join(f"lost={number}" for number in graph.ids.values())
    assert "arrête 8 activités" in ciso.get(f"{here}/what-if/answer?{query}").text


def test_the_points_of_fragility(ciso: FlaskClient, here: str, graph: HospitalGraph) -> None:
    page = ciso.get(f"{here}/what-if/fragility").text
    points, rest = page.split('id="loops"')
    assert "Salle informatique" in points
    assert "Lien Internet" not in points
    loops, orphans = rest.split('id="unused"')
    assert "Annuaire Active Directory → Résolution de noms (DNS) → Annuaire Active Directory" in loops
    assert "Ancien serveur de télécopie" in orphans
    assert f"{here}/what-if/answer?lost={graph['Salle informatique']}" in points


@pytest.mark.parametrize("path", ["what-if", "what-if/fragility", "what-if/answer"])
def test_a_hospital_that_described_nothing_is_told_what_to_do(ciso: FlaskClient, here: str, path: str) -> None:
    assert "Décrivez d’abord" in ciso.get(f"{here}/{path}").text


def test_one_activity_alone_is_told_in_the_singular(ciso: FlaskClient, here: str, graph: HospitalGraph) -> None:
    page = ciso.get(f"{here}/what-if/answer?lost={graph['Paie']}&at={NIGHT}").text
    assert "la perte de «\xa0Paie\xa0» arrête une activité. «\xa0Paie\xa0» s’arrête à 02:00 et" in page
    assert "<svg xmlns" not in page
    assert "trop d’éléments" not in page


def test_the_picture_of_an_outage_holds_what_it_touches(
    platform: Platform, hospitals: Hospitals, graph: HospitalGraph
) -> None:
    found = answer(platform, MACHINE, hospitals.valley, Question((graph[DIRECTORY],)))
    assert found.picture is not None
    drawn = {row[0] for row in found.picture.chart.rows}
    assert DIRECTORY in drawn
    assert {line.node.name for line in found.activities} <= drawn
    assert "Ancien serveur de télécopie" not in drawn
    assert len(drawn) < len(graph.ids)


def test_the_map_around_a_node_holds_what_it_needs_and_what_needs_it(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, graph: HospitalGraph
) -> None:
    beside = plant_resource(platform, hospitals.valley, "Onduleur d’à côté")
    below = plant_resource(platform, hospitals.valley, "Groupe électrogène")
    plant_need(platform, hospitals.valley, graph["Paie"], below)
    plant_need(platform, hospitals.valley, graph["Urgences"], beside)
    page = ciso.get(f"{here}/what-if/map?lost={graph['Paie']}").text.split('id="others"')[0]
    assert "Groupe électrogène" in page
    assert "Onduleur d’à côté" not in page
    assert "Urgences" not in page


def test_an_hour_that_the_clock_skips_is_the_same_everywhere(
    ciso: FlaskClient, here: str, graph: HospitalGraph
) -> None:
    page = ciso.get(f"{here}/what-if/answer?lost={graph['Paie']}&at=2026-03-29T02:30").text
    assert "29 mars 2026, 03:30" in page
    assert "À 03:30, la perte" in page


@pytest.mark.parametrize("path", ["what-if", "what-if/answer?kind=infrastructure", "what-if/fragility"])
def test_few_statements(ciso: FlaskClient, here: str, platform: Platform, graph: HospitalGraph, path: str) -> None:
    ciso.get(f"{here}/{path}")
    with counted(platform.database) as statements:
        ciso.get(f"{here}/{path}")
    assert len(statements) <= 20
    assert graph.ids


def test_the_same_in_english(platform: Platform, hospitals: Hospitals, graph: HospitalGraph) -> None:
    question = Question((graph[DIRECTORY],), at=datetime.fromisoformat(NIGHT))
    found = answer(platform, replace(MACHINE, lang="en"), hospitals.valley, question)
    assert found.summary.startswith("At 02:00, losing “Annuaire Active Directory” stops 6 activities, 4 of them vital.")
    assert found.ignored[0].endswith("and holds 8 h without it.")
    assert found.hours[-1].first.words.endswith("on 26/11")


def test_an_outage_too_large_for_a_map_leads_to_one_around_a_node(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, graph: HospitalGraph
) -> None:
    room = graph["Salle informatique"]
    for number in range(60):
        rack = plant_resource(platform, hospitals.valley, f"Baie {number}")
        plant_need(platform, hospitals.valley, rack, room)
    page = ciso.get(f"{here}/what-if/answer?lost={room}").text
    assert "<svg xmlns" not in page
    assert f"{here}/what-if/map?lost={room}" in page
    around = ciso.get(f"{here}/what-if/map?lost={room}").text
    assert "Ce dont « Salle informatique » a besoin" in around
    assert "ne sont pas dessinés" in around
