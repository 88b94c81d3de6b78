"""Repositories that change between two audits, each in its own way: what a single reading cannot tell.

`before` makes them, `change` plants one fault in each; both speak to the real restic. `intact` only gets its backup of
the night.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.lab.stage import Description

PASSWORD = "Changements-de-laboratoire-1"
HOST = "srv-dpi"
CHANGED = ("intact", "efface", "remplace", "source-videe", "chiffre", "court", "intrus")
EXPECTED: dict[str, set[str]] = {
    "snapshots_vanished": {"efface", "court"},
    "repository_swapped": {"remplace"},
    "source_size_changed": {"source-videe", "chiffre"},
    "repository_grew": {"chiffre"},
    "retention_short": {"Système court"},
    "unexpected_host": {"intrus"},
    "repository_damaged": set(),
    "restore_sample_failed": set(),
}
"""Rules and the subjects they must name after `change`, and no other."""
_NEW_BYTES = 130 << 20
"""New data of `chiffre`: over what the rule takes for ordinary growth."""


def before(folder: Path) -> None:
    """Two nights in each repository; `court` has six weeks."""
    for name in CHANGED:
        data = folder / "data" / name
        data.mkdir(parents=True)
        draw = random.Random(name)
        for number in range(8):
            (data / f"dossier-{number}.bin").write_bytes(draw.randbytes(500_000))
        _restic(folder, name, "init")
        for days in (40, 33, 26, 19, 12, 5, 1) if name == "court" else (2, 1):
            _back_up(folder, name, timedelta(days=days))


def change(folder: Path) -> None:
    """One fault each."""
    for path in (folder / "data" / "source-videe").glob("dossier-[1-7].bin"):
        path.unlink()
    draw = random.Random(7)
    with (folder / "data" / "chiffre" / "dossier-0.bin").open("wb") as file:
        for _ in range(_NEW_BYTES >> 20):
            file.write(draw.randbytes(1 << 20))
    for name in ("intact", "source-videe", "chiffre", "court"):
        _back_up(folder, name, timedelta(hours=1))
    _back_up(folder, "intrus", timedelta(hours=1), host="poste-inconnu")
    _restic(folder, "efface", "forget", "latest")
    _restic(folder, "court", "forget", "--keep-within", "8d")
    shutil.rmtree(folder / "depots" / "remplace")
    _restic(folder, "remplace", "init")
    for days in (2, 1):
        _back_up(folder, "remplace", timedelta(days=days))


def plan(folder: Path) -> Description:
    """One system a repository."""
    return {
        "version": 1,
        "establishment": "Centre hospitalier de Valmont",
        "repositories": [
            {"name": name, "tool": "restic", "location": str(folder / "depots" / name)} for name in CHANGED
        ],
        "systems": [
            {
                "name": f"Système {name}",
                "pdma_hours": 48,
                "retention_days": 30,
                "production": {"site": "Bâtiment A", "medium": "san"},
                "copies": [{"name": "nuit", "medium": "nas", "site": "Bâtiment B", "repository": name, "host": HOST}],
            }
            for name in CHANGED
        ],
    }


def secrets() -> dict[str, str]:
    """The password of each."""
    return {f"repository.{name}": PASSWORD for name in CHANGED}


def _back_up(folder: Path, name: str, age: timedelta, host: str = HOST) -> None:
    moment = (datetime.now(UTC) - age).strftime("%Y-%m-%d %H:%M:%S")
    _restic(folder, name, "backup", "--host", host, "--time", moment, str(folder / "data" / name))


def _restic(folder: Path, name: str, *words: str) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TZ": "UTC",
        "RESTIC_REPOSITORY": str(folder / "depots" / name),
        "RESTIC_PASSWORD": PASSWORD,
    }
    subprocess.run(["restic", "--quiet", "--no-cache", *words], env=env, check=True, capture_output=True)
