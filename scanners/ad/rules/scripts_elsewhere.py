"""Who holds the other domain, or the unknown server, runs code in the sessions of this one."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import wrong_places
from scanners.ad.sysvol import Source
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Scripts of policies in force."""
    return wrong_places(facts, Source.SCRIPT)


RULE = Rule(
    id="ad.scripts_elsewhere",
    title=Text(
        "Script d’une stratégie pris hors du domaine",
        "Policy script taken outside of the domain",
    ),
    message=Text(
        "La stratégie « {policy} » lance {setting}, hors du domaine.",
        "The policy “{policy}” runs {setting}, outside of the domain.",
    ),
    remediation=Text(
        "Copiez le fichier, après l’avoir relu, sur un partage de ce domaine que seuls ses "
        "administrateurs modifient (SYSVOL pour un script), puis changez le chemin dans la stratégie."
        " Retour : remettez l’ancien chemin (Restore-GPO).",
        "Copy the file, once read, to a share of this domain that only its administrators modify "
        "(SYSVOL for a script), then change the path in the policy. To go back: put the former path "
        "again (Restore-GPO).",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:T-ScriptOutOfDomain", "attack:T1037.001"),
    check=check,
    reads=("domain", "sysvol"),
)
