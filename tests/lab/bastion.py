"""A remote-maintenance gateway: a real sshd on 127.<octet>.3.1:2222 with suppliers' accounts, faults planted.

Nothing is created in the machine's own `/etc`: sshd runs in a mount namespace where `/etc`, `/home`, `/var/log`,
`/usr/local/sbin` and `/run` are folders of the lab, with their own passwd, shadow, sudoers and keys. The collector is
the one the product installs (`ansible/roles/care_audit_account`).
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import struct
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from tests.lab import remote_lists, stage

PORT = 2222
PACKAGES = {
    "/usr/sbin/sshd": "openssh-server",
    "sudo": "sudo",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "ss": "iproute2",
    "last": "util-linux",
    "lastlog": "login",
}
COLLECTOR = Path(__file__).parents[2] / "ansible/roles/care_audit_account/files/care-collect"
AUDIT, ORDINARY = "care-audit", "visiteur"
SUPPLIERS = 3000
SUDO = 27
"""Groups of the suppliers' accounts and, on Debian, of administrators."""

PrivateKey = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Login:
    """One account of the gateway. Days count from now: `changed` (its password), `untouched` (its key file) and `seen`
    back (None: never), `expires` ahead."""

    name: str
    uid: int
    key: str = ""
    options: str = ""
    password: str = "!"
    changed: int = 30
    expires: int | None = None
    seen: int | None = 5
    groups: tuple[int, ...] = (SUPPLIERS,)
    mode: int = 0o600
    untouched: int = 30
    faults: tuple[str, ...] = field(default=())


_HASH = "$6$lab$6ToLzF9ZK0P4OyIAYvCkKXl3IP3ac0TBV0dVXKVFhC8HjFy6dQmK1KqUqXY7Kv0R2bJgkzRxYx7nZ3kTnqGQA/"
_FROM = 'from="192.0.2.0/24"'

LOGINS = (
    Login(
        "tm_imagerie",
        2001,
        "weak",
        _FROM,
        _HASH,
        changed=500,
        faults=("weak_key", "password_authentication", "account_without_expiry", "old_password"),
    ),
    Login(
        "tm_labo",
        2002,
        "shared",
        "",
        mode=0o666,
        expires=60,
        faults=("shared_key", "key_file_exposed", "key_without_source", "long_session", "concurrent_sources"),
    ),
    Login(
        "tm_dialyse",
        2003,
        "shared",
        'from="10.0.0.0/8"',
        expires=60,
        faults=("shared_key", "sudo_everything", "key_without_source", "private_key_in_clear"),
    ),
    Login(
        "tm_gtb",
        2004,
        "gtb",
        _FROM,
        _HASH,
        expires=-20,
        faults=("expired_account_with_key", "sftp_without_chroot", "session_from_elsewhere"),
    ),
    Login(
        "tm_biomed",
        2005,
        "biomed",
        _FROM,
        expires=60,
        seen=200,
        untouched=1300,
        faults=("unused_account", "sudo_wildcard", "old_keys", "shared_key_elsewhere"),
    ),
    Login("tm_pharma", 2006, "pharma", f"restrict,pty,{_FROM}", expires=60),
    Login("tm_vide", 2007, "", "", "", expires=60, faults=("empty_password", "empty_password_accepted")),
    Login(
        "tm_ascenseur",
        2008,
        "",
        "",
        expires=60,
        changed=400,
        seen=None,
        faults=("sshd_account_invalid", "unused_account"),
    ),
    Login("support", 2009, "", "", expires=60, faults=("generic_account", "login_traces_off")),
    Login(
        "adm_bastion",
        2010,
        "admin",
        f"restrict,pty,{_FROM}",
        _HASH,
        expires=300,
        groups=(SUDO,),
        faults=("sudo_shell_escape",),
    ),
    Login("toor", 0, "", "", "!", expires=60, groups=(), faults=("second_root",)),
    Login(
        AUDIT, 2020, "audit", 'restrict,from="127.0.0.0/8",command="sudo -n /usr/local/sbin/care-collect"', expires=300
    ),
    Login(ORDINARY, 2021, "ordinary", 'restrict,from="127.0.0.0/8"', expires=300),
)

