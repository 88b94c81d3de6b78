"""Who carries security in a holder, function by function: named, vacant, shared, and against which target.

Whoever is named at a legal entity or a GHT serves all that is below; whoever is named elsewhere in the GHT serves the
others when shared. Full-time equivalents are summed only when all of them are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope, place_at
from care.domain.evidence import ThingKind
from care.domain.frameworks import Confidence
from care.domain.governance import Function, summed, written_fte
from care.services.action_query import today
from care.services.errors import NotFound
from care.services.frameworks.holders import Holder, holder_at, seen_holder
from care.services.governance.holding import (
    HolderView,
    keys_below,
    names_of,
    siblings,
    view_of,
)
from care.services.governance.proofs import ProofLine, tied
from care.services.platform import Platform
from care.store.governance import SecurityRole, SizingTarget
from scanners.model import Lang, Text

NO_TARGET = Text(
    "aucun texte lu ; saisissez votre cible et sa source", "no text read; enter your target and its source"
)


@dataclass(frozen=True, slots=True)
class RoleView:
    """Somebody who holds a function, or a post that nobody holds (`name` empty). `where` is who names them.

    `fte` is written as people read it, empty when unknown. `own`: held by the holder of the page itself; `below`: by
    one of its members.
    """

    id: int
    place: Place
    where: str
    function: str
    function_name: str
    name: str
    fte: str
    hundredths: int | None
    shared: bool
    appointed_on: date | None
    ended_on: date | None
    note: str
    own: bool
    below: bool
    serving: bool
    proofs: tuple[ProofLine, ...]
    version: int
    changed_by: str


@dataclass(frozen=True, slots=True)
class TargetView:
    """How many people a holder wants, where it was read and how sure it is. `fte` is empty when none was entered."""

    fte: str
    hundredths: int | None
    source: str
    confidence: Confidence
    version: int
    changed_by: str


@dataclass(frozen=True, slots=True)
class FunctionView:
    """One function in a holder.

    `here` are those named by the holder and its members, `lent` those who serve it from elsewhere. `total` sums `here`,
    empty when nothing is known; `partial` when somebody's time is unknown. `gap` is what lacks to reach the target
    ("" when it cannot be said or nothing lacks), `reached` whether nothing does. `unserved` names the
    establishments that nobody serves.
    """

    id: str
    title: str
    what: str
    source: str
    confidence: Confidence
    expected: bool
    several: bool
    here: tuple[RoleView, ...]
    lent: tuple[RoleView, ...]
    total: str
    partial: bool
    target: TargetView | None
    gap: str
    reached: bool
    unserved: tuple[str, ...]

    @property
    def vacant(self) -> bool:
        """Whether nobody serves a part of the holder."""
        return bool(self.unserved)

    @property
    def posts(self) -> int:
        """How many posts wait for somebody."""
        return sum(not one.name for one in self.here)


@dataclass(frozen=True, slots=True)
class Staffing:
    """Every function of a holder. `gone` are those who no longer hold theirs, the latest first."""

    holder: HolderView
    functions: tuple[FunctionView, ...]
    gone: tuple[RoleView, ...]
    total: str
    partial: bool

    @property
    def vacancies(self) -> tuple[FunctionView, ...]:
        """The functions that nobody holds somewhere although a text asks for them or a post is open."""
        return tuple(one for one in self.functions if one.vacant and (one.expected or one.posts))

    @property
    def named(self) -> int:
        """How many functions somebody holds everywhere."""
        return sum(not one.vacant for one in self.functions)


def read_staffing(platform: Platform, scope: Scope, place: Place, right: Right = Right.SEE_PROGRAMME) -> Staffing:
    """The functions of security of a holder. NotFound for who does not see all of it."""
    day = today(platform)
    with platform.database.read() as session:
        return staffing_in(platform, session, scope, seen_holder(session, scope, place, day, right), day)


def staffing_in(platform: Platform, session: Session, scope: Scope, holder: Holder, day: date) -> Staffing:
    """The same in the caller's transaction."""
    rows = _rows(session, holder)
    views = _views(platform, session, scope, holder, rows, day)
    targets = {
        row.function: row for row in session.scalars(select(SizingTarget).where(SizingTarget.holder == holder.key))
    }
    served = _Served(holder, _lineages(session, holder, rows), _site_names(session, holder))
    current = [one for one in views if one.ended_on is None or one.ended_on > day]
    functions = [
        _function(
            known, [one for one in current if one.function == known.id], targets.get(known.id), served, scope.lang
        )
        for known in _known(platform, current)
    ]
    whole = summed([(one.name, one.hundredths) for one in current if (one.own or one.below) and one.name])
    return Staffing(
        holder=view_of(platform, session, scope, holder),
        functions=tuple(functions),
        gone=tuple(one for one in views if (one.own or one.below) and one not in current),
        total=_total(current, scope.lang),
        partial=bool(whole.missing),
    )


def read_role(platform: Platform, scope: Scope, place: Place, role_id: int) -> tuple[HolderView, RoleView]:
    """One role as a page of `place` shows it: its own, one of its members', or one that serves it."""
    day = today(platform)
    with platform.database.read() as session:
        holder = seen_holder(session, scope, place, day)
        rows = [row for row in _rows(session, holder) if row.id == role_id]
        if not rows:
            raise NotFound
        return view_of(platform, session, scope, holder), _views(platform, session, scope, holder, rows, day)[0]


