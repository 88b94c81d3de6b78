"""The control points of ANSSI for directories: ids and levels as CERT-FR publishes them, titles in our own words."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

from scanners.model import Text


@dataclass(frozen=True, slots=True)
class AnssiPoint:
    """One control point; `levels` are those at which it may fail, 1 the most serious."""

    levels: tuple[int, ...]
    title: Text


@cache
def anssi_points() -> dict[str, AnssiPoint]:
    """Every point by id, in order."""
    text = resources.files("scanners.imported").joinpath("anssi_points.csv").read_text("utf-8")
    return {
        row["id"]: AnssiPoint(
            tuple(int(level) for level in row["levels"].split()), Text(row["title_fr"], row["title_en"])
        )
        for row in csv.DictReader(text.splitlines())
    }
