"""Activities, resources and dependencies brought in from CSV files: read, shown, confirmed once; and handed out.

Nothing is ever removed by an import: what the files do not name stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.activities import ActivityDraft, activity_values
from care.services.continuity_files import (
    COLUMNS,
    CsvFile,
    Sort,
    decoded,
    dependencies_csv,
    nodes_csv,
    read_csv,
)
from care.services.continuity_lines import Draft, draft_of
from care.services.continuity_plan import NodePlan, Plan, TiePlan, read_present, work_out
from care.services.dependencies import DependencyView, new_dependency, tie_view
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.evidence import clean_name
from care.services.node_rows import AnyNode, change, node_links
from care.services.node_writing import new_row
from care.services.perimeters import forget_absence
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.resources import resource_values
from care.services.trail import Thing, record
from care.store.continuity import Activity, ContinuityDraft, Dependency, Resource
from scanners.model import Lang, Text

MAX_DRAFTS = 10
"""Imports of one establishment that may wait for a confirmation."""
KEPT = timedelta(days=1)
"""How long a file waits for its confirmation."""
MOST_SHOWN = 200
"""Lines of each fate that a preview lists; the others are counted."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as somebody sent it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One line of a preview. `words` are the columns that change, or the reasons of a refusal."""

    number: int
    name: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewFile:
    """What one sort of lines would do. Each list is cut at `MOST_SHOWN`, its count is whole."""

    sort: Sort
    new: tuple[PreviewLine, ...]
    new_count: int
    changed: tuple[PreviewLine, ...]
    changed_count: int
    same_count: int
    refused: tuple[PreviewLine, ...]
    refused_count: int


@dataclass(frozen=True, slots=True)
class ContinuityPreview:
    """What an import would change. `mark` is given back at the confirmation; `ignored` are headings nobody knows."""

    id: int
    establishment_id: int
    names: tuple[str, ...]
    files: tuple[PreviewFile, ...]
    ignored: tuple[str, ...]
    orphans: tuple[str, ...]
    orphan_count: int
    cycles: tuple[tuple[str, ...], ...]
    useful: bool
    mark: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class WaitingFiles:
    """Files that wait for a confirmation."""

    id: int
    names: tuple[str, ...]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote."""

    created: int
    changed: int
    tied: int
    retied: int
    refused: int


def receive(platform: Platform, scope: Scope, establishment_id: int, sent: Sequence[SentFile]) -> int:
    """Read one or two files and keep them a day for a confirmation; returns the draft's number. Invalid (`file`)."""
    now = platform.clock.now()
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
    files = [{"name": clean_name(one.name), "text": decoded(one.name, one.content)} for one in sent]
    _check_sorts([read_csv(one["name"], one["text"]) for one in files])
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        session.execute(delete(ContinuityDraft).where(ContinuityDraft.created_at < now - KEPT))
        waiting = select(func.count()).where(ContinuityDraft.establishment_id == establishment_id)
        if (session.scalar(waiting) or 0) >= MAX_DRAFTS:
            raise Refused(
                Text(
                    f"{MAX_DRAFTS} imports attendent déjà une confirmation ; confirmez-les ou abandonnez-les d’abord.",
                    f"{MAX_DRAFTS} imports already wait for a confirmation; confirm them or give them up first.",
                )
            )
        row = ContinuityDraft(establishment_id=establishment_id, files=files, created_at=now, created_by=scope.actor)
        session.add(row)
        session.flush()
        return row.id


def _check_sorts(files: Sequence[CsvFile]) -> None:
    """One file of each sort at most, one at least."""
    if not files:
        raise Invalid({"file": Text("Choisissez au moins un fichier.", "Choose a file at least.")})
    if len({one.sort for one in files}) != len(files):
        raise Invalid(
            {
                "file": Text(
                    "Les deux fichiers contiennent la même chose : envoyez-les l’un après l’autre.",
                    "Both files hold the same thing: send them one after the other.",
                )
            }
        )


