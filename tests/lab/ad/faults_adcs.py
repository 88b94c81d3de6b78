"""Certificates, delegation and managed secrets planted in the lab, beyond the points of ANSSI.

Runs under Samba's Python; `faults` is only used once it is whole.
"""

from __future__ import annotations

import uuid

import faults
import ldb
from hospital import NORMAL, ROOT, WORKSTATION
from samba.dcerpc import security
from samba.ndr import ndr_pack

EVERYBODY = "S-1-5-11"
CLIENT, SERVER, ANY, AGENT = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "2.5.29.37.0", "1.3.6.1.4.1.311.20.2.1"
POLICY = "1.3.6.1.4.1.311.21.8.4242.1"
DELEGATED = "0feb936f-47b3-49f2-9386-1dedc2c23765"
NO_SECURITY_EXTENSION = 0x80000
UNIVERSAL = "-2147483640"
TEMPLATES = f"CN=Certificate Templates,{faults.PKI}"


def plant(planter: faults.Planter) -> None:
    """Plant everything."""
    _templates(planter)
    _linked_group(planter)
    _mapping(planter)
    _local_passwords(planter)
    _managed_account(planter)
    _delegations(planter)
    _service_account(planter)
    _successors(planter)


def _templates(planter: faults.Planter) -> None:
    flags = str(NO_SECURITY_EXTENSION)
    wanted = (
        ("ToutUsage", [ANY], "402653184", "0", "2"),
        ("AgentInscription", [AGENT], "402653184", "0", "2"),
        ("SansSid", [CLIENT], "402653184", flags, "2"),
        ("ServeurAncien", [SERVER], "1", "0", "1"),
    )
    for name, purposes, names, enrolment, version in wanted:
        dn = _open_template(planter, name, names, enrolment)
        planter.change(
            dn,
            pKIExtendedKeyUsage=purposes,
            msPKI_Certificate_Application_Policy=purposes,
            msPKI_Template_Schema_Version=version,
        )
    anything, agent, without_sid, first = (f"CN={name},{TEMPLATES}" for name, *_ in wanted)
    planter.expect("template_any_purpose", anything)  # ESC2
    planter.expect("template_request_agent", agent)  # ESC3
    planter.expect("template_without_sid", without_sid)  # ESC9
    planter.expect("template_first_version", first)  # ESC15
    _open_template(planter, "ApprouveParGestionnaire", "1", "2")
    closed = faults.template(planter, "ReserveAuxAdministrateurs", "1", "0")
    _publish(planter, closed)
    withdrawn = faults.template(planter, "Retire", "402653184", "2")
    planter.grant(withdrawn, "svc_annuaire", "WD")
    planter.expect("control_of_other_templates", faults.netbios("svc_annuaire"), about=withdrawn)


def _linked_group(planter: faults.Planter) -> None:
    parent = f"OU=Groupes,OU=Administration,{ROOT}"
    group = planter.add(f"CN=GG_Astreinte,{parent}", "group", sAMAccountName="GG_Astreinte", groupType=UNIVERSAL)
    container = f"CN=OID,{faults.PKI}"
    if not planter.directory.search(faults.PKI, expression="(cn=OID)", attrs=["cn"]):
        planter.add(container, "container")
    planter.add(
        f"CN=4242.1,{container}",
        "msPKI-Enterprise-Oid",
        flags="2",
        displayName="Astreinte",
        msPKI_Cert_Template_OID=POLICY,
        msDS_OIDToGroupLink=group,
    )
    dn = _open_template(planter, "Astreinte", "402653184", "0")
    planter.change(dn, msPKI_Certificate_Policy=[POLICY])
    planter.expect("template_linked_group", dn)


def _mapping(planter: faults.Planter) -> None:
    weak = ["X509:<I>DC=test,DC=hopital,CN=CA-HOPITAL<S>CN=Carte de Claire"]
    planter.account("carte.weak", faults.SUPPLIERS, altSecurityIdentities=weak)
    planter.expect("weak_certificate_mapping", faults.netbios("carte.weak"))
    strong = ["X509:<I>DC=test,DC=hopital,CN=CA-HOPITAL<SR>1200000000AC11"]
    planter.account("carte.strong", faults.SUPPLIERS, altSecurityIdentities=strong)


def _local_passwords(planter: faults.Planter) -> None:
    """Two machines whose password LAPS keeps: one for all to read, one for who joined it."""
    expires = faults.filetime(planter.now, -20)
    wide = _machine(planter, "PC-ACCUEIL90", msLAPS_PasswordExpirationTime=expires)
    planter.grant(wide, f"{planter.directory.get_domain_sid()}-513", "CR", _identifier(planter, "msLAPS-Password"))
    planter.expect("laps_readers_wide", "HOPITAL\\Domain Users")
    planter.grant(wide, "GG_Support_N1", "CR", _identifier(planter, "msLAPS-Password"))
    planter.expect("laps_readers", faults.netbios("GG_Support_N1"))
    joined = _machine(planter, "PC-ACCUEIL91", ms_Mcs_AdmPwdExpirationTime=expires)
    creator = security.dom_sid(planter.sid("tech.support"))
    planter.change(joined, relax=True, mS_DS_CreatorSID=ndr_pack(creator))
    planter.grant(joined, "tech.support", "CR", _identifier(planter, "ms-Mcs-AdmPwd"))
    planter.expect("laps_joined_computers", faults.netbios("PC-ACCUEIL91$"))


