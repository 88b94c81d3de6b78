"""The preparation of an exercise: go or no go, who is invited, the trial of the channels."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.exercise_steps import ITEMS
from care.domain.exercises import GuestAnswer, GuestRole
from care.domain.mail import MailState
from care.services.crisis_contacts import open_directory
from care.services.errors import Forbidden, Gone, Invalid, NotFound, Refused
from care.services.exercises.channel_checks import list_checks, mark_check, send_trials
from care.services.exercises.chronogram import read_stimulus
from care.services.exercises.conducting import BANNER, obey
from care.services.exercises.editing import save_stimulus
from care.services.exercises.guest_links import (
    answer_invitation,
    confirm_received,
    invitation_calendar,
    open_invitation,
)
from care.services.exercises.guest_lists import pasted
from care.services.exercises.guests import (
    Added,
    GuestDraft,
    add_from_directory,
    add_guests,
    change_guest,
    directory_people,
    invite,
    list_guests,
    open_guest,
    remove_guest,
    token_of,
)
from care.services.exercises.preparing import ExerciseDraft, create_exercise
from care.services.exercises.readiness import Readiness, readiness, tick
from care.services.exercises.seats import badges
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseGuest
from care.store.outbox import Mail
from exercises.decide import Start
from exercises.kit import Channel
from tests.support.clock import FixedClock
from tests.support.crisis import plant_contacts
from tests.support.exercises import BUNDLE, prepared, with_one_kit
from tests.support.people import Hospitals, person

pytestmark = pytest.mark.both_databases
ALINE = GuestDraft("Aline Roux", "Cadre de nuit", "aline@example.org", "04 50 00 00 41", cell="ward")
ALI = GuestDraft("Ali Ba", "Astreinte", "ali@example.org", "04 50 00 00 42", cell="it")
MARC = GuestDraft("Marc Petit", "Qualité", role=GuestRole.OBSERVER)


@pytest.fixture
def stage(platform: Platform) -> Platform:
    """With a relay, and an address that people outside can follow."""
    settings = replace(platform.settings, smtp_host="relay.example", base_url="https://care.example")
    return replace(with_one_kit(platform), settings=settings)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(stage, machine, hospitals.valley)


def letters(platform: Platform) -> list[Mail]:
    with platform.database.read() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def token(platform: Platform, guest_id: int) -> str:
    with platform.database.read() as session:
        return token_of(platform, session.get_one(ExerciseGuest, guest_id))


def done(found: Readiness) -> dict[str, bool]:
    return {one.id: one.done for one in found.items}


def test_no_go_says_what_is_missing_then_go(stage: Platform, machine: Scope, exercise: int) -> None:
    found = readiness(stage, machine, exercise)
    assert not found.go
    assert {one.id for one in found.blocking} == {"players", "channels", "warned", "stop"}
    add_guests(stage, machine, exercise, [ALINE, ALI, MARC])
    for one in list_checks(stage, machine, exercise).channels:
        for line in one.lines:
            mark_check(stage, machine, exercise, one.channel, line.guest_id, arrived=True)
    for item in ("warned", "stop"):
        tick(stage, machine, exercise, item, "Fait ce matin", "", done=True)
    badges(stage, machine, exercise)
    found = readiness(stage, machine, exercise)
    assert found.go, found.blocking
    assert done(found)["badges"]
    assert done(found)["observers"]
    assert not done(found)["words"]
    assert {one.id for one in found.missing} >= {"facilitators", "invitations", "place"}


def test_a_cell_without_player_and_a_past_date_are_named(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    add_guests(stage, machine, exercise, [ALINE])
    clock.forward(days=2)
    said = {one.id: one.said for one in readiness(stage, machine, exercise).items}
    assert "Informatique" in said["players"]
    assert "passée" in said["date"]


def test_a_tick_carries_who_and_a_late_one_is_refused(stage: Platform, machine: Scope, exercise: int) -> None:
    tick(stage, machine, exercise, "stop", "« Vie réelle »", "", done=True)
    line = next(one for one in readiness(stage, machine, exercise).items if one.id == "stop")
    assert (line.done, line.note, line.by) == (True, "« Vie réelle »", machine.actor)
    with pytest.raises(Refused, match=machine.actor):
        tick(stage, machine, exercise, "stop", "", "", done=False)
    tick(stage, machine, exercise, "stop", "", line.mark, done=False)
    for item in ("players", "nothing"):
        with pytest.raises(NotFound):
            tick(stage, machine, exercise, item, "", "", done=True)


def test_items_are_told_apart() -> None:
    assert len({one.id for one in ITEMS}) == len(ITEMS)


def test_people_are_added_once_and_faults_are_said(stage: Platform, machine: Scope, exercise: int) -> None:
    assert add_guests(stage, machine, exercise, [ALINE, ALI]) == Added(2)
    again = [replace(ALINE, mail="ALINE@example.org"), MARC, MARC]
    assert add_guests(stage, machine, exercise, again) == Added(1, ("Aline Roux", "Marc Petit"))
    for draft, field in (
        (replace(MARC, name=" "), "name"),
        (replace(MARC, name="X", mail="pas une adresse"), "mail"),
        (replace(ALINE, name="X", mail="", cell="nowhere"), "cell"),
    ):
        with pytest.raises(Invalid) as said:
            add_guests(stage, machine, exercise, [draft])
        assert field in said.value.fields
    assert [one.draft.name for one in list_guests(stage, machine, exercise).lines] == [
        "Aline Roux", "Ali Ba", "Marc Petit",
    ]  # fmt: skip


def test_colleagues_who_share_the_mail_of_a_ward_are_two(stage: Platform, machine: Scope, exercise: int) -> None:
    colleague = replace(ALINE, name="Zoé Blanc")
    assert add_guests(stage, machine, exercise, [ALINE, colleague]) == Added(2)
    assert add_guests(stage, machine, exercise, [colleague]) == Added(0, ("Zoé Blanc",))


def test_nobody_with_an_address_is_not_everybody_invited(stage: Platform, machine: Scope, exercise: int) -> None:
    add_guests(stage, machine, exercise, [MARC, replace(ALI, mail="")])
    line = next(one for one in readiness(stage, machine, exercise).items if one.id == "invitations")
    assert (line.done, line.said[:2]) == (False, "2 ")


def test_a_cell_added_after_the_badges_has_none(stage: Platform, machine: Scope, exercise: int) -> None:
    badges(stage, machine, exercise)
    assert done(readiness(stage, machine, exercise))["badges"]
    with stage.database.write() as session:
        row = session.get_one(Exercise, exercise)
        cells = [*row.content["cells"], {**row.content["cells"][0], "id": "lab", "name": "Laboratoire"}]
        row.content = {**row.content, "cells": cells}
    line = next(one for one in readiness(stage, machine, exercise).items if one.id == "badges")
    assert not line.done
    assert "Laboratoire" in line.said


def test_a_pasted_list_is_understood_in_any_order(stage: Platform, machine: Scope, exercise: int) -> None:
    cells = list_guests(stage, machine, exercise).cells
    text = "Aline Roux ; Cadre ; aline@example.org ; urgences\r\n\nMarc Petit\tobservateur\t04 50 00 00 01\nZoé"
    found = pasted(text, GuestDraft("", cell="it"), cells)
    assert [(one.name, one.function, one.mail, one.phone, one.role, one.cell) for one in found] == [
        ("Aline Roux", "Cadre", "aline@example.org", "", GuestRole.PLAYER, "ward"),
        ("Marc Petit", "", "", "04 50 00 00 01", GuestRole.OBSERVER, ""),
        ("Zoé", "", "", "", GuestRole.PLAYER, "it"),
    ]
    with pytest.raises(Invalid) as said:
        pasted("A ; a@b@c ; urgences\n; ; ", GuestDraft(""), cells)
    assert "Ligne 1" in said.value.fields["lines"].fr
    assert "Ligne 2" in said.value.fields["lines"].fr


def test_two_people_on_one_guest(stage: Platform, machine: Scope, exercise: int) -> None:
    add_guests(stage, machine, exercise, [ALINE])
    guest = list_guests(stage, machine, exercise).lines[0]
    change_guest(stage, machine, exercise, guest.id, replace(ALINE, function="Cadre"), guest.version)
    with pytest.raises(Refused, match="In the meantime"):
        change_guest(stage, machine, exercise, guest.id, ALINE, guest.version)
    assert open_guest(stage, machine, exercise, guest.id).draft.function == "Cadre"


def test_the_directory_lends_its_names_to_who_may_see_it(
    stage: Platform, hospitals: Hospitals, machine: Scope, exercise: int
) -> None:
    plant_contacts(stage, hospitals.valley)
    named = [one for one in open_directory(stage, machine, hospitals.valley).contacts if one.draft.name]
    people = directory_people(stage, machine, exercise)
    assert [one.name for one in people] == [one.draft.name for one in named]
    added = add_from_directory(stage, machine, exercise, [people[0].contact_id], GuestRole.PLAYER, "ward")
    assert added == Added(1)
    assert directory_people(stage, machine, exercise)[0].there
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        directory_people(stage, visitor, exercise)
    with pytest.raises(Forbidden):
        add_from_directory(stage, visitor, exercise, [people[0].contact_id], GuestRole.PLAYER, "ward")


def test_an_invitation_leaves_once_and_says_where_it_is(stage: Platform, machine: Scope, exercise: int) -> None:
    add_guests(stage, machine, exercise, [ALINE, MARC])
    assert invite(stage, machine, exercise) == 1
    assert invite(stage, machine, exercise) == 0
    (mail,) = letters(stage)
    assert mail.recipient == "aline@example.org"
    assert BANNER in mail.subject
    guest = list_guests(stage, machine, exercise).lines[0]
    assert guest.mail_state is MailState.WAITING
    assert f"https://care.example/exercise-guest/{token(stage, guest.id)}" in mail.body
    assert "Urgences" in mail.body
    assert not done(readiness(stage, machine, exercise))["invitations"]
    with stage.database.write() as session:
        session.get_one(Mail, mail.id).state = MailState.SENT
    assert done(readiness(stage, machine, exercise))["invitations"]
    assert invite(stage, machine, exercise, guest.id) == 1
    assert len(letters(stage)) == 2
    with pytest.raises(Refused, match="relay"):
        invite(replace(stage, settings=replace(stage.settings, smtp_host="")), machine, exercise)


def test_a_link_opens_the_invitation_and_nothing_else(stage: Platform, machine: Scope, exercise: int) -> None:
    add_guests(stage, machine, exercise, [ALINE])
    guest = list_guests(stage, machine, exercise).lines[0]
    link = token(stage, guest.id)
    assert open_invitation(stage, link).cell == "Urgences"
    answer_invitation(stage, link, GuestAnswer.DECLINES)
    answer_invitation(stage, link, GuestAnswer.COMES)
    assert list_guests(stage, machine, exercise).coming == 1
    (event,) = Calendar.from_ical(invitation_calendar(stage, link)).walk("VEVENT")
    assert str(event["SUMMARY"]).startswith("EXERCICE")
    with stage.database.read() as session:
        stored = session.get_one(ExerciseGuest, guest.id)
        assert link.encode() not in stored.sealed
        assert link not in stored.token_hash
    remove_guest(stage, machine, exercise, guest.id)
    for call in (open_invitation, invitation_calendar, confirm_received):
        with pytest.raises(NotFound):
            call(stage, link)


def test_a_link_opens_nothing_once_the_day_is_over(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    add_guests(stage, machine, exercise, [ALINE])
    link = token(stage, list_guests(stage, machine, exercise).lines[0].id)
    with stage.database.read() as session:
        planned = session.get_one(Exercise, exercise).planned_at
    clock.forward(seconds=(planned - clock.now()).total_seconds())
    assert open_invitation(stage, link).name == "Aline Roux"
    clock.forward(days=1)
    for call in (open_invitation, invitation_calendar, confirm_received):
        with pytest.raises(Gone, match="until the end of the day"):
            call(stage, link)
    with pytest.raises(Gone, match="until the end of the day"):
        answer_invitation(stage, link, GuestAnswer.COMES)
    with stage.database.write() as session:
        session.get_one(Exercise, exercise).planned_at = planned + timedelta(days=7)
    assert open_invitation(stage, link).name == "Aline Roux", "put off"


def test_the_trial_mail_is_confirmed_by_its_link_or_by_hand(
    stage: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    exercise = create_exercise(
        stage, machine, hospitals.valley, ExerciseDraft(BUNDLE.kit.id, "Nuit", stage.clock.now())
    )
    with pytest.raises(Refused):
        send_trials(stage, machine, exercise)  # nobody yet
    add_guests(stage, machine, exercise, [ALINE, replace(ALI, mail="", phone=""), MARC])
    phone = next(one for one in list_checks(stage, machine, exercise).channels if one.channel is Channel.PHONE)
    assert [line.reach for line in phone.lines] == ["04 50 00 00 41"]
    assert phone.unreachable == ("Ali Ba",)
    guest = list_guests(stage, machine, exercise).lines[0]
    mark_check(stage, machine, exercise, Channel.PHONE, guest.id, arrived=True)
    mark_check(stage, machine, exercise, Channel.PHONE, guest.id, arrived=True)
    phone = next(one for one in list_checks(stage, machine, exercise).channels if one.channel is Channel.PHONE)
    assert (phone.confirmed, phone.done) == (1, False)  # Ali Ba has no number
    said = next(one.said for one in readiness(stage, machine, exercise).items if one.id == "channels")
    assert "Ali Ba" in said
    mark_check(stage, machine, exercise, Channel.PHONE, guest.id, arrived=False)
    assert not list_checks(stage, machine, exercise).done
    page = read_stimulus(stage, machine, exercise, "S01")
    save_stimulus(stage, machine, exercise, "S01", {**(page.raw or {}), "channel": "mail"}, page.mark)
    assert send_trials(stage, machine, exercise) == 1
    (mail,) = letters(stage)
    assert (mail.recipient, BANNER in mail.subject) == ("aline@example.org", True)
    (line,) = next(one for one in list_checks(stage, machine, exercise).channels if one.channel is Channel.MAIL).lines
    assert (line.mail_state, line.confirmed_at) == (MailState.WAITING, None)
    assert open_invitation(stage, token(stage, guest.id)).asked
    confirm_received(stage, token(stage, guest.id))
    confirm_received(stage, token(stage, guest.id))
    (line,) = next(one for one in list_checks(stage, machine, exercise).channels if one.channel is Channel.MAIL).lines
    assert line.confirmed_by == "Aline Roux"
    with pytest.raises(Refused):
        send_trials(stage, machine, exercise)  # all have confirmed
    assert open_invitation(stage, token(stage, guest.id)).confirmed_at is not None


def test_another_establishment_finds_nothing(
    stage: Platform, hospitals: Hospitals, machine: Scope, exercise: int
) -> None:
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    add_guests(stage, machine, exercise, [ALINE])
    guest = list_guests(stage, machine, exercise).lines[0].id
    other = prepared(stage, machine, hospitals.far)
    for call in (readiness, list_guests, list_checks, directory_people):
        with pytest.raises(NotFound):
            call(stage, stranger, exercise)
    with pytest.raises(NotFound):
        remove_guest(stage, stranger, other, guest)
    with pytest.raises(NotFound):
        mark_check(stage, stranger, other, Channel.PHONE, guest, arrived=True)
    with pytest.raises(Forbidden):
        readiness(stage, person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), exercise)


def test_once_started_answers_are_over(stage: Platform, machine: Scope, exercise: int) -> None:
    add_guests(stage, machine, exercise, [ALINE])
    link = token(stage, list_guests(stage, machine, exercise).lines[0].id)
    obey(stage, machine, exercise, Start())
    with pytest.raises(Refused):
        answer_invitation(stage, link, GuestAnswer.COMES)
    with pytest.raises(Refused):
        add_guests(stage, machine, exercise, [ALI])
    assert open_invitation(stage, link).late
