"""The crisis pack in print, read back: everything is there, in black and white, the same each time, hostile or not."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import fields, replace
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from reports.crisis_folder import SUMS, folder_of, slug, sums, zipped
from reports.crisis_model import CheckLine, CheckPart, CheckSheet, CrisisPack, PackMode
from reports.crisis_pack import (
    Sheet,
    compose,
    compose_checklist,
    render_checklist,
    render_mode,
    render_pack,
    render_sheets,
)
from reports.crisis_words import WORDS
from reports.words import Lang
from tests.support.pdf import failures_of, squeezed, text_of
from tests.unit.reports.crisis_samples import pack
from tests.unit.reports.test_audit import HOSTILE

LANGS: tuple[Lang, ...] = ("fr", "en")


@pytest.fixture(scope="module")
def printed() -> bytes:
    return render_pack(pack())


def pages(document: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(document)).pages]


def empty(lang: Lang = "fr") -> CrisisPack:
    bare = {item.name: item.default for item in fields(CrisisPack) if item.default in ((), "")}
    return replace(pack(lang), **bare)


@pytest.mark.parametrize("lang", LANGS)
def test_is_accessible_and_fit_for_archiving(lang: Lang) -> None:
    assert failures_of(render_pack(pack(lang))) == []


@pytest.mark.parametrize("lang", LANGS)
def test_an_empty_pack_says_so_on_each_sheet(lang: Lang) -> None:
    document = render_pack(empty(lang))
    assert failures_of(document) == []
    text = text_of(document)
    for key in ("no_modes", "no_cuts", "no_restart", "no_activities"):
        assert WORDS[lang][key] in text


def test_the_cover_says_whom_to_call_first(printed: bytes) -> None:
    cover, second = pages(printed)[:2]
    assert "Appeler d’abord" in cover
    assert squeezed("Directeur de crise Jeanne Roux") in squeezed(cover)
    assert squeezed("01 99 00 00 01 +33 6 39 98 00 01") in squeezed(cover)
    assert "Awa Ndiaye" not in cover
    assert WORDS["fr"]["sheet_first_hour"] in second


def test_a_number_to_dial_stands_on_one_line(printed: bytes) -> None:
    """Also one written with its country: 17 signs, of which five spaces that do not break."""
    for page in PdfReader(io.BytesIO(printed)).pages[:3]:
        lines = page.extract_text().replace("\u00a0", " ").splitlines()
        broken = [line for line in lines if re.search(r"\+33[ \d]*$", line) and "+33 6 39 98 00 01" not in line]
        assert broken == []


def test_every_contact_and_every_mode_is_there(printed: bytes) -> None:
    text = squeezed(text_of(printed))
    for contact in pack().contacts:
        for said in (contact.function, contact.name, contact.phone, contact.fallback, contact.mail, contact.deputy):
            assert squeezed(said) in text, said
    for mode in pack().modes:
        assert squeezed(f"{mode.activity} – {mode.title}") in text
    for wanted in ("Sortez", "lesallergies;", "Placardrouge,salledesoins2", "DésactiverlegroupeVPN-EDITEUR"):
        assert wanted in text, wanted


def test_the_cover_says_until_when_and_lists_the_sheets(printed: bytes) -> None:
    cover = pages(printed)[0]
    assert "PÉRIMÉE APRÈS LE 27 décembre 2026" in cover
    assert "Hôpital de la Vallée" in cover
    for sheet in Sheet:
        assert WORDS["fr"][f"sheet_{sheet}"] in cover


def test_the_date_and_the_page_are_on_every_page(printed: bytes) -> None:
    found = pages(printed)
    for number, text in enumerate(found, start=1):
        assert f"Page {number} sur {len(found)}" in text
        assert "27 décembre 2026" in text


def test_the_contents_lead_to_the_right_page(printed: bytes) -> None:
    found = pages(printed)
    for sheet in Sheet:
        title = WORDS["fr"][f"sheet_{sheet}"]
        announced = re.search(rf"{re.escape(title)}[ .]+(\d+)", found[0])
        assert announced is not None, title
        assert title in found[int(announced[1]) - 1].split(WORDS["fr"]["made"])[0]


def test_same_pack_gives_the_same_bytes(printed: bytes) -> None:
    assert render_pack(pack()) == printed


def test_nothing_is_told_by_colour(printed: bytes, tmp_path: Path) -> None:
    """Every pixel is a grey: printed in black and white, nothing is lost."""
    if shutil.which("pdftoppm") is None:
        pytest.fail("This test needs pdftoppm: apt install poppler-utils")
    (tmp_path / "pack.pdf").write_bytes(printed)
    subprocess.run(["pdftoppm", "-r", "40", "-png", str(tmp_path / "pack.pdf"), str(tmp_path / "page")], check=True)
    found = sorted(tmp_path.glob("page-*.png"))
    assert len(found) == len(pages(printed))
    for path in found:
        with Image.open(path) as image:
            colours = image.convert("RGB").getcolors(1 << 24) or []
        assert all(max(colour) - min(colour) <= 2 for _, colour in colours), path.name
        assert len(colours) > 1, f"{path.name} is blank"


def test_a_doubt_is_told_in_words(printed: bytes) -> None:
    text = text_of(printed)
    assert text.count("À confirmer avant de s’y fier.") == 1
    assert "coupure non décrite : à établir" in text


def test_pages_are_a4(printed: bytes) -> None:
    sizes = {(round(page.mediabox.width), round(page.mediabox.height)) for page in PdfReader(io.BytesIO(printed)).pages}
    assert sizes == {(595, 842)}


@pytest.mark.parametrize("sheet", list(Sheet))
def test_each_sheet_stands_alone(sheet: Sheet) -> None:
    document = render_sheets(pack(), [sheet])
    assert failures_of(document) == []
    assert WORDS["fr"][f"sheet_{sheet}"] in text_of(document)


def test_a_mode_stands_alone() -> None:
    document = render_mode(pack(), pack().modes[0])
    assert failures_of(document) == []
    assert "Urgences – Prescrire sans le dossier patient" in text_of(document)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_set_as_plain_text(text: str) -> None:
    one = pack()
    hostile = replace(
        one,
        establishment=text,
        finess=text,
        cells=tuple(
            replace(
                cell,
                name=text,
                contacts=tuple(
                    replace(person, function=text, name=text, phone=text, fallback=text, deputy=text, note=text)
                    for person in cell.contacts
                ),
            )
            for cell in one.cells
        ),
        modes=(PackMode(text, text, text, text, text, text, text, text, text, text, text, (text,)),),
        restart=tuple(replace(line, name=text, urgency=text, after=(text,), takes=text) for line in one.restart),
        cuts=tuple(replace(line, supplier=text, access=text, cut=text, contact=text) for line in one.cuts),
        activities=tuple(replace(line, name=text, owner=text, dmia=text) for line in one.activities),
        duties=tuple(replace(duty, title=text, what=text, where=text, source=text) for duty in one.duties),
    )
    assert failures_of(render_pack(hostile)) == []


def test_a_large_pack_stays_in_bounds() -> None:
    one = pack()
    cell = replace(one.cells[0], contacts=one.cells[0].contacts * 100)
    large = replace(
        one, cells=(cell,), modes=one.modes * 60, restart=one.restart * 200, activities=one.activities * 100
    )
    assert failures_of(render_pack(large)) == []


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["fr"].keys() == WORDS["en"].keys()
    assert [sheet["kind"] for sheet in compose(pack())["sheets"]] == list(Sheet)


EXTRA = {"contacts.csv": b"fonction\r\n", "contacts.vcf": b"BEGIN:VCARD\r\nEND:VCARD\r\n"}


def test_the_folder_holds_everything_and_its_hashes(printed: bytes) -> None:
    files = folder_of(pack(), EXTRA)
    assert files["mallette-de-crise.pdf"] == printed
    assert {name.split("/")[0] for name in files} == {
        "mallette-de-crise.pdf", "fiches", "modes-degrades", "contacts.csv", "contacts.vcf", "index.html",
        "LISEZMOI.txt", SUMS,
    }  # fmt: skip
    assert len([name for name in files if name.startswith("fiches/")]) == len(Sheet) - 1
    assert [name for name in files if name.startswith("modes-")] == [
        "modes-degrades/01-urgences-prescrire-sans-le-dossier-patient.pdf",
        "modes-degrades/02-laboratoire-rendre-les-resultats-urgents.pdf",
    ]
    assert sums({name: content for name, content in files.items() if name != SUMS}) == files[SUMS]


def test_the_hashes_are_those_of_sha256sum(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(zipped(folder_of(pack(), EXTRA), pack().made_at))) as archive:
        archive.extractall(tmp_path)
    checked = subprocess.run(["sha256sum", "-c", SUMS], cwd=tmp_path, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    (tmp_path / "contacts.csv").write_bytes(b"changed")
    assert subprocess.run(["sha256sum", "-c", SUMS], cwd=tmp_path, capture_output=True).returncode == 1


def test_same_pack_gives_the_same_folder_and_archive() -> None:
    first, second = folder_of(pack(), EXTRA), folder_of(pack(), EXTRA)
    assert first == second
    assert zipped(first, pack().made_at) == zipped(second, pack().made_at)


@pytest.mark.parametrize("lang", LANGS)
def test_the_index_links_every_document_and_loads_nothing(lang: Lang) -> None:
    files = folder_of(replace(pack(lang), establishment="Hôpital <b>&"), EXTRA)
    index = files["index.html"].decode()
    linked = set(re.findall(r'href="([^"]+)"', index))
    dialled = {one.removeprefix("tel:") for one in linked if one.startswith("tel:")}
    assert dialled == {"0199001234", "0199000001", "+33639980001", "0199000002"}
    assert linked - {f"tel:{one}" for one in dialled} == {
        name for name in files if name.endswith((".pdf", ".csv", ".vcf"))
    }
    assert "default-src 'none'" in index
    assert "<b>" not in index
    assert "<script" not in index
    for contact in pack(lang).contacts:
        assert contact.phone in index


@pytest.mark.parametrize(
    ("text", "name"), [("L’été à Nîmes", "l-ete-a-nimes"), ("../../etc", "etc"), ("日本", "x"), ("a" * 99, "a" * 60)]
)
def test_names_of_files_are_plain(text: str, name: str) -> None:
    assert slug(text) == name


def check_sheet(lang: Lang = "fr") -> CheckSheet:
    one = pack(lang)
    lines = (
        CheckLine("Un RSSI est nommé.", "Il décide.", ("care-d2:O1.B",), "yes", "Oui", "Nommé en mars."),
        CheckLine("Une main courante est prête.", "Elle sert.", (), "", "", ""),
        CheckLine("Sans objet ici.", "Voilà.", (), "not_applicable", "Sans objet", "Pas de bloc."),
    )
    return CheckSheet(lang, one.establishment, one.finess, one.made_at, "Plan blanc numérique", "Nos mots.",
                      "1 point sur 2", (CheckPart("Prévention", "Avant.", lines),))  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_a_checklist_is_printed_with_its_answers(lang: Lang) -> None:
    document = render_checklist(check_sheet(lang))
    assert failures_of(document) == []
    text = text_of(document)
    for wanted in ("Un RSSI est nommé.", "✓ Oui", "Nommé en mars.", "– Sans objet", "1 point sur 2", "care-d2:O1.B"):
        assert wanted in text
    assert compose_checklist(check_sheet(lang))["expires"] == ""
