"""Sealed books."""

from __future__ import annotations


def grouped(key_id: str) -> str:
    """A fingerprint as people read it aloud: groups of four."""
    return " ".join(key_id[place : place + 4] for place in range(0, len(key_id), 4))
