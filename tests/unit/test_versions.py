"""Versions in the order of packages, and what can be said of one when little of it was seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.versions import Inside, Span, compare, inside

ASCENDING = (
    ("1.0~beta", "1.0"),
    ("1.0-rc1", "1.0"),
    ("1.0rc2", "1.0"),
    ("15.0b5", "15.0"),
    ("1.0alpha", "1.0beta"),
    ("2.9", "v2.10"),
    ("9.2p1", "9.8p1"),
    ("1.0.2", "1.0.2b"),
    ("1.1.1k", "1.1.1w"),
    ("13.1-49.15", "13.1-51.15"),
    ("1:9.2p1-2+deb12u2", "1:9.2p1-2+deb12u3"),
    ("1:9.2p1-2+deb12u3", "9.8p1"),
    ("1:1.0", "2:0.5"),
    ("10.0.19045", "10.0.20348"),
    ("7.2.7", "7.2.8"),
    ("2022.1", "2022.1.3"),
    ("5.7.9-log", "5.7.10"),
)


@pytest.mark.parametrize(("low", "high"), ASCENDING)
def test_order(low: str, high: str) -> None:
    assert compare(low, high) < 0
    assert compare(high, low) > 0


@pytest.mark.parametrize(("one", "same"), [("7.2", "7.2.0"), ("V1.0", "1.0"), ("version 3.1", "3.1"), ("", "")])
def test_same(one: str, same: str) -> None:
    assert compare(one, same) == 0


VERSIONS = st.text(alphabet="0123456789.ab~rc-+:p ", max_size=14)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_the_order_never_contradicts_itself(a: str, b: str, c: str) -> None:
    assert compare(a, a) == 0
    assert (compare(a, b) > 0) == (compare(b, a) < 0)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=2))
def test_numbers_are_compared_as_numbers(pair: list[tuple[int, int, int]]) -> None:
    left, right = (".".join(map(str, one)) for one in pair)
    assert (compare(left, right) < 0) == (pair[0] < pair[1])


JUDGED = (
    ("7.2.5", Span("7.2.0", "7.2.8"), Inside.YES),
    ("7.2.8", Span("7.2.0", "7.2.8"), Inside.NO),
    ("7.2.0", Span("7.2.0", "7.2.8"), Inside.YES),
    ("7.1.9", Span("7.2.0", "7.2.8"), Inside.NO),
    ("", Span(), Inside.YES),
    ("", Span("", "1"), Inside.PERHAPS),
    ("unknown", Span("", "1"), Inside.PERHAPS),
    ("7.2", Span("7.2.0", "7.2.8"), Inside.PERHAPS),
    ("7.2", Span("7.2.4", ""), Inside.PERHAPS),
    ("7.2", Span("7.2.0", "7.3"), Inside.YES),
    ("7", Span("", "7.2.8"), Inside.PERHAPS),
    ("72", Span("", "7.2.8"), Inside.NO),
    ("13.1", Span("", "13.1-51.15"), Inside.PERHAPS),
    ("2.4.X", Span("", "2.4.50"), Inside.PERHAPS),
    ("9.2p1 Debian 2+deb12u3", Span("", "9.8p1"), Inside.PERHAPS),
    ("2.4.52 (Ubuntu)", Span("", "2.4.60"), Inside.PERHAPS),
    ("2.4.52-1ubuntu4", Span("", "2.4.60"), Inside.PERHAPS),
    ("2.4.52-1ubuntu4", Span("", "2.4.52-1ubuntu5"), Inside.YES),
    ("9.9p1 Debian 3", Span("", "9.8p1"), Inside.NO),
    ("8.3.0 - 8.3.7", Span("8.3.5", "8.3.9"), Inside.PERHAPS),
    ("8.2.0 - 8.2.7", Span("8.3.5", "8.3.9"), Inside.NO),
)


@pytest.mark.parametrize(("version", "span", "said"), JUDGED)
def test_a_version_in_a_range(version: str, span: Span, said: Inside) -> None:
    assert inside(version, span) is said


@given(VERSIONS, VERSIONS, VERSIONS)
def test_whatever_strangers_write_is_answered(version: str, since: str, before: str) -> None:
    assert inside(version, Span(since, before)) in Inside
