"""A repository can be sound and hold nothing of the machine one counts on, or a point without a single file.

The newest point of the machine asked for (any machine when no system is) must exist and hold at least one regular file.
"""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Rule, Scalar, Severity, Text, Verdict, refs
from scanners.restore.facts import RestoreFacts


def check(facts: RestoreFacts) -> Verdict:
    """The repository, when there was nothing in it to restore."""
    if facts.drill is not None and facts.drill.listed:
        return Verdict(1)
    if facts.damaged or any(gap.section == "drill" for gap in facts.gaps):
        raise NotAssessable(
            "Le point n’a pas pu être lu jusqu’au bout : rien ne dit s’il contient des fichiers.",
            "The point could not be read to its end: nothing tells whether it holds files.",
        )
    host: Scalar = facts.asked.host or "—"
    evidence = {"points": facts.points, "other_points": facts.others, "host": host}
    return Verdict(1, (Finding(facts.asked.subject, evidence),))


RULE = Rule(
    id="restore.nothing_to_restore",
    title=Text("Rien à restaurer", "Nothing to restore"),
    message=Text(
        "{subject} : l’essai n’a trouvé aucun fichier à restaurer ({points} point(s) de la machine {host}, "
        "{other_points} "
        "d’autres machines).",
        "{subject}: the drill found no file to restore ({points} points of machine {host}, {other_points} of other "
        "machines).",
    ),
    remediation=Text(
        "Vérifiez le nom de la machine et les dossiers que prend la sauvegarde, lancez-la à la main, contrôlez la "
        "taille "
        "du nouveau point, puis refaites l’essai.",
        "Check the name of the machine and the folders that the backup takes, run it by hand, check the size of the "
        "new "
        "point, then drill again.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:SAV-25", "care-rules:SAV-09", "pgssi-s:7.4.5.2"),
    check=check,
    reads=("drill",),
)
