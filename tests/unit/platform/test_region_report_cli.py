"""`care region report`: files of the nation, a region or an establishment; or one sentence and no file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from care import config
from care.store.registry import Establishment
from care.wiring import build_platform
from tests.support.regional_reports import plant_told
from tests.unit.platform.test_cli import Result, ready, run

__all__ = ["ready", "run"]

Run = Callable[..., Result]


@pytest.fixture
def finess(ready: Run) -> str:
    """A region with figures in that installation; the number of one of its establishments."""
    platform = build_platform(config.from_environment())
    told = plant_told(platform)
    with platform.database.read() as session:
        number = session.scalars(select(Establishment.finess).where(Establishment.id == told.first)).one()
    platform.database.close()
    return number


def written(folder: Path) -> set[str]:
    return {one.suffix for one in folder.iterdir()} if folder.exists() else set()


def test_open_data_of_a_region_is_written_for_the_month_asked_for(ready: Run, finess: str, tmp_path: Path) -> None:
    asked = ("region", "report", "--region", "53", "--public", "--form", "json", "--form", "csv", "--out")
    last, before = tmp_path / "new" / "folder", tmp_path / "before"
    for made in (ready(*asked, str(last)), ready(*asked, str(before), "--month", "2026-01")):
        assert made.code == 0, made.err
    assert {".json", ".csv"} <= written(last)
    (told,), (former,) = (
        [json.loads(one.read_text("utf-8")) for one in each.glob("*.json")] for each in (last, before)
    )
    assert told != former
    assert finess not in json.dumps(told)  # nobody is named in what may be published


def test_reports_of_the_nation_and_of_one_establishment(ready: Run, finess: str, tmp_path: Path) -> None:
    nation, one = tmp_path / "nation", tmp_path / "one"
    assert ready("region", "report", "--public", "--form", "json", "--out", str(nation)).code == 0
    assert written(nation) == {".json"}
    made = ready("region", "report", "--establishment", finess, "--form", "xlsx", "--lang", "en", "--out", str(one))
    assert made.code == 0, made.err
    assert written(one) == {".xlsx"}
    assert str(one) in made.err


def test_what_cannot_be_written_is_one_sentence_and_no_file(ready: Run, finess: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("region", "report", "--out", str(out), "--form", "xlsx")
    for wrong, said in (
        (("--region", "53", "--establishment", finess), "one place only"),
        (("--region", "99"), ""),
        (("--establishment", "000000000"), ""),
        (("--region", "53", "--month", "2019-01"), "No figure is kept for this month"),
        (("--region", "53", "--month", "février"), ""),
        (("--region", "53", "--form", "docx"), ""),
        (("--region", "53", "--form", "json"), "form"),  # open data is the public form only
        (("--region", "94"), "figures"),
    ):
        refused = ready(*asked, *wrong)
        assert refused.code in (2, 3), wrong
        assert said in refused.err
        assert refused.err
    assert written(out) == set()
