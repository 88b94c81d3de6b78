"""Flaws of permissions, schema, zones and settings, planted on the broken domain; what the healthy one has instead."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.unit.ad.forge import Ace

if TYPE_CHECKING:
    from tests.unit.ad.specimens import Specimen

SID = "S-1-5-21-1-2-3"
BASE = "DC=hopital,DC=test"
CONFIG = f"CN=Configuration,{BASE}"
SYSTEM = f"CN=System,{BASE}"
STAFF = f"OU=Personnel,{BASE}"
WRITE_DACL = 0x40000

LATENT = {"HOPITAL\\ancien.technicien", "HOPITAL\\Ancien support"}
EXPECTED: dict[str, set[str]] = {
    "control_of_admin_sd_holder_latent": LATENT,
    "control_of_controllers_latent": LATENT,
    "control_of_dpapi_keys_latent": LATENT,
    "control_of_managed_account_keys_latent": LATENT,
    "control_of_naming_contexts_latent": LATENT,
    "control_of_schema_latent": LATENT,
    "control_of_sysvol_replication_latent": LATENT,
    "control_path_to_tier_zero_latent": LATENT,
}
"""Subjects on the broken domain, for the rules of this part."""


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
