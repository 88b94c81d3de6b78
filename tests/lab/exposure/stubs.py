"""Small servers for which Debian has no sensible package: one process, standard library only.

`python stubs.py CONFIG.json` with `{"folder": …, "user": …, "servers": [[kind, address, port], …]}`, and
`"certificate": [file, key]` for those of `ENCRYPTED`. Ports are bound, then privileges dropped. What the `hl7`,
`modbus` and `printer` servers receive is counted in `folder/received.json`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import socket
import ssl
import struct
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Handler = Callable[[Reader, Writer], Awaitable[None]]
_IDLE_SECONDS = 20.0


async def telnet(reader: Reader, writer: Writer) -> None:
    writer.write(b"\xff\xfd\x18\xff\xfd\x20\xff\xfb\x03\r\nGTC-Hopital v2\r\nlogin: ")
    await reader.read(256)


async def smtp(reader: Reader, writer: Writer) -> None:
    writer.write(b"220 mail.hopital.test ESMTP Postfix\r\n")
    while line := await reader.readline():
        word = line.strip().upper().partition(b" ")[0]
        if word == b"EHLO":
            writer.write(b"250-mail.hopital.test\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n")
        elif word == b"QUIT":
            writer.write(b"221 2.0.0 Bye\r\n")
            return
        else:
            writer.write(b"502 5.5.2 Error: command not recognized\r\n")
        await writer.drain()


def ber(tag: int, *parts: bytes) -> bytes:
    """One short element of BER."""
    content = b"".join(parts)
    return bytes((tag, len(content))) + content


async def ldap(reader: Reader, writer: Writer) -> None:
    """The root entry of a directory, whatever is asked."""
    value = ber(0x31, ber(0x04, b"DC=hopital,DC=test"))
    attributes = ber(0x30, ber(0x30, ber(0x04, b"rootDomainNamingContext"), value))
    while await reader.read(1024):
        number = ber(0x02, b"\x01")
        writer.write(ber(0x30, number, ber(0x64, ber(0x04), attributes)))
        writer.write(ber(0x30, number, ber(0x65, ber(0x0A, b"\x00"), ber(0x04), ber(0x04))))
        await writer.drain()


async def mqtt(reader: Reader, writer: Writer) -> None:
    """Takes anyone."""
    if (await reader.read(256))[:1] == b"\x10":
        writer.write(b"\x20\x02\x00\x00")


async def mongodb(reader: Reader, writer: Writer) -> None:
    if not await reader.read(1024):
        return
    fields = b"\x10maxWireVersion\x00" + struct.pack("<i", 21) + b"\x01ok\x00" + struct.pack("<d", 1.0) + b"\x00"
    body = b"\x00\x00\x00\x00\x00" + struct.pack("<i", len(fields) + 4) + fields
    writer.write(struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body)


async def rsync(reader: Reader, writer: Writer) -> None:
    writer.write(b"@RSYNCD: 31.0\n")
    await reader.read(256)


async def open_relay(reader: Reader, writer: Writer) -> None:
    """Relays for anyone, or so it says: it keeps nothing."""
    writer.write(b"220 relais.hopital.test ESMTP Postfix\r\n")
    while line := await reader.readline():
        word = line.strip().upper().partition(b" ")[0]
        if word == b"EHLO":
            writer.write(b"250-relais.hopital.test\r\n250 8BITMIME\r\n")
        elif word == b"QUIT":
            writer.write(b"221 2.0.0 Bye\r\n")
            return
        else:
            taken = word in {b"MAIL", b"RCPT", b"RSET", b"HELO", b"NOOP"}
            writer.write(b"250 2.1.0 Ok\r\n" if taken else b"502 5.5.2 Error: command not recognized\r\n")
        await writer.drain()


async def odd_smtp(reader: Reader, writer: Writer) -> None:
    """A mail gateway that does not say its name: nmap tries everything on it."""
    writer.write(b"220 passerelle de messagerie\r\n")
    while line := await reader.readline():
        word = line.strip().upper().partition(b" ")[0]
        known = {b"EHLO": b"250-passerelle\r\n250 8BITMIME\r\n", b"QUIT": b"221 au revoir\r\n"}
        writer.write(known.get(word, b"500 inconnu\r\n"))
        await writer.drain()


async def smtp_tls(context: ssl.SSLContext, reader: Reader, writer: Writer) -> None:
    writer.write(b"220 relais.hopital.test ESMTP Postfix\r\n")
    while line := await reader.readline():
        word = line.strip().upper().partition(b" ")[0]
        if word == b"EHLO":
            writer.write(b"250-relais.hopital.test\r\n250-STARTTLS\r\n250 8BITMIME\r\n")
        elif word == b"STARTTLS":
            writer.write(b"220 2.0.0 Ready to start TLS\r\n")
            await writer.start_tls(context)
        elif word == b"QUIT":
            writer.write(b"221 2.0.0 Bye\r\n")
            return
        else:
            writer.write(b"502 5.5.2 Error: command not recognized\r\n")
        await writer.drain()


async def pop3(reader: Reader, writer: Writer) -> None:
    """Mail in clear: no STLS."""
    writer.write(b"+OK Dovecot ready.\r\n")
    while line := await reader.readline():
        word = line.strip().upper()
        writer.write(b"+OK\r\nCAPA\r\nTOP\r\nUIDL\r\n.\r\n" if word == b"CAPA" else b"-ERR Unknown command.\r\n")
        await writer.drain()


async def imap(context: ssl.SSLContext, reader: Reader, writer: Writer) -> None:
    writer.write(b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] Dovecot ready.\r\n")
    while line := await reader.readline():
        tag, _, word = line.strip().partition(b" ")
        if word.upper() == b"CAPABILITY":
            writer.write(b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n" + tag + b" OK done\r\n")
        elif word.upper() == b"STARTTLS":
            writer.write(tag + b" OK Begin TLS negotiation now.\r\n")
            await writer.start_tls(context)
        else:
            writer.write(tag + b" BAD Error in IMAP command received by server.\r\n")
        await writer.drain()


async def mysql(reader: Reader, writer: Writer) -> None:
    greeting = b"\x0a8.4.3\x00" + struct.pack("<I", 7) + b"abcdefgh\x00" + b"\xff\xf7\x21\x02\x00\xff\xc1\x15"
    greeting += bytes(10) + b"ijklmnopqrst\x00caching_sha2_password\x00"
    writer.write(struct.pack("<I", len(greeting))[:3] + b"\x00" + greeting)
    await reader.read(256)


async def rdp_nla(reader: Reader, writer: Writer) -> None:
    """Refuse what is not network-level authentication."""
    if (await reader.read(64))[:2] == b"\x03\x00":
        writer.write(bytes.fromhex("030000130ed000001234000300080005000000"))


async def vnc_password(reader: Reader, writer: Writer) -> None:
    writer.write(b"RFB 003.008\n")
    if await reader.readexactly(12) == b"RFB 003.008\n":
        writer.write(b"\x01\x02")
    await reader.read(64)


async def proprietary(reader: Reader, writer: Writer) -> None:
    """A protocol nobody knows: it answers its own first word only."""
    if (await reader.read(256))[:4] == b"\x02SCM":
        writer.write(b"\x03SCM\x00\x01")
    await reader.read(256)


async def vnc(reader: Reader, writer: Writer) -> None:
    writer.write(b"RFB 003.008\n")
    if await reader.readexactly(12) == b"RFB 003.008\n":
        writer.write(b"\x02\x01\x02")
    await reader.read(64)


async def rdp(reader: Reader, writer: Writer) -> None:
    if (await reader.read(64))[:2] == b"\x03\x00":
        writer.write(bytes.fromhex("030000130ed000001234000200080001000000"))


async def rexec(reader: Reader, writer: Writer) -> None:
    """The remote shell of another age, as netkit’s refuses a caller without a name."""
    writer.write(b"\x01Where are you?\n")
    await reader.read(256)


def string(content: bytes) -> bytes:
    """A text of SSH (RFC 4251)."""
    return struct.pack("!I", len(content)) + content


def number(bits: int) -> bytes:
    """An odd number of that many bits, as SSH writes it."""
    return string((1 << (bits - 1) | 1).to_bytes(bits // 8 + 1, "big"))


def packet(kind: int, *parts: bytes) -> bytes:
    """A message of SSH before any encryption (RFC 4253 6)."""
    content = bytes((kind,)) + b"".join(parts)
    padding = 8 - (len(content) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack("!IB", len(content) + padding + 1, padding) + content + bytes(padding)


def ssh(banner: bytes, exchanges: str, key_bits: int) -> Handler:
    """Goes through a key exchange up to its host key, whose size is all that it shows; the group it gives when one is
    to be exchanged has 1,024 bits."""
    lists = (exchanges, "rsa-sha2-512", *["chacha20-poly1305@openssh.com,aes256-gcm@openssh.com"] * 2)
    lists += ("hmac-sha2-256-etm@openssh.com",) * 2 + ("none",) * 2 + ("",) * 2
    offer = packet(20, bytes(16), *(string(names.encode()) for names in lists), bytes(5))
    key = string(string(b"ssh-rsa") + string(b"\x01\x00\x01") + number(key_bits))
    signed = key + string(b"f") + string(b"s")
    answers = {30: packet(31, signed), 32: packet(33, signed), 34: packet(31, number(1024), string(b"\x02"))}

    async def serve(reader: Reader, writer: Writer) -> None:
        writer.write(banner + b"\r\n" + offer)
        await reader.readline()
        while True:
            (size,) = struct.unpack("!I", await reader.readexactly(4))
            asked = await reader.readexactly(size)
            if asked[1] != 20:
                writer.write(answers[asked[1]])
                await writer.drain()

    return serve


async def memcached(reader: Reader, writer: Writer) -> None:
    while line := await reader.readline():
        writer.write(b"VERSION 1.6.18\r\n" if line.strip() == b"version" else b"ERROR\r\n")
        await writer.drain()


async def dicom(reader: Reader, writer: Writer) -> None:
    """Accept any association, as many imaging devices do."""
    kind, size = struct.unpack("!BxI", await reader.readexactly(6))
    await reader.readexactly(size)
    if kind != 1:
        return
    items = b"\x10\x00\x00\x15" + b"1.2.840.10008.3.1.1.1"
    items += b"\x21\x00\x00\x19\x01\x00\x00\x00" + b"\x40\x00\x00\x11" + b"1.2.840.10008.1.2"
    implementation = b"\x55\x00\x00\x0dPACS_HOPITAL1"
    items += (
        b"\x50\x00" + struct.pack("!H", 8 + len(implementation)) + b"\x51\x00\x00\x04\x00\x00\x40\x00" + implementation
    )
    body = b"\x00\x01\x00\x00" + bytes(64) + items
    writer.write(b"\x02\x00" + struct.pack("!I", len(body)) + body)
    await writer.drain()
    await reader.read(256)


async def smb(reader: Reader, writer: Writer) -> None:
    """Answer SMB 2.1 without required signing, and SMB 1 as well."""
    request = await reader.read(512)
    if request[4:8] == b"\xfeSMB":
        body = struct.pack("<HHHH", 65, 1, 0x0210, 0) + bytes(57)
        message = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16x", 64, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0) + body
    elif request[4:8] == b"\xffSMB":
        message = b"\xffSMBr" + bytes(27) + b"\x11" + bytes(34) + b"\x00\x00"
    else:
        return
    writer.write(struct.pack("!I", len(message)) + message)


async def nntp(reader: Reader, writer: Writer) -> None:
    """A service CaRE does not know and nmap does."""
    writer.write(b"200 news.hopital.test InterNetNews NNRP server INN 2.6.4 ready (posting ok)\r\n")
    await reader.read(256)


def web(status: str, headers: tuple[str, ...], body: str) -> Handler:
    """A web server that says one thing to everyone."""

    async def serve(reader: Reader, writer: Writer) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if not request.startswith(b"GET "):
            return
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", "Connection: close", *headers]
        writer.write("\r\n".join([*head, "", body]).encode())

    return serve


class Counter:
    """Counts connections and bytes of servers that must never receive any."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "received.json"
        self._seen: dict[str, dict[str, int]] = {}

    def watching(self, name: str) -> Handler:
        self._seen[name] = {"connections": 0, "bytes": 0}
        self.write()

        async def serve(reader: Reader, _writer: Writer) -> None:
            self._add(name, "connections", 1)
            while received := await reader.read(4096):
                self._add(name, "bytes", len(received))

        return serve

    def write(self) -> None:
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps(self._seen))
        draft.replace(self._file)

    def _add(self, name: str, what: str, number: int) -> None:
        self._seen[name][what] += number
        self.write()


