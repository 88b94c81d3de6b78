"""`--list KIND=PATH`: what the command hands to the collection, and how a wrong one is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from care.cli import audit, main
from scanners.lists.kinds import KINDS_OF

REMOTE = ["audit", "remote-access", "--bastion=a@127.0.0.1", "--key=key", "--known-hosts=key"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """The requests that would be collected."""
    requests: list[dict[str, Any]] = []

    def run(_cli: object, scanner: str, request: dict[str, Any], *_rest: object) -> None:
        requests.append({"scanner": scanner, **request})

    monkeypatch.setattr(audit, "_run", run)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").write_text("x")
    return requests


def call(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["--lang", "fr", *words])
    return int(end.value.code or 0)


@pytest.mark.parametrize(("scanner", "words"), [("remote_access", REMOTE), ("workstations", ["audit", "workstations"])])
def test_lists_are_given_by_path(asked: list[dict[str, Any]], tmp_path: Path, scanner: str, words: list[str]) -> None:
    kinds = KINDS_OF[scanner]
    assert call(*words, *(f"--list={kind}=sous/{kind}=1.csv" for kind in kinds)) == 0
    (request,) = asked
    today = datetime.now(UTC).date().isoformat()
    assert request["scanner"] == scanner
    assert request["lists"] == [
        {"kind": kind, "name": f"{kind}=1.csv", "path": str(tmp_path / f"sous/{kind}=1.csv"), "brought_on": today}
        for kind in kinds
    ]


def test_each_backup_console_gives_its_list(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(
        "version: 1\nestablishment: CH\nsystems:\n  - {name: DPI, production: {site: A, medium: san}}\n"
    )
    backup = ["audit", "backup", "--plan=plan.yaml"]
    assert call(*backup, "--list=backup_jobs=veeam.csv", "--list=backup_jobs=pbs.json") == 0
    assert [one["name"] for one in asked[0]["lists"]] == ["veeam.csv", "pbs.json"]
    assert call(*backup, "--list=backup_jobs=veeam.csv", "--list=backup_jobs=./veeam.csv") == 2
    assert call(*backup, "--list=tickets=a.csv", "--list=tickets=b.csv") == 2


@pytest.mark.parametrize(
    "lists", [["accounts"], ["accounts="], ["inventory=x"], ["nothing=x"], ["accounts=x", "accounts=y"]]
)
def test_a_list_of_no_kind_or_twice_is_refused(
    asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str], lists: list[str]
) -> None:
    assert call(*REMOTE, *(f"--list={one}" for one in lists)) == 2
    assert f"--list {lists[-1]} : écrivez SORTE=FICHIER" in capsys.readouterr().err
    assert asked == []
