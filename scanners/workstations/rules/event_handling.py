"""An alert read on Monday about Friday night is a report, not a defence.

Share of security events handled within 24 working hours (ReCyF 20.1): all of them. Counted in the list of the SOC when
it was given, over the events of the year that are handled or older than that (`working_hours` says what a working hour
is: the text does not); the answer of people otherwise.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, NotAssessable, Rule, Scalar, Severity, Text, Verdict, refs
from scanners.workstations.facts import SecurityEvent, WorkstationFacts
from scanners.workstations.needs import need_list, unanswered

WANTED_PERCENT, HOURS = 100, 24
_NAMED = 20


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the share misses its threshold."""
    events = facts.background.events
    if events is not None:
        return _of_list(facts, events)
    told = facts.background.answers.events_within_24h_percent
    if told is None:
        raise unanswered("events_within_24h_percent")
    if told >= WANTED_PERCENT:
        return Verdict(1)
    return Verdict(1, (Finding(facts.place, {"origin": "declared", "percent": told, "total": "", "late": ""}),))


def _of_list(facts: WorkstationFacts, events: tuple[SecurityEvent, ...]) -> Verdict:
    need_list(facts, "security_events", "closed")
    counted = [one for one in events if one.handled or one.hours > HOURS]
    if not counted:
        raise NotAssessable(
            "La liste des événements n’en a aucun d’échu depuis un an ; donnez celle de l’année.",
            "The list of events has none due in the last year; give that of the year.",
        )
    late = [one for one in counted if one.hours > HOURS]
    if not late:
        return Verdict(len(counted))
    percent = 1000 * (len(counted) - len(late)) // len(counted) / 10  # 99.97 % is not 100 %
    named = ", ".join(f"{one.number} ({one.hours:.0f} h)" for one in sorted(late, key=_longest)[:_NAMED])
    evidence: dict[str, Scalar] = {"origin": "list", "percent": percent, "total": len(counted), "late": named}
    return Verdict(len(counted), (Finding(facts.place, evidence),))


def _longest(event: SecurityEvent) -> tuple[float, str]:
    return -event.hours, event.number


RULE = Rule(
    id="workstations.event_handling",
    title=Text("Événements de sécurité traités trop tard", "Security events handled too late"),
    message=Text(
        "{subject} traite {percent} % des événements de sécurité en 24 heures ouvrées, pour 100 % attendus "
        "({origin:list=d’après la liste du SOC|declared=d’après la réponse} ; en retard, entre autres : {late:=—}).",
        "{subject} handles {percent} % of security events within 24 working hours, where 100 % is expected "
        "({origin:list=by the list of the SOC|declared=by the answer}; late, among others: {late:=—}).",
    ),
    remediation=Text(
        "Réduisez le bruit des alertes, organisez une astreinte ou confiez la nuit à un prestataire qualifié.",
        "Cut the noise of alerts, organise an on-call duty or entrust nights to a qualified provider.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-07", "recyf:20.1"),
    check=check,
    reads=("security_events", "answers"),
    kind=Kind.COMPUTED,
)
