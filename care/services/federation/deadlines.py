"""Deadlines of federation: for a region, installations that say nothing any more; for a hospital, regions that nothing
of it reaches, or whose alerts it can no longer read.

Each is told once: its day is that on which the silence began or broke a promise, and stays the same until it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Right, place_at
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.federation import DeliveryState, InstallationState, Punctuality, punctuality
from care.services.deadline_source import Source, Wanted
from care.services.federation.links import bundles_of, in_trouble
from care.services.federation.sending import AT_LEAST_EVERY
from care.store.federation import Installation, InstallationEstablishment, RegionLink, SentBundle
from care.store.registry import Establishment
from scanners.model import Text

PATIENCE = timedelta(days=1)
"""A region that is down for a night is no news, beyond the week after which something leaves in any case."""


def late(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Installations that sent no bundle for longer than expected of them."""
    for row in session.scalars(_speaking(wanted)):
        standing = punctuality(row.state, row.enrolled_at, row.last_received_at, row.expected_days, wanted.now)
        if standing is not Punctuality.LATE:
            continue
        last = row.last_received_at or row.enrolled_at
        yield Deadline(
            kind=DeadlineKind.INSTALLATION,
            identity=f"installation:{row.id}",
            place=place_at(row.place),
            title=Text(f"Plus aucun lot reçu de « {row.name} »", f"No bundle received any more from “{row.name}”"),
            due_on=wanted.day(last + timedelta(days=row.expected_days)),
            changed_at=last,
            address=f"/installations/{row.id}",
        )


def _speaking(wanted: Wanted) -> Select[Installation]:
    query = select(Installation).where(Installation.state == InstallationState.ENROLLED).order_by(Installation.id)
    if wanted.establishment_id is None:
        return query
    spoken = InstallationEstablishment
    return query.join(spoken, spoken.installation_id == Installation.id).where(
        spoken.establishment_id == wanted.establishment_id
    )


def unreached(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Regions that refuse what is sent, that it does not reach, or whose alerts cannot be read."""
    for link in _active(session, wanted):
        unsent, unread = _unsent_since(session, link, wanted.now), _unread_since(link, wanted.now)
        if unsent is not None:
            told = Text(f"Rien ne parvient à « {link.name} »", f"Nothing reaches “{link.name}”")
            yield _trouble(link, "unsent", unsent, told, wanted)
        if unread is not None:
            told = Text(f"Alertes de « {link.name} » non lues", f"Alerts of “{link.name}” not read")
            yield _trouble(link, "unread", unread, told, wanted)


def _active(session: Session, wanted: Wanted) -> list[RegionLink]:
    query = select(RegionLink).where(RegionLink.enabled.is_(True), RegionLink.ended_at.is_(None))
    links = session.scalars(query.order_by(RegionLink.id)).all()
    if wanted.establishment_id is None or not links:
        return list(links)
    finess = session.scalar(select(Establishment.finess).where(Establishment.id == wanted.establishment_id))
    return [one for one in links if finess in one.establishments]


def _trouble(link: RegionLink, what: str, since: datetime, title: Text, wanted: Wanted) -> Deadline:
    return Deadline(
        kind=DeadlineKind.REGION_LINK,
        identity=f"region-link:{link.id}:{what}",
        place=PLATFORM,
        title=title,
        due_on=wanted.day(since),
        changed_at=since,
        address=f"/region-links/{link.id}",
    )


def _unsent_since(session: Session, link: RegionLink, now: datetime) -> datetime | None:
    """Since when nothing arrives there, when a person should look at it: the first bundle that did not arrive when the
    latest one is refused or tried in vain; else the day by which another one should have been made."""
    mine = SentBundle.link_id == link.id
    arrived = select(func.max(SentBundle.number)).where(mine, SentBundle.state == DeliveryState.DELIVERED)
    last = session.scalar(arrived) or 0
    first = session.scalar(select(func.min(SentBundle.made_at)).where(mine, SentBundle.number > last))
    latest = session.scalars(bundles_of(link.id).where(in_trouble()).limit(1)).first()
    if latest is not None and latest.number == link.last_number:
        return first
    if not link.url:  # what is handed over as a file, nobody here can tell about
        return None
    made = session.scalar(select(func.max(SentBundle.made_at)).where(mine, SentBundle.number <= last))
    expected = (made or link.changed_at) + AT_LEAST_EVERY
    return expected if expected + PATIENCE < now else None


def _unread_since(link: RegionLink, now: datetime) -> datetime | None:
    since = link.unheard_since
    return since if since is not None and since + PATIENCE < now else None


SOURCES: tuple[Source, ...] = (
    Source(DeadlineKind.INSTALLATION, late, Right.MANAGE_REGION, Right.MANAGE_REGION, ()),
    Source(DeadlineKind.REGION_LINK, unreached, Right.MANAGE_FEDERATION, Right.MANAGE_FEDERATION, ()),
)
"""The sources of federation."""
