"""Restores the same backup again and again, killed before its first change of a name, its second, its third…

`python -m tests.support.killed_restore TEMPLATE FILE FOLDER` (the key on standard input) leaves FOLDER/1, FOLDER/2…,
the last of which was not killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from care import config
from care.services.instance.envelope import Identity
from care.services.instance.restoring import restore
from care.wiring import build_platform
from tests.support.people import MACHINE


def main(template: Path, file: Path, folder: Path, key: str) -> None:
    number, killed = 0, True
    while killed:
        number += 1
        shutil.copytree(template, folder / str(number))
        child = os.fork()
        if not child:
            _die_at(number)
            _restore(folder / str(number), file, key)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if not killed and status:
            sys.exit(f"restore {number} ended with {status}")
    sys.stdout.write(str(number))


def _die_at(number: int) -> None:
    """Before the change of a name of that number, whoever asks for it: `Path.replace`, `shutil.move`…"""
    left = [number]

    def counted(real: Callable[..., None]) -> Callable[..., None]:
        def change(*arguments: Any, **named: Any) -> None:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            real(*arguments, **named)

        return change

    os.replace, os.rename = counted(os.replace), counted(os.rename)  # type: ignore[assignment]


def _restore(data: Path, file: Path, key: str) -> None:
    platform = build_platform(config.load({"CARE_DATA_DIR": str(data)}, data))
    restore(platform, MACHINE, file, Identity(key))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.stdin.read())
