"""What makes a kit unplayable although each of its values is well written."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from exercises.kit import Condition, Kit, Outcome, Part, Reaction, Stimulus

PLACEHOLDER = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")
"""A variable in a text."""
_CONTRACTED = re.compile(r"(?:\b(?:de|du|à|au)\s+|\bd[’'])" + PLACEHOLDER.pattern.replace("(", "(?:"), re.IGNORECASE)
"""A variable after a word that its article would have to be contracted with."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong and where: `key` as a path in the `file` (`stimuli[3].to`), `*` for the file as a whole."""

    key: str
    fr: str
    en: str
    file: str = "kit.yaml"


def reaction_id(stimulus: Stimulus, reaction: Reaction) -> str:
    """How a reaction is named everywhere: `S01.a`."""
    return f"{stimulus.id}.{reaction.id}"


def faults_of(kit: Kit) -> tuple[Fault, ...]:
    """Every fault, in the order of the file; none for a kit that can be played."""
    return (*_twice(kit), *_phases(kit), *_stimuli(kit), *_observation(kit), *_unproved(kit), *_variables(kit))


def _twice(kit: Kit) -> Iterator[Fault]:
    named = {
        "variables": [one.key for one in kit.variables],
        "objectives": [one.id for one in kit.objectives],
        "cells": [one.id for one in kit.cells],
        "phases": [one.id for one in kit.phases],
        "stimuli": [one.id for one in kit.stimuli],
        "decisions": [one.id for one in kit.decisions],
        "observation": [one.id for one in kit.observation],
        "hot": [one.id for one in kit.hot],
        "cold": [one.id for one in kit.cold],
    }
    named |= {f"stimuli[{n}].expects": [one.id for one in s.expects] for n, s in enumerate(kit.stimuli, 1)}
    for key, ids in named.items():
        for one, times in Counter(ids).items():
            if times > 1:
                yield Fault(key, f"« {one} » y figure {times} fois", f"“{one}” stands there {times} times")


def _phases(kit: Kit) -> Iterator[Fault]:
    starts = [one.start for one in kit.phases]
    if starts[0] != 0:
        yield Fault("phases[1].start", "la première phase commence à 0", "the first phase starts at 0")
    if starts != sorted(set(starts)):
        yield Fault("phases", "chaque phase commence après la précédente", "each phase starts after the one before")
    if starts[-1] >= kit.duration:
        yield Fault(
            f"phases[{len(starts)}].start",
            f"cette phase commence après la fin ({kit.duration} min)",
            f"this phase starts after the end ({kit.duration} min)",
        )


def _stimuli(kit: Kit) -> Iterator[Fault]:
    cells, objectives = {one.id for one in kit.cells}, {one.id for one in kit.objectives}
    for number, one in enumerate(kit.stimuli, 1):
        key = f"stimuli[{number}]"
        if one.at is not None and one.at > kit.duration:
            yield Fault(
                f"{key}.at",
                f"« {one.id} » tombe à {one.at} min, après la fin ({kit.duration} min)",
                f"“{one.id}” falls at {one.at} min, after the end ({kit.duration} min)",
            )
        yield from _unknown(f"{key}.to", one.to, cells)
        for at, reaction in enumerate(one.expects, 1):
            yield from _unknown(f"{key}.expects[{at}].objective", [reaction.objective], objectives)
            yield from _unknown(f"{key}.expects[{at}].cell", [reaction.cell] if reaction.cell else [], cells)
        for at, condition in enumerate(one.when, 1):
            yield from _condition(kit, f"{key}.when[{at}]", one, condition)
    yield from _cycle(kit)


