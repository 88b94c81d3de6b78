"""Traces of a gateway whose clock is wrong cannot be set beside those of the equipment it led to.

ANSSI hygiene guide, measure 36: clocks are synchronised. Two minutes apart at the time of the audit (ours: the journey
of the question takes some seconds), or no program that keeps the time.
"""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import asked_for, subject

MOST_SECONDS = 120
KEEPERS = {"chronyd", "ntpd", "ntpsec", "systemd-timesyn", "openntpd", "ptp4l", "phc2sys"}
"""As the kernel writes them: fifteen characters."""


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when its clock is off or kept by nothing."""
    running = asked_for(facts.processes)
    if facts.clock_offset is None or not running:
        raise NotAssessable(
            "La passerelle n’a dit ni l’heure ni ce qui y tourne ; relancez l’audit avec le collecteur à jour.",
            "The gateway told neither the time nor what runs on it; run the audit again with the present collector.",
        )
    seconds, keeper = abs(facts.clock_offset), next(iter(sorted(KEEPERS & set(running))), None)
    wrong = seconds > MOST_SECONDS or keeper is None
    return judged(1, [Finding(subject(facts, "clock"), {"seconds": seconds, "service": keeper})] if wrong else ())


RULE = Rule(
    id="remote_access.clock_unkept",
    title=Text("Horloge de la passerelle non synchronisée", "Clock of the gateway not synchronised"),
    message=Text(
        "{subject} : écart de {seconds} s avec CaRE ; service de temps : {service:=aucun}.",
        "{subject}: {seconds} s away from CaRE; time service: {service:=none}.",
    ),
    remediation=Text(
        "Installez chrony (ou activez systemd-timesyncd) avec les serveurs de temps de l’établissement ; vérifiez avec "
        "« chronyc tracking » ou « timedatectl ».",
        "Install chrony (or turn systemd-timesyncd on) with the time servers of the establishment; check with "
        "`chronyc tracking` or `timedatectl`.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-hygiene:36", "care-rules:TLM-15"),
    check=check,
    reads=("processes",),
)
