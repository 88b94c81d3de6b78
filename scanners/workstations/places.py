"""Where a machine is and whom it serves, from what inventories write: a place in a tree, an entity, a group, a unit."""

from __future__ import annotations

import re

MOST_CHARACTERS = 120
_STEP = re.compile(r"\s*(?:>|\\|/)\s*")
_UNIT = re.compile(r"OU=((?:[^,\\]|\\.)+)", re.IGNORECASE)
_SPACES = re.compile(r"[\x00-\x1f\x7f\s]+")


def site_of(column: str, text: str) -> str:
    """The site that a text tells: the first step of a place (`Hôpital Nord > RDC > Urgences`), the last of an entity,
    whose first one is the whole establishment (`Entité racine > EHPAD Les Tilleuls`)."""
    steps = _steps(text)
    if not steps:
        return ""
    return {"location": steps[0], "entity": steps[-1]}.get(column, _clean(text))


def service_of(column: str, text: str) -> str:
    """The service that a text tells: as it is, or the last unit of a directory (`OU=Postes,OU=Urgences`) or group."""
    units = _UNIT.findall(text)
    if units:
        return _clean(units[0].replace("\\", ""))
    steps = _steps(text)
    return "" if not steps else _clean(text) if column == "service" else steps[-1]


def _steps(text: str) -> list[str]:
    return [clean for step in _STEP.split(text) if (clean := _clean(step))]


def _clean(text: str) -> str:
    return _SPACES.sub(" ", text).strip()[:MOST_CHARACTERS]
