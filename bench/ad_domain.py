"""Facts of a large domain made by hand, without a server: what rules, the control graph and pages are measured on.

`domain(objects, distinct)` has the shape of a hospital region: 62 % of people, 30 % of machines, 8 % of groups of 5 to
80 members, nested, in 200 organizational units; descriptors of 41 entries, of which a share is like no other. Support
groups hold inherited rights on units, technicians own the machines they joined, and a few faults lead to tier 0.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from scanners.ad.facts import DirectoryFacts
from scanners.ad.sids import encode_sid
from scanners.ad.sources.collect_table import TableBuilder
from tests.unit.ad.forge import Ace
from tests.unit.ad.specimens import BASE, DOMAIN_ADMINS, FULL, NAMING, NOW, READ, SID, Specimen, ago, healthy, written

UNITS, ENTRIES = 200, 41
PEOPLE, MACHINES = 0.62, 0.30
INHERIT, INHERITED = 0x2, 0x10
FORCE_CHANGE = "00299570-246d-11d0-a768-00aa006e0529"
MEMBER = "bf9679c0-0de6-11d0-a285-00aa003049e2"
UNRELATED = "bf967a68-0de6-11d0-a285-00aa003049e2"
FIRST_RID = 10_000


@dataclass(frozen=True)
class Plan:
    """How many there are of each, and the share of descriptors that are like no other."""

    people: int
    machines: int
    groups: int
    distinct: float
    seed: int

    def person(self, number: int) -> str:
        return f"CN=p{number},{_unit(number)}"

    def sid_of_group(self, number: int) -> str:
        return f"{SID}-{FIRST_RID + self.people + self.machines + number % self.groups}"


def domain(objects: int = 100_000, distinct: float = 0.05, seed: int = 1) -> DirectoryFacts:
    """Facts of a domain of about this many objects."""
    specimen = healthy()
    plan = Plan(int(objects * PEOPLE), int(objects * MACHINES), int(objects * (1 - PEOPLE - MACHINES)), distinct, seed)
    for number in range(UNITS):
        specimen.put(_unit(number), "organizationalUnit", sd=_descriptor(DOMAIN_ADMINS, _unit_entries(plan, number)))
    _plant(specimen, plan)
    builder = TableBuilder()
    for dn, attributes in specimen.entries.items():
        builder.add(dn.encode(), [(name.encode(), values) for name, values in attributes.items()])
    for dn, entry in _entries(plan):
        builder.add(dn, entry)
    table, descriptors = builder.tables()
    return DirectoryFacts(NOW, NAMING, table, descriptors)


def _plant(specimen: Specimen, plan: Plan) -> None:
    """An administrator in the unit of the first support group, and a group of everybody that owns a policy."""
    admin = specimen.user("adm.unite", 9_000, _unit(0), sd=_descriptor(DOMAIN_ADMINS, _inherited(plan, 0)))
    specimen.join(f"CN=Admins du domaine,CN=Users,{BASE}", admin)
    specimen.grant(f"CN={{P1}},CN=Policies,CN=System,{BASE}", Ace(plan.sid_of_group(7), FULL))


@cache
def _unit(number: int) -> str:
    """Units are nested three deep."""
    number %= UNITS
    above = BASE if number < 20 else _unit(number // 4)
    return f"OU=u{number},{above}"


def _unit_entries(plan: Plan, number: int) -> list[Ace]:
    own = [Ace(plan.sid_of_group(number), 0x100, flags=INHERIT, guid=FORCE_CHANGE)]
    return [*own, *(_inherited(plan, number // 4) if number >= 20 else [])]


def _inherited(plan: Plan, number: int) -> list[Ace]:
    """What an object of a unit inherits: the entries of the unit, and of those above it."""
    chain = [number % UNITS]
    while chain[-1] >= 20:
        chain.append(chain[-1] // 4)
    flags = INHERIT | INHERITED
    return [Ace(plan.sid_of_group(one), 0x100, flags=flags, guid=FORCE_CHANGE) for one in chain]


@cache
def _common() -> bytes:
    """Entries that every object has: reading for most, control for administrators."""
    entries = [Ace(DOMAIN_ADMINS, FULL), Ace("S-1-5-18", FULL), Ace("S-1-5-32-548", FULL), Ace("S-1-5-11", READ)]
    entries += [Ace("S-1-5-10", 0x30, guid=UNRELATED), Ace("S-1-5-32-544", 0xF01BD, flags=INHERITED)]
    while len(entries) < ENTRIES - 4:
        entries.append(Ace(f"S-1-5-32-{560 + len(entries)}", 0x10, guid=UNRELATED))
    return b"".join(entry.encoded() for entry in entries)


def _descriptor(owner: str, more: list[Ace]) -> bytes:
    body = _common() + b"".join(map(_encoded, more))
    count = ENTRIES - 4 + len(more)
    dacl = struct.pack("<BBHHH", 4, 0, 8 + len(body), count, 0) + body
    return struct.pack("<BBHIIII", 1, 0, 0x8004, 20 + len(dacl), 0, 0, 20) + dacl + encode_sid(owner)


@cache
def _encoded(entry: Ace) -> bytes:
    return entry.encoded()


def _entries(plan: Plan) -> Iterator[tuple[bytes, list[tuple[bytes, list[bytes]]]]]:
    chance = random.Random(plan.seed)
    for number in range(plan.people):
        name = f"p{number}"
        more = _rights(plan, number, chance)
        yield (
            plan.person(number).encode(),
            [
                (b"objectClass", [b"top", b"person", b"user"]),
                *_principal(name, FIRST_RID + number, _descriptor(DOMAIN_ADMINS, more)),
                *_account(chance, 512 if number % 10 else 514, 513),
            ],
        )
    for number in range(plan.machines):
        more = _rights(plan, number, chance)
        owner = f"{SID}-{FIRST_RID + number % 50}" if number % 10 == 0 else DOMAIN_ADMINS
        system = b"Windows Server 2022 Standard" if number % 12 == 0 else b"Windows 11 Pro"
        yield (
            f"CN=m{number},{_unit(number)}".encode(),
            [
                (b"objectClass", [b"top", b"person", b"user", b"computer"]),
                *_principal(f"m{number}$", FIRST_RID + plan.people + number, _descriptor(owner, more)),
                *_account(chance, 0x1000, 515),
                (b"operatingSystem", [system]),
                *([(b"msLAPS-PasswordExpirationTime", [str(ago(-20)).encode()])] if number % 20 else []),
                (b"dNSHostName", [f"m{number}.hopital.test".encode()]),
                (b"servicePrincipalName", [f"HOST/m{number}".encode(), f"HOST/m{number}.hopital.test".encode()]),
            ],
        )
    for number in range(plan.groups):
        more = _rights(plan, number, chance)
        members = [plan.person(chance.randrange(plan.people)).encode() for _ in range(chance.randint(5, 80))]
        if number and chance.random() < 0.3:
            inner = chance.randrange(number)
            members.append(f"CN=g{inner},{_unit(inner)}".encode())
        rid = FIRST_RID + plan.people + plan.machines + number
        yield (
            f"CN=g{number},{_unit(number)}".encode(),
            [
                (b"objectClass", [b"top", b"group"]),
                *_principal(f"g{number}", rid, _descriptor(DOMAIN_ADMINS, more)),
                (b"member", members),
            ],
        )


def _rights(plan: Plan, number: int, chance: random.Random) -> list[Ace]:
    """What is inherited, and, for those that are like no other, an entry of their own."""
    entries = _inherited(plan, number)
    if chance.random() < plan.distinct:
        entries.append(Ace(plan.sid_of_group(number), 0x10, guid=UNRELATED))
        entries.append(Ace(plan.sid_of_group(chance.randrange(plan.groups)), 0x20 if number % 500 == 0 else 0x10))
        entries.append(Ace(plan.sid_of_group(chance.randrange(plan.groups)), 0x94, flags=number % 4))
    return entries


def _principal(name: str, rid: int, descriptor: bytes) -> list[tuple[bytes, list[bytes]]]:
    return [
        (b"nTSecurityDescriptor", [descriptor]),
        (b"objectSid", [encode_sid(f"{SID}-{rid}")]),
        (b"sAMAccountName", [name.encode()]),
    ]


def _account(chance: random.Random, control: int, group: int) -> list[tuple[bytes, list[bytes]]]:
    days = chance.randint(1, 1500)
    return [
        (b"userAccountControl", [str(control).encode()]),
        (b"primaryGroupID", [str(group).encode()]),
        (b"pwdLastSet", [str(ago(days)).encode()]),
        (b"lastLogonTimestamp", [str(ago(days / 4)).encode()]),
        (b"whenCreated", [written(days + 100).encode()]),
        (b"msDS-SupportedEncryptionTypes", [b"24"]),
    ]
