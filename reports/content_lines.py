"""The content lines that calendars (RFC 5545) and contact cards (RFC 6350) share: escaped, folded, nothing hidden."""

from __future__ import annotations

import unicodedata

LINE_OCTETS = 75
"""Longest line without its end, in octets (RFC 5545, 3.1; RFC 6350, 3.2)."""
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_LINE_ENDS = ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029")


def escaped(text: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11; RFC 6350, 3.4), control characters left out."""
    for line_end in _LINE_ENDS:
        text = text.replace(line_end, "\n")
    return sound(text.replace("\t", " "), kept="\n").translate(_ESCAPED)


def sound(text: str, kept: str = "") -> str:
    """Without control characters and lone surrogates, which no file may hold."""
    return "".join(sign for sign in text if sign in kept or unicodedata.category(sign) not in {"Cc", "Cs"})


def folded(line: str) -> bytes:
    """One content line cut into lines of 75 octets at most, never inside a character."""
    pieces: list[bytes] = []
    current = b""
    for sign in line:
        encoded = sign.encode()
        if len(current) + len(encoded) > LINE_OCTETS:
            pieces.append(current)
            current = b" "
        current += encoded
    return b"\r\n".join([*pieces, current]) + b"\r\n"
