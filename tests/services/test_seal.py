"""Checkpoints: rewriting history, cutting its tail, losing a signature or swapping the key shows."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from care.adapters.signer import FileSigner, SealKeyError, fingerprint
from care.domain.access import Role, Scope
from care.domain.chains import START, last_sound
from care.domain.evidence import EvidenceKind, linked
from care.domain.jobs import JobKind, Lane
from care.services import evidence, evidence_chain, jobs, seal, trail
from care.services.errors import Forbidden, Refused
from care.services.evidence import Details, Upload
from care.services.platform import Platform
from care.services.work import Hold
from care.store.evidence import Checkpoint, Evidence, EvidenceChain
from care.store.trail import TrailEvent, TrailHead
from tests.support.audits import claimed
from tests.support.people import Hospitals, person

both = pytest.mark.both_databases


def file_some(platform: Platform, scope: Scope, establishment_id: int, count: int = 3) -> None:
    for number in range(count):
        details = Details(EvidenceKind.REPORT, f"Rapport {number}")
        evidence.add_evidence(platform, scope, establishment_id, details, Upload("r.txt", BytesIO(b"%d" % number)))


def sign(platform: Platform) -> None:
    """What the night does."""
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(JobKind.CHECKPOINT), "tests")
    seal.checkpoint(platform, Hold(platform, claimed(platform, Lane.SERVICE)))


def faults(platform: Platform) -> list[str]:
    return [report.fault.fr for report in seal.verify_all(platform) if report.fault is not None]


def rechain(session: Session, establishment_id: int) -> None:
    """What a forger with the database but not the key does: every link and the end made again."""
    previous = START.hash
    for link in list(evidence_chain.links(session, establishment_id)):
        previous = linked(previous, link.filed.hash)
        mine = (Evidence.establishment_id == establishment_id, Evidence.number == link.filed.number)
        session.execute(update(Evidence).where(*mine).values(chain_hash=previous))
    end = update(EvidenceChain).where(EvidenceChain.establishment_id == establishment_id)
    session.execute(end.values(hash=previous))


@both
def test_each_chain_that_moved_is_signed_once(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    file_some(platform, machine, hospitals.valley)
    sign(platform)
    sign(platform)
    file_some(platform, machine, hospitals.hill, 1)
    sign(platform)
    with platform.database.read() as session:
        marks = session.execute(
            select(Checkpoint.establishment_id, Checkpoint.number).where(Checkpoint.establishment_id.is_not(None))
        ).all()
    assert {tuple(mark) for mark in marks} == {(hospitals.valley, 3), (hospitals.hill, 1)}
    reports = {report.chain.establishment_id: report for report in seal.verify_all(platform)}
    assert (reports[hospitals.valley].links, reports[hospitals.valley].checkpoints) == (3, 1)
    assert reports[None].checkpoints == 2
    assert all(report.fault is None and report.signed_number == report.links for report in reports.values())
    assert trail.verify(platform).sound


@both
def test_history_made_again_shows(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    file_some(platform, machine, hospitals.valley)
    sign(platform)
    with platform.database.write() as session:
        session.execute(update(Evidence).where(Evidence.number == 2).values(name="autre.txt"))
        rechain(session, hospitals.valley)
    assert evidence_chain.verify_chain(platform, hospitals.valley).fault is None
    assert "réécrite ou coupée" in faults(platform)[0]


def cut_tail(session: Session) -> None:
    session.execute(delete(Evidence).where(Evidence.number == 3))
    hash_two = select(Evidence.chain_hash).where(Evidence.number == 2).scalar_subquery()
    session.execute(update(EvidenceChain).values(number=2, hash=hash_two))


def lose_signature(session: Session) -> None:
    session.execute(delete(Checkpoint).where(Checkpoint.establishment_id.is_not(None)))


def cut_trail(session: Session) -> None:
    last = session.scalars(select(TrailEvent).order_by(TrailEvent.number.desc()).limit(1)).one()
    session.execute(update(TrailHead).values(number=last.number - 1, hash=last.previous_hash))
    session.delete(last)


def forge_signature(session: Session) -> None:
    session.execute(update(Checkpoint).where(Checkpoint.establishment_id.is_not(None)).values(signature=os.urandom(64)))


def antedate(session: Session) -> None:
    for mark in session.scalars(select(Checkpoint)):
        mark.at = mark.at.replace(year=2020)


@both
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (cut_tail, "réécrite ou coupée"),
        (lose_signature, "a disparu"),
        (cut_trail, "réécrite ou coupée"),
        (forge_signature, "pas de notre clé"),
        (antedate, "pas de notre clé"),
    ],
)
def test_harm_shows(
    platform: Platform, machine: Scope, hospitals: Hospitals, harm: Callable[[Session], None], said: str
) -> None:
    file_some(platform, machine, hospitals.valley)
    sign(platform)
    with platform.database.write() as session:
        harm(session)
    assert any(said in fault for fault in faults(platform))


def test_another_key_shows_until_the_former_one_is_believed(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    file_some(platform, machine, hospitals.valley)
    sign(platform)
    former, former_id = platform.settings.seal_key_file.read_bytes(), platform.signer.key_id
    platform.settings.seal_key_file.unlink()
    swapped = replace(platform, signer=FileSigner(platform.settings.seal_key_file))
    assert "pas de notre clé" in faults(swapped)[0]
    with pytest.raises(Refused, match="not of our key"):
        sign(swapped)
    with platform.settings.seal_key_file.open("ab") as file:
        file.write(former)
    turned = replace(platform, signer=FileSigner(platform.settings.seal_key_file))
    assert faults(turned) == []
    assert turned.signer.key_id == platform.signer.key_id != former_id  # who was there before reads the file again


@both
def test_a_broken_chain_is_not_signed_and_the_others_are(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    file_some(platform, machine, hospitals.valley)
    file_some(platform, machine, hospitals.hill)
    with platform.database.write() as session:
        mine = (Evidence.establishment_id == hospitals.valley, Evidence.number == 2)
        session.execute(update(Evidence).where(*mine).values(name="x"))
    with pytest.raises(Refused, match="2 was changed"):
        sign(platform)
    with platform.database.read() as session:
        signed = session.scalars(select(Checkpoint.establishment_id).where(Checkpoint.establishment_id.is_not(None)))
        assert signed.all() == [hospitals.hill]


@both
def test_the_night_chains_what_was_stored_before(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    file_some(platform, machine, hospitals.valley)
    with platform.database.write() as session:
        session.execute(update(Evidence).values(number=None, chain_hash=None))
        session.execute(delete(EvidenceChain))
    sign(platform)
    report = seal.verify_seal(platform, seal.chains(platform)[0])
    assert (report.links, report.signed_number, report.fault) == (3, 3, None)


def test_a_long_chain_is_read_in_batches(
    platform: Platform, machine: Scope, hospitals: Hospitals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("care.services.evidence_chain._BATCH", 2)
    monkeypatch.setattr("care.services.trail._BATCH", 2)
    file_some(platform, machine, hospitals.valley, 5)
    sign(platform)
    assert faults(platform) == []
    with platform.database.read() as session:
        end = evidence_chain.chain_end(session, hospitals.valley)
        assert last_sound(evidence_chain.steps(session, hospitals.valley, START, end)) == end


def test_the_key_is_private_and_made_once(tmp_path: Path) -> None:
    first, second = FileSigner(tmp_path / "seal.key"), FileSigner(tmp_path / "seal.key")
    signature = first.sign(b"message")
    assert second.signed(first.key_id, b"message", signature)
    assert not second.signed(first.key_id, b"messagf", signature)
    assert not second.signed("0" * 64, b"message", signature)
    assert (tmp_path / "seal.key").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "seal.key"]


@pytest.mark.parametrize("kind", ["rubbish", "public"])
def test_a_key_file_that_cannot_sign_is_said(tmp_path: Path, kind: str) -> None:
    public = Ed25519PrivateKey.generate().public_key()
    contents = {
        "rubbish": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "public": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    (tmp_path / "seal.key").write_bytes(contents[kind])
    with pytest.raises(SealKeyError, match="cannot be used"):
        FileSigner(tmp_path / "seal.key").sign(b"x")


def test_a_new_key_signs_at_once_everywhere_and_the_former_one_vouches_for_it(tmp_path: Path) -> None:
    here, elsewhere = FileSigner(tmp_path / "seal.key"), FileSigner(tmp_path / "seal.key")
    former, signature = elsewhere.key_id, elsewhere.sign(b"message")
    here.rotate()
    assert elsewhere.key_id == here.key_id != former
    assert elsewhere.signed(former, b"message", signature)
    told = elsewhere.vouch(former, b"new")
    assert told is not None
    assert here.signed(former, b"new", told)
    assert here.vouch(here.key_id, b"new") is None
    assert here.vouch("0" * 64, b"new") is None
    assert (tmp_path / "seal.key").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "seal.key"]


def test_a_former_key_without_its_private_half_is_believed_and_vouches_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "seal.key"
    signer = FileSigner(file)
    former, signature, public = signer.key_id, signer.sign(b"x"), signer.public_pem
    signer.rotate()
    present = file.read_bytes().partition(b"-----END PRIVATE KEY-----\n")
    file.write_bytes(present[0] + present[1] + public)
    assert signer.signed(former, b"x", signature)
    assert signer.vouch(former, b"x") is None


def test_the_key_is_replaced_by_administrators_and_the_trail_tells(platform: Platform, machine: Scope) -> None:
    former = platform.signer.key_id
    with pytest.raises(Forbidden):
        seal.rotate(platform, person(Role.CISO))
    assert platform.signer.key_id == former
    seal.rotate(platform, machine)
    with platform.database.read() as session:
        event = session.scalars(select(TrailEvent).order_by(TrailEvent.number.desc())).first()
    assert event is not None
    assert event.detail == {"former": former, "key": platform.signer.key_id}
    assert former != platform.signer.key_id


def test_a_fingerprint_is_that_of_the_raw_key() -> None:
    # RFC 8032, 7.1, test 1
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
    assert fingerprint(public) == "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9"


def test_the_key_file_is_pkcs8(tmp_path: Path) -> None:
    secret = Ed25519PrivateKey.generate()
    (tmp_path / "seal.key").write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert FileSigner(tmp_path / "seal.key").key_id == fingerprint(secret.public_key())
