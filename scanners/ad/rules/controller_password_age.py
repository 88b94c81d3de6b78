"""A controller that stopped renewing its secret is cut from replication, or was restored from an old copy.

ANSSI: 45 days at most (CERT-FR, vuln_password_change_dc_no_change).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import older
from scanners.ad.subjects.controllers import standing
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 45


def check(facts: DirectoryFacts) -> Verdict:
    """All controllers that are machines: that of Entra Kerberos is not."""
    return older(facts, standing(facts), "pwdLastSet", MAX_DAYS)


RULE = Rule(
    id="ad.controller_password_age",
    title=Text(
        "Secret de contrôleur de domaine ancien",
        "Old secret of a domain controller",
    ),
    message=Text(
        "Le secret de {subject} date du {date} ({days} jours, {max_days} au plus).",
        "The secret of {subject} dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Vérifiez la réplication (repadmin /showrepl) et l’horloge du contrôleur (w32tm /query /status), puis, "
        "sur ce contrôleur : Set-Service kdc -StartupType Manual; Stop-Service kdc; klist -li 0x3e7 purge, "
        "netdom resetpwd /server:autre-dc /userd:HOPITAL\\admin /passwordd:*, Restart-Computer, puis Set-Service "
        "kdc -StartupType Automatic; Start-Service kdc. S’il n’existe plus, retirez ses métadonnées (ntdsutil). "
        "Effet : le contrôleur ne sert plus pendant le redémarrage. Retour : relancez la commande avec un autre "
        "contrôleur.",
        "Check replication (repadmin /showrepl) and the clock of the controller (w32tm /query /status), then, on "
        "that controller: Set-Service kdc -StartupType Manual; Stop-Service kdc; klist -li 0x3e7 purge, netdom "
        "resetpwd /server:other-dc /userd:HOSPITAL\\admin /passwordd:*, Restart-Computer, then Set-Service kdc "
        "-StartupType Automatic; Start-Service kdc. If it no longer exists, clean its metadata (ntdsutil). "
        "Effect: the controller does not serve while it restarts. Back: run the command again with another "
        "controller.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_password_change_dc_no_change@1", "pingcastle:S-PwdLastSet-DC", "attack:T1207"),
    check=check,
    reads=("domain",),
)
