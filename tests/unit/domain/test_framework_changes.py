"""What a version changes to the one before, and what becomes of what was answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.framework_changes import Fate, changes, passages
from care.domain.frameworks import (
    Confidence,
    Framework,
    FrameworkKind,
    Item,
    Level,
    Method,
    Parameter,
    ParameterKind,
    Unit,
    ordered,
    parameter_value,
)
from scanners.model import Text


def item(name: str, words: str = "", **more: object) -> Item:
    one = Item(name, "", Text(words or name, words or name), assessed_by=(Method.DECLARATION,))
    return replace(one, **more)  # type: ignore[arg-type]


def framework(*items: Item, **more: object) -> Framework:
    text = Text("Essai", "Trial")
    one = Framework(
        "essai", "1", FrameworkKind.GUIDANCE, Unit.ESTABLISHMENT, text, text, "https://x", Confidence.COPY, None, None,
        {}, {}, items,
    )  # fmt: skip
    return replace(one, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after", "fates"),
    [
        ([item("A")], [item("A")], {"A": Fate.KEPT}),
        ([item("A")], [item("A", "autre")], {"A": Fate.REWORDED}),
        ([item("A")], [item("B")], {"A": Fate.GONE}),
        ([item("A")], [item("B", "A", replaces=("A",))], {"A": Fate.MOVED}),
        ([item("A")], [item("B", replaces=("A",))], {"A": Fate.MOVED_REWORDED}),
        ([item("A")], [item("A"), item("B", replaces=("A",))], {"A": Fate.KEPT}),
        (
            [item("A"), item("B")],
            [item("C", "A", replaces=("A", "B"))],
            {"A": Fate.MOVED, "B": Fate.MOVED_REWORDED},
        ),
        ([item("A")], [item("B", "A", replaces=("A",)), item("C", replaces=("A",))], {"A": Fate.MOVED_REWORDED}),
        ([item("A")], [item("A", assessed_by=()), item("A1", parent="A")], {"A": Fate.GONE}),
        ([item("A")], [item("B", replaces=("Z",))], {"A": Fate.GONE}),
    ],
)
def test_the_fate_of_answers(before: list[Item], after: list[Item], fates: dict[str, Fate]) -> None:
    assert changes(framework(*before), framework(*after)).fates == fates


def test_the_same_framework_changes_nothing() -> None:
    one = framework(item("A"), item("B"))
    assert not changes(one, replace(one, version="2")).any


def test_levels_methods_parameters_and_facts_are_told() -> None:
    known = Parameter("p", ParameterKind.PERCENT, Text("Part", "Share"), 66, "ici", Confidence.COPY)
    before = framework(item("A"), item("B"), parameters={"p": known})
    after = framework(
        item("A", level=Level.IMPERATIVE),
        item("B", assessed_by=(Method.INTERVIEW,)),
        parameters={"p": replace(known, value=70), "q": known},
        unit=Unit.LEGAL_ENTITY,
    )
    found = changes(before, after)
    assert [(pair.before.level, pair.after.level) for pair in found.relevelled] == [(Level.STANDARD, Level.IMPERATIVE)]
    assert [pair.after.id for pair in found.adjusted] == ["B"]
    assert [(one.id, one.before is None) for one in found.parameters] == [("p", False), ("q", True)]
    assert [one.name for one in found.facts] == ["unit"]


def test_a_section_renamed_is_counted_once() -> None:
    section = Item("S", "", Text("Un", "One"))
    before = framework(section, item("A", parent="S"))
    after = framework(replace(section, title=Text("Deux", "Two")), item("A", parent="S"))
    assert changes(before, after).sections == 1


NAMES = st.sampled_from("ABCDEF")
ITEMS = st.lists(
    st.builds(item, NAMES, st.sampled_from(["x", "y"]), replaces=st.lists(NAMES, max_size=2).map(tuple)),
    unique_by=lambda one: one.id,
    min_size=1,
)


@given(ITEMS, ITEMS)
def test_every_former_requirement_has_one_fate_and_every_new_one_one_place(old: list[Item], new: list[Item]) -> None:
    before, after = framework(*old), framework(*new)
    found = changes(before, after)
    assert set(found.fates) == {one.id for one in old}
    heirs = {one.item.id for one in passages(before, after)}
    told = [*(one.id for one in found.added), *heirs, *(one.id for one in new if one.id in found.fates)]
    assert set(told) == {one.id for one in new}
    assert {one.id for one in found.removed} == {name for name, fate in found.fates.items() if fate is Fate.GONE}


@given(
    st.permutations([item("A"), item("A1", parent="A"), item("A2", parent="A"), item("A11", parent="A1"), item("B")])
)
def test_items_are_ordered_sections_first(items: list[Item]) -> None:
    found = ordered(items)
    assert set(found) == set(items)
    places = {one.id: n for n, one in enumerate(found)}
    assert all(places[one.parent] < places[one.id] for one in found if one.parent)


@pytest.mark.parametrize(
    ("kind", "written", "known"),
    [
        (ParameterKind.PERCENT, "100", True),
        (ParameterKind.PERCENT, "101", False),
        (ParameterKind.PERCENT, "-1", False),
        (ParameterKind.INTEGER, "999999999", True),
        (ParameterKind.INTEGER, "1000000000", False),
        (ParameterKind.INTEGER, "6.5", False),
        (ParameterKind.DATE, "2026-02-28", True),
        (ParameterKind.DATE, "2026-02-30", False),
        (ParameterKind.DATE, "66", False),
    ],
)
def test_values_by_kind_at_their_bounds(kind: ParameterKind, written: str, known: bool) -> None:
    assert (parameter_value(kind, written) is not None) is known
