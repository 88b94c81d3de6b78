"""Traces of a remote maintenance kept a few weeks are gone when an intrusion is found, months later.

One year at least: PSSI-MCAS EXP-TRAC (TLM-16). Judged here only when the gateway keeps its logs to itself; when it
sends them away, the length is that of the server they go to (`register_trace_retention`).
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import subject

SHORTEST_DAYS = 365


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when it forgets its logs within a year."""
    if facts.log_targets:
        return judged(0, ())
    days = facts.rotation_days
    found = days is not None and days < SHORTEST_DAYS
    return judged(1, [Finding(subject(facts, "logrotate"), {"days": days})] if found else ())


RULE = Rule(
    id="remote_access.local_trace_retention",
    title=Text("Traces gardées moins d’un an sur la passerelle", "Traces kept less than a year on the gateway"),
    message=Text(
        "{subject} : les traces d’accès sont effacées au bout de {days} jours.",
        "{subject}: the traces of accesses are erased after {days} days.",
    ),
    remediation=Text(
        "Centralisez les journaux et gardez-y un an de traces ; en attendant, fixez « rotate 53 » avec « weekly » et "
        "vérifiez la place disponible.",
        "Centralise the logs and keep a year of traces there; meanwhile set `rotate 53` with `weekly` and check the "
        "available space.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-16", "pgssi-s:6.1.2.4"),
    check=check,
    reads=("logrotate", "syslog"),
)
