"""A QR drawn in the page: no file, no script, no address of anybody else."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup


def qr(text: str, title: str, svg_class: str = "qr") -> Markup:
    """The QR of a text as a square SVG, black on white in any theme; `title` names it to those who do not see it.
    15 % of it may be lost: read off a projector or a folded badge."""
    made, out = segno.make(text, error="m", micro=False), io.BytesIO()
    made.save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=3, dark="#000", light="#fff", title=title,
        svgclass=svg_class, lineclass=None, nl=False,
    )  # fmt: skip
    return Markup(out.getvalue().decode().replace("<svg ", '<svg role="img" ', 1))  # noqa: S704 - segno escapes `title`
