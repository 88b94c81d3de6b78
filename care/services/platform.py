"""The platform: what every service receives as its first argument.

Ports are small protocols; `care.wiring` chooses what stands behind them, tests give their own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from care.config import Settings
from care.domain.awareness import Profession
from care.domain.catalogue import Offer
from care.domain.certification import VisitKit
from care.domain.continuity_models import BiaModels
from care.domain.crisis import CrisisKit
from care.domain.framework_files import FileFacts, FrameworkFile
from care.domain.frameworks import Framework
from care.domain.governance import GovernanceKit
from care.domain.indicators import IndicatorDefinition
from care.domain.jobs import Lane
from care.domain.maturity import Maturity
from care.domain.playbooks import Recipes
from care.domain.questions import Questionnaire
from care.domain.remediation import Sheets
from care.domain.sample_hospital import SampleHospital
from care.services.couriers import Courier, NoCourier
from care.services.exercises.memory import Presence, Rooms
from care.services.graph_memory import GraphMemory
from care.services.hub import Hub
from care.store.engine import Database
from exercises.kit import Bundle
from exercises.kit_check import Fault
from scanners.ad.level import Treatment
from scanners.collect import Progress
from scanners.collection import Limits
from scanners.imported.collection import Reading, read_in_child
from scanners.imported.model import Tool
from scanners.judging import DirectoryJudged
from scanners.model import Lang


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, UTC aware."""


class Passwords(Protocol):
    """Keeps passwords as slow hashes."""

    def hash(self, password: str) -> str:
        """A salted hash in its own written form."""

    def verify(self, stored: str, password: str) -> bool:
        """Whether `password` is the one behind `stored`; takes as long when it is not."""

    def outdated(self, stored: str) -> bool:
        """Whether `stored` was made with weaker parameters than today's."""


class SecretBox(Protocol):
    """Encrypts what the database must not hold in clear, with a key kept outside of it."""

    def seal(self, plain: str, place: str) -> bytes:
        """`plain` encrypted; it opens only with the same `place` (what it is and of what)."""

    def open(self, sealed: bytes, place: str) -> str:
        """The text `seal` was given; SecretError when the key, the place or the content is another."""

    def derive(self, place: str) -> tuple[bytes, ...]:
        """32 bytes for `place` of each key, the one that seals first: always the same, and not to be guessed."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the evidence store: its content's SHA-256 in hexadecimal, and its size in bytes."""

    sha256: str
    size: int


class EvidenceFiles(Protocol):
    """A write-once store of files named by their content."""

    def put(self, content: BinaryIO, limit: int) -> StoredFile:
        """Keep a copy of `content`, whole or not at all; EvidenceError when it is too large or the disk is full."""

    def path(self, sha256: str) -> Path:
        """Where a file is, to be read only; EvidenceError when it is missing."""

    def intact(self, sha256: str) -> bool:
        """Whether the file is there and still has that SHA-256."""

    def forget(self, sha256: str) -> None:
        """Erase a file that nothing names any more; nothing happens when there is none."""


