"""The child process of a collection: `python -m scanners.collect`, request and secrets as JSON on standard input.

It writes one facts archive and says its `sha256`. SIGUSR1 asks it to end early with what it has (`scanners.stopping`).
`scanners.collection` is the other end.
"""

from __future__ import annotations

import importlib
import os
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
from scanners.child import Order, follow_order, say
from scanners.errors import CollectError, SaidError
from scanners.model import Text
from scanners.stopping import Stop

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


def main() -> int:
    """Run one collection; exit code 0 when the archive is written, 3 when it could not be made."""
    return follow_order(_collect, _too_little_memory)


def _collect(order: Order, channel: TextIO) -> Mapping[str, object]:
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
    return {"sha256": write_archive(Path(order["out"]), manifest, facts)}


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


def end_early_on_signal(stop: Stop | None) -> None:
    """SIGUSR1 asks for an early end; a collector that keeps nothing of a part ends at once, its children with it."""

    def end_early(_signal: int, _frame: FrameType | None) -> None:
        if stop is None:
            os.killpg(0, signal.SIGKILL)
        else:
            stop.ask()

    signal.signal(signal.SIGUSR1, end_early)


def _too_little_memory(_order: Order, mebibytes: int) -> Text:
    return Text(
        f"La collecte a dépassé sa limite de mémoire ({mebibytes} Mio) ; réduisez le périmètre ou relevez-la.",
        f"The collection went over its memory limit ({mebibytes} MiB); narrow the scope or raise the limit.",
    )


if __name__ == "__main__":
    sys.exit(main())
