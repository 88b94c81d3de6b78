"""What the catalogue of PingCastle asks beyond ANSSI, planted in the lab, and what a clean domain needs for it.

Runs under Samba's Python.
"""

from __future__ import annotations

import base64

import ldb
from faults import BASE, CONFIG, DOMAIN, PKI, Planter, filetime, generalized, netbios
from hospital import ROOT
from samba.dcerpc import dnsp, security
from samba.ndr import ndr_pack

SCHEMA = f"CN=Schema,{CONFIG}"
SITE = f"CN=Default-First-Site-Name,CN=Sites,{CONFIG}"
COMPUTERS = "AA312825768811D1ADED00C04FD8D5CD"
CONTROLLERS = f"OU=Domain Controllers,{BASE}"
SERVER_TRUST, TRUSTED_FOR_DELEGATION = 0x2000, 0x80000
DOCTORS = f"OU=DSI,OU=Utilisateurs,{ROOT}"

FLAWED_CA = base64.b64decode(
    "MIIBpzCCARCgAwIBAgICB94wDQYJKoZIhvcNAQELBQAwGTEXMBUGA1UEAwwOQ0EtQ0FSVEVTLTIwMTQwHhcNMTQwMTAxMDAwMDAwWhcNMzQwMTAx"
    "MDAwMDAwWjAZMRcwFQYDVQQDDA5DQS1DQVJURVMtMjAxNDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAxHicdnvr+HwoFBYnHt2p6RUncXWl"
    "AsE7DAYIpGx2edoOUJl+qHn0pzaqObSrG68Qd2LR5wgHHmepG+oEYrCC+FQ3fKty8A+xnwBw0FAxBNwWBkrvFZ9QehxrJUfM5/zflsojue7fFVSs"
    "p6bf73IZ55YF4kf86Xohy95jJ/MKOT8CAwEAATANBgkqhkiG9w0BAQsFAAOBgQBrr5wEV970zDY/fFeVLzbjfxNhp58N96Go1zWkMD2sermgwAK2"
    "MzN86xwMtTMej2ucKYcvNTbaFQnGM1b6dlbvArPh/EcfAngR7luIfU4XyeIQgMAGhCTktX54/IOvq+1/LGHKjkXawY6SlTM5c19ULBdr0GOCY2GR"
    "x8f/vP9+lg=="
)
"""CN=CA-CARTES-2014: RSA 1024 bits whose primes are those of the flawed library (ROCA), SHA-256."""
MD5_CA = base64.b64decode(
    "MIICnjCCAYagAwIBAgICB94wDQYJKoZIhvcNAQEEBQAwEjEQMA4GA1UEAwwHQ0EtMjAwNDAeFw0wNDAxMDEwMDAwMDBaFw0zNDAxMDEwMDAwMDBa"
    "MBIxEDAOBgNVBAMMB0NBLTIwMDQwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCzuxj2bKsdT1PGPy97A2PZ8ahP840MAim/eVsag517"
    "fE8uT+hfzJVw2CUMijFIdvb+qco1x+v4xWNH5VAqDBnb5Vf8/cf2qWXpjQzdSnQWH5VC5N4VfI6R4gP5hXnT51NF2hvG64eNYghsigDPFFhv1ab+"
    "deJL+iO9KXp/z3Lw9toHMlYjJej+19JVvpQ+9zYJ4FnBoPnkI8iV/yqbdo3sLwy3bM5d82lnJaUlVJCJJUvXHAwqQAA+LLJMX4u440MzONp8g30b"
    "CrqLmxz+jA0wm5QZ9+Bc8OgD48P51inw3QZZv6nO0XgXfO5w3hz/LgResfnqSHiZX4kq3EvpRuuFAgMBAAEwDQYJKoZIhvcNAQEEBQADggEBAGN/"
    "lgU5RFuBSkAZ0vbzlrwqI0emSOFPZUb8AZJ8GN88IPk/P5KAgChQcU/2EyPlIfHGR8qCR1dFT4geibzEC+Rssl25fFD0xYqILSFePGr3DwclvKuK"
    "T4bDpRGxbJ13+exP3NILmXUIZsgXXfmPYX3IjmMcDlXrDF84zOKK5iUfmh+FYfh3VexsSfmgr7vqUCKDxRrjA3ym+TCS0jzRsrpuTJELpsc5NH9v"
    "I3qAcZGKWwi8izdVTbaJW3AMBxkRwWpo5F24Il4KNrA5yd8Nf8G2gtEvITHkQPlhd3K9SVMhOtlTkCaI3lgW7+qi8uKTApUyDPGQe5d73cw9CvIn"
    "ceI="
)
"""CN=CA-2004: RSA 2048 bits, said to be signed with MD5."""


def plant(planter: Planter) -> None:
    """Plant everything."""
    _trusts(planter)
    _leftovers(planter)
    _authorities(planter)
    planter.expect("single_controller", DOMAIN)
    planter.expect("directory_backup_old", BASE, CONFIG, SCHEMA)
    _address(planter, "dc1", "192.0.2.11")
    planter.expect("controller_without_subnet", netbios("DC1$"))
    key_admins = f"{planter.directory.get_domain_sid()}-527"
    planter.grant(BASE, key_admins)
    planter.expect("key_admins_full_control", key_admins)
    planter.change(BASE, relax=True, wellKnownObjects=_containers(planter, f"OU=Postes,{ROOT}"))
    planter.expect("default_containers_moved", f"CN=Computers,{BASE}")


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


def _authorities(planter: Planter) -> None:
    """Two old authorities that nobody took away."""
    planter.expect("ca_certificate_broken", authority(planter, "CA-CARTES-2014", FLAWED_CA))
    planter.expect("ca_certificate_weak", authority(planter, "CA-2004", MD5_CA))


def authority(planter: Planter, name: str, certificate: bytes) -> str:
    """An authority that the forest trusts."""
    return planter.add(
        f"CN={name},CN=Certification Authorities,{PKI}",
        "certificationAuthority",
        cACertificate=certificate,
        authorityRevocationList=b"\0",
        certificateRevocationList=b"\0",
    )


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
    planter.expect("trust_downlevel", dn)
    planter.expect("trust_dead", dn)
    planter.expect("trust_without_aes", *(f"CN={name},CN=System,{BASE}" for name in ("clinique.test", "ght.test")))


def _leftovers(planter: Planter) -> None:
    planter.add(f"CN=HOPITAL$$$,CN=Users,{BASE}", "group", sAMAccountName="HOPITAL$$$", groupType="-2147483644")
    planter.expect("migration_audit_group", netbios("HOPITAL$$$"))
    planter.account("script.ailleurs", DOCTORS, scriptPath="\\\\nas-ght\\scripts\\ouverture.bat")
    planter.expect("logon_script_elsewhere", netbios("script.ailleurs"))
    sign_on = planter.add(
        f"CN=AZUREADSSOACC,CN=Computers,{BASE}", "computer", sAMAccountName="AZUREADSSOACC$", userAccountControl="4096"
    )
    planter.late(sign_on, pwdLastSet=filetime(planter.now, 900), lastLogonTimestamp=filetime(planter.now, 1))
    planter.expect("entra_sso_key_age", netbios("AZUREADSSOACC$"))
    twin = "CN=prest_radio\\0ACNF:5d2d3a44-0b7f-4ae9-8c0e-7d6d3d1c9a11"
    planter.add(f"{twin},{DOCTORS}", "user", relax=True, sAMAccountName="$DUPLICATE-44f", userAccountControl="514")
    planter.expect("replication_conflict", netbios("$DUPLICATE-44f"))
