"""The collector's bounds: child processes, sampling, names, password files, scratch folders, the directory."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.backup import collect, collect_directories, collect_process
from scanners.backup.collect_folder import Copier, Watch
from scanners.backup.collect_process import (
    AnswerTooLongError,
    Call,
    ToolFailedError,
    ToolMissingError,
    ToolStoppedError,
    environment,
    output_of,
)
from scanners.backup.collect_repository import (
    DamagedError,
    Limits,
    Opened,
    Outward,
    Restored,
    StoredFile,
    UnreadableError,
    read_repository,
    safe_path,
    same_size,
    sample_of,
    short,
)
from scanners.backup.facts import Snapshot, Tool
from scanners.backup.read_plan import read_plan
from scanners.errors import CollectError
from scanners.exchange import Directory

NOW = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)
LIMITS = Limits(seconds=60, check_bytes=1 << 30, sample_files=5, sample_bytes=1 << 20)


def call(tmp_path: Path, script: str, seconds: float = 20.0) -> Call:
    return Call(("sh", "-c", script), environment(tmp_path), tmp_path, seconds)


# ---------------------------------------------------------------- child processes


def test_a_tool_gets_a_bare_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    said = output_of(call(tmp_path, "env; cat"))
    assert "secret" not in said
    assert f"TMPDIR={tmp_path}" in said
    assert "TZ=UTC" in said


def test_a_hung_tool_costs_its_time_only(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(ToolStoppedError):
        output_of(call(tmp_path, "exec sleep 60", seconds=0.2))
    assert time.monotonic() - began < 10


def test_no_time_left_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(ToolStoppedError):
        output_of(call(tmp_path, "touch started", seconds=0.0))
    assert not (tmp_path / "started").exists()


def test_endless_output_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_process, "MAX_OUTPUT_BYTES", 1 << 20)
    with pytest.raises(ToolStoppedError):
        output_of(call(tmp_path, "exec yes"))


def test_an_answer_too_long_to_be_held_is_a_gap_with_its_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect_process, "MAX_ANSWER_BYTES", 8)
    assert output_of(call(tmp_path, "echo 1234567")) == "1234567\n"
    with pytest.raises(AnswerTooLongError):
        output_of(call(tmp_path, "echo 12345678"))
    reading = read_repository("dpi", FakeReader(AnswerTooLongError()), LIMITS, tmp_path, NOW)
    assert "moins de points" in reading.gaps[0].reason.fr


def test_a_missing_tool_and_a_failure_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError):
        output_of(Call(("care-no-such-tool",), environment(tmp_path), tmp_path, 5.0))
    with pytest.raises(ToolFailedError) as failure:
        output_of(call(tmp_path, "echo cassé >&2; exit 3"))
    assert (failure.value.code, failure.value.words) == (3, "cassé")


# ---------------------------------------------------------------- sampling and names


@settings(deadline=None)
@given(sizes=st.lists(st.integers(0, 3 << 20), max_size=60), seed=st.integers(0, 2**32 - 1))
def test_a_sample_is_bounded_reproducible_and_drawn_from_the_files(sizes: list[int], seed: int) -> None:
    files = [StoredFile(f"/{rank}", size) for rank, size in enumerate(sizes)]
    drawn = sample_of(files, LIMITS, seed)
    assert drawn == sample_of(files, LIMITS, seed)
    assert set(drawn) <= set(files)
    assert len(set(drawn)) == len(drawn) <= LIMITS.sample_files
    assert sum(file.size for file in drawn) <= LIMITS.sample_bytes
    if any(size <= LIMITS.sample_bytes for size in sizes):
        assert drawn


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "/a/../b", "/a\n--target", "/\x1b[2J", "/" + "x" * 3000, "/re\ufffdu.txt"],
)
def test_a_dangerous_name_is_never_asked_for(path: str) -> None:
    assert not safe_path(path)


@pytest.mark.parametrize("path", ["/a/b c.txt", "a/compte rendu [validé] n° 1.txt", "/-rf", "/a..b"])
def test_an_ordinary_name_is(path: str) -> None:
    assert safe_path(path)


def test_a_restored_link_is_not_a_restored_file(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "folder").symlink_to(tmp_path)
    assert same_size(tmp_path, StoredFile("/real", 3)) is not None
    assert same_size(tmp_path, StoredFile("/real", 4)) is None
    assert same_size(tmp_path, StoredFile("/link", 3)) is None
    assert same_size(tmp_path, StoredFile("/folder/real", 3)) is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("\n  pack 3f: wrong hash\nmore", "pack 3f: wrong hash"),
        (
            "ignoring error for /x/DUPONT Jean.pdf: ciphertext verification failed",
            "ignoring error for …: ciphertext verification failed",
        ),
        ('error for tree 12: file "DUPONT Jean.pdf": blob 3 missing', "error for tree 12: file …: blob 3 missing"),
        ("2026-03-01: dossiers/DUPONT Jean.pdf: New missing file chunk", "2026-03-01: …: New missing file chunk"),
        ("", "?"),
    ],
)
def test_a_complaint_is_short_and_names_no_file(words: str, told: str) -> None:
    assert short(words) == told


# ---------------------------------------------------------------- one repository, with a fake tool


@dataclass
class FakeReader:
    opened: Opened | Exception
    damage: str = ""
    stored: list[StoredFile] = field(default_factory=lambda: [StoredFile("/a", 10)])
    restored: Restored = field(default_factory=lambda: Restored(1, 0, 0.5))
    disk: int = 10
    asked: list[str] = field(default_factory=list)
    tool: ClassVar[Tool] = "restic"
    full_check_only: ClassVar[bool] = False

    def open(self) -> Opened:
        if isinstance(self.opened, Exception):
            raise self.opened
        return self.opened

    def size(self) -> int:
        return self.disk

    def check(self, part: int, parts: int) -> None:
        self.asked.append(f"check {part}/{parts}")
        if self.damage:
            raise DamagedError(self.damage)

    def files(self, snapshot: str) -> Iterator[StoredFile]:
        self.asked.append(f"files {snapshot}")
        return iter(self.stored)

    def restore(
        self, snapshot: str, files: Sequence[StoredFile], target: Path, *, everything: bool = False
    ) -> Restored:
        assert list(target.iterdir()) == []
        return self.restored


def opened(*snapshots: Snapshot, locked_since: datetime | None = None) -> Opened:
    return Opened("id", "restic", snapshots, locked_since)


POINT = Snapshot("s1", NOW - timedelta(hours=3), "dpi")


def test_a_good_repository_has_no_gap(tmp_path: Path) -> None:
    reading = read_repository("dpi", FakeReader(opened(POINT)), LIMITS, tmp_path, NOW)
    assert reading.gaps == []
    assert reading.repository.check is not None
    assert reading.repository.check.sound
    assert reading.repository.restore is not None
    assert reading.repository.restore.good


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (UnreadableError("mot de passe refusé.", "password refused."), "mot de passe"),
        (ToolMissingError("restic"), "installez-le"),
        (ToolStoppedError(), "limite de temps"),
        (ToolFailedError(1, "disk on fire"), "disk on fire"),
        (PermissionError(13, "Permission denied"), "accès refusé"),
        (OSError(28, "No space left on device"), "disque plein"),
        (KeyError("id"), "forme attendue"),
        (ValueError("Expecting value"), "forme attendue"),
        (OverflowError("date value out of range"), "forme attendue"),
    ],
)
def test_what_cannot_be_opened_is_one_gap_of_that_repository(tmp_path: Path, failure: Exception, reason: str) -> None:
    reading = read_repository("dpi", FakeReader(failure), LIMITS, tmp_path, NOW)
    (gap,) = reading.gaps
    assert gap.section == "repositories"
    assert gap.truncated
    assert gap.reason.fr.startswith("Dépôt dpi : ")
    assert reason in gap.reason.fr
    assert not reading.repository.opened


def test_damage_met_while_opening_is_a_fact(tmp_path: Path) -> None:
    reading = read_repository("dpi", FakeReader(DamagedError("index 3f: wrong hash")), LIMITS, tmp_path, NOW)
    assert reading.repository.check is not None
    assert not reading.repository.check.sound
    assert [gap.section for gap in reading.gaps] == ["repositories"]


def test_damage_seen_under_a_lock_is_not_a_certainty(tmp_path: Path) -> None:
    reader = FakeReader(opened(POINT, locked_since=NOW), damage="pack not in index")
    reading = read_repository("dpi", reader, LIMITS, tmp_path, NOW)
    assert reading.repository.check is None
    assert [gap.section for gap in reading.gaps] == ["integrity"]


def test_an_empty_repository_is_checked_and_not_restored(tmp_path: Path) -> None:
    reading = read_repository("dpi", FakeReader(opened()), LIMITS, tmp_path, NOW)
    assert reading.repository.restore is None
    assert reading.gaps == []


def test_the_restore_takes_the_newest_point_that_is_not_in_the_future(tmp_path: Path) -> None:
    reader = FakeReader(opened(Snapshot("f", NOW + timedelta(days=9), "dpi"), POINT))
    read_repository("dpi", reader, LIMITS, tmp_path, NOW)
    assert "files s1" in reader.asked


def test_a_snapshot_without_files_proves_nothing(tmp_path: Path) -> None:
    reading = read_repository("dpi", FakeReader(opened(POINT), stored=[]), LIMITS, tmp_path, NOW)
    assert reading.repository.restore is None
    assert [gap.section for gap in reading.gaps] == ["restore"]


def test_a_full_scratch_disk_is_a_gap(tmp_path: Path) -> None:
    huge = Limits(60, 1 << 30, 5, 1 << 60)
    reading = read_repository("dpi", FakeReader(opened(POINT)), huge, tmp_path, NOW)
    assert "place libre" in reading.gaps[0].reason.fr


@dataclass
class SwollenReader(FakeReader):
    """A repository whose files are larger than it says."""

    def restore(
        self, snapshot: str, files: Sequence[StoredFile], target: Path, *, everything: bool = False
    ) -> Restored:
        words = ("sh", "-c", "exec yes > gros")
        output_of(Call(words, environment(target), target, 30.0))
        raise AssertionError("nobody stopped it")


def test_sizes_that_a_repository_tells_are_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that brings files back is ended; those of the other repositories, read beside, are not."""
    monkeypatch.setattr("scanners.backup.collect_repository.LEFT_BYTES", 1 << 20)
    places = [tmp_path / name for name in ("swollen", "honest")]
    for place in places:
        place.mkdir()
    with ThreadPoolExecutor(2) as pool:
        honest = pool.submit(output_of, call(places[1], "sleep 3; echo fini"))
        reading = pool.submit(read_repository, "dpi", SwollenReader(opened(POINT)), LIMITS, places[0], NOW).result()
        assert honest.result() == "fini\n"
    assert "limite de 1 Mio" in reading.gaps[0].reason.fr
    assert reading.repository.restore is None


