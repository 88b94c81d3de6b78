"""Managed service accounts change their password by themselves every 30 days; when they do not, nobody uses them or
the system is broken.

ANSSI: 90 days at most (CERT-FR, vuln_password_change_msa_no_change_90).
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import older
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 90


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled managed service accounts."""
    return older(facts, facts.objects.of(Kind.GMSA, Kind.SMSA) & facts.enabled, "pwdLastSet", MAX_DAYS)


RULE = Rule(
    id="ad.managed_account_password_age",
    title=Text(
        "Secret de compte de service géré ancien",
        "Old secret of a managed service account",
    ),
    message=Text(
        "Le secret de {subject} date du {date} ({days} jours, {max_days} au plus).",
        "The secret of {subject} dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Si le compte ne sert plus, supprimez-le ; sinon vérifiez sur le serveur Test-ADServiceAccount et l’accès "
        "aux clés KDS.",
        "If the account is no longer used, delete it; else check Test-ADServiceAccount on the server and the "
        "access to KDS keys.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_password_change_msa_no_change_90@2"),
    check=check,
    reads=("domain",),
)
