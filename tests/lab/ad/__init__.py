"""A Samba domain controller, hopital.test, about 2,000 objects, faults planted; LDAPS under a CA of its own.

The directory is built once (provisioned, filled and planted offline by `directory.py` under the system's Python,
which has Samba's bindings), kept in the cache for a week (its ages are relative to the build), and copied for each
lab; `start_large` serves one that `population.py` grew, offline too, to as many objects as asked. Samba listens on
the lab's address only: LDAP 389 and 636, global catalogue, Kerberos, SMB 445 for SYSVOL; no DNS, no RPC.
"""

from __future__ import annotations

import json
import shutil
import ssl
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import ldap3

from tests.lab import stage
from tests.lab.ad import tls

PYTHON = "/usr/bin/python3"
SAMBA = "/usr/sbin/samba"
PACKAGES = {
    SAMBA: "samba-ad-dc",
    "/usr/sbin/smbd": "samba",
    "/usr/sbin/winbindd": "winbind",
    "/usr/bin/unshare": "util-linux",
    "/usr/share/samba/setup/provision.ldif": "samba-ad-provision",
    "/usr/lib/python3/dist-packages/samba/provision": "python3-samba",
    PYTHON: "python3",
}
HOST = "dc1.hopital.test"
ADMINISTRATOR, AUDITOR, LIMITED = "Administrator", "auditeur", "audit.limite"
"""The last one, which some objects are refused to, is in the planted domain only."""
READERS = {"administrator": ADMINISTRATOR, "auditor": AUDITOR, "limited": LIMITED}
"""The accounts whose audits find what is planted (`Planter.expect`)."""
PASSWORDS = {"administrator": "Hopital.Admin.2026!", "auditeur": "Audit.Lecture.2026!"}
_KEPT_SECONDS = 8 * 86400

SMB_CONF = """\
[global]
    workgroup = HOPITAL
    realm = HOPITAL.TEST
    netbios name = DC1
    server role = active directory domain controller
    server services = ldap, cldap, kdc, s3fs, winbindd
    interfaces = {address}/8
    bind interfaces only = yes
    dns forwarder =
    ldap server require strong auth = {logins}
    tls enabled = yes
    tls certfile = {folder}/tls/server.pem
    tls keyfile = {folder}/tls/server.key
    tls cafile = {folder}/tls/ca.pem
    private dir = {samba}/private
    state directory = {samba}/state
    cache directory = {samba}/cache
    lock directory = {samba}
    binddns dir = {samba}/bind-dns
    pid directory = {samba}/run
    ncalrpc dir = {samba}/ncalrpc
    log file = {folder}/samba-daemon.log
    log level = 1
    smb ports = 445
    load printers = no
    disable spoolss = yes
    map to guest = never

[sysvol]
    path = {samba}/state/sysvol
    read only = no
"""
_OWN_RUN_FOLDER = 'mkdir -p "$1" && mount --bind "$1" /run/samba && shift && exec "$@"'
"""Samba looks for its winbindd in /run/samba, whatever its configuration says: each controller has its own there."""


def build(cache: Path) -> None:
    """Make the directory, once a week and whenever its sources or Samba change (about 20 s)."""
    _template(cache)


def start(lab: Path, cache: Path, octet: int) -> stage.Description:
    """Copy the directory and serve it on 127.<octet>.1.1 (a few seconds)."""
    return _serve(lab, octet, _template(cache))


def start_large(lab: Path, cache: Path, octet: int, objects: int) -> stage.Description:
    """The same with a domain of at least `objects` objects, grown once a week (about 5 ms each); `stop` ends it."""
    return _serve(lab, octet, _large_template(cache, objects))


def start_kind(lab: Path, cache: Path, octet: int, kind: str) -> stage.Description:
    """Another domain: `clean`, a hospital kept as ANSSI asks, where whatever an audit finds is a false alarm, or
    `variants`, that one with faults planted in other ways, on a controller that takes logins without signature."""
    return _serve(lab, octet, _template(cache, kind=kind), signed=kind != "variants")


