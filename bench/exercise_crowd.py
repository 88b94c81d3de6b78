"""The browsers of the players of one exercise, as one process: a stream each, on which the news of the cell come.

Reads a JSON request on standard input: port, seconds, and the cookie of each player with the cell he sits in. Says
`ready` once everyone has a stream, and at the end what reached each of them: {"cell": [[stimulus title, instant], …]},
instants of the clock that never goes back, shared by the processes of a machine.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

_TITLE = re.compile(r"\[bench (\d+)\]")


@dataclass
class Crowd:
    """What all the browsers saw. `refused` counts streams that were not given."""

    port: int
    streams: int = 0
    refused: int = 0
    seen: dict[str, list[tuple[str, float]]] = field(default_factory=lambda: defaultdict(list))


async def browse(crowd: Crowd, token: str, cell: str) -> None:
    """One browser: a stream, and what it brings at each change, as htmx shows it."""
    known: set[str] = set()
    reader, writer = await _ask(crowd.port, "/play/live", token)
    status = (await reader.readline()).split()[1]
    if status != b"200":
        crowd.refused += 1
        return
    first = True
    try:
        while line := await reader.readline():
            if not line.startswith(b"event: news"):
                continue
            body = await _data(reader)
            now = time.monotonic()
            for mark in set(_TITLE.findall(body)) - known:
                known.add(mark)
                crowd.seen[cell].append((mark, now))
            if first:
                crowd.streams += 1
                first = False
    finally:
        writer.close()


async def _ask(port: int, path: str, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: care_seat={token}\r\n"
                 "Accept: text/html, text/event-stream\r\nConnection: close\r\n\r\n".encode())  # fmt: skip
    await writer.drain()
    return reader, writer


async def _data(reader: asyncio.StreamReader) -> str:
    """The data of an event, to the empty line after it."""
    lines = []
    while (line := await reader.readline()).startswith(b"data:"):
        lines.append(line.decode(errors="replace"))
    return "".join(lines)


async def main() -> None:
    """Browse until told to stop: a line on standard input."""
    request = json.loads(sys.stdin.readline())
    crowd = Crowd(request["port"])
    tasks = [asyncio.create_task(browse(crowd, token, cell)) for token, cell in request["players"]]
    deadline = time.monotonic() + 60
    while crowd.streams + crowd.refused < len(tasks) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, OSError, asyncio.IncompleteReadError):
            await task
    print(json.dumps({"refused": crowd.refused, "seen": crowd.seen}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
