"""Awareness: sessions, campaigns, trainings and tests of phishing, counted honestly. Pure.

An attendance is not a person: whoever came twice counts twice, and nothing here says otherwise. Of a test of phishing
only counts are known, of groups large enough that nobody is recognised in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from scanners.model import Text

SMALLEST_GROUP = 5
"""People below whom a group tells who did what: its counts join those of the others (our choice)."""
MOST_PEOPLE = 1_000_000


class SessionKind(StrEnum):
    """What was held."""

    SESSION = "session"
    CAMPAIGN = "campaign"
    TRAINING = "training"
    PHISHING = "phishing"


SESSION_KINDS: Mapping[SessionKind, Text] = {
    SessionKind.SESSION: Text("Séance de sensibilisation", "Awareness session"),
    SessionKind.CAMPAIGN: Text("Campagne (affiches, messages)", "Campaign (posters, messages)"),
    SessionKind.TRAINING: Text("Formation", "Training"),
    SessionKind.PHISHING: Text("Test d’hameçonnage", "Phishing test"),
}


@dataclass(frozen=True, slots=True)
class Profession:
    """A family of professions of a hospital."""

    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class Attendance:
    """Of one profession at one session: how many were asked, how many came; None when nobody counted."""

    asked: int | None = None
    came: int | None = None


@dataclass(frozen=True, slots=True)
class Headcount:
    """Of one profession in one year: who works there, how many different people came, how many were trained."""

    staff: int | None = None
    reached: int | None = None
    trained: int | None = None


def added(attendances: Iterable[Attendance]) -> Attendance:
    """Attendances together. Those asked add up only where it is known who came, else a rate would mean nothing."""
    both = list(attendances)
    came = [one.came for one in both if one.came is not None]
    asked = [one.asked for one in both if one.asked is not None and one.came is not None]
    return Attendance(sum(asked) if asked else None, sum(came) if came else None)


def attendance_rate(attendances: Iterable[Attendance]) -> float | None:
    """Came out of asked, 0 to 1, over the sessions where both are known; None without any."""
    known = [(one.came, one.asked) for one in attendances if one.came is not None and one.asked]
    asked = sum(asked for _, asked in known)
    return sum(came for came, _ in known) / asked if asked else None


def attendance_fault(one: Attendance) -> Text | None:
    """Why two counts cannot be right together."""
    if one.asked is not None and one.came is not None and one.came > one.asked:
        return Text(
            f"{one.came} présents pour {one.asked} conviés : comptez aussi parmi eux ceux venus d’eux-mêmes.",
            f"{one.came} came out of {one.asked} asked: check, or count those who came unasked among the asked.",
        )
    return None


def headcount_fault(one: Headcount) -> Text | None:
    """Why the counts of a year cannot be right together."""
    if one.staff is None:
        return None
    over = max(one.reached or 0, one.trained or 0)
    if over > one.staff:
        return Text(
            f"{over} personnes différentes pour un effectif de {one.staff} : corrigez l’un ou l’autre.",
            f"{over} different people out of {one.staff} on the staff: correct one or the other.",
        )
    return None


@dataclass(frozen=True, slots=True)
class PhishingCounts:
    """What people did with a false mail; None for what the tool did not say, which is not zero."""

    sent: int
    opened: int | None = None
    clicked: int | None = None
    submitted: int | None = None
    reported: int | None = None

    def rate(self, name: str) -> float | None:
        """One count out of those sent, 0 to 1; None when it is not known."""
        count: int | None = getattr(self, name)
        return None if count is None or not self.sent else count / self.sent

    def facts(self) -> dict[str, int]:
        """The counts known, as they are kept."""
        return {item.name: value for item in fields(self) if (value := getattr(self, item.name)) is not None}

    def __add__(self, other: PhishingCounts) -> PhishingCounts:
        """Two groups together; what one of them does not know, the whole does not."""
        mine, theirs = self.facts(), other.facts()
        return PhishingCounts(**{name: mine[name] + theirs[name] for name in mine if name in theirs})


COUNTED: Mapping[str, Text] = {
    "sent": Text("envoyés", "sent"),
    "opened": Text("ouverts", "opened"),
    "clicked": Text("ayant cliqué", "clicked"),
    "submitted": Text("ayant saisi des données", "submitted data"),
    "reported": Text("ayant signalé", "reported"),
}


def phishing_faults(counts: PhishingCounts) -> Iterator[tuple[str, Text]]:
    """Counts that cannot be right, by name."""
    if not 0 < counts.sent <= MOST_PEOPLE:
        yield "sent", Text("Au moins un message doit avoir été envoyé.", "At least one message must have been sent.")
    for name, value in counts.facts().items():
        if name != "sent" and not 0 <= value <= counts.sent:
            words = COUNTED[name]
            yield (
                name,
                Text(
                    f"{value} personnes {words.fr} pour {counts.sent} messages envoyés : vérifiez.",
                    f"{value} people {words.en} out of {counts.sent} messages sent: check.",
                ),
            )


@dataclass(frozen=True, slots=True)
class PhishingResults:
    """A whole campaign and its groups, none small enough to tell who is in it. `others` are those merged."""

    all: PhishingCounts
    groups: Mapping[str, PhishingCounts]
    others: PhishingCounts | None = None


def without_small(groups: Mapping[str, PhishingCounts]) -> tuple[dict[str, PhishingCounts], PhishingCounts | None]:
    """The groups that may be shown, largest first, and the others together (None when there are none).

    The others are at least `SMALLEST_GROUP` people too, at the cost of the smallest group shown: otherwise taking what
    is shown from the whole would tell them apart. When that cannot be, nothing is shown but the whole.
    """
    ranked = sorted(groups.items(), key=lambda one: (-one[1].sent, one[0]))
    kept = [one for one in ranked if one[1].sent >= SMALLEST_GROUP]
    small = [counts for name, counts in ranked if counts.sent < SMALLEST_GROUP]
    if small and sum(one.sent for one in small) < SMALLEST_GROUP and kept:
        small.append(kept.pop()[1])
    if not kept:
        return {}, None
    others = small[0] if small else None
    for one in small[1:]:
        others = others + one if others else one
    return dict(kept), others
