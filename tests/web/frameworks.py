"""What the pages of the library of frameworks need: a framework of two versions, a file that waits."""

from __future__ import annotations

from typing import Any

from care.domain.framework_files import NO_FACTS
from care.services.frameworks.parameters import ValueDraft, enter_value
from care.services.frameworks.versions import confirm, preview, receive
from care.services.platform import Platform
from tests.support.frameworks import both, document, requirement, yaml_bytes
from tests.support.people import MACHINE


def plant_frameworks(platform: Platform) -> int:
    """Version 1 of `essai` in use, with a value entered; the number of a file that holds version 2."""
    brought = waiting(platform, document("1", parameters=[_threshold()]))
    confirm(platform, MACHINE, brought, preview(platform, MACHINE, brought).mark)
    enter_value(
        platform, MACHINE, "essai", "seuil", ValueDraft("66", "Arrêté d’essai, article 2", "https://exemple.fr/a")
    )
    items = (
        requirement("A1", "Nommer par écrit", level="imperative"),
        requirement("B2", "Réunir", replaces=["A2"], text=both("Une fois par mois.")),
    )
    return waiting(platform, document("2", *items, parameters=[_threshold() | {"value": 70}], starts="2026-01-01"))


def waiting(platform: Platform, content: dict[str, Any]) -> int:
    """A file that waits for its confirmation."""
    return receive(platform, MACHINE, "essai.yaml", yaml_bytes(content), NO_FACTS)


def _threshold() -> dict[str, Any]:
    return {"id": "seuil", "kind": "percent", "title": both("Part à couvrir"), "source": "Non lu", "confidence": "ours"}
