"""A database server should be reached by its applications alone; its passwords are guessed day and night.

PostgreSQL, MySQL and MariaDB, SQL Server, Oracle. One question before any login; no account is tried.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, exposed
from scanners.exposure.ports import DATABASES
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every database server that answers."""
    return exposed(facts, *DATABASES)


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
