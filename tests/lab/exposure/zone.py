"""The zone of 128 addresses, in namespaces of its own: starts it, stops it, says what is planted.

One process per server and part, bound to many addresses. `tests.lab.zone` is the part of the lab; tests enter the
scanner's namespace with `zone_network.inside`.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.lab import exposure, stage
from tests.lab.exposure import known, zone_devices, zone_names, zone_network, zone_plan, zone_web
from tests.lab.exposure.certificates import certificate, write_pair
from tests.lab.exposure.zone_network import RESOLVER, Door, inside
from tests.lab.exposure.zone_plan import KINDS, Place
from tests.lab.exposure.zone_products import TLS_PORTS, product_places

PACKAGES = {
    "nginx": "nginx-light",
    "vsftpd": "vsftpd",
    "redis-server": "redis-server",
    "sshd": "openssh-server",
    "smbd": "samba",
    "nmap": "nmap",
    "setpriv": "util-linux",
}
_HUGE_CERTIFICATE_BYTES = 2 << 20
_SCRIPTS = Path(__file__).parent


def build(cache: Path) -> None:
    """Make the PostgreSQL cluster once."""
    _require()
    exposure.cluster(cache)


def start(lab: Path, cache: Path, octet: int, round_trip_ms: float = 0) -> stage.Description:
    """Make the namespaces, start every server, wait until each listens, and describe the zone."""
    _require()
    folder = lab / "zone"
    folder.mkdir(parents=True, exist_ok=True)
    shared = exposure.shared_folder(folder)
    places = list(zone_plan.places())
    extras = {zone_plan.EXCLUDED, zone_plan.OUTSIDE, zone_plan.SYN_PROXY, *(at for _, at, _ in zone_plan.BAD_PEERS)}
    extras |= set(zone_devices.addresses())
    extras |= {place.address for place in product_places()}
    addresses = [*zone_plan.addresses(), *zone_plan.addresses6(), *sorted(extras)]
    zone_network.make(folder, octet, addresses, _door(places), round_trip_ms)
    host = _Host(folder, shared, octet, places)
    host.start_all(cache)
    return host.describe()


def stop(lab: Path) -> None:
    """End every process of the zone, remove its namespaces and the folder other users could read."""
    folder = lab / "zone"
    stage.stop_all(folder)
    zone_network.unmake(folder)
    pointer = folder / "shared"
    if pointer.is_symlink():
        shutil.rmtree(pointer.resolve(), ignore_errors=True)
        pointer.unlink()


def _require() -> None:
    zone_network.require()
    stage.require_programs(PACKAGES | {str(exposure.postgresql_bin() / "initdb"): "postgresql"})


def _door(places: Sequence[Place]) -> Door:
    services = [(place.address, "tcp", place.port) for place in places]
    services += [(device.address, device.protocol, device.port) for device in zone_devices.DEVICES]
    return Door(
        services,
        (*zone_plan.dropping(), *zone_devices.DROPPING),
        zone_plan.unpinged(),
        (zone_plan.TARPIT,),
        zone_plan.TARPIT_PORT,
        (zone_plan.SYN_PROXY,),
    )


class _Host:
    """The servers of the zone, all in its namespace."""

    def __init__(self, folder: Path, shared: Path, octet: int, places: Sequence[Place]) -> None:
        self._folder, self._shared, self._octet = folder, shared, octet
        self._scan, self._zone = zone_network.names(octet)
        self._places = places
        self._by_kind: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            self._by_kind[place.kind].append(place)

    def start_all(self, cache: Path) -> None:
        """Start everything, then wait for each port of each address."""
        self._start_postgresql(cache)
        self._start_samba()
        self._start_nginx()
        self._start_sshd()
        self._start_vsftpd()
        self._start_redis()
        self._start_stubs()
        self._start_products()
        self._start_bad_peers()
        self._start_devices()
        self._start_dns()
        inside(self._zone, self._wait)

    def _wait(self) -> None:
        for place in self._places:
            stage.wait_for_port(place.address, place.port)

    def _known(self) -> dict[str, list[str]]:
        """Where the servers that known vulnerabilities name are."""
        kinds = {"old_web": ("old_web",), "vsftpd": ("ftp", "ftp_anonymous"), "fortinet": ("fortinet",)}
        return {
            server: [zone_plan.subject(place) for place in self._places if place.kind in some]
            for server, some in kinds.items()
        }

    def _spawn(self, name: str, *command: str | Path, cwd: Path | None = None) -> stage.Process:
        return stage.spawn(self._folder, name, ["ip", "netns", "exec", self._zone, *command], cwd=cwd)

    def _at(self, kind: str) -> list[str]:
        return [place.address for place in self._by_kind[kind]]

    def _start_nginx(self) -> None:
        good = [place.address for place in self._places if place.kind in {*zone_plan.TLS_KINDS, "smtp_tls", "imap"}]
        zone_web.write_certificates(self._folder, good)
        config = self._folder / "nginx.conf"
        config.write_text(zone_web.configuration(self._folder, self._shared, self._places))
        self._spawn("nginx", "nginx", "-e", self._folder / "nginx-error.log", "-c", config)

    def _start_sshd(self) -> None:
        """One server as it should be, one that still offers what was current twenty years ago."""
        Path("/run/sshd").mkdir(exist_ok=True)
        for kind, key_type, words in (
            ("ssh_strong", "ed25519", _STRONG_SSH),
            ("ssh_weak", "rsa", _WEAK_SSH),
        ):
            key = self._folder / f"{kind}_key"
            stage.run(["rm", "-f", key, f"{key}.pub"])
            stage.run(["ssh-keygen", "-q", "-t", key_type, "-N", "", "-f", key])
            listens = "".join(f"ListenAddress {address}\n" for address in self._at(kind))
            config = self._folder / f"{kind}.conf"
            limits = "MaxStartups 200\nLoginGraceTime 20\nUsePAM no\n"
            config.write_text(f"Port 22\n{listens}HostKey {key}\nPidFile {self._folder}/{kind}.pid\n{limits}{words}")
            self._spawn(kind, "/usr/sbin/sshd", "-D", "-e", "-f", config)

    def _start_vsftpd(self) -> None:
        public, empty = self._shared / "ftp", self._shared / "empty"
        public.mkdir()
        empty.mkdir()
        (public / "LISEZMOI.txt").write_text("Dépôt de l’ancien automate.\n")
        for kind, who in (
            ("ftp_anonymous", "anonymous_enable=YES\nlocal_enable=NO"),
            ("ftp", "anonymous_enable=NO\nlocal_enable=YES"),
        ):
            for address in self._at(kind):
                config = self._folder / f"vsftpd-{address}.conf"
                config.write_text(
                    f"listen=YES\nbackground=NO\nlisten_address={address}\n{who}\nanon_root={public}\n"
                    f"secure_chroot_dir={empty}\nftp_username=ftp\nnopriv_user=nobody\nseccomp_sandbox=NO\n"
                    f"xferlog_enable=NO\nisolate_network=NO\nvsftpd_log_file={self._folder}/vsftpd.log\n"
                )
                self._spawn(f"vsftpd-{address}", "/usr/sbin/vsftpd", config)

    def _start_redis(self) -> None:
        quiet = ("--port", "6379", "--protected-mode", "no", "--save", "", "--appendonly", "no")
        for kind, secret in (("redis_open", ()), ("redis", ("--requirepass", "lab-password"))):
            words = ("redis-server", "--bind", *self._at(kind), *quiet, *secret)
            self._spawn(kind, *exposure.as_user("redis", "redis", *words), cwd=Path("/"))

    def _start_postgresql(self, cache: Path) -> None:
        data = self._shared / "postgresql"
        stage.copy_tree(exposure.cluster(cache), data)
        listens = ("-h", ",".join(self._at("postgresql")), "-p", "5432")
        options = (*listens, "-c", f"unix_socket_directories={data}", "-c", "fsync=off")
        server = (exposure.postgresql_bin() / "postgres", "-D", data, *options)
        self._spawn("postgresql", *exposure.as_user("postgres", "postgres", *server), cwd=Path("/"))

    def _start_samba(self) -> None:
        folder = self._shared / "samba"
        folder.mkdir()
        folders = "".join(
            f"{what} = {folder}\n"
            for what in (
                "private dir",
                "lock directory",
                "state directory",
                "cache directory",
                "pid directory",
                "ncalrpc dir",
            )
        )
        config = self._folder / "smb.conf"
        interfaces = " ".join(f"{address}/32" for address in self._at("samba"))
        config.write_text(
            f"[global]\nworkgroup = HOPITAL\nnetbios name = FICHIERS\nserver role = standalone server\n"
            f"interfaces = {interfaces}\nbind interfaces only = yes\nsmb ports = 445\ndisable netbios = yes\n"
            f"map to guest = never\nload printers = no\n{folders}"
        )
        self._spawn("samba", "smbd", "--foreground", "--no-process-group", "--debug-stdout", f"--configfile={config}")

    def _start_stubs(self) -> None:
        received = self._shared / "stubs"
        received.mkdir()
        shutil.chown(received, "nobody", "nogroup")
        config = self._folder / "stubs.json"
        mine = [place for place in self._places if KINDS[place.kind].server == "stubs"]
        servers = [[place.kind, place.address, place.port] for place in mine]
        pair = [str(self._folder / "good.pem"), str(self._folder / "good.key")]
        order = {"folder": str(received), "user": "nobody", "servers": servers, "certificate": pair}
        config.write_text(json.dumps(order))
        process = self._spawn("stubs", sys.executable, _SCRIPTS / "stubs.py", config)
        stage.wait_until((received / "ready").exists, "the stubs to listen", process=process)

    def _start_products(self) -> None:
        ready = self._folder / "products-ready"
        ready.unlink(missing_ok=True)
        servers = [
            {
                "address": place.address,
                "port": place.port,
                "tls": place.port in TLS_PORTS,
                "answers": {path: text.decode("latin-1") for path, text in place.specimen.answers.items()},
            }
            for place in product_places()
        ]
        pair = [str(self._folder / "good.pem"), str(self._folder / "good.key")]
        order = {"servers": servers, "certificate": pair, "user": "nobody", "ready": str(ready)}
        config = self._folder / "products.json"
        config.write_text(json.dumps(order))
        process = self._spawn("products", sys.executable, _SCRIPTS / "product_stub.py", config)
        stage.wait_until(ready.exists, "the products to listen", process=process)

    def _start_bad_peers(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        write_pair(self._folder, "huge", key, _huge_certificate(key))
        ready = self._folder / "bad-peers-ready"
        ready.unlink(missing_ok=True)
        order = {
            "ready": str(ready),
            "certificate": str(self._folder / "huge.pem"),
            "key": str(self._folder / "huge.key"),
            "servers": zone_plan.BAD_PEERS,
        }
        config = self._folder / "bad-peers.json"
        config.write_text(json.dumps(order))
        process = self._spawn("bad-peers", sys.executable, _SCRIPTS / "bad_peers.py", config)
        stage.wait_until(ready.exists, "the bad peers to listen", process=process)

    def _start_devices(self) -> None:
        """Those of AnyDesk and Veeam show the certificate that each makes for itself."""
        pairs: dict[str, list[str]] = {}
        for kind, name in (("anydesk", "AnyDesk Client"), ("veeam", "Veeam Backup Server Certificate")):
            key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
            write_pair(self._folder, kind, key, certificate(name, key, now - timedelta(1), now + timedelta(300)))
            pairs[kind] = [str(self._folder / f"{kind}.pem"), str(self._folder / f"{kind}.key")]
        order: dict[str, object] = {"certificates": pairs, "received": str(self._folder / "devices-received.json")}
        for protocol in ("tcp", "udp"):
            mine = [one for one in (*zone_devices.DEVICES, zone_devices.BACNET) if one.protocol == protocol]
            order[protocol] = [[device.kind, device.address, device.port] for device in mine]
        ready = self._folder / "devices-ready"
        ready.unlink(missing_ok=True)
        config = self._folder / "devices.json"
        config.write_text(json.dumps({**order, "ready": str(ready)}))
        process = self._spawn("devices", sys.executable, _SCRIPTS / "device_stubs.py", config)
        stage.wait_until(ready.exists, "the devices to listen", process=process)

    def _start_dns(self) -> None:
        ready = self._folder / "dns-ready"
        ready.unlink(missing_ok=True)
        order = {
            "address": RESOLVER,
            "port": 53,
            "zones": dict(zone_names.ZONES),
            "changing": {name: list(found) for name, found in zone_names.CHANGING.items()},
            "open_transfers": list(zone_names.OPEN_TRANSFERS),
            "ready": str(ready),
        }
        config = self._folder / "dns.json"
        config.write_text(json.dumps(order))
        (self._folder / "resolv.conf").write_text(f"nameserver {RESOLVER}\noptions timeout:1 attempts:1\n")
        process = self._spawn("dns", sys.executable, _SCRIPTS / "zone_dns.py", config)
        stage.wait_until(ready.exists, "the name server to listen", process=process)

    def describe(self) -> stage.Description:
        """Where everything is and what is planted."""
        today = datetime.now(UTC).date()
        mandate = self._folder / "mandate.yaml"
        mandate.write_text(
            "authorised_by: Claire Durand\nrole: Directrice générale\nreference: CONV-ZONE-2026-01\n"
            f"scope:\n  - {zone_plan.NETWORK}\n  - {zone_plan.NETWORK6}\nexcluded:\n  - {zone_plan.EXCLUDED}\n"
            f"valid_from: {today - timedelta(30)}\nvalid_to: {today + timedelta(335)}\n"
        )
        return {
            "scan": self._scan,
            "zone": self._zone,
            "octet": self._octet,
            "targets": list(zone_plan.addresses()),
            "targets6": list(zone_plan.addresses6()),
            "network": zone_plan.NETWORK,
            "excluded": zone_plan.EXCLUDED,
            "outside": zone_plan.OUTSIDE,
            "domain": zone_names.DOMAIN,
            "resolver": RESOLVER,
            "resolv_conf": str(self._folder / "resolv.conf"),
            "mandate": str(mandate),
            "ca": str(self._folder / "ca.pem"),
            "received": str(self._shared / "stubs" / "received.json"),
            "services": [_told(place) for place in self._places],
            "products": [
                {
                    "address": place.address,
                    "port": place.port,
                    "product": place.specimen.product,
                    "version": place.specimen.version,
                }
                for place in product_places()
            ],
            "expected": zone_plan.expected(list(self._places)) | known.expected(self._known()),
            "vulnerabilities": str(known.store(self._folder)),
            "devices": list(zone_devices.addresses()),
            "devices_received": str(self._folder / "devices-received.json"),
            "tarpit": zone_plan.TARPIT,
            "syn_proxy": zone_plan.SYN_PROXY,
            "bad_peers": [{"kind": kind, "address": at, "port": port} for kind, at, port in zone_plan.BAD_PEERS],
        }


def _told(place: Place) -> dict[str, str | int]:
    kind = KINDS[place.kind]
    return {
        "kind": place.kind,
        "address": place.address,
        "port": place.port,
        "server": kind.server,
        "name": kind.name,
        "product": kind.product,
    }


def _huge_certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """A certificate of 2 MB: one extension nobody knows, full of nothing."""
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gros.hopital.test")])
    padding = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), bytes(_HUGE_CERTIFICATE_BYTES))
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(300))
    return builder.add_extension(padding, False).sign(key, hashes.SHA256())


_STRONG_SSH = (
    "KexAlgorithms curve25519-sha256\nCiphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com\n"
    "MACs hmac-sha2-256-etm@openssh.com\n"
)
_WEAK_SSH = (
    "KexAlgorithms +diffie-hellman-group1-sha1,diffie-hellman-group14-sha1\nCiphers +3des-cbc,aes128-cbc\n"
    "MACs +hmac-md5,hmac-sha1-96\nHostKeyAlgorithms +ssh-rsa\n"
)
