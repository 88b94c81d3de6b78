"""Groups nested in each other in a loop hide who holds what, and break tools.

CERT-FR, vuln_group_loop.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Every group."""
    groups = facts.objects.of(Kind.GROUP)
    parents, children = facts.membership
    nested = groups[parents] & groups[children]
    inside = groups.copy()
    while True:  # take away, until nothing changes, the groups that hold none or are held by none
        edges = nested & inside[parents] & inside[children]
        kept = (
            inside & np.isin(np.arange(len(groups)), parents[edges]) & np.isin(np.arange(len(groups)), children[edges])
        )
        if bool((kept == inside).all()):
            break
        inside = kept
    return verdict(facts, groups, inside)


RULE = Rule(
    id="ad.group_loop",
    title=Text(
        "Boucle d’imbrication de groupes",
        "Loop of nested groups",
    ),
    message=Text(
        "{subject} fait partie d’une boucle de groupes imbriqués.",
        "{subject} is part of a loop of nested groups.",
    ),
    remediation=Text(
        "Retirez l’appartenance qui ferme la boucle, après avoir noté les droits de chaque groupe.",
        "Remove the membership that closes the loop, after writing down the rights of each group.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_group_loop@4"),
    check=check,
    reads=("domain",),
)
