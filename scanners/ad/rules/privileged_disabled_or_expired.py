"""A disabled or expired account left in a privileged group is an administrator again as soon as it is enabled.

ANSSI warning_privileged_members_expired_disabled; it does not move the level. The built-in administrator, which may
well be disabled, is left out: it cannot leave its groups.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import UAC_DISABLED, DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Privileged accounts but the built-in administrator."""
    builtin = facts.row_of_rid(sids.RID_ADMINISTRATOR)
    population = facts.privileged_users & ~facts.mask([builtin] if builtin >= 0 else [])
    disabled = facts.flag(UAC_DISABLED)
    expired = facts.days_since("accountExpires") > 0
    return verdict(
        facts,
        population,
        disabled | expired,
        lambda row: {"enabled": not disabled[row], "expired_on": facts.iso_date("accountExpires", row)},
    )


RULE = Rule(
    id="ad.privileged_disabled_or_expired",
    title=Text(
        "Compte privilégié désactivé ou expiré",
        "Disabled or expired privileged account",
    ),
    message=Text(
        "{subject}, désactivé ou expiré, est toujours dans un groupe privilégié.",
        "{subject}, disabled or expired, is still in a privileged group.",
    ),
    remediation=Text(
        "Retirez le compte de ses groupes privilégiés : Get-ADPrincipalGroupMembership COMPTE, puis "
        "Remove-ADGroupMember GROUPE -Members COMPTE. Sans effet sur une personne partie ; un compte de "
        "secours volontairement désactivé se garde, avec un risque accepté et daté. Pour revenir : "
        "Add-ADGroupMember.",
        "Remove the account from its privileged groups: Get-ADPrincipalGroupMembership ACCOUNT, then "
        "Remove-ADGroupMember GROUP -Members ACCOUNT. No effect on a person who left; an emergency account "
        "kept disabled on purpose stays, as an accepted, dated risk. To go back: Add-ADGroupMember.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_privileged_members_expired_disabled@4"),
    check=check,
    reads=("domain",),
)
