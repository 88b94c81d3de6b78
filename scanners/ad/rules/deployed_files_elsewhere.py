"""A file copied from another domain to every machine is as safe as that other domain."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import wrong_places
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Files that preferences in force copy."""
    return wrong_places(facts, Source.DEPLOYED)


RULE = Rule(
    id="ad.deployed_files_elsewhere",
    title=Text(
        "Fichier déployé depuis un autre domaine",
        "File deployed from another domain",
    ),
    message=Text(
        "La stratégie « {policy} » copie {setting}, pris hors du domaine.",
        "The policy “{policy}” copies {setting}, taken outside of the domain.",
    ),
    remediation=Text(
        "Copiez le fichier, après l’avoir relu, sur un partage de ce domaine que seuls ses "
        "administrateurs modifient (SYSVOL pour un script), puis changez le chemin dans la stratégie."
        " Retour : remettez l’ancien chemin (Restore-GPO).",
        "Copy the file, once read, to a share of this domain that only its administrators modify "
        "(SYSVOL for a script), then change the path in the policy. To go back: put the former path "
        "again (Restore-GPO).",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:T-FileDeployedOutOfDomain", "attack:T1210"),
    check=check,
    reads=("domain", "sysvol"),
)
