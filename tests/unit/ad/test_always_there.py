"""What every directory has and does not show is hidden from the audit account: never passed."""

from __future__ import annotations

import pytest

from scanners.ad.descriptors import ALLOW, DENY
from scanners.catalog import rules_of
from scanners.model import Outcome, Status
from scanners.runner import run_rule
from tests.unit.ad.forge import Ace, descriptor
from tests.unit.ad.specimens import (
    AUTHENTICATED,
    BASE,
    CONFIG,
    DOMAIN_ADMINS,
    NAMING,
    PKI,
    SAFE,
    SID,
    STAFF,
    SYSTEM,
    Specimen,
    ago,
    guarded,
    healthy,
    written,
)

UNSURE = Status.NOT_ASSESSABLE
REPLICATION = f"CN=DFSR-GlobalSettings,{SYSTEM}"
KEYS = f"CN=Group Key Distribution Service,CN=Services,{CONFIG}"
SPECIFIERS = f"CN=DisplaySpecifiers,{CONFIG}"
RODC = f"CN=RODC1,OU=Domain Controllers,{BASE}"
OF_CERTIFICATES = (
    "ca_certificate_broken",
    "ca_certificate_undecodable",
    "ca_certificate_weak",
    "control_of_other_templates",
    "control_of_pki",
    "control_of_published_templates",
    "control_path_to_tier_zero",
    "template_any_purpose",
    "template_first_version",
    "template_linked_group",
    "template_request_agent",
    "template_subject_choice",
    "template_without_sid",
)
OF_REPLICATION = ("control_of_sysvol_replication", "control_of_sysvol_replication_latent")
OF_KEYS = ("control_of_managed_account_keys", "control_of_managed_account_keys_latent")


def outcome(name: str, specimen: Specimen) -> Outcome:
    (rule,) = (one for one in rules_of("ad") if one.id == f"ad.{name}")
    return run_rule(rule, specimen.facts())


def without(*places: str) -> Specimen:
    """The healthy domain without these objects and all they hold."""
    specimen = healthy()
    for dn in [dn for dn in specimen.entries if dn.endswith(places)]:
        del specimen.entries[dn]
    return specimen


@pytest.mark.parametrize("name", OF_CERTIFICATES)
@pytest.mark.parametrize("hidden", [PKI, *(f"CN={name},{PKI}" for name in ("AIA", "Enrollment Services"))])
def test_authorities_that_do_not_show(name: str, hidden: str) -> None:
    said = outcome(name, without(hidden))
    assert said.status is UNSURE
    assert said.reason is not None
    assert hidden in said.reason.fr


def test_menus_that_do_not_show() -> None:
    said = outcome("display_specifier_script", without(SPECIFIERS))
    assert said.status is UNSURE
    assert said.reason is not None
    assert SPECIFIERS in said.reason.en


@pytest.mark.parametrize("name", OF_REPLICATION)
def test_a_replication_of_sysvol_that_does_not_show(name: str) -> None:
    unseen = without(REPLICATION)
    assert outcome(name, unseen).status is UNSURE
    unseen.put(f"CN=SYSVOL,CN=File Replication Service,{SYSTEM}", "nTFRSReplicaSet")
    assert outcome(name, unseen).status is Status.PASSED


@pytest.mark.parametrize("name", OF_KEYS)
@pytest.mark.parametrize(("version", "status"), [(47, Status.PASSED), (56, UNSURE), (88, UNSURE), (None, UNSURE)])
def test_keys_of_managed_accounts_that_do_not_show(name: str, version: int | None, status: Status) -> None:
    unseen = without(KEYS)
    unseen.change(f"CN=Schema,{CONFIG}", objectVersion=version)
    assert outcome(name, unseen).status is status


@pytest.mark.parametrize("place", [f"CN=Partitions,{CONFIG}", f"CN=SOM,CN=WMIPolicy,{SYSTEM}"])
@pytest.mark.parametrize("name", ["control_of_sensitive_containers", "control_of_sensitive_containers_latent"])
def test_a_sensitive_container_that_does_not_show(name: str, place: str) -> None:
    said = outcome(name, without(place))
    assert said.status is UNSURE
    assert said.reason is not None
    assert place in said.reason.fr


