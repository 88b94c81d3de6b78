"""dSHeuristics: a string of the configuration where each character is a switch (MS-ADTS 6.1.1.2.4.1.2)."""

from __future__ import annotations

from typing import Final

from scanners.ad.access import Wanted, access
from scanners.ad.columns import Kind
from scanners.ad.descriptors import READ_PROPERTY
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import carrying, readable
from scanners.model import Finding, NotAssessable, Text, Verdict

Check = tuple[str, int, str, bool]
"""A switch: its name, its position (from 1), the characters looked for, and whether those are the bad ones."""

DS_HEURISTICS: Final = "f0f8ff86-1191-11d0-a060-00aa006c33ed"
"""The identifier of the attribute in the schema, by which access entries name it."""

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
    if not value:
        _need_reading(facts, row)
    wrong = [
        f"{name}={value[position - 1 : position] or '0'}"
        for name, position, characters, are_bad in checks
        if ((value[position - 1 : position] or "0") in characters) is are_bad
    ]
    finding = Finding(
        facts.naming.domain, {"dn": facts.objects.dn[row], "ds_heuristics": value, "settings": ", ".join(wrong)}
    )
    return Verdict(1, (finding,) if wrong else ())


def _need_reading(facts: DirectoryFacts, row: int) -> None:
    """NotAssessable when the absent value may be one that is withheld: Windows sets none, so absence alone proves
    nothing. It is believed of an object whose properties everybody reads, or show, and nobody is refused."""
    index = int(facts.objects.descriptor[row])
    readable(facts, facts.mask([row] if index < 0 else []))
    wanted = Wanted.of(facts, READ_PROPERTY, DS_HEURISTICS)
    shown = access(facts, index, wanted).everybody or row in facts.objects.texts("msDS-Other-Settings")
    if not shown or carrying(facts.permissions, wanted.refusing, index):
        raise NotAssessable(
            f"dSHeuristics ne se montre pas sur {facts.objects.dn[row]}, dont les propriétés ne sont pas ouvertes à "
            "tous : le compte d’audit ne le lit peut-être pas ; accordez-lui leur lecture (dsacls <DN> /G "
            "<compte>:RP), et retirez les refus.",
            f"dSHeuristics does not show on {facts.objects.dn[row]}, whose properties are not open to all: perhaps the "
            "audit account does not read it; grant it their reading (dsacls <DN> /G <account>:RP), and remove the "
            "refusals.",
        )
