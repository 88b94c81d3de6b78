"""The evidence store: written once, whole or not at all, verified again, names made harmless."""

from __future__ import annotations

import hashlib
import multiprocessing
import resource
import signal
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from care.adapters.evidence_files import EvidenceError, FolderEvidence
from care.domain.access import Level, Role, Scope
from care.domain.evidence import EvidenceKind
from care.domain.jobs import JobKind, Lane
from care.services import evidence, jobs, library
from care.services.errors import NotFound
from care.services.evidence import EvidenceDraft
from care.services.library import EvidenceFilter
from care.services.platform import Platform
from care.services.work import Hold
from care.store.trail import TrailEvent
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person

LIMIT = 1 << 20
CONTENT = b"preuve" * 1000


@pytest.fixture
def store(tmp_path: Path) -> FolderEvidence:
    return FolderEvidence(tmp_path / "evidence")


def files(root: Path) -> list[Path]:
    return [one for one in root.rglob("*") if one.is_file()]


def test_a_file_is_named_by_its_content_and_private(store: FolderEvidence, tmp_path: Path) -> None:
    stored = store.put(BytesIO(CONTENT), LIMIT)
    path = store.path(stored.sha256)
    assert stored.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert stored.size == len(CONTENT)
    assert path.relative_to(tmp_path / "evidence").parts[:2] == (stored.sha256[:2], stored.sha256[2:4])
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_same_content_is_written_once(store: FolderEvidence, tmp_path: Path) -> None:
    inode = store.path(store.put(BytesIO(CONTENT), LIMIT).sha256).stat().st_ino
    assert store.path(store.put(BytesIO(CONTENT), LIMIT).sha256).stat().st_ino == inode
    assert len(files(tmp_path)) == 1


def test_too_large_leaves_nothing(store: FolderEvidence, tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="larger than the limit"):
        store.put(BytesIO(b"x" * (LIMIT + 1)), LIMIT)
    assert files(tmp_path) == []


def _put_on_a_full_disk(root: Path, answer: multiprocessing.SimpleQueue) -> None:  # type: ignore[type-arg]
    """In a process whose files cannot grow beyond 4 kB, as on a disk that fills up while writing."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        FolderEvidence(root).put(BytesIO(b"x" * 100_000), LIMIT)
        answer.put("stored")
    except EvidenceError as error:
        answer.put(str(error))


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answer: multiprocessing.SimpleQueue[str] = context.SimpleQueue()
    process = context.Process(target=_put_on_a_full_disk, args=(tmp_path / "evidence", answer))
    process.start()
    process.join()
    assert "nothing was half written" in answer.get()
    assert files(tmp_path) == []


def test_damage_is_seen_and_put_right_by_a_sound_copy(store: FolderEvidence) -> None:
    stored = store.put(BytesIO(CONTENT), LIMIT)
    path = store.path(stored.sha256)
    path.write_bytes(b"P" + CONTENT[1:])
    assert not store.intact(stored.sha256)
    store.put(BytesIO(CONTENT), LIMIT)
    assert store.intact(stored.sha256)
    path.unlink()
    assert not store.intact(stored.sha256)
    with pytest.raises(EvidenceError, match="missing"):
        store.path(stored.sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "0" * 63])
def test_only_a_hash_names_a_file(store: FolderEvidence, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.path(name)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../x", "x"),
        ("C:\\Users\\rssi\\mandat signé.pdf", "mandat signé.pdf"),
        ("a\nb\x00.pdf", "ab.pdf"),
        ("<script>.svg", "_script_.svg"),
        ("..", "document"),
        ("", "document"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert evidence.clean_name(given) == kept


def add(platform: Platform, establishment_id: int, content: bytes = CONTENT) -> tuple[int, str]:
    stored = evidence.keep_content(platform, BytesIO(content))
    with platform.database.write() as session:
        draft = EvidenceDraft(establishment_id, EvidenceKind.OTHER, "../../x", "application/pdf")
        row = evidence.add(session, stored, draft, platform.clock.now(), "tests")
        return row.id, stored.sha256


@pytest.mark.both_databases
def test_one_content_may_prove_two_things(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    first, sha256 = add(platform, hospitals.valley)
    second, same = add(platform, hospitals.hill)
    assert sha256 == same
    assert first != second
    line = library.open_evidence(platform, machine, first).line
    assert (line.name, line.size, line.sound) == ("x", len(CONTENT), True)
    assert evidence.open_content(platform, machine, first).path.read_bytes() == CONTENT


@pytest.mark.both_databases
def test_the_trail_keeps_who_read_which_piece_once_an_hour(platform: Platform, hospitals: Hospitals) -> None:
    number, _ = add(platform, hospitals.valley)
    readers = [
        replace(person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley, account_id=one), actor=f"ciso{one}")
        for one in (1, 2)
    ]
    begun = platform.clock.now()
    minute = timedelta(minutes=1)
    for after, reader in ((0, 0), (59, 0), (59, 1), (60, 0), (61, 0)):
        at = replace(platform, clock=FixedClock(begun + after * minute))
        evidence.take_content(at, readers[reader], hospitals.valley, number)
    with platform.database.read() as session:
        told = session.execute(
            select(TrailEvent.actor, TrailEvent.thing_id, TrailEvent.establishment_id, TrailEvent.at)
            .where(TrailEvent.action == "evidence.read")
            .order_by(TrailEvent.number)
        ).all()
    expected = (("ciso1", 0), ("ciso2", 59), ("ciso1", 60))
    assert [tuple(one) for one in told] == [
        (who, str(number), hospitals.valley, begun + after * minute) for who, after in expected
    ]


def test_a_piece_refused_or_elsewhere_leaves_no_reading(platform: Platform, hospitals: Hospitals) -> None:
    number, _ = add(platform, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for reader, place in ((stranger, hospitals.valley), (person(Role.CISO), hospitals.hill)):
        with pytest.raises(NotFound):
            evidence.take_content(platform, reader, place, number)
    with platform.database.read() as session:
        assert session.scalars(select(TrailEvent).where(TrailEvent.action == "evidence.read")).all() == []


def test_a_stranger_finds_no_evidence(platform: Platform, hospitals: Hospitals) -> None:
    number, _ = add(platform, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for read in (library.open_evidence, evidence.open_content):
        with pytest.raises(NotFound):
            read(platform, stranger, number)
    with pytest.raises(NotFound):
        library.list_evidence(platform, stranger, hospitals.valley, EvidenceFilter())


@pytest.mark.both_databases
def test_evidence_is_read_again_every_week(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    sound, _ = add(platform, hospitals.valley)
    damaged, sha256 = add(platform, hospitals.valley, b"autre")
    platform.evidence.path(sha256).write_bytes(b"autrf")
    clock.forward(days=8)
    with platform.database.write() as session:
        job_id = jobs.submit(platform, session, jobs.Order(JobKind.VERIFY_EVIDENCE), "tests")
    assert job_id is not None
    evidence.verify(platform, Hold(platform, claimed(platform, Lane.SERVICE)))
    assert library.open_evidence(platform, machine, sound).line.sound
    assert not library.open_evidence(platform, machine, damaged).line.sound
    assert "1 abîmés ou manquants" in jobs.watch(platform, machine, job_id).events[-1].text
    found = library.list_evidence(platform, machine, hospitals.valley, EvidenceFilter(unsound=True))
    assert [line.id for line in found.page.lines] == [damaged]
    assert library.attention(platform, machine, hospitals.valley).unsound == 1
    add(platform, hospitals.hill, b"autre")  # a sound copy puts it right
    assert library.open_evidence(platform, machine, damaged).line.sound
