"""Attacks a published table: what adding and subtracting its figures tells of groups that are too small."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

import numpy as np

from care.domain.disclosure import Cell, Key
from care.domain.regional import FEWEST

Table = Mapping[tuple[int, str], Cell]
"""The groups of a table, by region and category."""


def attacks(table: Table, hidden: Collection[Key], at_once: int = 3) -> Iterator[list[Key]]:
    """The hidden groups, alone or a few together, that linear algebra finds from what is shown and that are small."""
    inside = sorted(key for key, cell in table.items() if cell.asked)
    place = {key: number for number, key in enumerate(inside)}
    shown = [key for key in all_keys(inside) if key not in hidden]
    known = np.array([_row(key, inside) for key in shown] or [[0.0] * len(inside)])
    # Directions in which the cells may change without any shown figure changing.
    _u, sizes, directions = np.linalg.svd(known)
    rank = int((sizes > 1e-9).sum())
    loose = directions[rank:]
    secret = [key for key in hidden if None not in key and table[key].needs]  # type: ignore[index]
    for many in range(1, at_once + 1):
        for group in combinations(secret, many):
            together = sum((table[key] for key in group), Cell(0, 0, 0))  # type: ignore[index]
            vector = loose[:, [place[key] for key in group]].sum(axis=1)  # type: ignore[index]
            if together.needs and np.abs(vector).max(initial=0) < 1e-7:
                yield list(group)
    for total in (key for key in hidden if None in key):
        members = [table[key] for key in inside if _row(total, [key])[0]]
        if sum(members, Cell(0, 0, 0)).needs and np.abs(loose @ np.array(_row(total, inside))).max(initial=0) < 1e-7:
            yield [total]


def small_joint_groups(
    of_some: Table, others: Table, shown: Collection[Key], shown_of_some: Collection[Key]
) -> list[str]:
    """The groups, alone or two of one kind together, that are small and that linear algebra finds from two tables side
    by side: one of everybody, of which `shown` is told, and one of some of them (`shown_of_some`)."""
    inside = sorted({*of_some, *others})
    nothing = [0.0] * len(inside)
    known = [_row(key, inside) * 2 for key in shown] + [_row(key, inside) + nothing for key in shown_of_some]
    _u, sizes, directions = np.linalg.svd(np.array(known or [nothing * 2]))
    loose = directions[int((sizes > 1e-9).sum()) :]
    many = [of_some[key].asked for key in inside] + [others[key].asked for key in inside]
    names = [f"{kind} {key}" for kind in ("some", "others") for key in inside]
    half = len(inside)
    pairs = [*combinations(range(half), 2), *combinations(range(half, 2 * half), 2)]
    groups = [*((one,) for one in range(len(many))), *pairs]
    return [
        " + ".join(names[one] for one in group)
        for group in groups
        if 0 < sum(many[one] for one in group) < FEWEST
        and all(many[one] for one in group)
        and np.abs(loose[:, group].sum(axis=1)).max(initial=0) < 1e-7
    ]


def all_keys(inside: list[tuple[int, str]]) -> list[Key]:
    keys: dict[Key, None] = {}
    for region, category in inside:
        keys |= dict.fromkeys([(region, category), (region, None), (None, category), (None, None)])
    return list(keys)


def _row(key: Key, inside: list[tuple[int, str]]) -> list[float]:
    """The cells that a figure adds up."""
    return [float(key[0] in (None, region) and key[1] in (None, category)) for region, category in inside]
