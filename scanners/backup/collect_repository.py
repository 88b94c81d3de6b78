"""Reads one repository through its tool: list, check, sampled restore. A failure is a gap of this repository only."""

from __future__ import annotations

import math
import random
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Literal, Protocol, runtime_checkable

from scanners.backup.collect_process import AnswerTooLongError, ToolFailedError, ToolMissingError, ToolStoppedError
from scanners.backup.collect_watched import LEFT_BYTES, FullError, watched
from scanners.backup.facts import (
    MAX_PARTS,
    MAX_SNAPSHOTS,
    Check,
    Memory,
    Protection,
    Repository,
    RestoreSample,
    Snapshot,
    Tool,
    Turn,
)
from scanners.backup.seen import next_share, remembered
from scanners.errors import system_reason
from scanners.model import Gap, Text

_DETAIL = 300
_FILE_NAME = re.compile(r'"[^"]*"|\S*/.*?(?=: |$)')
"""Anything quoted, or from a word with a slash up to the next “: ”: both tools write names that way."""


@dataclass(frozen=True)
class Limits:
    """What one repository may cost: wall clock, data read by the check, files and bytes of the restored sample.

    `list_only`: its restore points and nothing more.
    """

    seconds: float
    check_bytes: int
    sample_files: int
    sample_bytes: int
    list_only: bool = False


@dataclass(frozen=True)
class Opened:
    """The identity and contents of a repository that could be listed."""

    identity: str
    encryption: str
    snapshots: tuple[Snapshot, ...]
    locked_since: datetime | None


@dataclass(frozen=True)
class StoredFile:
    """One regular file of a snapshot; `size` in bytes."""

    path: str
    size: int


@dataclass(frozen=True)
class Restored:
    """How many of the sampled files came back and were compared, how many differ, and the tool's first complaint.

    `bad` names those known to differ: never kept, names of files may name patients.
    """

    compared: int
    wrong: int
    seconds: float
    detail: str = ""
    bad: frozenset[str] = frozenset()


