"""The child process that reads a table into plain cells: `python -m scanners.lists.collect_cells`.

The order is JSON on standard input; the table is written to `out`. The other end is `scanners.lists.collection`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from scanners.child import Order, follow_order
from scanners.lists.errors import too_little_memory
from scanners.lists.read_cells import read_cells
from scanners.lists.read_file import ways_of


def main() -> int:
    """Read one table; exit code 0 when it was, 3 when it is refused."""
    return follow_order(_read, too_little_memory)


def _read(order: Order, _channel: TextIO) -> Mapping[str, object]:
    name = str(order["name"])
    cells = read_cells(ways_of(Path(order["path"]), name), name, int(order["most"]))
    Path(order["out"]).write_text(json.dumps(asdict(cells), ensure_ascii=False), encoding="utf-8", errors="replace")
    return {"lines": len(cells.lines)}


if __name__ == "__main__":
    sys.exit(main())
