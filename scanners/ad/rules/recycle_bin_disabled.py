"""Without the recycle bin an object deleted by mistake or malice needs a restore of the whole directory.

PingCastle P-RecycleBin: the optional feature enabled on CN=Partitions. Its identifier is the same in every forest.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs

RECYCLE_BIN = "cn=recycle bin feature,"


def check(facts: DirectoryFacts) -> Verdict:
    """The features enabled in the forest."""
    partitions = facts.row_at(f"CN=Partitions,{facts.naming.configuration_dn}")
    features = facts.objects.texts("msDS-EnabledFeature").get(partitions, ())
    enabled = any(feature.lower().startswith(RECYCLE_BIN) for feature in features)
    return of_domain(facts, not enabled, features=len(features))


RULE = Rule(
    id="ad.recycle_bin_disabled",
    title=Text(
        "Corbeille de l’annuaire désactivée",
        "Directory recycle bin disabled",
    ),
    message=Text(
        "La corbeille n’est pas activée dans la forêt de {subject}.",
        "The recycle bin is not enabled in the forest of {subject}.",
    ),
    remediation=Text(
        "Activez-la : Enable-ADOptionalFeature 'Recycle Bin Feature' -Scope ForestOrConfigurationSet -Target "
        "hopital.local. C’est irréversible et demande le niveau fonctionnel 2008 R2 ; faites une sauvegarde avant.",
        "Enable it: Enable-ADOptionalFeature 'Recycle Bin Feature' -Scope ForestOrConfigurationSet -Target "
        "hospital.local. It cannot be undone and needs functional level 2008 R2; make a backup first.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:P-RecycleBin"),
    check=check,
    reads=("configuration",),
)
