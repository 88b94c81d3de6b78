"""Seats: a badge opens one exercise and nothing else, a guesser is slowed down, who sits stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.brake import FREE_FOR_ADDRESS
from care.domain.exercises import Seat
from care.services.errors import Forbidden, Invalid, NotFound, Refused, Throttled
from care.services.exercises import seats
from care.services.exercises.conducting import obey
from care.services.exercises.seats import (
    FREE_FOR_BROWSER,
    FREE_FOR_EXERCISE,
    FREE_FOR_ROOM,
    Arrival,
    Badge,
    Sitting,
    badges,
    leave,
    people,
    put_out,
    renew_badge,
    renew_badges,
    required,
    sit_with_pin,
    sit_with_token,
    sitting,
    who_sits,
    why_closed,
)
from care.services.platform import Platform
from care.services.sessions import sign_in
from care.store.exercises import ExerciseSeat
from exercises.decide import End, Start
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals, person

ALINE = Arrival("Aline Roux", "Cadre de nuit")


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(stage, machine, hospitals.valley)


@pytest.fixture
def printed(stage: Platform, machine: Scope, exercise: int) -> tuple[Badge, ...]:
    return badges(stage, machine, exercise)


def other_pin(printed: tuple[Badge, ...]) -> str:
    """A PIN that is on no badge."""
    pins = {one.pin for one in printed}
    return next(pin for pin in (f"{n:06}" for n in range(10)) if pin not in pins)


@pytest.mark.both_databases
def test_one_badge_for_each_cell_the_observers_and_the_screen(
    stage: Platform, machine: Scope, exercise: int, printed: tuple[Badge, ...]
) -> None:
    assert [(one.seat, one.cell) for one in printed] == [
        (Seat.PLAYER, "Urgences"), (Seat.PLAYER, "Informatique"), (Seat.OBSERVER, ""), (Seat.SCREEN, ""),
    ]  # fmt: skip
    assert badges(stage, machine, exercise) == printed
    assert len({one.pin for one in printed}) == 4


def test_what_is_stored_opens_nothing(stage: Platform, printed: tuple[Badge, ...]) -> None:
    with stage.database.read() as session:
        seats = session.scalars(select(ExerciseSeat)).all()
    assert len(seats) == len(printed) > 0
    for seat in seats:
        for badge in printed:
            assert badge.pin.encode() not in seat.sealed
            assert badge.token not in seat.token_hash


@pytest.mark.both_databases
def test_a_pin_and_a_qr_lead_to_the_same_cell(stage: Platform, exercise: int, printed: tuple[Badge, ...]) -> None:
    badge = printed[0]
    by_pin = sitting(stage, sit_with_pin(stage, badge.code.lower(), f" {badge.pin} ", ALINE, "192.0.2.1"))
    by_qr = sitting(stage, sit_with_token(stage, badge.token, ALINE))
    assert by_pin is not None
    assert by_qr is not None
    assert (by_pin.exercise_id, by_pin.seat, by_pin.cell, by_pin.name) == (exercise, Seat.PLAYER, "ward", "Aline Roux")
    assert by_qr.cell == "ward"
    assert required(by_qr, Seat.PLAYER) == by_qr
    with pytest.raises(NotFound):
        required(by_qr, Seat.OBSERVER)


@pytest.mark.both_databases
def test_a_guesser_is_slowed_down_and_told_nothing(
    stage: Platform, clock: FixedClock, printed: tuple[Badge, ...]
) -> None:
    badge, wrong = printed[0], other_pin(printed)
    for number in range(FREE_FOR_EXERCISE):
        with pytest.raises(Refused) as said:
            sit_with_pin(stage, badge.code, wrong, ALINE, f"192.0.2.{number}")
        with pytest.raises(Refused) as unknown:
            sit_with_pin(stage, "ZZZZZZ", wrong, ALINE, f"198.51.100.{number}")
        assert said.value.text == unknown.value.text
    with pytest.raises(Throttled):
        sit_with_pin(stage, badge.code, badge.pin, ALINE, "203.0.113.9")
    clock.forward(minutes=1)
    assert sit_with_pin(stage, badge.code, badge.pin, ALINE, "203.0.113.9")


@pytest.mark.both_databases
def test_who_guesses_by_hand_waits_alone_and_who_guesses_by_script_leaves_the_qr(
    stage: Platform, printed: tuple[Badge, ...]
) -> None:
    badge, wrong, shared = printed[0], other_pin(printed), "192.0.2.1"
    for number in range(3 * FREE_FOR_ROOM):
        with pytest.raises(Throttled if number >= FREE_FOR_BROWSER else Refused):
            sit_with_pin(stage, badge.code, wrong, ALINE, shared, "one phone")
    for number in range(150):  # the hospital behind the same address
        assert sit_with_pin(stage, badge.code, badge.pin, Arrival(f"Joueur {number}"), shared, f"phone {number}")
    for number in range(FREE_FOR_ROOM - FREE_FOR_BROWSER):
        with pytest.raises(Refused):
            sit_with_pin(stage, badge.code, wrong, ALINE, shared, f"fresh {number}")
    with pytest.raises(Throttled, match="scan the QR of your badge"):
        sit_with_pin(stage, badge.code, badge.pin, ALINE, shared, "phone 0")
    assert sit_with_token(stage, badge.token, ALINE)
    assert sit_with_pin(stage, badge.code, badge.pin, ALINE, "198.51.100.7", "phone 0")  # another network


def test_a_device_with_an_ipv6_network_of_its_own_is_one_guesser(stage: Platform, printed: tuple[Badge, ...]) -> None:
    badge, wrong = printed[0], other_pin(printed)
    for number in range(FREE_FOR_ROOM):
        with pytest.raises(Refused):
            sit_with_pin(stage, badge.code, wrong, ALINE, f"2001:db8:1:2:{number:x}::7")
    with pytest.raises(Throttled):
        sit_with_pin(stage, badge.code, badge.pin, ALINE, "2001:db8:1:2::1")
    assert sit_with_pin(stage, badge.code, badge.pin, ALINE, "2001:db8:1:3::1")


def test_a_room_that_types_well_is_never_slowed_down(stage: Platform, printed: tuple[Badge, ...]) -> None:
    for number in range(60):
        assert sit_with_pin(stage, printed[1].code, printed[1].pin, Arrival(f"Joueur {number}"), "192.0.2.1")


@pytest.mark.parametrize("wrong", [Arrival(" "), Arrival("Aline", mail="pas une adresse")])
def test_a_right_pin_with_a_bad_name_costs_no_attempt(
    stage: Platform, printed: tuple[Badge, ...], wrong: Arrival
) -> None:
    for _ in range(FREE_FOR_EXERCISE + 1):
        with pytest.raises(Invalid):
            sit_with_pin(stage, printed[0].code, printed[0].pin, wrong, "192.0.2.1")
    assert sit_with_pin(stage, printed[0].code, printed[0].pin, ALINE, "192.0.2.1")


def test_a_right_pin_does_not_forget_the_wrong_ones(stage: Platform, printed: tuple[Badge, ...]) -> None:
    badge, wrong = printed[0], other_pin(printed)
    for _ in range(FREE_FOR_ROOM - 1):
        with pytest.raises(Refused):
            sit_with_pin(stage, badge.code, wrong, ALINE, "192.0.2.1")
    sit_with_pin(stage, badge.code, badge.pin, ALINE, "192.0.2.1")
    sit_with_pin(stage, badge.code, badge.pin, ALINE, "192.0.2.1")  # the wait goes with the attempt that set it
    with pytest.raises(Refused):
        sit_with_pin(stage, badge.code, wrong, ALINE, "192.0.2.1")
    with pytest.raises(Throttled):
        sit_with_pin(stage, badge.code, badge.pin, ALINE, "192.0.2.1")


def test_wrong_codes_of_a_room_keep_nobody_there_from_signing_in(stage: Platform) -> None:
    for number in range(FREE_FOR_ADDRESS + 1):
        with pytest.raises(Refused):
            sit_with_pin(stage, f"ZZZZ{number}", "000000", ALINE, "192.0.2.1")
    with pytest.raises(Refused):
        sign_in(stage, "aline", "faux", "192.0.2.1", "")


@pytest.mark.parametrize("pin", ["²²²²²²", "١٢٣٤٥٦", "é", ""])
def test_other_digits_are_a_wrong_pin(stage: Platform, printed: tuple[Badge, ...], pin: str) -> None:
    with pytest.raises(Refused):
        sit_with_pin(stage, printed[0].code, pin, ALINE, "192.0.2.1")


def test_an_exercise_has_so_many_seats(
    stage: Platform, printed: tuple[Badge, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MAX_SITTING", 2)
    sit_with_token(stage, printed[0].token, ALINE)
    sit_with_pin(stage, printed[0].code, printed[0].pin, ALINE, "192.0.2.1")
    with pytest.raises(Refused, match="taken"):
        sit_with_token(stage, printed[0].token, ALINE)


def test_a_name_is_asked_of_people_not_of_a_screen(stage: Platform, printed: tuple[Badge, ...]) -> None:
    with pytest.raises(Invalid):
        sit_with_token(stage, printed[0].token, Arrival("  "))
    assert sitting(stage, sit_with_token(stage, printed[3].token, Arrival(""))) is not None


@pytest.mark.both_databases
def test_new_badges_close_the_old_ones_and_move_nobody(
    stage: Platform, machine: Scope, exercise: int, printed: tuple[Badge, ...]
) -> None:
    cookie = sit_with_token(stage, printed[0].token, ALINE)
    renew_badges(stage, machine, exercise)
    with pytest.raises(Refused):
        sit_with_token(stage, printed[0].token, ALINE)
    assert sitting(stage, cookie) is not None
    assert badges(stage, machine, exercise)[0].token != printed[0].token


@pytest.mark.both_databases
def test_one_badge_is_renewed_and_one_seat_closed(
    stage: Platform, machine: Scope, exercise: int, printed: tuple[Badge, ...]
) -> None:
    intruder, aline = (sit_with_token(stage, printed[0].token, Arrival(name)) for name in ("Zoé", "Aline"))
    sat = sitting(stage, intruder)
    assert sat is not None
    renew_badge(stage, machine, exercise, Seat.PLAYER, "ward")
    assert put_out(stage, machine, exercise, sat.participant_id) == "Zoé"
    assert sitting(stage, intruder) is None
    assert sat.participant_id not in who_sits(stage, sat.exercise_id)
    assert "fermé votre place" in str(why_closed(stage, intruder))
    assert sitting(stage, aline) is not None
    assert why_closed(stage, "jamais vu") is None
    assert [one.name for one in people(stage, machine, exercise)] == ["Aline"]
    now = badges(stage, machine, exercise)
    assert [one == other for one, other in zip(now, printed, strict=True)] == [False, True, True, True]
    with pytest.raises(Refused):
        sit_with_token(stage, printed[0].token, ALINE)


def test_only_who_runs_the_exercise_closes_a_seat_of_it(
    stage: Platform, machine: Scope, hospitals: Hospitals, exercise: int, printed: tuple[Badge, ...]
) -> None:
    sat = sitting(stage, sit_with_token(stage, printed[0].token, ALINE))
    assert sat is not None
    other = prepared(stage, machine, hospitals.valley)
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    far = person(Role.FACILITATOR, Level.ESTABLISHMENT, hospitals.far)
    for who, where, error in ((visitor, exercise, Forbidden), (far, exercise, NotFound), (machine, other, NotFound)):
        with pytest.raises(error):
            put_out(stage, who, where, sat.participant_id)
    assert sat.participant_id in who_sits(stage, sat.exercise_id)


@pytest.mark.both_databases
def test_observers_of_one_name_are_told_apart_while_both_sit(stage: Platform, printed: tuple[Badge, ...]) -> None:
    def observer(name: str, held: str = "") -> tuple[str, Sitting]:
        token = sit_with_token(stage, printed[2].token, Arrival(name), held)
        found = sitting(stage, token)
        assert found is not None
        return token, found

    cookie, first = observer("Marc Petit")
    other, second = observer("MARC  PETIT")
    assert [first.name, second.name, observer("Marc Petit")[1].name] == [
        "Marc Petit",
        "MARC PETIT (2)",
        "Marc Petit (3)",
    ]
    again = observer("Marc Petit", other)[1]
    assert (again.participant_id, again.name) == (second.participant_id, second.name)  # the same device
    leave(stage, cookie)
    assert observer("Marc Petit")[1].name == "Marc Petit"


@pytest.mark.parametrize("name", ["Horloge", " CARE ", "Animation", "ho\u0301rloge"])
def test_nobody_signs_as_the_machine_or_the_facilitation(
    stage: Platform, printed: tuple[Badge, ...], name: str
) -> None:
    with pytest.raises(Invalid):
        sit_with_token(stage, printed[0].token, Arrival(name))


def test_a_day_after_the_end_nothing_opens_any_more(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock, printed: tuple[Badge, ...]
) -> None:
    cookie = sit_with_token(stage, printed[0].token, ALINE)
    obey(stage, machine, exercise, Start())
    obey(stage, machine, exercise, End())
    clock.forward(hours=23)
    assert sitting(stage, cookie) is not None
    clock.forward(hours=2)
    assert sitting(stage, cookie) is None
    with pytest.raises(Refused):
        sit_with_token(stage, printed[0].token, ALINE)
    with pytest.raises(Refused):
        sit_with_pin(stage, printed[0].code, printed[0].pin, ALINE, "192.0.2.1")


def test_badges_are_for_those_who_run_the_exercise(stage: Platform, hospitals: Hospitals, exercise: int) -> None:
    with pytest.raises(Forbidden):
        badges(stage, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley), exercise)
    with pytest.raises(NotFound):
        badges(stage, person(Role.FACILITATOR, Level.ESTABLISHMENT, hospitals.far), exercise)
    assert badges(stage, person(Role.FACILITATOR, Level.ESTABLISHMENT, hospitals.valley), exercise)
