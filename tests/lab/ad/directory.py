"""Builds the directory, under the system’s Python: `directory.py FOLDER PASSWORDS.json tdb|mdb KIND`.

Provisions a Samba domain controller with the Windows Server 2016 schema, fills it with `hospital.entries()`, plants
`faults`, and writes `FOLDER/expected.json`: `[{"rule": id, "subject": …, "about": …, "reader": …}]` (see
`Planter.expect`). Nothing listens.

What Samba's own rules refuse over LDAP is written here with the `relax` control, and what they refuse altogether
(password, logon and creation dates: attributes without index) straight into the partition's file.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from pathlib import Path

import clean
import faults
import faults_accounts
import faults_adcs
import faults_controllers
import faults_descriptors
import faults_logins
import faults_paths
import faults_pingcastle
import faults_sysvol
import faults_variants
import hospital
import ldb
from samba import Ldb
from samba.auth import system_session
from samba.netcmd.main import cmd_sambatool
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.schema import Schema

SERVER_2016 = ("AD_DS_Attributes__Windows_Server_2016.ldf", "AD_DS_Classes__Windows_Server_2016.ldf", 87)
BATCH = ["batch_mode:1", "transaction_index_cache_size:200000"]

_LEGACY_LAPS = "1.2.840.113556.1.8000.2554.50051.45980.28112.18903.35903.6685103.1224907.2"
LAPS = (
    ("ms-Mcs-AdmPwd", f"{_LEGACY_LAPS}.1", "2.5.5.5", "19", "904"),
    ("ms-Mcs-AdmPwdExpirationTime", f"{_LEGACY_LAPS}.2", "2.5.5.16", "65", "0"),
    ("msLAPS-PasswordExpirationTime", "1.2.840.113556.1.6.44.1.1", "2.5.5.16", "65", "0"),
    ("msLAPS-Password", "1.2.840.113556.1.6.44.1.2", "2.5.5.12", "64", "904"),
)
"""Legacy LAPS and Windows LAPS: name, OID, syntax, OM syntax, searchFlags (904 holds the confidential bit)."""
SUCCESSION = (
    ("msDS-ManagedAccountPrecededByLink", f"{_LEGACY_LAPS}.10", "2.5.5.1", "127", "0"),
    ("msDS-DelegatedMSAState", f"{_LEGACY_LAPS}.11", "2.5.5.9", "2", "0"),
)
"""What Windows Server 2025 writes on a dMSA: whose successor it is, and how far the migration went."""

PLANTINGS = {
    "planted": (
        faults.plant,
        faults_pingcastle.plant,
        faults_accounts.plant,
        faults_descriptors.plant,
        faults_controllers.plant,
        faults_adcs.plant,
        faults_paths.plant,
    ),
    "clean": (clean.cure,),
    "variants": (clean.cure, faults_variants.plant),
}
"""What is planted in each kind of domain, in this order: a subject is a module of its own, which imports `Planter` from
`faults`."""


DELEGATED = "msDS-DelegatedManagedServiceAccount"
DELEGATED_ID = "0feb936f-47b3-49f2-9386-1dedc2c23765"
"""The class that Windows Server 2025 brings: accounts that can be called the successor of another."""


def provision(folder: Path, admin_password: str, store: str) -> None:
    """An empty domain hopital.test in `folder`, schema of Windows Server 2016 (shipped by Samba but not offered)."""
    Schema.base_schemas["2012_R2"] = SERVER_2016
    code = cmd_sambatool()._run(
        "samba-tool",
        "domain",
        "provision",
        "--realm=HOPITAL.TEST",
        "--domain=HOPITAL",
        f"--adminpass={admin_password}",
        "--server-role=dc",
        "--dns-backend=SAMBA_INTERNAL",
        f"--backend-store={store}",
        f"--targetdir={folder}",
        "--host-name=dc1",
        "--host-ip=127.0.0.1",
        "--option=interfaces=lo",
        "--option=bind interfaces only=yes",
        "--option=dns forwarder=",
    )
    if code:
        sys.exit(f"samba-tool domain provision ended with code {code}")


def connect(folder: Path, options: list[str] | None = None) -> SamDB:
    """The directory opened as the system, schema changes allowed."""
    parameters = LoadParm()
    parameters.load(str(folder / "etc" / "smb.conf"))
    parameters.set("dsdb:schema update allowed", "yes")
    url = str(folder / "private" / "sam.ldb")
    return SamDB(url, session_info=system_session(), lp=parameters, options=options or [])


def extend_schema(directory: SamDB) -> None:
    """Add the attributes of both LAPS generations and allow them on computers; add the class of dMSA accounts."""
    schema = directory.get_schema_basedn()
    for name, oid, syntax, om_syntax, search_flags in (*LAPS, *SUCCESSION):
        of_names = {"oMObjectClass": b"\x2b\x0c\x02\x87\x73\x1c\x00\x85\x4a"} if om_syntax == "127" else {}
        directory.add(
            {
                "dn": f"CN={name},{schema}",
                "objectClass": "attributeSchema",
                "lDAPDisplayName": name,
                "attributeID": oid,
                "attributeSyntax": syntax,
                "oMSyntax": om_syntax,
                "isSingleValued": "TRUE",
                "searchFlags": search_flags,
                "systemOnly": "FALSE",
                **of_names,
            },
            controls=["relax:0"],
        )
    directory.set_schema_update_now()
    directory.add(
        {
            "dn": f"CN={DELEGATED},{schema}",
            "objectClass": "classSchema",
            "lDAPDisplayName": DELEGATED,
            "governsID": f"{_LEGACY_LAPS}.9",
            "subClassOf": "computer",
            "objectClassCategory": "1",
            "schemaIDGUID": uuid.UUID(DELEGATED_ID).bytes_le,
            "possSuperiors": ["organizationalUnit", "container"],
            "mayContain": [name for name, *_ in SUCCESSION],
        },
        controls=["relax:0"],
    )
    allow = ldb.Message(ldb.Dn(directory, f"CN=Computer,{schema}"))
    allow["mayContain"] = ldb.MessageElement([name for name, *_ in LAPS], ldb.FLAG_MOD_ADD, "mayContain")
    directory.modify(allow, controls=["relax:0"])
    directory.set_schema_update_now()


def name_service(directory: SamDB) -> None:
    """Give the controller the LDAP names that Samba's DNS update service, not run here, would have given it."""
    message = ldb.Message(ldb.Dn(directory, faults.DC1))
    names = ["ldap/dc1.hopital.test", "ldap/dc1.hopital.test/hopital.test", "ldap/DC1"]
    message["servicePrincipalName"] = ldb.MessageElement(names, ldb.FLAG_MOD_ADD, "servicePrincipalName")
    directory.modify(message)


