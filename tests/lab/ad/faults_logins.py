"""Audit accounts that cannot do their work, and secrets that an audit must neither ask for nor keep.

Runs under Samba's Python.
"""

from __future__ import annotations

from faults import ADMINS, DC1, NORMAL, SUPPLIERS, Planter, filetime, netbios
from hospital import BASE, ROOT
from samba.sd_utils import SDUtils

DISABLED = 0x2
CONTROL_FLAGS = "bf967a68-0de6-11d0-a285-00aa003049e2"
"""The attribute userAccountControl."""
PLACE = f"OU=DSI,OU=Utilisateurs,{ROOT}"
MARK = "SECRETPLANTE"
"""Begins every planted secret: a search for it finds them all."""


def plant(planter: Planter, password: str) -> None:
    """The accounts, all with the auditor's password, and the secrets."""
    for name in ("verrouille", "expire", "desactive", "achanger", "horsheures", "limite"):
        planter.ordinary_account(f"audit.{name}", password)
    planter.late(_dn("verrouille"), lockoutTime=filetime(planter.now, -30))
    planter.change(_dn("expire"), accountExpires=filetime(planter.now, 2))
    planter.change(_dn("desactive"), userAccountControl=str(NORMAL | DISABLED))
    planter.late(_dn("achanger"), pwdLastSet="0")
    planter.change(_dn("horsheures"), logonHours=b"\0" * 21)
    _hide_suppliers(planter)
    _withhold(planter)
    _secrets(planter)


def _dn(name: str) -> str:
    return f"CN=audit.{name},{PLACE}"


def _hide_suppliers(planter: Planter) -> None:
    """The account `audit.limite` may list the suppliers, and read nothing of them."""
    deny = f"(D;CI;RPRC;;;{planter.sid('audit.limite')})"
    SDUtils(planter.directory).dacl_add_ace(SUPPLIERS, deny)


def _withhold(planter: Planter) -> None:
    """What else is refused to `audit.limite`: an object that counts, permissions, an attribute."""
    limited = planter.sid("audit.limite")
    planter.entry(f"CN=krbtgt,CN=Users,{BASE}", f"(D;;RP;;;{limited})")
    sid = f"{planter.directory.get_domain_sid()}-502"
    planter.expect("critical_objects_unreadable", sid, about="krbtgt", reader="limited")
    planter.entry(f"CN=adm.fontaine,{ADMINS}", f"(D;;RC;;;{limited})")
    planter.expect("privileged_descriptor_withheld", netbios("adm.fontaine"), reader="limited")
    servers = f"OU=Serveurs,{ROOT}"
    planter.entry(f"CN=SRV-STERIL01,{servers}", f"(D;;RC;;;{limited})")
    planter.expect("descriptor_unreadable", netbios("SRV-STERIL01$"), reader="limited")
    planter.entry(f"CN=SRV-ENDO01,{servers}", f"(OD;;RP;{CONTROL_FLAGS};;{limited})")
    planter.expect("attributes_withheld", netbios("SRV-ENDO01$"), reader="limited")


def _secrets(planter: Planter) -> None:
    machine = planter.add(f"CN=PC-LAPS-99,OU=Postes,{ROOT}", "computer", relax=True, sAMAccountName="PC-LAPS-99$")
    planter.change(machine, relax=True, ms_Mcs_AdmPwd=f"{MARK}.laps", msLAPS_Password=f'{{"p":"{MARK}.laps2"}}')
    planter.add(
        f"CN=2026-01-01T08:30:00\\+01:00{{00000000-0000-0000-0000-000000000001}},{machine}",
        "msFVE-RecoveryInformation",
        relax=True,
        msFVE_RecoveryPassword=f"{MARK}.bitlocker",
        msFVE_RecoveryGuid=b"\1" * 16,
    )
    holder = planter.account(
        "svc.scanner",
        PLACE,
        description=f"Numérisation, mot de passe : {MARK}.description",
        info=f"pwd={MARK}.info",
        comment=f"{MARK}.comment",
    )
    planter.change(
        holder,
        relax=True,
        userPassword=f"{MARK}.user",
        unixUserPassword=f"{MARK}.unix",
        unicodePwd=f'"{MARK}.Windows1"'.encode("utf-16-le"),
    )
    planter.change(DC1, relax=True, ms_Mcs_AdmPwd=f"{MARK}.controller")
    planter.expect("password_in_description", "HOPITAL\\svc.scanner")
