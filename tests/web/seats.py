"""An exercise under way and the browsers of those who sit in it, for the tests of pages."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient

from care.domain.exercises import Seat
from care.services.exercises.conducting import obey
from care.services.exercises.facilitating import Speech, say
from care.services.exercises.playing import Message, answer
from care.services.exercises.seats import Arrival, Badge, badges, sit_with_token, sitting
from care.services.platform import Platform
from exercises.decide import Command, Play, Start
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import MACHINE

PLACES = ("ward", "it", Seat.OBSERVER, Seat.SCREEN)


@dataclass(frozen=True)
class Stage:
    """An exercise of the small kit, its two cells being `ward` (Urgences) and `it` (Informatique)."""

    app: Flask
    platform: Platform
    exercise: int

    @property
    def badges(self) -> dict[str, Badge]:
        """By the key of the cell, or the name of the seat."""
        return dict(zip(PLACES, badges(self.platform, MACHINE, self.exercise), strict=True))

    def sit(self, where: str, name: str = "Aline Roux") -> FlaskClient:
        """The browser of someone who sits there."""
        client = self.app.test_client()
        client.set_cookie("care_seat", seat_of(self.platform, self.exercise, where, name))
        return client

    def obey(self, *commands: Command) -> None:
        """What the facilitation does."""
        for command in commands:
            obey(self.platform, MACHINE, self.exercise, command)


def plant_stage(app: Flask, platform: Platform, establishment_id: int) -> Stage:
    return Stage(app, platform, prepared(with_one_kit(platform), MACHINE, establishment_id))


def plant_seats(platform: Platform, establishment_id: int) -> int:
    """An exercise under way in which each cell received something and said something."""
    exercise = prepared(with_one_kit(platform), MACHINE, establishment_id)
    for command in (Start(), Play("S01"), Play("S02"), Play("S03")):
        obey(platform, MACHINE, exercise, command)
    who = sitting(platform, seat_of(platform, exercise, "ward"))
    assert who is not None
    answer(platform, who, Message("Nous appelons l’astreinte.", "k1", "S01"))
    answer(platform, who, Message("Qui joue le SAMU ?", "k2"))
    say(platform, MACHINE, exercise, Speech(("ward",), "Moi, au 4412.", "f1"))
    return exercise


def seat_of(platform: Platform, exercise_id: int, where: str, name: str = "Aline Roux") -> str:
    """The cookie of someone who sits there: `ward`, `it`, `observer` or `screen`."""
    badge = dict(zip(PLACES, badges(platform, MACHINE, exercise_id), strict=True))[where]
    return sit_with_token(platform, badge.token, Arrival(name))
