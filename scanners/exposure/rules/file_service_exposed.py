"""NFS, rsync, rpcbind and TFTP give files to callers trusted by their address, or to anyone.

Recognised by their greeting or by nmap's light detection.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every NFS, rsync, rpcbind or TFTP port."""
    return exposed(facts, "nfs", "rsync", "rpcbind", "tftp")


RULE = Rule(
    id="exposure.file_service_exposed",
    title=Text(
        "Service de fichiers Unix accessible",
        "Unix file service reachable",
    ),
    message=Text(
        "{subject} offre {service} à tout appelant.",
        "{subject} offers {service} to any caller.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu et limitez le service aux serveurs qui en ont besoin ; pour rsync, passez par SSH.",
        "Close the port on the firewall and limit the service to the servers that need it; run rsync over SSH.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
