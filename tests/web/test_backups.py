"""The pages of backups: the board, a system copy by copy, the inventory typed and brought, the plan taken over."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html import unescape

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from care.domain.backups import Medium
from care.services.backups.board_print import print_board
from care.services.backups.inventory import SYSTEMS, SystemDraft
from care.services.backups.reading import open_system, read_board
from care.services.platform import Platform
from scanners.model import Lang
from tests.support.backups import PlantedBackups, plant_backups, plant_plan
from tests.support.pdf import text_of
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse

SYSTEM = {
    "name": "Pharmacie", "site": "Bâtiment A", "medium": "san", "resource": "0", "critical": "yes",
    "pdma_minutes": "4 h", "dmard_minutes": "", "test_outcome": "", "tested_on": "",
}  # fmt: skip


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedBackups:
    return plant_backups(platform, hospitals.valley)


@pytest.fixture
def there(here: str) -> str:
    return f"{here}/backups"


def test_the_board_begins_with_the_worst(ciso: FlaskClient, there: str, planted: PlantedBackups) -> None:
    page = unescape(ciso.get(there).get_data(as_text=True))
    assert page.index(">Paie<") < page.index(">Laboratoire<") < page.index(">DPI<")
    assert "Restauration prouvée pour 0 sur 3 ; en danger aujourd’hui : 1 ; rien ne le prouve : 2." in page
    assert "Aucun dépôt n’a encore été lu" in page
    assert "1 système clôturé" in page
    found = ciso.get(f"{there}?state=word").get_data(as_text=True)
    assert ">DPI<" in found
    assert ">Paie<" not in found
    assert "Rien ne répond à ces mots." in ciso.get(f"{there}?q=zzz").get_data(as_text=True)


def test_an_empty_inventory_says_where_to_begin(ciso: FlaskClient, there: str) -> None:
    page = ciso.get(there).get_data(as_text=True)
    assert "Aucun système à l’inventaire" in page
    assert "Importer" in page


def test_a_system_is_told_copy_by_copy(ciso: FlaskClient, there: str, planted: PlantedBackups) -> None:
    page = unescape(ciso.get(f"{there}/systems/{planted.good}").get_data(as_text=True))
    assert "Compte, sur la date que quelqu’un a donnée." in page
    assert "Compte sur parole : son dépôt n’a pas été lu." in page
    assert "Support inscriptible une fois (WORM)" in page
    bad = unescape(ciso.get(f"{there}/systems/{planted.bad}").get_data(as_text=True))
    assert "déclaré, mais faux" in bad
    assert "Copie hors site du laboratoire" in bad
    assert "clôturé depuis" in ciso.get(f"{there}/systems/{planted.over}").get_data(as_text=True)


def test_a_system_is_typed_in_and_changed(
    ciso: FlaskClient, there: str, platform: Platform, hospitals: Hospitals
) -> None:
    answer = ciso.post(f"{there}/systems/new", data=SYSTEM)
    assert answer.status_code == 302
    number = int(answer.location.rsplit("/", 1)[1])
    view = open_system(platform, MACHINE, number)
    assert (view.draft.pdma_minutes, view.draft.critical, view.draft.dmard_minutes) == (240, True, None)
    page = ciso.get(f"{there}/systems/{number}/edit").get_data(as_text=True)
    assert 'value="4 h"' in page
    change = {**SYSTEM, "test_outcome": "success", "version": "1"}
    wrong = ciso.post(f"{there}/systems/{number}/edit", data=change)
    assert wrong.status_code == 400
    assert "Dites quand il a eu lieu." in wrong.get_data(as_text=True)
    right = {**change, "tested_on": "2026-01-05"}
    assert ciso.post(f"{there}/systems/{number}/edit", data=right).status_code == 302
    assert ciso.post(f"{there}/systems/{number}/edit", data={**right, "name": "x"}).status_code == 409
    copy = {"system": number, "name": "nuit", "medium": "tape", "site": "B", "offline": "yes", "retention_days": "30"}
    assert ciso.post(f"{there}/copies/new", data=copy).status_code == 302
    (told,) = open_system(platform, MACHINE, number).copies
    assert (told.draft.offline, told.draft.immutable, told.draft.retention_days) == (True, None, 30)
    edited = {**copy, "lock": "worm", "immutable": "yes", "version": "1"}
    assert ciso.post(f"{there}/copies/{told.id}/edit", data=edited).status_code == 302
    assert ciso.post(f"{there}/copies/{told.id}/close", data={"version": "2"}).status_code == 302
    assert open_system(platform, MACHINE, number).copies == ()
    assert ciso.post(f"{there}/systems/{number}/close", data={"version": "2"}).status_code == 302
    assert read_board(platform, MACHINE, hospitals.valley).lines == ()


def test_a_step_is_written_and_reached(ciso: FlaskClient, there: str, planted: PlantedBackups) -> None:
    assert "Dépassé" in ciso.get(f"{there}/steps").get_data(as_text=True)
    step = {"title": "Copie chez l’hébergeur", "system": planted.good, "due_on": "2030-01-01", "owner": ""}
    assert ciso.post(f"{there}/steps/new", data=step).status_code == 302
    assert ciso.post(f"{there}/steps/{planted.late}/close", data={"version": "1"}).status_code == 302
    page = unescape(ciso.get(f"{there}/steps").get_data(as_text=True))
    assert "Dépassé" not in page
    assert "Copie chez l’hébergeur" in page
    assert "Atteint" in page


@pytest.mark.parametrize(("register", "text", "after"), [
    ("systems", "Système;Site;Support\nImagerie;A;NAS\n", "/backups"),
    ("copies", "Système;Copie;Support;Site\nPaie;nuit;NAS;B\n", "/backups"),
    ("steps", "Jalon;Système;Échéance\nBande hors site;Paie;31/12/2026\n", "/backups/steps"),
])  # fmt: skip
def test_a_file_is_shown_then_done_then_undone(
    ciso: FlaskClient, there: str, planted: PlantedBackups, register: str, text: str, after: str
) -> None:
    sent = {"file": (io.BytesIO(text.encode()), "fichier.csv")}
    page = ciso.post(f"{there}/{register}/import", data=sent).get_data(as_text=True)
    carried = re.search(r'<textarea name="carried" hidden>(.*?)</textarea>', page, re.DOTALL)
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert carried
    assert seen
    done = ciso.post(f"{there}/{register}/import/confirm", data={"carried": unescape(carried[1]), "seen": seen[1]})
    assert done.status_code == 302
    assert ciso.get(done.location).location.endswith(after)
    assert ciso.post(f"{there}/{register}/import/undo", data={"import": "1"}).status_code == 302
    assert "Annuler cet import" not in ciso.get(f"{there}/{register}/import").get_data(as_text=True)


def test_a_plan_is_taken_over(ciso: FlaskClient, there: str, platform: Platform, hospitals: Hospitals) -> None:
    number = plant_plan(platform, hospitals.valley)
    assert "Reprendre le plan de « Plan en YAML »" in unescape(ciso.get(there).get_data(as_text=True))
    page = ciso.get(f"{there}/plan/{number}").get_data(as_text=True)
    assert "PACS" in page
    version = re.search('name="version" value="([0-9]+)"', page)
    assert version is not None
    assert ciso.post(f"{there}/plan/{number}", data={"version": version[1]}).status_code == 302
    assert ">PACS<" in ciso.get(there).get_data(as_text=True)
    assert ciso.get(f"{there}/plan/{number}").status_code == 404


def test_the_board_is_one_page_to_print(ciso: FlaskClient, there: str, planted: PlantedBackups) -> None:
    answer = ciso.get(f"{there}/board.pdf")
    assert answer.mimetype == "application/pdf"
    text = text_of(answer.data)
    assert "Paie" in text
    assert "Ancien PACS" not in text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_many_systems_still_fit_on_one_page(platform: Platform, hospitals: Hospitals, lang: Lang) -> None:
    for number in range(40):
        name = f"Application métier au nom interminable, dite « {number:02} », du plateau technique et des urgences"
        SYSTEMS.add(platform, MACHINE, hospitals.valley, SystemDraft(name, "Bâtiment A", Medium.NAS))
    content = print_board(platform, replace(MACHINE, lang=lang), hospitals.valley)
    assert len(PdfReader(io.BytesIO(content)).pages) == 1


def test_a_director_reads_and_a_stranger_sees_nothing(browse: Browse, there: str, planted: PlantedBackups) -> None:
    director = browse("director")
    page = director.get(there).get_data(as_text=True)
    assert "Noter un système" not in page
    assert director.get(f"{there}/systems/{planted.good}").status_code == 200
    assert director.get(f"{there}/systems/new").status_code == 403
    assert director.post(f"{there}/copies/{planted.disk}/close", data={"version": "1"}).status_code == 403
    for path in ("", f"/systems/{planted.good}", f"/copies/{planted.disk}/edit", f"/steps/{planted.late}"):
        assert browse("stranger").get(f"{there}{path}").status_code == 404
