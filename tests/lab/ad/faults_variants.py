"""Weaknesses planted in other ways, on the clean domain: deeper, inherited, limited to one property, by ownership.

Runs under Samba's Python.

Faults bear the name of the rule that must see them.
"""

from __future__ import annotations

import struct
from itertools import pairwise

from faults import (
    ADMINS,
    BASE,
    CONFIG,
    DC1,
    DOMAIN_ADMINS,
    ENROLL,
    NEVER_EXPIRES,
    NORMAL,
    PKI,
    SERVICE_ACCOUNTS,
    SUPPLIERS,
    TRUSTED_TO_AUTH,
    WORKSTATION,
    Planter,
    container,
    generalized,
    netbios,
    template,
)
from hospital import ROOT
from samba.dcerpc import security
from samba.ndr import ndr_pack

BUILTIN, USERS, SYSTEM = f"CN=Builtin,{BASE}", f"CN=Users,{BASE}", f"CN=System,{BASE}"
CONTROLLERS = f"OU=Domain Controllers,{BASE}"
SERVERS = f"OU=Serveurs,{ROOT}"
STAFF = f"OU=DSI,OU=Utilisateurs,{ROOT}"
CONTROLLERS_POLICY = f"CN={{6AC1786C-016F-11D2-945F-00C04FB984F9}},CN=Policies,{SYSTEM}"

MEMBER = "bf9679c0-0de6-11d0-a285-00aa003049e2"
KEY_CREDENTIAL = "5b47d60f-6090-40b2-9f37-2a4de88f3063"
SPN = "f3a64788-5306-11d1-a9c5-0000f80367c1"
GP_LINK = "f30e3bbe-9ff0-11d1-b603-0000f80367c1"
NAME_FLAG = "ea1dddc4-60ff-416e-8cc0-17cee534bce7"
RESET = "00299570-246d-11d0-a768-00aa006e0529"
ALLOWED_TO_ACT = "3f78c3e5-f79a-46bd-a0b8-9d18116ddc79"
PASSWORD_NOT_REQUIRED = 0x20
PARTIAL = "control_path_to_tier_zero"


def plant(planter: Planter) -> None:
    """Plant everything."""
    _deep_membership(planter)
    _limited_rights(planter)
    _inherited_rights(planter)
    _ownership(planter)
    _certificates(planter)
    _delegations(planter)
    _settings(planter)
    _hidden(planter)


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
    planter.expect(PARTIAL, netbios("Domain Guests"))


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
        planter.expect(PARTIAL, netbios(name))
    planter.expect("dcsync_rights", netbios("v.etendu"))
    planter.expect("control_of_controllers", netbios("v.cle"), netbios("v.agir"))


def _inherited_rights(planter: Planter) -> None:
    """Rights set above, that only descend: on users of an organizational unit, on everything below the head."""
    inner = planter.add(f"OU=Interne,{ADMINS}", "organizationalUnit")
    planter.account("v.adm", inner, groups=(DOMAIN_ADMINS,), adminCount="1")
    _person(planter, "v.heritage")
    planter.grant(ADMINS, "v.heritage", flags="CIIO")
    planter.expect(PARTIAL, netbios("v.heritage"))
    _person(planter, "v.partout")
    planter.grant(BASE, "v.partout", "WD", flags="CIIO")
    planter.expect(PARTIAL, netbios("v.partout"))


def _ownership(planter: Planter) -> None:
    _person(planter, "v.proprio")
    planter.own(DOMAIN_ADMINS, "v.proprio")
    planter.late(DOMAIN_ADMINS, whenCreated=generalized(planter.now, 900))
    planter.expect("unusual_owner", netbios("Domain Admins"))
    planter.expect(PARTIAL, netbios("v.proprio"))


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


def _hidden(planter: Planter) -> None:
    """A unit that the audit account cannot list."""
    closed = planter.add(f"OU=Fermée,{ROOT}", "organizationalUnit")
    planter.account("v.vip", closed)
    planter.permissions(closed, "D:P(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)(A;;RPRC;;;AU)")
    planter.expect("ou_not_listable", closed)


def _settings(planter: Planter) -> None:
    planter.account("v.vide", STAFF, NORMAL | PASSWORD_NOT_REQUIRED)
    planter.expect("password_not_required", netbios("v.vide"))
    planter.account("v.eternel", ADMINS, NORMAL | NEVER_EXPIRES, groups=(DOMAIN_ADMINS,), adminCount="1")
    planter.expect("privileged_never_expires", netbios("v.eternel"))
    fake = _machine(planter, "PC-FAUX-DC")
    planter.late(fake, primaryGroupID="516")
    planter.expect("controller_inconsistent", netbios("PC-FAUX-DC$"))
