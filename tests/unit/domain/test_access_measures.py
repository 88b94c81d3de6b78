from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from care.domain.access_measures import Seen, SeenAccount, contradictions

TODAY = date(2026, 3, 9)
LISTED = SeenAccount(
    "tm_armor", "comptes.csv", TODAY, open=True, last_use=TODAY, sources=("192.0.2.7",), company="Armor"
)
ON_GATEWAY = SeenAccount("tm_armor", "bastion.test", TODAY, gateway=True, open=True, last_use=TODAY)
SAID = {"accounts": ["tm_armor"], "sources": ["192.0.2.0/28"], "technology": "tls_vpn"}


def seen(*found: SeenAccount) -> Seen:
    gateways = tuple({one.place for one in found if one.gateway})
    return Seen({"tm_armor": found} if found else {}, ("comptes.csv",), gateways)


def belied(said: dict[str, Any], what: Seen) -> dict[str, str]:
    keys = {name: name for name in ("tm_armor", *said.get("accounts", ()))}
    found = contradictions(said, keys, what)
    return {name: " ".join(text.fr for text in texts) for name, texts in found.items()}


def test_what_agrees_is_no_contradiction() -> None:
    assert belied(SAID, seen(LISTED)) == {}
    assert belied(SAID, seen(LISTED, ON_GATEWAY)) == {}


def test_where_nobody_looked_nothing_is_belied() -> None:
    said = SAID | {"technology": "modem"}
    assert belied(said, Seen()) == {}
    assert belied({}, seen(LISTED)) == {}


def test_an_account_that_nobody_knows() -> None:
    assert belied(SAID, seen()) == {"accounts": "« tm_armor » n’est pas dans comptes.csv."}


@pytest.mark.parametrize(("state", "closed"), [(False, True), (True, False), (None, False)])
def test_an_account_that_is_closed(state: bool | None, closed: bool) -> None:
    assert ("accounts" in belied(SAID, seen(replace(LISTED, open=state)))) == closed
    assert belied(SAID, seen(replace(LISTED, open=False), ON_GATEWAY)) == {}, "open elsewhere"


@pytest.mark.parametrize(("days", "unused"), [(90, False), (91, True), (None, False)])
def test_an_account_of_no_use(days: int | None, unused: bool) -> None:
    last = None if days is None else TODAY - timedelta(days=days)
    assert ("accounts" in belied(SAID, seen(replace(LISTED, last_use=last)))) == unused
    assert belied(SAID, seen(replace(LISTED, last_use=last), ON_GATEWAY)) == {}, "used elsewhere"


@pytest.mark.parametrize(
    ("said", "came", "outside"),
    [
        (["192.0.2.0/28"], ["192.0.2.15"], False),
        (["192.0.2.0/28"], ["192.0.2.16"], True),
        (["192.0.2.7", "2001:db8::/32"], ["2001:db8::1", "192.0.2.7"], False),
        (["192.0.2.7"], ["console"], False),
        (["dynamique"], ["198.51.100.1"], False),
        (["192.0.2.7", "dynamique"], ["198.51.100.1"], False),
        ([], ["198.51.100.1"], False),
    ],
)
def test_addresses_of_sessions(said: list[str], came: list[str], outside: bool) -> None:
    found = belied(SAID | {"sources": said}, seen(replace(LISTED, sources=tuple(came))))
    assert ("sources" in found) == outside


def test_many_addresses_are_counted() -> None:
    came = tuple(f"198.51.100.{number}" for number in range(5))
    found = belied(SAID, seen(replace(LISTED, sources=came)))
    assert found["sources"].endswith("198.51.100.2 et 2 autres (comptes.csv).")


@pytest.mark.parametrize(
    ("technology", "found", "wrong"),
    [
        ("bastion", (LISTED,), False),  # no bastion was audited
        ("bastion", (LISTED, ON_GATEWAY), False),
        ("bastion", (LISTED, replace(ON_GATEWAY, open=False)), True),
        ("ipsec_vpn", (LISTED, ON_GATEWAY), False),
        ("saas_tool", (LISTED,), True),
        ("modem", (ON_GATEWAY,), True),
        ("direct", (replace(LISTED, open=False),), False),
        ("other", (LISTED,), False),
    ],
)
def test_technologies(technology: str, found: tuple[SeenAccount, ...], wrong: bool) -> None:
    assert ("technology" in belied(SAID | {"technology": technology}, seen(*found))) == wrong
