"""A privileged account whose permissions cannot be read escapes every check of control paths.

CERT-FR, vuln_sd_failed_sd_read_on_priv.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Privileged groups and accounts."""
    return verdict(facts, facts.privileged, facts.objects.descriptor < 0)


RULE = Rule(
    id="ad.privileged_descriptor_withheld",
    title=Text(
        "Autorisations d’un privilégié illisibles",
        "Permissions of a privileged account unreadable",
    ),
    message=Text(
        "Les autorisations de {subject} ne sont pas lisibles par le compte d’audit.",
        "The permissions of {subject} are not readable by the audit account.",
    ),
    remediation=Text(
        "Retirez l’entrée de refus posée sur l’objet, ou relancez l’audit avec un compte qui peut lire ses "
        "autorisations.",
        "Remove the denying entry set on the object, or run the audit again with an account that can read its "
        "permissions.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_sd_failed_sd_read_on_priv@3", "attack:T1564"),
    check=check,
    reads=("domain",),
)
