"""Logs kept only on the gateway are erased by whoever takes it over.

PGSSI-S 6.1.2.4: traces of remote accesses are centralised in a place the hospital controls. Read in the configuration
of rsyslog, syslog-ng or systemd-journal-upload. Where an agent of another make runs, its settings are not read: the
rule cannot tell.
"""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import subject

AGENTS = {
    *("filebeat", "auditbeat", "elastic-agent", "fluent-bit", "fluentd", "td-agent", "vector", "nxlog", "splunkd"),
    *("wazuh-agentd", "ossec-agentd", "promtail", "alloy", "otelcol", "logstash", "azuremonitorage", "mdsd"),
}
"""As the kernel writes them: fifteen characters."""


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when it sends its logs nowhere."""
    agents = sorted(AGENTS & set(facts.processes or ()))
    if agents and not facts.log_targets:
        names = ", ".join(agents)
        raise NotAssessable(
            f"Un agent de collecte tourne sur la passerelle ({names}) mais CaRE ne lit pas ses réglages ; vérifiez sur "
            "le collecteur de journaux qu’une connexion d’essai y arrive.",
            f"A collection agent runs on the gateway ({names}) but CaRE does not read its settings; check on the log "
            "collector that a test login arrives there.",
        )
    return judged(1, [] if facts.log_targets else [Finding(subject(facts, "syslog"))])


RULE = Rule(
    id="remote_access.remote_logging",
    title=Text("Journaux non centralisés", "Logs not centralised"),
    message=Text(
        "{subject} : les traces d’accès ne quittent pas la passerelle.",
        "{subject}: the traces of accesses never leave the gateway.",
    ),
    remediation=Text(
        "Envoyez au moins « auth,authpriv » vers le collecteur de journaux de l’établissement, en TLS si possible, et "
        "vérifiez l’arrivée d’une connexion d’essai.",
        "Send at least `auth,authpriv` to the hospital’s log collector, over TLS if possible, and check that a test "
        "login arrives.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:TLM-15", "pgssi-s:6.1.2.4", "cis:6.1.3.6", "attack:T1070"),
    check=check,
    reads=("syslog",),
    whole=True,
)
