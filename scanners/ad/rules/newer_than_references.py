"""CaRE judges with what it knows: a directory newer than its references may have weaknesses it has no name for.

CERT-FR, warning_tool_version, whose tool is not ours: what ages in CaRE is its tables (schemas, levels, systems).
Schema 91 and level 10 are those of Windows Server 2025.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain, readable
from scanners.model import Rule, Severity, Text, Verdict, refs

LAST_SCHEMA = 91
LAST_LEVEL = 10


def check(facts: DirectoryFacts) -> Verdict:
    """The version of the schema and the functional levels."""
    row = facts.row_at(facts.naming.schema_dn)
    versions = facts.objects.ints("objectVersion")
    readable(facts, facts.mask([row]) & (versions == MISSING))
    schema = int(versions[row])
    level = max(facts.naming.domain_level or 0, facts.naming.forest_level or 0)
    newer = schema > LAST_SCHEMA or level > LAST_LEVEL
    return of_domain(facts, newer, version=schema, level=level, expected=LAST_SCHEMA)


RULE = Rule(
    id="ad.newer_than_references",
    title=Text(
        "Annuaire plus récent que les références de CaRE",
        "Directory newer than the references of CaRE",
    ),
    message=Text(
        "Le schéma de {subject} est en version {version} ; CaRE en connaît jusqu’à {expected}.",
        "The schema of {subject} is at version {version}; CaRE knows up to {expected}.",
    ),
    remediation=Text(
        "Mettez CaRE à jour (docs/administration.md), puis relancez l’audit. Les résultats restent justes "
        "pour ce qui est contrôlé, mais une nouveauté de Windows peut manquer.",
        "Update CaRE (docs/administration.md), then run the audit again. Results stay true for what is "
        "checked, but something new in Windows may be missing.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_tool_version@1"),
    check=check,
    reads=("schema",),
)
