"""The child process of a collection: `python -m scanners.collect`, request and secrets as JSON on standard input.

It writes one facts archive and speaks on standard output in JSON lines: `{"progress": 0.4, "text": {"fr", "en"}}`,
then `{"done": {"sha256"}}` or `{"failed": {"fr", "en"}}`. It dies with its parent, and takes its own children along;
SIGUSR1 asks it to end early with what it has (`scanners.stopping`).
`scanners.collection` is the other end.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

from pydantic import TypeAdapter, ValidationError

from scanners.archive import Manifest, write_archive
from scanners.errors import CollectError, SaidError
from scanners.model import Text
from scanners.stopping import Stop

_PR_SET_PDEATHSIG = 1
PARENT_VARIABLE = "CARE_PARENT"
"""Holds the process that started this one, which may end before its death can be signalled."""

Progress = Callable[[float, Text], None]


@dataclass(frozen=True)
class Context:
    """What a collector is given besides its request.

    `secrets` never reaches facts or messages; `progress` takes a share between 0 and 1 and a sentence; `now` is the
    start of the collection (UTC), the date at which rules will compute ages; `stop` tells when to end early.
    """

    secrets: Mapping[str, str]
    progress: Progress
    now: datetime
    stop: Stop = field(default_factory=Stop)


_ORPHAN = 4


def main() -> int:
    """Run one collection; exit code 0 when the archive is written, 3 when it could not be made."""
    die_with_parent()
    channel = own_stdout()
    order = json.load(sys.stdin)
    bound_memory(int(order["memory_bytes"]))
    try:
        sha256 = _collect(order, channel)
    except SaidError as error:
        say(channel, {"failed": {"fr": error.text.fr, "en": error.text.en}})
        return 3
    except MemoryError:
        say(channel, {"failed": _out_of_memory(int(order["memory_bytes"]))})
        return 3
    say(channel, {"done": {"sha256": sha256}})
    return 0


def _collect(order: Mapping[str, Any], channel: TextIO) -> str:
    scanner = str(order["scanner"])
    module = importlib.import_module(f"scanners.{scanner}.collect")
    request = _validated(module.Request, order["request"])
    started_at = datetime.now(UTC)

    def progress(share: float, text: Text) -> None:
        say(channel, {"progress": round(share, 3), "text": {"fr": text.fr, "en": text.en}})

    stop = Stop()
    end_early_on_signal(stop if getattr(module, "KEEPS_PARTIAL", False) else None)
    facts = module.collect(request, Context(order["secrets"], progress, started_at, stop))
    manifest = Manifest(
        scanner=scanner,
        schema=importlib.import_module(f"scanners.{scanner}.facts").FORMAT.schema,
        target=module.target_name(request),
        started_at=started_at.isoformat(),
        finished_at=datetime.now(UTC).isoformat(),
        tool=f"care {version('care-resilience')}",
    )
    return write_archive(Path(order["out"]), manifest, facts)


def _validated(request_type: type[Any], raw: object) -> Any:  # noqa: ANN401 - each scanner has its own request
    try:
        return TypeAdapter(request_type).validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        if isinstance(said := first.get("ctx", {}).get("error"), SaidError):
            raise said from error
        place = ".".join(str(step) for step in first["loc"])
        detail = f"{place}: {first['msg']}"
        raise CollectError(
            f"La demande de collecte est refusée ({detail}) ; corrigez la cible.",
            f"The collection request is refused ({detail}); correct the target.",
        ) from error


def say(channel: TextIO, message: Mapping[str, object]) -> None:
    """One JSON line for the parent."""
    channel.write(json.dumps(message, ensure_ascii=False) + "\n")
    channel.flush()


def own_stdout() -> TextIO:
    """Keep the real standard output for our JSON lines; what libraries print goes to standard error."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return channel


def die_with_parent() -> None:
    """End this process and its own children when the parent ends."""

    def end_group(_signal: int, _frame: FrameType | None) -> None:
        os.killpg(0, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end_group)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.environ.get(PARENT_VARIABLE, str(os.getppid())) != str(os.getppid()):
        sys.exit(_ORPHAN)


def end_early_on_signal(stop: Stop | None) -> None:
    """SIGUSR1 asks for an early end; a collector that keeps nothing of a part ends at once, its children with it."""

    def end_early(_signal: int, _frame: FrameType | None) -> None:
        if stop is None:
            os.killpg(0, signal.SIGKILL)
        else:
            stop.ask()

    signal.signal(signal.SIGUSR1, end_early)


def bound_memory(limit: int) -> None:
    """Give this process `limit` bytes of address space; beyond, MemoryError."""
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _out_of_memory(limit: int) -> dict[str, str]:
    mebibytes = limit >> 20
    return {
        "fr": f"La collecte a dépassé sa limite de mémoire ({mebibytes} Mio) ; réduisez le périmètre ou relevez-la.",
        "en": f"The collection went over its memory limit ({mebibytes} MiB); narrow the scope or raise the limit.",
    }


if __name__ == "__main__":
    sys.exit(main())
