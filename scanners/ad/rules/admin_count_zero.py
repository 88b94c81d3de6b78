"""The system writes 1 in adminCount and never 0: somebody wrote the 0, perhaps to hide what the account was.

ANSSI warning_admincount_0; it does not move the level. Privileged accounts in that state have their own rule
(vuln_privileged_members_no_admincount).
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Users, computers and groups that are not privileged accounts in use."""
    population = (facts.accounts | facts.objects.of(Kind.GROUP)) & ~(facts.privileged_users & facts.enabled)
    return verdict(facts, population, facts.objects.ints("adminCount") == 0)


RULE = Rule(
    id="ad.admin_count_zero",
    title=Text(
        "adminCount écrit à 0",
        "adminCount written as 0",
    ),
    message=Text(
        "adminCount vaut 0 sur {subject} : le système n’écrit jamais cette valeur, quelqu’un l’a fait.",
        "adminCount is 0 on {subject}: the system never writes that value, somebody did.",
    ),
    remediation=Text(
        "Cherchez qui a écrit l’attribut (événement 5136 sur les contrôleurs, ou repadmin /showobjmeta DC1 "
        '"DN") et pourquoi. Si rien ne l’explique, traitez-le comme un incident ; sinon effacez la valeur : '
        "Set-ADObject DN -Clear adminCount, sans effet sur les droits. Pour revenir : -Replace "
        "@{adminCount=0}.",
        'Find out who wrote the attribute (event 5136 on controllers, or repadmin /showobjmeta DC1 "DN") and '
        "why. If nothing explains it, handle it as an incident; else erase the value: Set-ADObject DN -Clear "
        "adminCount, without effect on permissions. To go back: -Replace @{adminCount=0}.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_admincount_0@1", "anssi-ad:warning_admincount_0@3"),
    check=check,
    reads=("domain",),
)
