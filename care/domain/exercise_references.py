"""What an objective of an exercise helps to prove, in plain words. Titles are ours: references only point."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from care.domain.funding import OBJECTIVES
from scanners.model import Text

THEMES: Mapping[str, Text] = MappingProxyType(
    {
        "exercices_crise": Text("HAS – exercices de crise", "HAS – crisis exercises"),
        "pca_pra_modes_degrades": Text("HAS – continuité et modes dégradés", "HAS – continuity and degraded modes"),
        "hygiene_sensibilisation": Text("HAS – hygiène et sensibilisation", "HAS – hygiene and awareness"),
        "plan_formation": Text("HAS – plan de formation", "HAS – training plan"),
        "gouvernance_ssi": Text("HAS – gouvernance de la sécurité", "HAS – governance of security"),
        "incidents": Text("HAS – gestion des incidents", "HAS – handling of incidents"),
    }
)
"""Themes of visitors (`domain.md` 3.7); criterion numbers are not public."""

MATURITY: Mapping[str, Text] = MappingProxyType(
    {
        "1": Text("sensibilisation et entraînement", "awareness and training"),
        "2": Text("dispositif de crise", "crisis organisation"),
        "3": Text("retour d’expérience", "lessons learned"),
        "4": Text("astreinte et activation", "on-call duty and activation"),
        "5": Text("conduite de la crise", "conduct of the crisis"),
        "6": Text("parties prenantes et moyens de secours", "stakeholders and fallback means"),
        "7": Text("communication et déclarations", "communication and declarations"),
        "8": Text("alerte", "alert"),
        "9": Text("confinement et durcissement", "containment and hardening"),
        "10": Text("continuité des activités", "continuity of activities"),
        "11": Text("reconstruction", "rebuilding"),
    }
)
"""What the questions of the crisis-maturity self-assessment are about, by the number before the dot."""


def reference_name(reference: str) -> Text:
    """A reference (`care-d2:O1.D`, `anssi-crisis:2.1`, `has:incidents`) in words; one that nobody knows as written."""
    framework, _colon, item = reference.partition(":")
    if framework == "anssi-crisis" and (about := MATURITY.get(item.partition(".")[0])):
        return Text(f"Maturité de crise {item} – {about.fr}", f"Crisis maturity {item} – {about.en}")
    if framework == "recyf":
        return Text(f"ReCyF {item}", f"ReCyF {item}")
    known = OBJECTIVES.get(reference) or (THEMES.get(item) if framework == "has" else None)
    return known or Text(reference, reference)
