"""Some forty servers whose TLS is set in forty ways, each with the rules that must speak about it and no other.

Most are one real nginx with OpenSSL 3, and the mail, directory and database ones make a real handshake after their
STARTTLS. What OpenSSL 3 no longer knows (SSL 2.0 and 3.0, RC4, DES, 3DES, export suites, compression, no secure
renegotiation) is played by `tls_stub.py` up to the end of the first answer, which is all the prober looks at.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from tests.lab import stage

PACKAGES = {"nginx": "nginx-light", "openssl": "openssl"}
FIRST_HOST = 100
NAME = "service.hopital.test"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_DAY = timedelta(1)
_MODERN = "ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;"
_12 = "ssl_protocols TLSv1.2; ssl_ciphers "


@dataclass(frozen=True)
class Server:
    """One server: how nginx is set (or what the stub plays), which certificate it shows, and the rules that must speak.

    `order` is False when the client's order of suites is followed; `name` is what it is reached by; `strict` refuses
    the handshake under any other.
    """

    id: str
    rules: tuple[str, ...] = ()
    settings: str = _MODERN
    certificate: str = "good"
    order: bool = True
    stub: Mapping[str, Any] | None = None
    starttls: str = ""
    port: int = 443
    name: str = NAME
    strict: bool = False
    address: str = field(default="", compare=False)


_RSA_SUITES = (0x009C, 0x002F)
_SSL3_POODLE = ("ssl3_enabled", "tls_modern_missing", "tls_forward_secrecy_missing")


def _stub(**play: Any) -> Mapping[str, Any]:
    return {"versions": [0x0303], "suites": [0xC02F, 0x009C], "dh_bits": 2048, "renegotiation": True, **play}


SERVERS: tuple[Server, ...] = (
    Server("modern"),
    Server("modern_rsa", certificate="rsa"),
    Server("only_13", settings="ssl_protocols TLSv1.3;"),
    Server("only_12", ("tls13_missing",), _12 + "ECDHE+AESGCM;"),
    Server(
        "from_10",
        ("tls_obsolete_version", "tls13_missing"),
        'ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers "ECDHE+AES:@SECLEVEL=0";',
    ),
    Server(
        "from_11_to_13",
        ("tls_obsolete_version",),
        'ssl_protocols TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers "ECDHE+AES:@SECLEVEL=0";',
    ),
    Server(
        "only_old",
        ("tls_obsolete_version", "tls_modern_missing"),
        'ssl_protocols TLSv1 TLSv1.1; ssl_ciphers "ECDHE+AES:@SECLEVEL=0";',
    ),
    Server("static_only", ("tls_forward_secrecy_missing", "tls13_missing"), _12 + "kRSA+AESGCM;", "rsa"),
    Server("static_too", ("tls_static_key_exchange", "tls13_missing"), _12 + "ECDHE+AESGCM:kRSA+AESGCM;", "rsa"),
    Server("cbc_only", ("tls_cbc_only", "tls13_missing"), _12 + "ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA;", "rsa"),
    Server("null", ("tls_weak_cipher", "tls13_missing"), _12 + '"ECDHE+AESGCM:ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0";'),
    Server("anonymous", ("tls_weak_cipher", "tls13_missing"), _12 + '"ECDHE+AESGCM:AECDH-AES128-SHA:@SECLEVEL=0";'),
    Server(
        "dh_1024",
        ("tls_weak_dh_group", "tls13_missing"),
        _12 + '"DHE+AESGCM:@SECLEVEL=0"; ssl_dhparam {folder}/dh1024.pem;',
        "rsa",
    ),
    Server("dh_2048", ("tls13_missing",), _12 + "DHE+AESGCM; ssl_dhparam {folder}/dh2048.pem;", "rsa"),
    Server("client_order", ("tls_client_order",), order=False),
    Server("strict_sni", strict=True),
    Server("expired", ("certificate_expired",), certificate="expired"),
    Server("expiring", ("certificate_expiring",), certificate="expiring"),
    Server("not_yet", ("certificate_not_yet_valid",), certificate="not_yet"),
    Server("long", ("certificate_long_validity",), certificate="long"),
    Server("other_name", ("certificate_name_mismatch",), certificate="other_name"),
    Server("self_signed", ("certificate_self_signed",), certificate="self_signed"),
    Server("unknown_root", ("certificate_untrusted",), certificate="unknown_root"),
    Server("incomplete", ("certificate_chain_incomplete",), certificate="incomplete"),
    Server("disordered", ("certificate_chain_disordered",), certificate="disordered"),
    Server("with_root", certificate="with_root"),
    Server(
        "rsa_1024",
        ("certificate_weak_key",),
        'ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers "ECDHE+AESGCM:@SECLEVEL=0";',
        "rsa_1024",
    ),
    Server(
        "sha1",
        ("certificate_weak_signature",),
        'ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers "ECDHE+AESGCM:@SECLEVEL=0";',
        "sha1",
    ),
    Server("must_staple", ("certificate_staple_missing",), certificate="must_staple"),
    Server(
        "stapled",
        settings=_MODERN + " ssl_stapling on; ssl_stapling_file {folder}/must_staple.ocsp;",
        certificate="must_staple",
    ),
    Server(
        "two_keys",
        ("certificate_expired",),
        _MODERN + " ssl_certificate {folder}/rsa_expired.pem; ssl_certificate_key {folder}/rsa_expired.key;",
    ),
    Server("smtp", starttls="smtp", port=25),
    Server("imap", starttls="imap", port=143),
    Server("pop3", starttls="pop3", port=110),
    Server("ftp", starttls="ftp", port=21),
    Server("ldap", starttls="ldap", port=389),
    Server("postgresql", starttls="postgresql", port=5432),
)
"""Real servers, with a real OpenSSL."""

STUBS: tuple[Server, ...] = (
    Server("ssl2", ("ssl2_enabled", "tls13_missing"), stub=_stub(versions=[2, 0x0303], suites=[0xC02F])),
    Server("ssl3", (*_SSL3_POODLE, "tls_short_block_cipher"), stub=_stub(versions=[0x0300], suites=[0x000A, 0x002F])),
    Server("rc4", ("tls_weak_cipher", "tls13_missing"), stub=_stub(suites=[0xC02F, 0x0005])),
    Server("triple_des", ("tls_short_block_cipher", "tls13_missing"), stub=_stub(suites=[0xC02F, 0xC012])),
    Server(
        "export",
        ("tls_weak_cipher", "tls_weak_dh_group", "tls_obsolete_version", "tls13_missing"),
        stub=_stub(versions=[0x0301, 0x0303], suites=[0xC02F, 0x0033, 0x0014], dh_bits=512, refuses_fallback=True),
    ),
    Server("compression", ("tls_compression", "tls13_missing"), stub=_stub(suites=[0xC02F], compression=True)),
    Server(
        "renegotiation",
        ("tls_insecure_renegotiation", "tls13_missing"),
        stub=_stub(suites=[0xC02F], renegotiation=False),
    ),
    Server(
        "fallback",
        ("tls_fallback_accepted", "tls_obsolete_version", "tls13_missing"),
        stub=_stub(versions=[0x0302, 0x0303], suites=[0xC02F, 0xC013]),
    ),
)
"""Servers of another age, played. Their chain cannot be verified, since OpenSSL cannot finish a handshake with them."""


def start(folder: Path, octet: int) -> list[Server]:
    """Start every server, each on its own address; they are returned with it."""
    stage.require_root("exposure")
    stage.require_programs(PACKAGES)
    folder.mkdir(parents=True, exist_ok=True)
    placed = [
        Server(**{**vars(one), "address": stage.address(octet, "exposure", FIRST_HOST + number)})
        for number, one in enumerate((*SERVERS, *STUBS))
    ]
    for server in placed:
        stage.require_free(server.address, server.port)
    _certificates(folder)
    _parameters(folder)
    _start_nginx(folder, [one for one in placed if one.stub is None and not one.starttls])
    _start_starttls(folder, [one for one in placed if one.starttls])
    _start_stubs(folder, [one for one in placed if one.stub is not None])
    for server in placed:
        stage.wait_for_port(server.address, server.port)
    return placed


def authority(folder: Path) -> str:
    """The root that signs the good certificates, in PEM."""
    return (folder / "root.pem").read_text()


# ---------------------------------------------------------------- certificates


@dataclass(frozen=True)
class _Signer:
    """An authority: its certificate and its key."""

    certificate: x509.Certificate
    key: Key


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _issue(
    subject: str,
    key: Key,
    signer: _Signer | None,
    days: tuple[float, float] = (-1, 200),
    *,
    ca: bool = False,
    staple: bool = False,
    name: str = NAME,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(_name(subject)).public_key(key.public_key())
    builder = builder.issuer_name(signer.certificate.subject if signer else _name(subject))
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now + days[0] * _DAY).not_valid_after(now + days[1] * _DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    signing = signer.key if signer else key
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False)
    if ca:
        builder = builder.add_extension(_SIGNS, True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
    if staple:
        builder = builder.add_extension(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)
    return builder.sign(signing, hashes.SHA256())


def _authority(subject: str, signer: _Signer | None = None) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    return _Signer(_issue(subject, key, signer, (-2, 3650), ca=True), key)


def _certificates(folder: Path) -> None:
    root, stranger = _authority("Racine du laboratoire"), _authority("Racine inconnue")
    middle, other = _authority("Intermédiaire du laboratoire", root), _authority("Intermédiaire inconnu", stranger)
    (folder / "root.pem").write_bytes(_pem(root.certificate))
    curve = ec.generate_private_key(ec.SECP256R1())
    long_rsa = rsa.generate_private_key(65537, 2048)
    short_rsa = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the planted fault
    leaf = _issue("good", curve, middle)
    chained, path = middle.certificate, {"good": (curve, leaf), "rsa": (long_rsa, _issue("rsa", long_rsa, middle))}
    path |= {
        "expired": (curve, _issue("expired", curve, middle, (-300, -5))),
        "rsa_expired": (long_rsa, _issue("rsa expired", long_rsa, middle, (-300, -5))),
        "expiring": (curve, _issue("expiring", curve, middle, (-300, 10))),
        "not_yet": (curve, _issue("not yet", curve, middle, (3, 300))),
        "long": (curve, _issue("long", curve, middle, (-1, 900))),
        "other_name": (curve, _issue("other", curve, middle, name="autre.hopital.test")),
        "rsa_1024": (short_rsa, _issue("short", short_rsa, middle)),
        "must_staple": (curve, _issue("must staple", curve, middle, staple=True)),
    }
    for name, (key, made) in path.items():
        _write(folder, name, key, (made, chained))
    _write(folder, "self_signed", curve, (_issue("self signed", curve, None),))
    _write(folder, "unknown_root", curve, (_issue("stranger", curve, other), other.certificate, stranger.certificate))
    _write(folder, "incomplete", curve, (leaf,))
    _write(folder, "disordered", curve, (leaf, root.certificate, middle.certificate))
    _write(folder, "with_root", curve, (leaf, middle.certificate, root.certificate))
    _sha1(folder, middle)
    _staple(folder, path["must_staple"][1], middle)
    both = (folder / "good.key").read_bytes() + (folder / "good.pem").read_bytes()
    (folder / "starttls.pem").write_bytes(both)


def _write(folder: Path, name: str, key: Key, chain: Sequence[x509.Certificate]) -> None:
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / f"{name}.key").write_bytes(private)
    (folder / f"{name}.pem").write_bytes(b"".join(map(_pem, chain)))


def _pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)


def _sha1(folder: Path, signer: _Signer) -> None:
    """A certificate signed with SHA-1, which only the command still makes."""
    _write(folder, "sha1", ec.generate_private_key(ec.SECP256R1()), ())
    _write(folder, "middle", signer.key, (signer.certificate,))
    (folder / "sha1.ext").write_text(f"subjectAltName=DNS:{NAME}\n")
    request = ("openssl", "req", "-new", "-key", folder / "sha1.key", "-subj", "/CN=sha1")
    (folder / "sha1.csr").write_bytes(stage.run(list(request)))
    sign = [
        "openssl",
        "x509",
        "-req",
        "-in",
        folder / "sha1.csr",
        "-CA",
        folder / "middle.pem",
        "-sha1",
        "-days",
        "200",
    ]
    sign += ["-CAkey", folder / "middle.key", "-CAcreateserial", "-extfile", folder / "sha1.ext"]
    (folder / "sha1.pem").write_bytes(stage.run(sign) + _pem(signer.certificate))


def _staple(folder: Path, made: x509.Certificate, signer: _Signer) -> None:
    now = datetime.now(UTC)
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=made,
        issuer=signer.certificate,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=now,
        next_update=now + _DAY,
        revocation_time=None,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    signed = builder.sign(signer.key, hashes.SHA256())
    (folder / "must_staple.ocsp").write_bytes(signed.public_bytes(serialization.Encoding.DER))


def _parameters(folder: Path) -> None:
    """The group of 2,048 bits of RFC 7919, and one of 1,024 bits."""
    sound = ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"]
    (folder / "dh2048.pem").write_bytes(stage.run(sound))
    (folder / "dh1024.pem").write_bytes(stage.run(["openssl", "dhparam", "-dsaparam", "1024"]))


# ---------------------------------------------------------------- servers

_NGINX = """\
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log; user www-data; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; default_type text/html;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{servers}
}}
"""
_SERVER = """\
  server {{ listen {address}:443 ssl; ssl_certificate {folder}/{certificate}.pem;
    ssl_certificate_key {folder}/{certificate}.key; ssl_prefer_server_ciphers {order}; {settings}
    location / {{ return 200 "ok"; }} }}
