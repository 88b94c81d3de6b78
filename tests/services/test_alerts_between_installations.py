"""Alerts between a region and a hospital of its own: proved questions, signed answers, nothing else believed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from care.adapters.signer import FileSigner
from care.domain.access import PLATFORM, Level, Place, Role, Scope
from care.domain.alerts import AlertAnswer, Exposure
from care.domain.federation import InstallationState, KeyState
from care.domain.signed_documents import BadSignatureError, DocumentError, canonical, signed_object
from care.services.alerts.answering import alerts_of
from care.services.alerts.federating import CONTEXT, answer, question, take_alerts
from care.services.alerts.following import FollowFilter, follow, list_alerts
from care.services.alerts.writing import change, close, publish
from care.services.errors import Forbidden, NotFound
from care.services.federation.region_keys import believe, keys_of
from care.services.platform import Platform
from care.store.alerts import Alert, AlertPlace
from care.store.federation import Installation, InstallationEstablishment, InstallationKey, RegionLink
from care.store.outbox import Mail
from tests.support.alerts import DRAFT, Audits, add_person, ssh, write_letters
from tests.support.clock import FixedClock
from tests.support.people import Hospitals

IDENTIFIER = "0b6a3a52-6b5e-4c5e-9a3e-0a4d4a3f7c11"
FINESS = "010000032"


class Sides:
    """A hospital and its region over one database of the registry: the region's alerts, the hospital's link.

    The alerts that the hospital takes in have identifiers of the region's, whose rows are deleted first: in life they
    lie in another database.
    """

    def __init__(self, platform: Platform, machine: Scope, hospitals: Hospitals, folder: Path) -> None:
        self.machine, self.hospitals = machine, hospitals
        self.region = replace(platform, signer=FileSigner(folder / "region.key"))
        self.hospital = replace(platform, signer=FileSigner(folder / "hospital.key"))
        now = platform.clock.now()
        with platform.database.write() as session:
            row = Installation(
                identifier=IDENTIFIER, name="CH de la Vallée", place=f"region:{hospitals.region}",
                state=InstallationState.ENROLLED, enrolled_at=now, enrolled_by="t", changed_at=now, changed_by="t",
            )  # fmt: skip
            session.add(row)
            session.flush()
            key = self.hospital.signer.key_id
            session.add_all([
                InstallationKey(
                    installation_id=row.id, key_id=key, public_key=self.hospital.signer.public_keys[key],
                    state=KeyState.ACTIVE, since=now,
                ),
                InstallationEstablishment(establishment_id=hospitals.valley, installation_id=row.id, since=now),
            ])  # fmt: skip
            self.link = RegionLink(
                identifier=IDENTIFIER, name="GRADeS", region_key=self.region.signer.public_pem.decode(),
                establishments=[FINESS], joined_at=now, joined_by="t", changed_at=now, changed_by="t",
            )  # fmt: skip
            session.add(self.link)

    def publish(self) -> int:
        return publish(self.region, self.machine, Place(Level.REGION, self.hospitals.region), DRAFT)

    def document(self) -> bytes:
        return answer(self.region, question(self.hospital, self.link))

    def forget(self) -> None:
        """What the region keeps is not in the hospital's database, nor that the hospital speaks for itself."""
        with self.region.database.write() as session:
            for row in session.scalars(select(AlertPlace)):
                session.delete(row)
            session.flush()
            for alert in session.scalars(select(Alert).where(Alert.origin == "")):
                session.delete(alert)
            for spoken in session.scalars(select(InstallationEstablishment)):
                session.delete(spoken)

    def take(self, document: bytes) -> int:
        with self.hospital.database.write() as session:
            link = session.get_one(RegionLink, self.link.id)
            return take_alerts(self.hospital, session, self.machine, link, document)


@pytest.fixture
def sides(platform: Platform, machine: Scope, hospitals: Hospitals, tmp_path: Path) -> Sides:
    return Sides(platform, machine, hospitals, tmp_path)