def _serve(lab: Path, octet: int, template: Path, signed: bool = True) -> stage.Description:
    folder, address = lab / "ad", stage.address(octet, "ad")
    stage.require_free(address, 636)
    samba = _short_folder(folder)
    stage.copy_tree(template, samba)
    (samba / "run").mkdir(exist_ok=True)
    tls.make_authority(folder / "tls", HOST, address)
    configuration = folder / "smb.conf"
    logins = "allow_sasl_over_tls" if signed else "no"
    configuration.write_text(SMB_CONF.format(address=address, folder=folder, samba=samba, logins=logins))
    command = [SAMBA, "--foreground", "--model=single", "--no-process-group", f"--configfile={configuration}"]
    private = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        _OWN_RUN_FOLDER,
        "samba",
        samba / "winbind",
    ]
    server = stage.spawn(folder, "samba", [*private, *command])
    stage.wait_for_port(address, 636, process=server)
    stage.wait_for_port(address, 445, process=server)
    description = _describe(folder, address)
    stage.wait_until(lambda: _binds(address, folder), "the directory to let its auditor in", process=server)
    return description


def stop(lab: Path) -> None:
    """End the domain controller."""
    stage.stop_all(lab / "ad")
    pointer = lab / "ad" / "samba"
    if pointer.is_symlink():
        shutil.rmtree(pointer.resolve(), ignore_errors=True)
        pointer.unlink()


def _template(cache: Path, store: str = "tdb", kind: str = "planted") -> Path:
    stage.require_root("ad")
    stage.require_programs(PACKAGES)
    week = datetime.now(UTC).strftime("%G-W%V")
    version = stage.run([SAMBA, "--version"])
    own = (source for script in _builders() for source in stage.sources(script))
    inputs = [week, version, json.dumps(PASSWORDS), store, kind, *own]
    return stage.cached(cache, "ad", inputs, lambda folder: _make(folder, store, kind))


def _large_template(cache: Path, objects: int) -> Path:
    small = _template(cache, "mdb")  # tdb's 10,000 hash chains grow long: mdb stays as fast with many objects
    _forget_old(cache)

    def grow(folder: Path) -> None:
        stage.copy_tree(small, folder)
        stage.run([PYTHON, _script("population"), folder, str(objects)])

    inputs = [small.name, str(objects), *stage.sources(_script("population"))]
    return stage.cached(cache, f"ad-large-{objects}", inputs, grow)


def _forget_old(cache: Path) -> None:
    """Large directories weigh up to a gigabyte, and no lab asks for one of another week again."""
    for folder in cache.glob("ad-large-*"):
        if folder.is_dir() and time.time() - folder.stat().st_mtime > _KEPT_SECONDS:
            shutil.rmtree(folder)


def _make(folder: Path, store: str, kind: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as passwords:
        json.dump(PASSWORDS, passwords)
        passwords.flush()
        stage.run([PYTHON, _script("directory"), folder, passwords.name, store, kind])


def _builders() -> list[Path]:
    """All that decides what the directory holds."""
    here = Path(__file__).parent
    return [*(_script(name) for name in ("directory", "hospital", "clean")), *sorted(here.glob("faults*.py"))]


def _script(name: str) -> Path:
    return Path(__file__).with_name(f"{name}.py")


def _short_folder(folder: Path) -> Path:
    """A place of its own: Samba makes sockets some 40 characters below its folder, the system allows 107 in all."""
    folder.mkdir(parents=True, exist_ok=True)
    samba = Path(tempfile.mkdtemp(prefix="care-ad-", dir="/var/tmp"))
    (folder / "samba").symlink_to(samba)
    return samba


def _binds(address: str, folder: Path) -> bool:
    trust = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(folder / "tls" / "ca.pem"))
    server = ldap3.Server(address, port=636, use_ssl=True, tls=trust, get_info=ldap3.NONE, connect_timeout=5)
    connection = ldap3.Connection(server, f"HOPITAL\\{AUDITOR}", PASSWORDS[AUDITOR], receive_timeout=10)
    try:
        return bool(connection.bind())
    except ldap3.core.exceptions.LDAPExceptionError:
        return False
    finally:
        connection.unbind()


def _describe(folder: Path, address: str) -> stage.Description:
    accounts = {}
    for role, name in READERS.items():
        password_file, password = folder / f"{role}.password", PASSWORDS.get(name.lower(), PASSWORDS[AUDITOR])
        password_file.write_text(password + "\n")
        accounts[role] = {
            "user": f"HOPITAL\\{name}",
            "password": password,
            "password_file": str(password_file),
        }
    return {
        "server": f"ldaps://{address}",
        "address": address,
        "port": 636,
        "ca": str(folder / "tls" / "ca.pem"),
        "host": HOST,
        "domain": "hopital.test",
        "netbios": "HOPITAL",
        "base": "DC=hopital,DC=test",
        "accounts": accounts,
        "expected": json.loads((folder / "samba" / "expected.json").read_text()),
        "expected_sysvol": json.loads((folder / "samba" / "expected_sysvol.json").read_text()),
    }
