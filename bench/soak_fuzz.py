"""Hostile bytes into every reader of foreign input: a clean result or the documented refusal, in bounded time.

Whatever else comes out (another exception, a rule in error, more seconds than allowed) is a fault, told with the
entrance, the number of the input and the seed: the same three give the same bytes again.
"""

from __future__ import annotations

import io
import json
import random
import signal
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from urllib.parse import parse_qsl, urlencode

from bench.soak_result import Soaked

SECONDS = 2.0
"""Processor time one input of a few kilobytes may cost; the slowest clean one takes about 0.2 s."""
HANG_SECONDS = 20.0
MAX_BYTES = 200_000
_STRANGE: tuple[bytes, ...] = (
    b"\x00", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\r\n", b"\n\n", b";", b",", b'"',
    b"|", b"=", b"-1", b"0", b"1e400", b"NaN", b"9" * 30, b"9" * 5000, b"../../etc/passwd", b"%s%n", b"{subject}",
    b"\xef\xbb\xbf", b"\xed\xa0\x80", "é’\u202e\u0130".encode(), b"A" * 3000, b"[" * 2000, b"{" * 2000, b"<a>" * 500,
    b"<!ENTITY x 'y'>", b"&x;", b"&a [*a]", b"? [a]: b", b"!!int ''", b"!!bool x", b"!!timestamp x", b"!!float ''",
    b"!!python/object/apply:os.system [id]", b"2026-13-45", b"0001-01-01", b"9999-12-31T23:59:59+14:00", b"null",
    b"true", b"[]", b"{}", b"=cmd|' /C calc'!A0", b"encoding='utf-32'", b"encoding='nope'", b"\x30\x84\xff\xff\xff\xff",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 10**6, 2**63, 10**40, 1e308, float("nan"), "", "é’\x00\u202e", "9" * 400, [], {}, [[]],
    {"a": 1}, "2026-02-30", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "{subject}", "\ud800",
)  # fmt: skip

_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Entrance:
    """One reader: valid examples to start from, how to call it, what it may raise to say no."""

    name: str
    examples: tuple[bytes, ...]
    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = ()
    mutate: Callable[[random.Random, Sequence[bytes]], bytes] | None = None


@dataclass
class Tally:
    """What came of the inputs of one entrance. `slowest` is in seconds of processor time."""

    inputs: int = 0
    refused: int = 0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)


class Hang(BaseException):
    """An input held its reader too long; not an Exception, so that no reader takes it for one of its own."""


def run(entrances: Sequence[Entrance], inputs: int, seed: int, seconds: float = float("inf")) -> Soaked:
    """`inputs` hostile inputs for each entrance, in turns, or as many whole turns as `seconds` of wall clock allow."""
    deadline = time.monotonic() + seconds
    tallies = {entrance.name: Tally() for entrance in entrances}
    for number in range(inputs):
        if time.monotonic() > deadline:
            break
        for entrance in entrances:
            _try(entrance, number, seed, tallies[entrance.name])
    lines = ["| reader | inputs | refused | slowest, CPU ms | faults |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {tally.inputs:,} | {tally.refused:,} | {tally.slowest * 1000:.0f} | {len(tally.faults)} |"
        for name, tally in tallies.items()
    ]
    faults = [one for tally in tallies.values() for one in _distinct(tally.faults)]
    total = sum(tally.inputs for tally in tallies.values())
    return Soaked(f"Fuzzing: {total:,} hostile inputs, seed {seed}", tuple(lines), tuple(faults))


def hostile(entrance: Entrance, number: int, seed: int) -> bytes:
    """The bytes of one input: the same arguments always give the same bytes."""
    chance = random.Random(f"{seed}/{entrance.name}/{number}")
    return (entrance.mutate or damaged)(chance, entrance.examples)[:MAX_BYTES]


def _try(entrance: Entrance, number: int, seed: int, tally: Tally) -> None:
    content = hostile(entrance, number, seed)
    tally.inputs += 1
    begin = time.thread_time()
    try:
        with _watched():
            entrance.read(content)
    except entrance.refusals:
        tally.refused += 1
    except (Exception, Hang) as error:  # noqa: BLE001 - finding what is not documented is the purpose
        tally.faults.append(f"{entrance.name}, {_place(error)} (input {number}, seed {seed})")
    took = time.thread_time() - begin
    tally.slowest = max(tally.slowest, took)
    if took > SECONDS:
        tally.faults.append(f"{entrance.name}, {took:.1f} s of processor time (input {number}, seed {seed})")


def _place(error: BaseException) -> str:
    """The exception and the innermost line of ours it went through."""
    ours = [step for step in traceback.extract_tb(error.__traceback__) if "/bench/" not in step.filename]
    ours = [step for step in ours if "site-packages" not in step.filename and "/lib/python" not in step.filename]
    where = f" at {ours[-1].filename.rpartition('/')[2]}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}: {str(error)[:200]!a}{where}"


