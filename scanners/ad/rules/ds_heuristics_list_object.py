"""In List Object mode an object is seen only by who was given that right: an audit sees less than it thinks.

PingCastle, P-DsHeuristicsDoListObject: third character of dSHeuristics (MS-ADTS 6.1.1.2.4.1.2).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.heuristics import judge_switches
from scanners.model import Rule, Severity, Text, Verdict, refs

SWITCHES = (("fDoListObject", 3, "1", True),)


def check(facts: DirectoryFacts) -> Verdict:
    """The settings of the directory service."""
    return judge_switches(facts, SWITCHES)


RULE = Rule(
    id="ad.ds_heuristics_list_object",
    title=Text(
        "dSHeuristics : mode liste d’objets actif",
        "dSHeuristics: List Object mode on",
    ),
    message=Text(
        "Dans {subject}, dSHeuristics règle {settings} : des objets peuvent être cachés au compte d’audit.",
        "In {subject}, dSHeuristics sets {settings}: objects may be hidden from the audit account.",
    ),
    remediation=Text(
        "Si ce mode est voulu, donnez au compte d’audit « Lister le contenu » et « Lister l’objet » sur tout le "
        'domaine (dsacls "<domaine>" /I:T /G <compte>:LCLO ; /R pour revenir) et relancez l’audit. Sinon remettez '
        "le troisième caractère à 0 (ADSI Edit, Directory Service) après avoir noté la valeur.",
        "If this mode is meant, give the audit account “List contents” and “List object” on the whole domain "
        '(dsacls "<domain>" /I:T /G <account>:LCLO; /R to go back) and run the audit again. Otherwise set the third '
        "character to 0 (ADSI Edit, Directory Service) after writing the value down.",
    ),
    severity=Severity.INFO,
    refs=refs("pingcastle:P-DsHeuristicsDoListObject"),
    check=check,
    reads=("configuration",),
)
