"""One drill on one repository: choose the point, draw the files, bring them back, compare them, time it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path

from scanners.backup.collect_process import ToolFailedError
from scanners.backup.collect_repository import (
    Limits,
    Opened,
    RepositoryReader,
    Restored,
    StoredFile,
    UnreadableError,
    safe_path,
    same_size,
    sample_of,
)
from scanners.backup.collect_watched import FullError, Watched
from scanners.backup.facts import RestoreSample, Snapshot
from scanners.backup.strategy import CLOCK_TOLERANCE, is_of
from scanners.restore.collect_private import made_private
from scanners.restore.facts import MAX_FILES, MAX_KEPT, MAX_NAMED, Asked, Drill, FileResult, FileState
from scanners.restore.manifest import Manifest

_NO_SPACE = ("no space left", "disk full", "file too large")
_WORST: tuple[FileState, ...] = ("different", "missing", "unlisted", "same")

_SHOWN = 5


@dataclass(frozen=True)
class Choice:
    """The point to restore from, among how many; `others` are the points of other machines."""

    point: Snapshot
    points: int
    others: int
    newest: bool


@dataclass(frozen=True)
class Bounds:
    """What a drill may take: how many files of a sample, bytes restored in all; the seed, None to draw one."""

    files: int
    size: int
    seed: int | None


@dataclass
class Counted:
    """Regular files as they are listed, counted on the way."""

    files: Iterable[StoredFile]
    number: int = 0
    size: int = 0

    def __iter__(self) -> Iterator[StoredFile]:
        for file in self.files:
            self.number += 1
            self.size += file.size
            yield file


@dataclass(frozen=True)
class Brought:
    """Files that came back, under `target`, for whoever has more to do with them there."""

    drill: Drill
    target: Path
    files: Mapping[str, StoredFile] = field(default_factory=dict)


def choose(opened: Opened, asked: Asked, now: datetime) -> Choice | None:
    """The point asked for, else the newest that is not in the future; None when the machine has none.

    UnreadableError when the point asked for is not there, or is that of another machine; or when a system is tried, the
    repository holds several machines and nobody said which is its own: the newest point may be anyone’s.
    """
    ours = [one for one in opened.snapshots if is_of(one, asked.host)]
    others = len(opened.snapshots) - len(ours)
    if asked.snapshot:
        return Choice(_named(opened, ours, asked), len(ours), others, newest=False)
    _check_whose(ours, asked)
    past = [one for one in ours if one.time <= now + CLOCK_TOLERANCE] or ours
    if not past:
        return None
    return Choice(max(past, key=lambda one: (one.time, one.id)), len(ours), others, newest=True)


def _check_whose(ours: Sequence[Snapshot], asked: Asked) -> None:
    hosts = {one.host.casefold(): one.host for one in ours if one.host}
    if asked.system and not asked.host and len(hosts) > 1:
        names = ", ".join(sorted(hosts.values())[:_SHOWN])
        raise UnreadableError(
            f"il garde les points de plusieurs machines ({names}) et la copie de {asked.system} ne dit pas laquelle "
            "est la sienne, remplissez « host » ou choisissez un point.",
            f"it holds the points of several machines ({names}) and the copy of {asked.system} does not say which is "
            "its own, fill “host” or choose a point.",
        )


def _named(opened: Opened, ours: Sequence[Snapshot], asked: Asked) -> Snapshot:
    found = [one for one in opened.snapshots if one.id == asked.snapshot]
    if not found:
        raise UnreadableError(
            f"le point {asked.snapshot} n’y est pas ou plus, choisissez-en un autre ou demandez le plus récent.",
            f"point {asked.snapshot} is not there or no longer, choose another or ask for the newest.",
        )
    if found[0] not in ours:
        raise UnreadableError(
            f"le point {asked.snapshot} est celui d’une autre machine que {asked.host}, corrigez l’un ou l’autre.",
            f"point {asked.snapshot} is that of another machine than {asked.host}, correct one or the other.",
        )
    return found[0]


def restore(
    reader: RepositoryReader,
    opened: Opened,
    choice: Choice,
    asked: Asked,
    bounds: Bounds,
    manifest: Manifest | None,
    place: Watched,
    now: datetime,
) -> Brought | None:
    """Bring files back and compare them; None when the point holds no file. The errors of readers, FullError."""
    began, point = time.perf_counter(), choice.point
    seed = _seed(opened, point, now) if bounds.seed is None else bounds.seed
    listed = Counted(reader.files(point.id))
    files = _files(listed, asked, bounds, seed)
    if listed.number == 0:
        return None
    if not files:
        raise UnreadableError(
            "aucun fichier de ce point ne tient dans la limite de taille, relevez-la.",
            "no file of this point fits in the size limit, raise it.",
        )
    place.check_room(sum(file.size for file in files))
    target = place.folder / "restored"
    target.mkdir(mode=0o700)
    done = _brought_back(reader, point, files, target, place, everything=_unnamed(files, listed))
    strange = made_private(target)
    results = _results(files, done, target, manifest)
    sample = _sample(point, seed, files, done, results, manifest)
    drill = Drill(
        sample=sample,
        point_time=point.time,
        point_host=point.host,
        identity=opened.identity,
        listed=listed.number,
        listed_size=listed.size,
        back=sum(one.state != "missing" for one in results),
        unlisted=sum(one.state == "unlisted" for one in results),
        proof="manifest" if manifest else "repository",
        seconds=round(time.perf_counter() - began, 3),
        files=tuple(sorted(results, key=lambda one: (_WORST.index(one.state), one.path))[:MAX_KEPT]),
        oddities=strange,
    )
    return Brought(drill, target, {file.path: file for file in files})


def _seed(opened: Opened, point: Snapshot, now: datetime) -> int:
    return int.from_bytes(sha256(f"{opened.identity} {point.id} {now.isoformat()}".encode()).digest()[:4])


# ---------------------------------------------------------------- which files


def _files(listed: Counted, asked: Asked, bounds: Bounds, seed: int) -> list[StoredFile]:
    """The files to bring back; a dump to load always comes with them. Everything listed is counted."""
    dumps = {_relative(path) for path in asked.databases}
    if asked.mode == "sample":
        chosen, wanted = _drawn(listed, bounds, seed, dumps)
    else:
        names = (*asked.paths, *asked.databases) if asked.mode == "named" else ()
        chosen = wanted = _all_of(listed, names, MAX_NAMED if asked.mode == "named" else MAX_FILES, bounds.size)
    _check_found(asked, {file.path for file in wanted})
    return chosen


def _drawn(listed: Counted, bounds: Bounds, seed: int, dumps: set[str]) -> tuple[list[StoredFile], list[StoredFile]]:
    """A uniform draw, and the dumps with it."""
    aside: list[StoredFile] = []

    def others() -> Iterator[StoredFile]:
        for file in listed:
            if _relative(file.path) in dumps:
                aside.append(file)
            else:
                yield file

    drawn = sample_of(others(), Limits(0, 0, bounds.files, bounds.size), seed)
    room = bounds.size - sum(file.size for file in aside)
    if room < 0:
        raise _too_big(len(aside), sum(file.size for file in aside), bounds.size)
    kept: list[StoredFile] = []
    for file in drawn:
        if file.size <= room:
            kept.append(file)
            room -= file.size
    return [*aside, *kept], aside


def _all_of(listed: Counted, names: Sequence[str], most: int, limit: int) -> list[StoredFile]:
    """Every file under these names (all when there are none); too many, or too much, is refused and never cut."""
    roots = tuple(_relative(name) for name in names)
    kept: list[StoredFile] = []
    for file in listed:
        own = _relative(file.path)
        if not roots or any(own == root or own.startswith(f"{root}/") for root in roots):
            kept.append(file)
            if len(kept) > most:
                raise UnreadableError(
                    f"la demande porte sur plus de {most} fichiers, nommez-en moins ou tirez un échantillon.",
                    f"more than {most} files are asked for, name fewer or draw a sample.",
                )
    if (size := sum(file.size for file in kept)) > limit:
        raise _too_big(len(kept), size, limit)
    return kept


_MOST_WORDS = 1 << 20
"""Bytes of paths on one command line: systems take about twice that."""
_MOST_NAMED = 200


def _unnamed(files: Sequence[StoredFile], listed: Counted) -> bool:
    """Whether to bring the whole point back instead of naming each of its files. Refused when names do not fit."""
    if len(files) == listed.number > _MOST_NAMED:
        return True
    if sum(len(file.path.encode("utf-8", "surrogateescape")) + 16 for file in files) > _MOST_WORDS:
        raise UnreadableError(
            "les chemins demandés sont trop longs pour une seule commande, demandez moins de fichiers.",
            "the paths asked for are too long for one command, ask for fewer files.",
        )
    return False


def _too_big(files: int, size: int, limit: int) -> UnreadableError:
    wanted, most = max(1, size >> 20), max(1, limit >> 20)
    return UnreadableError(
        f"trop gros : {files} fichiers, {wanted} Mio, pour une limite de {most} Mio. Relevez la limite ou demandez "
        "moins.",
        f"too big: {files} files, {wanted} MiB, for a limit of {most} MiB. Raise the limit or ask for less.",
    )


def _check_found(asked: Asked, found: set[str]) -> None:
    """Refused when a name that a person gave holds no file: restic would restore nothing and say all is well."""
    names = (*asked.paths, *asked.databases) if asked.mode == "named" else asked.databases
    if asked.mode == "whole":
        return
    files = {_relative(path) for path in found}
    absent = [
        name
        for name in names
        if not any(one == _relative(name) or one.startswith(f"{_relative(name)}/") for one in files)
    ]
    if absent:
        shown, more = absent[0][:200], f" (+{len(absent) - 1})" if len(absent) > 1 else ""
        raise UnreadableError(
            f"le point ne contient aucun fichier à « {shown} »{more}, reprenez le chemin tel que l’outil l’affiche.",
            f"the point holds no file at “{shown}”{more}, take the path as the tool lists it.",
        )


def _relative(path: str) -> str:
    return path.strip("/")


# ---------------------------------------------------------------- bringing back, comparing


def _brought_back(
    reader: RepositoryReader,
    point: Snapshot,
    files: Sequence[StoredFile],
    target: Path,
    place: Watched,
    *,
    everything: bool,
) -> Restored:
    try:
        done = reader.restore(point.id, files, target, everything=everything)
    except ToolFailedError as error:
        place.check()
        if _no_space(error.words):
            raise FullError(place.limit) from error
        raise
    place.check()
    if _no_space(done.detail):
        raise FullError(place.limit)
    return done


def _no_space(words: str) -> bool:
    return any(known in words.casefold() for known in _NO_SPACE)


def _results(files: Sequence[StoredFile], done: Restored, target: Path, manifest: Manifest | None) -> list[FileResult]:
    """Each file asked for, with its digest once back. Without a manifest the tool's own comparison decides."""
    expected = manifest.expected(file.path for file in files) if manifest else None
    return [_result(file, done, target, expected) for file in files]


