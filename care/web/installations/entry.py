"""Where installations knock: enrolments and bundles over HTTPS. Nobody signs in; the signature is the proof.

No cookie is read, so that no page of another site can act for anybody; hence no protection of forms here. What is
refused is said in both languages, in JSON.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from care.domain import bundles, enrolments
from care.domain.federation import BundleVerdict
from care.domain.signed_documents import canonical
from care.services.alerts import federating
from care.services.errors import ServiceError, Throttled
from care.services.federation.enrolling import enrol
from care.services.federation.receiving import receive_push
from care.services.regional import federating as campaigns
from care.web.errors import CODES
from care.web.people import address, open_to_all, platform
from scanners.errors import SaidError
from scanners.model import Text

pages = Blueprint("federation_entry", __name__)
_GZIP = 31
"""What zlib calls a gzip stream."""
_TOO_LARGE = Text(
    "Le contenu envoyé dépasse la limite : rien n’a été lu.", "What was sent exceeds the limit: nothing was read."
)
_DAMAGED = Text("Le contenu compressé (gzip) est abîmé.", "The compressed content (gzip) is damaged.")


class _UnreadableError(Exception):
    def __init__(self, code: int, text: Text) -> None:
        super().__init__(text.en)
        self.code, self.text = code, text


@pages.post("/federation/enrolments")
@open_to_all
def enrolments_entry() -> ResponseReturnValue:
    """A hospital presents its key with the code it was given."""
    return _answered(lambda: (enrol(platform(), _body(enrolments.MAX_BYTES), address()), 201))


@pages.post("/federation/bundles")
@open_to_all
def bundles_entry() -> ResponseReturnValue:
    """A hospital sends its bundle; it gets a receipt, signed, whatever became of it."""

    def received() -> tuple[bytes, int]:
        found = receive_push(platform(), _body(bundles.MAX_BYTES), address())
        return found.receipt, 422 if found.verdict is BundleVerdict.REFUSED else 200

    return _answered(received)


@pages.get(federating.PATH)
@open_to_all
def alerts_entry() -> ResponseReturnValue:
    """A hospital asks for the alerts sent to it; the question is signed by its key, the answer by ours."""
    return _answered(lambda: (federating.answer(platform(), request.args), 200))


@pages.get(campaigns.PATH)
@open_to_all
def campaigns_entry() -> ResponseReturnValue:
    """A hospital asks what campaigns ask of it, with the same signed question."""
    return _answered(lambda: (campaigns.answer(platform(), request.args), 200))


def _answered(work: Callable[[], tuple[bytes, int]]) -> ResponseReturnValue:
    try:
        body, code = work()
    except _UnreadableError as wrong:
        return _said(wrong.code, wrong.text)
    except ServiceError as refusal:
        code = next((code for kind, code in CODES.items() if isinstance(refusal, kind)), 400)
        answer = _said(code, refusal.text)
        if isinstance(refusal, Throttled):
            answer.headers["Retry-After"] = str(round(refusal.retry_after.total_seconds()))
        return answer
    except SaidError as trouble:
        return _said(503, trouble.text)
    return Response(body, code, mimetype="application/json")


def _said(code: int, text: Text) -> Response:
    told = canonical({"reason_fr": text.fr, "reason_en": text.en})
    return Response(told + b"\n", code, mimetype="application/json")


def _body(limit: int) -> bytes:
    """What was sent, unpacked if need be: never more than `limit` bytes, however small it came."""
    sent = request.stream.read(limit + 1)
    if len(sent) > limit:
        raise _UnreadableError(413, _TOO_LARGE)
    packing = request.headers.get("Content-Encoding", "identity").strip().lower()
    if packing == "identity":
        return sent
    if packing != "gzip":
        raise _UnreadableError(415, _DAMAGED)
    return _unpacked(sent, limit)


def _unpacked(sent: bytes, limit: int) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        found = unpacking.decompress(sent, limit + 1)
    except zlib.error as error:
        raise _UnreadableError(400, _DAMAGED) from error
    if len(found) > limit or unpacking.unconsumed_tail:
        raise _UnreadableError(413, _TOO_LARGE)
    if not unpacking.eof or unpacking.unused_data:
        raise _UnreadableError(400, _DAMAGED)
    return found
