"""Silences of federation: each is told once, to who may end it, on both sides; and nothing is told of what is well."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from care.domain.access import PLATFORM, Grant, Level, Place, Role
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.federation import Way
from care.domain.jobs import JobKind, Lane
from care.domain.notices import Choice
from care.services import accounts, jobs, notices, reminders, seal
from care.services.deadline_source import Wanted
from care.services.federation import joining, sending
from care.services.federation.deadlines import SOURCES
from care.services.federation.installations import withdraw_installation
from care.services.federation.receiving import receive
from care.services.platform import Platform
from care.services.work import Hold
from care.store.federation import Installation
from care.store.outbox import Mail
from tests.support.clock import FixedClock
from tests.support.federation import Sender, enrolled
from tests.support.people import MACHINE, Hospitals, person, valid_finess
from tests.support.regions import PaperRegion
from tests.web.region_links import joined, paper_region

VALLEY = valid_finess("01000003")
both = pytest.mark.both_databases


@dataclass
class Silence:
    """A region and a hospital that is enrolled there; people who may hear of it."""

    platform: Platform
    clock: FixedClock
    hospitals: Hospitals

    def account(self, login: str, role: Role, place: Place) -> int:
        draft = accounts.AccountDraft(
            login, login, "une phrase de passe solide", (Grant(role, place),), f"{login}@care.test"
        )
        number = accounts.open_account(self.platform, MACHINE, draft).id
        scope = person(Role.VISITOR, Level.ESTABLISHMENT, self.hospitals.valley, number)
        notices.choose(self.platform, scope, Choice(quiet_from=0, quiet_to=0))
        return number

    def days(self, count: int) -> list[str]:
        """Remind every day so many days; who was written to, in order."""
        before = len(self.mails())
        for _day in range(count):
            self.clock.forward(days=1)
            with self.platform.database.write() as session:
                jobs.submit(self.platform, session, jobs.Order(JobKind.REMIND), "tests")
            while (claim := jobs.claim(self.platform, Lane.SERVICE, "w")) is not None:
                if claim.kind is JobKind.REMIND:
                    reminders.remind(self.platform, Hold(self.platform, claim))
        return [one.recipient for one in self.mails()[before:]]

    def mails(self) -> list[Mail]:
        with self.platform.database.read() as session:
            return list(session.scalars(select(Mail).order_by(Mail.id)))

    def due(self, establishment_id: int | None = None) -> list[Deadline]:
        now, zone = self.clock.now(), ZoneInfo("Europe/Paris")
        wanted = Wanted(now, now.astimezone(zone).date(), zone, establishment_id, self.platform)
        with self.platform.database.read() as session:
            return [one for source in SOURCES for one in source.gather(session, wanted)]


@pytest.fixture
def silence(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> Silence:
    relay = replace(platform.settings, base_url="https://care.test", smtp_host="relais.test")
    made = Silence(replace(platform, settings=relay), clock, hospitals)
    made.account("grades", Role.REGIONAL, Place(Level.REGION, hospitals.region))
    made.account("ailleurs", Role.REGIONAL, Place(Level.REGION, hospitals.other_region))
    made.account("rssi", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    made.account("admin", Role.ADMINISTRATOR, PLATFORM)
    return made


@pytest.fixture
def sender(silence: Silence) -> Sender:
    return enrolled(silence.platform, MACHINE, Place(Level.REGION, silence.hospitals.region), [VALLEY])[0]


@pytest.fixture
def region(silence: Silence) -> PaperRegion:
    return paper_region(silence.platform, silence.hospitals.valley)


@pytest.fixture
def link(silence: Silence, region: PaperRegion) -> int:
    silence.platform = replace(silence.platform, courier=region)
    number = joined(silence.platform, region)
    joining.enable(silence.platform, MACHINE, number, region.fingerprint)
    assert sending.deliver_now(silence.platform, MACHINE, number)
    return number


def bring(silence: Silence, sender: Sender) -> None:
    content = sender.bundle(silence.clock.now(), {VALLEY: []})
    receive(silence.platform, MACHINE, content, Way.FILE)


@both
def test_a_late_installation_is_told_once_to_its_region_and_again_when_it_is_late_again(
    silence: Silence, sender: Sender
) -> None:
    bring(silence, sender)
    assert silence.days(35) == []
    assert silence.days(20) == ["grades@care.test"]
    assert "CH d’essai" in silence.mails()[-1].body
    bring(silence, sender)
    assert silence.due() == []
    assert silence.days(35) == []
    assert silence.days(20) == ["grades@care.test"]


def test_one_that_never_sent_is_late_too_one_that_was_withdrawn_is_not(silence: Silence, sender: Sender) -> None:
    silence.clock.forward(days=36)
    (one,) = silence.due(silence.hospitals.valley)
    assert (one.kind, one.place) == (DeadlineKind.INSTALLATION, Place(Level.REGION, silence.hospitals.region))
    assert silence.due(silence.hospitals.hill) == []
    with silence.platform.database.write() as session:
        number = session.scalars(select(Installation.id)).one()
    withdraw_installation(silence.platform, MACHINE, number, "fermée")
    assert silence.due() == []


def test_the_expected_delay_is_the_one_of_the_installation(silence: Silence, sender: Sender) -> None:
    with silence.platform.database.write() as session:
        session.execute(update(Installation).values(expected_days=100))
    silence.clock.forward(days=99)
    assert silence.due() == []


@both
def test_a_region_that_refuses_is_told_once_to_who_administers(
    silence: Silence, region: PaperRegion, link: int
) -> None:
    assert silence.due() == []
    region.known = b"another"
    sending.deliver_now(silence.platform, MACHINE, link)
    assert silence.days(1) == ["admin@care.test"]
    sending.deliver_now(silence.platform, MACHINE, link)  # refused again the next day: the same silence
    assert silence.days(5) == []
    assert "Rien ne parvient" in silence.mails()[-1].body
    region.known = silence.platform.signer.public_keys[silence.platform.signer.key_id]
    assert sending.deliver_now(silence.platform, MACHINE, link)
    assert silence.due() == []
    region.known = b"another"
    sending.deliver_now(silence.platform, MACHINE, link)
    assert silence.days(3) == ["admin@care.test"]


def test_a_region_that_is_down_is_told_the_next_day_and_not_before(
    silence: Silence, region: PaperRegion, link: int
) -> None:
    region.down = "éteinte"
    sending.deliver_now(silence.platform, MACHINE, link)
    assert silence.due() == []
    for _attempt in range(2):
        silence.clock.forward(minutes=30)
        with silence.platform.database.write() as session:
            jobs.submit(silence.platform, session, jobs.Order(JobKind.PUSH), "tests")
        claim = jobs.claim(silence.platform, Lane.SERVICE, "w")
        assert claim is not None
        sending.push(silence.platform, Hold(silence.platform, claim))
    (one,) = silence.due()
    assert (one.kind, one.place, one.due_on) == (DeadlineKind.REGION_LINK, PLATFORM, date(2026, 3, 2))
    assert silence.due(silence.hospitals.valley) == [one]
    assert silence.due(silence.hospitals.hill) == []
    assert silence.days(3) == ["admin@care.test"]


def test_a_key_that_nothing_presents_is_told_though_no_bundle_could_be_made(silence: Silence, link: int) -> None:
    silence.platform.settings.seal_key_file.unlink()
    signer = type(silence.platform.signer)(silence.platform.settings.seal_key_file)  # type: ignore[call-arg]
    silence.platform = replace(silence.platform, signer=signer)
    seal.rotate(silence.platform, MACHINE)
    assert silence.days(8) == []
    assert silence.days(10) == ["admin@care.test"]


def test_alerts_that_are_not_read_for_a_day_are_told(silence: Silence, region: PaperRegion, link: int) -> None:
    region.status = 503
    silence.clock.forward(hours=2)
    with silence.platform.database.write() as session:
        jobs.submit(silence.platform, session, jobs.Order(JobKind.PUSH), "tests")
    claim = jobs.claim(silence.platform, Lane.SERVICE, "w")
    assert claim is not None
    sending.push(silence.platform, Hold(silence.platform, claim))
    assert silence.due() == []
    silence.clock.forward(days=1, hours=1)
    assert [one.title.en for one in silence.due()] == ["Alerts of “GRADeS d’essai” not read"]


def test_nothing_is_told_of_a_link_that_somebody_paused_or_left(
    silence: Silence, region: PaperRegion, link: int
) -> None:
    region.known = b"another"
    sending.deliver_now(silence.platform, MACHINE, link)
    silence.clock.forward(days=30)
    assert len(silence.due()) == 1
    joining.pause(silence.platform, MACHINE, link)
    assert silence.due() == []
    joining.leave(silence.platform, MACHINE, link)
    assert silence.due() == []
