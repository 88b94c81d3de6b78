"""What answers say of objectives, what is missing, what changed; a scale that cannot be used says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.bia import (
    Decrease,
    Objective,
    answers_from,
    carried_on,
    decreases,
    duration_fault,
    remarks,
    suggest_dmia,
    to_kept,
)
from care.domain.bia_content import Content, Stage, compare, lacks
from care.domain.bia_scale import DEFAULT_SCALE, SAFETY, Axis, Scale, ScaleError, key_of
from care.domain.durations import DAY, HOUR, LONGEST
from scanners.model import Text

SAME = Text("Même nom", "Same name")
STEPS = DEFAULT_SCALE.steps


def axis(key: str, name: str = "") -> Axis:
    return Axis(key, Text(name or key, name or key), Text("Quoi ?", "What?"))


def rows(**levels: str) -> dict[str, dict[int, int]]:
    """`rows(staff="123…")`: one digit per default step, a dot for no answer."""
    return {
        key: {step: int(one) for step, one in zip(STEPS, digits, strict=True) if one != "."}
        for key, digits in levels.items()
    }


COMPLETE = Content(
    DEFAULT_SCALE,
    rows(**{one.key: "112222333" for one in DEFAULT_SCALE.axes}),
    durations={Objective.DMIA: DAY, Objective.RTO: 8 * HOUR, Objective.PDMA: HOUR, Objective.DMARD: 4 * HOUR},
    minimum_service="Les urgences.",
    interviewed="Anne Roy, cadre",
)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("axes", {"axes": (axis(SAFETY),)}),
        ("axes", {"axes": tuple(axis(key) for key in [SAFETY, *(f"axe_{n}" for n in range(10))])}),
        ("axes", {"axes": (axis("staff"), axis(SAFETY))}),
        ("axes", {"axes": (axis(SAFETY), axis("staff"), axis("staff", "autre"))}),
        ("axes", {"axes": (axis(SAFETY), axis("one", "Équipe"), axis("two", "equipe"))}),
        ("axes", {"axes": (axis(SAFETY), Axis("staff", Text(" ", "x"), SAME))}),
        ("axes", {"axes": (axis(SAFETY), axis("Not a key"))}),
        ("levels", {"levels": (SAME, Text("b", "b"))}),
        ("levels", {"levels": tuple(Text(str(n), str(n)) for n in range(6))}),
        ("levels", {"levels": (SAME, SAME, Text("c", "c"))}),
        ("steps", {"steps": (60,)}),
        ("steps", {"steps": (60, 60)}),
        ("steps", {"steps": (240, 60)}),
        ("steps", {"steps": (0, 60)}),
        ("steps", {"steps": (60, LONGEST + 1)}),
        ("steps", {"steps": tuple(range(1, 17))}),
    ],
)
def test_a_scale_that_cannot_be_used_says_which_part_is_wrong(part: str, change: dict[str, object]) -> None:
    with pytest.raises(ScaleError) as error:
        replace(DEFAULT_SCALE, **change)  # type: ignore[arg-type]
    assert error.value.part == part
    assert error.value.text.fr != error.value.text.en


def test_bounds_of_a_scale_are_inside_it() -> None:
    axes = tuple(axis(key) for key in [SAFETY, *(f"axe_{n}" for n in range(9))])
    levels = tuple(Text(str(n), str(n)) for n in range(5))
    scale = Scale(axes, levels, (1, LONGEST))
    assert Scale.from_json(scale.to_json()) == scale
    assert Scale.from_json(DEFAULT_SCALE.to_json()) == DEFAULT_SCALE


def test_the_suggested_dmia_is_the_first_grave_step_patients_counting_one_level_sooner() -> None:
    by_money = suggest_dmia(DEFAULT_SCALE, rows(financial="111233444", patient_safety="111122222"))
    assert (by_money.minutes, by_money.axis) == (7 * DAY, "financial")
    by_patients = suggest_dmia(DEFAULT_SCALE, rows(financial="111133444", patient_safety="112333333"))
    assert (by_patients.minutes, by_patients.axis) == (DAY, SAFETY)
    assert by_patients.why.fr == (
        "Après 1 j d’arrêt, « Sécurité des patients » atteint « grave » : l’interruption ne devrait pas durer"
        " davantage."
    )
    nothing = suggest_dmia(DEFAULT_SCALE, rows(financial="111111113", patient_safety="111111112"))
    assert (nothing.minutes, nothing.why.fr) == (None, "Toutes les conséquences ne sont pas encore décrites.")
    calm = suggest_dmia(DEFAULT_SCALE, rows(**{one.key: "111111112" for one in DEFAULT_SCALE.axes}))
    assert (calm.minutes, calm.why.fr.startswith("Rien de grave")) == (None, True)


def test_a_blank_keeps_the_answer_before_it_but_nothing_is_made_up_before_the_first() -> None:
    assert carried_on({240: 2, 1440: 3}, STEPS) == {240: 2, 720: 2} | dict.fromkeys(STEPS[3:], 3)
    assert carried_on({}, STEPS) == {}


def test_an_impact_that_lessens_is_seen_once_per_axis_and_asks_for_a_reason() -> None:
    answers = {**COMPLETE.answers, **rows(staff="123211111")}
    assert decreases(DEFAULT_SCALE, answers) == (Decrease("staff", 12 * HOUR, DAY),)
    content = replace(COMPLETE, answers=answers)
    (lack,) = lacks(content)
    assert (lack.stage, lack.axis) == (Stage.IMPACTS, "staff")
    assert lacks(replace(content, reasons={"staff": "Le renfort arrive le lendemain."})) == ()


@pytest.mark.parametrize(
    ("objective", "minutes", "refused"),
    [
        (Objective.DMIA, 0, "interruption nulle ne se tient pas"),
        (Objective.DMIA, 1, ""),
        (Objective.DMIA, LONGEST, ""),
        (Objective.DMIA, LONGEST + 1, "Plus d’un an"),
        (Objective.RTO, 0, "reprise immédiate"),
        (Objective.DMARD, 0, "prend toujours du temps"),
        (Objective.PDMA, 0, ""),
        (Objective.PDMA, LONGEST + 1, "Plus d’un an"),
    ],
)
def test_a_duration_that_cannot_be_says_why(objective: Objective, minutes: int, refused: str) -> None:
    fault = duration_fault(objective, minutes)
    assert (refused in fault.fr) if fault and refused else (fault is None and not refused)


def test_objectives_that_contradict_each_other_block_and_those_that_defy_impacts_are_said() -> None:
    assert remarks(DEFAULT_SCALE, COMPLETE.answers, COMPLETE.durations) == ()
    wrong = {Objective.DMIA: 4 * HOUR, Objective.RTO: 5 * HOUR, Objective.DMARD: 6 * HOUR, Objective.PDMA: 0}
    found = remarks(DEFAULT_SCALE, {}, wrong)
    assert [(one.objective, one.blocking) for one in found] == [
        (Objective.RTO, True),
        (Objective.DMARD, True),
        (Objective.PDMA, False),
    ]
    assert "4 h au plus" in found[0].text.fr
    (late,) = remarks(DEFAULT_SCALE, rows(patient_safety="234444444"), {Objective.DMIA: DAY})
    assert (late.objective, late.blocking) == (Objective.DMIA, False)
    assert "4 h au plus" in late.text.fr


def test_what_is_missing_is_listed_in_the_order_of_the_stages() -> None:
    assert lacks(COMPLETE) == ()
    nothing = lacks(Content(DEFAULT_SCALE))
    stages = [one.stage for one in nothing]
    assert stages == sorted(stages, key=list(Stage).index)
    assert len(nothing) == 1 + len(DEFAULT_SCALE.axes) + 4 + 1
    assert lacks(replace(COMPLETE, interviewed=" "))[0].stage is Stage.ABOUT
    late = replace(COMPLETE, durations={**COMPLETE.durations, Objective.RTO: 2 * DAY})
    assert [one.stage for one in lacks(late)] == [Stage.INTERRUPTION]


def test_a_new_scale_keeps_what_still_means_the_same() -> None:
    fewer = replace(DEFAULT_SCALE, axes=(*DEFAULT_SCALE.axes[:2], axis("research")), steps=(60, 90, 1440))
    moved = replace(COMPLETE, reasons={SAFETY: "Tri.", "staff": "Fatigue."}).under(fewer)
    assert moved.answers == {SAFETY: {60: 1, 1440: 2}, "care_continuity": {60: 1, 1440: 2}, "research": {}}
    assert moved.reasons == {SAFETY: "Tri."}
    assert moved.durations == COMPLETE.durations
    three = replace(DEFAULT_SCALE, levels=DEFAULT_SCALE.levels[:3])
    assert all(row == {} for row in COMPLETE.under(three).answers.values())
    renamed = replace(DEFAULT_SCALE, levels=(Text("Nul", "None"), *DEFAULT_SCALE.levels[1:]))
    assert COMPLETE.under(renamed).answers == COMPLETE.answers


def test_two_versions_are_compared_axis_by_axis() -> None:
    after = replace(
        COMPLETE,
        answers={**COMPLETE.answers, **rows(staff="122222333")},
        reasons={"image": "La presse."},
        durations={**COMPLETE.durations, Objective.DMIA: 12 * HOUR},
        peaks="L’hiver.",
    )
    found = compare(COMPLETE, after)
    assert [one.key for one in found.axes if one.changed] == ["image", "staff"]
    staff = next(one for one in found.axes if one.key == "staff")
    changes = [pair for pair in zip(staff.steps, staff.before, staff.after, strict=True) if pair[1] != pair[2]]
    assert changes == [(4 * HOUR, Text("Faible", "Slight"), Text("Significatif", "Significant"))]
    assert [(one.objective, one.before, one.after) for one in found.objectives if one.changed] == [
        (Objective.DMIA, DAY, 12 * HOUR)
    ]
    assert [one.field for one in found.texts if one.changed] == ["peaks"]
    assert (found.same_scale, found.changed, compare(COMPLETE, COMPLETE).changed) == (True, True, False)


def test_versions_under_two_scales_are_compared_on_the_steps_of_both() -> None:
    scale = replace(DEFAULT_SCALE, steps=(90, 1440))
    found = compare(COMPLETE, COMPLETE.under(scale))
    assert found.same_scale is False
    assert found.axes[0].steps == tuple(sorted({*STEPS, 90}))
    assert found.axes[0].after[:2] == (None, None)


@given(st.dictionaries(st.sampled_from(STEPS), st.integers(-3, 9)))
def test_what_the_database_keeps_comes_back_within_the_scale(row: dict[int, int]) -> None:
    kept = to_kept({"staff": row, "gone": {60: 1}})
    assert answers_from(kept, DEFAULT_SCALE)["staff"] == {s: row[s] for s in STEPS if 1 <= row.get(s, 0) <= 4}


@pytest.mark.parametrize(
    ("name", "key"), [("Recherche clinique", "recherche_clinique"), ("24/7 !", "axe_24_7"), ("Équipes", "equipes_2")]
)
def test_a_new_axis_gets_a_key_of_its_own(name: str, key: str) -> None:
    assert key_of(name, ["equipes"]) == key
