"""Names of jobs tied to systems: what histories of backup consoles call a system, when it is not its own name.

A name that is several systems has a line for each; a line without a system says that its jobs are none of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.backups.handing import inventory_of, tied_jobs
from care.services.backups.targets import last_read
from care.services.errors import Invalid
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_files import Column, RegisterSort
from care.services.register_keeping import Register
from care.services.register_rows import rows_of, visible_row
from care.services.typed_texts import length_faults, line_of
from care.store.backups import BackupJobTie, BackupSystem
from scanners.backup.facts import BackupFacts
from scanners.backup.histories import Names
from scanners.backup.job_names import LEAST_LETTERS, is_pattern, letters
from scanners.model import Text

MAX_TIES, MAX_NAME, MAX_REASON = 5_000, 255, 300
MOST_UNTIED = 50
"""Names of jobs that nothing ties, shown on the page."""


@dataclass(frozen=True, slots=True)
class TieDraft:
    """A name of a job, or a pattern with `*`, and its system; None: none of ours, for a reason."""

    name: str
    system_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TieView:
    """One line; `system` is the name of its system, "" for none of ours."""

    id: int
    establishment_id: int
    draft: TieDraft
    system: str
    ended_on: date | None
    changed_at: datetime
    changed_by: str
    version: int


@dataclass(frozen=True, slots=True)
class Ties:
    """The lines in use and those over, and the jobs of the last audit's histories that no system claims: the first
    `MOST_UNTIED`, and how many there are."""

    lines: tuple[TieView, ...]
    over: tuple[TieView, ...]
    untied: tuple[str, ...]
    untied_count: int


def cleaned_tie(draft: TieDraft, _day: date) -> TieDraft:
    """The draft tidied. Invalid names the fields that cannot be used."""
    draft = replace(draft, name=line_of(draft.name), reason="" if draft.system_id else line_of(draft.reason))
    faults = length_faults({"name": (draft.name, MAX_NAME), "reason": (draft.reason, MAX_REASON)})
    if not draft.name:
        faults["name"] = Text("Ce champ est obligatoire.", "This field is required.")
    elif is_pattern(draft.name) and letters(draft.name) < LEAST_LETTERS:
        faults["name"] = Text(
            f"Ce motif prendrait presque tous les travaux : mettez-y au moins {LEAST_LETTERS} lettres ou chiffres.",
            f"This pattern would take almost every job: put at least {LEAST_LETTERS} letters or digits in it.",
        )
    if draft.system_id is None and not draft.reason:
        faults["reason"] = Text(
            "Choisissez un système, ou dites pourquoi ce travail n’en concerne aucun.",
            "Choose a system, or say why this job is none of ours.",
        )
    if faults:
        raise Invalid(faults)
    return draft


def _check_system(session: Session, establishment_id: int, draft: TieDraft) -> None:
    row = session.get(BackupSystem, draft.system_id) if draft.system_id is not None else None
    if draft.system_id is not None and (row is None or row.establishment_id != establishment_id):
        raise Invalid({"system_id": Text("Choisissez un système de la liste.", "Choose a system of the list.")})


JOB_TIES: Register[BackupJobTie, TieDraft] = Register(
    table=BackupJobTie,
    draft=TieDraft,
    sort=RegisterSort(
        columns=(
            Column("name", Text("Travail ou machine", "Job or machine")),
            Column("system_id", Text("Système", "System")),
            Column("reason", Text("Raison", "Reason")),
        ),
        needed=("name",),
        empty=TieDraft(""),
        cleaned=cleaned_tie,
        called=lambda draft: draft.name,
        key=lambda draft: (folded(draft.name), str(draft.system_id)),
        most=MAX_TIES,
    ),
    word="backup_job_tie",
    named_by="name",
    title=Text("Travaux rattachés", "Jobs tied to systems"),
    check=_check_system,
    see=Right.SEE_FINDINGS,
    manage=Right.MANAGE_TARGETS,
)


def read_ties(platform: Platform, scope: Scope, establishment_id: int) -> Ties:
    """The ties of an establishment, by name; NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        names = _system_names(session, place.id)
        rows = sorted(rows_of(session, BackupJobTie, place.id), key=lambda row: (folded(row.name), row.id))
        kept, read = inventory_of(session, place.id, today(platform)), last_read(platform, session, place.id)
        untied: list[str] = []
        if read.facts is not None and kept.systems:
            ours = tied_jobs(session, place.id, kept.names).items()
            jobs = {**read.facts.plan.jobs, **{n: tuple(one) if isinstance(one, list) else one for n, one in ours}}
            untied = _untied(read.with_plan(replace(kept.plan(), jobs=jobs), now))
    views = [_view(row, names) for row in rows]
    return Ties(
        tuple(one for one in views if one.ended_on is None),
        tuple(one for one in views if one.ended_on is not None),
        tuple(untied[:MOST_UNTIED]),
        len(untied),
    )


def open_tie(platform: Platform, scope: Scope, number: int) -> TieView:
    """One line; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_row(session, scope, BackupJobTie, number, see=Right.SEE_FINDINGS)
        return _view(row, _system_names(session, row.establishment_id))


def _untied(facts: BackupFacts) -> list[str]:
    """The jobs of the histories that the plan neither ties nor leaves out."""
    if facts.history is None:
        return []
    names = Names(facts)
    return sorted(name for name, runs in facts.history.by_job().items() if names.systems_of(runs[-1]) is None)


def _system_names(session: Session, establishment_id: int) -> Mapping[int, str]:
    query = select(BackupSystem.id, BackupSystem.name).where(BackupSystem.establishment_id == establishment_id)
    return {row.id: row.name for row in session.execute(query)}


def _view(row: BackupJobTie, names: Mapping[int, str]) -> TieView:
    return TieView(
        row.id,
        row.establishment_id,
        JOB_TIES.draft_of(row),
        names.get(row.system_id or 0, ""),
        row.ended_on,
        row.changed_at,
        row.changed_by,
        row.version,
    )
