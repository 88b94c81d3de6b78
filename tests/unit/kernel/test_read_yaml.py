"""YAML written by people, or by somebody who means harm: a mapping or a sentence, never anything else."""

from __future__ import annotations

import pytest

from scanners.read_yaml import YamlError, load_mapping


@pytest.mark.parametrize(
    "text",
    [
        "when: !!timestamp soon",
        "many: !!int ''",
        "much: !!float ''",
        "sure: !!bool perhaps",
        "a: &x [1]\nb: *x",
        "a: 1\na: 2",
        "? [a]: b",
        "a: !!python/object/apply:os.system [id]",
        "a: " + "[" * 5000,
        "- a",
        "",
    ],
)
def test_what_is_not_a_plain_mapping_is_refused_with_the_name_of_the_file(text: str) -> None:
    with pytest.raises(YamlError, match=r"plan\.yaml is not a readable YAML file"):
        load_mapping(text, "plan.yaml")


def test_dates_stay_text_so_that_they_fit_in_json() -> None:
    assert load_mapping("day: 2026-03-01", "plan.yaml") == {"day": "2026-03-01"}


def test_nothing_is_an_empty_mapping_where_that_is_allowed() -> None:
    assert load_mapping("# nothing yet", "answers", may_be_empty=True) == {}
