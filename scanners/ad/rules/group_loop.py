"""Groups nested in each other in a loop hide who holds what, and break tools.

CERT-FR, vuln_group_loop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Every group."""
    groups = facts.objects.of(Kind.GROUP)
    parents, children = facts.membership
    edges = np.flatnonzero(groups[parents] & groups[children])
    return verdict(facts, groups, facts.mask(in_loops(parents[edges].tolist(), children[edges].tolist())))


def in_loops(parents: Iterable[int], children: Iterable[int]) -> list[int]:
    """The nodes from which one comes back to oneself: strongly connected components (Kosaraju), without recursion.

    A group that only stands between two loops is in none.
    """
    down, up = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for parent, child in zip(parents, children, strict=True):
        down[parent].append(child)
        up[child].append(parent)
    seen: set[int] = set()
    finished = [node for start in tuple(down) for node in _last_first(start, down, seen)]
    seen, found = set(), []
    for start in reversed(finished):
        component = _last_first(start, up, seen)
        if len(component) > 1 or start in down.get(start, ()):
            found += component
    return found


def _last_first(start: int, following: Mapping[int, list[int]], seen: set[int]) -> list[int]:
    """What `start` leads to and was not seen yet, each after all that it leads to."""
    if start in seen:
        return []
    seen.add(start)
    ended, way = [], [(start, iter(following.get(start, ())))]
    while way:
        node, rest = way[-1]
        after = next((each for each in rest if each not in seen), None)
        if after is None:
            ended.append(node)
            way.pop()
        else:
            seen.add(after)
            way.append((after, iter(following.get(after, ()))))
    return ended


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
        "Notez les droits de chaque groupe, puis retirez l’appartenance qui ferme la boucle : Remove-ADGroupMember "
        "GROUPE_A -Members GROUPE_B. Effet : les membres de B perdent les droits de A à leur prochaine ouverture de "
        "session. Retour : Add-ADGroupMember GROUPE_A -Members GROUPE_B.",
        "Write down the rights of each group, then remove the membership that closes the loop: Remove-ADGroupMember "
        "GROUP_A -Members GROUP_B. Effect: members of B lose the rights of A at their next logon. Back: "
        "Add-ADGroupMember GROUP_A -Members GROUP_B.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_group_loop@4"),
    check=check,
    reads=("domain",),
)
