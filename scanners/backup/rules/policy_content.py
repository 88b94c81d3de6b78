"""A policy that leaves a subject out leaves a decision to be taken during the crisis.

The seven items of the ANSSI hygiene guide, measure 37: vital data and servers, types of backup (offline included),
frequency, administration, storage and access restrictions, restore tests, destruction of media.
"""

from __future__ import annotations

from scanners.backup.declared import unanswered
from scanners.backup.facts import POLICY_ITEMS, BackupFacts, Policy
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, with the items its policy leaves out."""
    policy = facts.plan.policy
    if not isinstance(policy, Policy) or policy.items is None:
        raise unanswered("policy.items")
    missing = [item for item in POLICY_ITEMS if item not in policy.items]
    if not missing:
        return Verdict(len(POLICY_ITEMS))
    return Verdict(
        len(POLICY_ITEMS), (Finding(facts.plan.establishment, {"missing": ", ".join(missing), "count": len(missing)}),)
    )


RULE = Rule(
    id="backup.policy_content",
    title=Text("Politique de sauvegarde incomplète", "Incomplete backup policy"),
    message=Text(
        "La politique de sauvegarde de {subject} ne traite pas {count} des sept points attendus : {missing}.",
        "The backup policy of {subject} leaves out {count} of the seven expected items: {missing}.",
    ),
    remediation=Text(
        "Complétez la politique sur ces points (mesure 37 du guide d’hygiène de l’ANSSI) et faites-la valider à "
        "nouveau.",
        "Complete the policy on these items (measure 37 of the ANSSI hygiene guide) and have it approved again.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-02", "anssi-hygiene:37"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
