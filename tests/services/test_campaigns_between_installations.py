"""Campaigns between a region and a hospital of its own: asked in a signed document, answered in a bundle, once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from care.adapters.signer import FileSigner
from care.domain.access import Level, Place, Role, Scope
from care.domain.asked_campaigns import CONTEXT, questions_mark
from care.domain.campaign_words import CampaignWord, written_word
from care.domain.deadlines import DeadlineKind
from care.domain.federation import BundleVerdict, Way
from care.domain.jobs import JobKind, Lane
from care.domain.questionnaires import NO, YES, Question, QuestionKind
from care.domain.regional import AuditState, CampaignKind, ExposureProgress, Said, SheetProgress
from care.domain.signed_documents import DocumentError, canonical, signed_object
from care.services import jobs, mandates, targets
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, NotFound, Refused
from care.services.federation.exporting import answers_of
from care.services.federation.installations import withdraw_installation
from care.services.federation.letters import letter_for, take_letter
from care.services.federation.receiving import Received, receive
from care.services.federation.sorting import Aside
from care.services.handlers import HANDLERS
from care.services.mandates import MandateDraft
from care.services.platform import Platform
from care.services.regional.campaigns import CampaignDraft, change_campaign, create_campaign, excuse
from care.services.regional.exposures import asked_audits, audits_csv, decide_audits, follow_exposures, yet_to_allow
from care.services.regional.federating import campaigns_for, take_campaigns
from care.services.regional.questions import set_questions
from care.services.regional.reading import list_campaigns, read_campaign
from care.services.regional.results import follow_questionnaire
from care.services.regional.sheets import asked_sheets, open_sheet, save_sheet, take_back
from care.services.targets import TargetDraft
from care.services.work import Hold
from care.store.federation import Installation, ReceivedBundle, RegionLink
from care.store.regional import RegionalCampaign
from care.store.runs import Run
from care.store.support import CampaignAudit
from tests.support.clock import FixedClock
from tests.support.federation import Sender, enrolled
from tests.support.people import Hospitals, person, valid_finess

VALLEY, HILL = valid_finess("01000003"), valid_finess("01000004")
DRAFT = CampaignDraft("EDR 2026", date(2026, 3, 2), date(2026, 6, 30), kind=CampaignKind.QUESTIONNAIRE, note="Merci.")
FRONTS = CampaignDraft("Façades", date(2026, 3, 2), date(2026, 3, 31), kind=CampaignKind.EXPOSURE)
QUESTIONS = (
    Question(1, "Avez-vous un EDR ?", QuestionKind.YES_NO),
    Question(2, "Lequel ?", QuestionKind.CHOICE, ("Rouge", "Bleu")),
    Question(3, "Combien de postes ?", QuestionKind.NUMBER),
    Question(4, "Depuis quand ?", QuestionKind.DATE),
)
TYPED = {1: YES, 2: "1", 3: "1200", 4: "2025-12-31"}
ANSWERS = {1: YES, 2: 1, 3: 1200, 4: "2025-12-31"}


@pytest.fixture
def sender(platform: Platform, grades: Scope, hospitals: Hospitals) -> Sender:
    """The hospital's installation, as the region sees it: it speaks for one of the two establishments."""
    return enrolled(platform, grades, Place(Level.REGION, hospitals.region), [VALLEY])[0]


@pytest.fixture
def campaign(platform: Platform, grades: Scope, hospitals: Hospitals) -> int:
    number = create_campaign(platform, grades, Place(Level.REGION, hospitals.region), DRAFT)
    set_questions(platform, grades, number, QUESTIONS, 1)
    return number


@pytest.fixture
def fronts(platform: Platform, grades: Scope, hospitals: Hospitals) -> int:
    return create_campaign(platform, grades, Place(Level.REGION, hospitals.region), FRONTS)


def identifier(platform: Platform, campaign: int) -> str:
    with platform.database.read() as session:
        return session.get_one(RegionalCampaign, campaign).identifier or ""


def done(platform: Platform, number: int, /, at: datetime | None = None, **changed: Any) -> dict[str, Any]:
    """What a hospital that answered everything tells."""
    now = at or platform.clock.now()
    word = CampaignWord(identifier(platform, number), VALLEY, Said.DONE, now, questions_mark(QUESTIONS), ANSWERS)
    return written_word(replace(word, **changed))


