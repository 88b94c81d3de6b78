"""The directory on the command line: level, blockers, first actions, on stored facts and without a database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from care.cli import main_group
from scanners.archive import Manifest, format_of, write_archive
from tests.unit.ad.specimens import BROKEN

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("facts") / "annuaire.care"
    at = BROKEN.collected_at.isoformat()
    write_archive(path, Manifest("ad", format_of("ad").schema, "hopital.test", at, at, "tests"), BROKEN)
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object, lang: str = "fr") -> Result:
        return CliRunner().invoke(main_group, ["--lang", lang, *map(str, arguments)])

    return call


def test_a_directory_ends_with_its_level_and_what_to_do_first(run: Run, facts: Path) -> None:
    told = run("judge", facts)
    assert told.exit_code == 1
    said = told.stderr
    assert "estimation, au mieux niveau 1" in said
    assert "vuln_adcs_control · Droits dangereux sur les conteneurs de la PKI (ESC5) (1)" in said
    assert "Pour atteindre au mieux le niveau 2" in said
    after = said[said.index("À faire d’abord") :].splitlines()
    assert sum(line.startswith("1 ") for line in after) == 10
    assert "(ad_delegation)" in said


def test_the_document_holds_the_level_with_its_sheets(run: Run, facts: Path) -> None:
    told = run("judge", facts, "--json", "-", lang="en")
    level = json.loads(told.stdout)["level"]
    assert (level["level"], level["next"]["level"]) == (1, 2)
    assert level["actions"][0]["sheet"].startswith("ad_")
    assert level["actions"][0]["days"] > 0
    assert {one["level"] for one in level["blocking"]} == {1}
