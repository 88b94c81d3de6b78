"""The child process of a judgement: `python -m scanners.judge`, its order as JSON on standard input.

It opens the facts archive of a directory, judges it and writes what is kept to the file it was told. Its last word on
standard output is `{"done": {}}` or `{"failed": {"fr", "en"}}`. It dies with its parent. `scanners.judging` is the
other end.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanners.ad.level import Treatment
from scanners.archive import read_archive
from scanners.collect import bound_memory, die_with_parent, own_stdout, say
from scanners.errors import SaidError
from scanners.judging import DirectoryJudged, as_document, directory_judged
from scanners.result import judge


def main() -> int:
    """Judge one archive; exit code 0 when what is kept was written, 3 when it could not be made."""
    die_with_parent()
    channel = own_stdout()
    order = json.load(sys.stdin)
    bound_memory(int(order["memory_bytes"]))
    try:
        _judge(order)
    except SaidError as error:
        say(channel, {"failed": {"fr": error.text.fr, "en": error.text.en}})
        return 3
    except MemoryError:
        say(channel, {"failed": _out_of_memory(int(order["memory_bytes"]))})
        return 3
    say(channel, {"done": {}})
    return 0


def _judge(order: Mapping[str, Any]) -> None:
    treatments = {rule: Treatment(sheet, days) for rule, (sheet, days) in order["sheets"].items()}
    judged = _judged(Path(order["facts"]), treatments)
    with Path(order["out"]).open("w", encoding="utf-8") as out:
        json.dump(as_document(judged), out)


def _judged(facts: Path, treatments: Mapping[str, Treatment]) -> DirectoryJudged:
    """The facts are forgotten on return, before anything is written."""
    archive = read_archive(facts)
    return directory_judged(archive, judge(archive), treatments)


def _out_of_memory(limit: int) -> dict[str, str]:
    mebibytes = limit >> 20
    return {
        "fr": f"Le jugement de l’annuaire a dépassé sa limite de mémoire ({mebibytes} Mio) ; rien n’a été enregistré. "
        "Relevez la limite de mémoire des collectes (CARE_COLLECT_MEMORY).",
        "en": f"Judging the directory went over its memory limit ({mebibytes} MiB); nothing was recorded. Raise the "
        "memory limit of collections (CARE_COLLECT_MEMORY).",
    }


if __name__ == "__main__":
    sys.exit(main())
