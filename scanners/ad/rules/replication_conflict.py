"""Two controllers made the same object at once: one of both was renamed, and who uses which is luck.

PingCastle S-Duplicate: “CNF:” in the name, or $DUPLICATE- in sAMAccountName. Duplicated DNS zones are another matter.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

MARK = "\\0ACNF:"
NAME = "$DUPLICATE-"


def check(facts: DirectoryFacts) -> Verdict:
    """Every object but zones and what is deleted; what is below a duplicate is not one."""
    names = facts.objects.texts("sAMAccountName")
    marked = [row for row, dn in enumerate(facts.objects.dn) if MARK in dn]
    conflicts = facts.mask(row for row in marked if MARK in facts.objects.dn[row].partition(",")[0])
    renamed = facts.mask(row for row, values in names.items() if values[0].startswith(NAME))
    return verdict(facts, ~facts.objects.of(Kind.DNS_ZONE, Kind.DELETED), conflicts | renamed)


RULE = Rule(
    id="ad.replication_conflict",
    title=Text(
        "Doublon de réplication",
        "Duplicate made by replication",
    ),
    message=Text(
        "{subject} est le doublon d’un autre objet, né d’un conflit de réplication.",
        "{subject} is the duplicate of another object, born of a replication conflict.",
    ),
    remediation=Text(
        "Comparez les deux objets (Get-ADObject -LDAPFilter '(|(cn=*\\0ACNF:*)(sAMAccountName=$DUPLICATE-*))' "
        "-Properties whenCreated,lastLogonTimestamp,memberOf), gardez celui qui sert, supprimez l’autre après avoir "
        "vérifié la corbeille AD. Cherchez la cause (repadmin /showrepl). Effet : une machine qui utilisait le "
        "doublon doit rejoindre le domaine. Retour : Restore-ADObject.",
        "Compare both objects (Get-ADObject -LDAPFilter '(|(cn=*\\0ACNF:*)(sAMAccountName=$DUPLICATE-*))' "
        "-Properties whenCreated,lastLogonTimestamp,memberOf), keep the one in use, delete the other once the AD "
        "recycle bin was checked. Look for the cause (repadmin /showrepl). Effect: a machine that used the duplicate "
        "must join the domain again. Back: Restore-ADObject.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:S-Duplicate"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
