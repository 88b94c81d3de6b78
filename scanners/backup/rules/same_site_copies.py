"""Fire, flood or a seized server room takes the production and the copies beside it together.

At least one copy must be in another building than the production (PGSSI-S 7.4.4.3: physically distant). An offline copy
in the same building does not survive the building.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.strategy import outside
from scanners.model import Finding, Kind, NotAssessable, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Systems whose copies are all in the production's building."""
    held = [system for system in facts.plan.systems if system.copies]
    if not held:
        raise NotAssessable(
            "Aucun système du plan n’a de copie : notez les copies et leur bâtiment.",
            "No system of the plan has a copy: write the copies down with their building.",
        )
    return judged(
        len(held),
        (
            Finding(system.name, {"site": system.production.site, "copies": len(system.copies)})
            for system in held
            if not any(outside(system, copy) for copy in system.copies)
        ),
    )


RULE = Rule(
    id="backup.same_site_copies",
    title=Text("Toutes les copies au même endroit", "All copies in one place"),
    message=Text(
        "Les {copies} copie(s) de {subject} sont dans le même bâtiment que la production ({site}).",
        "The {copies} copies of {subject} are in the same building as production ({site}).",
    ),
    remediation=Text(
        "Placez une copie dans un autre bâtiment qui ne partage ni salle, ni alimentation, ni risque "
        "d’inondation, ou chez un hébergeur certifié HDS.",
        "Put one copy in another building that shares neither room, power nor flood risk, or at an HDS-certified host.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-14", "pgssi-s:7.4.4.3"),
    check=check,
    reads=("plan",),
    kind=Kind.COMPUTED,
)
