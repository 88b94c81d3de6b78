"""File sharing on the Internet is how worms enter and how password hashes leave.

Any server that negotiates SMB counts.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every SMB server."""
    return exposed(facts, "smb")


RULE = Rule(
    id="exposure.smb_exposed",
    title=Text(
        "Partage de fichiers SMB accessible",
        "SMB file sharing reachable",
    ),
    message=Text(
        "{subject} répond au partage de fichiers Windows (SMB {version}).",
        "{subject} answers Windows file sharing (SMB {version}).",
    ),
    remediation=Text(
        "Fermez les ports 139 et 445 au pare-feu, dans les deux sens ; échangez par un portail ou un VPN.",
        "Close ports 139 and 445 on the firewall, both ways; exchange through a portal or a VPN.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "attack:T1021.002", "attack:T1133", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
