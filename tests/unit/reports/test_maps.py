"""Maps: places fall where they are, colours follow figures, nothing is hidden behind something else."""

from __future__ import annotations

import math
import re

import pytest
from defusedxml import ElementTree

from reports.maps import (
    FORMS,
    STEPS,
    RegionFigure,
    Spot,
    SpotKind,
    place_map,
    project,
    region_map,
    shapes,
    step_of,
)

SVG = "{http://www.w3.org/2000/svg}"
LEGEND = ("0 à 20 %", "20 à 40 %", "40 à 60 %", "60 à 80 %", "80 à 100 %")
HERE, LESS, SILENT = (
    SpotKind("disc", "#17633a", "Atteint"),
    SpotKind("square", "#a63a08", "Non atteint"),
    SpotKind("ring", "#4a5b61", "Sans réponse"),
)
CITIES = {
    "Brest": ("53", -4.486, 48.390),
    "Strasbourg": ("44", 7.752, 48.573),
    "Nice": ("93", 7.262, 43.710),
    "Lille": ("32", 3.057, 50.629),
    "Perpignan": ("76", 2.895, 42.699),
    "Bordeaux": ("75", -0.579, 44.838),
    "Paris": ("11", 2.352, 48.857),
    "Lyon": ("84", 4.835, 45.764),
    "Cherbourg": ("28", -1.625, 49.630),
    "Corte": ("94", 9.149, 42.306),
    "Pointe-à-Pitre": ("01", -61.528, 16.247),
    "Fort-de-France": ("02", -61.059, 14.614),
    "Kourou": ("03", -52.650, 5.150),
    "Saint-Denis": ("04", 55.448, -20.890),
    "Combani": ("06", 45.142, -12.780),
}


def rings(code: str) -> list[list[tuple[float, float]]]:
    found = []
    for part in shapes()[code].path.split("M")[1:]:
        numbers = [float(one) for one in re.findall(r"-?\d+\.?\d*", part)]
        found.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return found


def inside(point: tuple[float, float], ring: list[tuple[float, float]]) -> bool:
    x, y = point
    crossed = False
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            crossed = not crossed
    return crossed


@pytest.mark.parametrize("city", CITIES)
def test_a_city_falls_in_its_region(city: str) -> None:
    code, longitude, latitude = CITIES[city]
    point = project(code, longitude, latitude)
    assert any(inside(point, ring) for ring in rings(code))
    for other in shapes().keys() - {code}:
        assert not any(inside(point, ring) for ring in rings(other))


def test_extreme_points_lie_on_the_edge_of_the_drawing() -> None:
    # Bray-Dunes, the northernmost, and the mouth of the Lauter, the easternmost of the mainland (Natural Earth)
    north = min(point for ring in rings("32") for point in [min(ring, key=lambda one: one[1])])
    assert math.dist(project("32", 2.5218, 51.0875), north) < 1.5
    east = max(point for ring in rings("44") for point in ring)
    assert math.dist(project("44", 8.2003, 48.9586), east) < 1.5


def test_there_are_eighteen_regions() -> None:
    assert len(shapes()) == 18
    assert shapes()["93"].name == "Provence-Alpes-Côte d’Azur"


@pytest.mark.parametrize(
    ("share", "step"), [(0, 0), (0.19, 0), (0.2, 1), (0.5, 2), (0.99, 4), (1, 4), (1.2, 4), (-1, 0)]
)
def test_steps(share: float, step: int) -> None:
    assert step_of(share) == step


def figure(code: str, share: float | None, address: str = "") -> RegionFigure:
    text = "" if share is None else f"{round(share * 100)} %"
    return RegionFigure(code, shapes()[code].name, share, text, (text or "masqué",), address)


def test_regions_are_painted_and_told() -> None:
    chart = region_map("Exercices", ("Région", "Part"), [figure("53", 0.84), figure("11", None)], LEGEND, "fr")
    drawing = ElementTree.fromstring(chart.svg)
    paths = {one.find(f"{SVG}title").text: one.get("fill") for one in drawing.iter(f"{SVG}path")}  # type: ignore[union-attr]
    assert paths["Bretagne"] == STEPS[4]
    assert paths["Île-de-France"] == paths["Corse"] not in STEPS
    assert chart.rows == (("Bretagne", "84 %"), ("Île-de-France", "masqué"))
    assert chart.description == "Bretagne\u00a0: 84 %\u202f; Île-de-France\u00a0: masqué"
    assert drawing.get("role") == "img"
    written = [one.text for one in drawing.iter(f"{SVG}text")]
    assert "84 %" in written
    assert set(LEGEND) <= set(written)


def test_a_region_may_lead_somewhere() -> None:
    chart = region_map("Exercices", ("Région", "Part"), [figure("53", 0.84, "/regions/region-12")], LEGEND, "fr")
    drawing = ElementTree.fromstring(chart.svg)
    link = next(drawing.iter(f"{SVG}a"))
    assert (link.get("href"), link.get("aria-label")) == ("/regions/region-12", "Bretagne\u00a0: 84 %")
    assert drawing.get("role") == "group", "an image may not hold links"


def spots() -> list[Spot]:
    return [
        Spot("Rennes", HERE, ("1/1",), -1.678, 48.117),
        Spot("Rennes aussi", LESS, ("0/1",), -1.6781, 48.1171),
        Spot("Côtes-d’Armor", SILENT, ("–",), department="22"),
        Spot("Égaré", HERE, ("1/1",), 48.117, -1.678, department="29"),
        Spot("Nulle part", LESS, ("0/1",)),
    ]


def test_spots_stand_apart_and_say_how_well_their_place_is_known() -> None:
    chart = place_map("Bretagne", "53", ("Établissement", "Valeur"), spots(), "fr")
    assert "1 établissement à sa place" not in chart.description
    assert "2 établissements à leur place, 3 au centre de leur département ou de la région." in chart.description
    assert "Atteint\u00a0: 2" in chart.description
    assert [row[0] for row in chart.rows] == [one.name for one in spots()]
    assert 'stroke-dasharray="3 2"' in chart.svg
    many = [Spot(f"n{rank}", HERE, ("",), -1.678, 48.117) for rank in range(50)]
    drawing = ElementTree.fromstring(place_map("Bretagne", "53", ("É", "V"), many, "fr").svg)
    centres = [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in drawing.iter(f"{SVG}circle")][:50]
    assert min(math.dist(a, b) for a in centres for b in centres if a is not b) > 15


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_drawn(form: str) -> None:
    one = Spot("Un", SpotKind(form, "#17633a", "Ici"), ("",), -1.678, 48.117)
    chart = place_map("Bretagne", "53", ("É", "V"), [one], "en")
    assert "1 establishment where it is, 0 at the centre" in chart.description


@pytest.mark.parametrize("code", sorted(shapes()))
def test_each_region_fits_its_picture(code: str) -> None:
    chart = place_map("Carte", code, ("É", "V"), [], "fr")
    box = ElementTree.fromstring(chart.svg).get("viewBox", "").split()
    assert 200 < float(box[3]) <= 650


def test_same_figures_same_bytes_and_nothing_a_policy_refuses() -> None:
    first = place_map("Carte", "53", ("É", "V"), spots(), "fr").svg
    assert first == place_map("Carte", "53", ("É", "V"), spots(), "fr").svg
    assert "style=" not in first
    assert "<style" not in first
    assert "script" not in first
    assert "&lt;b&gt;" in place_map("<b>", "53", ("É", "V"), [], "fr").svg
