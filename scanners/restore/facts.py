"""What one restore drill did: what was asked, what came back, how it was proved and how long it took.

No name of a restored file is kept: those of a hospital may name patients. A file is known by the SHA-256 of its path,
which whoever knows the path can compute. What a person asked for (`Asked.paths`) is kept as it was typed, and tables
of databases keep their names.

Section that gaps name: `drill` (nothing was restored, or not all of it) and `database` (a dump was not tried).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from scanners.archive import CollectedAt, DataclassFormat
from scanners.backup.facts import RestoreSample, Tool
from scanners.backup.throughput import MIN_SAMPLE_BYTES, hours_for
from scanners.model import Gap

MAX_FILES = 200_000
"""Regular files that a drill brings back at most."""
MAX_NAMED = 2_000
"""Those that named paths may hold together."""
MAX_KEPT = 2_000
"""Files told one by one in the facts: those that are wrong first."""
MAX_TABLES = 500
MAX_MANIFEST_BYTES = 32 << 20

Mode = Literal["sample", "named", "whole"]
Proof = Literal["manifest", "repository"]
FileState = Literal["same", "different", "missing", "unlisted"]
"""`unlisted`: it came back, but the manifest does not name it: nothing was proved."""
Oddity = Literal["device", "pipe", "socket", "link", "hard_link", "setuid"]
ODDITIES: tuple[Oddity, ...] = ("device", "pipe", "socket", "link", "hard_link", "setuid")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked for. "" and None were not said; `manifest` is how its file is called."""

    repository: str
    tool: Tool
    mode: Mode
    system: str = ""
    host: str = ""
    snapshot: str = ""
    paths: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    manifest: str = ""
    operator: str = ""
    requester: str = ""
    purpose: str = ""
    dmard_hours: float | None = None

    @property
    def subject(self) -> str:
        """How findings call what was tried: the same from one drill to the next."""
        return f"{self.system} / {self.repository}" if self.system else self.repository


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file asked for: SHA-256 of its path in the repository and, once back, of its content."""

    path: Annotated[str, Field(max_length=64)]
    size: int
    state: FileState
    sha256: Annotated[str, Field(max_length=64)] = ""


@dataclass(frozen=True, slots=True)
class Drill:
    """A restore that took place.

    `sample` tells what was compared, `sample.good` whether all came back as it was saved. `point_time` is the time the
    machine gave to the point, `listed` and `listed_size` count the regular files of that point. `back` of the files
    asked for came back with their size, `unlisted` of them are not in the manifest. `oddities` counts what a restore of
    plain files should not bring. `seconds` is the whole drill, `sample.seconds` the restore alone.
    """

    sample: RestoreSample
    point_time: AwareDatetime
    point_host: str
    identity: str
    listed: int
    listed_size: int
    back: int
    unlisted: int
    proof: Proof
    seconds: float
    files: tuple[FileResult, ...] = ()
    oddities: dict[Oddity, int] | None = None

    @property
    def good(self) -> bool:
        """Whether every file asked for came back, and was compared with what was saved."""
        return self.sample.good

    @property
    def full_hours(self) -> float | None:
        """Time to restore the whole point at the rate of this drill; None when too little was restored to tell."""
        if not self.good or self.sample.size < MIN_SAMPLE_BYTES or self.sample.seconds <= 0:
            return None
        return hours_for(self.listed_size, self.sample.size, self.sample.seconds)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a restored database and its rows; None when they could not be counted."""

    name: str
    rows: int | None


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a person's question to the database gave: how many rows, and the value when it is one number."""

    rows: int
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Database:
    """A dump loaded in a throw-away server.

    `path` is the SHA-256 of its path, `kind` how it was written. `errors` counts orders that the server refused, of
    which `first` gives the first complaint; `left_out` those that a throw-away server has no use for (owners, rights).
    `asked_error` says why the person's question failed.
    """

    path: str
    kind: Literal["custom", "plain"]
    server: str
    seconds: float
    tables: tuple[Table, ...] = ()
    errors: int = 0
    first: str = ""
    left_out: int = 0
    answer: QueryResult | None = None
    asked_error: str = ""

    @property
    def rows(self) -> int:
        """Rows of all its tables."""
        return sum(table.rows or 0 for table in self.tables)

    @property
    def good(self) -> bool:
        """Whether everything loaded, something is in it, and the question was answered by at least a row."""
        answered = self.asked_error == "" and (self.answer is None or self.answer.rows > 0)
        return self.errors == 0 and self.rows > 0 and answered and all(one.rows is not None for one in self.tables)


@dataclass(frozen=True, slots=True)
class RestoreFacts:
    """One drill. `points` are the restore points it could choose from, `others` those of other machines.

    `drill` is None when nothing could be restored: a gap says why, or there is no point, or it is `damaged` (the tool's
    first words). `newest` tells that the newest point was chosen.
    """

    asked: Asked
    collected_at: CollectedAt
    points: int = 0
    others: int = 0
    newest: bool = True
    drill: Drill | None = None
    damaged: str = ""
    databases: tuple[Database, ...] = ()
    gaps: tuple[Gap, ...] = ()


FORMAT = DataclassFormat(RestoreFacts, schema=1)
