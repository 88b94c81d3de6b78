"""Reads what governance follows: `kits/governance`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeVar

import kits
from care.adapters.kit_reading import Node, read_document
from care.domain.frameworks import Confidence
from care.domain.governance import (
    Benchmark,
    CommitteeKind,
    Direction,
    FigureGroup,
    FigureTarget,
    Function,
    GovernanceKit,
    Indicator,
)

GOVERNANCE = Path(kits.__file__).parent / "governance"
_ID = re.compile(r"[a-z][a-z0-9_]{1,59}\Z")
_PARAMETER = re.compile(r"[a-z][a-z0-9-]*:[a-z][a-z0-9_]*\Z")
_SOURCED = {"id", "title", "source", "confidence"}


class Named(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """Its id."""


N = TypeVar("N", bound=Named)


@cache
def governance_of(folder: Path) -> GovernanceKit:
    """The kit of a folder, read once in the life of a process. KitError names the first fault."""
    functions = read_document(folder / "functions.yaml", "functions.yaml")
    committees = read_document(folder / "committees.yaml", "committees.yaml")
    indicators = read_document(folder / "indicators.yaml", "indicators.yaml")
    budget = read_document(folder / "budget.yaml", "budget.yaml")
    kit = GovernanceKit(
        functions=_by_id(functions, functions.many("functions", _function, least=1)),
        committees=_by_id(committees, committees.many("committees", _committee, least=1)),
        indicators=_by_id(indicators, indicators.many("indicators", _indicator, least=1)),
        benchmarks=_by_id(budget, budget.many("benchmarks", _benchmark, least=1)),
    )
    functions.only({"functions"})
    committees.only({"committees"})
    indicators.only({"indicators"})
    budget.only({"benchmarks"})
    return kit


def _by_id(node: Node, found: Iterable[N]) -> Mapping[str, N]:
    known: dict[str, N] = {}
    for one in found:
        if one.id in known:
            raise node.fault(f"{one.id} est écrit deux fois", f"{one.id} is written twice")
        known[one.id] = one
    return MappingProxyType(known)


def _function(node: Node) -> Function:
    node.only({*_SOURCED, "what", "expected", "several"})
    return Function(
        id=node.plain("id", _ID),
        title=node.text("title"),
        what=node.text("what"),
        source=node.text("source"),
        confidence=node.child("confidence").of(Confidence),
        expected=node.has("expected"),
        several=node.has("several"),
    )


def _committee(node: Node) -> CommitteeKind:
    node.only({"id", "title", "what"})
    return CommitteeKind(node.plain("id", _ID), node.text("title"), node.text("what"))


def _indicator(node: Node) -> Indicator:
    node.only({*_SOURCED, "group", "part", "whole", "direction", "targets", "note", "measured", "margin"})
    targets = tuple(node.many("targets", _target, least=0))
    if [one.year or 0 for one in targets] != sorted(one.year or 0 for one in targets):
        raise node.fault("les cibles doivent être dans l’ordre des années", "targets must be in the order of years")
    return Indicator(
        id=node.plain("id", _ID),
        group=node.child("group").of(FigureGroup),
        title=node.text("title"),
        part=node.text("part"),
        whole=node.text("whole"),
        direction=node.child("direction").of(Direction),
        source=node.text("source"),
        confidence=node.child("confidence").of(Confidence),
        targets=targets,
        note=node.text("note") if node.has("note") else None,
        measured=node.plain("measured", _ID) if node.has("measured") else "",
        margin=node.has("margin"),
    )


def _target(node: Node) -> FigureTarget:
    node.only({"year", "percent", "source", "confidence", "parameter"})
    return FigureTarget(
        year=_whole(node, "year", 2100) if node.has("year") else None,
        percent=_whole(node, "percent", 100),
        source=node.text("source"),
        confidence=node.child("confidence").of(Confidence),
        parameter=node.plain("parameter", _PARAMETER) if node.has("parameter") else "",
    )


def _benchmark(node: Node) -> Benchmark:
    node.only({*_SOURCED, "per_mille"})
    return Benchmark(
        id=node.plain("id", _ID),
        title=node.text("title"),
        per_mille=_whole(node, "per_mille", 1000),
        source=node.text("source"),
        confidence=node.child("confidence").of(Confidence),
    )


def _whole(node: Node, name: str, most: int) -> int:
    value = node.number(name)
    if not isinstance(value, int) or value > most:
        raise node.child(name).fault(f"un nombre entier jusqu’à {most} est attendu", f"a whole number to {most}")
    return value
