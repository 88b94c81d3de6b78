"""The order in which remote accesses are reviewed: criticality × exposure, what nobody said counting as the worst."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from care.domain.remote_access import (
    CRITICALITIES,
    EXPOSURES,
    TECHNOLOGIES,
    UNSAID,
    Rank,
    Technology,
    Unsaid,
    rank_of,
    review_key,
)


@pytest.mark.parametrize(
    ("technology", "second_factor", "on_demand", "exposure", "assumed"),
    [
        (None, True, True, 4, (Unsaid.TECHNOLOGY,)),
        (Technology.OTHER, True, True, 4, (Unsaid.TECHNOLOGY,)),
        (Technology.DIRECT, True, True, 4, ()),
        (Technology.MODEM, True, True, 4, ()),
        (Technology.SAAS_TOOL, False, True, 4, ()),
        (Technology.SAAS_TOOL, None, None, 4, (Unsaid.SECOND_FACTOR,)),
        (Technology.SAAS_TOOL, True, None, 3, ()),
        (Technology.IPSEC_VPN, False, True, 3, ()),
        (Technology.TLS_VPN, None, True, 3, (Unsaid.SECOND_FACTOR,)),
        (Technology.TLS_VPN, True, False, 2, ()),
        (Technology.BASTION, False, True, 3, ()),
        (Technology.BASTION, None, True, 3, (Unsaid.SECOND_FACTOR,)),
        (Technology.BASTION, True, False, 2, ()),
        (Technology.BASTION, True, None, 2, (Unsaid.ON_DEMAND,)),
        (Technology.BASTION, True, True, 1, ()),
    ],
)
def test_exposure(
    technology: Technology | None,
    second_factor: bool | None,
    on_demand: bool | None,
    exposure: int,
    assumed: tuple[Unsaid, ...],
) -> None:
    assert rank_of(2, technology, second_factor=second_factor, on_demand=on_demand) == Rank(2, exposure, assumed)


def test_an_equipment_nobody_rated_is_vital() -> None:
    rank = rank_of(None, Technology.BASTION, second_factor=True, on_demand=True)
    assert (rank.score, rank.assumed) == (4, (Unsaid.CRITICALITY,))


def test_what_is_not_known_is_never_better_than_any_answer() -> None:
    for technology, second, demand in product((None, *Technology), (None, True, False), (None, True, False)):
        rank = rank_of(3, technology, second_factor=second, on_demand=demand)
        assert rank.exposure in EXPOSURES
        worse = [rank_of(3, technology, second_factor=one, on_demand=demand) for one in (True, False)]
        assert second is not None or rank.exposure == max(one.exposure for one in worse)
        other = [rank_of(3, technology, second_factor=second, on_demand=one) for one in (True, False)]
        assert demand is not None or rank.exposure == max(one.exposure for one in other)


def test_of_two_alike_the_one_reviewed_longest_ago_comes_first() -> None:
    rank = Rank(2, 3)
    keys = [
        review_key(Rank(4, 4), date(2026, 1, 1), "Z", "Z"),
        review_key(rank, None, "B", "B"),
        review_key(rank, date(2020, 1, 1), "B", "A"),
        review_key(rank, date(2025, 1, 1), "A", "A"),
        review_key(rank, date(2025, 1, 1), "Émile", "A"),
        review_key(Rank(1, 1), None, "A", "A"),
    ]
    assert keys == sorted(keys)


def test_every_word_is_there() -> None:
    assert set(TECHNOLOGIES) == set(Technology)
    assert set(UNSAID) == set(Unsaid)
    assert set(CRITICALITIES) == set(EXPOSURES) == {1, 2, 3, 4}
