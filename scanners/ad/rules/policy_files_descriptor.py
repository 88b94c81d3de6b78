"""A file of a policy that no longer inherits keeps its rights when those of the policy are tightened.

CERT-FR, warning_sysvol_files_sd: inheritance cut, or no access list at all, below the folder of a policy.
"""

from __future__ import annotations

from scanners.ad.descriptors import DACL_PRESENT, DACL_PROTECTED
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import file_findings, policy_files, sysvol_of
from scanners.ad.sysvol import SharedFile
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Files and folders below those of the policies."""

    def options(file: SharedFile) -> list[str]:
        control = int(sysvol_of(facts).descriptors.control[file.descriptor]) if file.descriptor >= 0 else DACL_PRESENT
        if not control & DACL_PRESENT:
            return ["no DACL"]
        return ["SE_DACL_PROTECTED"] if control & DACL_PROTECTED else []

    return file_findings(facts, policy_files(facts), options)


RULE = Rule(
    id="ad.policy_files_descriptor",
    title=Text(
        "Fichiers de stratégie sortis de l’héritage",
        "Policy files out of inheritance",
    ),
    message=Text(
        "Les autorisations de {subject} s’écartent de celles de sa stratégie : {permissions}.",
        "The permissions of {subject} differ from those of its policy: {permissions}.",
    ),
    remediation=Text(
        "Console Gestion des stratégies de groupe : cliquez sur la stratégie ; si elle signale des "
        "autorisations incohérentes entre SYSVOL et l’annuaire, acceptez de les aligner. Sinon : "
        'icacls "<dossier de la stratégie>\\*" /reset /T remet l’héritage sous le dossier de la '
        "stratégie. Notez avant : icacls <dossier> /save droits.txt /T ; retour : icacls <dossier "
        "parent> /restore droits.txt.",
        "Group Policy Management console: click the policy; if it tells that permissions in SYSVOL "
        'and the directory are inconsistent, accept to align them. Else: icacls "<folder of the '
        'policy>\\*" /reset /T restores inheritance below the folder of the policy. Before, save: '
        "icacls <folder> /save rights.txt /T; to go back: icacls <parent folder> /restore rights.txt.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_sysvol_files_sd@2"),
    check=check,
    reads=("sysvol",),
)
