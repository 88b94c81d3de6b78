"""The sheet of what is said of backups as a whole."""

from __future__ import annotations

from datetime import date
from html import unescape

from flask.testing import FlaskClient

from care.services.backups.statements import StatementDraft, read_statement
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse

TYPED = {
    "policy": "yes", "policy_on": "2025-03-12", "validated": "no", "vital_data": "y", "frequency": "y",
    "production_domain": "HOPITAL", "administrators": "sauve.martin\r\nSAUVEGARDE\\adm.durand\r\n",
    "controllers": "2", "offline": "yes", "dsrm_apart": "", "rebuilt": "no", "rebuilt_on": "", "version": "0",
}  # fmt: skip


def test_the_sheet_is_typed_and_changed(ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals) -> None:
    there = f"{here}/backups/statements"
    wrong = ciso.post(there, data={**TYPED, "policy_on": ""})
    assert wrong.status_code == 400
    assert "Dites de quand elle date." in wrong.get_data(as_text=True)
    assert ciso.post(there, data=TYPED).status_code == 302
    assert read_statement(platform, MACHINE, hospitals.valley).draft == StatementDraft(
        True, date(2025, 3, 12), False, ("vital_data", "frequency"), "HOPITAL",
        ("sauve.martin", "SAUVEGARDE\\adm.durand"), 2, True, None, False,
    )  # fmt: skip
    page = unescape(ciso.get(there).get_data(as_text=True))
    assert "SAUVEGARDE\\adm.durand" in page
    assert ciso.post(there, data={**TYPED, "policy": "no"}).status_code == 409
    assert ciso.post(there, data={**TYPED, "policy": "no", "version": "1"}).status_code == 302
    assert read_statement(platform, MACHINE, hospitals.valley).draft.policy is False


def test_a_director_reads_and_a_stranger_sees_nothing(
    ciso: FlaskClient, browse: Browse, here: str, platform: Platform
) -> None:
    there = f"{here}/backups/statements"
    assert ciso.post(there, data=TYPED).status_code == 302
    page = unescape(browse("director").get(there).get_data(as_text=True))
    assert "sauve.martin" in page
    assert "<textarea" not in page
    assert browse("director").post(there, data=TYPED).status_code == 403
    assert browse("stranger").get(there).status_code == 404
    assert browse("stranger").post(there, data=TYPED).status_code == 404
