"""Flaws of permissions, schema, zones and settings, planted on the broken domain; what the healthy one has instead."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from scanners.ad.descriptors import DENY
from scanners.ad.rights import GET_CHANGES_ALL, GET_CHANGES_FILTERED
from tests.unit.ad.forge import Ace, descriptor

if TYPE_CHECKING:
    from tests.unit.ad.specimens import Specimen

SID = "S-1-5-21-1-2-3"
BASE = "DC=hopital,DC=test"
CONFIG = f"CN=Configuration,{BASE}"
SCHEMA = f"CN=Schema,{CONFIG}"
SYSTEM = f"CN=System,{BASE}"
STAFF = f"OU=Personnel,{BASE}"
ADMINS = f"OU=Administration,{BASE}"
HOLDER = f"CN=AdminSDHolder,{SYSTEM}"
SETTINGS = f"CN=Directory Service,CN=Windows NT,CN=Services,{CONFIG}"
SITES = f"CN=Sites,{CONFIG}"
POLICY = f"CN={{P1}},CN=Policies,{SYSTEM}"
VOLUME = f"CN=Domain System Volume,CN=DFSR-GlobalSettings,{SYSTEM}"
LEGACY = f"CN=Accès compatible pré-Windows 2000,CN=Builtin,{BASE}"
AUTHENTICATED = f"CN=S-1-5-11,CN=ForeignSecurityPrincipals,{BASE}"
NEIGHBOUR = f"CN=chu-voisin.test,{SYSTEM}"
LAB_ZONE = f"DC=labo.test,CN=MicrosoftDNS,DC=DomainDnsZones,{BASE}"
HIDDEN, APART = f"OU=Cachée,{BASE}", f"OU=Isolée,{BASE}"

WRITE_DACL = 0x40000
UNDELETABLE = Ace("S-1-1-0", 0x10040, kind=DENY)
REANIMATE = "45ec5156-db7e-47bb-b53f-dbeb2d03c40f"
UNEXPIRE = "ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501"
GET_CHANGES = "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2"
PUBLISHED_DEFAULT = "D:(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)(A;;RPLCLORC;;;AU)"
"""What Microsoft publishes for many classes, `contact` among them."""

LATENT = {"HOPITAL\\ancien.technicien", "HOPITAL\\Ancien support"}
EXPECTED: dict[str, set[str]] = {
    "admin_sd_holder_inherits": {HOLDER},
    "anonymous_control": {"ANONYMOUS LOGON"},
    "anonymous_entries": {"ANONYMOUS LOGON"},
    "attributes_withheld": {"HOPITAL\\caché"},
    "control_of_admin_sd_holder_latent": LATENT,
    "control_of_controllers_latent": LATENT,
    "control_of_dpapi_keys_latent": LATENT,
    "control_of_managed_account_keys_latent": LATENT,
    "control_of_naming_contexts_latent": LATENT,
    "control_of_schema_latent": LATENT,
    "control_of_sensitive_containers": {"HOPITAL\\agent0"},
    "control_of_sensitive_containers_latent": LATENT,
    "control_of_sysvol_replication_latent": LATENT,
    "control_path_to_tier_zero_latent": LATENT,
    "dangerous_extended_right": {"HOPITAL\\agent4"},
    "dcsync_rights_latent": {"HOPITAL\\ancien.technicien"},
    "deny_read": {"HOPITAL\\agent5"},
    "descriptor_unreadable": {"HOPITAL\\discret"},
    "dns_zone_duplicated": {"labo.test"},
    "dns_zone_open_creation": {LAB_ZONE},
    "everyone_delegated": {"Everyone"},
    "generic_rights": {"HOPITAL\\agent6"},
    "ou_blocks_inheritance": {APART},
    "ou_deletable": {ADMINS, HIDDEN, APART, f"OU=Applications,{BASE}"},
    "ou_not_listable": {HIDDEN},
    "policies_recently_changed": {POLICY},
    "pre_windows_2000_authenticated": {AUTHENTICATED},
    "replication_delegated": {"HOPITAL\\agent3", "HOPITAL\\agent4"},
    "schema_creatable_anywhere": {f"CN=ms-Exch-Storage-Group,{SCHEMA}", f"CN=Partout,{SCHEMA}"},
    "schema_default_permissions": {f"CN=Contact,{SCHEMA}"},
    "schema_java_classes": {f"CN=javaObject,{SCHEMA}"},
    "trust_tgt_delegation_default": {f"CN=clinique.test,{SYSTEM}"},
    "unknown_sid": {f"{SID}-4242"},
}
"""Subjects on the broken domain, for the rules of this part."""


def settle(s: Specimen) -> None:
    """What a domain in order has."""
    from tests.unit.ad.specimens import written

    for dn, entry in s.entries.items():
        if b"organizationalUnit" in entry["objectClass"]:
            append(s, dn, UNDELETABLE)
    s.change(LEGACY, member=None)
    s.change(SETTINGS, msDS_Other_Settings=["DisableVLVSupport=0", "DenyUnauthenticatedBind=1"])
    s.change(POLICY, whenChanged=written(400), versionNumber=65537)
    s.change(NEIGHBOUR, trustAttributes=0x218)
    s.put(VOLUME, "msDFSR-ReplicationGroup")
    s.put(SITES, "sitesContainer")
    s.change(f"CN=User,{SCHEMA}", subClassOf="organizationalPerson", systemPossSuperiors=["organizationalUnit"])
    for name, parent, superiors in (
        ("Computer", "user", ["container", "organizationalUnit"]),
        ("Group", "top", ["container", "organizationalUnit"]),
        ("Container", "top", ["organizationalUnit", "domainDNS", "container"]),
        ("OrganizationalUnit", "top", ["organizationalUnit", "domainDNS"]),
        ("msDFSR-LocalSettings", "top", ["computer"]),
        ("Contact", "organizationalPerson", ["organizationalUnit"]),
    ):
        schema_class(s, name, parent, superiors)
    s.change(f"CN=Contact,{SCHEMA}", defaultSecurityDescriptor=PUBLISHED_DEFAULT)


def schema_class(s: Specimen, name: str, parent: str, superiors: list[str]) -> str:
    """A class that may be created below others."""
    shown = name[:1].lower() + name[1:].replace("-", "")
    return s.put(
        f"CN={name},{SCHEMA}", "classSchema", lDAPDisplayName=shown, subClassOf=parent, possSuperiors=superiors
    )


def append(s: Specimen, dn: str, *aces: Ace) -> None:
    """Add entries at the end of the DACL that an object already has."""
    raw = s.entries[dn]["nTSecurityDescriptor"][0]
    revision, _, size, count, _ = struct.unpack_from("<BBHHH", raw, 20)
    more = b"".join(ace.encoded() for ace in aces)
    head = raw[:4] + struct.pack("<I", int.from_bytes(raw[4:8], "little") + len(more)) + raw[8:20]
    dacl = struct.pack("<BBHHH", revision, 0, size + len(more), count + len(aces), 0) + raw[28 : 20 + size] + more
    s.entries[dn]["nTSecurityDescriptor"] = [head + dacl + raw[20 + size :]]


def plant(s: Specimen) -> None:
    _latent(s)
    _entries(s)
    _schema(s)
    _settings(s)


def _entries(s: Specimen) -> None:
    from tests.unit.ad.specimens import SAFE

    def agent(number: int) -> str:
        return f"CN=agent{number},{STAFF}"

    append(s, agent(9), Ace("S-1-5-7", WRITE_DACL))
    append(s, agent(8), Ace("S-1-5-7", 0x10))
    append(s, agent(7), Ace(f"{SID}-4242", 0x10))
    append(s, agent(6), Ace(f"{SID}-1206", 0x80000000))
    append(s, agent(5), Ace(f"{SID}-1205", 0x10, kind=DENY))
    append(s, STAFF, Ace("S-1-1-0", WRITE_DACL, flags=0x0A))
    head = (Ace(f"{SID}-1204", 0x100, guid=REANIMATE), Ace("S-1-5-11", 0x100, guid=UNEXPIRE))
    append(s, BASE, *head, Ace(f"{SID}-1203", 0x100, guid=GET_CHANGES))
    append(s, CONFIG, Ace(f"{SID}-1204", 0x100, guid=GET_CHANGES_ALL))
    append(s, SITES, Ace(f"{SID}-1200", WRITE_DACL), Ace(f"{SID}-1900", WRITE_DACL), Ace(f"{SID}-1901", WRITE_DACL))
    s.user("caché", 1902, userAccountControl=None)
    del s.entries[s.user("discret", 1903)]["nTSecurityDescriptor"]
    s.put(HIDDEN, "organizationalUnit", sd=descriptor(f"{SID}-512", SAFE[:2]))
    s.put(APART, "organizationalUnit", sd=descriptor(f"{SID}-512", SAFE, control=0x9004))
    append(s, LAB_ZONE, Ace("S-1-5-11", 0x1))


def _schema(s: Specimen) -> None:
    s.change(SCHEMA, objectVersion=999)
    s.change(f"CN=Contact,{SCHEMA}", defaultSecurityDescriptor=f"{PUBLISHED_DEFAULT}(A;;WD;;;AU)")
    schema_class(s, "ms-Exch-Storage-Group", "container", ["computer"])
    schema_class(s, "Partout", "top", ["top"])
    s.put(f"CN=javaObject,{SCHEMA}", "classSchema", lDAPDisplayName="javaObject", subClassOf="top")


def _settings(s: Specimen) -> None:
    from tests.unit.ad.specimens import written, zone_property

    s.join(LEGACY, AUTHENTICATED)
    s.change(SETTINGS, msDS_Other_Settings=["DisableVLVSupport=0"], dSHeuristics="00100021000000010000")
    s.change(POLICY, whenChanged=written(3))
    del s.entries[VOLUME]
    s.put(f"DC=labo.test,CN=MicrosoftDNS,{SYSTEM}", "dnsZone", dNSProperty=[zone_property(2)])


def _latent(s: Specimen) -> None:
    """A technician who left and a group emptied since still hold rights everywhere."""
    s.user("ancien.technicien", 1900, control=514)
    s.group("Ancien support", 1901)
    for dn in (
        BASE,
        f"CN=AdminSDHolder,{SYSTEM}",
        f"CN=DC1,OU=Domain Controllers,{BASE}",
        f"CN=DFSR-GlobalSettings,{SYSTEM}",
        f"CN=BCKUPKEY_1 Secret,{SYSTEM}",
        f"CN=Group Key Distribution Service,CN=Services,{CONFIG}",
        f"CN=Schema,{CONFIG}",
    ):
        append(s, dn, Ace(f"{SID}-1900", WRITE_DACL), Ace(f"{SID}-1901", WRITE_DACL))
    append(s, BASE, Ace(f"{SID}-1900", 0x100, guid=GET_CHANGES_FILTERED))
