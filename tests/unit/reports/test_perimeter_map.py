"""The map of the perimeter: readable at 3 addresses and at 128, nothing lost between sheets, nothing told by colour."""

from __future__ import annotations

from itertools import cycle, pairwise

import pytest
from defusedxml import ElementTree

from reports.perimeter_map import MapAddress, perimeter_map, width_of_map
from reports.words import Lang, Severity

SVG = "{http://www.w3.org/2000/svg}"
LANGS: tuple[Lang, ...] = ("fr", "en")
WORST = (*Severity, None)


def address(written: str, worst: Severity | None = None) -> MapAddress:
    return MapAddress(written, (("Accès distant", 2), ("Web", 1)), worst, 3 if worst else 0)


def many(count: int) -> list[MapAddress]:
    worst = cycle(WORST)
    return [address(f"198.51.{100 + rank // 64}.{rank % 64 + 1}", next(worst)) for rank in range(count)]


def words_of(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_nothing_seen_draws_nothing() -> None:
    assert perimeter_map([], "fr", 4) == ()


@pytest.mark.parametrize("lang", LANGS)
def test_three_addresses_say_all_in_words(lang: Lang) -> None:
    seen = [
        address("192.0.2.10", Severity.CRITICAL),
        MapAddress("192.0.2.9", (), None, 0, everything=True),
        MapAddress("2001:db8:0:0:1:2:3:4", (("Santé & <scanner>", 1),), Severity.INFO, 1),
    ]
    (sheet,) = perimeter_map(seen, lang, 5)
    words = words_of(sheet.svg)
    several = {"fr": "192.0.2.0/24 · 2 adresses", "en": "192.0.2.0/24 · 2 addresses"}[lang]
    critical = {"fr": "Critique · 3", "en": "Critical · 3"}[lang]
    assert {several, critical, "Accès distant 2, Web", "Santé & <scanner>"} <= set(words)
    assert words.index("192.0.2.9") < words.index("192.0.2.10"), "addresses stand in order, as numbers"
    assert sheet.wide == width_of_map(2), "no wider than its fullest network"
    root = ElementTree.fromstring(sheet.svg)
    assert [child.text for child in root][:2] == [sheet.title, sheet.description]
    assert root.get("role") == "img"
    assert sheet == perimeter_map(seen, lang, 5)[0]


def test_the_description_counts_every_severity() -> None:
    (sheet,) = perimeter_map(many(12), "fr", 5)
    assert sheet.description == (
        "12 adresses, 1 réseau\u00a0: Critique 2, Élevée 2, Moyenne 2, Faible 2, Information 2, aucun constat ouvert 2."
    )


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    found = []
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        x, y, wide, high = (float(rect.get(name)) for name in ("x", "y", "width", "height"))
        found.append((x, y, x + wide, y + high))
    return found


@pytest.mark.parametrize(("count", "columns"), [(1, 5), (3, 5), (128, 5), (128, 2), (128, 4)])
def test_boxes_stand_apart_inside_the_picture(count: int, columns: int) -> None:
    (sheet,) = perimeter_map(many(count), "fr", columns)
    drawn = boxes(sheet.svg)
    assert len(drawn) == count
    _, _, wide, tall = (float(one) for one in ElementTree.fromstring(sheet.svg).get("viewBox").split())
    assert all(left >= 0 and right <= wide and top >= 0 and low <= tall for left, top, right, low in drawn)
    rows = sorted(drawn, key=lambda box: (box[1], box[0]))
    assert all(here[3] < below[1] or here[2] < below[0] for here, below in pairwise(rows))


def test_sheets_hold_every_address_once_and_say_that_a_network_goes_on() -> None:
    sheets = perimeter_map(many(128), "fr", 4, tallest=860)
    assert len(sheets) > 1
    known = {one.address for one in many(128)}
    told = [word for sheet in sheets for word in words_of(sheet.svg) if word in known]
    assert sorted(told) == sorted(known)
    for sheet in sheets:
        tall = float(ElementTree.fromstring(sheet.svg).get("viewBox").split()[3])
        assert tall <= 870
        assert boxes(sheet.svg), "no sheet ends on the head of a network"
    assert len({sheet.title for sheet in sheets}) == len(sheets)
    assert any("(suite)" in word for word in words_of(sheets[1].svg))
    assert not any("(suite)" in word for word in words_of(sheets[0].svg))


def test_addresses_alone_in_their_network_stand_together() -> None:
    (sheet,) = perimeter_map([address(f"198.51.{rank}.1") for rank in range(4)], "fr", 5)
    assert "Adresses isolées · 4 adresses" in words_of(sheet.svg)


def test_nothing_a_strict_page_refuses() -> None:
    for node in ElementTree.fromstring(perimeter_map(many(6), "en", 3)[0].svg).iter():
        assert node.tag in {f"{SVG}{tag}" for tag in ("svg", "title", "desc", "g", "path", "rect", "text", "tspan")}
        assert "style" not in node.attrib
