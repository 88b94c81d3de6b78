"""A directory within reach of the Internet tells its structure to strangers and lets passwords be guessed.

Any server that answers a search of its root entry counts, in clear or over TLS.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every directory server."""
    return exposed(facts, "ldap")


RULE = Rule(
    id="exposure.ldap_exposed",
    title=Text(
        "Annuaire (LDAP) accessible",
        "Directory (LDAP) reachable",
    ),
    message=Text(
        "{subject} répond au protocole d’annuaire LDAP.",
        "{subject} answers the LDAP directory protocol.",
    ),
    remediation=Text(
        "Fermez les ports 389, 636, 3268 et 3269 au pare-feu ; fédérez les applications externes par OIDC ou SAML.",
        "Close ports 389, 636, 3268 and 3269 on the firewall; federate outside applications by OIDC or SAML.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "attack:T1087.002", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
