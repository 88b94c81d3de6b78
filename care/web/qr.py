"""A QR drawn in the page: no file, no script, no address of anybody else."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import segno
from flask import request
from markupsafe import Markup

from care.web.people import platform

LOCAL = ("127.", "localhost", "[::1]", "0.0.0.0")  # noqa: S104 - read, never listened on


def outside(path: str) -> str:
    """The full address of a page, for other people's devices: the installation's own, else as this browser calls it."""
    base = platform().settings.public_url or request.host_url.rstrip("/")
    return f"{base}{path}"


def is_local(address: str) -> bool:
    """Whether only this machine can follow an address."""
    return (urlsplit(address).netloc or "").startswith(LOCAL)


def qr(text: str, title: str) -> Markup:
    """The QR of a text as a square SVG, black on white in any theme; `title` names it to those who do not see it."""
    made, out = segno.make(text, error="m", micro=False), io.BytesIO()
    made.save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=3, dark="#000", light="#fff", title=title,
        svgclass="qr", lineclass=None, nl=False,
    )  # fmt: skip
    return Markup(out.getvalue().decode().replace("<svg ", '<svg role="img" ', 1))  # noqa: S704 - segno escapes `title`
