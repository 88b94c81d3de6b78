"""Joining a region, showing what leaves, sending it; what becomes of it when the region is down, wrong or forged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from care.domain.access import Role, Scope
from care.domain.alerts import AlertAnswer, Exposure
from care.domain.bundles import read_bundle
from care.domain.enrolments import EnrolmentAnswer, read_request, write_answer
from care.domain.federation import DeliveryState, LinkState
from care.domain.introductions import Introduction
from care.domain.jobs import JobKind, Lane
from care.domain.pseudonyms import pseudonym_of
from care.domain.signed_documents import key_fingerprint
from care.services import jobs, seal
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.federation import exporting, joining, links, sending
from care.services.federation.joining import LinkDraft
from care.services.federation.links import LinkView
from care.services.federation.region_keys import meet
from care.services.platform import Platform
from care.services.work import Hold
from care.store.alerts import Alert, AlertPlace
from care.store.federation import RegionLink, SentBundle
from care.store.jobs import Job
from care.store.registry import Establishment
from scanners.model import Severity
from tests.support.clock import FixedClock
from tests.support.indicators_told import tell
from tests.support.people import MACHINE, Hospitals, person
from tests.support.regions import CODE, URL, PaperRegion, introduce, raw
from tests.support.tls import Authority

both = pytest.mark.both_databases


def finess_of(platform: Platform, *ids: int) -> tuple[str, ...]:
    with platform.database.read() as session:
        return tuple(session.get_one(Establishment, one).finess for one in ids)


@pytest.fixture
def region(platform: Platform, hospitals: Hospitals) -> PaperRegion:
    return PaperRegion(finess_of(platform, hospitals.valley, hospitals.hill))


@pytest.fixture
def online(platform: Platform, region: PaperRegion) -> Platform:
    """The installation, with that region at the end of its courier."""
    return replace(platform, courier=region)


@pytest.fixture
def joined(online: Platform, region: PaperRegion) -> int:
    """A link that somebody compared the key of."""
    link_id = asked(online)
    joining.enable(online, MACHINE, link_id, region.fingerprint)
    return link_id


def asked(platform: Platform) -> int:
    link_id = joining.begin(platform, MACHINE, LinkDraft(URL))
    joining.ask(platform, MACHINE, link_id, CODE, "CH de la Vallée")
    return link_id


def seen(platform: Platform, link_id: int) -> LinkView:
    return links.open_link(platform, MACHINE, link_id)


def states(platform: Platform, link_id: int) -> list[DeliveryState]:
    """Of every bundle, the latest first."""
    return [one.state for one in seen(platform, link_id).history.lines]


def push(platform: Platform) -> str:
    """Do the job as the calendar asks for it; what it says at its end."""
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(JobKind.PUSH), "tests")
    claim = jobs.claim(platform, Lane.SERVICE, "tests")
    assert claim is not None
    sending.push(platform, Hold(platform, claim))
    return jobs.watch(platform, MACHINE, claim.job_id).events[-1].text


def lines(content: bytes) -> dict[str, object]:
    found: dict[str, object] = json.loads(content.partition(b"\n")[0])
    return found


@both
def test_a_region_is_joined_over_https_and_nothing_leaves_before_its_key_was_compared(
    online: Platform, region: PaperRegion, hospitals: Hospitals
) -> None:
    link_id = asked(online)
    view = seen(online, link_id)
    assert view.line.state is LinkState.TO_CONFIRM
    assert (view.line.title, view.line.place_name) == ("GRADeS d’essai", "Bretagne")
    assert view.region_fingerprint == region.fingerprint
    assert view.our_fingerprint == online.signer.key_id
    assert [one.name for one in view.expected] == ["Hôpital de la Vallée", "Hôpital de la Colline"]
    asked_for = len(region.asked)
    push(online)
    for way in (sending.send_now, sending.deliver_now, exporting.export):
        with pytest.raises(Refused, match="compare"):
            way(online, MACHINE, link_id)
    assert len(region.asked) == asked_for
    with pytest.raises(Refused, match="changed"):
        joining.enable(online, MACHINE, link_id, "0" * 64)
    joining.enable(online, MACHINE, link_id, region.fingerprint)
    assert seen(online, link_id).line.state is LinkState.SENDING


def test_a_region_is_joined_by_file_both_ways(platform: Platform, region: PaperRegion) -> None:
    link_id = joining.begin(platform, MACHINE, LinkDraft())
    content = joining.request(platform, MACHINE, link_id, CODE.lower(), "CH de la Vallée")
    request = read_request(content)
    assert request.public_key == platform.signer.public_keys[platform.signer.key_id]
    assert seen(platform, link_id).line.state is LinkState.ASKED
    joining.accept(platform, MACHINE, link_id, region.enrol(content))
    joining.enable(platform, MACHINE, link_id, region.fingerprint)
    made = exporting.export(platform, MACHINE, link_id)
    assert states(platform, link_id) == [DeliveryState.HANDED]
    receipt = region.receive(made.document)
    sending.take_receipt(platform, MACHINE, link_id, receipt)
    assert states(platform, link_id) == [DeliveryState.DELIVERED]
    sending.take_receipt(platform, MACHINE, link_id, receipt)  # twice is once
    with pytest.raises(Refused, match="no address"):
        sending.send_now(platform, MACHINE, link_id)


def test_a_request_begun_again_for_the_same_address_leaves_no_second_link(online: Platform) -> None:
    first = joining.begin(online, MACHINE, LinkDraft(URL))
    assert joining.begin(online, MACHINE, LinkDraft(URL, months=6)) == first
    assert seen(online, first).months == 6
    assert links.find_link(online, MACHINE) == first
    joining.ask(online, MACHINE, first, CODE, "CH")
    assert joining.begin(online, MACHINE, LinkDraft(URL)) != first, "one that answered stays as it is"


def test_nothing_joined_says_where_to_begin(online: Platform) -> None:
    with pytest.raises(NotFound, match="begin with"):
        links.find_link(online, MACHINE)


def test_answers_that_are_not_for_this_request_are_refused(platform: Platform, region: PaperRegion) -> None:
    link_id, other = (joining.begin(platform, MACHINE, LinkDraft()) for _ in range(2))
    answer = region.enrol(joining.request(platform, MACHINE, other, CODE, "CH"))
    with pytest.raises(Refused, match="another request"):
        joining.accept(platform, MACHINE, link_id, answer)
    for broken in (b"", answer[:-20], answer.replace(b"Bretagne", b"Corse   "), b"[" * 100_000):
        with pytest.raises(Refused):
            joining.accept(platform, MACHINE, other, broken)
    assert seen(platform, other).line.state is LinkState.ASKED


def test_what_is_typed_is_checked_and_nothing_is_kept(
    platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for draft, field in (
        (LinkDraft("http://region.test"), "url"),
        (LinkDraft("https://moi:secret@region.test"), "url"),
        (LinkDraft("https://region.test/?x=1"), "url"),
        (LinkDraft("https://region.test:port"), "url"),
        (LinkDraft("https://re gion.test"), "url"),
        (LinkDraft(months=0), "months"),
        (LinkDraft(authority=b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "authority"),
        (LinkDraft(authority=b"%PDF-1.7"), "authority"),
        (LinkDraft(authority=b"x" * 100_000), "authority"),
    ):
        with pytest.raises(Invalid) as wrong:
            joining.begin(platform, MACHINE, draft)
        assert list(wrong.value.fields) == [field]
    assert links.list_links(platform, MACHINE) == ()
    authority = Authority(tmp_path_factory.mktemp("authority"))
    link_id = joining.begin(platform, MACHINE, LinkDraft(" region.test:8443/ ", authority.file.read_bytes()))
    view = seen(platform, link_id)
    assert view.line.url == "https://region.test:8443"
    assert "SHA-256" in view.authority[0]
    for code, name, fields in (("AAAA", "CH", ["code"]), (CODE, " ", ["name"]), (CODE, "x" * 201, ["name"])):
        with pytest.raises(Invalid) as wrong:
            joining.request(platform, MACHINE, link_id, code, name)
        assert list(wrong.value.fields) == fields


def test_a_region_that_does_not_answer_leaves_the_request_as_it_was(online: Platform, region: PaperRegion) -> None:
    link_id = joining.begin(online, MACHINE, LinkDraft(URL))
    region.down = "pare-feu"
    with pytest.raises(Refused, match="pare-feu"):
        joining.ask(online, MACHINE, link_id, CODE, "CH")
    region.down, region.status = "", 404
    with pytest.raises(Refused, match="404"):
        joining.ask(online, MACHINE, link_id, CODE, "CH")
    assert seen(online, link_id).line.state is LinkState.ASKED


def test_only_who_administers_the_whole_installation_may(online: Platform, joined: int) -> None:
    for role in Role:
        if role is Role.ADMINISTRATOR:
            continue
        for call in (
            lambda who: links.list_links(online, who),
            lambda who: links.open_link(online, who, joined),
            lambda who: exporting.preview(online, who, joined),
            lambda who: exporting.export(online, who, joined),
            lambda who: sending.send_now(online, who, joined),
            lambda who: joining.begin(online, who, LinkDraft()),
            lambda who: joining.leave(online, who, joined),
            lambda who: joining.pause(online, who, joined),
            lambda who: joining.enable(online, who, joined, ""),
        ):
            with pytest.raises(Forbidden):
                call(person(role))


@both
def test_what_is_shown_before_is_what_leaves(
    online: Platform, region: PaperRegion, hospitals: Hospitals, joined: int
) -> None:
    tell(online, hospitals.valley, "EXO-TX", {202602: (0, 1), 202603: (1, 1), 202401: (1, 1)})
    tell(online, hospitals.hill, "SAUV-3", {202602: (3, 7)})
    tell(online, hospitals.far, "EXO-TX", {202603: (1, 1)})
    shown = exporting.preview(online, MACHINE, joined)
    assert states(online, joined) == []
    assert [(one.name, len(one.values)) for one in shown.content.speakers] == [
        ("Hôpital de la Vallée", 2),
        ("Hôpital de la Colline", 1),
    ]
    assert "Vallée" not in shown.document
    assert push(online) == "Lots remis : 1 sur 1 essais."
    (bundle,) = region.taken
    told = json.loads(shown.document)
    left = lines(exporting.sent_document(online, MACHINE, joined, 1).document)
    assert {name: left[name] for name in told} == told
    assert bundle.months == (202602, 202603)
    assert [(one.code, one.month, one.numerator, one.denominator) for one in bundle.holders[0].values] == [
        ("EXO-TX", 202602, 0, 1),
        ("EXO-TX", 202603, 1, 1),
    ]
    assert {one.finess for one in bundle.holders} == set(region.establishments)
    assert seen(online, joined).line.delivered_at is not None


def test_a_month_without_any_value_is_told_as_one(
    online: Platform, region: PaperRegion, hospitals: Hospitals, joined: int
) -> None:
    tell(online, hospitals.valley, "EXO-TX", {202601: (1, 1), 202603: (1, 1)})
    assert push(online) == "Lots remis : 1 sur 1 essais."
    (bundle,) = region.taken
    assert bundle.months == (202601, 202602, 202603)  # what the region held for February is withdrawn


def test_pseudonyms_are_stable_and_of_this_region_alone(
    platform: Platform, region: PaperRegion, hospitals: Hospitals
) -> None:
    region.pseudonymous = True
    online = replace(platform, courier=region)
    tell(online, hospitals.valley, "EXO-TX", {202603: (1, 1)})
    first, second = asked(online), asked(online)
    told = exporting.preview(online, MACHINE, first).document
    for name in (*region.establishments, "Vallée", "Colline"):
        assert name not in told
    expected = {one.finess: one.pseudonym for one in seen(online, first).expected}
    others = {one.finess: one.pseudonym for one in seen(online, second).expected}
    assert set(expected.values()) & set(others.values()) == set()
    key_file = online.settings.secret_key_file
    key_file.write_bytes(b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" + key_file.read_bytes())
    assert {one.finess: one.pseudonym for one in seen(online, first).expected} == expected
    joining.enable(online, MACHINE, first, region.fingerprint)
    made = read_bundle(exporting.export(online, MACHINE, first).document)
    assert made.pseudonymous
    assert {one.pseudonym for one in made.holders} == set(expected.values())
    assert [len(one.values) for one in made.holders if one.pseudonym == expected[region.establishments[0]]] == [1]


def test_a_pseudonym_needs_its_key() -> None:
    one = pseudonym_of(b"k" * 32, "350000011")
    assert len(one) == 16
    assert one != pseudonym_of(b"l" * 32, "350000011") != pseudonym_of(b"k" * 32, "350000022")
    assert one == pseudonym_of(b"k" * 32, "350000011")


def test_an_establishment_that_the_registry_does_not_know_is_named(online: Platform, region: PaperRegion) -> None:
    region.establishments = (*region.establishments, "999999990")
    link_id = asked(online)
    assert exporting.preview(online, MACHINE, link_id).content.unknown == ("999999990",)


@both
def test_a_region_that_is_down_is_asked_later_and_later_then_gets_the_latest_only(
    online: Platform, region: PaperRegion, hospitals: Hospitals, joined: int, clock: FixedClock
) -> None:
    region.down = "éteinte"
    waits = []
    for _attempt in range(4):
        push(online)
        (bundle, *_rest) = seen(online, joined).history.lines
        assert bundle.state is DeliveryState.WAITING
        assert bundle.told == "éteinte"
        assert bundle.next_at is not None
        waits.append((bundle.next_at - clock.now()).total_seconds() / 60)
        assert push(online) == "Lots remis : 0 sur 0 essais."  # not before its time
        clock.time = bundle.next_at
    assert waits == [5, 10, 20, 40]
    assert links.count_troubled(online, MACHINE) == 1
    tell(online, hospitals.valley, "EXO-TX", {202603: (1, 1)})
    clock.forward(days=1)
    push(online)
    assert states(online, joined) == [DeliveryState.WAITING, DeliveryState.SUPERSEDED]
    region.down = ""
    clock.forward(hours=7)
    assert push(online) == "Lots remis : 1 sur 1 essais."
    assert states(online, joined) == [DeliveryState.DELIVERED, DeliveryState.SUPERSEDED]
    assert [one.number for one in region.taken] == [2]
    assert links.count_troubled(online, MACHINE) == 0


@both
def test_an_answer_that_was_lost_changes_nothing_and_the_bundle_is_not_taken_twice(
    online: Platform, region: PaperRegion, joined: int, clock: FixedClock
) -> None:
    region.lost = True
    push(online)
    assert states(online, joined) == [DeliveryState.WAITING]
    region.lost = False
    clock.forward(minutes=5)
    push(online)
    assert states(online, joined) == [DeliveryState.DELIVERED]
    assert [one.number for one in region.taken] == [1]


@pytest.mark.parametrize("fault", ["forged", "rubbish"])
def test_a_receipt_that_the_region_did_not_sign_counts_for_nothing(
    online: Platform, region: PaperRegion, joined: int, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "forged":
        region.forged = True
    else:
        monkeypatch.setattr(region, "receive", lambda _content: b'{"reason_fr": "Trop de monde."}')
    push(online)
    (bundle,) = seen(online, joined).history.lines
    assert bundle.state is DeliveryState.WAITING
    assert ("autre clé" if fault == "forged" else "aucun accusé") in bundle.told
    assert ("Trop de monde" in bundle.told) is (fault == "rubbish")


def test_the_receipt_of_another_bundle_counts_for_nothing(online: Platform, region: PaperRegion, joined: int) -> None:
    made = exporting.export(online, MACHINE, joined)
    receipt = region.receive(made.document)
    region.receive = lambda _content: receipt  # type: ignore[method-assign]
    with online.database.write() as session:
        session.get_one(SentBundle, made.id).document = b""
    push(online)
    assert states(online, joined)[0] is DeliveryState.WAITING


@both
def test_a_refusal_is_shown_and_a_new_bundle_follows_the_next_day(
    online: Platform, region: PaperRegion, joined: int, clock: FixedClock
) -> None:
    known, region.known = region.known, b"another key"
    push(online)
    (bundle,) = seen(online, joined).history.lines
    assert (bundle.state, bundle.told) == (DeliveryState.REFUSED, "Pas de cette façon.")
    assert links.count_troubled(online, MACHINE) == 1
    clock.forward(hours=3)
    push(online)
    assert states(online, joined) == [DeliveryState.REFUSED]
    region.known = known
    clock.forward(days=1)
    push(online)
    assert states(online, joined) == [DeliveryState.DELIVERED, DeliveryState.REFUSED]


def test_a_number_that_was_never_sent_from_here_stops_everything_until_a_person_says_why(
    online: Platform, region: PaperRegion, hospitals: Hospitals, joined: int, clock: FixedClock
) -> None:
    region.last_number, region.last_sha256 = 41, "ab" * 32
    assert push(online) == "Lots remis : 0 sur 1 essais."
    assert (seen(online, joined).foreign_number, seen(online, joined).line.state) == (41, LinkState.SENDING)
    clock.forward(days=9)
    tell(online, hospitals.valley, "EXO-TX", {202603: (1, 1)})
    assert push(online) == "Lots remis : 0 sur 0 essais."
    for way in (sending.send_now, sending.deliver_now, exporting.export):
        with pytest.raises(Refused, match="41 that was not made here"):
            way(online, MACHINE, joined)
    assert links.count_troubled(online, MACHINE) == 1
    with pytest.raises(Refused, match="no longer the one"):
        joining.resume(online, MACHINE, joined, 40)
    joining.resume(online, MACHINE, joined, 41)
    assert push(online) == "Lots remis : 1 sur 1 essais."
    assert [one.number for one in region.taken] == [42]
    assert states(online, joined) == [DeliveryState.DELIVERED, DeliveryState.REFUSED]
    assert seen(online, joined).foreign_number is None
    with pytest.raises(Refused):
        joining.resume(online, MACHINE, joined, 41)


@both
def test_a_copy_that_counts_beside_us_under_our_numbers_is_seen_by_its_fingerprint(
    online: Platform, region: PaperRegion, joined: int, clock: FixedClock
) -> None:
    push(online)
    region.last_number, region.last_sha256 = 2, "cd" * 32  # the copy sent its own no. 2
    clock.forward(days=8)
    push(online)
    assert seen(online, joined).line.last is not None
    assert seen(online, joined).foreign_number == 2


def test_a_bundle_of_ours_that_comes_after_a_later_one_is_no_copy(
    online: Platform, region: PaperRegion, joined: int
) -> None:
    early = exporting.export(online, MACHINE, joined)
    push(online)
    assert sending.deliver_now(online, MACHINE, joined)
    receipt = region.receive(early.document)
    sending.take_receipt(online, MACHINE, joined, receipt)
    assert seen(online, joined).foreign_number is None
    assert sending.deliver_now(online, MACHINE, joined)


@both
def test_a_new_key_of_the_region_presented_by_the_one_compared_is_believed_and_kept_in_its_history(
    online: Platform, region: PaperRegion, joined: int, clock: FixedClock
) -> None:
    push(online)
    former = region.fingerprint
    region.rotate()
    clock.forward(days=8)
    assert push(online) == "Lots remis : 1 sur 1 essais."
    view = seen(online, joined)
    assert (view.region_fingerprint, view.line.state) == (region.fingerprint, LinkState.SENDING)
    assert [(one.fingerprint, one.presented_by, one.until is None) for one in view.region_keys] == [
        (region.fingerprint, former, True),
        (former, "", False),
    ]
    clock.forward(days=8)
    assert push(online) == "Lots remis : 1 sur 1 essais."
    assert region.taken[-1].audience == region.fingerprint
    assert seen(online, joined).unheard_since is None


def test_a_new_key_of_the_region_comes_with_a_receipt_brought_as_a_file(
    platform: Platform, region: PaperRegion
) -> None:
    link_id = joining.begin(platform, MACHINE, LinkDraft())
    joining.accept(platform, MACHINE, link_id, region.enrol(joining.request(platform, MACHINE, link_id, CODE, "CH")))
    former = region.fingerprint
    joining.enable(platform, MACHINE, link_id, former)
    region.rotate()
    made = exporting.export(platform, MACHINE, link_id)
    assert read_bundle(made.document).audience == former
    sending.take_receipt(platform, MACHINE, link_id, region.receive(made.document))
    assert seen(platform, link_id).region_fingerprint == region.fingerprint


def test_a_key_lost_by_the_region_is_said_and_needs_a_comparison(
    online: Platform, region: PaperRegion, joined: int, clock: FixedClock
) -> None:
    push(online)
    region.key = Ed25519PrivateKey.generate()  # nothing presents it
    clock.forward(days=8)
    push(online)
    view = seen(online, joined)
    assert states(online, joined)[0] is DeliveryState.WAITING
    assert "autre clé" in (view.line.last.told if view.line.last else "")
    assert view.unheard_since is not None
    assert "comparez l’empreinte" in view.unheard
    assert view.region_fingerprint != region.fingerprint


def meeting(platform: Platform, link_id: int, told: Introduction | None) -> bool:
    with platform.database.write() as session:
        link = links.locked_link(session, link_id)
        return meet(session, MACHINE, link, told, platform.clock.now())


def test_introductions_by_a_stranger_by_a_former_key_or_back_to_one_are_not_believed(
    online: Platform, region: PaperRegion, joined: int
) -> None:
    first, second, third = region.key, Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    thief = Ed25519PrivateKey.generate()
    assert not meeting(online, joined, None)
    assert not meeting(online, joined, introduce(thief, second))  # by a key that nobody compared
    forged = replace(introduce(thief, second), former=region.fingerprint)
    assert not meeting(online, joined, forged)  # in the name of the right one
    other = replace(introduce(first, second), public_key=raw(thief))
    assert not meeting(online, joined, other)  # the right word, for another key
    assert not meeting(online, joined, introduce(first, first))
    assert meeting(online, joined, introduce(first, second))
    assert not meeting(online, joined, introduce(first, second))  # the same again
    assert not meeting(online, joined, introduce(first, thief))  # by a key that was replaced
    assert not meeting(online, joined, introduce(second, first))  # back to a former key
    assert meeting(online, joined, introduce(second, third))
    assert not meeting(online, joined, introduce(first, second))  # an older introduction, replayed
    assert [one.fingerprint for one in seen(online, joined).region_keys] == [
        key_fingerprint(raw(one)) for one in (third, second, first)
    ]


def test_a_key_that_nobody_compared_presents_no_other(online: Platform, region: PaperRegion) -> None:
    link_id = asked(online)
    assert not meeting(online, link_id, introduce(region.key, Ed25519PrivateKey.generate()))
    assert seen(online, link_id).region_fingerprint == region.fingerprint


def test_an_old_answer_does_not_bring_a_former_key_back(online: Platform, region: PaperRegion, joined: int) -> None:
    with online.database.read() as session:
        identifier = session.get_one(RegionLink, joined).identifier
    told = EnrolmentAnswer(identifier, "GRADeS", region.pem, region.establishments, False, "Bretagne")
    old = write_answer(told, region.key.sign)
    assert meeting(online, joined, introduce(region.key, Ed25519PrivateKey.generate()))
    with pytest.raises(Refused, match="key that the region replaced"):
        joining.accept(online, MACHINE, joined, old)
    assert seen(online, joined).line.state is LinkState.SENDING
    joining.leave(online, MACHINE, joined)  # joined anew, its key is compared anew
    joining.come_back(online, MACHINE, joined)
    joining.accept(online, MACHINE, joined, old)
    assert seen(online, joined).line.state is LinkState.TO_CONFIRM


def test_alerts_that_cannot_be_read_are_said_until_they_are(
    online: Platform, region: PaperRegion, joined: int, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(online)
    assert seen(online, joined).heard_at == clock.now()
    since = clock.forward(minutes=15)
    region.status = 503
    push(online)
    clock.forward(minutes=15)
    push(online)
    view = seen(online, joined)
    assert (view.unheard_since, "503" in view.unheard) == (since, True)
    region.status = 200
    push(online)
    assert (seen(online, joined).unheard_since, seen(online, joined).unheard) == (None, "")


def test_a_receipt_of_another_bundle_over_the_network_is_no_news_and_is_tried_later(
    online: Platform, region: PaperRegion, joined: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(online)
    stale = region.receive(exporting.sent_document(online, MACHINE, joined, 1).document)
    monkeypatch.setattr(region, "receive", lambda _content: stale)
    assert not sending.deliver_now(online, MACHINE, joined)
    (bundle, *_rest) = seen(online, joined).history.lines
    assert (bundle.state, bundle.attempts) == (DeliveryState.WAITING, 1)
    assert "autre lot" in bundle.told


@both
def test_a_new_key_is_presented_by_the_one_that_the_region_knows_however_often_it_was_replaced(
    online: Platform, region: PaperRegion, joined: int, clock: FixedClock
) -> None:
    push(online)
    seal.rotate(online, MACHINE)
    seal.rotate(online, MACHINE)
    assert not seen(online, joined).key_known
    clock.forward(days=8)
    push(online)
    clock.forward(days=8)
    push(online)
    assert states(online, joined) == [DeliveryState.DELIVERED] * 3
    assert [one.rotation is not None for one in region.taken] == [False, True, False]
    assert seen(online, joined).key_known


def test_a_new_key_that_nobody_can_present_is_said_and_stops_nothing_else(
    online: Platform, joined: int, clock: FixedClock
) -> None:
    push(online)
    online.settings.seal_key_file.unlink()
    renewed = replace(online, signer=type(online.signer)(online.settings.seal_key_file))  # type: ignore[call-arg]
    clock.forward(days=8)
    push(renewed)
    (bundle,) = seen(renewed, joined).history.lines
    assert "nouveau code" in bundle.told
    with pytest.raises(Refused, match="new code"):
        exporting.export(renewed, MACHINE, joined)


def test_a_bundle_a_day_when_something_changed_and_one_a_week_in_any_case(
    online: Platform, region: PaperRegion, hospitals: Hospitals, joined: int, clock: FixedClock
) -> None:
    push(online)
    clock.time = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)  # half past four in Paris: measuring may still be going on
    tell(online, hospitals.valley, "EXO-TX", {202603: (1, 1)})
    push(online)
    assert len(region.taken) == 1
    clock.forward(hours=1)
    push(online)
    push(online)
    assert len(region.taken) == 2
    clock.forward(days=2)
    push(online)
    assert len(region.taken) == 2
    clock.forward(days=5)
    push(online)
    assert len(region.taken) == 3


def test_answers_to_the_alerts_of_this_region_leave_at_once(
    online: Platform, region: PaperRegion, hospitals: Hospitals, joined: int
) -> None:
    push(online)
    plant_alert(online, joined, hospitals.valley)
    push(online)
    push(online)
    assert len(region.taken) == 2
    (word,) = region.taken[-1].alerts
    assert (word.finess, word.exposure, word.answer) == (
        region.establishments[0],
        Exposure.EXPOSED,
        AlertAnswer.WORKING,
    )
    (told,) = exporting.preview(online, MACHINE, joined).content.alerts
    assert told.title == "Passerelle"


def told_alert(finess: str) -> dict[str, object]:
    return {
        "alert": "6f1c0f6e-0a2a-4a77-9c8b-3f9d5a1f0002",
        "title": "Passerelle",
        "reference": "CVE-2026-0001",
        "severity": "critical",
        "criteria": [{"product": "fortinet:fortios", "from": "", "before": ""}],
        "message": "",
        "link": "",
        "published_at": "2026-03-02T07:00:00Z",
        "published_by": "GRADeS",
        "answer_by": None,
        "closed_at": None,
        "version": 1,
        "establishments": [finess],
    }


def test_alerts_of_the_region_come_in_with_the_job_and_their_answer_leaves_with_it(
    online: Platform, region: PaperRegion, joined: int
) -> None:
    push(online)
    region.told = [told_alert(region.establishments[0])]
    push(online)
    (word,) = region.taken[-1].alerts
    assert (word.finess, word.answer) == (region.establishments[0], AlertAnswer.NONE)


def test_alerts_that_the_region_did_not_sign_or_cannot_give_stop_nothing(
    online: Platform, region: PaperRegion, joined: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(region, "alerts", lambda _url: b"{}")
    assert push(online) == "Lots remis : 1 sur 1 essais."
    with online.database.read() as session:
        assert session.scalars(select(Alert)).all() == []


def plant_alert(platform: Platform, link_id: int, establishment_id: int) -> None:
    now = platform.clock.now()
    with platform.database.write() as session:
        alert = Alert(
            identifier="6f1c0f6e-0a2a-4a77-9c8b-3f9d5a1f0001",
            place="platform:0",
            origin=session.get_one(RegionLink, link_id).identifier,
            title="Passerelle",
            severity=Severity.CRITICAL,
            criteria=[],
            published_at=now,
            published_by="GRADeS",
            changed_at=now,
            changed_by="GRADeS",
        )
        session.add(alert)
        session.flush()
        session.add(
            AlertPlace(
                alert_id=alert.id,
                establishment_id=establishment_id,
                exposure=Exposure.EXPOSED,
                seen=2,
                facts_at=now,
                answer=AlertAnswer.WORKING,
                answered_at=now,
            )
        )


def test_leaving_stops_everything_and_coming_back_needs_a_new_answer_and_keeps_the_count(
    online: Platform, region: PaperRegion, joined: int, clock: FixedClock
) -> None:
    push(online)
    region.down = "éteinte"
    sending.send_now(online, MACHINE, joined)
    joining.leave(online, MACHINE, joined)
    assert states(online, joined) == [DeliveryState.DROPPED, DeliveryState.DELIVERED]
    assert seen(online, joined).line.state is LinkState.LEFT
    region.down = ""
    clock.forward(days=9)
    assert push(online) == "Lots remis : 0 sur 0 essais."
    with pytest.raises(Refused, match="was left"):
        joining.enable(online, MACHINE, joined, region.fingerprint)
    identifier = seen(online, joined).identifier
    joining.come_back(online, MACHINE, joined)
    joining.ask(online, MACHINE, joined, CODE, "CH")
    joining.enable(online, MACHINE, joined, region.fingerprint)
    push(online)
    assert seen(online, joined).identifier == identifier
    assert [one.number for one in region.taken] == [1, 3]
    with pytest.raises(NotFound):
        joining.come_back(online, MACHINE, joined)


def test_a_pause_sends_nothing_until_it_ends(
    online: Platform, region: PaperRegion, joined: int, clock: FixedClock
) -> None:
    push(online)
    joining.pause(online, MACHINE, joined)
    clock.forward(days=9)
    push(online)
    assert len(region.taken) == 1
    assert seen(online, joined).line.state is LinkState.PAUSED
    joining.enable(online, MACHINE, joined, region.fingerprint)
    push(online)
    assert len(region.taken) == 2


def test_another_key_of_the_region_is_to_be_compared_again(online: Platform, region: PaperRegion, joined: int) -> None:
    with online.database.read() as session:
        identifier = session.get_one(RegionLink, joined).identifier
    other = Ed25519PrivateKey.generate()
    region.key = other
    answer = EnrolmentAnswer(identifier, "GRADeS", region.pem, region.establishments, False, "Bretagne")
    joining.accept(online, MACHINE, joined, write_answer(answer, other.sign))
    assert seen(online, joined).line.state is LinkState.TO_CONFIRM
    joining.enable(online, MACHINE, joined, region.fingerprint)
    joining.accept(online, MACHINE, joined, write_answer(answer, other.sign))
    assert seen(online, joined).line.state is LinkState.SENDING


@both
def test_two_people_who_change_one_link(online: Platform, joined: int) -> None:
    version = seen(online, joined).version
    first = replace(MACHINE, actor="claire")
    joining.change(online, first, joined, LinkDraft("https://autre.test", months=6), version, keep=True)
    with pytest.raises(Refused, match="claire changed the address"):
        joining.change(online, MACHINE, joined, LinkDraft(URL, months=12), version, keep=True)
    view = seen(online, joined)
    assert (view.line.url, view.months) == ("https://autre.test", 6)


def test_older_months_give_way_to_what_can_travel(
    online: Platform, hospitals: Hospitals, joined: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(online, hospitals.valley, "EXO-TX", {202601: (1, 1), 202602: (1, 1), 202603: (1, 1)})
    whole = exporting.preview(online, MACHINE, joined)
    assert not whole.content.shortened
    monkeypatch.setattr(exporting, "MAX_LINE_BYTES", 4096 + whole.size - 1)
    content = exporting.preview(online, MACHINE, joined).content
    assert content.shortened
    assert content.months == (202602, 202603)


def test_old_bundles_keep_their_fingerprint_and_lose_their_text(
    online: Platform, joined: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "KEPT_DOCUMENTS", 2)
    for _number in range(3):
        exporting.export(online, MACHINE, joined)
    assert [one.kept for one in seen(online, joined).history.lines] == [True, True, False]
    with pytest.raises(NotFound):
        exporting.sent_document(online, MACHINE, joined, 1)


def test_sending_now_submits_one_job_and_names_who_asked(online: Platform, joined: int) -> None:
    job_id = sending.send_now(online, Scope("claire", "fr", MACHINE.grants), joined)
    with online.database.read() as session:
        job = session.scalars(select(Job).where(Job.id == job_id)).one()
    assert (job.kind, job.submitted_by) == (JobKind.PUSH, "claire")
    assert seen(online, joined).history.lines[0].made_by == "claire"


def test_a_region_is_found_by_its_name_or_alone(online: Platform, joined: int) -> None:
    assert links.find_link(online, MACHINE) == joined
    assert links.find_link(online, MACHINE, "grades D’ESSAI") == joined
    joining.begin(online, MACHINE, LinkDraft())
    with pytest.raises(NotFound, match="GRADeS d’essai"):
        links.find_link(online, MACHINE)
    with pytest.raises(NotFound):
        links.find_link(online, MACHINE, "ailleurs")
