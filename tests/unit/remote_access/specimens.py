"""A gateway and a register in order, and a pair in which every rule finds its fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from scanners.remote_access.columns import COLUMNS
from scanners.remote_access.facts import (
    INSIDE,
    OUTSIDE,
    PROTOCOL_CLAUSE,
    REPORT_CLAUSE,
    TO_CLOSE,
    TO_CORRECT,
    Access,
    Account,
    AuthorizedKey,
    KeyFile,
    Listener,
    OtherKey,
    PamLine,
    PrivateKeyFile,
    Register,
    RemoteAccessFacts,
    ShellSession,
    SshdSettings,
    SudoRule,
)
from scanners.ssh_offer import Ssh
from tests.unit.remote_access.listed_specimens import AT_FAULT, AT_FAULT_SUBJECTS, IN_ORDER

NOW = datetime(2026, 4, 15, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
GATEWAY = "bastion.hopital.test"

ACCOUNT = Account(
    "tm_imagerie",
    2001,
    "/bin/bash",
    "/home/tm_imagerie",
    ("tm_imagerie", "prestataires"),
    "locked",
    TODAY - timedelta(days=30),
    TODAY + timedelta(days=60),
    NOW - timedelta(days=5),
)
ROOT = Account("root", 0, "/bin/bash", "/root", ("root",), "locked", TODAY - timedelta(days=30))
KEY = AuthorizedKey(
    "tm_imagerie",
    "/home/tm_imagerie/.ssh/authorized_keys",
    1,
    "ssh-ed25519",
    256,
    "SHA256:aaaa",
    {"from": "192.0.2.0/24", "restrict": "", "pty": ""},
)
KEY_FILE = KeyFile("tm_imagerie", KEY.path, "regular file", "tm_imagerie", 0o600, modified=TODAY - timedelta(days=200))
SESSION = ShellSession("tm_imagerie", "pts/0", "192.0.2.10", NOW - timedelta(days=5), NOW - timedelta(days=5, hours=-2))
STRICT_KEX = "kex-strict-s-v00@openssh.com"
OFFER = Ssh(
    "2.0",
    ("sntrup761x25519-sha512@openssh.com", "curve25519-sha256", STRICT_KEX),
    ("rsa-sha2-512", "ssh-ed25519"),
    ("chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr"),
    ("hmac-sha2-512-etm@openssh.com", "hmac-sha2-256"),
    (("rsa-sha2-512", 3072), ("ssh-ed25519", 256)),
    audited=True,
)
WEAK_OFFER = replace(OFFER, ciphers=("aes128-cbc",), host_key_bits=(("rsa-sha2-512", 1024),))
STRICT = {
    "authenticationmethods": "publickey,keyboard-interactive",
    "passwordauthentication": "no",
    "permitrootlogin": "no",
    "allowgroups": "prestataires admins",
    "allowtcpforwarding": "no",
    "x11forwarding": "no",
    "permittunnel": "no",
    "gatewayports": "no",
    "forcecommand": "/usr/bin/tlog-rec-session",
    "permituserenvironment": "no",
    "acceptenv": "LANG LC_*",
    "strictmodes": "yes",
    "loglevel": "VERBOSE",
    "permitemptypasswords": "no",
    "maxauthtries": "6",
    "logingracetime": "120",
    "chrootdirectory": "none",
    "trustedusercakeys": "none",
    "revokedkeys": "none",
    "listenaddress": "10.1.1.1:22",
}
LOOSE = {
    "authenticationmethods": "any",
    "passwordauthentication": "yes",
    "permitrootlogin": "without-password",
    "allowtcpforwarding": "yes",
    "x11forwarding": "yes",
    "permittunnel": "no",
    "forcecommand": "internal-sftp",
    "permituserenvironment": "yes",
    "strictmodes": "no",
    "loglevel": "QUIET",
    "permitemptypasswords": "yes",
    "maxauthtries": "20",
    "logingracetime": "0",
    "chrootdirectory": "none",
    "trustedusercakeys": "/etc/ssh/ca.pub",
    "revokedkeys": "none",
    "listenaddress": "0.0.0.0:22 [::]:22",
}
ACCESS = Access(
    line=2,
    supplier="Medimage",
    equipment="IRM",
    owner="Dr Lefèvre",
    purpose="Télémaintenance",
    technology="VPN IPsec",
    accounts=("tm_imagerie",),
    starts=date(2024, 1, 1),
    ends=date(2027, 12, 31),
    enabled=True,
    intervention="INT-2026-7",
    gateway=True,
    second_factor=True,
    level=2,
    security_plan=date(2024, 1, 1),
    reviewed=TODAY - timedelta(days=100),
    emergency_contact="Astreinte DSI",
    trace_days=365,
    sources=("192.0.2.0/24",),
    contract="Medimage – Maintenance des IRM",
    clauses={PROTOCOL_CLAUSE: "covered", REPORT_CLAUSE: "covered"},
    report=True,
    attested=TODAY - timedelta(days=200),
    flow_reviewed=TODAY - timedelta(days=100),
    emergency_how="Désactiver le groupe VPN Medimage",
)


def effective(account: str, values: dict[str, str]) -> tuple[SshdSettings, ...]:
    """What sshd would do for an account, the same from everywhere."""
    return tuple(SshdSettings(account, address, values) for address in (OUTSIDE, INSIDE))


HEALTHY = RemoteAccessFacts(
    collected_at=NOW,
    gateway=GATEWAY,
    audit_account="care-audit",
    hostname="bastion",
    system="Debian GNU/Linux 12 (bookworm)",
    accounts=(ROOT, ACCOUNT, Account("care-audit", 2020, "/bin/sh", "/home/care-audit", (), "locked")),
    sshd=(SshdSettings("", "", STRICT), *effective("root", STRICT), *effective("tm_imagerie", STRICT)),
    key_files=(KEY_FILE,),
    keys=(KEY,),
    sudo=(
        SudoRule("/etc/sudoers", 1, "root", "ALL", False, ("ALL",)),
        SudoRule("/etc/sudoers", 2, "care-audit", "root", True, ('/usr/local/sbin/care-collect ""',)),
        SudoRule("/etc/sudoers", 3, "tm_imagerie", "root", True, ("/usr/local/sbin/redemarrer-irm",)),
    ),
    pam=(PamLine("/etc/pam.d/sshd", "auth", "required", "pam_google_authenticator.so"),),
    listeners=(Listener("tcp", "*", 22), Listener("tcp", "127.0.0.1", 21)),
    log_targets=("journaux.hopital.test",),
    rotation_days=28,
    shell_timeout=900,
    register=Register("registre.csv", tuple(COLUMNS), (ACCESS,)),
    private_keys=(PrivateKeyFile("tm_imagerie", "/home/tm_imagerie/.ssh/id_ed25519", True),),
    shell_sessions=(SESSION,),
    processes=("auditd", "chronyd", "sshd"),
    interfaces=("eth0", "eth1"),
    clock_offset=2,
    offer=OFFER,
    listed=IN_ORDER,
    other_keys=(OtherKey("SHA256:bbbb", "autre.hopital.test", "tm_scanner"),),
)

BROKEN = replace(
    HEALTHY,
    accounts=(
        ROOT,
        replace(ACCOUNT, expires=None, last_login=NOW - timedelta(days=120), password="none"),
        replace(ACCOUNT, name="tm_labo", uid=2002, expires=TODAY - timedelta(days=1)),
        replace(ROOT, name="toor"),
        replace(
            ACCOUNT,
            name="tm_gtb",
            uid=2003,
            groups=("sudo",),
            password="set",
            password_changed=TODAY - timedelta(days=400),
        ),
        replace(ACCOUNT, name="support", uid=2004, groups=("sudo",)),
    ),
    sshd=(
        SshdSettings("", "", LOOSE),
        *effective("root", LOOSE),
        *effective("tm_imagerie", LOOSE),
        SshdSettings("tm_labo", OUTSIDE, {}, '"any" must appear alone in AuthenticationMethods'),
    ),
    key_files=(replace(KEY_FILE, mode=0o666, modified=TODAY - timedelta(days=1200)),),
    private_keys=(PrivateKeyFile("tm_imagerie", "/home/tm_imagerie/.ssh/id_rsa", False),),
    shell_sessions=(
        replace(SESSION, account="tm_labo", source="198.51.100.7"),
        replace(SESSION, account="tm_gtb", ended=NOW - timedelta(days=4)),
        replace(SESSION, account="tm_gtb", source="198.51.100.7"),
    ),
    processes=("sshd",),
    clock_offset=-3600,
    offer=WEAK_OFFER,
    keys=(
        replace(KEY, type="ssh-rsa", bits=1024, options={}),
        replace(KEY, account="tm_labo"),
    ),
    sudo=(
        SudoRule("/etc/sudoers", 4, "tm_imagerie", "ALL", True, ("ALL",)),
        SudoRule("/etc/sudoers", 5, "tm_labo", "root", False, ("/usr/bin/vim /etc/hosts", "/bin/cat /home/*/x")),
    ),
    pam=(PamLine("/etc/pam.d/sshd", "auth", "required", "pam_google_authenticator.so", ("nullok",)),),
    listeners=(Listener("tcp", "*", 23),),
    log_targets=(),
    shell_timeout=None,
    register=Register(
        "registre.csv",
        tuple(COLUMNS),
        (
            Access(
                line=2,
                supplier="LaboTech",
                equipment="Automate",
                enabled=True,
                accounts=("TM_partage",),
                decision=TO_CLOSE,
            ),
            replace(
                ACCESS,
                line=3,
                ends=date(2025, 1, 1),
                accounts=(*ACCESS.accounts, "tm_partage"),
                decision=TO_CORRECT,
                decided=date(2026, 3, 2),
            ),
        ),
        (
            Access(
                line=4, supplier="Ancien", equipment="Scanner 2012", accounts=("tm_ancien",), decided=date(2026, 4, 1)
            ),
        ),
    ),
    listed=AT_FAULT,
    other_keys=(OtherKey("SHA256:aaaa", "autre.hopital.test", "tm_scanner"),),
)

_IMAGERIE, _LABO, _GTB = f"{GATEWAY}/tm_imagerie", f"{GATEWAY}/tm_labo", f"{GATEWAY}/tm_gtb"
_ROW, _OLD_ROW = "LaboTech/Automate", "Medimage/IRM"

BROKEN_SUBJECTS: dict[str, set[str]] = {
    "access_list": {f"{GATEWAY}/sshd"},
    "account_without_expiry": {_IMAGERIE},
    "audit_daemon": {f"{GATEWAY}/auditd"},
    "clock_unkept": {f"{GATEWAY}/clock"},
    "concurrent_sources": {_GTB},
    "empty_password": {_IMAGERIE},
    "empty_password_accepted": {_IMAGERIE},
    "expired_account_with_key": {_LABO},
    "forwarding_allowed": {_IMAGERIE},
    "generic_account": {f"{GATEWAY}/support"},
    "idle_timeout": {f"{GATEWAY}/session"},
    "key_file_exposed": {_IMAGERIE},
    "key_without_source": {_IMAGERIE},
    "legacy_services": {f"{GATEWAY}:23/tcp"},
    "listens_everywhere": {f"{GATEWAY}/sshd"},
    "local_trace_retention": {f"{GATEWAY}/logrotate"},
    "login_limits_off": {f"{GATEWAY}/sshd"},
    "login_traces_off": {_IMAGERIE},
    "long_session": {_GTB},
    "no_lockout": {f"{GATEWAY}/pam"},
    "old_keys": {_IMAGERIE},
    "old_password": {_GTB},
    "password_authentication": {_IMAGERIE},
    "private_key_in_clear": {_IMAGERIE},
    "register_cut_procedure": {_ROW},
    "register_emergency_cut": {_ROW},
    "register_ended": {_OLD_ROW},
    "register_flow_review": {_ROW},
    "register_gateway": {_ROW},
    "register_incomplete": {_ROW},
    "register_level": {_ROW},
    "register_open_intervention": {_ROW},
    "register_protocol": {_ROW},
    "register_report": {_ROW},
    "register_review": {_ROW},
    "register_second_factor": {_ROW},
    "register_security_plan": {_ROW},
    "register_shared_account": {_ROW, _OLD_ROW},
    "register_statement": {_ROW},
    "register_to_close": {_ROW},
    "register_to_correct": {_OLD_ROW},
    "register_trace_retention": {_ROW},
    "register_tunnel": {_ROW},
    "register_unfiltered": {_ROW},
    "remote_logging": {f"{GATEWAY}/syslog"},
    "revocation_missing": {f"{GATEWAY}/sshd"},
    "root_login": {f"{GATEWAY}/root"},
    "second_factor_optional": {f"{GATEWAY}/pam/pam_google_authenticator.so"},
    "second_root": {f"{GATEWAY}/toor"},
    "session_from_elsewhere": {_LABO},
    "session_recording": {_IMAGERIE},
    "sftp_without_chroot": {_IMAGERIE},
    "shared_key": {_IMAGERIE, _LABO},
    "shared_key_elsewhere": {_IMAGERIE, _LABO},
    "single_factor": {_IMAGERIE},
    "sshd_account_invalid": {_LABO},
    "strict_modes_off": {f"{GATEWAY}/sshd"},
    "sudo_everything": {_IMAGERIE},
    "sudo_shell_escape": {_LABO},
    "sudo_wildcard": {_LABO},
    "unregistered_account": {_LABO},
    "unused_account": {_IMAGERIE},
    "user_environment": {f"{GATEWAY}/sshd"},
    "weak_algorithms": {f"{GATEWAY}/sshd"},
    "weak_host_key": {f"{GATEWAY}/sshd"},
    "weak_key": {_IMAGERIE},
    **AT_FAULT_SUBJECTS,
}
