"""The installation saved while it runs, read again, put back whole or not at all; hostile files refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from pyrage import x25519
from sqlalchemy import func, select, update

from care.config import load
from care.domain.access import Scope
from care.domain.evidence import EvidenceKind
from care.domain.jobs import JobKind, Lane
from care.domain.mail import MailState
from care.services import evidence, jobs, seal, trail
from care.services.diagnosis import State, check_database
from care.services.errors import Forbidden, Refused
from care.services.evidence import Details, Upload
from care.services.handlers import HANDLERS
from care.services.instance import swap
from care.services.instance.backing import Order, back_up, backups_in
from care.services.instance.envelope import Identity, Passphrase, Recipient, open_into, padding
from care.services.instance.envelope import seal as seal_file
from care.services.instance.examining import unpack, verify
from care.services.instance.manifest import DATABASE, FORMAT, MANIFEST, BackupError
from care.services.instance.occupancy import LOCK_FILE, alone_in, working_in
from care.services.instance.restoring import finish_cut_restore, restore
from care.services.instance.standing import DRILLED, MADE, RESTORED, ask_drill, survival
from care.services.platform import Platform
from care.services.work import Hold
from care.store import copying, schema
from care.store.engine import Database, open_database
from care.store.evidence import Evidence
from care.store.outbox import Mail
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from care.store.trouble import StorageError
from care.wiring import build_platform
from scanners.errors import SaidError
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.old_backup import PASSPHRASE
from tests.support.people import MACHINE, Hospitals

OLD = Path(__file__).parent / "backups_of_before" / "revision_0012.backup"
CONTENT = b"une preuve"
both = pytest.mark.both_databases


@dataclass(frozen=True)
class Keys:
    lock: Recipient
    key: Identity


@pytest.fixture(scope="module")
def keys() -> Keys:
    own = x25519.Identity.generate()
    return Keys(Recipient(str(own.to_public())), Identity(str(own)))


@pytest.fixture
def filled(platform: Platform, hospitals: Hospitals) -> Platform:
    """An installation with evidence, its chains signed, that knows its revision."""
    with platform.database.migrate() as connection:
        told = Config(attributes={"connection": connection})
        told.set_main_option("script_location", str(schema._FOLDER))
        command.stamp(told, "head")
    details = Details(EvidenceKind.REPORT, "Rapport")
    evidence.add_evidence(platform, MACHINE, hospitals.valley, details, Upload("r.txt", BytesIO(CONTENT)))
    for chain in seal.chains(platform):
        seal.sign_end(platform, MACHINE, chain)
    return platform


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    folder = tmp_path / "disk"
    folder.mkdir()
    return folder


@contextmanager
def installed(folder: Path) -> Iterator[Platform]:
    """The installation of a data folder, as the next command finds it."""
    settings = load({"CARE_DATA_DIR": str(folder)}, folder)
    finish_cut_restore(settings)
    platform = build_platform(settings)
    try:
        yield platform
    finally:
        platform.database.close()


def scratch(folder: Path) -> Path:
    place = folder / "scratch"
    place.mkdir()
    return place


def events(platform: Platform, action: str) -> list[TrailEvent]:
    with platform.database.read() as session:
        return list(session.scalars(select(TrailEvent).where(TrailEvent.action == action)))


def test_a_backup_is_written_read_again_and_told_in_the_trail(
    filled: Platform, disk: Path, tmp_path: Path, keys: Keys
) -> None:
    made = back_up(filled, MACHINE, Order(disk, keys.lock))
    assert [one.name for one in disk.iterdir()] == [made.path.name]
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert CONTENT not in made.path.read_bytes()
    found = verify(filled, made.path, keys.key, scratch(tmp_path))
    names = {one.name for one in found.manifest.members}
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    assert names == {DATABASE, "keys/secret.key", "keys/seal.key", f"evidence/{sha256}"}
    assert (found.faults, found.manifest.missing) == ((), ())
    assert found.manifest.rows["evidence"] == 1
    (told,) = events(filled, MADE)
    assert (told.thing_id, told.detail["files"], told.detail["rows"]) == (made.path.name, 4, found.rows)
    assert [one.name for one in (filled.settings.data_dir / "work").iterdir()] == []


def test_only_whoever_holds_the_platform_whole_makes_backups(
    filled: Platform, ciso: Scope, disk: Path, keys: Keys
) -> None:
    with pytest.raises(Forbidden):
        back_up(filled, ciso, Order(disk, keys.lock))
    assert list(disk.iterdir()) == []


@both
def test_a_copy_is_one_state_while_others_write(filled: Platform, hospitals: Hospitals, tmp_path: Path) -> None:
    """Two rows always changed together are never seen apart; a transaction that is open is wholly left out."""
    begun, enough = threading.Event(), threading.Event()

    def work() -> None:
        number = 0
        while not enough.is_set():
            number += 1
            with filled.database.write() as session:
                for place in (hospitals.valley, hospitals.far):
                    session.execute(update(Establishment).where(Establishment.id == place).values(name=f"n{number}"))
            begun.set()

    writer = threading.Thread(target=work)
    writer.start()
    try:
        assert begun.wait(30)
        for number in range(3):
            copying.copy_out(filled.database, tmp_path / f"{number}.sqlite3")
    finally:
        enough.set()
        writer.join()
    for number in range(3):
        with opened_file(tmp_path / f"{number}.sqlite3") as copy, copy.read() as session:
            wanted = Establishment.id.in_((hospitals.valley, hospitals.far))
            assert len(set(session.scalars(select(Establishment.name).where(wanted)))) == 1
            assert schema.revision(copy).up_to_date
            assert session.scalars(select(Evidence.name)).all() == ["r.txt"]


@contextmanager
def opened_file(path: Path) -> Iterator[Database]:
    opened = copying.open_file(path)
    yield opened
    opened.close()


def test_the_passphrase_opens_and_another_does_not(filled: Platform, disk: Path, tmp_path: Path) -> None:
    made = back_up(filled, MACHINE, Order(disk, Passphrase("une longue phrase")))
    assert verify(filled, made.path, Passphrase("une longue phrase"), scratch(tmp_path)).faults == ()
    with pytest.raises(BackupError, match="does not open with this key or passphrase"):
        verify(filled, made.path, Passphrase("une autre phrase"), tmp_path)
    with pytest.raises(BackupError, match="exists already"):
        back_up(filled, MACHINE, Order(disk, Passphrase("une longue phrase")))
    made.path.unlink()
    with pytest.raises(BackupError, match="too short"):
        back_up(filled, MACHINE, Order(disk, Passphrase("court")))
    assert list(disk.iterdir()) == []


def test_only_the_newest_backups_stay_and_nothing_else_goes(
    filled: Platform, clock: FixedClock, disk: Path, keys: Keys
) -> None:
    (disk / "care-notes.backup").write_text("pas à nous")
    first = back_up(filled, MACHINE, Order(disk, keys.lock, keep=2))
    for _ in range(2):
        clock.forward(hours=1)
        last = back_up(filled, MACHINE, Order(disk, keys.lock, keep=2))
    assert last.removed == (first.path.name,)
    assert len(backups_in(disk)) == 2
    assert (disk / "care-notes.backup").exists()
    assert events(filled, MADE)[-1].detail["removed"] == first.path.name


def test_what_was_wrong_already_is_told_and_no_older_backup_goes(
    filled: Platform, clock: FixedClock, disk: Path, keys: Keys
) -> None:
    first = back_up(filled, MACHINE, Order(disk, keys.lock, keep=1))
    clock.forward(hours=1)
    with filled.database.write() as session:
        session.execute(update(Evidence).values(name="autre.txt"))
    filled.evidence.path(hashlib.sha256(CONTENT).hexdigest()).write_bytes(b"abime")
    found = back_up(filled, MACHINE, Order(disk, keys.lock, keep=1))
    assert [fault.en for fault in found.examined.faults] == [
        "Evidence no. 1 was changed, or does not follow the one before."
    ]
    assert found.examined.manifest.missing == (hashlib.sha256(CONTENT).hexdigest(),)
    assert first.path.exists()


def test_a_disk_that_refuses_leaves_nothing(filled: Platform, tmp_path: Path, keys: Keys) -> None:
    with pytest.raises(BackupError, match="not found"):
        back_up(filled, MACHINE, Order(tmp_path / "nowhere", keys.lock))
    with pytest.raises(BackupError, match="public key is none"):
        back_up(filled, MACHINE, Order(tmp_path, Recipient("age1x")))
    assert [one.name for one in tmp_path.iterdir() if "backup" in one.name] == []


class Restoring:
    """An installation saved, then lived on: what it was then, what it is now."""

    def __init__(self, platform: Platform, hospitals: Hospitals, disk: Path, keys: Keys) -> None:
        self.data, self.keys, self.platform = platform.settings.data_dir, keys, platform
        with platform.database.write() as session:
            session.add(waiting_mail(platform))
        self.made = back_up(platform, MACHINE, Order(disk, keys.lock))
        self.key_then = (self.data / "secret.key").read_bytes()
        details = Details(EvidenceKind.REPORT, "Plus tard")
        evidence.add_evidence(platform, MACHINE, hospitals.valley, details, Upload("t.txt", BytesIO(b"plus tard")))
        (self.data / "secret.key").write_bytes(b"une autre")
        platform.database.close()
        self.now = fingerprints(self.data)


@pytest.fixture
def restoring(filled: Platform, hospitals: Hospitals, disk: Path, keys: Keys) -> Restoring:
    return Restoring(filled, hospitals, disk, keys)


def waiting_mail(platform: Platform) -> Mail:
    now = platform.clock.now()
    return Mail(
        message_id="<1@b.fr>",
        recipient="a@b.fr",
        subject="s",
        body="b",
        state=MailState.WAITING,
        created_at=now,
        due_at=now,
    )


def fingerprints(data: Path) -> dict[str, str]:
    """What an installation is made of, by name; the journal of SQLite counts, locks and leftovers do not."""
    seen = {}
    for one in sorted(data.rglob("*")):
        name = str(one.relative_to(data))
        ours = name.startswith(("care.sqlite3", "evidence/", "secret.key", "seal.key"))
        if one.is_file() and ours and swap.WAITING not in name and swap.FORMER not in name:
            seen[name] = hashlib.sha256(one.read_bytes()).hexdigest()
    return {name: value for name, value in seen.items() if not name.endswith("-shm")}


def assert_as_saved(data: Path, restoring: Restoring) -> None:
    with installed(data) as platform:
        assert_holds(platform, restoring)


def assert_holds(platform: Platform, restoring: Restoring) -> None:
    assert (platform.settings.data_dir / "secret.key").read_bytes() == restoring.key_then
    with platform.database.read() as session:
        assert session.scalars(select(Evidence.name)).all() == ["r.txt"]
        assert session.scalars(select(Mail.state)).all() == [MailState.UNCERTAIN]
        assert schema.revision(platform.database).up_to_date
    assert platform.evidence.intact(hashlib.sha256(CONTENT).hexdigest())
    assert not platform.evidence.intact(hashlib.sha256(b"plus tard").hexdigest())
    (told,) = events(platform, RESTORED)
    assert told.thing_id == restoring.made.path.name
    assert trail.verify(platform).sound
    assert [report.fault for report in seal.verify_all(platform)] == [None, None]


def test_a_restore_puts_everything_back_and_keeps_what_was_there(restoring: Restoring) -> None:
    done = restore(restoring.platform, MACHINE, restoring.made.path, restoring.keys.key)
    assert_as_saved(restoring.data, restoring)
    assert {one.name for one in done.former} == {
        f"{name}.before-restore" for name in ("care.sqlite3", "evidence", "secret.key", "seal.key")
    }
    assert (restoring.data / "secret.key.before-restore").read_bytes() == b"une autre"
    with opened_file(restoring.data / "care.sqlite3.before-restore") as before, before.read() as session:
        assert session.scalars(select(Evidence.name).order_by(Evidence.id)).all() == ["r.txt", "t.txt"]
    left = {one.name for one in restoring.data.iterdir()}
    assert not {"restore", "restore.json"} & left
    assert not [name for name in left if name.endswith(".restoring")]


def test_a_restore_on_a_new_machine(restoring: Restoring, tmp_path: Path) -> None:
    fresh = tmp_path / "ailleurs"
    with installed(fresh) as platform:
        restore(platform, MACHINE, restoring.made.path, restoring.keys.key)
    assert_as_saved(fresh, restoring)


def test_a_restore_killed_at_any_step_is_the_old_state_or_the_new_one(restoring: Restoring, tmp_path: Path) -> None:
    template, tries = tmp_path / "template", tmp_path / "tries"
    template.mkdir()
    tries.mkdir()
    for name in ("care.sqlite3", "secret.key", "seal.key"):
        shutil.copyfile(restoring.data / name, template / name)
    shutil.copytree(restoring.data / "evidence", template / "evidence")
    old = fingerprints(template)
    program = [sys.executable, "-m", "tests.support.killed_restore", template, restoring.made.path, tries]
    ran = subprocess.run(program, input=restoring.keys.key.key, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    last = int(ran.stdout)
    changed = [number for number in range(1, last + 1) if (tries / str(number) / swap.JOURNAL).exists()]
    assert 6 <= len(changed) < last - 4, "some were killed before the change, some in the middle of it"
    for number in range(1, last + 1):
        data = tries / str(number)
        if number < min(changed):
            assert fingerprints(data) == old, number
            with installed(data) as platform:
                restore(platform, MACHINE, restoring.made.path, restoring.keys.key)
        assert_as_saved(data, restoring)


@both
def test_a_restore_puts_rows_and_their_numbers_back(restoring: Restoring, hospitals: Hospitals) -> None:
    """The same on both: on a server, in one transaction; the present state stays as a SQLite file."""
    platform = restoring.platform
    done = restore(platform, MACHINE, restoring.made.path, restoring.keys.key)
    assert_holds(platform, restoring)
    kept = next(one for one in done.former if "sqlite3" in one.name)
    with opened_file(kept) as before, before.read() as session:
        assert session.scalars(select(Evidence.name).order_by(Evidence.id)).all() == ["r.txt", "t.txt"]
    details = Details(EvidenceKind.REPORT, "Ensuite")
    evidence.add_evidence(platform, MACHINE, hospitals.valley, details, Upload("s.txt", BytesIO(b"ensuite")))
    assert [report.fault for report in seal.verify_all(platform)] == [None, None]


@both
def test_a_restore_that_fails_half_way_leaves_both_databases_as_they_were(
    restoring: Restoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("Plein.", "Full.")

    monkeypatch.setattr(copying, "_continue_numbers", full)
    monkeypatch.setattr(swap, "commit", swap.commit if not restoring.platform.database.embedded else full)
    with pytest.raises(StorageError, match="Full"):
        restore(restoring.platform, MACHINE, restoring.made.path, restoring.keys.key)
    with restoring.platform.database.read() as session:
        assert session.scalars(select(Evidence.name).order_by(Evidence.id)).all() == ["r.txt", "t.txt"]
    assert (restoring.data / "secret.key").read_bytes() == b"une autre"
    assert not (restoring.data / swap.JOURNAL).exists()


@both
def test_a_restore_killed_once_the_database_changed_is_ended_by_the_next_command(
    restoring: Restoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = swap._swap
    monkeypatch.setattr(swap, "_swap", killed)
    with pytest.raises(KeyboardInterrupt):
        restore(restoring.platform, MACHINE, restoring.made.path, restoring.keys.key)
    monkeypatch.setattr(swap, "_swap", real)
    finish_cut_restore(restoring.platform.settings)
    assert_holds(restoring.platform, restoring)


def killed(*_: object) -> None:
    raise KeyboardInterrupt


@both
def test_a_restore_killed_before_the_database_changed_is_dropped(
    restoring: Restoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "load_into", killed)
    monkeypatch.setattr(swap, "settle", killed)
    with pytest.raises(KeyboardInterrupt):
        restore(restoring.platform, MACHINE, restoring.made.path, restoring.keys.key)
    monkeypatch.undo()
    restoring.platform.database.close()
    finish_cut_restore(restoring.platform.settings)
    assert fingerprints(restoring.data) == restoring.now


@both
def test_a_database_that_others_are_connected_to_is_not_replaced(restoring: Restoring) -> None:
    platform = restoring.platform
    other = open_database(platform.settings.database_url)
    with other.read() as session:
        session.scalars(select(Evidence.name)).all()
        if not platform.database.embedded:
            with pytest.raises(StorageError, match="1 connections are open"):
                restore(platform, MACHINE, restoring.made.path, restoring.keys.key)
    other.close()
    restore(platform, MACHINE, restoring.made.path, restoring.keys.key)
    assert_holds(platform, restoring)


def test_nothing_is_restored_while_the_platform_runs(restoring: Restoring) -> None:
    with working_in(restoring.data), pytest.raises(BackupError, match="stop “care serve”"):
        restore(restoring.platform, MACHINE, restoring.made.path, restoring.keys.key)
    assert fingerprints(restoring.data) == restoring.now
    assert (restoring.data / LOCK_FILE).exists()


def test_nothing_works_on_an_installation_that_is_being_restored(tmp_path: Path) -> None:
    with alone_in(tmp_path), pytest.raises(BackupError, match="is being restored"), working_in(tmp_path):
        pass


def test_a_backup_of_an_older_schema_is_restored_and_brought_up_to_date(platform: Platform, tmp_path: Path) -> None:
    assert verify(platform, OLD, Passphrase(PASSPHRASE), scratch(tmp_path)).manifest.revision == "0012"
    with installed(tmp_path / "ailleurs") as empty:
        restore(empty, MACHINE, OLD, Passphrase(PASSPHRASE))
    with installed(tmp_path / "ailleurs") as restored, restored.database.read() as session:
        assert schema.revision(restored.database).up_to_date
        assert session.scalar(select(func.count()).select_from(Establishment)) == 3
        assert restored.evidence.intact(session.scalars(select(Evidence.sha256)).one() or "")
        assert [report.fault for report in seal.verify_all(restored)] == [None, None]


@dataclass(frozen=True)
class Forged:
    """A backup written by somebody else than CaRE: any tar inside."""

    platform: Platform
    keys: Keys
    folder: Path

    def __call__(self, blocks: Iterable[bytes]) -> Path:
        path = self.folder / "forged.backup"
        with path.open("wb") as file:
            seal_file(file, self.keys.lock, blocks)
        return path

    def refusal(self, blocks: Iterable[bytes]) -> str:
        side = self.folder / "side"
        side.mkdir(exist_ok=True)
        with self(blocks).open("rb") as file, pytest.raises(BackupError) as refused:
            unpack(file, self.keys.key, side, evidence=True)
        assert [one for one in self.folder.rglob("*") if "evil" in one.name] == []
        return str(refused.value)


@pytest.fixture
def forged(platform: Platform, keys: Keys, disk: Path) -> Forged:
    return Forged(platform, keys, disk)


def one(name: str, content: bytes, size: int | None = None, kind: bytes = tarfile.REGTYPE) -> bytes:
    told = tarfile.TarInfo(name)
    told.size, told.type, told.linkname = len(content) if size is None else size, kind, "/etc/passwd"
    return told.tobuf(tarfile.GNU_FORMAT) + content + padding(len(content))


def manifest(*members: tuple[str, int, str], **changed: object) -> bytes:
    told = {
        "format": FORMAT, "made_at": "2026-03-01T08:00:00Z", "version": "1", "revision": "0014", "rows": {},
        "members": [{"name": name, "size": size, "sha256": sha256} for name, size, sha256 in members], "missing": [],
    }  # fmt: skip
    return one(MANIFEST, json.dumps(told | changed).encode())


ZERO = hashlib.sha256(b"").hexdigest()
BASE = (DATABASE, 0, ZERO)
HUGE = 1 << 60


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        ([manifest(BASE, ("../../evil", 0, ZERO))], "list of files"),
        ([manifest(BASE, ("/evil", 0, ZERO))], "list of files"),
        ([manifest(BASE, ("evidence/../evil", 0, ZERO))], "list of files"),
        ([manifest(BASE, BASE)], "list of files"),
        ([manifest(("keys/secret.key", 0, ZERO))], "list of files"),
        ([manifest((DATABASE, -1, ZERO))], "manifest"),
        ([manifest(BASE, rows={"x; DROP TABLE y": 1})], "manifest"),
        ([manifest(BASE, format="care-backup/2")], "unknown format"),
        ([one(MANIFEST, b"{")], "manifest"),
        ([one(MANIFEST, b"", HUGE)], "no manifest"),
        ([one("evil", b"x")], "no manifest"),
        ([manifest(BASE), one("evil", b"")], "unexpected file"),
        ([manifest(BASE), one(DATABASE, b"x")], "unexpected file"),
        ([manifest(BASE), one(DATABASE, b"", kind=tarfile.SYMTYPE)], "something else than a file"),
        ([manifest(BASE), one(DATABASE, b"", kind=tarfile.LNKTYPE)], "something else than a file"),
        ([manifest(BASE), one(DATABASE, b"", kind=tarfile.GNUTYPE_LONGNAME)], "something else than a file"),
        ([manifest(BASE), one(DATABASE, b""), one("evil", b"x")], "files too many"),
        ([manifest((DATABASE, 1, ZERO)), one(DATABASE, b"x")], "hash of a file"),
        ([manifest((DATABASE, 9, ZERO)), one(DATABASE, b"x", 9)[:512]], "file cut short"),
        ([manifest(BASE)], "file cut short"),
        ([b"x" * 2048], "unreadable content"),
        ([manifest((DATABASE, HUGE, ZERO)), one(DATABASE, b"x", HUGE)], "make room"),
    ],
)
def test_a_hostile_backup_is_refused_in_one_sentence(forged: Forged, blocks: list[bytes], said: str) -> None:
    assert said in forged.refusal(blocks)


def test_a_backup_cut_or_changed_anywhere_is_refused(filled: Platform, disk: Path, tmp_path: Path, keys: Keys) -> None:
    sound = back_up(filled, MACHINE, Order(disk, keys.lock)).path.read_bytes()
    bad = tmp_path / "bad.backup"
    sink = BytesIO()
    for content in (sound[:0], sound[:100], sound[:600], sound[:5000], sound[:-2000], b"x" * 5000,
                    sound[:9000] + bytes([sound[9000] ^ 1]) + sound[9001:]):  # fmt: skip
        bad.write_bytes(content)
        with bad.open("rb") as file, pytest.raises(BackupError, match="no sound backup"):
            open_into(file, keys.key, sink)
    with bad.open("rb") as file, pytest.raises(BackupError, match="private key is none"):
        open_into(file, Identity("AGE"), sink)


def test_a_database_that_is_not_what_the_manifest_says_is_refused(
    forged: Forged, tmp_path: Path, filled: Platform
) -> None:
    copy = tmp_path / "copy.sqlite3"
    copying.copy_out(filled.database, copy)
    rows, content = copying.row_counts(copy), copy.read_bytes()

    def refused(content: bytes, **changed: object) -> str:
        told = {"rows": rows, "revision": schema.revision(filled.database).current} | changed
        member = (DATABASE, len(content), hashlib.sha256(content).hexdigest())
        path = forged([manifest(member, **told), one(DATABASE, content), bytes(1024)])
        side = tmp_path / f"side{len(list(tmp_path.iterdir()))}"
        side.mkdir()
        with pytest.raises(SaidError) as error:
            verify(forged.platform, path, forged.keys.key, side)
        return str(error.value)

    assert "rows of the database" in refused(content, rows=rows | {"job": 9})
    assert "revision" in refused(content, revision="0001")
    assert "evidence left out" in refused(content)
    assert "damaged" in refused(b"pas une base" * 100, rows={})
    assert "newer CaRE" in refused(newer(copy), revision="9999")


def newer(copy: Path) -> bytes:
    with closing(sqlite3.connect(copy)) as base, base:
        base.execute("UPDATE alembic_version SET version_num = '9999'")
    return copy.read_bytes()


def drilled(platform: Platform) -> None:
    """What the calendar does every Sunday."""
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(JobKind.INSTANCE_DRILL), "tests")
    HANDLERS[JobKind.INSTANCE_DRILL](platform, Hold(platform, claimed(platform, Lane.SERVICE)))


@pytest.fixture
def drillable(filled: Platform, disk: Path, tmp_path: Path, keys: Keys) -> Platform:
    file = tmp_path / "key.txt"
    file.write_text(f"# created by age-keygen\n{keys.key.key}\n")
    file.chmod(0o600)
    return replace(filled, settings=replace(filled.settings, backup_dir=disk, backup_key_file=file))


def doctor(platform: Platform) -> dict[str, tuple[State, str]]:
    found = check_database(platform.settings, platform.clock)
    return {one.name.en: (one.state, one.found.en) for one in found}


def test_the_newest_backup_is_drilled_and_the_doctor_tells(
    drillable: Platform, clock: FixedClock, disk: Path, keys: Keys, machine: Scope
) -> None:
    assert doctor(drillable)["Backup of CaRE"] == (State.WARNING, "none")
    assert doctor(drillable)["Restore drill of CaRE"] == (State.WARNING, "none")
    back_up(drillable, MACHINE, Order(disk, keys.lock))
    clock.forward(hours=1)
    made = back_up(drillable, MACHINE, Order(disk, keys.lock))
    drilled(drillable)
    (told,) = events(drillable, DRILLED)
    assert (told.thing_id, told.detail["sound"], told.detail["files"]) == (made.path.name, True, 4)
    assert doctor(drillable)["Backup of CaRE"][0] is State.OK
    state, said = doctor(drillable)["Restore drill of CaRE"]
    assert (state, "can be restored" in said) == (State.OK, True)
    seen = survival(drillable, machine)
    assert seen.drill is not None
    assert (seen.drill.sound, seen.late_drill, seen.drillable) == (True, False, True)
    assert [one.action for one in seen.events] == [DRILLED, MADE, MADE]
    clock.forward(days=40)
    assert {doctor(drillable)[name][0] for name in ("Backup of CaRE", "Restore drill of CaRE")} == {State.WARNING}


def test_a_drill_that_fails_is_a_problem_with_its_sentence(
    drillable: Platform, disk: Path, keys: Keys, machine: Scope
) -> None:
    with pytest.raises(Refused, match="No backup in"):
        drilled(drillable)
    made = back_up(drillable, MACHINE, Order(disk, keys.lock))
    made.path.write_bytes(made.path.read_bytes()[:-3000])
    with pytest.raises(Refused, match="file cut short"):
        drilled(drillable)
    state, said = doctor(drillable)["Restore drill of CaRE"]
    assert (state, "file cut short" in said) == (State.PROBLEM, True)
    seen = survival(drillable, machine).drill
    assert seen is not None
    assert not seen.sound
    lost = replace(drillable, settings=replace(drillable.settings, backup_key_file=disk / "nowhere"))
    with pytest.raises(Refused, match="CARE_BACKUP_KEY_FILE"):
        drilled(lost)


def test_without_a_folder_nothing_is_drilled_and_a_stranger_asks_nothing(
    filled: Platform, ciso: Scope, machine: Scope
) -> None:
    drilled(filled)
    assert events(filled, DRILLED) == []
    assert not survival(filled, machine).drillable
    ask_drill(filled, machine)
    with pytest.raises(Refused, match="already asked for"):
        ask_drill(filled, machine)
    for asked in (ask_drill, survival):
        with pytest.raises(Forbidden):
            asked(filled, ciso)
