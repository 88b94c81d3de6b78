"""A redis that answers PONG to anyone gives away its data, and often the machine.

One `PING` is asked, then its version. A server that answers NOAUTH passes.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import without_access_control
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Redis servers that serve strangers."""
    return without_access_control(facts, "redis")


RULE = Rule(
    id="exposure.redis_without_password",
    title=Text(
        "Redis sans mot de passe",
        "Redis without a password",
    ),
    message=Text(
        "{subject} sert Redis {version} sans authentification.",
        "{subject} serves Redis {version} without authentication.",
    ),
    remediation=Text(
        "Fermez le port au pare-feu tout de suite, activez « requirepass » ou les ACL et « protected-mode », puis "
        "cherchez des traces d’intrusion.",
        "Close the port on the firewall at once, turn on `requirepass` or ACLs and `protected-mode`, then look for "
        "traces of intrusion.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:23", "attack:T1190", "cwe:306"),
    check=check,
    reads=("hosts", "services"),
)