def test_a_file_that_grows_under_the_copy_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 20)
    copier = Copier(tmp_path, {}, Watch(time.monotonic() + 60))
    with pytest.raises(UnreadableError, match="grew"):
        copier.copy([StoredFile("a", 10)], tmp_path / "back")
    assert (tmp_path / "back" / "a").stat().st_size <= 10


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([("d", True), ("d2/f", False)], False),
        ([("/d", True), ("/d/f", False)], True),
        ([("a/d", True), ("a/d/b/f", False)], True),
        ([("d/f", False), ("d", True)], False),
        ([("a/../../f", False)], True),
        ([("a..b/f", False)], False),
    ],
)
def test_a_name_behind_a_link_is_never_brought_back_with_the_whole(names: list[tuple[str, bool]], found: bool) -> None:
    outward = Outward()
    for path, link in names:
        outward.look(path, link=link)
    assert outward.found is found
    hard = Outward()
    hard.look("f", link=False, hard="../../etc/shadow")
    assert hard.found
    if found:
        with pytest.raises(UnreadableError, match="behind a link"):
            outward.refuse()


def test_the_share_of_data_turns_until_all_is_read(tmp_path: Path) -> None:
    asked: set[str] = set()
    for day in range(4):
        reader = FakeReader(opened(), disk=4 << 30)
        read_repository("dpi", reader, LIMITS, tmp_path, NOW + timedelta(days=day))
        asked.update(reader.asked)
    assert asked == {"check 1/4", "check 2/4", "check 3/4", "check 4/4"}


