"""adminCount is set by the system on privileged accounts; its absence means that somebody hid one.

CERT-FR, vuln_privileged_members_no_admincount.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING, Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged accounts."""
    count = facts.objects.ints("adminCount")
    privileged = facts.privileged_users & facts.enabled & facts.objects.of(Kind.USER)
    return verdict(facts, privileged, (count == MISSING) | (count == 0))


RULE = Rule(
    id="ad.privileged_without_admin_count",
    title=Text(
        "Compte privilégié sans adminCount",
        "Privileged account without adminCount",
    ),
    message=Text(
        "{subject} est privilégié sans porter adminCount=1.",
        "{subject} is privileged without carrying adminCount=1.",
    ),
    remediation=Text(
        "Cherchez qui a modifié l’attribut (événement 5136, ou repadmin /showobjmeta DC '<DN>'), vérifiez que le "
        "compte est légitime, puis Set-ADObject '<DN>' -Replace @{adminCount=1} : SDProp le protège dans l’heure. "
        "Effet : l’héritage est coupé, les délégations de l’unité (support, mots de passe) ne s’appliquent plus à ce "
        "compte. Retour : sortez-le des groupes privilégiés (Remove-ADGroupMember), puis Set-ADObject '<DN>' -Clear "
        'adminCount et dsacls "<DN>" /P:N.',
        "Find out who changed the attribute (event 5136, or repadmin /showobjmeta DC '<DN>'), check that the account "
        "is legitimate, then Set-ADObject '<DN>' -Replace @{adminCount=1}: SDProp protects it within the hour. "
        "Effect: inheritance is cut, delegations of the unit (support, passwords) no longer apply to this account. "
        "To go back: take it out of privileged groups (Remove-ADGroupMember), then Set-ADObject '<DN>' -Clear "
        'adminCount and dsacls "<DN>" /P:N.',
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_privileged_members_no_admincount@2", "attack:T1564.002"),
    check=check,
    reads=("domain",),
)