GATEWAY_FAULTS = {
    "root_login": ["/root"],
    "second_factor_optional": ["/pam/pam_google_authenticator.so"],
    "remote_logging": ["/syslog"],
    "local_trace_retention": ["/logrotate"],
    "legacy_services": [":23/tcp"],
    "idle_timeout": ["/session"],
    "access_list": ["/sshd"],
    "user_environment": ["/sshd"],
    "no_lockout": ["/pam"],
    "strict_modes_off": ["/sshd"],
    "login_limits_off": ["/sshd"],
    "revocation_missing": ["/sshd"],
    "weak_algorithms": ["/sshd"],
    "weak_host_key": ["/sshd"],
    "single_factor": ["/tm_imagerie", "/tm_labo", "/tm_dialyse", "/tm_gtb", "/tm_biomed", "/tm_vide"],
    "forwarding_allowed": ["/tm_imagerie", "/tm_labo", "/tm_dialyse", "/tm_gtb", "/tm_biomed", "/tm_vide"],
    "session_recording": ["/tm_imagerie", "/tm_labo", "/tm_dialyse", "/tm_gtb", "/tm_biomed", "/tm_vide"],
    "unregistered_account": ["/tm_gtb", "/tm_biomed", "/tm_vide"],
}
"""Faults of the gateway as a whole, with what follows its address in their subjects."""

NOT_PLANTABLE = {
    "audit_daemon": "the lab has a mount namespace, not one of processes: what runs is what runs on the machine",
    "clock_unkept": "the clock is that of the machine, and so is the program that keeps it",
    "listens_everywhere": "a server on every address would answer on the cards of the machine itself",
}
"""Rules on the gateway that the lab cannot put at fault, and why; their readings have unit tests."""

SSHD_CONFIG = """\
Port {port}
ListenAddress {address}
HostKey /etc/ssh/ssh_host_ed25519_key
HostKey /etc/ssh/ssh_host_rsa_key
Ciphers +aes256-cbc
PidFile none
StrictModes no
LoginGraceTime 0
TrustedUserCAKeys /etc/ssh/suppliers_ca.pub
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication yes
PermitRootLogin prohibit-password
PermitUserEnvironment yes
X11Forwarding yes
LogLevel VERBOSE
PrintMotd no
Match User tm_imagerie
    PasswordAuthentication yes
Match User tm_gtb
    ForceCommand internal-sftp
Match User tm_vide LocalPort {port}
    PermitEmptyPasswords yes
Match User support
    LogLevel QUIET
Match User tm_ascenseur
    AuthenticationMethods publickey
Match User tm_ascenseur
    AuthenticationMethods any
Match User tm_pharma,adm_bastion
    AuthenticationMethods publickey,password
    PasswordAuthentication yes
    AllowTcpForwarding no
    AllowAgentForwarding no
    X11Forwarding no
    ForceCommand /usr/bin/tlog-rec-session
"""

PAM_SSHD = """\
auth required pam_google_authenticator.so nullok
auth required pam_unix.so
account required pam_unix.so
session required pam_unix.so
session optional pam_lastlog.so silent
"""

SUDOERS = f"""\
Defaults env_reset
root ALL=(ALL:ALL) ALL
tm_dialyse ALL=(ALL) NOPASSWD: ALL
tm_biomed ALL=(root) NOPASSWD: /usr/bin/cat /home/*/.ssh/authorized_keys
adm_bastion ALL=(root) /usr/bin/vim /etc/hosts
{AUDIT} ALL=(root) NOPASSWD: /usr/local/sbin/care-collect ""
"""

