"""SID history is a tool of migration; what stays afterwards gives rights that nobody sees.

CERT-FR, vuln_sidhistory_present.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Accounts and groups."""
    history = facts.objects.texts("sIDHistory")
    return verdict(
        facts,
        facts.accounts | facts.objects.of(Kind.GROUP),
        facts.mask(history),
        lambda row: {"history": ", ".join(history[row])},
    )


RULE = Rule(
    id="ad.sid_history_present",
    title=Text(
        "Historique de SID conservé",
        "SID history kept",
    ),
    message=Text(
        "{subject} porte encore l’historique {history}.",
        "{subject} still carries the history {history}.",
    ),
    remediation=Text(
        "Recopiez les droits sur les ressources vers les nouveaux SID, puis videz l’attribut par lots, service "
        "par service.",
        "Copy the rights on resources to the new SIDs, then empty the attribute in batches, ward by ward.",
    ),
    severity=Severity.MEDIUM,
    refs=refs(
        "anssi-ad:vuln_sidhistory_present@3",
        "pingcastle:S-SIDHistory",
        "pingcastle:T-SIDHistoryUnknownDomain",
        "attack:T1134.005",
    ),
    check=check,
    reads=("domain",),
)
