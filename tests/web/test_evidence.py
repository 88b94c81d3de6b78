"""The library's pages: filing, nothing lost, two people at once, files that can run nothing, sealed books."""

from __future__ import annotations

import contextlib
import io
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from waitress.server import create_server

from care.domain.jobs import Lane
from care.services import books, evidence, jobs, library
from care.services.findings import FindingFilter, list_findings
from care.services.library import EvidenceFilter
from care.services.platform import Platform
from care.services.work import Hold
from reports.seal import verifier
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.people import People
from tests.web.seeds import Seeds

PDF = b"%PDF-1.7 procedure"
SHEET = {"kind": "procedure", "title": "Procédure dégradée", "owner": "Cadre de santé"}


def sent(content: bytes = PDF, name: str = "procedure.pdf", **fields: str) -> dict[str, object]:
    return {**SHEET, **fields, "file": (io.BytesIO(content), name)}


def latest(platform: Platform, hospitals: Hospitals) -> library.EvidenceView:
    page = library.list_evidence(platform, MACHINE, hospitals.valley, EvidenceFilter()).page
    return library.open_evidence(platform, MACHINE, page.lines[0].id)


def test_a_piece_is_filed_and_shown(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, seeds: Seeds
) -> None:
    answer = ciso.post(f"{here}/evidence/new", data=sent(effective_to="2026-12-31"), follow_redirects=True)
    assert "Preuve enregistrée." in answer.text
    assert "Procédure dégradée" in answer.text
    view = latest(platform, hospitals)
    assert (view.line.owner, view.line.size, view.place is not None) == ("Cadre de santé", len(PDF), True)
    assert "Procédure dégradée" in ciso.get(f"{here}/evidence?q=dégradée").text
    assert "Aucune preuve ne correspond" in ciso.get(f"{here}/evidence?q=introuvable").text


