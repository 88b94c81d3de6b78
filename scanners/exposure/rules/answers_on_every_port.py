"""A host that answers on every port hides what it really offers: a SYN proxy, a tarpit or an open firewall.

More than 100 open ports that are over half of those tried. Its services are not questioned, and say so as a gap.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Hosts that answer everywhere."""
    tricky = (host for host in facts.hosts if host.answers_everything)
    return judged(len(facts.hosts), (Finding(host.address, {"names": ", ".join(host.names)}) for host in tricky))


RULE = Rule(
    id="exposure.answers_on_every_port",
    title=Text(
        "Adresse qui répond partout",
        "Address that answers everywhere",
    ),
    message=Text(
        "{subject} répond sur presque tous les ports : ses vrais services ne se voient pas d’ici.",
        "{subject} answers on almost every port: its real services cannot be seen from here.",
    ),
    remediation=Text(
        "Vérifiez que c’est un pare-feu voulu (SYN proxy) et auditez l’adresse depuis l’intérieur.",
        "Check that it is an intended firewall (SYN proxy) and audit the address from the inside.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:1188"),
    check=check,
    reads=("hosts",),
)
