"""Pages of activities and resources: the CISO, a head nurse, a reader, a stranger."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient

from care.domain.continuity import Nature
from care.services.activities import list_activities, open_activity
from care.services.library import today as local_day
from care.services.node_ending import end_node
from care.services.platform import Platform
from care.services.resources import open_resource
from tests.support.continuity import plant_activity, plant_need, plant_resource
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.continuity import FILE, Continuity, plant_continuity, plant_files
from tests.web.people import People

ACTIVITY = {
    "name": "Bloc opératoire",
    "kind": "technical",
    "criticality": "vital",
    "perimeter": "technical",
    "owner_account": "0",
    "owner": "Dr Roux",
    "weight": "12,5",
    "weight_origin": "SAE 2025",
}
RESOURCE = {"name": "PACS", "kind": "application", "owner_account": "0", "target": "0", "rto_minutes": "2h30"}


@pytest.fixture
def planted(nurse: FlaskClient, people: People, platform: Platform, hospitals: Hospitals) -> Continuity:
    return plant_continuity(platform, hospitals.valley, people.ids["cadre"])


def test_an_empty_list_says_where_to_begin(ciso: FlaskClient, here: str) -> None:
    page = ciso.get(f"{here}/activities").text
    assert "Aucune activité pour l’instant" in page
    assert page.count("À désigner") == 3
    assert "Aucune ressource pour l’instant" in ciso.get(f"{here}/resources").text


def test_an_activity_is_added_shown_and_changed(ciso: FlaskClient, here: str) -> None:
    assert "Ajouter l’activité" in ciso.get(f"{here}/activities/new").text
    answer = ciso.post(f"{here}/activities/new", data=ACTIVITY)
    assert answer.status_code == 302
    page = ciso.get(answer.location).text
    assert "Bloc opératoire" in page
    assert "Dr Roux" in page
    assert "SAE 2025" in page
    listed = ciso.get(f"{here}/activities").text
    assert "100\u00a0%" in listed
    assert "Une activité le porte" in listed
    form = ciso.get(f"{answer.location}/edit").text
    assert 'value="12,5"' in form
    changed = ciso.post(f"{answer.location}/edit", data={**ACTIVITY, "owner": "Dr Blanc", "version": "1"})
    assert changed.location == answer.location
    assert "Dr Blanc" in ciso.get(answer.location).text


def test_a_name_already_in_use_is_said_beside_its_field(ciso: FlaskClient, here: str, planted: Continuity) -> None:
    answer = ciso.post(f"{here}/activities/new", data={**ACTIVITY, "name": "URGENCES", "kind": "care"})
    assert answer.status_code == 400
    assert 'id="name-wrong"' in answer.text
    assert "« Urgences » existe déjà" in answer.text


def test_a_stale_edit_loses_nothing(ciso: FlaskClient, here: str, planted: Continuity) -> None:
    edit = f"{here}/activities/{planted.emergency}/edit"
    first = {**ACTIVITY, "name": "Urgences", "kind": "care", "perimeter": "", "version": "1"}
    assert ciso.post(edit, data={**first, "owner": "Dr Blanc"}).status_code == 302
    answer = ciso.post(edit, data={**first, "description": "Ce que j’ai tapé"})
    assert answer.status_code == 409
    assert "Entre-temps" in answer.text
    assert "Ce que j’ai tapé" in answer.text
    assert "Dr Blanc" in answer.text
    assert 'name="version" value="2"' in answer.text


def test_a_head_nurse_describes_her_own_activity_only(
    nurse: FlaskClient, here: str, planted: Continuity, platform: Platform
) -> None:
    own = f"{here}/activities/{planted.emergency}"
    page = nurse.get(own).text
    assert "Vous en répondez" in page
    assert "Cette activité a pris fin" not in page
    form = nurse.get(f"{own}/edit").text
    assert 'name="description"' in form
    assert 'name="weight"' not in form
    sent = {"description": "Accueil, tri, soins.", "correspondent": "Dr Roux", "name": "Autre nom", "version": "1"}
    assert nurse.post(f"{own}/edit", data=sent).status_code == 302
    known = open_activity(platform, MACHINE, planted.emergency)
    assert (known.name, known.description, known.correspondent) == ("Urgences", "Accueil, tri, soins.", "Dr Roux")
    assert nurse.get(f"{here}/activities/{planted.pay}").status_code == 200
    mine = nurse.get(f"{here}/activities?mine=1").text.split('id="found"')[1].split('id="perimeters"')[0]
    assert "Urgences" in mine
    assert "Paie" not in mine
    for path in (
        f"{here}/activities/new",
        f"{here}/resources/new",
        f"{here}/activities/{planted.pay}/edit",
        f"{here}/resources/{planted.record}/edit",
        f"{own}/end",
    ):
        assert nurse.get(path).status_code == 403
    assert nurse.post(f"{here}/activities/new", data=ACTIVITY).status_code == 403


def test_a_reader_and_a_stranger(browse: Browse, here: str, planted: Continuity, hospitals: Hospitals) -> None:
    visitor, stranger = browse("visitor"), browse("stranger")
    pages = (
        "activities",
        "resources",
        f"activities/{planted.emergency}",
        f"resources/{planted.record}",
    )
    for path in pages:
        shown = visitor.get(f"{here}/{path}")
        assert shown.status_code == 200
        assert "Modifier" not in shown.text
        assert stranger.get(f"{here}/{path}").status_code == 404
    own = f"/establishments/{hospitals.far}"
    assert stranger.get(f"{own}/activities/{planted.emergency}").status_code == 404
    assert stranger.get(f"{own}/resources/{planted.record}").status_code == 404
    administrator = browse("administrator")
    assert administrator.get(f"{own}/activities/{planted.emergency}").status_code == 404
    assert administrator.get(f"{here}/activities/{planted.record}").status_code == 404
    assert visitor.get(f"{here}/resources/{planted.record}/edit").status_code == 403
    assert visitor.post(f"{here}/resources/{planted.record}/edit", data=RESOURCE).status_code == 403
    assert visitor.get(f"{here}/resources/{planted.record}/end").status_code == 403


def test_durations_are_typed_as_people_say_them(ciso: FlaskClient, here: str, platform: Platform) -> None:
    answer = ciso.post(f"{here}/resources/new", data=RESOURCE)
    assert answer.status_code == 302
    number = int(answer.location.rsplit("/", 1)[1])
    assert open_resource(platform, MACHINE, number).rto_minutes == 150
    assert "2 h 30" in ciso.get(answer.location).text
    assert 'value="2 h 30"' in ciso.get(f"{answer.location}/edit").text
    for typed, said in (
        ("bientôt", "n’est pas une durée"),
        ("10 ans", "Au-delà d’un an"),
        ("-4", "n’est pas une durée"),
    ):
        refused = ciso.post(f"{here}/resources/new", data={**RESOURCE, "name": "RIS", "rto_minutes": typed})
        assert refused.status_code == 400
        assert said in refused.text
        assert typed in refused.text


def test_a_stale_resource_edit_shows_both(ciso: FlaskClient, here: str, planted: Continuity) -> None:
    edit = f"{here}/resources/{planted.record}/edit"
    sent = {**RESOURCE, "name": "DPI", "version": "1"}
    assert ciso.post(edit, data={**sent, "place": "Salle 2"}).status_code == 302
    answer = ciso.post(edit, data={**sent, "place": "Salle 9"})
    assert answer.status_code == 409
    assert "Salle 2" in answer.text
    assert "Salle 9" in answer.text


def test_a_perimeter_is_said_absent_then_taken_back(ciso: FlaskClient, here: str) -> None:
    address = f"{here}/activities/perimeters/technical"
    assert ciso.post(address, data={"reason": ""}).status_code == 400
    assert ciso.post(address, data={"reason": "EHPAD, rien de tel"}).status_code == 302
    assert "EHPAD, rien de tel" in ciso.get(f"{here}/activities").text
    assert ciso.post(address, data={"withdraw": "1"}).status_code == 302
    assert "EHPAD, rien de tel" not in ciso.get(f"{here}/activities").text
    assert ciso.post(f"{here}/activities/perimeters/lunar", data={"reason": "x"}).status_code == 404


def test_an_end_says_what_refers_and_can_be_undone(
    ciso: FlaskClient, here: str, planted: Continuity, platform: Platform, hospitals: Hospitals
) -> None:
    one = f"{here}/activities/{planted.emergency}"
    page = ciso.get(f"{one}/end").text
    assert "Elle est la seule à porter le périmètre" in page
    assert ciso.post(f"{one}/end", data={"ended_on": "2999-01-01", "version": "1"}).status_code == 400
    assert ciso.post(f"{one}/end", data={"ended_on": "2026-01-01", "version": "9"}).status_code == 409
    assert ciso.post(f"{one}/end", data={"ended_on": "2026-01-01", "version": "1"}).location == one
    assert "Terminée depuis" in ciso.get(one).text
    assert "Urgences" not in ciso.get(f"{here}/activities").text
    assert "Urgences" in ciso.get(f"{here}/activities?state=ended").text
    assert ciso.post(f"{one}/reopen", data={"version": "2"}).location == one
    assert list_activities(platform, MACHINE, hospitals.valley).page.total == 2
    end_node(platform, MACHINE, Nature.RESOURCE, planted.record, local_day(platform), 1)
    stale = ciso.post(f"{here}/resources/{planted.record}/reopen", data={"version": "1"}, follow_redirects=True)
    assert "Entre-temps" in stale.text


def test_filters_are_plain_addresses(ciso: FlaskClient, here: str, planted: Continuity) -> None:
    assert "Paie" not in ciso.get(f"{here}/activities?q=urg").text.split('id="found"')[1].split("perimeters")[0]
    assert "Rien ne correspond" in ciso.get(f"{here}/activities?q=nulle+part").text
    assert "Cœur de réseau" not in ciso.get(f"{here}/resources?kind=application").text
    assert ciso.get(f"{here}/activities?kind=x&care=y&state=z&page=-1&perimeter=q").status_code == 200


def test_needs_are_added_one_after_the_other(ciso: FlaskClient, here: str, planted: Continuity) -> None:
    address = f"{here}/dependencies/new?dependent={planted.emergency}"
    form = ciso.get(address).text
    assert "Cœur de réseau" in form
    assert "DPI" not in form.split("<select")[1].split("</select>")[0]  # already a need
    sent = {"other": planted.network, "strength": "useful", "holds_minutes": "2 j", "note": "Téléphonie", "again": "1"}
    assert ciso.post(address, data=sent).location == address
    page = ciso.get(f"{here}/activities/{planted.emergency}").text
    assert "Téléphonie" in page
    assert "2 j" in page
    twice = ciso.post(address, data=sent)
    assert twice.status_code == 400
    assert 'id="other-wrong"' in twice.text
    back = ciso.post(f"{here}/dependencies/new?needed={planted.network}", data={**sent, "other": planted.pay})
    assert back.status_code == 302
    assert "Paie" in ciso.get(f"{here}/resources/{planted.network}").text


def test_a_cycle_is_named_at_entry(ciso: FlaskClient, here: str, planted: Continuity) -> None:
    address = f"{here}/dependencies/new?dependent={planted.network}"
    answer = ciso.post(address, data={"other": planted.record, "strength": "essential"}, follow_redirects=True)
    assert "boucle" in answer.text
    assert "Cœur de réseau → DPI → Cœur de réseau" in answer.text


def test_a_dependency_is_changed_and_removed(ciso: FlaskClient, here: str, planted: Continuity) -> None:
    address = f"{here}/dependencies/{planted.dependency}"
    seen = ciso.get(address).text.split('name="seen" value="')[1].split('"')[0]
    sent = {"strength": "useful", "holds_minutes": "1 h", "seen": seen}
    assert ciso.post(address, data={**sent, "holds_minutes": "1 siècle"}).status_code == 400
    assert ciso.post(address, data=sent).location.endswith(f"/activities/{planted.emergency}#needs")
    stale = ciso.post(address, data={**sent, "note": "Ce que j’ai tapé"})
    assert stale.status_code == 409
    assert "Ce que j’ai tapé" in stale.text
    assert ciso.post(f"{address}/remove").status_code == 302
    assert ciso.get(address).status_code == 404
    assert ciso.get(f"{here}/dependencies/new").status_code == 404


def test_dependencies_of_others_are_out_of_reach(
    browse: Browse, nurse: FlaskClient, here: str, planted: Continuity, hospitals: Hospitals
) -> None:
    own = f"/establishments/{hospitals.far}/dependencies"
    stranger = browse("stranger")
    assert stranger.get(f"{own}/{planted.dependency}").status_code == 404
    assert stranger.get(f"{own}/new?dependent={planted.emergency}").status_code == 404
    assert stranger.post(f"{own}/{planted.dependency}/remove").status_code == 404
    assert nurse.get(f"{here}/dependencies/{planted.dependency}").status_code == 403
    assert nurse.get(f"{here}/dependencies/new?dependent={planted.emergency}").status_code == 403
    assert nurse.post(f"{here}/dependencies/{planted.dependency}/remove").status_code == 403


def test_a_table_is_previewed_then_recorded_once(ciso: FlaskClient, here: str, planted: Continuity) -> None:
    form = ciso.get(f"{here}/continuity/import").text
    assert "Correspondant métier" in form
    files = {"nodes": (BytesIO(FILE.encode("cp1252")), "activites.csv"), "dependencies": (BytesIO(b""), "")}
    answer = ciso.post(f"{here}/continuity/import", data=files)
    page = ciso.get(answer.location).text
    assert "1 nouvelle" in page
    assert "1 modifiée" in page
    assert "1 ligne refusée" in page
    assert "« Chose » n’est pas un type" in page
    assert "Inconnue" in page
    assert "Imagerie" not in ciso.get(f"{here}/activities").text
    stale = ciso.post(f"{answer.location}/confirm", data={"mark": "autre"})
    assert stale.status_code == 409
    assert "a changé depuis cet aperçu" in stale.text
    mark = page.split('name="mark" value="')[1].split('"')[0]
    done = ciso.post(f"{answer.location}/confirm", data={"mark": mark}, follow_redirects=True)
    assert "Activités et ressources : ajouts 1, modifications 1." in done.text
    assert "Imagerie" in done.text
    twice = ciso.post(f"{answer.location}/confirm", data={"mark": mark}, follow_redirects=True)
    assert "Cet import n’attend plus de confirmation" in twice.text


def test_files_that_cannot_be_read_are_said_on_the_page(ciso: FlaskClient, here: str) -> None:
    for content in (b"", b"PK\x03\x04", b"a;b\nc;d"):
        answer = ciso.post(f"{here}/continuity/import", data={"nodes": (BytesIO(content), "<b>.csv")})
        assert answer.status_code == 400
        assert "ne peut pas être lu" in answer.text or "au moins un fichier" in answer.text
        assert "<b>" not in answer.text
    assert ciso.post(f"{here}/continuity/import", data={"nodes": "un texte"}).status_code == 400


def test_an_import_is_given_up_and_out_of_reach_of_others(
    browse: Browse, ciso: FlaskClient, here: str, planted: Continuity, platform: Platform, hospitals: Hospitals
) -> None:
    number = plant_files(platform, hospitals.valley)
    stranger = browse("stranger")
    assert stranger.get(f"/establishments/{hospitals.far}/continuity/imports/{number}").status_code == 404
    assert (
        browse("administrator").get(f"/establishments/{hospitals.far}/continuity/imports/{number}").status_code == 404
    )
    assert ciso.post(f"{here}/continuity/imports/{number}/give-up").status_code == 302
    assert ciso.get(f"{here}/continuity/imports/{number}").status_code == 404


def test_an_export_is_a_file(ciso: FlaskClient, nurse: FlaskClient, here: str, planted: Continuity) -> None:
    answer = ciso.get(f"{here}/continuity/export/nodes.csv")
    assert answer.mimetype == "text/csv"
    assert "activites-" in answer.headers["Content-Disposition"]
    assert "Urgences" in answer.data.decode("utf-8-sig")
    assert "30 min" in ciso.get(f"{here}/continuity/export/dependencies.csv").data.decode("utf-8-sig")
    assert nurse.get(f"{here}/continuity/export/nodes.csv").status_code == 403
    assert ciso.get(f"{here}/continuity/export/other.csv").status_code == 404


def test_an_activity_is_proved_from_its_page(
    ciso: FlaskClient, nurse: FlaskClient, here: str, planted: Continuity
) -> None:
    page = ciso.get(f"{here}/activities/{planted.emergency}").text
    assert f"thing=activity:{planted.emergency}" in page
    attach = f"{here}/evidence/attach?thing=activity:{planted.emergency}"
    assert ciso.get(attach).status_code == 200
    new = {"thing": f"activity:{planted.emergency}", "kind": "procedure", "title": "Procédure papier"}
    filed = ciso.post(f"{here}/evidence/new", data={**new, "link": "https://ged.hopital.test/12"})
    assert filed.status_code == 302
    assert "Procédure papier" in ciso.get(f"{here}/activities/{planted.emergency}").text
    wrong = ciso.post(
        f"{here}/evidence/new", data={**new, "thing": f"activity:{planted.record}", "link": "https://x.test/"}
    )
    assert wrong.status_code == 400
    assert "Joindre une preuve" not in nurse.get(f"{here}/activities/{planted.emergency}").text


def test_a_resource_says_what_activities_ask_of_it(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    ward = plant_activity(platform, hospitals.valley, "Réanimation", 60, pdma_minutes=240)
    record = plant_resource(platform, hospitals.valley, "Dossier", rto_minutes=120, pdma_minutes=60)
    network = plant_resource(platform, hospitals.valley, "Réseau")
    plant_need(platform, hospitals.valley, ward, record)
    plant_need(platform, hospitals.valley, record, network)
    page = ciso.get(f"{here}/resources/{record}").text
    assert "Le RTO déclaré est plus long" in page
    assert "La PDMA déclarée est plus longue" not in page
    assert "Réanimation → Dossier → Réseau" in ciso.get(f"{here}/resources/{network}").text
    alone = plant_resource(platform, hospitals.valley, "Seule")
    assert "aucune activité qui en dépend" in ciso.get(f"{here}/resources/{alone}").text
