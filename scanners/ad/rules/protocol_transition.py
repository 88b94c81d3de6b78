"""With protocol transition an account acts for anyone on its target services, without their ever authenticating.

Enabled accounts with TRUSTED_TO_AUTH_FOR_DELEGATION (0x1000000) and target services that are not privileged; those that
are have their own rule. Members of Protected Users and accounts that cannot be delegated are out of its reach.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import UAC_PROTOCOL_TRANSITION, DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.delegation import privileged_targets
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts with constrained delegation."""
    services = facts.objects.texts("msDS-AllowedToDelegateTo")
    privileged = privileged_targets(facts)
    return verdict(
        facts,
        facts.enabled & facts.mask(services),
        facts.flag(UAC_PROTOCOL_TRANSITION) & ~facts.mask(row for row, found in privileged.items() if found),
        lambda row: {"service": services[row][0], "services": len(services[row])},
        facts.objects.ints("userAccountControl") == MISSING,
    )


RULE = Rule(
    id="ad.protocol_transition",
    title=Text(
        "Délégation avec transition de protocole",
        "Delegation with protocol transition",
    ),
    message=Text(
        "Qui tient {subject} se fait passer pour n’importe qui auprès de {service} (services visés : {services}).",
        "Whoever holds {subject} passes for anybody to {service} (target services: {services}).",
    ),
    remediation=Text(
        "Si l’application accepte Kerberos de bout en bout, choisissez « Utiliser uniquement Kerberos » dans "
        "l’onglet Délégation du compte (Set-ADAccountControl COMPTE -TrustedToAuthForDelegation $false) ; sinon "
        "gardez la transition mais tenez ce serveur comme ses cibles : mises à jour, administrateurs locaux, "
        "sauvegarde. Placez les administrateurs dans Protected Users. Testez l’authentification unique de "
        "l’application ; Set-ADAccountControl -TrustedToAuthForDelegation $true revient en arrière.",
        "If the application accepts Kerberos from end to end, choose “Use Kerberos only” in the Delegation tab of "
        "the account (Set-ADAccountControl ACCOUNT -TrustedToAuthForDelegation $false); else keep transition but "
        "hold that server as its targets: updates, local administrators, backup. Put administrators in Protected "
        "Users. Test the single sign-on of the application; Set-ADAccountControl -TrustedToAuthForDelegation $true "
        "goes back.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("attack:T1558"),
    check=check,
    reads=("domain",),
)
