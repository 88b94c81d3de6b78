"""The table of the life cycle of systems: what a name and a build say, and that the table is sane."""

from __future__ import annotations

from datetime import date

import pytest

from scanners.lifecycle import end_of_support, lifecycle


@pytest.mark.parametrize(
    ("name", "version", "end"),
    [
        ("Windows 10 Professionnel", "10.0 (19045)", date(2025, 10, 14)),
        ("Microsoft Windows 10 Pro", "10.0.19045.3803", date(2025, 10, 14)),
        ("Windows 10 Entreprise LTSC", "10.0 (17763)", date(2029, 1, 9)),
        ("Windows 10 Enterprise", "10.0 (17763)", date(2021, 5, 11)),
        ("Windows 10 Pro", "", date(2025, 10, 14)),
        ("Windows 11 Professionnel", "10.0 (22631)", date(2025, 11, 11)),
        ("Windows 11 Éducation", "10.0 (22631)", date(2026, 11, 10)),
        ("Windows 11 Pro", "10.0 (99999)", None),
        ("WINDOWS  7 Professionnel", "6.1 (7601)", date(2020, 1, 14)),
        ("Windows XP Professional", "5.1 (2600)", date(2014, 4, 8)),
        ("Windows 8.1 Pro", "6.3 (9600)", date(2023, 1, 10)),
        ("Windows Server 2012 R2 Standard", "6.3 (9600)", date(2023, 10, 10)),
        ("Windows Server 2022 Datacenter", "", date(2031, 10, 14)),
        ("Windows Server 2003", "5.2 (3790)", date(2015, 7, 14)),
        ("Windows Server® 2008 Standard", "6.0 (6003)", date(2020, 1, 14)),
        ("Windows 2000 Server", "5.0 (2195)", date(2010, 7, 13)),
        ("Windows 2000 Professional", "5.0 (2195)", date(2010, 7, 13)),
        ("Windows NT", "4.0", date(2004, 12, 31)),
        ("Windows Vista™ Entreprise", "6.0 (6002)", date(2017, 4, 11)),
        ("Samba 4", "", None),
        ("Debian GNU/Linux", "12", None),
        ("", "", None),
    ],
)
def test_end_of_support(name: str, version: str, end: date | None) -> None:
    assert end_of_support(name, version, lifecycle()) == end


def test_the_life_cycle_table_is_sane() -> None:
    rows = lifecycle()
    keys = [(row.product, row.build, row.edition) for row in rows]
    assert len(set(keys)) == len(keys)
    tuesday = 1
    assert {row.end.weekday() for row in rows if "windows nt" not in row.product} == {tuesday}
    assert all(row.source.startswith("https://learn.microsoft.com/lifecycle/") for row in rows)
