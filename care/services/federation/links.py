"""The regions that this installation sends to, as its administrators see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from care.domain.access import Right, Scope, lineage
from care.domain.federation import DeliveryState, LinkState, Way
from care.domain.pseudonyms import pseudonym_of
from care.domain.signed_documents import key_fingerprint, raw_public_key
from care.services.errors import Forbidden, NotFound
from care.services.federation.authorities import describe_authority
from care.services.federation.region_keys import RegionKeyLine, keys_of
from care.services.paging import Page, bounds
from care.services.platform import Platform
from care.services.trail import Thing
from care.store.federation import RegionLink, SentBundle
from care.store.registry import Establishment
from scanners.model import Text

_PATIENCE = 2
"""Attempts in vain before anybody is told: a region that restarts is no news."""
NO_REGION = Text(
    "Cette installation n’envoie encore à aucune région : commencez par « care region join », ou par « care region"
    " request » sans réseau.",
    "This installation sends to no region yet: begin with “care region join”, or “care region request” without a"
    " network.",
)
_UNNAMED = Text("Demande sans réponse", "Request without an answer")


@dataclass(frozen=True, slots=True)
class Expected:
    """An establishment that the region expects: its name here, empty when the registry does not know it; the pseudonym
    it is sent under, if any."""

    finess: str
    name: str
    pseudonym: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A bundle made, and how its delivery goes. `kept`: what left can still be read, word for word."""

    number: int
    sha256: str
    made_at: datetime
    made_by: str
    way: Way
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    told: str
    delivered_at: datetime | None
    kept: bool


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A region, as the list shows it. `last` is the latest bundle, `delivered_at` when one last arrived; `unheard`: its
    alerts cannot be read; `foreign`: it took a bundle that was not made here."""

    id: int
    title: str
    place_name: str
    url: str
    state: LinkState
    establishments: int
    pseudonymous: bool
    joined_at: datetime
    last: Delivery | None
    delivered_at: datetime | None
    unheard: bool
    foreign: bool


@dataclass(frozen=True, slots=True)
class LinkView:
    """A region whole. Fingerprints are SHA-256 in hexadecimal, the region's empty until it answered; `authority` says
    whose certificates are believed, nobody's but the machine's when empty. `region_keys`: those that were believed, the
    latest first. `foreign_number`: a bundle that the region took from us and that was not made here. `heard_at`: its
    alerts were last read; `unheard` says why they cannot be, since then. `asked_at`: when it wrote its campaigns last
    taken here; `wrong`: why those that it sent since could not be.
    """

    line: LinkLine
    identifier: str
    joined_by: str
    ended_at: datetime | None
    months: int
    version: int
    region_fingerprint: str
    our_fingerprint: str
    key_known: bool
    region_keys: tuple[RegionKeyLine, ...]
    foreign_number: int | None
    foreign_at: datetime | None
    heard_at: datetime | None
    unheard_since: datetime | None
    unheard: str
    authority: tuple[str, ...]
    expected: tuple[Expected, ...]
    asked_at: datetime | None
    wrong: str
    history: Page[Delivery]


def allow(scope: Scope) -> None:
    """Forbidden to who does not administer the whole installation."""
    if not scope.allows(Right.MANAGE_FEDERATION, lineage()):
        raise Forbidden


def thing_of(link: RegionLink) -> Thing:
    """The link, as the trail names it."""
    return Thing("region_link", link.id)


def state_of(link: RegionLink, *, ever_sent: bool) -> LinkState:
    """Where we stand with a region."""
    if link.ended_at is not None:
        return LinkState.LEFT
    if not link.region_key:
        return LinkState.ASKED
    if link.enabled:
        return LinkState.SENDING
    return LinkState.PAUSED if ever_sent else LinkState.TO_CONFIRM


def locked_link(session: Session, link_id: int) -> RegionLink:
    """The row, locked until the commit; NotFound."""
    found = session.get(RegionLink, link_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def find_link(platform: Platform, scope: Scope, name: str = "") -> int:
    """The region that people call `name`, or the only one that was not left. NotFound says which there are."""
    allow(scope)
    with platform.database.read() as session:
        rows = session.scalars(select(RegionLink).order_by(RegionLink.ended_at.is_not(None), RegionLink.id)).all()
        wanted = name.strip().casefold()
        found = [one for one in rows if _called(one, wanted) or (not wanted and one.ended_at is None)]
        if len(found) == 1 or (found and wanted):
            return found[0].id
        names = ", ".join(f"{one.id} ({one.name})" if one.name else str(one.id) for one in rows)
    if not names:
        raise NotFound(NO_REGION)
    raise NotFound(
        Text(
            f"Dites de quelle région il s’agit, par son numéro ou son nom : {names}.",
            f"Say which region is meant, by its number or its name: {names}.",
        )
    )


def _called(link: RegionLink, wanted: str) -> bool:
    return bool(wanted) and wanted in (str(link.id), link.name.casefold(), link.identifier)


def list_links(platform: Platform, scope: Scope) -> tuple[LinkLine, ...]:
    """The regions, those left last."""
    allow(scope)
    query = select(RegionLink).order_by(RegionLink.ended_at.is_not(None), RegionLink.id)
    with platform.database.read() as session:
        return tuple(_line(session, one, scope.lang) for one in session.scalars(query))


def count_troubled(platform: Platform, scope: Scope) -> int:
    """How many regions refused the latest bundle, or cannot be reached."""
    allow(scope)
    other = aliased(SentBundle)
    last = select(func.max(other.number)).where(other.link_id == SentBundle.link_id).scalar_subquery()
    query = (
        select(func.count())
        .select_from(SentBundle)
        .join(RegionLink, RegionLink.id == SentBundle.link_id)
        .where(RegionLink.enabled.is_(True), SentBundle.number == last, in_trouble())
    )
    with platform.database.read() as session:
        return session.scalar(query) or 0


def in_trouble() -> ColumnElement[bool]:
    """Whether a person should look at a bundle: refused, or tried several times in vain."""
    vainly = and_(SentBundle.state == DeliveryState.WAITING, SentBundle.attempts > _PATIENCE)
    return or_(SentBundle.state == DeliveryState.REFUSED, vainly)


def open_link(platform: Platform, scope: Scope, link_id: int, number: int = 1, per_page: int = 20) -> LinkView:
    """A region whole, with a page of its history, the latest first."""
    allow(scope)
    number, per_page = bounds(number, per_page)
    with platform.database.read() as session:
        link = session.get(RegionLink, link_id)
        if link is None:
            raise NotFound
        total = session.scalar(select(func.count()).where(SentBundle.link_id == link_id)) or 0
        rows = session.scalars(bundles_of(link_id).limit(per_page).offset((number - 1) * per_page))
        ours = platform.signer.key_id
        return LinkView(
            line=_line(session, link, scope.lang),
            identifier=link.identifier,
            joined_by=link.joined_by,
            ended_at=link.ended_at,
            months=link.months,
            version=link.version,
            region_fingerprint=region_fingerprint(link),
            our_fingerprint=ours,
            key_known=link.our_key == ours,
            region_keys=keys_of(session, link),
            foreign_number=link.foreign_number,
            foreign_at=link.foreign_at,
            heard_at=link.heard_at,
            unheard_since=link.unheard_since,
            unheard=Text(link.unheard_fr, link.unheard_en).render(scope.lang),
            authority=describe_authority(link.trusted_pem),
            expected=_expected(platform, session, link),
            asked_at=link.asked_at,
            wrong=Text(link.wrong_fr, link.wrong_en).render(scope.lang),
            history=Page(tuple(_delivery(one, scope.lang) for one in rows), number, per_page, total),
        )


def region_fingerprint(link: RegionLink) -> str:
    """The fingerprint of the region's key, empty until it answered."""
    return key_fingerprint(raw_public_key(link.region_key)) if link.region_key else ""