def told(platform: Platform, grades: Scope, sender: Sender, *words: Mapping[str, Any]) -> Received:
    content = sender.bundle(platform.clock.now(), {VALLEY: []}, campaigns=list(words))
    received = receive(platform, grades, content, Way.FILE)
    assert received.verdict is BundleVerdict.TAKEN, received.reason
    return received


def aside(platform: Platform, received: Received) -> list[str]:
    with platform.database.read() as session:
        return [one["what"] for one in session.get_one(ReceivedBundle, received.id).set_aside]


# The region


@pytest.mark.both_databases
def test_an_answer_counts_once_like_a_tenant_s(
    platform: Platform, grades: Scope, hospitals: Hospitals, sender: Sender, campaign: int
) -> None:
    hill = person(Role.CISO, Level.ESTABLISHMENT, hospitals.hill)
    save_sheet(platform, hill, hospitals.hill, campaign, {**TYPED, 1: NO}, 0, send=True)
    begun = done(platform, campaign, said=Said.BEGUN, answers={})
    assert aside(platform, told(platform, grades, sender, begun)) == []
    view = follow_questionnaire(platform, grades, campaign)
    assert view.counts == {SheetProgress.DRAFT: 1, SheetProgress.SENT: 1}
    for _bundle in range(2):
        assert aside(platform, told(platform, grades, sender, done(platform, campaign))) == []
        view = follow_questionnaire(platform, grades, campaign)
        assert (view.campaign.asked, view.campaign.joined, view.campaign.counting) == (2, 2, 2)
        assert view.results[0].counts == {YES: 1, NO: 1, "unknown": 0}
    (line,) = (one for one in view.places if one.establishment_id == hospitals.valley)
    assert (line.progress, line.answers) == (SheetProgress.SENT, ANSWERS)
    assert line.elsewhere is not None
    assert (line.elsewhere.name, line.said_at) == (sender.name, platform.clock.now())


def test_taken_back_then_sent_again_and_an_older_answer_is_set_aside(
    platform: Platform, grades: Scope, sender: Sender, campaign: int, clock: FixedClock
) -> None:
    first = done(platform, campaign)
    told(platform, grades, sender, first)
    clock.forward(hours=1)
    told(platform, grades, sender, done(platform, campaign, said=Said.BEGUN, answers={}))
    assert read_campaign(platform, grades, campaign).counting == 0
    assert aside(platform, told(platform, grades, sender, first)) == [Aside.CAMPAIGN_OLDER]
    assert read_campaign(platform, grades, campaign).counting == 0
    clock.forward(hours=1)
    told(platform, grades, sender, done(platform, campaign, answers={**ANSWERS, 3: 7}))
    assert read_campaign(platform, grades, campaign).counting == 1
    (line,) = (one for one in follow_questionnaire(platform, grades, campaign).places if one.answers)
    assert line.answers[3] == 7


def test_a_replayed_bundle_changes_nothing(
    platform: Platform, grades: Scope, sender: Sender, campaign: int, clock: FixedClock
) -> None:
    content = sender.bundle(platform.clock.now(), {VALLEY: []}, campaigns=[done(platform, campaign)])
    receive(platform, grades, content, Way.FILE)
    clock.forward(hours=1)
    told(platform, grades, sender, done(platform, campaign, answers={**ANSWERS, 1: NO}))
    assert receive(platform, grades, content, Way.FILE).verdict is BundleVerdict.REFUSED
    (line,) = (one for one in follow_questionnaire(platform, grades, campaign).places if one.answers)
    assert line.answers[1] == NO


WRONG: Mapping[Aside, Callable[[datetime], dict[str, Any]]] = {
    Aside.CAMPAIGN: lambda _now: {"campaign": str(uuid.uuid4())},
    Aside.CAMPAIGN_FUTURE: lambda now: {"at": now + timedelta(days=2)},
    Aside.CAMPAIGN_QUESTIONS: lambda _now: {"questions": questions_mark(QUESTIONS[:2])},
    Aside.CAMPAIGN_IMPOSSIBLE: lambda _now: {"answers": {**ANSWERS, 2: 2}},
}
MORE_WRONG: Mapping[str, tuple[Aside, dict[str, Any]]] = {
    "an answer short": (Aside.CAMPAIGN_IMPOSSIBLE, {"answers": {1: YES}}),
    "one too many": (Aside.CAMPAIGN_IMPOSSIBLE, {"answers": {**ANSWERS, 5: YES}}),
    "no such day": (Aside.CAMPAIGN_IMPOSSIBLE, {"answers": {**ANSWERS, 4: "2025-02-30"}}),
    "a number for a yes": (Aside.CAMPAIGN_IMPOSSIBLE, {"answers": {**ANSWERS, 1: 1}}),
    "as for audits": (Aside.CAMPAIGN_IMPOSSIBLE, {"questions": "", "answers": {}}),
    "declined": (Aside.CAMPAIGN_IMPOSSIBLE, {"said": Said.DECLINED, "answers": {}}),
    "of another": (Aside.CAMPAIGN, {"finess": HILL}),
}


