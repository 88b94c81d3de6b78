"""A certification authority whose key or signature can be forged lets anyone be anybody in the forest.

CERT-FR, vuln_certificates_vuln at level 1; thresholds are in scanners.ad.subjects.certificates. Certificates
pushed by policies are in SYSVOL, those of machines on the machines: not seen here.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.certificates import REMEDIATION, judge_authorities
from scanners.model import Rule, Severity, Text, Verdict, refs

LEVEL = 1


def check(facts: DirectoryFacts) -> Verdict:
    """Certificates of the authorities published in the forest."""
    return judge_authorities(facts, LEVEL)


RULE = Rule(
    id="ad.ca_certificate_broken",
    title=Text(
        "Certificat d’autorité cassable",
        "Breakable authority certificate",
    ),
    message=Text(
        "Le certificat de {subject} est faible ({weakness}).",
        "The certificate of {subject} is weak ({weakness}).",
    ),
    remediation=REMEDIATION,
    severity=Severity.CRITICAL,
    refs=refs(
        "anssi-ad:vuln_certificates_vuln@1",
        "pingcastle:A-CertWeakDSA",
        "pingcastle:A-CertROCA",
        "pingcastle:A-WeakRSARootCert",
        "attack:T1649",
    ),
    check=check,
    reads=("configuration",),
)
