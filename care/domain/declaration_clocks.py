"""The clocks of declarations: what an incident calls for, what is left of each delay, what is late or settled. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from care.domain.incidents import IncidentFacts
from care.domain.programme import Gravity, IncidentKind
from scanners.model import Text

CERT_SANTE, CNIL, NIS2, COMPLAINT = "cert_sante", "cnil", "nis2", "complaint"
"""The duties of the kit whose reasons we know; one that an establishment added is for it to judge."""


class Called(StrEnum):
    """Whether the facts call for a declaration."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Call:
    """Whether the facts call for a declaration, and why."""

    called: Called
    why: Text


def called_for(duty: str, facts: IncidentFacts, gravity: Gravity) -> Call:
    """What the facts say of one duty. A blank never makes a declaration needless."""
    if duty == CERT_SANTE:
        return _GRAVITY[gravity]
    if duty == CNIL:
        return _breach(facts)
    if duty == NIS2:
        return _NIS2_MINOR if gravity is Gravity.MINOR else _NIS2
    if duty == COMPLAINT:
        return _ORIGIN[facts.kind]
    return _OWN


_GRAVE = Call(
    Called.YES,
    Text("L’incident est grave : il se signale sans délai.", "The incident is grave: it is reported without delay."),
)
_GRAVITY: Mapping[Gravity, Call] = {
    Gravity.GRAVE: _GRAVE,
    Gravity.SIGNIFICANT: Call(
        Called.YES,
        Text(
            "L’incident est grave et significatif : dites-le dès le signalement.",
            "The incident is grave and significant: say so in the report.",
        ),
    ),
    Gravity.MINOR: Call(
        Called.NO, Text("Aucun critère de gravité n’est retenu.", "No criterion of gravity was retained.")
    ),
    Gravity.UNKNOWN: Call(
        Called.UNKNOWN,
        Text(
            "La gravité reste à évaluer : dans le doute, le temps court depuis la détection.",
            "The gravity is to be assessed: in doubt, time runs from detection.",
        ),
    ),
}
_NIS2 = Call(
    Called.UNKNOWN,
    Text(
        "Le texte français n’est pas connu de CaRE : délais de la directive, à confirmer.",
        "CaRE does not know the French text: delays of the directive, to be confirmed.",
    ),
)
_NIS2_MINOR = Call(
    Called.NO, Text("Pas d’impact important sur les services.", "No significant impact on services.")
)  # fmt: skip
_ORIGIN: Mapping[IncidentKind, Call] = {
    IncidentKind.MALICIOUS: Call(Called.YES, Text("L’origine est malveillante.", "The origin is malicious.")),
    IncidentKind.ACCIDENTAL: Call(Called.NO, Text("L’origine est accidentelle.", "The origin is accidental.")),
    IncidentKind.UNKNOWN: Call(
        Called.UNKNOWN, Text("L’origine n’est pas encore connue.", "The origin is not known yet.")
    ),
}
_OWN = Call(
    Called.UNKNOWN,
    Text("Devoir ajouté ici : à vous de dire s’il s’applique.", "Duty added here: say whether it applies."),
)
_NO_PERSONAL = Call(
    Called.NO, Text("Aucune donnée personnelle n’est touchée.", "No personal data is affected.")
)  # fmt: skip
_UNTOUCHED = Call(
    Called.NO,
    Text(
        "Les données personnelles n’ont été ni vues, ni altérées, ni rendues inaccessibles.",
        "Personal data was neither seen, nor altered, nor made unavailable.",
    ),
)
_BREACH = Call(Called.YES, Text("Des données personnelles sont touchées.", "Personal data is affected."))
_BREACH_UNKNOWN = Call(
    Called.UNKNOWN,
    Text(
        "On ne sait pas encore si des données personnelles sont touchées.",
        "It is not known yet whether personal data is affected.",
    ),
)


def _breach(facts: IncidentFacts) -> Call:
    """A personal data breach (GDPR, articles 4 and 33): personal data lost, altered, unavailable or seen."""
    if facts.personal_data is False:
        return _NO_PERSONAL
    harms = (facts.confidentiality, facts.integrity, facts.availability)
    if facts.personal_data and any(harms):
        return _BREACH
    if facts.personal_data and all(harm is False for harm in harms):
        return _UNTOUCHED
    return _BREACH_UNKNOWN


class ClockState(StrEnum):
    """Where one step of a declaration stands."""

    SENT = "sent"
    SENT_LATE = "sent_late"
    NOT_DUE = "not_due"
    NOT_CALLED = "not_called"
    LATE = "late"
    AT_ONCE = "at_once"
    RUNNING = "running"
    GOING_ON = "going_on"

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do for it."""
        return self in _SETTLED


_SETTLED = frozenset({ClockState.SENT, ClockState.SENT_LATE, ClockState.NOT_DUE, ClockState.NOT_CALLED})
CLOCK_NAMES: Mapping[ClockState, Text] = {
    ClockState.SENT: Text("Envoyé", "Sent"),
    ClockState.SENT_LATE: Text("Envoyé en retard", "Sent late"),
    ClockState.NOT_DUE: Text("Pas dû", "Not due"),
    ClockState.NOT_CALLED: Text("Rien ne l’appelle", "Not called for"),
    ClockState.LATE: Text("En retard", "Late"),
    ClockState.AT_ONCE: Text("À faire sans délai", "To be done without delay"),
    ClockState.RUNNING: Text("Le délai court", "Time is running"),
    ClockState.GOING_ON: Text("Au fil de l’eau", "As things go"),
}


@dataclass(frozen=True, slots=True)
class Settlement:
    """What was recorded of a step: sent at (UTC), or not due."""

    sent_at: datetime | None = None
    not_due: bool = False


def until(detected_at: datetime, minutes: int | None) -> datetime | None:
    """When a step is due at the latest, None for “without delay”."""
    return None if minutes is None else detected_at + timedelta(minutes=minutes)


def clock_state(
    step: int, minutes: int | None, detected_at: datetime, now: datetime, call: Called, done: Settlement
) -> ClockState:
    """Where a step stands at `now`. At the very minute of the limit it is still in time.

    A first step without a limit is to be done at once; a later one goes on until the incident is over.
    """
    limit = until(detected_at, minutes)
    if done.not_due:
        return ClockState.NOT_DUE
    if done.sent_at is not None:
        return ClockState.SENT_LATE if limit is not None and done.sent_at > limit else ClockState.SENT
    if call is Called.NO:
        return ClockState.NOT_CALLED
    if limit is None:
        return ClockState.GOING_ON if step else ClockState.AT_ONCE
    return ClockState.LATE if now > limit else ClockState.RUNNING
