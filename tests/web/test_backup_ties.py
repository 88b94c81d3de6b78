"""The pages of jobs tied to systems."""

from __future__ import annotations

from html import unescape

import pytest
from flask.testing import FlaskClient

from care.services.backups.job_ties import read_ties
from care.services.platform import Platform
from tests.support.backups import PlantedBackups, plant_backups, plant_tie
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedBackups:
    return plant_backups(platform, hospitals.valley)


@pytest.fixture
def there(here: str) -> str:
    return f"{here}/backups/jobs"


def test_a_job_is_tied_changed_and_closed(
    ciso: FlaskClient, there: str, platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    assert "Aucun travail rattaché" in ciso.get(there).get_data(as_text=True)
    assert 'value="Nuit prod"' in ciso.get(f"{there}/new?name=Nuit+prod").get_data(as_text=True)
    typed = {"name": "Nuit prod", "system_id": str(planted.good), "reason": ""}
    assert ciso.post(f"{there}/new", data={**typed, "system_id": "0"}).status_code == 400
    assert ciso.post(f"{there}/new", data=typed).status_code == 302
    (line,) = read_ties(platform, MACHINE, hospitals.valley).lines
    assert (line.draft.name, line.system) == ("Nuit prod", "DPI")
    apart = {"name": "Nuit prod", "system_id": "0", "reason": "machine d’essai", "version": "1"}
    assert ciso.post(f"{there}/{line.id}", data=apart).status_code == 302
    assert ciso.post(f"{there}/{line.id}", data={**apart, "reason": "x"}).status_code == 409
    assert "machine d’essai" in unescape(ciso.get(there).get_data(as_text=True))
    assert ciso.post(f"{there}/{line.id}/close", data={"version": "2"}).status_code == 302
    assert "1 rattachement clôturé" in ciso.get(there).get_data(as_text=True)
    assert ciso.post(f"{there}/{line.id}/close", data={"version": "3", "reopen": "1"}).status_code == 302
    assert len(read_ties(platform, MACHINE, hospitals.valley).lines) == 1


def test_a_director_reads_and_a_stranger_sees_nothing(
    browse: Browse, there: str, platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    number = plant_tie(platform, hospitals.valley, planted.good)
    director = browse("director")
    assert "VM-DPI-*" in director.get(there).get_data(as_text=True)
    assert "DPI" in director.get(f"{there}/{number}").get_data(as_text=True)
    assert director.get(f"{there}/new").status_code == 403
    assert director.post(f"{there}/{number}/close", data={"version": "1"}).status_code == 403
    for path in ("", f"/{number}", "/new"):
        assert browse("stranger").get(f"{there}{path}").status_code == 404
    assert browse("stranger").post(f"{there}/{number}/close", data={"version": "1"}).status_code == 404
