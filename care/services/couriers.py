"""How this installation speaks to a region's over HTTPS: one question, one bounded answer, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from scanners.model import Text

MAX_ANSWER_BYTES = 1 << 20
"""Of any answer: receipts are a few hundred bytes, what a region sends of alerts a few hundred kilobytes."""


class UnreachedError(Exception):
    """No answer that can be used: nothing is known of what became of the question. `text` is shown to people."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a GET, or a POST when there is a `body`. `trusted_pem` holds the only authorities believed (PEM),
    those of the machine when it is empty."""

    url: str
    body: bytes | None = None
    content_type: str = "application/octet-stream"
    trusted_pem: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole: `MAX_ANSWER_BYTES` at most."""

    status: int
    body: bytes


class Courier(Protocol):
    """Asks one server one question, over TLS, in a bounded time; follows no redirection."""

    def ask(self, question: Question) -> Answer:
        """The answer, whatever its status; UnreachedError when there is none that can be used."""


class NoCourier:
    """Stands in where nothing may leave."""

    def ask(self, question: Question) -> Answer:
        """Always UnreachedError."""
        raise UnreachedError(
            Text("Rien ne peut partir d’ici par le réseau.", "Nothing can leave from here over the network.")
        )
