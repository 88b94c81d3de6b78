"""What group policies say of workstations, as the directory publishes it to other scanners."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scanners.ad.facts import FORMAT
from scanners.ad.sources.policy_files import read_policy_file
from scanners.ad.sysvol import Setting
from scanners.archive import Parts
from scanners.exchange import PolicyReach, StationPolicies
from scanners.model import Gap, Text
from tests.unit.ad import specimens
from tests.unit.ad.forge import Ace
from tests.unit.ad.specimens import APPLIED, BASE, CONFIG, SID, STAFF, SYSTEM, Specimen
from tests.unit.ad.specimens_sysvol import pol
from tests.unit.ad.test_group_policies import link, policy

MACHINES = f"OU=Machines,{BASE}"
WARDS = f"OU=Services,{MACHINES}"
_EXPLORER = "Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\"
LOCK = f"{_EXPLORER}System\\InactivityTimeoutSecs"
SAVER = "Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop\\ScreenSaveTimeOut"
FIREWALL = "Software\\Policies\\Microsoft\\WindowsFirewall\\"


def hospital() -> Specimen:
    """One workstation in its unit, one in a unit below; nothing said of workstations by the usual policy."""
    specimen = specimens.healthy()
    specimen.put(WARDS, "organizationalUnit")
    specimen.machine("PC-BLOC-01", 1390, "Windows 11 Pro", dn=f"CN=PC-BLOC-01,{WARDS}")
    return specimen


def write(specimen: Specimen, name: str, *settings: Setting) -> str:
    """A policy that everybody applies, with these settings."""
    dn = policy(specimen, name)
    add(specimen, *settings)
    return dn


def add(specimen: Specimen, *settings: Setting) -> None:
    assert specimen.sysvol is not None
    specimen.sysvol = replace(specimen.sysvol, settings=(*specimen.sysvol.settings, *settings))


def registry(name: str, values: dict[str, int | str], half: str = "Machine") -> tuple[Setting, ...]:
    return read_policy_file(f"Policies\\{{{name}}}\\{half}\\Registry.pol", pol(values))


def template(name: str, text: str) -> tuple[Setting, ...]:
    path = f"Policies\\{{{name}}}\\Machine\\Microsoft\\Windows NT\\SecEdit\\GptTmpl.inf"
    return read_policy_file(path, text.encode("utf-16"))


def groups(name: str, xml: str) -> tuple[Setting, ...]:
    return read_policy_file(f"Policies\\{{{name}}}\\Machine\\Preferences\\Groups\\Groups.xml", xml.encode())


def told(specimen: Specimen) -> StationPolicies:
    published = specimen.facts().directory().policies
    assert published is not None
    return published


def of(specimen: Specimen, unit: str) -> PolicyReach:
    (found,) = [reach for reach in told(specimen).stations if reach.unit == unit]
    return found


def values(reach: PolicyReach, name: str) -> tuple[str | None, ...]:
    return next((one.values for one in reach.settings if one.name == name), ())


def test_nothing_is_told_when_sysvol_was_not_read() -> None:
    specimen = hospital()
    specimen.sysvol = None
    assert specimen.facts().directory().policies is None


def test_an_archive_of_before_tells_nothing_of_workstations() -> None:
    """It kept neither locks nor firewalls: their absence would prove nothing."""
    parts = FORMAT.pack(hospital().facts())
    document = json.loads(json.dumps(parts.document))
    assert FORMAT.unpack(Parts(document, parts.arrays)).directory().policies is not None
    del document["sysvol"]["of_stations"]
    assert FORMAT.unpack(Parts(document, parts.arrays)).directory().policies is None


def test_servers_and_controllers_are_no_workstations() -> None:
    assert {(one.unit, one.members) for one in told(hospital()).stations} == {(MACHINES, 1), (WARDS, 1)}


def test_a_disabled_workstation_is_not_counted() -> None:
    specimen = hospital()
    specimen.change(f"CN=PC-BLOC-01,{WARDS}", userAccountControl=0x1002)
    assert {one.unit for one in told(specimen).stations} == {MACHINES}


def test_the_nearest_unit_wins_and_is_named() -> None:
    specimen = hospital()
    link(specimen, MACHINES, (write(specimen, "A", *registry("A", {LOCK: 3600})), 0))
    link(specimen, WARDS, (write(specimen, "B", *template("B", f"[Registry Values]\nMACHINE\\{LOCK}=4,900\n")), 0))
    assert values(of(specimen, MACHINES), "lock_seconds") == ("3600",)
    assert values(of(specimen, WARDS), "lock_seconds") == ("900",)
    assert next(one.policy for one in of(specimen, WARDS).settings if one.name == "lock_seconds") == "B"


def test_blocked_inheritance_leaves_a_unit_without_the_setting() -> None:
    specimen = hospital()
    dn = write(specimen, "A", *registry("A", {LOCK: 900}))
    link(specimen, MACHINES, (dn, 0))
    specimen.change(WARDS, gPOptions=1)
    assert values(of(specimen, WARDS), "lock_seconds") == ()
    link(specimen, MACHINES, (dn, 2))
    assert values(of(specimen, WARDS), "lock_seconds") == ("900",)


def test_a_wmi_filter_makes_both_values_possible() -> None:
    specimen = hospital()
    dn = write(specimen, "A", *registry("A", {LOCK: 900}))
    specimen.change(dn, gPCWQLFilter="[hopital.test;{F};0]")
    link(specimen, MACHINES, (dn, 0))
    assert values(of(specimen, MACHINES), "lock_seconds") == (None, "900")


def test_what_a_site_links_is_a_condition() -> None:
    specimen = hospital()
    site = specimen.put(f"CN=Paris,CN=Sites,{CONFIG}", "site")
    dn = write(specimen, "A", *registry("A", {LOCK: 900}))
    link(specimen, site, (dn, 0))
    assert values(of(specimen, MACHINES), "lock_seconds") == (None, "900")
    link(specimen, MACHINES, (write(specimen, "B", *registry("B", {LOCK: 600})), 0))
    assert values(of(specimen, MACHINES), "lock_seconds") == ("600",), "a unit is stronger than a site"


def test_a_filtered_policy_parts_a_unit() -> None:
    specimen = hospital()
    specimen.machine("PC-URG-02", 1391, "Windows 11 Pro")
    specimen.group("GG_Postes_soins", 1392, [f"CN=PC-URG-02,{MACHINES}"])
    dn = write(specimen, "A", *registry("A", {LOCK: 900}))
    specimen.grant(dn, Ace(f"{SID}-1392", 0x100, guid=APPLIED.guid))
    link(specimen, MACHINES, (dn, 0))
    parts = [(one.members, values(one, "lock_seconds")) for one in told(specimen).stations if one.unit == MACHINES]
    assert sorted(parts) == [(1, ()), (1, ("900",))]


def test_a_policy_for_controllers_only_does_not_reach_workstations() -> None:
    specimen = hospital()
    dn = write(specimen, "A", *registry("A", {LOCK: 900}))
    specimen.grant(dn, Ace("S-1-5-9", 0x100, guid=APPLIED.guid))
    link(specimen, MACHINES, (dn, 0))
    assert values(of(specimen, MACHINES), "lock_seconds") == ()


def test_a_hidden_policy_leaves_its_units_in_doubt() -> None:
    specimen = hospital()
    specimen.change(WARDS, gPLink=f"[LDAP://CN={{HIDDEN}},CN=Policies,{SYSTEM};0]")
    specimen.gaps = (Gap("sysvol", Text("Lu en partie.", "Read in part."), truncated=True),)
    assert of(specimen, WARDS).doubt is not None
    assert of(specimen, MACHINES).doubt is None
    assert told(specimen).gap is not None


def test_a_unit_that_does_not_show_leaves_those_below_in_doubt() -> None:
    specimen = hospital()
    del specimen.entries[WARDS]
    (found,) = [reach for reach in told(specimen).stations if reach.unit == WARDS]
    assert found.doubt is not None
    assert WARDS in found.doubt.en
    assert of(specimen, MACHINES).doubt is None


def test_firewall_profiles_logs_and_rights_have_their_names() -> None:
    specimen = hospital()
    settings = registry(
        "A", {f"{FIREWALL}PublicProfile\\EnableFirewall": 0, f"{_EXPLORER}Explorer\\NoDriveTypeAutoRun": 255}
    )
    rights = template("A", f"[Privilege Rights]\nSeDenyInteractiveLogonRight = *{SID}-512\n")
    link(specimen, WARDS, (write(specimen, "A", *settings, *rights), 0))
    reach = of(specimen, WARDS)
    assert values(reach, "firewall_public") == ("0",)
    assert values(reach, "autorun_drives") == ("255",)
    assert values(reach, "deny_logon") == (f"{SID}-512",)
    assert values(reach, "audit_0cce9215") == ("3",), "of the policy of the domain"


def test_settings_of_people_are_told_of_their_unit() -> None:
    specimen = hospital()
    dn = write(specimen, "A", *registry("A", {SAVER: "600"}, "User"))
    link(specimen, STAFF, (dn, 0))
    link(specimen, MACHINES, (dn, 0))
    people = {one.unit: one for one in told(specimen).people}
    assert values(people[STAFF], "screen_saver_seconds") == ("600",)
    assert people[STAFF].members == 10
    assert values(of(specimen, MACHINES), "screen_saver_seconds") == (), "the half of people does not reach machines"
    specimen.change(dn, flags=1)
    people = {one.unit: one for one in told(specimen).people}
    assert values(people[STAFF], "screen_saver_seconds") == ()


# ---------------------------------------------------------------- local administrators


def administrators(specimen: Specimen, unit: str = MACHINES) -> dict[str, int | None]:
    return {one.name: one.people for one in of(specimen, unit).administrators}


def test_a_restricted_group_imposes_the_list() -> None:
    specimen = hospital()
    assert of(specimen, MACHINES).imposed, "by the policy of the domain"
    usual = {one.name: one.usual for one in of(specimen, MACHINES).administrators}
    assert usual == {"HOPITAL\\Admins du domaine": True}
    members = template("A", f"[Group Membership]\n*S-1-5-32-544__Members = *{SID}-513,HOPITAL\\agent1\n")
    link(specimen, MACHINES, (write(specimen, "A", *members), 0))
    assert administrators(specimen) == {"HOPITAL\\Utilisateurs du domaine": 12, "HOPITAL\\agent1": 1}
    assert administrators(specimen, WARDS) == administrators(specimen)


def test_preferences_and_member_of_add_to_the_list() -> None:
    specimen = hospital()
    specimen.group("GG_Support", 1393, [f"CN=agent{number},{STAFF}" for number in range(3)])
    xml = (
        '<Groups><Group name="Administrateurs (intégré)"><Properties groupSid="S-1-5-32-544" action="U"><Members>'
        f'<Member name="HOPITAL\\agent5" action="ADD" sid="{SID}-1205"/></Members></Properties></Group></Groups>'
    )
    member_of = template("A", f"[Group Membership]\n*{SID}-1393__Memberof = *S-1-5-32-544\n")
    link(specimen, MACHINES, (write(specimen, "A", *groups("A", xml), *member_of), 0))
    found = administrators(specimen)
    assert (found["HOPITAL\\GG_Support"], found["HOPITAL\\agent5"]) == (3, 1)


@pytest.mark.parametrize("trustee", ["*S-1-1-0", "*S-1-5-11", "*S-1-5-4", "*S-1-5-32-545", "Utilisateurs authentifiés"])
def test_whoever_logs_on_is_everybody(trustee: str) -> None:
    specimen = hospital()
    members = template("A", f"[Group Membership]\n*S-1-5-32-544__Members = {trustee}\n")
    link(specimen, MACHINES, (write(specimen, "A", *members), 0))
    assert [one.everybody for one in of(specimen, MACHINES).administrators] == [True]


@pytest.mark.parametrize("trustee", ["*S-1-5-21-9-9-9-1100", "AUTRE\\Support", "Personne"])
def test_who_is_not_of_the_domain_is_not_counted(trustee: str) -> None:
    specimen = hospital()
    members = template("A", f"[Group Membership]\n*S-1-5-32-544__Members = {trustee}\n")
    link(specimen, MACHINES, (write(specimen, "A", *members), 0))
    (one,) = of(specimen, MACHINES).administrators
    assert (one.people, one.everybody, one.usual) == (None, False, False)


def test_another_local_group_is_no_matter() -> None:
    specimen = hospital()
    before = of(specimen, MACHINES)
    members = template("A", f"[Group Membership]\n*S-1-5-32-555__Members = *{SID}-513\n")
    link(specimen, MACHINES, (write(specimen, "A", *members), 0))
    assert of(specimen, MACHINES).administrators == before.administrators


def test_a_preference_that_empties_the_list_first_imposes_it() -> None:
    specimen = hospital()
    link(specimen, BASE)
    assert not of(specimen, MACHINES).imposed
    xml = (
        '<Groups><Group name="Administrators"><Properties groupSid="S-1-5-32-544" deleteAllUsers="1"{more}><Members>'
        f'<Member name="HOPITAL\\agent5" action="ADD" sid="{SID}-1205"/></Members></Properties></Group></Groups>'
    )
    dn = write(specimen, "A", *template("A", f"[Group Membership]\n*{SID}-513__Memberof = *S-1-5-32-544\n"))
    add(specimen, *groups("A", xml.format(more="")))
    link(specimen, MACHINES, (dn, 0))
    assert (of(specimen, MACHINES).imposed, len(administrators(specimen))) == (False, 2)
    add(specimen, *groups("A", xml.format(more=' deleteAllGroups="1"')))
    assert (of(specimen, MACHINES).imposed, administrators(specimen)) == (True, {"HOPITAL\\agent5": 1})
