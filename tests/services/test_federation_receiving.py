"""Receiving bundles: forged, replayed, newer, of others, closed places, two at once: clear, nothing counted twice."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from care.domain.access import Level, Place, Role, Scope
from care.domain.enrolments import read_receipt
from care.domain.federation import BundleVerdict, InstallationState, KeyState, Punctuality, Way, punctuality
from care.domain.indicators import Measure
from care.domain.introductions import introduced_by
from care.services.errors import Forbidden, Throttled
from care.services.federation.enrolling import enrol_file, invite_again
from care.services.federation.judging import MOST_AHEAD
from care.services.federation.receiving import FREE_ATTEMPTS, Received, receipt_of, receive, receive_files, receive_push
from care.services.platform import Platform
from care.store.federation import Installation, InstallationKey, ReceivedBundle
from care.store.indicators import (
    EstablishmentProfile,
    IndicatorHolder,
    IndicatorMark,
    IndicatorValue,
)
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.federation import MONTH, Sender, code_of, enrolled
from tests.support.people import Hospitals, person, valid_finess

VALLEY, HILL, FAR = valid_finess("01000003"), valid_finess("01000004"), valid_finess("35000002")
DAY = "2026-03-01"
FEBRUARY = 202602


@pytest.fixture
def sender(platform: Platform, grades: Scope, hospitals: Hospitals) -> Sender:
    return enrolled(platform, grades, Place(Level.REGION, hospitals.region), [VALLEY, HILL])[0]


def one(platform: Platform, top: int = 1, month: int = MONTH, **changed: object) -> list[object]:
    code, version = code_of(platform)
    told = {"code": code, "version": version, "month": month, "top": top, "bottom": 1, "day": DAY, **changed}
    return list(told.values())


def send(platform: Platform, scope: Scope, content: bytes) -> Received:
    return receive(platform, scope, content, Way.FILE)


def stored(platform: Platform) -> list[tuple[int, int, int, int | None]]:
    """Month, numerator, establishment and bundle of every value."""
    with platform.database.read() as session:
        rows = session.execute(
            select(
                IndicatorValue.month,
                IndicatorValue.numerator,
                IndicatorHolder.establishment_id,
                IndicatorValue.bundle_id,
            )
            .join(IndicatorHolder, IndicatorHolder.id == IndicatorValue.holder_id)
            .order_by(IndicatorValue.month, IndicatorHolder.establishment_id)
        )
        return [tuple(row) for row in rows]  # type: ignore[misc]


def aside(platform: Platform, received: Received) -> list[tuple[str, str, int]]:
    with platform.database.read() as session:
        kept = session.get_one(ReceivedBundle, received.id)
    return [(each["what"], each["which"], each["values"]) for each in kept.set_aside]


@pytest.mark.both_databases
def test_a_bundle_is_taken_and_the_receipt_says_so(
    platform: Platform, grades: Scope, sender: Sender, hospitals: Hospitals
) -> None:
    now = platform.clock.now()
    content = sender.bundle(now, {VALLEY: [one(platform), one(platform, 0, FEBRUARY)], HILL: [one(platform, 0)]})
    received = send(platform, grades, content)
    assert (received.verdict, received.written, received.aside) == (BundleVerdict.TAKEN, 3, 0)
    receipt = read_receipt(received.receipt, platform.signer.public_keys[platform.signer.key_id])
    assert (receipt.sha256, receipt.verdict, receipt.number, receipt.last_number) == (
        sender.previous,
        BundleVerdict.TAKEN,
        1,
        1,
    )
    assert receipt_of(platform, grades, received.id or 0) == received.receipt
    assert stored(platform) == [
        (FEBRUARY, 0, hospitals.valley, received.id),
        (MONTH, 1, hospitals.valley, received.id),
        (MONTH, 0, hospitals.hill, received.id),
    ]
    with platform.database.read() as session:
        assert session.scalars(select(IndicatorMark.month).order_by("month")).all() == [FEBRUARY, MONTH]
        row = session.scalars(select(Installation)).one()
    assert (row.last_number, row.last_sha256, row.last_received_at) == (1, sender.previous, now)


@pytest.mark.both_databases
def test_only_what_changed_is_written_and_what_is_no_longer_told_is_removed(
    platform: Platform, grades: Scope, sender: Sender, hospitals: Hospitals
) -> None:
    now = platform.clock.now()
    first = send(
        platform,
        grades,
        sender.bundle(now, {VALLEY: [one(platform), one(platform, 0, FEBRUARY)], HILL: [one(platform, 0)]}),
    )
    with platform.database.write() as session:
        session.query(IndicatorMark).delete()
    second = send(
        platform,
        grades,
        sender.bundle(now, {VALLEY: [one(platform), one(platform, 1, FEBRUARY)], HILL: []}, months=[FEBRUARY, MONTH]),
    )
    assert "0 values added, 1 changed, 1 removed" in second.reason.en
    assert stored(platform) == [
        (FEBRUARY, 1, hospitals.valley, second.id),
        (MONTH, 1, hospitals.valley, first.id),
    ]
    same = send(
        platform,
        grades,
        sender.bundle(now, {VALLEY: [one(platform), one(platform, 1, FEBRUARY)], HILL: []}, months=[FEBRUARY, MONTH]),
    )
    assert (same.verdict, same.written) == (BundleVerdict.TAKEN, 0)


@pytest.mark.both_databases
def test_two_bundles_brought_together_by_a_new_sender_are_compared(
    platform: Platform, grades: Scope, sender: Sender, hospitals: Hospitals
) -> None:
    now = platform.clock.now()
    both = [
        sender.bundle(now, {VALLEY: [one(platform), one(platform, 0, FEBRUARY)]}),
        sender.bundle(now, {VALLEY: [one(platform, 0)]}, months=[FEBRUARY, MONTH]),
    ]
    first, second = receive_files(platform, grades, both)
    assert "2 values added, 0 changed, 0 removed" in first.reason.en
    assert "0 values added, 1 changed, 1 removed" in second.reason.en
    assert stored(platform) == [(MONTH, 0, hospitals.valley, second.id)]


def test_months_that_are_not_told_stay_as_they_are(platform: Platform, grades: Scope, sender: Sender) -> None:
    now = platform.clock.now()
    send(platform, grades, sender.bundle(now, {VALLEY: [one(platform, 1, FEBRUARY)]}))
    send(platform, grades, sender.bundle(now, {VALLEY: [one(platform)]}))
    assert [month for month, *_rest in stored(platform)] == [FEBRUARY, MONTH]


def test_the_same_again_is_already_there_and_an_older_one_is_a_replay(
    platform: Platform, grades: Scope, sender: Sender
) -> None:
    now = platform.clock.now()
    first = sender.bundle(now, {VALLEY: [one(platform, 0)]})
    assert send(platform, grades, first).verdict is BundleVerdict.TAKEN
    again = send(platform, grades, first)
    assert (again.verdict, again.written) == (BundleVerdict.ALREADY, 0)
    second = sender.bundle(now, {VALLEY: [one(platform, 1)]})
    assert send(platform, grades, second).verdict is BundleVerdict.TAKEN
    replay = send(platform, grades, first)
    assert replay.verdict is BundleVerdict.REFUSED
    assert "déjà été pris" in replay.reason.fr
    assert [top for _month, top, *_rest in stored(platform)] == [1]
    sender.number = 0  # restored from an old backup: it counts again
    restored = send(platform, grades, sender.bundle(now, {VALLEY: [one(platform, 0)]}))
    assert restored.verdict is BundleVerdict.REFUSED
    assert "restaurée d’une sauvegarde" in restored.reason.fr
    receipt = read_receipt(restored.receipt, platform.signer.public_keys[platform.signer.key_id])
    assert receipt.last_number == 2  # so that it knows where to go on


def test_a_file_sent_again_and_again_is_kept_once_and_is_no_sign_of_life(
    platform: Platform, grades: Scope, sender: Sender, clock: FixedClock
) -> None:
    """Whoever has a copy of the last bundle could otherwise keep a silent hospital from ever being late."""
    first, second = (sender.bundle(clock.now(), {VALLEY: [one(platform)]}) for _ in range(2))
    sent = clock.now()
    for content in (first, second):
        assert send(platform, grades, content).verdict is BundleVerdict.TAKEN
    clock.forward(days=40)
    answers = {send(platform, grades, content).id for content in (first, second) * 3}
    assert len(answers) == 2
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ReceivedBundle)) == 4
        row = session.scalars(select(Installation)).one()
        refusals = select(func.count()).where(TrailEvent.action == "received_bundle.refused")
        assert session.scalar(refusals) == 1
    assert row.last_received_at == sent
    assert punctuality(row.state, row.enrolled_at, row.last_received_at, 35, clock.now()) is Punctuality.LATE


def test_numbers_are_not_used_up_by_whoever_steals_a_key(platform: Platform, grades: Scope, sender: Sender) -> None:
    sender.number = 999_999_998
    received = send(platform, grades, sender.bundle(platform.clock.now(), {VALLEY: [one(platform)]}))
    assert received.verdict is BundleVerdict.REFUSED
    assert "quelqu’un a peut-être sa clé" in received.reason.fr
    sender.number = MOST_AHEAD - 1
    content = sender.bundle(platform.clock.now(), {VALLEY: [one(platform)]})
    assert send(platform, grades, content).verdict is BundleVerdict.TAKEN


def test_more_pseudonyms_than_establishments_are_refused(
    platform: Platform, grades: Scope, hospitals: Hospitals
) -> None:
    region = Place(Level.REGION, hospitals.region)
    hidden, _found = enrolled(platform, grades, region, [VALLEY, HILL], pseudonymous=True)
    holders = [{"pseudonym": f"{n:016x}", "category": "", "values": [one(platform)]} for n in range(3)]
    bundle = hidden.bundle(platform.clock.now(), {}, pseudonymous=True, holders=holders)
    received = send(platform, grades, bundle)
    assert "3 pseudonymes" in received.reason.fr
    assert stored(platform) == []


def test_a_bundle_of_an_older_format_than_before_is_refused(platform: Platform, grades: Scope, sender: Sender) -> None:
    with platform.database.write() as session:
        session.execute(update(Installation).values(format=2))
    received = send(platform, grades, sender.bundle(platform.clock.now(), {VALLEY: [one(platform)]}))
    assert received.verdict is BundleVerdict.REFUSED
    assert "retour en arrière" in received.reason.fr
    assert stored(platform) == []


def test_what_is_not_signed_by_an_enrolled_key_is_refused_and_kept_once(
    platform: Platform, grades: Scope, sender: Sender
) -> None:
    now = platform.clock.now()
    stranger = Sender(platform.signer.key_id, identifier=sender.identifier)
    forged = stranger.bundle(now, {VALLEY: [one(platform)]})
    broken = sender.bundle(now, {VALLEY: [one(platform)]})[:-9]
    for content, said in ((forged, "n’est pas celle"), (broken, "deux lignes"), (b"bonjour", "n’est pas un lot")):
        for _ in range(2):
            received = send(platform, grades, content)
            assert received.verdict is BundleVerdict.REFUSED
            assert said in received.reason.fr
            assert not received.known
    with platform.database.read() as session:
        kept = session.scalars(select(ReceivedBundle).order_by(ReceivedBundle.id)).all()
    assert [(each.installation_id, each.number) for each in kept] == [(None, 1), (None, 1), (None, None)]
    assert stored(platform) == []


def test_a_bundle_for_another_region_or_with_the_wrong_names_is_refused(
    platform: Platform, grades: Scope, sender: Sender
) -> None:
    now = platform.clock.now()
    other = send(platform, grades, sender.bundle(now, {VALLEY: [one(platform)]}, **{"for": "ab" * 32}))
    assert "autre région" in other.reason.fr
    hidden = send(
        platform,
        grades,
        sender.bundle(
            now,
            {},
            pseudonymous=True,
            holders=[{"pseudonym": "0123456789abcdef", "category": "", "values": [one(platform)]}],
        ),
    )
    assert "sans pseudonymes" in hidden.reason.fr
    late = send(platform, grades, sender.bundle(now + timedelta(days=2), {VALLEY: [one(platform)]}))
    assert "horloge" in late.reason.fr
    elsewhere = send(
        platform,
        grades,
        sender.bundle(now, {VALLEY: [one(platform)]}, installation="0f5cf3a2-6a54-4c2e-9a0b-0d6c7b1f2a11"),
    )
    assert "autre installation" in elsewhere.reason.fr
    assert {each.verdict for each in (other, hidden, late, elsewhere)} == {BundleVerdict.REFUSED}
    assert stored(platform) == []


def test_a_region_whose_key_was_replaced_still_answers_with_the_one_that_is_known(
    platform: Platform, grades: Scope, sender: Sender
) -> None:
    former = platform.signer.public_keys[platform.signer.key_id]
    platform.signer.rotate()
    received = send(platform, grades, sender.bundle(platform.clock.now(), {VALLEY: [one(platform)]}))
    assert received.verdict is BundleVerdict.TAKEN
    for content in (received.receipt, receipt_of(platform, grades, received.id or 0)):  # at once, or as a file later
        receipt = read_receipt(content, former)
        assert (receipt.verdict, receipt.last_sha256) == (BundleVerdict.TAKEN, sender.previous)
        assert receipt.introduction is not None
        assert receipt.introduction.public_key == platform.signer.public_keys[platform.signer.key_id]
        assert introduced_by(receipt.introduction, former)
    sender.region_key = platform.signer.key_id
    now_known = send(platform, grades, sender.bundle(platform.clock.now(), {VALLEY: [one(platform)]}))
    told = read_receipt(now_known.receipt, platform.signer.public_keys[platform.signer.key_id])
    assert told.introduction is None


@pytest.mark.both_databases
def test_a_new_key_is_taken_when_the_former_presents_it(platform: Platform, grades: Scope, sender: Sender) -> None:
    now, former = platform.clock.now(), sender.key
    rotation = sender.rotated()
    received = send(platform, grades, sender.bundle(now, {VALLEY: [one(platform)]}, rotation=rotation))
    assert received.verdict is BundleVerdict.TAKEN
    with platform.database.read() as session:
        states = {key.key_id: key.state for key in session.scalars(select(InstallationKey))}
        told = session.scalars(select(TrailEvent).where(TrailEvent.action == "installation.key_replaced")).one()
    assert states == {rotation["former"]: KeyState.FORMER, sender.key_id: KeyState.ACTIVE}
    assert sender.key_id in str(told.detail)
    present, sender.key = sender.key, former
    old = send(platform, grades, sender.bundle(now, {VALLEY: [one(platform, 0)]}))
    assert "remplacée" in old.reason.fr
    sender.key = former
    again = sender.rotated()  # a key that was replaced presents no other one
    assert "remplacée" in send(platform, grades, sender.bundle(now, {VALLEY: []}, rotation=again)).reason.fr
    sender.key = present
    assert send(platform, grades, sender.bundle(now, {VALLEY: [one(platform)]})).verdict is BundleVerdict.TAKEN


def test_a_revoked_key_signs_nothing_any_more_until_enrolled_again(
    platform: Platform, grades: Scope, sender: Sender
) -> None:
    now = platform.clock.now()
    with platform.database.write() as session:
        session.execute(update(InstallationKey).values(state=KeyState.REVOKED, until=now))
    assert "révoquée" in send(platform, grades, sender.bundle(now, {VALLEY: [one(platform)]})).reason.fr
    rotation = sender.rotated()
    assert "révoquée" in send(platform, grades, sender.bundle(now, {VALLEY: []}, rotation=rotation)).reason.fr
    with platform.database.read() as session:
        number = session.scalars(select(Installation.id)).one()
    enrol_file(platform, grades, sender.request(invite_again(platform, grades, number).code))
    assert send(platform, grades, sender.bundle(now, {VALLEY: [one(platform)]})).verdict is BundleVerdict.TAKEN


def test_a_withdrawn_installation_sends_nothing(platform: Platform, grades: Scope, sender: Sender) -> None:
    with platform.database.write() as session:
        session.execute(update(Installation).values(state=InstallationState.WITHDRAWN))
    received = send(platform, grades, sender.bundle(platform.clock.now(), {VALLEY: [one(platform)]}))
    assert "a été retirée" in received.reason.fr


def test_what_it_may_not_say_is_set_aside_and_the_rest_taken(
    platform: Platform, grades: Scope, sender: Sender, hospitals: Hospitals
) -> None:
    code, _version = code_of(platform)
    share, version = code_of(platform, Measure.SHARE)
    with platform.database.write() as session:
        session.execute(
            update(Establishment).where(Establishment.id == hospitals.hill).values(closed_on=date(2026, 2, 10))
        )
    values = {
        VALLEY: [
            one(platform),
            one(platform, code="NEW-ONE"),
            one(platform, 1, FEBRUARY, version="99"),
            one(platform, 1, 202604),
            [share, version, MONTH, 3, 2, DAY],
            [share, version, FEBRUARY, 1, 2, "2026-03-09"],
        ],
        HILL: [one(platform, 1, FEBRUARY), one(platform, 1, MONTH)],
        FAR: [one(platform)],
        "999999999": [one(platform), one(platform, 1, FEBRUARY)],
    }
    received = send(platform, grades, sender.bundle(platform.clock.now(), values))
    assert (received.verdict, received.written, received.aside) == (BundleVerdict.TAKEN, 2, 9)
    assert aside(platform, received) == [
        ("closed", HILL, 1),
        ("future", f"{code} 202604", 1),
        ("future", f"{share} {FEBRUARY}", 1),
        ("impossible", f"{share} {MONTH}", 1),
        ("indicator", "NEW-ONE", 1),
        ("not_its_own", FAR, 1),
        ("not_its_own", "999999999", 2),
        ("version", f"{code} 99", 1),
    ]
    assert [(month, where) for month, _top, where, _bundle in stored(platform)] == [
        (FEBRUARY, hospitals.hill),
        (MONTH, hospitals.valley),
    ]


def test_a_merged_establishment_is_said_to_be(
    platform: Platform, grades: Scope, sender: Sender, hospitals: Hospitals
) -> None:
    now = platform.clock.now()
    with platform.database.write() as session:
        session.execute(
            update(Establishment).where(Establishment.id == hospitals.hill).values(closed_on=date(2026, 1, 1))
        )
        session.add(
            EstablishmentProfile(
                establishment_id=hospitals.hill, successor_id=hospitals.valley, changed_at=now, changed_by="tests"
            )
        )
    received = send(platform, grades, sender.bundle(now, {HILL: [one(platform)]}))
    assert aside(platform, received) == [("merged", HILL, 1)]


@pytest.mark.both_databases
def test_pseudonyms_lie_where_their_installation_does(platform: Platform, grades: Scope, hospitals: Hospitals) -> None:
    region = Place(Level.REGION, hospitals.region)
    hidden, _found = enrolled(platform, grades, region, [VALLEY, HILL], pseudonymous=True)
    now = platform.clock.now()

    def told(*names: str) -> bytes:
        holders = [{"pseudonym": name, "category": "Roman libre", "values": [one(platform)]} for name in names]
        return hidden.bundle(now, {}, pseudonymous=True, holders=holders)

    first = send(platform, grades, told("00000000000000aa", "00000000000000bb"))
    assert (first.verdict, first.written) == (BundleVerdict.TAKEN, 2)
    assert {what for what, *_rest in aside(platform, first)} == {"category"}
    with platform.database.read() as session:
        holders = session.scalars(select(IndicatorHolder).order_by(IndicatorHolder.pseudonym)).all()
    assert [(each.establishment_id, each.region_id, each.category) for each in holders] == [
        (None, hospitals.region, "")
    ] * 2
    anew = send(platform, grades, told("00000000000000cc", "00000000000000dd"))
    assert "2 values added, 0 changed, 2 removed" in anew.reason.en  # other pseudonyms do not count twice
    assert len(stored(platform)) == 2
    named = send(platform, grades, hidden.bundle(now, {VALLEY: [one(platform)]}))
    assert "sous pseudonymes" in named.reason.fr


def test_what_a_stranger_brings_is_unknown(platform: Platform, sender: Sender, hospitals: Hospitals) -> None:
    content = sender.bundle(platform.clock.now(), {VALLEY: [one(platform)]})
    other = person(Role.REGIONAL, Level.REGION, hospitals.other_region)
    received = next(receive_files(platform, other, [content]))
    assert "n’est pas celle d’une installation inscrite ici" in received.reason.fr
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        next(receive_files(platform, ciso, [content]))
    assert stored(platform) == []


def test_an_address_that_forges_must_wait_and_a_right_one_never_does(
    platform: Platform, sender: Sender, clock: FixedClock
) -> None:
    now = platform.clock.now()
    for _ in range(FREE_ATTEMPTS + 5):
        content = sender.bundle(now, {VALLEY: [one(platform)]})
        assert receive_push(platform, content, "192.0.2.1").verdict is BundleVerdict.TAKEN
    for _ in range(FREE_ATTEMPTS):
        assert receive_push(platform, b"x", "192.0.2.2").verdict is BundleVerdict.REFUSED
    with pytest.raises(Throttled):
        receive_push(platform, b"x", "192.0.2.2")


@pytest.mark.both_databases
def test_two_imports_at_once_count_once(platform: Platform, grades: Scope, sender: Sender) -> None:
    values = {VALLEY: [one(platform), one(platform, 0, FEBRUARY)], HILL: [one(platform)]}
    content = sender.bundle(platform.clock.now(), values)
    start, verdicts = threading.Barrier(4), []

    def bring() -> None:
        start.wait(30)
        verdicts.append(send(platform, grades, content).verdict)

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(verdicts) == [BundleVerdict.ALREADY] * 3 + [BundleVerdict.TAKEN]
    assert len(stored(platform)) == 3
    with platform.database.read() as session:
        taken = select(func.count()).where(ReceivedBundle.verdict == BundleVerdict.TAKEN)
        assert session.scalar(taken) == 1


@pytest.mark.both_databases
def test_two_different_bundles_at_once_leave_the_later_one(platform: Platform, grades: Scope, sender: Sender) -> None:
    now = platform.clock.now()
    older = sender.bundle(now, {VALLEY: [one(platform, 0)], HILL: [one(platform, 0)]})
    newer = sender.bundle(now, {VALLEY: [one(platform, 1)], HILL: [one(platform, 1)]})
    start = threading.Barrier(2)

    def bring(content: bytes) -> None:
        start.wait(30)
        send(platform, grades, content)

    threads = [threading.Thread(target=bring, args=(content,)) for content in (older, newer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [top for _month, top, *_rest in stored(platform)] == [1, 1]
