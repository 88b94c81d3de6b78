"""The child process that reads a file of another tool: `python -m scanners.imported.collect`.

These files come from strangers: reading one is bounded in time and memory like a collection, and costs nobody else
anything when it hangs or bursts. The order is JSON on standard input; the report is written to a file, and the last
line on standard output is `{"done": {}}` or `{"failed": {"fr", "en"}}`. The other end is
`scanners.imported.collection`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from scanners.collect import bound_memory, die_with_parent, own_stdout, say
from scanners.errors import SaidError
from scanners.imported.model import Report, Tool
from scanners.imported.read import HEAD_BYTES, identify, read_report
from scanners.imported.read_kept import write_report


def main() -> int:
    """Read one file; exit code 0 when the report is written, 3 when it could not be read."""
    die_with_parent()
    channel = own_stdout()
    order = json.load(sys.stdin)
    bound_memory(int(order["memory_bytes"]))
    try:
        write_report(Path(order["out"]), _read(order))
    except SaidError as error:
        say(channel, {"failed": {"fr": error.text.fr, "en": error.text.en}})
        return 3
    except MemoryError:
        say(channel, {"failed": _out_of_memory(int(order["memory_bytes"]))})
        return 3
    say(channel, {"done": {}})
    return 0


def _read(order: Mapping[str, Any]) -> Report:
    with Path(order["path"]).open("rb") as stream:
        tool = Tool(order["tool"]) if order["tool"] else identify(stream.read(HEAD_BYTES))
        stream.seek(0)
        at = datetime.fromisoformat(order["at"]) if order["at"] else None
        return read_report(tool, stream, at=at)


def _out_of_memory(limit: int) -> dict[str, str]:
    mebibytes = limit >> 20
    return {
        "fr": f"La lecture de ce fichier a dépassé sa limite de mémoire ({mebibytes} Mio) ; exportez un périmètre plus "
        "petit, en plusieurs fichiers.",
        "en": f"Reading this file went over its memory limit ({mebibytes} MiB); export a smaller scope, as several "
        "files.",
    }


if __name__ == "__main__":
    sys.exit(main())
