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
from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Members of DnsAdmins that are not privileged already, and whoever can become one."""
    names, groups = facts.objects.texts("sAMAccountName"), facts.objects.of(Kind.GROUP)
    group = next((row for row, values in names.items() if values[0].lower() == "dnsadmins" and groups[row]), None)
    if group is None:
        _need_no_zone(facts)
        return Verdict(0)
    inside = facts.direct_members(group).tolist()
    privileged = frozenset(facts.objects.sid(row) for row in inside if facts.privileged[row])
    members = members_verdict(facts, group, privileged)
    control = who_controls(facts, facts.mask([group]))
    held = {"group": facts.subject(group), "group_dn": facts.objects.dn[group]}
    others = tuple(Finding(finding.subject, {**finding.evidence, **held}) for finding in control.findings)
    return together(members, replace(control, population=len(others), findings=others))


def _need_no_zone(facts: DirectoryFacts) -> None:
    """NotAssessable when the directory holds DNS zones, or may: the group is made with the first of them."""
    for gap in facts.gaps:
        if gap.section == "dns":
            raise NotAssessable(gap.reason.fr, gap.reason.en)
    if facts.objects.of(Kind.DNS_ZONE).any():
        raise NotAssessable(
            "Le groupe DnsAdmins n’est pas visible du compte d’audit, alors que l’annuaire tient des zones DNS ; "
            "accordez-lui sa lecture, ou rendez au groupe son nom s’il a été renommé.",
            "The group DnsAdmins does not show to the audit account, although the directory holds DNS zones; grant it "
            "its reading, or give the group its name again if it was renamed.",
        )


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
