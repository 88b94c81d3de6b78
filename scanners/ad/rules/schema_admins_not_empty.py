"""Schema Admins is needed a few hours every few years; a member the rest of the time is a risk for nothing.

PingCastle P-SchemaAdmin; ANSSI lists the group among those that should stay empty. The built-in administrator is
tolerated by neither.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import group_row, members_verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Members of Schema Admins."""
    return members_verdict(facts, group_row(facts, f"{facts.naming.sid}-{sids.RID_SCHEMA_ADMINS}"))


RULE = Rule(
    id="ad.schema_admins_not_empty",
    title=Text(
        "Schema Admins n’est pas vide",
        "Schema Admins is not empty",
    ),
    message=Text(
        "{subject} est membre de {group}.",
        "{subject} is a member of {group}.",
    ),
    remediation=Text(
        "Retirez tous les membres ; remettez un compte le temps d’une mise à jour de schéma.",
        "Remove all members; put an account back for the time of a schema update.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_privileged_members_not_empty@3", "pingcastle:P-SchemaAdmin"),
    check=check,
    reads=("domain",),
)
