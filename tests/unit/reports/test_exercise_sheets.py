"""The papers of an exercise: everything is there, in letters large enough, within the page, whatever was written."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
import segno
from pypdf import PageObject, PdfReader
from reportlab.pdfgen.canvas import Canvas

from reports.sheets import badges as made
from reports.sheets.badges import badges, spaced, table_signs
from reports.sheets.chronogram import chronogram
from reports.sheets.exercise_paper import ACTED, BANNER, Channel
from reports.sheets.hand_forms import attendance_list, logbook_sheet, message_forms, observation_grids
from reports.sheets.ink import SMALLEST
from reports.sheets.poster import Size
from reports.sheets.stimulus_cards import facilitator_cards, handed_cards
from tests.support.pdf import squeezed, text_of
from tests.unit.reports.paper_samples import CARE, HOSTILE, LARGE, LINK, SMALL, STIMULI, TECHNICAL, WAYS
from tests.unit.reports.test_sheets import placed

PAPERS: dict[str, Callable[[], bytes]] = {
    f"{name} {kind}": lambda draw=draw, exercise=exercise: draw(exercise)  # type: ignore[misc]
    for kind, exercise in (("small", SMALL), ("large", LARGE), ("hostile", HOSTILE), ("en", replace(SMALL, lang="en")))
    for name, draw in (
        ("chronogram a3", chronogram),
        ("chronogram a4", lambda exercise: chronogram(exercise, Size.A4)),
        ("cards", handed_cards),
        ("facilitator cards", facilitator_cards),
        ("badges", lambda exercise: badges(exercise, WAYS)),
        ("long badges", lambda exercise: badges(exercise, (replace(WAYS[0], name="Cellule " * 40),))),
        ("signs", lambda exercise: table_signs(exercise, WAYS)),
        ("grids", observation_grids),
        ("messages", message_forms),
        ("logbook", logbook_sheet),
        ("attendance", attendance_list),
    )
}


def pages_of(document: bytes) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(document)).pages)


@pytest.fixture(scope="module", params=PAPERS)
def document(request: pytest.FixtureRequest) -> bytes:
    return PAPERS[request.param]()


def test_no_text_stands_outside_its_page_nor_in_small_letters(document: bytes) -> None:
    for page in pages_of(document):
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        for said, x, y, size in placed(page):
            assert 0 <= x <= width, said
            assert 0 < y <= height - size * 0.5, said
            assert size >= SMALLEST, said


def test_every_page_bears_the_banner(document: bytes) -> None:
    assert all(BANNER in page.extract_text() for page in pages_of(document))


def test_a_document_has_its_title_and_its_language() -> None:
    for lang, region in (("fr", "fr-FR"), ("en", "en-GB")):
        reader = PdfReader(io.BytesIO(chronogram(replace(SMALL, lang=lang))))  # type: ignore[arg-type]
        assert "Nuit noire" in str((reader.metadata or {})["/Title"])
        assert reader.trailer["/Root"]["/Lang"] == region


def test_the_same_exercise_gives_the_same_bytes() -> None:
    assert chronogram(SMALL) == chronogram(SMALL)
    assert badges(SMALL, WAYS) == badges(SMALL, WAYS)


@pytest.mark.parametrize("size", Size)
def test_the_timeline_says_everything(size: Size) -> None:
    text = squeezed(text_of(chronogram(SMALL, size)))
    for one in (*STIMULI, *SMALL.reserve):
        for said in (one.id, one.title, one.sender, one.clock, one.reactions[0].text):
            assert squeezed(said) in text, said
    for said in (
        "Phase:Signaux(T+0min,14:00)", "Phase:Crise(T+20min,14:20)", "Enréserve", "Coupent-ilsleréseau?", "Oui→S08",
        "obligatoire", "SiS01.anonobservée", "Touteslescellules", "4minRéaction2.(Celluletechnique)", "Page1/",
        "Nuitnoire·HôpitaldelaVallée·03/12/2026,14:00",
    ):  # fmt: skip
        assert said in text, said


def test_a_long_timeline_repeats_its_heads_and_loses_nothing() -> None:
    pages = pages_of(chronogram(LARGE))
    assert len(pages) > 3
    assert all("Réactions attendues" in page.extract_text() for page in pages[:-1])
    text = squeezed(text_of(chronogram(LARGE)))
    for rank in (*range(4), 99):
        assert all(f"réaction{rank}-{each}." in text for each in range(10))


def test_cards_to_hand_out_leave_out_what_is_played_by_voice() -> None:
    text = text_of(handed_cards(SMALL))
    for one in STIMULI:
        assert (f"corps du stimulus {one.id[-1]}." in text) == (one.channel not in ACTED)
    assert "Conseil" not in text
    assert "Réaction" not in text
    assert text.count(BANNER) == 6  # one for each card: the banner of a body is not said twice


def test_cards_of_a_cell_are_its_own() -> None:
    assert "Carte 1/1" in text_of(handed_cards(SMALL, TECHNICAL))
    assert "Carte 6/6" in text_of(handed_cards(SMALL, CARE))
    assert "Aucune carte" in text_of(handed_cards(SMALL, "Personne"))


def test_two_short_cards_share_a_sheet_and_a_long_one_has_its_own() -> None:
    assert len(pages_of(handed_cards(SMALL))) == 3
    long = replace(STIMULI[0], body="Une phrase de plus. " * 60)
    mixed = replace(SMALL, phases=(replace(SMALL.phases[0], stimuli=(STIMULI[0], long, STIMULI[2])),), reserve=())
    pages = [page.extract_text() for page in pages_of(handed_cards(mixed))]
    assert [page.count("Carte") for page in pages] == [1, 1, 1]
    endless = replace(mixed, phases=(replace(SMALL.phases[0], stimuli=(replace(long, body="Mot. " * 3000),)),))
    assert "Carte 1/1 (2/" in text_of(handed_cards(endless))


def test_a_facilitator_reads_what_to_say_and_what_to_expect() -> None:
    text = text_of(facilitator_cards(SMALL))
    spoken = [one for one in STIMULI if one.channel in ACTED]
    assert spoken
    assert all(f"corps du stimulus {one.id[-1]}." in text for one in spoken)
    assert "Remettez la carte S01" in text
    assert all(f"Conseil {rank}." in text and f"Réaction {rank}." in text for rank in range(1, 8))
    assert text.count("ne pas remettre") == 8
    assert text.count("Prévu 14:05 (T + 5 min)") == 1
    assert "en réserve" in text


def test_badges_are_eight_to_a_sheet() -> None:
    sixteen = (replace(WAYS[0], copies=16), replace(WAYS[1], copies=1))
    assert [page.extract_text().count("PIN") for page in pages_of(badges(SMALL, sixteen))] == [8, 8, 1]
    text = text_of(badges(SMALL, WAYS))
    for said in (CARE, "4F7 K2P", "482 910", "https://care.hopital.example/x", "Nom", "Fonction", "Nuit noire"):
        assert said in text
    assert "refusée" not in text
    trust = "http://192.168.10.10:8080/trust"
    assert f"Page refusée ? {trust}" in text_of(badges(SMALL, (replace(WAYS[0], trust=trust),)))


def test_the_qr_drawn_is_that_of_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rectangles of the drawing put back on a grid, compared with the symbol itself."""
    matrix = [list(row) for row in segno.make(LINK, error="m", micro=False, boost_error=False).matrix_iter(border=4)]
    side = float(len(matrix))
    found = [[0] * len(matrix) for _row in matrix]

    def rect(_canvas: Canvas, x: float, y: float, width: float, height: float, **_how: int) -> None:
        for column in range(round(x), round(x + width)):
            found[round(side - y - height)][column] = 1

    monkeypatch.setattr(Canvas, "rect", rect)
    made.qr(Canvas(io.BytesIO()), LINK, 0, 0, side)
    assert found == [[int(dark) for dark in row] for row in matrix]


