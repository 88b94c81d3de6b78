"""Lists of departures, of security events and of software: three layouts of each, read without a mapping."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scanners.collect import Context
from scanners.exchange import Directory
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile, Table, read_list
from scanners.workstations.collect import Request, collect
from scanners.workstations.facts import Leaver, RemoteTool
from scanners.workstations.leavers import account_name, leavers
from scanners.workstations.security_events import listed_events

SAMPLES = Path(__file__).parent / "people"
NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)


def directory(*enabled: str, closed: tuple[str, ...] = ()) -> Directory:
    return Directory(
        "hopital.test", "HOPITAL", NOW, (), True, frozenset(enabled), None, (), closed_names=frozenset(closed)
    )


def listed(path: Path) -> ListFile:
    kind = ListKind(path.stem.rpartition("_")[0])
    return ListFile(kind, path.name, str(path), brought_on=NOW.date())


def table(path: Path) -> Table:
    found = read_list(listed(path))
    assert found.unread == {}
    return found


def named(kind: str) -> list[Path]:
    found = sorted(SAMPLES.glob(f"{kind}_*.csv"))
    assert len(found) >= 3
    return found


@pytest.mark.parametrize("path", named("leavers"), ids=lambda path: path.stem)
def test_departures(path: Path) -> None:
    found = leavers(table(path), directory("mdupont", "apetit", "autre", closed=("pleroy",)), NOW.date())
    assert (found.gone, found.known) == (2, 2)
    assert found.still == (Leaver("mdupont", date(2026, 2, 28)),)


@pytest.mark.parametrize("path", named("security_events"), ids=lambda path: path.stem)
def test_events_of_a_soc(path: Path) -> None:
    """Friday evening to Monday evening is 23 working hours, Thursday morning to Monday morning 48."""
    found = {one.number: (one.handled, one.hours) for one in listed_events(table(path), NOW, "Europe/Paris")}
    assert found == {"A-1": (True, 23.0), "A-2": (True, 48.0), "A-3": (False, 1.0)}


@pytest.mark.parametrize("path", named("software"), ids=lambda path: path.stem)
def test_software(path: Path) -> None:
    facts = collect(Request(lists=(listed(path),)), Context({}, lambda _share, _text: None, NOW))
    assert facts.background.remote_tools == (RemoteTool("PC-URG-001", "TeamViewer", "15.50.5"),)


@pytest.mark.parametrize("written", ["mdupont", "HOPITAL\\mdupont", "MDupont@hopital.test", " mdupont "])
def test_an_account_is_written_in_several_ways(written: str) -> None:
    assert account_name(written) == "mdupont"


def test_the_last_departure_of_somebody_who_came_back_counts(tmp_path: Path) -> None:
    path = tmp_path / "leavers_x.csv"
    path.write_text("Compte;Date de sortie\nmdupont;01/02/2026\nmdupont;01/07/2026\n", encoding="utf-8")
    assert leavers(table(path), directory("mdupont"), NOW.date()).still == ()


def test_events_older_than_a_year_or_to_come_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "security_events_x.csv"
    path.write_text("ID;Ouvert le;Clos le\nA;08/03/2025 08:00;\nB;10/03/2025 08:00;\n", encoding="utf-8")
    assert [one.number for one in listed_events(table(path), NOW, "Europe/Paris")] == ["B"]


def test_without_a_directory_departures_say_nothing() -> None:
    files = (listed(SAMPLES / "leavers_rh.csv"), listed(SAMPLES / "security_events_soc.csv"))
    facts = collect(Request(lists=files), Context({}, lambda _share, _text: None, NOW))
    assert facts.background.leavers is None
    assert len(facts.background.events or ()) == 3
