"""Pages of the documentation: links lead somewhere, the first screen says what it must, commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from care.adapters.kits import REMEDIATION
from care.cli import COMMANDS
from scanners.catalog import all_rules

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"^(?:\.venv/bin/)?care (?:--\S+ \S+ )?([a-z-]+)", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_pages_that_rules_and_sheets_send_to_exist() -> None:
    texts = [text for rule in all_rules().values() for text in (rule.title, rule.message, rule.remediation)]
    told = [half for text in texts for half in (text.fr, text.en)]
    told += [sheet.read_text("utf-8") for sheet in sorted(REMEDIATION.rglob("*.y*ml"))]
    named = {found for text in told for found in re.findall(r"\bdocs/[\w./-]+\.md\b", text)}
    assert named
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_every_page_is_linked_from_another() -> None:
    linked = {
        (page.parent / target).resolve() for page in PAGES for target in LINK.findall(page.read_text("utf-8"))
    }  # fmt: skip
    orphans = {page.resolve() for page in PAGES} - linked - {ROOT / "README.md", ROOT / "docs" / "worklog.md"}
    assert sorted(str(page.relative_to(ROOT)) for page in orphans) == []


def test_the_two_commands_are_on_the_first_screen() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:20])
    assert "make demo" in first_screen
    assert "make test" in first_screen


def test_commands_shown_exist() -> None:
    shown = {found for page in PAGES for found in COMMAND.findall(page.read_text("utf-8"))}
    assert shown
    assert shown <= set(COMMANDS)


def test_make_targets_shown_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = {found for page in PAGES for found in re.findall(r"(?:`|\n)make ([a-z-]+)", page.read_text("utf-8"))}
    assert {"demo", "test", "check"} <= shown <= targets
