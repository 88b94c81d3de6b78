"""Starts the bounded child processes that read the tables of strangers for a page: whatever the file does there, the
process of the pages goes on.

Two are read at once: the others wait a moment, then are told to come back. Audits read their lists in the child of
their collection.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any

from pydantic import TypeAdapter

from scanners.collection import Limits, TooLong, run_child
from scanners.errors import CollectError
from scanners.lists.errors import refused
from scanners.lists.read_cells import Cells
from scanners.lists.reading import ListFile
from scanners.lists.seeing import Seen
from scanners.scratch import run_folder

CELLS = Limits(seconds=60.0, memory_bytes=1 << 30)
LIST = Limits(seconds=180.0, memory_bytes=3 << 30)
"""Bounds of one reading. Our choice: a million lines of CSV take about a tenth of that."""
PATIENCE_SECONDS = 20.0
_CELLS_MODULE, _LIST_MODULE = "scanners.lists.collect_cells", "scanners.lists.collect_list"
_AT_ONCE = BoundedSemaphore(2)


def read_in_child(content: bytes, name: str, most: int, limits: Limits = CELLS) -> Cells:
    """The table of a file that was sent, called `name` in messages, of `most` lines. CollectError says what to correct,
    and where; no process is left behind."""
    with run_folder() as folder:
        path, out = folder / "table", folder / "cells.json"
        path.write_bytes(content)
        _run(_CELLS_MODULE, {"path": str(path), "most": most, "out": str(out)}, name, limits)
        return TypeAdapter(Cells).validate_python(json.loads(out.read_bytes()))


def see_in_child(file: ListFile, former: ListFile | None, limits: Limits = LIST) -> Seen:
    """A list as it is understood, compared with the former one. CollectError as above."""
    lists = TypeAdapter(ListFile | None)
    order = {"file": lists.dump_python(file, mode="json"), "former": lists.dump_python(former, mode="json")}
    with run_folder() as folder:
        out = folder / "seen.json"
        _run(_LIST_MODULE, {**order, "out": str(out)}, file.name, limits)
        return TypeAdapter(Seen).validate_json(out.read_bytes())


def _run(module: str, order: Mapping[str, Any], name: str, limits: Limits) -> None:
    with _a_place(name):
        try:
            ended = run_child(module, {**order, "name": name, "memory_bytes": limits.memory_bytes}, limits)
        except TooLong as error:
            raise refused(
                name,
                f"sa lecture a dépassé {limits.seconds:.0f} s et a été arrêtée ; exportez-le en CSV, ou en plusieurs "
                "fichiers",
                f"reading it took more than {limits.seconds:.0f} s and was stopped; export it as CSV, or as several "
                "files",
            ) from error
    if "failed" in ended.final:
        raise CollectError(ended.final["failed"]["fr"], ended.final["failed"]["en"])
    if "done" not in ended.final:
        detail = ended.trouble or f"code {ended.code}"
        raise refused(
            name,
            f"sa lecture s’est arrêtée sans résultat ({detail}) ; exportez-le en CSV",
            f"reading it ended without a result ({detail}); export it as CSV",
        )


@contextmanager
def _a_place(name: str) -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=PATIENCE_SECONDS):
        raise CollectError(
            f"Le fichier {name} n’a pas été lu : d’autres fichiers le sont en ce moment ; réessayez dans une minute.",
            f"The file {name} was not read: others are being read now; try again in a minute.",
        )
    try:
        yield
    finally:
        _AT_ONCE.release()
