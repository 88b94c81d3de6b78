"""The child process of a judgement: `python -m scanners.judge`, its order as JSON on standard input.

It opens the facts archive of a directory, judges it and writes what is kept to the file it was told.
`scanners.judging` is the other end.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from scanners.ad.level import Treatment
from scanners.archive import read_archive
from scanners.child import Order, follow_order
from scanners.judging import DirectoryJudged, directory_judged, directory_read, told
from scanners.model import Text
from scanners.result import judge


def main() -> int:
    """Judge one archive; exit code 0 when what is kept was written, 3 when it could not be made."""
    return follow_order(_judge, _too_little_memory)


def _judge(order: Order, _channel: TextIO) -> Mapping[str, object]:
    treatments = {rule: Treatment(sheet, days) for rule, (sheet, days) in order["sheets"].items()}
    judged = _judged(Path(order["facts"]), treatments)
    with Path(order["out"]).open("w", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in told(judged))
    return {}


def _judged(facts: Path, treatments: Mapping[str, Treatment]) -> DirectoryJudged:
    """The facts are forgotten on return, before anything is written."""
    archive = read_archive(facts)
    read = directory_read(archive)
    return directory_judged(read, judge(archive), treatments)


def _too_little_memory(_order: Order, mebibytes: int) -> Text:
    return Text(
        f"Le jugement de l’annuaire a dépassé sa limite de mémoire ({mebibytes} Mio) ; rien n’a été enregistré. "
        "Relevez la limite de mémoire des collectes (CARE_COLLECT_MEMORY).",
        f"Judging the directory went over its memory limit ({mebibytes} MiB); nothing was recorded. Raise the memory "
        "limit of collections (CARE_COLLECT_MEMORY).",
    )


if __name__ == "__main__":
    sys.exit(main())
