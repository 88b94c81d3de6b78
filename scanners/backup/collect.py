"""Collects the facts of a backup strategy: the plan, and every repository it names, several at a time.

Secrets: `repository.<name>`, the password of each repository.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from scanners.archive import read_directory
from scanners.backup.collect_borg import BorgReader
from scanners.backup.collect_repository import Limits, Reading, RepositoryReader, UnreadableError, read_repository
from scanners.backup.collect_restic import ResticReader
from scanners.backup.facts import BackupFacts, Plan, ProductionDirectory, Repository, RepositoryPlan
from scanners.backup.plan import parse_plan
from scanners.backup.read_jobs import read_jobs
from scanners.collect import Context
from scanners.exchange import Directory
from scanners.lists.reading import ListFile
from scanners.model import Gap, Text

_SCRATCH = "care-backup-"


@dataclass(frozen=True, slots=True)
class Request:
    """What to look at: the plan (see `docs/plan-sauvegarde.md`) and, if there is one, an AD facts archive.

    With `inventory` the platform fills in the systems of the plan when the audit starts; a plan that is handed over as
    it is ignores it. `lists` are the lists brought, at most one of each kind, `former_lists` those they replaced.
    `plan_name` is what messages call the plan. The bounds hold for each repository: `seconds` of wall clock,
    `check_bytes` of data read by one check, `sample_files` and `sample_bytes` of the trial restore.
    """

    plan: Mapping[str, Any] = field(default_factory=dict)
    plan_name: str = "plan"
    inventory: bool = False
    directory_archive: str = ""
    lists: tuple[ListFile, ...] = ()
    former_lists: tuple[ListFile, ...] = ()
    parallel: Annotated[int, Field(ge=1, le=32)] = 4
    seconds: Annotated[float, Field(ge=1, le=86_400)] = 1_800.0
    check_bytes: Annotated[int, Field(ge=1 << 20)] = 4 << 30
    sample_files: Annotated[int, Field(ge=1, le=1_000)] = 50
    sample_bytes: Annotated[int, Field(ge=1 << 10, le=64 << 30)] = 512 << 20


def target_name(request: Request) -> str:
    """The establishment of the plan."""
    return parse_plan(request.plan, request.plan_name).establishment


def collect(request: Request, context: Context) -> BackupFacts:
    """Read the plan, then each repository. CollectError when the plan or the directory archive is refused."""
    plan = parse_plan(request.plan, request.plan_name)
    directory, gaps = _directory(request.directory_archive, plan)
    jobs = read_jobs(request.lists, request.former_lists, (one.name for one in plan.systems), context.now)
    _sweep()
    readings = _readings(plan, request, context)
    return BackupFacts(
        plan,
        tuple(reading.repository for reading in readings),
        directory,
        context.now,
        (*gaps, *jobs.gaps, *(gap for reading in readings for gap in reading.gaps)),
        jobs.history,
    )


# ---------------------------------------------------------------- repositories


def _readings(plan: Plan, request: Request, context: Context) -> list[Reading]:
    """One reading per repository, in the order of the plan."""
    with ThreadPoolExecutor(request.parallel, thread_name_prefix="repository") as pool:
        jobs = [pool.submit(_read, repository, request, context) for repository in plan.repositories]
        for done, _job in enumerate(as_completed(jobs), start=1):
            text = Text(f"Dépôts lus : {done} sur {len(jobs)}", f"Repositories read: {done} of {len(jobs)}")
            context.progress(done / len(jobs), text)
    return [job.result() for job in jobs]


def _read(planned: RepositoryPlan, request: Request, context: Context) -> Reading:
    limits = Limits(request.seconds, request.check_bytes, request.sample_files, request.sample_bytes)
    password = context.secrets.get(f"repository.{planned.name}", "")
    unread = Reading(Repository(planned.name, planned.tool, opened=False))
    with _scratch() as scratch, unread.part("repositories"):
        reader = reader_of(planned, password, scratch, time.monotonic() + limits.seconds)
        return read_repository(planned.name, reader, limits, scratch, context.now)
    return unread


def reader_of(planned: RepositoryPlan, password: str, scratch: Path, deadline: float) -> RepositoryReader:
    """The reader of a repository; UnreadableError when it is not there or its password was not given."""
    location = Path(planned.location)
    try:
        present = (location / "config").is_file()
    except PermissionError as error:
        raise UnreadableError(
            "ses fichiers ne sont pas lisibles par ce compte, donnez-lui un droit de lecture.",
            "its files cannot be read by this account, grant it read access.",
        ) from error
    if not present:
        raise UnreadableError(
            f"aucun dépôt à l’emplacement {location}, vérifiez le chemin et le montage.",
            f"no repository at {location}, check the path and the mount.",
        )
    if planned.tool == "borg":
        return BorgReader(location, password, scratch, deadline)
    if not password:
        raise UnreadableError(
            "aucun mot de passe n’a été donné, ajoutez son secret.", "no password was given, add its secret."
        )
    return ResticReader(location, password, scratch, deadline)


# ---------------------------------------------------------------- scratch folders


@contextmanager
def _scratch() -> Iterator[Path]:
    """An empty folder of ours, removed whatever happens, even when what was restored is read-only."""
    folder = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{os.getpid()}-"))
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    for parent, folders, _files in os.walk(folder):
        for inner in folders:
            if not (path := Path(parent, inner)).is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove what a killed collection left behind: scratch folders of ours whose process is gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"):
        pid, status = folder.name.removeprefix(_SCRATCH).partition("-")[0], folder.lstat()
        ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
        if ours and pid.isdigit() and not Path(f"/proc/{pid}").exists():
            _remove(folder)


# ---------------------------------------------------------------- directory


def _directory(archive: str, plan: Plan) -> tuple[ProductionDirectory | None, tuple[Gap, ...]]:
    """The production directory and its gaps, when an archive was given."""
    if not archive:
        return None, ()
    directory = read_directory(Path(archive))
    accounts = (_account_in(directory, name) for name in plan.administrators or ())
    found = tuple(account for account in accounts if account)
    seen = ProductionDirectory(directory.domain, directory.netbios, directory.collected_at, found)
    return seen, tuple(Gap("directory", gap.reason, gap.truncated) for gap in directory.gaps if gap.section == "domain")


def _account_in(directory: Directory, name: str) -> str:
    """The account an administrator is there (written `name`, `DOMAIN\\name` or `name@domain`), "" when none."""
    domain, _, account = name.rpartition("\\")
    account, _, suffix = account.partition("@")
    ours = {"", directory.netbios.casefold(), directory.domain.casefold()}
    here = (domain or suffix).casefold() in ours and account.casefold() in directory.account_names
    return account if here else ""
