"""Words of federation: what becomes of a bundle, of an installation, of its keys. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from scanners.model import Text


class Way(StrEnum):
    """How a bundle travels."""

    PUSH = "push"
    FILE = "file"


class InstallationState(StrEnum):
    """Whether an installation may send; one whose right was withdrawn enrols again with a new code."""

    ENROLLED = "enrolled"
    WITHDRAWN = "withdrawn"


class KeyState(StrEnum):
    """What a key is good for. `former` was replaced in order, `revoked` because it can no longer be trusted."""

    ACTIVE = "active"
    FORMER = "former"
    REVOKED = "revoked"


class BundleVerdict(StrEnum):
    """What became of a bundle that arrived. `already`: this very one was taken before, nothing changed."""

    TAKEN = "taken"
    ALREADY = "already"
    REFUSED = "refused"


class DeliveryState(StrEnum):
    """Where a bundle that was made stands. `handed`: given as a file, nobody can tell whether it arrived.
    `superseded`: a later one was made or delivered, which tells everything that it told. `dropped`: the region was left
    before it could be delivered."""

    WAITING = "waiting"
    HANDED = "handed"
    DELIVERED = "delivered"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    DROPPED = "dropped"


def wait_after(attempts: int) -> timedelta:
    """How long to wait after that many deliveries that failed: 5, 10, 20… minutes, six hours at most (our choice)."""
    return min(timedelta(minutes=5 * 2 ** min(max(attempts - 1, 0), 10)), timedelta(hours=6))


class LinkState(StrEnum):
    """Where this installation stands with a region. `asked`: it has not answered yet; `to_confirm`: nobody compared
    the fingerprint of its key yet, nothing leaves; `paused`: somebody stopped sending for a time."""

    ASKED = "asked"
    TO_CONFIRM = "to_confirm"
    SENDING = "sending"
    PAUSED = "paused"
    LEFT = "left"


class Punctuality(StrEnum):
    """Whether an installation sends as expected. `waiting`: enrolled, and nothing came yet."""

    WAITING = "waiting"
    CURRENT = "current"
    LATE = "late"
    WITHDRAWN = "withdrawn"


def punctuality(
    state: InstallationState, enrolled_at: datetime, last_at: datetime | None, expected_days: int, now: datetime
) -> Punctuality:
    """How an installation stands: late when more than `expected_days` passed since its last bundle, or since it
    enrolled."""
    if state is InstallationState.WITHDRAWN:
        return Punctuality.WITHDRAWN
    if now - (last_at or enrolled_at) > timedelta(days=expected_days):
        return Punctuality.LATE
    return Punctuality.CURRENT if last_at is not None else Punctuality.WAITING


PUNCTUALITY_NAMES: Mapping[Punctuality, Text] = {
    Punctuality.WAITING: Text("Rien reçu encore", "Nothing received yet"),
    Punctuality.CURRENT: Text("À jour", "Up to date"),
    Punctuality.LATE: Text("En retard", "Late"),
    Punctuality.WITHDRAWN: Text("Retirée", "Withdrawn"),
}
KEY_STATE_NAMES: Mapping[KeyState, Text] = {
    KeyState.ACTIVE: Text("En cours", "In use"),
    KeyState.FORMER: Text("Remplacée", "Replaced"),
    KeyState.REVOKED: Text("Révoquée", "Revoked"),
}
VERDICT_NAMES: Mapping[BundleVerdict, Text] = {
    BundleVerdict.TAKEN: Text("Pris", "Taken"),
    BundleVerdict.ALREADY: Text("Déjà pris", "Already taken"),
    BundleVerdict.REFUSED: Text("Refusé", "Refused"),
}
WAY_NAMES: Mapping[Way, Text] = {Way.PUSH: Text("HTTPS", "HTTPS"), Way.FILE: Text("Fichier", "File")}
