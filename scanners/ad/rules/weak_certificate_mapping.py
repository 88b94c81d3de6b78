"""A certificate mapped to an account by names that others can have is a second way to log on as it (ESC14).

altSecurityIdentities mapped by issuer and subject, by subject alone, or by mail address (RFC822) are weak (Microsoft,
KB5014754); by issuer and serial number, by key identifier or by hash of the key they are strong. Values are never
shown.
"""

from __future__ import annotations

import re

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

_TAG = re.compile(r"<([A-Z0-9-]+)>", re.IGNORECASE)
_STRONG = frozenset({"SR", "SKI", "SHA1-PUKEY"})


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts that have a certificate mapping."""
    mapped = {row: [_weak(value) for value in values] for row, values in _mappings(facts).items()}
    weak = {row: [shape for shape in shapes if shape] for row, shapes in mapped.items()}
    return verdict(
        facts,
        facts.enabled & facts.mask(mapped),
        facts.mask(row for row, shapes in weak.items() if shapes),
        lambda row: {
            "kinds": ", ".join(sorted(set(weak[row]))),
            "count": len(weak[row]),
            "privileged": bool(facts.privileged[row] or facts.controllers[row]),
        },
    )


def _mappings(facts: DirectoryFacts) -> dict[int, list[str]]:
    """The certificate mappings of each object that has some; Kerberos names are another matter."""
    found = {
        row: [value for value in values if value.upper().startswith("X509:")]
        for row, values in facts.objects.texts("altSecurityIdentities").items()
    }
    return {row: values for row, values in found.items() if values}


def _weak(value: str) -> str:
    """The shape of a mapping when it is weak, empty when it is strong: `<I><S>` without the names in between."""
    tags = [tag.upper() for tag in _TAG.findall(value)]
    return "" if _STRONG & set(tags) else "".join(f"<{tag}>" for tag in tags) or "?"


RULE = Rule(
    id="ad.weak_certificate_mapping",
    title=Text(
        "Certificat associé à un compte par un lien faible (ESC14)",
        "Certificate mapped to an account by a weak link (ESC14)",
    ),
    message=Text(
        "{count} association(s) faible(s) ({kinds}) : qui obtient un certificat portant ces noms ouvre une session en "
        "tant que {subject}.",
        "{count} weak mapping(s) ({kinds}): whoever obtains a certificate that bears these names logs on as {subject}.",
    ),
    remediation=Text(
        "Notez les valeurs (Get-ADUser COMPTE -Properties altSecurityIdentities), demandez à la personne ou à "
        "l’éditeur son certificat actuel, et remplacez chaque valeur par une association forte : "
        "X509:<I>émetteur<SR>numéro de série inversé, ou X509:<SHA1-PUKEY>empreinte. Essayez une ouverture de "
        "session par carte avant de retirer l’ancienne ; la remettre suffit à revenir. Imposez ensuite le lien "
        "fort (StrongCertificateBindingEnforcement), qui refuse ces associations : les contrôleurs à jour de "
        "septembre 2025 imposent déjà le lien fort et ignorent cette clé ; avant, mettez-la à 2 une fois les "
        "événements 39, 40 et 41 vides, sinon cartes, Wi-Fi et VPN sont refusés.",
        "Write the values down (Get-ADUser ACCOUNT -Properties altSecurityIdentities), ask the person or the "
        "vendor for the current certificate, and replace each value by a strong mapping: "
        "X509:<I>issuer<SR>reversed serial number, or X509:<SHA1-PUKEY>hash. Try a card logon before removing "
        "the old one; setting it again goes back. Then enforce strong binding "
        "(StrongCertificateBindingEnforcement), which refuses these mappings: controllers updated since "
        "September 2025 enforce strong binding already and ignore this key; before, set it to 2 once events 39, "
        "40 and 41 are empty, else cards, Wi-Fi and VPN are refused.",
    ),
    severity=Severity.HIGH,
    refs=refs("adcs:ESC14", "attack:T1649"),
    check=check,
    reads=("domain",),
)