def _distinct(faults: Sequence[str], shown: int = 5) -> Iterator[str]:
    """One sentence per place, with how many inputs ended there."""
    places = Counter(_spot(fault) for fault in faults)
    firsts = {_spot(fault): fault for fault in reversed(faults)}
    for spot, count in places.most_common(shown):
        yield f"{firsts[spot]} [{count} times]"


def _spot(fault: str) -> str:
    """Kind and line of a fault, without what changes from one input to the next."""
    return f"{fault.split(':', 1)[0]}{fault.rpartition(' at ')[2].split(' (', 1)[0]}"


@contextmanager
def _watched() -> Iterator[None]:
    """Ends an input that hangs (main thread only)."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise Hang(f"still at it after {HANG_SECONDS:.0f} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# ---------------------------------------------------------------- making bytes hostile


def damaged(chance: random.Random, examples: Sequence[bytes]) -> bytes:
    """One of the examples with a few wounds, or plain noise one time in twenty."""
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(200))
    content = bytearray(chance.choice(examples))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 12))):
        _wound(chance, content, examples)
    return bytes(content)


def _wound(chance: random.Random, content: bytearray, examples: Sequence[bytes]) -> None:
    at = chance.randrange(len(content) + 1)
    end = min(len(content), at + chance.choice((1, 1, 1, 2, 4, 40, 400)))
    match chance.randrange(7):
        case 0:
            content[at:end] = chance.randbytes(end - at)
        case 1:
            del content[at:end]
        case 2:
            content[at:at] = content[at:end] * chance.choice((1, 2, 50))
        case 3:
            content[at:at] = chance.choice(_STRANGE)
        case 4:
            content[at:end] = chance.choice(_STRANGE)
        case 5:
            other = chance.choice(examples)
            content[at:] = other[chance.randrange(len(other) + 1) :]
        case _:
            del content[at:]


def damaged_archive(chance: random.Random, examples: Sequence[bytes]) -> bytes:
    """A facts archive whose zip, JSON or columns were changed; the zip stays whole two times in three."""
    if chance.random() < 1 / 3:
        return damaged(chance, examples)
    with zipfile.ZipFile(io.BytesIO(chance.choice(examples))) as bundle:
        members = {name: bundle.read(name) for name in bundle.namelist()}
    columns = [name for name in members if name.endswith(".npy")]
    name = (
        chance.choice(columns)
        if columns and chance.random() < 0.5
        else chance.choice(["facts.json"] * 5 + list(members))
    )
    if name.endswith(".json") and chance.random() < 0.8:
        document = json.loads(members[name])
        for _ in range(chance.choice((1, 1, 3))):
            document = _changed(chance, document)
        members[name] = json.dumps(document).encode()
    else:
        members[name] = damaged(chance, [members[name]])
    if chance.random() < 0.05:
        del members[name]
    buffer = io.BytesIO()
    method = chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(buffer, "w", method) as bundle:
        for member, content in members.items():
            bundle.writestr(zipfile.ZipInfo(member, _EPOCH), content, method)
    return damaged(chance, [buffer.getvalue()]) if chance.random() < 0.1 else buffer.getvalue()


def _changed(chance: random.Random, document: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The JSON value with one place below it replaced, removed or repeated."""
    if not isinstance(document, dict | list) or not document or chance.random() < 0.03:
        alike = [value for value in _VALUES if type(value) is type(document)]
        return chance.choice(alike if alike and chance.random() < 0.8 else _VALUES)
    if isinstance(document, list):
        at = chance.randrange(len(document))
        return [*document[:at], *_instead(chance, document[at]), *document[at + 1 :]]
    key = chance.choice(list(document))
    if chance.random() < 0.05:
        return {name: value for name, value in document.items() if name != key}
    return {**document, key: _changed(chance, document[key])}


def damaged_form(chance: random.Random, examples: Sequence[bytes]) -> bytes:
    """A filled form one field of which was changed, forgotten, repeated or added."""
    fields = parse_qsl(chance.choice(examples).decode(), keep_blank_values=True)
    at = chance.randrange(len(fields))
    name, value = fields[at]
    match chance.randrange(12):
        case 0:
            del fields[at]
        case 1:
            fields.append((name, "x"))
        case 2:
            fields.append((chance.choice(("version", "next", "repository.", "csrf_token", "ca", "é")), value))
        case _:
            changed = damaged(chance, [value.encode()])
            return urlencode([*fields[:at], (name, changed), *fields[at + 1 :]]).encode()
    return urlencode(fields).encode()


def _instead(chance: random.Random, value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    match chance.randrange(10):
        case 0:
            return []
        case 1:
            return [value, value]
        case _:
            return [_changed(chance, value)]
