"""Charts: safe to inline in a page, the same bytes each time, told in words as well."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from reports.charts import Chart, amount_chart, scanner_chart, severity_chart, share_chart, trend_chart
from reports.words import SEVERITY_COLOURS, Lang, Severity

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = {Severity.CRITICAL: 3, Severity.HIGH: 1200, Severity.LOW: 1}


def charts(lang: Lang) -> list[Chart]:
    return [
        severity_chart(COUNTS, lang),
        severity_chart({}, lang),
        scanner_chart([("Active Directory", COUNTS), ("Sauvegarde <b>&amp;</b> \x07", {})], lang),
        scanner_chart([], lang),
        trend_chart([("01/09", COUNTS), ("01/10", {Severity.HIGH: 40}), ("01/11", {})], lang),
        trend_chart([(f"run {rank}", {Severity.HIGH: rank}) for rank in range(60)], lang),
        trend_chart([], lang),
        amount_chart("Dépenses", "Année", [("2026", 1_250_050), ("2027", 0), ("=1+1 <b>\x07", 7)], lang),
        amount_chart("Rien", "Année", [], lang),
        share_chart("Par objectif", "Objectif", [("Alerter", 0.66, 0.5), ("Tenir", 0.0, 1.0), ("Dire", None, 0)], lang),
        share_chart("Par cellule", "Cellule", [], lang),
    ]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_strict_content_policy_accepts_them(lang: Lang) -> None:
    for chart in charts(lang):
        for element in ET.fromstring(chart.svg).iter():  # noqa: S314 - our own
            assert element.tag.removeprefix(SVG) in {"svg", "title", "desc", "g", "rect", "path", "text", "circle"}
            assert not [name for name in element.attrib if name in {"style", "class"} or name.startswith("on")]


def test_no_address_but_the_namespace() -> None:
    addresses = {address for chart in charts("fr") for address in re.findall(r"https?://[^\"<]*", chart.svg)}
    assert addresses == {"http://www.w3.org/2000/svg"}


def test_same_figures_give_the_same_bytes() -> None:
    assert charts("fr") == charts("fr")


def test_named_and_described() -> None:
    chart = severity_chart(COUNTS, "fr")
    root = ET.fromstring(chart.svg)  # noqa: S314 - our own
    title, description = root[0], root[1]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert (title.text, description.text) == (chart.title, chart.description)
    assert chart.description.startswith("Critique\u00a0: 3\u202f; Élevée\u00a0: 1\u202f200")


def test_two_charts_of_one_page_have_different_ids() -> None:
    ids = [found for chart in charts("fr")[:3] for found in re.findall(r' id="([^"]*)"', chart.svg)]
    assert len(ids) == len(set(ids))


def test_the_table_holds_every_figure() -> None:
    chart = scanner_chart([("Active Directory", COUNTS), ("Sauvegarde", {})], "en")
    assert chart.header == ("Domain", "Critical", "High", "Medium", "Low", "Information")
    assert chart.rows == (("Active Directory", "3", "1,200", "0", "1", "0"), ("Sauvegarde", "0", "0", "0", "0", "0"))


def test_amounts_are_written_in_euros() -> None:
    chart = amount_chart("Dépenses", "Année", [("2026", 1_250_050), ("2027", 0)], "fr")
    assert chart.rows == (("2026", "12\u202f500,50\u00a0€"), ("2027", "0\u00a0€"))
    texts = [text.text for text in ET.fromstring(chart.svg).iter(f"{SVG}text")]  # noqa: S314 - our own
    assert {"12\u202f500,50\u00a0€", "0\u00a0€", "2026", "2027"} <= set(texts)


def test_bars_are_as_long_as_their_values() -> None:
    root = ET.fromstring(severity_chart({Severity.CRITICAL: 10, Severity.HIGH: 5}, "fr").svg)  # noqa: S314 - our own
    widths = [float(rect.get("width", "0")) for rect in root.iter(f"{SVG}rect")]
    assert max(widths) == pytest.approx(2 * min(widths), abs=0.2)


def test_values_are_printed_and_do_not_cross() -> None:
    root = ET.fromstring(severity_chart(COUNTS, "fr").svg)  # noqa: S314 - our own
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"3", "1200", "0", "1"} <= set(texts)
    stacked = ET.fromstring(scanner_chart([("a", {Severity.HIGH: 1000, Severity.LOW: 1})], "fr").svg)  # noqa: S314
    assert "1" not in [text.text for text in stacked.iter(f"{SVG}text")]


def test_lines_differ_without_colour() -> None:
    root = ET.fromstring(trend_chart([("a", COUNTS), ("b", COUNTS)], "fr").svg)  # noqa: S314 - our own
    dashes = [path.get("stroke-dasharray") for path in root.iter(f"{SVG}path") if path.get("stroke-width")]
    assert len(dashes) == len(set(dashes)) == len(Severity)


def test_ticks_are_whole_numbers() -> None:
    root = ET.fromstring(trend_chart([("a", {Severity.LOW: 1}), ("b", {Severity.LOW: 2})], "fr").svg)  # noqa: S314
    assert [text.text for text in root.iter(f"{SVG}text") if (text.text or "").isdigit()] == ["0", "1", "2"]


@pytest.mark.parametrize("severity", list(Severity))
def test_white_text_reads_well_on_each_severity(severity: Severity) -> None:
    assert 1.05 / (_luminance(SEVERITY_COLOURS[severity]) + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels
    )  # fmt: skip
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_share_nobody_knows_is_not_a_zero() -> None:
    chart = share_chart("Par cellule", "Cellule", [("Urgences", 0.0, 1.0), ("Accueil", None, 0.0)], "fr")
    assert [row[1] for row in chart.rows] == ["0\u00a0%", "non observé"]
    assert re.findall(r"<text[^>]*>([^<]*)</text>", chart.svg).count("non observé") == 1