@pytest.mark.parametrize("why", WRONG)
def test_what_cannot_be_taken_is_set_aside_with_why(
    platform: Platform, grades: Scope, sender: Sender, campaign: int, why: Aside
) -> None:
    word = done(platform, campaign, **WRONG[why](platform.clock.now()))
    assert aside(platform, told(platform, grades, sender, word)) == [why]
    assert read_campaign(platform, grades, campaign).joined == 0


@pytest.mark.parametrize("what", MORE_WRONG)
def test_an_answer_that_the_campaign_does_not_offer_is_set_aside(
    platform: Platform, grades: Scope, sender: Sender, campaign: int, what: str
) -> None:
    why, changed = MORE_WRONG[what]
    assert aside(platform, told(platform, grades, sender, done(platform, campaign, **changed))) == [why]
    assert read_campaign(platform, grades, campaign).joined == 0


def test_an_answer_after_the_end_waits_for_the_region_to_extend(
    platform: Platform, grades: Scope, sender: Sender, campaign: int, clock: FixedClock
) -> None:
    word = done(platform, campaign)
    clock.time = datetime(2026, 7, 2, tzinfo=UTC)
    assert aside(platform, told(platform, grades, sender, word)) == [Aside.CAMPAIGN_LATE]
    assert read_campaign(platform, grades, campaign).counting == 0
    change_campaign(platform, grades, campaign, replace(DRAFT, closes_on=date(2026, 7, 10)), 2)
    assert aside(platform, told(platform, grades, sender, word)) == []
    assert read_campaign(platform, grades, campaign).counting == 1


def test_one_voice_for_one_establishment(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, sender: Sender, campaign: int
) -> None:
    assert not open_sheet(platform, ciso, hospitals.valley, campaign).may_answer
    with pytest.raises(Refused, match="its own CaRE installation"):
        save_sheet(platform, ciso, hospitals.valley, campaign, TYPED, 0, send=True)
    told(platform, grades, sender, done(platform, campaign))
    with pytest.raises(Refused, match="its own CaRE installation"):
        take_back(platform, ciso, hospitals.valley, campaign, 1)
    with platform.database.read() as session:
        number = session.scalars(select(Installation.id)).one()
    withdraw_installation(platform, grades, number, "fermée")
    take_back(platform, ciso, hospitals.valley, campaign, 1)
    assert read_campaign(platform, grades, campaign).counting == 0


def test_what_was_sent_here_before_counts_until_the_installation_sends(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, campaign: int, clock: FixedClock
) -> None:
    save_sheet(platform, ciso, hospitals.valley, campaign, TYPED, 0, send=True)
    before = platform.clock.now() - timedelta(hours=1)
    sender = enrolled(platform, grades, Place(Level.REGION, hospitals.region), [VALLEY])[0]
    for _bundle in range(2):
        clock.forward(hours=1)
        told(platform, grades, sender, done(platform, campaign, said=Said.BEGUN, answers={}))
        assert read_campaign(platform, grades, campaign).counting == 1
    sender = enrolled_again(platform, grades, hospitals, sender)
    assert aside(platform, told(platform, grades, sender, done(platform, campaign, at=before))) == [
        Aside.CAMPAIGN_OLDER
    ]
    told(platform, grades, sender, done(platform, campaign, answers={**ANSWERS, 3: 3}))
    (line,) = (one for one in follow_questionnaire(platform, grades, campaign).places if one.answers)
    assert line.answers[3] == 3


def enrolled_again(platform: Platform, grades: Scope, hospitals: Hospitals, sender: Sender) -> Sender:
    """The installation withdrawn, another enrolled in its place."""
    with platform.database.read() as session:
        number = session.scalars(select(Installation.id).where(Installation.identifier == sender.identifier)).one()
    withdraw_installation(platform, grades, number, "refaite")
    return enrolled(platform, grades, Place(Level.REGION, hospitals.region), [VALLEY])[0]


