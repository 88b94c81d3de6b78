"""The HTTP server of `care serve`: what is too large is refused on its first bytes, in words for people.

Without it the server would keep a whole gigabyte on its disk before the application could say no. The limit holds
whatever the browser announces: a length that lies, or none at all.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

from care.config import Settings
from scanners.model import Text

_ENVELOPE = 1 << 20
"""What a form adds around its files: the application then refuses by itself, on one of its own pages."""

_PAGE = """<!doctype html><html lang="fr"><meta charset="utf-8"><title>{title}</title>
<p>{fr}</p><p lang="en">{en}</p></html>"""


def listen(app: Flask, settings: Settings, threads: int) -> Any:  # noqa: ANN401 - waitress is not typed
    """The server bound to its address; OSError when it cannot be."""
    server = create_server(
        app,
        host=settings.bind,
        port=settings.port,
        threads=threads,
        ident="CaRE",
        max_request_body_size=settings.upload_bytes + _ENVELOPE,
    )
    for one in getattr(server, "_servers", [server]):  # several when the address has several families
        one.channel_class = _Channel
    return server


class _Refusal(ErrorTask):  # type: ignore[misc]
    """An answer of the server itself."""

    def execute(self) -> None:
        """Say a body that is too large in words for people; every other refusal as waitress says it."""
        if isinstance(self.request.error, RequestEntityTooLarge):
            self.request.error = _TooLarge(self.channel.server.adj.max_request_body_size - _ENVELOPE)
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    error_task_class = _Refusal


class _TooLarge(RequestEntityTooLarge):  # type: ignore[misc]
    def __init__(self, limit: int) -> None:
        mebibytes = limit >> 20
        super().__init__(f"over {mebibytes} MiB")
        self._said = Text(
            f"Le fichier envoyé dépasse la limite de {mebibytes} Mio : rien n’a été enregistré. Revenez à la page "
            "précédente et envoyez un fichier plus petit, ou demandez à un administrateur de relever la limite.",
            f"The file sent is over the limit of {mebibytes} MiB: nothing was recorded. Go back to the page before and "
            "send a smaller file, or ask an administrator to raise the limit.",
        )

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers, body."""
        page = _PAGE.format(title="413", fr=self._said.fr, en=self._said.en)
        return f"{self.code} {self.reason}", [("Content-Type", "text/html; charset=utf-8")], page.encode()
