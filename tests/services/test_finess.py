from __future__ import annotations

import io
import tracemalloc
from datetime import date

import pytest
from sqlalchemy import func, select

from bench.finess_import import number, synthetic
from care.domain.access import Level, Role, Scope
from care.services import finess, registry
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.establishment_moves import close_establishment, reopen_establishment
from care.services.finess import ImportReport, import_extract
from care.services.platform import Platform
from care.store.finess import FinessEntry, FinessImport
from care.store.trail import TrailEvent
from tests.support.people import Hospitals, person

both = pytest.mark.both_databases
FIRST, LATER = "2026-05-12", "2026-07-10"


def run(platform: Platform, scope: Scope, lines: list[str], encoding: str = "utf-8") -> ImportReport:
    return import_extract(platform, scope, "extract.csv", io.BytesIO("".join(lines).encode(encoding)))


def rows(platform: Platform) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(FinessEntry)) or 0


@both
def test_an_extract_is_imported_and_a_newer_one_updates_it(platform: Platform, machine: Scope) -> None:
    lines = list(synthetic(5000))
    report = run(platform, machine, lines)
    assert (report.dated, report.entries, report.added, report.closed) == (date(2026, 5, 12), 5000, 5000, 0)
    assert report.without_region == sum(";9J;" in line for line in lines)
    newer = [
        f"finess;etalab;93;{LATER}\n",
        lines[1].replace("ETABLISSEMENT 0 DE LA COMMUNE", "RENOMMÉ"),
        *lines[2:4991],
    ]
    report = run(platform, machine, newer)
    assert (report.entries, report.added, report.closed) == (4990, 0, 10)
    with platform.database.read() as session:
        entry = session.get(FinessEntry, number("01", 0))
        assert entry is not None
        assert entry.name == "RENOMMÉ n° 0"
        closed = list(session.scalars(select(FinessEntry.closed_on).where(FinessEntry.closed_on.is_not(None))))
    assert closed == [date(2026, 7, 10)] * 10
    assert run(platform, machine, [newer[0], *lines[1:]]).closed == 0  # back again: open again
    with platform.database.read() as session:
        assert session.scalar(select(func.count(FinessEntry.closed_on))) == 0


def test_the_same_file_twice_changes_nothing(platform: Platform, machine: Scope) -> None:
    lines = list(synthetic(300))
    run(platform, machine, lines)
    report = run(platform, machine, lines)
    assert (report.added, report.closed, rows(platform)) == (0, 0, 300)


def test_older_extracts_are_read_as_windows_1252(platform: Platform, machine: Scope) -> None:
    lines = list(synthetic(20))
    lines[3] = lines[3].replace("COMMUNE", "CÔTE ’ €")
    run(platform, machine, lines, "cp1252")
    assert [view.name for view in finess.search_finess(platform, machine, "côte ’ €")] == [
        "ETABLISSEMENT 2 DE LA CÔTE ’ € n° 2"
    ]


def test_a_byte_order_mark_is_forgiven(platform: Platform, machine: Scope) -> None:
    assert run(platform, machine, list(synthetic(3)), "utf-8-sig").entries == 3


@both
@pytest.mark.parametrize(
    ("spoil", "line", "said"),
    [
        (lambda lines: [*lines[:4000], "structureet;x\n", *lines[4000:]], 4001, "31 or 32"),
        (lambda lines: [*lines, lines[7]], 5002, "already higher up"),
        (lambda lines: [*lines[:100], lines[100].replace("PAIX", "PA\0IX"), *lines[101:]], 101, "not text"),
        (lambda lines: lines[:1], 2, "no establishment"),
        (lambda lines: [*lines[:50], lines[50].replace("PAIX", "P" * 70_000), *lines[51:]], 51, "too long"),
    ],
)
def test_a_malformed_file_leaves_the_list_as_it_was(
    platform: Platform, machine: Scope, spoil: object, line: int, said: str
) -> None:
    run(platform, machine, list(synthetic(10)))
    with pytest.raises(Invalid, match=said) as caught:
        run(platform, machine, spoil(list(synthetic(5000, LATER))))  # type: ignore[operator]
    sentence = caught.value.fields["file"]
    assert f"extract.csv, ligne {line} :" in sentence.fr
    assert "Rien n’a été importé" in sentence.fr
    assert rows(platform) == 10
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(FinessImport)) == 1


def test_bytes_of_no_encoding_are_named_by_their_line(platform: Platform, machine: Scope) -> None:
    content = "".join(synthetic(10)).encode().replace(b"ETABLISSEMENT 4", b"ETABLISSEMENT \x81")
    with pytest.raises(Invalid, match="line 6: neither UTF-8"):
        import_extract(platform, machine, "extract.csv", io.BytesIO(content))