class Signer(Protocol):
    """Signs with a key kept outside the database (Ed25519)."""

    @property
    def key_id(self) -> str:
        """The fingerprint of the key that signs: SHA-256 of its raw public half, in hexadecimal."""

    @property
    def public_pem(self) -> bytes:
        """The public half of the key that signs, in PEM."""

    @property
    def public_keys(self) -> Mapping[str, bytes]:
        """The raw public keys of this installation, present and former, by fingerprint."""

    def sign(self, message: bytes) -> bytes:
        """The signature of `message`, 64 bytes; SealKeyError when the key cannot be used."""

    def signed(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Whether a key of this installation, present or former, with that fingerprint signed that message."""

    def vouch(self, former: str, message: bytes) -> bytes | None:
        """The signature of a former key that presents the one that replaced it; none when its private half is gone."""

    def beside(self, key_file: Path) -> Signer:
        """The signer of another key file."""

    def rotate(self) -> None:
        """Make a new key, which signs from now on; the present one becomes a former key."""


class Doorbell(Protocol):
    """Wakes workers. A lost or repeated message is harmless: the job table is the truth."""

    def ring(self, lane: Lane, job_id: int) -> None:
        """Say that a job may be waiting. Never raises."""

    def wait(self, lane: Lane, seconds: float) -> int | None:
        """The next job rung for, or None after that time."""

    def close(self) -> None:
        """Free what the queue holds."""


class Mailer(Protocol):
    """Hands one message to the mail relay."""

    def send(self, message: EmailMessage) -> None:
        """Returns once the relay accepted it. NotSent when it surely did not; MaybeSent when nobody can tell."""


class Collect(Protocol):
    """Collects facts in a bounded child process: `scanners.collection.collect_to`."""

    def __call__(
        self,
        scanner: str,
        request: Mapping[str, Any],
        secrets: Mapping[str, str],
        out: Path,
        limits: Limits,
        progress: Progress,
        cancelled: Callable[[], bool],
        stopped: Callable[[], bool],
    ) -> object:
        """Write the facts to `out`; those of a part once `stopped`."""


class JudgeDirectory(Protocol):
    """Judges the archive of a directory in a bounded child process: `scanners.judging.judge_in_child`."""

    def __call__(
        self,
        facts: Path,
        treatments: Mapping[str, Treatment],
        folder: Path,
        limits: Limits,
        cancelled: Callable[[], bool],
    ) -> DirectoryJudged:
        """What the archive says; `treatments` are the remediation sheets by rule."""


class Kits(Protocol):
    """The packaged kits, checked when first read."""

    @property
    def sheets(self) -> Sheets:
        """The remediation sheets."""

    @property
    def recipes(self) -> Recipes:
        """The playbooks of some of them."""

    @property
    def models(self) -> BiaModels:
        """The models of impact analysis."""

    @property
    def crisis(self) -> CrisisKit:
        """Duties to declare, the checklist, what a crisis starts with."""

    @property
    def catalogue(self) -> tuple[Offer, ...]:
        """The tools, documents and services shipped."""

    @property
    def hospital(self) -> SampleHospital:
        """The sample hospital."""

    @property
    def maturity(self) -> Maturity:
        """The self-assessment of crisis maturity."""

    @property
    def frameworks(self) -> tuple[Framework, ...]:
        """The frameworks shipped, by id then from the oldest version."""

    @property
    def indicators(self) -> tuple[IndicatorDefinition, ...]:
        """Every version of every packaged indicator, in the order of families."""

    def read_framework(self, document: bytes, sha256: str) -> Framework:
        """An imported framework; the same content is read once in the life of a process."""

    @property
    def questions(self) -> Questionnaire:
        """The questions that people answer for our own rules."""

    @property
    def governance(self) -> GovernanceKit:
        """The functions, committees and figures that governance follows."""

    def read_framework_file(self, name: str, content: bytes, facts: FileFacts) -> FrameworkFile:
        """The framework of a file of any format taken. SaidError or Invalid say what is wrong."""

    def framework_document(self, framework: Framework) -> bytes:
        """A framework as a YAML file that can be read again."""

    def framework_workbook(self, framework: Framework, lang: Lang) -> bytes:
        """A framework as a workbook that can be read again."""

    def manual_template(self, lang: Lang) -> bytes:
        """An empty workbook for a manual of criteria."""

    @property
    def visits(self) -> VisitKit:
        """What certification visits look at."""

    @property
    def professions(self) -> Mapping[str, Profession]:
        """The families of professions by which attendance is counted, in order."""

    @property
    def exercises(self) -> Mapping[str, Bundle]:
        """The kits of crisis exercises shipped, by id."""

    def read_exercise(self, content: bytes) -> Bundle | tuple[Fault, ...]:
        """The exercise kit of a zip, or everything that is wrong with it."""

    def write_exercise(self, bundle: Bundle) -> bytes:
        """An exercise kit as a zip that can be read again."""


class ReadReport(Protocol):
    """Reads a file of another tool in a bounded child process: `scanners.imported.collection.read_in_child`."""

    def __call__(
        self,
        path: Path,
        tool: Tool | None,
        at: datetime | None,
        out: Path,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> Reading:
        """Write the report to `out`; ReportError when the file cannot be read, `Cancelled` when asked to stop."""


class Endings:
    """Wakes whoever waits, in this process, for the end of a job that a worker of this process does."""

    def __init__(self) -> None:
        self._ended = threading.Condition()

    def tell(self) -> None:
        """A job ended, well or not."""
        with self._ended:
            self._ended.notify_all()

    def wait_for(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until `true()`, looked at now, at each ending and after `seconds`, the longest wait."""
        with self._ended:
            return self._ended.wait_for(true, seconds)


@dataclass(frozen=True, slots=True)
class OwnAuthority:
    """The certificate authority of an installation served with `--tls`: its certificate (DER), and where a phone that
    does not trust it yet finds it, over plain http."""

    certificate: bytes
    plain_url: str


@dataclass(frozen=True, slots=True)
class Platform:
    """The ports of a running installation."""

    settings: Settings
    database: Database
    clock: Clock
    passwords: Passwords
    secrets: SecretBox
    signer: Signer
    evidence: EvidenceFiles
    doorbell: Doorbell
    mailer: Mailer
    collect: Collect
    judge_directory: JudgeDirectory
    kits: Kits
    read_report: ReadReport = read_in_child
    courier: Courier = field(default_factory=NoCourier)
    endings: Endings = field(default_factory=Endings)
    graphs: GraphMemory = field(default_factory=GraphMemory)
    rooms: Rooms = field(default_factory=Rooms)
    presence: Presence = field(default_factory=Presence)
    hub: Hub = field(default_factory=Hub)
    authority: OwnAuthority | None = None
