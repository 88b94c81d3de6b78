"""One drill that went well, and one that went wrong in every way a rule knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from scanners.backup.facts import RestoreSample
from scanners.restore.facts import Asked, Database, Drill, FileResult, QueryResult, RestoreFacts, Table

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
SUBJECT = "DPI / dpi-restic"

ASKED = Asked(
    repository="dpi-restic",
    tool="restic",
    mode="sample",
    system="DPI",
    host="srv-dpi",
    databases=("/srv/dpi/dpi.dump",),
    operator="A. Martin",
    requester="Dr Durand",
    dmard_hours=8,
)
SAMPLE = RestoreSample("d49611aa", seed=7, sampled=50, compared=50, wrong=0, size=100_000_000, seconds=1.0)
FILE = FileResult(sha256(b"/srv/dpi/a").hexdigest(), 2_000_000, "same", sha256(b"a").hexdigest())
DRILL = Drill(
    sample=SAMPLE,
    point_time=datetime(2026, 3, 10, 2, 0, tzinfo=UTC),
    point_host="srv-dpi",
    identity="d496",
    listed=3_000,
    listed_size=300_000_000_000,
    back=50,
    unlisted=0,
    proof="repository",
    seconds=4.0,
    files=(FILE,),
    oddities={},
)
DATABASE = Database(
    path=sha256(b"/srv/dpi/dpi.dump").hexdigest(),
    kind="custom",
    server="15",
    seconds=2.0,
    tables=(Table("patient", 1_000), Table("acte", 0)),
    answer=QueryResult(1, 1_000.0),
)

HEALTHY = RestoreFacts(ASKED, NOW, points=40, others=3, drill=DRILL, databases=(DATABASE,))
EMPTY = replace(HEALTHY, points=0, drill=None, databases=())
"""No point of the machine asked for."""

BROKEN = RestoreFacts(
    ASKED,
    NOW,
    points=40,
    drill=replace(
        DRILL,
        sample=replace(SAMPLE, compared=49, wrong=1, detail="…: wrong hash"),
        back=49,
        files=(replace(FILE, state="different"),),
        oddities={"device": 1, "setuid": 2},
    ),
    databases=(replace(DATABASE, errors=3, first="relation … does not exist"),),
)
SLOW = replace(HEALTHY, drill=replace(DRILL, listed_size=3_000_000_000_000))
"""Three terabytes at 100 MB/s."""

BROKEN_SUBJECTS: dict[str, tuple[RestoreFacts, set[str]]] = {
    "files_wrong": (BROKEN, {SUBJECT}),
    "special_files": (BROKEN, {SUBJECT}),
    "database_unusable": (BROKEN, {SUBJECT}),
    "nothing_to_restore": (EMPTY, {SUBJECT}),
    "full_restore_over_dmard": (SLOW, {SUBJECT}),
}
"""A drill that restored nothing has nothing to compare: what is wrong is told apart."""