def test_audits_done_elsewhere_count_once_and_declined_is_told(
    platform: Platform, grades: Scope, hospitals: Hospitals, sender: Sender, fronts: int, clock: FixedClock
) -> None:
    def line() -> tuple[ExposureProgress, int, int]:
        view = follow_exposures(platform, grades, fronts)
        (one,) = (each for each in view.places if each.establishment_id == hospitals.valley)
        return one.progress, view.campaign.joined, view.campaign.counting

    assert line() == (ExposureProgress.NOTHING_SAID, 0, 0)
    assert f"Par son installation : {sender.name}" in audits_csv(platform, grades, fronts).decode()
    said = {"questions": "", "answers": {}}
    for word, expected in (
        (Said.DECLINED, (ExposureProgress.DECLINED, 0, 0)),
        (Said.BEGUN, (ExposureProgress.PLANNED, 1, 0)),
        (Said.DONE, (ExposureProgress.DONE, 1, 1)),
    ):
        clock.forward(hours=1)
        assert aside(platform, told(platform, grades, sender, done(platform, fronts, said=word, **said))) == []
        assert line() == expected
    clock.forward(hours=1)
    assert aside(platform, told(platform, grades, sender, done(platform, fronts))) == [Aside.CAMPAIGN_IMPOSSIBLE]
    plant_audit(platform, grades, hospitals.valley, fronts)
    assert line() == (ExposureProgress.DONE, 1, 1), "an audit that the region plans too counts no second time"


def plant_audit(platform: Platform, grades: Scope, establishment: int, campaign: int) -> None:
    """A target with a mandate, registered here, which the campaign plans."""
    expose(platform, grades, establishment)
    with platform.database.read() as session:
        version = session.get_one(RegionalCampaign, campaign).version
    change_campaign(platform, grades, campaign, FRONTS, version)
    with platform.database.read() as session:
        assert session.scalars(select(CampaignAudit).where(CampaignAudit.campaign_id == campaign)).all()


def expose(platform: Platform, scope: Scope, establishment: int) -> None:
    machine = replace(scope, grants=(person(Role.ADMINISTRATOR, Level.PLATFORM, 0).grants))
    draft = MandateDraft("Jeanne Roux", "Directrice", "Note", ("203.0.113.0/24",), (), date(2026, 1, 1),
                         date(2026, 12, 31), "20:00-06:00", unsigned_why="Essai")  # fmt: skip
    mandate = mandates.add_mandate(platform, machine, establishment, draft)
    target = TargetDraft("exposure", "Façade", {"targets": ["203.0.113.10"]}, {}, mandate)
    targets.add_target(platform, machine, establishment, target)


def test_reminders_go_to_those_who_said_nothing(
    platform: Platform, grades: Scope, hospitals: Hospitals, sender: Sender, fronts: int
) -> None:
    told(platform, grades, sender, done(platform, fronts, said=Said.DECLINED, questions="", answers={}))
    with platform.database.read() as session:
        row = session.get_one(RegionalCampaign, fronts)
        assert yet_to_allow(session, row) == {hospitals.hill}


# The document


def asked(platform: Platform, session_of: Sender) -> dict[str, Any]:
    with platform.database.read() as session:
        row = session.scalars(select(Installation).where(Installation.identifier == session_of.identifier)).one()
        found: dict[str, Any] = json.loads(campaigns_for(platform, session, row))
        return found


def test_the_region_asks_only_what_concerns_that_installation(
    platform: Platform, grades: Scope, hospitals: Hospitals, sender: Sender, campaign: int, fronts: int,
    clock: FixedClock,
) -> None:  # fmt: skip
    excuse(platform, grades, fronts, hospitals.valley, "en travaux")
    create_campaign(platform, grades, Place(Level.REGION, hospitals.region), replace(DRAFT, title="Sans question"))
    create_campaign(
        platform, grades, Place(Level.REGION, hospitals.region), replace(FRONTS, kind=CampaignKind.EXERCISE)
    )
    document = asked(platform, sender)
    assert (document["for"], [one["title"] for one in document["campaigns"]]) == (
        sender.identifier,
        ["EDR 2026", "Façades"],
    )
    first, second = document["campaigns"]
    assert first["questions"][1] == {"words": "Lequel ?", "kind": "choice", "choices": ["Rouge", "Bleu"]}
    assert first["establishments"] == [{"finess": VALLEY, "excused": ""}]
    assert second["establishments"] == [{"finess": VALLEY, "excused": "en travaux"}]
    clock.time = datetime(2026, 5, 15, tzinfo=UTC)
    assert [one["title"] for one in asked(platform, sender)["campaigns"]] == ["EDR 2026"]


