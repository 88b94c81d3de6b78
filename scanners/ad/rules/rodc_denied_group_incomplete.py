"""Default members of this group are those whose secrets must never reach a read-only controller.

CERT-FR, vuln_rodc_denied_group: RID 572 with its eight default members.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import row_of_all, verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

EXPECTED = (
    sids.RID_DOMAIN_CONTROLLERS,
    sids.RID_READ_ONLY_CONTROLLERS,
    sids.RID_POLICY_CREATORS,
    sids.RID_DOMAIN_ADMINS,
    sids.RID_CERT_PUBLISHERS,
    sids.RID_ENTERPRISE_ADMINS,
    sids.RID_SCHEMA_ADMINS,
    sids.RID_KRBTGT,
)


def check(facts: DirectoryFacts) -> Verdict:
    """Default members that exist in this domain."""
    group = row_of_all(facts, f"{facts.naming.sid}-{sids.RID_RODC_DENIED}")
    expected = facts.mask(row for rid in EXPECTED if (row := facts.row_of_rid(rid)) >= 0)
    members = facts.mask(facts.direct_members(group).tolist())
    return verdict(facts, expected, ~members, lambda _row: {"group": facts.subject(group)})


RULE = Rule(
    id="ad.rodc_denied_group_incomplete",
    title=Text(
        "Groupe RODC refusé incomplet",
        "Denied RODC group incomplete",
    ),
    message=Text(
        "{subject} n’est plus membre de {group}.",
        "{subject} is no longer a member of {group}.",
    ),
    remediation=Text(
        "Remettez le membre cité (Add-ADGroupMember avec le groupe de RID 572). Effet : ses secrets ne seront "
        "plus copiés ; ceux qui le sont déjà restent, réinitialisez ces mots de passe. Retour : "
        "Remove-ADGroupMember.",
        "Put the member named back (Add-ADGroupMember with the group of RID 572). Effect: its secrets will no "
        "longer be copied; those that already are stay, reset these passwords. Back: Remove-ADGroupMember.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_rodc_denied_group@3", "pingcastle:P-RODCDeniedGroup"),
    check=check,
    reads=("domain",),
)
