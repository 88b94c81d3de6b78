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

from care.domain.brake import FREE_FOR_ADDRESS, LONGEST_WAIT, Brake, after_failure
from care.services.errors import Throttled
from care.store.accounts import SignInBrake
from care.store.upsert import insert_missing
from scanners.model import Text


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
    if row.blocked_until is not None and row.blocked_until > now + LONGEST_WAIT:
        row.blocked_until = None  # set by a clock that has gone back since: it would hold until that day comes again
    return row


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
