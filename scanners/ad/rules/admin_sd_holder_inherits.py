"""AdminSDHolder that inherits passes on to every privileged account what is set above it.

CERT-FR, warning_sd_adminsdholder_protec: its permissions must be protected from inheritance (SE_DACL_PROTECTED).
"""

from __future__ import annotations

from scanners.ad.entries import protected
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.sensitive import admin_sd_holder
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """AdminSDHolder."""
    withheld = facts.objects.descriptor < 0
    return verdict(facts, admin_sd_holder(facts), ~protected(facts) & ~withheld, unreadable=withheld)


RULE = Rule(
    id="ad.admin_sd_holder_inherits",
    title=Text(
        "AdminSDHolder hérite d’autorisations",
        "AdminSDHolder inherits permissions",
    ),
    message=Text(
        "{subject} hérite des autorisations de CN=System.",
        "{subject} inherits the permissions of CN=System.",
    ),
    remediation=Text(
        'Notez l’état : (Get-Acl "AD:\\CN=AdminSDHolder,CN=System,<domaine>").Sddl. Puis, dans la console '
        "(Fonctionnalités avancées, System, AdminSDHolder, Sécurité, Avancé), choisissez « Désactiver l’héritage "
        "», retirez les entrées héritées, et comparez à l’état par défaut de Microsoft. Effet : les comptes "
        "privilégiés suivent dans l’heure (SDProp) ; ce qui les gérait par une entrée héritée n’y a plus accès. "
        "Retour : « Activer l’héritage », et les entrées notées.",
        'Write the state down: (Get-Acl "AD:\\CN=AdminSDHolder,CN=System,<domain>").Sddl. Then, in the console '
        "(Advanced Features, System, AdminSDHolder, Security, Advanced), choose “Disable inheritance”, remove the "
        "inherited entries, and compare with Microsoft’s default. Effect: privileged accounts follow within the "
        "hour (SDProp); what managed them by an inherited entry no longer can. Back: “Enable inheritance”, and "
        "the entries noted.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:warning_sd_adminsdholder_protec@2", "attack:T1222.001"),
    check=check,
    reads=("domain",),
    whole=True,
)
