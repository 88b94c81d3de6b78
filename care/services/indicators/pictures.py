"""Maps of figures: the 18 regions under one indicator, and the establishments of a region by what they answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from care.domain.access import Place
from care.domain.indicators import IndicatorDefinition, Measure
from care.services.indicators.dashboards import Nation
from care.services.indicators.one_indicator import FIGURE_STATES
from care.services.indicators.shown import Shown, lang_of
from care.services.indicators.sites import Site, SiteMap, Standing
from reports.charts import Chart
from reports.maps import RegionFigure, Spot, SpotKind, place_map, region_map, step_of
from reports.words import number, percent
from scanners.model import Text

_STEPS = 5
ANSWERS: Mapping[Standing, Text] = {
    Standing.REACHED: Text("Atteint", "Reached"),
    Standing.NOT_REACHED: Text("Non atteint", "Not reached"),
    Standing.MEASURED: Text("Une valeur", "A value"),
    Standing.NOTHING: Text("Rien à mesurer", "Nothing to measure"),
    Standing.OTHER_VERSION: Text("Autre version de la définition", "Other version of the definition"),
    Standing.PSEUDONYM: Text("Répond sous pseudonyme", "Answers under a pseudonym"),
    Standing.SILENT: Text("Sans réponse", "No answer"),
    Standing.NOT_ASKED: Text("Pas concerné", "Not concerned"),
}
"""What an establishment answered, in words."""
_HEADER: Mapping[str, tuple[str, ...]] = {
    "fr": ("Région", "Valeur", "Effectifs", "Répondants", "Sans réponse"),
    "en": ("Region", "Value", "Counts", "Answered", "No answer"),
}


def nation_map(nation: Nation, lang: str, address: Callable[[Place], str]) -> Chart:
    """The regions painted by one indicator; `address` says where each leads."""
    highest = max((one.shown.amount or 0 for one in nation.regions), default=0)
    figures = [
        RegionFigure(
            code=one.code,
            name=one.name,
            share=_part(nation.definition, one.shown, highest),
            text=_short(nation.definition, one.shown, lang),
            cells=_cells(one.shown, lang),
            address=address(one.place),
        )
        for one in nation.regions
    ]
    legend = _legend(nation.definition, highest, lang)
    return region_map(nation.definition.title.render(lang), _HEADER[lang_of(lang)], figures, legend, lang_of(lang))


def _cells(one: Shown, lang: str) -> tuple[str, ...]:
    value = one.value if one.told else FIGURE_STATES[one.state].render(lang)
    return value, one.counts, f"{one.answered} / {one.asked}", str(one.silent)


def _part(definition: IndicatorDefinition, one: Shown, highest: int) -> float | None:
    """Where a value stands between the lowest and the highest that its colour may tell."""
    if one.share is not None:
        return one.share
    if one.amount is None:
        return None
    if definition.measure is Measure.LEVEL and definition.levels:
        return _level_part(definition, one.amount)
    return one.amount / highest if highest else 0.0


def _level_part(definition: IndicatorDefinition, level: int) -> float:
    order = [key for key, _name in definition.levels]
    return order.index(level) / len(order) if level in order else 0.0


def _short(definition: IndicatorDefinition, one: Shown, lang: str) -> str:
    """A value as a map has room for."""
    if not one.told:
        return ""
    return str(one.amount) if definition.measure is Measure.LEVEL else one.value


def _legend(definition: IndicatorDefinition, highest: int, lang: str) -> Sequence[str]:
    words = lang_of(lang)
    joint = " à " if words == "fr" else " to "
    if definition.measure is Measure.LEVEL:
        levels = [(step_of(_level_part(definition, key)), str(key)) for key, _name in definition.levels]
        return [", ".join(name for step, name in levels if step == rank) or "–" for rank in range(_STEPS)]
    if definition.measure is Measure.COUNT:
        edges = [highest * rank // _STEPS for rank in range(_STEPS + 1)]
        return [f"{number(low, words)}{joint}{number(high, words)}" for low, high in pairwise(edges)]
    return [f"{20 * rank}{joint}{percent(20 * rank + 20, words)}" for rank in range(_STEPS)]


_PLAIN: Mapping[Standing, tuple[str, str]] = {
    Standing.REACHED: ("disc", "#17633a"),
    Standing.NOT_REACHED: ("diamond", "#a63a08"),
    Standing.MEASURED: ("disc", "#0b4f8a"),
    Standing.NOTHING: ("square", "#51606f"),
    Standing.OTHER_VERSION: ("cross", "#574588"),
    Standing.PSEUDONYM: ("cross", "#51606f"),
    Standing.SILENT: ("ring", "#51606f"),
    Standing.NOT_ASKED: ("cross", "#51606f"),
}
_LEVELLED = (
    ("square", "#7fa8cb"),
    ("diamond", "#4f86b5"),
    ("triangle", "#2d6a9e"),
    ("wedge", "#0b4f8a"),
    ("disc", "#06294a"),
)
_COUNTED = (Text("Aucun", "None"), Text("Au moins un", "At least one"))
_THIRDS = (Text("Moins d’un tiers", "Less than a third"), Text("Un à deux tiers", "One to two thirds"),
           Text("Plus de deux tiers", "More than two thirds"))  # fmt: skip


def sites_map(found: SiteMap, lang: str, address: Callable[[Site], str]) -> Chart:
    """The establishments of a region by what they answered; `address` says where each leads, empty for nowhere."""
    english = lang == "en"
    header = ("Establishment", "Answer", "Value") if english else ("Établissement", "Réponse", "Valeur")
    spots = [_spot(found.definition, one, lang, address(one)) for one in found.sites]
    title = f"{found.definition.title.render(lang)}, {found.territory.name}"
    return place_map(title, found.region, header, spots, lang_of(lang))


def _spot(definition: IndicatorDefinition, site: Site, lang: str, address: str) -> Spot:
    return Spot(
        name=site.name,
        kind=_kind(definition, site, lang),
        cells=(ANSWERS[site.standing].render(lang), site.value),
        longitude=site.longitude,
        latitude=site.latitude,
        department=site.department,
        address=address,
    )


def _kind(definition: IndicatorDefinition, site: Site, lang: str) -> SpotKind:
    form, colour = _PLAIN[site.standing]
    words = ANSWERS[site.standing]
    if site.standing is Standing.MEASURED:
        rank, words = _ranked(definition, site)
        form, colour = _LEVELLED[rank]
    return SpotKind(form, colour, words.render(lang))


def _ranked(definition: IndicatorDefinition, site: Site) -> tuple[int, Text]:
    """The form of a value, and its words: its level, its third, or whether there is any."""
    if definition.measure is Measure.LEVEL:
        levels = dict(definition.levels)
        rank = list(levels).index(site.numerator) if site.numerator in levels else 0
        return min(rank, _STEPS - 1), levels.get(site.numerator, Text(str(site.numerator), str(site.numerator)))
    if definition.measure is Measure.COUNT:
        some = site.numerator > 0
        return (_STEPS - 1 if some else 0), _COUNTED[some]
    third = min(2, site.numerator * 3 // site.denominator)
    return (0, 2, _STEPS - 1)[third], _THIRDS[third]
