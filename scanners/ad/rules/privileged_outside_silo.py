"""A silo keeps the tickets of administrators on administration machines.

CERT-FR, vuln_silo_priv: every privileged user in an enforced authentication silo.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users."""
    enforced = np.flatnonzero(facts.objects.ints("msDS-AuthNPolicySiloEnforced") == 1).tolist()
    names = {facts.objects.dn[row].lower() for row in enforced}
    assigned = facts.objects.texts("msDS-AssignedAuthNPolicySilo")
    inside = facts.mask(row for row, values in assigned.items() if values[0].lower() in names)
    return verdict(facts, facts.privileged & facts.users & facts.enabled, ~inside)


RULE = Rule(
    id="ad.privileged_outside_silo",
    title=Text(
        "Compte privilégié hors silo",
        "Privileged account outside of a silo",
    ),
    message=Text(
        "{subject} est privilégié sans être dans un silo d’authentification appliqué.",
        "{subject} is privileged without being in an enforced authentication silo.",
    ),
    remediation=Text(
        "Créez une stratégie et un silo d’authentification limités aux postes d’administration, en audit d’abord, "
        "puis affectez-y les comptes ; gardez un compte de secours.",
        "Create an authentication policy and silo limited to administration workstations, in audit mode first, "
        "then assign the accounts; keep an emergency account.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_silo_priv@4", "attack:T1550"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
