"""Suites whose session key travels under the server’s long-term key give no forward secrecy, and fall to ROBOT.

At least one is accepted beside better ones; ports that have nothing better are told by their own rule (ANSSI R6).
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that accept a suite without forward secrecy, beside others."""
    return about_tls(facts, _fault, lambda tls: {"ciphers": ", ".join(tls.static_ciphers)})


def _fault(tls: Tls) -> bool | None:
    if tls.before_13 and tls.forward_secrecy is None:
        return None
    return bool(tls.static_ciphers) and tls.forward_secrecy is True


RULE = Rule(
    id="exposure.tls_static_key_exchange",
    title=Text(
        "Échange de clés sans confidentialité persistante accepté",
        "Key exchange without forward secrecy accepted",
    ),
    message=Text(
        "{subject} accepte des suites sans confidentialité persistante ({ciphers}).",
        "{subject} accepts suites without forward secrecy ({ciphers}).",
    ),
    remediation=Text(
        "Retirez les suites « kRSA » (TLS_RSA_…), après avoir relevé dans les journaux les clients qui s’en "
        "servent encore.",
        "Remove the `kRSA` suites (TLS_RSA_…), after finding in the logs which clients still use them.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R6", "cwe:327", "rfc:9325"),
    check=check,
    reads=("hosts", "services", "tls"),
)
