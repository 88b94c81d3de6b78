"""States of a mail of the outbox, and when to try again."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class MailState(StrEnum):
    """Where a message stands. `uncertain`: a crash or a silence while sending; only a person sends it again.

    `dropped`: a person decided that it needs no sending again.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    DROPPED = "dropped"


TROUBLED = (MailState.UNCERTAIN, MailState.FAILED)
"""States that wait for a person."""
SETTLED = (MailState.SENT, MailState.DROPPED)
"""States in which nothing more will happen."""


MAX_ATTEMPTS = 12
TOO_OLD = timedelta(days=3)
"""A message no relay could be handed for so long is given up: its news is stale, and all would leave at once."""
KEPT = timedelta(days=365)
"""Messages sent, or closed by a person, are forgotten after a year: they hold names and addresses (our choice)."""


def delay_after(attempts: int) -> timedelta:
    """How long to wait after that many refused attempts: 1, 2, 4… minutes, four hours at most."""
    return min(timedelta(minutes=2 ** max(attempts - 1, 0)), timedelta(hours=4))
