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


MAX_ATTEMPTS = 12


def delay_after(attempts: int) -> timedelta:
    """How long to wait after that many refused attempts: 1, 2, 4… minutes, four hours at most."""
    return min(timedelta(minutes=2 ** max(attempts - 1, 0)), timedelta(hours=4))
