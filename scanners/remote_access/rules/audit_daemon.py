"""Without auditd, what a session changed on the gateway is written nowhere that its user could not erase.

CIS Debian 12, 6.2.1; PGSSI-S 6.1.2.4 asks for traces of operations. Judged by what runs; a gateway whose logs leave
it at once by another agent may accept this finding.
"""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import asked_for, subject

DAEMONS = {"auditd", "laurel", "go-audit", "auditbeat", "falco"}


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when nothing listens to the audit of the kernel."""
    running = asked_for(facts.processes)
    if not running:
        raise NotAssessable(
            "La liste de ce qui tourne sur la passerelle est vide ; vérifiez que /proc s’y lit.",
            "The list of what runs on the gateway is empty; check that /proc can be read there.",
        )
    return judged(1, () if DAEMONS & set(running) else [Finding(subject(facts, "auditd"))])


RULE = Rule(
    id="remote_access.audit_daemon",
    title=Text("Pas d’audit système sur la passerelle", "No system audit on the gateway"),
    message=Text(
        "{subject} ne tourne pas : les commandes et les changements de fichiers ne laissent pas de trace.",
        "{subject} does not run: commands and changes of files leave no trace.",
    ),
    remediation=Text(
        "Installez auditd, chargez-y les règles sur l’authentification, sudo et les fichiers de clés, puis envoyez ses "
        "événements avec les autres journaux.",
        "Install auditd, load rules about authentication, sudo and key files, then send its events with the other "
        "logs.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:TLM-15", "pgssi-s:6.1.2.4", "cis:6.2.1"),
    check=check,
    reads=("processes",),
)