def _result(file: StoredFile, done: Restored, target: Path, expected: Mapping[str, str] | None) -> FileResult:
    name = sha256(file.path.encode("utf-8", "surrogateescape")).hexdigest()
    path = same_size(target, file) if safe_path(file.path) else None
    if path is None:
        return FileResult(name, file.size, "missing")
    digest = _digest(path)
    state: FileState = "different" if file.path in done.bad else "same"
    if expected is not None and state == "same":
        wanted = expected.get(file.path)
        state = "unlisted" if wanted is None else "same" if wanted == digest else "different"
    return FileResult(name, file.size, state, digest)


def _digest(path: Path) -> str:
    """SHA-256 of a restored file, opened without following a link."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _sample(
    point: Snapshot,
    seed: int,
    files: Sequence[StoredFile],
    done: Restored,
    results: Sequence[FileResult],
    manifest: Manifest | None,
) -> RestoreSample:
    """How many were compared, and how many are wrong: the worse of what the tool said and of what we saw."""
    seen = RestoreSample(
        snapshot=point.id,
        seed=seed,
        sampled=len(files),
        compared=min(done.compared, sum(one.state != "missing" for one in results)),
        wrong=max(done.wrong, sum(one.state == "different" for one in results)),
        size=sum(file.size for file in files),
        seconds=round(done.seconds, 3),
        detail=done.detail,
    )
    if manifest is None:
        return seen
    proved = sum(one.state in ("same", "different") for one in results)
    return replace(seen, compared=min(seen.compared, proved))