class UnreadableError(Exception):
    """Part of a repository could not be read; `reason` tells people why and what to do."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.reason = Text(fr, en)


class DamagedError(Exception):
    """The tool found that data is lost; the message holds its first words."""


class UncheckedError(Exception):
    """Nothing there allows a check: no hash was kept when the copy was made."""


class RepositoryReader(Protocol):
    """One repository seen through its tool; every method may raise UnreadableError, DamagedError or a process error."""

    tool: ClassVar[Tool]
    full_check_only: ClassVar[bool]

    def open(self) -> Opened:
        """List the repository."""

    def size(self) -> int:
        """Bytes on disk."""

    def check(self, part: int, parts: int) -> Literal["newest"] | None:
        """Check structure and a share of the data; DamagedError when something is wrong, UncheckedError when nothing
        allows a check. “newest”: no more than the newest point could be read."""

    def files(self, snapshot: str) -> Iterator[StoredFile]:
        """The regular files of a snapshot that can be asked for by name, in a stable order."""

    def restore(
        self, snapshot: str, files: Sequence[StoredFile], target: Path, *, everything: bool = False
    ) -> Restored:
        """Restore these files into an empty folder and compare them; `everything` when they are the whole snapshot,
        too many to be named: all it holds is then brought back."""


@runtime_checkable
class TellsProtection(Protocol):
    """A reader that can tell what stops someone from erasing the repository."""

    def protection(self) -> Protection | None:
        """As measured; None when it cannot be told."""


@dataclass
class Reading:
    """A repository being read: what is known so far, and the gaps."""

    repository: Repository
    gaps: list[Gap] = field(default_factory=list)

    @contextmanager
    def part(self, section: str) -> Iterator[None]:
        """Turn what goes wrong inside into a gap of that section, or into the fact that the repository is damaged."""
        try:
            yield
        except (UnreadableError, FullError) as error:
            self.gap(section, error.reason)
        except ToolMissingError:
            tool = self.repository.tool
            self.gap(
                section, Text(f"{tool} n’est pas installé, installez-le.", f"{tool} is not installed, install it.")
            )
        except ToolStoppedError as error:
            self.gap(section, _ANSWER_TOO_LONG if isinstance(error, AnswerTooLongError) else _OUT_OF_BOUNDS)
        except ToolFailedError as error:
            words = short(error.words)
            self.gap(section, Text(f"l’outil a échoué ({words}).", f"the tool failed ({words})."))
        except OSError as error:
            why = system_reason(error)
            self.gap(section, Text(f"lecture impossible ({why.fr}).", f"it could not be read ({why.en})."))
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
            self.gap(section, _UNREADABLE_ANSWER)
        except DamagedError as error:
            self.repository = replace(self.repository, check=Check(False, 1, 1, 0.0, short(str(error))))
            if section != "integrity":
                self.gap(section, Text("données endommagées.", "damaged data."))

    def gap(self, section: str, reason: Text) -> None:
        """What could not be read of this repository, and why."""
        name = self.repository.name
        said = Text(f"Dépôt {name} : {reason.fr}", f"Repository {name}: {reason.en}")
        self.gaps.append(Gap(section, said, truncated=True))


_UNREADABLE_ANSWER = Text(
    "sa réponse n’a pas la forme attendue, vérifiez la version de l’outil et l’état du dépôt.",
    "its answer does not have the expected form, check the version of the tool and the state of the repository.",
)
_ANSWER_TOO_LONG = Text(
    "la réponse de l’outil dépasse 64 Mio, gardez-y moins de points ou partagez ce dépôt en plusieurs.",
    "the answer of the tool is over 64 MiB, keep fewer points there or split this repository.",
)
_OUT_OF_BOUNDS = Text(
    "lecture arrêtée à sa limite de temps ou de volume, relevez-la ou lancez l’audit à un moment plus calme.",
    "reading stopped at its time or volume limit, raise it or run the audit at a quieter time.",
)


def read_repository(
    name: str, reader: RepositoryReader, limits: Limits, scratch: Path, now: datetime, before: Memory | None = None
) -> Reading:
    """Everything that can be told of one repository. Never raises for a fault of the repository or of its tool."""
    reading = Reading(Repository(name, reader.tool, opened=False))
    with reading.part("repositories"):
        opened = reader.open()
        reading.repository = replace(
            reading.repository,
            opened=True,
            identity=opened.identity,
            encryption=opened.encryption,
            snapshots=_newest(opened.snapshots),
            locked_since=opened.locked_since,
        )
    if reading.repository.opened:
        if isinstance(reader, TellsProtection):
            with reading.part("protection"):
                reading.repository = replace(reading.repository, protection=reader.protection())
        _content(reading, reader, limits, scratch, now, before)
    reading.repository = remembered(reading.repository, before, now)
    return reading


def _content(
    reading: Reading, reader: RepositoryReader, limits: Limits, scratch: Path, now: datetime, before: Memory | None
) -> None:
    """Its size, its check and the trial restore, or the gaps of an audit that was asked for the points alone."""
    if limits.list_only:
        for section in ("integrity", "restore"):
            reading.gap(section, _LIST_ONLY)
        return
    with reading.part("integrity"):
        reading.repository = replace(reading.repository, size=reader.size())
        turn = before.turn if before and before.identity == reading.repository.identity else None
        check = _checked(reader, reading.repository, limits, now, turn)
        reading.repository = replace(reading.repository, check=check, unchecked=check is None)
    with reading.part("restore"):
        sample, snapshots = _restored(reader, reading.repository, limits, scratch, now)
        reading.repository = replace(reading.repository, restore=sample, snapshots=snapshots)


_LIST_ONLY = Text(
    "cet audit n’a lu que les points de restauration, lancez l’audit complet.",
    "this audit read the restore points alone, run the whole audit.",
)


def _newest(snapshots: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    return tuple(sorted(snapshots, key=lambda snapshot: (snapshot.time, snapshot.id))[-MAX_SNAPSHOTS:])


def _checked(
    reader: RepositoryReader, repository: Repository, limits: Limits, now: datetime, turn: Turn | None
) -> Check | None:
    """Check the structure and the next share of the data; None when nothing allows a check."""
    wanted = 1 if reader.full_check_only else min(MAX_PARTS, max(1, math.ceil(repository.size / limits.check_bytes)))
    part, parts = next_share(turn, wanted, now)
    began = time.perf_counter()
    detail, scope = "", None
    try:
        scope = reader.check(part, parts)
    except UncheckedError:
        return None
    except DamagedError as damage:
        if repository.locked_since is not None:
            raise UnreadableError(
                "le contrôle a échoué pendant que le dépôt était verrouillé, relancez-le hors des sauvegardes.",
                "the check failed while the repository was locked, run it again outside backups.",
            ) from damage
        detail = short(str(damage))
    return Check(not detail, part, parts, round(time.perf_counter() - began, 3), detail, scope == "newest")


def _restored(
    reader: RepositoryReader, repository: Repository, limits: Limits, scratch: Path, now: datetime
) -> tuple[RestoreSample | None, tuple[Snapshot, ...]]:
    """Restore a sample of the newest snapshot, None when there is none; the snapshots, with the figures of that one."""
    snapshots = [snapshot for snapshot in repository.snapshots if snapshot.time <= now] or list(repository.snapshots)
    if not snapshots:
        return None, repository.snapshots
    if shutil.disk_usage(scratch).free < 2 * limits.sample_bytes:
        raise UnreadableError(
            "pas assez de place libre pour une restauration d’essai, libérez-en dans le dossier temporaire.",
            "not enough free space for a trial restore, free some in the temporary folder.",
        )
    newest, tally = snapshots[-1].id, _Tally()
    seed = int.from_bytes(sha256(f"{repository.identity} {newest} {now.isoformat()}".encode()).digest()[:4])
    files = sample_of(tally.of(reader.files(newest)), limits, seed)
    if not files:
        raise UnreadableError(
            "le point le plus récent ne contient aucun fichier restaurable dans la limite de taille.",
            "the newest point holds no file that can be restored within the size limit.",
        )
    target = scratch / "restored"
    target.mkdir(mode=0o700)
    size = sum(file.size for file in files)
    with watched(target, size + LEFT_BYTES, own=True):  # the sizes are those that the repository tells of itself
        done = reader.restore(newest, files, target)
    took = round(done.seconds, 3)
    sample = RestoreSample(newest, seed, len(files), done.compared, done.wrong, size, took, done.detail)
    return sample, (*(tally.on(one) if one.id == newest else one for one in repository.snapshots),)


@dataclass
class _Tally:
    """Counts files as they go by: the figures of a point whose tool does not tell them."""

    files: int = 0
    size: int = 0

    def of(self, files: Iterable[StoredFile]) -> Iterator[StoredFile]:
        """The same files."""
        for file in files:
            self.files += 1
            self.size += file.size
            yield file

    def on(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with these figures, unless it had its own."""
        return snapshot if snapshot.size is not None else replace(snapshot, size=self.size, files=self.files)


