"""Writing the values of a bundle: in bulk, and only where they changed.

A bundle is the whole truth of its months for its holders: a value that it no longer tells is removed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from sqlalchemy import ColumnElement, Table, bindparam, delete, select, update
from sqlalchemy.orm import Session

from care.domain.access import Level, place_at
from care.domain.bundles import Bundle
from care.domain.indicators import Measured
from care.domain.months import Month
from care.services.federation.sorting import Sorted
from care.store.bulk import among, load
from care.store.federation import Installation
from care.store.indicators import IndicatorHolder, IndicatorValue
from care.store.upsert import conflict_insert

_Key = tuple[str, Month, int]
"""Indicator, month, holder."""
_Told = tuple[str, int, int, date]
"""Version, numerator, denominator, day of the facts."""
_TABLE = cast("Table", IndicatorValue.__table__)


@dataclass(slots=True)
class Writes:
    """What several bundles change, to be written at once: in the order of the key, which the table is kept in."""

    added: dict[_Key, tuple[_Told, int]] = field(default_factory=dict)
    changed: dict[_Key, tuple[_Told, int]] = field(default_factory=dict)
    removed: list[_Key] = field(default_factory=list)

    def write(self, session: Session) -> None:
        """Write everything, and start afresh."""
        _add(session, self.added)
        _change(session, self.changed)
        _remove(session, self.removed)
        self.added, self.changed, self.removed = {}, {}, []


@dataclass(frozen=True, slots=True)
class Written:
    """How many values were added, changed and removed, and the months they are of."""

    added: int
    changed: int
    removed: int
    months: frozenset[Month]

    @property
    def total(self) -> int:
        """How many rows moved."""
        return self.added + self.changed + self.removed


def difference(
    session: Session, row: Installation, bundle: Bundle, found: Sorted, bundle_id: int, writes: Writes
) -> Written:
    """Add to `writes` what makes the stored values of this bundle's holders and months what it tells."""
    if bundle.pseudonymous:
        holders = _pseudonym_holders(session, row, found.categories)
        told = _told((holders[name], values) for name, values in found.pseudonyms.items())
        mine = list(_all_pseudonyms(session, row))
    else:
        made = _new_holders(session, found)
        before = {**found.holders, **_known_holders(session, set(found.named) - set(found.holders) - set(made))}
        holders_of = {**before, **made}
        told = _told((holders_of[number], values) for number, values in found.named.items())
        mine = list(before.values())
    return _compared(_stored(session, mine, bundle.months), told, bundle_id, writes)


def _told(values: Iterable[tuple[int, Sequence[Measured]]]) -> dict[_Key, _Told]:
    return {
        (one.code, one.month, holder): (one.version, one.numerator, one.denominator, one.as_of)
        for holder, measured in values
        for one in measured
    }


def _new_holders(session: Session, found: Sorted) -> dict[int, int]:
    """The holders made here, by establishment: those of somebody else’s making are not among them. A new one has no
    value yet to compare with."""
    missing = [one for one in found.named if one not in found.holders]
    if not missing:
        return {}
    insert = conflict_insert(session.get_bind().dialect.name, IndicatorHolder)
    rows = session.execute(
        insert.on_conflict_do_nothing().returning(IndicatorHolder.establishment_id, IndicatorHolder.id),
        [{"establishment_id": one, "category": ""} for one in missing],
    )
    return {number: holder for number, holder in rows if number is not None}


def _known_holders(session: Session, establishments: Collection[int]) -> dict[int, int]:
    if not establishments:
        return {}
    rows = session.execute(
        select(IndicatorHolder.establishment_id, IndicatorHolder.id).where(
            among(session, IndicatorHolder.establishment_id, establishments)  # type: ignore[arg-type]
        )
    )
    return {number: holder for number, holder in rows if number is not None}


