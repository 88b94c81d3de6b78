"""When two names are the same name: without case, accents, kinds of apostrophes or double spaces. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from functools import lru_cache

from care.domain.continuity import ActivityKind, ResourceKind

NAME_LENGTH = 200
_KEY_LENGTH = 190
"""Leaves room, in a column of 220, for the number that an ended node adds to its key."""
_SAME_SIGN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})


@lru_cache(maxsize=8192)  # files name the same nodes thousands of times
def folded(name: str) -> str:
    """The name as it is compared: `Bloc d’Urgences` and `bloc  d'urgences` are one."""
    apart = unicodedata.normalize("NFKD", name.translate(_SAME_SIGN).casefold())
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())


def name_key(kind: ActivityKind | ResourceKind, name: str) -> str:
    """What two nodes in use never share: kind and folded name, at most 190 characters."""
    whole = f"{kind.value}:{folded(name)}"
    if len(whole) <= _KEY_LENGTH:
        return whole
    return f"{whole[: _KEY_LENGTH - 17]}~{hashlib.sha256(whole.encode()).hexdigest()[:16]}"


def ended_key(key: str, node_id: int) -> str:
    """The key of a node that ended: its name may serve again. Two spaces, which no name in use keeps."""
    return f"{key}  #{node_id}"
