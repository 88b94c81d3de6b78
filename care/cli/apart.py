"""A job done in a process of its own: `python -m care.cli.apart`, started by a worker for what takes much memory.

The worker keeps the lease, passes a cancellation on by ending the process, and stays small: the pages are served from
the same process in `care serve`. The settings and the claim are JSON on standard input (a database URL may hold a
password: never on a command line). The last word on standard output is `{"done": {}}`, `{"lost": {}}`,
`{"cancelled": {}}` or `{"failed": {"fr", "en"}}`. Killed at any moment, it leaves what a dead worker leaves: nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from pydantic import TypeAdapter

from care.config import Settings
from care.domain.jobs import Claim
from care.services.errors import Refused, ServiceError
from care.services.handlers import HANDLERS
from care.services.jobs import LostJob, is_done
from care.services.platform import Platform
from care.services.work import Hold
from care.wiring import build_platform
from scanners.child import bound_memory, die_with_parent, own_stdout, say
from scanners.collection import Cancelled, Ended, Limits, TooLong, run_child
from scanners.errors import SaidError
from scanners.model import Text

LIMITS = Limits(seconds=3600.0, memory_bytes=2 << 30)
"""Bounds of one job. Our choice: an import of 200,000 findings, the most a file may hold, needs about half of them."""

_SETTINGS, _CLAIM = TypeAdapter(Settings), TypeAdapter(Claim)


class DefectError(RuntimeError):
    """The process ended without a last word; the worker logs it under a reference."""


def do_apart(platform: Platform, hold: Hold) -> None:
    """Do a job in a process of its own and wait for its end, which it has recorded itself.

    What the job refuses is raised as here; `Cancelled` and `LostJob` as in the worker.
    """
    order = {
        "settings": _SETTINGS.dump_python(platform.settings, mode="json"),
        "claim": _CLAIM.dump_python(hold.claim, mode="json"),
        "memory_bytes": LIMITS.memory_bytes,
    }

    def stop() -> bool:
        return hold.cancelled() and not is_done(platform, hold.claim)

    try:
        ended = run_child("care.cli.apart", order, LIMITS, cancelled=stop)
    except TooLong as error:
        raise Refused(_too_long(LIMITS)) from error
    if "done" not in ended.final:
        _raise(ended)


def _raise(ended: Ended) -> NoReturn:
    if "failed" in ended.final:
        raise Refused(Text(**ended.final["failed"]))
    if "cancelled" in ended.final:
        raise Cancelled
    if "lost" in ended.final:
        raise LostJob
    raise DefectError(f"the process of the job ended without a word (code {ended.code}): {ended.trouble}")


def main() -> int:
    """Do one job; exit code 0 whatever became of it, as it was said."""
    die_with_parent()
    channel = own_stdout()
    order = json.load(sys.stdin)
    bound_memory(int(order["memory_bytes"]))
    platform = build_platform(_SETTINGS.validate_python(order["settings"]))
    try:
        say(channel, _done(platform, _CLAIM.validate_python(order["claim"])))
    except MemoryError:
        say(channel, {"failed": _out_of_memory(int(order["memory_bytes"]))})
    finally:
        platform.doorbell.close()
        platform.database.close()
    return 0


def _done(platform: Platform, claim: Claim) -> Mapping[str, Any]:
    """Do the job; its last word."""
    try:
        HANDLERS[claim.kind](platform, Hold(platform, claim))
    except Cancelled:
        return {"cancelled": {}}
    except LostJob:
        return {"lost": {}}
    except (SaidError, ServiceError) as error:
        return {"failed": {"fr": error.text.fr, "en": error.text.en}}
    return {"done": {}}


def _too_long(limits: Limits) -> Text:
    return Text(
        f"Cette tâche a dépassé {limits.seconds / 60:.0f} min et a été arrêtée ; rien n’a été enregistré. Importez un "
        "périmètre plus petit, en plusieurs fichiers.",
        f"This job took more than {limits.seconds / 60:.0f} min and was stopped; nothing was recorded. Import a "
        "smaller scope, as several files.",
    )


def _out_of_memory(limit: int) -> dict[str, str]:
    mebibytes = limit >> 20
    return {
        "fr": f"Cette tâche a dépassé sa limite de mémoire ({mebibytes} Mio) ; rien n’a été enregistré. Importez un "
        "périmètre plus petit, en plusieurs fichiers.",
        "en": f"This job went over its memory limit ({mebibytes} MiB); nothing was recorded. Import a smaller "
        "scope, as several files.",
    }


if __name__ == "__main__":
    sys.exit(main())
