"""Telnet, rsh and FTP send passwords in clear: whoever listens on the way has them.

ANSSI R2, R3 and R4: replaced by SSH and removed. Judged on the sockets that listen on every interface or on the
address through which the gateway was reached; what listens on a loopback address only is not reachable.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import Listener, RemoteAccessFacts

LEGACY: Mapping[int, str] = {21: "FTP", 23: "telnet", 512: "rexec", 513: "rlogin", 514: "rsh"}


def check(facts: RemoteAccessFacts) -> Verdict:
    """Sockets of services that talk in clear."""
    sockets = [listener for listener in facts.listeners if listener.protocol == "tcp" and _reachable(listener, facts)]
    return judged(
        len(sockets),
        (
            Finding(f"{facts.gateway}:{listener.port}/tcp", {"service": LEGACY[listener.port]})
            for listener in sockets
            if listener.port in LEGACY
        ),
    )


def _reachable(listener: Listener, facts: RemoteAccessFacts) -> bool:
    loopback = listener.address.startswith("127.") or listener.address == "::1"
    return listener.address == facts.gateway or not loopback


RULE = Rule(
    id="remote_access.legacy_services",
    title=Text("Service en clair sur la passerelle", "Clear-text service on the gateway"),
    message=Text(
        "{subject} : un service {service} écoute sur la passerelle.",
        "{subject}: a {service} service listens on the gateway.",
    ),
    remediation=Text(
        "Vérifiez dans les journaux qui s’en sert encore, proposez SSH ou SFTP, puis arrêtez et désinstallez le "
        "service.",
        "Check in the logs who still uses it, offer SSH or SFTP, then stop and uninstall the service.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R2", "anssi-ssh:R3", "anssi-ssh:R4", "attack:T1040"),
    check=check,
    reads=("listening",),
)
