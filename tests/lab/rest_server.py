"""A restic REST server of a few lines, by its documented protocol: `FOLDER ADDRESS PORT USER PASSWORD [append-only]`.

It stands for rest-server, which is not packaged where the tests run.
"""

from __future__ import annotations

import json
import re
import sys
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

_NAME = re.compile(
    r"/(?P<repository>[a-z-]+)/(?:(?P<config>config)|(?P<kind>data|keys|locks|snapshots|index)/(?P<id>[0-9a-f]{64})?)\Z"
)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    folder: ClassVar[Path]
    login: ClassVar[str]
    append_only: ClassVar[bool]

    def do_GET(self) -> None:
        """A list of names, or an object, whole or in part."""
        self._answer(body=True)

    def do_HEAD(self) -> None:
        """The size of an object."""
        self._answer(body=False)

    def do_POST(self) -> None:
        """Keep an object."""
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if (place := self._place()) is None:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        self._say(200)

    def do_DELETE(self) -> None:
        """Erase an object, unless it is forbidden."""
        if (place := self._place()) is None:
            return
        if self.append_only and place.parent.name != "locks":
            self._say(403)
        elif place.is_file():
            place.unlink()
            self._say(200)
        else:
            self._say(404)

    def _place(self) -> Path | None:
        if self.headers.get("Authorization") != f"Basic {self.login}":
            self._say(401)
            return None
        match = _NAME.match(self.path.partition("?")[0])
        if match is None:
            self._say(404)
            return None
        return self.folder / match["repository"] / (match["config"] or f"{match['kind']}/{match['id'] or ''}")

    def _answer(self, *, body: bool) -> None:
        place = self._place()
        if place is None:
            return
        if self.path.endswith("/"):
            names = (
                [{"name": one.name, "size": one.stat().st_size} for one in place.iterdir()] if place.is_dir() else []
            )
            self._say(200, json.dumps(names).encode(), "application/vnd.x.restic.rest.v2")
        elif not place.is_file():
            self._say(404)
        else:
            self._part(place.read_bytes(), body=body)

    def _part(self, content: bytes, *, body: bool) -> None:
        asked = re.match(r"bytes=(\d+)-(\d*)\Z", self.headers.get("Range", ""))
        if asked is None:
            self._say(200, content, body=body)
            return
        first, last = int(asked[1]), int(asked[2] or len(content) - 1)
        self._say(206, content[first : last + 1], body=body)

    def _say(self, status: int, content: bytes = b"", kind: str = "binary/octet-stream", *, body: bool = True) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name of the parent's
        """Say nothing."""


def main() -> None:
    """Serve until stopped."""
    folder, address, port, user, password, *mode = sys.argv[1:]
    Handler.folder = Path(folder)
    Handler.login = b64encode(f"{user}:{password}".encode()).decode()
    Handler.append_only = mode == ["append-only"]
    ThreadingHTTPServer((address, int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
