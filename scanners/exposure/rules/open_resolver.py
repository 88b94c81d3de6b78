"""A resolver open to all takes part in attacks on others, and its cache can be poisoned from outside (RFC 5358).

DNS servers that looked up, for a stranger, a name that is not theirs.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import seen_from_outside
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """DNS servers that resolve for anyone."""
    servers = [end for end in facts.endpoints("dns") if end.port.protocol == "udp"]
    return seen_from_outside(servers, "recursion_open", "recursion_refused")


RULE = Rule(
    id="exposure.open_resolver",
    title=Text(
        "Résolveur DNS ouvert",
        "Open DNS resolver",
    ),
    message=Text(
        "{subject} résout n’importe quel nom pour n’importe qui.",
        "{subject} resolves any name for anyone.",
    ),
    remediation=Text(
        "Si l’audit part de votre réseau, refaites-le de l’extérieur avant de conclure. "
        "Limitez la récursion aux réseaux de l’établissement, ou fermez le port 53 depuis Internet.",
        "If the audit starts from your network, run it again from outside before concluding. "
        "Restrict recursion to the establishment’s networks, or close port 53 from the Internet.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:406", "attack:T1498.002", "rfc:5358"),
    check=check,
    reads=(
        "hosts",
        "services",
    ),
)
