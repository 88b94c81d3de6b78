"""Enrolling installations: codes used once, keys that belong to one installation, establishments to one sender."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from care.domain.access import PLATFORM, Level, Place, Role, Scope
from care.domain.enrolments import read_answer, shown_code
from care.domain.federation import InstallationState, KeyState
from care.services.errors import Forbidden, Invalid, NotFound, Refused, Throttled
from care.services.federation.enrolling import (
    FREE_ATTEMPTS,
    VALID_FOR,
    InvitationDraft,
    answer_of,
    enrol,
    enrol_file,
    invite,
    invite_again,
    withdraw_invitation,
)
from care.services.platform import Platform
from care.store.federation import Enrolment, Installation, InstallationEstablishment, InstallationKey
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.federation import Sender, enrolled
from tests.support.people import Hospitals, person, valid_finess

VALLEY, HILL, FAR = valid_finess("01000003"), valid_finess("01000004"), valid_finess("35000002")
ADDRESS = "192.0.2.7"


@pytest.fixture
def region(hospitals: Hospitals) -> Place:
    return Place(Level.REGION, hospitals.region)


def draft(place: Place, *finess: str) -> InvitationDraft:
    return InvitationDraft("CH de la Vallée", place, finess or (VALLEY,))


@pytest.mark.both_databases
def test_a_code_enrols_once_and_the_answer_is_signed(platform: Platform, grades: Scope, region: Place) -> None:
    invitation = invite(platform, grades, draft(region, VALLEY, HILL))
    sender = Sender(platform.signer.key_id)
    answer = read_answer(enrol(platform, sender.request(invitation.code), ADDRESS))
    assert (answer.identifier, answer.establishments) == (sender.identifier, (VALLEY, HILL))
    assert (answer.key_pem, answer.pseudonymous) == (platform.signer.public_pem.decode(), False)
    assert answer.name
    assert answer.place_name == "Auvergne-Rhône-Alpes"
    with platform.database.read() as session:
        row = session.scalars(select(Installation)).one()
        key = session.scalars(select(InstallationKey)).one()
        kept = session.scalars(select(Enrolment)).one()
        actions = session.scalars(select(TrailEvent.action).order_by(TrailEvent.number)).all()
    assert (row.name, row.state, row.identifier) == ("CH de la Vallée", InstallationState.ENROLLED, sender.identifier)
    assert (key.key_id, key.state, key.public_key) == (sender.key_id, KeyState.ACTIVE, sender.raw)
    assert kept.used_at is not None
    assert invitation.code.replace("-", "") not in kept.code_hash
    assert actions[-2:] == ["enrolment.opened", "installation.enrolled"]
    with pytest.raises(Refused, match="already used"):
        enrol(platform, Sender(platform.signer.key_id).request(invitation.code), ADDRESS)


def test_whose_answer_was_lost_asks_again(platform: Platform, grades: Scope, region: Place) -> None:
    invitation, sender = invite(platform, grades, draft(region)), Sender(platform.signer.key_id)
    first = enrol(platform, sender.request(invitation.code), ADDRESS)
    assert enrol(platform, sender.request(invitation.code), ADDRESS) == first
    with platform.database.read() as session:
        assert len(session.scalars(select(Installation)).all()) == 1


def test_a_code_is_refused_when_late_withdrawn_or_unknown(
    platform: Platform, grades: Scope, region: Place, clock: FixedClock
) -> None:
    sender = Sender(platform.signer.key_id)
    with pytest.raises(Refused, match="unknown"):
        enrol(platform, sender.request(shown_code("0" * 24)), ADDRESS)
    withdrawn = invite(platform, grades, draft(region))
    withdraw_invitation(platform, grades, withdrawn.id)
    with pytest.raises(Refused, match="withdrawn"):
        enrol(platform, sender.request(withdrawn.code), ADDRESS)
    late = invite(platform, grades, draft(region))
    clock.forward(seconds=VALID_FOR.total_seconds())
    with pytest.raises(Refused, match="expired"):
        enrol(platform, sender.request(late.code), ADDRESS)


def test_a_forged_request_is_refused(platform: Platform, grades: Scope, region: Place) -> None:
    invitation, sender = invite(platform, grades, draft(region)), Sender(platform.signer.key_id)
    forged = sender.request(invitation.code).replace(
        sender.identifier.encode(), b"0" * 8 + sender.identifier[8:].encode()
    )
    with pytest.raises(Invalid) as caught:
        enrol(platform, forged, ADDRESS)
    assert "signature" in caught.value.fields["file"].fr


def test_who_tries_codes_must_wait(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> None:
    request = Sender(platform.signer.key_id).request(shown_code("1" * 24))
    for _ in range(FREE_ATTEMPTS):
        with pytest.raises(Refused, match="unknown"):
            enrol(platform, request, ADDRESS)
    with pytest.raises(Throttled):
        enrol(platform, request, ADDRESS)
    with pytest.raises(Refused, match="unknown"):
        enrol(platform, request, "192.0.2.8")


def test_establishments_are_named_by_any_finess_number_and_lie_in_the_territory(
    platform: Platform, grades: Scope, region: Place, hospitals: Hospitals
) -> None:
    entity = valid_finess("01000001")
    _sender, found = enrolled(platform, grades, region, [entity])
    with platform.database.read() as session:
        spoken = session.scalars(select(InstallationEstablishment.establishment_id)).all()
    assert spoken == [hospitals.valley]
    for typed, said in (
        ((valid_finess("01000009"),), "registry"),
        ((FAR,), "outside"),
        ((VALLEY,), "already speaks"),
        ((), "1 to"),
        (("",), "1 to"),
    ):
        with pytest.raises(Invalid) as caught:
            invite(platform, grades, InvitationDraft("Un autre", region, typed))
        assert said in caught.value.fields["finess"].en
    with pytest.raises(Invalid) as caught:
        invite(platform, grades, InvitationDraft(" ", region, (HILL,)))
    assert "name" in caught.value.fields
    assert found.fingerprint


def test_only_who_manages_a_territory_enrols_there(
    platform: Platform, grades: Scope, region: Place, hospitals: Hospitals
) -> None:
    elsewhere = Place(Level.REGION, hospitals.other_region)
    for place in (elsewhere, PLATFORM):
        with pytest.raises(NotFound):
            invite(platform, grades, draft(place))
    with pytest.raises(NotFound):
        invite(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley), draft(region))
    with pytest.raises(Forbidden):
        invite(platform, person(Role.CISO, Level.REGION, region.id), draft(region))
    with pytest.raises(NotFound):
        invite(platform, grades, draft(Place(Level.ESTABLISHMENT, hospitals.valley)))
    invitation = invite(platform, grades, draft(region))
    stranger = person(Role.REGIONAL, Level.REGION, hospitals.other_region)
    with pytest.raises(NotFound):
        withdraw_invitation(platform, stranger, invitation.id)
    with pytest.raises(Refused, match="unknown"):
        enrol_file(platform, stranger, Sender(platform.signer.key_id).request(invitation.code))
    group = person(Role.REGIONAL, Level.GHT, hospitals.ght)
    assert invite(platform, group, draft(Place(Level.GHT, hospitals.ght), HILL)).code


@pytest.mark.both_databases
def test_enrolling_again_replaces_the_key_and_keeps_the_history(
    platform: Platform, grades: Scope, region: Place
) -> None:
    sender, first = enrolled(platform, grades, region, [VALLEY])
    again = invite_again(platform, grades, first.installation_id)
    anew = Sender(platform.signer.key_id)
    second = enrol_file(platform, grades, anew.request(again.code))
    assert second.installation_id == first.installation_id
    with platform.database.read() as session:
        row = session.get_one(Installation, first.installation_id)
        states = {one.key_id: one.state for one in session.scalars(select(InstallationKey))}
    assert row.identifier == anew.identifier
    assert states == {sender.key_id: KeyState.REVOKED, anew.key_id: KeyState.ACTIVE}
    lost = invite_again(platform, grades, first.installation_id)
    with pytest.raises(Refused, match="no longer holds"):  # the revoked key never comes back
        enrol_file(platform, grades, sender.request(lost.code))


def test_nobody_takes_the_place_of_another(platform: Platform, grades: Scope, region: Place) -> None:
    """A code given to one hospital does not let it pass for another."""
    victim, first = enrolled(platform, grades, region, [VALLEY])
    code = invite(platform, grades, draft(region, HILL)).code
    thief = Sender(platform.signer.key_id, identifier=victim.identifier)
    with pytest.raises(Refused, match="already enrolled"):
        enrol_file(platform, grades, thief.request(code))
    same_key = Sender(platform.signer.key_id, key=victim.key)
    with pytest.raises(Refused, match="another installation"):
        enrol_file(platform, grades, same_key.request(code))
    assert read_answer(answer_of(platform, grades, first.installation_id)).establishments == (VALLEY,)


def test_a_used_code_cannot_be_withdrawn(platform: Platform, grades: Scope, region: Place, clock: FixedClock) -> None:
    _sender, _found = enrolled(platform, grades, region, [VALLEY])
    with platform.database.read() as session:
        number = session.scalars(select(Enrolment.id)).one()
    clock.forward(minutes=1)
    with pytest.raises(Refused, match="withdraw the installation"):
        withdraw_invitation(platform, grades, number)


@pytest.mark.both_databases
def test_two_that_claim_one_establishment_at_once_do_not_both_get_it(
    platform: Platform, grades: Scope, hospitals: Hospitals
) -> None:
    region = Place(Level.REGION, hospitals.region)
    senders = [Sender(platform.signer.key_id, name=f"CH {number}") for number in range(4)]
    codes = [invite(platform, grades, InvitationDraft(one.name, region, (VALLEY,))).code for one in senders]
    start, ends = threading.Barrier(len(senders)), list[str]()

    def claim(sender: Sender, code: str) -> None:
        start.wait(30)
        try:
            ends.append(enrol_file(platform, grades, sender.request(code)).name)
        except Refused as refusal:
            ends.append(refusal.text.en[:7])

    threads = [threading.Thread(target=claim, args=pair) for pair in zip(senders, codes, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(ends)[:3] == ["Another"] * 3
    with platform.database.read() as session:
        (spoken,) = session.scalars(select(InstallationEstablishment))
        assert f"{session.get_one(Installation, spoken.installation_id).name}" == sorted(ends)[3]
