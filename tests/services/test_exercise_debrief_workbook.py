"""The workbook of an exercise that was played: every figure of the debrief, every message, every event."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest

from care.domain.access import Level, Role, Scope
from care.services.errors import Forbidden, NotFound, Refused
from care.services.exercises.debrief_workbook import debrief_xlsx
from care.services.exercises.debriefing import open_debriefing
from care.services.platform import Platform
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals, person
from tests.support.played import plant_played

KIT = "ecran-noir-20-minutes"


def test_the_workbook_holds_what_the_debrief_shows(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    number = plant_played(platform, machine, hospitals.valley, KIT)
    seen = open_debriefing(platform, machine, number)
    book = openpyxl.load_workbook(BytesIO(debrief_xlsx(platform, machine, number).content))
    assert book.sheetnames == [
        "Déroulé", "Réactions attendues", "Objectifs", "Cellules", "Grille", "Messages", "Événements",
    ]  # fmt: skip
    rows = {sheet.title: list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book}
    assert [row[0] for row in rows["Déroulé"]] == [one.id for one in seen.stimuli]
    first = next(one for one in seen.stimuli if one.played is not None)
    assert first.played is not None
    played = next(row for row in rows["Déroulé"] if row[0] == first.id)
    assert played[8] == pytest.approx(first.played, abs=0.05)
    assert len(rows["Réactions attendues"]) == sum(len(one.reactions) for one in seen.stimuli)
    assert [row[0] for row in rows["Cellules"]] == [one.name for one in seen.cells]
    assert [row[0] for row in rows["Événements"]] == list(range(1, len(seen.chain.events) + 1))
    assert rows["Messages"]


def test_it_is_for_those_who_conduct_and_for_an_exercise_that_is_over(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    stage = with_one_kit(platform)
    number = prepared(stage, machine, hospitals.valley)
    with pytest.raises(Refused):
        debrief_xlsx(stage, machine, number)
    with pytest.raises(Forbidden):
        debrief_xlsx(stage, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley), number)
    with pytest.raises(NotFound):
        debrief_xlsx(stage, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), number)
