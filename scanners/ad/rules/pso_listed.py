"""Fine-grained password policies change what the domain asks for: they must be known, and wanted.

ANSSI info_password_policy_pso: the list of PSO; it does not move the level.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects import policies
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

MOST_NAMES = 20


def check(facts: DirectoryFacts) -> Verdict:
    """Every PSO."""
    rows = policies.pso_rows(facts)
    return Verdict(len(rows), tuple(_told(facts, row) for row in rows))


def _told(facts: DirectoryFacts, row: int) -> Finding:
    policy, dn = policies.pso_policy(facts, row), facts.objects.dn[row]
    rank = int(facts.objects.ints("msDS-PasswordSettingsPrecedence")[row])
    applies = facts.objects.texts("msDS-PSOAppliesTo").get(row, ())
    return Finding(
        dn,
        {
            "dn": dn,
            "rank": "" if rank == MISSING else rank,
            "length": policy.length,
            "days": policy.days,
            "applies_to": "; ".join(applies[:MOST_NAMES]),
        },
    )


RULE = Rule(
    id="ad.pso_listed",
    title=Text(
        "Politique de mots de passe affinée",
        "Fine-grained password policy",
    ),
    message=Text(
        "{subject} (priorité {rank}) demande {length} caractères et un changement tous les {days} jours (0 : jamais).",
        "{subject} (precedence {rank}) asks for {length} characters and a change every {days} days (0: never).",
    ),
    remediation=Text(
        "Vérifiez que chaque politique est voulue, à qui elle s’applique "
        "(Get-ADFineGrainedPasswordPolicySubject) et dans quel ordre (la plus petite priorité l’emporte). Une "
        "politique sans usage se supprime : Remove-ADFineGrainedPasswordPolicy ; celle du domaine s’applique "
        "alors. Pour revenir : notez ses valeurs avant, New-ADFineGrainedPasswordPolicy.",
        "Check that each policy is wanted, to whom it applies (Get-ADFineGrainedPasswordPolicySubject) and in "
        "what order (the least precedence wins). One without use can go: Remove-ADFineGrainedPasswordPolicy; "
        "that of the domain then applies. To go back: note its values first, New-ADFineGrainedPasswordPolicy.",
    ),
    severity=Severity.INFO,
    refs=refs("anssi-ad:info_password_policy_pso"),
    check=check,
    reads=("domain",),
)
