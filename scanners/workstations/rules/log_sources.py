"""What is not logged cannot be investigated.

PGSSI-S 7.2.2.1: servers, network, firewalls, DNS-DHCP-directory, antivirus. Counted in the list of sources of the SIEM
when it was given, by the type it writes; in the answer of people otherwise.
"""

from __future__ import annotations

from collections.abc import Collection

from scanners.model import Finding, Kind, Rule, Scalar, Severity, Text, Verdict, refs
from scanners.workstations.facts import LOG_SOURCES, WorkstationFacts
from scanners.workstations.log_families import FAMILY_NAMES, families, families_of
from scanners.workstations.needs import need_list, unanswered


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, with the families that are missing."""
    listed = facts.background.log_list
    if listed is None:
        told = facts.background.answers.log_sources
        if told is None:
            raise unanswered("log_sources")
        return _verdict(facts, told, {"origin": "declared", "unknown": ""})
    need_list(facts, "log_sources", "kind")
    unknown = sum(not families_of(one.kind) for one in listed)
    return _verdict(facts, families(listed), {"origin": "list", "unknown": unknown})


def _verdict(facts: WorkstationFacts, told: Collection[str], more: dict[str, Scalar]) -> Verdict:
    missing = [FAMILY_NAMES[one] for one in LOG_SOURCES if one not in told]
    if not missing:
        return Verdict(len(LOG_SOURCES))
    evidence: dict[str, Scalar] = {
        "missing_fr": ", ".join(one.fr for one in missing),
        "missing": ", ".join(one.en for one in missing),
        "count": len(missing),
    }
    return Verdict(len(LOG_SOURCES), (Finding(facts.place, evidence | more),))


RULE = Rule(
    id="workstations.log_sources",
    title=Text("Sources non journalisées", "Sources not logged"),
    message=Text(
        "{subject} ne journalise pas {count} des cinq familles attendues : {missing_fr} ({origin:list=d’après la liste "
        "des sources|declared=d’après la réponse} ; sources de type inconnu : {unknown:=—}).",
        "{subject} does not log {count} of the five expected families: {missing} ({origin:list=by the list of sources"
        "|declared=by the answer}; sources of unknown type: {unknown:=—}).",
    ),
    remediation=Text(
        "Activez ces journaux en commençant par l’annuaire et les pare-feu, et vérifiez qu’ils arrivent au "
        "serveur central.",
        "Enable these logs, directory and firewalls first, and check that they reach the central server.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:DET-01", "pgssi-s:7.2.2.1"),
    check=check,
    reads=("log_sources", "answers"),
    kind=Kind.COMPUTED,
)
