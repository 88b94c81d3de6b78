"""Pages of lists: brought, columns named, confirmed, taken back, deleted; a stranger finds nothing."""

from __future__ import annotations

import io
from datetime import date

from care.services.lists import bringing
from care.services.platform import Platform
from scanners.lists.kinds import ListKind
from tests.support.foreign_tables import workbook
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.lists import ACCOUNTS, plant_list


def lines(platform: Platform, hospitals: Hospitals) -> list[bringing.ListLine]:
    kinds = bringing.list_lists(platform, MACHINE, hospitals.valley)
    return [one for kind in kinds for one in kind.lists]


def test_from_the_file_to_the_next_audit(browse: Browse, platform: Platform, hospitals: Hospitals) -> None:
    ciso, here = browse("ciso"), f"/establishments/{hospitals.valley}/lists"
    assert "Apporter une liste" in ciso.get(here).text
    text = ACCOUNTS.replace("Compte", "Matricule")
    day = platform.clock.now().date()
    data = {"kind": "accounts", "made_on": day.isoformat(), "file": (io.BytesIO(text.encode("cp1252")), "VPN.csv")}
    answer = ciso.post(f"{here}/new", data=data)
    assert answer.status_code == 302
    (line,) = lines(platform, hospitals)
    page = ciso.get(answer.location)
    assert "il manque : compte" in page.text
    wrong = ciso.post(f"{here}/{line.id}/columns", data={"column-account": "Rien"})
    assert (wrong.status_code, "l’un des en-têtes du fichier" in wrong.text) == (400, True)
    refused = ciso.post(f"{here}/{line.id}/confirm", follow_redirects=True)
    assert "il manque : compte" in refused.text
    ciso.post(f"{here}/{line.id}/columns", data={"column-account": "Matricule", "column-company": "Société"})
    page = ciso.get(f"{here}/{line.id}").text
    assert "2 lignes comprises" in page
    assert "tm_imagerie" in page
    done = ciso.post(f"{here}/{line.id}/confirm", data={"mapping_name": "VPN"}, follow_redirects=True)
    assert "les prochains audits s’en serviront" in done.text
    assert "<strong>celle qui compte</strong>" in done.text
    assert ciso.get(f"{here}/{line.id}/faults.csv").mimetype == "text/csv"
    taken = ciso.post(f"{here}/{line.id}/take-back", follow_redirects=True)
    assert "retirée" in taken.text
    gone = ciso.post(f"{here}/{line.id}/forget", follow_redirects=True)
    assert "Contenu effacé" in gone.text
    assert ciso.get(f"{here}/{line.id}").status_code == 404


def test_the_sheets_that_are_not_read_are_named(browse: Browse, platform: Platform, hospitals: Hospitals) -> None:
    ciso, here = browse("ciso"), f"/establishments/{hospitals.valley}/lists"
    rows = [line.split(";") for line in ACCOUNTS.splitlines()]
    book = workbook(("Notes", [["Exporté le lundi"]]), ("Comptes", rows))
    day = platform.clock.now().date().isoformat()
    data = {"kind": "accounts", "made_on": day, "file": (io.BytesIO(book), "VPN.xlsx")}
    page = ciso.post(f"{here}/new", data=data, follow_redirects=True)
    assert "Seule la feuille « Comptes » est lue. Ne le sont pas : Notes." in page.text


def test_a_file_that_cannot_be_read_is_said_on_the_form(browse: Browse, hospitals: Hospitals) -> None:
    ciso, here = browse("ciso"), f"/establishments/{hospitals.valley}/lists/new"
    for content, said in ((b"", "Choisissez un fichier"), (b"%PDF-1.7", "un document PDF")):
        data = {"kind": "edr", "made_on": date(2026, 1, 1).isoformat(), "file": (io.BytesIO(content), "x.csv")}
        answer = ciso.post(here, data=data)
        assert (answer.status_code, said in answer.text) == (400, True)
    assert ciso.post(here, data={}).status_code == 400


def test_a_director_reads_and_a_stranger_finds_nothing(
    browse: Browse, platform: Platform, hospitals: Hospitals
) -> None:
    here = f"/establishments/{hospitals.valley}/lists"
    brought = plant_list(platform, hospitals.valley, "Nom\nPC-1\n", ListKind.EDR, "<b>edr</b>.csv")
    director = browse("director").get(here)
    assert (director.status_code, "Apporter une liste" in director.text) == (200, False)
    assert browse("director").get(f"{here}/{brought}").status_code in {403, 404}
    for path in (here, f"{here}/{brought}", f"{here}/new"):
        assert browse("stranger").get(path).status_code == 404
    own = f"/establishments/{hospitals.far}/lists"
    assert browse("stranger").get(f"{own}/{brought}").status_code == 404
    assert browse("administrator").get(f"{own}/{brought}").status_code == 404
