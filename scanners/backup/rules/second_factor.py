"""A stolen password should not be enough to erase every backup.

CaRE D2.O3.A: two-factor sign-in on the backup console where the product supports it, and a reduced operator role.
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "second_factor")


RULE = Rule(
    id="backup.second_factor",
    title=Text("Console de sauvegarde sans second facteur", "Backup console without a second factor"),
    message=Text(
        "{subject} déclare que la console de sauvegarde n’exige pas de second facteur ou n’a pas de rôle "
        "d’opérateur réduit (réponse du {date}).",
        "{subject} declares that the backup console requires no second factor or has no reduced operator role "
        "(answered {date}).",
    ),
    remediation=Text(
        "Activez le second facteur et le rôle d’opérateur minimal ; si le produit ne le permet pas, n’ouvrez la "
        "console que depuis un poste d’administration dédié.",
        "Enable the second factor and the minimal operator role; if the product cannot, open the console only "
        "from a dedicated administration station.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-20", "care-d2:O3.A"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
