"""A machine in a privileged group makes its local administrators, and whoever steals it, administrators of the domain.

No reference counts it: the account of a machine has no person, no silo and no protected session, and its secret is on
its disk. Controllers are left out; those of certification authorities and synchronisation servers are not.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled machines that are not controllers."""
    machines = facts.objects.of(Kind.COMPUTER) & facts.enabled & ~facts.controllers
    systems = facts.objects.texts("operatingSystem")
    return verdict(facts, machines, facts.privileged, lambda row: {"system": systems.get(row, ("",))[0]})


RULE = Rule(
    id="ad.privileged_machine",
    title=Text(
        "Machine membre d’un groupe privilégié",
        "Machine in a privileged group",
    ),
    message=Text(
        "{subject} est membre d’un groupe privilégié : qui administre cette machine, ou la vole, administre le "
        "domaine.",
        "{subject} is a member of a privileged group: whoever administers this machine, or steals it, administers the "
        "domain.",
    ),
    remediation=Text(
        "Cherchez le service qui tourne sous le compte de cette machine (SYSTEM ou NETWORK SERVICE) et demandez à son "
        "éditeur les droits exacts qu’il lui faut ; donnez-les par délégation, ou à un gMSA dédié, essayez, puis "
        "Remove-ADGroupMember GROUPE -Members 'MACHINE$'. Effet : ce que le service faisait par ce groupe s’arrête "
        "après redémarrage de la machine. Retour : Add-ADGroupMember.",
        "Look for the service that runs as the account of this machine (SYSTEM or NETWORK SERVICE) and ask its vendor "
        "for the exact rights it needs; give them by delegation, or to a gMSA of its own, try, then "
        "Remove-ADGroupMember GROUP -Members 'MACHINE$'. Effect: what the service did by that group stops once the "
        "machine restarts. To go back: Add-ADGroupMember.",
    ),
    severity=Severity.HIGH,
    refs=refs("attack:T1078.002"),
    check=check,
    reads=("domain",),
)
