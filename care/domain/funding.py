"""Who pays for an action: an objective of the CaRE programme, a programme as a whole, one's own budget, or free words.

Only what an official page or text was seen to name is offered; the wording is ours. Prerequisites (D2.P1, D2.P2) pay
for nothing. The objectives of D1 other than O2.B are not published in full: work for them is tied to the whole of D1.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from scanners.model import Text

OWN_BUDGET = "own"
UNSAID = ""
MOST_CHARACTERS = 100
"""Longest name of a funding, that of the column."""

OBJECTIVES: Mapping[str, Text] = MappingProxyType(
    {
        "care-d1:O2.B": Text(
            "CaRE D1.O2.B – exposition sur Internet tenue dans le temps",
            "CaRE D1.O2.B – Internet exposure kept low over time",
        ),
        "care-d2:O1.A": Text(
            "CaRE D2.O1.A – gouvernance de la continuité et de la reprise",
            "CaRE D2.O1.A – governance of continuity and recovery",
        ),
        "care-d2:O1.B": Text(
            "CaRE D2.O1.B – volet numérique du plan blanc et procédures de crise",
            "CaRE D2.O1.B – digital part of the white plan and crisis procedures",
        ),
        "care-d2:O1.C": Text(
            "CaRE D2.O1.C – plans de continuité et de reprise écrits",
            "CaRE D2.O1.C – continuity and recovery plans written",
        ),
        "care-d2:O1.D": Text(
            "CaRE D2.O1.D – plan de continuité éprouvé sur le terrain",
            "CaRE D2.O1.D – continuity plan tested in the field",
        ),
        "care-d2:O2.A": Text(
            "CaRE D2.O2.A – politique de sauvegarde et de restauration", "CaRE D2.O2.A – backup and restore policy"
        ),
        "care-d2:O2.B": Text(
            "CaRE D2.O2.B – plans de sauvegarde des systèmes critiques",
            "CaRE D2.O2.B – backup plans of critical systems",
        ),
        "care-d2:O3.A": Text(
            "CaRE D2.O3.A – authentification propre aux sauvegardes",
            "CaRE D2.O3.A – authentication of the backups apart",
        ),
        "care-d2:O3.B": Text(
            "CaRE D2.O3.B – sauvegardes cloisonnées et isolables",
            "CaRE D2.O3.B – backups segregated and able to be isolated",
        ),
        "care-d2:O3.C": Text(
            "CaRE D2.O3.C – 3-2-1 avec une copie immuable", "CaRE D2.O3.C – 3-2-1 with an immutable copy"
        ),
        "care-d2:O3.D": Text("CaRE D2.O3.D – supervision des sauvegardes", "CaRE D2.O3.D – supervision of backups"),
        "care-d2:O4": Text("CaRE D2.O4 – sauvegarde et restauration testées", "CaRE D2.O4 – backup and restore tested"),
    }
)
"""Funding by objective reached; the ids are those that rules refer to."""

PROGRAMMES: Mapping[str, Text] = MappingProxyType(
    {
        "care-d1": Text(
            "CaRE D1 – annuaires techniques et exposition sur Internet",
            "CaRE D1 – technical directories and Internet exposure",
        ),
        "care-d1bis": Text("CaRE D1 bis", "CaRE D1 bis"),
        "care-d2": Text(
            "CaRE D2 – stratégie de continuité et de reprise d’activité", "CaRE D2 – continuity and recovery strategy"
        ),
        "hospiconnect": Text("HospiConnect", "HospiConnect"),
    }
)
"""Calls opened by the programme, for what no single objective names."""

FUNDINGS: Mapping[str, Text] = MappingProxyType(
    {OWN_BUDGET: Text("Budget propre", "Own budget"), **PROGRAMMES, **OBJECTIVES}
)
"""Every funding that has a name of ours, in the order offered. Any other value is what a person wrote."""

_UNSAID = Text("Financement non précisé", "Funding not stated")


def funding_name(funding: str, lang: str) -> str:
    """The words for a funding in `lang`; free text is itself, and none is said to be none."""
    if not funding:
        return _UNSAID.render(lang)
    known = FUNDINGS.get(funding)
    return known.render(lang) if known else funding
