"""Durations in the words of people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.durations import DAY, HOUR, WEEK, minutes_of, written


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("4", 4 * HOUR), ("4 h", 4 * HOUR), ("45 min", 45), ("2h30", 150), ("2 h 05", 125), ("1,5 j", 36 * HOUR),
        ("1 jour et demi", 36 * HOUR), ("4 heures et demie", 270), ("1 day and a half", 36 * HOUR),
        ("2 j 1 h et demie", 2 * DAY + 90),
        ("1.5 d", 36 * HOUR), ("2 j 3 h", 2 * DAY + 3 * HOUR), ("1 semaine", WEEK), ("0", 0), (" 3 JOURS ", 3 * DAY),
        ("1 mois", 30 * DAY), ("10 ans", 3650 * DAY),
    ],
)  # fmt: skip
def test_people_write_durations_their_way(words: str, minutes: int) -> None:
    assert minutes_of(words) == minutes


@pytest.mark.parametrize(
    "words",
    [
        "",
        "  ",
        "vite",
        "-3 h",
        "4 lustres",
        "1e5",
        "3 s",
        "h",
        "4 h!",
        "9" * 41,
        "3 4",
        "4 h 4 h",
        "3 h 2 j",
        "2 h 60",
        "0,4 min",
        "4 30 min",
    ],
)
def test_what_is_no_duration_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        minutes_of(words)


@pytest.mark.parametrize(
    ("minutes", "fr", "en"),
    [(0, "0 min", "0 min"), (45, "45 min", "45 min"), (150, "2 h 30", "2 h 30"), (DAY, "1 j", "1 d"),
     (DAY + HOUR, "1 j 1 h", "1 d 1 h"), (2 * WEEK, "2 sem.", "2 wk"), (DAY + 5, "1 j 5 min", "1 d 5 min")],
)  # fmt: skip
def test_durations_are_written_short(minutes: int, fr: str, en: str) -> None:
    assert (written(minutes, "fr"), written(minutes, "en")) == (fr, en)


@given(st.integers(0, 10 * 365 * DAY) | st.integers(0, 520).map(lambda weeks: weeks * WEEK))
def test_what_is_written_reads_back_the_same(minutes: int) -> None:
    assert minutes_of(written(minutes, "fr")) == minutes
    assert minutes_of(written(minutes, "en")) == minutes
