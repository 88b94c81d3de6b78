"""What the region reads of its federation: who sends, who is late, what arrived, what was refused and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.federation import BundleVerdict, KeyState, Punctuality, Way, punctuality
from care.services.books import grouped
from care.services.errors import NotFound
from care.services.federation.enrolling import ENROLLED_AGAIN
from care.services.federation.judging import REPLACED
from care.services.federation.places import check_manager, installation_row, managed, manages, territory_name
from care.services.federation.sorting import Aside
from care.services.paging import Page, bounds
from care.services.platform import Platform
from care.store.federation import (
    Enrolment,
    Installation,
    InstallationEstablishment,
    InstallationKey,
    ReceivedBundle,
)
from care.store.registry import Establishment
from scanners.model import Text

RECENT = timedelta(days=30)
_PER_PAGE = 25

ASIDE_NAMES: Mapping[Aside, Text] = {
    Aside.NOT_ITS_OWN: Text(
        "Établissement pour lequel cette installation ne parle pas",
        "Establishment that this installation does not speak for",
    ),
    Aside.CLOSED: Text("Mois après la fermeture de l’établissement", "Months after the establishment closed"),
    Aside.MERGED: Text("Mois après la fusion de l’établissement", "Months after the establishment was merged"),
    Aside.INDICATOR: Text("Indicateur inconnu ici", "Indicator unknown here"),
    Aside.VERSION: Text("Version d’indicateur inconnue ici", "Version of an indicator unknown here"),
    Aside.FUTURE: Text("Mois ou jour à venir", "Month or day to come"),
    Aside.IMPOSSIBLE: Text("Valeur impossible pour cet indicateur", "Value impossible for this indicator"),
    Aside.CATEGORY: Text("Catégorie absente du registre", "Category not in the registry"),
    Aside.ALERT: Text("Réponse à une alerte qui n’a pas été envoyée là", "Answer to an alert that was not sent there"),
    Aside.CAMPAIGN: Text(
        "Réponse à une campagne inconnue ici, ou qui ne sollicite pas cet établissement",
        "Answer to a campaign unknown here, or that does not ask this establishment",
    ),
    Aside.CAMPAIGN_FUTURE: Text(
        "Réponse à une campagne datée de l’avenir", "Answer to a campaign, dated in the future"
    ),
    Aside.CAMPAIGN_IMPOSSIBLE: Text(
        "Réponse que la campagne ne propose pas, ou incomplète",
        "Answer that the campaign does not offer, or incomplete",
    ),
    Aside.CAMPAIGN_LATE: Text(
        "Réponse arrivée après la fin de la campagne",
        "Answer that came after the end of the campaign",
    ),
    Aside.CAMPAIGN_OLDER: Text(
        "Réponse plus ancienne que celle déjà reçue", "Answer older than the one already received"
    ),
    Aside.CAMPAIGN_QUESTIONS: Text(
        "Réponse à des questions qui ont changé depuis : l’établissement doit recevoir les nouvelles",
        "Answer to questions that changed since: the establishment has to receive the new ones",
    ),
}

_KEY_ENDS: Mapping[str, Text] = {
    REPLACED: Text("La nouvelle a été présentée par celle-ci", "The new one was presented by this one"),
    ENROLLED_AGAIN: Text("Installation réinscrite avec une autre clé", "Installation enrolled again with another key"),
}


@dataclass(frozen=True, slots=True)
class InstallationLine:
    """One installation in the list. `refused`: bundles of it refused in the last thirty days."""

    id: int
    name: str
    place: str
    standing: Punctuality
    pseudonymous: bool
    establishments: int
    last_number: int
    last_received_at: datetime | None
    expected_days: int
    refused: int


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """A code that was given and not used yet."""

    id: int
    name: str
    place: str
    establishments: int
    again: bool
    created_at: datetime
    created_by: str
    expires_at: datetime
    expired: bool


@dataclass(frozen=True, slots=True)
class AsideLine:
    """Something set aside: why, which, how many values."""

    why: str
    which: str
    values: int


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """One bundle that arrived. `installation` is empty when nobody could tell who sent it."""

    id: int
    installation_id: int | None
    installation: str
    received_at: datetime
    received_by: str
    way: Way
    verdict: BundleVerdict
    number: int | None
    made_at: datetime | None
    size: int
    reason: str
    written: int
    aside: tuple[AsideLine, ...]
    sha256: str
    key: str

    @property
    def set_aside(self) -> int:
        """How many values were set aside."""
        return sum(one.values for one in self.aside)


@dataclass(frozen=True, slots=True)
class FederationView:
    """The federation of the territories that a person manages. `fingerprint` is that of the region's own key."""

    lines: tuple[InstallationLine, ...]
    counts: Mapping[Punctuality, int]
    invitations: tuple[InvitationLine, ...]
    unknown: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key of an installation, its fingerprint in groups of four."""

    id: int
    fingerprint: str
    state: KeyState
    since: datetime
    until: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """An establishment that an installation speaks for."""

    id: int
    finess: str
    name: str
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class InstallationView:
    """One installation, whole."""

    line: InstallationLine
    identifier: str
    contact: str
    enrolled_at: datetime
    enrolled_by: str
    version: int
    keys: tuple[KeyLine, ...]
    establishments: tuple[SpokenLine, ...]
    received: tuple[ReceivedLine, ...]
    invitation: InvitationLine | None

    @property
    def active(self) -> bool:
        """Whether it may send."""
        return self.line.standing is not Punctuality.WITHDRAWN


@dataclass(frozen=True, slots=True)
class ReceivedFilter:
    """Which arrivals are wanted: a verdict, an installation, or those that nobody could be told of."""

    verdict: BundleVerdict | None = None
    installation_id: int | None = None
    unknown: bool = False
    number: int = 1
    per_page: int = _PER_PAGE


def read_federation(platform: Platform, scope: Scope) -> FederationView:
    """The installations, late ones first, and the codes that wait. Forbidden for who manages no territory."""
    check_manager(scope)
    now = platform.clock.now()
    with platform.database.read() as session:
        rows = session.scalars(select(Installation).where(managed(session, scope, Installation.place))).all()
        lines = _lines(session, scope, rows, now)
        invitations = _invitations(session, scope, now, managed(session, scope, Enrolment.place))
        unknown = session.scalar(
            select(func.count()).where(
                ReceivedBundle.installation_id.is_(None), ReceivedBundle.received_at > now - RECENT
            )
        )
    order = [Punctuality.LATE, Punctuality.WAITING, Punctuality.CURRENT, Punctuality.WITHDRAWN]
    lines.sort(key=lambda one: (order.index(one.standing), one.name))
    counts = Counter(one.standing for one in lines)
    return FederationView(
        lines=tuple(lines),
        counts={one: counts[one] for one in order},
        invitations=invitations,
        unknown=unknown or 0,
        fingerprint=grouped(platform.signer.key_id),
    )


def _lines(session: Session, scope: Scope, rows: Sequence[Installation], now: datetime) -> list[InstallationLine]:
    spoken = _counts(session, InstallationEstablishment.installation_id)
    refused = _counts(
        session,
        ReceivedBundle.installation_id,
        ReceivedBundle.verdict == BundleVerdict.REFUSED,
        ReceivedBundle.received_at > now - RECENT,
    )
    places = {kept: territory_name(session, kept, scope.lang) for kept in {row.place for row in rows}}
    return [_line(row, places[row.place], spoken.get(row.id, 0), refused.get(row.id, 0), now) for row in rows]


def _counts(session: Session, column: Any, *conditions: ColumnElement[bool]) -> dict[int, int]:  # noqa: ANN401
    rows = session.execute(select(column, func.count()).where(*conditions).group_by(column))
    return {number: count for number, count in rows if number is not None}


def _line(row: Installation, place: str, establishments: int, refused: int, now: datetime) -> InstallationLine:
    standing = punctuality(row.state, row.enrolled_at, row.last_received_at, row.expected_days, now)
    return InstallationLine(
        id=row.id,
        name=row.name,
        place=place,
        standing=standing,
        pseudonymous=row.pseudonymous,
        establishments=establishments,
        last_number=row.last_number,
        last_received_at=row.last_received_at,
        expected_days=row.expected_days,
        refused=refused,
    )


def _invitations(
    session: Session, scope: Scope, now: datetime, *conditions: ColumnElement[bool]
) -> tuple[InvitationLine, ...]:
    waiting = (Enrolment.used_at.is_(None), Enrolment.withdrawn_at.is_(None), Enrolment.expires_at > now - RECENT)
    rows = session.scalars(select(Enrolment).where(*waiting, *conditions).order_by(Enrolment.id.desc()))
    return tuple(
        InvitationLine(
            id=row.id,
            name=row.name,
            place=territory_name(session, row.place, scope.lang),
            establishments=len(row.establishments),
            again=row.installation_id is not None,
            created_at=row.created_at,
            created_by=row.created_by,
            expires_at=row.expires_at,
            expired=row.expires_at <= now,
        )
        for row in rows
    )


def read_installation(platform: Platform, scope: Scope, installation_id: int) -> InstallationView:
    """One installation, its keys, its establishments and what arrived last. NotFound."""
    now = platform.clock.now()
    with platform.database.read() as session:
        row = installation_row(session, scope, installation_id)
        line = _lines(session, scope, [row], now)[0]
        keys = session.scalars(
            select(InstallationKey).where(InstallationKey.installation_id == row.id).order_by(InstallationKey.id.desc())
        )
        waiting = _invitations(session, scope, now, Enrolment.installation_id == row.id)
        latest = _received(session, scope, [ReceivedBundle.installation_id == row.id], (0, _PER_PAGE))
        return InstallationView(
            line=line,
            identifier=row.identifier,
            contact=row.contact,
            enrolled_at=row.enrolled_at,
            enrolled_by=row.enrolled_by,
            version=row.version,
            keys=tuple(_key(key, scope.lang) for key in keys),
            establishments=_spoken(session, row),
            received=latest,
            invitation=waiting[0] if waiting else None,
        )


def _key(row: InstallationKey, lang: str) -> KeyLine:
    why = _KEY_ENDS[row.why].render(lang) if row.why in _KEY_ENDS else row.why
    return KeyLine(row.id, grouped(row.key_id), row.state, row.since, row.until, why)


def _spoken(session: Session, row: Installation) -> tuple[SpokenLine, ...]:
    rows = session.execute(
        select(Establishment.id, Establishment.finess, Establishment.name, Establishment.closed_on)
        .join(InstallationEstablishment, InstallationEstablishment.establishment_id == Establishment.id)
        .where(InstallationEstablishment.installation_id == row.id)
        .order_by(Establishment.name, Establishment.id)
    )
    return tuple(SpokenLine(*one) for one in rows)


def list_received(platform: Platform, scope: Scope, wanted: ReceivedFilter) -> Page[ReceivedLine]:
    """Everything that arrived, the latest first. Forbidden for who manages no territory."""
    check_manager(scope)
    number, per_page = bounds(wanted.number, wanted.per_page)
    with platform.database.read() as session:
        conditions = [_readable(session, scope), *_wanted(wanted)]
        total = session.scalar(select(func.count()).select_from(ReceivedBundle).where(*conditions)) or 0
        lines = _received(session, scope, conditions, ((number - 1) * per_page, per_page))
    return Page(lines, number, per_page, total)


def _readable(session: Session, scope: Scope) -> ColumnElement[bool]:
    """What came from installations this person manages, and what nobody could be told of: it names no one."""
    mine = select(Installation.id).where(managed(session, scope, Installation.place))
    return or_(ReceivedBundle.installation_id.is_(None), ReceivedBundle.installation_id.in_(mine))


def _wanted(wanted: ReceivedFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.verdict is not None:
        yield ReceivedBundle.verdict == wanted.verdict
    if wanted.installation_id is not None:
        yield ReceivedBundle.installation_id == wanted.installation_id
    if wanted.unknown:
        yield ReceivedBundle.installation_id.is_(None)


def _received(
    session: Session, scope: Scope, conditions: Sequence[ColumnElement[bool]], part: tuple[int, int]
) -> tuple[ReceivedLine, ...]:
    rows = session.execute(
        select(ReceivedBundle, Installation.name)
        .outerjoin(Installation, Installation.id == ReceivedBundle.installation_id)
        .where(*conditions)
        .order_by(ReceivedBundle.id.desc())
        .offset(part[0])
        .limit(part[1])
    )
    return tuple(_arrival(row, name or "", scope.lang) for row, name in rows)


def read_received(platform: Platform, scope: Scope, received_id: int) -> ReceivedLine:
    """One arrival, with all that was set aside. NotFound."""
    check_manager(scope)
    with platform.database.read() as session:
        row = session.get(ReceivedBundle, received_id)
        if row is None:
            raise NotFound
        sender = session.get(Installation, row.installation_id) if row.installation_id is not None else None
        if sender is not None and not manages(session, scope, sender.place):
            raise NotFound
        return _arrival(row, sender.name if sender is not None else "", scope.lang)


def _arrival(row: ReceivedBundle, name: str, lang: str) -> ReceivedLine:
    aside = (AsideLine(_why(one["what"], lang), one["which"], one["values"]) for one in row.set_aside)
    return ReceivedLine(
        id=row.id,
        installation_id=row.installation_id,
        installation=name,
        received_at=row.received_at,
        received_by=row.received_by,
        way=row.way,
        verdict=row.verdict,
        number=row.number,
        made_at=row.made_at,
        size=row.size,
        reason=Text(row.reason_fr, row.reason_en).render(lang),
        written=row.written,
        aside=tuple(aside),
        sha256=row.sha256,
        key=grouped(row.key_id) if row.key_id else "",
    )


def _why(what: str, lang: str) -> str:
    return ASIDE_NAMES[Aside(what)].render(lang) if what in list(Aside) else what
