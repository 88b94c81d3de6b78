"""Two hospitals and a region, three real installations: over HTTPS as `care serve --tls` serves it, and by file.

Each has its own data folder, keys and database; what travels goes through real sockets, a real certificate authority
and real processes, or through files that the command line writes and reads.
"""

from __future__ import annotations

import base64
import io
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from care import config
from care.adapters.https_courier import HttpsCourier
from care.adapters.signer import FileSigner
from care.cli import main
from care.domain import questionnaires
from care.domain.access import Level, Place
from care.domain.bundles import bundle_sha256, signed_bundle
from care.domain.enrolments import read_receipt
from care.domain.federation import BundleVerdict, DeliveryState, InstallationState
from care.domain.jobs import JobKind
from care.domain.months import Month, month_of, moved
from care.domain.questionnaires import QuestionKind
from care.domain.regional import CampaignKind, ExposureProgress
from care.domain.signed_documents import raw_public_key, read_object
from care.services import jobs, seal
from care.services.couriers import Question, UnreachedError
from care.services.errors import Refused
from care.services.federation import exporting, joining, links, sending
from care.services.federation.enrolling import InvitationDraft, enrol_file, invite
from care.services.federation.joining import LinkDraft
from care.services.federation.letters import letter_for, take_letter
from care.services.federation.receiving import receive_files
from care.services.library import today
from care.services.platform import Platform
from care.services.regional.campaigns import CampaignDraft, change_campaign, create_campaign
from care.services.regional.exposures import asked_audits, decide_audits, follow_exposures
from care.services.regional.questions import set_questions
from care.services.regional.reading import read_campaign
from care.services.regional.results import follow_questionnaire
from care.services.regional.sheets import asked_sheets, save_sheet
from care.services.setup import prepare_database
from care.store.federation import Installation, ReceivedBundle, RegionLink, SentBundle
from care.store.registry import Establishment
from care.wiring import build_platform
from tests.support.clock import FixedClock
from tests.support.federation import code_of
from tests.support.indicators_told import answers, tell
from tests.support.machine import care, eventually
from tests.support.people import MACHINE, Hospitals, plant_hospitals
from tests.support.postgresql import free_port

BUSY_SECONDS = 120.0
"""The longest wait for a process of ours on a machine that does ten other things; a quiet one needs three seconds."""


@dataclass
class Node:
    """One installation: its platform as this test sees it, over the same folder as its processes."""

    folder: Path
    platform: Platform
    hospitals: Hospitals
    port: int
    trust_port: int

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CARE_PORT": str(self.port),
            "CARE_TRUST_PORT": str(self.trust_port),
            "CARE_BASE_URL": self.url,
            "CARE_WORKERS": "1",
        }

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        """`care serve --tls`, until the end of the block."""
        with care(self.folder, "serve", "--tls", **self.environment) as process:
            eventually(self._answers, "the server answers over TLS", BUSY_SECONDS)
            yield process

    def _answers(self) -> bool:
        place = self.folder / "tls" / "authority.crt"
        if not place.exists():
            return False
        try:
            return HttpsCourier().ask(Question(f"{self.url}/health", trusted_pem=place.read_text())).status < 500
        except UnreachedError:
            return False

    def run(self, *command: str) -> str:
        """A `care` command on this data folder, to its end; what it printed. AssertionError when it fails."""
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
            patch.setenv("CARE_DATA_DIR", str(self.folder))
            with pytest.raises(SystemExit) as end:
                main(["--quiet", *command])
        assert end.value.code == 0, f"care {' '.join(command)}: {out.getvalue()}"
        return out.getvalue()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Hospitals]:
    """A database with the hospitals, made once: each installation begins with a copy, and makes keys of its own."""
    folder = tmp_path_factory.mktemp("planted")
    platform = build_platform(config.load({"CARE_DATA_DIR": str(folder)}, folder))
    prepare_database(platform)
    hospitals = plant_hospitals(platform)
    platform.database.close()
    platform.doorbell.close()
    return folder / "care.sqlite3", hospitals


