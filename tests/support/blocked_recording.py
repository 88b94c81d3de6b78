"""A worker that does the waiting audit and stops for ever at one step of its recording, to be killed there.

    python -m tests.support.blocked_recording DATA_DIR DATABASE_URL MODULE:FUNCTION

At that step, inside the transaction, it writes the file `DATA_DIR/blocked` and waits for the end of its input.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from care import config
from care.services import audits
from care.services.work import Hold
from care.wiring import build_platform
from scanners.result import AuditResult
from tests.support.audits import PlannedAudits, claimed, result, write_facts
from tests.support.ports import JudgeHere, MemoryDoorbell, PlannedCollect

MARK = "blocked"
SECOND_DAY = datetime(2026, 3, 2, tzinfo=UTC)


def second_run() -> AuditResult:
    """What the audit to be killed finds: `a` of the first run is gone, `c` is new."""
    return result(SECOND_DAY, {"weak": ["b", "c"]})


def main(folder: Path, url: str, step: str) -> None:
    """Do the audit that waits, as far as the step."""
    module, _, name = step.partition(":")
    where: Any = importlib.import_module(module)

    def stop(*_given: object, **_named: object) -> NoReturn:
        (folder / MARK).write_text("", encoding="utf-8")
        sys.stdin.read()
        raise SystemExit(3)  # nobody killed us

    setattr(where, name, stop)
    collect = PlannedCollect()
    collect.make = write_facts
    built = build_platform(config.load({"CARE_DATA_DIR": str(folder), "CARE_DATABASE_URL": url}, folder))
    judge = JudgeHere()
    judge.plan = PlannedAudits([second_run()]).judge_directory
    platform = replace(built, collect=collect, judge_directory=judge, doorbell=MemoryDoorbell())
    audits.audit(platform, Hold(platform, claimed(platform)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
