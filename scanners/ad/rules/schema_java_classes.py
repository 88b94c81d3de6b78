"""Java objects stored in a directory are loaded by the programs that read them: log4shell used that.

PingCastle, S-JavaSchema: the classes of RFC 2713 in the schema.
"""

from __future__ import annotations

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

JAVA = frozenset({"javacontainer", "javaobject", "javaserializedobject", "javamarshalledobject", "javanamingreference"})


def check(facts: DirectoryFacts) -> Verdict:
    """Every class of the schema."""
    names = facts.objects.texts("lDAPDisplayName")
    java = facts.mask(row for row, values in names.items() if values[0].lower() in JAVA)
    return verdict(facts, facts.objects.of(Kind.CLASS), java, lambda row: {"name": names[row][0]})


RULE = Rule(
    id="ad.schema_java_classes",
    title=Text(
        "Classes Java dans le schéma",
        "Java classes in the schema",
    ),
    message=Text(
        "La classe {name} permet de ranger des objets Java dans l’annuaire.",
        "The class {name} lets Java objects be stored in the directory.",
    ),
    remediation=Text(
        "Le schéma ne se retire pas, mais une classe se désactive (isDefunct à TRUE, console Schéma Active "
        'Directory) si aucun objet n’en dépend : Get-ADObject -LDAPFilter "(objectClass=javaObject)". Remettez '
        "FALSE pour revenir. Tenez surtout à jour les applications Java qui lisent l’annuaire.",
        "Schema is not removed, but a class can be made defunct (isDefunct to TRUE, Active Directory Schema "
        'console) if no object depends on it: Get-ADObject -LDAPFilter "(objectClass=javaObject)". Set FALSE again '
        "to go back. Above all keep the Java applications that read the directory up to date.",
    ),
    severity=Severity.INFO,
    refs=refs("pingcastle:S-JavaSchema", "attack:T1203"),
    check=check,
    reads=("schema",),
)
