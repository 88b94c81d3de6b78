"""What the catalogue of PingCastle asks beyond ANSSI, planted in the specimens: trusts, sites, backups, old systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.ad.specimens import Specimen

BASE = "DC=hopital,DC=test"
SYSTEM = f"CN=System,{BASE}"
CONFIG = f"CN=Configuration,{BASE}"
SUBNETS = f"CN=Subnets,CN=Sites,{CONFIG}"
USERS = f"CN=Users,{BASE}"
STAFF = f"OU=Personnel,{BASE}"
CONTROLLERS = f"OU=Domain Controllers,{BASE}"
SECOND = f"CN=DC-B,{CONTROLLERS}"
CLOUD = f"CN=AzureADKerberos,{CONTROLLERS}"
CLOUD_KRBTGT = f"CN=krbtgt_AzureAD,{USERS}"
SIGN_ON = f"CN=AZUREADSSOACC,CN=Computers,{BASE}"
NEIGHBOUR = f"CN=chu-voisin.test,{SYSTEM}"
REALM = f"CN=UNIX.TEST,{SYSTEM}"
NT4 = f"CN=ANCIEN,{SYSTEM}"
DUPLICATE = f"CN=agent3\\0ACNF:5d2d3a44-0b7f-4ae9-8c0e-7d6d3d1c9a11,{STAFF}"
USERS_ID, COMPUTERS_ID = "A9D1CA15768811D1ADED00C04FD8D5CD", "AA312825768811D1ADED00C04FD8D5CD"


def healthy(s: Specimen) -> None:
    """A second controller, a forest trust in order, an old Unix realm, and what Entra adds to a directory."""
    from tests.unit.ad.specimens import ago, guarded, written

    s.change(BASE, wellKnownObjects=default_containers())
    s.group("Administrateurs clés", 526)
    s.group("Administrateurs clés Enterprise", 527)
    for head in (BASE, CONFIG, f"CN=Schema,{CONFIG}"):
        s.note(head, "lastBackup", ago(2))
    s.put(f"CN=10.1.0.0/16,{SUBNETS}", "subnet")
    s.put(f"CN=fd00:1::/48,{SUBNETS}", "subnet")
    place(s, "DC1", f"CN=DC1,{CONTROLLERS}", "10.1.0.11", "fd00:1::11")
    place(s, "DC-B", SECOND, "10.1.0.12")
    s.machine("DC-B", 1001, "Windows Server 2025 Standard", dn=SECOND, userAccountControl=532480, primaryGroupID=516)
    renewed = {"trustType": 2, "msDS-SupportedEncryptionTypes": 24, "whenChanged": written(12)}
    _trust(s, NEIGHBOUR, trustDirection=3, trustAttributes=0x18, **renewed)
    _trust(s, REALM, **renewed | {"trustType": 3, "whenChanged": written(900)}, trustDirection=2, trustAttributes=1)
    s.machine("AZUREADSSOACC", 1310, "", dn=SIGN_ON, pwdLastSet=ago(365), operatingSystem=None)
    s.put(
        CLOUD,
        "person user computer",
        rid=1311,
        sd=guarded(),
        sAMAccountName="AzureADKerberos$",
        userAccountControl=83890176,
        primaryGroupID=521,
        pwdLastSet=ago(700),
        whenCreated=written(700),
        msDS_KrbTgtLink=CLOUD_KRBTGT,
        msDS_RevealOnDemandGroup=f"CN=RODC autorisé,{USERS}",
        msDS_NeverRevealGroup=[
            f"CN=Administrateurs,CN=Builtin,{BASE}",
            f"CN=Opérateurs de compte,CN=Builtin,{BASE}",
            f"CN=RODC refusé,{USERS}",
        ],
    )
    s.user("krbtgt_AzureAD", 1312, USERS, control=514, msDS_SecondaryKrbTgtNumber=32000)


def plant(s: Specimen) -> None:
    """One flaw at least for each rule of `test_pingcastle`."""
    from tests.unit.ad.specimens import ago, written

    del s.entries[SECOND]
    s.note(CONFIG, "lastBackup", 0)
    s.note(f"CN=Schema,{CONFIG}", "lastBackup", ago(8))
    place(s, "RODC1", f"CN=RODC1,{CONTROLLERS}", "192.0.2.13")
    s.change(BASE, wellKnownObjects=default_containers(users=STAFF))
    s.change(SIGN_ON, pwdLastSet=ago(366))
    _trust(s, NT4, trustDirection=2, trustType=1, trustAttributes=4, whenChanged=written(200))
    s.group("HOPITAL$$$", 1710)
    s.user("agent_script", 1711, scriptPath="\\\\NAS-INCONNU\\scripts\\ouverture.bat")
    s.put(
        DUPLICATE,
        "person user",
        rid=1712,
        sAMAccountName="$DUPLICATE-44f",
        userAccountControl=514,
        primaryGroupID=513,
        whenCreated=written(20),
    )
    s.machine("PC-W10", 1713, "Windows 10 Professionnel", operatingSystemVersion="10.0 (17763)")
    for number in range(12):
        s.machine(f"PC-ABSENT{number:02}", 1720 + number, "Windows 11 Professionnel", lastLogonTimestamp=ago(300))


def default_containers(users: str = USERS, computers: str = f"CN=Computers,{BASE}") -> list[str]:
    """`wellKnownObjects` of the head of the domain."""
    return [f"B:32:{USERS_ID}:{users}", f"B:32:{COMPUTERS_ID}:{computers}"]


def place(s: Specimen, name: str, account: str, *addresses: str, level: int = 7) -> str:
    """The place of a controller in the sites."""
    dn = s.put(f"CN={name},CN=Servers,CN=Site,CN=Sites,{CONFIG}", "server", serverReference=account)
    s.put(f"CN=NTDS Settings,{dn}", "nTDSDSA", msDS_Behavior_Version=level)
    s.tell(dn, "addresses", *addresses)
    return dn


def _trust(s: Specimen, dn: str, **attributes: object) -> None:
    s.put(dn, "trustedDomain", trustPartner=dn.partition(",")[0].removeprefix("CN="), **attributes)
