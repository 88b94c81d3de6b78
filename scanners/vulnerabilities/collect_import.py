"""The child process of an import of vulnerabilities: `python -m scanners.vulnerabilities.collect_import`.

The order is JSON on standard input. On standard output come lines of progress, then `{"done": {…}}`, the fields of
`Imported`, or `{"failed": {"fr", "en"}}`. The other end is `scanners.vulnerabilities.collection`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TextIO

from scanners.child import Order, follow_order, say
from scanners.model import Text
from scanners.vulnerabilities.importing import Asked, import_file
from scanners.vulnerabilities.read_stream import Tell

_STEP = 0.02
_MIB = 1 << 20


def main() -> int:
    """Import one file; exit code 0 when it was, 3 when nothing was kept."""
    return follow_order(_import, _too_little_memory)


def _import(order: Order, channel: TextIO) -> Mapping[str, object]:
    asked = Asked(
        datetime.fromisoformat(order["now"]),
        datetime.fromisoformat(order["dated"]) if order["dated"] else None,
        keep=bool(order["keep"]),
    )
    done = import_file(Path(order["store"]), Path(order["path"]), asked, _teller(channel), str(order["name"]))
    told = {"source": done.source.value, "file": done.file, "dated": done.dated.isoformat(), "records": done.records}
    return {**told, "added": done.added, "changed": done.changed, "removed": done.removed}


def _too_little_memory(order: Order, _mebibytes: int) -> Text:
    return Text(
        f"{order['name']} demande trop de mémoire pour être lu ; rien n’a été importé : téléchargez-le de nouveau.",
        f"{order['name']} takes too much memory to be read; nothing was imported: download it again.",
    )


def _teller(channel: TextIO) -> Tell:
    said = 0.0

    def tell(done: int, size: int) -> None:
        nonlocal said
        share = done / max(1, size)
        if share - said >= _STEP:
            said = share
            fr = f"Lecture du fichier : {done / _MIB:.0f} Mio sur {size / _MIB:.0f}."
            en = f"Reading the file: {done / _MIB:.0f} MiB of {size / _MIB:.0f}."
            say(channel, {"progress": round(share, 3), "text": {"fr": fr, "en": en}})

    return tell


if __name__ == "__main__":
    sys.exit(main())
