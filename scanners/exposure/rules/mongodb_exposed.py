"""A MongoDB within reach of strangers has been emptied and ransomed many times, often for lack of a password.

Only `isMaster` is asked, which needs no account: whether the data are open as well is not tried.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every MongoDB that answers."""
    return exposed(facts, "mongodb")


RULE = Rule(
    id="exposure.mongodb_exposed",
    title=Text(
        "MongoDB accessible",
        "MongoDB reachable",
    ),
    message=Text(
        "{subject} répond au protocole MongoDB.",
        "{subject} answers the MongoDB protocol.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu, exigez l’authentification et TLS, et n’ouvrez la base qu’à ses applications.",
        "Close the port on the firewall, require authentication and TLS, and open the database to its applications "
        "only.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "attack:T1190", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
