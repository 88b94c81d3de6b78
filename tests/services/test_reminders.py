"""Reminders: the right person, once, at the right hour; whoever runs the job and whatever the clock does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, select, update

from care.domain.access import PLATFORM, Grant, Level, Place, Role, Scope
from care.domain.actions import ActionSource, ActionState, CareCriticality
from care.domain.evidence import EvidenceKind
from care.domain.findings import State, Verdict
from care.domain.jobs import JobKind, Lane
from care.domain.mail import MailState
from care.domain.notices import Choice, Digest
from care.domain.schedule import Every, Recurrence, Slot
from care.services import accounts, deadlines, evidence, jobs, mandates, notices, outbox, reminders, schedules, targets
from care.services.action_writing import ActionDraft, change_action, create_action
from care.services.bia_view import open_bia
from care.services.bias import About, give_up_bia, propose_bia, save_bia
from care.services.deadlines import DeadlineFilter
from care.services.evidence import EvidenceDraft
from care.services.mandates import MandateDraft
from care.services.platform import Platform, StoredFile
from care.services.targets import TargetDraft
from care.services.work import Hold
from care.store.accounts import Account
from care.store.actions import Action, ActionSite
from care.store.evidence import StoredContent
from care.store.findings import FindingRow
from care.store.jobs import Job
from care.store.notices import NoticeTold
from care.store.outbox import Mail
from scanners.model import Severity
from tests.support.audits import add_directory
from tests.support.clock import FixedClock
from tests.support.continuity import plant_activity
from tests.support.people import MACHINE, Hospitals, person
from tests.web.bia import plant_bia

both = pytest.mark.both_databases
TODAY = date(2026, 3, 2)  # a Monday, 09:00 in Paris
WAKE = Choice(quiet_from=0, quiet_to=0)
LINKED = "https://care.hopital.test"


@dataclass
class World:
    """Hospitals and their people; every helper writes rows as the services that own them do."""

    platform: Platform
    hospitals: Hospitals
    clock: FixedClock
    ids: dict[str, int] = field(default_factory=dict)

    def account(self, login: str, *grants: Grant, choice: Choice = WAKE, email: str | None = None) -> int:
        mail = f"{login}@hopital.test" if email is None else email
        draft = accounts.AccountDraft(login, login.title(), "une phrase de passe solide", grants, mail)
        self.ids[login] = accounts.open_account(self.platform, MACHINE, draft).id
        self.choose(login, choice)
        return self.ids[login]

    def choose(self, login: str, choice: Choice) -> None:
        scope = person(Role.VISITOR, Level.ESTABLISHMENT, self.hospitals.valley, self.ids[login])
        notices.choose(self.platform, scope, choice)

    def action(self, due_on: date, owner: str = "", sites: tuple[int, ...] = (), title: str = "Changer krbtgt") -> int:
        now = self.clock.now()
        action = Action(
            title=title,
            description="",
            source=ActionSource.OTHER,
            severity=Severity.HIGH,
            criticality=CareCriticality.VITAL,
            due_on=due_on,
            due_chosen=True,
            owner=owner,
            owner_account_id=self.ids.get(owner),
            created_at=now,
            created_by="tests",
            changed_at=now,
            changed_by="tests",
        )
        with self.platform.database.write() as session:
            session.add(action)
            session.flush()
            for site in sites or (self.hospitals.valley,):
                session.add(
                    ActionSite(action_id=action.id, establishment_id=site, state=ActionState.TO_DO, changed_at=now)
                )
            return action.id

    def remind(self, days: int = 0) -> None:
        """Do the job of the day, so many days later."""
        self.clock.forward(days=days)
        with self.platform.database.write() as session:
            jobs.submit(self.platform, session, jobs.Order(JobKind.REMIND), "tests")
        while (claim := jobs.claim(self.platform, Lane.SERVICE, "w")) is not None:
            if claim.kind is JobKind.REMIND:
                reminders.remind(self.platform, Hold(self.platform, claim))

    def letters(self, login: str = "") -> list[Mail]:
        with self.platform.database.read() as session:
            rows = session.scalars(select(Mail).order_by(Mail.id)).all()
            return [row for row in rows if not login or row.recipient == f"{login}@hopital.test"]


@pytest.fixture
def world(platform: Platform, hospitals: Hospitals, clock: FixedClock) -> World:
    relay = replace(platform.settings, base_url=LINKED, smtp_host="relais.hopital.test")
    linked = replace(platform, settings=relay)
    made = World(linked, hospitals, clock)
    made.account("rssi", Grant(Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley)))
    made.account("lea", Grant(Role.DIRECTION, Place(Level.ESTABLISHMENT, hospitals.valley)))
    made.account("grades", Grant(Role.REGIONAL, Place(Level.REGION, hospitals.region)))
    made.account("admin", Grant(Role.ADMINISTRATOR, PLATFORM))
    return made


@both
def test_the_owner_is_told_at_each_step_then_every_week_and_never_twice(world: World) -> None:
    world.action(TODAY + timedelta(days=20), "lea")
    told = []
    for day in range(40):
        world.remind(days=1 if day else 0)
        world.remind()
        told += [day] * (len(world.letters()) - len(told))
    assert told == [6, 13, 19, 21, 28, 35]
    assert {mail.recipient for mail in world.letters()} == {"lea@hopital.test"}


@both
def test_several_workers_tell_once(world: World) -> None:
    for number in range(20):
        world.action(TODAY - timedelta(days=1), "lea", title=f"Action {number}")
    with world.platform.database.write() as session:
        for _ in range(3):
            jobs.submit(world.platform, session, jobs.Order(JobKind.REMIND), "tests")
    claims = [jobs.claim(world.platform, Lane.SERVICE, f"w{number}") for number in range(3)]
    ready = threading.Barrier(3)

    def work(number: int) -> None:
        claim = claims[number]
        assert claim is not None
        ready.wait(30)
        reminders.remind(world.platform, Hold(world.platform, claim))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not any(worker.is_alive() for worker in workers)
    (letter,) = world.letters()
    assert letter.body.count("Action ") == 20


def test_a_clock_going_back_sends_nothing_twice(world: World) -> None:
    world.action(TODAY + timedelta(days=3), "lea")
    world.remind()
    world.remind(days=5)
    assert len(world.letters()) == 2
    for days in (-10, 3, 4, 1, 1, 1):
        world.remind(days=days)
    assert [mail.subject for mail in world.letters()][2:] == ["1 échéance à venir", "1 échéance à venir"]
    bodies = "".join(mail.body for mail in world.letters())
    assert all(bodies.count(when) <= 1 for when in ("dans 3 jours", "dans 10 jours", "dans 1 jour"))


def test_a_date_that_moves_is_told_anew(world: World) -> None:
    number = world.action(TODAY + timedelta(days=3), "lea")
    world.remind()
    with world.platform.database.write() as session:
        session.execute(update(Action).where(Action.id == number).values(due_on=TODAY + timedelta(days=5)))
    world.remind()
    assert len(world.letters()) == 2


def test_an_action_that_is_over_is_not_told(world: World) -> None:
    world.action(TODAY, "lea")
    with world.platform.database.write() as session:
        session.execute(update(ActionSite).values(state=ActionState.CLOSED))
    world.remind()
    assert world.letters() == []


def test_one_action_over_many_sites_is_one_reminder(world: World) -> None:
    both_sites = Grant(Role.CISO, Place(Level.GHT, world.hospitals.ght))
    world.account("ght", both_sites)
    world.action(TODAY, "ght", (world.hospitals.valley, world.hospitals.hill))
    world.remind()
    (letter,) = world.letters("ght")
    assert letter.body.count("Changer krbtgt") == 1


def test_without_an_owner_the_nearest_people_in_charge_are_told(world: World) -> None:
    world.action(TODAY)
    world.action(TODAY, sites=(world.hospitals.far,), title="Loin")
    world.remind()
    assert [mail.recipient for mail in world.letters()] == ["rssi@hopital.test", "admin@hopital.test"]
    assert "Loin" in world.letters("admin")[0].body
    assert "krbtgt" not in world.letters("admin")[0].body


def test_an_owner_who_may_no_longer_see_it_is_told_nothing(world: World) -> None:
    world.account("parti", Grant(Role.CISO, Place(Level.ESTABLISHMENT, world.hospitals.far)))
    world.action(TODAY, "parti")
    world.remind()
    assert [mail.recipient for mail in world.letters()] == ["rssi@hopital.test"]


def test_closed_accounts_and_those_without_an_address_get_nothing(world: World) -> None:
    grant = Grant(Role.DIRECTION, Place(Level.ESTABLISHMENT, world.hospitals.valley))
    world.account("sans", grant, email="")
    world.action(TODAY, "sans")
    world.action(TODAY, "lea", title="De Léa")
    with world.platform.database.write() as session:
        session.execute(update(Account).where(Account.id == world.ids["lea"]).values(active=False))
    world.remind()
    assert [(mail.recipient, "De Léa" in mail.body) for mail in world.letters()] == [("rssi@hopital.test", True)]


def test_a_digest_gathers_links_and_places(world: World) -> None:
    number = world.action(TODAY - timedelta(days=3), "lea", title="A\r\nBcc: x@y.test")
    world.action(TODAY + timedelta(days=1), "lea", title="B")
    world.remind()
    (letter,) = world.letters()
    assert letter.subject == "1 échéance dépassée, 1 à venir"
    assert f"{LINKED}/establishments/{world.hospitals.valley}/actions/{number}" in letter.body
    assert (
        "- A Bcc: x@y.test\n  Échéance le 27 février 2026, dépassée de 3 jours – Hôpital de la Vallée\n" in letter.body
    )
    assert letter.body.index("- A Bcc") < letter.body.index("- B\n")


def test_without_a_public_address_there_is_no_link(world: World) -> None:
    world.platform = replace(
        world.platform, settings=replace(world.platform.settings, base_url="http://127.0.0.1:8000")
    )
    world.action(TODAY, "lea")
    world.remind()
    assert "http" not in world.letters()[0].body


def test_a_long_digest_counts_what_it_leaves_out(world: World) -> None:
    for number in range(reminders.MOST_LINES + 7):
        world.action(TODAY, "lea", title=f"Action {number}")
    world.remind()
    (letter,) = world.letters()
    assert letter.body.count("Action ") == reminders.MOST_LINES
    assert "Et 7 autres échéances nouvelles" in letter.body


@pytest.mark.parametrize(
    ("choice", "due"),
    [
        (WAKE, "2026-03-03T07:00"),  # asked at 09:00 in Paris: tomorrow at eight
        (replace(WAKE, at_minute=10 * 60), "2026-03-02T09:00"),
        (replace(WAKE, at_minute=10 * 60, quiet_from=9 * 60, quiet_to=11 * 60), "2026-03-02T10:00"),
        (replace(WAKE, timezone="Pacific/Noumea", at_minute=20 * 60), "2026-03-02T09:00"),
        (replace(WAKE, digest=Digest.WEEKLY, weekday=1), "2026-03-03T07:00"),
        (replace(WAKE, digest=Digest.WEEKLY, weekday=2), None),
        (replace(WAKE, digest=Digest.OFF), "2026-03-02T08:00"),
        (replace(WAKE, digest=Digest.OFF, quiet_from=20 * 60, quiet_to=10 * 60), "2026-03-02T09:00"),
        (replace(WAKE, digest=Digest.OFF, immediate=False), None),
    ],
)
def test_each_as_they_like_it(world: World, choice: Choice, due: str | None) -> None:
    world.choose("lea", choice)
    world.action(TODAY, "lea")
    world.remind()
    letters = world.letters()
    assert [f"{mail.due_at:%Y-%m-%dT%H:%M}" for mail in letters] == ([due] if due else [])


def test_what_waits_for_the_weekly_day_is_not_lost(world: World) -> None:
    world.choose("lea", replace(WAKE, digest=Digest.WEEKLY, weekday=4))
    world.action(TODAY, "lea")
    for _ in range(7):
        world.remind(days=1)
    (letter,) = world.letters()
    assert f"{letter.due_at:%Y-%m-%d}" == "2026-03-06"


def test_one_mail_a_line_without_digest(world: World) -> None:
    world.choose("lea", replace(WAKE, digest=Digest.OFF))
    world.action(TODAY, "lea", title="A")
    world.action(TODAY + timedelta(days=1), "lea", title="B")
    world.remind()
    world.remind()
    assert sorted(mail.subject for mail in world.letters()) == ["A : aujourd’hui", "B : demain"]


def test_mail_waits_in_the_outbox_until_it_is_due(world: World, clock: FixedClock) -> None:
    world.choose("lea", replace(WAKE, digest=Digest.OFF, quiet_from=8 * 60, quiet_to=12 * 60))
    world.action(TODAY, "lea")
    world.remind()
    assert jobs.claim(world.platform, Lane.SERVICE, "w") is None
    clock.forward(hours=3)
    claim = jobs.claim(world.platform, Lane.SERVICE, "w")
    assert claim is not None
    assert claim.kind is JobKind.MAIL


def kinds_due(world: World, scope: Scope) -> set[str]:
    found = deadlines.list_deadlines(world.platform, scope, world.hospitals.valley, DeadlineFilter(per_page=200))
    return {line.kind.value for line in found.page.lines}


def plant_everything(world: World) -> None:
    """One deadline of each kind, all at the valley hospital."""
    now, valley = world.clock.now(), world.hospitals.valley
    world.action(TODAY)
    mandate = mandates.add_mandate(
        world.platform,
        MACHINE,
        valley,
        MandateDraft("Jeanne Roux", "Directrice", "Note 12", ("203.0.113.0/24",), (), TODAY, TODAY + timedelta(days=7)),
    )
    outside = TargetDraft("exposure", "Façade", {"targets": ["203.0.113.10"]}, {}, mandate)
    targets.add_target(world.platform, MACHINE, valley, outside)
    end = datetime(2026, 3, 9, 12, tzinfo=UTC)
    world.account("temporaire", Grant(Role.VISITOR, Place(Level.ESTABLISHMENT, valley), end))
    directory = add_directory(world.platform, MACHINE, valley)
    world.clock.forward(days=-3)
    schedules.set_schedule(world.platform, MACHINE, directory, Recurrence(Every.DAY, 3))
    world.clock.forward(days=3)
    with world.platform.database.write() as session:
        for number, sound in enumerate((True, False)):
            stored = StoredFile(str(number) * 64, 1)
            end = TODAY + timedelta(days=7) if sound else None
            draft = EvidenceDraft(valley, EvidenceKind.MINUTES, f"pv-{number}.pdf", "application/pdf", effective_to=end)
            row = evidence.add(session, stored, draft, now, "tests")
            row.title = f"PV {number}"
            content = session.get_one(StoredContent, stored.sha256)
            content.sound, content.verified_at = sound, now - timedelta(days=1)
        for number in range(3):
            session.add(
                FindingRow(
                    establishment_id=valley,
                    scanner="ad",
                    rule="ad.krbtgt_password_age",
                    subject=f"s{number}",
                    subject_key=f"s{number}",
                    severity=Severity.HIGH,
                    evidence={},
                    state=State.ACCEPTED,
                    first_seen_at=now,
                    decided_as=Verdict.ACCEPTED,
                    decided_until=now + timedelta(days=7),
                )
            )


@both
def test_everything_that_falls_due_is_told_to_who_deals_with_it(world: World) -> None:
    plant_everything(world)
    world.remind()
    (ciso,) = world.letters("rssi")
    for words in (
        "Changer krbtgt",
        "Fin du risque accepté",
        "(3)",
        "Audit programmé non fait : Annuaire",
        "PV 0",
        "PV 1",
        "Note 12",
    ):
        assert words in ciso.body
    (leaving,) = world.letters("temporaire")
    assert "Fin d’un rôle de Temporaire" in leaving.body
    assert f"{LINKED}/account" in leaving.body
    assert "Fin d’un rôle de Temporaire" in world.letters("admin")[0].body
    before = len(world.letters())
    world.remind()
    assert len(world.letters()) == before


@both
def test_a_proposed_analysis_is_told_to_who_decides_then_the_next_review_to_its_owner(world: World) -> None:
    valley, plain = world.hospitals.valley, world.platform
    nurse = world.account("roy", Grant(Role.ACTIVITY_OWNER, Place(Level.ESTABLISHMENT, valley)))
    activity = plant_activity(plain, valley, "Urgences", owner="Anne Roy", owner_account_id=nurse)
    first, draft = plant_bia(plain, activity)
    save_bia(plain, MACHINE, draft, About("Anne Roy"), open_bia(plain, MACHINE, draft).version)
    propose_bia(plain, MACHINE, draft, open_bia(plain, MACHINE, draft).version)
    world.remind(days=1)
    (told,) = world.letters()
    assert (told.recipient, "Bilan d’impact proposé" in told.body) == ("rssi@hopital.test", True)
    assert f"{LINKED}/establishments/{valley}/bia/{draft}" in told.body
    give_up_bia(plain, MACHINE, draft, open_bia(plain, MACHINE, draft).version)
    world.remind(days=340)
    (told,) = world.letters("roy")
    assert "Reprendre le bilan d’impact de « Urgences »" in told.body
    assert len(world.letters("rssi")) == 1
    assert first != draft


def test_each_sees_what_their_role_shows(world: World) -> None:
    plant_everything(world)
    everything = {"action", "decision", "evidence", "broken_evidence", "mandate", "grant", "audit"}
    at = (Level.ESTABLISHMENT, world.hospitals.valley)
    assert kinds_due(world, MACHINE) == everything
    assert kinds_due(world, person(Role.CISO, *at)) == everything - {"grant"}
    assert kinds_due(world, person(Role.VISITOR, *at)) == {"evidence"}


@both
def test_slots_of_one_day_make_one_job(platform: Platform) -> None:
    morning = datetime(2026, 3, 2, 4, 5, tzinfo=UTC)
    for hours in (0, 0, 1, 12):
        schedules.submit_slot(platform, Slot("remind", morning + timedelta(hours=hours)))
    schedules.submit_slot(platform, Slot("remind", morning + timedelta(days=1)))
    with platform.database.read() as session:
        assert list(session.scalars(select(Job.slot_key).order_by(Job.id))) == [
            "remind@2026-03-02",
            "remind@2026-03-03",
        ]


Tell = Callable[..., int | None]


@pytest.fixture
def tell(world: World) -> Tell:
    def telling(login: str, **more: object) -> int | None:
        values = {"title": "T", "by": "Rssi", "due": "12 mars", "where": "", "address": "", **more}
        with world.platform.database.write() as session:
            return notices.tell(world.platform, session, world.ids[login], "assigned", **values)  # type: ignore[arg-type]

    return telling


def test_somebody_is_told_at_once_unless_it_is_quiet(world: World, tell: Tell) -> None:
    tell("lea")
    world.choose("lea", replace(WAKE, quiet_from=8 * 60, quiet_to=12 * 60))
    tell("lea")
    tell("lea", urgent=True)
    assert [f"{mail.due_at:%H:%M}" for mail in world.letters()] == ["08:00", "11:00", "08:00"]


def test_who_wants_no_immediate_mail_gets_only_urgent_ones(world: World, tell: Tell) -> None:
    world.choose("lea", replace(WAKE, immediate=False))
    assert tell("lea") is None
    assert tell("lea", urgent=True) is not None
    assert tell("lea", urgent=True, purpose_key="a") is not None
    assert tell("lea", urgent=True, purpose_key="a") is None


def test_an_action_given_to_somebody_is_told_to_them_once(world: World) -> None:
    valley = world.hospitals.valley
    ciso = replace(person(Role.CISO, Level.ESTABLISHMENT, valley, world.ids["rssi"]), name="Rose Petit")
    draft = ActionDraft("Fermer RDP", "", severity=Severity.LOW, due_on=TODAY, owner_account_id=world.ids["lea"])
    number = create_action(world.platform, ciso, [valley], draft)
    (letter,) = world.letters()
    assert (letter.recipient, letter.establishment_id) == ("lea@hopital.test", valley)
    assert letter.subject == "Une action vous est confiée : Fermer RDP"
    assert "Rose Petit vous confie une action" in letter.body
    assert f"{LINKED}/establishments/{valley}/actions/{number}" in letter.body
    change_action(world.platform, ciso, number, replace(draft, title="Fermer RDP partout"), 1)
    change_action(world.platform, ciso, number, replace(draft, owner_account_id=world.ids["rssi"]), 2)
    assert len(world.letters()) == 1  # still hers, then taken by who writes


def test_without_a_relay_nothing_is_told_and_nothing_is_lost(world: World) -> None:
    world.action(TODAY, "lea")
    with_relay = world.platform
    world.platform = replace(with_relay, settings=replace(with_relay.settings, smtp_host=""))
    world.remind()
    assert world.letters() == []
    world.platform = with_relay
    world.remind()
    assert len(world.letters()) == 1


def test_mail_that_was_delayed_still_waits_for_the_end_of_quiet_hours(world: World, clock: FixedClock) -> None:
    world.choose("lea", replace(WAKE, at_minute=17 * 60, quiet_from=20 * 60, quiet_to=7 * 60))
    world.action(TODAY, "lea")
    world.remind()
    clock.forward(hours=13)  # the machine was off from 09:00 to 22:00
    work(world)
    (letter,) = world.letters()
    assert (letter.state, f"{letter.due_at:%Y-%m-%dT%H:%M}") == (MailState.WAITING, "2026-03-03T06:00")
    clock.forward(hours=9)
    work(world)
    assert world.letters()[0].state is MailState.SENT


def work(world: World) -> None:
    """Do the sender's jobs that are due."""
    while (claim := jobs.claim(world.platform, Lane.SERVICE, "w")) is not None:
        assert claim.kind is JobKind.MAIL
        outbox.send_waiting(world.platform, Hold(world.platform, claim))


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_clock_does_each_reminder_is_in_one_letter(world: World, seed: int) -> None:
    moves = Random(seed)  # noqa: S311 - the same moves each time
    world.choose("rssi", replace(WAKE, digest=Digest.OFF))
    for number in range(6):
        due_on = TODAY + timedelta(days=moves.randint(-30, 40))
        world.action(due_on, moves.choice(("lea", "")), title=f"Tâche {number}.")
    for _ in range(30):
        world.remind(days=moves.randint(-15, 20))
    with world.platform.database.read() as session:
        told = session.scalar(select(func.count()).select_from(NoticeTold))
    lines = sum(mail.body.count("Tâche") for mail in world.letters())
    assert told == lines
    assert lines > 20


