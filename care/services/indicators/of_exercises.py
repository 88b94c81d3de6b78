"""Measures of crisis exercises. An establishment answers once it entered a test or an exercise in the register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from care.services.indicators.look import Look, Told
from care.services.regional.reading import counts_between
from care.store.continuity import ContinuityTest
from care.store.exercises import Exercise

LEVELS: Mapping[str, int] = {"short": 1, "beginner": 2, "intermediate": 3, "confirmed": 4}
"""Levels of kits as EXO-NIV numbers them, lowest first; a test holds them to both."""


def played(look: Look) -> Iterator[Told]:
    """EXO-TX: an exercise that counts in the twelve months that end with this one."""
    counting = _counting(look)
    for site in sorted(_register_kept(look)):
        yield Told(site, int(site in counting), 1, look.day)


def played_by_operators(look: Look) -> Iterator[Told]:
    """EXO-OSE: the same for operators of essential services."""
    return (one for one in played(look) if one.site in look.audiences.ose)


def highest_level(look: Look) -> Iterator[Told]:
    """EXO-NIV: the highest level of the exercises that count; nothing to measure where none does, no answer where one
    does whose level nobody knows."""
    counting = _counting(look)
    for site in sorted(_register_kept(look)):
        if site not in counting:
            yield Told(site, 0, 0, look.day)
        elif counting[site]:
            yield Told(site, counting[site], 1, look.day)


def _register_kept(look: Look) -> set[int]:
    query = select(ContinuityTest.establishment_id).where(
        look.here(ContinuityTest.establishment_id), look.entered_test()
    )
    return set(look.session.scalars(query.distinct()))


def _counting(look: Look) -> Mapping[int, int]:
    """The establishments with an exercise that counts, and the highest level of them (0: not known)."""
    rows = look.session.execute(
        select(ContinuityTest.establishment_id, Exercise.content["level"].as_string())
        .outerjoin(Exercise, Exercise.test_id == ContinuityTest.id)
        .where(look.here(ContinuityTest.establishment_id), counts_between(look.first, look.day))
    )
    found: dict[int, int] = {}
    for site, level in rows:
        found[site] = max(found.get(site, 0), LEVELS.get(level or "", 0))
    return found
