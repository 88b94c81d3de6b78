"""Without signing, whoever stands on the network relays an administrator’s login to the directory and writes in it.

PingCastle A-DCLdapSign: a login by NTLM or Kerberos without signature is accepted on the LDAP port.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.transport import Transport, accepted
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The controller that was audited."""
    failing = accepted((facts.transport or Transport()).unsigned)
    finding = Finding(facts.naming.controller, {"protocol": "LDAP"})
    return Verdict(1, (finding,) if failing else ())


RULE = Rule(
    id="ad.ldap_unsigned_accepted",
    title=Text(
        "Contrôleur qui accepte LDAP sans signature",
        "Controller that accepts LDAP without signature",
    ),
    message=Text(
        "Le contrôleur {subject} accepte une connexion LDAP sans signature.",
        "The controller {subject} accepts an LDAP login without signature.",
    ),
    remediation=Text(
        "Activez d’abord le relevé sur chaque contrôleur (reg add "
        'HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Diagnostics /v "16 LDAP Interface Events" /t REG_DWORD '
        "/d 2 /f ; 0 pour revenir) : sans lui, l’événement 2889 n’est jamais écrit. Relevez deux semaines les "
        "événements 2889 (journal Directory Service), passez en LDAPS les applications qu’ils nomment, puis "
        "exigez la signature : GPO des contrôleurs, « Contrôleur de domaine : conditions requises pour la "
        "signature de serveur LDAP » = « Exiger la signature ». Retour : « Aucun », effet immédiat.",
        "First turn the recording on, on each controller (reg add "
        'HKLM\\SYSTEM\\CurrentControlSet\\Services\\NTDS\\Diagnostics /v "16 LDAP Interface Events" /t REG_DWORD '
        "/d 2 /f; 0 to go back): without it, event 2889 is never written. Collect events 2889 (Directory Service "
        "log) for two weeks, move the applications they name to LDAPS, then require signing: GPO of the "
        "controllers, “Domain controller: LDAP server signing requirements” = “Require signing”. To go back: "
        "“None”, at once.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:A-DCLdapSign", "attack:T1557"),
    check=check,
    reads=(),
)
