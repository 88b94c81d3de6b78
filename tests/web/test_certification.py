"""The pages of certification: what is answered, what is stale, rehearsals, documents; who reads, who writes."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from care.domain.access import Level, Place
from care.domain.programme import AnswerVerdict, Inquiry
from care.services.certification.mock_reading import read_grid, read_mock
from care.services.certification.self_assessment import read_assessment
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.certification import Rehearsals, plant_certification
from tests.web.conftest import Browse

KIT = "pca_pra_modes_degrades"


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> Rehearsals:
    return plant_certification(platform, hospitals.valley)


def verdict_of(platform: Platform, hospitals: Hospitals, item: str) -> AnswerVerdict | None:
    view = read_assessment(platform, MACHINE, Place(Level.ESTABLISHMENT, hospitals.valley), "has")
    answer = next(one for one in view.elements if one.id == item).answer
    return answer.verdict if answer else None


def test_the_first_page_says_what_is_stale_and_what_the_score_is_worth(
    ciso: FlaskClient, here: str, planted: Rehearsals
) -> None:
    page = ciso.get(f"{here}/certification").get_data(as_text=True)
    assert "non opposable : la HAS seule décide" in page
    assert "66 %" in page
    assert "Comité de sécurité" in page
    assert "Visite à blanc du printemps" in page


def test_an_answer_is_recorded_and_an_untouched_one_is_not_given_again(
    ciso: FlaskClient, here: str, planted: Rehearsals, platform: Platform, hospitals: Hospitals
) -> None:
    address = f"{here}/certification/assessment/has/-"
    typed = {
        f"verdict-{KIT}": "yes",
        f"note-{KIT}": "Vu en comité",
        "verdict-mes": "no",
        "note-mes": "Pas d’alimentation",
    }
    answer = ciso.post(address, data=typed)
    assert answer.status_code == 302
    assert verdict_of(platform, hospitals, "mes") is AnswerVerdict.NO
    page = ciso.get(address).get_data(as_text=True)
    assert "Pas d’alimentation" in page
    assert "1 réponse enregistrée." in page


def test_what_cannot_be_answered_is_shown_again(ciso: FlaskClient, here: str, planted: Rehearsals) -> None:
    address = f"{here}/certification/assessment/has/-"
    lost = ciso.post(address, data={"note-mes": "à garder", "verdict-ia_dmn": "perhaps"})
    assert lost.status_code == 400
    assert "à garder" in lost.get_data(as_text=True)
    assert "Choisissez une réponse, ou effacez la note." in lost.get_data(as_text=True)
    unexplained = ciso.post(address, data={"verdict-mes": "no"})
    assert unexplained.status_code == 400
    assert "Dites pourquoi" in unexplained.get_data(as_text=True)


def test_somebody_was_quicker(ciso: FlaskClient, here: str, planted: Rehearsals) -> None:
    address = f"{here}/certification/assessment/has/-"
    late = ciso.post(address, data={"verdict-mss": "yes", "note-mss": "mes mots", "seen-mss": "0"})
    assert late.status_code == 409
    assert "Entre-temps" in late.get_data(as_text=True)
    assert "mes mots" in late.get_data(as_text=True)


def test_a_manual_or_a_criterion_that_does_not_exist(ciso: FlaskClient, here: str) -> None:
    assert ciso.get(f"{here}/certification/assessment/care-d2").status_code == 404
    assert ciso.get(f"{here}/certification/assessment/has/9.9-99").status_code == 404
    assert ciso.get(f"{here}/certification/assessment/has-esms/3").status_code == 200


def test_evidence_is_kept_to_one_method(ciso: FlaskClient, here: str, planted: Rehearsals) -> None:
    whole = ciso.get(f"{here}/certification/evidence").get_data(as_text=True)
    assert "Hameçonnage aux urgences" in whole
    assert "Périmé" in whole
    seen = ciso.get(f"{here}/certification/evidence?by=observation").get_data(as_text=True)
    assert "Kits papier" in seen
    assert "Hameçonnage aux urgences" not in seen
    assert ciso.get(f"{here}/certification/evidence?by=gossip").status_code == 200


def test_a_visitor_sees_no_incident(browse: Browse, here: str, planted: Rehearsals) -> None:
    page = browse("visitor").get(f"{here}/certification/evidence").get_data(as_text=True)
    assert "Votre rôle ne montre pas ce registre." in page
    assert "incidents, dont" not in page


def test_a_mock_visit_is_opened_noted_and_ended(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    typed = {
        "title": "Répétition de nuit",
        "manual": "has",
        "starts_on": "2026-11-20",
        "items": [KIT],
        "methods": ["observation", "targeted_tracer"],
    }
    answer = ciso.post(f"{here}/certification/mock/new", data=typed)
    assert answer.status_code == 302
    number = int(answer.location.rsplit("/", 1)[1])
    grid = f"{here}/certification/mock/{number}/targeted_tracer"
    assert "Montrez-moi votre kit papier" in ciso.get(grid).get_data(as_text=True)
    noted = {f"verdict-{KIT}": "no", f"note-{KIT}": "Introuvable la nuit", f"who_met-{KIT}": "Cadre de nuit"}
    assert ciso.post(grid, data={**noted, "stay": "1"}).location.endswith("targeted_tracer")
    gap = read_mock(platform, MACHINE, hospitals.valley, number).gaps[0]
    assert (gap.method, gap.note) == (Inquiry.TARGETED_TRACER, "Introuvable la nuit")
    acted = ciso.post(f"{here}/certification/mock/{number}/act", data={"item": KIT, "method": "targeted_tracer"})
    assert "/actions/" in acted.location
    assert "Répétition de nuit" in ciso.get(acted.location).get_data(as_text=True)
    ended = ciso.post(f"{here}/certification/mock/{number}/end", data={"conclusion": "À refaire."})
    assert ended.status_code == 302
    assert "À refaire." in ciso.get(ended.location).get_data(as_text=True)
    assert ciso.post(f"{here}/certification/mock/{number}/end").status_code == 409
    assert ciso.post(grid, data=noted | {f"note-{KIT}": "Autre"}).status_code == 409


def test_what_cannot_be_noted_is_shown_again(
    ciso: FlaskClient, here: str, planted: Rehearsals, platform: Platform, hospitals: Hospitals
) -> None:
    grid = f"{here}/certification/mock/{planted.open}/targeted_tracer"
    for typed in ({f"note-{KIT}": "des mots"}, {f"verdict-{KIT}": "maybe", f"note-{KIT}": "des mots"}):
        lost = ciso.post(grid, data=typed)
        assert lost.status_code == 400
        assert "des mots" in lost.get_data(as_text=True)
    assert read_grid(platform, MACHINE, hospitals.valley, planted.open, Inquiry.TARGETED_TRACER).blocks[1].note is None


def test_a_mock_visit_badly_planned_keeps_what_was_typed(ciso: FlaskClient, here: str) -> None:
    wrong = ciso.post(f"{here}/certification/mock/new", data={"title": "Nuit", "manual": "has", "starts_on": "demain"})
    assert wrong.status_code == 400
    page = wrong.get_data(as_text=True)
    assert 'value="Nuit"' in page
    assert "Cette date ne se lit pas" in page
    empty = ciso.post(f"{here}/certification/mock/new", data={"title": "Nuit", "starts_on": "2026-11-20"})
    assert "Choisissez au moins un thème" in empty.get_data(as_text=True)


def test_documents_are_handed_out(ciso: FlaskClient, here: str, planted: Rehearsals) -> None:
    book = ciso.get(f"{here}/certification/evidence-book.pdf")
    assert (book.mimetype, book.data[:5]) == ("application/pdf", b"%PDF-")
    for form, start in (("pdf", b"%PDF-"), ("xlsx", b"PK")):
        assert ciso.get(f"{here}/certification/report.{form}").data.startswith(start)
    sealed = ciso.post(f"{here}/certification/evidence-book")
    assert sealed.location.endswith("/evidence/books")
    assert "Livre de preuves" in ciso.get(f"{here}/evidence").get_data(as_text=True)


def test_the_place_above_shows_its_establishments_to_who_sees_them_all(
    browse: Browse, hospitals: Hospitals, planted: Rehearsals
) -> None:
    administrator = browse("administrator")
    address = f"/certification/ght/{hospitals.ght}"
    page = administrator.get(address).get_data(as_text=True)
    assert "Hôpital de la Vallée" in page
    assert "Hôpital de la Colline" in page
    assert administrator.get(f"{address}/report.xlsx").data.startswith(b"PK")
    assert administrator.get(f"{address}/report.pdf").data.startswith(b"%PDF-")
    assert browse("ciso").get(address).status_code == 404
    assert browse("stranger").get(address).status_code == 404
    assert administrator.get("/certification/ght/0").status_code == 404


def test_a_reader_writes_nothing_and_a_stranger_sees_nothing(browse: Browse, here: str, planted: Rehearsals) -> None:
    director, stranger = browse("director"), browse("stranger")
    grid = f"{here}/certification/mock/{planted.open}/targeted_tracer"
    assert director.post(f"{here}/certification/assessment/has/-", data={"verdict-mes": "yes"}).status_code == 403
    assert director.post(grid, data={f"verdict-{KIT}": "yes"}).status_code == 403
    assert director.get(f"{here}/certification/mock/new").status_code == 403
    assert "Enregistrer" not in director.get(grid).get_data(as_text=True)
    for page in ("", "/evidence", "/assessment/has", f"/mock/{planted.over}", "/documents", "/evidence-book.pdf"):
        assert stranger.get(f"{here}/certification{page}").status_code == 404
