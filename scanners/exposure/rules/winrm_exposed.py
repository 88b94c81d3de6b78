"""Windows Remote Management on the Internet lets stolen passwords run commands.

Ports 5985 and 5986 that answer to HTTP.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Web answers on the ports of WinRM."""
    web = facts.web()
    found = (end for end, _ in web if end.port.number in {5985, 5986})
    return judged(len(web), (Finding(end.subject, end.evidence()) for end in found))


RULE = Rule(
    id="exposure.winrm_exposed",
    title=Text(
        "Administration Windows (WinRM) accessible",
        "Windows administration (WinRM) reachable",
    ),
    message=Text(
        "{subject} ouvre l’administration Windows à distance (WinRM).",
        "{subject} opens Windows remote administration (WinRM).",
    ),
    remediation=Text(
        "Fermez les ports 5985 et 5986 au pare-feu ; administrez depuis un réseau dédié.",
        "Close ports 5985 and 5986 on the firewall; administer from a dedicated network.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:28", "attack:T1021.006", "cwe:284"),
    check=check,
    reads=("hosts", "services", "http"),
)
