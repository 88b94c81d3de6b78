"""Machines without security fixes are where attackers settle.

Dates are those of Microsoft’s life cycle, build by build for Windows 10 and 11 (`scanners/lifecycle.yaml`, each row
with its source), compared with the date of collection; only machines seen in the last six months count, the others
are dormant.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.operating_systems import unsupported
from scanners.model import Rule, Severity, Text, Verdict, refs

SEEN_DAYS = 183


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled computers that logged on lately, controllers left out."""
    alive = facts.objects.of(Kind.COMPUTER) & facts.enabled & (facts.days_since("lastLogonTimestamp") <= SEEN_DAYS)
    return unsupported(facts, alive & ~facts.controllers)


RULE = Rule(
    id="ad.obsolete_systems",
    title=Text(
        "Système hors support encore utilisé",
        "Unsupported system still in use",
    ),
    message=Text(
        "{subject} tourne sous {operating_system}, sans correctif depuis le {support_ended}.",
        "{subject} runs {operating_system}, without fixes since {support_ended}.",
    ),
    remediation=Text(
        "Listez ces machines (Get-ADComputer -Filter 'Enabled -eq $true' -Properties "
        "OperatingSystem,OperatingSystemVersion,LastLogonDate), puis remplacez le système : un serveur par un neuf à "
        "côté, un poste par une mise à niveau sur place (setup.exe /auto upgrade, après sauvegarde ; retour par "
        "Paramètres, Récupération, pendant dix jours). Un logiciel métier peut ne plus démarrer : essayez sur un "
        "poste avec l’éditeur. S’il pilote un équipement biomédical, n’y touchez pas sans le fabricant : isolez-le "
        "dans un réseau filtré, retirez-lui Internet et la messagerie, et inscrivez le remplacement au plan "
        "d’équipement.",
        "List these machines (Get-ADComputer -Filter 'Enabled -eq $true' -Properties "
        "OperatingSystem,OperatingSystemVersion,LastLogonDate), then replace the system: a server by a new one "
        "beside it, a workstation by an in-place upgrade (setup.exe /auto upgrade, after a backup; back by Settings, "
        "Recovery, for ten days). A business application may no longer start: try on one workstation with its "
        "vendor. If it drives a medical device, do not touch it without the manufacturer: isolate it in a filtered "
        "network, take away Internet and mail, and put its replacement in the equipment plan.",
    ),
    severity=Severity.HIGH,
    refs=refs(
        "pingcastle:S-OS-NT",
        "pingcastle:S-OS-2000",
        "pingcastle:S-OS-XP",
        "pingcastle:S-OS-2003",
        "pingcastle:S-OS-Vista",
        "pingcastle:S-OS-2008",
        "pingcastle:S-OS-Win7",
        "pingcastle:S-OS-Win8",
        "pingcastle:S-OS-2012",
        "pingcastle:S-OS-W10",
        "attack:T1210",
        "anssi-hygiene:34",
    ),
    check=check,
    reads=("domain",),
)
