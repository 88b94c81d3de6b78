"""The child process that reads files of strangers: its report comes back whole, and its bounds hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scanners.collection import Limits
from scanners.imported.collection import read_in_child
from scanners.imported.model import ReportError, Tool
from scanners.imported.read import read_report
from scanners.imported.read_kept import load_report, write_report

SAMPLES = Path(__file__).parent / "samples"
BILLION_LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><nmaprun args="&c;"></nmaprun>"""
EXTERNAL = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<NessusClientData_v2>&x;</NessusClientData_v2>"""
AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_a_report_comes_back_as_it_was_read(sample: Path, tmp_path: Path) -> None:
    told = read_in_child(sample, None, AT, tmp_path / "report")
    with sample.open("rb") as content:
        direct = read_report(told.tool, content, at=AT)
    seen = load_report(tmp_path / "report")
    assert seen == direct
    assert (told.tool, told.started_at, told.finished_at) == (seen.tool, seen.started_at, seen.finished_at)
    assert told.findings == sum(len(check.findings) for check in seen.checks)
    write_report(tmp_path / "again", seen)
    assert load_report(tmp_path / "again") == seen


def test_a_reading_that_is_too_long_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="0 s and was stopped"):
        read_in_child(SAMPLES / "nmap.xml", None, None, tmp_path / "report", limits=Limits(seconds=0.0))
    assert not (tmp_path / "report").exists()


def test_a_reading_that_takes_too_much_memory_is_stopped(tmp_path: Path) -> None:
    finding = {"severity": "High", "date": "2026-11-18", "description": "x" * 2000}
    findings = [{"title": f"t{n}", "endpoints": [f"10.0.0.{n % 250}"], **finding} for n in range(60_000)]
    large = tmp_path / "large.json"
    large.write_text(json.dumps({"findings": findings}))
    with pytest.raises(ReportError, match=r"MiB|without a result"):
        read_in_child(
            large, Tool.GENERIC, None, tmp_path / "report", limits=Limits(seconds=120, memory_bytes=150 << 20)
        )


@pytest.mark.parametrize(
    "content",
    [
        BILLION_LAUGHS,
        EXTERNAL,
        b'{"findings": ' + b"[" * 100_000,
        b'{"findings": [{"title": "\x00\x1b[31m"',
        b"\xff\xfe<\x00n\x00m\x00a\x00p\x00r\x00u\x00n\x00>\x00",
        (SAMPLES / "nessus.nessus").read_bytes()[:-100],
    ],
    ids=["billion-laughs", "external", "deep", "control", "utf-16", "truncated"],
)
def test_hostile_files_are_refused_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ReportError) as refusal:
        read_in_child(path, None, AT, tmp_path / "report")
    assert refusal.value.text.fr.endswith(".")
    assert "Traceback" not in refusal.value.text.fr
    assert not (tmp_path / "report").exists()
