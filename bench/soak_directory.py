"""A directory of many objects audited whole, on the lab's domain controller, beside an `ldapsearch` of the same."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

from bench import ad_collect
from bench.soak_result import Soaked
from tests.lab import __main__ as lab
from tests.lab import ad, stage


def run(objects: int, runs: int) -> Soaked:
    """`runs` rounds on `objects` objects; needs root and the lab's packages (LabError otherwise)."""
    said = io.StringIO()
    with stage.own_octet() as octet, tempfile.TemporaryDirectory(prefix="care-soak-ad-") as name:
        folder = Path(name)
        try:
            directory = ad.start_large(folder, lab.DEFAULT_CACHE, octet, objects)
            with contextlib.redirect_stdout(said):
                code = ad_collect.compare(directory, folder, runs)
        finally:
            ad.stop(folder)
    table = tuple(said.getvalue().strip().splitlines())
    return Soaked(
        f"Directory: {objects:,} objects", table, ("the gate of bench.ad_collect is passed over",) if code else ()
    )
