"""Reads the definitions of indicators of `kits/indicators`: one file a family; a fault names file, key and reason."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

import kits
from care.adapters.kit_reading import Node, read_document
from care.domain.frameworks import FRAMEWORK_ID, VERSION, Confidence
from care.domain.indicators import CODE, Audience, Family, Goal, IndicatorDefinition, Measure, Trend
from care.domain.months import Month, is_month
from scanners.model import Text

INDICATORS = Path(kits.__file__).parent / "indicators"
NOUN = Text("La définition d’indicateurs", "The definition of indicators")
FORMAT = "care-indicators/1"
MOST = 100
_LONGEST_SOURCE = 300
_HIGHEST_LEVEL = 20
_NEEDED = {"code", "version", "since", "title", "formula", "unit", "measure", "trend", "source", "confidence"}
_FORMAT = re.compile(re.escape(FORMAT) + r"\Z")


@cache
def indicators_of(folder: Path = INDICATORS) -> tuple[IndicatorDefinition, ...]:
    """The definitions of a folder in the order of families, read once in the life of a process. KitError names the
    first fault; the versions of one indicator begin in different months."""
    found = tuple(one for path in _files(folder) for one in _definitions(path))
    codes = {one.code for one in found}
    for first in found:
        if first.within and first.within not in codes - {first.code}:
            node = Node(folder.name, first.code, None, NOUN)
            raise node.fault("within nomme un autre indicateur", "within names another indicator")
        twins = [one for one in found if one.code == first.code and one is not first]
        if any(one.since == first.since or one.version == first.version for one in twins):
            node = Node(folder.name, first.code, None, NOUN)
            raise node.fault(
                "deux définitions ont la même version ou le même premier mois",
                "two definitions have the same version or the same first month",
            )
    return found


def _files(folder: Path) -> list[Path]:
    order = {family.value: rank for rank, family in enumerate(Family)}
    return sorted(folder.glob("*.yaml"), key=lambda path: (order.get(path.stem, len(order)), path.name))


def _definitions(path: Path) -> list[IndicatorDefinition]:
    node = read_document(path, path.name, NOUN)
    node.only({"format", "family", "indicators"})
    node.plain("format", _FORMAT)
    family = node.child("family").of(Family)
    if path.stem != family:
        raise node.child("family").fault(
            f"le fichier devrait s’appeler {family}.yaml", f"the file should be called {family}.yaml"
        )
    return node.many("indicators", lambda one: _definition(one, family), least=1, most=MOST)


def _definition(node: Node, family: Family) -> IndicatorDefinition:
    node.only(_NEEDED | {"audience", "domain", "within", "threshold", "levels", "goals", "note"})
    found = IndicatorDefinition(
        code=node.plain("code", CODE),
        version=node.plain("version", VERSION),
        since=node.read("since", _month),
        family=family,
        title=node.text("title"),
        formula=node.text("formula"),
        unit=node.text("unit"),
        measure=node.child("measure").of(Measure),
        trend=node.child("trend").of(Trend),
        source=node.text("source"),
        confidence=node.child("confidence").of(Confidence),
        audience=node.child("audience").of(Audience) if node.has("audience") else Audience.ALL,
        domain=node.plain("domain", FRAMEWORK_ID) if node.has("domain") else "",
        within=node.plain("within", CODE) if node.has("within") else "",
        threshold=node.text("threshold") if node.has("threshold") else None,
        levels=tuple(node.many("levels", _level, least=0)),
        goals=tuple(node.many("goals", _goal, least=0)),
        note=node.text("note") if node.has("note") else None,
    )
    _check(node, found)
    return found


def _check(node: Node, found: IndicatorDefinition) -> None:
    numbers = [number for number, _name in found.levels]
    if (found.measure is Measure.LEVEL) != bool(numbers) or numbers != sorted(set(numbers)):
        raise node.fault(
            "des niveaux qui montent vont avec measure: level, et avec elle seule",
            "levels that rise go with measure: level, and with it alone",
        )
    if found.audience is Audience.CANDIDATES and not found.domain:
        raise node.fault("domain manque : candidats à quoi ?", "domain is missing: candidates for what?")
    if found.goals and found.measure not in (Measure.REACHED, Measure.SHARE):
        raise node.fault("un but est un pourcentage", "a goal is a percentage")


def _month(node: Node) -> Month:
    if isinstance(node.value, bool) or not isinstance(node.value, int) or not is_month(node.value):
        raise node.fault("un mois est attendu, par exemple 202601", "a month is expected, for instance 202601")
    return node.value


def _day(node: Node) -> date:
    try:
        return date.fromisoformat(str(node.value))
    except ValueError as error:
        raise node.fault(
            "une date est attendue, par exemple 2026-01-31", "a date is expected, for instance 2026-01-31"
        ) from error


def _level(node: Node) -> tuple[int, Text]:
    node.only({"value", "name"})
    number = node.child("value").value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _HIGHEST_LEVEL:
        raise node.fault(f"un niveau va de 0 à {_HIGHEST_LEVEL}", f"a level is from 0 to {_HIGHEST_LEVEL}")
    return number, node.text("name")


def _goal(node: Node) -> Goal:
    node.only({"percent", "since", "source", "confidence"})
    percent = node.child("percent").value
    if isinstance(percent, bool) or not isinstance(percent, int) or not 0 <= percent <= 100:
        raise node.fault("un pourcentage entier est attendu", "a whole percentage is expected")
    return Goal(
        percent=percent,
        since=node.read("since", _day),
        source=node.child("source").words(_LONGEST_SOURCE),
        confidence=node.child("confidence").of(Confidence),
    )