def test_under_pseudonyms_nothing_is_asked_and_the_page_says_so(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, campaign: int
) -> None:
    place = Place(Level.REGION, hospitals.region)
    sender = enrolled(platform, grades, place, [VALLEY], pseudonymous=True)[0]
    assert asked(platform, sender)["campaigns"] == []
    (line,) = (one for one in follow_questionnaire(platform, grades, campaign).places if one.elsewhere)
    assert line.elsewhere is not None
    assert line.elsewhere.pseudonymous
    save_sheet(platform, ciso, hospitals.valley, campaign, TYPED, 0, send=True)
    assert read_campaign(platform, grades, campaign).counting == 1, "it still may answer here, by hand"
    word = done(platform, campaign)
    with pytest.raises(DocumentError):
        sender.bundle(platform.clock.now(), {}, pseudonymous=True, holders=[], campaigns=[word])


# The hospital


LINK = "0b6a3a52-6b5e-4c5e-9a3e-0a4d4a3f7c11"
ASKED = "6f1c0f6e-0a2a-4a77-9c8b-3f9d5a1f0001"


class Hospital:
    """An installation that joined a region, whose documents this test signs."""

    def __init__(self, platform: Platform, machine: Scope, folder: Path) -> None:
        self.platform, self.machine, self.region = platform, machine, FileSigner(folder / "region.key")
        now = platform.clock.now()
        with platform.database.write() as session:
            link = RegionLink(
                identifier=LINK, name="GRADeS", region_key=self.region.public_pem.decode(), enabled=True,
                establishments=[VALLEY], joined_at=now, joined_by="t", changed_at=now, changed_by="t",
            )  # fmt: skip
            session.add(link)
            session.flush()
            self.link_id = link.id

    def document(self, *campaigns: Mapping[str, Any], signer: FileSigner | None = None, **changed: Any) -> bytes:
        told = {"format": 1, "for": LINK, "at": self.now, "campaigns": list(campaigns), **changed}
        return canonical(signed_object(told, CONTEXT, (signer or self.region).sign))

    @property
    def now(self) -> str:
        return f"{self.platform.clock.now():%Y-%m-%dT%H:%M:%SZ}"

    def take(self, document: bytes) -> int:
        with self.platform.database.write() as session:
            link = session.get_one(RegionLink, self.link_id)
            return take_campaigns(self.platform, session, self.machine, link, document)

    def answered(self) -> list[dict[str, Any]]:
        with self.platform.database.read() as session:
            link = session.get_one(RegionLink, self.link_id)
            return answers_of(self.platform, session, link)["campaigns"]


def sheet(**changed: Any) -> dict[str, Any]:
    """A questionnaire as the region writes it."""
    told = {
        "campaign": ASKED, "kind": "questionnaire", "title": "EDR 2026", "note": "Merci.",
        "opens_at": "2026-02-28T23:00:00Z", "closes_at": "2026-06-30T21:59:59Z",
        "questions": [
            {"words": one.words, "kind": one.kind.value, "choices": list(one.choices)} for one in QUESTIONS
        ],
        "establishments": [{"finess": VALLEY, "excused": ""}],
    }  # fmt: skip
    return {**told, **changed}


def audit(**changed: Any) -> dict[str, Any]:
    """A campaign of audits as the region writes it."""
    return sheet(kind="exposure", questions=[], title="Façades", **changed)


@pytest.fixture
def hospital(platform: Platform, machine: Scope, tmp_path: Path, hospitals: Hospitals) -> Hospital:
    return Hospital(platform, machine, tmp_path)


