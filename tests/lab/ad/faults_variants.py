"""Weaknesses planted in other ways, on the clean domain: deeper, inherited, limited to one property, by ownership.

Runs under Samba's Python.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from itertools import pairwise

from faults import (
    ADMINS,
    BASE,
    CONFIG,
    DC1,
    DOMAIN,
    DOMAIN_ADMINS,
    ENROLL,
    NEVER_EXPIRES,
    NORMAL,
    PKI,
    SERVICE_ACCOUNTS,
    SERVICES,
    SUPPLIERS,
    TRUSTED_TO_AUTH,
    WORKSTATION,
    Planter,
    container,
    filetime,
    generalized,
    netbios,
    template,
)
from faults_accounts import a_key, policy
from faults_pingcastle import authority
from hospital import ROOT
from samba.dcerpc import security
from samba.ndr import ndr_pack

BUILTIN, USERS, SYSTEM = f"CN=Builtin,{BASE}", f"CN=Users,{BASE}", f"CN=System,{BASE}"
CONTROLLERS = f"OU=Domain Controllers,{BASE}"
SERVERS = f"OU=Serveurs,{ROOT}"
STAFF = f"OU=DSI,OU=Utilisateurs,{ROOT}"
CONTROLLERS_POLICY = f"CN={{6AC1786C-016F-11D2-945F-00C04FB984F9}},CN=Policies,{SYSTEM}"

DC1_NAME = "dc1.hopital.test"
MEMBER = "bf9679c0-0de6-11d0-a285-00aa003049e2"
KEY_CREDENTIAL = "5b47d60f-6090-40b2-9f37-2a4de88f3063"
SPN = "f3a64788-5306-11d1-a9c5-0000f80367c1"
GP_LINK = "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
NAME_FLAG = "ea1dddc4-60ff-416e-8cc0-17cee534bce7"
RESET = "00299570-246d-11d0-a768-00aa006e0529"
ALLOWED_TO_ACT = "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79"
PASSWORD_NOT_REQUIRED = 0x20


def plant(planter: Planter) -> None:
    """Plant everything. The controller itself is at fault too: `start_kind` has it take logins without signature."""
    planter.expect("ldap_unsigned_accepted", DC1_NAME)
    planter.expect("ldaps_channel_binding_not_required", DC1_NAME)
    planter.expect("ldaps_old_tls", DC1_NAME)
    _unused(planter)
    _deep_membership(planter)
    _limited_rights(planter)
    _inherited_rights(planter)
    _ownership(planter)
    _certificates(planter)
    _delegations(planter)
    _settings(planter)
    _old_forest(planter)
    _new_ways_in(planter)
    _new_members(planter)
    _too_many(planter)


def _person(planter: Planter, name: str, **attributes: object) -> str:
    return planter.account(name, STAFF, **attributes)


def _machine(planter: Planter, name: str) -> str:
    flags = str(WORKSTATION)
    return planter.add(
        f"CN={name},{SERVERS}", "computer", relax=True, sAMAccountName=f"{name}$", userAccountControl=flags
    )


def _deep_membership(planter: Planter) -> None:
    """A privileged account four groups deep, and a supplier in DnsAdmins by a group."""
    deep = _person(planter, "v.profond", password_age=1300)
    groups = [planter.group(f"GV_{number}") for number in range(4)]
    planter.join(groups[0], deep)
    for inner, outer in pairwise(groups):
        planter.join(outer, inner)
    planter.join(f"CN=Account Operators,{BUILTIN}", groups[-1])
    planter.expect("privileged_password_age", netbios("v.profond"))
    planter.expect("privileged_without_admin_count", netbios("v.profond"))
    planter.expect("privileged_outside_silo", netbios("v.profond"))
    supplier = planter.account("v.prestataire", SUPPLIERS)
    planter.join(f"CN=DnsAdmins,{USERS}", planter.group("GV_DNS", supplier))
    planter.expect("dns_admins", netbios("GV_DNS"))
    planter.join(f"CN=Print Operators,{BUILTIN}", f"CN=Domain Guests,{USERS}")
    planter.expect("control_path_to_tier_zero", netbios("Domain Guests"))


def _limited_rights(planter: Planter) -> None:
    """One property, one extended right, one validated write: each is enough."""
    cases = (
        ("v.membre", f"CN=Server Operators,{BUILTIN}", "WP", MEMBER),
        ("v.soi", f"CN=Backup Operators,{BUILTIN}", "SW", MEMBER),
        ("v.cle", DC1, "WP", KEY_CREDENTIAL),
        ("v.nom", f"CN=Administrator,{USERS}", "WP", SPN),
        ("v.reinit", f"CN=Administrator,{USERS}", "CR", RESET),
        ("v.etendu", BASE, "CR", ""),
        ("v.agir", DC1, "WP", ALLOWED_TO_ACT),
        ("v.lien", CONTROLLERS, "WP", GP_LINK),
        ("v.site", f"CN=Default-First-Site-Name,CN=Sites,{CONFIG}", "WP", GP_LINK),
        ("v.gpo", CONTROLLERS_POLICY, "WP", ""),
    )
    for name, dn, right, guid in cases:
        _person(planter, name)
        planter.grant(dn, name, right, guid)
        planter.expect("control_path_to_tier_zero", netbios(name))
    planter.expect("dcsync_rights", netbios("v.etendu"))
    planter.expect("control_of_controllers", netbios("v.cle"), netbios("v.agir"))


def _inherited_rights(planter: Planter) -> None:
    """Rights set above, that only descend: on users of an organizational unit, on everything below the head."""
    inner = planter.add(f"OU=Interne,{ADMINS}", "organizationalUnit")
    planter.account("v.adm", inner, groups=(DOMAIN_ADMINS,), adminCount="1")
    _person(planter, "v.heritage")
    planter.grant(ADMINS, "v.heritage", flags="CIIO")
    planter.expect("control_path_to_tier_zero", netbios("v.heritage"))
    _person(planter, "v.partout")
    planter.grant(BASE, "v.partout", "WD", flags="CIIO")
    planter.expect("control_path_to_tier_zero", netbios("v.partout"))


def _ownership(planter: Planter) -> None:
    _person(planter, "v.proprio")
    planter.own(DOMAIN_ADMINS, "v.proprio")
    planter.late(DOMAIN_ADMINS, whenCreated=generalized(planter.now, 900))
    planter.expect("unusual_owner", netbios("Domain Admins"))
    planter.expect("control_path_to_tier_zero", netbios("v.proprio"))


def _certificates(planter: Planter) -> None:
    """One setting of a template, and the authority's own object."""
    for dn in (f"CN=Certificate Templates,{PKI}", f"CN=Enrollment Services,{PKI}"):
        container(planter, dn)
    chosen = template(planter, "Variante", name_flag="402653184", enrollment_flag="0")
    _person(planter, "v.modele")
    planter.grant(chosen, "v.modele", "WP", NAME_FLAG)
    service = planter.add(
        f"CN=CA-VARIANTE,CN=Enrollment Services,{PKI}",
        "pKIEnrollmentService",
        certificateTemplates=["Variante"],
        dNSHostName="srv-ca02.hopital.test",
    )
    planter.grant(service, "S-1-5-11", "CR", ENROLL)
    planter.expect("control_of_published_templates", netbios("v.modele"))
    _person(planter, "v.autorite")
    planter.grant(service, "v.autorite", "WO")
    planter.expect("control_of_pki", netbios("v.autorite"))