def _managed_account(planter: faults.Planter) -> None:
    readers = security.descriptor.from_sddl("O:BAD:(A;;0xf01ff;;;AU)", _domain(planter))
    planter.change(f"CN=gmsa_hl7,CN=Managed Service Accounts,{faults.BASE}", msDS_GroupMSAMembership=ndr_pack(readers))
    planter.expect("managed_password_readers", faults.netbios("gmsa_hl7$"))


def _delegations(planter: faults.Planter) -> None:
    to_server = ["http/srv-pacs01.hopital.test"]
    control = NORMAL | faults.TRUSTED_TO_AUTH
    planter.account("svc_portail", faults.SERVICE_ACCOUNTS, control, msDS_AllowedToDelegateTo=to_server)
    planter.expect("protocol_transition", faults.netbios("svc_portail"))
    text = f"O:BAD:(A;;{faults.FULL_CONTROL};;;{planter.sid('SRV-TEST01$')})"
    acting = security.descriptor.from_sddl(text, _domain(planter))
    machine = f"CN=SRV-PRINT01,OU=Serveurs,{ROOT}"
    planter.change(machine, relax=True, msDS_AllowedToActOnBehalfOfOtherIdentity=ndr_pack(acting))
    planter.expect("resource_delegation", faults.netbios("SRV-PRINT01$"))


def _service_account(planter: faults.Planter) -> None:
    planter.account(
        "svc_bloc",
        faults.SERVICE_ACCOUNTS,
        password_age=500,
        servicePrincipalName=["MSSQLSvc/srv-bloc01.hopital.test"],
        msDS_SupportedEncryptionTypes="24",
    )
    planter.expect("service_password_age", faults.netbios("svc_bloc"))


def _successors(planter: faults.Planter) -> None:
    """A controller that serves dMSA accounts, and a tool that may create them."""
    controller = f"CN=DC9,OU=Domain Controllers,{faults.BASE}"
    system, version = "Windows Server 2025 Standard", "10.0 (26100)"
    planter.change(controller, operatingSystem=system, operatingSystemVersion=version)
    planter.account("svc_provision", faults.SERVICE_ACCOUNTS)
    planter.grant(f"OU=Prestataires,{ROOT}", "svc_provision", "CC", DELEGATED)
    planter.expect("successor_accounts", faults.netbios("svc_provision"))
    heir = planter.add(
        f"CN=dmsa_bloc,OU=Prestataires,{ROOT}",
        "msDS-DelegatedManagedServiceAccount",
        relax=True,
        sAMAccountName="dmsa_bloc$",
        userAccountControl=str(WORKSTATION),
        msDS_ManagedAccountPrecededByLink=f"CN=adm.fontaine,{faults.ADMINS}",
        msDS_DelegatedMSAState="2",
    )
    planter.permissions(heir, f"D:(A;;{faults.FULL_CONTROL};;;DA)(A;;RPLCLORC;;;AU)")  # the lab's class has none
    planter.late(heir, pwdLastSet=faults.filetime(planter.now, 10))
    planter.expect("successor_of_privileged", faults.netbios("dmsa_bloc$"), about=faults.netbios("adm.fontaine"))


def _open_template(planter: faults.Planter, name: str, name_flag: str, enrollment_flag: str) -> str:
    """A published template on which everybody may enrol."""
    dn = faults.template(planter, name, name_flag, enrollment_flag)
    planter.grant(dn, EVERYBODY, "CR", faults.ENROLL)
    _publish(planter, dn)
    return dn


def _publish(planter: faults.Planter, dn: str) -> None:
    """Have the authority issue one more template."""
    message = ldb.Message(ldb.Dn(planter.directory, f"CN=CA-HOPITAL,CN=Enrollment Services,{faults.PKI}"))
    name = dn.partition(",")[0].partition("=")[2]
    message["certificateTemplates"] = ldb.MessageElement([name], ldb.FLAG_MOD_ADD, "certificateTemplates")
    planter.directory.modify(message)


def _machine(planter: faults.Planter, name: str, **attributes: object) -> str:
    dn = planter.add(
        f"CN={name},OU=Postes,{ROOT}",
        "computer",
        relax=True,
        sAMAccountName=f"{name}$",
        userAccountControl=str(WORKSTATION),
        operatingSystem="Windows 11 Pro",
        operatingSystemVersion="10.0 (26100)",
        **attributes,
    )
    planter.late(dn, pwdLastSet=faults.filetime(planter.now, 10), lastLogonTimestamp=faults.filetime(planter.now, 2))
    return dn


def _identifier(planter: faults.Planter, name: str) -> str:
    """The identifier that the schema gives an attribute; it is drawn when the attribute is added."""
    schema = planter.directory.get_schema_basedn()
    found = planter.directory.search(schema, expression=f"(lDAPDisplayName={name})", attrs=["schemaIDGUID"])
    return str(uuid.UUID(bytes_le=bytes(found[0]["schemaIDGUID"][0])))


def _domain(planter: faults.Planter) -> security.dom_sid:
    return security.dom_sid(planter.directory.get_domain_sid())
