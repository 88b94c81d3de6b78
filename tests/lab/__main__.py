"""Starts and stops the laboratory: `python -m tests.lab start|stop|status --dir DIR`.

`DIR/lab.json` describes what runs: `{"octet": 77, "ad": {…}, "bastion": {…}, …}`, one key per started part.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import tests.lab
from tests.lab.stage import ZONES, Description, LabError, Part, all_alive

DEFAULT_OCTET = 77
DEFAULT_CACHE = Path("~/.cache/care-lab").expanduser()
_NOT_PARTS = {"stage", "__main__"}


def part_names() -> list[str]:
    """The parts this tree has, in the order of `ZONES` (others after, by name)."""
    found = {module.name for module in pkgutil.iter_modules(tests.lab.__path__)} - _NOT_PARTS
    known = [name for name in ZONES if name in found]
    return known + sorted(name for name in found - set(known) if hasattr(_module(name), "build"))


def usual_parts() -> list[str]:
    """The parts that are started when none is named: all but those that say `ON_DEMAND`."""
    return [name for name in part_names() if not getattr(_module(name), "ON_DEMAND", False)]


def load(name: str) -> Part:
    """The module of one part; LabError when there is none of that name."""
    if name not in part_names():
        raise LabError(f"No lab part is called “{name}”; there are {', '.join(part_names())}.")
    part: Part = _module(name)
    return part


def start(lab: Path, cache: Path, octet: int, parts: Iterable[str]) -> Description:
    """Start parts that are not running yet and return the whole description, as written to `lab.json`.

    When one fails, what this call started is stopped again and the failure goes on to the caller.
    """
    description = describe(lab) or {}
    if description.get("octet", octet) != octet:
        raise LabError(f"The lab in {lab} runs with octet {description['octet']}; stop it first, or use that octet.")
    description["octet"] = octet
    lab.mkdir(parents=True, exist_ok=True)
    started: list[str] = []
    try:
        for name in parts:
            if name in description and all_alive(lab / name):
                continue
            started.append(name)
            description[name] = _start_part(name, lab, cache, octet)
            _write(lab, description)
    except BaseException:
        stop(lab, started)
        raise
    return description


def stop(lab: Path, parts: Iterable[str] | None = None) -> None:
    """Stop parts (all of them by default), last started first, and forget them in `lab.json`."""
    chosen = list(parts) if parts is not None else part_names()
    description = describe(lab)
    for name in reversed(chosen):
        load(name).stop(lab)
        description.pop(name, None)
    if set(description) - {"octet"}:
        _write(lab, description)
    else:
        (lab / "lab.json").unlink(missing_ok=True)


def describe(lab: Path) -> Description:
    """What `lab.json` says, {} when no lab was started there."""
    try:
        description: Description = json.loads((lab / "lab.json").read_text())
    except FileNotFoundError:
        return {}
    return description


def _start_part(name: str, lab: Path, cache: Path, octet: int) -> Description:
    part = load(name)
    part.stop(lab)
    part.build(cache)
    return part.start(lab, cache, octet)


def _module(name: str) -> Any:
    return importlib.import_module(f"tests.lab.{name}")


def _write(lab: Path, description: Description) -> None:
    draft = lab / "lab.json.draft"
    draft.write_text(json.dumps(description, ensure_ascii=False, indent=1) + "\n")
    draft.replace(lab / "lab.json")


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description="A hospital's servers on loopback.")
    parser.add_argument("action", choices=("start", "stop", "status"))
    parser.add_argument("--dir", type=Path, required=True, help="folder of this lab")
    parser.add_argument("--octet", type=int, default=DEFAULT_OCTET, help="second byte of its addresses (1-254)")
    parser.add_argument(
        "--parts", default="", help=f"comma-separated, default all but those on demand: {', '.join(part_names())}"
    )
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="where slow things are kept")
    arguments = parser.parse_args(argv)
    if not 1 <= arguments.octet <= 254:
        parser.error("--octet must lie between 1 and 254")
    return arguments


def _status(lab: Path) -> None:
    description = describe(lab)
    states = {name: "ready" if all_alive(lab / name) else "broken" for name in part_names() if name in description}
    parts = {name: states.get(name, "stopped") for name in part_names()}
    print(json.dumps({"octet": description.get("octet"), "parts": parts}, indent=1))


def main(argv: list[str] | None = None) -> int:
    """Entry point; code 3 and one sentence on standard error when the lab cannot do what was asked."""
    arguments = _arguments(argv)
    lab, cache = arguments.dir.resolve(), arguments.cache.resolve()
    chosen = [name for name in arguments.parts.split(",") if name]
    began = time.monotonic()
    try:
        if arguments.action == "start":
            start(lab, cache, arguments.octet, chosen or usual_parts())
            print(f"Lab ready in {time.monotonic() - began:.1f} s: {lab / 'lab.json'}")
        elif arguments.action == "stop":
            stop(lab, chosen or part_names())
        else:
            _status(lab)
    except LabError as error:
        print(error, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
