"""Members of DnsAdmins can have the DNS service of a controller run their code.

CERT-FR, vuln_dnsadmins: no member that is not privileged, and nobody else may take control of it. Its name is never
translated.
"""

from __future__ import annotations

from dataclasses import replace

from scanners.ad.columns import Kind
from scanners.ad.control_paths.control import who_controls
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import members_verdict, together
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Members of DnsAdmins that are not privileged already, and whoever can become one."""
    names, groups = facts.objects.texts("sAMAccountName"), facts.objects.of(Kind.GROUP)
    group = next((row for row, values in names.items() if values[0].lower() == "dnsadmins" and groups[row]), None)
    if group is None:
        return Verdict(0)
    inside = facts.direct_members(group).tolist()
    privileged = frozenset(facts.objects.sid(row) for row in inside if facts.privileged[row])
    members = members_verdict(facts, group, privileged)
    control = who_controls(facts, facts.mask([group]))
    held = {"group": facts.subject(group), "group_dn": facts.objects.dn[group]}
    others = tuple(Finding(finding.subject, {**finding.evidence, **held}) for finding in control.findings)
    return together(members, replace(control, population=len(others), findings=others))


RULE = Rule(
    id="ad.dns_admins",
    title=Text(
        "DnsAdmins n’est pas vide, ou peut être rempli",
        "DnsAdmins is not empty, or can be filled",
    ),
    message=Text(
        "{subject} est membre de {group}, ou peut le devenir, et exécuter du code sur les contrôleurs.",
        "{subject} is a member of {group}, or can become one, and run code on controllers.",
    ),
    remediation=Text(
        "Déléguez la gestion des zones par des autorisations sur celles-ci (ldp : créer et supprimer des enfants), "
        "puis videz le groupe : Remove-ADGroupMember DnsAdmins ; Add-ADGroupMember revient en arrière. Retirez aussi "
        "les droits d’écriture sur le groupe lui-même (onglet Sécurité).",
        "Delegate the management of zones by permissions on them (ldp: create and delete children), then empty the "
        "group: Remove-ADGroupMember DnsAdmins; Add-ADGroupMember goes back. Also remove the rights to write the "
        "group itself (Security tab).",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_dnsadmins@1", "pingcastle:P-DNSAdmin", "attack:T1574.002"),
    check=check,
    reads=("domain",),
)
