"""Weights as exact fractions, names as people compare them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain import share_rule
from care.domain.continuity import ActivityKind, ResourceKind
from care.domain.node_names import ended_key, folded, name_key
from care.domain.weights import Share, canonical, decimal, weight_of, weight_sum

AMOUNTS = st.decimals(min_value=0, max_value=10**15 - 1, places=9, allow_nan=False)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("12", "12"), (" 12,50 ", "12.50"), ("1 250", "1250"), ("1\u202f250,5", "1250.5"), ("0", "0"), ("007", "007")],
)
def test_weights_are_kept_as_typed(typed: str, kept: str) -> None:
    assert canonical(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "-1", "1e3", "1/3", "12 %", "1,2,3", "inf", "nan", "٣", "1" * 16, "0,1234567891", "1.2.3", "+1"]
)
def test_what_is_no_weight_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        weight_of(typed)


@pytest.mark.parametrize(
    ("part", "fr", "en"),
    [
        (Fraction(1), "100\u00a0%", "100%"), (Fraction(1, 3), "33,33…\u00a0%", "33.33…%"),
        (Fraction(2, 3), "66,66…\u00a0%", "66.66…%"), (Fraction(1, 8), "12,5\u00a0%", "12.5%"),
        (Fraction(183, 1000) + Fraction(1, 10**6), "18,30…\u00a0%", "18.30…%"), (Fraction(0), "0\u00a0%", "0%"),
        (Fraction(1, 10**6), "0,00…\u00a0%", "0.00…%"), (Fraction(6_599_999, 10_000_000), "65,99…\u00a0%", "65.99…%"),
    ],
)  # fmt: skip
def test_a_part_is_cut_and_never_rounded_up(part: Fraction, fr: str, en: str) -> None:
    assert (Share(part).percent("fr"), Share(part).percent("en")) == (fr, en)


@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_parts_sum_to_the_whole(amounts: list[object]) -> None:
    weights = [f"{amount:f}" for amount in amounts]  # type: ignore[str-format]
    total = weight_sum(weights)
    shares = [total.share(weight) for weight in weights]
    if total.total == 0:
        assert shares == [None] * len(weights)
        assert total.fault is not None
    else:
        assert sum(one.part for one in shares if one is not None) == 1
        assert total.fault is None


@given(AMOUNTS)
def test_a_number_is_written_in_full(amount: object) -> None:
    value = Fraction(str(amount))
    assert weight_of(decimal(value, "fr")) == value
    assert Fraction(decimal(value, "en").replace(",", "")) == value


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bloc d’Urgences", "bloc  d'urgences"), ("CŒUR", "coeur"), ("Réanimation ", " REANIMATION"), ("ﬁche", "fiche")],
)
def test_names_that_people_confuse_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_keys_tell_kinds_apart_and_fit_their_column() -> None:
    assert name_key(ActivityKind.TECHNICAL, "Imagerie") != name_key(ResourceKind.APPLICATION, "Imagerie")
    first, second = (name_key(ActivityKind.ADMINISTRATIVE, "ﷺ" * 199 + end) for end in "ab")
    assert first != second
    assert len(ended_key(first, 2**63)) <= 220
    assert ended_key(name_key(ActivityKind.CARE, "Bloc"), 3) != name_key(ActivityKind.CARE, "Bloc  #3")


@pytest.mark.parametrize(
    ("typed", "fr", "en"),
    [
        ("1980", "1\u202f980", "1,980"),
        ("0,10", "0,1", "0.1"),
        ("12345678901234567890,123456789", "12\u202f345\u202f678\u202f901\u202f234\u202f567\u202f890,123456789",
         "12,345,678,901,234,567,890.123456789"),
        ("0", "0", "0"),
        ("1000000", "1\u202f000\u202f000", "1,000,000"),
    ],
)  # fmt: skip
def test_sums_of_weights_are_written_exactly(typed: str, fr: str, en: str) -> None:
    assert (decimal(share_rule.weight_of(typed), "fr"), decimal(share_rule.weight_of(typed), "en")) == (fr, en)