def test_a_hidden_container_hides_no_finding_on_another() -> None:
    specimen = without(f"CN=Partitions,{CONFIG}")
    specimen.grant(f"CN=Sites,{CONFIG}", Ace(f"{SID}-1200", 0x40000))
    assert outcome("control_of_sensitive_containers", specimen).status is Status.FAILED


@pytest.mark.parametrize(("zones", "status"), [(True, UNSURE), (False, Status.PASSED)])
def test_dns_administrators_that_do_not_show(zones: bool, status: Status) -> None:
    places = (f"CN=DnsAdmins,CN=Users,{BASE}", *([] if zones else [f"CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}"]))
    assert outcome("dns_admins", without(*places)).status is status


def test_a_builtin_administrator_that_does_not_show() -> None:
    assert outcome("builtin_administrator_used", without(f"CN=Administrateur,CN=Users,{BASE}")).status is UNSURE


def with_read_only_controller(allowed: str | None) -> Specimen:
    specimen = healthy()
    specimen.machine(
        "RODC1",
        1431,
        "Windows Server 2022",
        dn=RODC,
        primaryGroupID=521,
        userAccountControl=83890176,
        pwdLastSet=ago(5),
    )
    specimen.change(RODC, msDS_RevealOnDemandGroup=allowed, msDS_NeverRevealGroup=f"CN=RODC refusé,CN=Users,{BASE}")
    return specimen


@pytest.mark.parametrize("name", ["rodc_may_reveal", "rodc_reveals_privileged"])
@pytest.mark.parametrize(
    ("allowed", "status"),
    [
        (f"CN=RODC autorisé,CN=Users,{BASE}", Status.PASSED),
        (f"CN=Caché,CN=Users,{BASE}", UNSURE),
        (None, UNSURE),
    ],
)
def test_a_read_only_controller_that_shows_no_list(name: str, allowed: str | None, status: Status) -> None:
    assert outcome(name, with_read_only_controller(allowed)).status is status


@pytest.mark.parametrize(
    ("owner", "created", "status"),
    [
        (f"{SID}-1201", None, UNSURE),
        (DOMAIN_ADMINS, None, Status.PASSED),
        (f"{SID}-1201", written(8), Status.FAILED),
        (f"{SID}-1201", written(6), Status.PASSED),
    ],
)
def test_an_object_whose_age_does_not_show_keeps_its_owner(owner: str, created: str | None, status: Status) -> None:
    specimen = healthy()
    specimen.grant(f"CN=agent0,{STAFF}", owner=owner)
    specimen.change(f"CN=agent0,{STAFF}", whenCreated=created)
    assert outcome("unusual_owner", specimen).status is status


@pytest.mark.parametrize(
    ("aces", "other", "sure"),
    [
        (SAFE, None, True),
        ((Ace(AUTHENTICATED, 0x10, guid="f0f8ff86-1191-11d0-a060-00aa006c33ed"),), None, True),
        (SAFE[:2], None, False),
        (SAFE[:2], ["DisableVLVSupport=0"], True),
        ((Ace(f"{SID}-1200", 0x10, kind=DENY), *SAFE), ["DisableVLVSupport=0"], False),
        ((Ace(AUTHENTICATED, 0x20084, kind=ALLOW),), None, False),
    ],
)
def test_switches_that_are_not_set_are_those_of_windows_only_where_all_may_read_them(
    aces: tuple[Ace, ...], other: list[str] | None, sure: bool
) -> None:
    specimen = healthy()
    specimen.change(NAMING.settings_dn, dSHeuristics=None, msDS_Other_Settings=other)
    specimen.entries[NAMING.settings_dn]["nTSecurityDescriptor"] = [descriptor(DOMAIN_ADMINS, aces)]
    assert outcome("ds_heuristics_list_object", specimen).status is (Status.PASSED if sure else UNSURE)
    specimen.change(NAMING.settings_dn, dSHeuristics="0000000001")
    assert outcome("ds_heuristics_list_object", specimen).status is Status.PASSED


def test_switches_of_an_object_whose_permissions_do_not_show_are_not_those_of_windows() -> None:
    specimen = healthy()
    specimen.change(NAMING.settings_dn, dSHeuristics=None, nTSecurityDescriptor=None)
    assert outcome("ds_heuristics_weak", specimen).status is UNSURE
    specimen.change(NAMING.settings_dn, nTSecurityDescriptor=guarded())
    assert outcome("ds_heuristics_list_object", specimen).status is Status.PASSED
