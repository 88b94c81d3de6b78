"""Every control point of the ANSSI list has its rule at each of its levels, and no other."""

from __future__ import annotations

from collections import defaultdict

from care.adapters.frameworks import shipped_frameworks
from scanners.catalog import rules_of

ITEMS = {item.id for one in shipped_frameworks() if one.id == "anssi-ad" for item in one.requirements}
COUNTED = {item for item in ITEMS if item.startswith("vuln_")}
RULES: dict[str, tuple[str, ...]] = {
    "vuln_adcs_control@1": ("control_of_pki",),
    "vuln_adcs_template_control@1": ("control_of_published_templates",),
    "vuln_adcs_template_auth_enroll_with_name@1": ("template_subject_choice",),
    "vuln_certificates_vuln@1": ("ca_certificate_broken",),
    "vuln_critical_objects@1": ("critical_objects_unreadable",),
    "vuln_dc_inconsistent_uac@1": ("controller_inconsistent",),
    "vuln_dc_obsolete@1": ("controller_obsolete",),
    "vuln_delegation_a2d2@1": ("constrained_delegation_to_controller",),
    "vuln_delegation_sourcedeleg@1": ("resource_delegation_on_controller",),
    "vuln_delegation_t2a4d@1": ("protocol_transition_to_controller",),
    "vuln_delegation_t4d@1": ("unconstrained_delegation",),
    "vuln_display_specifier@1": ("display_specifier_script",),
    "vuln_dnsadmins@1": ("dns_admins",),
    "vuln_dnszone_bad_prop@1": ("dns_zone_open_updates",),
    "vuln_dont_expire_priv@1": ("privileged_never_expires",),
    "vuln_dsheuristics_bad@1": ("ds_heuristics_critical",),
    "vuln_functional_level@1": ("functional_level_2008r2",),
    "vuln_kerberos_properties_preauth_priv@1": ("privileged_without_preauth",),
    "vuln_password_change_dc_no_change@1": ("controller_password_age",),
    "vuln_password_change_inactive_dc@1": ("controller_silent",),
    "vuln_password_change_priv@1": ("privileged_password_age",),
    "vuln_permissions_adminsdholder@1": ("control_of_admin_sd_holder",),
    "vuln_permissions_dc@1": ("control_of_controllers",),
    "vuln_permissions_dfsr_sysvol@1": ("control_of_sysvol_replication",),
    "vuln_permissions_dpapi@1": ("control_of_dpapi_keys",),
    "vuln_permissions_gmsa_keys@1": ("control_of_managed_account_keys",),
    "vuln_permissions_naming_context@1": (
        "control_of_naming_contexts",
        "dcsync_rights",
    ),
    "vuln_permissions_schema@1": ("control_of_schema",),
    "vuln_permissions_msdns@1": ("control_of_dns_server",),
    "vuln_permissions_gpo_priv@1": ("control_of_privileged_policies",),
    "vuln_primary_group_id_1000@1": ("primary_group_below_1000",),
    "vuln_privileged_members@1": ("privileged_count",),
    "vuln_privileged_members_perm@1": ("control_path_to_tier_zero",),
    "vuln_spn_priv@1": ("privileged_spn",),
    "vuln_trusts_domain_notfiltered@1": ("trust_without_quarantine",),
    "vuln_trusts_forest_sidhistory@1": ("forest_trust_sid_history",),
    "vuln_user_accounts_dormant@1": ("dormant_accounts",),
    "vuln_adcs_template_control@2": ("control_of_other_templates",),
    "vuln_certificates_vuln@2": ("ca_certificate_undecodable",),
    "vuln_dsheuristics_bad@2": ("ds_heuristics_weak",),
    "vuln_permissions_adminsdholder@2": ("control_of_admin_sd_holder_latent",),
    "vuln_permissions_dc@2": ("control_of_controllers_latent",),
    "vuln_permissions_dfsr_sysvol@2": ("control_of_sysvol_replication_latent",),
    "vuln_permissions_dpapi@2": ("control_of_dpapi_keys_latent",),
    "vuln_permissions_gmsa_keys@2": ("control_of_managed_account_keys_latent",),
    "vuln_permissions_naming_context@2": (
        "control_of_naming_contexts_latent",
        "dcsync_rights_latent",
    ),
    "vuln_permissions_schema@2": ("control_of_schema_latent",),
    "vuln_privileged_members@2": ("privileged_count",),
    "vuln_privileged_members_perm@2": ("control_path_to_tier_zero_latent",),
    "vuln_adupdate_bad@2": ("key_admins_too_powerful",),
    "vuln_compatible_2000_anonymous@2": ("pre_windows_2000_anonymous",),
    "vuln_dc_crypto@2": ("controller_des",),
    "vuln_dont_expire@2": ("never_expires_ratio",),
    "vuln_guest@2": ("guest_enabled",),
    "vuln_kerberos_properties_deskey@2": ("des_only",),
    "vuln_kerberos_properties_preauth@2": ("without_preauth",),
    "vuln_krbtgt@2": ("krbtgt_password_age",),
    "vuln_password_change_server_no_change_90@2": ("server_password_age_90",),
    "vuln_password_change_cluster_no_change_3years@2": ("cluster_password_age",),
    "vuln_password_change_msa_no_change_90@2": ("managed_account_password_age",),
    "vuln_permissions_gpo_container_priv@2": ("control_of_privileged_containers",),
    "vuln_privileged_members_password@2": ("weak_password_policy",),
    "vuln_privileged_members_no_admincount@2": ("privileged_without_admin_count",),
    "vuln_rodc_priv_revealed@2": ("rodc_holds_privileged",),
    "vuln_sidhistory_dangerous@2": ("sid_history_dangerous",),
    "vuln_sysvol_ntfrs@2": ("sysvol_over_ntfrs",),
    "vuln_trusts_accounts@2": ("trust_password_age",),
    "vuln_certificates_vuln@3": ("ca_certificate_weak",),
    "vuln_dnszone_bad_prop@3": ("dns_zone_open_updates_other",),
    "vuln_functional_level@3": ("functional_level_2012r2",),
    "vuln_dc_crypto@3": ("controller_without_aes",),
    "vuln_compatible_2000_not_default@3": ("pre_windows_2000_members",),
    "vuln_kerberos_properties_encryption@3": ("service_without_aes",),
    "vuln_owner@3": ("unusual_owner",),
    "vuln_password_change_inactive_servers@3": ("servers_silent",),
    "vuln_password_change_server_no_change_45@3": ("server_password_age_45",),
    "vuln_primary_group_id_nochange@3": ("primary_group_changed",),
    "vuln_protected_users@3": ("privileged_outside_protected_users",),
    "vuln_reversible_password_priv_uac@3": ("privileged_reversible_password",),
    "vuln_reversible_password_priv_namingcontext@3": ("domain_reversible_passwords",),
    "vuln_rodc_never_reveal@3": ("rodc_never_reveal_incomplete",),
    "vuln_rodc_reveal@3": ("rodc_reveals_privileged",),
    "vuln_rodc_allowed_group@3": ("rodc_allowed_group_not_empty",),
    "vuln_rodc_denied_group@3": ("rodc_denied_group_incomplete",),
    "vuln_rodc_orphan_krbtgt@3": ("rodc_orphan_krbtgt",),
    "vuln_sd_failed_sd_read_on_priv@3": ("privileged_descriptor_withheld",),
    "vuln_sidhistory_present@3": ("sid_history_present",),
    "vuln_trusts_tgt_deleg@3": ("trust_tgt_delegation",),
    "vuln_dsheuristics_bad@4": ("ds_heuristics_enforcement",),
    "vuln_functional_level@4": ("functional_level_2016",),
    "vuln_dc_crypto@4": ("controller_rc4",),
    "vuln_group_loop@4": ("group_loop",),
    "vuln_silo_priv@4": ("privileged_outside_silo",),
    "vuln_smartcard_expire_passwords@4": ("smartcard_secrets_kept",),
    "vuln_user_accounts_machineaccountquota@4": ("machine_account_quota",),
}
"""The rules of each point and level. Two where CERT-FR itself names two things: rights at the head of a partition, and
replication."""


def by_point() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for rule in rules_of("ad"):
        for ref in rule.refs:
            if ref.framework == "anssi-ad":
                found[str(ref).partition(":")[2]].add(rule.id.removeprefix("ad."))
    return found


def test_the_list_is_the_one_of_april_2026() -> None:
    assert len(COUNTED) == 95
    assert len({item.partition("@")[0] for item in COUNTED}) == 76
    others = {item.partition("@")[0] for item in ITEMS - COUNTED}
    assert (sum(name.startswith("warning_") for name in others), sum(name.startswith("info_") for name in others)) == (
        37,
        13,
    )


def test_each_point_has_its_rules_at_each_level() -> None:
    found = by_point()
    assert {point: found[point] for point in COUNTED} == {point: set(rules) for point, rules in RULES.items()}


def test_no_rule_names_a_point_that_is_not_on_the_list() -> None:
    assert set(by_point()) <= ITEMS


def test_warnings_and_information_all_have_a_rule() -> None:
    assert ITEMS - COUNTED - set(by_point()) == set()
