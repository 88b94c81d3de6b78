"""Each rule is silent on the healthy domain and speaks on the broken one, about the right subjects."""

from __future__ import annotations

from typing import Any

import pytest

from scanners.ad.facts import DirectoryFacts
from scanners.ad.rules.group_loop import in_loops
from scanners.ad.subjects.dormancy import counted
from scanners.catalog import rules_of
from scanners.model import LANGS, Gap, Rule, Status, Text
from scanners.runner import run_rule
from tests.unit.ad import specimens, specimens_accounts, specimens_descriptors, specimens_pingcastle, specimens_sysvol
from tests.unit.ad.specimens import BROKEN, CONFIG, HEALTHY, OTHERWISE_BROKEN, PKI, SYSTEM, TEMPLATES, ago

RULES = rules_of("ad")
DOMAIN = "hopital.test"
FOREIGN = "CN=ForeignSecurityPrincipals,DC=hopital,DC=test"
ZONES = "CN=MicrosoftDNS,DC=DomainDnsZones,DC=hopital,DC=test"


def netbios(*names: str) -> set[str]:
    return {f"HOPITAL\\{name}" for name in names}


POLICY = {f"CN={{P1}},CN=Policies,{SYSTEM}"}
CONTROLLERS = netbios("DC1$", "DC2$", "RODC1$")


def shared(*paths: str) -> set[str]:
    return {f"\\\\hopital.test\\SYSVOL\\hopital.test\\{path}" for path in paths}


