"""Traces of a remote maintenance kept a few weeks are gone when an intrusion is found, months later.

One year at least: PSSI-MCAS EXP-TRAC (TLM-16). Judged here only when the gateway keeps its logs to itself; when it
sends them away, the length is that of the server they go to (`register_trace_retention`). A journal of systemd is kept
by size, not by time: nobody can tell how long, but one that lives in memory is gone at the next restart.
"""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import subject

SHORTEST_DAYS = 365
WRITERS = {"rsyslogd", "syslog-ng", "syslogd"}


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when it forgets its logs within a year."""
    if facts.log_targets:
        return judged(0, ())
    days = _days(facts)
    return judged(1, [Finding(subject(facts, "logrotate"), {"days": days})] if days < SHORTEST_DAYS else ())


def _days(facts: RemoteAccessFacts) -> int:
    """How long the gateway remembers: without any rotation, a syslog that writes files forgets nothing."""
    if facts.rotation_days is not None:
        return facts.rotation_days
    if facts.journal == "volatile" and not WRITERS & set(facts.processes or ()):
        return 0
    if WRITERS & set(facts.processes or ()):
        return SHORTEST_DAYS
    raise NotAssessable(
        "Rien ne dit combien de temps la passerelle garde ses traces (journal de systemd, gardé selon sa taille) ; "
        "regardez la date de la plus ancienne avec « journalctl | head -1 », ou centralisez-les.",
        "Nothing tells how long the gateway keeps its traces (a journal of systemd, kept by size); look at the date of "
        "the oldest one with `journalctl | head -1`, or centralise them.",
    )


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
