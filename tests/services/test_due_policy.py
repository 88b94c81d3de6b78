"""The due policy: inherited, edited by two people at once, and what it does to the dates nobody chose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from care.domain.access import Level, Role, Scope
from care.domain.actions import ActionState, CareCriticality
from care.domain.due_dates import DEFAULT_DAYS
from care.services.action_closing import Proof, close_action
from care.services.action_view import open_action
from care.services.action_writing import ActionDraft, create_action, move
from care.services.due_policy import Typed, forget_policy, open_policy, set_policy
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from scanners.model import Severity
from tests.support.people import Hospitals, person

both = pytest.mark.both_databases
DRAFT = ActionDraft("Mettre à jour", severity=Severity.HIGH, criticality=CareCriticality.VITAL)


def faster(days: int) -> Typed:
    """The default policy with that many days in its first two columns of rows critical and high."""
    typed = {one: dict(row) for one, row in DEFAULT_DAYS.items()}
    for severity in (Severity.CRITICAL, Severity.HIGH):
        for care in (CareCriticality.VITAL, CareCriticality.MAJOR):
            typed[severity][care] = days
    return typed


def due(platform: Platform, scope: Scope, action: int) -> date:
    return open_action(platform, scope, action).line.due_on


@both
def test_a_policy_is_inherited_until_an_establishment_writes_its_own(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    here = open_policy(platform, machine, hospitals.valley)
    assert (here.days, here.own, here.version) == (DEFAULT_DAYS, False, 0)
    set_policy(platform, machine, None, faster(5), 0)
    assert open_policy(platform, machine, hospitals.valley).days == faster(5)
    set_policy(platform, machine, hospitals.valley, faster(3), 0)
    assert open_policy(platform, machine, hospitals.valley).days == faster(3)
    assert open_policy(platform, machine, hospitals.hill).days == faster(5)
    forget_policy(platform, machine, hospitals.valley, 1)
    assert open_policy(platform, machine, hospitals.valley).days == faster(5)


@both
def test_dates_nobody_chose_follow_and_say_so(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    sites = [hospitals.valley, hospitals.hill]
    mine = create_action(platform, machine, sites[:1], DRAFT)
    shared = create_action(platform, machine, sites, DRAFT)
    chosen = create_action(platform, machine, sites[:1], replace(DRAFT, due_on=date(2026, 3, 20)))
    over = create_action(platform, machine, sites[:1], DRAFT)
    move(platform, machine, over, hospitals.valley, ActionState.ABANDONED, "Remplacé.")
    assert due(platform, machine, mine) == date(2026, 4, 1)
    assert set_policy(platform, machine, hospitals.valley, faster(6), 0) == 2
    assert {due(platform, machine, one) for one in (mine, shared)} == {date(2026, 3, 8)}
    assert due(platform, machine, chosen) == date(2026, 3, 20)
    assert due(platform, machine, over) == date(2026, 4, 1)
    view = open_action(platform, machine, mine)
    assert view.events[-1].text == "Échéance recalculée d’après la nouvelle politique : 01/04/2026 → 08/03/2026"
    assert view.version == 2
    assert set_policy(platform, machine, None, faster(4), 0) == 1  # the shared one: the other hospital is stricter now
    assert due(platform, machine, shared) == date(2026, 3, 6)
    assert due(platform, machine, mine) == date(2026, 3, 8)
    assert forget_policy(platform, machine, None, 1) == 1


@both
def test_two_people_writing_one_policy(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    set_policy(platform, machine, None, faster(6), 0)
    with pytest.raises(Refused) as refusal:
        set_policy(platform, machine, None, faster(5), 0)
    assert refusal.value.text.fr.startswith("tests a modifié ces délais entre-temps")
    set_policy(platform, machine, None, faster(5), 1)
    assert open_policy(platform, machine).version == 2


def test_who_may_write_a_policy(platform: Platform, hospitals: Hospitals) -> None:
    ciso = person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
    set_policy(platform, ciso, hospitals.valley, faster(6), 0)
    assert open_policy(platform, ciso, hospitals.valley).may_change
    for where, refusal in ((None, Forbidden), (hospitals.hill, NotFound)):
        with pytest.raises(refusal):
            set_policy(platform, ciso, where, faster(6), 0)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    assert not open_policy(platform, director, hospitals.valley).may_change
    with pytest.raises(Forbidden):
        forget_policy(platform, director, hospitals.valley, 1)
    with pytest.raises(Forbidden):
        open_policy(platform, person(Role.VISITOR, Level.ESTABLISHMENT, hospitals.valley))


def test_a_senseless_policy_is_refused_whole(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    typed = {**faster(6), Severity.LOW: dict.fromkeys(CareCriticality)}
    with pytest.raises(Invalid) as refusal:
        set_policy(platform, machine, hospitals.valley, typed, 0)
    assert "low.vital" in refusal.value.fields
    assert not open_policy(platform, machine, hospitals.valley).own


def test_a_closed_action_keeps_its_date(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    action = create_action(platform, machine, [hospitals.valley], DRAFT)
    close_action(platform, machine, action, hospitals.valley, Proof("https://ged.hopital.test/1"))
    assert set_policy(platform, machine, hospitals.valley, faster(6), 0) == 0
