"""Trends: versions are never joined, unknown months leave a hole, the same figures give the same bytes."""

from __future__ import annotations

from datetime import date

from defusedxml import ElementTree

from reports.trends import Point, distribution_chart, month_chart, standing_chart, version_breaks

SVG = "{http://www.w3.org/2000/svg}"
POINTS = (
    Point(202601, "1", 0.25, "25 % (1 / 4)"),
    Point(202602, "1", 0.5, "50 % (2 / 4)"),
    Point(202603, "", None, "Pas calculé"),
    Point(202604, "1", 0.5, "50 % (2 / 4)"),
    Point(202605, "2", 0.75, "75 % (3 / 4)"),
    Point(202606, "2", 1.0, "100 % (4 / 4)"),
)
GOALS = ((date(2026, 2, 1), 50), (date(2026, 5, 1), 100))


def lines(svg: str, colour: str) -> list[str]:
    drawing = ElementTree.fromstring(svg)
    return [one.get("d", "") for one in drawing.iter(f"{SVG}path") if one.get("stroke") == colour]


def test_a_line_stops_at_a_hole_and_at_a_new_definition() -> None:
    chart = month_chart("Exercices", POINTS, GOALS, "fr")
    drawn = [one for one in lines(chart.svg, "#0b4f8a") if "L" in one]
    assert [one.count("L") for one in drawn] == [1, 1], "January to February, May to June"
    assert version_breaks(POINTS) == (4,)
    assert "définition changée" in chart.svg
    assert chart.description.endswith("La définition change en 05/2026.")
    assert "01/2026\u00a0: 25 % (1 / 4)" in chart.description
    assert chart.rows[2] == ("03/2026", "Pas calculé", "")
    assert chart.rows[4] == ("05/2026", "75 % (3 / 4)", "version 2")


def test_goals_rise_with_their_days() -> None:
    chart = month_chart("Exercices", POINTS, GOALS, "fr")
    assert len(lines(chart.svg, "#17633a")) == 2
    assert "objectif 50" in chart.svg
    assert "objectif 100" in chart.svg


def test_numbers_have_a_scale_of_their_own_and_no_goal() -> None:
    points = [Point(202601, "1", 9, "9"), Point(202602, "1", 0, "0")]
    chart = month_chart("Incidents", points, GOALS, "en")
    written = {one.text for one in ElementTree.fromstring(chart.svg).iter(f"{SVG}text")}
    assert {"0", "3", "6", "9", "12"} <= written
    assert not lines(chart.svg, "#17633a")


def test_nothing_known_is_said() -> None:
    chart = month_chart("Exercices", [Point(202601, "", None, "Aucune réponse")], (), "fr")
    assert chart.description == "Aucune valeur sur la période."
    assert month_chart("Exercises", (), (), "en").description == "No value over the period."


def test_every_answer_has_its_bar_and_none_is_dropped_from_the_table() -> None:
    chart = distribution_chart("Répartition", [("Atteint", 6), ("Non atteint", 3), ("Sans réponse", 0)], "fr")
    widths = [float(one.get("width", "")) for one in ElementTree.fromstring(chart.svg).iter(f"{SVG}rect")]
    assert widths == [756.0, 378.0]
    assert chart.rows[-1] == ("Sans réponse", "0")


def test_one_among_the_others() -> None:
    chart = standing_chart("Chez vous", (0.25, 0.5, 0.755), 0.3, "fr", percent=True)
    assert chart.rows == (
        ("Vous", "30\u00a0%"),
        ("Premier quart", "25\u00a0%"),
        ("Médiane", "50\u00a0%"),
        ("Dernier quart", "75\u00a0%"),
    )
    numbers = standing_chart("Yours", (0, 1, 3), 12, "en", percent=False)
    assert numbers.rows[0] == ("You", "12")
    assert numbers.svg == standing_chart("Yours", (0, 1, 3), 12, "en", percent=False).svg
    assert "style=" not in numbers.svg
