"""Keeps what each exposure audit saw as things with a history, in the transaction that records the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from care.domain.assets import AssetChange, AssetKind, AssetStep, KnownAsset, SeenAsset, confront_assets
from care.store.assets import Asset, AssetEvent
from care.store.bulk import Same, load, next_ids
from care.store.runs import Run
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.looked_at import looked_at, mute
from scanners.exposure.subjects import host_of, place_of
from scanners.exposure.things import things, where_to_look


def silence_counts(session: Session, run: Run, facts: ExposureFacts) -> Callable[[str], bool]:
    """Whether a run that says nothing of a subject closes its findings: it looked there and, where nothing at all
    answered, so did an audit before it. Asked before the run's own things are kept."""
    at = run.collected_to
    rows = session.scalars(
        select(Asset.key).where(Asset.target_id == run.target_id, or_(Asset.silent_at < at, Asset.gone_at < at))
    )
    looked, silent, before = looked_at(facts), mute(facts), frozenset(key.casefold() for key in rows)
    return lambda subject: looked(subject) and (not silent(subject) or place_of(subject) in before)


def keep_assets(session: Session, run: Run, facts: ExposureFacts) -> None:
    """Confront what the run saw with what is known of its target. A run older than what is known changes nothing."""
    rows = session.scalars(select(Asset).where(Asset.target_id == run.target_id)).all()
    at = run.collected_to
    if at is None or any(row.last_seen_at > at for row in rows):
        return
    known = (
        KnownAsset(
            row.id,
            row.kind,
            row.key,
            row.traits,
            row.gone_at is not None,
            row.silent_at is not None and row.silent_at < at,
        )
        for row in rows
    )
    seen = (SeenAsset(AssetKind(one.kind), one.key[:300], one.traits, one.proof) for one in things(facts))
    steps = confront_assets(known, seen, where_to_look(facts), _mute_there(rows, facts))
    numbers = {**_discover(session, run, [step for step in steps if step.known is None])}
    _meet(session, run, {row.id: row for row in rows}, steps)
    _tell(session, run, [(numbers.get((step.kind, step.key)) or _number(step), step) for step in steps if step.change])


def _mute_there(rows: Iterable[Asset], facts: ExposureFacts) -> Callable[[str], bool]:
    """Whether nothing at all answered for a thing; an address stays as long as one of its services."""
    silent = mute(facts)
    waiting = {
        str(host_of(row.key))
        for row in rows
        if row.kind is AssetKind.SERVICE and row.gone_at is None and row.silent_at is None and silent(row.key)
    }
    return lambda key: silent(key) or key in waiting


def _number(step: AssetStep) -> int:
    assert step.known is not None  # noqa: S101 - a new thing has just been given its number
    return step.known.id


def _discover(session: Session, run: Run, new: Sequence[AssetStep]) -> dict[tuple[AssetKind, str], int]:
    ids = next_ids(session, Asset, len(new)) if new else []
    load(
        session,
        Asset,
        len(new),
        {
            "id": ids,
            "establishment_id": Same(run.establishment_id),
            "target_id": Same(run.target_id),
            "kind": [step.kind for step in new],
            "key": [step.key for step in new],
            "traits": [dict(step.traits) for step in new],
            "proof": [dict(step.proof) for step in new],
            "first_seen_at": Same(run.collected_to),
            "last_seen_at": Same(run.collected_to),
        },
    )
    return {(step.kind, step.key): number for number, step in zip(ids, new, strict=True)}


def _meet(session: Session, run: Run, rows: dict[int, Asset], steps: Iterable[AssetStep]) -> None:
    """Those seen again are marked together, what changed one by one."""
    again: list[int] = []
    for step in steps:
        if step.known is None:
            continue
        row = rows[step.known.id]
        if step.change is AssetChange.GONE:
            row.gone_at = run.collected_to
            continue
        if step.silent:
            row.silent_at = run.collected_to
            continue
        again.append(row.id)
        if dict(step.proof) != row.proof:
            row.proof = dict(step.proof)
        if step.change is not None:
            row.traits, row.gone_at = dict(step.traits), None
        elif dict(step.traits) != row.traits:
            row.traits = dict(step.traits)
    session.flush()
    if again:
        seen = {"last_seen_at": run.collected_to, "silent_at": None}
        session.execute(update(Asset), [{"id": number, **seen} for number in again])


def _tell(session: Session, run: Run, told: Sequence[tuple[int, AssetStep]]) -> None:
    load(
        session,
        AssetEvent,
        len(told),
        {
            "id": next_ids(session, AssetEvent, len(told)) if told else [],
            "asset_id": [number for number, _ in told],
            "run_id": Same(run.id),
            "at": Same(run.collected_to),
            "what": [step.change for _, step in told],
            "differences": [{name: list(pair) for name, pair in step.differences.items()} for _, step in told],
        },
    )
