"""Imports: a file sent, its preview, its confirmation; what is wrong is said on the form and leaves no trace."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from care.domain.findings import State
from care.domain.jobs import Lane
from care.services import import_drafts, jobs
from care.services.findings import FindingFilter, list_findings
from care.services.handlers import HANDLERS
from care.services.import_drafts import list_drafts
from care.services.imports import list_imports
from care.services.library import today as local_day
from care.services.platform import Platform
from care.services.work import Hold
from care.store.tables import METADATA
from care.worker import Worker
from scanners.archive import Manifest, format_of, write_archive
from scanners.imported.model import ReportError
from tests.support.people import MACHINE, Hospitals
from tests.support.ports import MemoryDoorbell
from tests.unit.ad import specimens as ad
from tests.web.conftest import Browse

SAMPLES = Path(__file__).parents[1] / "unit" / "imported" / "samples"
ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE NessusClientData_v2 [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><NessusClientData_v2><Report name="&b;"/></NessusClientData_v2>"""


@pytest.fixture
def platform(platform: Platform) -> Platform:
    return replace(platform, doorbell=MemoryDoorbell())


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker answers, and nobody waits for one."""
    monkeypatch.setattr(import_drafts, "PATIENCE_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def worker(platform: Platform, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker beside the pages, as in `care serve`, unless the test wants it absent."""
    if "absent" in request.fixturenames:
        yield
        return
    monkeypatch.setattr(import_drafts, "PATIENCE_SECONDS", 60.0)  # a busy machine reads late, and pages say so
    own = Worker(platform, HANDLERS, audits=0)
    own.start()
    yield
    stopping = threading.Thread(target=own.stop)
    stopping.start()
    for lane in Lane:
        platform.doorbell.ring(lane, 0)  # nothing to do: only wakes the threads
    stopping.join()


def post(client: FlaskClient, here: str, content: bytes, name: str = "rapport.xml", **fields: str) -> TestResponse:
    return client.post(f"{here}/imports/new", data={"file": (io.BytesIO(content), name), **fields})


def sample(client: FlaskClient, here: str, name: str, **fields: str) -> TestResponse:
    return post(client, here, (SAMPLES / name).read_bytes(), name, **fields)


