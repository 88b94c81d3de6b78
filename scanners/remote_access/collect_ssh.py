"""One SSH session to the gateway with paramiko: host key verified, one key offered, bounded in time and bytes.

The host key must be in the given known_hosts: an unknown or changed one is refused with its fingerprint, never
accepted by itself. No agent, no key of the machine, no password.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import paramiko
from paramiko.hostkeys import HostKeyEntry, HostKeys, InvalidHostKey
from paramiko.kex_curve25519 import KexCurve25519
from paramiko.ssh_exception import IncompatiblePeer

from scanners.errors import CollectError, system_reason
from scanners.foreign_text import clean
from scanners.model import Text
from scanners.remote_access.facts import MAX_OUTPUT_BYTES
from scanners.ssh_offer import MAX_NAMES, Ssh

CONNECT_SECONDS = 15.0
SESSION_SECONDS = 120.0
GRACE_SECONDS = 15.0
"""What a command has beyond its time before the connection itself is closed."""
_HANDSHAKE_BYTES = 256 * 1024
"""What a server may send before it lets us in: key exchange and banner take under 10 kB."""
_ERROR_BYTES = 64 * 1024
_KINDS = {
    "kex_algo_list": Text("échange de clés", "key exchange"),
    "server_key_algo_list": Text("clé d’hôte", "host key"),
    "server_encrypt_algo_list": Text("chiffrement", "cipher"),
    "server_mac_algo_list": Text("intégrité", "integrity"),
}
"""The lists of which one name at least must be common, by the names paramiko gives them."""
_LISTS = (*_KINDS, "client_encrypt_algo_list", "client_mac_algo_list")
_PARAMIKO_LATE = "Authentication timeout."
_SHOWN = 400
"""Characters of one list of algorithms in a message."""
_TARGET = re.compile(
    r"(?P<user>[a-z_][a-z0-9_.-]{0,31})@(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>\d{1,5}))?\Z"
)

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # its thread would print tracebacks on standard error


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where to connect and as whom."""

    user: str
    host: str
    port: int

    @property
    def place(self) -> str:
        """host:port, as messages write it."""
        return f"{self.host}:{self.port}"

    @property
    def known_name(self) -> str:
        """The name under which known_hosts files hold it."""
        return self.host if self.port == 22 else f"[{self.host}]:{self.port}"


def parse_gateway(text: str) -> Gateway:
    """Read `user@host[:port]`; CollectError for anything a command line or a name server should never see."""
    match = _TARGET.match(text)
    port = int(match["port"] or 22) if match else 0
    if match is None or not 0 < port < 65536:
        shown = ascii(text[:80])
        raise CollectError(
            f"La passerelle {shown} est refusée : écrivez compte@hôte[:port] sans espace ni caractère spécial.",
            f"The gateway {shown} is refused: write user@host[:port], without spaces or special characters.",
        )
    return Gateway(match["user"], match["host"].strip("[]"), port)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a remote command said. `cut` tells that a limit of time or of size ended it before its own end."""

    output: str
    errors: str
    code: int
    cut: Literal["", "time", "size"] = ""


class NoCommonAlgorithmError(CollectError):
    """The gateway cannot be reviewed: no algorithm is common to both sides. `offer` is what it proposes."""

    def __init__(self, fr: str, en: str, offer: Ssh) -> None:
        super().__init__(fr, en)
        self.offer = offer


class _BoundedSocket:
    """A socket that gives up after so many bytes received: a server cannot drown us before it has shown its key."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self.left = _HANDSHAKE_BYTES

    def recv(self, size: int) -> bytes:
        """At most `size` bytes; b"" (as if closed) past the limit."""
        if self.left <= 0:
            return b""
        received = self._plain.recv(size)
        self.left -= len(received)
        return received

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a socket has
        return getattr(self._plain, name)


class _Transport(paramiko.Transport):
    """A transport that remembers what the server offered.

    `curve25519-sha256` is the name that RFC 8731 gave to `curve25519-sha256@libssh.org`: hardened servers often offer
    the new one only.
    """

    _kex_info = {**paramiko.Transport._kex_info, "curve25519-sha256": KexCurve25519}  # type: ignore[attr-defined]  # noqa: RUF012, SLF001
    _preferred_kex = ("curve25519-sha256", *paramiko.Transport._preferred_kex)  # type: ignore[attr-defined]  # noqa: SLF001
    offered: Mapping[str, list[str]] = {}

    def _really_parse_kex_init(self, m: paramiko.Message, ignore_first_byte: bool = False) -> dict[str, Any]:
        parsed: dict[str, Any] = super()._really_parse_kex_init(m, ignore_first_byte)  # type: ignore[misc]
        self.offered = {name: list(parsed[name]) for name in _LISTS}
        return parsed

    def offer(self) -> Ssh:
        """What the server offers, in the words of every scanner."""
        words = self.remote_version.split("-")
        lists = {name: [clean(one) for one in self.offered.get(name, ())[:MAX_NAMES]] for name in _LISTS}
        return Ssh(
            protocol=clean(words[1], 10) if len(words) > 1 else "",
            key_exchanges=tuple(lists["kex_algo_list"]),
            host_keys=tuple(lists["server_key_algo_list"]),
            ciphers=_both(lists["client_encrypt_algo_list"], lists["server_encrypt_algo_list"]),
            macs=_both(lists["client_mac_algo_list"], lists["server_mac_algo_list"]),
        )