HANDLERS: dict[str, Handler] = {
    "telnet": telnet,
    "smtp": smtp,
    "odd_smtp": odd_smtp,
    "ldap": ldap,
    "mqtt": mqtt,
    "mongodb": mongodb,
    "rsync": rsync,
    "open_relay": open_relay,
    "vnc": vnc,
    "rdp": rdp,
    "memcached": memcached,
    "rexec": rexec,
    "ssh_1": ssh(b"SSH-1.99-Cisco-1.25", "curve25519-sha256,kex-strict-s-v00@openssh.com", 3072),
    "ssh_short": ssh(b"SSH-2.0-Automate_3.1", "curve25519-sha256,diffie-hellman-group-exchange-sha256", 1024),
    "dicom": dicom,
    "smb": smb,
    "nntp": nntp,
    "pop3": pop3,
    "mysql": mysql,
    "rdp_nla": rdp_nla,
    "vnc_password": vnc_password,
    "proprietary": proprietary,
    "elasticsearch": web(
        "200 OK",
        ("Content-Type: application/json",),
        '{"name":"dpi-index","cluster_name":"dpi","version":{"number":"7.10.2"},"tagline":"You Know, for Search"}',
    ),
    "docker": web(
        "404 Not Found",
        ("Api-Version: 1.41", "Docker-Experimental: false", "Server: Docker/20.10.24 (linux)"),
        '{"message":"page not found"}',
    ),
    "old_web": web(
        "200 OK",
        ("Server: Apache/2.2.15 (Win32)", "X-Powered-By: PHP/5.3.3", "Content-Type: text/html"),
        "<html><head><title>Index of /</title></head><body><h1>Index of /</h1><a href='bak/'>bak/</a></body></html>",
    ),
    "vpn": web(
        "200 OK",
        ("Content-Type: text/html",),
        "<html><title>Please Login</title><script src='/remote/fgt_lang?lang=fr'></script></html>",
    ),
}
ENCRYPTED = {"smtp_tls": smtp_tls, "imap": imap}
"""Those that go over to TLS when asked: they need a certificate."""
COUNTED = {"hl7", "modbus", "printer"}


def _with_tls(certificate: list[str] | None) -> dict[str, Handler]:
    """The servers that go over to TLS, when there is a certificate (file and key) for them."""
    if certificate is None:
        return {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_RENEGOTIATION
    return {kind: partial(handler, context) for kind, handler in ENCRYPTED.items()}


def guarded(handler: Handler) -> Callable[[Reader, Writer], Awaitable[None]]:
    """A handler that ends by itself and never prints the peer's bad manners."""

    async def serve(reader: Reader, writer: Writer) -> None:
        with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            await asyncio.wait_for(handler(reader, writer), _IDLE_SECONDS)
            await writer.drain()
        writer.close()

    return serve


async def main(config: Path) -> None:
    order = json.loads(config.read_text())
    folder = Path(order["folder"])
    listening = [(kind, socket.create_server((address, port))) for kind, address, port in order["servers"]]
    handlers = HANDLERS | _with_tls(order.get("certificate"))
    account = pwd.getpwnam(order["user"])
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    counter = Counter(folder)
    handlers |= {kind: counter.watching(kind) for kind in COUNTED}
    servers = [await asyncio.start_server(guarded(handlers[kind]), sock=sock) for kind, sock in listening]
    (folder / "ready").write_text("")
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
