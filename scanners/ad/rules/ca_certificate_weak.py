"""A certification authority whose key or signature can be forged lets anyone be anybody in the forest.

CERT-FR, vuln_certificates_vuln at level 3; thresholds are in scanners.ad.certificates. Certificates
pushed by policies are in SYSVOL, those of machines on the machines: not seen here.
"""

from __future__ import annotations

from scanners.ad.certificates import judge_authorities
from scanners.ad.facts import DirectoryFacts
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
    remediation=Text(
        "Retirez ce certificat des magasins de la forêt s’il ne sert plus ou a expiré : pkiview.msc, Gérer "
        "les conteneurs AD, après l’avoir exporté (certutil -store, certutil -viewdelstore). Sinon renouvelez "
        "l’autorité avec une clé RSA 3072 ou 4096, un exposant 65537 et SHA-256 (certutil -setreg "
        "ca\\csp\\CNGHashAlgorithm SHA256, puis renouvellement avec une nouvelle clé), et réémettez ses "
        "certificats par étapes. Effet : ce qui présente encore un certificat de l’ancienne autorité est "
        "refusé (Wi-Fi, VPN, équipements). Retour : certutil -dspublish du fichier exporté.",
        "Remove that certificate from the stores of the forest if it is no longer used or has expired: "
        "pkiview.msc, Manage AD Containers, after exporting it (certutil -store, certutil -viewdelstore). "
        "Else renew the authority with an RSA 3072 or 4096 key, exponent 65537 and SHA-256 (certutil -setreg "
        "ca\\csp\\CNGHashAlgorithm SHA256, then renewal with a new key), and reissue its certificates step by "
        "step. Effect: what still presents a certificate of the former authority is refused (Wi-Fi, VPN, "
        "devices). Back: certutil -dspublish of the exported file.",
    ),
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
