"""What an ordinary account does not see is told, never passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.ad.descriptors import DENY
from scanners.ad.naming import ForestDomain
from scanners.ad.sources.collect_gaps import withheld
from scanners.catalog import rules_of
from scanners.model import Gap, Outcome, Status, Text
from scanners.runner import run_rule
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import (
    ADMINS,
    BASE,
    CONFIG,
    NAMING,
    PKI,
    SID,
    STAFF,
    SYSTEM,
    Specimen,
    ago,
    broken,
    healthy,
    written,
)

BACKUP_KEY = f"CN=BCKUPKEY_1 Secret,{SYSTEM}"
AUTHORITY = f"CN=CA,CN=Enrollment Services,{PKI}"
DOMAIN_ADMINS = f"CN=Admins du domaine,CN=Users,{BASE}"
UNSURE = Status.NOT_ASSESSABLE


def outcome(name: str, specimen: Specimen) -> Outcome:
    (rule,) = (one for one in rules_of("ad") if one.id == f"ad.{name}")
    return run_rule(rule, specimen.facts())


def opaque(specimen: Specimen, dn: str) -> Specimen:
    """The object shows nothing but its name."""
    specimen.entries[dn] = {}
    return specimen


def gaps(specimen: Specimen, *contexts: str) -> list[tuple[str, str]]:
    facts = specimen.facts()
    return [(gap.section, gap.reason.en) for gap in withheld(facts.objects, facts.permissions, facts.naming, contexts)]


@pytest.mark.parametrize("name", ["control_of_dpapi_keys", "control_of_dpapi_keys_latent"])
def test_keys_that_do_not_show_are_not_passed(name: str) -> None:
    unseen = healthy()
    del unseen.entries[BACKUP_KEY]
    assert outcome(name, healthy()).status is Status.PASSED
    assert outcome(name, unseen).status is UNSURE
    assert outcome(name, opaque(healthy(), BACKUP_KEY)).status is UNSURE


@pytest.mark.parametrize(
    ("dn", "sections"),
    [
        (f"CN=a3f7ce9c-9d6b-4f0a-9a8e-000000000001,CN=Master Root Keys,CN=Services,{CONFIG}", []),
        (f"CN=TPM Devices,{BASE}", []),
        (f"CN=4f2a,CN=TPM Devices,{BASE}", []),
        (f"CN=caché,{STAFF}", ["domain"]),
        (f"CN=caché,{CONFIG}", ["configuration"]),
        (f"CN=caché,CN=Schema,{CONFIG}", ["schema"]),
        (f"DC=caché,CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}", ["dns"]),
        (f"DC=caché,CN=MicrosoftDNS,DC=ForestDnsZones,{BASE}", ["dns"]),
        ("CN=ailleurs,DC=autre,DC=test", []),
    ],
)
def test_a_hidden_object_is_a_gap_of_its_context(dn: str, sections: list[str]) -> None:
    assert [section for section, _ in gaps(opaque(healthy(), dn))] == sections


def test_the_configuration_of_a_child_domain_is_that_of_the_root() -> None:
    child = healthy()
    child.naming = replace(NAMING, configuration_dn="CN=Configuration,DC=racine,DC=test", forest_dn="DC=racine,DC=test")
    hidden = opaque(child, "CN=caché,CN=Configuration,DC=racine,DC=test")
    assert [section for section, _ in gaps(hidden)] == ["configuration"]


@pytest.mark.parametrize(
    ("member", "hidden"),
    [
        (f"CN=adm.caché,{ADMINS}", True),
        (f"CN=adm.caché,OU=X,DC=enfant,{BASE}", False),
        ("CN=adm.caché,DC=racine,DC=test", False),
    ],
)
def test_a_hidden_member_of_a_privileged_group_is_a_gap(member: str, hidden: bool) -> None:
    specimen = healthy()
    specimen.naming = replace(NAMING, forest=(ForestDomain(f"DC=enfant,{BASE}", "ENFANT", ""),))
    nested = specimen.group("Imbriqué", 1480, [member])
    specimen.join(DOMAIN_ADMINS, nested)
    assert [section for section, reason in gaps(specimen) if "adm.caché" in reason] == ["domain"] * hidden
    told = [finding.subject for finding in outcome("privileged_from_another_domain", specimen).findings]
    assert told == [member] * (not hidden)


def test_a_hidden_member_of_an_ordinary_group_is_none() -> None:
    specimen = healthy()
    specimen.group("Ordinaire", 1481, [f"CN=caché,{STAFF}"])
    assert gaps(specimen) == []


@pytest.mark.parametrize("name", ["dormant_accounts", "dormant_accounts_notable", "never_expires_ratio"])
def test_accounts_whose_use_does_not_show_are_not_of_the_good_ones(name: str) -> None:
    specimen = healthy()
    specimen.change(f"CN=agent0,{STAFF}", userAccountControl=None)
    assert outcome(name, healthy()).status is Status.PASSED
    assert outcome(name, specimen).status is UNSURE


@pytest.mark.parametrize("name", ["dormant_accounts", "dormant_accounts_notable"])
def test_a_password_without_date_is_not_recent(name: str) -> None:
    specimen = healthy()
    specimen.change(f"CN=agent0,{STAFF}", pwdLastSet=None)
    assert outcome(name, specimen).status is UNSURE


@pytest.mark.parametrize(("created", "status"), [(1094, Status.PASSED), (1096, Status.FAILED)])
def test_a_password_never_chosen_is_as_old_as_its_account(created: int, status: Status) -> None:
    specimen = healthy()
    for number in range(60):
        dn = specimen.user(f"vide{number}", 3000 + number, pwdLastSet=0, whenCreated=written(created))
        specimen.change(dn, lastLogonTimestamp=ago(400))
    assert outcome("dormant_accounts", specimen).status is status


def test_a_hidden_policy_applied_to_the_privileged_is_not_passed() -> None:
    specimen = opaque(healthy(), f"CN={{9A}},CN=Policies,{SYSTEM}")
    specimen.change(ADMINS, gPLink=f"[LDAP://CN={{9A}},CN=Policies,{SYSTEM};0]")
    assert outcome("control_of_privileged_policies", specimen).status is UNSURE
    assert outcome("control_of_admin_sd_holder", specimen).status is Status.PASSED
    assert outcome("control_path_to_tier_zero", specimen).status is UNSURE


def test_a_container_whose_permissions_are_withheld_is_not_passed() -> None:
    specimen = healthy()
    del specimen.entries[ADMINS]["nTSecurityDescriptor"]
    assert outcome("control_path_to_tier_zero", specimen).status is UNSURE


HIDDEN_POLICY = f"CN={{9A000000-0000-0000-0000-000000000001}},CN=Policies,{SYSTEM}"
OF_PATHS = ("control_of_privileged_policies", "control_path_to_tier_zero", "control_of_controllers")


def linking(place: str, policy: str = HIDDEN_POLICY, options: int = 0) -> Specimen:
    """One more policy linked to a unit, which does not show at all."""
    specimen = healthy()
    before = b"".join(specimen.entries[place].get("gPLink", []))
    specimen.change(place, gPLink=before + f"[LDAP://{policy};{options}]".encode())
    return specimen


@pytest.mark.parametrize("name", OF_PATHS)
@pytest.mark.parametrize("place", [BASE, ADMINS])
def test_a_policy_hidden_even_by_name_is_not_passed(name: str, place: str) -> None:
    specimen = linking(place)
    specimen.sysvol = None
    said = outcome(name, specimen)
    concerned = place == BASE or name != "control_of_controllers"
    assert (said.status is UNSURE) is (concerned or name == "control_of_privileged_policies")
    if concerned:
        assert said.reason is not None
        assert HIDDEN_POLICY in said.reason.fr
        assert place in said.reason.en


def test_a_hidden_policy_above_nobody_privileged_is_no_doubt_about_them() -> None:
    assert outcome("control_path_to_tier_zero", linking(STAFF)).status is Status.PASSED


@pytest.mark.parametrize("name", OF_PATHS)
def test_a_link_left_by_a_deleted_policy_is_no_doubt(name: str) -> None:
    """SYSVOL was read to its end, and has no folder for it."""
    assert outcome(name, linking(BASE)).status is Status.PASSED
    assert outcome("old_ntlm_accepted", linking(BASE)).status is Status.PASSED
    assert outcome(name, linking(BASE, options=1)).status is Status.PASSED
    partial = linking(BASE)
    partial.gaps = (Gap("sysvol", Text("Coupure.", "Cut."), truncated=True),)
    assert outcome(name, partial).status is UNSURE


@pytest.mark.parametrize("name", [*OF_PATHS, "old_ntlm_accepted", "lm_hash_kept"])
def test_a_policy_of_another_domain_is_not_passed(name: str) -> None:
    elsewhere = "CN={9A},CN=Policies,CN=System,DC=racine,DC=test"
    said = outcome(name, linking(BASE, elsewhere))
    assert said.status is UNSURE
    assert said.reason is not None
    assert "autre domaine" in said.reason.fr


CLOSED = f"OU=Close,{BASE}"
LISTED = Ace("S-1-5-11", 0x20094)


@pytest.mark.parametrize(
    ("aces", "hidden"),
    [
        ([LISTED], False),
        ([Ace(f"{SID}-513", 0x4)], False),
        ([Ace("S-1-5-11", 0x80000000)], False),
        ([Ace("S-1-5-11", 0x20090)], True),
        ([Ace(f"{SID}-1200", 0x4)], True),
        ([Ace("S-1-5-11", 0x4, flags=0xA)], True),
        ([Ace("S-1-5-11", 0x4, kind=DENY), LISTED], True),
        ([Ace("S-1-1-0", 0x4, kind=DENY, flags=0xA), LISTED], False),
    ],
)
def test_what_a_unit_that_cannot_be_listed_holds_is_a_gap(aces: list[Ace], hidden: bool) -> None:
    specimen = healthy()
    specimen.put(CLOSED, "organizationalUnit", sd=descriptor(f"{SID}-512", aces))
    assert [section for section, reason in gaps(specimen) if CLOSED in reason] == ["domain"] * hidden
    specimen.user("dr.vip", 3900, CLOSED)
    assert gaps(specimen) == []


@pytest.mark.parametrize("everybody_in_it", [False, True])
def test_who_may_list_by_a_group_lists_only_as_a_member(everybody_in_it: bool) -> None:
    specimen = healthy()
    specimen.put(CLOSED, "organizationalUnit", sd=descriptor(f"{SID}-512", [Ace("S-1-5-32-554", 0x4)]))
    if everybody_in_it:
        legacy = f"CN=Accès compatible pré-Windows 2000,CN=Builtin,{BASE}"
        specimen.join(legacy, f"CN=S-1-5-11,CN=ForeignSecurityPrincipals,{BASE}")
    assert [CLOSED in reason for _, reason in gaps(specimen)] == [True] * (not everybody_in_it)


def test_a_member_from_a_unit_that_shows_nothing_is_a_gap() -> None:
    specimen = healthy()
    specimen.put(CLOSED, "organizationalUnit", sd=descriptor(f"{SID}-512", [LISTED]))
    specimen.group("Ordinaire", 1481, [f"CN=caché,OU=Sous,{CLOSED}"])
    assert [CLOSED in reason for _, reason in gaps(specimen)] == [True]


@pytest.mark.parametrize("name", ["ds_heuristics_weak", "ds_heuristics_critical", "ds_heuristics_list_object"])
def test_switches_that_are_hidden_are_not_those_of_windows(name: str) -> None:
    assert outcome(name, opaque(healthy(), NAMING.settings_dn)).status is UNSURE


@pytest.mark.parametrize(
    "name", ["template_subject_choice", "template_request_agent", "control_of_published_templates"]
)
def test_a_published_template_that_does_not_show_is_not_passed(name: str) -> None:
    specimen = healthy()
    specimen.change(AUTHORITY, certificateTemplates=["poste", "Caché"])
    result = outcome(name, specimen)
    assert result.status is UNSURE
    specimen.change(AUTHORITY, certificateTemplates=["poste"])
    assert outcome(name, specimen).status is Status.PASSED


@pytest.mark.parametrize(
    ("zone", "name", "status"),
    [
        ("hopital.test", "dns_zone_open_updates", UNSURE),
        ("_msdcs.hopital.test", "dns_zone_open_updates", UNSURE),
        ("labo.test", "dns_zone_open_updates_other", UNSURE),
        ("RootDNSServers", "dns_zone_open_updates_other", Status.PASSED),
    ],
)
def test_a_zone_whose_updates_do_not_show_is_not_secure(zone: str, name: str, status: Status) -> None:
    specimen = healthy()
    dn = specimen.put(f"DC={zone},CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}", "dnsZone")
    specimen.change(dn, dNSProperty=None)
    assert outcome(name, specimen).status is status


def test_the_zone_that_locates_controllers_belongs_to_the_forest() -> None:
    forest = f"DC=ForestDnsZones,{BASE}"
    specimen = healthy()
    assert gaps(specimen, BASE, forest) == []
    del specimen.entries[f"DC=_msdcs.hopital.test,CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}"]
    assert gaps(specimen, BASE) == []
    ((section, reason),) = gaps(specimen, BASE, forest)
    assert section == "dns"
    assert "_msdcs.hopital.test" in reason


def test_an_open_file_of_a_policy_is_told_although_permissions_are_withheld() -> None:
    specimen = healthy()
    specimen.sysvol = broken().sysvol
    everyone = {finding.subject for finding in outcome("control_of_privileged_policies", specimen).findings}
    for dn in [dn for dn in specimen.entries if f",CN=Policies,{SYSTEM}" in dn]:
        del specimen.entries[dn]["nTSecurityDescriptor"]
    assert everyone == {finding.subject for finding in outcome("control_of_privileged_policies", specimen).findings}
    assert everyone
    specimen.sysvol = healthy().sysvol
    assert outcome("control_of_privileged_policies", specimen).status is UNSURE
