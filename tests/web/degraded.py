"""Degraded modes and a paper kit for the tests of pages: one in force with its next version drafted."""

from __future__ import annotations

from dataclasses import dataclass

from care.services.degraded_modes import SheetDraft, new_version, put_into_force, save_draft, start_sheet
from care.services.paper_kits import CheckDraft, KitDraft, add_kit, check_kit
from care.services.platform import Platform
from tests.support.people import MACHINE
from tests.web.continuity import Continuity

PAPER = SheetDraft(
    "Urgences sans dossier patient",
    trigger="Quand le **DPI** ne répond plus depuis 10 minutes : le cadre de garde décide.",
    steps="1. Annoncer le mode dégradé, noter l’heure au tableau.\n2. Prendre le **classeur rouge** :\n"
    "   - une feuille par patient ;\n   - l’étiquette en haut à droite.\n3. Appeler le laboratoire au 41 12.",
    limits="- Pas d’antécédents ni d’allergies : redemander au patient.",
    back_to_normal="Saisir les feuilles, la plus récente d’abord.",
    who_to_call="- Astreinte informatique : **15 15**",
    holds_minutes=48 * 60,
    capacity_percent=70,
    owner="Cadre des urgences",
)


@dataclass(frozen=True)
class Degraded:
    """The numbers of what was planted: a sheet in force, the draft behind it, a kit found incomplete."""

    sheet: int
    draft: int
    kit: int


def plant_degraded(platform: Platform, known: Continuity) -> Degraded:
    sheet = start_sheet(platform, MACHINE, known.emergency, PAPER)
    put_into_force(platform, MACHINE, sheet, 1)
    draft = new_version(platform, MACHINE, sheet)
    steps = PAPER.steps.replace("41 12", "41 20")
    save_draft(platform, MACHINE, draft, SheetDraft(PAPER.title, PAPER.trigger, steps, covers=(known.record,)), 1)
    contents = "- 50 feuilles d’observation\n- 20 ordonnances\n- 4 stylos"
    binder = KitDraft("Classeur rouge", "Poste de soins, armoire 2", "Cadre des urgences", 30, contents, 48 * 60)
    kit = add_kit(platform, MACHINE, known.emergency, binder)
    check_kit(platform, MACHINE, kit, CheckDraft(complete=False, note="Plus de stylos."))
    return Degraded(sheet, draft, kit)
