"""A SID of the domain itself in sIDHistory comes from no migration: it hides the rights of one account in another,
and is a known back door.

PingCastle T-SIDHistorySameDomain. CERT-FR counts any history at level 3, with its own rule; this one is for what no
migration explains.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Every account and group that has a history."""
    history = facts.objects.texts("sIDHistory")
    own = f"{facts.naming.sid}-"
    hidden = {row: [sid for sid in values if sid.startswith(own)] for row, values in history.items()}
    return verdict(
        facts,
        facts.mask(history),
        facts.mask(row for row, found in hidden.items() if found),
        lambda row: {"history": ", ".join(hidden[row])},
    )


RULE = Rule(
    id="ad.sid_history_own_domain",
    title=Text(
        "SID du domaine lui-même dans un historique",
        "SID of the domain itself in a history",
    ),
    message=Text(
        "{subject} porte l’identité {history} de ce même domaine : aucune migration ne l’explique.",
        "{subject} bears the identity {history} of this very domain: no migration explains it.",
    ),
    remediation=Text(
        "Traitez-le comme un incident : notez qui a modifié le compte et quand (événements 4765 et 4766), "
        "puis retirez la valeur : Get-ADUser compte -Properties sIDHistory, Set-ADUser compte -Remove "
        "@{sIDHistory='S-1-5-21-…'}. Effet : le compte perd les droits de l’identité cachée. Retour : une "
        "valeur retirée ne se remet pas.",
        "Treat it as an incident: note who changed the account and when (events 4765 and 4766), then remove "
        "the value: Get-ADUser account -Properties sIDHistory, Set-ADUser account -Remove "
        "@{sIDHistory='S-1-5-21-…'}. Effect: the account loses the rights of the hidden identity. Back: a "
        "removed value cannot be put back.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:T-SIDHistorySameDomain", "attack:T1134.005"),
    check=check,
    reads=("domain",),
)