def _both(one: list[str], other: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


@dataclass
class Session:
    """An open, authenticated connection; `offer` is what the server proposed to open it."""

    offer: Ssh
    _transport: paramiko.Transport
    _bounds: _BoundedSocket = field(repr=False)

    @property
    def host_key(self) -> str:
        """The fingerprint of the key that the server showed."""
        return fingerprint(self._transport.get_remote_server_key())

    def run(self, command: str, stdin: bytes = b"", limit: int = MAX_OUTPUT_BYTES) -> Answer:
        """Run one command to its end, within `SESSION_SECONDS` and `limit` bytes.

        A server may also accept the channel and never answer the command: the connection is closed a little later.
        """
        self._bounds.left = 4 * limit
        deadline = time.monotonic() + SESSION_SECONDS
        guard = threading.Timer(SESSION_SECONDS + GRACE_SECONDS, self._transport.close)
        guard.daemon = True
        guard.start()
        try:
            return self._asked(command, stdin, deadline, limit)
        except (EOFError, OSError, paramiko.SSHException):
            if time.monotonic() < deadline:
                raise
            return Answer("", "", -1, "time")
        finally:
            guard.cancel()

    def _asked(self, command: str, stdin: bytes, deadline: float, limit: int) -> Answer:
        channel = self._transport.open_session(timeout=CONNECT_SECONDS)
        with channel:
            channel.settimeout(1.0)
            channel.exec_command(command)
            with suppress(OSError):  # a forced command may not read
                channel.sendall(stdin)
                channel.shutdown_write()
            return _read(channel, deadline, limit)


def _read(channel: paramiko.Channel, deadline: float, limit: int) -> Answer:
    output, errors = bytearray(), bytearray()
    cut: Literal["", "time", "size"] = ""
    while not cut:
        while channel.recv_stderr_ready():
            errors += channel.recv_stderr(65536)[: max(0, _ERROR_BYTES - len(errors))]
        try:
            chunk = channel.recv(65536)
        except TimeoutError:
            chunk = None
        if chunk == b"":
            cut = "time" if time.monotonic() > deadline else ""
            break
        output += chunk or b""
        if len(output) > limit:
            cut = "size"
        elif time.monotonic() > deadline:
            cut = "time"
    while not cut and channel.recv_stderr_ready():
        errors += channel.recv_stderr(65536)[: max(0, _ERROR_BYTES - len(errors))]
    code = channel.recv_exit_status() if not cut and channel.status_event.wait(2.0) else -1
    return Answer(output[:limit].decode("utf-8", "replace"), errors.decode("utf-8", "replace"), code, cut)


@contextmanager
def session(gateway: Gateway, known_hosts: str, key: paramiko.PKey) -> Iterator[Session]:
    """An authenticated session; CollectError says what was refused and what to do."""
    known = read_known_hosts(known_hosts)
    bounds = _BoundedSocket(_connect(gateway))
    transport = _Transport(bounds)  # type: ignore[arg-type] # paramiko takes anything that behaves as a socket
    transport.banner_timeout = transport.auth_timeout = transport.channel_timeout = CONNECT_SECONDS
    try:
        _shake_hands(transport, bounds, gateway, known)
        _log_in(transport, bounds, gateway, key)
        yield Session(transport.offer(), transport, bounds)
    except (EOFError, OSError, paramiko.SSHException) as error:
        detail = clean(str(error), 200)
        raise CollectError(
            f"La session avec {gateway.place} s’est interrompue ({detail}) ; relancez l’audit.",
            f"The session with {gateway.place} broke off ({detail}); run the audit again.",
        ) from error
    finally:
        transport.close()
        bounds.close()


def read_known_hosts(content: str) -> HostKeys:
    """The keys of a known_hosts file; broken lines and other kinds (`@cert-authority`, `@revoked`) are left out."""
    known = HostKeys()
    for line in content.splitlines():
        text = line.strip()
        if not text or text.startswith(("#", "@")):
            continue
        try:
            entry = HostKeyEntry.from_line(text)
        except (InvalidHostKey, paramiko.SSHException, ValueError, IndexError):
            continue  # not a key: this line trusts nobody
        if entry is None:
            continue
        for name in entry.hostnames:
            known.add(name, entry.key.get_name(), entry.key)
    return known


def read_private_key(content: str, passphrase: str) -> paramiko.PKey:
    """The private key (OpenSSH or PEM); CollectError when it cannot be opened."""
    kinds: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
    for kind in kinds:
        try:
            return kind.from_private_key(io.StringIO(content), password=passphrase or None)
        except paramiko.PasswordRequiredException as error:
            raise CollectError(
                "La clé privée est protégée par une phrase secrète ; fournissez-la.",
                "The private key is protected by a passphrase; give it.",
            ) from error
        except (paramiko.SSHException, ValueError, IndexError, TypeError):
            continue
    raise CollectError(
        "La clé privée ne peut pas être lue (format inconnu, ou phrase secrète fausse) ; fournissez une clé OpenSSH "
        "Ed25519, ECDSA ou RSA.",
        "The private key cannot be read (unknown format, or wrong passphrase); give an OpenSSH Ed25519, ECDSA or RSA "
        "key.",
    )


def fingerprint(key: paramiko.PKey) -> str:
    """`SHA256:…`, as ssh-keygen prints it."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def _connect(gateway: Gateway) -> socket.socket:
    try:
        return socket.create_connection((gateway.host, gateway.port), timeout=CONNECT_SECONDS)
    except OSError as error:
        detail = system_reason(error)
        raise CollectError(
            f"La passerelle {gateway.place} ne répond pas ({detail.fr}) ; vérifiez l’adresse, le port et les filtres.",
            f"The gateway {gateway.place} does not answer ({detail.en}); check the address, the port and the filters.",
        ) from error


def _shake_hands(transport: _Transport, bounds: _BoundedSocket, gateway: Gateway, known: HostKeys) -> None:
    entries = known.lookup(gateway.known_name)
    options = transport.get_security_options()
    if entries is not None:
        options.key_types = _known_first(tuple(options.key_types), entries)
    try:
        transport.start_client(timeout=CONNECT_SECONDS)  # returns in silence when the time is over
        key = transport.get_remote_server_key()
    except IncompatiblePeer as error:
        raise _incompatible(transport, gateway) from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise _not_ssh(gateway, bounds, transport, error) from error
    _check_host_key(key, entries, gateway)


def _known_first(offered: tuple[str, ...], entries: Mapping[str, paramiko.PKey]) -> tuple[str, ...]:
    """Ask first for the types of key we know, so that a server with several shows one we can check."""
    names = {"rsa-sha2-512", "rsa-sha2-256"} if "ssh-rsa" in entries else set[str]()
    names |= set(entries)
    return tuple(sorted(offered, key=lambda name: name not in names))


def _check_host_key(key: paramiko.PKey, entries: Mapping[str, paramiko.PKey] | None, gateway: Gateway) -> None:
    shown = fingerprint(key)
    if not entries:
        line = f"{gateway.known_name} {key.get_name()} {key.get_base64()}"
        raise CollectError(
            f"La clé d’hôte de {gateway.place} est inconnue ({key.get_name()} {shown}) ; vérifiez cette empreinte avec "
            f"l’administrateur de la passerelle, puis ajoutez à known_hosts : {line}",
            f"The host key of {gateway.place} is unknown ({key.get_name()} {shown}); check this fingerprint with the "
            f"gateway’s administrator, then add to known_hosts: {line}",
        )
    if entries.get(key.get_name()) != key:
        expected = ", ".join(fingerprint(known) for known in entries.values())
        raise CollectError(
            f"La clé d’hôte de {gateway.place} a changé (attendue {expected}, reçue {shown}) ; rien n’a été envoyé. "
            "Faites confirmer le changement par l’administrateur avant de remplacer la ligne de known_hosts.",
            f"The host key of {gateway.place} has changed (expected {expected}, received {shown}); nothing was sent. "
            "Have the administrator confirm the change before replacing the line of known_hosts.",
        )


def _log_in(transport: _Transport, bounds: _BoundedSocket, gateway: Gateway, key: paramiko.PKey) -> None:
    try:
        left = transport.auth_publickey(gateway.user, key)
    except paramiko.AuthenticationException as error:
        late = str(error) == _PARAMIKO_LATE
        raise _late_answer(gateway) if late else _not_let_in(transport, bounds, gateway, key) from error
    if left:
        asked = clean(", ".join(left), 100)
        raise CollectError(
            f"{gateway.place} demande un second facteur ({asked}) au compte {gateway.user} ; dispensez-en ce compte "
            "d’audit par un bloc Match limité à l’adresse de CaRE.",
            f"{gateway.place} asks account {gateway.user} for a second factor ({asked}); exempt this audit account by "
            "a Match block limited to the address of CaRE.",
        )


def _not_let_in(transport: _Transport, bounds: _BoundedSocket, gateway: Gateway, key: paramiko.PKey) -> CollectError:
    """Why the key did not open: a refusal, or a connection cut (an expired account, for OpenSSH with PAM)."""
    if bounds.left <= 0:
        return _flooded(gateway)
    if not transport.is_active():
        return CollectError(
            f"{gateway.place} coupe la connexion dès que le compte {gateway.user} présente sa clé ; vérifiez que ce "
            "compte n’a ni expiré ni été verrouillé, et que l’adresse de CaRE n’est pas bannie (fail2ban).",
            f"{gateway.place} closes the connection as soon as account {gateway.user} shows its key; check that this "
            "account has neither expired nor been locked, and that the address of CaRE is not banned (fail2ban).",
        )
    return CollectError(
        f"{gateway.place} refuse la clé {fingerprint(key)} pour le compte {gateway.user} ; vérifiez qu’elle figure "
        "dans son authorized_keys, que l’option from= admet cette machine et que le compte n’a pas expiré.",
        f"{gateway.place} refuses the key {fingerprint(key)} for account {gateway.user}; check that it is in its "
        "authorized_keys, that the from= option admits this machine and that the account has not expired.",
    )


def _late_answer(gateway: Gateway) -> CollectError:
    return CollectError(
        f"{gateway.place} n’a pas répondu à la clé du compte {gateway.user} en {CONNECT_SECONDS:.0f} s ; vérifiez sur "
        "la passerelle ce qui retient l’authentification (annuaire, PAM), puis relancez l’audit.",
        f"{gateway.place} did not answer the key of account {gateway.user} within {CONNECT_SECONDS:.0f} s; check on "
        "the gateway what holds the authentication (directory, PAM), then run the audit again.",
    )


def _incompatible(transport: _Transport, gateway: Gateway) -> CollectError:
    options = transport.get_security_options()
    ours = dict(zip(_KINDS, (options.kex, options.key_types, options.ciphers, options.digests), strict=True))
    apart = [wire for wire in _KINDS if not set(transport.offered.get(wire, ())) & set(ours[wire])]
    if not transport.offered or not apart:
        return CollectError(
            f"{gateway.place} n’est pas auditable : version du protocole SSH incompatible ; mettez le serveur à jour.",
            f"{gateway.place} is not reviewable: incompatible version of the SSH protocol; update the server.",
        )
    theirs, own = _listed(apart, transport.offered), _listed(apart, ours)
    return NoCommonAlgorithmError(
        f"{gateway.place} n’est pas auditable : aucun algorithme commun. Elle propose {theirs.fr}. CaRE propose "
        f"{own.fr}. Ajoutez-en un commun côté serveur, au moins pour l’adresse de CaRE.",
        f"{gateway.place} is not reviewable: no common algorithm. It offers {theirs.en}. CaRE offers {own.en}. Add a "
        "common one on the server, for the address of CaRE at least.",
        transport.offer(),
    )


def _listed(kinds: Iterable[str], names: Mapping[str, Iterable[str]]) -> Text:
    """Lists of algorithms by their kind, as a sentence says them."""
    lists = {kind: clean(", ".join(names.get(kind, ())), _SHOWN) or "–" for kind in kinds}
    return Text(
        " ; ".join(f"{_KINDS[kind].fr} : {names}" for kind, names in lists.items()),
        "; ".join(f"{_KINDS[kind].en}: {names}" for kind, names in lists.items()),
    )


def _not_ssh(gateway: Gateway, bounds: _BoundedSocket, transport: _Transport, error: Exception) -> CollectError:
    if bounds.left <= 0:
        return _flooded(gateway)
    if transport.is_active():
        return CollectError(
            f"{gateway.place} n’a pas mené l’échange SSH à son terme en {CONNECT_SECONDS:.0f} s ; vérifiez l’adresse, "
            "le port et la charge de la passerelle.",
            f"{gateway.place} did not complete the SSH exchange within {CONNECT_SECONDS:.0f} s; check the address, the "
            "port and the load of the gateway.",
        )
    detail = clean(str(error), 200)
    return CollectError(
        f"{gateway.place} n’a pas mené l’échange SSH à son terme ({detail}) ; vérifiez l’adresse et le port.",
        f"{gateway.place} did not complete the SSH exchange ({detail}); check the address and the port.",
    )


def _flooded(gateway: Gateway) -> CollectError:
    return CollectError(
        f"{gateway.place} envoie sans fin avant de laisser entrer ; ce n’est pas un serveur SSH, ou sa bannière "
        "dépasse 256 Kio : vérifiez le port et la bannière.",
        f"{gateway.place} sends without end before it lets anyone in; it is no SSH server, or its banner is over "
        "256 KiB: check the port and the banner.",
    )
