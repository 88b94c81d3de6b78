"""Deadlines of application files: the candidacy to file, the declaration to file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right
from care.domain.application_files import APPLIED, DECLARED, OVER, FileState
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.frameworks import Framework
from care.domain.funded_domains import DOMAINS, Window, bounds_of
from care.services.deadline_source import Source, Wanted
from care.services.frameworks.library import frameworks_in_use
from care.store.programme import ApplicationFile
from care.store.registry import Establishment
from scanners.model import Text

_TO_DECLARE = APPLIED - DECLARED - OVER
_AWAITING = (FileState.CANDIDACY_IN_PREPARATION, *sorted(_TO_DECLARE))


def applications(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """What a candidate still has to file, on the date of its file or on that of the domain."""
    query = select(ApplicationFile).where(ApplicationFile.state.in_(_AWAITING))
    if wanted.establishment_id is not None:
        query = query.where(ApplicationFile.holder.in_(_candidates(session, wanted.establishment_id)))
    rows = session.scalars(query.order_by(ApplicationFile.id)).all()
    if not rows or wanted.platform is None:
        return
    in_use = frameworks_in_use(wanted.platform, session, wanted.today)
    for row in rows:
        due_on = _due_on(row, in_use[row.framework])
        if due_on is not None and due_on <= wanted.until:
            yield _deadline(row, due_on, wanted)


def _candidates(session: Session, establishment_id: int) -> tuple[str, ...]:
    entity = session.get_one(Establishment, establishment_id).legal_entity
    group = () if entity.ght_id is None else (f"ght:{entity.ght_id}",)
    return (f"legal_entity:{entity.id}", *group)


def _due_on(row: ApplicationFile, framework: Framework) -> date | None:
    if row.state is FileState.CANDIDACY_IN_PREPARATION:
        return bounds_of(framework, Window.CANDIDACY).last
    return row.declare_until or bounds_of(framework, Window.DECLARATION).last


def _deadline(row: ApplicationFile, due_on: date, wanted: Wanted) -> Deadline:
    level, _colon, number = row.holder.partition(":")
    name = DOMAINS[row.framework].name
    to_apply = row.state is FileState.CANDIDACY_IN_PREPARATION
    act = (
        Text("Candidature à déposer", "Candidacy to file")
        if to_apply
        else Text("Déclaration à déposer", "Declaration to file")
    )
    site = wanted.establishment_id
    page = f"/establishments/{site}/applications" if site else f"/applications/{level}/{number}/{row.framework}"
    return Deadline(
        kind=DeadlineKind.APPLICATION,
        identity=f"application:{row.id}:{'candidacy' if to_apply else 'declaration'}",
        place=Place(Level(level), int(number)),
        title=Text(f"{act.fr} : {name.fr}", f"{act.en}: {name.en}"),
        due_on=due_on,
        changed_at=row.changed_at,
        address=page,
        owner=row.owner,
    )


SOURCES = (
    Source(
        DeadlineKind.APPLICATION,
        applications,
        Right.SEE_PROGRAMME,
        Right.MANAGE_PROGRAMME,
        (60, 30, 14, 7, 1),
        weekly=True,
    ),
)
"""Two months before: a declaration gathers the evidence of many people. Our choice."""
