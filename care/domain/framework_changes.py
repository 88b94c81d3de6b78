"""What a version of a framework changes to the one before: requirements, parameters, facts, and what becomes of the
answers given to the former one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from care.domain.frameworks import Framework, Item, Parameter
from scanners.model import Text


class Fate(StrEnum):
    """What becomes of what was answered or filed under a requirement of the former version.

    `kept`: the same words are asked under the same id. `reworded`: other words, so that somebody must confirm. `moved`
    and `moved_reworded`: another requirement takes it over (`replaces`), in the same words or not. `gone`: nothing asks
    for it any more; it stays in the history.
    """

    KEPT = "kept"
    REWORDED = "reworded"
    MOVED = "moved"
    MOVED_REWORDED = "moved_reworded"
    GONE = "gone"

    @property
    def confirms(self) -> bool:
        """Whether somebody must confirm the answer."""
        return self in (Fate.REWORDED, Fate.MOVED_REWORDED)


@dataclass(frozen=True, slots=True)
class Passage:
    """A requirement that takes over another one, which had the id `former`."""

    former: str
    item: Item


@dataclass(frozen=True, slots=True)
class ItemPair:
    """A requirement before and after."""

    before: Item
    after: Item


@dataclass(frozen=True, slots=True)
class ParameterPair:
    """A parameter before and after; None where it is not."""

    id: str
    before: Parameter | None
    after: Parameter | None


@dataclass(frozen=True, slots=True)
class FactPair:
    """A fact of the framework itself (`title`, `starts`…) before and after, as plain values."""

    name: str
    before: str | Text | date | None
    after: str | Text | date | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new version changes. `adjusted` are requirements asked in the same words but seen otherwise: methods,
    evidence, profiles, links; `sections` counts the sections added, removed or renamed."""

    added: tuple[Item, ...]
    removed: tuple[Item, ...]
    moved: tuple[ItemPair, ...]
    reworded: tuple[ItemPair, ...]
    relevelled: tuple[ItemPair, ...]
    adjusted: tuple[ItemPair, ...]
    sections: int
    parameters: tuple[ParameterPair, ...]
    facts: tuple[FactPair, ...]
    fates: Mapping[str, Fate]
    passages: tuple[Passage, ...]

    @property
    def any(self) -> bool:
        """Whether the two versions differ at all, their numbers apart."""
        lists = (self.added, self.removed, self.moved, self.reworded, self.relevelled, self.adjusted, self.parameters)
        return any(map(bool, (*lists, self.sections, [one for one in self.facts if one.name != "version"])))


def passages(before: Framework, after: Framework) -> tuple[Passage, ...]:
    """The requirements of `after` that take over former ones of `before`, in order.

    An id that both versions ask for is not taken over: its answers stay where they are.
    """
    former = {item.id for item in before.requirements}
    kept = {item.id for item in after.requirements}
    return tuple(
        Passage(one, item)
        for item in after.requirements
        for one in item.replaces
        if one in former and one not in kept and one != item.id
    )


def changes(before: Framework, after: Framework) -> Changes:
    """What `after` changes to `before`, two versions of one framework."""
    old = {item.id: item for item in before.requirements}
    new = {item.id: item for item in after.requirements}
    taken = passages(before, after)
    heirs = {one.item.id for one in taken}
    both = [ItemPair(old[name], item) for name, item in new.items() if name in old]
    reworded = [pair for pair in both if pair.before.wording != pair.after.wording]
    fates = dict(_fates(old, new, taken))
    return Changes(
        added=tuple(item for name, item in new.items() if name not in old and name not in heirs),
        removed=tuple(item for name, item in old.items() if fates[name] is Fate.GONE),
        moved=tuple(ItemPair(old[one.former], one.item) for one in taken),
        reworded=tuple(reworded),
        relevelled=tuple(pair for pair in both if pair.before.level != pair.after.level),
        adjusted=tuple(pair for pair in both if pair not in reworded and _seen(pair.before) != _seen(pair.after)),
        sections=_sections(before, after),
        parameters=tuple(_parameters(before, after)),
        facts=tuple(_facts(before, after)),
        fates=fates,
        passages=taken,
    )


def _fates(old: Mapping[str, Item], new: Mapping[str, Item], taken: tuple[Passage, ...]) -> Iterator[tuple[str, Fate]]:
    heirs: dict[str, list[Item]] = {}
    for one in taken:
        heirs.setdefault(one.former, []).append(one.item)
    for name, item in old.items():
        if name in new:
            yield name, Fate.KEPT if new[name].wording == item.wording else Fate.REWORDED
        elif name in heirs:
            same = all(heir.wording == item.wording for heir in heirs[name])
            yield name, Fate.MOVED if same else Fate.MOVED_REWORDED
        else:
            yield name, Fate.GONE


def _seen(item: Item) -> tuple[object, ...]:
    """How a requirement is looked at, its words and its level apart."""
    return (item.assessed_by, item.expects, item.profiles, item.repeats_months, item.maps, item.inquiries)


def _sections(before: Framework, after: Framework) -> int:
    def titles(one: Framework) -> dict[str, tuple[Text, str]]:
        asked = {item.id for item in one.requirements}
        return {item.id: (item.title, item.parent) for item in one.items if item.id not in asked}

    old, new = titles(before), titles(after)
    return len({name for name in old.keys() | new.keys() if old.get(name) != new.get(name)})


def _parameters(before: Framework, after: Framework) -> Iterator[ParameterPair]:
    for name in dict.fromkeys([*before.parameters, *after.parameters]):
        pair = ParameterPair(name, before.parameters.get(name), after.parameters.get(name))
        if pair.before != pair.after:
            yield pair


def _facts(before: Framework, after: Framework) -> Iterator[FactPair]:
    for name in ("version", "title", "kind", "unit", "source", "url", "confidence", "starts", "ends"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield FactPair(name, old, new)
    old_profiles, new_profiles = (", ".join(one.profiles) for one in (before, after))
    if old_profiles != new_profiles:
        yield FactPair("profiles", old_profiles, new_profiles)


def steady(before: Framework, after: Framework) -> Framework:
    """`after` with the ids of `before` for the requirements that say the same in the same section.

    For files that do not name their requirements: numbered in order, a sentence put in between would push every answer
    after it onto another requirement. New ones take numbers that nothing had.
    """
    known = {(item.parent, item.wording): item.id for item in reversed(before.requirements)}
    asked = {item.id for item in after.requirements}
    kept = {item.id: known[item.parent, item.wording] for item in after.requirements if _same_place(item, known)}
    taken = {*(item.id for item in before.items), *(item.id for item in after.items if item.id not in asked)}
    items: list[Item] = []
    used: set[str] = set()
    for item in after.items:
        name = kept.get(item.id, "") if item.id in asked else item.id
        if not name or name in used:
            name = _free(item, taken | used | set(kept.values()))
        used.add(name)
        items.append(replace(item, id=name))
    return replace(after, items=tuple(items))


def _same_place(item: Item, known: Mapping[tuple[str, str], str]) -> bool:
    return (item.parent, item.wording) in known


def _free(item: Item, taken: set[str]) -> str:
    """The id of a new requirement: its own if nothing had it, else the next number of its section."""
    if item.id not in taken or not item.parent:
        return item.id
    number = 1
    while f"{item.parent}.{number}" in taken:
        number += 1
    return f"{item.parent}.{number}"
