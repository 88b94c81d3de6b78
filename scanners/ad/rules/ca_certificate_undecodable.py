"""A certification authority whose key or signature can be forged lets anyone be anybody in the forest.

CERT-FR, vuln_certificates_vuln at level 2; thresholds are in scanners.ad.subjects.certificates. Certificates
pushed by policies are in SYSVOL, those of machines on the machines: not seen here.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.certificates import REMEDIATION, judge_authorities
from scanners.model import Rule, Severity, Text, Verdict, refs

LEVEL = 2


def check(facts: DirectoryFacts) -> Verdict:
    """Certificates of the authorities published in the forest."""
    return judge_authorities(facts, LEVEL)


RULE = Rule(
    id="ad.ca_certificate_undecodable",
    title=Text(
        "Certificat d’autorité illisible",
        "Unreadable authority certificate",
    ),
    message=Text(
        "Le certificat de {subject} ne peut pas être lu : il est mal formé.",
        "The certificate of {subject} cannot be read: it is malformed.",
    ),
    remediation=REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_certificates_vuln@2", "attack:T1649"),
    check=check,
    reads=("configuration",),
)
