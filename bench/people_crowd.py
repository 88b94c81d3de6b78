"""The browsers of people at work, as one process: each opens a page, reads it some seconds, opens another.

Reads a JSON request on standard input: the ports of the servers, the session of each person, the pages, how long people
read (least and most seconds), for how long all this lasts, and the seed. Says at the end what each page took: {"took":
{page: [seconds, …]}, "errors": ["page: why", …]}. A person stays with one server, as a session does behind a proxy.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field

MOST_SECONDS = 30.0
"""A page that takes longer is an error."""


@dataclass
class Seen:
    """What all of them saw."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)


async def work(seen: Seen, port: int, token: str, pages: list[str], reading: tuple[float, float], until: float) -> None:
    """One person, who does not come at the same instant as the others."""
    chance = random.Random(token)
    await asyncio.sleep(chance.uniform(0, reading[1]))
    while time.monotonic() < until:
        page = chance.choice(pages)
        begin = time.monotonic()
        try:
            status = await asyncio.wait_for(fetch(port, page, token), MOST_SECONDS)
        except (OSError, EOFError, TimeoutError, ValueError, IndexError) as failure:
            status, why = 0, f"{type(failure).__name__} {failure}"
        else:
            why = f"answered {status}"
        seen.took[page].append(time.monotonic() - begin)
        if status != 200:
            seen.errors.append(f"{page}: {why}")
        await asyncio.sleep(chance.uniform(*reading))


async def fetch(port: int, page: str, token: str) -> int:
    """The status of a page once it came whole."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        writer.write(f"GET {page} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: care_session={token}\r\n"
                     "Connection: close\r\n\r\n".encode())  # fmt: skip
        await writer.drain()
        status = int((await reader.readline()).split()[1])
        whole = await reader.read()
        if b"\r\n\r\n" not in whole:
            raise EOFError("cut short")
        return status
    finally:
        writer.close()


async def main() -> None:
    """Work until the time is up."""
    request = json.loads(sys.stdin.readline())
    seen, until = Seen(), time.monotonic() + request["seconds"]
    ports, reading = request["ports"], tuple(request["reading"])
    await asyncio.gather(
        *(
            work(seen, ports[number % len(ports)], token, request["pages"], reading, until)
            for number, token in enumerate(request["tokens"])
        )
    )
    print(json.dumps({"took": seen.took, "errors": seen.errors}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
