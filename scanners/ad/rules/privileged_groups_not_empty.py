"""Operators, Schema Admins and Enterprise Admins lead to the whole domain and are needed a few hours every few years.

ANSSI warning_privileged_members_not_empty; it does not move the level. Account, Server, Print and Backup Operators and
Replicator stay empty; both groups of the forest are filled for the time of an operation only, built-in administrator
included.
"""

from __future__ import annotations

from scanners.ad import sids
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import members_of_any
from scanners.model import Rule, Severity, Text, Verdict, refs

OPERATORS = (548, 549, 550, 551, 552)
OF_FOREST = (sids.RID_SCHEMA_ADMINS, sids.RID_ENTERPRISE_ADMINS)


def check(facts: DirectoryFacts) -> Verdict:
    """Direct members of the groups that should be empty."""
    operators = (f"S-1-5-32-{rid}" for rid in OPERATORS)
    return members_of_any(facts, (*operators, *(f"{facts.naming.forest_sid}-{rid}" for rid in OF_FOREST)))


RULE = Rule(
    id="ad.privileged_groups_not_empty",
    title=Text(
        "Groupe privilégié qui devrait être vide",
        "Privileged group that should be empty",
    ),
    message=Text(
        "{subject} est membre de {groups}.",
        "{subject} is a member of {groups}.",
    ),
    remediation=Text(
        "Donnez d’abord ce qui remplace (délégation sur une unité d’organisation, groupe local du serveur de "
        "sauvegarde ou d’impression), puis Remove-ADGroupMember GROUPE -Members COMPTE. Administrateurs du "
        "schéma et de l’entreprise : remettez un compte le temps d’une opération seulement. Effet : une "
        "sauvegarde ou une impression qui s’appuyait dessus s’arrête, essayez-la. Pour revenir : "
        "Add-ADGroupMember.",
        "First give what replaces it (delegation on an organisational unit, local group of the backup or "
        "print server), then Remove-ADGroupMember GROUP -Members ACCOUNT. Schema and Enterprise Admins: put "
        "an account back only for the time of an operation. Effect: a backup or print service that relied on "
        "it stops, try it. To go back: Add-ADGroupMember.",
    ),
    severity=Severity.LOW,
    refs=refs(
        "anssi-ad:warning_privileged_members_not_empty@3", "pingcastle:P-OperatorsEmpty", "pingcastle:P-SchemaAdmin"
    ),
    check=check,
    reads=("domain",),
    aliases=("ad.schema_admins_not_empty",),
)
