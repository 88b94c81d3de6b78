"""A certification under way, for the tests of pages: registers, answers, one mock visit over and one open."""

from __future__ import annotations

from dataclasses import dataclass

from care.domain.access import Level, Place
from care.domain.programme import AnswerVerdict
from care.services.certification.mock_visits import end_mock
from care.services.frameworks.answering import AnswerDraft, answer_requirements
from care.services.platform import Platform
from tests.support.certification import note_rehearsal, open_rehearsal, plant_registers
from tests.support.people import MACHINE


@dataclass(frozen=True)
class Rehearsals:
    over: int
    open: int


def plant_certification(platform: Platform, establishment_id: int) -> Rehearsals:
    plant_registers(platform, establishment_id)
    place = Place(Level.ESTABLISHMENT, establishment_id)
    said = {"pca_pra_modes_degrades": AnswerVerdict.YES, "mss": AnswerVerdict.NO, "ins": AnswerVerdict.YES}
    drafts = [AnswerDraft(item, verdict, note="Vu en comité") for item, verdict in said.items()]
    answer_requirements(platform, MACHINE, place, "has", drafts)
    social = AnswerDraft("3.14-01", AnswerVerdict.NO, note="Plan de crise à écrire")
    answer_requirements(platform, MACHINE, place, "has-esms", [social])
    over = open_rehearsal(platform, MACHINE, establishment_id, "Visite à blanc du printemps")
    note_rehearsal(platform, MACHINE, establishment_id, over)
    end_mock(platform, MACHINE, establishment_id, over, "Le kit papier avant tout.")
    return Rehearsals(over, open_rehearsal(platform, MACHINE, establishment_id, "Visite à blanc de l’automne"))
