"""The child process of an import of vulnerabilities: `python -m scanners.vulnerabilities.collect_import`.

The order is JSON on standard input. On standard output come lines of progress, then `{"done": {…}}`, the fields of
`Imported`, or `{"failed": {"fr", "en"}}`. The other end is `scanners.vulnerabilities.collection`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from scanners.collect import bound_memory, die_with_parent, own_stdout, say
from scanners.errors import SaidError
from scanners.vulnerabilities.importing import Asked, Imported, import_file
from scanners.vulnerabilities.read_stream import Tell

_STEP = 0.02
_MIB = 1 << 20


def main() -> int:
    """Import one file; exit code 0 when it was, 3 when nothing was kept."""
    die_with_parent()
    channel = own_stdout()
    order = json.load(sys.stdin)
    bound_memory(int(order["memory_bytes"]))
    try:
        done = _import(order, channel)
    except SaidError as error:
        say(channel, {"failed": {"fr": error.text.fr, "en": error.text.en}})
        return 3
    except MemoryError:
        fr = f"{order['name']} demande trop de mémoire pour être lu ; rien n’a été importé : téléchargez-le de nouveau."
        en = f"{order['name']} takes too much memory to be read; nothing was imported: download it again."
        say(channel, {"failed": {"fr": fr, "en": en}})
        return 3
    told = {"source": done.source.value, "file": done.file, "dated": done.dated.isoformat(), "records": done.records}
    say(channel, {"done": {**told, "added": done.added, "changed": done.changed, "removed": done.removed}})
    return 0


def _import(order: Mapping[str, Any], channel: TextIO) -> Imported:
    asked = Asked(
        datetime.fromisoformat(order["now"]),
        datetime.fromisoformat(order["dated"]) if order["dated"] else None,
        keep=bool(order["keep"]),
    )
    return import_file(Path(order["store"]), Path(order["path"]), asked, _teller(channel), str(order["name"]))


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