@pytest.fixture
def nodes(tmp_path: Path, planted: tuple[Path, Hospitals]) -> Iterator[tuple[Node, Node, Node]]:
    """The region and two hospitals; each registry knows the same establishments."""
    with ExitStack() as stack:
        made = []
        for name in ("region", "valley", "hill"):
            folder = tmp_path / name
            folder.mkdir()
            shutil.copyfile(planted[0], folder / "care.sqlite3")
            platform = build_platform(config.load({"CARE_DATA_DIR": str(folder)}, folder))
            stack.callback(platform.database.close)
            stack.callback(platform.doorbell.close)
            made.append(Node(folder, platform, planted[1], free_port(), free_port()))
        region, valley, hill = made
        yield region, valley, hill


def finess(node: Node, establishment_id: int) -> str:
    with node.platform.database.read() as session:
        return session.get_one(Establishment, establishment_id).finess


def invited(region: Node, name: str, establishment_id: int) -> str:
    """The code that the region reads out to a hospital."""
    draft = InvitationDraft(name, Place(Level.REGION, region.hospitals.region), (finess(region, establishment_id),))
    return invite(region.platform, MACHINE, draft).code


def last_month(node: Node) -> Month:
    return moved(month_of(today(node.platform)), -1)


def joined_over_https(valley: Node, region: Node, code: str) -> int:
    """The administrator of the hospital, as the pages do it."""
    stranger = joining.begin(valley.platform, MACHINE, LinkDraft(region.url))
    with pytest.raises(Refused, match="certificate"):
        joining.ask(valley.platform, MACHINE, stranger, code, "CH de la Vallée")
    joining.leave(valley.platform, MACHINE, stranger)
    authority = (region.folder / "tls" / "authority.crt").read_bytes()
    link_id = joining.begin(valley.platform, MACHINE, LinkDraft(region.url, authority))
    joining.ask(valley.platform, MACHINE, link_id, code, "CH de la Vallée")
    view = links.open_link(valley.platform, MACHINE, link_id)
    assert view.region_fingerprint == region.platform.signer.key_id
    joining.enable(valley.platform, MACHINE, link_id, view.region_fingerprint)
    return link_id


def joined_by_file(hill: Node, region: Node, code: str, stick: Path) -> None:
    """The same with a USB stick, from the command line."""
    (stick / "code").write_text(code)
    files = ("--code-file", str(stick / "code"), "--out", str(stick / "request"))
    hill.run("region", "request", "--name", "CH de la Colline", *files)
    enrolled = enrol_file(region.platform, MACHINE, (stick / "request").read_bytes())
    assert enrolled.fingerprint == hill.platform.signer.key_id
    (stick / "answer").write_bytes(enrolled.answer)
    hill.run("region", "accept", str(stick / "answer"))
    hill.run("region", "enable", "--fingerprint", region.platform.signer.key_id)


def state_of(node: Node, link_id: int) -> DeliveryState:
    return links.open_link(node.platform, MACHINE, link_id).history.lines[0].state


def delivered(node: Node, link_id: int, state: DeliveryState = DeliveryState.DELIVERED) -> None:
    eventually(lambda: state_of(node, link_id) is state, f"the last bundle is {state}", BUSY_SECONDS)


def posted(valley: Node, region: Node, content: bytes) -> tuple[BundleVerdict, str]:
    """What the region says of bytes that anybody sends it."""
    authority = (region.folder / "tls" / "authority.crt").read_text()
    answer = valley.platform.courier.ask(Question(f"{region.url}/federation/bundles", content, trusted_pem=authority))
    receipt = read_receipt(answer.body, raw_public_key(region.platform.signer.public_pem.decode()))
    assert receipt.sha256 == bundle_sha256(content)
    return receipt.verdict, receipt.reason.en


