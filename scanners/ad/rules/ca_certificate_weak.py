"""A certification authority whose key or signature can be forged lets anyone be anybody in the forest.

CERT-FR, vuln_certificates_vuln at level 3; thresholds are in scanners.ad.subjects.certificates. Certificates
pushed by policies are in SYSVOL, those of machines on the machines: not seen here.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.certificates import REMEDIATION, judge_authorities
from scanners.model import Rule, Severity, Text, Verdict, refs

LEVEL = 3


def check(facts: DirectoryFacts) -> Verdict:
    """Certificates of the authorities published in the forest."""
    return judge_authorities(facts, LEVEL)


RULE = Rule(
    id="ad.ca_certificate_weak",
    title=Text(
        "Certificat d’autorité faible",
        "Weak authority certificate",
    ),
    message=Text(
        "Le certificat de {subject} est faible ({weakness}).",
        "The certificate of {subject} is weak ({weakness}).",
    ),
    remediation=REMEDIATION,
    severity=Severity.MEDIUM,
    refs=refs(
        "anssi-ad:vuln_certificates_vuln@3",
        "pingcastle:A-CertWeakRsaComponent",
        "pingcastle:A-MD2IntermediateCert",
        "pingcastle:A-MD2RootCert",
        "pingcastle:A-MD4IntermediateCert",
        "pingcastle:A-MD4RootCert",
        "pingcastle:A-MD5IntermediateCert",
        "pingcastle:A-MD5RootCert",
        "pingcastle:A-SHA0IntermediateCert",
        "pingcastle:A-SHA0RootCert",
        "pingcastle:A-SHA1IntermediateCert",
        "pingcastle:A-SHA1RootCert",
        "pingcastle:A-WeakRSARootCert2",
        "attack:T1649",
    ),
    check=check,
    reads=("configuration",),
)
