"""Collects the facts of a backup strategy: the plan, and every repository it names, several at a time.

Secrets: `repository.<name>`, the password of each repository; `access.<name>`, what opens the machine that holds it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from scanners.backup.collect_directories import AuditedDirectory, read_directories
from scanners.backup.collect_readers import reader_of
from scanners.backup.collect_repository import Limits, Reading, read_repository
from scanners.backup.facts import (
    BackupFacts,
    Memory,
    Plan,
    Repository,
    RepositoryPlan,
)
from scanners.backup.plan import parse_plan, with_answers
from scanners.backup.read_jobs import read_jobs
from scanners.collect import Context
from scanners.lists.reading import ListFile
from scanners.model import Text
from scanners.scratch import remove

_SCRATCH = "care-backup-"


@dataclass(frozen=True, slots=True)
class Request:
    """What to look at: the plan (see `docs/plan-sauvegarde.md`) and, if there is one, an AD facts archive.

    With `inventory` the platform fills in the systems of the plan when the audit starts; a plan that is handed over as
    it is ignores it. `lists` are the lists brought, of jobs one of each console, `former_lists` those they replaced.
    `directories` are those audited, with their levels; `directory_archive` is one alone, for the command line.
    `declared` are the answers that the platform keeps, over those of the plan.
    `plan_name` is what messages call the plan. The bounds hold for each repository: `seconds` of wall clock,
    `check_bytes` of data read by one check, `sample_files` and `sample_bytes` of the trial restore. `list_only` reads
    the restore points and nothing more. `seen` is what the audit before remembers of each repository, by name.
    """

    plan: Mapping[str, Any] = field(default_factory=dict)
    plan_name: str = "plan"
    inventory: bool = False
    directory_archive: str = ""
    directories: tuple[AuditedDirectory, ...] = ()
    lists: tuple[ListFile, ...] = ()
    former_lists: tuple[ListFile, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)
    parallel: Annotated[int, Field(ge=1, le=32)] = 4
    seconds: Annotated[float, Field(ge=1, le=86_400)] = 1_800.0
    check_bytes: Annotated[int, Field(ge=1 << 20)] = 4 << 30
    sample_files: Annotated[int, Field(ge=1, le=1_000)] = 50
    sample_bytes: Annotated[int, Field(ge=1 << 10, le=64 << 30)] = 512 << 20
    list_only: bool = False
    seen: Mapping[str, Memory] = field(default_factory=dict)


def target_name(request: Request) -> str:
    """The establishment of the plan."""
    return parse_plan(request.plan, request.plan_name).establishment


def collect(request: Request, context: Context) -> BackupFacts:
    """Read the plan, then each repository. CollectError when the plan or the directory archive is refused."""
    plan = with_answers(parse_plan(request.plan, request.plan_name), request.declared)
    alone = [AuditedDirectory(request.directory_archive)] if request.directory_archive else []
    directories = read_directories(request.directories or alone, plan)
    jobs = read_jobs(request.lists, request.former_lists, (one.name for one in plan.systems), context.now)
    readings = _readings(plan, request, context)
    return BackupFacts(
        plan,
        tuple(reading.repository for reading in readings),
        directories.production,
        context.now,
        (*directories.gaps, *jobs.gaps, *(gap for reading in readings for gap in reading.gaps)),
        jobs.history,
        directories.dedicated,
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
    limits = Limits(request.seconds, request.check_bytes, request.sample_files, request.sample_bytes, request.list_only)
    password = context.secrets.get(f"repository.{planned.name}", "")
    access = context.secrets.get(f"access.{planned.name}", "")
    before = request.seen.get(planned.name)
    unread = Reading(Repository(planned.name, planned.tool, opened=False, memory=before))
    with _scratch() as scratch, unread.part("repositories"):
        reader = reader_of(planned, password, scratch, time.monotonic() + limits.seconds, access)
        return read_repository(planned.name, reader, limits, scratch, context.now, before)
    return unread


# ---------------------------------------------------------------- scratch folders


@contextmanager
def _scratch() -> Iterator[Path]:
    """An empty folder in that of the run, removed as soon as its repository is read: others wait for the room."""
    folder = Path(tempfile.mkdtemp(prefix=_SCRATCH))
    try:
        yield folder
    finally:
        remove(folder)
