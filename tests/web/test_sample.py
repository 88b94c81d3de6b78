"""The sample hospital from its page: offered where nothing is, confirmed, loaded once, refused where something is."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.conftest import Browse


def test_the_sample_is_offered_confirmed_and_loaded_once(browse: Browse, ciso: FlaskClient, here: str) -> None:
    offered, page = f"{here}/activities/sample", f"{here}/activities"
    assert offered in ciso.get(page).get_data(as_text=True)
    assert offered not in browse("visitor").get(page).get_data(as_text=True)
    assert browse("visitor").get(offered).status_code == 403
    refused = ciso.post(offered)
    assert refused.status_code == 400
    assert "Cochez la case" in refused.get_data(as_text=True)
    loaded = ciso.post(offered, data={"fictitious": "1"}, follow_redirects=True).get_data(as_text=True)
    assert "Centre hospitalier du Val d’Exemple est chargé" in loaded
    assert "EHPAD Les Tilleuls" in loaded
    assert offered not in loaded
    again = ciso.post(offered, data={"fictitious": "1"})
    assert again.status_code == 409
    assert "déjà chargé" in again.get_data(as_text=True)
