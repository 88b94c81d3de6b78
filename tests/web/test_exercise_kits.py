"""The library of kits in pages: read, imported with every fault told, exported, withdrawn; the level to begin with."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, stream_encode_multipart

from care.adapters.exercise_kits import read_zip
from care.services.exercises.kit_library import list_kits
from care.services.platform import Platform
from tests.services.test_exercise_kits import files, zipped
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse

KIT = "rancongiciel-nuit-debutant"


@pytest.fixture
def here(hospitals: Hospitals) -> str:
    return f"/establishments/{hospitals.valley}/exercises"


def send(client: FlaskClient, here: str, content: bytes, **fields: str) -> TestResponse:
    """Post the form; its body is made in memory, since the client forgets the temporary file of a large one."""
    file = FileStorage(io.BytesIO(content), "kit.zip")
    body, _length, boundary = stream_encode_multipart({"file": file, **fields}, use_tempfile=False)
    return client.post(f"{here}/import-kit", data=body.read(), content_type=f"multipart/form-data; boundary={boundary}")


def kit_zip(**changes: Any) -> bytes:
    return zipped({**files(**{"id": "panne-locale", **changes}), "documents/plan.txt": b"plan"})


def test_the_library_shows_every_kit_by_level(browse: Browse, here: str, platform: Platform) -> None:
    page = browse("ciso").get(f"{here}/kits").text
    for bundle in platform.kits.exercises.values():
        assert bundle.kit.title in page
    levels = [page.index(word) for word in ("Court (vingt minutes)", "Débutant", "Intermédiaire", "Confirmé")]
    assert levels == sorted(levels)


def test_who_conducts_reads_everything_and_a_director_what_players_may(browse: Browse, here: str) -> None:
    ciso, director = (browse(who).get(f"{here}/kits/{KIT}").text for who in ("ciso", "director"))
    for said in ("Ce qui s’est vraiment passé", "Chronogramme", "Exporter", "Livret de l’animateur", "En réserve"):
        assert said in ciso, said
        assert said not in director, said
    for said in ("Le scénario", "Aide à prouver", "CaRE D2.O1.D", "Livret du joueur", "Cellules"):
        assert said in ciso, said
        assert said in director, said


@pytest.mark.parametrize(("booklet", "reads"), [("players", 200), ("facilitators", 403), ("observers", 403)])
def test_booklets_are_pages(browse: Browse, here: str, booklet: str, reads: int) -> None:
    page = browse("ciso").get(f"{here}/kits/{KIT}/booklets/{booklet}")
    assert page.status_code == 200
    assert "<h2>" in page.text
    assert page.text.partition("<body")[2].count(">Livret d") == 1, "its title is that of the page, once"
    assert browse("director").get(f"{here}/kits/{KIT}/booklets/{booklet}").status_code == reads


def test_a_table_of_a_booklet_is_a_table(browse: Browse, here: str) -> None:
    page = browse("ciso").get(f"{here}/kits/{KIT}/booklets/facilitators").text
    assert '<th scope="col">Quand</th>' in page
    assert "|---|" not in page


def test_documents_and_zip_are_handed_out_to_be_kept(browse: Browse, here: str) -> None:
    ciso = browse("ciso")
    document = ciso.get(f"{here}/kits/{KIT}/documents/message-attaquants.txt")
    assert document.headers["Content-Disposition"].startswith("attachment")
    content = ciso.get(f"{here}/kits/{KIT}/zip")
    assert content.mimetype == "application/zip"
    assert read_zip(content.data).kit.id == KIT
    assert ciso.get(f"{here}/kits/{KIT}/documents/absent.txt").status_code == 404


def test_a_kit_is_imported_shown_as_a_new_version_and_withdrawn(
    platform: Platform, hospitals: Hospitals, browse: Browse, here: str
) -> None:
    ciso = browse("ciso")
    first = send(ciso, here, kit_zip())
    assert first.status_code == 302
    assert "Kit importé : Écran noir aux urgences, version 1.0.0." in ciso.get(first.location).text
    second = send(ciso, here, kit_zip(version="1.1.0"))
    page = ciso.get(second.location).text
    assert "Nouvelle version d’un kit connu" in page
    assert "Il existe une version plus récente" in ciso.get(first.location).text
    assert "rien n’a changé" in ciso.get(send(ciso, here, kit_zip()).location).text
    assert "nouvelle version" in ciso.get(f"{here}/kits").text
    assert ciso.post(f"{second.location}/withdraw").status_code == 302
    library = ciso.get(f"{here}/kits").text
    assert "Kits retirés" in library
    assert "Retiré le" in ciso.get(second.location).text
    assert len(list_kits(platform, MACHINE, hospitals.valley).withdrawn) == 1
    assert browse("stranger").get(first.location).status_code == 404
    assert ciso.get(first.location.replace(str(hospitals.valley), str(hospitals.hill))).status_code == 404


def test_everything_wrong_is_shown_at_once_with_file_key_and_reason(
    platform: Platform, hospitals: Hospitals, browse: Browse, here: str
) -> None:
    content = zipped({**files(title="", level="expert", duration="deux heures"), "notes.txt": b"x"})
    answer = send(browse("ciso"), here, content)
    assert answer.status_code == 400
    for said in (
        "4 points à corriger",
        "notes.txt",
        "<code>title</code>",
        "<code>level</code>",
        "<code>duration</code>",
    ):
        assert said in answer.text, said
    assert "un nombre entier est attendu" in answer.text
    assert not [one for one in list_kits(platform, MACHINE, hospitals.valley).kits if not one.shipped]


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 400, "Choisissez le fichier zip"),
        (b"Bonjour", 400, "pas un zip lisible"),
        (zipped({**files(), "documents/../../x.sh": b"x"}), 400, "ce chemin sort du dossier du kit"),
        (zipped({**files(), "documents/a.bin": bytes(11_000_000)}), 400, "plus de 10 Mo"),
        (b"\0" * 40_000_001, 400, "plus de 40 Mo"),
        (zipped(files(id=KIT)), 409, "changez le numéro de version"),
    ],
    ids=["nothing", "no zip", "a path that climbs", "a large document", "a large zip", "a known version"],
)
def test_a_file_from_a_stranger_is_refused_in_words(
    browse: Browse, here: str, content: bytes, status: int, said: str
) -> None:
    answer = send(browse("ciso"), here, content)
    assert answer.status_code == status
    assert said in answer.text


def test_only_who_conducts_everywhere_is_offered_to_share(
    platform: Platform, hospitals: Hospitals, browse: Browse, here: str
) -> None:
    assert "Pour tous les établissements" not in browse("ciso").get(f"{here}/import-kit").text
    administrator = browse("administrator")
    assert "Pour tous les établissements" in administrator.get(f"{here}/import-kit").text
    send(administrator, here, kit_zip(), for_all="y")
    stranger = browse("stranger").get(f"/establishments/{hospitals.far}/exercises/kits").text
    assert "importé pour tous" in stranger
    sent_anyway = send(browse("ciso"), here, kit_zip(id="autre-panne"), for_all="y")
    assert sent_anyway.status_code == 302
    (own,) = [one for one in list_kits(platform, MACHINE, hospitals.valley).kits if one.kit == "autre-panne"]
    assert not own.for_all


def test_the_level_is_in_the_address(browse: Browse, here: str) -> None:
    ciso = browse("ciso")
    empty = ciso.get(f"{here}/level").text
    assert "Commencez par" not in empty
    found = ciso.get(f"{here}/level?time=minutes&people=few&deciders=nobody&cell=never").text
    assert "Commencez par : Court (vingt minutes)" in found
    assert "Écran noir, vingt minutes dans un service" in found
    assert 'value="minutes" id="time-minutes" checked' in found
    assert "Sans réponse, une question compte au plus bas" in found
    assert "Préparer<span" in found
    assert "Préparer<span" not in browse("director").get(f"{here}/level?time=minutes").text
    assert ciso.get(f"{here}/level?time=<script>").status_code == 200


def test_a_new_exercise_begins_in_the_library(browse: Browse, here: str) -> None:
    ciso = browse("ciso")
    assert ciso.get(f"{here}/new").location.endswith("/exercises/kits")
    assert ciso.get(f"{here}/new?kit=absent").status_code == 404
    assert browse("director").get(f"{here}/new?kit={KIT}").status_code == 403
