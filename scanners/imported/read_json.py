"""JSON of strangers as a stream: arrays are read element by element, memory is bounded by the largest one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ijson

from scanners.imported.model import ReportError
from scanners.imported.read_bounded import Source, too_many
from scanners.imported.wording import plain

_BUFFER = 16 << 10
_MAX_DIGITS = 4000
"""Digits of a number: the RSA moduli that SSLyze writes have 1,234 for 4,096 bits; Python itself refuses 4,300."""

_LONG_NUMBER = re.compile(rb"[0-9]{%d,}" % (_MAX_DIGITS + 1))
_OPENING = {"start_map": dict, "start_array": list}


class _ShortNumbers:
    """Stops at a number without end: ijson's C library goes on after Python refused it, with a broken interpreter."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tail = b""

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        if _LONG_NUMBER.search(self._tail + chunk):
            raise _faulty(self._source, cut=False)
        self._tail = (self._tail + chunk)[-_MAX_DIGITS:]
        return chunk


class _Builder:
    """Makes one value from the events of the parser; refuses depth, size and keys written twice."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stack: list[Any] = []
        self._keys: list[str] = []
        self._nodes = 0
        self.value: Any = None

    def feed(self, event: str, value: Any) -> bool:  # noqa: ANN401 - JSON
        """Take one event; True when the value is whole."""
        if event == "map_key":
            self._key(value)
            return False
        if event in _OPENING:
            self._open(_OPENING[event]())
            return False
        if event in {"end_map", "end_array"}:
            whole = self._stack.pop()
            self._keys.pop()
            self.value = whole
            return not self._stack
        self._put(float(value) if isinstance(value, Decimal) else value)
        return not self._stack

    def _key(self, name: str) -> None:
        if name in self._stack[-1]:
            raise _twice(self._source, name)
        self._keys[-1] = name

    def _open(self, empty: Any) -> None:  # noqa: ANN401 - JSON
        self._put(empty)
        self._stack.append(empty)
        self._keys.append("")
        if len(self._stack) > self._source.limits.depth:
            raise too_many("niveaux d’imbrication", "levels of nesting", self._source.limits.depth)

    def _put(self, value: Any) -> None:  # noqa: ANN401 - JSON
        self._nodes += 1
        if self._nodes > self._source.limits.nodes:
            raise too_many("valeurs dans un seul objet", "values in a single object", self._source.limits.nodes)
        if not self._stack:
            self.value = value
        elif isinstance(self._stack[-1], list):
            self._stack[-1].append(value)
        else:
            self._stack[-1][self._keys[-1]] = value


def values(source: Source) -> Iterator[Any]:
    """Every value of the file (one or one a line); an array at the root is given element by element."""
    events = _events(source)
    for event, value in events:
        if event != "start_array":
            yield _build(source, events, event, value)
            continue
        for inner, held in events:
            if inner == "end_array":
                break
            yield _build(source, events, inner, held)


def members(source: Source, streamed: frozenset[str] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Each key of the object at the root with its value; keys in `streamed` give the elements of their array one by
    one.

    An array at the root gives its elements under the key "".
    """
    events = _events(source)
    event, _value = next(events, ("", None))
    if event == "start_array":
        yield from (("", element) for element in _elements(source, events))
    elif event == "start_map":
        yield from _keyed(source, events, streamed)
    else:
        raise ReportError(
            "Ce fichier JSON ne contient qu’une valeur isolée ; choisissez l’export prévu dans la documentation.",
            "This JSON file holds a single value only; choose the export named in the documentation.",
        )
    for _trailing in events:
        pass


def _keyed(source: Source, events: Iterator[tuple[str, Any]], streamed: frozenset[str]) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for event, name in events:
        if event == "end_map":
            return
        if name in seen:
            raise _twice(source, name)
        seen.add(name)
        event, value = next(events)  # noqa: PLW2901 - the value of the key
        if name in streamed and event == "start_array":
            yield from ((name, element) for element in _elements(source, events))
        else:
            yield name, _build(source, events, event, value)


def _elements(source: Source, events: Iterator[tuple[str, Any]]) -> Iterator[Any]:
    for event, value in events:
        if event == "end_array":
            return
        yield _build(source, events, event, value)


def _build(source: Source, events: Iterator[tuple[str, Any]], event: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    builder = _Builder(source)
    while not builder.feed(event, value):
        event, value = next(events)
    return builder.value


def _events(source: Source) -> Iterator[tuple[str, Any]]:
    # `use_float` off, or else integers over 64 bits are refused.
    try:
        for event, value in ijson.basic_parse(
            _ShortNumbers(source), multiple_values=True, use_float=False, buf_size=_BUFFER
        ):
            source.progressed()
            yield event, value
    except ijson.JSONError as error:
        raise _faulty(source, "premature EOF" in str(error)) from error
    except (ArithmeticError, UnicodeError) as error:  # an exponent beyond reason, a lone surrogate
        raise _faulty(source, cut=False) from error


def _twice(source: Source, name: str) -> ReportError:
    shown = plain(name, 80)
    return ReportError(
        f"La clé « {shown} » est écrite deux fois au même endroit (vers la ligne {source.line}) ; reprenez l’export "
        "d’origine.",
        f"The key “{shown}” is written twice in one place (near line {source.line}); take the original export again.",
    )


def _faulty(source: Source, cut: bool) -> ReportError:
    if cut:
        return ReportError(
            f"Ce fichier JSON s’arrête avant sa fin (ligne {source.line}, {source.count} octets) ; exportez-le ou "
            "copiez-le de nouveau en entier.",
            f"This JSON file stops before its end (line {source.line}, {source.count} bytes); export or copy it again, "
            "whole.",
        )
    return ReportError(
        f"Ce fichier JSON est mal formé (vers la ligne {source.line}) ; exportez-le de nouveau depuis l’outil, sans le "
        "modifier.",
        f"This JSON file is malformed (near line {source.line}); export it again from the tool, unchanged.",
    )
