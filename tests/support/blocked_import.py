"""A worker that does the waiting job of an import and stops for ever at one step of it, to be killed there.

    python -m tests.support.blocked_import DATA_DIR DATABASE_URL MODULE:FUNCTION MOMENT

Its clock stands at MOMENT. At that step it writes the file `DATA_DIR/blocked` and waits for the end of its input.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from care import config
from care.domain.jobs import Lane
from care.services.handlers import HANDLERS
from care.services.work import Hold
from care.wiring import build_platform
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.ports import MemoryDoorbell

MARK = "blocked"


def main(folder: Path, url: str, step: str, moment: datetime) -> None:
    """Do the import's job that waits, as far as the step."""
    module, _, name = step.partition(":")
    where: Any = importlib.import_module(module)

    def stop(*_given: object, **_named: object) -> NoReturn:
        (folder / MARK).write_text("", encoding="utf-8")
        sys.stdin.read()
        raise SystemExit(3)  # nobody killed us

    setattr(where, name, stop)
    built = build_platform(config.load({"CARE_DATA_DIR": str(folder), "CARE_DATABASE_URL": url}, folder))
    platform = replace(built, doorbell=MemoryDoorbell(), clock=FixedClock(moment))
    claim = claimed(platform, Lane.IMPORT)
    HANDLERS[claim.kind](platform, Hold(platform, claim))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], datetime.fromisoformat(sys.argv[4]))
