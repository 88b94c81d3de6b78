"""What changed lately in SYSVOL is what an intruder would have changed: someone should know why.

CERT-FR, info_gpo_sysvol. Thirty days is our choice, a monthly review.
"""

from __future__ import annotations

from scanners.ad.facts import TICKS_PER_DAY, DirectoryFacts, file_time
from scanners.ad.subjects.group_policies import shown, sysvol_of
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

RECENT_DAYS = 30


def check(facts: DirectoryFacts) -> Verdict:
    """Files of policies and scripts."""
    files = [file for file in sysvol_of(facts).files if not file.folder]
    now = file_time(facts.collected_at)
    recent = [file for file in files if file.changed > now - RECENT_DAYS * TICKS_PER_DAY]
    findings = (
        Finding(
            shown(facts, file.path), {"days": max(0, (now - file.changed) // TICKS_PER_DAY), "max_days": RECENT_DAYS}
        )
        for file in recent
    )
    return judged(len(files), findings)


RULE = Rule(
    id="ad.policy_files_changed",
    title=Text(
        "Fichiers de SYSVOL modifiés récemment",
        "Files of SYSVOL changed lately",
    ),
    message=Text(
        "{subject} a été modifié il y a {days} jour(s).",
        "{subject} was changed {days} day(s) ago.",
    ),
    remediation=Text(
        "Rapprochez chaque fichier d’un changement connu (ticket, intervention). Un changement que "
        "personne n’explique : comparez à la sauvegarde (Get-GPOReport) et traitez-le comme un "
        "incident.",
        "Match each file with a known change (ticket, intervention). A change nobody explains: "
        "compare with the backup (Get-GPOReport) and treat it as an incident.",
    ),
    severity=Severity.INFO,
    refs=refs("anssi-ad:info_gpo_sysvol"),
    check=check,
    reads=("sysvol",),
)
