"""Posters, cards and labels: read back as text, nothing lost nor outside, whatever the texts."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from fontTools.ttLib import TTFont
from pypdf import PageObject, PdfReader

from reports.errors import ReportError
from reports.sheets.cards import cards
from reports.sheets.flow import MOST_BOXES
from reports.sheets.ink import FONTS, SMALLEST, shown
from reports.sheets.kit_label import KitLabel, kit_label
from reports.sheets.poster import SMALLEST_POSTER, Poster, Size, poster
from reports.words import typographic
from tests.support.pdf import squeezed, text_of
from tools.sheet_fonts import STYLES, redrawn

POSTER = Poster(
    establishment="Hôpital de la Vallée",
    activity="Urgences",
    title="Urgences sans DPI",
    trigger="Quand le **DPI** ne répond plus depuis 10 min : l'astreinte décide.",
    steps="1. Prendre le classeur rouge.\n2. Une feuille par patient.\n   - identité\n   - heure d'arrivée",
    limits="Pas d'antécédents.",
    back_to_normal="Saisir les feuilles.",
    who_to_call="- Astreinte : 15 15",
    holds="48 h",
    capacity="70 %",
    replaces="DPI, réseau",
    kits=("Classeur rouge : armoire 2",),
    number=3,
    in_force_on=date(2026, 3, 2),
    review_on=date(2027, 3, 2),
    owner="Mme Roux",
)
WORDS = "Ceci est une phrase assez longue pour remplir plusieurs lignes du document. "
LONG = replace(
    POSTER,
    establishment="É" * 300,
    activity="W" * 200,
    title="Titre interminable " * 10,
    trigger=(WORDS * 12 + "\n\n") * 3,
    steps="\n".join(f"{rank}. {WORDS * 6} {'x' * 150} étape{rank}." for rank in range(1, 16)),
    limits=WORDS * 60,
    back_to_normal=WORDS * 60,
    who_to_call="\n".join(f"- {WORDS * 3}" for _ in range(20)),
    replaces=", ".join(["Application métier"] * 50),
    kits=tuple(f"Kit {rank} : {WORDS * 2}" for rank in range(12)),
    owner="M" * 200,
)
HOSTILE = replace(
    POSTER, title="<b>a</b> & \u202e\x00 ✂ 日本", steps="</para><img src='/etc/passwd'/>\n\n**gras", who_to_call=""
)
KIT = KitLabel(
    "Hôpital de la Vallée", "Urgences", "Classeur rouge", "Armoire 2", "Mme Roux", "- 50 feuilles\n- 4 stylos",
    "tous les 30 jours", "48 h", date(2026, 3, 2),
)  # fmt: skip
LONG_KIT = KitLabel(
    "É" * 300, "mot " * 50, "n" * 200, "lieu " * 40, "W" * 200, "\n".join(f"- {WORDS}" for _ in range(120)), "x" * 60
)
DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "a4": lambda: poster(POSTER, Size.A4, "fr"),
    "a3": lambda: poster(POSTER, Size.A3, "fr"),
    "long a4": lambda: poster(LONG, Size.A4, "fr"),
    "long a3": lambda: poster(LONG, Size.A3, "en"),
    "hostile": lambda: poster(HOSTILE, Size.A4, "fr"),
    "bare": lambda: poster(Poster("A", "T", establishment="H"), Size.A4, "en"),
    "card": lambda: cards([POSTER], "fr"),
    "cards": lambda: cards([POSTER, LONG, HOSTILE], "fr"),
    "no card": lambda: cards([], "fr"),
    "label": lambda: kit_label(KIT, "fr"),
    "long label": lambda: kit_label(LONG_KIT, "en"),
}


def pages_of(document: bytes) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(document)).pages)


@pytest.fixture(scope="module", params=DOCUMENTS)
def document(request: pytest.FixtureRequest) -> bytes:
    return DOCUMENTS[request.param]()


def placed(page: PageObject) -> list[tuple[str, float, float, float]]:
    """Each run of text of a page, where it begins and how large it is."""
    found: list[tuple[str, float, float, float]] = []

    def note(text: str, matrix: list[float], place: list[float], _font: object, size: float) -> None:
        if text.strip():
            found.append((text, place[4] * matrix[0] + matrix[4], place[5] * matrix[3] + matrix[5], size))

    page.extract_text(visitor_text=note)
    return found


def test_no_text_stands_outside_its_page(document: bytes) -> None:
    for page in pages_of(document):
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        runs = placed(page)
        outside = [one for one in runs if not (0 <= one[1] <= width and 0 < one[2] <= height - one[3] * 0.5)]
        assert outside == []


def test_every_font_is_embedded(document: bytes) -> None:
    for page in pages_of(document):
        for font in page["/Resources"].get_object().get("/Font", {}).values():
            described = font.get_object()
            if described["/BaseFont"] != "/Helvetica":  # ReportLab names it on every page and sets nothing in it
                assert "/FontFile2" in described["/FontDescriptor"].get_object()


def test_the_same_input_gives_the_same_bytes() -> None:
    assert poster(POSTER, Size.A4, "fr") == poster(POSTER, Size.A4, "fr")
    assert kit_label(KIT, "fr") == kit_label(KIT, "fr")


@pytest.mark.parametrize("size", Size)
def test_a_poster_says_everything(size: Size) -> None:
    document = poster(POSTER, size, "fr")
    text = squeezed(text_of(document))
    for said in (
        "MODEDÉGRADÉ", "HôpitaldelaVallée", "UrgencessansDPI", "l’astreintedécide", "Prendreleclasseurrouge",
        "heured’arrivée", "Tient48h", "70%d’activitégardée", "Remplace:DPI,réseau", "Pasd’antécédents",
        "Astreinte:1515", "Classeurrouge:armoire2", "Saisirlesfeuilles", "Version3·envigueurdepuisle02/03/2026",
        "àrelireavantle02/03/2027", "MmeRoux",
    ):  # fmt: skip
        assert said in text, said
    assert len(pages_of(document)) == 1
    assert "Degraded" not in text
    assert "WHATTODO" in squeezed(text_of(poster(POSTER, size, "en")))


@pytest.mark.parametrize("size", Size)
def test_a_long_poster_goes_on_over_the_page_and_loses_nothing(size: Size) -> None:
    text = squeezed(text_of(poster(LONG, size, "fr")))
    assert all(f"étape{rank}." in text for rank in range(1, 16))
    assert text.count("remplir") == 3 * 12 + 15 * 6 + 60 + 60 + 20 * 3 + 12 * 2
    pages = len(pages_of(poster(LONG, size, "fr")))
    assert f"{pages}/{pages}" in text


def test_letters_never_get_smaller_than_the_least() -> None:
    for made, least in ((poster(LONG, Size.A4, "fr"), SMALLEST_POSTER), (cards([LONG], "fr"), SMALLEST)):
        sizes: Counter[float] = Counter()
        for page in pages_of(made):
            for text, _x, _y, size in placed(page):
                sizes[size] += len(text.strip())
        assert min(sizes) >= SMALLEST
        assert sizes.most_common(1)[0][0] == least


def test_a_draft_says_that_it_must_not_be_pinned_up() -> None:
    text = text_of(poster(replace(POSTER, warning="BROUILLON – NE PAS AFFICHER"), Size.A4, "fr"))
    assert "BROUILLON – NE PAS AFFICHER" in text
    assert "MODE DÉGRADÉ" not in text
    assert "en vigueur" not in text


def test_nothing_typed_is_markup() -> None:
    text = text_of(poster(HOSTILE, Size.A4, "fr"))
    assert "<b>a</b> &" in text
    assert "</para><img src='/etc/passwd'/>" in text
    assert "\\u{202e}" in text
    assert "\\u{65e5}" in text


def test_a_sheet_without_end_is_refused_with_a_sentence() -> None:
    endless = "a\n" * 5000
    with pytest.raises(ReportError) as refusal:
        poster(replace(POSTER, limits=endless, steps=endless), Size.A4, "fr")
    assert f"plus de {MOST_BOXES} pages" in refusal.value.fr


def test_a_line_of_thousands_of_styles_is_set_without_them() -> None:
    text = text_of(poster(replace(POSTER, limits="**a** b " * 1200), Size.A4, "fr"))
    assert text.count("a b") > 1000


def test_lines_without_a_list_are_steps() -> None:
    text = text_of(poster(replace(POSTER, steps="Prendre le classeur.\nAppeler le cadre."), Size.A4, "fr"))
    assert "1 Prendre" in text
    assert "2 Appeler" in text


def test_one_card_fills_its_sheet_and_several_follow() -> None:
    alone = text_of(cards([replace(POSTER, steps="1. Un.", trigger="Panne.")], "fr"))
    assert alone.count("Urgences sans DPI") == 4
    several = cards([replace(POSTER, title=f"Fiche {rank}", steps="1. Un.") for rank in range(5)], "fr")
    assert len(pages_of(several)) == 2
    assert all(f"Fiche {rank}" in text_of(several) for rank in range(5))


def test_a_card_stands_closer_before_it_goes_on_over_another() -> None:
    def pages(steps: int) -> bool:
        text = "\n".join(f"{rank}. Une étape dite en une ligne." for rank in range(1, steps + 1))
        return "1/2" in text_of(cards([replace(POSTER, trigger="Panne.", steps=text, who_to_call="X", kits=())], "fr"))

    assert [pages(steps) for steps in (10, 11, 12)] == [False, False, True]  # loose, the eleventh starts a second card


def test_a_long_card_goes_on_over_the_next() -> None:
    text = squeezed(text_of(cards([LONG], "fr")))
    assert all(f"étape{rank}." in text for rank in range(1, 16))


def test_a_label_says_what_where_and_who() -> None:
    document = kit_label(KIT, "fr")
    text = text_of(document)
    for said in ("KIT PAPIER", "Classeur rouge", "Armoire 2", "Mme Roux", "tous les 30 jours", "50 feuilles", "48 h"):
        assert said in text
    assert text.count("□") == 2
    assert len(pages_of(document)) == 1


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("l'astreinte", "l’astreinte"),
        ("Quoi ?", "Quoi\u00a0?"),
        ("Quoi? 12:30", "Quoi? 12:30"),
        ("« oui »", "«\u00a0oui\u00a0»"),
        ("48 h et 1 000 mL", "48\u00a0h et 1\u00a0000\u00a0mL"),
        ("à 5 heures", "à 5 heures"),
        ("22 h 02, 22 h 021", "22\u00a0h\u00a002, 22\u00a0h 021"),
        ("Garde : 06 39 98 11 20.", "Garde\u00a0: 06\u00a039\u00a098\u00a011\u00a020."),
        ("+33 6 39 98 11 20", "+33\u00a06\u00a039\u00a098\u00a011\u00a020"),
        ("lots 12 34 56", "lots 12 34 56"),
    ],
)
def test_french_typography(typed: str, set_: str) -> None:
    assert typographic(typed, "fr") == set_
    assert shown(typed, "fr") == set_


def test_english_typography_keeps_spaces() -> None:
    assert typographic("don't stop: now ?", "en") == "don’t stop: now ?"


@pytest.mark.parametrize("style", STYLES)
def test_the_fonts_are_those_of_the_documents_redrawn(style: str) -> None:
    """Run `.venv/bin/python -m tools.sheet_fonts` after a change of fonts."""
    made = io.BytesIO()
    redrawn(FONTS.parents[1] / "fonts" / f"Inter-{style}.otf").save(made)
    assert made.getvalue() == (FONTS / f"Inter-{style}.ttf").read_bytes()
    source = TTFont(FONTS.parents[1] / "fonts" / f"Inter-{style}.otf")
    kept = TTFont(FONTS / f"Inter-{style}.ttf")
    assert set(kept.getBestCmap()) == set(source.getBestCmap())
