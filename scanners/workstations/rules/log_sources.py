"""What is not logged cannot be investigated.

PGSSI-S 7.2.2.1: servers, network, firewalls, DNS-DHCP-directory, antivirus.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import LOG_SOURCES, WorkstationFacts
from scanners.workstations.needs import unanswered


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, with what is missing."""
    told = facts.background.answers.log_sources
    if told is None:
        raise unanswered("log_sources")
    missing = [one for one in LOG_SOURCES if one not in told]
    if not missing:
        return Verdict(len(LOG_SOURCES))
    return Verdict(len(LOG_SOURCES), (Finding(facts.place, {"missing": ", ".join(missing), "count": len(missing)}),))


RULE = Rule(
    id="workstations.log_sources",
    title=Text("Sources non journalisées", "Sources not logged"),
    message=Text(
        "{subject} ne journalise pas {count} des cinq familles attendues : {missing}.",
        "{subject} does not log {count} of the five expected families: {missing}.",
    ),
    remediation=Text(
        "Activez ces journaux en commençant par l’annuaire et les pare-feu, et vérifiez qu’ils arrivent au "
        "serveur central.",
        "Enable these logs, directory and firewalls first, and check that they reach the central server.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:DET-01", "pgssi-s:7.2.2.1"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