def sample_of(files: Iterable[StoredFile], limits: Limits, seed: int) -> list[StoredFile]:
    """A uniform draw among all files, in one pass (reservoir), cut where the size limit is reached."""
    draw = random.Random(seed)  # noqa: S311 - a draw to reproduce, not a secret
    drawn: list[StoredFile] = []
    for rank, file in enumerate(file for file in files if file.size <= limits.sample_bytes):
        if rank < limits.sample_files:
            drawn.append(file)
        elif (place := draw.randint(0, rank)) < limits.sample_files:
            drawn[place] = file
    kept, room = [], limits.sample_bytes
    for file in drawn:
        if file.size <= room:
            kept.append(file)
            room -= file.size
    return kept


def short(words: str) -> str:
    """The first line of a tool's complaint, bounded and without file names: those of a hospital may name patients."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    told = _FILE_NAME.sub("…", lines[0] if lines else "?")
    return "".join(char if char.isprintable() else " " for char in told)[:_DETAIL]


def same_size(target: Path, file: StoredFile) -> Path | None:
    """The restored copy of a file when it is a regular file of the right size, never through a link."""
    path = target / file.path.lstrip("/")
    for parent in (path, *path.relative_to(target).parents):
        if (target / parent).is_symlink():
            return None
    return path if path.is_file() and path.stat().st_size == file.size else None


def safe_path(path: str) -> bool:
    """Whether a stored name can be asked for and can only land inside the scratch folder.

    A name that holds U+FFFD was not written in UTF-8: its real bytes were lost on the way and it cannot be asked for.
    """
    return path.isprintable() and "\ufffd" not in path and ".." not in path.split("/") and len(path) < 2_000


@dataclass
class Outward:
    """Watches the listing of a point for names that climb out of their folder or lie behind a link: brought back whole,
    they would be written outside of the scratch place, on the files of this machine. One listing each."""

    found: bool = False
    links: set[str] = field(default_factory=set)

    def look(self, path: str, *, link: bool, hard: str = "") -> None:
        """One name; `hard` is the other name of a hard link."""
        for name in (path, hard):
            parts = name.strip("/").split("/")
            behind = self.links and any("/".join(parts[:depth]) in self.links for depth in range(1, len(parts)))
            self.found = self.found or bool(behind) or ".." in parts
        if link:
            self.links.add(path.strip("/"))

    def refuse(self) -> None:
        """UnreadableError when there was one."""
        if self.found:
            raise UnreadableError(
                "ce point range des fichiers derrière un lien ou hors de leur dossier : restauré en entier, il "
                "écrirait ailleurs que dans le dossier d’essai. Nommez les fichiers à restaurer, et cherchez qui "
                "a fait ce point.",
                "this point keeps files behind a link or out of their folder: restored whole, it would write elsewhere "
                "than in the scratch folder. Name the files to restore, and find out who made this point.",
            )
