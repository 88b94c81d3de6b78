"""What the controller of the specimens answers to attempts: all refused, or all accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanners.ad.transport import OLD_TLS, SSL, Attempt, Transport

if TYPE_CHECKING:
    from tests.unit.ad.specimens import Specimen


def answering(*, accepted: bool) -> Transport:
    same = Attempt(accepted=accepted)
    return Transport(same, same, same, dict.fromkeys((*SSL, *OLD_TLS), same))


def settle(s: Specimen) -> None:
    s.transport = answering(accepted=False)


def plant(s: Specimen) -> None:
    s.transport = answering(accepted=True)
