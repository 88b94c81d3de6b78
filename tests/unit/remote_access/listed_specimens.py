"""Lists of accounts, sessions and tickets in order, and others in which every rule on lists finds its fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scanners.remote_access.listed import Listed, ListedAccount, ListedPatch, ListedSession, ListedTicket, RemoteList

NOW = datetime(2026, 4, 15, 9, 0, tzinfo=UTC)
TODAY = NOW.date()


def day(days: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment some days from the collection."""
    return (NOW + timedelta(days=days)).replace(hour=hour, minute=minute)


LISTS = (
    RemoteList(
        "listed_accounts",
        "comptes.csv",
        ("account", "company", "source", "second_factor", "created", "expires", "last_login", "enabled"),
        4,
        4,
        TODAY,
    ),
    RemoteList("sessions", "sessions.csv", ("account", "start", "end", "source"), 2, 2, TODAY),
    RemoteList(
        "tickets",
        "tickets.csv",
        ("number", "supplier", "account", "opened", "closed", "window_start", "window_end", "report"),
        2,
        2,
        TODAY,
    ),
    RemoteList(
        "supplier_patches",
        "correctifs.csv",
        ("flaw", "supplier", "equipment", "score", "published", "delivered"),
        2,
        2,
        TODAY,
    ),
)
LISTED_ACCOUNT = ListedAccount(
    2,
    "tm_imagerie",
    company="Medimage",
    sources=("192.0.2.0/24",),
    second_factor=True,
    created=TODAY - timedelta(days=700),
    expires=TODAY + timedelta(days=60),
    last_login=TODAY - timedelta(days=5),
    enabled=True,
)
SESSION = ListedSession(2, "HOPITAL\\tm_imagerie", day(-5), day(-5, 10), "192.0.2.10")
TICKET = ListedTicket(
    2,
    "INT-2026-7",
    "Medimage",
    ("tm_imagerie",),
    opened=day(-10),
    window_start=day(-6, 8),
    window_end=day(2, 18),
)
CLOSED = replace(
    TICKET, line=3, number="INT-2026-2", opened=day(-40), closed=day(-30), report=TODAY - timedelta(days=29)
)

PATCH = ListedPatch(2, "CVE-2026-1", "Medimage", "IRM", 9.8, TODAY - timedelta(days=100), TODAY - timedelta(days=69))

IN_ORDER = Listed(LISTS, (LISTED_ACCOUNT,), (SESSION,), (TICKET, CLOSED), (PATCH,))

AT_FAULT = Listed(
    LISTS,
    (
        replace(LISTED_ACCOUNT, second_factor=False, last_login=TODAY - timedelta(days=120)),
        replace(LISTED_ACCOUNT, line=3, account="tm_labo", company="LaboTech", expires=TODAY - timedelta(days=1)),
        replace(LISTED_ACCOUNT, line=4, account="tm_commun", company="LaboTech", sources=()),
        replace(LISTED_ACCOUNT, line=5, account="TM_COMMUN", company="Thermo GTB", sources=()),
        replace(LISTED_ACCOUNT, line=6, account="tm_inconnu", company="Inconnue", sources=()),
        replace(LISTED_ACCOUNT, line=7, account="HOPITAL\\tm_ancien", company="", sources=()),
    ),
    (
        replace(SESSION, start=day(-6, 20), end=day(-6, 21), source="198.51.100.9"),
        replace(SESSION, line=3, account="tm_inconnu", start=day(-3), end=None),
        replace(SESSION, line=4, account="tm_imagerie", start=day(-6, 20, 50), end=day(-6, 21, 30)),
    ),
    (
        replace(TICKET, window_end=day(-6, 12)),
        ListedTicket(3, "INT-2026-1", "LaboTech", opened=day(-40), closed=day(-30)),
    ),
    (replace(PATCH, delivered=None),),
)

AT_FAULT_SUBJECTS: dict[str, set[str]] = {
    "intervention_without_report": {"ticket/INT-2026-1"},
    "listed_expired": {"vpn/tm_labo"},
    "listed_open_without_ticket": {"vpn/tm_imagerie", "vpn/tm_commun", "vpn/tm_inconnu", "vpn/tm_ancien"},
    "listed_shared": {"vpn/tm_commun"},
    "listed_single_factor": {"vpn/tm_imagerie"},
    "listed_to_close": {"vpn/tm_ancien"},
    "listed_unregistered": {"vpn/tm_commun", "vpn/tm_inconnu"},
    "listed_unused": {"vpn/tm_imagerie"},
    "session_outside_window": {"vpn/tm_imagerie"},
    "session_two_places": {"vpn/tm_imagerie"},
    "session_unexpected_source": {"vpn/tm_imagerie"},
    "session_without_ticket": {"vpn/tm_inconnu"},
    "supplier_patches_late": {"patch/Medimage/IRM/CVE-2026-1"},
}
