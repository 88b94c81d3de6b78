"""The exposed zone of the hospital: seven addresses of 127.X.2.0/24, each with its planted faults.

Real servers where Debian has one (nginx, vsftpd, redis, PostgreSQL, sshd), small stubs elsewhere (`stubs.py`).
`expected` in the description says which rule must speak about which subject.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.lab import stage
from tests.lab.exposure import known, lab_names
from tests.lab.exposure.certificates import AUTHORITY, certificate, write_pair

PACKAGES = {
    "nginx": "nginx-light",
    "vsftpd": "vsftpd",
    "redis-server": "redis-server",
    "sshd": "openssh-server",
    "snmpd": "snmpd",
    "nmap": "nmap",
    "setpriv": "util-linux",
}
WEAK_WEB, GOOD_WEB, LEGACY, DATA, MEDICAL, ACCESS, SILENT = range(1, 8)
EXCLUDED = 250
SNMP_PORT = 161
DNS_PORT = 53

STUBS: tuple[tuple[str, int, int], ...] = (
    ("telnet", LEGACY, 23), ("open_relay", LEGACY, 25), ("old_web", LEGACY, 8081), ("nntp", LEGACY, 119),
    ("memcached", DATA, 11211), ("elasticsearch", DATA, 9200), ("docker", DATA, 2375), ("smb", DATA, 445),
    ("dicom", MEDICAL, 104), ("dicom", MEDICAL, 11112), ("hl7", MEDICAL, 2575), ("modbus", MEDICAL, 502),
    ("printer", MEDICAL, 9100), ("vnc", ACCESS, 5900), ("rdp", ACCESS, 3389), ("vpn", ACCESS, 10443),
)  # fmt: skip

OTHERS: tuple[tuple[str, int, int], ...] = (
    ("nginx", ACCESS, 4443), ("nginx", LEGACY, 8099), ("nginx", ACCESS, 8443),
    ("nginx", WEAK_WEB, 80), ("nginx", WEAK_WEB, 443), ("nginx", GOOD_WEB, 80), ("nginx", GOOD_WEB, 443),
    ("vsftpd", LEGACY, 21), ("redis", DATA, 6379), ("postgresql", DATA, 5432), ("sshd", ACCESS, 22),
)  # fmt: skip

EXPECTED: dict[str, tuple[tuple[int, int], ...]] = {
    "admin_interface_exposed": ((WEAK_WEB, 80),),
    "certificate_expired": ((WEAK_WEB, 443),),
    "certificate_self_signed": ((WEAK_WEB, 443),),
    "certificate_weak_key": ((WEAK_WEB, 443),),
    "database_exposed": ((DATA, 5432),),
    "content_policy_permissive": ((ACCESS, 8443),),
    "cookie_without_secure": ((WEAK_WEB, 443),),
    "default_page": ((WEAK_WEB, 443),),
    "dicom_exposed": ((MEDICAL, 104), (MEDICAL, 11112)),
    "dicom_open_association": ((MEDICAL, 104), (MEDICAL, 11112)),
    "directory_listing": ((LEGACY, 8081),),
    "docker_api_open": ((DATA, 2375),),
    "elasticsearch_open": ((DATA, 9200),),
    "end_of_life_software": ((LEGACY, 8081),),
    "ftp_anonymous": ((LEGACY, 21),),
    "ftp_clear_text": ((LEGACY, 21),),
    "hl7_exposed": ((MEDICAL, 2575),),
    "hsts_missing": ((WEAK_WEB, 443),),
    "hsts_short": ((ACCESS, 8443),),
    "http_without_https": ((WEAK_WEB, 80), (LEGACY, 8081), (DATA, 9200), (ACCESS, 10443)),
    "industrial_protocol_exposed": ((MEDICAL, 502),),
    "login_over_http": ((WEAK_WEB, 80),),
    "memcached_exposed": ((DATA, 11211),),
    "open_relay": ((LEGACY, 25),),
    "open_resolver": ((lab_names.NAMES_HOST, DNS_PORT),),
    "raw_printing_exposed": ((MEDICAL, 9100),),
    "rdp_exposed": ((ACCESS, 3389),),
    "rdp_without_nla": ((ACCESS, 3389),),
    "redirect_by_host_header": ((LEGACY, 8099),),
    "redirect_in_clear": ((ACCESS, 4443),),
    "redirect_loop": ((LEGACY, 8099),),
    "redis_without_password": ((DATA, 6379),),
    "remote_access_gateway": ((ACCESS, 10443),),
    "security_headers_missing": ((WEAK_WEB, 80), (WEAK_WEB, 443), (LEGACY, 8081), (ACCESS, 8443), (ACCESS, 10443)),
    "security_text_missing": ((WEAK_WEB, 443),),
    "server_version_disclosed": ((WEAK_WEB, 80), (WEAK_WEB, 443), (LEGACY, 8081), (DATA, 2375)),
    "session_cookie_unprotected": ((WEAK_WEB, 443),),
    "smb1_enabled": ((DATA, 445),),
    "smb_exposed": ((DATA, 445),),
    "smb_signing_not_required": ((DATA, 445),),
    "smtp_without_starttls": ((LEGACY, 25),),
    "snmp_exposed": ((MEDICAL, SNMP_PORT),),
    "ssh_weak_cipher": ((ACCESS, 22),),
    "ssh_weak_host_key": ((ACCESS, 22),),
    "ssh_weak_key_exchange": ((ACCESS, 22),),
    "ssh_weak_mac": ((ACCESS, 22),),
    "telnet_exposed": ((LEGACY, 23),),
    "tls13_missing": ((WEAK_WEB, 443),),
    "tls_client_order": ((WEAK_WEB, 443),),
    "tls_obsolete_version": ((WEAK_WEB, 443),),
    "tls_static_key_exchange": ((WEAK_WEB, 443),),
    "tls_weak_cipher": ((WEAK_WEB, 443),),
    "vnc_exposed": ((ACCESS, 5900),),
    "vnc_without_password": ((ACCESS, 5900),),
}
"""Rule -> the (host, port) it must name, and no other; every other rule must be silent."""
_KNOWN = {"old_web": (LEGACY, 8081), "vsftpd": (LEGACY, 21), "fortinet": (ACCESS, 10443)}
"""Where the servers that known vulnerabilities name are."""
UNDER_OTHER_NAMES: dict[str, str] = {"certificate_name_mismatch": "rdv.hopital.test"}
"""Rule -> the further name of the good site under which it must speak."""


def build(cache: Path) -> None:
    """Make the PostgreSQL cluster once."""
    _require()
    cluster(cache)


def start(lab: Path, cache: Path, octet: int) -> stage.Description:
    """Start every server of the zone, wait until each answers, and describe it."""
    _require()
    folder = lab / "exposure"
    folder.mkdir(parents=True, exist_ok=True)
    for _, host, port in (*STUBS, *OTHERS):
        stage.require_free(_at(octet, host), port)
    shared = shared_folder(folder)
    _certificates(folder, octet)
    _start_nginx(folder, octet)
    _start_vsftpd(folder, shared, octet)
    _start_redis(folder, octet)
    _start_postgresql(folder, shared, cache, octet)
    _start_sshd(folder, octet)
    _start_stubs(folder, shared, octet)
    _start_snmpd(folder, shared, octet)
    _start_names(folder, octet)
    for _, host, port in OTHERS:
        stage.wait_for_port(_at(octet, host), port)
    return _describe(folder, shared, octet)


def stop(lab: Path) -> None:
    """End every server of the zone and remove the folder that other users could read."""
    folder = lab / "exposure"
    stage.stop_all(folder)
    pointer = folder / "shared"
    if pointer.is_symlink():
        shutil.rmtree(pointer.resolve(), ignore_errors=True)
        pointer.unlink()


def _require() -> None:
    stage.require_root("exposure")
    stage.require_programs(PACKAGES | {str(postgresql_bin() / "initdb"): "postgresql"})


def _at(octet: int, host: int) -> str:
    return stage.address(octet, "exposure", host)


def as_user(user: str, group: str, *command: str | Path) -> list[str | Path]:
    """A command run by another user."""
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *command]


def shared_folder(folder: Path) -> Path:
    """A folder that servers run by other users can enter: the lab's own may lie under one that is root's alone."""
    shared = Path(tempfile.mkdtemp(prefix="care-lab-exposure-", dir="/var/tmp"))
    shared.chmod(0o755)
    (folder / "shared").symlink_to(shared)
    return shared


# ---------------------------------------------------------------- web


def _certificates(folder: Path, octet: int) -> None:
    """An expired, self-signed, RSA 1,024 certificate; and a good one signed by the zone's own authority."""
    now = datetime.now(UTC)
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the planted fault
    write_pair(
        folder, "weak", weak, certificate("vitrine.hopital.test", weak, now - timedelta(800), now - timedelta(70))
    )
    authority = ec.generate_private_key(ec.SECP256R1())
    root = certificate(AUTHORITY, authority, now - timedelta(1), now + timedelta(3650))
    good = ec.generate_private_key(ec.SECP256R1())
    address = _at(octet, GOOD_WEB)
    signed = certificate("portail.hopital.test", good, now - timedelta(1), now + timedelta(200), [address], authority)
    write_pair(folder, "good", good, signed)
    (folder / "ca.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))


_NGINX = """\
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log; user www-data; worker_processes 1;
events {{ worker_connections 128; }}
http {{
  access_log off; default_type text/html;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen {weak}:80;
    location / {{
      return 200 "<html><title>Administration GTB</title><form><input type='password' name='p'></form></html>"; }} }}
  server {{ listen {weak}:443 ssl; ssl_certificate {folder}/weak.pem; ssl_certificate_key {folder}/weak.key;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers "ALL:aNULL:eNULL:@SECLEVEL=0";
    add_header Set-Cookie "PHPSESSID=0123456789";
    location / {{ return 200 "<html><title>Welcome to nginx!</title><h1>Welcome to nginx!</h1></html>"; }} }}
  server {{ listen {good}:80; server_tokens off;
    location / {{ return 301 https://portail.hopital.test$request_uri; }} }}
  server {{ listen {good}:443 ssl; server_tokens off;
    ssl_certificate {folder}/good.pem; ssl_certificate_key {folder}/good.key; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_prefer_server_ciphers on;
    add_header Strict-Transport-Security "max-age=31536000" always; add_header X-Content-Type-Options nosniff always;
    add_header Content-Security-Policy "default-src 'self'; frame-ancestors 'none'" always;
    add_header Referrer-Policy same-origin always;
    location = /.well-known/security.txt {{ default_type text/plain;
      return 200 "Contact: mailto:ssi@hopital.test\nExpires: {next_year}-12-31T23:59:59Z\n"; }}
    location / {{ return 200 "<html><title>Portail patient</title></html>"; }} }}
  server {{ listen {access}:4443 ssl; server_tokens off;
    ssl_certificate {folder}/good.pem; ssl_certificate_key {folder}/good.key; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_prefer_server_ciphers on;
    add_header Strict-Transport-Security "max-age=31536000" always;
    location / {{ return 302 http://ancien.hopital.test/; }} }}
  server {{ listen {legacy}:8099; server_tokens off;
    location / {{ return 302 /accueil; }} location /accueil {{ return 302 /; }} }}
  server {{ listen {access}:8443 ssl; server_tokens off;
    ssl_certificate {folder}/good.pem; ssl_certificate_key {folder}/good.key; ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20; ssl_prefer_server_ciphers on;
    add_header Strict-Transport-Security "max-age=3600" always; add_header X-Content-Type-Options nosniff always;
    add_header Content-Security-Policy "script-src * 'unsafe-inline'" always;
    location / {{ return 200 "<html><title>Extranet</title></html>"; }} }}
}}
"""


def _start_nginx(folder: Path, octet: int) -> None:
    config = folder / "nginx.conf"
    config.write_text(
        _NGINX.format(
            folder=folder,
            weak=_at(octet, WEAK_WEB),
            good=_at(octet, GOOD_WEB),
            legacy=_at(octet, LEGACY),
            access=_at(octet, ACCESS),
            next_year=datetime.now(UTC).year + 1,
        )
    )
    stage.spawn(folder, "nginx", ["nginx", "-e", folder / "nginx-error.log", "-c", config])


# ---------------------------------------------------------------- other real servers


def _start_vsftpd(folder: Path, shared: Path, octet: int) -> None:
    public = shared / "ftp"
    public.mkdir()
    empty = shared / "empty"
    empty.mkdir()
    (public / "LISEZMOI.txt").write_text("Dépôt de l’ancien automate.\n")
    config = folder / "vsftpd.conf"
    config.write_text(
        f"listen=YES\nbackground=NO\nlisten_address={_at(octet, LEGACY)}\nanonymous_enable=YES\nlocal_enable=NO\n"
        f"anon_root={public}\nsecure_chroot_dir={empty}\nftp_username=ftp\nnopriv_user=nobody\nseccomp_sandbox=NO\n"
        f"xferlog_enable=NO\nisolate_network=NO\nvsftpd_log_file={folder}/vsftpd.log\n"
    )
    stage.spawn(folder, "vsftpd", ["/usr/sbin/vsftpd", config])


def _start_redis(folder: Path, octet: int) -> None:
    options = [
        "--bind",
        _at(octet, DATA),
        "--port",
        "6379",
        "--protected-mode",
        "no",
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    stage.spawn(folder, "redis", as_user("redis", "redis", "redis-server", *options), cwd=Path("/"))


def postgresql_bin() -> Path:
    """The folder of PostgreSQL's own programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else Path("/usr/lib/postgresql/15/bin")


def cluster(cache: Path) -> Path:
    """An empty PostgreSQL cluster, made once; copy it."""
    binaries = postgresql_bin()

    def make(draft: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="care-lab-initdb-", dir="/var/tmp") as folder:
            shutil.chown(folder, "postgres", "postgres")
            password = Path(folder) / "password"
            password.write_text("lab-password\n")
            shutil.chown(password, "postgres")
            options = ("-A", "scram-sha-256", f"--pwfile={password}", "--no-locale", "-E", "UTF8", "-N")
            command = as_user("postgres", "postgres", binaries / "initdb", "-D", Path(folder) / "data", *options)
            stage.run(command)
            stage.copy_tree(Path(folder) / "data", draft / "data")

    return stage.cached(cache, "exposure-postgresql", [str(binaries)], make) / "data"


def _start_postgresql(folder: Path, shared: Path, cache: Path, octet: int) -> None:
    data = shared / "postgresql"
    stage.copy_tree(cluster(cache), data)
    options = ["-h", _at(octet, DATA), "-p", "5432", "-c", f"unix_socket_directories={data}", "-c", "fsync=off"]
    command = as_user("postgres", "postgres", postgresql_bin() / "postgres", "-D", data, *options)
    stage.spawn(folder, "postgresql", command, cwd=Path("/"))


def _start_sshd(folder: Path, octet: int) -> None:
    """An SSH server that still offers what was current twenty years ago."""
    Path("/run/sshd").mkdir(exist_ok=True)
    key = folder / "ssh_host_rsa_key"
    stage.run(["rm", "-f", key, f"{key}.pub"])
    stage.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", key])
    config = folder / "sshd.conf"
    config.write_text(
        f"Port 22\nListenAddress {_at(octet, ACCESS)}\nHostKey {key}\nPidFile {folder}/sshd.pid\nUsePAM no\n"
        "KexAlgorithms +diffie-hellman-group1-sha1,diffie-hellman-group14-sha1\nCiphers +3des-cbc,aes128-cbc\n"
        "MACs +hmac-md5,hmac-sha1-96\nHostKeyAlgorithms +ssh-rsa\n"
    )
    stage.spawn(folder, "sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", config])


def _start_snmpd(folder: Path, shared: Path, octet: int) -> None:
    state = shared / "snmp"
    state.mkdir()
    shutil.chown(state, "Debian-snmp", "Debian-snmp")
    config = shared / "snmpd.conf"
    config.write_text("rocommunity public\nsysName gtb.hopital.test\n")
    where = f"udp:{_at(octet, MEDICAL)}:{SNMP_PORT}"
    quiet = ("-f", "-Lo", "-C", "-I", "-smux")  # smux would listen on port 199 of every address
    options = (*quiet, "-c", config, "-p", folder / "snmpd.pid", "-u", "Debian-snmp")
    environment = os.environ | {"SNMP_PERSISTENT_DIR": str(state)}
    process = stage.spawn(folder, "snmpd", ["/usr/sbin/snmpd", *options, where], env=environment)
    stage.wait_until(lambda: "NET-SNMP" in process.log.read_text(), "the SNMP agent to listen", process=process)


def _start_stubs(folder: Path, shared: Path, octet: int) -> None:
    received = shared / "stubs"
    received.mkdir()
    shutil.chown(received, "nobody", "nogroup")
    config = folder / "stubs.json"
    servers = [[kind, _at(octet, host), port] for kind, host, port in STUBS]
    config.write_text(json.dumps({"folder": str(received), "user": "nobody", "servers": servers}))
    script = Path(__file__).with_name("stubs.py")
    process = stage.spawn(folder, "stubs", [sys.executable, script, config], env=dict(os.environ))
    stage.wait_until((received / "ready").exists, "the stubs to listen", process=process)


def _start_names(folder: Path, octet: int) -> None:
    """A name server that hands over a zone and resolves for strangers; it knows a DKIM key that is too short."""
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the planted fault
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    places = {f"a{host}": _at(octet, host) for host in range(1, lab_names.NAMES_HOST + 1)}
    places["dkim"] = base64.b64encode(public).decode()
    address, ready = _at(octet, lab_names.NAMES_HOST), folder / "names-ready"
    stage.require_free(address, DNS_PORT)
    order = {
        "address": address,
        "port": DNS_PORT,
        "zones": {origin: text.format(**places) for origin, text in lab_names.ZONES.items()},
        "changing": {},
        "open_transfers": list(lab_names.OPEN_TRANSFERS),
        "resolves": True,
        "ready": str(ready),
    }
    config = folder / "names.json"
    config.write_text(json.dumps(order))
    script = Path(__file__).with_name("zone_dns.py")
    process = stage.spawn(folder, "names", [sys.executable, script, config], env=dict(os.environ))
    stage.wait_until(ready.exists, "the name server to listen", process=process)


# ---------------------------------------------------------------- description


def _describe(folder: Path, shared: Path, octet: int) -> stage.Description:
    today = datetime.now(UTC).date()
    network = f"127.{octet}.{stage.ZONES['exposure']}.0/24"
    mandate = folder / "mandate.yaml"
    mandate.write_text(
        "authorised_by: Claire Durand\nrole: Directrice générale\nreference: CONV-LAB-2026-01\n"
        f"scope:\n  - {network}\n"
        + "".join(f"  - {domain}\n  - '*.{domain}'\n" for domain in lab_names.DOMAINS)
        + f"excluded:\n  - {_at(octet, EXCLUDED)}\n"
        f"valid_from: {today - timedelta(30)}\nvalid_to: {today + timedelta(335)}\n"
    )
    return {
        "targets": [_at(octet, host) for host in range(WEAK_WEB, SILENT + 1)],
        "network": network,
        "excluded": _at(octet, EXCLUDED),
        "mandate": str(mandate),
        "ca": str(folder / "ca.pem"),
        "received": str(shared / "stubs" / "received.json"),
        "services": [
            {"service": kind, "address": _at(octet, host), "port": port}
            for kind, host, port in (
                *STUBS,
                *OTHERS,
                ("snmpd", MEDICAL, SNMP_PORT),
                ("names", lab_names.NAMES_HOST, DNS_PORT),
            )
        ],
        "domains": list(lab_names.DOMAINS),
        "resolver": _at(octet, lab_names.NAMES_HOST),
        "expected": _expected(octet)
        | known.expected({server: [_subject(octet, *place)] for server, place in _KNOWN.items()}),
        "vulnerabilities": str(known.store(folder)),
    }


def _expected(octet: int) -> dict[str, list[str]]:
    found = {rule: [_subject(octet, host, port) for host, port in places] for rule, places in EXPECTED.items()}
    found |= {rule: list(names) for rule, names in lab_names.EXPECTED.items()}
    for rule, name in UNDER_OTHER_NAMES.items():
        found.setdefault(rule, []).append(f"{_subject(octet, GOOD_WEB, 443)} ({name})")
    return {f"exposure.{rule}": sorted(subjects) for rule, subjects in found.items()}


def _subject(octet: int, host: int, port: int) -> str:
    return f"{_at(octet, host)}:{port}/{'udp' if port in {SNMP_PORT, DNS_PORT} else 'tcp'}"
