"""Logbooks with a few lines, for the tests of pages."""

from __future__ import annotations

from datetime import timedelta

from care.domain.exercises import EntryKind
from care.services.logbooks.rows import OfCrisis, OfExercise
from care.services.logbooks.writing import LineDraft, close_logbook, open_logbook, write_line
from care.services.platform import Platform
from tests.support.people import MACHINE


def plant_logbooks(platform: Platform, establishment_id: int, exercise_id: int) -> int:
    """An open logbook of a crisis, whose number is returned, a closed one, and lines in that of an exercise."""
    closed = open_logbook(platform, MACHINE, establishment_id, "Coupure du 3 mars")
    close_logbook(platform, MACHINE, closed)
    number = open_logbook(platform, MACHINE, establishment_id, "Rançongiciel du laboratoire")
    earlier = platform.clock.now() - timedelta(minutes=40)
    for draft in (
        LineDraft("Le laboratoire ne rend plus de résultats.", EntryKind.FACT, "care", earlier),
        LineDraft("Astreinte informatique prévenue.", EntryKind.CONTACT, "operations"),
        LineDraft("Coupure d’Internet décidée par la direction.", EntryKind.DECISION, "decision"),
        LineDraft("Coupure d’Internet décidée par la direction, sauf téléphonie.", corrects=4),
    ):
        write_line(platform, MACHINE, OfCrisis(number), draft)
    write_line(platform, MACHINE, OfExercise(exercise_id), LineDraft("La cellule se réunit.", EntryKind.ACTION))
    return number
