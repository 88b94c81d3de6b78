"""Default permissions as the schema writes them (SDDL, MS-DTYP 2.5.1), brought to one form to be compared. Pure."""

from __future__ import annotations

import hashlib
import re

_DACL = re.compile(r"D:(?P<flags>[A-Z]*)(?P<entries>(?:\([^()]*\))*)")
_ENTRY = re.compile(r"\(([^()]*)\)")


def canonical(text: str) -> str:
    """The DACL with its entries and letters in order, none twice: two texts that mean the same become equal."""
    found = _DACL.search(text)
    if found is None:
        return text.strip()
    entries = sorted({_entry(inner) for inner in _ENTRY.findall(found["entries"])})
    return f"D:{found['flags']}{''.join(entries)}"


def digest(text: str) -> str:
    """A short fingerprint of default permissions, the same for texts that mean the same."""
    return hashlib.blake2b(canonical(text).encode(), digest_size=8).hexdigest()


def _entry(inner: str) -> str:
    kind, flags, mask, *rest = (*inner.split(";"), "", "")
    guids = [part.lower() for part in rest[:2]]
    return f"({';'.join((kind, _letters(flags), _letters(mask), *guids, *(part for part in rest[2:] if part)))})"


def _letters(text: str) -> str:
    """Two-letter words in order, none twice; a number as it is."""
    return text.lower() if text[:2].lower() == "0x" else "".join(sorted(set(re.findall("..", text))))
