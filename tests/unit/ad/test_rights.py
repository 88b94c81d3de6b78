"""Which entries give control, over what, and what takes it away: owners, refusals, generic rights, special places."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from scanners.ad import sids
from scanners.ad.control_paths.control import who_controls
from scanners.ad.descriptors import ALLOW, CREATE_CHILD, DACL_PRESENT, DENY, DescriptorReader, Descriptors
from scanners.ad.subjects.sensitive import sysvol_replication, who_controls_heads
from scanners.model import Gap, Scalar, Text
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import (
    ADMINS,
    BASE,
    CONFIG,
    DOMAIN_ADMINS,
    FULL,
    PKI,
    READ,
    SID,
    STAFF,
    SYSTEM,
    WRITE_DACL,
    Specimen,
    healthy,
)

AGENT = f"{SID}-1200"
MARTIN = f"CN=adm.martin,{ADMINS}"
DC1 = f"CN=DC1,OU=Domain Controllers,{BASE}"
HOLDER = f"CN=AdminSDHolder,{SYSTEM}"
REPLICATION = f"CN=DFSR-GlobalSettings,{SYSTEM}"
POLICY = f"CN={{P1}},CN=Policies,{SYSTEM}"
DNS = f"CN=MicrosoftDNS,{SYSTEM}"
KEYS = f"CN=Group Key Distribution Service,CN=Services,{CONFIG}"
USER_CLASS = f"CN=User,CN=Schema,{CONFIG}"

WRITE, VALIDATED, CONTROL = 0x20, 0x8, 0x100
GENERIC_WRITE, GENERIC_ALL = 0x40000000, 0x10000000
MEMBER = "bf9679c0-0de6-11d0-a285-00aa003049e2"
MEMBERSHIP_SET = "bc0ac240-79a9-11d0-9020-00c04fc2d4cf"
PUBLIC_INFORMATION = "e48d0154-bcf8-11d1-8702-00c04fb96050"
LOGON_SET = "5f202010-79a5-11d0-9020-00c04fc2d4cf"
SCRIPT = "bf9679a8-0de6-11d0-a285-00aa003049e2"
KEY_SET = "9b026da6-0d3c-465c-8bee-5199d7165cba"
FORCE_CHANGE = "00299570-246d-11d0-a768-00aa006e0529"
CHANGE = "ab721a53-1e2f-11d0-9819-00aa0040529b"
POLICY_PATH = "f30e3bc1-9ff0-11d1-b603-0000f80367c1"
SPN = "f3a64788-5306-11d1-a9c5-0000f80367c1"
ALTERNATIVE = "00fbf30c-91fe-11d1-aebc-0000f80367c1"
FAR = f"CN=loin,CN=ForeignSecurityPrincipals,{BASE}"
MANAGED_BY = "0296c120-40da-11d1-a9c0-0000f80367c1"
RESTRICTIONS = "4c164200-20c0-11d0-a768-00aa006e0529"


def rights_of(specimen: Specimen, dn: str, who: str = "HOPITAL\\agent0") -> Scalar:
    """The right by which somebody controls one object, None when he does not."""
    facts = specimen.facts()
    findings = who_controls(facts, facts.mask([facts.row_at(dn)])).findings
    return next((finding.evidence["right"] for finding in findings if finding.subject == who), None)


def granted(dn: str, *aces: Ace, owner: str = DOMAIN_ADMINS) -> Specimen:
    specimen = healthy()
    specimen.grant(dn, *aces, owner=owner)
    return specimen


@pytest.mark.parametrize(
    ("dn", "ace", "right"),
    [
        (MARTIN, Ace(AGENT, WRITE, guid=PUBLIC_INFORMATION), "WriteSPN"),
        (MARTIN, Ace(AGENT, WRITE, guid=SCRIPT), "WriteScriptPath"),
        (MARTIN, Ace(AGENT, WRITE, guid=LOGON_SET), "WriteScriptPath"),
        (MARTIN, Ace(AGENT, WRITE, guid=KEY_SET), "AddKeyCredentialLink"),
        (MARTIN, Ace(AGENT, VALIDATED, guid=KEY_SET), None),
        (MARTIN, Ace(AGENT, CONTROL, guid=CHANGE), None),
        (MARTIN, Ace(AGENT, GENERIC_WRITE), "GenericWrite"),
        (DC1, Ace(AGENT, CONTROL, guid=FORCE_CHANGE), "ForceChangePassword"),
        (DC1, Ace(AGENT, CONTROL), "ForceChangePassword"),
        (DC1, Ace(AGENT, WRITE, guid=RESTRICTIONS), "AddAllowedToAct"),
        (DC1, Ace(AGENT, WRITE, guid=MANAGED_BY), None),
        (POLICY, Ace(AGENT, WRITE, guid=POLICY_PATH), "WriteGPCFileSysPath"),
        (HOLDER, Ace(AGENT, WRITE), "GenericWrite"),
        (HOLDER, Ace(AGENT, WRITE, guid=MEMBER), "AddMember"),
        (HOLDER, Ace(AGENT, VALIDATED), "AddSelf"),
        (HOLDER, Ace(AGENT, CONTROL, guid=FORCE_CHANGE), "ForceChangePassword"),
        (HOLDER, Ace(AGENT, WRITE, guid=SPN), "WriteSPN"),
        (HOLDER, Ace(AGENT, CONTROL, guid=CHANGE), None),
        (DNS, Ace(AGENT, WRITE), "GenericWrite"),
        (DNS, Ace(AGENT, CREATE_CHILD), None),
        (REPLICATION, Ace(AGENT, CREATE_CHILD), "CreateChild"),
        (REPLICATION, Ace(AGENT, WRITE), "GenericWrite"),
        (KEYS, Ace(AGENT, CREATE_CHILD), "CreateChild"),
        (f"CN=Certification Authorities,{PKI}", Ace(AGENT, CREATE_CHILD), "CreateChild"),
        (f"CN=Schema,{CONFIG}", Ace(AGENT, CREATE_CHILD), "CreateChild"),
        (USER_CLASS, Ace(AGENT, WRITE), "GenericWrite"),
        (f"CN=Users,{BASE}", Ace(AGENT, WRITE), None),
        (f"CN=Users,{BASE}", Ace(AGENT, CREATE_CHILD), None),
        (f"CN=Admins du domaine,CN=Users,{BASE}", Ace(AGENT, WRITE, guid=MEMBERSHIP_SET), "AddMember"),
        (f"CN=Admins du domaine,CN=Users,{BASE}", Ace(AGENT, GENERIC_WRITE, guid=MEMBER), "AddMember"),
    ],
)
def test_what_an_entry_gives_depends_on_the_object(dn: str, ace: Ace, right: str | None) -> None:
    assert rights_of(granted(dn, ace), dn) == right


@pytest.mark.parametrize(
    ("aces", "right"),
    [
        ([Ace(AGENT, WRITE_DACL, kind=DENY), Ace(AGENT, WRITE_DACL)], None),
        ([Ace(AGENT, WRITE_DACL), Ace(AGENT, WRITE_DACL, kind=DENY)], "WriteDacl"),
        ([Ace(AGENT, FULL, kind=DENY, flags=0x08), Ace(AGENT, WRITE_DACL)], "WriteDacl"),
        ([Ace(AGENT, GENERIC_ALL, kind=DENY), Ace(AGENT, FULL)], None),
        ([Ace(AGENT, GENERIC_WRITE, kind=DENY), Ace(AGENT, WRITE)], None),
        ([Ace(AGENT, CONTROL, kind=DENY, guid=CHANGE), Ace(AGENT, CONTROL, guid=FORCE_CHANGE)], "ForceChangePassword"),
        ([Ace(AGENT, CONTROL, kind=DENY, guid=FORCE_CHANGE), Ace(AGENT, CONTROL, guid=FORCE_CHANGE)], None),
        ([Ace(AGENT, CONTROL, kind=DENY, guid=FORCE_CHANGE), Ace(AGENT, CONTROL)], "ForceChangePassword"),
        ([Ace(AGENT, WRITE, kind=DENY, guid=SPN), Ace(AGENT, WRITE)], "GenericWrite"),
        ([Ace(f"{SID}-1201", FULL, kind=DENY), Ace(AGENT, WRITE_DACL)], "WriteDacl"),
    ],
)
def test_refusals_count_before_what_they_refuse_and_for_as_much(aces: list[Ace], right: str | None) -> None:
    specimen = healthy()
    specimen.entries[MARTIN]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, aces)]
    assert rights_of(specimen, MARTIN) == right


def test_a_refusal_on_one_descriptor_does_not_reach_another() -> None:
    specimen = granted(MARTIN, Ace(AGENT, WRITE_DACL, kind=DENY), Ace(AGENT, WRITE_DACL))
    specimen.grant(DC1, Ace(AGENT, WRITE_DACL))
    assert (rights_of(specimen, MARTIN), rights_of(specimen, DC1)) == (None, "WriteDacl")


@pytest.mark.parametrize(("kind", "right"), [(0x09, "WriteDacl"), (0x0A, None)])
def test_conditions_are_taken_as_met_by_permissions_only(kind: int, right: str | None) -> None:
    assert rights_of(granted(MARTIN, Ace(AGENT, WRITE_DACL, kind=kind)), MARTIN) == right
    refused = granted(MARTIN, Ace(AGENT, WRITE_DACL, kind=kind), Ace(AGENT, WRITE_DACL))
    assert rights_of(refused, MARTIN) == "WriteDacl"


@pytest.mark.parametrize(
    ("aces", "right"),
    [
        ([], "Owns"),
        ([Ace(sids.OWNER_RIGHTS, 0x20094)], None),
        ([Ace(sids.OWNER_RIGHTS, 0x20094, kind=DENY)], None),
        ([Ace(sids.OWNER_RIGHTS, FULL)], "GenericAll"),
        ([Ace(sids.OWNER_RIGHTS, WRITE_DACL)], "WriteDacl"),
        ([Ace(sids.OWNER_RIGHTS, 0x20094, flags=0x08)], "Owns"),
        ([Ace(sids.CREATOR_OWNER, FULL)], "Owns"),
    ],
)
def test_entries_for_owner_rights_replace_what_an_owner_may(aces: list[Ace], right: str | None) -> None:
    assert rights_of(granted(MARTIN, *aces, owner=AGENT), MARTIN) == right


def test_entries_for_owner_rights_give_nothing_to_others() -> None:
    assert rights_of(granted(MARTIN, Ace(sids.OWNER_RIGHTS, FULL)), MARTIN) is None


def test_a_dacl_announced_and_absent_lets_everybody_in() -> None:
    head = descriptor(DOMAIN_ADMINS, [])
    none = struct.pack("<BBHIIII", 1, 0, 0x8004, 20, 0, 0, 0) + head[28:]
    reader = DescriptorReader()
    assert reader.add(none) == 0
    assert reader.table().owner_sid(0) == DOMAIN_ADMINS
    assert not reader.table().control[0] & DACL_PRESENT
    specimen = healthy()
    specimen.entries[MARTIN]["nTSecurityDescriptor"] = [none]
    assert rights_of(specimen, MARTIN, "Everyone") == "GenericAll"


def test_an_empty_dacl_lets_nobody_in() -> None:
    specimen = healthy()
    specimen.entries[MARTIN]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, [])]
    facts = specimen.facts()
    assert who_controls(facts, facts.mask([facts.row_at(MARTIN)])).findings == ()


@pytest.mark.parametrize(("group", "right"), [(521, "WriteManagedBy"), (515, None)])
def test_who_names_the_manager_of_a_read_only_controller_administers_it(group: int, right: str | None) -> None:
    specimen = healthy()
    dn = specimen.machine("SITE2", 1800, "Windows Server 2022", primaryGroupID=group)
    specimen.grant(dn, Ace(AGENT, WRITE, guid=MANAGED_BY))
    assert rights_of(specimen, dn) == right


def test_places_are_known_by_where_they_are() -> None:
    """A container of the same name elsewhere is only a container."""
    specimen = healthy()
    dn = specimen.put(f"CN=AdminSDHolder,{STAFF}", "container")
    specimen.grant(dn, Ace(AGENT, WRITE, guid=MEMBER))
    assert rights_of(specimen, dn) is None


def test_descriptors_that_differ_by_a_condition_stay_apart() -> None:
    table = _table(Ace(AGENT, 1, kind=0x0A), Ace(AGENT, 1, kind=DENY), Ace(AGENT, 1, kind=ALLOW))
    assert [table.trustee_sid(ace) for ace in table.entries.tolist()] == [AGENT] * 3
    assert len(set(table.ace_type.tolist())) == 3


def _table(*aces: Ace) -> Descriptors:
    reader = DescriptorReader()
    assert reader.add(descriptor(DOMAIN_ADMINS, aces)) == 0
    return reader.table()


LEVELS = (1, 2, None)


def at_each_level(specimen: Specimen, who: str) -> tuple[bool, ...]:
    """Whether somebody is said to control an administrator at level 1, at level 2, and where levels do not matter."""
    facts = specimen.facts()
    target = facts.mask([facts.row_at(MARTIN)])
    found = [who_controls(facts, target, level=level).findings for level in LEVELS]
    return tuple(who in {finding.subject for finding in findings} for findings in found)


@pytest.mark.parametrize(
    ("ace", "control", "said"),
    [
        (Ace(AGENT, WRITE_DACL), 512, (True, False, True)),
        (Ace(AGENT, WRITE_DACL), 514, (False, True, False)),
        (Ace(AGENT, WRITE, guid=ALTERNATIVE), 512, (False, True, True)),
        (Ace(AGENT, WRITE, guid=ALTERNATIVE), 514, (False, True, False)),
        (Ace(AGENT, WRITE, guid=PUBLIC_INFORMATION), 512, (True, False, True)),
        (Ace(AGENT, READ), 512, (False, False, False)),
    ],
)
def test_level_one_keeps_what_can_be_used_at_once(ace: Ace, control: int, said: tuple[bool, ...]) -> None:
    specimen = granted(MARTIN, ace)
    specimen.change(f"CN=agent0,{STAFF}", userAccountControl=control)
    assert at_each_level(specimen, "HOPITAL\\agent0") == said


def test_a_right_that_needs_something_hides_no_other_path() -> None:
    specimen = granted(MARTIN, Ace(AGENT, WRITE, guid=ALTERNATIVE))
    specimen.grant(f"CN=agent1,{STAFF}", Ace(AGENT, WRITE_DACL))
    specimen.grant(ADMINS, Ace(f"{SID}-1201", WRITE_DACL))
    assert at_each_level(specimen, "HOPITAL\\agent0") == (True, False, True)


@pytest.mark.parametrize(
    ("member", "level"),
    [(None, 2), (f"CN=agent0,{STAFF}", 1), (f"CN=ancien,{STAFF}", 2), ("CN=loin,DC=autre,DC=test", 1), (FAR, 1)],
)
def test_groups_count_at_level_one_when_somebody_is_in_them(member: str | None, level: int) -> None:
    specimen = granted(MARTIN, Ace(f"{SID}-1700", WRITE_DACL))
    specimen.user("ancien", 1702, control=514)
    specimen.put(FAR, "foreignSecurityPrincipal", rid="S-1-5-21-7-7-7-1106")
    inner = specimen.group("Interne", 1701, [member] if member else [])
    specimen.group("Externe", 1700, [inner])
    assert at_each_level(specimen, "HOPITAL\\Externe") == (level == 1, level == 2, True)


def test_who_fills_an_empty_group_is_at_level_one() -> None:
    specimen = granted(MARTIN, Ace(f"{SID}-1700", WRITE_DACL))
    group = specimen.group("Vide", 1700)
    specimen.grant(group, Ace(AGENT, WRITE, guid=MEMBER))
    assert at_each_level(specimen, "HOPITAL\\agent0") == (True, False, True)
    assert at_each_level(specimen, "HOPITAL\\Vide") == (False, True, True)


@pytest.mark.parametrize("level", LEVELS)
def test_withheld_permissions_are_not_passed_at_any_level(level: int | None) -> None:
    specimen = healthy()
    del specimen.entries[MARTIN]["nTSecurityDescriptor"]
    facts = specimen.facts()
    assert who_controls(facts, facts.mask([facts.row_at(MARTIN)]), level=level).doubt is not None


def test_dns_partitions_not_read_hide_no_finding_and_are_no_pass() -> None:
    gap = Gap("dns", Text("Illisible.", "Unreadable."))
    specimen = healthy()
    specimen.gaps = (gap,)
    assert who_controls_heads(specimen.facts(), 1) == replace(
        who_controls_heads(healthy().facts(), 1), doubt=gap.reason
    )
    specimen.grant(BASE, Ace(AGENT, WRITE_DACL))
    found = who_controls_heads(specimen.facts(), 1)
    assert [finding.subject for finding in found.findings] == ["HOPITAL\\agent0"]
    assert (found.doubt, found.unjudged) == (gap.reason, ())


def test_heads_of_dns_partitions_count_when_there_are_some() -> None:
    specimen = healthy()
    specimen.put(f"DC=DomainDnsZones,{BASE}", "domain domainDNS")
    specimen.grant(f"DC=DomainDnsZones,{BASE}", Ace(AGENT, WRITE_DACL))
    assert [finding.subject for finding in who_controls_heads(specimen.facts(), 1).findings] == ["HOPITAL\\agent0"]


def test_replication_settings_of_each_controller_count() -> None:
    specimen = healthy()
    specimen.put(f"CN=DFSR-LocalSettings,{DC1}", "msDFSR-LocalSettings")
    dn = specimen.put(
        f"CN=SYSVOL Subscription,CN=Domain System Volume,CN=DFSR-LocalSettings,{DC1}", "msDFSR-Subscription"
    )
    facts = specimen.facts()
    assert facts.row_at(dn) in sysvol_replication(facts).nonzero()[0]
