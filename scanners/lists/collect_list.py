"""The child process that looks at a list for a page: `python -m scanners.lists.collect_list`.

The order is JSON on standard input; what was seen (`scanners.lists.seeing.Seen`) is written to `out`. The other end is
`scanners.lists.collection`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from pydantic import TypeAdapter

from scanners.child import Order, follow_order
from scanners.lists.errors import too_little_memory
from scanners.lists.reading import ListFile
from scanners.lists.seeing import Seen, see


def main() -> int:
    """Look at one list; exit code 0 when something of it can be shown, 3 when it is refused."""
    return follow_order(_see, too_little_memory)


def _see(order: Order, _channel: TextIO) -> Mapping[str, object]:
    files = TypeAdapter(tuple[ListFile, ListFile | None])
    file, former = files.validate_python((order["file"], order["former"]))
    seen = see(file, former)
    Path(order["out"]).write_bytes(TypeAdapter(Seen).dump_json(seen))
    return {"lines": seen.lines}


if __name__ == "__main__":
    sys.exit(main())