# ---------------------------------------------------------------- scratch, directory, plan file


def test_a_scratch_folder_goes_even_with_links_and_closed_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o500)
    with collect._scratch() as scratch:
        (scratch / "link").symlink_to(outside)
        (scratch / "closed").mkdir(mode=0o000)
    assert [path.name for path in tmp_path.iterdir()] == ["outside"]
    assert outside.stat().st_mode & 0o777 == 0o500


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("Sauve.Adm", "Sauve.Adm"),
        ("HOPITAL\\sauve.adm", "sauve.adm"),
        ("sauve.adm@hopital.test", "sauve.adm"),
        ("SAUVEGARDE\\sauve.adm", ""),
        ("sauve.adm@autre.test", ""),
        ("inconnu", ""),
    ],
)
def test_an_administrator_is_found_in_the_directory_by_name_and_domain(name: str, account: str) -> None:
    directory = Directory("hopital.test", "HOPITAL", NOW, (), None, frozenset({"sauve.adm"}), None, ())
    assert collect_directories.account_in(directory, name) == account


def plan_files(tmp_path: Path, mode: int = 0o600) -> Path:
    (tmp_path / "secret").write_text("secret\n")
    (tmp_path / "secret").chmod(mode)
    plan = tmp_path / "plan.yaml"
    plan.write_text("version: 1\nrepositories:\n  - {name: dpi, tool: restic, location: /x, password_file: secret}\n")
    return plan


def test_a_plan_file_gives_its_secrets_apart(tmp_path: Path) -> None:
    plan, secrets = read_plan(plan_files(tmp_path))
    assert plan["repositories"] == [{"name": "dpi", "tool": "restic", "location": "/x"}]
    assert secrets == {"repository.dpi": "secret"}


@pytest.mark.parametrize(("mode", "cure"), [(0o644, "chmod 600"), (0o640, "chmod 600")])
def test_a_password_others_can_read_is_refused(tmp_path: Path, mode: int, cure: str) -> None:
    with pytest.raises(CollectError) as refusal:
        read_plan(plan_files(tmp_path, mode))
    assert cure in refusal.value.text.fr


def test_a_missing_or_binary_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="cannot be read"):
        read_plan(tmp_path / "absent.yaml")
    (tmp_path / "plan.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CollectError, match="UTF-8"):
        read_plan(tmp_path / "plan.yaml")
