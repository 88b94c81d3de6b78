"""What files of activities, resources and dependencies would change in an establishment: worked out, nothing written.

The same plan is worked out for the preview and again at the confirmation: `mark` says whether it is still the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.continuity import (
    ActivityKind,
    Nature,
    ResourceKind,
    Strength,
)
from care.domain.loops import components
from care.domain.node_names import folded, name_key
from care.domain.ways import shortest_way
from care.services.continuity_files import (
    COLUMNS,
    CsvFile,
    Line,
    Sort,
)
from care.services.continuity_lines import Draft, LineError, kind_of, node_of, tie_of
from care.services.dependencies import DependencyDraft
from care.services.node_rows import AnyNode, NodeLink, kind_name
from care.store.continuity import Activity, Dependency, Node, Resource
from scanners.model import Lang, Text


@dataclass(frozen=True, slots=True)
class NodePlan:
    """A line about a node: what it will be, the row it changes (None: a new one), the columns that differ."""

    line: int
    key: str
    draft: Draft
    row: AnyNode | None
    fields: tuple[str, ...]

    @property
    def writes(self) -> bool:
        """Whether something is new or differs."""
        return self.row is None or bool(self.fields)


@dataclass(frozen=True, slots=True)
class TiePlan:
    """A line about a dependency between two keys: what it will be, the row it changes, the columns that differ."""

    line: int
    dependent: str
    needed: str
    draft: DependencyDraft
    row: Dependency | None
    fields: tuple[str, ...]

    @property
    def writes(self) -> bool:
        """Whether something is new or differs."""
        return self.row is None or bool(self.fields)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line left out, and why."""

    line: int
    sort: Sort
    name: str
    reasons: tuple[Text, ...]


@dataclass(slots=True)
class Plan:
    """All that an import would do. `names` maps the key of each node in use afterwards to how people call it."""

    nodes: list[NodePlan] = field(default_factory=list)
    ties: list[TiePlan] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    names: dict[str, NodeLink] = field(default_factory=dict)
    orphans: list[str] = field(default_factory=list)
    cycles: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        """Whether something would be written."""
        return any(one.writes for one in self.nodes) or any(one.writes for one in self.ties)

    @property
    def mark(self) -> str:
        """What the plan says, in short: two equal marks write the same things."""
        said = [repr((one.key, one.row and one.row.version, one.fields, one.draft)) for one in self.nodes]
        said += [repr((one.dependent, one.needed, one.row and one.row.id, one.fields, one.draft)) for one in self.ties]
        said += [repr((one.sort, one.line)) for one in self.refused]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()


@dataclass(slots=True)
class Present:
    """The nodes in use of an establishment by key, the days others ended, and the dependencies by their two keys."""

    rows: dict[str, AnyNode]
    ended: dict[str, date]
    ties: dict[tuple[str, str], Dependency]


def read_present(session: Session, establishment_id: int, *, lock: bool = False) -> Present:
    """What is recorded in an establishment; locked until the commit if asked."""
    rows: dict[str, AnyNode] = {}
    for table in (Activity, Resource):
        query = select(table).where(table.establishment_id == establishment_id, table.ended_on.is_(None))
        if lock:
            query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        found: Sequence[AnyNode] = session.scalars(query.order_by(table.id)).all()  # type: ignore[assignment]
        rows |= {row.name_key: row for row in found}
    by_id = {row.id: key for key, row in rows.items()}
    ties = select(Dependency).where(Dependency.establishment_id == establishment_id).order_by(Dependency.id)
    if lock:
        ties = ties.with_for_update().execution_options(populate_existing=True)
    known = {
        (by_id[row.dependent_id], by_id[row.needed_id]): row
        for row in session.scalars(ties)
        if row.dependent_id in by_id and row.needed_id in by_id
    }
    over = select(Node.name_key, Node.ended_on).where(
        Node.establishment_id == establishment_id, Node.ended_on.is_not(None)
    )
    ended = {key.rpartition("  #")[0]: on for key, on in session.execute(over) if on is not None}
    return Present(rows, ended, known)


def work_out(files: Sequence[CsvFile], present: Present, lang: Lang) -> Plan:
    """The plan of some files. Nodes are read before dependencies, whatever the order of the files."""
    plan = Plan()
    _read_nodes(plan, [line for one in files if one.sort is Sort.NODES for line in one.lines], present)
    plan.names = _names(plan, present, lang)
    _read_ties(plan, [line for one in files if one.sort is Sort.DEPENDENCIES for line in one.lines], present)
    _look_over(plan, present)
    return plan


def _read_nodes(plan: Plan, lines: Iterable[Line], present: Present) -> None:
    seen: dict[str, int] = {}
    for line in lines:
        name = line.cells.get("name", "")
        try:
            kind = kind_of(line.cells.get("kind", ""), "kind", Sort.NODES)
            key = name_key(kind, name)
            _check_once(seen, key, line)
            seen[key] = line.number
            row = present.rows.get(key)
            draft, fields = node_of(line, kind, row)
        except LineError as error:
            plan.refused.append(Refusal(line.number, Sort.NODES, name[:200], error.reasons))
        else:
            plan.nodes.append(NodePlan(line.number, key, draft, row, fields))


def _check_once(seen: dict[str, int], key: str, line: Line) -> None:
    if line.extra:
        raise LineError(
            Text(
                f"{line.extra} cellule{'s' * (line.extra > 1)} de trop : un séparateur s’est glissé dans un texte sans "
                "guillemets.",
                f"{line.extra} cell{'s' * (line.extra > 1)} too many: a separator slipped into a text without quotes.",
            )
        )
    if key in seen:
        raise LineError(Text(f"Déjà donné à la ligne {seen[key]}.", f"Already given at line {seen[key]}."))


