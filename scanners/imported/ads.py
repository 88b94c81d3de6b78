"""The result of ANSSI's ADS service, typed in: the level reached by a domain and the control points that fail.

ADS gives no file that others may read (an ORADAD archive is encrypted for ANSSI). Points and levels are those published
by CERT-FR; titles are ours. Severity follows the level: 1 critical, 2 high, 3 medium, 4 low.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from scanners.imported.gathering import Gathering
from scanners.imported.levels import SEVERITY_OF_LEVEL
from scanners.imported.model import NO_TEXT, Check, ForeignRef, Report, ReportError, Tool, check_id
from scanners.imported.read_bounded import LIMITS
from scanners.imported.read_points import AnssiPoint
from scanners.imported.wording import host, plain

LEVELS = range(1, 6)


def ads_report(
    level: int,
    at: datetime,
    domain: str,
    failing: Iterable[str],
    points: Mapping[str, AnssiPoint],
    whole: bool = False,
) -> Report:
    """The report of an ADS result of `domain` dated `at` (UTC).

    `failing` are ids of points, as `vuln_krbtgt` or `vuln_certificates_vuln@3`. `whole` says that all failing points
    were typed: then those left out are conclusive and close. ReportError when an id is unknown or contradicts the
    level: ADS gives the lowest level at which a point fails.
    """
    if level not in LEVELS:
        raise ReportError(
            f"Le niveau ADS va de 1 à 5 ; {level} n’en est pas un.", f"An ADS level is from 1 to 5; {level} is not one."
        )
    name = host(domain)
    gathering = Gathering(LIMITS)
    failed = _levels(failing, points)
    if whole and level < LEVELS[-1] and level not in failed.values():
        raise ReportError(
            f"Un résultat ADS de niveau {level} a au moins un point de ce niveau en échec : cochez-le, ou ne dites pas "
            "que tous les points en échec sont cochés.",
            f"An ADS result of level {level} has at least one failing point of that level: tick it, or do not say that "
            "every failing point is ticked.",
        )
    for native, own in sorted(failed.items()):
        _agrees(native, own, level)
        gathering.find(_check(native, points[native], own), name, {"level": own, "ads_level": level})
    if whole:
        for native, point in points.items():
            gathering.meet(_check(native, point, max(point.levels)))
    return Report(
        tool=Tool.ADS,
        version="",
        started_at=at,
        finished_at=at,
        hosts=(name,),
        checks=gathering.checks(lambda _check: whole),
        covers_all=whole,
    )


def _levels(failing: Iterable[str], points: Mapping[str, AnssiPoint]) -> dict[str, int]:
    """The level at which each point fails: the one typed, else the worst it may have."""
    found: dict[str, int] = {}
    for typed in failing:
        native, _at, own = plain(typed, 120).partition("@")
        point = points.get(native)
        if point is None or (own and (not own.isdigit() or int(own) not in point.levels)):
            raise ReportError(
                f"Le point « {plain(typed, 80)} » n’est pas un point de contrôle ANSSI connu ; vérifiez son "
                "identifiant et son niveau.",
                f"The point “{plain(typed, 80)}” is no known ANSSI control point; check its id and level.",
            )
        found[native] = min(found.get(native, 5), int(own) if own else min(point.levels))
    return found


def _agrees(native: str, own: int, level: int) -> None:
    if own < level:
        raise ReportError(
            f"Le point « {native} » en échec est de niveau {own} : le résultat ADS ne peut pas être de niveau {level} "
            f"; corrigez l’un des deux, ou précisez le niveau du point ({native}@{level}).",
            f"The failing point “{native}” is of level {own}: the ADS result cannot be level {level}; correct one of "
            f"them, or state the level of the point ({native}@{level}).",
        )


def _check(native: str, point: AnssiPoint, own: int) -> Check:
    return Check(
        check_id(Tool.ADS, native),
        point.title,
        SEVERITY_OF_LEVEL[own],
        NO_TEXT,
        NO_TEXT,
        (ForeignRef("anssi-ad", native),),
    )
