"""Lists of accounts, sessions and tickets: what products export, what rules compute of it, at their boundaries."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanners.errors import CollectError
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile
from scanners.model import Outcome, Status
from scanners.remote_access import read_listed
from scanners.remote_access.judgement import Stay, stays_together
from scanners.remote_access.listed import LIST_SECTIONS, Listed, RemoteList
from scanners.remote_access.read_listed import ReadListed, without_port
from scanners.remote_access.suppliers import account_key, known_suppliers
from tests.lab import remote_lists
from tests.unit.remote_access.listed_specimens import (
    AT_FAULT_SUBJECTS,
    CLOSED,
    IN_ORDER,
    LISTED_ACCOUNT,
    LISTS,
    NOW,
    PATCH,
    SESSION,
    TICKET,
    TODAY,
    day,
)
from tests.unit.remote_access.specimens import ACCESS, HEALTHY
from tests.unit.remote_access.test_rules import RULES, outcome

SAMPLES = Path(__file__).parent / "listed"
REGISTER = HEALTHY.register
assert REGISTER is not None


def status(name: str, listed: Listed, **changes: Any) -> Status:
    return outcome(name, replace(HEALTHY, listed=listed, **changes)).status


def with_account(**changes: Any) -> Listed:
    return replace(IN_ORDER, accounts=(replace(LISTED_ACCOUNT, **changes),))


def with_session(**changes: Any) -> Listed:
    return replace(IN_ORDER, sessions=(replace(SESSION, **changes),))


def with_ticket(**changes: Any) -> Listed:
    return replace(IN_ORDER, tickets=(replace(TICKET, **changes), CLOSED))


# ---------------------------------------------------------------- samples of products


def file(kind: ListKind, name: str, **more: Any) -> ListFile:
    return ListFile(kind, name, str(SAMPLES / name), brought_on=date(2026, 4, 15), **more)


def read(*files: ListFile, register: Any = None) -> ReadListed:
    return read_listed.read_listed(files, register, NOW)


@pytest.mark.parametrize(
    ("name", "accounts"),
    [
        ("fortigate_comptes.csv", ["tm_imagerie", "tm_pharma", "tm_ancien"]),
        ("stormshield_comptes.csv", ["tm_imagerie", "tm_labo"]),
        ("pfsense_comptes.csv", ["tm_imagerie", "tm_gtb"]),
        ("paloalto_comptes.csv", ["tm_imagerie", "tm_labo"]),
    ],
)
def test_accounts_of_four_products(name: str, accounts: list[str]) -> None:
    found = read(file(ListKind.ACCOUNTS, name))
    assert found.gaps == ()
    assert [account.account for account in found.listed.accounts] == accounts
    first = found.listed.accounts[0]
    assert (first.enabled, first.second_factor) == (True, True)


def test_what_a_list_of_accounts_says_is_understood() -> None:
    _one, pharma, old = read(file(ListKind.ACCOUNTS, "fortigate_comptes.csv")).listed.accounts
    assert (pharma.company, pharma.second_factor, pharma.last_login) == ("PharmaSoft", False, date(2026, 4, 14))
    assert (old.enabled, old.expires, old.last_login) == (False, date(2023, 12, 31), None)
    labo = read(file(ListKind.ACCOUNTS, "stormshield_comptes.csv")).listed.accounts[1]
    assert labo.sources == ("198.51.100.0/28", "203.0.113.9")


@pytest.mark.parametrize(
    ("name", "sessions"),
    [
        ("fortigate_sessions.csv", [("tm_imagerie", "2026-04-10T07:02:11", "192.0.2.10")]),
        ("openvpn_sessions.csv", [("tm_imagerie", "2026-04-10T07:02:11", "192.0.2.10")]),
        ("stormshield_sessions.csv", [("tm_imagerie", "2026-04-10T07:02:11", "192.0.2.10")]),
        ("paloalto_sessions.csv", [("HOPITAL\\tm_imagerie", "2026-04-10T07:02:11", "192.0.2.10")]),
    ],
)
def test_sessions_of_four_products_are_those_of_suppliers(name: str, sessions: list[tuple[str, str, str]]) -> None:
    found = read(file(ListKind.SESSIONS, name), register=REGISTER)
    (gap,) = found.gaps
    assert (gap.section, gap.truncated) == ("sessions", True)
    assert "rien ne dit si 1 compte(s), dont " in gap.reason.fr
    assert "leurs 1 session(s) ne sont pas jugées" in gap.reason.fr
    said = [(one.account, one.start.strftime("%Y-%m-%dT%H:%M:%S"), one.source) for one in found.listed.sessions]
    assert said == sessions
    (known,) = found.listed.lists
    assert (known.lines, known.kept) == (2, 1)


@pytest.mark.parametrize("name", ["glpi_tickets.csv", "easyvista_tickets.csv", "itop_tickets.csv"])
def test_tickets_of_three_products(name: str) -> None:
    found = read(file(ListKind.TICKETS, name))
    assert found.gaps == ()
    first, second = found.listed.tickets
    assert (first.supplier, first.accounts) == ("Medimage", ("tm_imagerie",))
    assert first.opened == datetime(2026, 4, 9, 6, 30, tzinfo=UTC)
    assert first.window_start == datetime(2026, 4, 10, 6, 0, tzinfo=UTC)
    assert first.window_end == datetime(2026, 4, 10, 10, 0, tzinfo=UTC)
    assert (first.closed, first.report) == (datetime(2026, 4, 10, 15, 0, tzinfo=UTC), date(2026, 4, 11))
    assert (second.closed, second.report) == (None, None)


@pytest.mark.parametrize("name", ["registre_correctifs.csv", "editeur_correctifs.csv", "tableur_correctifs.csv"])
def test_registers_of_patches(name: str) -> None:
    found = read(file(ListKind.SUPPLIER_PATCHES, name))
    assert found.gaps == ()
    first, second = found.listed.patches
    assert (first.flaw, first.supplier, first.equipment, first.score) == ("CVE-2026-0001", "Medimage", "IRM 2", 9.8)
    assert (first.published, first.delivered) == (date(2026, 3, 2), date(2026, 4, 1))
    assert (second.score, second.delivered) == (7.5, None)


@pytest.mark.parametrize(
    ("score", "days", "given", "expected"),
    [
        (10.0, 31, True, Status.PASSED),
        (9.0, 32, True, Status.FAILED),
        (9.0, 31, False, Status.PASSED),
        (9.0, 32, False, Status.FAILED),
        (8.9, 92, True, Status.PASSED),
        (8.9, 93, True, Status.FAILED),
        (7.0, 93, False, Status.FAILED),
        (6.9, 900, False, Status.PASSED),
        (None, 5, True, Status.NOT_ASSESSABLE),
    ],
)
def test_patches_come_according_to_their_score(score: float | None, days: int, given: bool, expected: Status) -> None:
    published = TODAY - timedelta(days=days)
    patch = replace(PATCH, score=score, published=published, delivered=TODAY if given else None)
    assert status("supplier_patches_late", replace(IN_ORDER, patches=(patch,))) is expected


@pytest.mark.parametrize(
    ("written", "score"),
    [("9,8", 9.8), (" 10 ", 10.0), ("10.0", 10.0), ("7", 7.0), ("10.1", None), ("Critique", None), ("", None)],
)
def test_scores_are_read(written: str, score: float | None) -> None:
    assert read_listed.score(written) == score


def test_a_day_without_an_hour_ends_at_its_last_second(tmp_path: Path) -> None:
    (tmp_path / "t").write_text(
        "Ticket;Compte;Ouvert le;Clos le;Fin prévue\n1;a;01/07/2026;31/07/2026;15/07/2026 12:00\n"
    )
    (ticket,) = read(ListFile(ListKind.TICKETS, "t", str(tmp_path / "t"))).listed.tickets
    assert ticket.opened == datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
    assert ticket.closed == datetime(2026, 7, 31, 21, 59, 59, tzinfo=UTC)
    assert ticket.window_end == datetime(2026, 7, 15, 10, 0, tzinfo=UTC)


def test_one_refused_list_refuses_the_review(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("a;b\n1;2\n")
    with pytest.raises(CollectError, match="bad"):
        read(file(ListKind.ACCOUNTS, "fortigate_comptes.csv"), ListFile(ListKind.TICKETS, "bad", str(tmp_path / "bad")))


def test_gaps_of_lists_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "s").write_text("Login;Start time\ntm_a;2026-01-02 10:00\ntm_b;hier\ntm_c;2026-01-03 10:00\n")
    monkeypatch.setattr(read_listed, "MAX_KEPT", 1)
    found = read(ListFile(ListKind.SESSIONS, "s.csv", str(tmp_path / "s"), brought_on=TODAY - timedelta(days=91)))
    assert [one.account for one in found.listed.sessions] == ["tm_c"]
    assert [(gap.section, gap.truncated) for gap in found.gaps] == [("sessions", True)] * 3
    said = " ".join(gap.reason.fr for gap in found.gaps)
    assert "ligne 3 : 1 valeur(s) de la colonne « début »" in said
    assert "plus de 90 jours" in said
    assert "1 lignes seulement ont été gardées" in said


@pytest.mark.parametrize(
    ("source", "address"),
    [("203.0.113.7:51234", "203.0.113.7"), ("[2001:db8::1]:443", "2001:db8::1"), ("2001:db8::1", "2001:db8::1")],
)
def test_a_port_is_no_part_of_an_address(source: str, address: str) -> None:
    assert without_port(source) == address


def test_who_is_a_supplier() -> None:
    staff = replace(LISTED_ACCOUNT, account="dr.lefevre", company="")
    grouped = replace(staff, account="x", group="GRP-Prestataires-IRM")
    known = known_suppliers((LISTED_ACCOUNT, staff, grouped), REGISTER)
    assert [known.includes(name) for name in ("tm_imagerie", "dr.lefevre", "x")] == [True, False, True]
    assert known_suppliers((staff,), None).includes("dr.lefevre")
    named = known_suppliers((staff,), REGISTER)
    assert (named.includes("dr.lefevre"), named.unknown("dr.lefevre")) == (False, True)


@pytest.mark.parametrize(
    ("group", "supplier"),
    [
        ("VPN-Métiers", False),
        ("Quartiers_Nord", False),
        ("VPN-Tiers", True),
        ("VPNTiers", True),
        ("GRP_TIERS_IRM", True),
        ("Télémaintenance", True),
        ("VPNPrestataires", True),
    ],
)
def test_groups_of_suppliers(group: str, supplier: bool) -> None:
    member = replace(LISTED_ACCOUNT, account="x", company="", group=group)
    assert known_suppliers((LISTED_ACCOUNT, member), None).includes("x") is supplier


@pytest.mark.parametrize(
    ("of_supplier", "of_other", "unknown"),
    [
        ("VPN-Prestataires", "VPN-Medecins", False),
        ("VPN-Prestataires", "", True),
        ("VPN", "vpn", True),
        ("", "VPN-Medecins", True),
    ],
)
def test_a_group_tells_the_staff_beside_those_of_suppliers(of_supplier: str, of_other: str, unknown: bool) -> None:
    supplier = replace(LISTED_ACCOUNT, company="", group=of_supplier)
    other = replace(LISTED_ACCOUNT, account="intrus", company="", group=of_other)
    known = known_suppliers((supplier, other), REGISTER)
    assert (known.includes("tm_imagerie"), known.includes("intrus")) == (True, False)
    assert known.unknown("intrus") is unknown


@pytest.mark.parametrize(
    "name", ["tm_imagerie", "HOPITAL\\TM_Imagerie", "tm_imagerie@hopital.test", "H\\tm_imagerie@x"]
)
def test_an_account_is_the_same_whatever_its_domain(name: str) -> None:
    assert account_key(name) == "tm_imagerie"
    assert account_key("@realm") == "@realm"


def test_the_lab_tells_its_staff_from_its_suppliers(tmp_path: Path) -> None:
    files = [ListFile(ListKind(kind), kind, path) for kind, path in remote_lists.write(tmp_path).items()]
    found = read_listed.read_listed(files, None, datetime.now(UTC))
    assert [gap.section for gap in found.gaps if gap.section == "sessions"] == []
    assert [one.account for one in found.listed.sessions if "lefevre" in one.account] == []


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize(
    "name",
    [
        "listed_expired",
        "listed_open_without_ticket",
        "listed_single_factor",
        "listed_to_close",
        "listed_unregistered",
        "listed_unused",
    ],
)
def test_an_account_that_may_be_a_suppliers_is_never_silent(name: str) -> None:
    intruder = replace(LISTED_ACCOUNT, line=3, account="intrus", company="")
    listed = replace(IN_ORDER, accounts=(LISTED_ACCOUNT, intruder))
    assert status(name, IN_ORDER) is Status.PASSED
    result = outcome(name, replace(HEALTHY, listed=listed))
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None
    assert "Rien ne dit si 1 compte(s), dont vpn/intrus," in result.reason.fr
    disabled = replace(listed, accounts=(LISTED_ACCOUNT, replace(intruder, enabled=False)))
    assert status(name, disabled) is Status.PASSED


@pytest.mark.parametrize("name", ["session_outside_window", "session_unexpected_source", "session_without_ticket"])
def test_sessions_of_an_account_nobody_told_of_are_never_silent(name: str) -> None:
    found = read(file(ListKind.SESSIONS, "fortigate_sessions.csv"), register=REGISTER)
    assert status(name, IN_ORDER) is Status.PASSED
    result = outcome(name, replace(HEALTHY, gaps=found.gaps))
    assert result.status is Status.NOT_ASSESSABLE


def test_what_is_found_stays_beside_an_account_nobody_told_of() -> None:
    accounts = (replace(LISTED_ACCOUNT, second_factor=False), replace(LISTED_ACCOUNT, account="intrus", company=""))
    result = outcome("listed_single_factor", replace(HEALTHY, listed=replace(IN_ORDER, accounts=accounts)))
    assert [finding.subject for finding in result.findings] == ["vpn/tm_imagerie"]
    assert (result.partial, result.unjudged) == (True, ("vpn/intrus",))


@pytest.mark.parametrize("name", sorted(AT_FAULT_SUBJECTS))
def test_without_lists_their_rules_cannot_tell(name: str) -> None:
    result = outcome(name, replace(HEALTHY, listed=Listed()))
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None
    assert "--list" in result.reason.fr


@pytest.mark.parametrize(
    ("name", "section", "column"),
    [
        ("listed_single_factor", "listed_accounts", "second_factor"),
        ("listed_expired", "listed_accounts", "expires"),
        ("listed_unused", "listed_accounts", "last_login"),
        ("session_unexpected_source", "sessions", "source"),
        ("intervention_without_report", "tickets", "report"),
    ],
)
def test_a_list_without_the_column_is_not_assessable(name: str, section: str, column: str) -> None:
    lists = tuple(replace(one, columns=tuple(set(one.columns) - {column})) for one in LISTS if one.section == section)
    others = tuple(one for one in LISTS if one.section != section)
    assert status(name, replace(IN_ORDER, lists=(*lists, *others))) is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(("days", "failed"), [(90, False), (91, True)])
def test_unused_for_ninety_days(days: int, failed: bool) -> None:
    past = TODAY - timedelta(days=days)
    for listed in (with_account(last_login=past), with_account(last_login=None, created=past)):
        assert (status("listed_unused", listed) is Status.FAILED) == failed
        brought = replace(LISTS[0], brought_on=TODAY - timedelta(days=2))
        assert status("listed_unused", replace(listed, lists=(brought,))) is Status.PASSED


def test_an_account_that_never_served_without_a_day_of_creation_leaves_a_doubt() -> None:
    result = outcome("listed_unused", replace(HEALTHY, listed=with_account(last_login=None, created=None)))
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None
    assert "1 compte(s), dont vpn/tm_imagerie, n’ont ni dernière connexion" in result.reason.fr


def test_an_account_past_its_end_that_may_be_enabled_leaves_a_doubt() -> None:
    for days, found in ((0, Status.PASSED), (1, Status.NOT_ASSESSABLE)):
        listed = with_account(expires=TODAY - timedelta(days=days), enabled=None)
        assert status("listed_expired", listed) is found


@pytest.mark.parametrize(("days", "failed"), [(0, False), (-1, True)])
def test_an_account_ends_after_its_day(days: int, failed: bool) -> None:
    listed = with_account(expires=TODAY + timedelta(days=days))
    assert (status("listed_expired", listed) is Status.FAILED) == failed
    assert status("listed_expired", with_account(expires=TODAY - timedelta(days=1), enabled=False)) is Status.PASSED


@pytest.mark.parametrize(("days", "failed"), [(15, False), (16, True)])
def test_fifteen_days_for_a_report(days: int, failed: bool) -> None:
    listed = replace(IN_ORDER, tickets=(replace(CLOSED, closed=day(-days), report=None),))
    assert (status("intervention_without_report", listed) is Status.FAILED) == failed


@pytest.mark.parametrize(("minutes", "failed"), [(30, False), (31, True)])
def test_half_an_hour_of_grace_around_a_window(minutes: int, failed: bool) -> None:
    window = {"window_start": day(-5, 9), "window_end": day(-5, 12)}
    early = replace(with_ticket(**window), sessions=(replace(SESSION, start=day(-5, 9) - timedelta(minutes=minutes)),))
    late = replace(with_ticket(**window), sessions=(replace(SESSION, end=day(-5, 12) + timedelta(minutes=minutes)),))
    for listed in (early, late):
        assert (status("session_outside_window", listed) is Status.FAILED) == failed


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, Status.PASSED),
        ({"opened": day(-5, 9, 1), "window_start": None}, Status.FAILED),
        ({"closed": day(-5, 8, 59)}, Status.FAILED),
        ({"closed": day(-5, 9)}, Status.PASSED),
        ({"accounts": (), "supplier": "MEDIMAGE"}, Status.PASSED),
        ({"accounts": (), "supplier": "LaboTech"}, Status.FAILED),
        ({"accounts": ("tm_labo",)}, Status.FAILED),
    ],
)
def test_a_session_needs_a_ticket_announced_before_it(changes: dict[str, Any], found: Status) -> None:
    listed = replace(IN_ORDER, tickets=(replace(TICKET, **changes), replace(CLOSED, accounts=("autre",))))
    assert status("session_without_ticket", listed) is found


@pytest.mark.parametrize("start", [day(-41), day(1)])
def test_sessions_that_tickets_do_not_speak_of_leave_a_doubt(start: datetime) -> None:
    result = outcome("session_without_ticket", replace(HEALTHY, listed=with_session(start=start, end=None)))
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None
    assert "1 session(s) ont eu lieu avant le premier ticket" in result.reason.fr


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, Status.PASSED),
        ({"window_end": day(-1, 18)}, Status.FAILED),
        ({"closed": day(-1)}, Status.FAILED),
        ({"opened": day(1), "window_start": None}, Status.FAILED),
    ],
)
def test_an_account_is_open_for_an_intervention_only(changes: dict[str, Any], found: Status) -> None:
    assert status("listed_open_without_ticket", with_ticket(**changes)) is found


def test_disabled_and_ended_accounts_are_not_open() -> None:
    none = replace(IN_ORDER, tickets=(CLOSED,))
    assert status("listed_open_without_ticket", none) is Status.FAILED
    for change in ({"enabled": False}, {"expires": TODAY - timedelta(days=1)}):
        closed = replace(none, accounts=(replace(LISTED_ACCOUNT, **change),))
        assert status("listed_open_without_ticket", closed) is Status.PASSED


def test_an_account_without_a_word_on_its_second_factor_leaves_a_doubt() -> None:
    result: Outcome = outcome("listed_single_factor", replace(HEALTHY, listed=with_account(second_factor=None)))
    assert result.status is Status.NOT_ASSESSABLE


@pytest.mark.parametrize(
    ("allowed", "source", "found"),
    [
        (("192.0.2.0/24",), "192.0.2.255", Status.PASSED),
        (("192.0.2.0/24",), "192.0.3.0", Status.FAILED),
        (("192.0.2.0/24",), "inconnue", Status.NOT_ASSESSABLE),
        (("Siège",), "192.0.2.1", Status.NOT_ASSESSABLE),
        ((), "192.0.2.1", Status.NOT_ASSESSABLE),
        (("0.0.0.0/0",), "192.0.2.1", Status.NOT_ASSESSABLE),
        (("::/0",), "2001:db8::1", Status.NOT_ASSESSABLE),
        (("::/0",), "192.0.2.1", Status.FAILED),
        (("192.0.0.0/16",), "192.0.2.1", Status.PASSED),
        (("192.0.0.0/15",), "192.0.2.1", Status.NOT_ASSESSABLE),
        (("192.0.0.0/15",), "203.0.113.9", Status.FAILED),
        (("192.0.2.0/24", "0.0.0.0/0"), "192.0.2.1", Status.PASSED),
        (("192.0.2.0/24", "0.0.0.0/0"), "203.0.113.9", Status.NOT_ASSESSABLE),
    ],
)
def test_addresses_are_compared_with_those_expected(allowed: tuple[str, ...], source: str, found: Status) -> None:
    listed = replace(with_account(sources=allowed), sessions=(replace(SESSION, source=source),))
    bare = replace(REGISTER, rows=(replace(ACCESS, sources=()),))
    assert status("session_unexpected_source", listed, register=bare) is found


def test_the_register_gives_addresses_too() -> None:
    register = replace(REGISTER, rows=(replace(ACCESS, sources=("198.51.100.0/24",)),))
    listed = with_account(sources=())
    assert status("session_unexpected_source", listed, register=register) is Status.FAILED


def test_sessions_of_accounts_without_an_expected_address_leave_a_doubt() -> None:
    sessions = (SESSION, replace(SESSION, line=3, account="tm_labo"))
    result = outcome("session_unexpected_source", replace(HEALTHY, listed=replace(IN_ORDER, sessions=sessions)))
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is not None
    assert "1 compte(s) qui ont ouvert des sessions, dont vpn/tm_labo, n’ont pas d’adresse" in result.reason.fr


def test_an_account_shared_by_the_register_and_the_tickets() -> None:
    assert status("listed_shared", with_ticket(supplier="LaboTech")) is Status.FAILED
    assert status("listed_shared", with_ticket(supplier="MEDIMAGE ")) is Status.PASSED
    nobody = replace(with_account(company=""), tickets=())
    assert status("listed_shared", nobody, register=None) is Status.NOT_ASSESSABLE


def test_what_the_register_alone_says_is_told_there_alone() -> None:
    """Two companies for one account: the register’s own rule says so; a list that names a third says more."""
    rows = (ACCESS, replace(ACCESS, line=3, supplier="LaboTech", equipment="Automate"))
    twice, bare = replace(REGISTER, rows=rows), replace(with_account(company=""), tickets=())
    assert status("listed_shared", bare, register=twice) is Status.PASSED
    assert status("register_shared_account", bare, register=twice) is Status.FAILED
    assert status("listed_shared", replace(with_account(company="Autre"), tickets=()), register=twice) is Status.FAILED


@pytest.mark.parametrize(
    ("source", "start", "minutes", "failed"),
    [
        ("203.0.113.9", day(-5, 9, 54), 30, True),  # six minutes together
        ("203.0.113.9", day(-5, 9, 55), 30, False),  # five: a change of network
        ("192.0.2.10", day(-5, 9, 30), 30, False),  # one address
        ("", day(-5, 9, 30), 30, False),
        ("203.0.113.9", day(-5, 9, 30), None, False),  # nobody knows how long it lasted
    ],
)
def test_two_places_at_once(source: str, start: datetime, minutes: int | None, failed: bool) -> None:
    end = None if minutes is None else start + timedelta(minutes=minutes)
    sessions = (SESSION, replace(SESSION, line=3, account="tm_imagerie", start=start, end=end, source=source))
    assert (status("session_two_places", replace(IN_ORDER, sessions=sessions)) is Status.FAILED) == failed


@pytest.mark.parametrize(
    ("changes", "status_of_all"),
    [
        ({"source": ""}, Status.NOT_ASSESSABLE),  # together for half an hour, from nobody knows where
        ({"end": None}, Status.NOT_ASSESSABLE),  # begun while the other went on, from elsewhere
        ({"end": None, "source": "192.0.2.10"}, Status.PASSED),  # from the same address
        ({"source": "", "start": day(-9, 9), "end": day(-9, 10)}, Status.PASSED),  # another day
        ({"end": None, "start": day(-1, 9)}, Status.PASSED),  # after the other had ended
        ({"end": None, "start": day(-9, 9)}, Status.NOT_ASSESSABLE),  # before, and it may have gone on
    ],
)
def test_a_session_that_lacks_its_end_or_address_is_a_doubt_where_it_matters(
    changes: dict[str, Any], status_of_all: Status
) -> None:
    start = day(-5, 9, 30)
    other = replace(
        SESSION, line=3, account="tm_imagerie", start=start, end=start + timedelta(minutes=30), source="203.0.113.9"
    )
    facts = replace(HEALTHY, listed=replace(IN_ORDER, sessions=(SESSION, replace(other, **changes))))
    result = outcome("session_two_places", facts)
    assert result.status is status_of_all
    if status_of_all is Status.NOT_ASSESSABLE:
        assert result.reason is not None
        assert "n’ont pas de fin ou pas d’adresse" in result.reason.fr


def test_many_sessions_without_an_address_take_no_time() -> None:
    sessions = tuple(
        replace(
            SESSION,
            line=number,
            source="",
            start=NOW - timedelta(minutes=20 * number),
            end=NOW - timedelta(minutes=20 * number - 10),
        )
        for number in range(1, 20_001)
    )
    stays = [Stay(f"? {one.line}", one.start, one.end) for one in sessions if one.end is not None]
    began = time.perf_counter()
    assert stays_together(stays) is None
    assert time.perf_counter() - began < 5


def test_rules_on_lists_are_computed() -> None:
    computed = {rule.id.partition(".")[2] for rule in RULES if LIST_SECTIONS & set(rule.reads)}
    assert computed == set(AT_FAULT_SUBJECTS)


def test_columns_of_a_list_are_known_by_section() -> None:
    found = IN_ORDER.of("tickets")
    assert isinstance(found, RemoteList)
    assert (found.name, Listed().of("tickets")) == ("tickets.csv", None)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-1, Status.FAILED), (0, Status.NOT_ASSESSABLE), (None, Status.FAILED)],
)
@pytest.mark.parametrize("ended", [False, True])
def test_a_list_tells_of_a_decision_only_when_it_is_later(days: int | None, expected: Status, ended: bool) -> None:
    assert REGISTER is not None
    decided = None if days is None else TODAY + timedelta(days=days)
    row = replace(ACCESS, decision="revoked", decided=decided)
    register = replace(REGISTER, rows=() if ended else (row,), ended=(row,) if ended else ())
    result = outcome("listed_to_close", replace(HEALTHY, register=register, listed=IN_ORDER))
    assert result.status is expected
    assert [one.subject for one in result.findings] == (["vpn/tm_imagerie"] if expected is Status.FAILED else [])
    closed = outcome("listed_to_close", replace(HEALTHY, register=register, listed=with_account(enabled=False)))
    assert closed.status is Status.PASSED


def test_an_account_that_another_access_needs_stays_open() -> None:
    assert REGISTER is not None
    other = replace(ACCESS, line=9, equipment="IRM 2", decision="revoked", decided=TODAY - timedelta(days=9))
    register = replace(REGISTER, rows=(*REGISTER.rows, other), ended=(other,))
    assert outcome("listed_to_close", replace(HEALTHY, register=register)).status is Status.PASSED


def test_the_account_of_an_ended_access_is_told_once() -> None:
    assert REGISTER is not None
    ended = replace(ACCESS, line=9, accounts=("tm_ancien",), decided=TODAY - timedelta(days=9))
    listed = replace(IN_ORDER, accounts=(LISTED_ACCOUNT, replace(LISTED_ACCOUNT, account="H\\tm_ancien", company="")))
    facts = replace(HEALTHY, register=replace(REGISTER, ended=(ended,)), listed=listed)
    assert outcome("listed_to_close", facts).status is Status.FAILED
    assert outcome("listed_unregistered", facts).status is Status.PASSED


def test_a_log_without_any_end_does_not_pass() -> None:
    sessions = tuple(replace(one, end=None) for one in IN_ORDER.sessions)
    assert status("session_two_places", replace(IN_ORDER, sessions=sessions)) is Status.NOT_ASSESSABLE
