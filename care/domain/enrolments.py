"""How an installation becomes one that may send: its request, the region's answer, the receipts of bundles. Pure.

The code of an enrolment is typed once. The request is signed with the key it presents, the answer with the region's:
each side shows the fingerprint of the other's key, to be compared by telephone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from care.domain.bundles import written_moment
from care.domain.federation import BundleVerdict
from care.domain.introductions import Introduction, read_introduction, written_introduction
from care.domain.signed_documents import (
    FINESS,
    HEX64,
    MOMENT,
    UUID,
    DocumentError,
    canonical,
    check_signature,
    exact_base64,
    number_of,
    raw_public_key,
    read_signed,
    signed_object,
    string_of,
    text_of,
    wrong_value,
)
from scanners.model import Text

REQUEST_CONTEXT = b"care-enrolment/1\n"
ANSWER_CONTEXT = b"care-enrolled/1\n"
RECEIPT_CONTEXT = b"care-receipt/1\n"
MAX_BYTES = 256 * 1024
MAX_NAME = 200
MAX_REASON = 2_000
MAX_ESTABLISHMENTS = 2_000

CODE_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which people misread."""
CODE_LENGTH = 24
"""120 bits: nobody finds one by trying."""
_CODE = re.compile(rf"[{CODE_SIGNS}]{{{CODE_LENGTH}}}\Z")
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": "", "\u2011": "", "\u00a0": ""})

