"""A restored tree can bring back devices and programs that run as another account: in the wrong place, they harm.

PGSSI-S 7.4.5.3 has the access rights checked after a restore. Counted in the tree that came back; links are ordinary
and are not.
"""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.restore.facts import RestoreFacts


def check(facts: RestoreFacts) -> Verdict:
    """The repository, when its tree holds such files."""
    if facts.drill is None:
        raise NotAssessable("Rien n’a été restauré.", "Nothing was restored.")
    found = facts.drill.oddities
    if found is None:
        raise NotAssessable(
            "Les fichiers spéciaux n’ont pas été comptés ; refaites l’essai.",
            "Special files were not counted; drill again.",
        )
    devices, privileged = found.get("device", 0), found.get("setuid", 0)
    evidence = {"devices": devices, "setuid": privileged}
    return judged(1, (Finding(facts.asked.subject, evidence),) if devices or privileged else ())


RULE = Rule(
    id="restore.special_files",
    title=Text("Fichiers spéciaux dans ce qui a été restauré", "Special files in what was restored"),
    message=Text(
        "Ce qui est revenu de {subject} contient {devices} périphérique(s) et {setuid} programme(s) à droits élevés.",
        "What came back from {subject} holds {devices} devices and {setuid} programs with raised rights.",
    ),
    remediation=Text(
        "Restaurez seulement dans un volume monté avec nodev, nosuid et noexec, contrôlez les droits avant toute "
        "remise "
        "en service, et demandez pourquoi ces fichiers sont sauvegardés.",
        "Restore only on a volume mounted with nodev, nosuid and noexec, check the rights before any return to "
        "service, "
        "and ask why these files are backed up.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:SAV-28", "pgssi-s:7.4.5.3"),
    check=check,
    reads=("drill",),
)