def _names(plan: Plan, present: Present, lang: Lang) -> dict[str, NodeLink]:
    """The nodes in use afterwards; those not recorded yet have negative numbers."""
    found = {key: _link(row.id, row.kind, row.name, lang) for key, row in present.rows.items()}
    for rank, one in enumerate((one for one in plan.nodes if one.row is None), start=1):
        found[one.key] = _link(-rank, one.draft.kind, one.draft.name, lang)
    return found


def _link(number: int, kind: ActivityKind | ResourceKind, name: str, lang: Lang) -> NodeLink:
    nature = Nature.ACTIVITY if isinstance(kind, ActivityKind) else Nature.RESOURCE
    return NodeLink(number, nature, kind.value, kind_name(kind, lang), name)


def _read_ties(plan: Plan, lines: Iterable[Line], present: Present) -> None:
    by_name: dict[str, list[str]] = {}
    for key in plan.names:
        by_name.setdefault(key.partition(":")[2], []).append(key)
    refused = {folded(one.name): one.line for one in plan.refused if one.sort is Sort.NODES}
    seen: dict[str, int] = {}
    for line in lines:
        name = f"{line.cells.get('dependent', '')} → {line.cells.get('needed', '')}"
        try:
            ends = [_end(line, end, plan, by_name, present, refused) for end in ("dependent", "needed")]
            both = "\n".join(ends)
            _check_once(seen, both, line)
            seen[both] = line.number
            row = present.ties.get((ends[0], ends[1]))
            draft, fields = tie_of(line, plan.names[ends[0]], plan.names[ends[1]], row)
        except LineError as error:
            plan.refused.append(Refusal(line.number, Sort.DEPENDENCIES, name[:300], error.reasons))
        else:
            plan.ties.append(TiePlan(line.number, ends[0], ends[1], draft, row, fields))


def _end(
    line: Line,
    end: str,
    plan: Plan,
    by_name: Mapping[str, Sequence[str]],
    present: Present,
    refused: Mapping[str, int],
) -> str:
    """The key of one end of a dependency, by its name and, when given, its kind."""
    name, kind_word = line.cells.get(end, ""), line.cells.get(f"{end}_kind", "")
    head = COLUMNS[Sort.DEPENDENCIES][end]
    if not name:
        raise LineError(Text(f"{head.fr} : à dire.", f"{head.en}: to be said."))
    if kind_word:
        key = name_key(kind_of(kind_word, f"{end}_kind", Sort.DEPENDENCIES), name)
        found = [key] if key in plan.names else []
    else:
        wanted = name_key(ActivityKind.CARE, name).partition(":")[2]
        found = list(by_name.get(wanted, ()))
    if len(found) > 1:
        raise LineError(
            Text(
                f"{head.fr} : plusieurs s’appellent « {name[:80]} » ; précisez le type.",
                f"{head.en}: several are called “{name[:80]}”; say the kind.",
            )
        )
    if not found:
        raise LineError(_unknown(head, name, present, refused))
    return found[0]


def _unknown(head: Text, name: str, present: Present, refused: Mapping[str, int]) -> Text:
    shown, said = name[:80], folded(name)
    if said in refused:
        line = refused[said]
        return Text(
            f"{head.fr} : « {shown} » est refusé à la ligne {line} de l’autre fichier.",
            f"{head.en}: “{shown}” is refused at line {line} of the other file.",
        )
    over = next((on for key, on in present.ended.items() if key.partition(":")[2] == said), None)
    if over is not None:
        return Text(
            f"{head.fr} : « {shown} » a pris fin le {over:%d/%m/%Y}.", f"{head.en}: “{shown}” ended on {over:%Y-%m-%d}."
        )
    return Text(
        f"{head.fr} : « {shown} » n’existe ni dans l’établissement ni dans les fichiers.",
        f"{head.en}: “{shown}” exists neither in the establishment nor in the files.",
    )


def _look_over(plan: Plan, present: Present) -> None:
    """What the whole would look like: nodes tied to nothing, and the cycles that the files make or touch."""
    essential = {ends: row.strength is Strength.ESSENTIAL for ends, row in present.ties.items()}
    touched = {(one.dependent, one.needed) for one in plan.ties if one.writes}
    essential |= {(one.dependent, one.needed): one.draft.strength is Strength.ESSENTIAL for one in plan.ties}
    tied = {key for ends in essential for key in ends}
    plan.orphans = [link.name for key, link in plan.names.items() if key not in tied]
    keys = list(plan.names)
    place = {key: rank for rank, key in enumerate(keys)}
    needs: list[list[int]] = [[] for _ in keys]
    for (dependent, needed), strong in essential.items():
        if strong:
            needs[place[dependent]].append(place[needed])
    component = {one: rank for rank, found in enumerate(components(needs)) if len(found) > 1 for one in found}
    told: set[int] = set()
    for dependent, needed in sorted(touched):
        here, there = place[dependent], place[needed]
        inside = component.get(here, -1)
        if essential[dependent, needed] and inside >= 0 and inside == component.get(there) and inside not in told:
            told.add(inside)
            way = shortest_way(dict(enumerate(needs)), there, here)
            plan.cycles.append(tuple(plan.names[keys[one]].name for one in (here, *way)))