def _unknown(key: str, names: Iterable[str], known: set[str]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            yield Fault(
                key,
                f"« {name} » n’existe pas dans ce kit ; connus : {', '.join(sorted(known))}",
                f"“{name}” does not exist in this kit; known: {', '.join(sorted(known))}",
            )


def _condition(kit: Kit, key: str, stimulus: Stimulus, condition: Condition) -> Iterator[Fault]:
    if stimulus.reserve:
        yield Fault(
            key, "une réserve se joue à la main, sans condition", "a reserve is played by hand, unconditionally"
        )
    if (condition.reaction is None) == (condition.decision is None):
        yield Fault(key, "une réaction ou une décision, l’une des deux", "a reaction or a decision, one of both")
    elif condition.reaction is not None:
        known = {reaction_id(one, reaction) for one in kit.stimuli for reaction in one.expects}
        yield from _unknown(f"{key}.reaction", [condition.reaction], known)
        yield from _unknown(f"{key}.is", [condition.answer], set(Outcome))
    else:
        options = {one.id: {option.id for option in one.options} for one in kit.decisions}
        yield from _unknown(f"{key}.decision", [str(condition.decision)], set(options))
        yield from _unknown(f"{key}.is", [condition.answer], options.get(str(condition.decision), {condition.answer}))


def _cycle(kit: Kit) -> Iterator[Fault]:
    """Stimuli that wait for each other, directly or not; and those that wait for something later."""
    waits = {one.id: set(_waits_for(one)) for one in kit.stimuli}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        ring = " → ".join(reversed(error.args[1]))
        yield Fault("stimuli", f"des stimuli s’attendent en rond : {ring}", f"stimuli wait for each other: {ring}")
        return
    at = {one.id: one.at for one in kit.stimuli}
    for number, one in enumerate(kit.stimuli, 1):
        for other in sorted(waits[one.id]):
            before = at.get(other)
            if one.at is not None and before is not None and before >= one.at:
                yield Fault(
                    f"stimuli[{number}].when",
                    f"« {one.id} » dépend de « {other} », qui ne vient pas avant",
                    f"“{one.id}” depends on “{other}”, which does not come before",
                )


def _waits_for(stimulus: Stimulus) -> Iterator[str]:
    for condition in stimulus.when:
        if condition.reaction is not None:
            yield condition.reaction.partition(".")[0]


def _observation(kit: Kit) -> Iterator[Fault]:
    cells, objectives = {one.id for one in kit.cells}, {one.id for one in kit.objectives}
    for number, one in enumerate(kit.observation, 1):
        yield from _unknown(f"observation[{number}].objective", [one.objective], objectives)
        yield from _unknown(f"observation[{number}].cell", [one.cell] if one.cell else [], cells)


def _unproved(kit: Kit) -> Iterator[Fault]:
    """An objective that nothing measures would always look unreached; a cell that receives nothing waits for hours."""
    measured = {one.objective for stimulus in kit.stimuli for one in stimulus.expects}
    measured |= {one.objective for one in kit.observation}
    for number, objective in enumerate(kit.objectives, 1):
        if objective.id not in measured:
            yield Fault(
                f"objectives[{number}]",
                f"ni réaction attendue ni critère d’observation ne mesure « {objective.id} »",
                f"neither an expected reaction nor a criterion measures “{objective.id}”",
            )
    reached = {cell for stimulus in kit.stimuli if not stimulus.reserve for cell in stimulus.to}
    for number, cell in enumerate(kit.cells, 1):
        if cell.id not in reached:
            yield Fault(
                f"cells[{number}]", f"« {cell.id} » ne reçoit aucun stimulus", f"“{cell.id}” receives no stimulus"
            )


def _variables(kit: Kit) -> Iterator[Fault]:
    known = {one.key for one in kit.variables}
    for key, text in texts_of(kit):
        yield from _unknown(key, PLACEHOLDER.findall(text), known)
        yield from contractions(kit, key, text)


def contractions(kit: Kit, key: str, text: str, file: str = "kit.yaml") -> Iterator[Fault]:
    """The variables of a French text that would make « de le » once replaced."""
    for found in _CONTRACTED.findall(text) if kit.language == "fr" else ():
        said = " ".join(found.split())
        yield Fault(
            key,
            f"« {said} » : un mot vient avec son article, et « de le » n’est pas du français ; tournez autrement "
            "(« RSSI, {{voisin}} », « chez {{voisin}} »)",
            f"“{said}”: a word comes with its article, and “de le” is no French; word it otherwise",
            file,
        )


def texts_of(kit: Kit) -> Iterator[tuple[str, str]]:
    """Every text in which a variable may stand, with its place in the file: all but the variables themselves."""
    for name in Kit.model_fields:
        if name != "variables":
            yield from _texts(getattr(kit, name), name)


def _texts(value: object, key: str) -> Iterator[tuple[str, str]]:
    if type(value) is str:
        yield key, value
    elif isinstance(value, Part):
        for name, field in type(value).model_fields.items():
            yield from _texts(getattr(value, name), f"{key}.{field.alias or name}")
    elif isinstance(value, tuple):
        for number, one in enumerate(value, 1):
            yield from _texts(one, f"{key}[{number}]")
