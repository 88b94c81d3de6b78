"""Flaws of certificates, delegation, managed secrets and policies, planted on the broken domain."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from scanners.ad.sids import encode_sid
from tests.unit.ad.forge import Ace, descriptor

if TYPE_CHECKING:
    from tests.unit.ad.specimens import Specimen

CLIENT = "1.3.6.1.5.5.7.3.2"
SERVER = "1.3.6.1.5.5.7.3.1"
POLICY = "1.3.6.1.4.1.311.21.8.77.1"
WEAK_MAPPING = "X509:<I>DC=test,DC=hopital,CN=CA<S>CN=agent3"
STRONG_MAPPING = "X509:<I>DC=test,DC=hopital,CN=CA<SR>1200000000AC11000000002B"


DMSA = "0feb936f-47b3-49f2-9386-1dedc2c23765"
LAPS = UUID("c0e3a5c1-7d6b-4b53-9f8e-0f2f7f0a1b2c")
OLD_LAPS = UUID("5d0c4a7e-1c39-4a5b-8a53-6f1f0a9d3e4f")


def settle(s: Specimen) -> None:
    """What a healthy domain has of these subjects: the machine of the authority, the attributes of LAPS."""
    from tests.unit.ad.specimens import CONFIG

    s.machine("SRV-CA", 1304, "Windows Server 2022 Standard")
    for name, guid in (("msLAPS-Password", LAPS), ("ms-Mcs-AdmPwd", OLD_LAPS)):
        s.put(
            f"CN={name},CN=Schema,{CONFIG}",
            "attributeSchema",
            lDAPDisplayName=name,
            schemaIDGUID=guid.bytes_le,
            searchFlags=904,
        )


def plant(s: Specimen) -> None:
    from tests.unit.ad.specimens import AUTHENTICATED, PKI, STAFF, template

    template(s, "Ancien", purposes=[SERVER], enrolling=AUTHENTICATED, name_flag=1, msPKI_Template_Schema_Version=1)
    template(s, "Astreinte", purposes=[CLIENT], enrolling=AUTHENTICATED, msPKI_Certificate_Policy=[POLICY])
    publish(s, "Ancien", "Astreinte")
    group = s.group("Astreinte DSI", 1480)
    link_policy(s, POLICY, group)
    s.change(f"CN=agent3,{STAFF}", altSecurityIdentities=[STRONG_MAPPING, WEAK_MAPPING])
    s.put(f"CN=OID,{PKI}", "container")
    _broken_secrets(s)
    _broken_successors(s)
    _broken_delegation(s)


def _broken_secrets(s: Specimen) -> None:
    from tests.unit.ad.specimens import AUTHENTICATED, BASE, DOMAIN_ADMINS, FULL, SID, STAFF, ago

    wide = s.machine("PC-ACC-01", 1481, "Windows 11 Pro")
    s.grant(wide, Ace(f"{SID}-513", 0x100, guid=str(LAPS)), Ace(f"{SID}-1440", 0x100, guid=str(LAPS)))
    joined = s.machine("PC-JOINT", 1482, "Windows 11 Pro")
    s.entries[joined]["mS-DS-CreatorSID"] = [encode_sid(f"{SID}-1206")]
    s.grant(joined, Ace(f"{SID}-1206", 0x100))
    s.change(
        f"CN=gmsa,CN=Managed Service Accounts,{BASE}",
        msDS_GroupMSAMembership=descriptor(DOMAIN_ADMINS, [Ace(AUTHENTICATED, FULL)]),
    )
    s.user(
        "svc_sql", 1483, servicePrincipalName="MSSQLSvc/srv-sql", pwdLastSet=ago(400), msDS_SupportedEncryptionTypes=24
    )
    s.change(f"CN=agent4,{STAFF}", msDS_KeyCredentialLink=b"B:4:0001:CN=x")


def _broken_successors(s: Specimen) -> None:
    from tests.unit.ad.specimens import ADMINS, BASE, SID, ago

    modern(s)
    place = s.put(f"OU=Applications,{BASE}", "organizationalUnit")
    s.grant(place, Ace(f"{SID}-1205", 0x1))
    s.put(
        f"CN=dmsa_web,{place}",
        "person user computer msDS-DelegatedManagedServiceAccount",
        rid=1484,
        sAMAccountName="dmsa_web$",
        userAccountControl=0x1000,
        primaryGroupID=515,
        pwdLastSet=ago(10),
        msDS_ManagedAccountPrecededByLink=f"CN=adm.martin,{ADMINS}",
        msDS_DelegatedMSAState=2,
    )


def modern(s: Specimen) -> None:
    """A schema that knows dMSA accounts, and a controller that serves them."""
    from tests.unit.ad.specimens import BASE, CONFIG

    name = "msDS-DelegatedManagedServiceAccount"
    guid = UUID(DMSA).bytes_le
    s.put(f"CN={name},CN=Schema,{CONFIG}", "classSchema", lDAPDisplayName=name, schemaIDGUID=guid)
    s.change(f"CN=DC1,OU=Domain Controllers,{BASE}", operatingSystem="Windows Server 2025 Standard")


def _broken_delegation(s: Specimen) -> None:
    from tests.unit.ad.specimens import ADMINS, BASE, DOMAIN_ADMINS, FULL, SID

    to_server = ["http/srv-dpi.hopital.test"]
    s.user("svc_portail", 1486, control=512 | 0x1000000, msDS_AllowedToDelegateTo=to_server)
    acting = descriptor(DOMAIN_ADMINS, [Ace(f"{SID}-1208", FULL)])
    s.change(f"CN=PC-JOINT,OU=Machines,{BASE}", msDS_AllowedToActOnBehalfOfOtherIdentity=acting)
    site = s.group("Site Nord", 1487, [f"CN=adm01,{ADMINS}"])
    controller = f"CN=RODC1,OU=Domain Controllers,{BASE}"
    s.change(controller, msDS_RevealOnDemandGroup=[f"CN=Admins du domaine,CN=Users,{BASE}", site])


def publish(s: Specimen, *names: str) -> None:
    """Have the authority issue more templates."""
    from tests.unit.ad.specimens import PKI

    service = s.entries[f"CN=CA,CN=Enrollment Services,{PKI}"]
    service["certificateTemplates"] += [name.encode() for name in names]


def link_policy(s: Specimen, number: str, group: str) -> str:
    """An issuance policy linked to a group."""
    from tests.unit.ad.specimens import PKI

    return s.put(
        f"CN=77.{number[-1]},CN=OID,{PKI}",
        "msPKI-Enterprise-Oid",
        msPKI_Cert_Template_OID=number,
        msDS_OIDToGroupLink=group,
    )