def _pseudonym_holders(session: Session, row: Installation, categories: Mapping[str, str]) -> dict[str, int]:
    """The holders behind pseudonyms, made where there is none yet; they lie where their installation does."""
    place = place_at(row.place)
    where = {
        "installation_id": row.id,
        "region_id": place.id if place.level is Level.REGION else None,
        "ght_id": place.id if place.level is Level.GHT else None,
    }
    if categories:  # two writers may both try
        insert = conflict_insert(session.get_bind().dialect.name, IndicatorHolder)
        rows = [{**where, "pseudonym": name, "category": kind} for name, kind in categories.items()]
        session.execute(insert.on_conflict_do_nothing(), rows)
    found = session.scalars(select(IndicatorHolder).where(IndicatorHolder.installation_id == row.id)).all()
    for holder in found:
        if holder.pseudonym is not None and holder.pseudonym in categories:
            holder.category = categories[holder.pseudonym]
    return {holder.pseudonym: holder.id for holder in found if holder.pseudonym is not None}


def _all_pseudonyms(session: Session, row: Installation) -> Iterable[int]:
    """Every holder an installation ever named so: a pseudonym that it tells no more tells nothing of these months."""
    return session.scalars(select(IndicatorHolder.id).where(IndicatorHolder.installation_id == row.id))


def _stored(session: Session, holders: Collection[int], months: Collection[Month]) -> dict[_Key, _Told]:
    if not holders:
        return {}
    rows = session.execute(
        select(
            IndicatorValue.indicator,
            IndicatorValue.month,
            IndicatorValue.holder_id,
            IndicatorValue.version,
            IndicatorValue.numerator,
            IndicatorValue.denominator,
            IndicatorValue.as_of,
        ).where(among(session, IndicatorValue.holder_id, holders), IndicatorValue.month.in_(months))
    )
    return {
        (code, month, holder): (version, top, bottom, day) for code, month, holder, version, top, bottom, day in rows
    }


def _compared(stored: Mapping[_Key, _Told], told: Mapping[_Key, _Told], bundle_id: int, writes: Writes) -> Written:
    added = {key: (one, bundle_id) for key, one in told.items() if key not in stored}
    changed = {key: (one, bundle_id) for key, one in told.items() if key in stored and stored[key] != one}
    removed = [key for key in stored if key not in told]
    writes.added.update(added)
    writes.changed.update(changed)
    writes.removed.extend(removed)
    months = frozenset(month for keys in (added, changed, removed) for _code, month, _holder in keys)
    return Written(len(added), len(changed), len(removed), months)


def _add(session: Session, rows: Mapping[_Key, tuple[_Told, int]]) -> None:
    ordered = sorted(rows.items())
    load(
        session,
        IndicatorValue,
        len(ordered),
        {
            "indicator": [key[0] for key, _one in ordered],
            "month": [key[1] for key, _one in ordered],
            "holder_id": [key[2] for key, _one in ordered],
            "version": [told[0] for _key, (told, _id) in ordered],
            "numerator": [told[1] for _key, (told, _id) in ordered],
            "denominator": [told[2] for _key, (told, _id) in ordered],
            "as_of": [told[3] for _key, (told, _id) in ordered],
            "bundle_id": [bundle_id for _key, (_told, bundle_id) in ordered],
        },
    )


def _key() -> list[ColumnElement[bool]]:
    return [
        _TABLE.c.indicator == bindparam("key_indicator"),
        _TABLE.c.month == bindparam("key_month"),
        _TABLE.c.holder_id == bindparam("key_holder"),
    ]


def _bound(key: _Key) -> dict[str, object]:
    return {"key_indicator": key[0], "key_month": key[1], "key_holder": key[2]}


def _change(session: Session, rows: Mapping[_Key, tuple[_Told, int]]) -> None:
    if not rows:
        return
    names = ("version", "numerator", "denominator", "as_of", "bundle_id")
    values: dict[str, object] = {name: bindparam(f"new_{name}") for name in names}
    given = [
        {**_bound(key), **{f"new_{name}": one for name, one in zip(names, (*told, bundle_id), strict=True)}}
        for key, (told, bundle_id) in sorted(rows.items())
    ]
    session.connection().execute(update(_TABLE).where(*_key()).values(**values), given)


def _remove(session: Session, keys: Sequence[_Key]) -> None:
    if keys:
        session.connection().execute(delete(_TABLE).where(*_key()), [_bound(key) for key in keys])
