"""A privileged SID in sIDHistory gives its rights without any visible membership: a classic back door.

CERT-FR, vuln_sidhistory_dangerous: a RID below 1000, or a built-in SID.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

FIRST_ORDINARY_RID = 1000


def check(facts: DirectoryFacts) -> Verdict:
    """Every account and group that has a history."""
    history = facts.objects.texts("sIDHistory")
    dangerous = {
        row: [sid for sid in values if sids.rid_of(sid) < FIRST_ORDINARY_RID] for row, values in history.items()
    }
    return verdict(
        facts,
        facts.mask(history) | facts.hidden,
        facts.mask(row for row, found in dangerous.items() if found),
        lambda row: {"history": ", ".join(dangerous[row])},
    )


RULE = Rule(
    id="ad.sid_history_dangerous",
    title=Text(
        "SID privilégié dans l’historique",
        "Privileged SID in the history",
    ),
    message=Text(
        "{subject} porte dans son historique le SID privilégié {history}.",
        "{subject} carries the privileged SID {history} in its history.",
    ),
    remediation=Text(
        "Traitez-le comme une compromission possible : cherchez quand l’attribut a été posé (repadmin /showobjmeta "
        "DC1 \"DN\"). Exportez les valeurs : Get-ADObject -LDAPFilter '(sIDHistory=*)' -Properties sIDHistory | "
        "Select-Object DistinguishedName,@{n='sid';e={$_.sIDHistory -join ';'}} | Export-Csv sid-avant.csv, puis "
        "retirez celle-ci : Set-ADObject DN -Remove @{sIDHistory='S-1-5-21-…'}. Effet : le compte perd les droits de "
        "ce SID. Retour : une valeur retirée ne se remet pas ; seul un droit donné au nouveau SID répare.",
        'Treat it as a possible compromise: find out when the attribute was set (repadmin /showobjmeta DC1 "DN"). '
        "Export the values: Get-ADObject -LDAPFilter '(sIDHistory=*)' -Properties sIDHistory | Select-Object "
        "DistinguishedName,@{n='sid';e={$_.sIDHistory -join ';'}} | Export-Csv sid-before.csv, then remove this one: "
        "Set-ADObject DN -Remove @{sIDHistory='S-1-5-21-…'}. Effect: the account loses the rights of that SID. Back: "
        "a removed value cannot be put back; only a right given to the new SID repairs.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_sidhistory_dangerous@2", "pingcastle:T-SIDHistoryDangerous", "attack:T1134.005"),
    check=check,
    reads=("domain",),
)
