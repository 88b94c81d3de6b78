"""What an ordinary account does not see is told, never passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.ad.naming import ForestDomain
from scanners.ad.sources.collect_gaps import withheld
from scanners.catalog import rules_of
from scanners.model import Outcome, Status
from scanners.runner import run_rule
from tests.unit.ad.specimens import (
    ADMINS,
    BASE,
    CONFIG,
    NAMING,
    PKI,
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
