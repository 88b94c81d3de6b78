"""The library of frameworks in pages: read by everybody who follows a programme, changed by the administrator alone."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from care.domain.access import Grant, Level, Place, Role
from care.services import accounts
from care.services.frameworks.parameters import ValueDraft, enter_value, list_parameters
from care.services.frameworks.versions import list_versions, list_waiting
from care.services.platform import Platform
from care.store.frameworks import FrameworkDraft
from tests.support.frameworks import INS, criteria, document, edited, library, requirement, yaml_bytes
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.frameworks import plant_frameworks
from tests.web.people import PASSWORD, People


@pytest.fixture
def planted(platform: Platform) -> int:
    return plant_frameworks(platform)


def send(client: FlaskClient, content: bytes, name: str = "essai.yaml", **fields: str) -> TestResponse:
    data = {"file": (io.BytesIO(content), name), **fields}
    return client.post("/frameworks/import", data=data, content_type="multipart/form-data")


@pytest.mark.parametrize("who", ["ciso", "director", "visitor", "stranger"])
def test_whoever_follows_a_programme_reads_and_may_change_nothing(browse: Browse, planted: int, who: str) -> None:
    client = browse(who)
    index = client.get("/frameworks").text
    assert "CaRE D2" in index
    assert "Importer une version" not in index
    assert 'href="/frameworks"' in client.get("/rules").text
    page = client.get("/frameworks/care-d2").text
    assert "Une politique de sécurité validée et à jour" in page
    values = client.get("/frameworks/care-d2/parameters").text
    assert "à saisir : aucun texte lu ne la donne" in values
    assert "Saisir une valeur" not in values
    for path in ("/frameworks/import", f"/frameworks/import/{planted}"):
        assert client.get(path).status_code == 403


def test_somebody_who_follows_no_programme_is_refused_and_sees_no_entry(
    browse: Browse, platform: Platform, hospitals: Hospitals, people: People
) -> None:
    grant = Grant(Role.ACTIVITY_OWNER, Place(Level.ESTABLISHMENT, hospitals.valley))
    accounts.open_account(platform, MACHINE, accounts.AccountDraft("owner", "Cadre", PASSWORD, (grant,)))
    client = browse("owner")
    assert client.get("/frameworks").status_code == 403
    assert client.get("/frameworks/care-d2").status_code == 403
    assert 'href="/frameworks"' not in client.get("/rules").text


def test_a_page_says_how_each_requirement_is_seen(browse: Browse) -> None:
    page = browse("ciso").get("/frameworks/anssi-ad?q=krbtgt").text
    assert "Contrôle automatique" in page
    assert "/rules/ad." in page
    page = browse("ciso").get("/frameworks/care-d2?q=P1").text
    assert "Demandé aussi par" in page
    assert "Gouvernance de la sécurité" in page
    assert "Aucune exigence ne correspond" in browse("ciso").get("/frameworks/care-d2?q=zzzz").text


def test_pages_are_whole_in_english(browse: Browse, planted: int) -> None:
    client = browse("administrator")
    client.post("/language", data={"lang": "en"})
    assert "Frameworks" in client.get("/frameworks").text
    assert "What the import would change" in client.get(f"/frameworks/import/{planted}").text


def test_an_unknown_framework_or_version_is_not_found(browse: Browse) -> None:
    client = browse("ciso")
    for path in (
        "nulle-part",
        "care-d2?version=9",
        "nulle-part/versions",
        "nulle-part/parameters",
        "has/equivalents?with=x",
    ):
        assert client.get(f"/frameworks/{path}").status_code == 404, path


def test_the_preview_says_everything_then_the_import_is_done_once(browse: Browse, planted: int) -> None:
    client = browse("administrator")
    page = client.get(f"/frameworks/import/{planted}").text
    for said in ("à la place de 1", "Dites autrement", "reprend A2", "De niveau changé", "Part à couvrir", "70"):
        assert said in page, said
    mark = re.search(r'name="mark" value="([0-9a-f]+)"', page)
    assert mark is not None
    path = f"/frameworks/import/{planted}/confirm"
    done = client.post(path, data={"mark": mark[1]}, follow_redirects=True)
    assert "Version 2 importée." in done.text
    assert client.post(path, data={"mark": mark[1]}).status_code == 404


def test_a_preview_that_changed_is_shown_again(browse: Browse, planted: int) -> None:
    page = browse("administrator").post(f"/frameworks/import/{planted}/confirm", data={"mark": "autre"})
    assert page.status_code == 409
    assert "Le référentiel a changé depuis cet aperçu" in page.text


def test_a_file_given_up_leaves_nothing(browse: Browse, platform: Platform, planted: int) -> None:
    done = browse("administrator").post(f"/frameworks/import/{planted}/give-up", follow_redirects=True)
    assert "rien n’a été enregistré" in done.text
    assert list_waiting(platform, MACHINE) == ()


def test_an_export_corrected_comes_back_as_its_differences(browse: Browse) -> None:
    client = browse("administrator")
    taken = client.get("/frameworks/hds/export.xlsx")
    assert taken.headers["Content-Disposition"].startswith("attachment")

    def edit(book: object) -> None:
        book["Référentiel"]["B3"] = "99"  # type: ignore[index]

    sent = send(client, edited(taken.data, edit), "hds.xlsx")
    assert sent.status_code == 302
    assert "Rien ne change, sinon le numéro de version." in client.get(sent.location).text


def test_a_faulty_file_says_all_its_faults_and_keeps_what_was_typed(browse: Browse, platform: Platform) -> None:
    client = browse("administrator")
    bad = criteria((*INS[:4], "Facultatif", INS[5], "Voyance", "ins"))
    page = send(client, bad, "manuel.xlsx", version="2025", source="Manuel acheté")
    assert page.status_code == 400
    assert "« Facultatif »" in page.text
    assert "« Voyance »" in page.text
    assert "il y a 2 choses à corriger" in page.text
    assert 'value="Manuel acheté"' in page.text
    with platform.database.read() as session:
        assert session.scalars(select(FrameworkDraft)).all() == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"version": "deux"}, "Écrivez un numéro"),
        ({"url": "http://x"}, "Une adresse https:// est attendue"),
        ({}, "le millésime"),
    ],
)
def test_what_the_file_does_not_say_is_asked(browse: Browse, fields: dict[str, str], said: str) -> None:
    page = send(browse("administrator"), criteria(INS), "manuel.xlsx", **fields)
    assert page.status_code == 400
    assert said in page.text


def test_the_manual_and_a_library_come_in(browse: Browse) -> None:
    client = browse("administrator")
    for content, name, fields in (
        (criteria(INS), "manuel.xlsx", {"version": "2025", "starts": "2025-09-01"}),
        (yaml_bytes(library()), "lib.yaml", {"confidence": "copy", "unit": "legal_entity"}),
    ):
        sent = send(client, content, name, **fields)
        assert sent.status_code == 302, sent.text
        assert "référentiel nouveau" in client.get(sent.location).text


def test_no_file_or_an_older_one_is_refused(browse: Browse, planted: int) -> None:
    client = browse("administrator")
    assert "Choisissez un fichier." in client.post("/frameworks/import").text
    page = send(client, yaml_bytes(document("0.5", requirement("A1", "Nommer"))))
    assert page.status_code == 409
    assert "plus ancienne que celle en service" in page.text


def test_a_version_is_set_aside_with_its_reason(browse: Browse, platform: Platform, planted: int) -> None:
    client = browse("administrator")
    path = "/frameworks/essai/versions/1/set-aside"
    assert client.post(path, data={"why": ""}).status_code == 400
    assert client.post(path, data={"why": "Erreur"}).status_code == 302
    line = list_versions(platform, MACHINE, "essai")[0]
    assert line.set_aside_why == "Erreur"
    assert client.post(path, data={"why": "Encore"}).status_code == 409
    assert "Erreur" in client.get("/frameworks/essai/versions").text


def test_a_value_is_entered_with_its_source_and_taken_back(browse: Browse, platform: Platform) -> None:
    client = browse("administrator")
    path = "/frameworks/care-d2/parameters/declaration_until"
    wrong = client.post(path, data={"value": "bientôt", "source": "", "seen": "0"})
    assert wrong.status_code == 400
    assert "Une date est attendue" in wrong.text
    assert 'value="bientôt"' in wrong.text
    data = {"value": "31/12/2026", "source": "Arrêté, article 5", "link": "https://exemple.fr/a", "seen": "0"}
    page = client.post(path, data=data, follow_redirects=True).text
    assert "31/12/2026" in page
    assert "Arrêté, article 5" in page
    seen = next(one for one in list_parameters(platform, MACHINE, "care-d2") if one.id == "declaration_until").seen
    again = client.post(f"{path}/take-back", data={"seen": str(seen)}, follow_redirects=True).text
    assert "Valeur reprise" in again


def test_a_value_entered_meanwhile_is_said_and_nothing_typed_is_lost(browse: Browse, platform: Platform) -> None:
    enter_value(platform, MACHINE, "care-d2", "coverage_percent", ValueDraft("70", "Ici"))
    data = {"value": "80", "source": "Là", "seen": "0"}
    page = browse("administrator").post("/frameworks/care-d2/parameters/coverage_percent", data=data)
    assert page.status_code == 409
    assert "a saisi « 70 »" in page.text
    assert 'value="80"' in page.text
