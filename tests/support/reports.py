"""Reports of other tools as the readers give them, and a reader that gives those a test planned."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from care.domain.access import Scope
from care.services.import_drafts import Upload
from care.services.import_now import confirm, upload
from care.services.platform import Platform
from scanners.collect import Progress
from scanners.imported.collection import Reading
from scanners.imported.model import Check, ForeignRef, Report, ReportError, Tool, check_id
from scanners.imported.read_kept import write_report
from scanners.model import Finding, Gap, Severity, Text

START = datetime(2026, 2, 1, 8, tzinfo=UTC)
MIB = 1 << 20


def check(
    native: str,
    *subjects: str,
    tool: Tool = Tool.NESSUS,
    conclusive: bool = False,
    severity: Severity = Severity.HIGH,
    title: str = "",
    refs: Iterable[ForeignRef] = (),
    level: int = 1,
) -> Check:
    """A check of that id which found these subjects, in the tool's own words."""
    words = title or f"Weak {native}"
    return Check(
        check_id(tool, native),
        Text(words, words),
        severity,
        Text(f"Why {native}.", f"Why {native}."),
        Text("Update {it}.", "Update {it}."),
        tuple(refs),
        tuple(Finding(subject, {"level": level}) for subject in sorted(subjects)),
        conclusive,
    )


def report(
    day: float,
    *checks: Check,
    tool: Tool = Tool.NESSUS,
    hosts: Iterable[str] = ("192.0.2.1", "192.0.2.2"),
    covers: Iterable[str] = (),
    covers_all: bool = False,
    gaps: Iterable[Gap] = (),
    ways: Mapping[str, str] | None = None,
    scope: str = "",
) -> Report:
    """A report of that day."""
    at = START + timedelta(days=day)
    return Report(
        tool,
        "1.0",
        at - timedelta(minutes=5),
        at,
        tuple(hosts),
        tuple(sorted(checks, key=lambda one: one.id)),
        scope,
        ways or {},
        tuple(gaps),
        frozenset(covers),
        covers_all,
    )


@dataclass
class PlannedReader:
    """Reads a file by looking its content up: a test plans which report each content gives."""

    plan: dict[bytes, Report] = field(default_factory=dict)

    def __call__(
        self,
        path: Path,
        tool: Tool | None,
        at: datetime | None,
        out: Path,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> Reading:
        found = self.plan.get(path.read_bytes())
        if found is None:
            raise ReportError("Ce fichier est illisible.", "This file cannot be read.")
        write_report(out, found)
        count = sum(len(one.findings) for one in found.checks)
        return Reading(found.tool, found.started_at, found.finished_at, count)

    def content(self, one: Report) -> bytes:
        """The file that gives this report."""
        name = f"{one.tool.value}-{len(self.plan)}".encode()
        known = next((content for content, planned in self.plan.items() if planned == one), name)
        self.plan[known] = one
        return known


def import_report(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    one: Report,
    *,
    target: str = "Siège",
    complete: bool = False,
) -> int:
    """Upload and confirm a planned report; returns the run."""
    reader = platform.read_report
    assert isinstance(reader, PlannedReader)
    sent = Upload("rapport.nessus", io.BytesIO(reader.content(one)), MIB)
    draft = upload(platform, scope, establishment_id, sent)
    return confirm(platform, scope, draft, target, complete)
