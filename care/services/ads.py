"""The result of ANSSI's ADS service typed in: it gives no file that others may read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from care.domain.access import Scope
from care.services.errors import Invalid
from care.services.import_drafts import Upload, type_in
from care.services.platform import Platform
from scanners.imported.ads import LEVELS, ads_report
from scanners.imported.model import ReportError
from scanners.imported.read_points import anssi_points
from scanners.model import Lang, Text

__all__ = ["LEVELS", "AdsDraft", "AdsPoint", "points_by_level", "type_ads"]

_MAX_DOMAIN = 253


@dataclass(frozen=True, slots=True)
class AdsDraft:
    """What a person read in an ADS result. `failing` are points at a level, as `vuln_krbtgt@2`.

    `whole`: every failing point was ticked, so that the others are conclusive and close.
    """

    level: int
    on: date
    domain: str
    failing: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class AdsPoint:
    """One control point at one level: its value in a form, its id and its title."""

    value: str
    id: str
    title: str


def points_by_level(lang: Lang) -> Mapping[int, tuple[AdsPoint, ...]]:
    """The control points that may fail at each level, the gravest level first."""
    points = anssi_points().items()
    return {
        level: tuple(
            AdsPoint(f"{native}@{level}", native, point.title.render(lang))
            for native, point in points
            if level in point.levels
        )
        for level in LEVELS
        if any(level in point.levels for _, point in points)
    }


def type_ads(
    platform: Platform, scope: Scope, establishment_id: int, draft: AdsDraft, attached: Upload | None = None
) -> int:
    """Keep an ADS result for its confirmation, as a file would be; returns the draft's number.

    The report attached is kept as evidence. Invalid names the field (`level`, `on`, `domain`, `failing`, `attachment`).
    """
    domain = draft.domain.strip().rstrip(".").casefold()
    if not 0 < len(domain) <= _MAX_DOMAIN or not domain.isprintable() or any(sign in " /\\@:," for sign in domain):
        raise Invalid(
            {
                "domain": Text(
                    "Donnez le nom DNS du domaine, par exemple hopital.local.",
                    "Give the DNS name of the domain, for instance hopital.local.",
                )
            }
        )
    at = _moment(platform, draft.on)
    try:
        report = ads_report(draft.level, at, domain, draft.failing, anssi_points(), draft.whole)
    except ReportError as error:
        raise Invalid({"failing": error.text}) from error
    typed = {
        "format": "care-ads/1",
        "level": draft.level,
        "at": at.isoformat(),
        "domain": domain,
        "failing": sorted(draft.failing),
        "whole": draft.whole,
    }
    content = json.dumps(typed, ensure_ascii=False, indent=2).encode() + b"\n"
    return type_in(platform, scope, establishment_id, report, content, attached)


def _moment(platform: Platform, on: date) -> datetime:
    """That day at the present time of day: a result typed again to correct the first one of the day comes after it."""
    now = platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone))
    if on > now.date():
        raise Invalid({"on": Text("Cette date est dans le futur.", "This date is in the future.")})
    return datetime.combine(on, now.timetz())
