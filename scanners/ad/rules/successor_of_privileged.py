"""A delegated managed service account that succeeds a privileged account has its rights and its keys.

msDS-ManagedAccountPrecededByLink of a dMSA to a privileged account: a migration nobody should make, often the trace of
“BadSuccessor”.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Delegated managed service accounts."""
    rows = facts.objects.row_by_dn
    preceding = {
        row: [found for dn in values if (found := rows.get(dn.lower(), -1)) >= 0 and facts.tier_zero[found]]
        for row, values in facts.objects.texts("msDS-ManagedAccountPrecededByLink").items()
    }
    state = facts.objects.ints("msDS-DelegatedMSAState")
    return verdict(
        facts,
        facts.objects.of(Kind.DMSA),
        facts.mask(row for row, found in preceding.items() if found),
        lambda row: {
            "target": ", ".join(facts.subject(found) for found in preceding[row]),
            "complete": bool(state[row] == _MIGRATED),
        },
    )


_MIGRATED = 2


RULE = Rule(
    id="ad.successor_of_privileged",
    title=Text(
        "Compte de service successeur d’un compte privilégié",
        "Service account that succeeds a privileged account",
    ),
    message=Text(
        "{subject} se déclare successeur de {target} et en reçoit les droits (migration achevée : {complete}).",
        "{subject} declares itself successor of {target} and receives its rights (migration complete: {complete}).",
    ),
    remediation=Text(
        "Traitez-le comme une attaque tant que personne n’explique cette migration : relevez qui a créé le compte et "
        "écrit le lien (événements 5137 et 5136), notez la valeur, puis Set-ADObject 'DN du dMSA' -Clear "
        "msDS-ManagedAccountPrecededByLink et désactivez le dMSA. Changez les secrets du compte cité. Remettre la "
        "valeur notée suffit à revenir si la migration était voulue ; un compte de service privilégié ne devrait pas "
        "l’être.",
        "Treat it as an attack until somebody explains that migration: find who created the account and wrote the "
        "link (events 5137 and 5136), write the value down, then Set-ADObject 'DN of the dMSA' -Clear "
        "msDS-ManagedAccountPrecededByLink and disable the dMSA. Change the secrets of the account named. Setting "
        "the value again goes back if the migration was wanted; a service account should not be privileged.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("attack:T1098"),
    check=check,
    reads=("domain",),
)
