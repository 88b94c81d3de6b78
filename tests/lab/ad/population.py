"""Grows a directory at rest: `/usr/bin/python3 population.py FOLDER OBJECTS`, run under the system's Python.

`FOLDER` is a copy of what `directory.py` built on Samba's mdb store. Objects of `hospital.growth()` are added in one
transaction until the domain's partition holds `OBJECTS` of them. Over
LDAP Samba adds 19 a second on a loaded machine: 100,000 would take an hour and a half.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import directory
import hospital
import ldb

_INDEX_ENTRIES_PER_OBJECT = 12
"""Names, identifiers and logins that an object adds to the indexes; the cache of a transaction must hold them all."""


def main(folder: Path, objects: int) -> None:
    """Add what is missing; nothing when the domain already holds as many."""
    held = len(directory.connect(folder).search(hospital.BASE, scope=ldb.SCOPE_SUBTREE, attrs=["1.1"]))
    entries = hospital.growth(max(0, objects - held))
    cache = f"transaction_index_cache_size:{max(200_000, objects * _INDEX_ENTRIES_PER_OBJECT)}"
    directory.populate(directory.connect(folder, ["batch_mode:1", cache]), entries)
    directory.write_raw(folder, directory.raw_values(entries, time.time()), "mdb")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