OPERATORS = netbios(*(f"adm{number:02}" for number in range(60)))
SILENT_DEFAULT = netbios("agent0")
EXPECTED: dict[str, set[str]] = {
    "ca_certificate_broken": {f"CN=DSA,CN=Certification Authorities,{PKI}"},
    "ca_certificate_undecodable": {f"CN=Illisible,CN=Certification Authorities,{PKI}"},
    "ca_certificate_weak": {f"CN=Faible,CN=Certification Authorities,{PKI}"},
    "cluster_password_age": netbios("CLUSTER$"),
    "constrained_delegation_to_controller": netbios("svc_ged", "svc_web"),
    "control_of_admin_sd_holder": SILENT_DEFAULT,
    "control_of_controllers": netbios("PC-URG-01$", "SRV-OLD$", "agent0", "svc_ged", "svc_web"),
    "control_of_dns_server": SILENT_DEFAULT,
    "control_of_dpapi_keys": SILENT_DEFAULT,
    "control_of_managed_account_keys": SILENT_DEFAULT,
    "control_of_naming_contexts": netbios("agent0", "agent1", "agent2"),
    "control_of_other_templates": SILENT_DEFAULT,
    "control_of_pki": SILENT_DEFAULT,
    "control_of_privileged_containers": netbios("Support", "agent0"),
    "control_of_privileged_policies": SILENT_DEFAULT | {"Authenticated Users"},
    "control_of_published_templates": SILENT_DEFAULT,
    "control_of_schema": SILENT_DEFAULT,
    "control_of_sysvol_replication": SILENT_DEFAULT,
    "control_path_to_tier_zero": netbios(
        "PC-URG-01$", "SRV-OLD$", "Support", "agent0", "agent1", "agent2", "migré", "svc_ged", "svc_web"
    )
    | {"Authenticated Users"},
    "controller_clock": {"dc1.hopital.test"},
    "controller_des": netbios("DC2$"),
    "controller_inconsistent": netbios("DC2$"),
    "controller_obsolete": netbios("DC2$"),
    "controller_password_age": netbios("DC2$"),
    "controller_rc4": netbios("DC2$"),
    "controller_silent": netbios("DC2$"),
    "controller_without_aes": netbios("DC2$"),
    "controller_without_subnet": netbios("RODC1$"),
    "critical_objects_unreadable": {"S-1-5-21-1-2-3-519"},
    "dcsync_rights": netbios("agent1"),
    "default_containers_moved": {f"CN=Users,{specimens.BASE}"},
    "des_only": netbios("svc_automate"),
    "directory_backup_old": {CONFIG, f"CN=Schema,{CONFIG}"},
    "display_specifier_script": {f"CN=user-Display,CN=40C,CN=DisplaySpecifiers,{CONFIG}"},
    "dns_admins": netbios("agent0", "prest_dns"),
    "dns_zone_open_updates": {f"DC=hopital.test,{ZONES}"},
    "dns_zone_open_updates_other": {f"DC=labo.test,{ZONES}"},
    "entra_sso_key_age": netbios("AZUREADSSOACC$"),
    "forest_trust_sid_history": {f"CN=ght.test,{SYSTEM}"},
    "group_loop": netbios("Boucle A", "Boucle B"),
    "guest_enabled": netbios("Invité"),
    "key_admins_full_control": netbios("Administrateurs clés Enterprise"),
    "key_admins_too_powerful": {f"CN=ActiveDirectoryUpdate,CN=DomainUpdates,{SYSTEM}"},
    "krbtgt_password_age": netbios("krbtgt"),
    "laps_coverage": netbios("PC-7$"),
    "laps_joined_computers": netbios("PC-JOINT$"),
    "laps_readers": netbios("Support"),
    "laps_readers_wide": netbios("Utilisateurs du domaine"),
    "ldap_unsigned_accepted": {"dc1.hopital.test"},
    "ldaps_channel_binding_not_required": {"dc1.hopital.test"},
    "ldaps_old_tls": {"dc1.hopital.test"},
    "ldaps_ssl": {"dc1.hopital.test"},
    "logon_script_elsewhere": netbios("agent_script"),
    "managed_account_password_age": netbios("gmsa$"),
    "managed_password_readers": netbios("gmsa$"),
    "migration_audit_group": netbios("HOPITAL$$$"),
    "obsolete_systems": netbios("PC-7$", "PC-W10$", "SRV-OLD$"),
    "password_in_description": netbios("svc_sauvegarde"),
    "password_not_required": netbios("Invité", "svc_automate"),
    "pre_windows_2000_anonymous": {f"CN=S-1-5-7,{FOREIGN}"},
    "pre_windows_2000_members": {f"CN=S-1-5-7,{FOREIGN}"},
    "primary_group_below_1000": netbios("svc_pacs", "DC2$"),
    "primary_group_changed": netbios("svc_pacs"),
    "privileged_can_be_delegated": OPERATORS | netbios("svc_pacs", "svc_sauvegarde"),
    "privileged_descriptor_withheld": netbios("adm00"),
    "privileged_foreign_member": {f"CN=étranger,{FOREIGN}"},
    "privileged_from_another_domain": {"CN=Exploitation,CN=Users,DC=siege,DC=test"},
    "privileged_never_expires": netbios("svc_sauvegarde"),
    "privileged_outside_protected_users": OPERATORS | netbios("svc_pacs", "svc_sauvegarde"),
    "privileged_outside_silo": OPERATORS | netbios("Administrateur", "adm.martin", "svc_pacs", "svc_sauvegarde"),
    "privileged_password_age": netbios("svc_sauvegarde"),
    "privileged_reversible_password": netbios("svc_sauvegarde"),
    "privileged_shadow_credentials": netbios("svc_sauvegarde"),
    "privileged_spn": netbios("svc_sauvegarde"),
    "privileged_without_admin_count": netbios("svc_sauvegarde"),
    "privileged_without_preauth": netbios("svc_sauvegarde"),
    "protocol_transition": netbios("svc_portail"),
    "protocol_transition_to_controller": netbios("svc_web"),
    "replication_conflict": netbios("$DUPLICATE-44f"),
    "resource_delegation": netbios("PC-JOINT$"),
    "resource_delegation_on_controller": netbios("DC2$", "krbtgt"),
    "rodc_allowed_group_not_empty": netbios("prest_dns"),
    "rodc_denied_group_incomplete": netbios("krbtgt"),
    "rodc_holds_privileged": netbios("RODC1$"),
    "rodc_may_reveal": netbios("RODC1$"),
    "rodc_never_reveal_incomplete": netbios("RODC1$"),
    "rodc_orphan_krbtgt": netbios("krbtgt_2"),
    "rodc_reveals_privileged": netbios("RODC1$"),
    "server_password_age_45": netbios("SRV-45$", "SRV-OLD$"),
    "server_password_age_90": netbios("SRV-OLD$"),
    "servers_silent": netbios("SRV-45$"),
    "service_password_age": netbios("svc_sql"),
    "service_without_aes": netbios("svc_sauvegarde"),
    "sid_history_dangerous": netbios("migré"),
    "sid_history_own_domain": netbios("migré"),
    "sid_history_present": netbios("migré"),
    "successor_accounts": netbios("Ancien support", "Support", "agent0", "agent2", "agent5", "ancien.technicien"),
    "successor_of_privileged": netbios("dmsa_web$"),
    "sysvol_over_ntfrs": {f"CN=SYSVOL,CN=File Replication Service,{SYSTEM}"},
    "template_any_purpose": {f"CN=Libre,{TEMPLATES}"},
    "template_first_version": {f"CN=Ancien,{TEMPLATES}"},
    "template_linked_group": {f"CN=Astreinte,{TEMPLATES}"},
    "template_request_agent": {f"CN=Agent,{TEMPLATES}"},
    "template_subject_choice": {f"CN=Ouvert,{TEMPLATES}"},
    "template_without_sid": {f"CN=SansSid,{TEMPLATES}"},
    "trust_dead": {specimens_pingcastle.NT4},
    "trust_downlevel": {specimens_pingcastle.NT4},
    "trust_open_to_all": {specimens_pingcastle.NT4, f"CN=clinique.test,{SYSTEM}", f"CN=ght.test,{SYSTEM}"},
    "trust_password_age": netbios("CLINIQUE$"),
    "trust_tgt_delegation": {f"CN=ght.test,{SYSTEM}"},
    "trust_without_aes": {f"CN=clinique.test,{SYSTEM}", f"CN=ght.test,{SYSTEM}"},
    "trust_without_quarantine": {f"CN=clinique.test,{SYSTEM}"},
    "unconstrained_delegation": netbios("SRV-OLD$"),
    "unusual_owner": netbios("SRV-DPI$"),
    "weak_certificate_mapping": netbios("agent3"),
    "without_preauth": netbios("svc_sauvegarde"),
    "anonymous_reopened": POLICY,
    "blank_passwords_on_network": POLICY,
    "credential_manager_privilege": POLICY,
    "deployed_files_elsewhere": POLICY,
    "everyone_in_local_groups": POLICY,
    "hardened_paths_weakened": POLICY,
    "lm_hash_kept": POLICY,
    "machine_password_frozen": POLICY,
    "policy_passwords": POLICY,
    "privileges_of_everyone": POLICY,
    "recovery_console_open": POLICY,
    "scripts_elsewhere": POLICY,
    "wdigest_enabled": POLICY,
    "wsus_in_clear": POLICY,
    "wsus_user_proxy": POLICY,
    "wsus_without_pinning": POLICY,
    "controllers_audit_policy": CONTROLLERS,
    "controllers_smb_unsigned": CONTROLLERS,
    "kerberos_armoring_controllers": CONTROLLERS,
    "ldap_signing_not_required": CONTROLLERS,
    "logon_on_controllers": CONTROLLERS,
    "old_ntlm_accepted": CONTROLLERS,
    "logon_scripts_open": shared(specimens_sysvol.NETLOGON),
    "policy_files_changed": shared(specimens_sysvol.GROUPS),
    "policy_files_descriptor": shared(specimens_sysvol.REGISTRY),
    "policy_files_explicit_entries": shared(specimens_sysvol.AUDIT, specimens_sysvol.TEMPLATE),
    "policy_files_open": shared(specimens_sysvol.TEMPLATE),
    "policy_roots_descriptor": shared(specimens_sysvol.POLICY),
}
EXPECTED |= specimens_accounts.EXPECTED
EXPECTED |= specimens_descriptors.EXPECTED
"""Subjects on the broken domain, by rule; the rules left out speak of the domain as a whole."""

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


