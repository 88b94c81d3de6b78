"""The hospital grown large: its shape, and names that a directory accepts once only."""

from __future__ import annotations

from collections import Counter

from tests.lab.ad import hospital


def test_growth_has_the_shape_of_a_domain() -> None:
    grown = hospital.growth(2000)
    kinds = Counter(str(entry.attributes["objectClass"]) for entry in grown)
    assert kinds == {"user": 1240, "computer": 600, "group": 160}
    users = {entry.dn for entry in grown if entry.attributes["objectClass"] == "user"}
    for group in (entry for entry in grown if entry.attributes["objectClass"] == "group"):
        assert 5 <= len(group.members) <= 80
        assert set(group.members) <= users


def test_growth_takes_no_name_twice_nor_one_of_the_hospital() -> None:
    everyone = [*hospital.entries(), *hospital.growth(60_000)]
    names = [str(entry.attributes["sAMAccountName"]) for entry in everyone if "sAMAccountName" in entry.attributes]
    assert len(set(map(str.lower, names))) == len(names)
    assert len({entry.dn.lower() for entry in everyone}) == len(everyone)
    people = [entry for entry in everyone if entry.flags is not None]
    assert all(len(str(entry.attributes["sAMAccountName"])) <= 20 for entry in people)


def test_growth_is_the_same_each_time() -> None:
    assert hospital.growth(300) == hospital.growth(300)
