"""What an action costs: its cost lines and how its sites share them. Every change grows the version of the action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import ActionState, CostKind
from care.domain.funding import MOST_CHARACTERS, funding_name
from care.domain.investment import FIRST_YEAR, LAST_YEAR, AmountError, read_amount, split
from care.services.action_rows import check_manages, check_version, locked_action, note_change
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.actions import Action, ActionCost, ActionSite
from care.store.registry import Establishment, visible
from scanners.model import Text

LABEL_LENGTH = 200
MOST_LINES = 100
"""Cost lines of one action at most: more is another action. Our choice."""
MOST_SHARE = 1_000_000
_TOO_MANY = Text(
    f"Une action a {MOST_LINES} lignes de coût au plus ; regroupez-les ou ouvrez une autre action.",
    f"An action has {MOST_LINES} cost lines at most; group them or open another action.",
)
NOT_ALL_MANAGED = Text(
    "Seul qui gère tous les établissements de cette action change ses coûts et leur partage.",
    "Only who manages every establishment of this action changes its costs and their sharing.",
)


@dataclass(frozen=True, slots=True)
class CostDraft:
    """A cost line as a person typed it; `kind` is a `CostKind`, an empty `funding` means that of the action."""

    year: str
    kind: str
    amount: str
    label: str = ""
    funding: str = ""


@dataclass(frozen=True, slots=True)
class CostLine:
    """One cost line: cents borne by the sites the reader sees, and the whole when he sees them all, else None.

    `funding` is the one in force, `own_funding` the one written on the line ("" when it is that of the action).
    """

    id: int
    year: int
    kind: CostKind
    label: str
    cents: int
    whole_cents: int | None
    funding: str
    funding_name: str
    own_funding: str


@dataclass(frozen=True, slots=True)
class CostShare:
    """What one visible site bears of an action, all years together. `gave_up`: it abandoned the action."""

    establishment_id: int
    name: str
    share: int
    cents: int
    gave_up: bool


@dataclass(frozen=True, slots=True)
class ActionCosts:
    """The costs of one action, as far as the reader sees. `others` counts the sites he does not see.

    `priced` is False when nobody has said yet what it costs, which is not the same as nothing.
    """

    action_id: int
    version: int
    lines: tuple[CostLine, ...]
    shares: tuple[CostShare, ...]
    others: int
    cents: int
    editable: bool

    @property
    def priced(self) -> bool:
        """Whether someone said what it costs, even nothing."""
        return bool(self.lines)


def action_costs(platform: Platform, scope: Scope, action_id: int) -> ActionCosts:
    """The costs of an action. NotFound for whoever sees none of its sites."""
    with platform.database.read() as session:
        action = session.get(Action, action_id)
        sites = _sites(session, scope, action_id)
        if action is None or not any(site.seen for site in sites):
            raise NotFound
        return _costs(session, action, sites, scope.lang)


def add_cost(platform: Platform, scope: Scope, action_id: int, version: int, draft: CostDraft) -> int:
    """Add a cost line and give its number. Invalid by field; Refused when the action changed since `version`."""
    with platform.database.write() as session:
        action, sites = _to_change(session, platform, scope, action_id, version)
        if len(_lines(session, action_id)) >= MOST_LINES:
            raise Refused(_TOO_MANY)
        line = ActionCost(action_id=action_id, **_checked(draft))
        session.add(line)
        session.flush()
        change = _Change("action.cost_added", "costs", "", _written(line))
        _done(session, scope, action, sites, change, platform.clock.now())
        return line.id


def change_cost(platform: Platform, scope: Scope, cost_id: int, version: int, draft: CostDraft) -> None:
    """Change a cost line; refusals as `add_cost`."""
    with platform.database.write() as session:
        action, sites = _to_change(session, platform, scope, _action_of(session, cost_id), version)
        line = _line(session, cost_id)
        before = _written(line)
        for column, value in _checked(draft).items():
            setattr(line, column, value)
        change = _Change("action.cost_changed", "costs", before, _written(line))
        _done(session, scope, action, sites, change, platform.clock.now())


def remove_cost(platform: Platform, scope: Scope, cost_id: int, version: int) -> None:
    """Remove a cost line; the history keeps what it said."""
    with platform.database.write() as session:
        action, sites = _to_change(session, platform, scope, _action_of(session, cost_id), version)
        line = _line(session, cost_id)
        session.delete(line)
        change = _Change("action.cost_removed", "costs", _written(line), "")
        _done(session, scope, action, sites, change, platform.clock.now())


def share_costs(platform: Platform, scope: Scope, action_id: int, version: int, shares: Mapping[int, int]) -> None:
    """Say how the sites of an action share its costs: a weight from 0 to 1,000,000 for each site, not all zero."""
    with platform.database.write() as session:
        action, sites = _to_change(session, platform, scope, action_id, version)
        _check_shares(set(sites), shares)
        rows = session.scalars(
            select(ActionSite).where(ActionSite.action_id == action_id).with_for_update(key_share=True)
        ).all()
        before = {str(row.establishment_id): row.share for row in rows}
        for row in rows:
            row.share = shares[row.establishment_id]
        after = {str(row.establishment_id): row.share for row in rows}
        change = _Change("action.cost_shared", "shares", before, after)
        _done(session, scope, action, sites, change, platform.clock.now())


def _check_shares(sites: set[int], shares: Mapping[int, int]) -> None:
    if set(shares) != sites or not all(0 <= share <= MOST_SHARE for share in shares.values()):
        raise Invalid(
            {
                "share": Text(
                    "Donnez à chaque établissement un poids entier, de 0 à 1 000 000.",
                    "Give every establishment a whole weight, from 0 to 1,000,000.",
                )
            }
        )
    if not any(shares.values()):
        raise Invalid({"share": Text("Un établissement au moins doit payer.", "At least one establishment must pay.")})


@dataclass(frozen=True, slots=True)
class _Site:
    """A site of an action, and what the person may do there."""

    establishment_id: int
    name: str
    share: int
    gave_up: bool
    seen: bool
    managed: bool


def _sites(session: Session, scope: Scope, action_id: int) -> list[_Site]:
    """The sites in the order of their ids, which decides who bears an odd cent."""
    rows = session.execute(
        select(
            ActionSite,
            Establishment.name,
            visible(scope.reach(Right.SEE_ACTIONS)),
            visible(scope.reach(Right.MANAGE_ACTIONS)),
        )
        .join(Establishment, Establishment.id == ActionSite.establishment_id)
        .where(ActionSite.action_id == action_id)
        .order_by(ActionSite.establishment_id)
    )
    return [
        _Site(site.establishment_id, name, site.share, site.state is ActionState.ABANDONED, bool(seen), bool(managed))
        for site, name, seen, managed in rows
    ]


def _lines(session: Session, action_id: int) -> list[ActionCost]:
    query = select(ActionCost).where(ActionCost.action_id == action_id)
    return list(session.scalars(query.order_by(ActionCost.year, ActionCost.id)))


def _costs(session: Session, action: Action, sites: list[_Site], lang: str) -> ActionCosts:
    bearing = [site for site in sites if not site.gave_up]
    borne = dict.fromkeys((site.establishment_id for site in sites), 0)
    lines = []
    for line in _lines(session, action.id):
        shared = split(line.cents, [site.share for site in bearing]) if bearing else ()
        for site, cents in zip(bearing, shared, strict=True):
            borne[site.establishment_id] += cents
        mine = sum(cents for site, cents in zip(bearing, shared, strict=True) if site.seen)
        lines.append(_cost_line(line, action.funding, mine, all(site.seen for site in sites), lang))
    shares = tuple(
        CostShare(site.establishment_id, site.name, site.share, borne[site.establishment_id], site.gave_up)
        for site in sorted(sites, key=lambda site: site.name)
        if site.seen
    )
    return ActionCosts(
        action_id=action.id,
        version=action.version,
        lines=tuple(lines),
        shares=shares,
        others=len(sites) - len(shares),
        cents=sum(line.cents for line in lines),
        editable=all(site.managed for site in sites),
    )


def _cost_line(line: ActionCost, action_funding: str, mine: int, whole: bool, lang: str) -> CostLine:
    funding = line.funding or action_funding
    return CostLine(
        id=line.id,
        year=line.year,
        kind=line.kind,
        label=line.label,
        cents=mine,
        whole_cents=line.cents if whole else None,
        funding=funding,
        funding_name=funding_name(funding, lang),
        own_funding=line.funding,
    )


def _action_of(session: Session, cost_id: int) -> int:
    found = session.scalar(select(ActionCost.action_id).where(ActionCost.id == cost_id))
    if found is None:
        raise NotFound
    return found


def _line(session: Session, cost_id: int) -> ActionCost:
    """A cost line, once its action is locked; NotFound when somebody removed it in the meantime."""
    line = session.scalars(select(ActionCost).where(ActionCost.id == cost_id).with_for_update()).one_or_none()
    if line is None:
        raise NotFound
    return line


def _to_change(
    session: Session, platform: Platform, scope: Scope, action_id: int, version: int
) -> tuple[Action, Sequence[int]]:
    """The action, locked, and its sites, if this person manages them all and read its last version."""
    action = locked_action(session, scope, action_id)
    try:
        sites = check_manages(session, scope, action)
    except Forbidden as error:
        raise Forbidden(NOT_ALL_MANAGED) from error
    check_version(platform, session, action, version)
    return action, sites


def _checked(draft: CostDraft) -> dict[str, object]:
    """The columns of a cost line; Invalid with every faulty field."""
    faults: dict[str, Text] = {}
    columns: dict[str, object] = {
        "label": _short(draft.label, LABEL_LENGTH, "label", faults),
        "funding": _short(draft.funding, MOST_CHARACTERS, "funding", faults),
    }
    year = draft.year.strip()
    if year.isascii() and year.isdigit() and len(year) == 4 and FIRST_YEAR <= int(year) <= LAST_YEAR:
        columns["year"] = int(year)
    else:
        faults["year"] = Text(
            f"Donnez une année, de {FIRST_YEAR} à {LAST_YEAR}.", f"Give a year, from {FIRST_YEAR} to {LAST_YEAR}."
        )
    if draft.kind in set(CostKind):
        columns["kind"] = CostKind(draft.kind)
    else:
        faults["kind"] = Text("Choisissez investissement ou fonctionnement.", "Choose investment or running cost.")
    try:
        columns["cents"] = read_amount(draft.amount)
    except AmountError as error:
        faults["amount"] = error.text
    if faults:
        raise Invalid(faults)
    return columns


def _short(text: str, longest: int, field: str, faults: dict[str, Text]) -> str:
    short = " ".join(text.split())
    if len(short) > longest or not short.isprintable():
        faults[field] = Text(
            f"{longest} signes au plus, sans caractère de commande.", f"{longest} signs at most, no control character."
        )
    return short


def _written(line: ActionCost) -> str:
    """What a cost line says, for the history: 2026 investment 12500.50 EUR own (Bastion)."""
    parts = [f"{line.year} {line.kind.value} {line.cents // 100}.{line.cents % 100:02} EUR"]
    parts += [line.funding] * bool(line.funding) + [f"({line.label})"] * bool(line.label)
    return " ".join(parts)


@dataclass(frozen=True, slots=True)
class _Change:
    """What was done: the word of the trail, the field of the history, its values before and after."""

    done: str
    field: str
    before: object
    after: object


def _done(session: Session, scope: Scope, action: Action, sites: Sequence[int], change: _Change, now: datetime) -> None:
    """Close a change: version and history of the action, trail. A change of nothing leaves no trace."""
    if change.before == change.after:
        return
    note_change(session, action, scope.actor, now, {change.field: (change.before, change.after)})
    record(session, scope, change.done, Thing("action", action.id, sites[0] if len(sites) == 1 else None), now)
