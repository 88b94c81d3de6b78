"""A controller that no longer logs on is off, isolated or forgotten, with a copy of every secret.

ANSSI: 45 days at most (CERT-FR, vuln_password_change_inactive_dc).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import silent
from scanners.ad.subjects.controllers import standing
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 45


def check(facts: DirectoryFacts) -> Verdict:
    """All controllers that are machines: that of Entra Kerberos is not."""
    return silent(facts, standing(facts), MAX_DAYS)


RULE = Rule(
    id="ad.controller_silent",
    title=Text(
        "Contrôleur de domaine muet",
        "Silent domain controller",
    ),
    message=Text(
        "{subject} ne s’est pas authentifié depuis {days} jours (au plus {max_days}).",
        "{subject} has not authenticated for {days} days (at most {max_days}).",
    ),
    remediation=Text(
        "Retrouvez la machine. Éteinte ou isolée depuis moins de 60 jours : remettez-la en réplication et "
        "vérifiez (repadmin /showrepl). Au-delà, reprenez d’abord ses rôles (netdom query fsmo, puis "
        "Move-ADDirectoryServerOperationMasterRole DC2 -OperationMasterRole … -Force), et ne rallumez plus "
        "l’ancien sur le réseau : rétrogradez-le de force hors réseau, retirez ses métadonnées (ntdsutil, "
        "metadata cleanup) et ses enregistrements DNS, détruisez ses disques, et ses sauvegardes une fois celle "
        "d’un autre contrôleur essayée. Effet : ce qui la désignait par son adresse perd l’annuaire. Retour : "
        "aucun après le nettoyage ; sauvegardez l’annuaire avant.",
        "Find the machine. Off or isolated for less than 60 days: bring it back into replication and check "
        "(repadmin /showrepl). Beyond, take over its roles first (netdom query fsmo, then "
        "Move-ADDirectoryServerOperationMasterRole DC2 -OperationMasterRole … -Force), and no longer turn the "
        "old one on when connected to the network: demote it by force off the network, clean its metadata "
        "(ntdsutil, metadata cleanup) and DNS records, destroy its disks, and its backups once that of another "
        "controller has been tried. Effect: what called it by its address loses the directory. Back: none after "
        "the cleaning; back up the directory first.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_password_change_inactive_dc@1", "pingcastle:S-DC-Inactive"),
    check=check,
    reads=("domain",),
)
