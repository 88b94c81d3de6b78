"""An alert from the region to its end: sent, told, answered, recalled, closed; and what is refused on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from care.domain.access import PLATFORM, Level, Place, Role, Scope
from care.domain.alerts import AlertAnswer, Exposure
from care.domain.deadlines import DeadlineKind
from care.services.alerts.answering import alerts_of, answer, open_alert
from care.services.alerts.following import FollowFilter, FollowUp, follow, follow_up_csv, list_alerts
from care.services.alerts.writing import AlertDraft, TypedCriterion, change, close, publish, remind
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.services.registry import EstablishmentDraft, create_establishment
from care.store.alerts import Alert, AlertPlace
from care.store.outbox import Mail
from tests.support.alerts import DRAFT, Audits, add_person, ssh, write_letters
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person, valid_finess

both = pytest.mark.both_databases


@pytest.fixture
def audits(platform: Platform, machine: Scope, clock: FixedClock) -> Audits:
    return Audits(platform, machine, clock)


@pytest.fixture
def region(hospitals: Hospitals) -> Place:
    return Place(Level.REGION, hospitals.region)


@pytest.fixture
def relayed(platform: Platform) -> Platform:
    return replace(platform, settings=replace(platform.settings, smtp_host="relay.test", smtp_from="care@h.test"))


def follow_all(platform: Platform, scope: Scope, alert: int) -> FollowUp:
    return follow(platform, scope, alert, FollowFilter())


def exposures(platform: Platform, scope: Scope, alert: int) -> Mapping[str, Exposure]:
    return {one.name: one.exposure for one in follow_all(platform, scope, alert).page.lines}


@both
def test_an_alert_is_sent_with_what_facts_say_and_followed(
    platform: Platform, grades: Scope, region: Place, hospitals: Hospitals, audits: Audits
) -> None:
    audits.run(audits.target(hospitals.valley), ssh("8.4p1"))
    alert = publish(platform, grades, region, DRAFT)
    assert exposures(platform, grades, alert) == {
        "Hôpital de la Vallée": Exposure.EXPOSED,
        "Hôpital de la Colline": Exposure.UNKNOWN,
    }
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    (mine,) = alerts_of(platform, ciso, hospitals.valley)
    assert (mine.exposure, mine.answer, mine.waiting) == (Exposure.EXPOSED, AlertAnswer.NONE, True)
    answer(platform, ciso, hospitals.valley, alert, AlertAnswer.WORKING, "Mise à jour ce soir.", mine.version)
    (line,) = list_alerts(platform, grades)
    assert (line.asked, line.answered, line.settled) == (2, 1, 0)
    assert line.having(Exposure.EXPOSED, AlertAnswer.WORKING) == 1
    first = follow_all(platform, grades, alert).page.lines[0]
    assert (first.note, first.answered_by) == ("Mise à jour ce soir.", ciso.actor)
    assert b"Mise \xc3\xa0 jour ce soir." in follow_up_csv(platform, grades, alert)


def test_a_new_audit_states_open_alerts_again_and_leaves_closed_ones(
    platform: Platform, grades: Scope, region: Place, hospitals: Hospitals, audits: Audits
) -> None:
    target = audits.target(hospitals.valley)
    audits.run(target, ssh("8.4p1"))
    alert = publish(platform, grades, region, DRAFT)
    closed = publish(platform, grades, region, replace(DRAFT, title="Close"))
    close(platform, grades, closed, 1)
    audits.run(target, ssh("9.9p1"))
    assert exposures(platform, grades, alert)["Hôpital de la Vallée"] is Exposure.NOT_SEEN
    assert exposures(platform, grades, closed)["Hôpital de la Vallée"] is Exposure.EXPOSED


def test_an_establishment_sees_where_the_product_is_and_what_was_looked_at(
    platform: Platform, grades: Scope, region: Place, hospitals: Hospitals, audits: Audits
) -> None:
    run = audits.run(audits.target(hospitals.valley, "Internet"), ssh("8.4p1"))
    alert = publish(platform, grades, region, DRAFT)
    view = open_alert(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley), hospitals.valley, alert)
    (seen,) = view.seen
    assert (seen.subject, seen.version, seen.target, seen.run_id) == ("192.0.2.1:22/tcp", "8.4p1", "Internet", run)
    assert [(one.target, one.scanner) for one in view.surveys] == [("Internet", "exposure")]
    assert view.may_answer
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    assert not open_alert(platform, director, hospitals.valley, alert).may_answer


@both
def test_the_people_of_each_establishment_are_told_once(
    relayed: Platform, machine: Scope, grades: Scope, region: Place, hospitals: Hospitals, clock: FixedClock
) -> None:
    valley, hill = (Place(Level.ESTABLISHMENT, one) for one in (hospitals.valley, hospitals.hill))
    add_person(relayed, machine, "rssi", Role.CISO, valley)
    add_person(relayed, machine, "admin", Role.ADMINISTRATOR, Place(Level.GHT, hospitals.ght))
    add_person(relayed, machine, "directrice", Role.DIRECTION, hill)
    add_person(relayed, machine, "loin", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.far))
    add_person(relayed, machine, "plateforme", Role.ADMINISTRATOR, PLATFORM)
    alert = publish(relayed, grades, region, DRAFT)
    assert write_letters(relayed) == 1
    with relayed.database.read() as session:
        letters = {mail.recipient: mail for mail in session.scalars(select(Mail))}
    assert set(letters) == {"rssi@example.org", "admin@example.org"}
    assert letters["rssi@example.org"].subject == "Alerte critique : Exécution de code dans OpenSSH"
    assert "Hôpital de la Colline" in letters["admin@example.org"].body
    assert "Hôpital de la Colline" not in letters["rssi@example.org"].body
    assert {one.name: one.told for one in follow_all(relayed, grades, alert).page.lines} == {
        "Hôpital de la Vallée": 2,
        "Hôpital de la Colline": 1,
    }
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    answer(relayed, ciso, hospitals.valley, alert, AlertAnswer.TREATED, "", 1)
    for _press in range(2):
        remind(relayed, grades, alert)
        write_letters(relayed)
    with relayed.database.read() as session:
        reminders = [mail for mail in session.scalars(select(Mail)) if "Rappel" in mail.subject]
    assert [mail.recipient for mail in reminders] == ["admin@example.org"]
    assert "Hôpital de la Vallée" not in reminders[0].body


def test_an_establishment_nobody_could_be_told_of_is_counted(
    relayed: Platform, grades: Scope, region: Place, hospitals: Hospitals
) -> None:
    alert = publish(relayed, grades, region, DRAFT)
    assert follow_all(relayed, grades, alert).untold == 0  # nobody knows yet
    write_letters(relayed)
    assert follow_all(relayed, grades, alert).untold == 2


def test_letters_made_twice_are_sent_once(
    relayed: Platform, machine: Scope, grades: Scope, region: Place, hospitals: Hospitals
) -> None:
    add_person(relayed, machine, "rssi", Role.CISO, Place(Level.ESTABLISHMENT, hospitals.valley))
    alert = publish(relayed, grades, region, DRAFT)
    write_letters(relayed)
    change(relayed, grades, alert, replace(DRAFT, message="Correctif paru."), 1)
    assert write_letters(relayed) == 1
    with relayed.database.read() as session:
        assert len(session.scalars(select(Mail)).all()) == 1


@both
def test_a_correction_states_everything_again_and_reaches_who_came_since(
    platform: Platform, machine: Scope, grades: Scope, region: Place, hospitals: Hospitals, audits: Audits
) -> None:
    audits.run(audits.target(hospitals.valley), ssh("8.4p1"))
    alert = publish(platform, grades, region, DRAFT)
    new = EstablishmentDraft(valid_finess("01000009"), "Hôpital neuf", hospitals.hill_entity)
    create_establishment(platform, machine, new)
    fixed = replace(DRAFT, criteria=(TypedCriterion("openbsd:openssh", "9.0", "9.8p1"),))
    change(platform, grades, alert, fixed, 1)
    assert exposures(platform, grades, alert) == {
        "Hôpital de la Vallée": Exposure.NOT_SEEN,
        "Hôpital de la Colline": Exposure.UNKNOWN,
        "Hôpital neuf": Exposure.UNKNOWN,
    }
    with pytest.raises(Refused, match="the products"):
        change(platform, grades, alert, DRAFT, 1)


def test_two_people_answer_and_the_second_is_told(
    platform: Platform, grades: Scope, region: Place, hospitals: Hospitals
) -> None:
    alert = publish(platform, grades, region, DRAFT)
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    answer(platform, ciso, hospitals.valley, alert, AlertAnswer.READ, "", 1)
    with pytest.raises(Refused, match=ciso.actor):
        answer(platform, ciso, hospitals.valley, alert, AlertAnswer.TREATED, "", 1)
    answer(platform, ciso, hospitals.valley, alert, AlertAnswer.TREATED, "", 2)
    close(platform, grades, alert, 1)
    with pytest.raises(Refused, match="closed"):
        answer(platform, ciso, hospitals.valley, alert, AlertAnswer.READ, "", 3)
    with pytest.raises(Refused, match="closed"):
        remind(platform, grades, alert)


def test_strangers_find_nothing(platform: Platform, grades: Scope, region: Place, hospitals: Hospitals) -> None:
    alert = publish(platform, grades, region, DRAFT)
    stranger = person(Role.REGIONAL, Level.REGION, hospitals.other_region)
    assert list_alerts(platform, stranger) == ()
    for doing in (
        lambda: follow_all(platform, stranger, alert),
        lambda: follow_up_csv(platform, stranger, alert),
        lambda: change(platform, stranger, alert, DRAFT, 1),
        lambda: close(platform, stranger, alert, 1),
        lambda: remind(platform, stranger, alert),
        lambda: publish(platform, stranger, region, DRAFT),
        lambda: open_alert(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.valley, alert),
        lambda: open_alert(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.far, alert),
    ):
        with pytest.raises(NotFound):
            doing()
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        answer(platform, director, hospitals.valley, alert, AlertAnswer.READ, "", 1)
    with pytest.raises(Forbidden):
        list_alerts(platform, director)


WRONG: Mapping[str, tuple[AlertDraft, str]] = {
    "title": (replace(DRAFT, title=" "), "title"),
    "link": (replace(DRAFT, link="javascript:alert(1)"), "link"),
    "link2": (replace(DRAFT, link="https://"), "link"),
    "past": (replace(DRAFT, answer_by=date(2026, 3, 1)), "answer_by"),
    "none": (replace(DRAFT, criteria=(TypedCriterion(" "),)), "criteria"),
    "bound": (replace(DRAFT, criteria=(TypedCriterion("openssh", "", "latest"),)), "criteria"),
    "order": (replace(DRAFT, criteria=(TypedCriterion("openssh", "9.8", "9.2"),)), "criteria"),
    "product": (replace(DRAFT, criteria=(TypedCriterion("php:"),)), "criteria"),
    "many": (replace(DRAFT, criteria=tuple(TypedCriterion(f"p{n:03}") for n in range(41))), "criteria"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_typed_wrong_is_said_beside_its_field(
    platform: Platform, grades: Scope, region: Place, name: str
) -> None:
    draft, field = WRONG[name]
    with pytest.raises(Invalid) as wrong:
        publish(platform, grades, region, draft)
    assert list(wrong.value.fields) == [field]
    with platform.database.read() as session:
        assert session.scalars(select(Alert)).all() == []
        assert session.scalars(select(AlertPlace)).all() == []


def test_the_day_to_answer_is_a_deadline_until_somebody_says_what_is_done(
    platform: Platform, grades: Scope, region: Place, hospitals: Hospitals, clock: FixedClock
) -> None:
    alert = publish(platform, grades, region, DRAFT)
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)

    def due() -> list[str]:
        asked = DeadlineFilter(kind=DeadlineKind.ALERT)
        return [one.title for one in list_deadlines(platform, ciso, hospitals.valley, asked).page.lines]

    answer(platform, ciso, hospitals.valley, alert, AlertAnswer.READ, "", 1)
    assert due() == ["Répondre à l’alerte « Exécution de code dans OpenSSH »"]
    answer(platform, ciso, hospitals.valley, alert, AlertAnswer.WORKING, "", 2)
    assert due() == []
