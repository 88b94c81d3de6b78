"""What group policies say of workstations, told to other scanners: settings, and who is made local administrator.

Accounts of one unit to which the same policies apply are one part. A workstation does not tell its site: what a site
links is a condition. Nor does a policy tell on which machine a person works: what is set for people is told apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from scanners.ad.columns import Kind, Mask
from scanners.ad.control_paths.graph import parent_dn
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import read_whole
from scanners.ad.subjects.group_policies import (
    MACHINE_HALF,
    USER_HALF,
    Link,
    applied_to,
    filtered_by,
    in_turn,
    policies_read,
    policy_rows,
)
from scanners.ad.subjects.local_administrators import Members, made_administrators
from scanners.ad.sysvol import Setting, Source
from scanners.exchange import PolicyReach, PolicySetting, StationPolicies
from scanners.model import NotAssessable, Text

_NAME_LENGTH: Final = 256
"""Characters kept of the name that people gave to a policy."""
_MAX_PARTS: Final = 20_000
"""Units, or parts of units, that are told of. Our choice."""
_ADVANCED_TAIL: Final = "-69ae-11d9-bed3-505054503030"
_LAST_WORDS: Final = {
    "inactivitytimeoutsecs": "lock_seconds",
    "scremoveoption": "card_removal",
    "nodrivetypeautorun": "autorun_drives",
    "userpolicymode": "loopback",
    "screensaveactive": "screen_saver",
    "screensaverissecure": "screen_saver_locks",
    "screensavetimeout": "screen_saver_seconds",
    "admpwdenabled": "laps_enabled",
    "backupdirectory": "laps_backup",
    "enablescriptblocklogging": "script_blocks_logged",
}
_FIREWALL: Final = {"enablefirewall": "firewall", "defaultinboundaction": "firewall_inbound"}
_RIGHTS: Final = {
    "sedenyinteractivelogonright": "deny_logon",
    "sedenyremoteinteractivelogonright": "deny_remote_logon",
}
_Part = tuple[int, int]
"""Row of an account that stands for a part of a unit, and how many accounts this part has."""


def station_policies(facts: DirectoryFacts) -> StationPolicies | None:
    """What policies give to workstations and to people; None when SYSVOL was not read for that."""
    if facts.sysvol is None or not facts.sysvol.of_stations:
        return None
    try:
        policies_read(facts)
        read_whole(facts, "domain")
        gap = None
    except NotAssessable as doubt:
        gap = doubt.reason
    stations = tuple(_reaches(facts, workstations(facts), MACHINE_HALF))
    people = tuple(_reaches(facts, facts.users & facts.enabled, USER_HALF))
    if len(stations) > _MAX_PARTS or len(people) > _MAX_PARTS:
        return StationPolicies((), (), _too_many())
    return StationPolicies(stations, people, gap)


def workstations(facts: DirectoryFacts) -> Mask:
    """Enabled accounts of machines that run Windows, servers and controllers left out."""
    systems = facts.objects.texts("operatingSystem").items()
    windows = facts.mask(row for row, values in systems if "windows" in values[0].lower())
    found: Mask = windows & facts.objects.of(Kind.COMPUTER) & facts.enabled & ~facts.servers & ~facts.controllers
    return found


def _reaches(facts: DirectoryFacts, accounts: Mask, half: int) -> Iterator[PolicyReach]:
    """What applies to these accounts, part by part."""
    filters = _Filters(facts)
    names = _policy_names(facts)
    members = Members(facts)
    by_chain: dict[tuple[Link, ...], PolicyReach] = {}
    for row, count in _parts(facts, accounts, filters):
        unit = parent_dn(facts.objects.dn[row])
        try:
            _units_seen(facts, row)
            chain = applied_to(facts, row, half, filters.identities)
        except NotAssessable as doubt:
            yield PolicyReach(unit, count, doubt=doubt.reason)
            continue
        if chain not in by_chain:
            by_chain[chain] = _told(facts, chain, half, names, members)
        told = by_chain[chain]
        yield PolicyReach(unit, count, told.settings, told.administrators, told.imposed)


def _units_seen(facts: DirectoryFacts, row: int) -> None:
    """NotAssessable when what is above an account does not all show: a policy linked there would not be known."""
    dn = parent_dn(facts.objects.dn[row])
    while dn.lower() != facts.naming.root_dn.lower():
        above = facts.objects.row_by_dn.get(dn.lower(), -1)
        if above < 0 or facts.objects.kind[above] == Kind.OPAQUE:
            raise NotAssessable(
                f"L’unité {dn or facts.objects.dn[row]} n’est pas visible du compte d’audit : les stratégies qui y "
                f"sont "
                "liées restent inconnues ; accordez-lui sa lecture.",
                f"The unit {dn or facts.objects.dn[row]} does not show to the audit account: the policies linked there "
                "stay unknown; grant it its reading.",
            )
        dn = parent_dn(dn)


def _parts(facts: DirectoryFacts, accounts: Mask, filters: _Filters) -> Iterator[_Part]:
    """Accounts of one unit that are in the same of the groups by which policies are filtered."""
    parts: dict[tuple[str, bytes], list[int]] = {}
    for row in np.flatnonzero(accounts).tolist():
        parts.setdefault((parent_dn(facts.objects.dn[row]).lower(), filters.groups_of(row)), []).append(row)
    for _, rows in sorted(parts.items()):
        yield rows[0], len(rows)


class _Filters:
    """Who is in the groups by which policies are filtered: asked once a group, not once an account."""

    def __init__(self, facts: DirectoryFacts) -> None:
        self._sids = sorted(_filtering_sids(facts))
        self._inside = np.zeros((len(facts.objects), -(-len(self._sids) // 8)), dtype=np.uint8)
        for place, sid in enumerate(self._sids):
            self._inside[facts.holding(sid), place // 8] |= 1 << (place % 8)

    def groups_of(self, row: int) -> bytes:
        """What tells apart two accounts that are not in the same of these groups."""
        return bytes(self._inside[row])

    def identities(self, row: int) -> set[str]:
        """Those of these SIDs with which an account acts."""
        bits = np.unpackbits(self._inside[row], bitorder="little").tolist()
        return {sid for sid, held in zip(self._sids, bits, strict=False) if held}


def _filtering_sids(facts: DirectoryFacts) -> set[str]:
    """The SIDs to which a policy is given or denied."""
    found: set[str] = set()
    if facts.only_control:
        return found
    for row in policy_rows(facts).values():
        index = int(facts.objects.descriptor[row])
        if index >= 0:
            found.update(*filtered_by(facts.descriptors, index))
    return found


def _told(
    facts: DirectoryFacts, chain: tuple[Link, ...], half: int, names: Mapping[str, str], members: Members
) -> PolicyReach:
    """What these policies give."""
    applied = [(link, one) for link, one in in_turn(facts, chain) if one.user is (half == USER_HALF)]
    settings = tuple(_settings(applied, names))
    if half == USER_HALF:
        return PolicyReach("", 0, settings)
    administrators, imposed = made_administrators(applied, names, members)
    return PolicyReach("", 0, settings, administrators, imposed)


def _settings(applied: list[tuple[Link, Setting]], names: Mapping[str, str]) -> Iterator[PolicySetting]:
    """The values that win or, under a condition, may."""
    found: dict[str, list[tuple[str | None, str]]] = {}
    for link, setting in applied:
        name = setting_name(setting)
        if name:
            one = ("; ".join(setting.values) if setting.values else None, link.policy)
            weaker = found.get(name, [(None, "")])
            found[name] = [*weaker, one] if link.conditional or setting.conditional else [one]
    for name, values in sorted(found.items()):
        told = tuple(dict.fromkeys(value for value, _ in reversed(values)))[::-1]
        yield PolicySetting(name, told, names.get(values[-1][1], values[-1][1]))


def setting_name(setting: Setting) -> str:
    """How other scanners know a setting, empty for those that tell nothing of workstations."""
    if setting.source is Source.PRIVILEGE:
        return _RIGHTS.get(setting.name, "")
    if setting.source is Source.AUDIT:
        return f"audit_{setting.name.removesuffix(_ADVANCED_TAIL)}" if setting.name.endswith(_ADVANCED_TAIL) else ""
    if setting.source is Source.EVENT_AUDIT:
        return f"event_{setting.name}"
    if setting.source is not Source.REGISTRY:
        return ""
    key, _, value = setting.name.rpartition("\\")
    if value in _FIREWALL and "\\windowsfirewall\\" in setting.name:
        profile = key.rpartition("\\")[2].removesuffix("profile")
        return f"{_FIREWALL[value]}_{profile}"
    return _LAST_WORDS.get(value, "")


def _policy_names(facts: DirectoryFacts) -> Mapping[str, str]:
    """How people call each policy."""
    shown = {policy: facts.objects.text("displayName", row) for policy, row in policy_rows(facts).items()}
    return {policy: (" ".join(name.split())[:_NAME_LENGTH] or policy) for policy, name in shown.items()}


def _too_many() -> Text:
    return Text(
        f"Plus de {_MAX_PARTS} unités d’organisation portent des postes ou des personnes : les stratégies n’ont pas "
        "été rapprochées ; auditez l’annuaire par domaine.",
        f"More than {_MAX_PARTS} organisational units hold workstations or people: policies were not related to them; "
        "audit the directory domain by domain.",
    )
