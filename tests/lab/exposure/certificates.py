"""Keys and certificates of the lab's web servers, good and faulty ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

AUTHORITY = "CaRE lab CA"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def certificate(
    name: str,
    key: Key,
    since: datetime,
    until: datetime,
    addresses: Sequence[str] = (),
    authority: Key | None = None,
    issued_by: str = AUTHORITY,
    is_authority: bool = False,
) -> x509.Certificate:
    """A certificate for a name and some addresses, signed by an authority (the lab's by default) or by itself."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issued_by)]) if authority else subject
    names: list[x509.GeneralName] = [
        x509.DNSName("".join(sign if sign.isascii() and sign != " " else "-" for sign in name))
    ]
    names += [x509.IPAddress(ip_address(address)) for address in addresses]
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.not_valid_before(since).not_valid_after(until).serial_number(x509.random_serial_number())
    builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    if is_authority or name == AUTHORITY:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    return builder.sign(authority or key, hashes.SHA256())


def write_pair(folder: Path, name: str, key: Key, made: x509.Certificate) -> None:
    """`name.key` and `name.pem` in a folder."""
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / f"{name}.key").write_bytes(private)
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