def _rows(session: Session, holder: Holder) -> Sequence[SecurityRole]:
    """Those of the holder and its members, those above it, and those shared by its siblings; the latest end first."""
    beside = [one.key for one in siblings(session, holder)]
    above = [one.key for one in holder.above]
    query = select(SecurityRole).where(
        or_(
            SecurityRole.holder.in_((*keys_below(holder), *above)),
            SecurityRole.shared.is_(True) & SecurityRole.holder.in_(beside),
        )
    )
    return session.scalars(query.order_by(SecurityRole.ended_on.desc(), SecurityRole.name, SecurityRole.id)).all()


def _views(
    platform: Platform, session: Session, scope: Scope, holder: Holder, rows: Sequence[SecurityRole], day: date
) -> list[RoleView]:
    names = names_of(session, {place_at(row.holder) for row in rows})
    proofs = tied(session, scope, holder.sites, ThingKind.SECURITY_ROLE, [str(row.id) for row in rows], day)
    below = {one.key for one in holder.below}
    titles = {one.id: one.title.render(scope.lang) for one in platform.kits.governance.functions.values()}
    return [
        RoleView(
            id=row.id,
            place=place_at(row.holder),
            where=names.get(row.holder, ""),
            function=row.function,
            function_name=titles.get(row.function, row.function),
            name=row.name,
            fte="" if row.fte_hundredths is None else written_fte(row.fte_hundredths, scope.lang),
            hundredths=row.fte_hundredths,
            shared=row.shared,
            appointed_on=row.appointed_on,
            ended_on=row.ended_on,
            note=row.note,
            own=row.holder == holder.key,
            below=row.holder in below,
            serving=_serving(row, day),
            proofs=proofs.get(str(row.id), ()),
            version=row.version,
            changed_by=row.changed_by,
        )
        for row in rows
    ]


def _serving(row: SecurityRole, day: date) -> bool:
    begun = row.appointed_on is None or row.appointed_on <= day
    return bool(row.name) and begun and (row.ended_on is None or row.ended_on > day)


def _known(platform: Platform, views: Iterable[RoleView]) -> list[Function]:
    """The functions of the kit, then those that older rows still name."""
    kit = platform.kits.governance.functions
    lost = sorted({one.function for one in views} - set(kit))
    words = [Text(name, name) for name in lost]
    gone = [Function(w.fr, w, Text("", ""), Text("", ""), Confidence.OURS, expected=False, several=True) for w in words]
    return [*kit.values(), *gone]


@dataclass(frozen=True, slots=True)
class _Served:
    """Which establishments of a holder somebody serves. `inside` gives the establishments of each place that names
    people."""

    holder: Holder
    inside: Mapping[str, frozenset[int]]
    names: Mapping[int, str]

    def unserved(self, roles: Iterable[RoleView]) -> tuple[str, ...]:
        """The establishments that none of these serves."""
        left = set(self.holder.sites)
        for one in roles:
            if one.serving:
                left -= set(self.holder.sites) if one.shared else self.inside[one.place.key]
        return tuple(sorted(self.names[number] for number in left))


def _lineages(session: Session, holder: Holder, rows: Iterable[SecurityRole]) -> Mapping[str, frozenset[int]]:
    """The establishments of each place that names somebody."""
    found: dict[str, frozenset[int]] = {}
    for key in {row.holder for row in rows}:
        place = place_at(key)
        if place.level is Level.ESTABLISHMENT:
            found[key] = frozenset({place.id})
        else:
            found[key] = frozenset(holder_at(session, place, date.min).sites)
    return found


def _site_names(session: Session, holder: Holder) -> Mapping[int, str]:
    places = [Place(Level.ESTABLISHMENT, one) for one in holder.sites]
    return {place_at(key).id: name for key, name in names_of(session, places).items()}


def _function(
    known: Function, roles: Sequence[RoleView], target: SizingTarget | None, served: _Served, lang: Lang
) -> FunctionView:
    here = tuple(one for one in roles if one.own or one.below)
    people = [one for one in here if one.name]
    whole = summed([(one.name, one.hundredths) for one in people])
    wanted = target.fte_hundredths if target else None
    lacking = wanted - (whole.value or 0) if wanted is not None and not whole.missing else None
    return FunctionView(
        id=known.id,
        title=known.title.render(lang),
        what=known.what.render(lang),
        source=known.source.render(lang),
        confidence=known.confidence,
        expected=known.expected,
        several=known.several,
        here=here,
        lent=tuple(one for one in roles if not one.own and not one.below),
        total=_total(people, lang),
        partial=bool(whole.missing),
        target=_target(target, lang) if target else None,
        gap=written_fte(lacking, lang) if lacking is not None and lacking > 0 else "",
        reached=lacking is not None and lacking <= 0,
        unserved=served.unserved(roles),
    )


def _target(row: SizingTarget, lang: Lang) -> TargetView:
    count = row.fte_hundredths
    written = "" if count is None else written_fte(count, lang)
    return TargetView(written, count, row.source, row.confidence, row.version, row.changed_by)


def _total(roles: Iterable[RoleView], lang: Lang) -> str:
    """The sum of what is known, empty when nothing is."""
    known = [one.hundredths for one in roles if one.hundredths is not None and (one.own or one.below) and one.name]
    return written_fte(sum(known), lang) if known else ""
