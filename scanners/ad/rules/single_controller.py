"""With one controller only, its failure stops every logon of the hospital, and its loss is that of the directory.

PingCastle A-NotEnoughDC: two at least. Read-only controllers and those silent for more than 45 days do not count.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.ad.subjects.controllers import writable
from scanners.model import Rule, Severity, Text, Verdict, refs

LEAST = 2
SILENT_DAYS = 45


def check(facts: DirectoryFacts) -> Verdict:
    """Writable controllers that live."""
    logon = facts.days_since("lastLogonTimestamp")
    silent = np.where(np.isnan(logon), facts.days_since("whenCreated"), logon) > SILENT_DAYS
    count = int((writable(facts) & facts.enabled & ~silent).sum())
    return of_domain(facts, count < LEAST, count=count, least=LEAST)


RULE = Rule(
    id="ad.single_controller",
    title=Text(
        "Trop peu de contrôleurs de domaine",
        "Too few domain controllers",
    ),
    message=Text(
        "{subject} n’a que {count} contrôleur(s) de domaine en service (au moins {least}).",
        "{subject} has only {count} domain controller(s) in service (at least {least}).",
    ),
    remediation=Text(
        "Installez un second contrôleur sur un autre hôte, autre salle si possible (Install-WindowsFeature "
        "AD-Domain-Services, puis Install-ADDSDomainController -InstallDns), déclarez-le en second DNS des "
        "postes, serveurs et équipements (DHCP), et vérifiez la réplication (repadmin /replsummary). Effet : "
        "aucun sur l’existant. Retour : Uninstall-ADDSDomainController.",
        "Install a second controller on another host, in another room if possible (Install-WindowsFeature "
        "AD-Domain-Services, then Install-ADDSDomainController -InstallDns), give it as second DNS to "
        "workstations, servers and devices (DHCP), and check replication (repadmin /replsummary). Effect: "
        "none on what exists. Back: Uninstall-ADDSDomainController.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:A-NotEnoughDC"),
    check=check,
    reads=("domain",),
    whole=True,
)
