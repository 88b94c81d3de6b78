"""A database server should be reached by its applications alone; its passwords are guessed day and night.

PostgreSQL, MySQL and MariaDB, SQL Server, Oracle, and a Redis that asks for a password (one that does not has its own
rule). One question before any login; no account is tried.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.ports import DATABASES
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every database server that answers."""
    guarded = [one for one in facts.endpoints("redis") if one.port.service.open_access is False]
    found = [*facts.endpoints(*DATABASES), *guarded]
    return judged(len(facts.endpoints()), (Finding(endpoint.subject, endpoint.evidence()) for endpoint in found))


RULE = Rule(
    id="exposure.database_exposed",
    title=Text(
        "Base de données accessible",
        "Database reachable",
    ),
    message=Text(
        "{subject} répond au protocole {product}.",
        "{subject} answers the {product} protocol.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu ; si un prestataire en a besoin, passez par le bastion ou un VPN, avec TLS et "
        "des comptes limités.",
        "Close the port on the firewall; if a supplier needs it, go through the bastion or a VPN, with TLS and "
        "limited accounts.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "attack:T1190", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
