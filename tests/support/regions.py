"""A region on paper, for tests: it has a key, reads what it is sent as a region does, and answers or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from care.domain.asked_campaigns import write_asked
from care.domain.bundles import Bundle, bundle_sha256, claims_of, presented_by, read_bundle, written_moment
from care.domain.enrolments import EnrolmentAnswer, Receipt, read_request, write_answer, write_receipt
from care.domain.federation import BundleVerdict
from care.domain.introductions import Introduction, introduction_message, written_introduction
from care.domain.signed_documents import DocumentError, canonical, key_fingerprint, signed_object
from care.services.alerts.federating import CONTEXT as ALERTS_CONTEXT
from care.services.couriers import Answer, Question, UnreachedError
from care.services.regional.federating import PATH as CAMPAIGNS_PATH
from scanners.model import Text

CODE = "ABCD-EFGH-JKMN-PQRS-TVWX-YZ23"
URL = "https://region.test"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
REFUSED = Text("Pas de cette façon.", "Not this way.")


def raw(key: Ed25519PrivateKey) -> bytes:
    """The public half."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def introduce(former: Ed25519PrivateKey, key: Ed25519PrivateKey) -> Introduction:
    """That key presented by this one."""
    return Introduction(key_fingerprint(raw(former)), raw(key), former.sign(introduction_message(raw(key))))


@dataclass
class PaperRegion:
    """What a courier reaches. `down` says why nothing is reached; `forged` has somebody else sign the receipts."""

    establishments: tuple[str, ...]
    pseudonymous: bool = False
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    down: str = ""
    forged: bool = False
    lost: bool = False
    status: int = 200
    last_number: int = 0
    last_sha256: str = ""
    former: Ed25519PrivateKey | None = None
    known: bytes = b""
    told: list[dict[str, object]] = field(default_factory=list)
    asking: list[dict[str, object]] = field(default_factory=list)
    asking_at: datetime = NOON
    asked: list[Question] = field(default_factory=list)
    taken: list[Bundle] = field(default_factory=list)

    @property
    def pem(self) -> str:
        """The public key, as answers hold it."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def fingerprint(self) -> str:
        """What people compare."""
        return key_fingerprint(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def ask(self, question: Question) -> Answer:
        """The answer of this region."""
        if self.down:
            raise UnreachedError(Text(self.down, f"down: {self.down}"))
        self.asked.append(question)
        if question.body is None:
            said = self.campaigns if urlsplit(question.url).path == CAMPAIGNS_PATH else self.alerts
            return Answer(self.status, said(question.url))
        body = question.body or b""
        answer = self.enrol(body) if question.url.endswith("/federation/enrolments") else self.receive(body)
        if self.lost:
            raise UnreachedError(Text("La réponse s’est perdue.", "The answer was lost."))
        return Answer(self.status, answer)

    def enrol(self, content: bytes) -> bytes:
        """The answer to a request."""
        request = read_request(content)
        self.known = request.public_key
        answer = EnrolmentAnswer(
            request.identifier, "GRADeS d’essai", self.pem, self.establishments, self.pseudonymous, "Bretagne"
        )
        return write_answer(answer, self.key.sign)

    def alerts(self, url: str) -> bytes:
        """The signed document of its alerts, for whoever asks."""
        asked = parse_qs(urlsplit(url).query)
        told = {"format": 1, "for": asked["installation"][0], "at": written_moment(NOON), "alerts": self.told}
        signer, introduction = self._speaking(asked["region"][0])
        told["introduction"] = written_introduction(introduction)
        return canonical(signed_object(told, ALERTS_CONTEXT, signer.sign)) + b"\n"

    def campaigns(self, url: str) -> bytes:
        """The signed document of what it asks, for whoever asks."""
        asked = parse_qs(urlsplit(url).query)
        signer, _introduction = self._speaking(asked["region"][0])
        return write_asked(asked["installation"][0], self.asking_at, self.asking, signer.sign)

    def receive(self, content: bytes) -> bytes:
        """The receipt of a bundle."""
        verdict, number = self._judge(content)
        reason = REFUSED if verdict is BundleVerdict.REFUSED else Text("", "")
        audience = read_bundle(content).audience if number is not None else ""
        signer, introduction = self._speaking(audience)
        receipt = Receipt(
            bundle_sha256(content), verdict, number, self.last_number, reason, NOON, self.last_sha256, introduction
        )
        return write_receipt(receipt, Ed25519PrivateKey.generate().sign if self.forged else signer.sign)

    def rotate(self) -> None:
        """Take a new key; the former one presents it."""
        self.former, self.key = self.key, Ed25519PrivateKey.generate()

    def _speaking(self, audience: str) -> tuple[Ed25519PrivateKey, Introduction | None]:
        """The key that a hospital knows, and what it says of the present one."""
        if self.former is None or key_fingerprint(raw(self.former)) != audience:
            return self.key, None
        return self.former, introduce(self.former, self.key)

    def _judge(self, content: bytes) -> tuple[BundleVerdict, int | None]:
        try:
            bundle = read_bundle(content)
        except DocumentError:
            return BundleVerdict.REFUSED, claims_of(content).number
        if self.taken and self.taken[-1].sha256 == bundle.sha256:
            return BundleVerdict.ALREADY, bundle.number
        ours = bundle.public_key == self.known or presented_by(bundle, self.known)
        keys = {key_fingerprint(raw(one)) for one in (self.key, self.former) if one is not None}
        if not ours or bundle.audience not in keys or bundle.number <= self.last_number:
            return BundleVerdict.REFUSED, bundle.number
        self.known, self.last_number, self.last_sha256 = bundle.public_key, bundle.number, bundle.sha256
        self.taken.append(bundle)
        return BundleVerdict.TAKEN, bundle.number
