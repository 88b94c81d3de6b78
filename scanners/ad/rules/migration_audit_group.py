"""The group DOMAIN$$$ lets a migration tool write SID history: once the migration is over it only serves intruders.

PingCastle S-Domain$$$: a local group named after the domain with three dollar signs.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Groups."""
    name = f"{facts.naming.netbios}$$$".lower()
    names = facts.objects.texts("sAMAccountName")
    found = facts.mask(row for row, values in names.items() if values[0].lower() == name)
    return verdict(facts, facts.objects.of(Kind.GROUP), found)


RULE = Rule(
    id="ad.migration_audit_group",
    title=Text(
        "Groupe d’audit de migration encore présent",
        "Migration audit group still there",
    ),
    message=Text(
        "{subject} permet encore d’écrire des historiques de SID.",
        "{subject} still lets SID histories be written.",
    ),
    remediation=Text(
        "Vérifiez qu’aucune migration n’est en cours, puis supprimez le groupe (Remove-ADGroup). Effet : un "
        "outil de migration (ADMT) ne peut plus copier d’historique de SID. Retour : recréez un groupe local "
        "de domaine vide du même nom.",
        "Check that no migration is under way, then delete the group (Remove-ADGroup). Effect: a migration "
        "tool (ADMT) can no longer copy SID history. Back: create an empty domain local group of the same "
        "name.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:S-Domain$$$", "attack:T1134.005"),
    check=check,
    reads=("domain",),
)
