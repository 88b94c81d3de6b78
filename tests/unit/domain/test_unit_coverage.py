"""A unit is covered when each perimeter it has is; and parts of the whole are cut, never rounded up."""

from fractions import Fraction

import pytest

from care.domain.continuity import Perimeter
from care.domain.share_rule import percent
from care.domain.unit_coverage import Carrier, Cover, Site, covered, perimeters_of

CARE, ADMIN, TECH = Perimeter.CARE, Perimeter.ADMINISTRATIVE, Perimeter.TECHNICAL


def carrier(number: int, *, bia: bool, plan: bool, site: int = 1) -> Carrier:
    return Carrier(number, f"Activité {number}", site, bia, plan)


def site(number: int, carriers: dict[Perimeter, tuple[Carrier, ...]], *absent: Perimeter) -> Site:
    return Site(number, f"Site {number}", carriers, frozenset(absent))


READY = {one: (carrier(rank, bia=True, plan=True),) for rank, one in enumerate(Perimeter)}


@pytest.mark.parametrize(
    ("bia", "plan", "cover"),
    [
        (True, True, Cover.COVERED),
        (True, False, Cover.NO_PLAN),
        (False, True, Cover.NO_BIA),
        (False, False, Cover.NEITHER),
    ],
)
def test_an_activity_needs_both(bia: bool, plan: bool, cover: Cover) -> None:
    found = perimeters_of([site(1, {**READY, CARE: (carrier(9, bia=bia, plan=plan),)})])
    assert found[0].cover is cover
    assert covered(found) is (cover is Cover.COVERED)


def test_the_bia_of_one_activity_and_the_plan_of_another_make_nothing() -> None:
    halves = (carrier(8, bia=False, plan=True), carrier(9, bia=True, plan=False))
    found = perimeters_of([site(1, {**READY, CARE: halves})])
    assert (found[0].cover, found[0].carriers[0].activity_id) == (Cover.NO_PLAN, 9)
    assert not covered(found)


def test_a_perimeter_that_does_not_exist_is_not_asked_for() -> None:
    without = {one: carriers for one, carriers in READY.items() if one is not TECH}
    assert covered(perimeters_of([site(1, without, TECH)]))
    assert not covered(perimeters_of([site(1, without)]))


def test_a_unit_that_has_none_of_the_three_shows_nothing() -> None:
    assert not covered(perimeters_of([site(1, {}, CARE, ADMIN, TECH)]))
    assert not covered(perimeters_of([]))


def test_a_legal_entity_is_judged_over_all_its_establishments() -> None:
    first = site(1, {CARE: READY[CARE]}, TECH)
    second = site(2, {ADMIN: READY[ADMIN], TECH: READY[TECH]})
    assert covered(perimeters_of([first, second]))
    silent = perimeters_of([first, site(3, {ADMIN: READY[ADMIN]})])
    assert not covered(silent)
    assert [one.establishment_id for one in silent[2].silent] == [3]


@pytest.mark.parametrize(
    ("value", "fr", "en"),
    [
        (Fraction(65999, 100000), "65,99\u00a0%", "65.99%"),
        (Fraction(66, 100), "66,00\u00a0%", "66.00%"),
        (Fraction(2, 3), "66,66\u00a0%", "66.66%"),
        (Fraction(1), "100,00\u00a0%", "100.00%"),
        (Fraction(0), "0,00\u00a0%", "0.00%"),
        (Fraction(659999999999999999999999999, 10**27), "65,99\u00a0%", "65.99%"),
        (Fraction(1, 200), "0,50\u00a0%", "0.50%"),
    ],
)
def test_a_percentage_is_cut_never_rounded_up(value: Fraction, fr: str, en: str) -> None:
    assert (percent(value, "fr"), percent(value, "en")) == (fr, en)