@each_rule
def test_silent_on_the_healthy_domain(rule: Rule[Any]) -> None:
    outcome = run_rule(rule, HEALTHY)
    assert (outcome.status, outcome.findings, outcome.reason) == (Status.PASSED, (), None)


@each_rule
def test_speaks_on_the_broken_domain(rule: Rule[Any]) -> None:
    outcome = run_rule(rule, broken_for(rule))
    assert outcome.status is Status.FAILED
    assert {finding.subject for finding in outcome.findings} == EXPECTED.get(rule.id.removeprefix("ad."), {DOMAIN})


@each_rule
def test_says_it_in_both_languages(rule: Rule[Any]) -> None:
    for finding in run_rule(rule, broken_for(rule)).findings:
        for lang in LANGS:
            assert finding.subject in rule.describe(finding, lang) or finding.evidence
    assert all(text.fr and text.en and text.fr != text.en for text in (rule.title, rule.message, rule.remediation))


@each_rule
def test_a_section_that_was_not_read_is_never_passed(rule: Rule[Any]) -> None:
    for section in rule.reads:
        specimen = specimens.healthy()
        specimen.gaps = (Gap(section, Text("Coupure.", "Cut."), truncated=True),)
        assert run_rule(rule, specimen.facts()).status is Status.NOT_ASSESSABLE


