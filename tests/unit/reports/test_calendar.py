"""iCalendar files, read again by the `icalendar` package."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.calendar import Entry, calendar, uid_of
from reports.content_lines import LINE_OCTETS

CHANGED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def entry(title: str = "Changer le mot de passe krbtgt", **more: Any) -> Entry:
    usual: dict[str, Any] = {"uid": uid_of("010000017", "action", 1), "starts": date(2026, 3, 29)}
    return Entry(title=title, changed_at=CHANGED, **(usual | more))


def events(content: bytes) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(content).events)


def only(one: Entry) -> icalendar.Event:
    (found,) = events(calendar("Échéances", [one]))
    return found


def test_a_day_lasts_the_whole_day() -> None:
    found = only(entry())
    assert (found.start, found.end) == (date(2026, 3, 29), date(2026, 3, 30))


def test_an_instant_is_written_in_utc() -> None:
    begins = datetime(2026, 7, 1, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    found = only(entry(starts=begins, ends=begins + timedelta(hours=1)))
    assert (found.start, found.end) == (begins, begins + timedelta(hours=1))
    assert found.start.utcoffset() == timedelta(0)


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        calendar("x", [entry(starts=datetime(2026, 7, 1, 9, 30))])  # noqa: DTZ001 - the fault itself


def test_years_keep_four_digits() -> None:
    assert only(entry(starts=date(26, 3, 1))).start == date(26, 3, 1)


def test_everything_is_read_back() -> None:
    found = only(entry(details="Ligne 1\nLigne 2 ; fin, bien", address="https://care.test/a?b=1", category="Action"))
    assert str(found["SUMMARY"]) == "Changer le mot de passe krbtgt"
    assert str(found["DESCRIPTION"]) == "Ligne 1\nLigne 2 ; fin, bien"
    assert (str(found["URL"]), found["TRANSP"]) == ("https://care.test/a?b=1", "TRANSPARENT")
    assert found["DTSTAMP"].dt == CHANGED


def test_nothing_names_a_person_and_the_same_thing_gives_the_same_bytes() -> None:
    content = calendar("Échéances", [entry()])
    assert not any(word in content for word in (b"ORGANIZER", b"ATTENDEE", b"mailto"))
    assert content == calendar("Échéances", [entry()])
    assert b"@" not in content


def test_an_identifier_is_for_one_thing_for_ever() -> None:
    assert uid_of("010000017", "action", 1) == "833f7cf8-73de-5822-86fe-bc134b418c4b"
    assert len({uid_of("010000017", "action", number) for number in range(100)}) == 100


@pytest.mark.parametrize("hostile", ["a\r\nATTENDEE:mailto:x@y.test", "a\u2028BEGIN:VALARM", "\x00\x1b[31m", "\ud800"])
def test_a_text_cannot_become_a_property(hostile: str) -> None:
    content = calendar(hostile, [entry(title=hostile, details=hostile, address=f"https://x.test/{hostile}")])
    (found,) = events(content)
    assert set(found) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "URL", "TRANSP"}
    assert not found.subcomponents
    assert not {byte for byte in content if byte < 32} - set(b"\r\n")


PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")))


@given(PRINTABLE, st.lists(PRINTABLE, max_size=3))
def test_any_text_comes_back_in_lines_of_seventy_five_octets(title: str, details: list[str]) -> None:
    content = calendar(title, [entry(title=title, details="\n".join(details))])
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= LINE_OCTETS
    assert all(line.decode() is not None for line in lines)  # no line ends inside a character
    (found,) = events(content)
    assert str(found["SUMMARY"]) == title
    assert str(found.get("DESCRIPTION", "")) == "\n".join(details)