def forged(valley: Node, content: bytes, folder: Path, **changed: object) -> bytes:
    """The same bundle with something changed, signed by a key of the forger's own."""
    key = FileSigner(folder / "forger.key")
    own = {"key": key.key_id, "public_key": base64.b64encode(key.public_keys[key.key_id]).decode()}
    told = read_object(content.partition(b"\n")[0])
    return signed_bundle({**told, **own, **changed}, key.sign)


def test_two_hospitals_and_their_region(nodes: tuple[Node, Node, Node], tmp_path: Path) -> None:
    region, valley, hill = nodes
    code, version = code_of(region.platform)
    month = last_month(valley)
    own, other = valley.hospitals.valley, hill.hospitals.hill
    tell(valley.platform, own, code, {month: (1, 1)}, version)
    tell(valley.platform, other, code, {month: (0, 1)}, version)  # not ours to tell
    tell(hill.platform, other, code, {month: (1, 1)}, version)
    with region.serving() as server, valley.serving():
        link_id = joined_over_https(valley, region, invited(region, "CH de la Vallée", region.hospitals.valley))

        sending.send_now(valley.platform, MACHINE, link_id)
        delivered(valley, link_id)
        assert answers(region.platform, region.hospitals.valley) == answers(valley.platform, own)
        assert answers(region.platform, region.hospitals.hill) == set()

        stick = tmp_path / "stick"
        stick.mkdir()
        joined_by_file(hill, region, invited(region, "CH de la Colline", region.hospitals.hill), stick)
        hill.run("bundle", "export", "--out", str(stick))
        (given,) = stick.glob("*.care-bundle")
        region.run("bundle", "verify", str(given), "--key", hill.platform.signer.key_id)
        region.run("bundle", "import", str(given), "--receipts", str(stick))
        (receipt,) = stick.glob("*.receipt.json")
        hill.run("region", "receipt", str(receipt))
        assert "delivered" in hill.run("region", "status")
        assert answers(region.platform, region.hospitals.hill) == answers(hill.platform, other)

        first = exporting.sent_document(valley.platform, MACHINE, link_id, 1).document
        assert posted(valley, region, first)[0] is BundleVerdict.ALREADY
        tell(valley.platform, own, code, {month: (0, 1)}, version)
        sending.send_now(valley.platform, MACHINE, link_id)
        delivered(valley, link_id)
        known = answers(region.platform, region.hospitals.valley)
        assert known == answers(valley.platform, own)

        for content in (
            first,  # replayed
            first[:-40],  # truncated
            first.replace(b'"number":1', b'"number":9'),  # changed
            forged(valley, first, tmp_path, number=9),  # signed by somebody else
            b"PK\x03\x04 not a bundle",
        ):
            verdict, reason = posted(valley, region, content)
            assert verdict is BundleVerdict.REFUSED
            assert reason
        assert answers(region.platform, region.hospitals.valley) == known

        seal.rotate(valley.platform, MACHINE)
        sending.send_now(valley.platform, MACHINE, link_id)
        delivered(valley, link_id)
        assert links.open_link(valley.platform, MACHINE, link_id).key_known

        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=BUSY_SECONDS) == 0
        tell(valley.platform, own, code, {month: (1, 1)}, version)
        sending.send_now(valley.platform, MACHINE, link_id)
        eventually(lambda: tried(valley, link_id) == 1, "the region that is down was tried", BUSY_SECONDS)
        assert state_of(valley, link_id) is DeliveryState.WAITING
        with region.serving():
            its_time_has_come(valley, link_id)
            delivered(valley, link_id)
            assert answers(region.platform, region.hospitals.valley) == answers(valley.platform, own)
    everything_is_kept(region)


def tried(node: Node, link_id: int) -> int:
    return links.open_link(node.platform, MACHINE, link_id).history.lines[0].attempts


def its_time_has_come(node: Node, link_id: int) -> None:
    """As after the wait: the attempt that was put off is due, and the calendar rings."""
    with node.platform.database.write() as session:
        waiting = (SentBundle.link_id == link_id, SentBundle.state == DeliveryState.WAITING)
        session.execute(update(SentBundle).where(*waiting).values(next_at=node.platform.clock.now()))
        jobs.submit(node.platform, session, jobs.Order(JobKind.PUSH), "tests")


