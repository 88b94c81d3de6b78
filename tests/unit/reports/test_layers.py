"""The layered picture: nothing overlaps, ties go rightward, words are whole, same input same bytes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.layers import MOST_BOXES, Box, Family, State, Style, Tie, _Layout, layered
from reports.layers_svg import height_of, width_of, wrapped

SVG = "{http://www.w3.org/2000/svg}"
BOXES = [
    Box(1, "Urgences", Family.ACTIVITY, "Service de soins", State.DEGRADED, "dégradé dès 02:00"),
    Box(2, "Dossier patient informatisé", Family.APPLICATION, "Application", State.STOPPED, "arrêt à 02:30"),
    Box(3, "Annuaire <AD> & co", Family.INFRASTRUCTURE, "Infrastructure", State.LOST, "perdu"),
    Box(4, "Salle informatique", Family.PREMISES, "Locaux"),
]
TIES = [
    Tie(1, 2, strong=True), Tie(2, 3, strong=True), Tie(3, 4), Tie(1, 4, Style.USEFUL), Tie(4, 2), Tie(9, 1), Tie(1, 1),
]  # fmt: skip


def test_the_picture_says_everything_in_words_and_in_a_table() -> None:
    chart = layered("Carte", BOXES, TIES, "fr")
    root = ElementTree.fromstring(chart.svg)
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert {"Urgences", "Annuaire <AD> & co", "perdu", "Locaux", "arrêt à 02:30", "ferme une boucle"} <= set(words)
    assert root.get("role") == "img"
    assert next(child.text for child in root) == "Carte"
    assert chart.rows[0] == ("Urgences", "Service de soins", "Dossier patient informatisé, Salle informatique",
                             "dégradé dès 02:00")  # fmt: skip
    assert chart.svg == layered("Carte", BOXES, TIES, "fr").svg


def test_nothing_a_strict_page_refuses() -> None:
    for node in ElementTree.fromstring(layered("Carte", BOXES, TIES, "en").svg).iter():
        assert node.tag in {f"{SVG}{tag}" for tag in ("svg", "title", "desc", "g", "path", "text")}
        assert "style" not in node.attrib


@pytest.mark.parametrize("count", [0, MOST_BOXES + 1])
def test_what_cannot_be_read_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="can be drawn"):
        layered("Carte", [Box(one, "x", Family.PEOPLE, "") for one in range(count)], [], "fr")


@settings(max_examples=60)
@given(st.data(), st.integers(1, 14))
def test_boxes_never_overlap_and_ties_go_rightward(data: st.DataObject, size: int) -> None:
    number = st.integers(0, size - 1)
    pairs = data.draw(st.lists(st.tuples(number, number), max_size=30, unique=True))
    heights = data.draw(st.lists(st.floats(30, 90), min_size=size, max_size=size))
    ties = [(one, other, Style.ESSENTIAL, False) for one, other in pairs if one != other]
    layout = _Layout(list(heights), ties)
    for layer in layout.layers:
        for above, below in pairwise(layer):
            room = (layout.heights[above] + layout.heights[below]) / 2
            assert layout.y[below] - layout.y[above] >= room - 1e-6
    for segment in layout.segments:
        assert layout.layer[segment.right] == layout.layer[segment.left] + 1
    ends = {(one.left, one.right) for one in layout.segments}
    assert set(range(size)) == {spot for layer in layout.layers for spot in layer if spot < size}
    for one, other in pairs:
        if one != other:  # each tie can be followed, from point to point, one way or (in a loop) the other
            assert follows(ends, one, other, size) or follows(ends, other, one, size)


def follows(ends: set[tuple[int, int]], start: int, end: int, boxes: int) -> bool:
    left, seen = [start], {start}
    while left:
        spot = left.pop()
        for one, other in ends:
            if one == spot and other == end:
                return True
            if one == spot and other >= boxes and other not in seen:
                seen.add(other)
                left.append(other)
    return False


def test_words_fit_their_box() -> None:
    lines = wrapped("Gestion administrative des patients hospitalisés en ambulatoire et ailleurs", 138, 13, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(width_of(line, 13) <= 138 for line in [*lines, *wrapped("x" * 300, 138, 13)])
    assert height_of("Court", "Application", "") < height_of("Court", "Application", "perdu")