"""
_REFUSAL = (
    "  server {{ listen {address}:443 ssl default_server; ssl_reject_handshake on; ssl_protocols TLSv1.2 TLSv1.3; }}\n"
)
"""What answers under the names that a server set to `strict` does not know."""


def _start_nginx(folder: Path, servers: Sequence[Server]) -> None:
    blocks = "".join(
        _SERVER.format(
            folder=folder,
            address=one.address,
            certificate=one.certificate,
            order="on" if one.order else "off",
            settings=one.settings.format(folder=folder) + (f" server_name {one.name};" if one.strict else ""),
        )
        for one in servers
    )
    blocks += "".join(_REFUSAL.format(address=one.address) for one in servers if one.strict)
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, servers=blocks))
    stage.spawn(folder, "nginx", ["nginx", "-e", folder / "nginx-error.log", "-c", config])


def _start_starttls(folder: Path, servers: Sequence[Server]) -> None:
    listening = [[one.starttls, one.address, one.port] for one in servers]
    _start_script(folder, "starttls_stub", {"certificate": str(folder / "starttls.pem"), "servers": listening})


def _start_stubs(folder: Path, servers: Sequence[Server]) -> None:
    chain = x509.load_pem_x509_certificates((folder / "rsa.pem").read_bytes())
    shown = {"chain": [one.public_bytes(serialization.Encoding.DER).hex() for one in chain]}
    played = [{"address": one.address, "port": one.port, **shown, **(one.stub or {})} for one in servers]
    _start_script(folder, "tls_stub", {"servers": played})


def _start_script(folder: Path, name: str, order: dict[str, Any]) -> None:
    ready, config = folder / f"{name}.ready", folder / f"{name}.json"
    config.write_text(json.dumps(order | {"ready": str(ready)}))
    script = Path(__file__).with_name(f"{name}.py")
    process = stage.spawn(folder, name, [sys.executable, script, config], env=dict(os.environ))
    stage.wait_until(ready.exists, f"{name} to listen", process=process)
