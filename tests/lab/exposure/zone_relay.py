"""Carries packets between two network namespaces and keeps each for half a round trip. Standard library only.

`python zone_relay.py SCAN ZONE DEVICE SECONDS READY_FILE` makes a TUN device of that name in both namespaces.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import select
import struct
import sys
import time
from collections import deque
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_PACKETS_A_TURN = 256
_PACKET_BYTES = 65535


def device(namespace: str, name: str) -> int:
    """A descriptor of a new TUN device in a namespace."""
    with Path("/run/netns", namespace).open() as handle:
        if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {namespace}")
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return descriptor


class Way:
    """One direction: packets waiting for their time, in order since all wait as long."""

    def __init__(self, source: int, target: int, seconds: float) -> None:
        self.source = source
        self._target = target
        self._seconds = seconds
        self._waiting: deque[tuple[float, bytes]] = deque()

    def take(self) -> None:
        due = time.monotonic() + self._seconds
        try:
            for _ in range(_PACKETS_A_TURN):
                self._waiting.append((due, os.read(self.source, _PACKET_BYTES)))
        except (BlockingIOError, OSError):  # nothing left, or the device is still down
            return

    def give(self) -> None:
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            packet = self._waiting.popleft()[1]
            try:
                os.write(self._target, packet)
            except OSError:  # the queue is full or the device down: a lost packet, as on any network
                continue

    def wait(self) -> float:
        """Seconds until the next packet is due, -1 when none waits."""
        return max(0.0, self._waiting[0][0] - time.monotonic()) if self._waiting else -1.0


def main() -> None:
    scan, zone, name, seconds, ready = sys.argv[1:]
    near, far = device(scan, name), device(zone, name)
    ways = (Way(near, far, float(seconds)), Way(far, near, float(seconds)))
    by_source = {way.source: way for way in ways}
    poller = select.epoll()
    for way in ways:
        poller.register(way.source, select.EPOLLIN)
    Path(ready).write_text("")
    while True:
        waits = [wait for way in ways if (wait := way.wait()) >= 0]
        for descriptor, _event in poller.poll(min(waits) if waits else -1):
            by_source[descriptor].take()
        for way in ways:
            way.give()


if __name__ == "__main__":
    main()
