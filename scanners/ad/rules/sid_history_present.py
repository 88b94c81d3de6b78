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
        "Exportez d’abord les valeurs : Get-ADObject -LDAPFilter '(sIDHistory=*)' -Properties sIDHistory | "
        "Select-Object DistinguishedName,@{n='sid';e={$_.sIDHistory -join ';'}} | Export-Csv sid-avant.csv. Recopiez "
        "les droits sur les ressources vers les nouveaux SID, puis retirez les valeurs par lots, service par service "
        ": Set-ADObject DN -Remove @{sIDHistory='S-1-5-21-…'}. Effet : un partage qui ne connaît que l’ancien SID se "
        "ferme. Retour : une valeur retirée ne se remet pas ; seul un droit donné au nouveau SID répare.",
        "Export the values first: Get-ADObject -LDAPFilter '(sIDHistory=*)' -Properties sIDHistory | Select-Object "
        "DistinguishedName,@{n='sid';e={$_.sIDHistory -join ';'}} | Export-Csv sid-before.csv. Copy the rights on "
        "resources to the new SIDs, then remove the values in batches, ward by ward: Set-ADObject DN -Remove "
        "@{sIDHistory='S-1-5-21-…'}. Effect: a share that knows the old SID only closes. Back: a removed value "
        "cannot be put back; only a right given to the new SID repairs.",
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
