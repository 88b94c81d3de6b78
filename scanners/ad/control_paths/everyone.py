"""The shortest path of everybody, as one table: of each object its name and the next step of its path.

The paths of one search are a tree that runs to its targets: the path of a principal is one step, then the path of what
that step gives. So the whole answer for 100,000 principals is as many numbers, about a megabyte once compressed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scanners.ad.columns import Ints, Kind, Mask
from scanners.ad.control_paths.control import name_of_node
from scanners.ad.control_paths.graph import Reach
from scanners.ad.control_paths.paths import IDENTITY, ControlPath, Node, Step, Survey
from scanners.ad.facts import PRINCIPALS, DirectoryFacts
from scanners.ad.rights import Right

NO_PATH: Final = -1
TARGET: Final = 0
"""Distances of who has no path, and of what is part of tier 0."""
_NO_ROW: Final = -1
_NO_OBJECT: Final = -1
_ARRAYS: Final = {"kind": np.int8, "next": np.int32, "right": np.int8, "accounts": np.int32, "distance": np.int16}
_NAMES, _PLACES, _LISTED = "names", "places", "listed"
_STAMP: Final = (1980, 1, 1, 0, 0, 0)


class Everyone:
    """A table as it is kept. Its first `listed` rows are those of principals that act and have a path, as lists tell
    them; then come the other principals, and what lies between.

    Nothing is unpacked before it is asked for: a page needs names and steps, places (distinguished names) only rarely.
    """

    def __init__(self, content: bytes) -> None:
        self._bundle = zipfile.ZipFile(io.BytesIO(content))
        self.listed = int(self._bundle.read(_LISTED))

    def __len__(self) -> int:
        return len(self._column("distance"))

    def path(self, row: int) -> ControlPath:
        """The path of a row; no step for who has none."""
        steps: list[Step] = []
        here, node = row, self.node(row)
        while (following := int(self._column("next")[here])) != _NO_ROW:
            reached = self.node(following)
            steps.append(Step(node, Right(int(self._column("right")[here])).name, reached))
            here, node = following, reached
        return ControlPath(self.node(row), tuple(steps), int(self._column("accounts")[row]))

    def node(self, row: int) -> Node:
        """Who or what a row is. Distinguished names are left out: see `places`."""
        kind = int(self._column("kind")[row])
        return Node(self.names[row], IDENTITY if kind == _NO_OBJECT else Kind(kind).name.lower(), "")

    def distance(self, row: int) -> int:
        """Steps to tier 0: `TARGET`, `NO_PATH` or more."""
        return int(self._column("distance")[row])

    def search(self, wanted: str, most: int) -> tuple[list[int], int]:
        """The first rows of principals called so, exact names first, and how many there are."""
        words = wanted.casefold()
        names = self._text(_NAMES).casefold().split("\n")
        found = [row for row, name in enumerate(names) if words in name and self._principal(row)]
        if "=" in words:
            places = self._text(_PLACES).casefold().split("\n")
            found += [row for row, place in enumerate(places) if words == place and self._principal(row)]
        found = sorted(set(found), key=lambda row: words not in (names[row], names[row].rpartition("\\")[2]))
        return found[:most], len(found)

    def _principal(self, row: int) -> bool:
        return int(self._column("kind")[row]) in (_NO_OBJECT, *PRINCIPALS)

    @cached_property
    def names(self) -> list[str]:
        """How people know each row."""
        return self._text(_NAMES).split("\n")

    @cached_property
    def places(self) -> list[str]:
        """The distinguished name of each row, empty for what is no object here."""
        return self._text(_PLACES).split("\n")

    def _text(self, member: str) -> str:
        return self._bundle.read(member).decode()

    def _column(self, name: str) -> NDArray[np.generic]:
        if name not in self._columns:
            self._columns[name] = np.frombuffer(self._bundle.read(name), dtype=_ARRAYS[name])
        return self._columns[name]

    @cached_property
    def _columns(self) -> dict[str, NDArray[np.generic]]:
        return {}


def everyone(facts: DirectoryFacts, survey: Survey) -> bytes:
    """The table of a survey, as it is kept."""
    count = facts.graph.principals
    following, right = _next_steps(facts, survey.reach)
    kinds = np.full(count, _NO_OBJECT, dtype=np.int64)
    kinds[: len(facts.objects)] = facts.objects.kind
    rows = _ordered(_kept(facts, following), survey.nodes)
    row_of = np.full(count + 1, _NO_ROW, dtype=np.int64)  # the last one stands for no node
    row_of[rows] = np.arange(len(rows))
    accounts = np.zeros(len(rows), dtype=np.int64)
    accounts[: len(survey.nodes)] = survey.accounts
    numbers = {
        "kind": kinds[rows],
        "next": row_of[following[rows]],
        "right": right[rows],
        "accounts": accounts,
        "distance": survey.reach.distance[:count][rows],
    }
    dn = facts.objects.dn
    nodes = rows.tolist()
    texts = {
        _LISTED: str(len(survey.nodes)),
        _NAMES: _lines([name_of_node(facts, node) for node in nodes]),
        _PLACES: _lines([dn[node] if node < len(dn) else "" for node in nodes]),
    }
    return _packed({name: values.astype(_ARRAYS[name]).tobytes() for name, values in numbers.items()}, texts)


def _next_steps(facts: DirectoryFacts, reach: Reach) -> tuple[Ints, Ints]:
    """Of each node the next one of its path (-1 at its end), and the right of that step; carriers are no step."""
    graph = facts.graph
    count = graph.principals
    nodes = np.flatnonzero(reach.distance[:count] > 0)
    edges = reach.via[nodes]
    rights, ends = graph.right[edges].astype(np.int64), graph.destination[edges].astype(np.int64)
    while len(carried := np.flatnonzero(ends >= count)):
        onward = reach.via[ends[carried]]
        named = graph.right[onward].astype(np.int64)
        rights[carried] = np.where(named, named, rights[carried])
        ends[carried] = graph.destination[onward]
    following, right = np.full(count, _NO_ROW, dtype=np.int64), np.zeros(count, dtype=np.int64)
    following[nodes], right[nodes] = ends, rights
    return following, right


def _kept(facts: DirectoryFacts, following: Ints) -> Mask:
    """Principals, and all that is on their paths."""
    kept = np.ones(len(following), dtype=np.bool_)  # strangers are principals
    kept[: len(facts.objects)] = facts.objects.of(*PRINCIPALS)
    fresh = np.flatnonzero(kept)
    while len(fresh):
        ends = following[fresh]
        ends = np.unique(ends[ends >= 0])
        fresh = ends[~kept[ends]]
        kept[fresh] = True
    return kept


def _ordered(kept: Mask, first: Ints) -> Ints:
    rest = kept.copy()
    rest[first] = False
    return np.concatenate([first, np.flatnonzero(rest)])


def _lines(texts: Sequence[str]) -> str:
    """One text a line, whatever a hostile name holds."""
    return "\n".join(text if text.isprintable() else _on_one_line(text) for text in texts)


def _on_one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _packed(arrays: dict[str, bytes], texts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle:
        for name, content in (*arrays.items(), *((name, text.encode()) for name, text in texts.items())):
            info = zipfile.ZipInfo(name, date_time=_STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(info, content)
    return buffer.getvalue()