@pytest.mark.both_databases
def test_an_alert_crosses_and_is_stated_by_the_hospital_s_own_facts(
    sides: Sides, platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    audits.run(audits.target(hospitals.valley), ssh("8.4p1"))
    sides.publish()
    document = sides.document()
    sides.forget()
    assert sides.take(document) == 1
    (mine,) = alerts_of(platform, machine, hospitals.valley)
    assert (mine.title, mine.sender, mine.exposure, mine.answer) == (
        DRAFT.title,
        "GRADeS",
        Exposure.EXPOSED,
        AlertAnswer.NONE,
    )
    assert alerts_of(platform, machine, hospitals.hill) == ()
    assert sides.take(document) == 0
    assert list_alerts(platform, machine) == ()
    with pytest.raises(NotFound):
        follow(platform, machine, mine.id, FollowFilter())


def test_the_region_states_nothing_for_an_establishment_that_speaks_for_itself(
    sides: Sides, platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    audits = Audits(platform, machine, clock)
    audits.run(audits.target(hospitals.valley), ssh("8.4p1"))
    alert = sides.publish()
    lines = {one.name: one for one in follow(sides.region, machine, alert, FollowFilter()).page.lines}
    valley = lines["Hôpital de la Vallée"]
    assert (valley.exposure, valley.elsewhere) == (Exposure.UNKNOWN, True)


def test_corrections_and_closing_cross_and_older_words_change_nothing(
    sides: Sides, platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    alert = sides.publish()
    first = sides.document()
    change(sides.region, machine, alert, replace(DRAFT, title="Corrigée"), 1)
    second = sides.document()
    close(sides.region, machine, alert, 2)
    third = sides.document()
    sides.forget()
    assert [sides.take(one) for one in (second, first, third, second)] == [1, 0, 1, 0]
    (mine,) = alerts_of(platform, machine, hospitals.valley)
    assert mine.title == "Corrigée"
    assert mine.closed_at is not None


def test_a_hospital_s_administrator_is_told_although_granted_on_the_platform(
    sides: Sides, platform: Platform, machine: Scope
) -> None:
    add_person(platform, machine, "dsi", Role.ADMINISTRATOR, PLATFORM)
    sides.publish()
    document = sides.document()
    sides.forget()
    sides.take(document)
    relayed = replace(platform, settings=replace(platform.settings, smtp_host="relay.test", smtp_from="care@h.test"))
    write_letters(relayed)
    with platform.database.read() as session:
        assert [mail.recipient for mail in session.scalars(select(Mail))] == ["dsi@example.org"]


FORGED: Mapping[str, Any] = {
    "another installation": lambda told: {**told, "for": "1" * 8 + IDENTIFIER[8:]},
    "newer format": lambda told: {**told, "format": 2},
    "link": lambda told: {**told, "alerts": [{**told["alerts"][0], "link": "javascript:alert(1)"}]},
    "criteria": lambda told: {**told, "alerts": [{**told["alerts"][0], "criteria": [{"product": "x"}]}]},
    "day": lambda told: {**told, "alerts": [{**told["alerts"][0], "answer_by": "bientôt"}]},
    "more": lambda told: {**told, "alerts": [{**told["alerts"][0], "note": "x"}]},
    "version": lambda told: {**told, "alerts": [{**told["alerts"][0], "version": "1"}]},
    "many": lambda told: {**told, "alerts": told["alerts"] * 501},
    "list": lambda told: {**told, "alerts": {}},
}


@pytest.mark.parametrize("what", FORGED)
def test_what_is_not_in_its_form_is_refused_whole(sides: Sides, what: str) -> None:
    sides.publish()
    told = json.loads(sides.document())
    told.pop("signature")
    bad = canonical(signed_object(FORGED[what](told), CONTEXT, sides.region.signer.sign))
    sides.forget()
    with pytest.raises(DocumentError):
        sides.take(bad)


def test_what_another_key_signed_is_refused(sides: Sides) -> None:
    sides.publish()
    told = json.loads(sides.document())
    told.pop("signature")
    for forged in (
        canonical(signed_object(told, CONTEXT, sides.hospital.signer.sign)),
        canonical(signed_object(told, b"care-receipt/1\n", sides.region.signer.sign)),
        b"{}",
        b"\xff",
        sides.document()[:-40],
    ):
        with pytest.raises(DocumentError):
            sides.take(forged)


def test_only_a_proved_and_recent_question_is_answered(sides: Sides, clock: FixedClock, tmp_path: Path) -> None:
    sides.publish()
    asked = dict(question(sides.hospital, sides.link))
    assert answer(sides.region, asked)
    stranger = replace(sides.hospital, signer=FileSigner(tmp_path / "stranger.key"))
    wrong = [
        dict(question(stranger, sides.link)),
        asked | {"key": stranger.signer.key_id},
        asked | {"signature": base64.urlsafe_b64encode(bytes(64)).decode()},
        asked | {"signature": "é"},
        asked | {"installation": "1" * 8 + IDENTIFIER[8:]},
        asked | {"at": "2026-03-02T08:00:01Z"},
        {},
    ]
    for one in wrong:
        with pytest.raises(Forbidden):
            answer(sides.region, one)
    clock.forward(days=2)
    with pytest.raises(Forbidden):
        answer(sides.region, asked)


@pytest.mark.parametrize("change_", ["withdrawn", "revoked"])
def test_who_may_no_longer_send_may_no_longer_ask(sides: Sides, change_: str) -> None:
    sides.publish()
    with sides.region.database.write() as session:
        if change_ == "withdrawn":
            session.scalars(select(Installation)).one().state = InstallationState.WITHDRAWN
        else:
            session.scalars(select(InstallationKey)).one().state = KeyState.REVOKED
    with pytest.raises(Forbidden):
        sides.document()


@pytest.mark.both_databases
def test_a_region_that_replaced_its_key_is_still_read_and_presents_the_new_one(sides: Sides) -> None:
    with sides.hospital.database.write() as session:
        believe(session, session.get_one(RegionLink, sides.link.id), "claire", sides.hospital.clock.now())
    sides.publish()
    sides.region.signer.rotate()
    document = sides.document()
    sides.forget()
    assert sides.take(document) == 1
    with sides.hospital.database.read() as session:
        link = session.get_one(RegionLink, sides.link.id)
        assert link.region_key == sides.region.signer.public_pem.decode()
        assert [one.by for one in keys_of(session, link)] == [sides.machine.actor, "claire"]
    with pytest.raises(BadSignatureError):
        sides.take(document)  # what the former key signed is not believed any more


def test_a_region_that_lost_its_key_is_not_believed(sides: Sides, tmp_path: Path) -> None:
    with sides.hospital.database.write() as session:
        believe(session, session.get_one(RegionLink, sides.link.id), "claire", sides.hospital.clock.now())
    sides.publish()
    sides.region = replace(sides.region, signer=FileSigner(tmp_path / "new.key"))
    with pytest.raises(BadSignatureError):
        sides.take(sides.document())


@pytest.mark.parametrize(
    "told",
    [{"version": 10**12}, {"version": True}, {"establishments": ["３５0000011"]}, {"establishments": [FINESS] * 3000}],
)
def test_numbers_beyond_bounds_and_strange_digits_are_refused_whole(sides: Sides, told: dict[str, Any]) -> None:
    sides.publish()
    payload = json.loads(sides.document())
    del payload["signature"]
    payload["alerts"][0] |= told
    forged = canonical(signed_object(payload, CONTEXT, sides.region.signer.sign))
    with pytest.raises(DocumentError):
        sides.take(forged)
