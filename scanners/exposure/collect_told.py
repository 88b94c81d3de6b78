"""What a person reads while an audit goes on: at most five sentences a second, from any thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from scanners.collect import Progress
from scanners.exposure.targets import Address
from scanners.model import Text

_TELL_SECONDS = 0.2


@dataclass
class Told:
    """What is said of an audit. A port that answered while nothing could be said is told in the next sentence."""

    progress: Progress
    searched: dict[Sequence[Address], float] = field(default_factory=dict)
    share: float = 0.0
    last: float = 0.0
    latest: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def searching(self, addresses: Sequence[Address], share: float) -> None:
        """How far the scan of some addresses is, as a share of one host."""
        self.searched[addresses] = share * len(addresses)

    def say(self, hosts: int, counts: tuple[int, int, int], latest: str) -> None:
        """How many ports are open, how many of them were asked, how many hosts are done; `latest` has just answered."""
        opened, asked, done = counts
        searched, questioned = min(1.0, sum(self.searched.values())), min(1.0, asked / max(1, opened))
        with self.lock:
            self.latest = latest or self.latest
            now = time.monotonic()
            if now < self.last + _TELL_SECONDS and done < hosts:
                return
            self.last = now
            self.share = max(self.share, 0.4 * searched + 0.1 * questioned + 0.5 * done / max(1, hosts))
            self.progress(self.share, _sentence(self.latest, opened, asked, done, hosts))
            self.latest = ""


def _sentence(latest: str, opened: int, asked: int, done: int, hosts: int) -> Text:
    fr = f"{opened} ports ouverts, {asked} interrogés, {done} adresses sur {hosts} terminées"
    en = f"{opened} open ports, {asked} questioned, {done} addresses of {hosts} done"
    return Text(f"{latest} répond · {fr}", f"{latest} answers · {en}") if latest else Text(fr, en)