def pseudonym_key(platform: Platform, link: RegionLink) -> bytes:
    """The key of the pseudonyms of one region, which another region never sees the like of.

    The oldest key of the installation: a new one put on top of its file would give everyone a new pseudonym.
    """
    return platform.secrets.derive(f"pseudonyms of {link.identifier}")[-1]


def bundles_of(link_id: int) -> Select[SentBundle]:
    """The bundles made for a region, the latest first."""
    return select(SentBundle).where(SentBundle.link_id == link_id).order_by(SentBundle.number.desc())


def names_of(session: Session, finess: Iterable[str]) -> dict[str, str]:
    """The establishments of the registry with those numbers, by number."""
    rows = session.execute(select(Establishment.finess, Establishment.name).where(Establishment.finess.in_(finess)))
    return dict(iter(rows))


def _expected(platform: Platform, session: Session, link: RegionLink) -> tuple[Expected, ...]:
    names = names_of(session, link.establishments)
    key = pseudonym_key(platform, link) if link.pseudonymous else b""
    return tuple(
        Expected(one, names.get(one, ""), pseudonym_of(key, one) if link.pseudonymous else "")
        for one in link.establishments
    )


def _line(session: Session, link: RegionLink, lang: str) -> LinkLine:
    latest = session.scalars(bundles_of(link.id).limit(1)).first()
    arrived = select(func.max(SentBundle.delivered_at)).where(SentBundle.link_id == link.id)
    return LinkLine(
        id=link.id,
        title=link.name or _UNNAMED.render(lang),
        place_name=link.place_name,
        url=link.url,
        state=state_of(link, ever_sent=latest is not None),
        establishments=len(link.establishments),
        pseudonymous=link.pseudonymous,
        joined_at=link.joined_at,
        last=_delivery(latest, lang) if latest else None,
        delivered_at=session.scalar(arrived),
        unheard=link.unheard_since is not None,
        foreign=link.foreign_number is not None,
    )


def _delivery(row: SentBundle, lang: str) -> Delivery:
    return Delivery(
        number=row.number,
        sha256=row.sha256,
        made_at=row.made_at,
        made_by=row.made_by,
        way=row.way,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at,
        told=Text(row.told_fr, row.told_en).render(lang),
        delivered_at=row.delivered_at,
        kept=bool(row.document),
    )
