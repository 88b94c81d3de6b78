"""The sample files, and what is common to their tests."""

import io
from datetime import UTC, datetime
from pathlib import Path

from scanners.imported.model import Check, Report, Tool
from scanners.imported.read import LIMITS, Limits, read_report

SAMPLES = Path(__file__).parent / "samples"
LOOKED_AT = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)

TOOLS = {
    "nmap.xml": Tool.NMAP,
    "testssl_flat.json": Tool.TESTSSL,
    "testssl_pretty.json": Tool.TESTSSL,
    "sslyze.json": Tool.SSLYZE,
    "ssh_audit.json": Tool.SSH_AUDIT,
    "nuclei.jsonl": Tool.NUCLEI,
    "nessus.nessus": Tool.NESSUS,
    "openvas.xml": Tool.OPENVAS,
    "pingcastle.xml": Tool.PINGCASTLE,
    "generic.json": Tool.GENERIC,
}


def content(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def changed(name: str, *changes: tuple[str, str]) -> bytes:
    """A sample with texts replaced, each of which must be there."""
    text = content(name).decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def read(name: str, raw: bytes | None = None, at: datetime | None = LOOKED_AT, limits: Limits = LIMITS) -> Report:
    return read_report(TOOLS[name], io.BytesIO(content(name) if raw is None else raw), limits, at)


def check(report: Report, name: str) -> Check:
    return next(one for one in report.checks if one.id == name)


def subjects(report: Report) -> dict[str, list[str]]:
    """The subjects of every check that found something."""
    return {one.id: [finding.subject for finding in one.findings] for one in report.checks if one.findings}