REGISTER = """\
fournisseur;équipement;responsable;objet;technologie;comptes;début;fin;actif;intervention;passerelle;mfa;palier;PAS;\
dernière revue;coupure d’urgence;conservation des traces;adresses admises;contrat;rapport après intervention;\
déclaration annuelle;flux revalidés le;procédure de coupure;décision de revue;décidé le
Medimage SA;IRM 3T;Dr Lefèvre;Télémaintenance;VPN IPsec;tm_imagerie;\
01/02/2024;31/12/2027;non;;oui;oui;2;15/01/2024;{recent};\
Astreinte DSI 01 02 03 04 05;400;\
192.0.2.0/24;Medimage – IRM;oui;{recent};{recent};Désactiver le groupe VPN Medimage;à fermer;{recent}
PharmaSoft;Automate de dispensation;Mme Côté;Télémaintenance;VPN TLS;tm_pharma;\
01/03/2024;31/12/2027;oui;INT-2026-118;oui;\
oui;1;01/03/2024;{recent};Astreinte DSI 01 02 03 04 05;365;\
198.51.100.7;PharmaSoft – Automate;oui;{recent};{recent};Fermer le compte tm_pharma du bastion
LaboTech;Chaîne d’hématologie;M. Hénaff;Télémaintenance;SSH;tm_labo,tm_dialyse;01/03/2022;31/12/2027;oui;;oui;\
non;;;{old};\
;90;;;;{old};{old};;à corriger;{old}
Thermo GTB;Gestion technique du bâtiment;;Télésurveillance;TeamViewer;tm_dialyse;;;oui;;non;non;1;;;;;;;;;;
Ancien Mainteneur;Scanner 2012;Mme Née;Télémaintenance;SSH;tm_ancien;01/01/2015;31/12/2023;oui;INT-2023-009;oui;oui;1;\
01/01/2015;{old};Astreinte DSI 01 02 03 04 05;365;;;oui;;;Fermer le compte tm_ancien
=cmd|'/c calc'!A1;Ascenseurs;Service technique;Télésurveillance;Modem;tm_ascenseur;01/01/2020;31/12/2027;non;;\
oui;non;1;\
01/01/2020;{recent};Astreinte DSI 01 02 03 04 05;365;;;oui;;;Débrancher le modem
"""

REGISTER_FAULTS = {
    "register_incomplete": ["Thermo GTB/Gestion technique du bâtiment"],
    "register_level": ["LaboTech/Chaîne d’hématologie"],
    "register_shared_account": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
    "register_security_plan": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
    "register_open_intervention": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
    "register_ended": ["Ancien Mainteneur/Scanner 2012"],
    "register_second_factor": [
        "LaboTech/Chaîne d’hématologie",
        "Thermo GTB/Gestion technique du bâtiment",
        "cmd|'/c calc'!A1/Ascenseurs",
    ],
    "register_gateway": ["Thermo GTB/Gestion technique du bâtiment"],
    "register_to_close": ["Medimage SA/IRM 3T"],
    "register_to_correct": ["LaboTech/Chaîne d’hématologie"],
    "register_review": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
    "register_cut_procedure": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
    "register_flow_review": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
    "register_protocol": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
    "register_report": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
    "register_statement": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
    "register_tunnel": [
        "LaboTech/Chaîne d’hématologie",
        "Thermo GTB/Gestion technique du bâtiment",
        "cmd|'/c calc'!A1/Ascenseurs",
    ],
    "register_unfiltered": ["Thermo GTB/Gestion technique du bâtiment"],
    "register_emergency_cut": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
    "register_trace_retention": ["LaboTech/Chaîne d’hématologie", "Thermo GTB/Gestion technique du bâtiment"],
}

TELNET = """\
import socket, sys
with socket.create_server((sys.argv[1], 23)) as server:
    while True:
        peer, _ = server.accept()
        peer.sendall(b"login: ")
        peer.close()
"""

ENTER = """\
set -eu
for pair in etc:/etc home:/home log:/var/log sbin:/usr/local/sbin; do
    mount --bind "$1/${pair%%:*}" "${pair#*:}"
done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/sshd
touch /run/utmp
exec /usr/sbin/sshd -D -e
"""


def build(cache: Path) -> None:
    """Nothing is slow here; only say at once what is missing."""
    stage.require_root("bastion")
    stage.require_programs(PACKAGES)


def start(lab: Path, cache: Path, octet: int) -> stage.Description:
    """Make the gateway's folders and keys, and start sshd and a forgotten telnet (about a second)."""
    folder, address = lab / "bastion", stage.address(octet, "bastion")
    stage.require_free(address, PORT)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    keys = _keys(folder / "keys")
    root = folder / "root"
    _make_etc(root / "etc", keys, address)
    _make_homes(root / "home", keys)
    _make_logs(root / "log")
    _make_collector(root / "sbin")
    sshd = stage.spawn(
        folder, "sshd", ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", root]
    )
    stage.wait_for_port(address, PORT, process=sshd)
    telnet = stage.spawn(folder, "telnet", [sys.executable, "-c", TELNET, address])
    stage.wait_for_port(address, 23, process=telnet)
    return _describe(folder, address, keys)


