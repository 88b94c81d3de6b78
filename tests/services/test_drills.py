"""Restore drills on the platform: what their audits are given, never a password of another repository."""

from __future__ import annotations

import pytest

from care.domain.access import Level, Role
from care.services.drills.handing import handed_over, sources
from care.services.errors import NotFound, Refused
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target, archive_target
from care.store.targets import Target
from tests.support.people import MACHINE, Hospitals, person

PLAN = {
    "version": 1,
    "establishment": "CH de la Vallée",
    "systems": [
        {
            "name": "DPI",
            "production": {"site": "A", "medium": "san"},
            "copies": [{"name": "disque", "medium": "disk", "site": "B", "repository": "dpi-restic"}],
        }
    ],
    "repositories": [
        {"name": "dpi-restic", "tool": "restic", "location": "/srv/dpi"},
        {"name": "paie", "tool": "borg", "location": "/srv/paie"},
    ],
}
PASSWORDS = {"repository.dpi-restic": "un secret", "repository.paie": "autre secret"}


def planted(platform: Platform, hospitals: Hospitals) -> tuple[int, int]:
    """The backup target and the drill of one of its repositories."""
    plan = add_target(platform, MACHINE, hospitals.valley, TargetDraft("backup", "Plan", {"plan": PLAN}, PASSWORDS))
    request = {"plan_of": plan, "repository": "dpi-restic", "system": "DPI"}
    return plan, add_target(platform, MACHINE, hospitals.valley, TargetDraft("restore", "Essai", request))


def test_a_drill_is_given_the_plan_and_one_password(platform: Platform, hospitals: Hospitals) -> None:
    _plan, drill = planted(platform, hospitals)
    with platform.database.read() as session:
        given, secrets = handed_over(platform, session, session.get_one(Target, drill), "claire")
    assert given["backup_plan"]["establishment"] == "CH de la Vallée"
    assert given["operator"] == "claire"
    assert secrets == {"repository.dpi-restic": "un secret"}


def test_a_plan_gone_is_said(platform: Platform, hospitals: Hospitals) -> None:
    plan, drill = planted(platform, hospitals)
    archive_target(platform, MACHINE, plan)
    with platform.database.read() as session, pytest.raises(Refused) as refused:
        handed_over(platform, session, session.get_one(Target, drill), "claire")
    assert "n’est plus là" in refused.value.text.fr


def test_a_plan_of_another_hospital_is_never_handed_over(platform: Platform, hospitals: Hospitals) -> None:
    plan, _drill = planted(platform, hospitals)
    request = {"plan_of": plan, "repository": "dpi-restic"}
    thief = add_target(platform, MACHINE, hospitals.hill, TargetDraft("restore", "Essai", request))
    with platform.database.read() as session, pytest.raises(Refused):
        handed_over(platform, session, session.get_one(Target, thief), "claire")


def test_the_repositories_that_can_be_tried(platform: Platform, hospitals: Hospitals) -> None:
    plan, _drill = planted(platform, hospitals)
    found = sources(platform, MACHINE, hospitals.valley)
    assert [(one.target_id, one.repository, one.systems) for one in found] == [
        (plan, "dpi-restic", ("DPI",)),
        (plan, "paie", ()),
    ]
    with pytest.raises(NotFound):
        sources(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.valley)