@pytest.mark.both_databases
def test_a_questionnaire_is_answered_with_the_pages_and_rules_of_a_tenant(
    platform: Platform, hospital: Hospital, ciso: Scope, grades: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    assert hospital.take(hospital.document(sheet())) == 1
    assert hospital.take(hospital.document(sheet())) == 0
    (mine,) = asked_sheets(platform, ciso, hospitals.valley)
    assert (mine.title, mine.place, mine.progress) == ("EDR 2026", "GRADeS", SheetProgress.NOTHING)
    hill = person(Role.CISO, Level.ESTABLISHMENT, hospitals.hill)
    assert asked_sheets(platform, hill, hospitals.hill) == ()
    assert hospital.answered() == []
    save_sheet(platform, ciso, hospitals.valley, mine.id, {1: YES}, 0)
    (word,) = hospital.answered()
    assert (word["said"], word["answers"]) == ("begun", []), "a draft says nothing of what it holds"
    save_sheet(platform, ciso, hospitals.valley, mine.id, TYPED, 1, send=True)
    (word,) = hospital.answered()
    assert word == {
        "campaign": ASKED, "finess": VALLEY, "said": "done", "at": hospital.now,
        "questions": questions_mark(QUESTIONS), "answers": [[1, "yes"], [2, 1], [3, 1200], [4, "2025-12-31"]],
    }  # fmt: skip
    assert list_campaigns(platform, grades) == (), "it is the region’s, nobody runs it here"
    with pytest.raises(NotFound):
        read_campaign(platform, hospital.machine, mine.id)
    clock.time = datetime(2026, 7, 15, tzinfo=UTC)
    assert open_sheet(platform, ciso, hospitals.valley, mine.id).results is None, "the counts are with the region"
    clock.time = datetime(2026, 9, 15, tzinfo=UTC)
    assert hospital.answered() == []


def test_questions_that_change_make_a_draft_of_what_was_sent(
    platform: Platform, hospital: Hospital, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    hospital.take(hospital.document(sheet()))
    (mine,) = asked_sheets(platform, ciso, hospitals.valley)
    save_sheet(platform, ciso, hospitals.valley, mine.id, TYPED, 0, send=True)
    clock.forward(hours=1)
    words = sheet()["questions"]
    changed = [words[0], {**words[1], "choices": ["Vert", "Bleu"]}, words[2]]
    assert hospital.take(hospital.document(sheet(questions=changed, title="EDR, corrigé"))) == 1
    view = open_sheet(platform, ciso, hospitals.valley, mine.id)
    assert (view.asked.title, view.sent_at, view.answers) == ("EDR, corrigé", None, {1: YES, 3: 1200})
    assert (view.version, view.changed_by) == (2, "GRADeS")
    (word,) = hospital.answered()
    assert word["said"] == "begun"
    assert word["questions"] != questions_mark(QUESTIONS)


def test_new_dates_and_excuses_cross(
    platform: Platform, hospital: Hospital, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    hospital.take(hospital.document(sheet()))
    later = sheet(closes_at="2026-07-31T21:59:59Z", establishments=[{"finess": VALLEY, "excused": "en travaux"}])
    clock.forward(minutes=1)
    assert hospital.take(hospital.document(later)) == 1
    (mine,) = asked_sheets(platform, ciso, hospitals.valley)
    assert (mine.closes_on, mine.excused, mine.progress) == (date(2026, 7, 31), "en travaux", SheetProgress.EXCUSED)
    with pytest.raises(Refused, match="excuses"):
        save_sheet(platform, ciso, hospitals.valley, mine.id, TYPED, 0, send=True)


def test_an_older_document_changes_nothing(
    platform: Platform, hospital: Hospital, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    first = hospital.document(sheet())
    clock.forward(minutes=1)
    hospital.take(hospital.document(sheet(title="Corrigé")))
    with pytest.raises(DocumentError, match="older"):
        hospital.take(first)
    (mine,) = asked_sheets(platform, ciso, hospitals.valley)
    assert mine.title == "Corrigé"


HOSTILE: Mapping[str, Callable[[Hospital], bytes]] = {
    "another installation": lambda one: one.document(sheet(), **{"for": "1" * 8 + LINK[8:]}),
    "newer format": lambda one: one.document(sheet(), format=2),
    "a format that is no number": lambda one: one.document(sheet(), format=True),
    "of tomorrow": lambda one: one.document(sheet(), at="2027-01-01T00:00:00Z"),
    "unknown kind": lambda one: one.document(sheet(kind="poll")),
    "exercise": lambda one: one.document(sheet(kind="exercise", questions=[])),
    "no question": lambda one: one.document(sheet(questions=[])),
    "audits with questions": lambda one: one.document(sheet(kind="exposure")),
    "many questions": lambda one: one.document(sheet(questions=sheet()["questions"] * 11)),
    "one choice": lambda one: one.document(sheet(questions=[{"words": "?", "kind": "choice", "choices": ["a"]}])),
    "choices for a day": lambda one: one.document(sheet(questions=[{"words": "?", "kind": "date", "choices": ["a"]}])),
    "free text": lambda one: one.document(sheet(questions=[{"words": "?", "kind": "text", "choices": []}])),
    "long question": lambda one: one.document(sheet(questions=[{"words": "?" * 501, "kind": "date", "choices": []}])),
    "long title": lambda one: one.document(sheet(title="x" * 201)),
    "no title": lambda one: one.document(sheet(title=" ")),
    "long note": lambda one: one.document(sheet(note="x" * 4_001)),
    "ends before": lambda one: one.document(sheet(closes_at="2026-01-01T00:00:00Z")),
    "no such day": lambda one: one.document(sheet(closes_at="2026-02-31T00:00:00Z")),
    "more": lambda one: one.document(sheet(secret="x")),
    "twice": lambda one: one.document(sheet(), sheet()),
    "twice the same place": lambda one: one.document(sheet(establishments=sheet()["establishments"] * 2)),
    "no FINESS": lambda one: one.document(sheet(establishments=[{"finess": "%", "excused": ""}])),
    "many": lambda one: one.document(*[sheet(campaign=str(uuid.UUID(int=number))) for number in range(61)]),
    "no list": lambda one: one.document(campaigns={}),
    "another key": lambda one: one.document(sheet(), signer=FileSigner(one.platform.settings.data_dir / "x.key")),
    "cut": lambda one: one.document(sheet())[:-40],
    "changed": lambda one: one.document(sheet()).replace(b"EDR 2026", b"EDR 2027"),
    "nothing": lambda _one: b"{}",
    "noise": lambda _one: b"\xff\xfe",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_not_in_its_form_is_refused_whole(
    platform: Platform, hospital: Hospital, ciso: Scope, hospitals: Hospitals, what: str
) -> None:
    with pytest.raises(DocumentError) as refusal:
        hospital.take(HOSTILE[what](hospital))
    assert refusal.value.text.fr != refusal.value.text.en
    assert asked_sheets(platform, ciso, hospitals.valley) == ()


def test_texts_of_a_region_are_made_plain(
    platform: Platform, hospital: Hospital, ciso: Scope, hospitals: Hospitals
) -> None:
    note = "Une ligne\r\n<b>autre</b>\u202e\u0000"
    hospital.take(hospital.document(sheet(title="EDR\n2026\u200b", note=note)))
    (mine,) = asked_sheets(platform, ciso, hospitals.valley)
    assert (mine.title, mine.note) == ("EDR 2026", "Une ligne\n<b>autre</b>")


def test_what_is_not_ours_is_left(platform: Platform, hospital: Hospital, hospitals: Hospitals) -> None:
    """Another establishment of the registry, for which we do not speak with this region; an identifier already used."""
    assert hospital.take(hospital.document(sheet(establishments=[{"finess": HILL, "excused": ""}]))) == 0
    hospital.take(hospital.document(sheet()))
    with platform.database.write() as session:
        session.scalars(select(RegionalCampaign)).one().link_id = None
    assert hospital.take(hospital.document(sheet(title="Volée"))) == 0
    with platform.database.read() as session:
        assert session.scalars(select(RegionalCampaign)).one().title == "EDR 2026"


def test_under_pseudonyms_a_hospital_takes_nothing(platform: Platform, hospital: Hospital) -> None:
    with platform.database.write() as session:
        session.get_one(RegionLink, hospital.link_id).pseudonymous = True
    assert hospital.take(hospital.document()) == 0
    with pytest.raises(DocumentError, match="pseudonyms"):
        hospital.take(hospital.document(sheet()))


def test_audits_are_planned_only_once_the_hospital_agreed_and_within_its_mandate(
    platform: Platform, hospital: Hospital, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    def here() -> tuple[ExposureProgress, list[AuditState]]:
        (one,) = asked_audits(platform, ciso, hospitals.valley)
        return one.line.progress, [audit.state for audit in one.line.audits]

    expose(platform, ciso, hospitals.valley)
    hospital.take(hospital.document(audit()))
    (mine,) = asked_audits(platform, ciso, hospitals.valley)
    ring(platform)
    assert (here(), hospital.answered()) == ((ExposureProgress.NOTHING_SAID, []), [])
    stranger = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        decide_audits(platform, stranger, hospitals.valley, mine.id, agree=True)
    decide_audits(platform, ciso, hospitals.valley, mine.id, agree=True)
    assert here() == (ExposureProgress.PLANNED, [AuditState.PLANNED])
    assert hospital.answered()[0]["said"] == "begun"
    decide_audits(platform, ciso, hospitals.valley, mine.id, agree=False)
    ring(platform)
    assert here() == (ExposureProgress.DECLINED, [])
    assert hospital.answered()[0]["said"] == "declined"
    decide_audits(platform, ciso, hospitals.valley, mine.id, agree=True)
    (one,) = asked_audits(platform, ciso, hospitals.valley)
    clock.time = one.line.audits[0].due_at + timedelta(minutes=5)
    ring(platform)
    (one,) = asked_audits(platform, ciso, hospitals.valley)
    with platform.database.write() as session:
        session.get_one(Run, one.line.audits[0].run_id).recorded_at = clock.now()
    assert here()[0] is ExposureProgress.DONE
    (word,) = hospital.answered()
    assert word == {"campaign": ASKED, "finess": VALLEY, "said": "done", "at": hospital.now, "questions": "",
                    "answers": []}  # fmt: skip


def test_what_is_asked_is_due_until_it_is_said(
    platform: Platform, hospital: Hospital, ciso: Scope, hospitals: Hospitals
) -> None:
    def due() -> list[str]:
        found = list_deadlines(platform, ciso, hospitals.valley, DeadlineFilter(per_page=200)).page.lines
        return sorted(one.title for one in found if one.kind is DeadlineKind.CAMPAIGN)

    end = f"{platform.clock.now() + timedelta(days=20):%Y-%m-%dT%H:%M:%SZ}"
    hospital.take(hospital.document(sheet(closes_at=end), audit(closes_at=end, campaign=str(uuid.UUID(int=7)))))
    assert due() == ["Cible ou mandat à enregistrer : « Façades »", "Questionnaire à envoyer : « EDR 2026 »"]
    (mine,) = asked_sheets(platform, ciso, hospitals.valley)
    save_sheet(platform, ciso, hospitals.valley, mine.id, TYPED, 0, send=True)
    (audits,) = asked_audits(platform, ciso, hospitals.valley)
    decide_audits(platform, ciso, hospitals.valley, audits.id, agree=True)
    assert due() == ["Cible ou mandat à enregistrer : « Façades »"], "agreed, and no target to audit"
    decide_audits(platform, ciso, hospitals.valley, audits.id, agree=False)
    assert due() == []


def test_agreeing_without_a_mandate_starts_nothing(
    platform: Platform, hospital: Hospital, ciso: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    hospital.take(hospital.document(audit()))
    (mine,) = asked_audits(platform, ciso, hospitals.valley)
    decide_audits(platform, ciso, hospitals.valley, mine.id, agree=True)
    clock.forward(days=20)
    ring(platform)
    (one,) = asked_audits(platform, ciso, hospitals.valley)
    assert (one.line.progress, one.line.audits) == (ExposureProgress.NO_TARGET, ())
    assert hospital.answered()[0]["said"] == "begun"
    clock.time = datetime(2026, 7, 15, tzinfo=UTC)
    with pytest.raises(Refused, match="over"):
        decide_audits(platform, ciso, hospitals.valley, mine.id, agree=False)


def ring(platform: Platform) -> None:
    """What the calendar does every ten minutes."""
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(JobKind.CAMPAIGN_AUDITS), "calendar")
    while claim := jobs.claim(platform, Lane.SERVICE, "tests"):
        if claim.kind is JobKind.CAMPAIGN_AUDITS:
            HANDLERS[claim.kind](platform, Hold(platform, claim))


# By file


def test_a_letter_is_taken_line_by_line_and_refused_in_a_sentence(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals, sender: Sender, hospital: Hospital
) -> None:
    with platform.database.read() as session:
        number = session.scalars(select(Installation.id)).one()
    given = letter_for(platform, grades, number)
    assert len(given.splitlines()) == 2
    with pytest.raises(Refused, match="another key"):
        take_letter(platform, machine, hospital.link_id, given)
    for content in (b"", b"{}", given + b"{}\n", b"{}\n{}\n", b"x" * (3 << 20)):
        with pytest.raises(Refused):
            take_letter(platform, machine, hospital.link_id, content)
    with platform.database.write() as session:
        session.get_one(RegionLink, hospital.link_id).enabled = False
    with pytest.raises(Refused, match="compare"):
        take_letter(platform, machine, hospital.link_id, given)
    withdraw_installation(platform, grades, number, "fermée")
    with pytest.raises(Refused, match="no longer enrolled"):
        letter_for(platform, grades, number)
    far = person(Role.REGIONAL, Level.REGION, hospitals.region + 1)
    with pytest.raises(NotFound):
        letter_for(platform, far, number)