def stop(lab: Path) -> None:
    """End sshd, its sessions and the telnet listener; their mounts go with them."""
    stage.stop_all(lab / "bastion")


def _keys(folder: Path) -> dict[str, str]:
    """Make every key pair; private halves stay in `folder`, public ones are returned as OpenSSH lines by name."""
    folder.mkdir(exist_ok=True)
    made: dict[str, PrivateKey] = {
        name: rsa.generate_private_key(65537, 1024)  # noqa: S505 - planted
        for name in ("weak", "short_host")
    }
    for name in ("shared", "gtb", "biomed", "pharma", "admin", "audit", "ordinary", "host", "stranger", "left"):
        made[name] = ed25519.Ed25519PrivateKey.generate()
    for name, key in made.items():
        private = folder / name
        private.touch(mode=0o600)
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
            )
        )
    return {name: _public(key) for name, key in made.items()}


def _public(key: PrivateKey) -> str:
    return key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def _fingerprint(public: str) -> str:
    digest = hashlib.sha256(base64.b64decode(public.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _make_etc(etc: Path, keys: dict[str, str], address: str) -> None:
    stage.copy_tree(Path("/etc"), etc)
    for name in ("sudoers.d", "rsyslog.d", "ssh", "profile.d", "logrotate.d"):
        shutil.rmtree(etc / name, ignore_errors=True)
        (etc / name).mkdir()
    system = [line for line in Path("/etc/passwd").read_text().splitlines() if int(line.split(":")[2]) < 1000]
    names = {line.split(":")[0] for line in system}
    accounts = [
        f"{login.name}:x:{login.uid}:{login.uid or 0}:Lab:/home/{login.name}:/bin/sh" for login in LOGINS if login.uid
    ]
    (etc / "passwd").write_text("\n".join([*system, *accounts, "toor:x:0:0:Lab:/home/toor:/bin/sh"]) + "\n")
    (etc / "shadow").write_text(
        "\n".join([*(f"{name}:*:19000:0:99999:7:::" for name in sorted(names)), *_shadow()]) + "\n"
    )
    (etc / "group").write_text(_groups())
    (etc / "sudoers").write_text(SUDOERS)
    (etc / "sudoers").chmod(0o440)
    (etc / "shadow").chmod(0o640)
    (etc / "pam.d" / "sshd").write_text(PAM_SSHD)
    (etc / "profile").write_text("export PATH=/usr/bin:/bin\n")
    (etc / "bash.bashrc").write_text("")
    (etc / "rsyslog.conf").write_text("auth,authpriv.* /var/log/auth.log\n")
    (etc / "logrotate.conf").write_text("weekly\nrotate 4\ncreate\n")
    (etc / "ssh" / "sshd_config").write_text(SSHD_CONFIG.format(port=PORT, address=address))
    for kind, name in (("ed25519", "host"), ("rsa", "short_host")):
        host_key = etc / "ssh" / f"ssh_host_{kind}_key"
        shutil.copy(etc.parents[1] / "keys" / name, host_key)
        host_key.with_suffix(".pub").write_text(keys[name] + "\n")
    (etc / "ssh" / "suppliers_ca.pub").write_text(keys["stranger"] + "\n")


def _shadow() -> Iterable[str]:
    today = int(time.time() // 86400)
    for login in LOGINS:
        expires = "" if login.expires is None else str(today + login.expires)
        yield f"{login.name}:{login.password}:{today - login.changed}:0:99999:7::{expires}:"


def _groups() -> str:
    system = [
        f"sudo:x:{SUDO}:adm_bastion" if line.startswith("sudo:") else line
        for line in Path("/etc/group").read_text().splitlines()
        if int(line.split(":")[2]) < 1000
    ]
    own = [f"{login.name}:x:{login.uid}:" for login in LOGINS if login.uid]
    members = ",".join(login.name for login in LOGINS if SUPPLIERS in login.groups and login.uid not in {2020, 2021})
    return "\n".join([*system, *own, f"prestataires:x:{SUPPLIERS}:{members}"]) + "\n"


def _make_homes(home: Path, keys: dict[str, str]) -> None:
    for login in LOGINS:
        ssh = home / login.name / ".ssh"
        ssh.mkdir(parents=True, exist_ok=True)
        file = ssh / "authorized_keys"
        file.unlink(missing_ok=True)
        if login.name == "tm_ascenseur":
            file.symlink_to("/etc/shadow")
        elif login.key:
            file.write_text(f"{login.options} {keys[login.key]} {login.name}@fournisseur\n".lstrip())
            file.chmod(login.mode)
            written = time.time() - login.untouched * 86400
            os.utime(file, (written, written))
        if "private_key_in_clear" in login.faults:
            shutil.copy(home.parents[1] / "keys" / "left", ssh / "id_ed25519")
        for path in (home / login.name, ssh, *ssh.iterdir()):
            if not path.is_symlink():
                shutil.chown(path, login.uid, login.uid)
        ssh.chmod(0o700)


SESSIONS = (
    ("tm_pharma", "192.0.2.10", 240, 238),
    ("tm_labo", "192.0.2.10", 200, 170),
    ("tm_labo", "192.0.2.77", 180, 178),
    ("tm_gtb", "198.51.100.7", 100, 99),
)
"""Account, address, and how many hours ago the session began and ended."""


def _wtmp() -> bytes:
    """Records of 384 bytes (utmp(5)): one when a session begins (7), one when its terminal is free again (8)."""
    now, records = int(time.time()), list[tuple[int, bytes]]()
    for number, (account, source, began, ended) in enumerate(SESSIONS):
        line = f"pts/{number}".encode()
        for kind, name, hours in ((7, account, began), (8, "", ended)):
            moment = now - hours * 3600
            who, place = name.encode(), source.encode() if name else b""
            record = struct.pack(
                "<hxxi32s4s32s256shhiii16s20x", kind, 1, line, b"", who, place, 0, 0, 0, moment, 0, b""
            )
            records.append((moment, record))
    return b"".join(record for _, record in sorted(records))


def _make_logs(log: Path) -> None:
    """lastlog: one record of 292 bytes per uid (time, terminal, host). wtmp: the sessions of `SESSIONS`."""
    log.mkdir(parents=True, exist_ok=True)
    with (log / "lastlog").open("wb") as file:
        for login in LOGINS:
            if login.seen is not None and login.uid:
                file.seek(login.uid * 292)
                seen = int(time.time()) - login.seen * 86400
                file.write(struct.pack("<i32s256s", seen, b"pts/0", b"192.0.2.10"))
    (log / "wtmp").write_bytes(_wtmp())


def _make_collector(sbin: Path) -> None:
    sbin.mkdir(parents=True, exist_ok=True)
    shutil.copy(COLLECTOR, sbin / "care-collect")
    (sbin / "care-collect").chmod(0o755)


def _register() -> str:
    now = datetime.now(UTC)
    dates = {"recent": now - timedelta(days=60), "old": now - timedelta(days=500)}
    return REGISTER.format(**{name: date.strftime("%d/%m/%Y") for name, date in dates.items()})


def _describe(folder: Path, address: str, keys: dict[str, str]) -> stage.Description:
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(f"[{address}]:{PORT} {keys['host']}\n")
    register = folder / "registre.csv"
    register.write_text(_register(), encoding="utf-8-sig")
    expected = {fault: [f"{address}{place}" for place in places] for fault, places in GATEWAY_FAULTS.items()}
    for login in LOGINS:
        for fault in login.faults:
            expected.setdefault(fault, []).append(f"{address}/{login.name}")
    return {
        "bastion": f"{AUDIT}@{address}:{PORT}",
        "ordinary": f"{ORDINARY}@{address}:{PORT}",
        "address": address,
        "port": PORT,
        "key": str(folder / "keys" / "audit"),
        "ordinary_key": str(folder / "keys" / "ordinary"),
        "stranger_key": str(folder / "keys" / "stranger"),
        "known_hosts": str(known_hosts),
        "register": str(register),
        "lists": remote_lists.write(folder),
        "other_keys": [
            {"fingerprint": _fingerprint(keys[name]), "gateway": "bastion-2.hopital.test", "account": account}
            for name, account in (("biomed", "tm_biomed"), ("stranger", "tm_ailleurs"))
        ],
        "root": str(folder / "root"),
        "expected": [
            {"fault": fault, "subjects": sorted(subjects)}
            for fault, subjects in sorted({**expected, **REGISTER_FAULTS, **remote_lists.FAULTS}.items())
        ],
    }
