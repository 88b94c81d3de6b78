"""“What if this falls?”: what stops when, what takes over and how long, what comes back. Pure.

The rules, which the pages and the guide state as well:

- a node stops when one of its essential needs has been missing for as long as it holds without it; a need with
  alternatives is missing when all of them are down, each for as long as its tie holds;
- an activity hit by a missing need goes on in the degraded mode that makes up for that need, the longest if there are
  several, and really stops when that mode can hold no more; a mode nobody measured counts for nothing;
- a mode makes up for a need when it covers one of its nodes or something whose loss brought that node down; a mode
  without a list makes up for any digital need;
- the time of its DMIA runs from the moment an activity really stops;
- when the outage has an end, what was lost is back then, and the rest comes back once its needs are, plus its own time
  to restart (nothing when nobody said); a node stops once at most. Ties that close a loop are not waited for.

Times are whole minutes from the moment of the loss. One event for each thing that happens, O((V + E) log V).
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush
from typing import NamedTuple

from care.domain.actions import CareCriticality
from care.domain.continuity import Nature
from care.domain.durations import HOUR
from care.domain.graph import DIGITAL, Fallback, Graph, Node

_BACK, _FALL = 0, 1  # at one instant, what comes back is back before anything stops for want of it
_NEVER = -1
_Bite = tuple[int, int, Fallback | None]
"""When an essential need of an activity is missing, which, and the degraded mode that makes up for it."""


class Effect(NamedTuple):
    """What happens to one node; None for what does not happen. A tuple, as `Event`: there are thousands.

    `hit` is when an essential need is first missing, `by` the nodes of that need (ids). `modes` are the degraded modes
    that make up for what is missing, `mode_until` when they end: exhausted, or no longer needed. `stops` is when it
    really stops (0 for what was lost), `stopped_by` the nodes of the need it stops without, `past_dmia` when its DMIA
    is over, `back` when it works as before.
    `hampered` is when a useful need is first missing, `hampered_by` which.
    """

    node: Node
    lost: bool = False
    hit: int | None = None
    by: tuple[int, ...] = ()
    modes: tuple[Fallback, ...] = ()
    mode_until: int | None = None
    stops: int | None = None
    stopped_by: tuple[int, ...] = ()
    past_dmia: int | None = None
    back: int | None = None
    hampered: int | None = None
    hampered_by: tuple[int, ...] = ()


class Happening(StrEnum):
    """What may happen to a node, in the order in which one instant is told."""

    LOST = "lost"
    BACK = "back"
    DEGRADED = "degraded"
    STOPPED = "stopped"
    HAMPERED = "hampered"
    PAST_DMIA = "past_dmia"


class Event(NamedTuple):
    """One thing that happens, `minutes` after the loss."""

    minutes: int
    what: Happening
    node: Node


@dataclass(frozen=True, slots=True)
class Hour:
    """What happens during the hour that begins `first` minutes after the loss, and how activities stand at its end."""

    first: int
    events: tuple[Event, ...]
    degraded: int
    stopped: int
    vital: int
    past_dmia: int
    resources: int


@dataclass(frozen=True, slots=True)
class Course:
    """The course of an outage: the effects on each node touched, by id, and the events in order.

    `outage` is how long what was lost stays lost, None for ever.
    """

    lost: tuple[int, ...]
    outage: int | None
    effects: dict[int, Effect]
    events: tuple[Event, ...]

    @property
    def fallen(self) -> list[int]:
        """The ids of what stops, lost nodes included."""
        return [number for number, effect in self.effects.items() if effect.stops is not None]

    @property
    def activities(self) -> list[Effect]:
        """The activities touched."""
        return [effect for effect in self.effects.values() if effect.node.is_activity]


def what_if(graph: Graph, lost: Collection[int], outage: int | None = None) -> Course:
    """The course of the loss of some nodes (ids), for `outage` minutes or for ever. KeyError for an unknown node."""
    run = _Run(graph, sorted({graph.position[one] for one in lost}), outage)
    run.play()
    effects = _effects(run)
    return Course(tuple(graph.nodes[one].id for one in run.lost), outage, effects, _events(effects))


class _Run:
    """A simulation by events. Lists are by position of nodes, or by rank of needs."""

    def __init__(self, graph: Graph, lost: list[int], outage: int | None) -> None:
        size, needs = len(graph.nodes), graph.needs
        self.graph, self.lost, self.outage = graph, lost, outage
        self.nodes, self.members = graph.nodes, needs.members
        self.dependents, self.essential = needs.dependents, needs.essential
        self.direct, self.helps, self.uses = needs.direct, needs.helps, needs.uses
        self.node_ids = [node.id for node in graph.nodes]
        self.stops, self.back, self.because = [_NEVER] * size, [_NEVER] * size, [_NEVER] * size
        self.left: dict[int, int] = {}
        self.until = [0] * len(needs.members)
        self.missed: list[int] = []
        self.bites: dict[int, list[_Bite]] = {}
        self.heap: list[tuple[int, int, int, int]] = []
        self.soonest = [sys.maxsize] * size
        self.waits = [0] * size
        self.turn = [0] * size
        self.loose = _loose_rows(graph) if outage is not None else set[int]()
        self.awaited, self.unawaited = list(self.direct), dict[int, list[tuple[int, int, int]]]()
        for needed in {one for need in self.loose for one in self.members[need]}:
            self.awaited[needed] = [tie for tie in self.direct[needed] if tie[2] not in self.loose]
            self.unawaited[needed] = [tie for tie in self.direct[needed] if tie[2] in self.loose]

    def play(self) -> None:
        """From the loss to the last consequence."""
        for position in self.lost:
            self.stops[position] = 0
            if self.outage is not None:
                heappush(self.heap, (self.outage, _BACK, position, 0))
        for position in self.lost:
            self._spread(position, 0)
        heap, stops = self.heap, self.stops
        while heap:
            at, kind, position, which = heappop(heap)
            if kind == _BACK:
                self._come_back(position, at, which)
            elif stops[position] == _NEVER:
                if self.outage is None or self._felt(which, at):
                    self._stop(position, at, which)
                elif at == self.soonest[position]:
                    self._look_again(position, at)

    def _stop(self, position: int, at: int, need: int) -> None:
        self.stops[position], self.because[position] = at, need
        if self.outage is not None and not self.waits[position]:
            self._restart(position, max(at, self.outage))
        self._spread(position, at)

    def _spread(self, position: int, at: int) -> None:
        """What is missing now that a node is down."""
        stops, soonest, heap, until, waits = self.stops, self.soonest, self.heap, self.until, self.waits
        for dependent, holds, need in self.awaited[position]:
            waits[dependent] += 1
            if stops[dependent] == _NEVER:
                until[need] = limit = at + holds
                if limit < soonest[dependent]:  # a later one is looked for when what this one misses comes back
                    soonest[dependent] = limit
                    heappush(heap, (limit, _FALL, dependent, need))
        for dependent, holds, need in self.unawaited.get(position, ()):
            until[need] = at + holds
            if stops[dependent] == _NEVER:
                self._plan(dependent, need, at + holds)
        left, members = self.left, self.members
        for need, holds in self.uses[position]:
            until[need] = max(until[need], at + holds)
            if len(members[need]) > 1:
                left[need] = left.get(need, len(members[need])) - 1
                if left[need]:
                    continue
            self._missing(need)

    def _missing(self, need: int) -> None:
        """A need whose nodes are all down: when it bites, and when its dependent stops for want of it."""
        dependent, at = self.dependents[need], self.until[need]
        if not self.essential[need]:
            self.missed.append(need)
            return
        if self.outage is not None and need not in self.loose:
            self.waits[dependent] += 1
        if self.stops[dependent] == _NEVER:
            self._plan(dependent, need, at)

    def _plan(self, dependent: int, need: int, at: int) -> None:
        """Note when a node is to stop for want of a need that is missing from `at` on."""
        if self.nodes[dependent].fallbacks:
            mode = self._fallback(dependent, need)
            self.bites.setdefault(dependent, []).append((at, need, mode))
            at += (mode.holds or 0) if mode else 0
        if at < self.soonest[dependent]:
            self.soonest[dependent] = at
            heappush(self.heap, (at, _FALL, dependent, need))

    def _look_again(self, dependent: int, at: int) -> None:
        """What was to stop a node at `at` came back in time: the next of its missing needs that may."""
        if self.nodes[dependent].fallbacks:
            ends = [(bite + (mode.holds or 0 if mode else 0), need) for bite, need, mode in self.bites[dependent]]
        else:
            ends = [(self.until[need], need) for need in self.graph.essential_rows[dependent]]
        limit, need = min(
            ((limit, need) for limit, need in ends if limit >= at and self._felt(need, limit)),
            default=(sys.maxsize, _NEVER),
        )
        self.soonest[dependent] = limit
        if need != _NEVER:
            heappush(self.heap, (limit, _FALL, dependent, need))

    def _fallback(self, dependent: int, need: int) -> Fallback | None:
        """The longest degraded mode of an activity that makes up for a need."""
        made_up = [mode for mode in self.nodes[dependent].fallbacks if self._covers(mode, need)]
        return max(made_up, key=lambda mode: -1 if mode.holds is None else mode.holds, default=None)

    def _covers(self, mode: Fallback, need: int) -> bool:
        members = self.members[need]
        if not mode.covers:
            return any(self.nodes[one].kind in DIGITAL for one in members)
        return any(not mode.covers.isdisjoint(self._causes(one)) for one in members)

    def _causes(self, position: int) -> set[int]:
        """The ids of a node and of what brought it down, back to what was lost."""
        found, left = set[int](), [position]
        while left:
            one = left.pop()
            if self.nodes[one].id not in found:
                found.add(self.nodes[one].id)
                if self.because[one] != _NEVER:
                    left += self.members[self.because[one]]
        return found

    # -- coming back ---------------------------------------------------------------------------------------------

    def _felt(self, need: int, at: int) -> bool:
        """Whether a need is missing still, and stops anything: the ties a restart ignores do not, once it began."""
        stops, back = self.stops, self.back
        for one in self.members[need]:
            if stops[one] == _NEVER or back[one] != _NEVER:
                return False
        return self._counts(need, at)

    def _counts(self, need: int, at: int) -> bool:
        return self.outage is None or at < self.outage or need not in self.loose

    def _restart(self, position: int, at: int) -> None:
        self.turn[position] += 1
        heappush(self.heap, (at + (self.nodes[position].restart or 0), _BACK, position, self.turn[position]))

    def _come_back(self, position: int, at: int, turn: int) -> None:
        """A node works again; what it was wanted for may restart. A restart broken off meanwhile is none."""
        if self.back[position] != _NEVER or (turn and (turn != self.turn[position] or self.waits[position])):
            return
        self.back[position] = at
        waits, loose = self.waits, self.loose
        for dependent, _holds, _need in self.awaited[position]:
            waits[dependent] -= 1
            if not waits[dependent]:
                self._may_restart(dependent, at)
        for need, _holds in self.uses[position]:
            if len(self.members[need]) > 1:
                self.left[need] += 1
                if self.left[need] > 1:
                    continue
            if self.essential[need] and need not in loose:
                waits[self.dependents[need]] -= 1
                self._may_restart(self.dependents[need], at)

    def _may_restart(self, dependent: int, at: int) -> None:
        """Restart what stopped, once it waits for nothing."""
        if not self.waits[dependent] and self.stops[dependent] != _NEVER and self.back[dependent] == _NEVER:
            self._restart(dependent, at)

    # -- what came of it -----------------------------------------------------------------------------------------

    def returned(self, need: int) -> int:
        """When a need that was missing is there again, -1 for never."""
        found = [self.back[one] for one in self.members[need] if self.back[one] != _NEVER]
        return min(found, default=_NEVER)

    def missing(self, need: int, at: int) -> bool:
        """Whether a need whose nodes all fell was missing at `at`, and felt."""
        again = self.returned(need)
        return (again == _NEVER or again > at) and self._counts(need, at)

    def ids(self, need: int) -> tuple[int, ...]:
        """The nodes of a need, () for none."""
        return () if need == _NEVER else tuple(map(self.node_ids.__getitem__, self.members[need]))


def _loose_rows(graph: Graph) -> set[int]:
    """The needs a restart does not wait for: those with a tie that closes a loop."""
    ignored, members = graph.loops.ignored, graph.needs.members
    rows = ((one, row) for one in {one for one, _needed in ignored} for row in graph.essential_rows[one])
    return {row for one, row in rows if any((one, other) in ignored for other in members[row])}


def _effects(run: _Run) -> dict[int, Effect]:
    hampered = _hampered(run)
    bitten = {one: found for one, bites in run.bites.items() if (found := _felt_bites(run, one, bites))}
    touched = {one for one, at in enumerate(run.stops) if at != _NEVER} | hampered.keys() | bitten.keys()
    lost = set(run.lost)
    effects = [
        _effect(run, one, one in lost, bitten.get(one, ()), hampered.get(one, (None, ()))) for one in sorted(touched)
    ]
    return {effect.node.id: effect for effect in effects}


def _felt_bites(run: _Run, position: int, bites: list[_Bite]) -> list[_Bite]:
    """The missing needs of an activity that were felt before it stopped, the first first."""
    stops = run.stops[position]
    return sorted(
        (bite for bite in bites if run.missing(bite[1], bite[0]) and (stops == _NEVER or bite[0] <= stops)),
        key=lambda bite: bite[:2],
    )


def _effect(
    run: _Run, position: int, lost: bool, bites: Sequence[_Bite], hampered: tuple[int | None, tuple[int, ...]]
) -> Effect:
    node, fell, again = run.nodes[position], run.stops[position], run.back[position]
    stops, back = None if fell == _NEVER else fell, None if again == _NEVER else again
    want = run.ids(run.because[position])
    past = None if stops is None or node.dmia is None else _past_dmia(stops, node.dmia, back)
    if lost or not bites:
        return Effect(node, lost, stops, want, (), None, stops, want, past, back, *hampered)
    if stops is None:
        back = max(run.returned(need) for _at, need, _mode in bites)
    modes = tuple(dict.fromkeys(mode for _at, _need, mode in bites if mode))
    until = None if not modes else stops if stops is not None else back
    hit, need, _mode = bites[0]
    return Effect(node, lost, hit, run.ids(need), modes, until, stops, want, past, back, *hampered)


def _past_dmia(stops: int, dmia: int, back: int | None) -> int | None:
    """When the DMIA of what stopped is over, None when it is back in time."""
    over = stops + dmia
    return over if back is None or back > over else None


def _hampered(run: _Run) -> dict[int, tuple[int | None, tuple[int, ...]]]:
    """By position, when a useful need is first missing of what has not stopped, and which."""
    found: dict[int, tuple[int, int]] = {}
    stops = run.stops
    missed = [(run.dependents[need], run.until[need], need) for need in run.missed]
    for helps, down in zip(run.helps, stops, strict=True):
        if down != _NEVER:
            missed += [(one, down + holds, need) for one, holds, need in helps if not -1 < stops[one] <= down + holds]
    for one, at, need in missed:
        if not -1 < stops[one] <= at and (at, need) < found.get(one, (at + 1, 0)) and run.missing(need, at):
            found[one] = (at, need)
    return {one: (at, run.ids(need)) for one, (at, need) in found.items()}


def _events(effects: dict[int, Effect]) -> tuple[Event, ...]:
    """Everything that happens: by time, then as an instant is told, vital activities first and resources last."""
    found = [happening for effect in effects.values() for happening in _happenings(effect)]
    found.sort()
    return tuple([Event(at, _TOLD[order], effects[number].node) for at, order, _rank, number in found])


_TOLD = tuple(Happening)
_RANKS: dict[CareCriticality | None, int] = {one: one.rank for one in CareCriticality} | {None: len(CareCriticality)}


def _happenings(effect: Effect) -> list[tuple[int, int, int, int]]:
    """What happens to one node: when, its place in `Happening`, how grave, to whom."""
    node, lost, hit, _by, _modes, _until, stops, _want, past, back, hampered, _hampered_by = effect
    rank, number = _RANKS[node.criticality], node.id
    found = []
    if stops is not None:
        found.append((stops, 0 if lost else 3, rank, number))
    if back is not None:
        found.append((back, 1, rank, number))
    if hit is not None and hit != stops:
        found.append((hit, 2, rank, number))
    if hampered is not None:
        found.append((hampered, 4, rank, number))
    if past is not None:
        found.append((past, 5, rank, number))
    return found


def by_hour(course: Course) -> tuple[Hour, ...]:
    """The hours in which something happens, with how many stand how at the end of each."""
    counts = dict.fromkeys(("degraded", "stopped", "vital", "past_dmia", "resources"), 0)
    standing: dict[int, tuple[str, ...]] = {}
    hours: dict[int, list[Event]] = {}
    for event in course.events:
        hours.setdefault(event.minutes // HOUR * HOUR, []).append(event)
    found = []
    for first, events in hours.items():
        for _minutes, what, node in events:
            if node.nature is Nature.RESOURCE:
                counts["resources"] += _RESOURCES.get(what, 0)
            elif what is not Happening.HAMPERED:
                before = standing.get(node.id, ())
                standing[node.id] = now = _counted(what, node, before)
                for name in before:
                    counts[name] -= 1
                for name in now:
                    counts[name] += 1
        found.append(Hour(first, tuple(events), **counts))
    return tuple(found)


_RESOURCES = {Happening.LOST: 1, Happening.STOPPED: 1, Happening.BACK: -1}


def _counted(what: Happening, node: Node, before: tuple[str, ...]) -> tuple[str, ...]:
    """Among whom an activity is counted after an event."""
    if what is Happening.BACK:
        return ()
    if what is Happening.PAST_DMIA:
        return (*before, "past_dmia")
    if what is Happening.DEGRADED:
        return ("degraded",)
    return ("stopped", "vital") if node.criticality is CareCriticality.VITAL else ("stopped",)
