"""Starts the bounded child process that imports a file of vulnerabilities: such a file comes from strangers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from scanners.collect import Progress
from scanners.collection import Limits, TooLong, run_child
from scanners.vulnerabilities.importing import Asked, Imported
from scanners.vulnerabilities.model import Source, VulnerabilityError

IMPORTING = Limits(seconds=1800.0, memory_bytes=1 << 30)
"""Bounds of one import. Our choice: the whole NVD takes about a minute, and a tenth of that memory."""


def import_in_child(
    store: Path,
    path: Path,
    name: str,
    asked: Asked,
    progress: Progress,
    cancelled: Callable[[], bool],
    limits: Limits = IMPORTING,
) -> Imported:
    """Import the file at `path` into the store; `name` is how messages call it.

    VulnerabilityError says what is wrong; `Cancelled` is raised when `cancelled()` became true. Nothing is kept then,
    and no process is left behind.
    """
    order = {
        "store": str(store),
        "path": str(path),
        "name": name,
        "now": asked.now.isoformat(),
        "dated": asked.dated.isoformat() if asked.dated else "",
        "keep": asked.keep,
        "memory_bytes": limits.memory_bytes,
    }
    try:
        ended = run_child("scanners.vulnerabilities.collect_import", order, limits, progress, cancelled)
    except TooLong as error:
        raise VulnerabilityError(
            f"La lecture de {name} a dépassé {limits.seconds:.0f} s et a été arrêtée ; rien n’a été importé : "
            "importez-le par « care vulnerabilities import ».",
            f"Reading {name} took more than {limits.seconds:.0f} s and was stopped; nothing was imported: import it "
            "with `care vulnerabilities import`.",
        ) from error
    if "failed" in ended.final:
        raise VulnerabilityError(ended.final["failed"]["fr"], ended.final["failed"]["en"])
    if "done" not in ended.final:
        detail = ended.trouble or f"code {ended.code}"
        raise VulnerabilityError(
            f"L’import de {name} s’est arrêté sans résultat ({detail}) ; rien n’a été importé. Vérifiez le fichier.",
            f"The import of {name} ended without a result ({detail}); nothing was imported. Check the file.",
        )
    told = ended.final["done"]
    return Imported(
        Source(told["source"]),
        told["file"],
        datetime.fromisoformat(told["dated"]),
        told["records"],
        told["added"],
        told["changed"],
        told["removed"],
    )
