"""A policy that everybody can modify runs anybody’s code on every machine it applies to."""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.group_policies import open_files
from scanners.ad.sysvol import policy_of
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """All that is in the folders of the policies."""
    return open_files(facts, lambda path: bool(policy_of(path)))


RULE = Rule(
    id="ad.policy_files_open",
    title=Text(
        "Fichiers de stratégie modifiables par tous",
        "Policy files that everybody can modify",
    ),
    message=Text(
        "{subject} peut être modifié par {permissions}.",
        "{subject} can be modified by {permissions}.",
    ),
    remediation=Text(
        'Notez d’abord les droits : icacls "<dossier>" /save droits.txt /T ; retour : icacls "<dossier parent>" '
        '/restore droits.txt. Retirez l’écriture à ce groupe : icacls "<fichier ou dossier>" /remove:g "<groupe>" '
        "(une entrée héritée se retire sur le dossier qui la porte) puis, si la lecture est nécessaire, /grant "
        '"*S-1-5-11:(RX)", ou "*S-1-5-11:(OI)(CI)(RX)" pour un dossier. Ouvrez aussi le contenu : il a pu être '
        "modifié par n’importe qui.",
        'First save the rights: icacls "<folder>" /save rights.txt /T; to go back: icacls "<parent folder>" /restore '
        'rights.txt. Take writing away from that group: icacls "<file or folder>" /remove:g "<group>" (an inherited '
        'entry is removed on the folder that bears it) then, if reading is needed, /grant "*S-1-5-11:(RX)", or '
        '"*S-1-5-11:(OI)(CI)(RX)" for a folder. Read the content too: anyone may have changed it.',
    ),
    severity=Severity.CRITICAL,
    refs=refs("pingcastle:P-DelegationGPOData", "attack:T1484.001"),
    check=check,
    reads=("domain", "sysvol"),
)
