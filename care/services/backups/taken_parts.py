"""What a plan says beside its systems, as the inventory keeps it: repositories, the sheet of statements, ties of jobs.

What the inventory already says stands, as it does when both are handed to an audit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from care.domain.backups import Reach, RepositoryTool
from care.domain.node_names import folded
from care.services.backups.job_ties import MAX_TIES, TieDraft, cleaned_tie
from care.services.backups.repositories import placed_repository
from care.services.backups.repository_plans import RepositoryDraft, our_fields
from care.services.backups.statements import StatementDraft, cleaned_statement, put_statement, stated_draft
from care.services.platform import Platform
from care.services.register_rows import check_room, draft_values, rows_of
from care.store.backups import BackupJobTie, BackupRepository, BackupSystem
from scanners.backup.facts import MAX_REPOSITORIES, DirectoryBackup, Plan, Policy, RepositoryPlan

MOVED = ("repositories", "policy", "production_domain", "administrators", "directory_backup", "jobs")
"""The fields of a plan that this takes over."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What would be added: names of repositories and of jobs, fields of the sheet; `kept` are the repositories that the
    inventory knows by another description, and keeps."""

    repositories: tuple[RepositoryDraft, ...]
    kept: tuple[str, ...]
    jobs: tuple[str, ...]
    statements: Mapping[str, Any]


def seen_parts(session: Session, establishment_id: int, plan: Plan) -> Parts:
    """What the inventory does not say yet."""
    known = {row.name.casefold() for row in rows_of(session, BackupRepository, establishment_id)}
    tied = {folded(row.name) for row in rows_of(session, BackupJobTie, establishment_id) if row.ended_on is None}
    said = _said(plan)
    ours = stated_draft(session, establishment_id)
    return Parts(
        tuple(_repository(one) for one in plan.repositories if one.name.casefold() not in known),
        tuple(one.name for one in plan.repositories if one.name.casefold() in known),
        tuple(name for name in plan.jobs if folded(name) not in tied),
        {name: value for name, value in said.items() if not _told(ours, name)},
    )


def take_parts(
    platform: Platform, session: Session, establishment_id: int, plan: Plan, actor: str, day: date, now: datetime
) -> None:
    """Write them down; the systems are there. Invalid names a line that cannot be kept."""
    parts = seen_parts(session, establishment_id, plan)
    common = {"establishment_id": establishment_id, "changed_at": now, "changed_by": actor, "version": 1}
    check_room(len(rows_of(session, BackupRepository, establishment_id)) + len(parts.repositories), MAX_REPOSITORIES)
    for one in parts.repositories:
        session.add(BackupRepository(**common, **draft_values(placed_repository(platform, one))))
    ties = [cleaned_tie(one, day) for one in _ties(session, establishment_id, plan, parts.jobs)]
    check_room(len(rows_of(session, BackupJobTie, establishment_id)) + len(ties), MAX_TIES)
    session.add_all(BackupJobTie(**common, **draft_values(one)) for one in ties)
    if parts.statements:
        draft = replace(stated_draft(session, establishment_id), **parts.statements)
        put_statement(session, establishment_id, cleaned_statement(draft, day), actor, now)


def _repository(one: RepositoryPlan) -> RepositoryDraft:
    tool = RepositoryTool(one.tool)
    if one.remote is None:
        return RepositoryDraft(one.name, tool, path=one.location, pattern=one.pattern, identity=one.identity)
    reach = Reach(one.remote.kind)
    place = {ours: getattr(one.remote, theirs) for theirs, ours in our_fields(reach).items()}
    return RepositoryDraft(
        one.name, tool, reach, port=one.remote.port, pattern=one.pattern, identity=one.identity, **place
    )


def _ties(session: Session, establishment_id: int, plan: Plan, names: tuple[str, ...]) -> Iterator[TieDraft]:
    rows = rows_of(session, BackupSystem, establishment_id)
    numbers = {folded(row.name): row.id for row in rows if row.ended_on is None}
    for name in names:
        said = plan.jobs[name]
        if said == "":
            yield TieDraft(name, None, "Le plan repris ne le rattachait à aucun système.")
        for system in dict.fromkeys((said,) if isinstance(said, str) else said):
            if folded(system) in numbers:
                yield TieDraft(name, numbers[folded(system)])


def _said(plan: Plan) -> dict[str, Any]:
    """What a plan says of the sheet, by field of the sheet; groups that a plan says whole are whole."""
    said: dict[str, Any] = {"production_domain": plan.production_domain, "administrators": plan.administrators or ()}
    if plan.policy == "none":
        said["policy"] = False
    elif isinstance(plan.policy, Policy):
        items = plan.policy.items or ()
        said |= {"policy": True, "policy_on": plan.policy.date, "validated": plan.policy.validated, "items": items}
    if isinstance(plan.directory_backup, DirectoryBackup):
        told = plan.directory_backup
        said |= {"controllers": told.controllers, "offline": told.offline, "dsrm_apart": told.dsrm_apart}
        if told.rebuilt_on is not None:
            never = told.rebuilt_on == "never"
            said |= {"rebuilt": not never, "rebuilt_on": None if never else told.rebuilt_on}
    return {name: value for name, value in said.items() if value not in (None, "", ())}


_OF_POLICY, _OF_REBUILDING = ("policy_on", "validated", "items"), ("rebuilt_on",)


def _told(ours: StatementDraft, name: str) -> bool:
    """Whether the sheet says it: the policy is said whole, and so is the rebuilding of the forest."""
    name = "policy" if name in _OF_POLICY else "rebuilt" if name in _OF_REBUILDING else name
    return getattr(ours, name) not in (None, "", ())
