"""A mandate refuses, with a sentence, whatever it does not cover."""

from __future__ import annotations

from datetime import UTC, date, datetime
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.exposure.mandate import MandateError, parse_mandate

WRITTEN: dict[str, Any] = {
    "authorised_by": "Claire Durand",
    "role": "Directrice générale",
    "reference": "CONV-2026-17",
    "scope": ["192.0.2.0/24", "2001:db8::/120", "www.hopital.test", "*.ght.test"],
    "excluded": ["192.0.2.17", "dpi.ght.test"],
    "valid_from": date(2026, 1, 1),
    "valid_to": "2026-12-31",
}
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("what", "covered"),
    [
        (ip_address("192.0.2.0"), True),
        (ip_address("192.0.2.255"), True),
        (ip_address("192.0.3.0"), False),
        (ip_address("192.0.2.17"), False),
        (ip_address("::ffff:192.0.2.17"), False),
        (ip_address("::ffff:192.0.2.18"), True),
        (ip_address("2001:db8::ff"), True),
        (ip_address("2001:db8::100"), False),
        ("www.hopital.test", True),
        ("hopital.test", False),
        ("a.ght.test", True),
        ("ght.test", False),
        ("evilght.test", False),
        ("dpi.ght.test", False),
    ],
)
def test_scope(what: Any, covered: bool) -> None:
    assert parse_mandate(WRITTEN).covers(what, NOON) is covered


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2025, 12, 31, 22, 59, tzinfo=UTC), "not valid yet"),
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), ""),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), ""),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "expired on 2026-12-31"),
    ],
)
def test_dates_are_days_of_paris_both_included(now: datetime, words: str) -> None:
    mandate = parse_mandate(WRITTEN)
    if not words:
        mandate.check_time(now)
        return
    with pytest.raises(MandateError, match=words):
        mandate.check_time(now)


@pytest.mark.parametrize(("hour", "open_"), [(17, False), (18, True), (23, True), (3, True), (4, False), (12, False)])
def test_hours_span_midnight(hour: int, open_: bool) -> None:
    mandate = parse_mandate(WRITTEN | {"hours": "20:00-06:00"})
    moment = datetime(2026, 6, 15, hour, 0, tzinfo=UTC)
    assert mandate.allows(moment) is open_
    assert mandate.covers("www.hopital.test", moment) is open_


def test_refusals_name_the_mandate_and_the_target_in_both_languages() -> None:
    with pytest.raises(MandateError) as refusal:
        parse_mandate(WRITTEN).check(ip_address("198.51.100.1"))
    assert "CONV-2026-17" in refusal.value.text.fr
    assert "ne couvre pas 198.51.100.1" in refusal.value.text.fr
    with pytest.raises(MandateError, match=r"excludes 192\.0\.2\.17"):
        parse_mandate(WRITTEN).check(ip_address("192.0.2.17"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"authorised_by": ""}, "authorised_by"),
        ({"role": 3}, "role"),
        ({"reference": "x" * 301}, "reference"),
        ({"scope": []}, "scope"),
        ({"scope": "192.0.2.0/24"}, "scope"),
        ({"scope": ["192.0.2.1/24"]}, "scope"),
        ({"scope": ["-oN"]}, "scope"),
        ({"excluded": ["a b"]}, "excluded"),
        ({"valid_from": "01/01/2026"}, "valid_from"),
        ({"valid_to": None}, "valid_to"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
        ({"hours": "20h-6h"}, "hours"),
        ({"hours": "29:00-06:00"}, "hours"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"scopes": []}, "scopes"),
    ],
)
def test_malformed_mandates_name_their_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(MandateError, match=f"field {field},"):
        parse_mandate(WRITTEN | change)


def test_a_mandate_must_be_a_mapping() -> None:
    with pytest.raises(MandateError):
        parse_mandate(["scope"])


def test_the_mapping_round_trips() -> None:
    mandate = parse_mandate(WRITTEN | {"hours": "20:00-06:00"})
    assert parse_mandate(mandate.to_mapping()) == mandate


@given(st.ip_addresses())
def test_only_the_scope_is_covered(address: Any) -> None:
    inside = address.version == 4 and str(address).startswith("192.0.2.") and str(address) != "192.0.2.17"
    inside = inside or (address.version == 6 and int(address) >> 8 == int(ip_address("2001:db8::")) >> 8)
    assert parse_mandate(WRITTEN).covers(address, NOON) is inside
