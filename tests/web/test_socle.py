"""Pages of the yearly base: one establishment, all those one sees, amounts, the workbook."""

from __future__ import annotations

from flask.testing import FlaskClient

from care.services.platform import Platform
from tests.support.people import Hospitals
from tests.web.conftest import Browse


def test_a_year_says_what_is_known_and_what_no_text_says(
    browse: Browse, hospitals: Hospitals, platform: Platform
) -> None:
    year = platform.clock.now().year
    page = browse("ciso").get(f"/establishments/{hospitals.valley}/socle").text
    assert f"Socle cyber {year}" in page
    assert "Un exercice de crise cyber dans l’année" in page
    assert "Ce qu’aucun texte lu ne dit" in page
    assert "Prérequis du Ségur du numérique" in page
    assert "Incomplet" in page
    assert "Éligible<" not in page
    assert browse("ciso").get(f"/establishments/{hospitals.valley}/socle/2024").status_code == 404
    assert browse("ciso").get(f"/establishments/{hospitals.valley}/socle/{year + 1}").status_code == 404


def test_amounts_are_written_and_nothing_typed_is_lost(ciso: FlaskClient, hospitals: Hospitals) -> None:
    here = f"/establishments/{hospitals.valley}/socle/2025"
    assert ciso.post(here, data={"asked": "30 000", "version": "0"}).status_code == 302
    assert 'value="30000"' in ciso.get(here).text
    answer = ciso.post(here, data={"asked": "31 000", "obtained": "1 k€", "version": "0"})
    assert answer.status_code == 409
    assert "Entre-temps, ciso a modifié le montant demandé" in answer.text
    assert 'value="31 000"' in answer.text
    assert 'value="1 k€"' in answer.text
    answer = ciso.post(here, data={"asked": "beaucoup", "asked_on": "2100-01-01", "version": "1"})
    assert answer.status_code == 400
    assert "Écrivez un montant" in answer.text
    assert "n’est pas encore là" in answer.text
    assert 'value="beaucoup"' in answer.text


def test_the_list_and_its_totals(browse: Browse, hospitals: Hospitals) -> None:
    for number, amount in ((hospitals.valley, "30 000"), (hospitals.far, "12 000")):
        sent = {"asked": amount, "version": "0"}
        assert browse("administrator").post(f"/establishments/{number}/socle/2025", data=sent).status_code == 302
    page = browse("administrator").get("/socle?year=2025").text
    assert "2/3" in page
    assert "42\u202f000\u00a0€" in page
    own = browse("ciso").get("/socle?year=2025").text
    assert ("Hôpital de la Vallée" in own, "Hôpital du Lointain" in own) == (True, False)
    assert "Hôpital de la Vallée" in browse("administrator").get("/socle?q=vallee").text
    assert browse("administrator").get("/socle?year=2024").status_code == 404
    assert browse("administrator").get("/socle?year=x").status_code == 404
    book = browse("ciso").get("/socle.xlsx?year=2025")
    assert book.get_data().startswith(b"PK")
    assert "socle-cyber-2025.xlsx" in book.headers["Content-Disposition"]
    assert browse("visitor").get("/socle.xlsx").status_code == 403


def test_strangers_and_readers(browse: Browse, hospitals: Hospitals) -> None:
    here = f"/establishments/{hospitals.valley}/socle/2025"
    assert browse("stranger").get(here).status_code == 404
    assert browse("stranger").post(here, data={"asked": "1", "version": "0"}).status_code == 404
    assert browse("director").post(here, data={"asked": "1", "version": "0"}).status_code == 403
    assert "Enregistrer les montants" not in browse("director").get(here).text