def _delegations(planter: Planter) -> None:
    to_controller = ["gc/dc1.hopital.test/hopital.test"]
    planter.account("v.transition", SERVICE_ACCOUNTS, NORMAL | TRUSTED_TO_AUTH, msDS_AllowedToDelegateTo=to_controller)
    planter.expect("protocol_transition_to_controller", netbios("v.transition"))
    acting = security.descriptor.from_sddl(
        f"O:BAD:(A;;0xf01ff;;;{planter.sid('v.transition')})", security.dom_sid(planter.directory.get_domain_sid())
    )
    planter.change(DC1, relax=True, msDS_AllowedToActOnBehalfOfOtherIdentity=ndr_pack(acting))
    planter.expect("resource_delegation_on_controller", netbios("DC1$"))
    planter.account("v.ticket", SERVICE_ACCOUNTS, msDS_AllowedToDelegateTo=["krbtgt"])
    planter.expect("constrained_delegation_to_controller", netbios("v.ticket"))
    without_list = struct.pack("<BBHIIII", 1, 0, 0x8004, 20, 0, 0, 0) + ndr_pack(security.dom_sid("S-1-5-32-544"))
    planter.change(_machine(planter, "PC-OUVERT"), relax=True, msDS_AllowedToActOnBehalfOfOtherIdentity=without_list)
    planter.expect("resource_delegation", netbios("PC-OUVERT$"))
    planter.join(f"CN=Server Operators,{BUILTIN}", _machine(planter, "SRV-OUTIL"))
    planter.expect("privileged_machine", netbios("SRV-OUTIL$"))


def _unused(planter: Planter) -> None:
    """One account in five asleep, people and machines: between the thresholds of two rules."""
    accounts = [dn for dn, values in planter.raw.items() if "pwdLastSet" in values and dn.endswith(ROOT)]
    for dn in [dn for dn in accounts if "auditeur" not in dn][::5]:
        planter.late(dn, pwdLastSet=filetime(planter.now, 1300), lastLogonTimestamp=filetime(planter.now, 500))
    planter.expect("dormant_accounts_notable", DOMAIN)
    planter.expect("dormant_computers", DOMAIN)


