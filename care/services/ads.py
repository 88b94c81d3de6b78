"""The result of ANSSI's ADS service typed in: it gives no file that others may read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from care.domain.access import Right, Scope
from care.services.ads_twice import typed_before, waiting
from care.services.errors import Invalid, Refused
from care.services.evidence import clean_name
from care.services.import_drafts import Upload, keep_typed
from care.services.places import visible_establishment
from care.services.platform import Platform
from scanners.imported.ads import LEVELS, ads_report
from scanners.imported.model import Report, ReportError
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

    The report attached is kept as evidence. Typed in twice, it is one draft; Refused once it is recorded. Invalid names
    the field (`level`, `on`, `domain`, `failing`, `attachment`).
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
    content = _written(draft, domain)
    known = _known(platform, scope, establishment_id, report, content, attached)
    return known or keep_typed(platform, scope, establishment_id, report, content, attached)


def _written(draft: AdsDraft, domain: str) -> bytes:
    """What is typed in, as the file of the import: the same for the same day, domain, level and points."""
    typed = {
        "format": "care-ads/1",
        "level": draft.level,
        "on": draft.on.isoformat(),
        "domain": domain,
        "failing": sorted(set(draft.failing)),
        "whole": draft.whole,
    }
    return json.dumps(typed, ensure_ascii=False, indent=2).encode() + b"\n"


def _known(
    platform: Platform, scope: Scope, establishment_id: int, report: Report, content: bytes, attached: Upload | None
) -> int | None:
    """The draft of the same result, which waits already; Refused when it is recorded."""
    sha256 = hashlib.sha256(content).hexdigest()
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        before = typed_before(session, establishment_id, report, sha256, platform.settings.timezone)
        if before is not None:
            raise Refused(before.text)
        return waiting(session, establishment_id, sha256, clean_name(attached.name) if attached else "")


def _moment(platform: Platform, on: date) -> datetime:
    """That day at the present time of day: a result typed again to correct the first one of the day comes after it."""
    now = platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone))
    if on > now.date():
        raise Invalid({"on": Text("Cette date est dans le futur.", "This date is in the future.")})
    return datetime.combine(on, now.timetz())
