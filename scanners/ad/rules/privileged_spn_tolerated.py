"""A privileged account with a service name is tolerated when its password cannot be guessed; it is still one too many.

ANSSI warning_spn_priv: what vuln_spn_priv tolerates (AES only, and either a managed account or a PSO longer than 32
characters, 3 years at most, password changed since). It does not move the level.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects import policies, service_names
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users and managed service accounts."""
    services = facts.objects.texts("servicePrincipalName")
    named = service_names.privileged_with_name(facts)
    tolerated = service_names.tolerated(facts, named)
    reason = policies.why_unreadable(facts)
    if reason is not None and not tolerated.any() and (named & facts.users).any():
        raise NotAssessable(reason.fr, reason.en)
    return verdict(
        facts,
        service_names.concerned(facts),
        tolerated,
        lambda row: {"service": services[row][0], "services": len(services[row])},
    )


RULE = Rule(
    id="ad.privileged_spn_tolerated",
    title=Text(
        "Nom de service toléré sur un compte privilégié",
        "Service name tolerated on a privileged account",
    ),
    message=Text(
        "{subject} est privilégié et porte le nom de service {service} ; AES seul et un mot de passe long "
        "ou géré le protègent.",
        "{subject} is privileged and carries the service name {service}; AES only and a long or managed password "
        "protect it.",
    ),
    remediation=Text(
        "Retirez au compte ses groupes privilégiés : donnez au service les seuls droits utiles (délégation, "
        "groupe local d’un serveur), essayez, puis Remove-ADGroupMember GROUPE -Members COMPTE. Effet : ce "
        "que le service faisait avec ces privilèges s’arrête. Pour revenir : Add-ADGroupMember.",
        "Take the account out of privileged groups: give the service only the rights it needs (delegation, "
        "local group of a server), try, then Remove-ADGroupMember GROUP -Members ACCOUNT. Effect: what the "
        "service did with those privileges stops. To go back: Add-ADGroupMember.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_spn_priv@1", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
