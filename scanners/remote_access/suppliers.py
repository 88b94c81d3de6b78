"""Which accounts are those of suppliers: what the register, the company and the group of each account say. Pure.

An account of which nothing is said is nobody’s: it is taken neither for a supplier’s nor for the staff’s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scanners.lists.words import plain
from scanners.remote_access.facts import Register
from scanners.remote_access.listed import ListedAccount

_GROUPS = (
    "prestataire",
    "fournisseur",
    "editeur",
    "mainteneur",
    "maintenance",
    "externe",
    "supplier",
    "vendor",
    "third part",
    "contractor",
)
"""Words of the groups that hospitals put suppliers in, written plainly, alone or within another."""
_THIRD_PARTIES = re.compile(r"\btiers\b")
"""Alone only: « métiers », « quartiers » hold it too."""
_HUMP = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where one word ends in `VPNTiers` or `grpTiers`."""


@dataclass(frozen=True, slots=True)
class Suppliers:
    """The companies of each account, by the key of its name. `told`: something says who is a supplier; otherwise the
    lists are taken for lists of suppliers, and every account is one. `staff`: accounts whose group tells them from
    suppliers."""

    companies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    told: bool = False
    staff: frozenset[str] = frozenset()

    def includes(self, key: str) -> bool:
        """Whether an account is that of a supplier."""
        return not self.told or key in self.companies

    def unknown(self, key: str) -> bool:
        """Whether nothing says if an account is that of a supplier or of the staff."""
        return not self.includes(key) and key not in self.staff

    def of(self, key: str) -> frozenset[str]:
        """The companies an account belongs to, written plainly; empty when nothing names one."""
        return self.companies.get(key, frozenset())


def account_key(name: str) -> str:
    """An account whatever the case and the domain before it or after it (`DOM\\name`, `name@realm`)."""
    bare = name.rpartition("\\")[2].strip().casefold()
    return bare.partition("@")[0] or bare


def known_suppliers(accounts: Iterable[ListedAccount], register: Register | None) -> Suppliers:
    """What the list of accounts and the register say together; the accounts of ended accesses are still suppliers’."""
    companies: dict[str, set[str]] = {}
    accounts = tuple(accounts)
    for listed in accounts:
        if listed.company or _of_suppliers(listed.group):
            companies.setdefault(account_key(listed.account), set()).update(_company(listed.company))
    for row in (*register.rows, *register.ended) if register else ():
        for name in row.accounts:
            companies.setdefault(account_key(name), set()).update(_company(row.supplier))
    known = {key: frozenset(names) for key, names in companies.items()}
    return Suppliers(known, bool(companies), _staff(accounts, known))


def _staff(accounts: Iterable[ListedAccount], suppliers: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The accounts of groups that hold no supplier. A group tells something only beside those of known suppliers: when
    all are in one group, or none of them is in any, it is the group of everyone."""
    grouped = [(account_key(listed.account), plain(listed.group)) for listed in accounts if plain(listed.group)]
    theirs = {group for key, group in grouped if key in suppliers}
    if not theirs:
        return frozenset()
    return frozenset(key for key, group in grouped if key not in suppliers and group not in theirs)


def _of_suppliers(group: str) -> bool:
    words = plain(group)
    return any(word in words for word in _GROUPS) or bool(_THIRD_PARTIES.search(plain(_HUMP.sub(" ", group))))


def _company(name: str) -> set[str]:
    return {plain(name)} - {""}
