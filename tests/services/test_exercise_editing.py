"""Editing an exercise before DEBEX: the kit is checked whole, nothing is half written, nobody overwrites unseen."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from care.domain.access import Level, Role, Scope
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence_files import Upload
from care.services.exercises.chronogram import (
    condition_key,
    condition_of,
    read_chronogram,
    read_parts,
    read_stimulus,
)
from care.services.exercises.conducting import obey
from care.services.exercises.documents import add_document, document_name, open_document, remove_document
from care.services.exercises.editing import remove_stimulus, save_part, save_stimulus, shift
from care.services.exercises.playing import inbox
from care.services.exercises.seats import Arrival, badges, leave, sit_with_token, sitting
from care.services.platform import Platform
from care.store.exercises import Exercise
from exercises.decide import Start
from exercises.kit import Condition
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals, person

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(stage, machine, hospitals.valley)


NEW: Mapping[str, Any] = {
    "id": "S09", "at": 25, "sender": "Presse", "to": ["it"], "channel": "press", "title": "Le journal appelle",
    "body": "Que se passe-t-il avec {{lab}} ?", "attachments": [], "expects": [], "when": [], "mandatory": False,
    "hint": None,
}  # fmt: skip

LATE = {"id": "a", "text": "x", "within": 0, "objective": "alert", "weight": 1, "cell": None}


def content(platform: Platform, exercise_id: int) -> dict[str, Any]:
    with platform.database.read() as session:
        return session.get_one(Exercise, exercise_id).content


def test_a_new_stimulus_takes_its_place_in_time(stage: Platform, machine: Scope, exercise: int) -> None:
    save_stimulus(stage, machine, exercise, "", NEW, "")
    assert [one["id"] for one in content(stage, exercise)["stimuli"]] == [
        "S01",
        "S02",
        "S03",
        "S09",
        "S04",
        "S05",
        "R1",
    ]
    chronogram = read_chronogram(stage, machine, exercise)
    assert [[line.id for line in phase.lines] for phase in chronogram.phases] == [
        ["S01", "S02"],
        ["S03", "S09", "S04", "S05"],
    ]
    line = chronogram.phases[1].lines[1]
    assert line.body == "Que se passe-t-il avec le SIL ?"
    assert line.to == ("Informatique",)


@pytest.mark.parametrize(("lang", "said"), [("fr", "»\u00a0: non observée"), ("en", "”: not observed")])
def test_a_condition_is_said_in_the_reader_s_language(
    stage: Platform, machine: Scope, exercise: int, lang: str, said: str
) -> None:
    (condition,) = read_stimulus(stage, replace(machine, lang=lang), exercise, "S03").read.conditions
    assert condition.endswith(said)


def test_moved_it_changes_place_renamed_its_followers_follow(stage: Platform, machine: Scope, exercise: int) -> None:
    page = read_stimulus(stage, machine, exercise, "S01")
    assert page.raw is not None
    save_stimulus(stage, machine, exercise, "S01", {**page.raw, "id": "S50", "at": 15}, page.mark)
    stimuli = content(stage, exercise)["stimuli"]
    assert [one["id"] for one in stimuli][:3] == ["S02", "S50", "S03"]
    assert stimuli[2]["when"][0]["reaction"] == "S50.a"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"to": ["nowhere"]}, "to"),
        ({"at": 61}, "at"),
        ({"title": " "}, "title"),
        ({"body": "{{unknown}}"}, "body"),
        ({"expects": [LATE]}, "expects[1].within"),
        ({"when": [{"reaction": "S05.a", "decision": None, "is": "missed"}]}, "when"),
    ],
)  # fmt: skip
def test_what_makes_no_kit_is_refused_by_field_and_nothing_is_written(
    stage: Platform, machine: Scope, exercise: int, typed: Mapping[str, Any], field: str
) -> None:
    before = content(stage, exercise)
    with pytest.raises(Invalid) as said:
        save_stimulus(stage, machine, exercise, "", {**NEW, **typed}, "")
    assert field in said.value.fields
    assert content(stage, exercise) == before


def test_nothing_waits_for_what_comes_later(stage: Platform, machine: Scope, exercise: int) -> None:
    page = read_stimulus(stage, machine, exercise, "S01")
    assert page.raw is not None
    ring = {**page.raw, "when": [{"reaction": "S05.a", "decision": None, "is": "missed"}]}
    with pytest.raises((Invalid, Refused)) as said:
        save_stimulus(stage, machine, exercise, "S01", ring, page.mark)
    assert "S05" in said.value.text.fr


def test_an_unknown_attachment_is_refused(stage: Platform, machine: Scope, exercise: int) -> None:
    with pytest.raises(Refused, match=r"nothing.pdf"):
        save_stimulus(stage, machine, exercise, "", {**NEW, "attachments": ["nothing.pdf"]}, "")


def test_who_was_quicker_is_named_and_not_overwritten(
    stage: Platform, hospitals: Hospitals, machine: Scope, exercise: int
) -> None:
    anne = replace(person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley), actor="Anne Martin")
    page, other = read_stimulus(stage, machine, exercise, "S01"), read_stimulus(stage, machine, exercise, "S02")
    assert page.raw is not None
    assert other.raw is not None
    save_stimulus(stage, anne, exercise, "S01", {**page.raw, "title": "D’Anne"}, page.mark)
    with pytest.raises(Refused) as said:
        save_stimulus(stage, machine, exercise, "S01", {**page.raw, "title": "De la machine"}, page.mark)
    assert "Anne Martin a modifié « S01 »" in said.value.text.fr
    save_stimulus(stage, machine, exercise, "S02", {**other.raw, "title": "Un autre"}, other.mark)
    titles = [one["title"] for one in content(stage, exercise)["stimuli"]]
    assert titles[:2] == ["D’Anne", "Un autre"]


def test_a_stimulus_that_others_wait_for_stays(stage: Platform, machine: Scope, exercise: int) -> None:
    page = read_stimulus(stage, machine, exercise, "S01")
    with pytest.raises(Refused, match=r"S01\.a"):
        remove_stimulus(stage, machine, exercise, "S01", page.mark)
    remove_stimulus(stage, machine, exercise, "S04", read_stimulus(stage, machine, exercise, "S04").mark)
    with pytest.raises(NotFound):
        read_stimulus(stage, machine, exercise, "S04")


def test_shifting_moves_what_follows_or_nothing(stage: Platform, machine: Scope, exercise: int) -> None:
    version = read_chronogram(stage, machine, exercise).version
    assert shift(stage, machine, exercise, "S03", 15, version, following=True) == 3
    assert [one["at"] for one in content(stage, exercise)["stimuli"]] == [0, 10, 35, 45, 55, None]
    with pytest.raises(Refused, match="In the meantime"):
        shift(stage, machine, exercise, "S03", 1, version, following=True)
    version = read_chronogram(stage, machine, exercise).version
    with pytest.raises(Refused, match="after the end"):
        shift(stage, machine, exercise, "S03", 15, version, following=True)
    with pytest.raises(Refused, match="before STARTEX"):
        shift(stage, machine, exercise, "S02", -11, version, following=False)
    assert read_chronogram(stage, machine, exercise).version == version


def test_a_cell_joins_and_leaves(stage: Platform, machine: Scope, exercise: int) -> None:
    page = read_parts(stage, machine, exercise)
    new = {"id": "", "name": "Direction", "mission": "Décider.", "functions": ["Directeur"], "like": "it"}
    save_part(stage, machine, exercise, "cells", [*page.raw["cells"], new], page.marks["cells"])
    stimuli = content(stage, exercise)["stimuli"]
    assert [one["id"] for one in stimuli if "direction" in one["to"]] == ["S02", "S03", "S04"]
    page = read_parts(stage, machine, exercise)
    kept = [one for one in page.raw["cells"] if one["id"] != "direction"]
    save_part(stage, machine, exercise, "cells", kept, page.marks["cells"])
    assert all("direction" not in one["to"] for one in content(stage, exercise)["stimuli"])
    page = read_parts(stage, machine, exercise)
    with pytest.raises(Refused, match="S02"):  # nobody else receives it
        save_part(stage, machine, exercise, "cells", page.raw["cells"][:1], page.marks["cells"])


def test_a_hundred_cells_of_one_name_are_refused(stage: Platform, machine: Scope, exercise: int) -> None:
    page = read_parts(stage, machine, exercise)
    new = {"id": "", "name": "Direction", "mission": "Décider.", "functions": ["Directeur"], "like": "it"}
    with pytest.raises((Invalid, Refused)):
        save_part(stage, machine, exercise, "cells", [*page.raw["cells"], *[new] * 101], page.marks["cells"])


def test_a_cell_leaves_with_its_badge_once_nobody_sits_there(stage: Platform, machine: Scope, exercise: int) -> None:
    page = read_parts(stage, machine, exercise)
    new = {"id": "", "name": "Direction", "mission": "Décider.", "functions": ["Directeur"], "like": "it"}
    save_part(stage, machine, exercise, "cells", [*page.raw["cells"], new], page.marks["cells"])
    badge = next(one for one in badges(stage, machine, exercise) if one.cell == "Direction")
    cookie = sit_with_token(stage, badge.token, Arrival("Anne"))
    who = sitting(stage, cookie)
    assert who is not None
    page = read_parts(stage, machine, exercise)
    kept = [one for one in page.raw["cells"] if one["id"] != "direction"]
    with pytest.raises(Refused, match="Direction"):
        save_part(stage, machine, exercise, "cells", kept, page.marks["cells"])
    leave(stage, cookie)
    save_part(stage, machine, exercise, "cells", kept, page.marks["cells"])
    with pytest.raises(Refused):
        sit_with_token(stage, badge.token, Arrival("Anne"))
    with pytest.raises(NotFound):
        inbox(stage, who)  # asked at the very moment


def test_a_phase_that_starts_after_the_end_is_refused(stage: Platform, machine: Scope, exercise: int) -> None:
    page = read_parts(stage, machine, exercise)
    late = {"id": "", "title": "Trop tard", "start": 60}
    with pytest.raises(Invalid) as said:
        save_part(stage, machine, exercise, "phases", [*page.raw["phases"], late], page.marks["phases"])
    assert "[3].start" in said.value.fields
    save_part(stage, machine, exercise, "phases", [*page.raw["phases"], {**late, "start": 45}], page.marks["phases"])
    with pytest.raises(Refused):
        save_part(stage, machine, exercise, "phases", page.raw["phases"], page.marks["phases"])


def test_documents_are_bounded_recognised_and_kept_while_used(stage: Platform, machine: Scope, exercise: int) -> None:
    name = add_document(stage, machine, exercise, Upload("Plan d’étage N°2.PDF", io.BytesIO(b"%PDF-1.7 plan")))
    assert name == "plan-d-etage-n-2.pdf"
    assert open_document(stage, machine, exercise, name).path.read_bytes() == b"%PDF-1.7 plan"
    for content_ in (b"MZ program", b"", b"\x00\x01\x02\x03", b"%PDF-" + b"0" * 10_000_000):
        with pytest.raises(Invalid):
            add_document(stage, machine, exercise, Upload("x.pdf", io.BytesIO(content_)))
    save_stimulus(stage, machine, exercise, "", {**NEW, "attachments": [name]}, "")
    with pytest.raises(Refused, match="S09"):
        remove_document(stage, machine, exercise, name)
    unused = add_document(stage, machine, exercise, Upload("note.txt", io.BytesIO(b"Une note.")))
    remove_document(stage, machine, exercise, unused)
    assert unused not in [one.name for one in read_chronogram(stage, machine, exercise).documents]
    with pytest.raises(NotFound):
        open_document(stage, machine, exercise, unused)


def test_once_started_nothing_changes(stage: Platform, machine: Scope, exercise: int) -> None:
    page = read_stimulus(stage, machine, exercise, "S01")
    obey(stage, machine, exercise, Start())
    with pytest.raises(Refused, match="it is conducted"):
        save_stimulus(stage, machine, exercise, "S01", page.raw or {}, page.mark)
    assert not read_chronogram(stage, machine, exercise).open


def test_players_script_is_for_who_runs_it(stage: Platform, hospitals: Hospitals, exercise: int) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(Forbidden):
        read_chronogram(stage, director, exercise)
    with pytest.raises(NotFound):
        read_chronogram(stage, stranger, exercise)
    with pytest.raises(NotFound):
        remove_stimulus(stage, stranger, exercise, "S01", "")


def test_hours_are_those_of_the_plan(stage: Platform, machine: Scope, exercise: int, clock: FixedClock) -> None:
    first = read_chronogram(stage, machine, exercise).phases[0].lines[1]
    assert first.clock is not None
    assert (first.clock - clock.now()).total_seconds() == 24 * 3600 + 600


@pytest.mark.parametrize("key", ["reaction=S01.a=missed", "decision=cut=yes"])
def test_a_condition_travels_in_a_form(key: str) -> None:
    assert condition_key(Condition.model_validate(condition_of(key))) == key


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../Étape 1.txt", "etape-1.txt"), ("…", "document"), ("a" * 200 + ".pdf", "a" * 76 + ".pdf"), ("-x", "x")],
)
def test_names_of_documents_are_those_of_kits(name: str, kept: str) -> None:
    assert document_name(name) == kept
