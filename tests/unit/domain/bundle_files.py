"""Bundles for tests: a payload, a key, a file."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from care.domain.bundles import CONTEXT, key_message
from care.domain.signed_documents import canonical

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
REGION = "ab" * 32
INSTALLATION = "0f5cf3a2-6a54-4c2e-9a0b-0d6c7b1f2a11"
ALERT = "6f1c0f6e-0a2a-4a77-9c8b-3f9d5a1f0001"

CAMPAIGN = "6f1c0f6e-0a2a-4a77-9c8b-3f9d5a1f0002"


def raw(key: Ed25519PrivateKey) -> bytes:
    """The raw public key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(key: Ed25519PrivateKey) -> str:
    """Its fingerprint."""
    return hashlib.sha256(raw(key)).hexdigest()


def rotation(former: Ed25519PrivateKey, new: Ed25519PrivateKey) -> dict[str, str]:
    """A new key presented by a former one."""
    return {
        "former": key_id(former),
        "signature": base64.b64encode(former.sign(key_message(raw(new)))).decode(),
    }


def payload(key: Ed25519PrivateKey = KEY, /, **changed: Any) -> dict[str, Any]:
    """What a small hospital tells, with some of it changed."""
    told: dict[str, Any] = {
        "format": 1,
        "for": REGION,
        "installation": INSTALLATION,
        "number": 1,
        "previous": "",
        "made_at": "2026-11-23T01:30:00Z",
        "key": key_id(key),
        "public_key": base64.b64encode(raw(key)).decode(),
        "rotation": None,
        "pseudonymous": False,
        "months": [202610, 202611],
        "holders": [
            {
                "finess": "350000011",
                "values": [
                    ["EXO-TX", "1", 202610, 0, 1, "2026-10-31"],
                    ["EXO-TX", "1", 202611, 1, 1, "2026-11-22"],
                    ["care-d2:O3.A", "2025.1", 202611, 0, 1, "2026-11-22"],
                ],
            },
            {"finess": "2A0000014", "values": []},
        ],
        "alerts": [
            {
                "alert": ALERT,
                "finess": "350000011",
                "exposure": "exposed",
                "seen": 2,
                "facts_at": "2026-11-20T08:00:00Z",
                "answer": "working",
                "answered_at": None,
            }
        ],
        "campaigns": [
            {
                "campaign": CAMPAIGN,
                "finess": "350000011",
                "said": "done",
                "at": "2026-11-21T09:00:00Z",
                "questions": "cd" * 32,
                "answers": [[1, "yes"], [2, 1], [3, "2025-12-31"], [4, "unknown"]],
            }
        ],
    }
    return {**told, **changed}


def pseudonymous(**changed: Any) -> dict[str, Any]:
    """The same, under a pseudonym."""
    holders = [
        {
            "pseudonym": "00112233445566aa",
            "category": "Centre Hospitalier (C.H.)",
            "values": [["EXO-TX", "1", 202611, 1, 1, "2026-11-22"]],
        }
    ]
    return payload(pseudonymous=True, holders=holders, alerts=[], **{"campaigns": [], **changed})


def file_of(told: dict[str, Any], key: Ed25519PrivateKey = KEY) -> bytes:
    """The file of a payload, whatever is in it."""
    return signed_line(canonical(told), key)


def signed_line(line: bytes, key: Ed25519PrivateKey = KEY) -> bytes:
    """The file of a first line, whatever it is: signed rightly, so that the signature is not what refuses it."""
    return line + b"\n" + base64.b64encode(key.sign(CONTEXT + line)) + b"\n"
