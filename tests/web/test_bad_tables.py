"""What goes wrong in the tables of strangers, from the page: a message with the file and the line, in both languages,
and nothing half-imported. A dry run tells the differences, and what was imported can be undone."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from care.services.lists import bringing, content
from care.services.platform import Platform
from care.store.lists import BroughtList
from care.store.remote_access import RemoteAccess
from tests.support.foreign_tables import filtered, patched, workbook, zip_bomb
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse

ROWS = [["Fournisseur", "Équipement", "Début"], ["Médimage", "IRM", "2026-03-01"], ["LaboTech", "Automate", "x"]]
TEXT = "Fournisseur;Équipement;Comptes\n"
NOTHING = "Rien n’en a été repris."
Send = Callable[[bytes, str], str]


@pytest.fixture
def accesses(ciso: FlaskClient, here: str, platform: Platform) -> Send:
    """Send a register of accesses and get its page, refused, with nothing written."""

    def send(raw: bytes, name: str) -> str:
        answer = ciso.post(f"{here}/remote-accesses/import", data={"file": (io.BytesIO(raw), name)})
        with platform.database.read() as session:
            assert session.scalar(select(func.count()).select_from(RemoteAccess)) == 0
        assert answer.status_code == 400
        return answer.get_data(as_text=True)

    return send


@pytest.fixture
def sessions(ciso: FlaskClient, here: str, platform: Platform) -> Send:
    """Send a list of sessions and get its page, refused: at once, or once it is looked at; it cannot be confirmed."""

    def send(raw: bytes, name: str) -> str:
        day = platform.clock.now().date().isoformat()
        data = {"kind": "sessions", "made_on": day, "file": (io.BytesIO(raw), name)}
        answer = ciso.post(f"{here}/lists/new", data=data)
        page = answer
        if answer.status_code == 302:
            page = ciso.get(answer.location)
            ciso.post(f"{answer.location}/confirm")
        with platform.database.read() as session:
            confirmed = select(func.count()).select_from(BroughtList).where(BroughtList.confirmed_at.is_not(None))
            assert session.scalar(confirmed) == 0
        assert (answer.status_code, page.status_code) in {(400, 400), (302, 200)}
        return page.get_data(as_text=True)

    return send


ALWAYS: tuple[tuple[str, bytes, str], ...] = (
    ("headings twice", b"Fournisseur;Equipement;Compte;Debut;Compte\na;b;c;d;e\n", "ligne 1 : "),
    (
        "a quote left open",
        b'Compte;Debut;Fournisseur;Equipement\na;2026-03-01;b;"c\nd;e;f;g\n',
        "ligne 2 : elle est mal",
    ),
    ("cells too many", b"Compte;Debut;Fournisseur;Equipement\n\na;2026-03-01;b;c;d\n", "ligne 3 : plus de cellules"),
    ("a NUL", b"Compte;Debut;Fournisseur;Equipement\na;b;c\0;d\n", "ligne 2 : elle contient un octet nul"),
    (
        "a cell too long",
        b'Compte;Debut;Fournisseur;Equipement\n"' + b"x" * 140_000 + b'";b;c;d\n',
        "une cellule dépasse",
    ),
    ("no separator", b"Compte:Debut:Fournisseur\na:b:c\n", "fournisseur"),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "octet nul"),
    ("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1", "c’est un classeur .xls"),
    ("a zip bomb", zip_bomb(), "se déplie en 40 Mio"),
    ("a torn workbook", b"PK\x03\x04 torn", "pas un classeur .xlsx lisible"),
    (
        "entities",
        patched(workbook(("R", [["a"]])), b"<worksheet", b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet"),
        ".xlsx",
    ),
)
SHEETS: tuple[tuple[str, bytes, str], ...] = (
    ("two sheets", workbook(("Nord", ROWS), ("Sud", ROWS)), "plusieurs feuilles ont les mêmes colonnes (Nord, Sud)"),
    ("merged cells", workbook(("R", ROWS), merged="A2:A3"), "ligne 2 : des cellules y sont fusionnées"),
    ("a formula", workbook(("R", [*ROWS, ["=A1", "b"]])), "ligne 4 : une formule n’y a jamais été calculée"),
    ("a cell in error", workbook(("R", [*ROWS, ["c", "#REF!"]])), "ligne 4 : une cellule est en erreur (#REF!)"),
)


@pytest.mark.parametrize(
    ("raw", "said"), [one[1:] for one in (*ALWAYS, *SHEETS)], ids=[one[0] for one in (*ALWAYS, *SHEETS)]
)
def test_a_register_of_accesses(accesses: Send, raw: bytes, said: str) -> None:
    page = accesses(raw, "registre-2026.xlsx")
    assert said.casefold() in page.casefold()
    if "La première ligne doit nommer" not in page:
        assert "registre-2026.xlsx" in page
        assert NOTHING in page


@pytest.mark.parametrize(("raw", "said"), [one[1:] for one in ALWAYS], ids=[one[0] for one in ALWAYS])
def test_a_list(sessions: Send, raw: bytes, said: str) -> None:
    page = sessions(raw, "vpn.csv")
    expected = "il manque : compte" if said == "fournisseur" else said
    assert expected.casefold() in page.casefold()
    assert "vpn.csv" in page
    assert NOTHING in page


def test_the_same_in_english(browse: Browse, accesses: Send, ciso: FlaskClient) -> None:
    ciso.post("/language", data={"lang": "en"})
    page = accesses(b"Supplier;Equipment;Supplier\na;b;c\n", "register.csv")
    assert "The file register.csv is refused: line 1: the column “Supplier” is there twice, remove one." in page
    assert "Nothing of it was taken." in page


def test_too_many_lines_are_told_with_the_line(accesses: Send) -> None:
    page = accesses((TEXT + "a;b;c\n" * 1_001).encode(), "registre.csv")
    assert "ligne 1002 : plus de 1000 lignes, faites-en plusieurs fichiers" in page


def test_two_headings_that_say_the_same(accesses: Send) -> None:
    page = accesses(b"\nFournisseur;Equipement;Prestataire\na;b;c\n", "registre.csv")
    assert "ligne 2 : « Fournisseur » et « Prestataire » disent la même chose" in page


@pytest.mark.parametrize(
    ("day", "encoding", "separator"),
    [
        ("2026-03-01", "utf-8-sig", ";"),
        ("01/03/2026", "cp1252", ","),
        ("01.03.2026", "utf-16", "\t"),
        ("01/03/2026", "utf-8", "|"),
    ],
)
def test_what_can_be_told_is_read(ciso: FlaskClient, here: str, day: str, encoding: str, separator: str) -> None:
    text = f"Fournisseur;Équipement;Début\nMédimage;IRM;{day}\n".replace(";", separator)
    sent = {"file": (io.BytesIO(text.encode(encoding)), "registre.csv")}
    answer = ciso.post(f"{here}/remote-accesses/import", data=sent)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "Médimage – IRM" in page) == (200, True)
    assert "Fichier registre.csv : rien n’est encore enregistré." in page
    assert "Ce fichier a des erreurs" not in page


def test_a_date_of_no_known_form_is_told_with_its_line(ciso: FlaskClient, here: str) -> None:
    raw = "Fournisseur;Équipement;Début\nMédimage;IRM;2026-03-01\nMédimage;Scanner;03-31-26\n".encode()
    answer = ciso.post(f"{here}/remote-accesses/import", data={"file": (io.BytesIO(raw), "registre.csv")})
    page = answer.get_data(as_text=True)
    assert "Ligne 3, colonne « Début » : une date est attendue" in page
    assert "Fichier registre.csv" in page
    assert "Confirmer l’import" not in page


def test_hidden_rows_and_formulas_computed_are_read(ciso: FlaskClient, here: str) -> None:
    raw = filtered([["Fournisseur", "Équipement"], ["Caché", "IRM"], ["=1+1", "Scanner"]])
    answer = ciso.post(f"{here}/remote-accesses/import", data={"file": (io.BytesIO(raw), "registre.xlsx")})
    assert "Caché – IRM" in answer.get_data(as_text=True)


def test_two_columns_are_chosen_for_one_moment(ciso: FlaskClient, here: str, platform: Platform) -> None:
    raw = b"qui;jour;h\ntm_a;2026-01-09;07:12\n"
    day = platform.clock.now().date().isoformat()
    data = {"kind": "sessions", "made_on": day, "file": (io.BytesIO(raw), "vpn.csv")}
    page = ciso.post(f"{here}/lists/new", data=data).location
    chosen = {"column-account": "qui", "column-start hour": "h"}
    wrong = ciso.post(f"{page}/columns", data=chosen)
    assert (wrong.status_code, "la colonne du jour" in wrong.get_data(as_text=True)) == (400, True)
    ciso.post(f"{page}/columns", data={**chosen, "column-start": "jour"})
    shown = ciso.get(page).get_data(as_text=True)
    assert "2026-01-09 06:12 UTC" in shown
    assert '<option value="h" selected>' in shown
    assert ciso.post(f"{page}/confirm", data={"mapping_name": "VPN"}).status_code == 302
    again = ciso.post(f"{here}/lists/new", data={**data, "file": (io.BytesIO(raw), "vpn2.csv")}).location
    assert "2026-01-09 06:12 UTC" in ciso.get(again).get_data(as_text=True)


def test_a_list_is_read_once_and_undone(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bring(raw: bytes, name: str) -> str:
        day = platform.clock.now().date().isoformat()
        data = {"kind": "accounts", "made_on": day, "file": (io.BytesIO(raw), name)}
        return str(ciso.post(f"{here}/lists/new", data=data).location)

    first = bring(b"Compte;Actif\na;oui\nb;oui\n", "un.csv")
    ciso.post(f"{first}/confirm")
    second = bring(b"Compte;Actif\nb;oui\nc;oui\nd;oui\n", "deux.csv")
    page = ciso.get(second).get_data(as_text=True)
    assert "Depuis la liste d’avant : 2 en plus, 1 en moins." in page
    with monkeypatch.context() as patch:
        patch.setattr(content, "see_in_child", lambda *_a: pytest.fail("read again"))
        assert "2 en plus, 1 en moins." in ciso.get(second).get_data(as_text=True)
        assert ciso.post(f"{second}/confirm").status_code == 302
    assert ciso.post(f"{second}/take-back").status_code == 302
    kinds = bringing.list_lists(platform, MACHINE, hospitals.valley)
    assert [one.current.name for one in kinds if one.current] == ["un.csv"]
