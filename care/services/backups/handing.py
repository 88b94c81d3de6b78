"""What audits are given of the inventory of backups: the same plan as a file's, with what the impact analyses ask (ADR
0036)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.backups import RestoreOutcome
from care.domain.continuity import ResourceKind
from care.domain.durations import HOUR
from care.domain.graph import Graph, Node
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.backups.repository_plans import described
from care.services.backups.statements import stated
from care.services.continuity_facts import supporting_critical
from care.services.continuity_graph import load_graph
from care.services.drills.proving import outdone, whole_drills
from care.services.errors import Refused
from care.services.inherited import NOTHING, Demand, Objectives, objectives_in
from care.services.platform import Platform
from care.store.backups import BackupCopy, BackupJobTie, BackupMilestone, BackupRepository, BackupSystem
from care.store.registry import Establishment
from care.store.restore_drills import RestoreDrill
from scanners.backup.facts import Copy, Milestone, Place, Plan, RestoreTest, System
from scanners.model import Text

_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
_MOST_COPIES = 50
_SHORT = 120
_EMPTY = Text(
    "L’inventaire des sauvegardes n’a pas de système : notez-en un d’abord.",
    "The inventory of backups holds no system: write one down first.",
)


@dataclass(frozen=True)
class Asked:
    """What is asked of one system, in minutes: written in the inventory, else by the activities that it supports.

    `pdma_by` and `dmard_by` name the activity that asks, "" when the figure is written. `resource` is the continuity
    resource that it is. `assumed`: it counts as critical for want of an answer.
    """

    resource: Node | None
    critical: bool
    assumed: bool
    pdma: int | None
    pdma_by: str
    dmard: int | None
    dmard_by: str


@dataclass(frozen=True)
class Inventory:
    """The systems in use with their copies and steps, and what is asked of each, by number.

    `critical` are the names of the critical systems, those that nobody backs up included; None when no impact analysis
    tells any. `drills` are the whole drills that tell of each system, by folded name.
    """

    establishment: str
    systems: tuple[BackupSystem, ...]
    names: Mapping[int, str]
    copies: Mapping[int, Sequence[BackupCopy]]
    steps: tuple[BackupMilestone, ...]
    asked: Mapping[int, Asked]
    critical: tuple[str, ...] | None
    drills: Mapping[str, RestoreDrill]

    def plan(self) -> Plan:
        """The inventory as rules read it."""
        return Plan(
            1,
            self.establishment[:_SHORT],
            tuple(self.system(row) for row in self.systems),
            critical_systems=self.critical,
            milestones=tuple(self._milestone(row) for row in self.steps),
        )

    def system(self, row: BackupSystem) -> System:
        """One system as rules read it."""
        asked = self.asked[row.id]
        return System(
            self.names[row.id],
            Place(row.site, row.medium.value),
            tuple(copy_of(one, name) for one, name in told_apart(self.copies.get(row.id, ()))),
            critical=asked.critical,
            scope=row.scope,
            confidentiality=row.confidentiality,
            pdma_hours=_hours(asked.pdma),
            dmard_hours=_hours(asked.dmard),
            retention_days=row.retention_days,
            data_gb=row.data_gb,
            last_restore_test=last_test(row, self._drill(row)),
        )

    def telling_drill(self, row: BackupSystem) -> RestoreDrill | None:
        """The drill that is the last restore test of a system; None without one, or when what was written says more."""
        drill = self._drill(row)
        return drill if drill is not None and not _outdone(row, drill) else None

    def _drill(self, row: BackupSystem) -> RestoreDrill | None:
        return self.drills.get(folded(self.names[row.id]))

    def _milestone(self, row: BackupMilestone) -> Milestone:
        return Milestone(row.due_on, row.title, self.names.get(row.system_id or 0, ""), row.ended_on)


def names_of(rows: Sequence[BackupSystem]) -> dict[int, str]:
    """What each system is called: its name, with its number when another has the same."""
    alike = Counter(folded(row.name) for row in rows)
    return {row.id: row.name if alike[folded(row.name)] == 1 else f"{row.name[:100]} (n° {row.id})" for row in rows}


def inventory_of(session: Session, establishment_id: int, day: date) -> Inventory:
    """The inventory of an establishment with what its impact analyses ask; who asks was checked before."""
    systems = tuple(session.scalars(_open(BackupSystem, establishment_id)))
    copies: dict[int, list[BackupCopy]] = defaultdict(list)
    for copy in session.scalars(_open(BackupCopy, establishment_id)):
        copies[copy.system_id].append(copy)
    numbers = {row.id for row in systems}
    query = select(BackupMilestone).where(BackupMilestone.establishment_id == establishment_id)
    steps = tuple(
        row
        for row in session.scalars(query.order_by(BackupMilestone.due_on, BackupMilestone.id))
        if row.system_id is None or row.system_id in numbers
    )
    graph = load_graph(session, establishment_id, day)
    named = names_of(systems)
    resources = _resources(graph, systems)
    supporting = supporting_critical(graph)
    return Inventory(
        session.get_one(Establishment, establishment_id).name,
        systems,
        named,
        copies,
        steps,
        _asked(graph, systems, resources, supporting),
        _critical(graph, named, resources, supporting),
        whole_drills(session, establishment_id),
    )


def _open(table: Any, establishment_id: int) -> Any:  # noqa: ANN401 - any of the tables
    return (
        select(table)
        .where(table.establishment_id == establishment_id, table.ended_on.is_(None))
        .order_by(table.name, table.id)
    )


def handed_plan(
    platform: Platform, session: Session, establishment_id: int, written: Mapping[str, Any]
) -> dict[str, Any]:
    """The plan of a target that reads the inventory: what is `written` there of repositories, policy and answers, and
    the systems, repositories and statements kept here, which come before its own. Refused when there are no systems."""
    kept = inventory_of(session, establishment_id, today(platform))
    if not kept.systems:
        raise Refused(_EMPTY)
    repositories = _repositories(session, establishment_id, written.get("repositories"))
    plan = _only_known(kept.plan(), repositories)
    document: dict[str, Any] = _PLAN.dump_python(plan, mode="json", exclude_defaults=True)
    document["systems"] = _PLAN.dump_python(plan, mode="json", include={"systems"})["systems"]
    document["jobs"] = _over(
        _ties(written.get("jobs"), {system.name for system in kept.systems}),
        tied_jobs(session, establishment_id, kept.names),
    )
    named = _union(plan.critical_systems, written.get("critical_systems"))
    return {
        **{name: value for name, value in written.items() if name not in ("systems", "milestones")},
        **document,
        **stated(session, establishment_id, written),
        **({"repositories": repositories} if repositories else {}),
        **({"critical_systems": named} if named is not None else {}),
        "establishment": written.get("establishment") or plan.establishment,
    }


def tied_jobs(session: Session, establishment_id: int, names: Mapping[int, str]) -> dict[str, str | list[str]]:
    """Which systems in use each name of a job is, as the inventory says; "" for none of ours. A name that has a system
    is not none of ours."""
    found: dict[str, list[str]] = {}
    for row in session.scalars(_open(BackupJobTie, establishment_id)):
        said = found.setdefault(row.name, [])
        if row.system_id is None or row.system_id in names:
            said.extend([names[row.system_id]] if row.system_id else [""])
    ties: dict[str, str | list[str]] = {}
    for name, said in found.items():
        systems = list(dict.fromkeys(one for one in said if one))
        if said:
            ties[name] = systems if len(systems) > 1 else systems[0] if systems else ""
    return ties


def _over(theirs: Mapping[str, str | list[str]], ours: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
    """The ties of the target, save the names that the inventory speaks of."""
    names = {name.casefold() for name in ours}
    return {**{name: said for name, said in theirs.items() if name.casefold() not in names}, **ours}


def _repositories(session: Session, establishment_id: int, written: object) -> object:
    """The repositories kept here, and those that only the target describes."""
    ours = [described(row) for row in session.scalars(_open(BackupRepository, establishment_id))]
    if not ours:
        return written
    names = {str(one["name"]).casefold() for one in ours}
    theirs = [one for one in written if isinstance(one, Mapping)] if isinstance(written, list) else []
    return [*ours, *(one for one in theirs if str(one.get("name")).casefold() not in names)]


def _ties(written: object, systems: set[str]) -> dict[str, str | list[str]]:
    """Which systems each name of a job is, without those that are kept no more: their jobs are then tied to none."""
    ties = written if isinstance(written, dict) else {}
    found: dict[str, str | list[str]] = {}
    for name, said in ties.items():
        if said == "":
            found[str(name)] = ""
        elif kept := [str(one) for one in (said if isinstance(said, list | tuple) else [said]) if one in systems]:
            found[str(name)] = kept[0] if len(kept) == 1 else kept
    return found


def _only_known(plan: Plan, repositories: object) -> Plan:
    """Copies whose repository the target does not describe are not read: nothing is measured of them."""
    listed = repositories if isinstance(repositories, list) else []
    known = [str(one.get("name")) for one in listed if isinstance(one, Mapping)]
    return replace(
        plan,
        systems=tuple(
            replace(
                system,
                copies=tuple(replace(copy, repository=_as_written(copy.repository, known)) for copy in system.copies),
            )
            for system in plan.systems
        ),
    )


def _as_written(name: str | None, known: Sequence[str]) -> str | None:
    """The repository of a copy as its target writes it, whatever the case; None when it is none of them."""
    if name is None or name in known:
        return name
    alike = [one for one in known if one.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def _union(ours: Iterable[str] | None, theirs: object) -> list[str] | None:
    """Critical systems of the impact analyses and those of the target, each once."""
    told = [str(one) for one in theirs] if isinstance(theirs, list) else None
    if ours is None and told is None:
        return None
    found = {one.casefold(): one for one in (*(told or ()), *(ours or ()))}
    return list(found.values())


def copy_of(row: BackupCopy, name: str = "") -> Copy:
    """One copy as rules read it."""
    return Copy(
        name or row.name,
        row.medium.value,
        row.site,
        row.offline,
        row.immutable,
        row.encrypted,
        row.repository or None,
        row.host,
        row.authentication,
        _hours(row.interval_minutes),
        row.last_success_on,
        row.lock.value if row.lock else None,
        row.tool,
        row.schedule,
        row.retention_days,
    )


def told_apart(rows: Sequence[BackupCopy]) -> list[tuple[BackupCopy, str]]:
    """Copies with their names; two of one name are numbered."""
    seen: dict[str, int] = defaultdict(int)
    for row in rows:
        seen[folded(row.name)] += 1
    kept = rows[:_MOST_COPIES]
    return [(row, row.name if seen[folded(row.name)] == 1 else f"{row.name[:100]} (n° {row.id})") for row in kept]


def _hours(minutes: int | None) -> float | None:
    """Hours of a plan; no loss at all is a minute there, that a plan can write."""
    return None if minutes is None else max(minutes, 1) / HOUR


def last_test(row: BackupSystem, drill: RestoreDrill | None) -> RestoreTest | Literal["never"] | None:
    """The test that was written, unless a drill of the whole says more."""
    if drill is not None and not _outdone(row, drill):
        return RestoreTest(drill.done_at.date(), drill.good is True, _hours(drill.full_minutes))
    if row.test_outcome is RestoreOutcome.NEVER:
        return "never"
    if row.test_outcome is None or row.tested_on is None:
        return None
    return RestoreTest(row.tested_on, row.test_outcome is RestoreOutcome.SUCCESS, _hours(row.test_minutes))


def _outdone(row: BackupSystem, drill: RestoreDrill) -> bool:
    return outdone(drill, row.tested_on.isoformat() if row.tested_on else "")


def _resources(graph: Graph, systems: Iterable[BackupSystem]) -> dict[int, Node]:
    """The resource that each system is: the one somebody chose, else the application or infrastructure of its name."""
    by_id = {node.id: node for node in graph.nodes if not node.is_activity}
    kinds = (ResourceKind.APPLICATION, ResourceKind.INFRASTRUCTURE)
    by_name = {folded(node.name): node for node in by_id.values() if node.kind in kinds}
    found = {row.id: by_id.get(row.resource_id or 0) or by_name.get(folded(row.name)) for row in systems}
    return {number: node for number, node in found.items() if node is not None}


def _asked(
    graph: Graph, systems: Iterable[BackupSystem], resources: Mapping[int, Node], supporting: frozenset[int]
) -> dict[int, Asked]:
    objectives = objectives_in(graph)
    return {
        row.id: _of(
            row, node := resources.get(row.id), objectives.get(node.id, NOTHING) if node else NOTHING, supporting
        )
        for row in systems
    }


def _of(row: BackupSystem, node: Node | None, asked: Objectives, supporting: frozenset[int]) -> Asked:
    pdma, pdma_by = _strictest(row.pdma_minutes, asked.pdma, node.pdma if node else None)
    declared = row.dmard_minutes if row.dmard_minutes is not None else node.dmard if node else None
    dmard, dmard_by = _strictest(declared, asked.dmia, None)
    told = row.critical if row.critical is not None else node.id in supporting if node else None
    return Asked(node, told is not False, told is None, pdma, pdma_by, dmard, dmard_by)


def _strictest(written: int | None, demand: Demand | None, declared: int | None) -> tuple[int | None, str]:
    """A figure and the activity that asks for it; what is written wins over what is asked."""
    if written is not None:
        return written, ""
    return (demand.minutes, demand.by) if demand else (declared, "")


def _critical(
    graph: Graph, names: Mapping[int, str], resources: Mapping[int, Node], supporting: frozenset[int]
) -> tuple[str, ...] | None:
    """The applications that a critical activity cannot do without, under the name of their system if they have one."""
    if not supporting:
        return None
    called = {node.id: names[number] for number, node in resources.items()}
    wanted = [
        node
        for node in graph.nodes
        if node.id in supporting
        and not node.is_activity
        and (node.kind is ResourceKind.APPLICATION or node.id in called)
    ]
    return tuple(dict.fromkeys(called.get(node.id, node.name)[:_SHORT] for node in wanted))
