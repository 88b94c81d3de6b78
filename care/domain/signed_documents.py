"""Documents that installations exchange: JSON in one written form, read strictly, signed with Ed25519. Pure.

Nothing is believed: a document is exactly what is expected, or it is refused with its reason.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from scanners.errors import SaidError
from scanners.model import Text

MAX_NUMBER = 1_000_000_000
"""Of any number of a document: above what a hospital counts, below what databases hold in 32 bits."""
HEX64 = re.compile(r"[0-9a-f]{64}\Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}\Z")
MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")


class DocumentError(SaidError):
    """A document of another installation cannot be taken as it is: what is wrong, where, and what to do."""


class BadSignatureError(DocumentError):
    """A document that the key expected did not sign."""


def canonical(payload: Mapping[str, Any]) -> bytes:
    """The only written form of an object: keys in order, no space, UTF-8. ValueError for NaN and the infinities."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def key_fingerprint(public_key: bytes) -> str:
    """The fingerprint of a raw public key: SHA-256, in hexadecimal."""
    return hashlib.sha256(public_key).hexdigest()


def is_signature(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether that raw Ed25519 key signed that message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def raw_public_key(pem: str) -> bytes:
    """The 32 raw bytes of an Ed25519 public key written in PEM; DocumentError when it is another thing."""
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise DocumentError(
            "La clé donnée n’est pas une clé publique Ed25519 (PEM) : redemandez le fichier.",
            "The key given is no Ed25519 public key (PEM): ask for the file again.",
        )
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_pem(public_key: bytes) -> str:
    """A raw Ed25519 public key written in PEM."""
    key = Ed25519PublicKey.from_public_bytes(public_key)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed_object(payload: Mapping[str, Any], context: bytes, sign: Callable[[bytes], bytes]) -> dict[str, Any]:
    """The object with its signature, made over `context` and the canonical form of the rest."""
    return {**payload, "signature": base64.b64encode(sign(context + canonical(payload))).decode()}


def read_signed(content: bytes, keys: frozenset[str], where: Text) -> tuple[dict[str, Any], bytes]:
    """A signed object that has exactly these keys beside its signature, and that signature, not checked yet."""
    payload = read_object(content)
    exact_keys(payload, keys | {"signature"}, where)
    told = payload.pop("signature")
    if not isinstance(told, str):
        raise wrong_value("signature", told)
    return payload, exact_base64(told, 64, Text("la signature", "the signature"))


def check_signature(payload: Mapping[str, Any], context: bytes, public_key: bytes, signature: bytes) -> None:
    """DocumentError unless that key signed that object."""
    written = canonical_or_none(payload)
    if written is None or not is_signature(public_key, context + written, signature):
        raise BadSignatureError(
            "La signature ne correspond pas au contenu : modifié, ou signé par une autre clé. Redemandez-le.",
            "The signature does not match the content: it was changed, or signed by another key. Ask for it again.",
        )


def exact_base64(text: bytes | str, size: int, what: Text) -> bytes:
    """The bytes of a base64 text in its only written form, exactly `size` of them; DocumentError."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    try:
        found = base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != size or base64.b64encode(found) != raw:  # the unused bits of the last sign are zero
        raise DocumentError(
            f"Illisible : {what.fr} n’est pas {size} octets en base64. Redemandez le fichier.",
            f"Unreadable: {what.en} is not {size} bytes in base64. Ask for the file again.",
        )
    return found


def read_object(line: bytes) -> dict[str, Any]:
    """One JSON object, read strictly: no key twice, no fraction, no NaN, no endless number or depth. DocumentError."""
    try:
        found = json.loads(
            line.decode(),
            object_pairs_hook=_no_twice,
            parse_constant=_no_such_number,
            parse_float=_no_such_number,
        )
    except UnicodeDecodeError:
        raise _not_json("le texte n’est pas en UTF-8", "the text is not UTF-8") from None
    except RecursionError:
        raise _not_json("les objets sont emboîtés sans fin", "objects are nested without end") from None
    except json.JSONDecodeError as error:
        raise _not_json(f"au signe {error.pos + 1}", f"at character {error.pos + 1}") from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise _not_json("un nombre est sans fin", "a number is endless") from None
    if not isinstance(found, dict):
        raise _not_json("ce n’est pas un objet", "it is no object")
    return found


def canonical_or_none(payload: Mapping[str, Any]) -> bytes | None:
    """The only written form of an object, none when it has none (lone surrogates)."""
    try:
        return canonical(payload)
    except ValueError:
        return None


def _not_json(fr: str, en: str) -> DocumentError:
    return DocumentError(
        f"Le contenu n’est pas du JSON lisible ({fr}) : le fichier est abîmé. Redemandez-le.",
        f"The content is no readable JSON ({en}): the file is damaged. Ask for it again.",
    )


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _value in pairs)  # one pass: a stranger may write a million keys
        twice = printable(next(name for name, count in counts.items() if count > 1))
        raise DocumentError(
            f"La clé « {twice} » est donnée deux fois : le contenu est ambigu, il n’est pas pris.",
            f"The key “{twice}” is given twice: the content is ambiguous, it is not taken.",
        )
    return found


def _no_such_number(text: str) -> NoReturn:
    raise DocumentError(
        f"« {printable(text)} » n’est pas un nombre entier : aucun autre nombre n’est admis.",
        f"“{printable(text)}” is not a whole number: no other number is admitted.",
    )


def printable(told: object) -> str:
    """A few signs of what a stranger wrote, safe to be shown."""
    text = str(told)
    shown = "".join(sign if sign.isprintable() else "·" for sign in text[:40])
    return shown + ("…" if len(text) > 40 else "")


def exact_keys(told: Mapping[str, Any], keys: frozenset[str], where: Text) -> None:
    """DocumentError unless an object has exactly these keys."""
    if told.keys() == keys:
        return
    unknown, missing = sorted(told.keys() - keys), sorted(keys - told.keys())
    if unknown:
        name = printable(unknown[0])
        raise DocumentError(
            f"Clé inconnue « {name} » dans {where.fr} : le document est refusé.",
            f"Unknown key “{name}” in {where.en}: the document is refused.",
        )
    raise DocumentError(
        f"La clé « {missing[0]} » manque dans {where.fr} : le document est refusé.",
        f"The key “{missing[0]}” is missing in {where.en}: the document is refused.",
    )


def wrong_value(field: str, told: object) -> DocumentError:
    """The error for a field that holds what it cannot."""
    return DocumentError(
        f"« {field} » ne peut pas valoir « {printable(told)} » : le document est refusé.",
        f"“{field}” cannot be “{printable(told)}”: the document is refused.",
    )


def text_of(payload: Mapping[str, Any], field: str, pattern: re.Pattern[str]) -> str:
    """A text of this form; DocumentError."""
    told = payload[field]
    if not isinstance(told, str) or pattern.match(told) is None:
        raise wrong_value(field, told)
    return told


def string_of(payload: Mapping[str, Any], field: str) -> str:
    """Any text; DocumentError."""
    told = payload[field]
    if not isinstance(told, str):
        raise wrong_value(field, told)
    return told


def number_of(told: object, field: str, lowest: int = 0) -> int:
    """A whole number within the bounds; DocumentError."""
    if type(told) is not int or not lowest <= told <= MAX_NUMBER:
        raise wrong_value(field, told)
    return told


def object_of(told: object, keys: frozenset[str], where: Text) -> dict[str, Any]:
    """An object that has exactly these keys; DocumentError."""
    if not isinstance(told, dict):
        raise wrong_value(where.en.strip("“”"), told)
    exact_keys(told, keys, where)
    return told
