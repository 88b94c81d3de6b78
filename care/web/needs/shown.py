"""How requirements are shown: in groups, and the page where each thing to do is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from care.domain.access import Level, Place
from care.domain.judging import STATUS_NAMES
from care.services.frameworks.one_requirement import RequirementView, SiteLink
from care.services.frameworks.reading import FrameworkView, RequirementLine
from care.services.frameworks.todo import Way
from care.web import labels
from care.web.needs.blueprint import of_place

TOP = "_top"
"""How an address names what stands in no section: no section is called that."""


@dataclass(frozen=True, slots=True)
class Group:
    """Requirements under one title; `section` is that of its answers, empty when the group is none."""

    title: str
    lines: tuple[RequirementLine, ...]
    status: str = ""
    section: str = ""


def by_status(view: FrameworkView) -> tuple[Group, ...]:
    """What lacks most first."""
    groups = [
        Group(
            str(labels.REQUIREMENT_STATUS[status]),
            tuple(one for one in view.requirements if one.status is status),
            status.value,
        )
        for status in STATUS_NAMES
    ]
    return tuple(one for one in groups if one.lines)


def by_section(view: FrameworkView) -> tuple[Group, ...]:
    """In the order of the text, under its sections."""
    found: dict[str, list[RequirementLine]] = {}
    for one in view.requirements:
        found.setdefault(one.section, []).append(one)
    return tuple(
        Group(view.sections.get(section, ""), tuple(lines), section=section or TOP) for section, lines in found.items()
    )


Address = Callable[[Way, str, str, str, str], str]


def todo_address(place: Place, sites: Sequence[SiteLink], view: RequirementView | None = None) -> Address:
    """Gives the page of a thing to do: its way and value, the requirement it is for and its section; "" for none."""
    site = place.id if place.level is Level.ESTABLISHMENT else sites[0].id if len(sites) == 1 else 0

    def address(way: Way, value: str, framework: str, item: str, section: str = "") -> str:
        to = {**of_place(place), "framework_id": framework}
        anywhere = {
            Way.EVIDENCE: lambda: url_for("needs.requirement", need_id=item, _anchor="evidence", **to),
            Way.ANSWER: lambda: (
                url_for("needs.section", section_id=section, **to)
                if section and view is None
                else url_for("needs.requirement", need_id=item, _anchor="answer", **to)
            ),
            Way.ACTION: lambda: url_for("needs.requirement", need_id=item, _anchor="answer", **to),
            Way.FRAMEWORK: lambda: url_for("frameworks.one", framework=framework),
            Way.PARAMETER: lambda: url_for("frameworks.values", framework=framework),
            Way.COVERAGE: lambda: _coverage(place),
            Way.RULE: lambda: url_for("weaknesses.one", rule_id=value),
        }
        at_site: Mapping[Way, Callable[[], str]] = {
            Way.RULE: lambda: url_for("findings.index", establishment_id=site, rule=value),
            Way.AUDIT: lambda: url_for("runs.new", establishment_id=site),
            Way.ADS: lambda: url_for("imports.index", establishment_id=site),
            Way.EXERCISES: lambda: url_for("exercises.index", establishment_id=site),
        }
        made = at_site.get(way) if site and way in at_site else anywhere.get(way)
        return made() if made is not None else ""

    return address


def _coverage(place: Place) -> str:
    if place.level is Level.ESTABLISHMENT:
        return url_for("coverage.index")
    return url_for("coverage.one", level=place.level.value, candidate_id=place.id)
