"""An account whose flags cannot be read escapes every rule that reads them.

CERT-FR, warning_dump_error_rp and warning_dump_error_vuln_rp: attributes that every account and group has and that
were not readable. CERT-FR announced for 31 July 2026 that the second becomes a vulnerability; the list of April 2026
gives it no level, nor do we.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.columns import MISSING, Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

NUMBERS = ("userAccountControl", "primaryGroupID")


def check(facts: DirectoryFacts) -> Verdict:
    """Users, computers, managed accounts and groups."""
    objects = facts.objects
    population = facts.accounts | objects.of(Kind.GROUP)
    hidden = {name: facts.accounts & (objects.ints(name) == MISSING) for name in NUMBERS}
    hidden["sAMAccountName"] = population & ~facts.having("sAMAccountName")
    failing = np.logical_or.reduce(list(hidden.values()))
    return verdict(
        facts,
        population,
        failing,
        lambda row: {"absent": ", ".join(name for name, mask in hidden.items() if mask[row])},
        failing,
    )


RULE = Rule(
    id="ad.attributes_withheld",
    title=Text(
        "Attributs indispensables illisibles",
        "Essential attributes unreadable",
    ),
    message=Text(
        "Sur {subject}, le compte d’audit ne lit pas : {absent}.",
        "On {subject}, the audit account does not read: {absent}.",
    ),
    remediation=Text(
        'Cherchez l’entrée qui l’empêche : dsacls "<DN>" montre les refus (DENY) et ce qui manque par rapport à un '
        "compte voisin. Retirez-la, ou donnez au compte d’audit la lecture de toutes les propriétés à la racine du "
        'domaine (dsacls "<domaine>" /I:T /G <compte>:RP ; /R <compte> pour revenir). Depuis le 31 juillet 2026, '
        "l’ANSSI compte ce défaut de lecture comme une vulnérabilité.",
        'Look for the entry that prevents it: dsacls "<DN>" shows refusals (DENY) and what is missing compared with '
        "an account beside it. Remove it, or give the audit account the reading of all properties at the head of "
        'the domain (dsacls "<domain>" /I:T /G <account>:RP; /R <account> to go back). From 31 July 2026, ANSSI '
        "counts this as a vulnerability.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_dump_error_rp@1", "anssi-ad:warning_dump_error_vuln_rp@1", "attack:T1564"),
    check=check,
    reads=("domain",),
)
