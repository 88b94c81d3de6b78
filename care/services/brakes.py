"""The brake on wrong secrets, in the database: for sign-ins and for the codes of exercises.

An attempt is counted as failed before the secret is looked at, and a right one takes it back: parallel attempts find
no gap to pass through, and a blocked one costs the server nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from care.domain.brake import FORGOTTEN_AFTER, FREE_FOR_ADDRESS, LONGEST_WAIT, Brake, after_failure
from care.services.errors import Throttled
from care.store.accounts import SignInBrake
from care.store.upsert import insert_missing
from scanners.model import Text


def refuse_waiting(session: Session, keys: Iterable[str], now: datetime) -> None:
    """Throttled when one of the keys must wait. It writes nothing: a flood of attempts takes no lock."""
    rows = session.scalars(select(SignInBrake).where(SignInBrake.key.in_(list(keys))))
    wait = max((_brake(row).wait(now) for row in rows if not _out_of_reach(row, now)), default=timedelta(0))
    if wait:
        raise _throttled(wait)


def count_attempt(session: Session, limits: Mapping[str, int], now: datetime) -> None:
    """Count an attempt as failed for each key, which has so many free ones. Throttled when one of them must wait.

    The keys are locked in the order given: always give them in the same one.
    """
    brakes = {key: _locked(session, key, now) for key in limits}
    wait = max(_brake(row).wait(now) for row in brakes.values())
    if wait:
        raise _throttled(wait)
    for key, free in limits.items():
        after = after_failure(_brake(brakes[key]), free, now)
        brakes[key].failures, brakes[key].last_at = after.failures, after.last_at
        brakes[key].blocked_until = after.blocked_until


def take_back(session: Session, own: Iterable[str], address: str) -> None:
    """A right secret: its own keys start afresh, the address, which others share, gets its attempt back."""
    session.execute(delete(SignInBrake).where(SignInBrake.key.in_(list(own))))
    row = session.get(SignInBrake, address_key(address), with_for_update=True)
    if row is not None and row.failures > 0:
        row.failures -= 1
        row.blocked_until = row.blocked_until if row.failures >= FREE_FOR_ADDRESS else None


def give_back(session: Session, keys: Iterable[str]) -> None:
    """A right secret: each key, which others share, gets this attempt back, and the wait that it set. Nobody passes
    while a key waits: that wait can be no one else's."""
    for key in keys:
        row = session.get(SignInBrake, key, with_for_update=True)
        if row is not None and row.failures > 0:
            row.failures, row.blocked_until = row.failures - 1, None


def start_afresh(session: Session, key: str) -> None:
    """A right secret: the key that is nobody else's forgets its failures."""
    session.execute(delete(SignInBrake).where(SignInBrake.key == key))


def forget_old(session: Session, now: datetime) -> None:
    """Delete what no longer counts: what attempts leave behind never exceeds one hour of them."""
    session.execute(delete(SignInBrake).where(SignInBrake.last_at < now - FORGOTTEN_AFTER))


def address_key(address: str) -> str:
    """The key of a network address. An IPv6 address counts with its /64, which one device holds whole."""
    try:
        known = ip_address(address)
    except ValueError:
        return f"address:{address}"
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or IPv6Address(int(known) >> 64 << 64)
    return f"address:{known}"


def _locked(session: Session, key: str, now: datetime) -> SignInBrake:
    insert_missing(session, SignInBrake, key=key, failures=0, last_at=now)
    row = session.scalars(select(SignInBrake).where(SignInBrake.key == key).with_for_update()).one()
    if _out_of_reach(row, now):
        row.blocked_until = None
    return row


def _out_of_reach(row: SignInBrake, now: datetime) -> bool:
    # Set by a clock that has gone back since: it would hold until that day comes again.
    return row.blocked_until is not None and row.blocked_until > now + LONGEST_WAIT


def _brake(row: SignInBrake) -> Brake:
    return Brake(row.failures, row.last_at, row.blocked_until)


def _throttled(wait: timedelta) -> Throttled:
    seconds = max(1, round(wait.total_seconds()))
    return Throttled(
        Text(
            f"Trop d’essais infructueux : réessayez dans {seconds} secondes.",
            f"Too many failed attempts: try again in {seconds} seconds.",
        ),
        wait,
    )
