"""Which accounts are those of suppliers: what the register, the company and the group of each account say. Pure."""

from __future__ import annotations

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
    "tiers",
    "externe",
    "supplier",
    "vendor",
    "third part",
    "contractor",
)
"""Words of the groups that hospitals put suppliers in, written plainly."""


@dataclass(frozen=True, slots=True)
class Suppliers:
    """The companies of each account, by the key of its name. `told`: something says who is a supplier; otherwise the
    lists are taken for lists of suppliers, and every account is one."""

    companies: Mapping[str, frozenset[str]] = field(default_factory=dict)
    told: bool = False

    def includes(self, key: str) -> bool:
        """Whether an account is that of a supplier."""
        return not self.told or key in self.companies

    def of(self, key: str) -> frozenset[str]:
        """The companies an account belongs to, written plainly; empty when nothing names one."""
        return self.companies.get(key, frozenset())


def account_key(name: str) -> str:
    """An account whatever the case and the domain before it."""
    return name.rpartition("\\")[2].strip().casefold()


def known_suppliers(accounts: Iterable[ListedAccount], register: Register | None) -> Suppliers:
    """What the list of accounts and the register say together."""
    companies: dict[str, set[str]] = {}
    for listed in accounts:
        if listed.company or _of_suppliers(listed.group):
            companies.setdefault(account_key(listed.account), set()).update(_company(listed.company))
    for row in register.rows if register else ():
        for name in row.accounts:
            companies.setdefault(account_key(name), set()).update(_company(row.supplier))
    return Suppliers({key: frozenset(names) for key, names in companies.items()}, bool(companies))


def _of_suppliers(group: str) -> bool:
    words = plain(group)
    return any(word in words for word in _GROUPS)


def _company(name: str) -> set[str]:
    return {plain(name)} - {""}