def dump(platform: Platform) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but sessions, which note each visit, and the jobs, which keep what was refused."""
    with platform.database.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
            if table.name not in {"session", "job", "job_event"}
        }


def kept(platform: Platform) -> list[str]:
    data = platform.settings.data_dir
    return sorted(str(path) for name in ("evidence", "work") for path in (data / name).rglob("*"))


def test_a_file_is_read_previewed_and_confirmed(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    answer = sample(ciso, here, "pingcastle.xml")
    page = ciso.get(answer.location).text
    assert "Rien n’est encore enregistré" in page
    assert "hopital.test" in page
    assert list_findings(platform, MACHINE, hospitals.valley, FindingFilter()).page.total == 0
    assert "pingcastle.xml" in ciso.get(f"{here}/imports").text
    done = ciso.post(f"{answer.location}/confirm", data={"target": "Domaine"})
    result = ciso.get(done.location).text
    assert "Import sur Domaine" in result
    assert "PingCastle" in result
    found = list_findings(platform, MACHINE, hospitals.valley, FindingFilter()).page
    assert found.total == 3
    one = ciso.get(f"{here}/findings/{found.lines[0].id}").text
    assert "les textes sont ceux de l’outil" in one
    assert "rules/pingcastle" not in one
    (line,) = list_imports(platform, MACHINE, hospitals.valley).lines
    assert f"imports?target={line.target_id}" in one
    assert "Domaine" in ciso.get(f"{here}/imports?target={line.target_id}&tool=pingcastle").text
    assert list_drafts(platform, MACHINE, hospitals.valley) == ()


def test_a_collection_becomes_an_audit_of_its_directory(
    ciso: FlaskClient, browse: Browse, here: str, tmp_path: Path
) -> None:
    director, stranger = browse("director"), browse("stranger")
    assert "Importer une collecte" in ciso.get(f"{here}/directory").text
    assert "Importer une collecte" not in director.get(f"{here}/directory").text
    assert "care audit ad --facts-out" in ciso.get(f"{here}/imports/new?directory=1").text
    at = datetime(2026, 3, 1, tzinfo=UTC)
    path = tmp_path / "isole.care"
    manifest = Manifest("ad", format_of("ad").schema, "ldaps://dc1.test", at.isoformat(), at.isoformat(), "care 9")
    write_archive(path, manifest, ad.BROKEN)
    answer = post(ciso, here, path.read_bytes(), path.name)
    page = ciso.get(answer.location).text
    for words in (
        "hopital.test",
        "au mieux niveau 1",
        "care 9",
        "elle sera créée",
        "Ce que le fichier ne peut pas dire",
    ):
        assert words in page, words
    assert (director.get(answer.location).status_code, stranger.get(answer.location).status_code) == (404, 404)
    refused = ciso.post(f"{answer.location}/confirm", data={"target": "Autre"})
    assert (refused.status_code, "recalculez-le" in refused.text) == (400, True)
    done = ciso.post(f"{answer.location}/confirm", data={"target": "hopital.test"})
    run = ciso.get(done.location).text
    assert "Annuaire Active Directory, importé par" in run
    assert "isole.care" in run
    assert "au mieux niveau 1" in ciso.get(f"{here}/directory").text
    assert "isole.care" in director.get(f"{here}/imports?tool=ad").text
    assert "collectes importées seulement" in ciso.get(f"{here}/runs/new").text
    (target,) = re.findall(rf'href="({here}/targets/\d+)"', ciso.get(f"{here}/targets").text)
    described = ciso.get(target).text
    assert ("ne vit que de collectes importées" in described, "Auditer cette cible" in described) == (True, False)
    again = ciso.get(post(ciso, here, path.read_bytes(), path.name).location).text
    assert "il n’y a rien à importer" in again
    cut = post(ciso, here, path.read_bytes()[:500], path.name)
    assert (cut.status_code, "est abîmé, ou n’est pas un fichier ZIP" in cut.text) == (400, True)


def test_every_sample_goes_from_the_form_to_its_findings(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    for path in sorted(SAMPLES.iterdir()):
        answer = sample(ciso, here, path.name, at="2026-11-20T10:00")
        assert answer.status_code == 302, (path.name, re.findall(r'class="wrong"[^>]*>([^<]+)', answer.text))
        assert ciso.get(answer.location).status_code == 200
        assert ciso.post(f"{answer.location}/confirm", data={"target": path.stem}).status_code == 302
    assert list_imports(platform, MACHINE, hospitals.valley).total == len(list(SAMPLES.iterdir()))
    for address in ("findings", "findings?view=one", "runs", "imports"):
        assert ciso.get(f"{here}/{address}").status_code == 200
    for line in list_findings(platform, MACHINE, hospitals.valley, FindingFilter(per_page=200)).page.lines:
        assert ciso.get(f"{here}/findings/{line.id}").status_code == 200


@pytest.mark.parametrize(
    ("content", "fields", "said"),
    [
        (b"", {}, "vide"),
        (b"bonjour", {}, "aucun outil connu"),
        (b"%PDF-1.7", {}, "PDF"),
        (ENTITIES, {}, ""),
        ((SAMPLES / "sslyze.json").read_bytes()[:-200], {}, ""),
        ((SAMPLES / "nmap.xml").read_bytes()[:-500], {}, ""),
        ((SAMPLES / "nmap.xml").read_bytes(), {"tool": "nessus"}, "semble venir de nmap"),
        ((SAMPLES / "ssh_audit.json").read_bytes(), {}, "date"),
        ((SAMPLES / "ssh_audit.json").read_bytes(), {"at": "2099-01-01T10:00"}, "futur"),
        ((SAMPLES / "ssh_audit.json").read_bytes(), {"at": "pas une date"}, ""),
    ],
)
def test_what_is_wrong_is_said_on_the_form_and_leaves_no_trace(
    ciso: FlaskClient, here: str, platform: Platform, content: bytes, fields: dict[str, str], said: str
) -> None:
    ciso.get(f"{here}/imports")
    before = dump(platform), kept(platform)
    answer = post(ciso, here, content, **fields)
    assert answer.status_code == 400
    sentences = re.findall(r'class="wrong" id="[^"]*"[^>]*>([^<]+)', answer.text)
    assert len(sentences) == 1
    assert said in sentences[0]
    tables, files = dump(platform), kept(platform)
    assert tables == before[0]
    assert [path for path in files if Path(path).is_file()] == [path for path in before[1] if Path(path).is_file()]


def test_a_file_that_no_worker_has_read_yet_shows_how_far_it_is(
    absent: None, ciso: FlaskClient, here: str, platform: Platform
) -> None:
    draft = sample(ciso, here, "pingcastle.xml").location
    page = ciso.get(draft).text
    assert "Lecture du fichier" in page
    assert "En attente d’un exécutant." in page
    assert '<meta http-equiv="refresh"' in page
    assert "En cours de lecture" in ciso.get(f"{here}/imports").text
    assert "En attente" in ciso.get(f"{draft}/progress").text
    refused = ciso.post(f"{draft}/confirm", data={"target": "Siège"})
    assert (refused.status_code, "pas encore lu" in refused.text) == (409, True)
    for kind in ("READ_IMPORT", "COMPARE_IMPORT"):
        claim = jobs.claim(platform, Lane.IMPORT, "tests")
        assert claim is not None
        assert claim.kind.name == kind
        HANDLERS[claim.kind](platform, Hold(platform, claim))
    assert ciso.get(f"{draft}/progress").headers["HX-Refresh"] == "true"
    assert "Rien n’est encore enregistré" in ciso.get(draft).text
    assert ciso.post(f"{draft}/confirm", data={"target": "Siège"}).location.endswith(draft)
    assert "Enregistrement de l’import" in ciso.get(draft).text
    ciso.post(f"{draft}/cancel")
    assert "Vérifier avant d’importer" in ciso.get(draft).text
    ciso.post(f"{draft}/confirm", data={"target": "Siège"})
    claim = jobs.claim(platform, Lane.IMPORT, "tests")
    assert claim is not None
    HANDLERS[claim.kind](platform, Hold(platform, claim))
    for answer in (ciso.get(draft), ciso.post(f"{draft}/confirm", data={"target": "Siège"})):
        assert "/runs/" in answer.location


def test_a_reading_that_failed_later_is_said_on_the_page_of_the_file(
    absent: None, ciso: FlaskClient, here: str, platform: Platform
) -> None:
    draft = post(ciso, here, b"bonjour").location
    claim = jobs.claim(platform, Lane.IMPORT, "tests")
    assert claim is not None
    with pytest.raises(ReportError) as refusal:
        HANDLERS[claim.kind](platform, Hold(platform, claim))
    jobs.fail(platform, claim, refusal.value.text)
    page = ciso.get(draft).text
    assert "aucun outil connu" in page
    assert "Choisir un autre fichier" in page
    assert ciso.post(f"{draft}/again").status_code == 409
    ciso.post(f"{draft}/give-up")
    assert ciso.get(draft).status_code == 404


def test_no_file_at_all(ciso: FlaskClient, here: str) -> None:
    answer = ciso.post(f"{here}/imports/new", data={"tool": "nmap"})
    assert answer.status_code == 400
    assert "Choisissez un fichier" in answer.text


def test_a_refused_confirmation_says_why_and_keeps_the_draft(ciso: FlaskClient, here: str) -> None:
    draft = sample(ciso, here, "nessus.nessus").location
    answer = ciso.post(f"{draft}/confirm", data={"target": "x" * 201})
    assert answer.status_code == 400
    assert "200 signes" in answer.text
    answer = ciso.post(f"{draft}/confirm", data={"target": "Siège", "complete": "on"})
    assert answer.status_code == 400
    assert "ne peut pas être déclaré complet" in answer.text
    assert ciso.get(draft).status_code == 200


def test_a_draft_is_given_up(ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals) -> None:
    draft = sample(ciso, here, "nmap.xml").location
    assert ciso.post(f"{draft}/give-up").location.endswith("/imports")
    assert ciso.get(draft).status_code == 404
    assert list_drafts(platform, MACHINE, hospitals.valley) == ()


def test_a_stranger_and_a_reader(browse: Browse, ciso: FlaskClient, here: str, hospitals: Hospitals) -> None:
    draft = sample(ciso, here, "nmap.xml").location
    stranger, director = browse("stranger"), browse("director")
    for address in ("imports", "imports/new", "imports/ads"):
        assert stranger.get(f"{here}/{address}").status_code == 404
    assert director.get(f"{here}/imports").status_code == 200
    assert "nmap.xml" not in director.get(f"{here}/imports").text
    assert director.get(f"{here}/imports/new").status_code == 403
    for client in (stranger, director):
        assert client.get(draft).status_code == 404
        assert client.post(f"{draft}/confirm", data={"target": "x"}).status_code == 404
    elsewhere = draft.replace(here, f"/establishments/{hospitals.far}")
    assert stranger.get(elsewhere).status_code == 404


def test_words_of_strangers_are_plain_text(ciso: FlaskClient, here: str, platform: Platform) -> None:
    nasty = (SAMPLES / "generic.json").read_text()
    title = re.search(r'"title": "([^"]+)"', nasty)
    assert title is not None
    nasty = nasty.replace(title[1], "<script>alert(1)</script>{0}%s{{ 7*7 }}", 1)
    draft = post(ciso, here, nasty.encode(), "generic.json", at="2026-11-20T10:00").location
    ciso.post(f"{draft}/confirm", data={"target": "<b>Siège</b>"})
    for address in ("findings", "findings?view=one", "imports", "runs"):
        page = ciso.get(f"{here}/{address}").text
        assert "<script>alert" not in page
        assert "<b>Siège" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{0}%s{{ 7*7 }}" in ciso.get(f"{here}/findings").text


def test_an_ads_result_is_typed_in(ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals) -> None:
    page = ciso.get(f"{here}/imports/ads").text
    points = re.findall(r'name="failing" value="([^"]+@2)"', page)
    today = local_day(platform).isoformat()
    typed = {"domain": "Hopital.Local.", "on": today, "level": "2", "whole": "y", "failing": points[:2]}
    report = {"attachment": (io.BytesIO(b"%PDF-1.7\n%%EOF\n"), "Rapport ADS.pdf")}
    answer = ciso.post(f"{here}/imports/ads", data={**typed, **report})
    assert answer.status_code == 302, re.findall(r'class="wrong"[^>]*>([^<]+)', answer.text)
    preview = ciso.get(answer.location).text
    assert "prouve que tous les contrôles" in preview
    assert "Rapport ADS.pdf" in preview
    ciso.post(f"{answer.location}/confirm", data={"target": "hopital.local"})
    found = list_findings(platform, MACHINE, hospitals.valley, FindingFilter()).page
    assert {line.subject for line in found.lines} == {"hopital.local"}
    assert found.total == 2
    again = ciso.post(f"{here}/imports/ads", data={**typed, "failing": points[:1]}).location
    ciso.post(f"{again}/confirm", data={"target": "hopital.local"})
    still = list_findings(platform, MACHINE, hospitals.valley, FindingFilter(states=(State.OPEN,))).page
    assert still.total == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"domain": "pas un domaine"}, "nom DNS"),
        ({"domain": ""}, ""),
        ({"on": "2099-01-01"}, "futur"),
        ({"level": "9"}, ""),
        ({"failing": ["vuln_inconnu@1"]}, "vuln_inconnu"),
        ({"attachment": b"MZ\x90\x00 a program"}, "programme"),
        ({"attachment": b""}, "vide"),
    ],
)
def test_an_ads_result_that_cannot_be(
    ciso: FlaskClient, here: str, platform: Platform, changes: dict[str, Any], said: str
) -> None:
    typed = {"domain": "hopital.local", "on": "2026-01-15", "level": "1", "whole": "y", **changes}
    before = dump(platform)
    if "attachment" in typed:
        typed["attachment"] = (io.BytesIO(typed["attachment"]), "rapport.pdf")
    answer = ciso.post(f"{here}/imports/ads", data=typed)
    assert answer.status_code == 400
    assert said in answer.text
    assert dump(platform) == before
    assert [path for path in kept(platform) if Path(path).is_file()] == []
