"""Text from strangers made fit to be kept and shown. Pure."""

from __future__ import annotations

MAX_SHOWN = 300
"""Characters kept of a banner, a title or a header."""


def clean(raw: bytes | str, limit: int = MAX_SHOWN) -> str:
    """Control characters become spaces, the length is bounded."""
    text = raw if isinstance(raw, str) else raw[: 4 * limit].decode("utf-8", "replace")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 4 * limit]).split())[:limit]
