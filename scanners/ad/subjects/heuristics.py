"""dSHeuristics: a string of the configuration where each character is a switch (MS-ADTS 6.1.1.2.4.1.2)."""

from __future__ import annotations

from typing import Final

from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import readable
from scanners.model import Finding, Text, Verdict

Check = tuple[str, int, str, bool]
"""A switch: its name, its position (from 1), the characters looked for, and whether those are the bad ones."""

REMEDIATION: Final = Text(
    "Corrigez la valeur dans ADSI Edit (Configuration, Services, Windows NT, Directory Service), après avoir "
    "noté l’ancienne pour pouvoir revenir. Ne changez que les caractères cités ; pour les 28e et 29e, "
    "relevez d’abord deux semaines les événements 3047 à 3049, puis surveillez 3044 à 3046 : un compte "
    "délégué qui crée des machines peut être refusé. Si elle était vide, 0000000001000000000200000001130 "
    "convient au niveau 5. Cherchez l’application (Exchange, annuaire de téléphonie) qui l’avait demandée.",
    "Correct the value in ADSI Edit (Configuration, Services, Windows NT, Directory Service), keeping the "
    "old one so as to go back. Change only the characters named; for the 28th and 29th, first collect events "
    "3047 to 3049 for two weeks, then watch 3044 to 3046: a delegated account that creates machines may be "
    "refused. If it was empty, 0000000001000000000200000001130 suits level 5. Look for the application "
    "(Exchange, phone directory) that had asked for it.",
)


def judge_switches(facts: DirectoryFacts, checks: tuple[Check, ...]) -> Verdict:
    """A finding when one of these switches is badly set; a position beyond the end of the string is `0`."""
    row = facts.row_at(facts.naming.settings_dn)
    readable(facts, facts.mask([row]) & facts.objects.of(Kind.OPAQUE))
    value = facts.objects.text("dSHeuristics", row)
    wrong = [
        f"{name}={value[position - 1 : position] or '0'}"
        for name, position, characters, are_bad in checks
        if ((value[position - 1 : position] or "0") in characters) is are_bad
    ]
    finding = Finding(
        facts.naming.domain, {"dn": facts.objects.dn[row], "ds_heuristics": value, "settings": ", ".join(wrong)}
    )
    return Verdict(1, (finding,) if wrong else ())
