"""Freshness at its boundaries, and which manual an establishment answers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from care.domain.certification import Freshness, Rhythm, Source, SourceKind, freshness, is_social, worst


def source(rhythm: Rhythm, months: int = 0) -> Source:
    return Source(SourceKind.EXERCISES, rhythm, months, frozenset())


@pytest.mark.parametrize(
    ("rhythm", "months", "day", "last"),
    [
        (Rhythm.MONTHS, 12, date(2025, 11, 22), date(2026, 11, 22)),
        (Rhythm.MONTHS, 36, date(2024, 2, 29), date(2027, 2, 28)),
        (Rhythm.YEAR, 0, date(2026, 1, 3), date(2026, 12, 31)),
        (Rhythm.MONTHLY, 0, date(2026, 9, 1), date(2026, 11, 30)),
        (Rhythm.MONTHLY, 0, date(2026, 12, 1), date(2027, 2, 28)),
        (Rhythm.CONTINUOUS, 0, date(2010, 1, 1), None),
    ],
)
def test_something_is_fresh_until_its_last_day(rhythm: Rhythm, months: int, day: date, last: date | None) -> None:
    until = source(rhythm, months).until(day)
    assert until == last
    if last is not None:
        assert freshness(until, day, True, last) is Freshness.FRESH
        assert freshness(until, day, True, last + timedelta(days=1)) is Freshness.STALE


def test_without_a_date_nothing_is_fresh_unless_it_does_not_age() -> None:
    today = date(2026, 11, 22)
    assert freshness(None, None, True, today) is Freshness.UNDATED
    assert freshness(None, None, False, today) is Freshness.FRESH


def test_the_worst_is_shown_first() -> None:
    assert worst([]) is Freshness.ABSENT
    assert worst([Freshness.FRESH, Freshness.UNDATED]) is Freshness.UNDATED
    assert worst([Freshness.ABSENT, Freshness.STALE, Freshness.FRESH]) is Freshness.STALE


@pytest.mark.parametrize(
    ("category", "social"),
    [
        ("Etablissement d'hébergement pour personnes âgées dépendantes", True),
        ("EHPAD", True),
        ("Institut Médico-Educatif (I.M.E.)", True),
        ("Maison d'Accueil Spécialisée (M.A.S.)", True),
        ("Centre Hospitalier (C.H.)", False),
        ("Hospitalisation à Domicile", False),
        ("", False),
    ],
)
def test_the_category_tells_which_manual(category: str, social: bool) -> None:
    assert is_social(category) is social
