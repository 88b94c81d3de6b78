"""A system whose copies all fall together is lost.

3-2-1: at least three copies (production included), on two different media, one of them off-site or offline. The
definition is the usual one; CaRE D2.O3.C asks for a trajectory towards it. A copy that is
empty, damaged, dated in the future or too old (twice its interval and at least two days, else 35 days: ours) is not
counted.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.strategy import strategy
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Systems below three copies, two media or one copy away."""
    found = ((system, strategy(facts, system)) for system in facts.plan.systems)
    return judged(
        len(facts.plan.systems),
        (
            Finding(
                system.name,
                {
                    "copies": one.copies,
                    "media": one.media,
                    "sheltered": one.sheltered,
                    "explained": one.explained,
                    "discounted": one.discounted or "—",
                },
            )
            for system, one in found
            if not one.three_two_one
        ),
    )


RULE = Rule(
    id="backup.three_two_one",
    title=Text("Règle 3-2-1 non respectée", "3-2-1 rule not met"),
    message=Text(
        "{subject} : {copies} copie(s) production comprise, {media} support(s) différent(s), {sheltered} copie(s) "
        "hors site ou hors ligne, pour 3, 2 et 1 attendus. Déclaré : {explained}. Non comptées, car vides, "
        "endommagées, trop anciennes ou datées dans le futur : {discounted}.",
        "{subject}: {copies} copies counting production, {media} different media, {sheltered} copies off-site or "
        "offline, where 3, 2 and 1 are expected. Declared: {explained}. Not counted, being empty, damaged, "
        "too old or dated in the future: {discounted}.",
    ),
    remediation=Text(
        "Ajoutez la copie qui manque, d’abord celle qui n’est pas joignable depuis la production (autre bâtiment, "
        "bande, support débranché), puis vérifiez-la par une restauration ; inscrivez les étapes datées dans le "
        "plan.",
        "Add the missing copy, first the one out of reach of production (another building, tape, unplugged "
        "medium), then prove it by a restore; write the dated steps in the plan.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-11", "care-d2:O3.C"),
    check=check,
    reads=("plan", "repositories"),
    kind=Kind.COMPUTED,
)