def list_waiting(platform: Platform, scope: Scope, establishment_id: int) -> tuple[WaitingFiles, ...]:
    """The files of an establishment that wait for a confirmation, the latest first."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        since = platform.clock.now() - KEPT
        rows = session.scalars(
            select(ContinuityDraft)
            .where(ContinuityDraft.establishment_id == establishment_id, ContinuityDraft.created_at >= since)
            .order_by(ContinuityDraft.id.desc())
        )
        return tuple(
            WaitingFiles(row.id, tuple(one["name"] for one in row.files), row.created_at, row.created_by)
            for row in rows
        )


def preview(platform: Platform, scope: Scope, draft_id: int) -> ContinuityPreview:
    """What the files would change now; NotFound outside the scope, or once confirmed, given up or a day old."""
    with platform.database.read() as session:
        row = _draft(platform, session, scope, draft_id)
        files = _files(row)
        plan = work_out(files, read_present(session, row.establishment_id), scope.lang)
        return _preview(row, files, plan, scope.lang)


def confirm(platform: Platform, scope: Scope, draft_id: int, mark: str) -> Imported:
    """Write what the preview with that `mark` showed, once. Refused when it would no longer be the same."""
    now = platform.clock.now()
    try:
        with platform.database.write() as session:
            row = _draft(platform, session, scope, draft_id, lock=True)
            place = row.establishment_id
            plan = work_out(_files(row), read_present(session, place, lock=True), scope.lang)
            if plan.mark != mark:
                raise Refused(_CHANGED_SINCE)
            done = _write(session, scope, place, plan, now)
            session.delete(row)
            session.flush()
            detail = {"created": done.created, "changed": done.changed, "tied": done.tied, "retied": done.retied}
            record(session, scope, "continuity.imported", Thing("continuity_import", draft_id, place), now, detail)
            return done
    except IntegrityError as error:  # somebody created one of them between our reading and our writing
        raise Refused(_CHANGED_SINCE) from error


_CHANGED_SINCE = Text(
    "L’établissement a changé depuis cet aperçu : relisez ce que l’import ferait maintenant, puis confirmez.",
    "The establishment changed since this preview: read what the import would do now, then confirm.",
)


def give_up(platform: Platform, scope: Scope, draft_id: int) -> None:
    """Forget the files; nothing was recorded of them."""
    with platform.database.write() as session:
        session.delete(_draft(platform, session, scope, draft_id, lock=True))


def export(platform: Platform, scope: Scope, establishment_id: int, sort: Sort) -> bytes:
    """The nodes in use or their dependencies as CSV, such that reading it again changes nothing; the trail keeps it."""
    now = platform.clock.now()
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        if not scope.allows(Right.EXPORT, place.lineage):
            raise Forbidden
        present = read_present(session, establishment_id)
        rows = list(present.rows.values())
        if sort is Sort.NODES:
            content, count = nodes_csv([draft_of(row) for row in rows], scope.lang), len(rows)
        else:
            ties = _ties(session, list(present.ties.values()), scope.lang)
            content, count = dependencies_csv(ties, scope.lang), len(ties)
        thing = Thing("establishment", establishment_id, establishment_id)
        record(session, scope, "continuity.exported", thing, now, {"what": sort.value, "count": count})
        return content


def _ties(session: Session, rows: Sequence[Dependency], lang: Lang) -> list[DependencyView]:
    links = node_links(session, {end for row in rows for end in (row.dependent_id, row.needed_id)}, lang)
    return [tie_view(row, links, lang) for row in rows]


def _draft(platform: Platform, session: Session, scope: Scope, draft_id: int, *, lock: bool = False) -> ContinuityDraft:
    query = select(ContinuityDraft).where(
        ContinuityDraft.id == draft_id,
        ContinuityDraft.created_at >= platform.clock.now() - KEPT,
        within(scope, Right.SEE, ContinuityDraft.establishment_id),
    )
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound(
            Text(
                "Cet import n’attend plus de confirmation ; déposez de nouveau les fichiers.",
                "This import no longer waits for a confirmation; send the files again.",
            )
        )
    visible_establishment(session, scope, row.establishment_id, Right.MANAGE_CONTINUITY)
    return row


def _files(row: ContinuityDraft) -> list[CsvFile]:
    return [read_csv(one["name"], one["text"]) for one in row.files]


def _write(session: Session, scope: Scope, place: int, plan: Plan, now: datetime) -> Imported:
    ids = {key: link.id for key, link in plan.names.items()}
    made = [(one.key, _new_node(place, one, scope.actor, now)) for one in plan.nodes if one.row is None]
    session.add_all(row for _key, row in made)
    changed = 0
    for one in plan.nodes:
        if one.row is not None and one.fields:
            change(one.row, _values(one.draft), scope.actor, now)
            changed += 1
    session.flush()
    ids |= {key: row.id for key, row in made}
    for one in plan.nodes:
        if one.writes and isinstance(one.draft, ActivityDraft):
            forget_absence(session, place, one.draft.perimeter)
    tied, retied = _write_ties(session, scope, place, plan.ties, ids, now)
    return Imported(len(made), changed, tied, retied, len(plan.refused))


def _write_ties(
    session: Session, scope: Scope, place: int, ties: Sequence[TiePlan], ids: dict[str, int], now: datetime
) -> tuple[int, int]:
    """Add and change dependencies; how many of each."""
    tied = retied = 0
    for one in ties:
        if one.row is None:
            row = new_dependency(place, one.draft)
            row.dependent_id, row.needed_id = ids[one.dependent], ids[one.needed]
            row.created_at, row.created_by = now, scope.actor
            session.add(row)
            tied += 1
        elif one.fields:
            one.row.strength, one.row.holds_minutes = one.draft.strength, one.draft.holds_minutes
            one.row.alternative, one.row.note = one.draft.alternative, one.draft.note
            retied += 1
    session.flush()
    return tied, retied


def _new_node(place: int, plan: NodePlan, actor: str, now: datetime) -> AnyNode:
    table: type[AnyNode] = Activity if isinstance(plan.draft, ActivityDraft) else Resource
    return new_row(table, place, plan.key, _values(plan.draft), actor, now)


def _values(draft: Draft) -> dict[str, object]:
    values = activity_values(draft) if isinstance(draft, ActivityDraft) else resource_values(draft)
    return values | {"owner": draft.owner.strip(), "owner_account_id": draft.owner_account_id}


def _preview(row: ContinuityDraft, files: Sequence[CsvFile], plan: Plan, lang: Lang) -> ContinuityPreview:
    return ContinuityPreview(
        id=row.id,
        establishment_id=row.establishment_id,
        names=tuple(one.name for one in files),
        files=tuple(_preview_file(sort, plan, lang) for sort in Sort if sort in {one.sort for one in files}),
        ignored=tuple(heading for one in files for heading in one.ignored),
        orphans=tuple(plan.orphans[:MOST_SHOWN]),
        orphan_count=len(plan.orphans),
        cycles=tuple(plan.cycles[:MOST_SHOWN]),
        useful=plan.changes,
        mark=plan.mark,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _preview_file(sort: Sort, plan: Plan, lang: Lang) -> PreviewFile:
    plans = cast("Sequence[NodePlan | TiePlan]", plan.nodes if sort is Sort.NODES else plan.ties)
    new = [one for one in plans if one.row is None]
    changed = [one for one in plans if one.row is not None and one.fields]
    refused = sorted((one for one in plan.refused if one.sort is sort), key=lambda one: one.line)
    return PreviewFile(
        sort=sort,
        new=tuple(PreviewLine(one.line, _said(plan, one)) for one in new[:MOST_SHOWN]),
        new_count=len(new),
        changed=tuple(
            PreviewLine(one.line, _said(plan, one), tuple(COLUMNS[sort][name].render(lang) for name in one.fields))
            for one in changed[:MOST_SHOWN]
        ),
        changed_count=len(changed),
        same_count=len(plans) - len(new) - len(changed),
        refused=tuple(
            PreviewLine(one.line, one.name, tuple(text.render(lang) for text in one.reasons))
            for one in refused[:MOST_SHOWN]
        ),
        refused_count=len(refused),
    )


def _said(plan: Plan, one: NodePlan | TiePlan) -> str:
    """How people call what a line is about."""
    if isinstance(one, TiePlan):
        return f"{plan.names[one.dependent].name} → {plan.names[one.needed].name}"
    link = plan.names[one.key]
    return f"{link.name} ({link.kind_name})"
