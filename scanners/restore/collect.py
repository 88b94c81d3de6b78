"""The collector of restore drills: one repository of a backup plan, one restore point, an empty scratch place.

Secrets: `repository.<name>`, the password of the repository, as for the audit of the plan. The scratch place is under
the temporary folder of the run (`TMPDIR` of whoever starts it chooses the disk).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from scanners.backup.collect_readers import reader_of
from scanners.backup.collect_repository import DamagedError, Reading, RepositoryReader, short
from scanners.backup.collect_watched import Watched, watched
from scanners.backup.facts import Plan, Repository, RepositoryPlan, System
from scanners.backup.plan import parse_plan
from scanners.collect import Context
from scanners.errors import CollectError
from scanners.model import Gap, Text
from scanners.restore.collect_drill import Bounds, Brought, choose, restore
from scanners.restore.facts import MAX_MANIFEST_BYTES, Asked, Mode, RestoreFacts
from scanners.restore.manifest import Manifest, parse_manifest

StoredPath = Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"^[^\x00-\x1f]+$")]
Said = Annotated[str, Field(max_length=300)]


@dataclass(frozen=True, slots=True)
class Request:
    """What to restore: a repository of a plan, and which files of which point.

    `repository` is one of `backup_plan`, which a platform takes from its target number `plan_of`. `system` is one of
    its systems, whose DMARD is compared ("": none). `host` keeps the points of one machine, `snapshot` names a point
    ("": the newest). `mode` is a sample of `sample_files` drawn with `seed` (None: drawn and recorded), the `paths`
    named, or the whole point. `max_bytes` bounds what is restored, `seconds` the drill. `manifest` is the text that
    `sha256sum` wrote when the backup was made; without one, the repository's own digests decide. `databases` are paths
    of PostgreSQL dumps to load in a throw-away server, `query` what to ask them. `operator`, `requester` and `purpose`
    are for the sheet.
    """

    repository: Annotated[str, Field(min_length=1, max_length=64)]
    backup_plan: Mapping[str, Any]
    plan_name: str = "plan"
    plan_of: Annotated[int, Field(ge=0)] = 0
    system: Said = ""
    host: Annotated[str, Field(max_length=255)] = ""
    snapshot: Annotated[str, Field(max_length=255)] = ""
    mode: Mode = "sample"
    paths: Annotated[tuple[StoredPath, ...], Field(max_length=200)] = ()
    sample_files: Annotated[int, Field(ge=1, le=1_000)] = 50
    seed: Annotated[int, Field(ge=0, lt=1 << 32)] | None = None
    max_bytes: Annotated[int, Field(ge=1 << 10, le=1 << 42)] = 1 << 30
    seconds: Annotated[float, Field(ge=1, le=86_400)] = 3_600.0
    manifest: Annotated[str, Field(max_length=MAX_MANIFEST_BYTES)] = ""
    manifest_name: Said = ""
    databases: Annotated[tuple[StoredPath, ...], Field(max_length=10)] = ()
    query: Annotated[str, Field(max_length=4_000)] = ""
    operator: Said = ""
    requester: Said = ""
    purpose: Said = ""


def target_name(request: Request) -> str:
    """The system and the repository that are tried."""
    return _asked(request, parse_plan(request.backup_plan, request.plan_name)).subject


def collect(request: Request, context: Context) -> RestoreFacts:
    """Make the drill. What cannot be made is a gap; CollectError when what is asked makes no sense."""
    plan = parse_plan(request.backup_plan, request.plan_name)
    asked, planned = _asked(request, plan), _repository(request, plan)
    manifest = parse_manifest(request.manifest, request.manifest_name or "SHA256SUMS") if request.manifest else None
    if request.mode == "named" and not (request.paths or request.databases):
        raise CollectError(
            "Aucun chemin n’est donné : nommez les fichiers ou dossiers à restaurer, ou demandez un échantillon.",
            "No path is given: name the files or folders to restore, or ask for a sample.",
        )
    reading = Reading(Repository(planned.name, planned.tool, opened=False))
    facts = RestoreFacts(asked, context.now)
    scratch = Path(tempfile.mkdtemp(prefix="care-drill-"))
    work = _Work(request, asked, manifest, context, time.monotonic() + request.seconds)
    with reading.part("drill"), watched(scratch, _ceiling(request)) as place:
        (tools := scratch / "tool").mkdir(mode=0o700)
        password, access = (context.secrets.get(f"{kind}.{planned.name}", "") for kind in ("repository", "access"))
        reader = reader_of(planned, password, tools, work.deadline, access)
        facts = _drilled(facts, reader, work, place)
    return replace(facts, gaps=(*facts.gaps, *(_gap(one) for one in reading.gaps)))


_TWICE = 3
"""A dump takes its own size, what it becomes in the server, and the journal of the server (ours)."""
_TOOL_BYTES = 512 << 20
"""What a tool keeps in its own cache during a drill, at most."""


def _ceiling(request: Request) -> int:
    return request.max_bytes * (_TWICE if request.databases else 1) + _TOOL_BYTES


@dataclass(frozen=True)
class _Work:
    request: Request
    asked: Asked
    manifest: Manifest | None
    context: Context
    deadline: float


def _drilled(facts: RestoreFacts, reader: RepositoryReader, work: _Work, place: Watched) -> RestoreFacts:
    """What came out of it. Damage that stops it is a fact, never a gap."""
    request, context = work.request, work.context
    try:
        context.progress(0.05, Text("Ouverture du dépôt", "Opening the repository"))
        opened = reader.open()
        choice = choose(opened, work.asked, context.now)
        if choice is None:
            return replace(facts, others=len(opened.snapshots))
        facts = replace(facts, points=choice.points, others=choice.others, newest=choice.newest)
        context.progress(0.15, Text("Restauration", "Restoring"))
        bounds = Bounds(request.sample_files, request.max_bytes, request.seed)
        brought = restore(reader, opened, choice, work.asked, bounds, work.manifest, place, context.now)
    except DamagedError as error:
        return replace(facts, damaged=short(str(error)))
    if brought is None:
        return facts
    facts = replace(facts, drill=brought.drill)
    return _with_databases(facts, brought, work, place) if request.databases else facts


def _with_databases(facts: RestoreFacts, brought: Brought, work: _Work, place: Watched) -> RestoreFacts:
    from scanners.restore.collect_databases import Question, databases_of

    work.context.progress(0.6, Text("Chargement des bases", "Loading databases"))
    question = Question(work.request.query, work.deadline)
    found, gaps = databases_of(brought, work.request.databases, question, place)
    return replace(facts, databases=found, gaps=(*facts.gaps, *gaps))


def _asked(request: Request, plan: Plan) -> Asked:
    planned = _repository(request, plan)
    named = request.system.casefold()
    system = next((one for one in plan.systems if named and one.name.casefold() == named), None)
    if named and system is None:
        raise CollectError(
            f"Le plan ne décrit pas le système « {request.system} » : corrigez son nom.",
            f"The plan does not describe the system “{request.system}”: correct its name.",
        )
    host = _host(request, plan, planned, system) if system else request.host
    return Asked(
        repository=planned.name,
        tool=planned.tool,
        mode=request.mode,
        system=system.name if system else "",
        host=host,
        snapshot=request.snapshot,
        paths=request.paths if request.mode == "named" else (),
        databases=request.databases,
        manifest=(request.manifest_name or "SHA256SUMS") if request.manifest else "",
        operator=request.operator,
        requester=request.requester,
        purpose=request.purpose,
        dmard_hours=system.dmard_hours if system else None,
    )


def _host(request: Request, plan: Plan, planned: RepositoryPlan, system: System) -> str:
    """The machine whose points are those of the system, "" when all of them are. Another's files prove nothing of it.

    CollectError when the system has no copy there, or its points cannot be told from those of others.
    """
    own = [copy.host for copy in system.copies if copy.repository == planned.name]
    if not own:
        raise CollectError(
            f"Le système « {system.name} » n’a aucune copie dans le dépôt « {planned.name} » du plan : choisissez un "
            "autre dépôt, ou ajoutez cette copie au plan.",
            f"The system “{system.name}” has no copy in repository “{planned.name}” of the plan: choose another "
            "repository, or add that copy to the plan.",
        )
    hosts = [host for host in own if host]
    if request.host and hosts and request.host.casefold() not in {host.casefold() for host in hosts}:
        raise CollectError(
            f"La machine « {request.host} » n’est pas celle du système « {system.name} » dans le plan : corrigez l’une "
            "ou l’autre.",
            f"The machine “{request.host}” is not that of the system “{system.name}” in the plan: correct one or the "
            "other.",
        )
    host = request.host or next(iter(hosts), "")
    others = (copy.repository for one in plan.systems if one is not system for copy in one.copies)
    if not host and planned.name in others:
        raise CollectError(
            f"Le dépôt « {planned.name} » garde plusieurs systèmes : nommez la machine de « {system.name} » dans le "
            "plan.",
            f"Repository “{planned.name}” keeps several systems: name the machine of “{system.name}” in the plan.",
        )
    return host


def _repository(request: Request, plan: Plan) -> RepositoryPlan:
    found = next((one for one in plan.repositories if one.name == request.repository), None)
    if found is None:
        raise CollectError(
            f"Le plan ne décrit pas le dépôt « {request.repository} » : corrigez son nom ou ajoutez-le au plan.",
            f"The plan does not describe the repository “{request.repository}”: correct its name or add it there.",
        )
    return found


def _gap(one: Gap) -> Gap:
    """A drill that was not made is not one read in part."""
    return replace(one, truncated=False)
