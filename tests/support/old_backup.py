"""Makes the backup of an installation of revision 0012 that `tests/services/test_instance.py` restores.

`python -m tests.support.old_backup FOLDER`: made once, kept in the repository; nobody can make it again once the
services write columns that revision 0012 has not.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from io import BytesIO
from pathlib import Path

from alembic import command
from alembic.config import Config

from care import config
from care.domain.evidence import EvidenceKind
from care.services import evidence, seal
from care.services.evidence import Details, Upload
from care.services.instance.backing import Order, back_up
from care.services.instance.envelope import Passphrase
from care.services.registry import ensure_regions
from care.store import schema
from care.wiring import build_platform
from tests.support.people import MACHINE, plant_hospitals

PASSPHRASE = "une phrase de passe des essais"
REVISION = "0012"


def main(folder: Path) -> None:
    platform = build_platform(config.load({"CARE_DATA_DIR": str(folder / "var")}, folder))
    with closing(sqlite3.connect(folder / "var/care.sqlite3")) as base:
        base.execute("PRAGMA page_size = 512")  # hundreds of empty tables: a small file for the repository
        base.execute("VACUUM")
    with platform.database.migrate() as connection:
        told = Config(attributes={"connection": connection})
        told.set_main_option("script_location", str(schema._FOLDER))
        command.upgrade(told, REVISION)
    with platform.database.write() as session:
        ensure_regions(session)
    place = plant_hospitals(platform).valley
    upload = Upload("rapport.txt", BytesIO(b"une preuve d'avant"))
    evidence.add_evidence(platform, MACHINE, place, Details(EvidenceKind.REPORT, "Rapport"), upload)
    for chain in seal.chains(platform):
        seal.sign_end(platform, MACHINE, chain)
    back_up(platform, MACHINE, Order(folder, Passphrase(PASSPHRASE)))
    platform.database.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