QUESTIONS = (
    questionnaires.Question(1, "Avez-vous un EDR ?", QuestionKind.YES_NO),
    questionnaires.Question(2, "Lequel ?", QuestionKind.CHOICE, ("Rouge", "Bleu")),
    questionnaires.Question(3, "Combien de postes ?", QuestionKind.NUMBER),
)
TYPED = {1: "yes", 2: "1", 3: "1200"}


def opened(region: Node, kind: CampaignKind) -> int:
    """A campaign of the region, open today."""
    day, platform = today(region.platform), region.platform
    draft = CampaignDraft(f"Campagne {kind}", day, day + timedelta(days=30), kind=kind)
    number = create_campaign(platform, MACHINE, Place(Level.REGION, region.hospitals.region), draft)
    if kind is CampaignKind.QUESTIONNAIRE:
        set_questions(platform, MACHINE, number, QUESTIONS, 1)
    return number


def answered(node: Node, establishment_id: int) -> None:
    """What a CISO does on the pages of the hospital: the questionnaire sent, the audits agreed."""
    (sheet,) = asked_sheets(node.platform, MACHINE, establishment_id)
    save_sheet(node.platform, MACHINE, establishment_id, sheet.id, TYPED, 0, send=True)
    (audits,) = asked_audits(node.platform, MACHINE, establishment_id)
    assert audits.line.progress is ExposureProgress.NOTHING_SAID
    decide_audits(node.platform, MACHINE, establishment_id, audits.id, agree=True)


def test_campaigns_reach_hospitals_with_their_own_installation(nodes: tuple[Node, Node, Node], tmp_path: Path) -> None:
    """One hospital over HTTPS, by itself; the other by a USB stick, from the command line. The region counts both."""
    region, valley, hill = nodes
    number, fronts = opened(region, CampaignKind.QUESTIONNAIRE), opened(region, CampaignKind.EXPOSURE)
    stick = tmp_path / "stick"
    stick.mkdir()
    with region.serving(), valley.serving():
        link_id = joined_over_https(valley, region, invited(region, "CH de la Vallée", region.hospitals.valley))
        sending.send_now(valley.platform, MACHINE, link_id)
        eventually(
            lambda: len(asked_audits(valley.platform, MACHINE, valley.hospitals.valley)) == 1,
            "what the region asks arrived",
            BUSY_SECONDS,
        )
        assert asked_sheets(valley.platform, MACHINE, valley.hospitals.hill) == ()
        answered(valley, valley.hospitals.valley)
        with valley.platform.database.write() as session:
            jobs.submit(valley.platform, session, jobs.Order(JobKind.PUSH), "tests")
        eventually(
            lambda: read_campaign(region.platform, MACHINE, number).counting == 1,
            "the answer came back by itself, at once",
            BUSY_SECONDS,
        )

    joined_by_file(hill, region, invited(region, "CH de la Colline", region.hospitals.hill), stick)
    with region.platform.database.read() as session:
        installation = session.scalars(select(Installation.id).where(Installation.name == "CH de la Colline")).one()
    letter = str(stick / "courrier.care-letter")
    region.run("bundle", "letter", "--installation", str(installation), "--out", letter)
    hill.run("region", "letter", letter)
    answered(hill, hill.hospitals.hill)
    for _time in range(2):
        hill.run("bundle", "export", "--out", str(stick))
    first, second = sorted(stick.glob("*.care-bundle"))
    region.run("bundle", "import", str(second))
    (replayed,) = receive_files(region.platform, MACHINE, [first.read_bytes()])
    assert replayed.verdict is BundleVerdict.REFUSED

    view = follow_questionnaire(region.platform, MACHINE, number)
    assert (view.campaign.asked, view.campaign.counting) == (2, 2)
    assert [one.answers for one in view.places] == [{1: "yes", 2: 1, 3: 1200}] * 2
    assert view.results[0].counts == {"yes": 2, "no": 0, "unknown": 0}
    audits = follow_exposures(region.platform, MACHINE, fronts)
    assert audits.counts == {ExposureProgress.PLANNED: 2}
    assert (audits.campaign.joined, audits.campaign.counting) == (2, 0)
    corrected(region, fronts)
    newer = str(stick / "second.care-letter")
    region.run("bundle", "letter", "--installation", str(installation), "--out", newer)
    hill.run("region", "letter", newer)
    with pytest.raises(Refused, match="older"):
        take_letter(hill.platform, MACHINE, 1, letter_for(an_hour_ago(region), MACHINE, installation))
    (asked,) = asked_audits(hill.platform, MACHINE, hill.hospitals.hill)
    assert asked.title == "Corrigée"


