"""Memcached has no access control by default: cached sessions and patient data can be read and changed.

Any memcached that tells its version to a stranger counts.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every memcached that answers."""
    return exposed(facts, "memcached")


RULE = Rule(
    id="exposure.memcached_exposed",
    title=Text(
        "Memcached accessible",
        "Memcached reachable",
    ),
    message=Text(
        "{subject} sert memcached {version} sans authentification.",
        "{subject} serves memcached {version} without authentication.",
    ),
    remediation=Text(
        "Faites-le écouter sur l’interface locale seulement (« -l 127.0.0.1 ») et fermez le port, en UDP aussi.",
        "Make it listen on the local interface only (`-l 127.0.0.1`) and close the port, UDP included.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "attack:T1190", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
