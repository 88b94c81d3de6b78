"""A certification authority whose key or signature can be forged lets anyone be anybody in the forest.

CERT-FR, vuln_certificates_vuln at level 1; thresholds are in scanners.ad.certificates. Certificates
pushed by policies are in SYSVOL, those of machines on the machines: not seen here.
"""

from __future__ import annotations

from scanners.ad.certificates import judge_authorities
from scanners.ad.facts import DirectoryFacts
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
    remediation=Text(
        "Retirez ce certificat des magasins de la forêt s’il ne sert plus (certutil -viewdelstore) ; sinon "
        "renouvelez l’autorité avec une clé RSA 3072 ou 4096 et SHA-256, et réémettez ses certificats par étapes.",
        "Remove that certificate from the stores of the forest if it is no longer used (certutil -viewdelstore); "
        "else renew the authority with an RSA 3072 or 4096 key and SHA-256, and reissue its certificates step by "
        "step.",
    ),
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
