"""A finite-field group of 1,024 bits or less can be computed by a State, one of 512 bits by anyone (Logjam, 2015).

Below 2,048 bits (ANSSI R7-, RFC 9325). The group is read in the server’s answer to a greeting that offers DHE alone.
"""

from __future__ import annotations

from scanners.exposure.crypto import MIN_DH_BITS
from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports whose DHE group is short."""
    return about_tls(facts, _fault, lambda tls: {"bits": tls.dh_bits, "minimum": MIN_DH_BITS})


def _fault(tls: Tls) -> bool | None:
    if tls.before_13 and tls.forward_secrecy is None:
        return None
    return 0 < tls.dh_bits < MIN_DH_BITS


RULE = Rule(
    id="exposure.tls_weak_dh_group",
    title=Text(
        "Groupe Diffie-Hellman trop court",
        "Diffie-Hellman group too short",
    ),
    message=Text(
        "{subject} échange ses clés dans un groupe de {bits} bits (minimum {minimum}).",
        "{subject} exchanges keys in a group of {bits} bits (minimum {minimum}).",
    ),
    remediation=Text(
        "Retirez les suites DHE au profit d’ECDHE, ou fixez un groupe de 2048 bits au moins (ssl_dhparam, "
        "SSLOpenSSLConfCmd DHParameters).",
        "Remove DHE suites in favour of ECDHE, or set a group of 2048 bits or more (ssl_dhparam, SSLOpenSSLConfCmd "
        "DHParameters).",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R7-", "cve:CVE-2015-4000", "cwe:326"),
    check=check,
    reads=("hosts", "services", "tls"),
)
