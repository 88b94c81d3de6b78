from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.access_links import ReviewVerdict
from care.domain.remote_access import Technology
from care.services.access_links import by_link, closing, comparing, reviews, supplier_links
from care.services.access_links.by_link import Decision, SupplierReply
from care.services.access_links.reviews import ReviewDraft
from care.services.access_links.supplier_links import LinkDraft
from care.services.errors import Forbidden, Gone, Invalid, NotFound, Refused
from care.services.library import today
from care.services.platform import Platform
from care.store.access_links import AccessLink
from care.store.evidence import Evidence, EvidenceTie
from care.store.outbox import Mail
from care.store.remote_access import RemoteAccess
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.web.access_links import SUPPLIER, add_access, plant_access_links, token_of


@pytest.fixture
def mailing(platform: Platform) -> Platform:
    settings = replace(platform.settings, smtp_host="relay.test", smtp_from="care@h.test", base_url="https://care.test")
    return replace(platform, settings=settings)


def held(platform: Platform, access_id: int) -> RemoteAccess:
    with platform.database.read() as session:
        return session.get_one(RemoteAccess, access_id)


def test_what_a_supplier_says_is_compared_with_the_register_and_with_what_is_measured(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    found = comparing.read_answers(platform, machine, hospitals.valley, planted.link)
    answered = {one.equipment: one for one in found.accesses}
    assert answered["Archivage des images"].decided_at is None
    lines = {one.asked.name: one for one in answered["Scanner 2"].lines}
    assert lines["technology"].differs
    assert lines["accounts"].differs
    assert not lines["second_factor"].differs
    assert [(one.rule, one.account) for one in lines["second_factor"].against] == [
        ("remote_access.single_factor", "tm_armor")
    ]
    assert not lines["on_demand"].differs, "the register says nothing: no contradiction"
    assert answered["Scanner 2"].contradictions == 3


def test_nothing_enters_the_register_before_somebody_takes_it(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    assert held(platform, planted.scanner_access).technology is Technology.BASTION
    (answer,) = [
        one for one in comparing.read_answers(platform, machine, hospitals.valley, planted.link).accesses if one.lines
        and one.decided_at
    ]  # fmt: skip
    assert answer.decided_at is not None
    seen, names = answer.decided_at.isoformat(), ["technology", "accounts", "attested_on", "supplier"]
    changed = comparing.take_answers(platform, machine, hospitals.valley, answer.answer_id, names, seen)
    assert set(changed) == {"technology", "accounts", "attested_on"}
    row = held(platform, planted.scanner_access)
    assert (row.technology, row.accounts, row.attested_on) == (
        Technology.IPSEC_VPN, ["tm_armor", "tm_armor_2"], date(2026, 2, 3),
    )  # fmt: skip
    assert row.version == 2
    with pytest.raises(Invalid):
        comparing.take_answers(platform, machine, hospitals.valley, answer.answer_id, ["supplier"], seen)


def test_an_answer_given_again_since_it_was_shown_is_not_taken(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    shown = comparing.read_answers(platform, machine, hospitals.valley, planted.link).accesses
    one = next(access for access in shown if access.decided_at)
    assert one.decided_at is not None
    clock.time += timedelta(minutes=5)
    by_link.reply(platform, planted.link_token, SupplierReply("Paul", {one.answer_id: {"technology": "direct"}}))
    with pytest.raises(Refused):
        comparing.take_answers(
            platform, machine, hospitals.valley, one.answer_id, ["technology"], one.decided_at.isoformat()
        )
    assert held(platform, planted.scanner_access).technology is Technology.BASTION


def test_the_register_takes_nothing_that_a_person_could_not_type(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    asked = {one.shown["equipment"]: one.answer_id for one in by_link.open_link(platform, planted.link_token).accesses}
    number = asked["Scanner 2"]
    by_link.reply(platform, planted.link_token, SupplierReply("Paul", {number: {"sources": "dynamique"}}))
    shown = comparing.read_answers(platform, machine, hospitals.valley, planted.link).accesses
    seen = next(one.decided_at for one in shown if one.answer_id == number)
    assert seen is not None
    with pytest.raises(Invalid) as refusal:
        comparing.take_answers(platform, machine, hospitals.valley, number, ["sources"], seen.isoformat())
    assert set(refusal.value.fields) == {"sources"}
    assert held(platform, planted.scanner_access).sources == []


def test_a_link_sent_again_late_opens(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    clock.time += timedelta(days=120)
    made = reviews.renew_link(platform, machine, hospitals.valley, planted.review, planted.owner_link)
    assert by_link.open_link(platform, token_of(made)).name == "Maud Le Gall"


def test_an_answer_that_is_not_understood_names_its_field_and_records_nothing(
    platform: Platform, hospitals: Hospitals
) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    asked = by_link.open_link(platform, planted.link_token).accesses[0].answer_id
    given = {asked: {"technology": "pigeon", "second_factor": "perhaps", "attested_on": "hier", "level": "3"}}
    with pytest.raises(Invalid) as refusal:
        by_link.reply(platform, planted.link_token, SupplierReply("", given))
    assert set(refusal.value.fields) == {
        "signed_by", f"{asked}-technology", f"{asked}-second_factor", f"{asked}-attested_on", f"{asked}-level",
    }  # fmt: skip
    assert by_link.open_link(platform, planted.link_token).signed_by == "Paul Kermarec"


def test_a_link_opens_nothing_once_expired_withdrawn_or_unknown(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    with pytest.raises(NotFound):
        by_link.open_link(platform, "x" * 32)
    add_access(platform, hospitals.valley, supplier="Biolab", equipment="Automate")
    other = supplier_links.make_link(platform, machine, hospitals.valley, LinkDraft("biolab", days=1))
    supplier_links.withdraw_link(platform, machine, hospitals.valley, planted.link)
    with pytest.raises(Gone):
        by_link.open_link(platform, planted.link_token)
    clock.time += timedelta(days=1)
    with pytest.raises(Gone):
        by_link.reply(platform, token_of(other), SupplierReply("X", {}))


def test_the_link_of_one_kind_takes_no_answer_of_the_other(platform: Platform, hospitals: Hospitals) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    with pytest.raises(Invalid):
        by_link.decide(platform, planted.link_token, "X", {})
    with pytest.raises(Invalid):
        by_link.reply(platform, planted.owner_token, SupplierReply("X", {}))


def test_the_token_is_nowhere_in_the_database(platform: Platform, hospitals: Hospitals) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    with platform.database.read() as session:
        rows = session.scalars(select(AccessLink)).all()
        told = session.scalars(select(TrailEvent)).all()
        said = " ".join(str(vars(one)) for one in (*rows, *told))
    assert planted.link_token not in said
    assert planted.owner_token not in said


def test_strangers_and_readers_make_no_link(platform: Platform, hospitals: Hospitals) -> None:
    add_access(platform, hospitals.valley)
    for who, answer in (
        (person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), NotFound),
        (person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), Forbidden),
    ):
        with pytest.raises(answer):
            supplier_links.make_link(platform, who, hospitals.valley, LinkDraft(SUPPLIER))
        with pytest.raises(answer):
            reviews.open_review(platform, who, hospitals.valley, ReviewDraft("Revue", today(platform)))


def test_an_answer_of_another_establishment_is_not_taken(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    answer = comparing.read_answers(platform, machine, hospitals.valley, planted.link).accesses[0].answer_id
    with pytest.raises(NotFound):
        comparing.take_answers(platform, machine, hospitals.hill, answer, ["technology"], "")
    with pytest.raises(NotFound):
        comparing.read_answers(platform, machine, hospitals.hill, planted.link)
    with pytest.raises(NotFound):
        reviews.read_review(platform, machine, hospitals.hill, planted.review)


def test_a_review_closed_says_who_decided_what_and_leaves_open_what_is_to_be_cut(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    shown = reviews.read_review(platform, machine, hospitals.valley, planted.review)
    assert (shown.line.total, shown.line.decided, shown.line.revoked) == (2, 1, 1)
    nobody = next(one for one in shown.owners if not one.name)
    count = reviews.decide_here(
        platform, machine, hospitals.valley, planted.review,
        {nobody.accesses[0].answer_id: Decision(ReviewVerdict.CONFIRMED)},
    )  # fmt: skip
    assert count == 1
    filed = closing.close_review(platform, machine, hospitals.valley, planted.review)
    assert held(platform, planted.archive_access).reviewed_on == today(platform)
    assert held(platform, planted.scanner_access).reviewed_on is None, "revoked: not reviewed until it is cut"
    after = reviews.read_review(platform, machine, hospitals.valley, planted.review)
    assert [one.equipment for one in after.to_close] == ["Scanner 2"]
    assert after.evidence_id == filed
    with platform.database.read() as session:
        sha256 = session.get_one(Evidence, filed).sha256
        ties = session.scalars(select(EvidenceTie.thing_id).where(EvidenceTie.evidence_id == filed)).all()
    assert sha256 is not None
    assert list(ties) == ["care-rules:TLM-26"]
    text = " ".join(
        page.extract_text() for page in PdfReader(io.BytesIO(platform.evidence.path(sha256).read_bytes())).pages
    )
    assert "Maud Le Gall" in text
    assert "Scanner remplacé." in text
    for late in (
        lambda: closing.close_review(platform, machine, hospitals.valley, planted.review),
        lambda: reviews.decide_here(platform, machine, hospitals.valley, planted.review, {}),
        lambda: by_link.decide(platform, planted.owner_token, "Maud", {}),
    ):
        with pytest.raises(Refused):
            late()


def test_closing_an_access_asks_why(platform: Platform, hospitals: Hospitals) -> None:
    planted = plant_access_links(platform, hospitals.valley)
    asked = by_link.open_link(platform, planted.owner_token).accesses[0].answer_id
    with pytest.raises(Invalid) as refusal:
        by_link.decide(platform, planted.owner_token, "Maud", {asked: Decision(ReviewVerdict.REVOKED, " ")})
    assert set(refusal.value.fields) == {f"{asked}-note"}


def test_one_review_at_a_time_and_none_of_nothing(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    with pytest.raises(Refused):
        reviews.open_review(platform, machine, hospitals.valley, ReviewDraft("Revue", today(platform)))
    plant_access_links(platform, hospitals.valley)
    with pytest.raises(Refused):
        reviews.open_review(platform, machine, hospitals.valley, ReviewDraft("Encore", today(platform)))
    with pytest.raises(Invalid) as refusal:
        reviews.open_review(platform, machine, hospitals.hill, ReviewDraft("", today(platform) - timedelta(days=1)))
    assert set(refusal.value.fields) == {"title", "due_on"}


def test_who_is_late_is_reminded_a_week_before_then_every_week_and_never_twice_a_day(
    mailing: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    add_access(mailing, hospitals.valley)
    due = today(mailing) + timedelta(days=20)
    _review, (made,) = reviews.open_review(mailing, machine, hospitals.valley, ReviewDraft("Revue", due))
    assert made.mailed

    def reminded(day: date) -> int:
        with mailing.database.write() as session:
            return reviews.remind_due(mailing, session, day)

    assert reminded(due - timedelta(days=8)) == 0
    assert reminded(due - timedelta(days=7)) == 1
    with pytest.raises(NotFound):
        by_link.open_link(mailing, token_of(made))  # the letter of the reminder holds another link
    assert reminded(due - timedelta(days=7)) == 0
    assert reminded(due - timedelta(days=1)) == 0
    assert reminded(due) == 1
    with mailing.database.read() as session:
        letters = session.scalars(select(Mail.recipient)).all()
    assert list(letters) == ["maud@hopital.test"] * 3
