"""Cells of foreign lists: names, words, numbers, dates of every make."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.lists.columns import COLUMN_NAMES, COLUMNS, UNIQUE, required_of
from scanners.lists.dates import DAY_FIRST, MONTH_FIRST, UNREAD, decide, proof_of, read_moment
from scanners.lists.kinds import KIND_NAMES, KINDS_OF, ListKind
from scanners.lists.words import NEVER, NO, UNKNOWN, YES, neutral, number, plain, short_name, truth

PARIS = ZoneInfo("Europe/Paris")


def day(text: str) -> date:
    written = read_moment(text, UTC)
    assert written.day_first >= 0, text
    return datetime.fromtimestamp(written.day_first, UTC).date()


# ---------------------------------------------------------------- columns


@pytest.mark.parametrize("kind", ListKind)
def test_each_header_names_one_column_and_is_written_plainly(kind: ListKind) -> None:
    headers = [header for column in COLUMNS[kind].values() for header in (*column.headers, *column.otherwise)]
    assert len(headers) == len(set(headers))
    assert [header for header in headers if plain(header) != header] == []
    assert required_of(kind)
    assert UNIQUE.get(kind, required_of(kind)[0]) in COLUMNS[kind]


def test_people_have_a_word_for_every_kind_and_column() -> None:
    assert set(KIND_NAMES) == set(ListKind)
    assert {kind for kinds in KINDS_OF.values() for kind in kinds} == set(ListKind)
    assert set(COLUMN_NAMES) == {column for columns in COLUMNS.values() for column in columns}


@pytest.mark.parametrize("kind", ListKind)
def test_words_of_products_are_written_plainly_and_say_one_thing(kind: ListKind) -> None:
    for column in COLUMNS[kind].values():
        assert not set(column.yes) & set(column.no)
        assert [word for word in (*column.yes, *column.no) if plain(word) != word] == []


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("raw", "short"),
    [
        ("pc-urg-0001", "PC-URG-0001"),
        ("PC-URG-0001$", "PC-URG-0001"),
        ("pc-urg-0001.hopital.test", "PC-URG-0001"),
        ("HOPITAL\\pc-urg-0001$", "PC-URG-0001"),
        (" 10.1.2.3 ", "10.1.2.3"),
        ('=HYPERLINK("http://x")', ""),
        ("@sum", ""),
        ("-rf", ""),
        ("poste d’accueil", ""),
        ("x" * 65, ""),
        ("", ""),
    ],
)
def test_names_are_written_one_way(raw: str, short: str) -> None:
    assert short_name(raw) == short


@settings(deadline=None)
@given(st.text(max_size=80))
def test_a_short_name_is_stable_and_printable(raw: str) -> None:
    short = short_name(raw)
    assert short_name(short) == short
    assert short.isascii()


@given(st.text(max_size=80))
def test_no_cell_can_run_in_a_spreadsheet(cell: str) -> None:
    kept = neutral(f"= {cell}")
    assert not kept.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert kept.isprintable()
    assert neutral(kept) == kept


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("Oui", YES),
        ("TRUE", YES),
        ("enable", YES),
        ("Désactivé", NO),
        ("0", NO),
        ("peut-être", UNKNOWN),
        ("FortiToken", YES),
        ("", UNKNOWN),
    ],
)
def test_yes_and_no_in_both_languages_and_in_words_of_products(raw: str, read: int) -> None:
    assert truth(raw, {"fortitoken": YES, "desactive": NO}) == read


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("12345", 12_345),
        ("12 345", 12_345),
        ("12\u202f345\u202f678", 12_345_678),
        ("1,234", 1_234),
        ("12.0", 12),
        ("12 34", NEVER),
        ("-3", NEVER),
        ("9" * 30, NEVER),
        ("3,5", NEVER),
        ("", NEVER),
    ],
)
def test_numbers_with_thousands_apart(raw: str, read: int) -> None:
    assert number(raw) == read


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-09",
        "09/03/2026",
        "9/3/2026",
        "09.03.2026",
        "09-03-2026",
        "2026/03/09 23:59",
        "2026-03-09T07:12:03.123Z",
        "2026-03-09T07:12:03+0000",
        "20260309",
        "20260309071203.0Z",
        "09/03/2026 à 10h30",
        "9 mars 2026",
        "lundi 9 mars 2026 07:12",
        "09-Mar-2026 07:12:03",
        "Mon, 09 Mar 2026 07:12:03 GMT",
        "Mar 9, 2026 7:12:03 AM",
        "Mon Mar  9 07:12:03 2026",
        "46090",
        "46090.3",
        "1773040323",
        "1773040323000",
        "1773040323000000000",
        "134175139230000000",
    ],
)
def test_a_day_is_read_in_every_format(text: str) -> None:
    assert day(text) == date(2026, 3, 9)


@pytest.mark.parametrize(
    "text", ["", "-", "N/A", "never", "Jamais", "0", "1601-01-01", "01/01/1970", "0001-01-01T00:00:00Z", "9999-12-31"]
)
def test_what_stands_for_never_is_understood(text: str) -> None:
    assert read_moment(text, UTC) == (NEVER, NEVER, 0)


@pytest.mark.parametrize(
    "text",
    [
        "hier",
        "31/02/2026",
        "2026-13-01",
        "01/01/1950",
        "2026-03-09 25:00",
        "99999",
        "12",
        "2026-03-09 13:00 PM",
        "1" * 18,
    ],
)
def test_what_is_no_date_is_told(text: str) -> None:
    written = read_moment(text, UTC)
    assert (written.day_first, written.month_first) == (UNREAD, UNREAD)


def test_moments_without_a_zone_are_on_the_wall_clock() -> None:
    noon = int(datetime(2026, 7, 1, 10, 0, tzinfo=UTC).timestamp())
    for text in ("2026-07-01 12:00", "2026-07-01T10:00:00Z", "01/07/2026 12:00:00", "2026-07-01 12:00:00 CEST"):
        assert read_moment(text, PARIS).day_first == noon, text
    assert read_moment("2026-07-01T12:00:00+02:00", UTC).day_first == noon


@given(st.dates(date(1972, 1, 1), date(2199, 12, 31)))
def test_the_three_formats_of_a_day_agree(one: date) -> None:
    french, american = f"{one:%d/%m/%Y}", f"{one:%m/%d/%Y}"
    assert day(one.isoformat()) == one
    assert read_moment(french, UTC).day_first == read_moment(american, UTC).month_first
    proofs = {read_moment(french, UTC).proof, read_moment(american, UTC).proof}
    assert proofs == ({DAY_FIRST, MONTH_FIRST} if one.day > 12 else {0})


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_date_or_is_not(text: str) -> None:
    written = read_moment(text, PARIS)
    assert min(written.day_first, written.month_first) >= UNREAD


def decided(*texts: str, latest: date | None = None) -> tuple[list[str], list[bool], list[bool]]:
    written = [read_moment(text, UTC) for text in texts]
    by_day, by_month, proof = (np.array([one[place] for one in written]) for place in range(3))
    limit = int(datetime(latest.year, latest.month, latest.day, tzinfo=UTC).timestamp()) if latest else None
    parts = (by_day, by_month, proof.astype(np.int8))
    read = decide(*parts, proof_of(*parts, limit))
    days = [str(datetime.fromtimestamp(one, UTC).date()) if one >= 0 else "—" for one in read.seconds.tolist()]
    return days, read.unread.tolist(), read.doubtful.tolist()


def test_a_column_is_month_first_only_when_all_of_it_proves_it() -> None:
    assert decided("03/04/2026", "03/25/2026")[0] == ["2026-03-04", "2026-03-25"]
    assert decided("03/04/2026", "25/03/2026") == (["2026-04-03", "2026-03-25"], [False, False], [False, False])


def test_a_column_of_two_orders_keeps_only_what_is_certain() -> None:
    days, unread, doubtful = decided("03/04/2026", "25/03/2026", "03/25/2026", "05/05/2026", "2026-01-02")
    assert days == ["—", "2026-03-25", "—", "2026-05-05", "2026-01-02"]
    assert (unread, any(doubtful)) == ([True, False, True, False, False], False)


def test_without_a_proof_days_come_first_and_it_is_told() -> None:
    assert decided("03/04/2026", "05/05/2026") == (["2026-04-03", "2026-05-05"], [False, False], [True, False])


def test_what_would_be_after_the_list_proves_the_order() -> None:
    on = date(2026, 3, 6)
    assert decided("05/03/2026", "04/03/2026", latest=on) == (["2026-03-05", "2026-03-04"], [False] * 2, [False] * 2)
    assert decided("3/5/2026", "3/4/2026", latest=on) == (["2026-03-05", "2026-03-04"], [False] * 2, [False] * 2)


def test_no_day_is_of_tomorrow_in_another_zone() -> None:
    late = datetime(2026, 3, 9, 23, 30, tzinfo=PARIS)
    assert day(late.isoformat()) == date(2026, 3, 9)
    assert day((late + timedelta(hours=1)).isoformat()) == date(2026, 3, 9)
