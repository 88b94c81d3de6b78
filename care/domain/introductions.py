"""How a region presents its new key to installations that know the former one: signed by the former. Pure."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from care.domain.signed_documents import (
    HEX64,
    exact_base64,
    is_signature,
    key_fingerprint,
    object_of,
    string_of,
    text_of,
)
from scanners.model import Text

CONTEXT = b"care-region-key/1\n"
_KEYS = frozenset({"former", "public_key", "signature"})


@dataclass(frozen=True, slots=True)
class Introduction:
    """A new key (raw Ed25519), the fingerprint of the one that presents it, and its signature."""

    former: str
    public_key: bytes
    signature: bytes


def introduction_message(public_key: bytes) -> bytes:
    """What a former key signs to present the one that replaces it."""
    return CONTEXT + public_key


def introduced_by(told: Introduction, former_public_key: bytes) -> bool:
    """Whether that former key presents this new one."""
    mine = told.former == key_fingerprint(former_public_key) != key_fingerprint(told.public_key)
    return mine and is_signature(former_public_key, introduction_message(told.public_key), told.signature)


def written_introduction(told: Introduction | None) -> dict[str, str] | None:
    """An introduction as documents hold it, nothing when there is none."""
    if told is None:
        return None
    return {
        "former": told.former,
        "public_key": base64.b64encode(told.public_key).decode(),
        "signature": base64.b64encode(told.signature).decode(),
    }


def read_introduction(told: object) -> Introduction | None:
    """The introduction of a document, its signature not checked yet; DocumentError."""
    if told is None:
        return None
    where = Text("« introduction »", "“introduction”")
    entry = object_of(told, _KEYS, where)
    return Introduction(
        former=text_of(entry, "former", HEX64),
        public_key=exact_base64(string_of(entry, "public_key"), 32, where),
        signature=exact_base64(string_of(entry, "signature"), 64, where),
    )
