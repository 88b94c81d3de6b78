from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.finess import Key, check, luhn
from care.domain.finess_extract import Extract, Malformed
from care.domain.regions import DEPARTMENTS, REGION_OF_DEPARTMENT, REGIONS, region_of_department


@pytest.mark.parametrize("number", ["010000024", "010780054", "970100400", "750712184", "2A0000014", "2b 0000020"])
def test_real_numbers_are_right(number: str) -> None:
    assert check(number).key is Key.RIGHT
    assert check(number).remark is None


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("010000025", Key.WRONG),
        ("2A0000015", Key.DOUBTFUL),
        ("01000002", Key.MALFORMED),
        ("0100000240", Key.MALFORMED),
        ("2C0000014", Key.MALFORMED),
        ("A10000024", Key.MALFORMED),
        ("", Key.MALFORMED),
        ("٠١٠٠٠٠٠٢٤", Key.MALFORMED),
    ],
)
def test_other_numbers_are_told_apart(number: str, key: Key) -> None:
    checked = check(number)
    assert (checked.key, checked.accepted) == (key, key is Key.DOUBTFUL)
    assert checked.remark is not None


@given(st.text("0123456789", min_size=8, max_size=8), st.integers(0, 8), st.integers(1, 9))
def test_the_key_catches_any_single_mistake(start: str, place: int, shift: int) -> None:
    number = next(start + key for key in "0123456789" if luhn(start + key))
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert check(number).key is Key.RIGHT
    assert check(wrong).key is Key.WRONG


def test_every_department_has_its_region() -> None:
    assert len(REGIONS) == len(DEPARTMENTS) == 18
    assert len(REGION_OF_DEPARTMENT) == sum(len(departments) for departments in DEPARTMENTS.values()) == 101
    expected = {
        "9A": "01",
        "9B": "02",
        "9C": "03",
        "9D": "04",
        "9F": "06",
        "9J": None,
        "2A": "94",
        "75": "11",
        "67": "44",
    }
    assert {code: region_of_department(code) for code in expected} == expected


HEADER = "finess;etalab;93;2026-05-12\n"
LINE = (
    'structureet;010000024;010780054;CH;"CENTRE ""LE"" FLEYRIAT; SITE A";;;900;R;DE PARIS;;;053;01;AIN;'
    "01012 BOURG EN BRESSE CEDEX;0474454647;0474454114;355;Centre Hospitalier (C.H.);1102;Centres;26010004500012;8610Z;"
    "03;ARS;1;Public;1979-02-13;1979-02-13;2020-02-04;\n"
)


def read(text: str) -> list[str]:
    return [entry.name for entry in Extract(iter(text.splitlines(keepends=True))).entries()]


def test_a_line_is_read_with_its_quotes() -> None:
    entry = next(Extract([HEADER, LINE]).entries())
    assert entry == (
        *("010000024", "010780054", 'CENTRE "LE" FLEYRIAT; SITE A', "355", "Centre Hospitalier (C.H.)"),
        *("26010004500012", "01", "84", "BOURG EN BRESSE CEDEX", "1979-02-13", "2020-02-04"),
    )


def test_31_fields_and_places_are_accepted() -> None:
    place = "geolocalisation;010000024;870000.0;6571000.0;source;2026-01-01\n"
    assert len(read(HEADER + LINE.removesuffix(";\n") + "\n" + place)) == 1


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "first line"),
        ("nofinesset;rs\n", 1, "first line"),
        ("finess;etalab;93;hier\n", 1, "first line"),
        (HEADER + LINE + "structureet;010000024;x\n", 3, "31 or 32"),
        (HEADER + LINE[:200] + "\n", 2, "31 or 32"),
        (HEADER + LINE.replace("010000024", "01000002"), 2, "FINESS"),
        (HEADER + LINE.replace("26010004500012", "2601"), 2, "SIRET"),
        (HEADER + LINE.replace("2020-02-04", "04/02/2020"), 2, "date"),
        (HEADER + LINE.replace("053;01;AIN", "053;Ain;AIN"), 2, "department"),
        (HEADER + LINE.replace('CH;"CENTRE ""LE"" FLEYRIAT; SITE A"', ";"), 2, "name"),
        (HEADER + LINE + "\n", 3, "structureet"),
        (HEADER + LINE + 'structureet;"010\n', 3, "malformed"),
    ],
)
def test_what_is_malformed_is_named_by_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(Malformed, match=said) as caught:
        read(text)
    assert caught.value.line == line
