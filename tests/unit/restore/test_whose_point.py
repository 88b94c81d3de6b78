"""A drill tries the points of the system it names, or is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scanners.backup.collect_repository import Opened, UnreadableError
from scanners.backup.facts import Snapshot
from scanners.backup.plan import parse_plan
from scanners.errors import CollectError
from scanners.restore.collect import Request, _asked
from scanners.restore.collect_drill import choose
from scanners.restore.facts import Asked

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)


def system(name: str, *copies: tuple[str, str]) -> dict[str, Any]:
    told = [
        {"name": f"c{rank}", "medium": "disk", "site": "B", "repository": repository, "host": host}
        for rank, (repository, host) in enumerate(copies)
    ]
    return {"name": name, "production": {"site": "A", "medium": "san"}, "copies": told}


def asked(*systems: dict[str, Any], host: str = "") -> Asked:
    names = ("depot", "autre")
    plan = {
        "version": 1,
        "establishment": "Essai",
        "systems": list(systems),
        "repositories": [{"name": name, "tool": "restic", "location": f"/srv/{name}"} for name in names],
    }
    return _asked(Request("depot", plan, system="DPI", host=host), parse_plan(plan, "plan"))


@pytest.mark.parametrize(
    ("systems", "host", "kept"),
    [
        ([system("DPI", ("depot", ""))], "", ""),
        ([system("DPI", ("depot", ""))], "srv-x", "srv-x"),
        ([system("DPI", ("autre", "srv-a"), ("depot", "srv-dpi"))], "", "srv-dpi"),
        ([system("DPI", ("depot", "srv-dpi"))], "SRV-DPI", "SRV-DPI"),
        ([system("DPI", ("depot", "srv-dpi")), system("PACS", ("depot", "srv-pacs"))], "", "srv-dpi"),
        ([system("DPI", ("depot", "")), system("PACS", ("autre", ""))], "", ""),
    ],
)
def test_the_machine_of_the_system_is_kept(systems: list[dict[str, Any]], host: str, kept: str) -> None:
    assert asked(*systems, host=host).host == kept


@pytest.mark.parametrize(
    ("systems", "host", "said"),
    [
        ([system("DPI")], "", "aucune copie"),
        ([system("DPI", ("autre", ""))], "", "aucune copie"),
        ([system("DPI", ("depot", "")), system("PACS", ("depot", "srv-pacs"))], "", "plusieurs systèmes"),
        ([system("DPI", ("depot", "srv-dpi"))], "srv-pacs", "pas celle du système"),
    ],
)
def test_files_of_another_system_are_no_test_of_this_one(systems: list[dict[str, Any]], host: str, said: str) -> None:
    with pytest.raises(CollectError) as refused:
        asked(*systems, host=host)
    assert said in refused.value.text.fr


def test_points_of_a_folder_that_tell_no_machine_count() -> None:
    opened = Opened("", "", (Snapshot("dpi.sql", NOW, ""),), None)
    choice = choose(opened, Asked("depot", "postgresql", "sample", host="srv-dpi"), NOW)
    assert choice is not None
    assert (choice.points, choice.others) == (1, 0)
    other = Opened("", "", (Snapshot("d496", NOW, "srv-pacs"),), None)
    assert choose(other, Asked("depot", "restic", "sample", host="srv-dpi"), NOW) is None


def test_the_newest_point_of_several_machines_is_no_test_of_a_system() -> None:
    points = (Snapshot("a", NOW - timedelta(hours=1), "srv-dpi"), Snapshot("b", NOW, "srv-pacs"))
    opened, asked_for = Opened("", "", points, None), Asked("depot", "restic", "sample", system="DPI")
    with pytest.raises(UnreadableError, match=r"srv-dpi, srv-pacs.*fill “host”"):
        choose(opened, asked_for, NOW)
    for told, point in (({"host": "SRV-DPI"}, "a"), ({"snapshot": "a"}, "a"), ({"system": ""}, "b")):
        choice = choose(opened, replace(asked_for, **told), NOW)
        assert choice is not None
        assert choice.point.id == point
    alone = Opened("", "", (points[0], replace(points[0], id="c", host="SRV-DPI", time=NOW)), None)
    assert choose(alone, asked_for, NOW) is not None, "one machine, written in two cases"
