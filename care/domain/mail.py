"""States of a mail of the outbox, and when to try again."""

from __future__ import annotations

import re
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


_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*\Z")
MAX_ATTEMPTS = 12
TOO_OLD = timedelta(days=3)
"""A message no relay could be handed for so long is given up: its news is stale, and all would leave at once."""
KEPT = timedelta(days=365)
"""Messages sent, or closed by a person, are forgotten after a year: they hold names and addresses (our choice)."""


_KEY = re.compile(r"(https?://[^\s<>]*?[/=#])[A-Za-z0-9_-]{24,}")
"""An address that ends with what opens it: our keys have 24 characters at least."""


def without_keys(text: str) -> str:
    """A message once it needs no sending any more: its links without the key that opens them."""
    return _KEY.sub(r"\1…", text)


def delay_after(attempts: int) -> timedelta:
    """How long to wait after that many refused attempts: 1, 2, 4… minutes, four hours at most."""
    return min(timedelta(minutes=2 ** max(attempts - 1, 0)), timedelta(hours=4))


def deliverable(address: str) -> bool:
    """Whether every relay can be given this address: `local@domain` in plain ASCII, neither quoted nor commented.

    The form is RFC 5321's Dot-string and Domain (4.1.2), the lengths those of 4.5.3.1: 64, and 254 in all.
    """
    return _ADDRESS.match(address) is not None
