"""Files made for whoever asks: sent to be kept, never shown inside the site."""

from __future__ import annotations

from flask import Response

TYPES = {
    "csv": "text/csv",
    "ics": "text/calendar",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "vcf": "text/vcard",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def attachment(content: bytes, name: str) -> Response:
    """The file, under a name whose end says its type; what is unknown is only bytes."""
    answer = Response(content, mimetype=TYPES.get(name.rpartition(".")[2], "application/octet-stream"))
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
