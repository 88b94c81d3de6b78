"""What the catalogue of PingCastle asks beyond ANSSI, planted in the lab, and what a clean domain needs for it.

Runs under Samba's Python.
"""

from __future__ import annotations

from faults import BASE, Planter, filetime, generalized, netbios
from hospital import ROOT
from samba.dcerpc import security
from samba.ndr import ndr_pack

CONTROLLERS = f"OU=Domain Controllers,{BASE}"
SERVER_TRUST, TRUSTED_FOR_DELEGATION = 0x2000, 0x80000
DOCTORS = f"OU=DSI,OU=Utilisateurs,{ROOT}"


def plant(planter: Planter) -> None:
    """Plant everything: faults bear the ids of PingCastle."""
    _trusts(planter)
    _leftovers(planter)
    planter.expect("A-NotEnoughDC", BASE)


def cure(planter: Planter) -> None:
    """A second controller that lives."""
    second_controller(planter)


def second_controller(planter: Planter) -> str:
    """The account of a controller that is no machine of the lab."""
    dn = planter.add(
        f"CN=DC2,{CONTROLLERS}",
        "computer",
        relax=True,
        sAMAccountName="DC2$",
        userAccountControl=str(SERVER_TRUST | TRUSTED_FOR_DELEGATION),
        operatingSystem="Windows Server 2022 Standard",
        operatingSystemVersion="10.0 (20348)",
        dNSHostName="dc2.hopital.test",
        msDS_SupportedEncryptionTypes="24",
    )
    planter.late(dn, pwdLastSet=filetime(planter.now, 8), lastLogonTimestamp=filetime(planter.now, 2))
    return dn


def _trusts(planter: Planter) -> None:
    """Ancien: a trust of the NT 4 type that nobody renews; the two others of the lab know no AES."""
    dn = planter.add(
        f"CN=ANCIEN,CN=System,{BASE}",
        "trustedDomain",
        relax=True,
        trustPartner="ANCIEN",
        flatName="ANCIEN",
        trustDirection="2",
        trustType="1",
        trustAttributes="4",
        securityIdentifier=ndr_pack(security.dom_sid("S-1-5-21-3623811015-3361044348-1003")),
    )
    planter.late(dn, whenChanged=generalized(planter.now, 400))
    planter.expect("T-Downlevel", dn)
    planter.expect("T-Inactive", dn)
    planter.expect("T-AlgsAES", *(f"CN={name},CN=System,{BASE}" for name in ("clinique.test", "ght.test")))


def _leftovers(planter: Planter) -> None:
    planter.add(f"CN=HOPITAL$$$,CN=Users,{BASE}", "group", sAMAccountName="HOPITAL$$$", groupType="-2147483644")
    planter.expect("S-Domain$$$", netbios("HOPITAL$$$"))
    planter.account("script.ailleurs", DOCTORS, scriptPath="\\\\nas-ght\\scripts\\ouverture.bat")
    planter.expect("T-ScriptOutOfDomain", netbios("script.ailleurs"))
    sign_on = planter.add(
        f"CN=AZUREADSSOACC,CN=Computers,{BASE}", "computer", sAMAccountName="AZUREADSSOACC$", userAccountControl="4096"
    )
    planter.late(sign_on, pwdLastSet=filetime(planter.now, 900), lastLogonTimestamp=filetime(planter.now, 1))
    planter.expect("T-AzureADSSO", netbios("AZUREADSSOACC$"))
