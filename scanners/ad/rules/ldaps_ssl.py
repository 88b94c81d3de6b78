"""SSL 2.0 and 3.0 are broken: passwords sent over LDAPS can be read by whoever stands on the network.

PingCastle A-DCLdapsProtocol. Each version is offered alone, by a ClientHello made by hand.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.transport import SSL, versions_verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The controller that was audited."""
    return versions_verdict(facts.transport, facts.naming.controller, SSL)


RULE = Rule(
    id="ad.ldaps_ssl",
    title=Text(
        "LDAPS accepte SSL",
        "LDAPS accepts SSL",
    ),
    message=Text(
        "Le contrôleur {subject} accepte {versions} en LDAPS.",
        "The controller {subject} accepts {versions} over LDAPS.",
    ),
    remediation=Text(
        "Coupez ces versions côté serveur sur chaque contrôleur : "
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\<version>\\Server, "
        "Enabled = 0, puis redémarrez-le. Les équipements anciens (copieurs, automates) qui ne parlent pas TLS "
        "1.2 ne pourront plus se connecter : cherchez-les avant (événement 36880 de Schannel, écrit seulement "
        "avec HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\EventLogging = 7, puis un "
        "redémarrage) ; le Bureau à distance et l’IIS du contrôleur sont touchés aussi. Retour : effacez la clé "
        "et redémarrez.",
        "Turn these versions off on the server side of each controller: "
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\<version>\\Server, "
        "Enabled = 0, then restart it. Old devices (copiers, analysers) that do not speak TLS 1.2 will no longer "
        "connect: look for them before (Schannel event 36880, written only with "
        "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\EventLogging = 7, then a "
        "restart); Remote Desktop and IIS on the controller are affected too. To go back: delete the key and "
        "restart.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:A-DCLdapsProtocol", "attack:T1600.001"),
    check=check,
    reads=(),
)
