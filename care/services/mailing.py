"""What a mail relay may answer: the words between the outbox and the mailer behind it."""

from __future__ import annotations

from scanners.model import Text


class MailTrouble(Exception):  # noqa: N818 - what happened to a message, not a fault of ours
    """A message was not, or perhaps not, accepted by the relay. `text` is shown to people."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class NotSent(MailTrouble):
    """The relay surely did not take the message; `for_ever` when trying again is useless.

    `unreachable`: it took no message at all, this one or another.
    """

    def __init__(self, text: Text, *, for_ever: bool, unreachable: bool = False) -> None:
        super().__init__(text)
        self.for_ever = for_ever
        self.unreachable = unreachable


class MaybeSent(MailTrouble):
    """Nobody can tell: the content was on its way and no answer came."""
