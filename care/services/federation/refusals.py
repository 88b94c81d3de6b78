"""What a region says in answers that are no receipt: shown to people as it is, never acted upon."""

from __future__ import annotations

import json

from scanners.model import Text

_LONGEST = 500


def told_in(body: bytes) -> Text | None:
    """The sentences of an answer (`reason_fr`, `reason_en`), made safe to show; none when it holds none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    told = [found.get(name) for name in ("reason_fr", "reason_en")]
    fr, en = (_plain(one) if isinstance(one, str) else "" for one in told)
    return Text(fr or en, en or fr) if fr or en else None


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text[:_LONGEST]).strip()
