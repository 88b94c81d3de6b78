"""What is said of backups as a whole: typed once, handed to audits over the plan of the target."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from care.domain.access import Level, Role
from care.services.action_query import today
from care.services.backups.handing import handed_plan
from care.services.backups.statements import ITEM_NAMES, StatementDraft, read_statement, write_statement
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from scanners.backup.facts import POLICY_ITEMS, DirectoryBackup, Plan, Policy
from scanners.backup.plan import parse_plan
from tests.support.backups import plant_backups
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
DAY = date(2025, 3, 12)
WHOLE = StatementDraft(
    True, DAY, True, ("disposal", "vital_data"), " HOPITAL ", ("sauve.martin", "", "sauve.martin", "S\\adm"),
    2, True, False, True, DAY,
)  # fmt: skip


def handed(platform: Platform, establishment_id: int, written: dict[str, Any] | None = None) -> Plan:
    with platform.database.read() as session:
        return parse_plan(handed_plan(platform, session, establishment_id, written or {}), "inventaire")


@both
def test_the_sheet_is_handed_over_the_plan_of_the_target(platform: Platform, hospitals: Hospitals) -> None:
    plant_backups(platform, hospitals.valley)
    written: dict[str, Any] = {
        "policy": "none",
        "production_domain": "ANCIEN",
        "directory_backup": {"controllers": 9, "rebuilt_on": "never"},
    }
    before = handed(platform, hospitals.valley, written)
    assert (before.policy, before.production_domain, before.administrators) == ("none", "ANCIEN", None)
    write_statement(platform, MACHINE, hospitals.valley, WHOLE, 0)
    plan = handed(platform, hospitals.valley, written)
    assert plan.policy == Policy(DAY, True, ("vital_data", "disposal"))
    assert (plan.production_domain, plan.administrators) == ("HOPITAL", ("sauve.martin", "S\\adm"))
    assert plan.directory_backup == DirectoryBackup(2, True, False, DAY)
    partly = StatementDraft(policy=False, dsrm_apart=True, rebuilt=None)
    write_statement(platform, MACHINE, hospitals.valley, partly, 1)
    plan = handed(platform, hospitals.valley, written)
    assert (plan.policy, plan.production_domain) == ("none", "ANCIEN")
    assert plan.directory_backup == DirectoryBackup(9, None, True, "never")


@both
def test_what_was_written_is_read_again(platform: Platform, hospitals: Hospitals) -> None:
    empty = read_statement(platform, MACHINE, hospitals.valley)
    assert (empty.draft, empty.version) == (StatementDraft(), 0)
    write_statement(platform, MACHINE, hospitals.valley, WHOLE, 0)
    view = read_statement(platform, MACHINE, hospitals.valley)
    tidied = replace(
        WHOLE,
        items=("vital_data", "disposal"),
        production_domain="HOPITAL",
        administrators=("sauve.martin", "S\\adm"),
    )
    assert (view.draft, view.version) == (tidied, 1)
    write_statement(platform, MACHINE, hospitals.valley, view.draft, 1)
    assert read_statement(platform, MACHINE, hospitals.valley).version == 1
    with pytest.raises(Refused):
        write_statement(platform, MACHINE, hospitals.valley, StatementDraft(), 0)
    never = StatementDraft(rebuilt=False, rebuilt_on=DAY)
    write_statement(platform, MACHINE, hospitals.valley, never, 1)
    assert read_statement(platform, MACHINE, hospitals.valley).draft == StatementDraft(rebuilt=False)
    assert read_statement(platform, MACHINE, hospitals.far).version == 0


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (StatementDraft(policy=True), {"policy_on", "validated"}),
        (StatementDraft(rebuilt=True), {"rebuilt_on"}),
        (StatementDraft(controllers=-1), {"controllers"}),
        (StatementDraft(controllers=1_001), {"controllers"}),
        (StatementDraft(production_domain="D" * 256), {"production_domain"}),
        (StatementDraft(administrators=("a" * 121,)), {"administrators"}),
        (StatementDraft(administrators=tuple(str(one) for one in range(501))), {"administrators"}),
    ],
)
def test_a_faulty_sheet_names_its_fields(
    platform: Platform, hospitals: Hospitals, draft: StatementDraft, fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        write_statement(platform, MACHINE, hospitals.valley, draft, 0)
    assert set(refusal.value.fields) == fields


def test_days_to_come_are_refused(platform: Platform, hospitals: Hospitals) -> None:
    tomorrow = today(platform) + timedelta(days=1)
    draft = StatementDraft(policy=True, policy_on=tomorrow, validated=True, rebuilt=True, rebuilt_on=tomorrow)
    with pytest.raises(Invalid) as refusal:
        write_statement(platform, MACHINE, hospitals.valley, draft, 0)
    assert set(refusal.value.fields) == {"policy_on", "rebuilt_on"}


def test_a_stranger_sees_nothing_and_a_reader_changes_nothing(platform: Platform, hospitals: Hospitals) -> None:
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(NotFound):
        read_statement(platform, stranger, hospitals.valley)
    with pytest.raises(NotFound):
        write_statement(platform, stranger, hospitals.valley, WHOLE, 0)
    with pytest.raises(Forbidden):
        write_statement(platform, reader, hospitals.valley, WHOLE, 0)


def test_every_item_of_a_policy_has_its_words() -> None:
    assert tuple(ITEM_NAMES) == POLICY_ITEMS
