"""The directory on the command line: level, blockers, first actions, on stored facts and without a database."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from care.cli import main_group
from care.cli.context import printable
from scanners.ad.control_paths.paths import from_json
from scanners.archive import Manifest, format_of, write_archive
from scanners.model import Gap, Text
from tests.unit.ad.specimens import BROKEN, HEALTHY
from tests.unit.backup.specimens import BROKEN as BACKUP

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


def test_names_of_the_directory_command_no_terminal(run: Run, tmp_path: Path) -> None:
    """An object called with an escape sequence: what a person reads shows it as a dot."""
    path = tmp_path / "x.care"
    at = BROKEN.collected_at.isoformat()
    names = {
        row: tuple(f"{name}\x1b[2J\x9b1m" for name in told)
        for row, told in BROKEN.objects.texts("sAMAccountName").items()
    }
    objects = replace(BROKEN.objects, text_columns={**BROKEN.objects.text_columns, "sAMAccountName": names})
    hostile = replace(BROKEN, objects=objects)
    write_archive(path, Manifest("ad", format_of("ad").schema, "h\x1b[2J", at, at, "tests"), hostile)
    for told in (run("judge", path), run("ad", "paths", path), run("ad", "paths", path, "--from", "\x1b[2Jnobody")):
        assert "·" in told.output
        assert not {"\x1b", "\x9b"} & {*told.output, *told.stderr}


def test_unbreakable_spaces_of_french_stay() -> None:
    assert printable("2\u202f000 comptes\u00a0: \ud800é\t") == "2\u202f000 comptes\u00a0: ·é·"


def test_paths_begin_with_what_to_remove(run: Run, facts: Path) -> None:
    told = run("ad", "paths", facts)
    assert told.exit_code == 0
    said = told.stdout
    assert "comptes non privilégiés sur" in said.splitlines()[0]
    assert said.index("Points de passage") < said.index("Chemins, le plus court")
    assert "agent1 peut répliquer les secrets de DC=hopital,DC=test [DCSync]" in said


def test_the_path_of_one_principal(run: Run, facts: Path) -> None:
    assert "can replicate the secrets of" in run("ad", "paths", facts, "--from", "AGENT1", lang="en").stdout
    document = json.loads(run("ad", "paths", facts, "--from", "HOPITAL\\agent1", "--json", "-").stdout)
    assert [(one["right"], one["target"]) for one in document["steps"]] == [("DCSync", "DC=hopital,DC=test")]
    assert document["privileged"] is False


def test_who_has_no_path_is_told_from_who_needs_none(run: Run, facts: Path, tmp_path: Path) -> None:
    assert "krbtgt fait déjà partie du palier 0" in run("ad", "paths", facts, "--from", "krbtgt").stdout
    at, whole = HEALTHY.collected_at.isoformat(), tmp_path / "sain.care"
    manifest = Manifest("ad", format_of("ad").schema, "hopital.test", at, at, "tests")
    write_archive(whole, manifest, HEALTHY)
    said = run("ad", "paths", whole, "--from", "agent1").stdout
    assert said == "D’après ce qui a été lu, HOPITAL\\agent1 n’a pas de chemin vers le palier 0.\n"
    cut = tmp_path / "coupe.care"
    write_archive(cut, manifest, replace(HEALTHY, gaps=(Gap("schema", Text("Schéma non lu.", "Not read.")),)))
    for told in (run("ad", "paths", cut, "--from", "agent1"), run("ad", "paths", cut)):
        assert told.exit_code == 3
        assert told.stdout == ""
        assert "Schéma non lu." in told.stderr


def test_nobody_of_that_name_and_facts_of_something_else_are_refused(run: Run, facts: Path, tmp_path: Path) -> None:
    assert run("ad", "paths", facts, "--from", "personne").exit_code == 2
    other = tmp_path / "plan.care"
    at = BROKEN.collected_at.isoformat()
    write_archive(other, Manifest("backup", format_of("backup").schema, "plan", at, at, "tests"), BACKUP)
    refused = run("ad", "paths", other)
    assert refused.exit_code == 2
    assert "ne contient pas les faits d’un annuaire" in refused.stderr


def test_all_paths_as_json_are_read_back(run: Run, facts: Path) -> None:
    told = run("ad", "paths", facts, "--json", "-")
    assert from_json(json.loads(told.stdout)).reaching > 50
