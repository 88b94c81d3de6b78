"""A directory judged in a process of its own says what it says in this one, and ends within its bounds."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from scanners.ad.facts import FORMAT, DirectoryFacts
from scanners.ad.level import Treatment
from scanners.archive import ArchiveError, Manifest, read_archive, write_archive
from scanners.collection import Cancelled, Limits
from scanners.errors import CollectError
from scanners.judging import DirectoryJudged, directory_judged, directory_read, heard, judge_in_child, told
from scanners.model import Outcome
from scanners.result import AuditResult, judge
from tests.unit.ad import specimens

MOMENT = "2026-03-01T00:00:00+00:00"
SHEETS = {"ad.kerberoastable": Treatment("ad-comptes-de-service", 3.5)}


def stored(folder: Path, facts: DirectoryFacts) -> Path:
    path = folder / "facts.care"
    write_archive(path, Manifest("ad", FORMAT.schema, "ldaps://dc1", MOMENT, MOMENT, "tests"), facts)
    return path


def here(path: Path) -> DirectoryJudged:
    archive = read_archive(path)
    return directory_judged(directory_read(archive), judge(archive), SHEETS)


@pytest.mark.parametrize("facts", [specimens.BROKEN, specimens.HEALTHY], ids=["broken", "healthy"])
def test_another_process_says_the_same(tmp_path: Path, facts: DirectoryFacts) -> None:
    path = stored(tmp_path, facts)
    said = judge_in_child(path, SHEETS, tmp_path)
    assert said == here(path)
    assert said.result.outcomes


def test_nothing_of_a_result_is_lost_between_two_processes(tmp_path: Path) -> None:
    lines = list(told(here(stored(tmp_path, specimens.BROKEN))))
    head, outcomes = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    assert {name for one in outcomes for name in one} == {field.name for field in fields(Outcome)}
    # `seen` and `declared` are of exposure audits only
    assert {*head["result"], "outcomes", "seen", "declared"} == {field.name for field in fields(AuditResult)}
    assert heard(lines) == here(tmp_path / "facts.care")


def test_what_several_rules_say_alike_is_held_once(tmp_path: Path) -> None:
    back = heard(told(here(stored(tmp_path, specimens.BROKEN))))
    texts = [
        text
        for outcome in back.result.outcomes
        for one in outcome.findings
        for text in (one.subject, one.evidence.get("dn"))
    ]
    shared = [text for text in texts if isinstance(text, str) and texts.count(text) > 1]
    assert shared
    assert len({id(text) for text in shared}) == len(set(shared))


def test_hostile_text_comes_through(tmp_path: Path) -> None:
    lines = list(told(here(stored(tmp_path, specimens.BROKEN))))
    place, line = next((place, line) for place, line in enumerate(lines) if place and json.loads(line)["findings"])
    outcome = json.loads(line)
    evidence = {"path": "\ud800", "count": 2, "share": 0.5, "none": None}
    outcome["findings"][0] = ["HOPITAL\\\ud800\u202e\n\u2028«", evidence]
    lines[place] = json.dumps(outcome)
    assert list(told(heard(lines))) == lines


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    path = tmp_path / "facts.care"
    path.write_bytes(b"no archive")
    with pytest.raises((ArchiveError, CollectError), match="not a readable facts archive"):
        judge_in_child(path, {}, tmp_path)


def test_too_little_memory_is_said(tmp_path: Path) -> None:
    path = stored(tmp_path, specimens.BROKEN)
    with pytest.raises(CollectError, match=r"more memory than is allowed|memory limit"):
        judge_in_child(path, {}, tmp_path, Limits(memory_bytes=128 << 20))


def test_too_long_is_said(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="was stopped; nothing was recorded"):
        judge_in_child(stored(tmp_path, specimens.BROKEN), {}, tmp_path, Limits(seconds=0.0))


def test_a_wish_to_end_ends_it(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        judge_in_child(stored(tmp_path, specimens.BROKEN), {}, tmp_path, cancelled=lambda: True)
