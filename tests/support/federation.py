"""Hospitals that send to a region, for tests: their key, their enrolment, their bundles."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from care.domain.access import Place, Scope
from care.domain.bundles import bundle_sha256, key_message, signed_bundle, written_moment
from care.domain.enrolments import EnrolmentRequest, normal_code, write_request
from care.domain.indicators import Measure
from care.domain.signed_documents import key_fingerprint
from care.services.federation.enrolling import Enrolled, InvitationDraft, enrol_file, invite
from care.services.platform import Platform

MONTH = 202603
"""The month in which the tests' clock stands."""


def code_of(platform: Platform, measure: Measure = Measure.REACHED) -> tuple[str, str]:
    """The code and version of a packaged indicator measured so."""
    one = next(one for one in platform.kits.indicators if one.measure is measure)
    return one.code, one.version


@dataclass
class Sender:
    """A hospital's installation, as the region sees it: a key, an identifier, bundles that count up."""

    region_key: str
    name: str = "CH d’essai"
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    number: int = 0
    previous: str = ""

    @property
    def raw(self) -> bytes:
        """The raw public key."""
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def key_id(self) -> str:
        """Its fingerprint."""
        return key_fingerprint(self.raw)

    def request(self, code: str) -> bytes:
        """The request of enrolment."""
        told = EnrolmentRequest(normal_code(code), self.identifier, self.name, self.raw)
        return write_request(told, self.key.sign)

    def rotated(self) -> dict[str, str]:
        """Take a new key; what the next bundle says of it."""
        former, self.key = self.key, Ed25519PrivateKey.generate()
        public = former.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        signature = base64.b64encode(former.sign(key_message(self.raw))).decode()
        return {"former": key_fingerprint(public), "signature": signature}

    def bundle(
        self,
        at: datetime,
        values: Mapping[str, Sequence[Sequence[Any]]],
        **changed: Any,
    ) -> bytes:
        """The next bundle: values by FINESS number, of the months they name unless told otherwise."""
        self.number += 1
        months = sorted({one[2] for many in values.values() for one in many}) or [MONTH]
        told: dict[str, Any] = {
            "format": 1,
            "for": self.region_key,
            "installation": self.identifier,
            "number": self.number,
            "previous": self.previous,
            "made_at": written_moment(at),
            "key": self.key_id,
            "public_key": base64.b64encode(self.raw).decode(),
            "rotation": None,
            "pseudonymous": False,
            "months": months,
            "holders": [{"finess": finess, "values": list(many)} for finess, many in values.items()],
            "alerts": [],
            "campaigns": [],
        }
        content = signed_bundle({**told, **changed}, self.key.sign)
        self.previous = bundle_sha256(content)
        return content


def enrolled(
    platform: Platform, scope: Scope, place: Place, finess: Sequence[str], *, pseudonymous: bool = False
) -> tuple[Sender, Enrolled]:
    """A hospital enrolled for these establishments."""
    sender = Sender(platform.signer.key_id)
    code = invite(platform, scope, InvitationDraft(sender.name, place, tuple(finess), pseudonymous)).code
    return sender, enrol_file(platform, scope, sender.request(code))
