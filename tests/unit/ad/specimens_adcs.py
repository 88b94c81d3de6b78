"""Flaws of certificates, delegation, managed secrets and policies, planted on the broken domain."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from tests.unit.ad.specimens import Specimen

CLIENT = "1.3.6.1.5.5.7.3.2"
SERVER = "1.3.6.1.5.5.7.3.1"
POLICY = "1.3.6.1.4.1.311.21.8.77.1"
WEAK_MAPPING = "X509:<I>DC=test,DC=hopital,CN=CA<S>CN=agent3"
STRONG_MAPPING = "X509:<I>DC=test,DC=hopital,CN=CA<SR>1200000000AC11000000002B"


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
