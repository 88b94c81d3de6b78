"""A certificate marked “must staple” is refused by clients when the server does not join the OCSP answer.

The mark is read in the certificate (RFC 7633), the answer in a greeting of TLS 1.2.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Certificates that require a stapled answer, without one."""
    return about_tls(facts, _fault, lambda tls: {"certificate": tls.certificate.subject if tls.certificate else ""})


def _fault(tls: Tls) -> bool | None:
    if tls.certificate is None or not tls.certificate.must_staple:
        return False
    return None if tls.stapled is None else not tls.stapled


RULE = Rule(
    id="exposure.certificate_staple_missing",
    title=Text(
        "Agrafage OCSP exigé et absent",
        "OCSP stapling required and missing",
    ),
    message=Text(
        "{subject} ne joint pas l’état OCSP que son certificat exige ({certificate}).",
        "{subject} does not join the OCSP status its certificate requires ({certificate}).",
    ),
    remediation=Text(
        "Activez l’agrafage (ssl_stapling on, SSLUseStapling on) ou faites émettre un certificat sans cette exigence.",
        "Turn stapling on (ssl_stapling on, SSLUseStapling on) or have a certificate issued without that requirement.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R35", "cwe:299", "rfc:7633"),
    check=check,
    reads=("hosts", "services", "tls"),
)
