"""Small random domains, made of links that can be taken away one by one, and a plain walk over them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from random import Random

from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import ADMINS, BASE, DOMAIN_ADMINS, FULL, SAFE, SID, STAFF, WRITE_DACL, Specimen, healthy

CONTAINER_INHERIT, INHERITED = 0x2, 0x10
MARTIN = f"CN=adm.martin,{ADMINS}"
EVERYONE, AUTHENTICATED = "S-1-1-0", "S-1-5-11"
TARGET = "tier zero"
STRANGER = "S-1-5-21-7-7-7-1234"
OTHERS = ("CN=agent", "CN=AZUREADSSOACC", "CN=SRV-DPI", "CN=PC-URG-01", "CN=gmsa,")
"""Accounts of the healthy specimen that have no part here."""


@dataclass(frozen=True)
class Link:
    """One thing an administrator can remove: `kind` is `ace`, `inherited` (set on a container, for what is below),
    `owner`, `member` or `delegate`."""

    kind: str
    source: str
    place: str


@dataclass
class World:
    """Accounts and groups in two organizational units, `protected` objects that inherit nothing, and their links."""

    users: tuple[str, ...]
    groups: tuple[str, ...]
    protected: frozenset[str]
    units: Mapping[str, str]
    links: list[Link] = field(default_factory=list)

    @property
    def objects(self) -> tuple[str, ...]:
        return (*self.users, *self.groups)

    def specimen(self, without: Link | None = None) -> Specimen:
        """The domain as a server would send it."""
        s = healthy()
        for dn in [dn for dn in s.entries if any(name in dn for name in OTHERS)]:
            del s.entries[dn]
        links = [link for link in self.links if link != without]
        for ou in sorted({*self.units.values()} - {ADMINS, STAFF}):
            s.put(ou, "organizationalUnit")
        for number, name in enumerate(self.users):
            s.user(name, 2000 + number, self.units[name])
        for number, name in enumerate(self.groups):
            s.put(self.dn(name), "group", rid=2100 + number, sAMAccountName=name)
        for link in links:
            if link.kind == "member":
                s.join(self.dn(link.place), self.dn(link.source))
            if link.kind == "delegate":
                acting = descriptor(DOMAIN_ADMINS, [Ace(self.sid(link.source), FULL)])
                s.change(self.dn(link.place), msDS_AllowedToActOnBehalfOfOtherIdentity=acting)
        for name in (*self.objects, *sorted(set(self.units.values())), TARGET):
            s.entries[self.dn(name)]["nTSecurityDescriptor"] = [self._descriptor(name, links)]
        return s

    def _descriptor(self, name: str, links: Collection[Link]) -> bytes:
        own = [Ace(self.sid(link.source), FULL) for link in links if (link.kind, link.place) == ("ace", name)]
        own += [
            Ace(self.sid(link.source), WRITE_DACL, flags=CONTAINER_INHERIT)
            for link in links
            if (link.kind, link.place) == ("inherited", name)
        ]
        closed = name in self.protected or name == TARGET
        for above in () if closed else self._above(name):
            own += [
                Ace(self.sid(link.source), WRITE_DACL, flags=CONTAINER_INHERIT | INHERITED)
                for link in links
                if (link.kind, link.place) == ("inherited", above)
            ]
        owners = [self.sid(link.source) for link in links if (link.kind, link.place) == ("owner", name)]
        control = 0x9004 if closed else 0x8004
        return descriptor(owners[0] if owners else DOMAIN_ADMINS, (*SAFE, *own), control=control)

    def _above(self, name: str) -> tuple[str, ...]:
        """Containers an object inherits from: its unit, and those above it that are units of this world."""
        units = sorted(set(self.units.values()), key=len)
        here = self.dn(name)
        return tuple(unit for unit in units if here != unit and here.endswith(f",{unit}"))

    def dn(self, name: str) -> str:
        if name == TARGET:
            return MARTIN
        return f"CN={name},{self.units[name]}" if name in self.units else name

    def sid(self, name: str) -> str:
        if name in self.users:
            return f"{SID}-{2000 + self.users.index(name)}"
        return f"{SID}-{2100 + self.groups.index(name)}" if name in self.groups else name

    def steps(self, without: Link | None = None) -> dict[str, int]:
        """Steps of the shortest way of each name to the target, walking plain pairs of names."""
        ways: set[tuple[str, str]] = set()
        for link in self.links:
            if link != without:
                ways |= {(link.source, opened) for opened in self._opened(link)}
        for name in (*self.objects, *set(self.units.values())):
            if name not in self.protected:
                ways |= {(unit, name) for unit in self._above(name)[-1:]}
            elif name in self.users:  # a policy linked to any unit above reaches it
                ways |= {(unit, name) for unit in self._above(name)}
        ways |= {(name, AUTHENTICATED) for name in self.users} | {(AUTHENTICATED, EVERYONE)}
        found, waiting = {TARGET: 0}, [TARGET]
        for here in waiting:
            for source, target in sorted(ways):
                if target == here and source not in found:
                    found[source] = found[here] + 1
                    waiting.append(source)
        return found

    def _opened(self, link: Link) -> set[str]:
        if link.kind != "inherited":
            return {link.place}
        below = {name for name in (*self.objects, *set(self.units.values())) if link.place in self._above(name)}
        return {link.place} | {name for name in below if name not in self.protected}


def a_world(seed: int) -> World:
    """A world with a handful of random links."""
    chance = Random(seed)  # noqa: S311 - no secret
    users = tuple(f"u{number}" for number in range(chance.randint(1, 6)))
    groups = tuple(f"g{number}" for number in range(chance.randint(1, 4)))
    inner = f"OU=Interne,{STAFF}"
    units = {name: chance.choice([STAFF, inner, f"OU=Autre,{BASE}"]) for name in (*users, *groups)}
    protected = frozenset(name for name in (*users, *groups) if chance.random() < 0.2)
    world = World(users, groups, protected, units)
    names, sources = world.objects, (*world.objects, AUTHENTICATED, EVERYONE, STRANGER)
    containers = sorted(set(world.units.values()))
    owned: set[str] = set()
    for _ in range(chance.randint(1, 14)):
        kind = chance.choice(["ace", "ace", "inherited", "owner", "member", "member", "delegate"])
        source = chance.choice(sources if chance.random() < 0.4 else names)
        place = chance.choice((*names, *containers, TARGET) if chance.random() < 0.7 else (TARGET,))
        if kind == "inherited":
            place = chance.choice(containers)
        if kind == "member":
            place, source = chance.choice(groups), chance.choice(names)
        if kind == "delegate":
            place, source = chance.choice(users), chance.choice(names)
        single = kind in ("owner", "delegate")
        link = Link(kind, source, place)
        taken = {(one.source, one.place) for one in world.links if "ace" in (one.kind, kind)}
        if source == place or link in world.links or (kind != "member" and (source, place) in taken):
            continue
        if single and f"{kind} {place}" in owned:
            continue
        owned.add(f"{kind} {place}")
        world.links.append(link)
    return world
