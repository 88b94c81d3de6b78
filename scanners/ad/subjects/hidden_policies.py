"""Policies that are linked and do not show, even by name: hidden from the audit account, of another domain, or gone.

Over LDAP a link left behind by a deleted policy looks the same as one to a hidden policy. SYSVOL tells them apart: a
policy of this domain that has no folder there applies nothing to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scanners.ad.columns import Kind, Mask
from scanners.ad.subjects.policy_links import PolicyLink, all_links
from scanners.ad.sysvol import SECTION, policy_of
from scanners.model import NotAssessable

if TYPE_CHECKING:
    from scanners.ad.facts import DirectoryFacts


def hidden_links(facts: DirectoryFacts, container: int) -> Iterator[PolicyLink]:
    """The links of a container to policies that do not show, those that are known to be gone left out."""
    for link in all_links(facts.objects, container):
        if link.row < 0 and not _gone(facts, link):
            yield link


def all_seen(facts: DirectoryFacts, containers: Iterable[int]) -> None:
    """NotAssessable when one of these containers links a policy that does not show."""
    linking = facts.objects.texts("gPLink")
    for container in (row for row in containers if row in linking):
        for link in hidden_links(facts, container):
            raise unseen(facts, container, link)


def all_seen_above(facts: DirectoryFacts, objects: Mask) -> None:
    """The same for the policies that apply to these people and machines: linked above them, or to their site."""
    applying = objects & facts.objects.of(Kind.USER, Kind.COMPUTER)
    graph = facts.graph
    all_seen(facts, (*graph.containers_of(applying), *graph.sites_of(applying)))


def files_read(facts: DirectoryFacts, policy: str) -> bool:
    """Whether the folder of a policy (its GUID in braces and capitals) was read in SYSVOL."""
    return facts.sysvol is not None and any(policy_of(root.path) == policy for root in facts.sysvol.roots)


def unseen(facts: DirectoryFacts, container: int, link: PolicyLink) -> NotAssessable:
    """Why nothing sure can be said of what such a link applies to."""
    place = facts.objects.dn[container]
    if not facts.naming.owns(link.dn):
        return NotAssessable(
            f"La stratégie {link.dn}, liée à {place}, est d’un autre domaine, que cet audit n’a pas lu ; vérifiez-la "
            "dans son domaine, ou liez à sa place une stratégie de celui-ci.",
            f"The policy {link.dn}, linked to {place}, is of another domain, which this audit did not read; check it "
            "in its domain, or link a policy of this one in its place.",
        )
    return NotAssessable(
        f"La stratégie {link.dn}, liée à {place}, n’est pas visible du compte d’audit : elle est cachée, ou supprimée "
        "en laissant son lien. Accordez-lui sa lecture, ou retirez ce lien (Gestion des stratégies de groupe).",
        f"The policy {link.dn}, linked to {place}, does not show to the audit account: it is hidden, or was deleted "
        "and left its link behind. Grant it its reading, or remove that link (Group Policy Management).",
    )


def _gone(facts: DirectoryFacts, link: PolicyLink) -> bool:
    if facts.sysvol is None or not facts.naming.owns(link.dn) or any(gap.section == SECTION for gap in facts.gaps):
        return False
    return not files_read(facts, link.guid)