def test_an_older_extract_is_refused(platform: Platform, machine: Scope) -> None:
    run(platform, machine, list(synthetic(10, LATER)))
    with pytest.raises(Refused, match="older"):
        run(platform, machine, list(synthetic(10, FIRST)))


def test_a_file_cut_in_two_is_refused_unless_meant(platform: Platform, machine: Scope) -> None:
    lines = list(synthetic(2000))
    run(platform, machine, lines)
    with pytest.raises(Refused, match="probably cut"):
        run(platform, machine, lines[:900])
    assert rows(platform) == 2000
    cut = io.BytesIO("".join(lines[:901]).encode())
    assert import_extract(platform, machine, "e.csv", cut, accept_smaller=True).closed == 1100


def test_memory_stays_flat(platform: Platform, machine: Scope) -> None:
    peaks = []
    for count in (10_000, 30_000):  # both beyond one batch of inserts
        content = io.BytesIO("".join(synthetic(count)).encode())
        tracemalloc.start()
        import_extract(platform, machine, "extract.csv", content)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5
    assert peaks[1] < 20 << 20


def test_only_who_manages_the_whole_registry_imports(platform: Platform, hospitals: Hospitals) -> None:
    for scope in (person(Role.CISO), person(Role.ADMINISTRATOR, Level.REGION, hospitals.region)):
        with pytest.raises(Forbidden):
            run(platform, scope, list(synthetic(3)))
    assert rows(platform) == 0


def test_the_import_is_in_the_trail(platform: Platform, machine: Scope) -> None:
    run(platform, machine, list(synthetic(3)))
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent)).one()
    assert (event.action, event.detail) == ("finess.imported", {"dated": FIRST, "entries": 3, "closed": 0})
    state = finess.finess_state(platform, machine)
    assert state is not None
    assert (state.dated, state.entries) == (date(2026, 5, 12), 3)


@both
def test_the_list_is_searched_by_number_name_and_town(platform: Platform, machine: Scope) -> None:
    assert finess.finess_state(platform, machine) is None
    run(platform, machine, list(synthetic(200)))
    found = finess.search_finess(platform, machine, number("01", 0))
    assert [view.finess for view in found] == [number("01", 0)]
    assert len(finess.search_finess(platform, machine, "établissement 1", limit=500)) == 50
    assert len(finess.search_finess(platform, machine, "bourg-en")) == 20
    assert finess.search_finess(platform, machine, "100%") == ()
    assert finess.search_finess(platform, machine, " ") == ()


@both
def test_an_establishment_is_registered_from_its_line(platform: Platform, machine: Scope) -> None:
    lines = list(synthetic(9))
    run(platform, machine, lines)
    made = finess.register_from_finess(platform, machine, number("01", 0), "CH de Bourg")
    assert (made.legal_entity_name, made.region_name, made.city) == (
        "CH de Bourg",
        "Auvergne-Rhône-Alpes",
        "BOURG-EN-BRESSE CEDEX",
    )
    assert finess.search_finess(platform, machine, made.finess)[0].registered_id == made.id
    with pytest.raises(Invalid, match="already registered"):
        finess.register_from_finess(platform, machine, made.finess)
    with pytest.raises(NotFound):
        finess.register_from_finess(platform, machine, "010000024")
    run(platform, machine, [f"finess;etalab;93;{LATER}\n", *lines[2:]])
    assert registry.find_establishment(platform, machine, made.id).closed_on == date(2026, 7, 10)


def test_a_territory_outside_the_regions_wants_one_chosen(platform: Platform, machine: Scope) -> None:
    lines = list(synthetic(300))
    run(platform, machine, lines)
    outside = next(line for line in lines if ";9J;" in line).split(";")[1]
    with pytest.raises(Invalid) as caught:
        finess.register_from_finess(platform, machine, outside)
    assert set(caught.value.fields) == {"region_id"}
    region = registry.list_regions(platform, machine)[0].id
    assert finess.register_from_finess(platform, machine, outside, region_id=region).region_id == region


@both
def test_a_closing_written_by_a_person_is_left_alone_by_the_list(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    """The list goes on naming an establishment for months after its merger."""
    lines = list(synthetic(9))
    run(platform, machine, lines)
    made = finess.register_from_finess(platform, machine, number("01", 0), "CH de Bourg").id
    today = platform.clock.now().date()
    close_establishment(platform, machine, made, today, hospitals.valley, 0)
    run(platform, machine, [f"finess;etalab;93;{LATER}\n", *lines[1:]])
    assert registry.find_establishment(platform, machine, made).closed_on == today
    reopen_establishment(platform, machine, made, 1)
    run(platform, machine, [f"finess;etalab;93;{LATER}\n", *lines[2:]])
    assert registry.find_establishment(platform, machine, made).closed_on == date(2026, 7, 10)