_REQUEST = frozenset({"code", "identifier", "name", "public_key"})
_ANSWER = frozenset({"identifier", "name", "key_pem", "establishments", "pseudonymous", "place_name"})
_RECEIPT = frozenset(
    {
        "sha256", "verdict", "number", "last_number", "last_sha256", "reason_fr", "reason_en", "at",
        "introduction",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """What a hospital asks: its code, the identifier it gave itself, its name and its raw public key."""

    code: str
    identifier: str
    name: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class EnrolmentAnswer:
    """What the region answers: to whom, who it is, its key, for which establishments (FINESS), under pseudonyms or not.
    `place_name` is the territory that it consolidates."""

    identifier: str
    name: str
    key_pem: str
    establishments: tuple[str, ...]
    pseudonymous: bool
    place_name: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a bundle: `number` that it told, none when it could not be read; `last_number` taken so far, and
    the fingerprint of that bundle. `introduction`: the region's new key, when it knows that ours is a former one."""

    sha256: str
    verdict: BundleVerdict
    number: int | None
    last_number: int
    reason: Text
    at: datetime
    last_sha256: str = ""
    introduction: Introduction | None = None


def normal_code(typed: str) -> str:
    """A code as it is compared: capitals, without dashes and spaces, misread signs put right; empty when it is none."""
    code = typed.strip().upper().translate(_READ_AS)
    return code if _CODE.match(code) else ""


def shown_code(code: str) -> str:
    """A code as people read it: six groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def write_request(request: EnrolmentRequest, sign: Callable[[bytes], bytes]) -> bytes:
    """The request as a file, signed with the key that it presents."""
    told = {
        "code": request.code,
        "identifier": request.identifier,
        "name": request.name,
        "public_key": base64.b64encode(request.public_key).decode(),
    }
    return _written(told, REQUEST_CONTEXT, sign)


def read_request(content: bytes) -> EnrolmentRequest:
    """A request whose form and signature hold; DocumentError."""
    told, signature = _read(content, _REQUEST, Text("la demande d’inscription", "the request of enrolment"))
    public_key = exact_base64(string_of(told, "public_key"), 32, Text("la clé publique", "the public key"))
    check_signature(told, REQUEST_CONTEXT, public_key, signature)
    code = normal_code(string_of(told, "code"))
    if not code:
        raise wrong_value("code", "…")  # a code is a secret: it is not shown again
    return EnrolmentRequest(code, text_of(told, "identifier", UUID), _name(told, "name"), public_key)


def write_answer(answer: EnrolmentAnswer, sign: Callable[[bytes], bytes]) -> bytes:
    """The answer as a file, signed by the region."""
    told = {
        "identifier": answer.identifier,
        "name": answer.name,
        "key_pem": answer.key_pem,
        "establishments": list(answer.establishments),
        "pseudonymous": answer.pseudonymous,
        "place_name": answer.place_name,
    }
    return _written(told, ANSWER_CONTEXT, sign)


def read_answer(content: bytes) -> EnrolmentAnswer:
    """An answer signed by the key that it gives; whether that is the region's, people say. DocumentError."""
    told, signature = _read(content, _ANSWER, Text("la réponse de la région", "the answer of the region"))
    pem = string_of(told, "key_pem")
    check_signature(told, ANSWER_CONTEXT, raw_public_key(pem), signature)
    if type(told["pseudonymous"]) is not bool:
        raise wrong_value("pseudonymous", told["pseudonymous"])
    return EnrolmentAnswer(
        identifier=text_of(told, "identifier", UUID),
        name=_name(told, "name"),
        key_pem=pem,
        establishments=_establishments(told["establishments"]),
        pseudonymous=told["pseudonymous"],
        place_name=_name(told, "place_name"),
    )


def write_receipt(receipt: Receipt, sign: Callable[[bytes], bytes]) -> bytes:
    """The receipt as a file, signed by the region."""
    told = {
        "sha256": receipt.sha256,
        "verdict": receipt.verdict.value,
        "number": receipt.number,
        "last_number": receipt.last_number,
        "last_sha256": receipt.last_sha256,
        "reason_fr": receipt.reason.fr,
        "reason_en": receipt.reason.en,
        "at": written_moment(receipt.at),
        "introduction": written_introduction(receipt.introduction),
    }
    return _written(told, RECEIPT_CONTEXT, sign)


def read_receipt(content: bytes, region_public_key: bytes) -> Receipt:
    """A receipt signed by that key of the region; DocumentError."""
    told, signature = _read(content, _RECEIPT, Text("l’accusé de réception", "the receipt"))
    check_signature(told, RECEIPT_CONTEXT, region_public_key, signature)
    verdict = string_of(told, "verdict")
    if verdict not in [one.value for one in BundleVerdict]:
        raise wrong_value("verdict", verdict)
    last_sha256 = string_of(told, "last_sha256")
    if last_sha256 and HEX64.match(last_sha256) is None:
        raise wrong_value("last_sha256", last_sha256)
    return Receipt(
        sha256=text_of(told, "sha256", HEX64),
        verdict=BundleVerdict(verdict),
        number=None if told["number"] is None else number_of(told["number"], "number"),
        last_number=number_of(told["last_number"], "last_number"),
        reason=Text(_line(told, "reason_fr", MAX_REASON), _line(told, "reason_en", MAX_REASON)),
        at=_moment(told, "at"),
        last_sha256=last_sha256,
        introduction=read_introduction(told["introduction"]),
    )


def _written(told: Mapping[str, Any], context: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    return canonical(signed_object(told, context, sign)) + b"\n"


def _read(content: bytes, keys: frozenset[str], where: Text) -> tuple[dict[str, Any], bytes]:
    if len(content) > MAX_BYTES:
        raise DocumentError(
            f"Le fichier dépasse {MAX_BYTES // 1024} Kio : ce n’est pas {where.fr}.",
            f"The file exceeds {MAX_BYTES // 1024} KiB: it is not {where.en}.",
        )
    return read_signed(content, keys, where)


def _line(told: Mapping[str, Any], field: str, longest: int) -> str:
    text = string_of(told, field)
    if len(text) > longest or not text.isprintable():
        raise wrong_value(field, text)
    return text


def _name(told: Mapping[str, Any], field: str) -> str:
    name = _line(told, field, MAX_NAME)
    if not name.strip():
        raise wrong_value(field, name)
    return name


def _moment(told: Mapping[str, Any], field: str) -> datetime:
    text = text_of(told, field, MOMENT)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise wrong_value(field, text) from None


def _establishments(told: object) -> tuple[str, ...]:
    if not isinstance(told, list) or not 1 <= len(told) <= MAX_ESTABLISHMENTS or len(set(map(str, told))) != len(told):
        raise wrong_value("establishments", told)
    for one in told:
        if not isinstance(one, str) or FINESS.match(one) is None:
            raise wrong_value("establishments", one)
    return tuple(told)