def _old_forest(planter: Planter) -> None:
    """Settings that no domain of the lab has at the same time as others: levels, heuristics, keys, replication."""
    for dn in (BASE, f"CN=Partitions,{CONFIG}"):
        planter.change(dn, relax=True, msDS_Behavior_Version="3")
    planter.expect("functional_level_2008r2", DOMAIN)
    planter.directory.delete(f"CN=Protected Users,{USERS}", ["relax:0"])
    planter.expect("protected_users_missing", DOMAIN)
    planter.change(f"CN=Schema,{CONFIG}", relax=True, objectVersion="92")
    planter.expect("newer_than_references", DOMAIN)
    settings = f"CN=Directory Service,CN=Windows NT,{SERVICES}"
    planter.change(settings, relax=True, dSHeuristics="0010000101000000000200000001130")
    planter.expect("ds_heuristics_critical", DOMAIN, about=settings)
    planter.expect("ds_heuristics_list_object", DOMAIN, about=settings)
    planter.change(f"CN=DC2,{CONTROLLERS}", msDS_SupportedEncryptionTypes="4")
    planter.expect("controller_without_aes", netbios("DC2$"))
    volume = f"CN=Domain System Volume,CN=DFSR-GlobalSettings,{SYSTEM}"
    planter.directory.delete(volume, ["tree_delete:1", "relax:0"])
    planter.expect("sysvol_not_replicated", DOMAIN)
    container(planter, f"CN=Certification Authorities,{PKI}")
    planter.expect("ca_certificate_undecodable", authority(planter, "CA-ABIMEE", b"0\x82\x01\x0aabimee"))


def _new_ways_in(planter: Planter) -> None:
    """Keys and service names on what is privileged or kept in a silo."""
    planter.late(DC1, msDS_KeyCredentialLink=a_key(DC1))
    planter.expect("privileged_shadow_credentials", netbios("DC1$"))
    bastion = _machine(planter, "PC-BASTION")
    silo = planter.directory.search(SERVICES, expression="(objectClass=msDS-AuthNPolicySilo)", attrs=["cn"])[0]
    planter.change(bastion, relax=True, msDS_AssignedAuthNPolicySilo=str(silo.dn))
    planter.late(bastion, msDS_KeyCredentialLink=a_key(bastion))
    planter.expect("silo_machine_key", netbios("PC-BASTION$"))
    service = planter.add(
        f"CN=gmsa_outil,CN=Managed Service Accounts,{BASE}",
        "msDS-GroupManagedServiceAccount",
        sAMAccountName="gmsa_outil$",
        userAccountControl=str(WORKSTATION),
        dNSHostName="gmsa_outil.hopital.test",
        msDS_ManagedPasswordInterval="30",
        msDS_SupportedEncryptionTypes="24",
        servicePrincipalName=["HTTP/outil.hopital.test"],
    )
    planter.join(f"CN=Server Operators,{BUILTIN}", service)
    planter.expect("privileged_spn_tolerated", netbios("gmsa_outil$"))


def _new_members(planter: Planter) -> None:
    """Somebody of another domain of the forest, and somebody who entered lately.

    Samba neither has a forest nor computes the history of members: what Windows would serve is written as it is.
    """
    other = "CN=adm.siege,OU=Administration,DC=siege,DC=test"
    backup = f"CN=Backup Operators,{BUILTIN}"
    planter.late(backup, member=other)
    planter.expect("privileged_from_another_domain", other, about=backup)
    planter.late(DOMAIN_ADMINS, msDS_ReplValueMetaData=_entered(planter, f"CN=v.eternel,{ADMINS}"))
    planter.expect("privileged_members_changed", netbios("Domain Admins"))


def _entered(planter: Planter, member: str) -> str:
    """What a Windows controller tells of somebody who entered a group three days ago."""
    day = datetime.fromtimestamp(planter.now - 3 * 86400, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        "<DS_REPL_VALUE_META_DATA><pszAttributeName>member</pszAttributeName>"
        f"<pszObjectDn>{member}</pszObjectDn><ftimeDeleted>1601-01-01T00:00:00Z</ftimeDeleted>"
        f"<ftimeCreated>{day}</ftimeCreated><dwVersion>1</dwVersion>"
        f"<ftimeLastOriginatingChange>{day}</ftimeLastOriginatingChange></DS_REPL_VALUE_META_DATA>"
    )


def _too_many(planter: Planter) -> None:
    """More administrators than ANSSI allows, all under one strong policy: that of the domain is weak for the others."""
    team = [planter.administrator(f"v.equipe{number:02}") for number in range(1, 52)]
    planter.expect("privileged_count", DOMAIN)
    known = (
        f"CN=Administrator,{USERS}",
        f"CN=v.profond,{STAFF}",
        f"CN=v.eternel,{ADMINS}",
        f"CN=v.adm,OU=Interne,{ADMINS}",
    )
    group = planter.group("GV_Niveau0", *team, *known)
    policy(planter, "PSO_Niveau0", 10, 33, 365, group)
    planter.change(BASE, minPwdLength="7")
    planter.expect("short_passwords_allowed", DOMAIN)


def _settings(planter: Planter) -> None:
    planter.account("v.vide", STAFF, NORMAL | PASSWORD_NOT_REQUIRED)
    planter.expect("password_not_required", netbios("v.vide"))
    planter.account("v.eternel", ADMINS, NORMAL | NEVER_EXPIRES, groups=(DOMAIN_ADMINS,), adminCount="1")
    planter.expect("privileged_never_expires", netbios("v.eternel"))
    fake = _machine(planter, "PC-FAUX-DC")
    planter.late(fake, primaryGroupID="516")
    planter.expect("controller_inconsistent", netbios("PC-FAUX-DC$"))