def test_subjects_are_expected_for_existing_rules_only() -> None:
    assert set(EXPECTED) <= {rule.id.removeprefix("ad.") for rule in RULES}


@pytest.mark.parametrize(
    ("rule_id", "dn", "attribute", "limit"),
    [
        ("krbtgt_password_age", f"CN=krbtgt,CN=Users,{specimens.BASE}", "pwdLastSet", 365),
        ("privileged_password_age", f"CN=adm.martin,{specimens.ADMINS}", "pwdLastSet", 3 * 365),
        ("controller_password_age", f"CN=DC1,OU=Domain Controllers,{specimens.BASE}", "pwdLastSet", 45),
        ("controller_silent", f"CN=DC1,OU=Domain Controllers,{specimens.BASE}", "lastLogonTimestamp", 45),
        ("server_password_age_45", f"CN=SRV-DPI,OU=Machines,{specimens.BASE}", "pwdLastSet", 45),
        ("server_password_age_90", f"CN=SRV-DPI,OU=Machines,{specimens.BASE}", "pwdLastSet", 90),
        ("servers_silent", f"CN=SRV-DPI,OU=Machines,{specimens.BASE}", "lastLogonTimestamp", 90),
        ("entra_sso_key_age", specimens_pingcastle.SIGN_ON, "pwdLastSet", 365),
        ("managed_account_password_age", f"CN=gmsa,CN=Managed Service Accounts,{specimens.BASE}", "pwdLastSet", 90),
    ],
)
def test_ages_fail_just_beyond_their_threshold(rule_id: str, dn: str, attribute: str, limit: int) -> None:
    assert status(rule_id, dn, attribute, ago(limit)) is Status.PASSED
    assert status(rule_id, dn, attribute, ago(limit + 0.001)) is Status.FAILED


@pytest.mark.parametrize(
    ("rule_id", "attribute", "good", "bad"),
    [
        ("weak_password_policy", "minPwdLength", 8, 7),
        ("weak_password_policy", "maxPwdAge", -1095 * 864_000_000_000, -1096 * 864_000_000_000),
        ("weak_password_policy", "maxPwdAge", -864_000_000_000, 0),
        ("weak_password_policy", "maxPwdAge", -864_000_000_000, -(2**63)),
        ("machine_account_quota", "ms_DS_MachineAccountQuota", 0, 1),
    ],
)
def test_settings_fail_just_beyond_their_threshold(rule_id: str, attribute: str, good: int, bad: int) -> None:
    assert status(rule_id, specimens.BASE, attribute, good) is Status.PASSED
    assert status(rule_id, specimens.BASE, attribute, bad) is Status.FAILED


@pytest.mark.parametrize(("dormant", "expected"), [(25, Status.PASSED), (26, Status.FAILED)])
def test_dormant_accounts_beyond_a_quarter(dormant: int, expected: Status) -> None:
    specimen = specimens.healthy()
    kept = int(counted(HEALTHY).sum())
    for number in range(100 - kept):
        old = number < dormant
        days = (1100, 400) if old else (1100, 300)
        specimen.user(f"u{number}", 2000 + number, pwdLastSet=ago(days[0]), lastLogonTimestamp=ago(days[1]))
    assert run_rule(rule("dormant_accounts"), specimen.facts()).status is expected


