"""The installation's own authority: signs for its own names only, lasts, is renewed in time, and is readable by it."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from care.adapters.own_addresses import address_to_tell, reached_at
from care.adapters.own_authority import AuthorityError, Reached, certificate_for
from tests.support.clock import FixedClock

HERE = Reached("10.1.2.3", ("care.hopital.test", "localhost"), (ipaddress.ip_address("10.1.2.3"),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tls"


def chain(folder: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates((folder / "server.crt").read_bytes())


def accepted(folder: Path, name: str, clock: FixedClock) -> bool:
    """Whether a browser that trusts the authority accepts the server under that name, now."""
    leaf, authority = chain(folder)
    subject = x509.DNSName(name) if name[-1].isalpha() else x509.IPAddress(ipaddress.ip_address(name))
    verifier = PolicyBuilder().store(Store([authority])).time(clock.now()).build_server_verifier(subject)
    try:
        verifier.verify(leaf, [])
    except VerificationError:
        return False
    return True


def test_the_server_is_accepted_under_its_names_and_no_other(folder: Path) -> None:
    clock = FixedClock()
    made = certificate_for(folder, HERE, clock.now())
    leaf, authority = chain(folder)
    assert made.authority == authority.public_bytes(
        __import__("cryptography").hazmat.primitives.serialization.Encoding.DER
    )
    assert [accepted(folder, one, clock) for one in ("care.hopital.test", "10.1.2.3")] == [True, True]
    assert not accepted(folder, "autre.test", clock)
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=397)
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert {one.stat().st_mode & 0o777 for one in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_authority_stays_and_the_certificate_is_renewed_before_its_end(folder: Path) -> None:
    clock = FixedClock()
    first = certificate_for(folder, HERE, clock.now())
    leaf = chain(folder)[0]
    clock.forward(days=300)
    assert certificate_for(folder, HERE, clock.now()).authority == first.authority
    assert chain(folder)[0] == leaf
    clock.forward(days=60)
    assert certificate_for(folder, HERE, clock.now()).authority == first.authority
    assert chain(folder)[0] != leaf
    assert accepted(folder, "10.1.2.3", clock)


def test_a_new_address_of_the_machine_asks_nothing_of_the_phones(folder: Path) -> None:
    clock = FixedClock()
    first = certificate_for(folder, HERE, clock.now())
    moved = Reached("192.168.7.7", ("autre-nom.test", "localhost"), (ipaddress.ip_address("192.168.7.7"),))
    assert certificate_for(folder, moved, clock.now()).authority == first.authority
    assert accepted(folder, "192.168.7.7", clock)


def test_a_name_it_was_not_made_for_is_refused_in_a_sentence(folder: Path) -> None:
    now = FixedClock().now()
    certificate_for(folder, HERE, now)
    with pytest.raises(AuthorityError, match=r"was not made for autre\.test"):
        certificate_for(folder, Reached("autre.test", ("autre.test",), ()), now)


def test_a_certificate_of_a_former_authority_of_that_name_is_made_again(folder: Path) -> None:
    clock = FixedClock()
    certificate_for(folder, HERE, clock.now())
    kept = {name: (folder / name).read_bytes() for name in ("server.crt", "server.key")}
    for one in folder.iterdir():
        one.unlink()
    authority = certificate_for(folder, HERE, clock.now()).authority
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    assert certificate_for(folder, HERE, clock.now()).authority == authority
    chain(folder)[0].verify_directly_issued_by(x509.load_der_x509_certificate(authority))


def test_an_old_authority_is_replaced(folder: Path) -> None:
    clock = FixedClock()
    first = certificate_for(folder, HERE, clock.now())
    clock.forward(days=7 * 365)
    assert certificate_for(folder, HERE, clock.now()).authority != first.authority
    assert accepted(folder, "10.1.2.3", clock)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_is_said_and_nothing_is_overwritten(folder: Path, content: bytes) -> None:
    now = FixedClock().now()
    certificate_for(folder, HERE, now)
    (folder / "authority.key").write_bytes(content)
    with pytest.raises(AuthorityError, match="cannot be read"):
        certificate_for(folder, HERE, now)
    assert (folder / "authority.key").read_bytes() == content


def test_the_machine_knows_its_own_addresses() -> None:
    reached = reached_at("0.0.0.0", "care.hopital.test")
    assert "care.hopital.test" in reached.names
    assert ipaddress.ip_address("127.0.0.1") in reached.addresses
    assert ipaddress.ip_address(address_to_tell("0.0.0.0"))
    assert address_to_tell("127.0.0.1") == "127.0.0.1"
    assert reached_at("127.0.0.1", "127.0.0.1").addresses == (ipaddress.ip_address("127.0.0.1"),)
