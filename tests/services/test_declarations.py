"""Duties to declare and the checklist: words of the kit, of the establishment, two people at once, sheets to print."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role
from care.domain.actions import ActionSource
from care.domain.crisis import Confidence, ItemState, progress_of
from care.services import checklists, declaration_duties
from care.services.action_view import open_action
from care.services.checklists import ItemView, open_checklist
from care.services.declaration_duties import DutyDraft, DutyView, StepDraft, limit_words, list_duties
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.store.crisis import DeclarationDuty
from tests.support.pdf import failures_of, text_of
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
PARIS = ZoneInfo("Europe/Paris")
OWN = DutyDraft(
    "Prévenir la préfecture", "Préfecture", "Le directeur", "Arrêt d’activité", "Par téléphone",
    (StepDraft("Appel", 60),), ("Effectifs présents",), "Plan Orsan départemental", Confidence.TO_CONFIRM,
)  # fmt: skip


def duty(platform: Platform, place: int, name: str) -> DutyView:
    return declaration_duties.open_duty(platform, MACHINE, place, name)


def item(platform: Platform, place: int, name: str) -> ItemView:
    return next(one for one in open_checklist(platform, MACHINE, place).items if one.id == name)


def test_limits_are_counted_day_and_night_across_the_change_of_hour(platform: Platform, hospitals: Hospitals) -> None:
    detected = datetime(2026, 3, 27, 22, 30, tzinfo=PARIS)  # a Friday; clocks go forward on Sunday
    found = list_duties(platform, MACHINE, hospitals.valley, detected)
    limits = {one.id: [step.until for step in one.steps] for one in found.duties}
    assert limits["cert_sante"] == [None, None]
    assert limits["cnil"] == [datetime(2026, 3, 30, 23, 30, tzinfo=PARIS)]
    assert limits["cnil"][0] is not None
    assert limits["cnil"][0].astimezone(UTC) - detected.astimezone(UTC) == timedelta(hours=72)


@pytest.mark.parametrize(
    ("minutes", "fr"),
    [(None, "sans délai"), (60, "1 h"), (4320, "72 h"), (1440, "24 h"), (43200, "30 j"), (90, "1 h 30")],
)
def test_limits_in_words(minutes: int | None, fr: str) -> None:
    assert limit_words(minutes, "fr") == fr


@both
def test_a_duty_is_rewritten_then_put_back(platform: Platform, hospitals: Hospitals) -> None:
    before = duty(platform, hospitals.valley, "cnil")
    assert (before.version, before.changed_at) == (0, None)
    mine = replace(before.draft, where="Délégué : 01 99 00 00 07")
    declaration_duties.change_duty(platform, MACHINE, hospitals.valley, "cnil", mine, 0)
    after = duty(platform, hospitals.valley, "cnil")
    assert (after.draft, after.version) == (mine, 1)
    assert duty(platform, hospitals.hill, "cnil").version == 0
    with pytest.raises(Refused, match="where to declare"):
        declaration_duties.change_duty(platform, MACHINE, hospitals.valley, "cnil", before.draft, 0)
    declaration_duties.reset_duty(platform, MACHINE, hospitals.valley, "cnil", 1)
    assert duty(platform, hospitals.valley, "cnil").draft == before.draft
    with pytest.raises(Refused):
        declaration_duties.change_duty(platform, MACHINE, hospitals.valley, "cnil", mine, 1)


@both
def test_a_duty_of_our_own_comes_after_those_of_the_kit(platform: Platform, hospitals: Hospitals) -> None:
    name = declaration_duties.add_duty(platform, MACHINE, hospitals.valley, OWN)
    found = list_duties(platform, MACHINE, hospitals.valley).duties
    assert (found[-1].id, found[-1].own, found[-1].draft) == (name, True, OWN)
    assert len(found) == len(platform.kits.crisis.duties) + 1
    declaration_duties.reset_duty(platform, MACHINE, hospitals.valley, name, 1)
    with pytest.raises(NotFound):
        duty(platform, hospitals.valley, name)
    with platform.database.read() as session:
        assert session.scalars(select(DeclarationDuty)).all() == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"steps": ()}, "steps"),
        ({"steps": (StepDraft("Appel", 0),)}, "steps"),
        ({"steps": (StepDraft("Appel", 3650 * 24 * 60),)}, "steps"),
        ({"what": "x" * 2001}, "what"),
        ({"needs": ("x",) * 21}, "needs"),
    ],
)
def test_a_duty_that_cannot_be_used(
    platform: Platform, hospitals: Hospitals, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        declaration_duties.add_duty(platform, MACHINE, hospitals.valley, replace(OWN, **wrong))  # type: ignore[arg-type]
    assert set(refused.value.fields) == {field}


def test_readers_read_and_strangers_do_not(platform: Platform, hospitals: Hospitals) -> None:
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    assert not list_duties(platform, visitor, hospitals.valley).may_change
    for write in (
        lambda: declaration_duties.add_duty(platform, visitor, hospitals.valley, OWN),
        lambda: declaration_duties.change_duty(platform, visitor, hospitals.valley, "cnil", OWN, 0),
        lambda: declaration_duties.reset_duty(platform, visitor, hospitals.valley, "cnil", 1),
        lambda: checklists.answer(platform, visitor, hospitals.valley, "rssi", ItemState.YES, "", 0),
        lambda: checklists.act_on(platform, visitor, hospitals.valley, "rssi"),
    ):
        with pytest.raises(Forbidden):
            write()
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(NotFound):
        list_duties(platform, stranger, hospitals.valley)
    with pytest.raises(NotFound):
        open_checklist(platform, stranger, hospitals.valley)


def test_the_sheet_to_print_holds_the_limits_the_doubts_and_the_form(platform: Platform, hospitals: Hospitals) -> None:
    detected = datetime(2026, 3, 27, 22, 30, tzinfo=PARIS)
    document = declaration_duties.duties_pdf(platform, MACHINE, hospitals.valley, detected)
    assert failures_of(document) == []
    text = text_of(document)
    for wanted in (
        "Détection : vendredi 27 mars 2026 à 22:30",
        "lundi 30 mars 2026 à 23:30",
        "sans délai",
        "À confirmer avant de s’y fier",
        "D.1111-16-2 à D.1111-16-4",
        "Fiche d’incident à remplir",
        "Autorités informées",
    ):
        assert wanted in text, wanted
    assert "22:30" not in text_of(declaration_duties.duties_pdf(platform, MACHINE, hospitals.valley))


def test_progress_leaves_out_what_does_not_apply() -> None:
    progress = progress_of([ItemState.YES, ItemState.NO, None, ItemState.NOT_APPLICABLE])
    assert progress.share == 33
    assert progress_of([]).share == progress_of([ItemState.NOT_APPLICABLE]).share == 100


@both
def test_an_item_is_answered_and_the_second_of_two_people_is_told(platform: Platform, hospitals: Hospitals) -> None:
    checklists.answer(platform, MACHINE, hospitals.valley, "cells", ItemState.IN_PROGRESS, "Reste la nuit.", 0)
    seen = item(platform, hospitals.valley, "cells")
    assert (seen.state, seen.note, seen.version) == (ItemState.IN_PROGRESS, "Reste la nuit.", 1)
    with pytest.raises(Refused, match="the answer, the note"):
        checklists.answer(platform, MACHINE, hospitals.valley, "cells", ItemState.YES, "", 0)
    checklists.answer(platform, MACHINE, hospitals.valley, "cells", ItemState.YES, "", 1)
    assert item(platform, hospitals.valley, "cells").version == 2
    assert item(platform, hospitals.hill, "cells").state is None


def test_not_applicable_wants_a_reason(platform: Platform, hospitals: Hospitals) -> None:
    with pytest.raises(Invalid) as refused:
        checklists.answer(platform, MACHINE, hospitals.valley, "medicines", ItemState.NOT_APPLICABLE, "  ", 0)
    assert set(refused.value.fields) == {"note"}
    with pytest.raises(NotFound):
        checklists.answer(platform, MACHINE, hospitals.valley, "nothing", ItemState.YES, "", 0)


@both
def test_an_action_is_created_from_an_item_and_shown_there(platform: Platform, hospitals: Hospitals) -> None:
    number = checklists.act_on(platform, MACHINE, hospitals.valley, "directory")
    view = open_action(platform, MACHINE, number)
    assert (view.line.source, view.source_ref) == (ActionSource.QUESTION, "plan-blanc:directory")
    assert [one.id for one in item(platform, hospitals.valley, "directory").actions] == [number]
    assert item(platform, hospitals.hill, "directory").actions == ()
    visitor = person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley)
    assert all(not one.actions for one in open_checklist(platform, visitor, hospitals.valley).items)


def test_the_checklist_to_print(platform: Platform, hospitals: Hospitals) -> None:
    checklists.answer(platform, MACHINE, hospitals.valley, "rssi", ItemState.YES, "Nommé en mars.", 0)
    document = checklists.checklist_pdf(platform, MACHINE, hospitals.valley)
    assert failures_of(document) == []
    text = text_of(document)
    for one in open_checklist(platform, MACHINE, hospitals.valley).items:
        assert one.text.split(" : ")[0][:40] in text, one.text
    assert "Nommé en mars." in text
    assert "1 point en place sur 33 (3 %)" in text