@pytest.mark.parametrize(("extra", "expected"), [(49, Status.PASSED), (50, Status.FAILED)])
def test_more_than_fifty_privileged_accounts(extra: int, expected: Status) -> None:
    specimen = specimens.healthy()
    for number in range(extra):
        dn = specimen.user(f"a{number}", 2000 + number)
        specimen.join(f"CN=Admins du domaine,CN=Users,{specimens.BASE}", dn)
    assert run_rule(rule("privileged_count"), specimen.facts()).status is expected


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (300.0, Status.PASSED),
        (-300.0, Status.PASSED),
        (300.1, Status.FAILED),
        (-300.1, Status.FAILED),
        (None, Status.NOT_ASSESSABLE),
    ],
)
def test_clocks_more_than_five_minutes_apart(ahead: float | None, expected: Status) -> None:
    specimen = specimens.healthy()
    specimen.clock_ahead = ahead
    assert run_rule(rule("controller_clock"), specimen.facts()).status is expected


def test_which_clock_is_ahead_is_told() -> None:
    specimen = specimens.healthy()
    for ahead, minutes in ((600.0, 10), (-5400.0, 90)):
        specimen.clock_ahead = ahead
        (finding,) = run_rule(rule("controller_clock"), specimen.facts()).findings
        assert finding.evidence == {"minutes": minutes, "ahead": ahead > 0}


def test_a_group_between_two_loops_is_in_none() -> None:
    specimen = specimens.healthy()
    groups = {name: specimen.group(name, 2000 + place) for place, name in enumerate(("A1", "A2", "X", "B1", "B2"))}
    for holder, held in (("A1", "A2"), ("A2", "A1"), ("A2", "X"), ("X", "B1"), ("B1", "B2"), ("B2", "B1")):
        specimen.join(groups[holder], groups[held])
    found = run_rule(rule("group_loop"), specimen.facts()).findings
    assert {finding.subject.partition("\\")[2] for finding in found} == {"A1", "A2", "B1", "B2"}


def test_a_long_chain_of_groups_is_no_loop_until_it_is_closed() -> None:
    """Longer than Python may recurse."""
    nodes = range(5_000)
    assert in_loops(nodes[:-1], nodes[1:]) == []
    assert sorted(in_loops([*nodes[:-1], 4_999], [*nodes[1:], 0])) == list(nodes)
    assert in_loops([1, 2], [1, 3]) == [1]


@pytest.mark.parametrize("rule_id", ["controller_password_age", "krbtgt_password_age", "guest_enabled", "des_only"])
def test_withheld_attributes_are_not_passed(rule_id: str) -> None:
    specimen = specimens.healthy()
    for dn in list(specimen.entries):
        specimen.change(dn, pwdLastSet=None, userAccountControl=None)
    assert run_rule(rule(rule_id), specimen.facts()).status is Status.NOT_ASSESSABLE


def test_withheld_permissions_of_a_target_are_not_passed() -> None:
    specimen = specimens.healthy()
    del specimen.entries[f"CN=AdminSDHolder,{SYSTEM}"]["nTSecurityDescriptor"]
    outcome = run_rule(rule("control_of_admin_sd_holder"), specimen.facts())
    assert outcome.status is Status.NOT_ASSESSABLE


def broken_for(rule: Rule[Any]) -> DirectoryFacts:
    return OTHERWISE_BROKEN if rule.id.removeprefix("ad.") in specimens_accounts.SILENCED else BROKEN


def rule(name: str) -> Rule[Any]:
    return next(rule for rule in RULES if rule.id == f"ad.{name}")


def status(rule_id: str, dn: str, attribute: str, value: int) -> Status:
    specimen = specimens.healthy()
    specimen.change(dn, **{attribute: value})
    return run_rule(rule(rule_id), specimen.facts()).status


def test_everybody_in_a_privileged_group_is_said() -> None:
    specimen = specimens.healthy()
    specimen.join(f"CN=Admins du domaine,CN=Users,{specimens.BASE}", f"CN=S-1-5-11,{FOREIGN}")
    outcome = run_rule(rule("privileged_foreign_member"), specimen.facts())
    assert [finding.evidence["name"] for finding in outcome.findings] == ["Authenticated Users"]
