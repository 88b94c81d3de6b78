"""Sealed books of a real library: chosen, made by a job, taken away, verified by the script."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from care.domain.access import RIGHTS, Level, Right, Role, Scope
from care.domain.evidence import EvidenceKind, Standing, ThingKind, ThingRef
from care.domain.jobs import JobKind, JobState, Lane
from care.services import books, evidence, jobs, work
from care.services.books import BookError
from care.services.errors import Forbidden, NotFound, Refused
from care.services.evidence import Details, EvidenceDraft, Upload
from care.services.library import EvidenceFilter
from care.services.platform import Platform
from care.services.work import Hold
from care.store.trail import TrailEvent
from reports.seal import verifier
from scanners.collection import Cancelled
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person

both = pytest.mark.both_databases
GOAL = ThingRef(ThingKind.REQUIREMENT, "care-d2:O3.A")


@pytest.fixture
def library(platform: Platform, ciso: Scope, hospitals: Hospitals) -> list[int]:
    """A policy in two versions, a contract of last year, minutes at an address, and the facts of an audit."""

    def add(kind: EvidenceKind, title: str, source: evidence.Source, last: date | None = None) -> int:
        details = Details(kind, title, effective_to=last)
        return evidence.add_evidence(platform, ciso, hospitals.valley, details, source, (GOAL,))

    first = add(EvidenceKind.POLICY, "PSSI", Upload("pssi.pdf", BytesIO(b"%PDF-1")))
    contract = add(EvidenceKind.CONTRACT, "Contrat", Upload("c.txt", BytesIO(b"contrat")), date(2025, 12, 31))
    minutes = add(EvidenceKind.MINUTES, "Réunion", "https://ged/cr")
    details = Details(EvidenceKind.POLICY, "PSSI")
    second = evidence.new_version(platform, ciso, first, details, Upload("pssi.pdf", BytesIO(b"%PDF-2")), 1)
    stored = evidence.keep_content(platform, BytesIO(b"facts"))
    with platform.database.write() as session:
        draft = EvidenceDraft(hospitals.valley, EvidenceKind.FACTS, "ad.care", evidence.FACTS_MEDIA_TYPE)
        facts = evidence.add(session, stored, draft, platform.clock.now(), "CaRE").id
    return [first, contract, minutes, second, facts]


def export(platform: Platform, scope: Scope, hospitals: Hospitals, wanted: EvidenceFilter | None = None) -> BytesIO:
    out = BytesIO()
    books.write(platform, scope, hospitals.valley, wanted or EvidenceFilter(), out)
    return out


def titles(book: BytesIO) -> list[str]:
    with zipfile.ZipFile(book) as archive:
        return [piece["title"] for piece in json.loads(archive.read("manifest.json"))["pieces"]]


def verified(book: BytesIO, tmp_path: Path, platform: Platform) -> verifier.Verdict:
    (tmp_path / "dossier.zip").write_bytes(book.getvalue())
    return verifier.verify(tmp_path / "dossier.zip", platform.signer.key_id)


@both
def test_a_book_of_everything_is_verified_months_later(
    platform: Platform, ciso: Scope, hospitals: Hospitals, library: list[int], tmp_path: Path, clock: FixedClock
) -> None:
    book = export(platform, ciso, hospitals)
    clock.forward(days=400)
    verdict = verified(book, tmp_path, platform)
    assert (verdict.problems, verdict.confirmed) == ((), True)
    assert titles(book) == ["Contrat", "Réunion", "PSSI", "ad.care"]
    with zipfile.ZipFile(book) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert archive.read("pieces/0004-pssi.pdf") == b"%PDF-2"
    assert manifest["pieces"][2]["filed"]["replaces"] == 1
    assert manifest["pieces"][0]["ties"] == [{"fr": "Exigence : care-d2:O3.A", "en": "Requirement: care-d2:O3.A"}]
    assert [mark["number"] for mark in manifest["checkpoints"]] == [5]
    with platform.database.read() as session:
        told = session.scalars(select(TrailEvent.action).order_by(TrailEvent.number.desc()).limit(2)).all()
    assert told == ["book.sealed", "checkpoint.signed"]


@both
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (EvidenceFilter(kinds=(EvidenceKind.POLICY,)), ["PSSI"]),
        (EvidenceFilter(kinds=(EvidenceKind.POLICY,), former=True), ["PSSI", "PSSI"]),
        (EvidenceFilter(thing=GOAL), ["Contrat", "Réunion", "PSSI"]),
        (EvidenceFilter(thing=GOAL, since=date(2026, 1, 1)), ["Réunion", "PSSI"]),
        (EvidenceFilter(words="contrat"), ["Contrat"]),
    ],
)
def test_the_choice_is_that_of_the_library(
    platform: Platform,
    ciso: Scope,
    hospitals: Hospitals,
    library: list[int],
    tmp_path: Path,
    wanted: EvidenceFilter,
    found: list[str],
) -> None:
    book = export(platform, ciso, hospitals, wanted)
    assert titles(book) == found
    assert verified(book, tmp_path, platform).problems == ()
    assert books._read(json.loads(json.dumps(books._written(wanted)))) == wanted


def test_the_same_choice_at_the_same_time_gives_the_same_bytes(
    platform: Platform, ciso: Scope, hospitals: Hospitals, library: list[int]
) -> None:
    assert export(platform, ciso, hospitals).getvalue() == export(platform, ciso, hospitals).getvalue()


def test_nothing_or_a_damaged_piece_makes_no_book(
    platform: Platform, ciso: Scope, hospitals: Hospitals, library: list[int]
) -> None:
    with pytest.raises(Refused, match="widen"):
        export(platform, ciso, hospitals, EvidenceFilter(words="introuvable"))
    path = evidence.open_content(platform, ciso, library[3]).path
    path.write_bytes(b"%PDF-3")
    with pytest.raises(BookError, match=r"no\. 4"):
        export(platform, ciso, hospitals)


def waiting(platform: Platform, scope: Scope, hospitals: Hospitals) -> tuple[int, Hold]:
    job_id = books.ask_book(platform, scope, hospitals.valley, EvidenceFilter())
    return job_id, Hold(platform, claimed(platform, Lane.SERVICE))


@both
def test_a_job_makes_it_and_who_may_export_takes_it_away(
    platform: Platform, ciso: Scope, hospitals: Hospitals, library: list[int], clock: FixedClock
) -> None:
    job_id, hold = waiting(platform, ciso, hospitals)
    (before,) = books.list_books(platform, ciso, hospitals.valley)
    assert (before.state, before.size) == (JobState.RUNNING, None)
    with pytest.raises(NotFound):
        books.open_book(platform, ciso, job_id)
    books.make(platform, hold)
    (after,) = books.list_books(platform, ciso, hospitals.valley)
    place, view, path = books.open_book(platform, ciso, job_id)
    assert (place, view.size, after.state) == (hospitals.valley, path.stat().st_size, JobState.DONE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert verifier.verify(path).problems == ()
    assert view.name.startswith("dossier-")
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    for who in (stranger, visitor):
        with pytest.raises(NotFound):
            books.open_book(platform, who, job_id)
    with pytest.raises(Forbidden):
        books.ask_book(platform, visitor, hospitals.valley, EvidenceFilter())
    old = (clock.now() - timedelta(days=8)).timestamp()
    os.utime(path, (old, old))
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(JobKind.PURGE), "tests")
    work.purge(platform, Hold(platform, claimed(platform, Lane.SERVICE)))
    assert not path.exists()


def test_a_book_given_up_leaves_nothing(
    platform: Platform, ciso: Scope, hospitals: Hospitals, library: list[int]
) -> None:
    _, hold = waiting(platform, ciso, hospitals)
    with pytest.raises(Cancelled):
        books.make(platform, replace(hold, stopping=lambda: True))
    assert list((platform.settings.evidence_dir / work.BOOKS_FOLDER).iterdir()) == []


def _write_on_a_full_disk(path: Path, answer: multiprocessing.SimpleQueue) -> None:  # type: ignore[type-arg]
    """In a process whose files cannot grow beyond 4 kB, as on a disk that fills up while writing."""
    from tests.unit.reports.test_book import SECRET, book, open_piece

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        with path.open("wb") as out:
            from reports.book import write_book

            write_book(book(), out, open_piece, SECRET.sign)
        answer.put("written")
    except OSError as error:
        answer.put(str(error))


def test_a_full_disk_is_an_error_of_the_system_that_the_service_words(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answer: multiprocessing.SimpleQueue[str] = context.SimpleQueue()
    process = context.Process(target=_write_on_a_full_disk, args=(tmp_path / "book.zip", answer))
    process.start()
    process.join()
    assert "too large" in answer.get()


def test_who_may_export_may_see_what_a_book_tells() -> None:
    """A book tells of findings and actions: nobody may take away what they may not see."""
    for role, rights in RIGHTS.items():
        if Right.EXPORT in rights:
            assert {Right.SEE_EVIDENCE, Right.SEE_FINDINGS, Right.SEE_ACTIONS} <= rights, role


def test_the_choice_is_told_in_words_of_each_language(
    platform: Platform, ciso: Scope, hospitals: Hospitals, library: list[int]
) -> None:
    wanted = EvidenceFilter(
        standing=Standing.EXPIRED, since=date(2025, 1, 31), until=date(2025, 12, 31), kinds=(EvidenceKind.CONTRACT,)
    )
    with zipfile.ZipFile(export(platform, ciso, hospitals, wanted)) as archive:
        said = json.loads(archive.read("manifest.json"))["selection"]
    assert said["fr"].startswith(
        "types : Contrat ; en vigueur depuis le 31/01/2025 ; en vigueur jusqu’au 31/12/2025 ; échues"
    )
    assert said["en"].startswith("kinds: Contract; in effect since 2025-01-31; in effect until 2025-12-31; expired")