def test_a_worker_killed_between_two_people_loses_and_repeats_nothing(world: World) -> None:
    world.action(TODAY, "lea")
    world.action(TODAY)
    with world.platform.database.write() as session:
        jobs.submit(world.platform, session, jobs.Order(JobKind.REMIND), "tests")
    claim = jobs.claim(world.platform, Lane.SERVICE, "w")
    assert claim is not None
    first = iter((False,))
    dying = Hold(world.platform, claim)
    dying.cancelled = lambda: next(first)  # type: ignore[method-assign]  # dies before the second person
    with pytest.raises(StopIteration):
        reminders.remind(world.platform, dying)
    assert len(world.letters()) == 1
    world.clock.forward(minutes=5)
    assert jobs.reap(world.platform) == 1
    again = jobs.claim(world.platform, Lane.SERVICE, "w2")
    assert again is not None
    assert again.kind is JobKind.REMIND
    reminders.remind(world.platform, Hold(world.platform, again))
    assert sorted(mail.recipient for mail in world.letters()) == ["lea@hopital.test", "rssi@hopital.test"]


def test_a_letter_is_written_in_the_language_of_its_reader(world: World) -> None:
    with world.platform.database.write() as session:
        session.execute(update(Account).where(Account.id == world.ids["lea"]).values(lang="en"))
    world.action(TODAY - timedelta(days=1), "lea")
    world.remind()
    (letter,) = world.letters()
    assert letter.subject == "1 overdue deadline"
    assert "Due on March 1, 2026, 1 day overdue – Hôpital de la Vallée" in letter.body
