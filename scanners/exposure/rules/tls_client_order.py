"""When the client’s order of suites prevails, an old or hostile client chooses the weakest one the server takes.

Suites are offered in one order, then in the reverse; a server that follows fails. It matters little when all are sound.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that follow the client’s order."""
    return about_tls(facts, _fault, lambda tls: {"versions": ", ".join(tls.versions)})


def _fault(tls: Tls) -> bool | None:
    if tls.before_13 and tls.forward_secrecy is None:
        return None
    return tls.server_order is False


RULE = Rule(
    id="exposure.tls_client_order",
    title=Text(
        "Ordre des suites laissé au client",
        "Order of suites left to the client",
    ),
    message=Text(
        "{subject} suit l’ordre de suites du client.",
        "{subject} follows the client’s order of suites.",
    ),
    remediation=Text(
        "Imposez l’ordre du serveur (ssl_prefer_server_ciphers on, SSLHonorCipherOrder on).",
        "Impose the server’s order (ssl_prefer_server_ciphers on, SSLHonorCipherOrder on).",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R13"),
    check=check,
    reads=("hosts", "services", "tls"),
)
