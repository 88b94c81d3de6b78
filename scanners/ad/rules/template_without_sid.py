"""Without the SID extension a certificate is bound to a name that its holder may be able to change (ESC9).

CT_FLAG_NO_SECURITY_EXTENSION (0x80000) on a template that authenticates; published, no approval nor signature.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.templates import NO_SECURITY_EXTENSION, authenticates, enrolling, open_to_request, published, purposes
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Published templates that give a certificate without approval."""
    templates = open_to_request(facts)
    open_to = {row: enrolling(facts, row) for row in np.flatnonzero(templates).tolist()}
    return verdict(
        facts,
        published(facts),
        facts.flag(NO_SECURITY_EXTENSION, "msPKI-Enrollment-Flag")
        & authenticates(facts)
        & facts.mask(row for row, who in open_to.items() if who),
        lambda row: {
            "enrolling": ", ".join(facts.name_of(sid) for sid in open_to[row]),
            "purposes": ", ".join(sorted(purposes(facts, row))),
        },
        facts.objects.descriptor < 0,
    )


RULE = Rule(
    id="ad.template_without_sid",
    title=Text(
        "Modèle sans lien fort au compte (ESC9)",
        "Template without strong binding (ESC9)",
    ),
    message=Text(
        "{enrolling} peut obtenir par {subject} un certificat sans lien fort avec son compte.",
        "{enrolling} can obtain through {subject} a certificate without a strong binding to the account.",
    ),
    remediation=Text(
        "Retirez l’indicateur CT_FLAG_NO_SECURITY_EXTENSION du modèle (msPKI-Enrollment-Flag) et imposez le lien "
        "fort sur les contrôleurs (StrongCertificateBindingEnforcement=2).",
        "Remove CT_FLAG_NO_SECURITY_EXTENSION from the template (msPKI-Enrollment-Flag) and enforce strong "
        "binding on controllers (StrongCertificateBindingEnforcement=2).",
    ),
    severity=Severity.HIGH,
    refs=refs("adcs:ESC9", "pingcastle:A-CertTempNoSecurity", "attack:T1649"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
