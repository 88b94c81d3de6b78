"""Controllers that are no machines of the lab, read-only ones among them, and the keys that only the system writes.

Runs under Samba's Python.
"""

from __future__ import annotations

import ldb
from faults import ADMINS, BASE, CONFIG, DOMAIN, NORMAL, SERVICE_ACCOUNTS, Planter, filetime, netbios
from samba.dcerpc import security
from samba.ndr import ndr_pack

CONTROLLERS = f"OU=Domain Controllers,{BASE}"
USERS = f"CN=Users,{BASE}"
WORKSTATION, TRUSTED_FOR_DELEGATION, PARTIAL_SECRETS = 0x1000, 0x80000, 0x5001000
DISABLED = 0x2
NUMBER = "msDS-SecondaryKrbTgtNumber"
COMPLEX_AND_REVERSIBLE = 17


def plant(planter: Planter) -> None:
    """Plant everything."""
    _silent_controller(planter)
    _read_only_controller(planter)
    _keys_of_the_system(planter)
    planter.change(BASE, pwdProperties=str(COMPLEX_AND_REVERSIBLE))
    planter.expect("domain_reversible_passwords", DOMAIN)
    planter.expect("privileged_outside_silo", netbios("adm.fontaine"))


def _silent_controller(planter: Planter) -> None:
    """DC9: in the group of controllers with the flags of a workstation, silent for months."""
    dn = planter.add(
        f"CN=DC9,{CONTROLLERS}",
        "computer",
        relax=True,
        sAMAccountName="DC9$",
        userAccountControl=str(0x2000 | TRUSTED_FOR_DELEGATION),
        operatingSystem="Windows Server 2019 Standard",
        operatingSystemVersion="10.0 (17763)",
        dNSHostName="dc9.hopital.test",
        msDS_SupportedEncryptionTypes="28",
    )
    flags = str(WORKSTATION)
    planter.late(dn, userAccountControl=flags, lastLogonTimestamp=filetime(planter.now, 80), primaryGroupID="516")
    planter.late(dn, pwdLastSet=filetime(planter.now, 20))
    planter.expect("controller_inconsistent", netbios("DC9$"))
    planter.expect("controller_silent", netbios("DC9$"))


def _read_only_controller(planter: Planter) -> None:
    """RODC1: reveals administrators, forgets whom it must never reveal; and the key of another that is gone."""
    kept = planter.account("krbtgt_4711", USERS, NORMAL | DISABLED)
    lost = planter.account("krbtgt_4712", USERS, NORMAL | DISABLED)
    planter.late(kept, **{NUMBER: "4711"})
    planter.late(lost, **{NUMBER: "4712"})
    planter.expect("rodc_orphan_krbtgt", netbios("krbtgt_4712"))
    operators = f"CN=Backup Operators,CN=Builtin,{BASE}"
    revealed = f"B:16:0000000000000000:CN=adm.fontaine,{ADMINS}"
    dn = planter.add(
        f"CN=RODC1,{CONTROLLERS}",
        "computer",
        relax=True,
        sAMAccountName="RODC1$",
        userAccountControl=str(PARTIAL_SECRETS),
        operatingSystem="Windows Server 2022 Standard",
        operatingSystemVersion="10.0 (20348)",
        dNSHostName="rodc1.hopital.test",
        msDS_SupportedEncryptionTypes="24",
        msDS_KrbTgtLink=kept,
        msDS_RevealOnDemandGroup=[operators],
        msDS_NeverRevealGroup=[f"CN=Administrators,CN=Builtin,{BASE}"],
        msDS_RevealedUsers=[revealed],
    )
    planter.late(dn, primaryGroupID="521", pwdLastSet=filetime(planter.now, 9))
    planter.late(dn, lastLogonTimestamp=filetime(planter.now, 2))
    planter.expect("rodc_reveals_privileged", netbios("RODC1$"))
    planter.expect("rodc_never_reveal_incomplete", netbios("RODC1$"))
    planter.expect("rodc_holds_privileged", netbios("RODC1$"))
    planter.expect("rodc_may_reveal", netbios("RODC1$"))
    planter.join(f"CN=Allowed RODC Password Replication Group,{USERS}", planter.account("nomade", ADMINS))
    planter.expect("rodc_allowed_group_not_empty", netbios("nomade"))
    _leave(planter, f"CN=Denied RODC Password Replication Group,{USERS}", f"CN=Domain Admins,{USERS}")
    planter.expect("rodc_denied_group_incomplete", netbios("Domain Admins"))


def _keys_of_the_system(planter: Planter) -> None:
    """A backup key of DPAPI and a root key of managed accounts that an ordinary account may rewrite."""
    planter.account("svc_coffre", SERVICE_ACCOUNTS)
    sid, gone = planter.sid("svc_coffre"), planter.sid("ancien.tech")
    readable = f"O:DAG:DAD:(A;;RPRCLCLO;;;AU)(A;;WD;;;{sid})(A;;WD;;;{gone})"
    descriptor = ndr_pack(security.descriptor.from_sddl(readable, security.dom_sid(planter.directory.get_domain_sid())))
    planter.add(
        f"CN=BCKUPKEY_lab Secret,CN=System,{BASE}",
        "secret",
        relax=True,
        nTSecurityDescriptor=descriptor,
    )
    secret = f"CN=BCKUPKEY_lab Secret,CN=System,{BASE}"
    planter.expect("control_of_dpapi_keys", netbios("svc_coffre"), about=secret)
    planter.expect("control_of_dpapi_keys_latent", netbios("ancien.tech"), about=secret)
    services = f"CN=Group Key Distribution Service,CN=Services,{CONFIG}"
    planter.add(services, "container", relax=True)
    keys = planter.add(f"CN=Master Root Keys,{services}", "container", relax=True, nTSecurityDescriptor=descriptor)
    planter.expect("control_of_managed_account_keys", netbios("svc_coffre"), about=keys)
    planter.expect("control_of_managed_account_keys_latent", netbios("ancien.tech"), about=keys)


def _leave(planter: Planter, group: str, member: str) -> None:
    message = ldb.Message(ldb.Dn(planter.directory, group))
    message["member"] = ldb.MessageElement([member], ldb.FLAG_MOD_DELETE, "member")
    planter.directory.modify(message)
