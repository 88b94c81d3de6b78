"""A policy runs on every machine below its link: each recent change should have an author and a reason.

CERT-FR, info_gpo: policies by date of change and version. The 30 days are ours.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING, Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 30


def check(facts: DirectoryFacts) -> Verdict:
    """Policies of the domain."""
    days, version = facts.days_since("whenChanged"), facts.objects.ints("versionNumber")
    return verdict(
        facts,
        facts.objects.of(Kind.GPO),
        days <= MAX_DAYS,
        lambda row: {
            "name": facts.objects.text("displayName", row),
            "date": facts.iso_date("whenChanged", row),
            "version": None if version[row] == MISSING else int(version[row]),
            "max_days": MAX_DAYS,
        },
        facts.objects.ints("whenChanged") == MISSING,
    )


RULE = Rule(
    id="ad.policies_recently_changed",
    title=Text(
        "Stratégies modifiées depuis peu",
        "Policies changed lately",
    ),
    message=Text(
        "La stratégie {name} a changé le {date}.",
        "The policy {name} changed on {date}.",
    ),
    remediation=Text(
        "Rapprochez chaque changement d’une demande : Get-GPOReport -Guid <guid> -ReportType Html, et les "
        "événements 5136 du conteneur Policies. Un changement que personne n’explique se traite comme un incident ; "
        "Restore-GPO revient à la dernière sauvegarde.",
        "Match each change with a request: Get-GPOReport -Guid <guid> -ReportType Html, and events 5136 of the "
        "Policies container. A change nobody explains is handled as an incident; Restore-GPO goes back to the last "
        "backup.",
    ),
    severity=Severity.INFO,
    refs=refs("anssi-ad:info_gpo", "attack:T1484.001"),
    check=check,
    reads=("domain",),
)
