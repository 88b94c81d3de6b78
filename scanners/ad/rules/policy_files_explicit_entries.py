"""A right set by hand on one file of a policy escapes the console that manages the policy.

CERT-FR, warning_sysvol_files_acl: entries that are not inherited, below the folder of a policy.
"""

from __future__ import annotations

from scanners.ad.descriptors import INHERITED
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import file_findings, policy_files, sysvol_of
from scanners.ad.sysvol import SharedFile
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Files and folders below those of the policies."""

    def explicit(file: SharedFile) -> list[str]:
        table = sysvol_of(facts).descriptors
        entries = table.entries_of(file.descriptor).tolist() if file.descriptor >= 0 else []
        own = [ace for ace in entries if not table.ace_flags[ace] & INHERITED and table.ace_mask[ace]]
        return list(dict.fromkeys(facts.name_of(table.trustee_sid(ace)) for ace in own))

    return file_findings(facts, policy_files(facts), explicit)


RULE = Rule(
    id="ad.policy_files_explicit_entries",
    title=Text(
        "Droits explicites sur des fichiers de stratégie",
        "Explicit rights on policy files",
    ),
    message=Text(
        "{subject} porte des droits posés à la main, pour : {permissions}.",
        "{subject} carries rights set by hand, for: {permissions}.",
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
    refs=refs("anssi-ad:warning_sysvol_files_acl@2", "attack:T1484.001"),
    check=check,
    reads=("sysvol",),
)