def populate(directory: SamDB, entries: list[hospital.Entry]) -> None:
    """Create every entry, in one transaction."""
    directory.transaction_start()
    for entry in entries:
        attributes = {"dn": entry.dn, **entry.attributes}
        if entry.flags is not None:
            attributes["userAccountControl"] = str(entry.flags)
        if entry.members:
            attributes["member"] = entry.members
        directory.add(attributes, controls=["relax:0"])
    directory.transaction_commit()


def raw_values(entries: list[hospital.Entry], now: float) -> dict[str, dict[str, str | bytes]]:
    """What must be written past the server's rules, by DN."""
    raw: dict[str, dict[str, str | bytes]] = {}
    for entry in entries:
        values: dict[str, str | bytes] = {}
        if entry.password_age is not None:
            values["pwdLastSet"] = faults.filetime(now, entry.password_age)
        if entry.logon_age is not None:
            values["lastLogonTimestamp"] = faults.filetime(now, entry.logon_age)
        if entry.created_age is not None:
            values["whenCreated"] = faults.generalized(now, entry.created_age)
        if values:
            raw[entry.dn] = values
    return raw


def write_raw(folder: Path, raw: dict[str, dict[str, str | bytes]], store: str) -> None:
    """Replace attributes straight in the domain partition's file, which no rule of the server guards."""
    file = folder / "private" / "sam.ldb.d" / "DC=HOPITAL,DC=TEST.ldb"
    partition = Ldb(f"{store}://{file}", options=BATCH)
    partition.transaction_start()
    for dn, values in raw.items():
        message = ldb.Message(ldb.Dn(partition, dn))
        for name, value in values.items():
            message[name] = ldb.MessageElement([value], ldb.FLAG_MOD_REPLACE, name)
        partition.modify(message)
    partition.transaction_commit()


def main(folder: Path, passwords: dict[str, str], store: str, kind: str) -> None:
    """Build everything in `folder`; `passwords` by account: administrator, auditeur. `store` is Samba's: tdb or mdb.

    `kind` is `planted`, the hospital with its faults, `clean`, the one that has none, or `variants`: the latter with
    others.
    """
    now = time.time()
    provision(folder, passwords["administrator"], store)
    extend_schema(connect(folder))
    name_service(connect(folder))
    entries = hospital.entries() if kind == "planted" else clean.entries()
    populate(connect(folder, BATCH), entries)
    planter = faults.Planter(connect(folder), now, raw_values(entries, now))
    planter.ordinary_account("auditeur", passwords["auditeur"])
    for step in PLANTINGS[kind]:
        step(planter)
    if kind == "planted":
        faults_logins.plant(planter, passwords["auditeur"])
    write_raw(folder, planter.raw, store)
    faults_sysvol.fill(folder, planter.directory.get_domain_sid(), kind == "planted")
    names = ("rule", "subject", "about", "reader")
    expected = [dict(zip(names, row, strict=True)) for row in sorted(planter.expected)]
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()), *sys.argv[3:])
