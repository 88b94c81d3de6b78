"""Visits: planned and followed by the establishment; read by visitors, who see their visit and nothing else."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.routing import Rule

from care.services.platform import Platform
from care.store.programme import VisitAccess, VisitView
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.web.conftest import Browse
from tests.web.people import People
from tests.web.visits import PlantedVisit, plant_visit


@pytest.fixture
def clock(app: Flask, platform: Platform, people: People) -> FixedClock:
    """The clock of the application and of sign-ins, which tests move."""
    clock = FixedClock()
    app.extensions["care"] = people.platform = replace(platform, clock=clock)
    return clock


@pytest.fixture
def visit(app: Flask, clock: FixedClock, hospitals: Hospitals) -> PlantedVisit:
    return plant_visit(app.extensions["care"], hospitals.valley)


@pytest.fixture
def visitor(app: Flask, visit: PlantedVisit) -> FlaskClient:
    return visiting(app, visit)


def visiting(app: Flask, visit: PlantedVisit) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("care_visit", visit.cookie)
    return client


def views(platform: Platform) -> list[tuple[str, str, bool]]:
    with platform.database.read() as session:
        rows = session.scalars(select(VisitView).order_by(VisitView.id))
        return [(row.page, row.thing, row.allowed) for row in rows][3:]  # without those planted


def form(hospitals: Hospitals, **changes: object) -> dict[str, object]:
    typed: dict[str, object] = {
        "title": "Certification HAS",
        "holder": f"establishment:{hospitals.valley}",
        "establishments": [str(hospitals.valley)],
        "frameworks": ["has", "care-d2"],
        "starts_at": "2026-03-09T08:00",
        "ends_at": "2026-03-12T18:00",
    }
    return typed | changes


# ---- The establishment -----------------------------------------------------------------------------------------------


def test_a_visit_is_planned_and_visitors_invited_by_a_link_shown_once(
    browse: Browse, clock: FixedClock, hospitals: Hospitals, here: str, platform: Platform
) -> None:
    ciso = browse("ciso")
    answer = ciso.post(f"{here}/visits/new", data=form(hospitals))
    assert answer.status_code == 302
    page = ciso.get(answer.location).text
    assert "s’ouvre dans" in page
    shown = ciso.post(f"{answer.location}/visitors", data={"name": "Inès Marchand", "organisation": "HAS"})
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    link = re.search(r"data-link>([^<]+)<", shown.text)
    assert link is not None
    token = link[1].rpartition("/")[2]
    assert "<svg" in shown.text  # the QR
    assert token not in ciso.get(answer.location).text
    again = ciso.post(f"{answer.location}/visitors", data={"name": "Inès Marchand", "organisation": "HAS"})
    assert again.status_code == 400
    assert "déjà invité" in again.text
    door = browse("anonymous").get(f"/visite/link/{token}")
    assert "revenez avec ce lien" in door.text
    assert browse("anonymous").post(f"/visite/link/{token}").status_code == 200  # the door again: not open yet


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "field"),
        ({"ends_at": "2026-03-09T07:00"}, "La visite se ferme avant de s’ouvrir."),
        ({"ends_at": "2026-05-09T07:00"}, "6 semaines au plus"),
        ({"ends_at": "n’importe quoi"}, "ne se lisent pas"),
        ({"frameworks": []}, "Choisissez au moins un référentiel."),
        ({"frameworks": ["inconnu"]}, "wrong"),
        ({"establishments": ["999999"]}, "wrong"),
        ({"holder": "ght:1"}, "wrong"),
        ({"holder": "legal_entity:abc"}, "wrong"),
    ],
)
def test_what_was_typed_wrong_is_shown_again_with_a_sentence(
    browse: Browse, clock: FixedClock, hospitals: Hospitals, here: str, changes: dict[str, object], sentence: str
) -> None:
    answer = browse("ciso").post(f"{here}/visits/new", data=form(hospitals, **changes))
    assert answer.status_code == 400
    assert sentence in answer.text


def test_a_visit_that_is_over_is_not_extended(
    browse: Browse, clock: FixedClock, hospitals: Hospitals, here: str, visit: PlantedVisit
) -> None:
    ciso, one = browse("ciso"), f"{here}/visits/{visit.visit}"
    page = ciso.get(f"{one}/edit").text
    assert 'value="Certification 2026"' in page
    starts = re.search(r'name="starts_at"[^>]*value="([^"]+)"', page)
    assert starts is not None
    typed = form(hospitals, starts_at=starts[1], ends_at="2026-03-10T18:00", version="1")
    assert ciso.post(f"{one}/edit", data=typed).status_code == 302
    clock.forward(days=30)
    late = browse("ciso").post(f"{one}/edit", data=typed | {"ends_at": "2026-04-10T18:00", "version": "2"})
    assert late.status_code == 409
    assert "une visite terminée ne se prolonge pas" in late.text
    assert "2026-04-10T18:00" in late.text  # what was typed stays


def test_two_people_change_a_visit(
    browse: Browse, clock: FixedClock, hospitals: Hospitals, here: str, visit: PlantedVisit
) -> None:
    ciso, one = browse("ciso"), f"{here}/visits/{visit.visit}"
    page = ciso.get(f"{one}/edit").text
    starts = re.search(r'name="starts_at"[^>]*value="([^"]+)"', page)
    assert starts is not None
    typed = form(hospitals, starts_at=starts[1], ends_at="2026-03-10T18:00", version="1")
    assert ciso.post(f"{one}/edit", data=typed | {"title": "Premier"}).status_code == 302
    second = ciso.post(f"{one}/edit", data=typed | {"title": "Second"})
    assert second.status_code == 409
    assert "a modifié l’intitulé" in second.text
    assert 'value="Second"' in second.text
    assert ciso.post(f"{one}/edit", data=typed | {"title": "Second", "version": "2"}).status_code == 302


def test_an_access_is_renewed_and_withdrawn(
    app: Flask, browse: Browse, here: str, visit: PlantedVisit, visitor: FlaskClient
) -> None:
    ciso, one = browse("ciso"), f"{here}/visits/{visit.visit}"
    assert visitor.get("/visite").status_code == 200
    renewed = ciso.post(f"{one}/visitors/{visit.access}/renew")
    assert "data-link" in renewed.text
    assert visitor.get("/visite").status_code == 404
    assert app.test_client().get(f"/visite/link/{visit.token}").status_code == 404
    assert ciso.post(f"{one}/visitors/{visit.access}/revoke", data={"why": ""}).status_code == 400
    assert ciso.post(f"{one}/visitors/{visit.access}/revoke", data={"why": "Remplacée"}).status_code == 302
    assert "Remplacée" in ciso.get(one).text
    assert ciso.post(f"{one}/visitors/{visit.access}/renew").status_code == 409
    assert ciso.post(f"{one}/visitors/999999/renew").status_code == 404


def test_ending_and_cancelling(browse: Browse, here: str, visit: PlantedVisit, visitor: FlaskClient) -> None:
    ciso, one = browse("ciso"), f"{here}/visits/{visit.visit}"
    assert ciso.post(f"{one}/revoke", data={"why": ""}).status_code == 400
    assert ciso.post(f"{one}/end").status_code == 302
    assert visitor.get("/visite").status_code == 410
    assert ciso.post(f"{one}/end").status_code == 409
    assert ciso.post(f"{one}/revoke", data={"why": "Reportée"}).status_code == 409


def test_the_record_says_what_was_read_and_refused(
    browse: Browse, here: str, visit: PlantedVisit, visitor: FlaskClient
) -> None:
    visitor.get("/visite/frameworks/has/gouvernance_ssi")
    director, record = browse("director"), f"{here}/visits/{visit.visit}/record"
    page = director.get(record).text
    assert "Politique de sécurité" in page
    assert "Gouvernance de la sécurité" in page
    assert f"evidence:{visit.outside}" in page  # refused: not even its title
    assert "Analyse interne" not in page
    assert "Gouvernance" not in director.get(f"{record}?show=refused").text.split("Page par page")[1]
    rows = director.get(f"{record}.csv").data.decode("utf-8-sig").splitlines()
    assert len(rows) == 5
    assert "Inès Marchand" in rows[1]
    book = load_workbook(io.BytesIO(director.get(f"{record}.xlsx").data))
    assert [sheet.title for sheet in book] == ["Consultations", "Visiteurs"]
    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(director.get(f"{record}.pdf").data)).pages)
    assert "Politique de sécurité" in text
    assert "1 demande refusée" in text


def an_address(app: Flask, rule: Rule, known: dict[str, int]) -> str:
    """An address of a route, each of its words being one that it takes."""
    taken = {name: next(iter(getattr(one, "items", [1]))) for name, one in rule._converters.items()}
    with app.test_request_context():
        return app.url_for(rule.endpoint, **taken | {name: one for name, one in known.items() if name in taken})


# ---- The visitor -----------------------------------------------------------------------------------------------------


def test_a_link_is_exchanged_for_a_cookie(app: Flask, visit: PlantedVisit) -> None:
    browser = app.test_client()
    door = browser.get(f"/visite/link/{visit.token}")
    assert "Bonjour Inès Marchand" in door.text
    assert browser.get("/visite").status_code == 404  # looking at the link enters nothing
    answer = browser.post(f"/visite/link/{visit.token}")
    assert answer.location == "/visite"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("care_visit=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert visit.token not in cookie
    assert browser.get("/visite").status_code == 200
    assert browser.post("/visite/leave").location == "/visite/left"
    assert browser.get("/visite").status_code == 404


def test_over_tls_no_other_host_can_set_the_cookie(app: Flask, visit: PlantedVisit) -> None:
    known: Platform = app.extensions["care"]
    settings = replace(known.settings, base_url="https://care.hopital.test")
    app.extensions["care"] = replace(known, settings=settings)
    cookie = app.test_client().post(f"/visite/link/{visit.token}").headers["Set-Cookie"]
    assert cookie.startswith("__Host-care_visit=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_every_page_bears_who_reads_it_and_is_noted(visitor: FlaskClient, visit: PlantedVisit, app: Flask) -> None:
    for path in (
        "",
        "/frameworks/has",
        "/frameworks/has/gouvernance_ssi",
        "/evidence",
        f"/evidence/{visit.piece}",
    ):
        page = visitor.get(f"/visite{path}")
        assert page.status_code == 200, path
        assert "Consulté par Inès Marchand (HAS) le 02/03/2026 à 09:00 – Certification 2026" in page.text
        assert 'class="visit-across" aria-hidden="true"' in page.text
        assert "Mme Responsable" not in page.text
        assert "note interne" not in page.text
        assert "/establishments/" not in page.text  # nothing of the platform
    assert views(app.extensions["care"]) == [
        ("summary", "", True),
        ("framework", "has", True),
        ("requirement", "has:gouvernance_ssi", True),
        ("pieces", "", True),
        ("piece", f"evidence:{visit.piece}", True),
    ]


def test_files_leave_with_the_name_of_the_visitor(visitor: FlaskClient, visit: PlantedVisit, app: Flask) -> None:
    answer = visitor.get(f"/visite/evidence/{visit.piece}/file")
    assert answer.mimetype == "application/pdf"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Inès Marchand (HAS)" in PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    shown = visitor.get(f"/visite/evidence/{visit.picture}/file?show=1")
    assert shown.mimetype == "image/png"
    assert Image.open(io.BytesIO(shown.data)).height > 400
    kept = visitor.get(f"/visite/evidence/{visit.text}/file")
    assert kept.status_code == 409
    assert "sur place" in kept.text
    assert views(app.extensions["care"])[-1] == ("not_given", f"evidence:{visit.text}", False)


def test_another_id_is_answered_as_one_that_does_not_exist(
    visitor: FlaskClient, visit: PlantedVisit, app: Flask
) -> None:
    def seen(path: str) -> tuple[int, str]:
        answer = visitor.get(path)
        return answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)  # forms hold the address asked for

    missing = seen("/visite/evidence/987654")
    assert missing[0] == 404
    for path in (
        f"/visite/evidence/{visit.outside}",
        f"/visite/evidence/{visit.outside}/file",
        "/visite/evidence/987654/file",
        "/visite/frameworks/recyf",
        "/visite/frameworks/has/inconnu",
        "/visite/evidence/abc",
        "/visite/visits/1",
    ):
        assert seen(path) == missing, path
    noted = views(app.extensions["care"])
    assert len(noted) == 8
    assert not any(allowed for _page, _thing, allowed in noted)
    assert ("other", "visits/1", False) in noted


def test_the_clock_alone_closes_the_visit(
    visitor: FlaskClient, visit: PlantedVisit, app: Flask, clock: FixedClock
) -> None:
    clock.forward(days=3, seconds=-1)
    assert visitor.get("/visite").status_code == 200
    clock.forward(seconds=1)
    closed = visitor.get(f"/visite/evidence/{visit.piece}")
    assert closed.status_code == 410
    assert "La visite est terminée" in closed.text
    assert "Politique" not in closed.text
    assert visitor.get(f"/visite/evidence/{visit.piece}/file").status_code == 410
    assert app.test_client().get(f"/visite/link/{visit.token}").status_code == 410
    assert app.test_client().post(f"/visite/link/{visit.token}").status_code == 410
    assert views(app.extensions["care"])[-1] == ("closed", f"file evidence:{visit.piece}", False)


def test_the_cookie_of_a_visitor_opens_nothing_of_the_platform(app: Flask, visit: PlantedVisit) -> None:
    """Every address of CaRE answers a visitor as it answers nobody."""
    opened = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith("/visite") or rule.endpoint == "static":
            continue
        path = an_address(app, rule, {"establishment_id": 1, "evidence_id": visit.piece, "piece_id": visit.piece})
        with visiting(app, visit).get(path) as answer, app.test_client().get(path) as to_nobody:
            if answer.status_code != to_nobody.status_code:
                opened.append(path)
            if not hasattr(app.view_functions[rule.endpoint], "open_to_all"):
                assert answer.status_code == 302, path
                assert "/sign-in" in answer.location
    assert opened == []


@pytest.mark.parametrize("who", ["administrator", "ciso", "director", "visitor", "stranger", "anonymous"])
def test_nobody_else_s_session_enters_the_pages_of_visitors(browse: Browse, visit: PlantedVisit, who: str) -> None:
    browser = browse(who)
    for path in ("", "/evidence", f"/evidence/{visit.piece}", f"/evidence/{visit.piece}/file", "/frameworks/has"):
        answer = browser.get(f"/visite{path}")
        assert answer.status_code == 404
        assert "Politique" not in answer.text


def test_one_visit_s_cookie_does_not_read_another_s(app: Flask, clock: FixedClock, hospitals: Hospitals) -> None:
    known = app.extensions["care"]
    one, other = plant_visit(known, hospitals.valley), plant_visit(known, hospitals.far, "Autre visite")
    browser = visiting(app, one)
    assert browser.get(f"/visite/evidence/{other.piece}").status_code == 404
    assert "Autre visite" not in browser.get("/visite").text


def test_too_many_wrong_links_are_held_up(app: Flask, visit: PlantedVisit) -> None:
    browser = app.test_client()
    codes = {browser.get(f"/visite/link/essai-{number}").status_code for number in range(35)}
    assert codes == {404, 429}
    assert browser.get(f"/visite/link/{visit.token}").status_code == 429
    with app.extensions["care"].database.read() as session:
        assert session.scalars(select(VisitAccess)).one().session_hash is not None


def test_the_preview_is_what_visitors_see_unnoted(browse: Browse, here: str, visit: PlantedVisit, app: Flask) -> None:
    ciso, there = browse("ciso"), f"{here}/visits/{visit.visit}/preview"
    for path in ("", "/frameworks/has", "/frameworks/has/gouvernance_ssi", "/evidence", f"/evidence/{visit.piece}"):
        page = ciso.get(f"{there}{path}")
        assert page.status_code == 200
        assert "Rien n’est noté" in page.text
        assert 'href="/visite' not in page.text
    assert ciso.get(f"{there}/evidence/{visit.outside}").status_code == 404
    marked = ciso.get(f"{there}/evidence/{visit.piece}/file").data
    assert "Personne CIS" in PdfReader(io.BytesIO(marked)).pages[0].extract_text()
    assert ciso.get(f"{there}/evidence/{visit.text}/file").status_code == 409
    assert browse("director").get(there).status_code == 403
    assert views(app.extensions["care"]) == []
