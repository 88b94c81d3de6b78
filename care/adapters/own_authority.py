"""The installation's own certificate authority, for `care serve --tls`: phones that trust it work offline over https.

A hospital without a public name for this machine has no other way to TLS. The authority signs for private addresses and
for the names of this machine only (name constraints): whoever stole its key could not pass for another site.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scanners.errors import SaidError

AUTHORITY_YEARS = 8
LEAF_DAYS = 397
"""The longest that browsers accept of a server (CA/Browser Forum, ballot SC-31)."""
RENEWED_BEFORE = timedelta(days=60)
_SKEW = timedelta(days=1)
"""Certificates begin a day early: a phone whose clock is behind still accepts them."""
PRIVATE = tuple(
    ipaddress.ip_network(one)
    for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8",
                "fc00::/7", "fe80::/10", "::1/128")
)  # fmt: skip

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class AuthorityError(SaidError):
    """The certificate cannot be made, read or written."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the server needs: its chain and key as files, and the authority (DER) that browsers are to trust."""

    chain_file: Path
    key_file: Path
    authority: bytes


@dataclass(frozen=True, slots=True)
class Reached:
    """How this machine is reached: host names, and addresses. `told` is the one among them that people are given."""

    told: str
    names: tuple[str, ...]
    addresses: tuple[Address, ...]


def certificate_for(folder: Path, reached: Reached, now: datetime) -> Certificate:
    """The certificate of the server for those names and addresses, made or renewed when needed, in `folder` (0700).

    The authority is made once; phones trust it for years. AuthorityError when it cannot be used.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        authority, key = _authority(folder, reached, now)
        reached = _allowed(authority, reached, folder)
        chain, own = folder / "server.crt", folder / "server.key"
        if not _still_good(chain, own, authority, reached, now):
            _sign(folder, authority, key, reached, now)
    except (OSError, ValueError, TypeError) as error:
        raise AuthorityError(
            f"Le certificat de {folder} ne peut pas être lu ou écrit ({error}) : corrigez les droits du dossier, ou"
            " effacez-le pour une nouvelle autorité, que les téléphones devront approuver à nouveau.",
            f"The certificate in {folder} cannot be read or written ({error}): mend the rights of the folder, or erase"
            " it for a new authority, which phones will have to trust again.",
        ) from error
    return Certificate(chain, own, authority.public_bytes(serialization.Encoding.DER))


def _authority(folder: Path, reached: Reached, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    place, key_place = folder / "authority.crt", folder / "authority.key"
    if place.exists() and key_place.exists():
        known = x509.load_pem_x509_certificate(place.read_bytes())
        if known.not_valid_after_utc > now + timedelta(days=LEAF_DAYS):
            return known, _read_key(key_place)
    key = ec.generate_private_key(ec.SECP256R1())
    made = _builder(_name(f"CaRE – autorité de {reached.names[0]}"), key, now, timedelta(days=365 * AUTHORITY_YEARS))
    made = made.issuer_name(_name(f"CaRE – autorité de {reached.names[0]}"))
    for extension, critical in (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_usage(key_cert_sign=True, crl_sign=True), True),
        (x509.NameConstraints(_permitted(reached), None), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    ):
        made = made.add_extension(extension, critical)
    signed = made.sign(key, hashes.SHA256())
    _write(key_place, _key_bytes(key))
    _write(place, signed.public_bytes(serialization.Encoding.PEM))
    return signed, key


def _permitted(reached: Reached) -> list[x509.GeneralName]:
    outside = [ipaddress.ip_network(one) for one in reached.addresses if not _private(one)]
    return [*map(x509.DNSName, reached.names), *map(x509.IPAddress, (*PRIVATE, *outside))]


def _private(address: Address) -> bool:
    return any(address in network for network in PRIVATE if network.version == address.version)


def _allowed(authority: x509.Certificate, reached: Reached, folder: Path) -> Reached:
    """What the authority may sign for. One made before the machine was renamed would be refused by browsers."""
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    roots = [one.value for one in permitted if isinstance(one, x509.DNSName)]
    networks = [ipaddress.ip_network(str(one.value)) for one in permitted if isinstance(one, x509.IPAddress)]
    names = tuple(name for name in reached.names if any(f".{name}".endswith(f".{root}") for root in roots))
    addresses = tuple(one for one in reached.addresses if any(one in network for network in networks))
    if reached.told not in (*names, *map(str, addresses)):
        raise AuthorityError(
            f"L’autorité de {folder} n’a pas été faite pour {reached.told} : effacez ce dossier pour une nouvelle"
            " autorité, que les téléphones devront approuver à nouveau, ou remettez l’ancien nom.",
            f"The authority in {folder} was not made for {reached.told}: erase that folder for a new authority, which"
            " phones will have to trust again, or go back to the former name.",
        )
    return Reached(reached.told, names, addresses)


def _still_good(chain: Path, key_file: Path, authority: x509.Certificate, reached: Reached, now: datetime) -> bool:
    if not (chain.exists() and key_file.exists()):
        return False
    known = x509.load_pem_x509_certificates(chain.read_bytes())[0]
    names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        known.not_valid_after_utc > now + RENEWED_BEFORE
        and known.not_valid_before_utc <= now
        and _signed_by(known, authority)
        and set(names.get_values_for_type(x509.DNSName)) >= set(reached.names)
        and set(names.get_values_for_type(x509.IPAddress)) >= set(reached.addresses)
        and known.public_key() == _read_key(key_file).public_key()
    )


def _signed_by(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    """By its key, not only under its name: a former authority had the same one."""
    try:
        leaf.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _sign(
    folder: Path, authority: x509.Certificate, key: ec.EllipticCurvePrivateKey, reached: Reached, now: datetime
) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    names = [*map(x509.DNSName, reached.names), *map(x509.IPAddress, reached.addresses)]
    made = _builder(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "CaRE")]), own, now, timedelta(LEAF_DAYS))
    made = made.issuer_name(authority.subject)
    for extension, critical in (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(digital_signature=True), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName(names), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False),
    ):
        made = made.add_extension(extension, critical)
    signed = made.sign(key, hashes.SHA256())
    _write(folder / "server.key", _key_bytes(own))
    _write(folder / "server.crt", b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (signed, authority)))


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, span: timedelta
) -> x509.CertificateBuilder:
    begin = now - _SKEW
    made = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    return made.not_valid_before(begin).not_valid_after(begin + span)


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "CaRE"), x509.NameAttribute(NameOID.COMMON_NAME, text[:64])]
    )


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read_key(place: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(place.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{place.name}: clé inattendue")
    return key


def _write(place: Path, content: bytes) -> None:
    """Whole or not at all, readable by this account only."""
    new = place.with_suffix(place.suffix + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(place)
