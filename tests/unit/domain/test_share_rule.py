"""The 66 % rule at its boundaries."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.share_rule import THRESHOLD, Unit, Verdict, compute, weight_of


def units(*rows: tuple[str, str, bool]) -> list[Unit]:
    return [Unit(key, weight_of(weight), covered) for key, weight, covered in rows]


@pytest.mark.parametrize(
    ("covered", "rest", "verdict"),
    [
        ("66", "34", Verdict.MET),
        ("66,00", "34,00", Verdict.MET),
        ("65,999999999999999999999999", "34,000000000000000000000001", Verdict.NOT_MET),
        ("65.6", "34.4", Verdict.NOT_MET),  # 66 when rounded up: it is not
        ("65.99", "34.01", Verdict.NOT_MET),
        ("66.01", "33.99", Verdict.MET),
        ("2", "1", Verdict.MET),  # 66.66…
        ("33", "17", Verdict.MET),  # 66 exactly
        ("1979", "1021", Verdict.NOT_MET),  # 65.966…
        ("0", "100", Verdict.NOT_MET),
        ("100", "0", Verdict.MET),
    ],
)
def test_the_boundary_is_exact(covered: str, rest: str, verdict: Verdict) -> None:
    assert compute(units(("a", covered, True), ("b", rest, False))).verdict is verdict


def test_each_line_says_its_part_and_the_fewest_units_are_named() -> None:
    share = compute(units(("chu", "50", False), ("nord", "30", True), ("sud", "15", False), ("est", "5", False)))
    assert share.value == Fraction(30, 100)
    assert [line.part for line in share.lines] == [Fraction(n, 100) for n in (50, 30, 15, 5)]
    assert share.to_add == ("chu",)


def test_a_weight_nobody_typed_leaves_the_value_unknown_and_names_the_unit() -> None:
    share = compute([Unit("a", Fraction(9), True), Unit("b", None, True)])
    assert (share.verdict, share.value, share.without_weight) == (Verdict.UNKNOWN, None, ("b",))


def test_weights_that_sum_to_nothing_give_no_percentage() -> None:
    share = compute(units(("a", "0", True), ("b", "0", True)))
    assert (share.verdict, share.value, share.without_weight) == (Verdict.UNKNOWN, None, ())


def test_no_unit_at_all_is_unknown() -> None:
    assert compute([]).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("covered", "verdict"), [(True, Verdict.MET), (False, Verdict.NOT_MET)])
def test_one_unit_has_no_percentage(covered: bool, verdict: Verdict) -> None:
    share = compute([Unit("only", None, covered)])
    assert (share.verdict, share.value, share.single) == (verdict, None, True)


@pytest.mark.parametrize(
    ("weight", "covered", "closed", "verdict"),
    [
        ("66", True, "34", Verdict.MET),
        ("65.99", True, "34.01", Verdict.TO_CONFIRM),
        ("66", True, None, Verdict.TO_CONFIRM),
        (None, True, "34", Verdict.TO_CONFIRM),
        (None, False, None, Verdict.NOT_MET),
    ],
)
def test_the_last_unit_left_is_judged_with_those_that_closed(
    weight: str | None, covered: bool, closed: str | None, verdict: Verdict
) -> None:
    known = [None if one is None else weight_of(one) for one in (weight, closed)]
    share = compute([Unit("only", known[0], covered), Unit("old", known[1], False, closed=True)])
    assert (share.verdict, share.value, share.single) == (verdict, None, True)


def test_a_closed_unit_that_decides_is_for_a_person_to_confirm() -> None:
    rows = [
        Unit("a", Fraction(66), True),
        Unit("b", Fraction(34), False),
        Unit("old", Fraction(50), False, closed=True),
    ]
    share = compute(rows)
    assert (share.verdict, share.value, share.with_closed) == (Verdict.TO_CONFIRM, Fraction(66, 100), Fraction(66, 150))
    assert share.lines[2].part is None


def test_a_closed_unit_that_decides_nothing_changes_nothing() -> None:
    rows = [Unit("a", Fraction(90), True), Unit("b", Fraction(10), False), Unit("old", Fraction(1), False, closed=True)]
    assert compute(rows).verdict is Verdict.MET


def test_a_closed_unit_of_unknown_weight_might_decide() -> None:
    rows = [Unit("a", Fraction(90), True), Unit("b", Fraction(10), False), Unit("old", None, False, closed=True)]
    assert compute(rows).verdict is Verdict.TO_CONFIRM


@pytest.mark.parametrize("words", ["", "douze", "-3", "1e400", "nan", "1.2.3", "²", "9" * 33])
def test_what_is_no_weight_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        weight_of(words)


@pytest.mark.parametrize(("words", "value"), [("1 204", 1204), ("12,5", Fraction(25, 2)), ("1\u202f204", 1204)])
def test_weights_are_read_as_people_write_them(words: str, value: Fraction | int) -> None:
    assert weight_of(words) == value


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=2, max_size=7))
def test_what_to_add_passes_and_nothing_smaller_does(rows: list[tuple[int, bool]]) -> None:
    found = [Unit(str(number), Fraction(weight), covered) for number, (weight, covered) in enumerate(rows)]
    share = compute(found)
    if share.value is None:
        return

    def with_added(keys: set[str]) -> Fraction:
        total = sum(weight for weight, _ in rows)
        return Fraction(sum(weight for n, (weight, covered) in enumerate(rows) if covered or str(n) in keys), total)

    assert with_added(set(share.to_add)) >= THRESHOLD
    missing = [unit.key for unit in found if not unit.covered]
    fewer = combinations(missing, len(share.to_add) - 1) if share.to_add else ()
    assert all(with_added(set(keys)) < THRESHOLD for keys in fewer)