def test_facts_of_audits_show_when_asked_for(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    assert ".care</a>" not in ciso.get(f"{here}/evidence").text
    assert ".care</a>" in ciso.get(f"{here}/evidence?kind=all").text
    assert ".care</a>" in ciso.get(f"{here}/evidence?kind=facts").text


def test_a_file_sent_is_not_lost_when_another_field_is_wrong(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    refused = ciso.post(f"{here}/evidence/new", data=sent(title="", note="à garder"))
    assert refused.status_code == 400
    assert "Fichier déjà reçu : procedure.pdf" in refused.text
    assert "à garder" in refused.text
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', refused.text)
    assert kept is not None
    again = ciso.post(f"{here}/evidence/new", data={**SHEET, "kept": kept[1]})
    assert again.status_code == 302
    assert evidence.open_content(platform, MACHINE, latest(platform, hospitals).line.id).path.read_bytes() == PDF


def test_the_signed_document_of_a_mandate_is_not_lost_either(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    mandate = {
        "authorised_by": "Jeanne Roux",
        "role": "Directrice",
        "reference": "",
        "scope": "203.0.113.0/28",
        "valid_from": "2026-01-01",
        "valid_to": "2027-01-01",
    }
    refused = ciso.post(f"{here}/mandates/new", data={**mandate, "file": (io.BytesIO(PDF), "mandat.pdf")})
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', refused.text)
    assert kept is not None
    assert (
        ciso.post(f"{here}/mandates/new", data={**mandate, "reference": "Note 12", "kept": kept[1]}).status_code == 302
    )
    view = latest(platform, hospitals)
    assert (view.line.kind, view.line.title, view.line.name) == ("mandate", "Note 12", "mandat.pdf")
    assert f"{here}/evidence/{view.line.id}" in ciso.get(f"{here}/mandates").text


def test_the_mark_of_a_file_serves_nobody_else(
    browse: Browse, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    refused = browse("director").post(f"{here}/evidence/new", data=sent(title=""))
    kept = re.search(r'name="kept"[^>]*value="([^"]+)"', refused.text)
    assert kept is not None
    for mark in (kept[1], kept[1][:-2] + "xx", "nonsense"):
        answer = browse("ciso").post(f"{here}/evidence/new", data={**SHEET, "kept": mark})
        assert answer.status_code == 400
        assert "Choisissez un fichier ou donnez une adresse." in answer.text


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "vide.pdf", "Ce fichier est vide"),
        (b"MZ\x90\x00", "facture.pdf", "programme"),
        (b"\x01\x02\x03", "x.bin", "aucun type accepté"),
    ],
)
def test_what_is_not_evidence_is_refused_beside_its_field(
    ciso: FlaskClient, here: str, content: bytes, name: str, said: str
) -> None:
    answer = ciso.post(f"{here}/evidence/new", data=sent(content, name))
    assert answer.status_code == 400
    assert said in answer.text
    assert "Procédure dégradée" in answer.text


HOSTILE = b"<!DOCTYPE html><script>alert(document.cookie)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.mark.parametrize(
    ("content", "name", "media", "inline"),
    [
        (HOSTILE, "../../x.html", "text/html; charset=utf-8", False),
        (SVG, "logo.svg", "image/svg+xml; charset=utf-8", False),
        (HOSTILE, "photo.png", "text/html; charset=utf-8", False),
        (b"\x89PNG\r\n\x1a\n\x00", "<b>.png", "image/png", True),
        (b"du texte", "x; Set-Cookie: a=b.txt", "text/plain; charset=utf-8", True),
        (PDF, "y" * 300 + ".pdf", "application/pdf", True),
    ],
)
def test_a_file_can_run_nothing(
    ciso: FlaskClient,
    here: str,
    platform: Platform,
    hospitals: Hospitals,
    content: bytes,
    name: str,
    media: str,
    inline: bool,
) -> None:
    ciso.post(f"{here}/evidence/new", data=sent(content, name))
    address = f"{here}/evidence/{latest(platform, hospitals).line.id}/file"
    with ciso.get(address) as saved, ciso.get(f"{address}?show=1") as shown:
        for answer in (saved, shown):
            assert answer.data == content
            assert answer.headers["Content-Type"] == media
            assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert not any("a=b" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
        assert saved.headers["Content-Disposition"].startswith("attachment")
        assert shown.headers["Content-Disposition"].startswith("inline" if inline else "attachment")
        assert "/" not in saved.headers["Content-Disposition"].partition("filename=")[2]


def test_two_people_correcting_one_sheet_lose_nothing(
    browse: Browse, here: str, seeds: Seeds, platform: Platform
) -> None:
    address = f"{here}/evidence/{seeds.evidence}"
    first, second = browse("ciso"), browse("director")
    data = {"title": "PSSI de la direction", "owner": "Direction", "version": "1"}
    assert second.post(f"{address}/change", data=data).status_code == 302
    refused = first.post(f"{address}/change", data={"title": "PSSI du RSSI", "owner": "RSSI", "version": "1"})
    assert refused.status_code == 409
    assert "PSSI de la direction" in refused.text
    assert 'value="PSSI du RSSI"' in refused.text
    mark = re.search(r'name="version"[^>]*value="(\d+)"', refused.text)
    assert mark is not None
    assert first.post(f"{address}/change", data={"title": "PSSI du RSSI", "version": mark[1]}).status_code == 302
    assert library.open_evidence(platform, MACHINE, seeds.evidence).line.title == "PSSI du RSSI"


def test_a_newer_version_and_the_one_that_came_too_late(
    ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform
) -> None:
    address = f"{here}/evidence/{seeds.evidence}/version"
    assert 'value="Politique de sécurité (PSSI)"' in ciso.get(address).text
    answer = ciso.post(address, data=sent(version="1"), follow_redirects=True)
    assert "Nouvelle version enregistrée." in answer.text
    assert "pssi-2026.pdf" in answer.text
    late = ciso.post(address, data=sent(PDF + b"2", version="1"))
    assert late.status_code == 409
    assert "version plus récente" in late.text
    assert "Fichier déjà reçu" in late.text
    same = ciso.post(f"{here}/evidence/{seeds.evidence + 1}/version", data=sent(version="1"))
    assert "identique" in same.text


def test_a_piece_is_withdrawn_for_a_reason(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    address = f"{here}/evidence/{seeds.evidence}"
    assert ciso.post(f"{address}/withdraw", data={"why": "", "version": "1"}).status_code == 400
    answer = ciso.post(f"{address}/withdraw", data={"why": "Signée sans visa.", "version": "1"}, follow_redirects=True)
    assert "Signée sans visa." in answer.text
    assert "Nouvelle version" not in answer.text
    with ciso.get(f"{address}/file") as kept:
        assert kept.status_code == 200


def test_evidence_is_joined_from_the_page_of_a_finding(
    ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform, hospitals: Hospitals
) -> None:
    finding = list_findings(platform, MACHINE, hospitals.valley, FindingFilter()).page.lines[0].id
    page = ciso.get(f"{here}/findings/{finding}").text
    assert f"{here}/evidence/attach?thing=finding:{finding}" in page
    assert "Aucune preuve jointe." in page
    assert "Politique de sécurité" in ciso.get(f"{here}/evidence/attach?thing=finding:{finding}").text
    data = {"thing": f"finding:{finding}", "back": "1"}
    joined = ciso.post(f"{here}/evidence/{seeds.evidence}/tie", data=data)
    assert joined.location == f"{here}/findings/{finding}"
    assert "Politique de sécurité" in ciso.get(joined.location).text
    assert "déjà jointe" in ciso.get(f"{here}/evidence/attach?thing=finding:{finding}").text
    filed = ciso.post(f"{here}/evidence/new", data=sent(thing=f"finding:{finding}"))
    assert filed.location == f"{here}/findings/{finding}"
    ciso.post(f"{here}/evidence/{seeds.evidence}/untie", data=data)
    assert f"{here}/findings/{finding}" not in ciso.get(f"{here}/evidence/{seeds.evidence}").text


def test_an_unknown_requirement_is_said(ciso: FlaskClient, here: str, seeds: Seeds) -> None:
    address = f"{here}/evidence/{seeds.evidence}/tie"
    assert "n’existe pas dans cet établissement" in ciso.post(address, data={"requirement": "D2 O3"}).text
    assert ciso.post(address, data={"requirement": "care-d2:O1.A"}).status_code == 302
    assert ciso.post(address, data={"thing": "nonsense"}).status_code == 404


def test_a_visitor_reads_the_library_only(browse: Browse, here: str, seeds: Seeds, platform: Platform) -> None:
    visitor = browse("visitor")
    page = visitor.get(f"{here}/evidence").text
    assert "Politique de sécurité" in page
    assert "Déposer une preuve" not in page
    assert "Faits d’un audit" not in re.sub(r"<option.*?</option>", "", page)
    one = visitor.get(f"{here}/evidence/{seeds.evidence}").text
    assert "Corriger" not in one
    assert "Plan de sauvegarde" not in one  # the audit it is tied to
    assert "Plan de sauvegarde" in browse("ciso").get(f"{here}/evidence/{seeds.evidence}").text
    facts = platform_facts(platform)
    assert visitor.get(f"{here}/evidence/{facts}").status_code == 404
    assert browse("stranger").get(f"{here}/evidence/{seeds.evidence}").status_code == 404


def platform_facts(platform: Platform) -> int:
    from sqlalchemy import select

    from care.store.runs import Run

    with platform.database.read() as session:
        number = session.scalar(select(Run.facts_id).where(Run.facts_id.is_not(None)).limit(1))
    assert number is not None
    return number


def test_a_damaged_file_is_shown_in_the_library(ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform) -> None:
    from sqlalchemy import update

    from care.store.evidence import StoredContent

    sha256 = library.open_evidence(platform, MACHINE, seeds.evidence).sha256
    with platform.database.write() as session:
        session.execute(update(StoredContent).where(StoredContent.sha256 == sha256).values(sound=False))
    assert "1 fichier n’a plus son empreinte" in ciso.get(f"{here}/evidence").text
    assert "Fichier abîmé ou manquant" in ciso.get(f"{here}/evidence/{seeds.evidence}").text
    assert "Preuve abîmée" in ciso.get(here).text


def test_a_book_is_chosen_sealed_and_taken_away(
    ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform, tmp_path: Path
) -> None:
    page = ciso.get(f"{here}/evidence/books?kind=policy&look=1").text
    assert "1 pièce" in page
    assert "Aucune preuve ne correspond" in ciso.get(f"{here}/evidence/books?kind=minutes&look=1").text
    assert books.grouped(platform.signer.key_id) in page
    ciso.post(f"{here}/evidence/books", data={"kind": "policy"})
    assert "En attente" in ciso.get(f"{here}/evidence/books").text
    claim = jobs.claim(platform, Lane.SERVICE, "tests")
    while claim is not None and claim.kind != "book":
        claim = jobs.claim(platform, Lane.SERVICE, "tests")
    assert claim is not None
    books.make(platform, Hold(platform, claim))
    link = re.search(rf"{here}/evidence/books/\d+/file", ciso.get(f"{here}/evidence/books").text)
    assert link is not None
    with ciso.get(link[0]) as taken:
        assert taken.headers["Content-Disposition"].startswith("attachment; filename=dossier-")
        (tmp_path / "d.zip").write_bytes(taken.data)
    assert verifier.verify(tmp_path / "d.zip", platform.signer.key_id).problems == ()
    with ciso.get(f"{here}/evidence/books/verifier.py") as script:
        assert script.data == books.script()


# What a request may weigh, on the real server: neither a large body nor a lie about it is read into memory.


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield int(server.effective_port)
    server.trigger.pull_trigger(server.close)  # in the loop itself, which ends when nothing is left to listen to
    thread.join()


def spoken(port: int, head: str, body: bytes) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        answer = b""
        with contextlib.suppress(OSError):  # the server may have answered and hung up
            line.sendall(body)
            line.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while chunk := line.recv(65536):
                answer += chunk
    return answer.decode("utf-8", "replace")


def head(people: People, here: str, *more: str) -> str:
    lines = (
        f"POST {here}/evidence/new HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: close",
        f"Cookie: care_session={people.token('ciso')}",
        "Content-Type: multipart/form-data; boundary=x",
        *more,
    )
    return "\n".join(lines)


PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-'


def test_two_gigabytes_are_refused_unread(port: int, people: People, here: str) -> None:
    answer = spoken(port, head(people, here, f"Content-Length: {2 << 30}"), PART)
    assert " 413 " in answer.partition("\r\n")[0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # werkzeug leaves cut parts unclosed
def test_a_length_that_lies_stores_nothing(
    port: int, people: People, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    body = PART + b"x" * 1000 + b"\r\n--x--\r\n"
    for length in (len(body) + 5000, len(PART) + 10):
        spoken(port, head(people, here, f"Content-Length: {length}"), body)
    chunked = b"%x\r\n" % (1 << 20) + b"x" * (1 << 20)
    spoken(port, head(people, here, "Transfer-Encoding: chunked"), b"%x\r\n" % len(PART) + PART + b"\r\n" + chunked)
    assert library.list_evidence(platform, MACHINE, hospitals.valley, EvidenceFilter()).page.total == 0


def test_the_reason_of_a_withdrawal_come_too_late_is_not_lost(browse: Browse, here: str, seeds: Seeds) -> None:
    address = f"{here}/evidence/{seeds.evidence}"
    data = {"title": "PSSI de la direction", "owner": "Direction", "version": "1"}
    assert browse("director").post(f"{address}/change", data=data).status_code == 302
    late = browse("ciso").post(f"{address}/withdraw", data={"why": "Signée sans visa.", "version": "1"})
    assert late.status_code == 409
    assert "director a modifié la fiche de cette preuve" in late.text
    assert 'value="Signée sans visa."' in late.text
    assert re.search(r'name="version"[^>]*value="2"', late.text)


def test_every_form_that_takes_a_file_says_how_large_it_may_be(
    ciso: FlaskClient, here: str, seeds: Seeds, platform: Platform
) -> None:
    limit = platform.settings.upload_mb
    for address in ("evidence/new", f"evidence/{seeds.evidence}/version", "mandates/new"):
        page = ciso.get(f"{here}/{address}").text
        assert f"{limit} Mio au plus." in page
        assert f'data-max-bytes="{limit << 20}"' in page
        assert "data-too-large" in page
