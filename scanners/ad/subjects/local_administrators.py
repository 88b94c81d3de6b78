"""Whom group policies put among the local administrators of machines: restricted groups and preferences.

Of restricted groups, “members” replaces the list (the last policy that gives one wins) and “member of” adds a group to
it; preferences add, and may empty the list first. Names are resolved in the domain: policies hold SIDs or names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import Kind
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.group_policies import Link, means_anybody
from scanners.ad.sysvol import Setting, Source
from scanners.exchange import LocalAdministrator

_NAMES: Final = frozenset(("administrators", "administrateurs"))
_MEMBERS, _MEMBER_OF, _EMPTIED = "__members", "__memberof", "__emptied"
_LOGGED_ON: Final = frozenset(("S-1-5-4", sids.USERS, "S-1-5-14"))
"""Interactive, the local group Users, and whoever is connected remotely: on a workstation, everybody."""
_USUAL_RIDS: Final = (sids.RID_ADMINISTRATOR, sids.RID_DOMAIN_ADMINS, sids.RID_ENTERPRISE_ADMINS)
_USUAL_NAMES: Final = frozenset(("administrator", "administrateur", "domain admins", "admins du domaine"))
_NAME_LENGTH: Final = 256


class Members:
    """Who the trustees of policies are, each looked up once."""

    def __init__(self, facts: DirectoryFacts) -> None:
        self._facts = facts
        accounts = facts.objects.texts("sAMAccountName")
        kinds = facts.objects.of(Kind.USER, Kind.COMPUTER, Kind.GROUP, Kind.GMSA, Kind.SMSA, Kind.DMSA)
        self._rows = {accounts[row][0].lower(): row for row in np.flatnonzero(kinds).tolist() if row in accounts}
        self._known: dict[str, LocalAdministrator] = {}

    def told(self, trustee: str, policy: str) -> LocalAdministrator:
        """One trustee made administrator by a policy."""
        if trustee not in self._known:
            self._known[trustee] = self._look(trustee)
        known = self._known[trustee]
        return LocalAdministrator(known.name, policy, known.people, known.everybody, known.usual)

    def _look(self, trustee: str) -> LocalAdministrator:
        facts, sid = self._facts, self._sid(trustee)
        name = " ".join((facts.name_of(sid) if sid else trustee).split())[:_NAME_LENGTH]
        everybody = means_anybody(facts, trustee) or (bool(sid) and (sid in _LOGGED_ON or means_anybody(facts, sid)))
        row = facts.row_of(sid) if sid else -1
        people = int((facts.holding(sid) & facts.users & facts.enabled).sum()) if row >= 0 or everybody else None
        return LocalAdministrator(name, "", people, everybody, self._usual(trustee, sid))

    def _sid(self, trustee: str) -> str:
        """The SID of a trustee, empty when it is a name that nothing in the domain bears."""
        if trustee.upper().startswith("S-1-"):
            return trustee.upper()
        domain, _, name = trustee.rpartition("\\")
        own = domain.lower() in ("", self._facts.naming.netbios.lower(), self._facts.naming.domain.lower())
        row = self._rows.get(name.lower(), -1) if own else -1
        return self._facts.objects.sid(row) if row >= 0 else ""

    def _usual(self, trustee: str, sid: str) -> bool:
        ending = sid.rpartition("-")[2]
        if sid.startswith("S-1-5-21-") and ending.isdigit() and int(ending) in _USUAL_RIDS:
            return True
        return not sid and trustee.rpartition("\\")[2].lower() in _USUAL_NAMES


def made_administrators(
    applied: Iterable[tuple[Link, Setting]], names: Mapping[str, str], members: Members
) -> tuple[tuple[LocalAdministrator, ...], bool]:
    """Whom these policies, in the order in which they apply, make local administrator, and whether one of them imposes
    the whole list for sure."""
    imposed: list[tuple[str, str]] = []
    added: list[tuple[str, str]] = []
    sure = False
    for link, setting in applied:
        if setting.source is not Source.GROUP:
            continue
        policy, conditional = names.get(link.policy, link.policy), link.conditional or setting.conditional
        if setting.name.endswith(_EMPTIED) and _is_administrators(setting.name):
            if not conditional:
                imposed, added, sure = [], [], True
        elif _is_list(setting):
            imposed = [*(imposed if conditional else ()), *((one, policy) for one in setting.values)]
            sure = sure or not conditional
        else:
            added += ((one, policy) for one in _added(setting))
    told = {trustee: members.told(trustee, policy) for trustee, policy in (*imposed, *added)}
    return tuple(told.values()), sure


def _is_list(setting: Setting) -> bool:
    """Whether it is the restricted group that replaces the members of Administrators."""
    return not setting.preference and setting.name.endswith(_MEMBERS) and _is_administrators(setting.name)


def _added(setting: Setting) -> Iterator[str]:
    """Whom a setting adds to Administrators."""
    group, _, part = setting.name.rpartition("__")
    if f"__{part}" == _MEMBERS and setting.preference and _is_administrators(setting.name):
        yield from setting.values
    elif f"__{part}" == _MEMBER_OF and any(_names_administrators(one) for one in setting.values):
        yield group


def _is_administrators(name: str) -> bool:
    return _names_administrators(name.rpartition("__")[0])


def _names_administrators(group: str) -> bool:
    bare = group.rpartition("\\")[2].lower()
    for mark in (" (built-in)", " (intégré)"):
        bare = bare.removesuffix(mark)
    return group.upper() == sids.ADMINISTRATORS or bare in _NAMES
