"""What a region says in answers that are no receipt: shown to people as it is, never acted upon."""

from __future__ import annotations

import json

from scanners.model import Text

_LONGEST = 500
UNKNOWN_KEY = Text(
    "Ce qu’elle répond est signé par une autre clé que celle que vous avez comparée : rien n’en est cru. Si la région a"
    " changé de clé sans pouvoir la présenter, demandez-lui sa nouvelle réponse et comparez l’empreinte par téléphone ;"
    " sinon, quelqu’un répond à sa place.",
    "What it answers is signed by another key than the one you compared: nothing of it is believed. If the region"
    " changed its key without being able to present it, ask it for its new answer and compare the fingerprint by"
    " telephone; otherwise, somebody else answers in its place.",
)


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