def an_hour_ago(region: Node) -> Platform:
    return replace(region.platform, clock=FixedClock(region.platform.clock.now() - timedelta(hours=1)))


def corrected(region: Node, number: int) -> None:
    seen = read_campaign(region.platform, MACHINE, number)
    draft = CampaignDraft("Corrigée", seen.opens_on, seen.closes_on, kind=CampaignKind.EXPOSURE)
    change_campaign(region.platform, MACHINE, number, draft, seen.version)


def everything_is_kept(region: Node) -> None:
    """The region knows who sent, what arrived, what was refused and why."""
    with region.platform.database.read() as session:
        kept = session.scalars(select(ReceivedBundle).order_by(ReceivedBundle.id)).all()
        senders = session.scalars(select(Installation)).all()
    assert [one.state for one in senders] == [InstallationState.ENROLLED] * 2
    assert all(one.reason_fr for one in kept if one.verdict is BundleVerdict.REFUSED)
    taken = [one for one in kept if one.verdict is BundleVerdict.TAKEN]
    assert len(taken) == 5
    assert max(one.last_number for one in senders) == 4


def test_a_region_forwards_to_the_nation_what_it_received(nodes: tuple[Node, Node, Node]) -> None:
    nation, region, hospital = nodes
    code, version = code_of(nation.platform)
    month = last_month(hospital)
    tell(hospital.platform, hospital.hospitals.valley, code, {month: (1, 1)}, version)
    tell(region.platform, region.hospitals.hill, code, {month: (0, 1)}, version)
    linked(hospital, region, [hospital.hospitals.valley])
    linked(region, nation, [region.hospitals.valley, region.hospitals.hill])
    carried(hospital, region)
    carried(region, nation)
    assert answers(nation.platform, nation.hospitals.valley) == answers(hospital.platform, hospital.hospitals.valley)
    assert answers(nation.platform, nation.hospitals.hill) == answers(region.platform, region.hospitals.hill)


def linked(below: Node, above: Node, establishments: list[int]) -> None:
    """Enrol one installation with the one above it, by file."""
    numbers = tuple(finess(below, one) for one in establishments)
    draft = InvitationDraft("En dessous", Place(Level.REGION, above.hospitals.region), numbers)
    code = invite(above.platform, MACHINE, draft).code
    link_id = joining.begin(below.platform, MACHINE, LinkDraft())
    asked = joining.request(below.platform, MACHINE, link_id, code, "En dessous")
    joining.accept(below.platform, MACHINE, link_id, enrol_file(above.platform, MACHINE, asked).answer)
    joining.enable(below.platform, MACHINE, link_id, above.platform.signer.key_id)


def carried(below: Node, above: Node) -> None:
    """A bundle from one to the other, and its receipt back."""
    with below.platform.database.read() as session:
        link_id = session.scalars(select(RegionLink.id)).one()
    made = exporting.export(below.platform, MACHINE, link_id)
    (received,) = receive_files(above.platform, MACHINE, [made.document])
    assert received.verdict is BundleVerdict.TAKEN, received.reason
    sending.take_receipt(below.platform, MACHINE, link_id, received.receipt)
    assert state_of(below, link_id) is DeliveryState.DELIVERED
