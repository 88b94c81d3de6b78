"""Whoever comes from another domain is judged by the audit of that domain, not by this one: say who they are.

A forest is one security boundary: Enterprise Admins of its root stand in the Administrators of each of its domains.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.facts import DirectoryFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Members of privileged groups, and of the groups nested in them, that are no object of this domain."""
    groups = np.flatnonzero(facts.privileged).tolist()
    outside = facts.objects.outside
    held = [(group, dn) for group in groups for dn in outside.get(group, ()) if not facts.naming.owns(dn)]
    findings = [
        Finding(dn, {"dn": dn, "group": facts.subject(group), "group_dn": facts.objects.dn[group]})
        for group, dn in held
    ]
    return judged(len(held), findings)


RULE = Rule(
    id="ad.privileged_from_another_domain",
    title=Text(
        "Membre privilégié d’un autre domaine",
        "Privileged member of another domain",
    ),
    message=Text(
        "{subject}, d’un autre domaine, est membre de {group} : cet audit ne l’a pas lu.",
        "{subject}, of another domain, is a member of {group}: this audit did not read it.",
    ),
    remediation=Text(
        "Auditez aussi le domaine de ce membre : son mot de passe, ses délégations et qui le contrôle décident du "
        "vôtre. Dans un domaine enfant, les Administrateurs de l’entreprise de la racine sont là normalement ; retirez "
        "les autres (Utilisateurs et ordinateurs AD, propriétés du groupe, Membres), après avoir noté qui les "
        "employait : les remettre au même endroit suffit à revenir en arrière.",
        "Audit the domain of this member too: its password, its delegations and who controls it decide of yours. In a "
        "child domain, Enterprise Admins of the root are normally there; remove the others (AD Users and Computers, "
        "properties of the group, Members) after writing down who used them: adding them again is how to go back.",
    ),
    severity=Severity.INFO,
    refs=refs("attack:T1098"),
    check=check,
    reads=("domain",),
)
