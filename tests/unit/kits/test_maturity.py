"""The self-assessment of crisis maturity as shipped: its facts are those of the source, its sentences are ours."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
import yaml

from care.adapters.kit_reading import KitError
from care.adapters.kits import PackagedKits
from care.adapters.maturity_framework import FRAMEWORKS, maturity_of
from care.domain.maturity import REFERENCE, Group, mean, tenths

SOURCE = FRAMEWORKS / "anssi-crisis.yaml"
MATURITY = PackagedKits().maturity


def test_there_are_57_questions_31_of_them_strategic() -> None:
    """Domain facts, 4.5."""
    groups = Counter(one.group for one in MATURITY.questions.values())
    assert groups == {Group.STRATEGIC: 31, Group.OPERATIONAL: 26}
    sizes = [len(theme.questions) for theme in MATURITY.themes]
    assert sizes == [3, 11, 1, 5, 6, 2, 5, 2, 6, 9, 7]
    for theme in MATURITY.themes:
        assert [one.id for one in theme.questions] == [f"{theme.id}.{n}" for n in range(1, len(theme.questions) + 1)]


def test_only_the_international_question_may_not_apply() -> None:
    assert [one.id for one in MATURITY.questions.values() if one.optional] == ["2.9"]


def test_each_level_says_something_of_its_own_and_short() -> None:
    for one in MATURITY.questions.values():
        for lang in ("fr", "en"):
            levels = [level.render(lang) for level in one.levels]
            assert len(set(levels)) == 4
            assert max(len(level) for level in levels) <= 130
            assert one.ask.render(lang).endswith(("?", ")"))


def test_every_objective_of_the_shipped_kits_points_to_a_question() -> None:
    found = {
        item
        for bundle in PackagedKits().exercises.values()
        for objective in bundle.kit.objectives
        for framework, _, item in (one.partition(":") for one in objective.references)
        if framework == REFERENCE
    }
    assert len(found) > 20
    assert found <= set(MATURITY.questions)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data["themes"][0]["questions"][0]["levels"].pop(), "levels"),
        (lambda data: data["themes"][0]["questions"][1].update(id="1.1"), "deux fois"),
        (lambda data: data["themes"][1]["questions"][0].update(group="X"), "group"),
        (lambda data: data.update(more=1), "more"),
        (lambda data: data["themes"][0]["questions"][0]["levels"][0].pop("en"), "en"),
    ],
)
def test_a_fault_names_its_place(tmp_path, change, said: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    data = yaml.safe_load(SOURCE.read_text("utf-8"))
    change(data)
    path = tmp_path / "anssi-crisis.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    with pytest.raises(KitError) as refusal:
        maturity_of(path)
    assert said in refusal.value.text.fr if hasattr(refusal.value, "text") else said in str(refusal.value)


def test_means_leave_out_what_has_no_answer_and_never_round_up() -> None:
    assert mean([]) is None
    assert mean([None]) is None
    assert mean([3, None, 2]) == Fraction(5, 2)
    assert tenths(Fraction(299, 100)) == 2.9
    assert tenths(None) is None
