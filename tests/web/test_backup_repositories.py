"""The pages of repositories: typed, changed, closed; a secret is never shown again."""

from __future__ import annotations

from html import unescape

import pytest
from flask.testing import FlaskClient

from care.services.backups.repositories import open_repository, read_repositories
from care.services.platform import Platform
from tests.support.backups import PlantedBackups, plant_backups, plant_repository
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse

REST = {
    "name": "dpi-rest", "tool": "restic", "reach": "rest", "host": "127.0.0.1", "port": "8000", "path": "dpi",
    "account": "care", "tls": "y", "pattern": "*", "password": "motdepasse-du-depot",
    "access_secret": "secret-du-serveur",
}  # fmt: skip


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedBackups:
    return plant_backups(platform, hospitals.valley)


@pytest.fixture
def there(here: str) -> str:
    return f"{here}/backups/repositories"


def test_a_repository_is_typed_changed_and_closed(
    ciso: FlaskClient, there: str, platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    assert "Aucun dépôt" in ciso.get(there).get_data(as_text=True)
    assert ciso.post(f"{there}/new", data=REST).status_code == 302
    (view,) = read_repositories(platform, MACHINE, hospitals.valley)
    assert (view.where, view.missing, set(view.kept)) == ("care@127.0.0.1:8000/dpi", (), {"repository", "access"})
    for path in ("", f"/{view.id}"):
        page = unescape(ciso.get(f"{there}{path}").get_data(as_text=True))
        assert "Pas encore lu" in page
        assert "motdepasse-du-depot" not in page
        assert "secret-du-serveur" not in page
    change = {**REST, "password": "", "access_secret": "", "path": "autre", "version": "1"}
    assert ciso.post(f"{there}/{view.id}", data=change).status_code == 302
    assert ciso.post(f"{there}/{view.id}", data={**change, "path": "x"}).status_code == 409
    changed = open_repository(platform, MACHINE, view.id)
    assert (changed.draft.path, changed.missing, changed.version) == ("autre", (), 2)
    assert ciso.post(f"{there}/{view.id}/close", data={"version": "2"}).status_code == 302
    assert "Clôturé" in ciso.get(there).get_data(as_text=True)
    assert ciso.post(f"{there}/{view.id}/close", data={"version": "3", "reopen": "1"}).status_code == 302
    assert "Secret manquant" in ciso.get(there).get_data(as_text=True)


def test_a_fault_keeps_what_was_typed_but_no_secret(ciso: FlaskClient, there: str, planted: PlantedBackups) -> None:
    answer = ciso.post(f"{there}/new", data={**REST, "host": "-oProxy", "identity": "abc123"})
    page = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 400
    assert "abc123" in page
    assert "secret-du-serveur" not in page
    assert "motdepasse-du-depot" not in page


def test_a_copy_chooses_among_the_repositories(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    plant_repository(platform, hospitals.valley)
    page = ciso.get(f"{here}/backups/copies/{planted.disk}/edit").get_data(as_text=True)
    assert 'value="exports"' in page
    assert 'value="dpi-restic"' in page  # named by the copy, described nowhere yet
    copy = {"system": planted.good, "name": "nuit", "medium": "disk", "site": "B", "repository": "exports"}
    assert ciso.post(f"{here}/backups/copies/new", data=copy).status_code == 302
    assert ciso.post(f"{here}/backups/copies/new", data={**copy, "repository": "inconnu"}).status_code == 400
    assert "DPI – nuit" in ciso.get(f"{here}/backups/repositories").get_data(as_text=True)


def test_a_director_reads_and_a_stranger_sees_nothing(
    browse: Browse, there: str, platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    number = plant_repository(platform, hospitals.valley)
    director = browse("director")
    assert "/srv/exports" in director.get(f"{there}/{number}").get_data(as_text=True)
    assert "Noter un dépôt" not in director.get(there).get_data(as_text=True)
    assert director.get(f"{there}/new").status_code == 403
    assert director.post(f"{there}/{number}/close", data={"version": "1"}).status_code == 403
    for path in ("", f"/{number}", "/new"):
        assert browse("stranger").get(f"{there}{path}").status_code == 404
    assert browse("stranger").post(f"{there}/{number}", data=REST).status_code == 404
