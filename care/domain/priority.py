"""Which action first, and why in one sentence. Pure.

A score out of 100, the sum of points read from the tables below: what is at risk (60), how late (20), how much it
closes (15), how little it takes (5). Our choice; the tables are short so that anybody can work a score out by hand.
Lists sort by the same tables in SQL (`care.services.action_query`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from care.domain.actions import CareCriticality
from scanners.model import Severity, Text

SEVERITY_POINTS: Mapping[Severity, int] = {
    Severity.CRITICAL: 40,
    Severity.HIGH: 28,
    Severity.MEDIUM: 15,
    Severity.LOW: 6,
    Severity.INFO: 0,
}
CRITICALITY_POINTS: Mapping[CareCriticality, int] = {
    CareCriticality.VITAL: 20,
    CareCriticality.MAJOR: 14,
    CareCriticality.MODERATE: 7,
    CareCriticality.MINOR: 0,
}
LATE_POINTS: tuple[tuple[int, int], ...] = ((31, 20), (1, 15), (-7, 10), (-30, 5))
"""(days late at least, points): more than a month late, late, due within a week, due within a month."""
FINDING_POINTS: tuple[tuple[int, int], ...] = ((50, 8), (10, 5), (2, 2))
SITE_POINTS: tuple[tuple[int, int], ...] = ((5, 7), (2, 4))
EFFORT_POINTS: tuple[tuple[float, int], ...] = ((1, 5), (5, 3), (20, 1))
"""(days of work at most, points). An unknown effort gives none."""
MAX_SCORE = 100
MAX_WEIGHT = 80


@dataclass(frozen=True, slots=True)
class Stakes:
    """What makes an action urgent. `late_days` is negative before the due date; `effort_days` None when unknown."""

    severity: Severity
    criticality: CareCriticality
    late_days: int
    findings: int = 0
    sites: int = 1
    effort_days: float | None = None


def score(stakes: Stakes) -> int:
    """From 0 to `MAX_SCORE`, the highest first."""
    return weight(stakes) + _at_least(stakes.late_days, LATE_POINTS)


def weight(stakes: Stakes) -> int:
    """The points that do not move with the day, from 0 to `MAX_WEIGHT`: those of the score but for the delay."""
    return (
        SEVERITY_POINTS[stakes.severity]
        + CRITICALITY_POINTS[stakes.criticality]
        + _at_least(stakes.findings, FINDING_POINTS)
        + _at_least(stakes.sites, SITE_POINTS)
        + _effort(stakes.effort_days)
    )


def _at_least(value: int, table: tuple[tuple[int, int], ...]) -> int:
    return next((points for threshold, points in table if value >= threshold), 0)


def _effort(days: float | None) -> int:
    return 0 if days is None else next((points for threshold, points in EFFORT_POINTS if days <= threshold), 0)


def reason(stakes: Stakes) -> Text:
    """Why it comes at its rank, in one sentence: the risk, the date, what it closes, the effort."""
    parts = [_risk(stakes), _date(stakes.late_days), *_breadth(stakes), *_work(stakes.effort_days)]
    return Text(", ".join(part.fr for part in parts) + ".", ", ".join(part.en for part in parts) + ".")


_SEVERITIES: Mapping[Severity, Text] = {
    Severity.CRITICAL: Text("Gravité critique", "Critical severity"),
    Severity.HIGH: Text("Gravité élevée", "High severity"),
    Severity.MEDIUM: Text("Gravité moyenne", "Medium severity"),
    Severity.LOW: Text("Gravité faible", "Low severity"),
    Severity.INFO: Text("Pour information", "For information"),
}
_CARE: Mapping[CareCriticality, Text] = {
    CareCriticality.VITAL: Text("vital pour les soins", "vital for care"),
    CareCriticality.MAJOR: Text("majeur pour les soins", "major for care"),
    CareCriticality.MODERATE: Text("gênant pour les soins", "a hindrance to care"),
    CareCriticality.MINOR: Text("sans effet sensible sur les soins", "hardly felt in care"),
}


def _risk(stakes: Stakes) -> Text:
    grave, care = _SEVERITIES[stakes.severity], _CARE[stakes.criticality]
    return Text(f"{grave.fr}, {care.fr}", f"{grave.en}, {care.en}")


def _date(late: int) -> Text:
    if late > 1:
        return Text(f"en retard de {late} jours", f"{late} days late")
    if late == 1:
        return Text("en retard d’un jour", "one day late")
    if late == 0:
        return Text("à faire aujourd’hui", "due today")
    if late == -1:
        return Text("à faire demain", "due tomorrow")
    return Text(f"à faire dans {-late} jours", f"due in {-late} days")


def _breadth(stakes: Stakes) -> tuple[Text, ...]:
    closes = (
        Text(f"ferme {stakes.findings} constats", f"closes {stakes.findings} findings")
        if stakes.findings > 1
        else Text("ferme un constat", "closes one finding")
    )
    where = Text(f"concerne {stakes.sites} établissements", f"concerns {stakes.sites} establishments")
    return ((closes,) if stakes.findings else ()) + ((where,) if stakes.sites > 1 else ())


def _work(days: float | None) -> tuple[Text, ...]:
    if days is None:
        return ()
    if days <= 1:
        return (Text("une journée de travail au plus", "a day of work at most"),)
    written = f"{days:g}"
    return (Text(f"{written.replace('.', ',')} jours de travail", f"{written} days of work"),)
