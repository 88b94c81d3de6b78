"""Without a validated backup policy nobody decided what must come back, in which order and how fast.

CaRE D2.O2.A: validated, and updated between 16/07/2022 and the day of the declaration (here, of the collection).
"""

from __future__ import annotations

from datetime import date

from scanners.backup.declared import unanswered
from scanners.backup.facts import BackupFacts, Policy
from scanners.model import Finding, Kind, Rule, Scalar, Severity, Text, Verdict, refs

SINCE = date(2022, 7, 16)


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when its policy is missing, not validated, too old or dated in the future."""
    policy = facts.plan.policy
    if policy is None:
        raise unanswered("policy")
    if not isinstance(policy, Policy):
        return Verdict(1, (Finding(facts.plan.establishment, {"date": "—", "validated": False}),))
    if policy.validated and policy.date >= SINCE and facts.days_since(policy.date) >= 0:
        return Verdict(1)
    evidence: dict[str, Scalar] = {"date": policy.date.isoformat(), "validated": policy.validated}
    return Verdict(1, (Finding(facts.plan.establishment, evidence),))


RULE = Rule(
    id="backup.policy_date",
    title=Text(
        "Politique de sauvegarde absente, non validée ou trop ancienne",
        "Backup policy missing, not validated or too old",
    ),
    message=Text(
        "{subject} : la politique de sauvegarde et de restauration (date : {date}, validée : {validated}) n’est "
        "pas validée et mise à jour depuis le 16/07/2022.",
        "{subject}: the backup and restore policy (date: {date}, validated: {validated}) is not one validated and "
        "updated since 2022-07-16.",
    ),
    remediation=Text(
        "Mettez la politique à jour (y compris SaaS et prestations externalisées), faites-la valider par la "
        "direction et gardez la preuve datée.",
        "Update the policy (SaaS and outsourced services included), have it approved by the direction and keep "
        "the dated proof.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-01", "care-d2:O2.A"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
