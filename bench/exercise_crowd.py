"""The browsers of players, as one process: a stream each, on which the news of the cell come; who finds none free asks
every three seconds, as `care.js` does.

Reads a JSON request on standard input: port, and the cookie of each player with the place he sits in. Says `ready` once
everyone has a stream or was refused one, and at the end what reached whom: {"streamed": {"place": [[mark, instant],
…]}, "asked": …, "refused": how many streams}, instants of the clock that never goes back, shared by the processes of a
machine.
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
_SINCE = re.compile(r'name="since" value="([^"]*)"')
ASK_SECONDS = 3.0
RETRY_SECONDS = 1.0
Seen = list[tuple[str, float]]


@dataclass
class Crowd:
    """What all the browsers saw. `refused` counts streams that were not given."""

    port: int
    streams: set[str] = field(default_factory=set)
    refused: int = 0
    streamed: dict[str, Seen] = field(default_factory=lambda: defaultdict(list))
    asked: dict[str, Seen] = field(default_factory=lambda: defaultdict(list))


async def browse(crowd: Crowd, token: str, place: str) -> None:
    """One browser: a stream, and what it brings at each change, as htmx shows it; another one when it ends."""
    known: set[str] = set()
    while await _follow(crowd, token, crowd.streamed[place], known):
        await asyncio.sleep(RETRY_SECONDS)
    crowd.refused += 1
    await _ask_again(crowd, token, crowd.asked[place], known)


async def _follow(crowd: Crowd, token: str, seen: Seen, known: set[str]) -> bool:
    """Note what a stream brings until it ends; False when none was free."""
    reader, writer = await _ask(crowd.port, "/play/live", token)
    try:
        if (await reader.readline()).split()[1] != b"200":
            return False
        while line := await reader.readline():
            if line.startswith(b"event: news"):
                crowd.streams.add(token)
                _note(seen, known, await _data(reader))
        return True
    finally:
        writer.close()


async def _ask_again(crowd: Crowd, token: str, seen: Seen, known: set[str]) -> None:
    """Ask what is new since the last answer, every three seconds."""
    since = ""
    while True:
        reader, writer = await _ask(crowd.port, f"/play/news?since={since}", token)
        body = (await reader.read()).decode(errors="replace")
        writer.close()
        _note(seen, known, body)
        since = found[1] if (found := _SINCE.search(body)) else since
        await asyncio.sleep(ASK_SECONDS)


def _note(seen: Seen, known: set[str], body: str) -> None:
    now = time.monotonic()
    seen += [(mark, now) for mark in set(_TITLE.findall(body)) - known]
    known.update(_TITLE.findall(body))


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
    tasks = [asyncio.create_task(browse(crowd, token, place)) for token, place in request["players"]]
    deadline = time.monotonic() + 60
    while len(crowd.streams) + crowd.refused < len(tasks) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, OSError, asyncio.IncompleteReadError):
            await task
    print(json.dumps({"refused": crowd.refused, "streamed": crowd.streamed, "asked": crowd.asked}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
