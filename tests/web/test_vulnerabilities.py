"""The pages of known vulnerabilities: lists sent and imported by an administrator, what an establishment shows."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from care.domain.alerts import ProductSource
from care.domain.jobs import Lane
from care.services import jobs
from care.services.handlers import HANDLERS
from care.services.platform import Platform
from care.services.work import Hold
from care.store.alerts import SeenProduct
from care.store.trail import TrailEvent
from scanners.read_lifecycle import imported_text, keep_imported
from scanners.vulnerabilities.importing import Asked, import_file
from tests.support.people import Hospitals
from tests.unit.test_lifecycle import NEW, ROW, table
from tests.unit.vulnerabilities.data import NVD, TRACKER, api_page, kev_document, written
from tests.web.conftest import Browse
from tests.web.seeds import Seeds

YESTERDAY = "2020-06-14T12:00:00Z"  # the clock of the pages is the real one


def send(browse: Browse, name: str = "kev.json") -> str:
    content = io.BytesIO(json.dumps(kev_document(released=YESTERDAY)).encode())
    answer = browse("administrator").post("/vulnerabilities", data={"file": (content, name)}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def do_next(platform: Platform) -> None:
    claim = jobs.claim(platform, Lane.IMPORT, "w")
    assert claim is not None
    HANDLERS[claim.kind](platform, Hold(platform, claim))


def test_a_list_is_sent_its_counts_are_said_then_it_is_imported(browse: Browse, platform: Platform) -> None:
    administrator = browse("administrator")
    assert "rien : aucune conclusion possible" in administrator.get("/vulnerabilities").get_data(as_text=True)
    assert "Rien n’est importé avant votre accord" in send(browse)
    do_next(platform)
    page = administrator.get("/vulnerabilities").get_data(as_text=True)
    assert "Essai, rien n’est encore importé. KEV du 14/06/2020 : 2 enregistrements" in page
    (address,) = re.findall(r'action="(/vulnerabilities/\d+/keep)"', page)
    assert "Import demandé" in administrator.post(address, follow_redirects=True).get_data(as_text=True)
    do_next(platform)
    page = administrator.get("/vulnerabilities").get_data(as_text=True)
    assert "14/06/2020" in page
    assert "plus de 30 jours" in page
    assert "/keep" not in page
    assert administrator.post(address).status_code == 409


@pytest.mark.parametrize("data", [{}, {"file": (io.BytesIO(b""), "")}])
def test_no_file_is_said_on_the_form(browse: Browse, data: dict[str, object]) -> None:
    answer = browse("administrator").post("/vulnerabilities", data=data)
    assert answer.status_code == 400
    assert "Choisissez un fichier" in answer.get_data(as_text=True)


def test_the_flaws_of_an_establishment_are_shown_with_what_speaks_for_them(
    browse: Browse, platform: Platform, hospitals: Hospitals, seeds: Seeds, tmp_path: Path
) -> None:
    now, store = platform.clock.now(), platform.settings.vulnerabilities_file
    with platform.database.write() as session:
        ssh = ("openbsd:openssh", "9.2p1 Debian-2+deb12u1")
        for product, version in (ssh, ("fortinet:fortios", "7.4.2"), ("fortinet:fortios", "")):
            session.add(SeenProduct(
                establishment_id=hospitals.valley, target_id=seeds.exposure, run_id=seeds.runs[0], product=product,
                version=version, cpe="", subject=f"192.0.2.7:{len(version)}/tcp", source=ProductSource.MEASURED,
                seen_at=now,
            ))  # fmt: skip
    for name, content in (("nvd.json", api_page(*NVD)), ("kev.json", kev_document()), ("debian.json", TRACKER)):
        import_file(store, written(tmp_path, name, content), Asked(now, dated=now))
    page = browse("ciso").get(f"/establishments/{hospitals.valley}/vulnerabilities").get_data(as_text=True)
    assert "exploitée : au catalogue KEV depuis le 9 février 2024" in page
    assert "employée par des rançongiciels" in page
    assert "corrigée dans 1:9.2p1-2+deb12u3" in page
    assert page.index("CVE-2024-21762") < page.index("CVE-2024-6387")
    assert "1 faille exploitée" in page


def test_an_establishment_reads_its_page_and_a_stranger_does_not(
    browse: Browse, hospitals: Hospitals, seeds: Seeds
) -> None:
    here = f"/establishments/{hospitals.valley}/vulnerabilities"
    page = browse("director").get(here).get_data(as_text=True)
    assert "Aucune donnée importée" in page
    assert "Fraîcheur des données" in page
    assert browse("stranger").get(here).status_code == 404
    assert browse("ciso").get("/vulnerabilities").status_code == 403


# ---------------------------------------------------------------- life cycles


def test_a_table_of_life_cycles_is_imported_whole(browse: Browse, platform: Platform) -> None:
    administrator = browse("administrator")
    page = administrator.get("/vulnerabilities/lifecycle").get_data(as_text=True)
    assert "aucune" in page
    sent = {"file": (io.BytesIO(table(ROW, NEW).encode()), "editeurs.yaml")}
    page = administrator.post("/vulnerabilities/lifecycle", data=sent, follow_redirects=True).get_data(as_text=True)
    assert "Table importée : 2 versions." in page
    assert re.search(r"relevées jusqu’au .{0,60}2 novembre 2027", page)
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).where(TrailEvent.action == "lifecycle.imported")).one()
    assert (event.detail["name"], event.detail["entries"]) == ("editeurs.yaml", 2)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"- {product: x}", (table(ROW) * 2).encode()])
def test_a_doubtful_table_changes_nothing(browse: Browse, platform: Platform, content: bytes) -> None:
    keep_imported(platform.settings.data_dir, table(NEW), "avant.yaml")
    answer = browse("administrator").post("/vulnerabilities/lifecycle", data={"file": (io.BytesIO(content), "t.yaml")})
    assert answer.status_code == 400
    assert imported_text(platform.settings.data_dir) == table(NEW)


def test_a_table_that_somebody_spoilt_is_said(browse: Browse, platform: Platform) -> None:
    (platform.settings.data_dir / "lifecycle.yaml").write_text("- {product: x}", encoding="utf-8")
    assert "est refusée" in browse("administrator").get("/vulnerabilities/lifecycle").get_data(as_text=True)
