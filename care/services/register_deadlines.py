"""The deadlines of registers: hostings, contracts, remote accesses; what ends, what is renewed, what is reviewed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.contracts import denounce_by
from care.domain.deadlines import Deadline, DeadlineKind
from care.services.access_links.rhythm import standings
from care.services.deadline_source import Source, Wanted, at_site, there
from care.services.remote_access.decided import Decided, to_carry_out
from care.store.governance import HealthDataHosting, SupplierContract
from care.store.remote_access import RemoteAccess
from scanners.model import Text

REVIEWED_EVERY = timedelta(days=365)
"""Accesses are reviewed at least yearly (ReCyF 10.A.6, TLM-26)."""


def hostings(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Certificates that end and migrations planned, of the hostings in use."""
    query = select(HealthDataHosting).where(HealthDataHosting.ended_on.is_(None))
    for row in session.scalars(query.where(*there(HealthDataHosting.establishment_id, wanted))):
        for what, due_on, title in _of_hosting(row):
            if due_on is not None and due_on <= wanted.until:
                yield Deadline(
                    kind=DeadlineKind.HOSTING,
                    identity=f"{what}:{row.id}",
                    place=at_site(row.establishment_id),
                    title=title,
                    due_on=due_on,
                    changed_at=row.changed_at,
                    address=f"/establishments/{row.establishment_id}/hosting/{row.id}",
                )


def _of_hosting(row: HealthDataHosting) -> Iterator[tuple[str, date | None, Text]]:
    name = row.name
    if row.hds_certified:
        yield "hds", row.hds_until, Text(f"Certificat HDS : « {name} »", f"HDS certificate: “{name}”")
    if row.secnumcloud:
        yield "secnumcloud", row.secnumcloud_until, Text(f"SecNumCloud : « {name} »", f"SecNumCloud: “{name}”")
    yield "migration", row.migrate_by, Text(f"Migration : « {name} »", f"Migration: “{name}”")


def contracts(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """The last day to give notice of a contract, else its end."""
    query = select(SupplierContract).where(SupplierContract.ended_on.is_(None), SupplierContract.ends_on.is_not(None))
    for row in session.scalars(query.where(*there(SupplierContract.establishment_id, wanted))):
        leave = denounce_by(row.ends_on, row.notice_days)
        # Once the notice is over, only the end can still be acted upon.
        notice = leave is not None and leave >= wanted.today
        due_on = leave if notice else row.ends_on
        if due_on is not None and due_on <= wanted.until:
            yield Deadline(
                kind=DeadlineKind.CONTRACT,
                identity=f"{'notice' if notice else 'contract'}:{row.id}",
                place=at_site(row.establishment_id),
                title=_title(f"{row.supplier} – {row.subject}", notice=notice),
                due_on=due_on,
                changed_at=row.changed_at,
                address=f"/establishments/{row.establishment_id}/contracts/{row.id}",
            )


def _title(name: str, *, notice: bool) -> Text:
    if notice:
        return Text(f"Préavis à donner : {name}", f"Notice to give: {name}")
    return Text(f"Fin du contrat : {name}", f"End of the contract: {name}")


def remote_accesses(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """The review of accesses; of each open one its yearly review, its end, and what its last review decided."""
    yield from _reviews(session, wanted)
    query = select(RemoteAccess).where(RemoteAccess.ended_on.is_(None))
    rows = session.scalars(query.where(*there(RemoteAccess.establishment_id, wanted))).all()
    decisions = to_carry_out(session, [row.id for row in rows], wanted.zone)
    for row in rows:
        for what, due_on, title in _of_access(row, decisions.get(row.id)):
            if due_on is not None and due_on <= wanted.until:
                yield Deadline(
                    kind=DeadlineKind.REMOTE_ACCESS,
                    identity=f"access_{what}:{row.id}",
                    place=at_site(row.establishment_id),
                    title=title,
                    due_on=due_on,
                    changed_at=row.changed_at,
                    address=f"/establishments/{row.establishment_id}/remote-accesses/{row.id}",
                    owner=row.owner,
                )


def _reviews(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """The end of the review that is open, else the day by which the next one is due."""
    for site, standing in standings(session, wanted.zone, wanted.today, wanted.establishment_id).items():
        if standing.due_on > wanted.until:
            continue
        page = f"/establishments/{site}/access-reviews"
        title = Text("Accès distants : prochaine revue", "Remote accesses: next review")
        if standing.review_id is not None:
            page = f"{page}/{standing.review_id}"
            title = Text(f"Fin de la revue « {standing.title} »", f"End of the review “{standing.title}”")
        yield Deadline(
            kind=DeadlineKind.REMOTE_ACCESS,
            identity=f"access_reviews:{site}",
            place=at_site(site),
            title=title,
            due_on=standing.due_on,
            changed_at=standing.changed_at or wanted.now,
            address=page,
        )


def _of_access(row: RemoteAccess, decided: Decided | None) -> Iterator[tuple[str, date | None, Text]]:
    name = f"{row.supplier} – {row.equipment}"
    reviewed = row.reviewed_on and row.reviewed_on + REVIEWED_EVERY
    yield "review", reviewed, Text(f"Accès distant à revoir : {name}", f"Remote access to review: {name}")
    yield "end", row.ends_on, Text(f"Fin de l’accès distant : {name}", f"End of the remote access: {name}")
    if decided is not None and decided.closes:
        yield "close", decided.due_on, Text(f"Accès distant à fermer : {name}", f"Remote access to close: {name}")
    elif decided is not None:
        yield "correct", decided.due_on, Text(f"Accès distant à corriger : {name}", f"Remote access to correct: {name}")


SOURCES: tuple[Source, ...] = (
    Source(DeadlineKind.HOSTING, hostings, Right.SEE_PROGRAMME, Right.MANAGE_PROGRAMME, (90, 30, 7), weekly=True),
    Source(DeadlineKind.CONTRACT, contracts, Right.SEE_PROGRAMME, Right.MANAGE_PROGRAMME, (90, 30, 7), weekly=True),
    Source(
        DeadlineKind.REMOTE_ACCESS,
        remote_accesses,
        Right.SEE_FINDINGS,
        Right.MANAGE_TARGETS,
        (30, 7),
        weekly=True,
    ),
)
"""The sources of the registers of hosting, of contracts and of remote accesses."""