def test_a_long_mission_stays_above_the_codes_of_its_sign() -> None:
    wordy = replace(WAYS[0], name="Cellule juridique, finances et ressources humaines " * 4, mission="mission " * 75)
    (page,) = pages_of(table_signs(SMALL, (wordy,)))
    lines = [(y, size, said) for said, _x, y, size in placed(page)]
    codes = next(y + size for y, size, said in lines if "Visez" in said)
    assert min(y for y, _size, said in lines if "mission" in said) > codes


def test_a_code_is_read_in_two_groups() -> None:
    assert [spaced(one) for one in ("482910", "4F7K2", "", "A")] == ["482 910", "4F7 K2", "", "A"]


def test_a_grid_for_each_cell_holds_its_criteria_and_its_reactions() -> None:
    care, technical = (text_of(observation_grids(replace(SMALL, cells=(cell,)))) for cell in SMALL.cells)
    assert "Sait où est le kit" in care
    assert "Sait où est le kit" not in technical
    assert "Note les heures" in care
    assert "Note les heures" in technical
    assert "Réaction 2." in technical
    assert "Réaction 2." not in care


@pytest.mark.parametrize("make", [message_forms, logbook_sheet, attendance_list])
def test_forms_to_photocopy_take_one_sheet(make: Callable[..., bytes]) -> None:
    assert len(pages_of(make(SMALL))) == len(pages_of(make(LARGE))) == 1


def test_nothing_typed_is_markup() -> None:
    for text in (text_of(chronogram(HOSTILE)), text_of(facilitator_cards(HOSTILE))):
        assert "<i>x" in text
        assert "</font>" in text
    assert "</para><img src='/etc/passwd'/>" in text_of(handed_cards(HOSTILE))
    assert "\\u{65e5}" in text_of(message_forms(HOSTILE))


def test_every_channel_of_a_kit_has_its_card() -> None:
    assert {one.channel for one in STIMULI} == set(Channel)
