"""What the catalogue of PingCastle asks beyond ANSSI, planted in the lab, and what a clean domain needs for it.

Runs under Samba's Python.
"""

from __future__ import annotations

import ldb
from faults import BASE, CONFIG, Planter, filetime, generalized, netbios
from hospital import ROOT
from samba.dcerpc import dnsp, security
from samba.ndr import ndr_pack

SCHEMA = f"CN=Schema,{CONFIG}"
SITE = f"CN=Default-First-Site-Name,CN=Sites,{CONFIG}"
COMPUTERS = "AA312825768811D1ADED00C04FD8D5CD"
CONTROLLERS = f"OU=Domain Controllers,{BASE}"
SERVER_TRUST, TRUSTED_FOR_DELEGATION = 0x2000, 0x80000
DOCTORS = f"OU=DSI,OU=Utilisateurs,{ROOT}"


def plant(planter: Planter) -> None:
    """Plant everything: faults bear the ids of PingCastle."""
    _trusts(planter)
    _leftovers(planter)
    planter.expect("A-NotEnoughDC", BASE)
    planter.expect("A-BackupMetadata", BASE, CONFIG, SCHEMA)
    _address(planter, "dc1", "192.0.2.11")
    planter.expect("S-DC-SubnetMissing", netbios("DC1$"))
    key_admins = f"{planter.directory.get_domain_sid()}-527"
    planter.grant(BASE, key_admins)
    planter.expect("P-DelegationKeyAdmin", key_admins)
    planter.change(BASE, relax=True, wellKnownObjects=_containers(planter, f"OU=Postes,{ROOT}"))
    planter.expect("S-DefaultOUChanged", f"CN=Computers,{BASE}")


def cure(planter: Planter) -> None:
    """A second controller that lives, both in a declared subnet; the directory was backed up today."""
    second_controller(planter)
    planter.add(f"CN=10.1.0.0/16,CN=Subnets,CN=Sites,{CONFIG}", "subnet", siteObject=SITE)
    _address(planter, "dc1", "10.1.0.11")
    _address(planter, "dc2", "10.1.0.12")
    planter.change(f"CN=NTDS Settings,CN=DC1,CN=Servers,{SITE}", relax=True, msDS_Behavior_Version="7")
    for head in (BASE, CONFIG, SCHEMA):
        planter.change(head, relax=True, dSASignature=b"signed by a backup")


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
    server = planter.add(f"CN=DC2,CN=Servers,{SITE}", "server", relax=True, serverReference=dn)
    planter.add(f"CN=NTDS Settings,{server}", "nTDSDSA", relax=True, msDS_Behavior_Version="7")
    return dn


def _address(planter: Planter, name: str, address: str) -> None:
    """The one address that the DNS of the domain gives for a machine."""
    record = dnsp.DnssrvRpcRecord()
    record.wType, record.data = dnsp.DNS_TYPE_A, address
    record.rank, record.dwSerial, record.dwTtlSeconds = dnsp.DNS_RANK_ZONE, 1, 900
    dn = f"DC={name},DC=hopital.test,CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}"
    known = planter.directory.search(BASE, expression=f"(distinguishedName={dn})", controls=["search_options:1:2"])
    put = planter.change if known else lambda dn, **values: planter.add(dn, "dnsNode", **values)
    put(dn, dnsRecord=[ndr_pack(record)])


def _containers(planter: Planter, computers: str) -> list[str]:
    """`wellKnownObjects` with another place for the computers to come."""
    head = planter.directory.search(BASE, scope=ldb.SCOPE_BASE, attrs=["wellKnownObjects"])[0]
    values = [str(value) for value in head["wellKnownObjects"]]
    return [f"B:32:{COMPUTERS}:{computers}" if COMPUTERS in value.upper() else value for value in values]


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
