"""The folder of a policy must carry the rights of its policy, not those of the folder above.

CERT-FR, warning_sysvol_root_sd: a policy folder that inherits, or has no access list at all.
"""

from __future__ import annotations

from scanners.ad.descriptors import DACL_PRESENT, DACL_PROTECTED
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import file_findings, sysvol_of
from scanners.ad.sysvol import SharedFile
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The folder of each policy."""

    def options(file: SharedFile) -> list[str]:
        control = int(sysvol_of(facts).descriptors.control[file.descriptor]) if file.descriptor >= 0 else DACL_PROTECTED
        if file.descriptor >= 0 and not control & DACL_PRESENT:
            return ["no DACL"]
        return [] if control & DACL_PROTECTED else ["SE_DACL_PROTECTED absent"]

    return file_findings(facts, sysvol_of(facts).roots, options)


RULE = Rule(
    id="ad.policy_roots_descriptor",
    title=Text(
        "Dossier de stratégie aux options de sécurité anormales",
        "Policy folder with abnormal security options",
    ),
    message=Text(
        "Les autorisations de {subject} s’écartent de celles de sa stratégie : {permissions}.",
        "The permissions of {subject} differ from those of its policy: {permissions}.",
    ),
    remediation=Text(
        "Console Gestion des stratégies de groupe : cliquez sur la stratégie et acceptez d’aligner "
        "les autorisations de SYSVOL sur celles de l’annuaire ; vérifiez ensuite par icacls "
        "<dossier>. Notez avant : icacls <dossier> /save droits.txt ; retour : icacls <dossier "
        "parent> /restore droits.txt.",
        "Group Policy Management console: click the policy and accept to align the permissions of "
        "SYSVOL with those of the directory; then check by icacls <folder>. Before, save: icacls "
        "<folder> /save rights.txt; to go back: icacls <parent folder> /restore rights.txt.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_sysvol_root_sd@2"),
    check=check,
    reads=("sysvol",),
)
