"""Traces of a remote maintenance must be there when an intrusion is found, often months later.

One year at least and open to the CISO: PSSI-MCAS EXP-TRAC (TLM-16).
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import access_subject, accesses, living

SHORTEST_DAYS = 365


def check(facts: RemoteAccessFacts) -> Verdict:
    """Current accesses whose traces are kept less than a year; an empty cell is no proof."""
    rows = list(living(accesses(facts, "trace_days"), facts))
    return judged(
        len(rows),
        (
            Finding(access_subject(facts, row), {"days": row.trace_days or 0, "line": row.line})
            for row in rows
            if (row.trace_days or 0) < SHORTEST_DAYS
        ),
    )


RULE = Rule(
    id="remote_access.register_trace_retention",
    title=Text("Traces déclarées gardées moins d’un an", "Traces declared as kept less than a year"),
    message=Text(
        "{subject} (ligne {line} du registre) : traces gardées {days} jours (0 : non indiqué).",
        "{subject} (line {line} of the register): traces kept {days} days (0: not given).",
    ),
    remediation=Text(
        "Portez la conservation à un an sous le contrôle de l’établissement, et vérifiez que le RSSI peut les lire.",
        "Extend the retention to a year under the hospital’s control, and check that the CISO can read them.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:TLM-16", "pgssi-s:6.1.2.4"),
    check=check,
    reads=("register",),
    kind=Kind.DECLARED,
)
