"""The inventory of backups: kept, brought as files and undone, and handed to audits as a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from care.domain.access import Level, Role, Scope
from care.domain.backups import Lock, Medium, RestoreOutcome
from care.domain.continuity import ResourceKind
from care.domain.durations import DAY, HOUR
from care.services.action_query import today
from care.services.backups.handing import Inventory, handed_plan, inventory_of
from care.services.backups.inventory import COPIES, STEPS, SYSTEMS, CopyDraft, StepDraft, SystemDraft
from care.services.backups.own_target import ask_check
from care.services.backups.statements import StatementDraft, read_statement, write_statement
from care.services.backups.taking_over import preview_plan, take_plan
from care.services.backups.targets import reading_target
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.services.register_files import Fate, sent_table
from care.services.register_keeping import Register
from care.services.targets import TargetDraft, add_target, change_target, opened_secrets
from care.store.backups import BackupCopy, BackupMilestone, BackupSystem
from care.store.jobs import Schedule
from care.store.targets import Target
from scanners.backup.facts import Plan
from scanners.backup.plan import parse_plan
from tests.support.backups import PlantedBackups, plant_backups, plant_plan
from tests.support.continuity import plant_activity, plant_need, plant_resource
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
FRENCH = replace(MACHINE, lang="fr")


def ciso(hospitals: Hospitals) -> Scope:
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)


SSH_PLAN: dict[str, Any] = {
    "name": "loin",
    "tool": "restic",
    "remote": {
        "kind": "ssh",
        "host": "sauvegarde.test",
        "user": "care",
        "path": "/depots/a",
        "host_keys": "h ssh-ed25519 AAAA",
    },
}


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedBackups:
    return plant_backups(platform, hospitals.valley)


def plan_of(platform: Platform, establishment_id: int, written: dict[str, Any]) -> dict[str, Any]:
    with platform.database.read() as session:
        return handed_plan(platform, session, establishment_id, written)


def handed_alone(platform: Platform, number: int) -> Plan:
    with platform.database.read() as session:
        return parse_plan(session.get_one(Target, number).request["plan"], "plan")


@both
def test_the_inventory_is_handed_over_as_a_plan(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    written = {
        "production_domain": "HOPITAL",
        "critical_systems": ["PACS"],
        "systems": [{"name": "d’avant"}],
        "repositories": [{"name": "dpi-restic", "tool": "restic", "location": "/srv/dpi"}],
    }
    plan = parse_plan(plan_of(platform, hospitals.valley, written), "inventaire")
    assert [one.name for one in plan.systems] == ["DPI", "Laboratoire", "Paie"]
    dpi, labo, paie = plan.systems
    assert (dpi.pdma_hours, dpi.dmard_hours, dpi.data_gb) == (24, 8, 350)
    assert [(one.name, one.medium, one.lock, one.repository) for one in dpi.copies] == [
        ("bande", "tape", "worm", None),
        ("disque", "disk", None, "dpi-restic"),
    ]
    assert dpi.copies[1].retention_days == 30
    assert (labo.last_restore_test, paie.last_restore_test, paie.critical) == ("never", None, True)
    assert [(one.title, one.system, one.done) for one in plan.milestones] == [
        ("Copie hors site du laboratoire", "Laboratoire", None),
        ("Bande pour tous", "", None),
    ]
    assert (plan.production_domain, plan.critical_systems) == ("HOPITAL", ("PACS",))


@both
def test_a_repository_that_the_target_does_not_describe_is_not_read(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    plan = parse_plan(plan_of(platform, hospitals.valley, {}), "inventaire")
    assert {copy.repository for system in plan.systems for copy in system.copies} == {None}


@pytest.mark.parametrize(
    ("known", "kept"),
    [
        (["DPI-Restic"], "DPI-Restic"),
        (["dpi-restic", "DPI-RESTIC"], "dpi-restic"),
        (["DPI-Restic", "DPI-RESTIC"], None),
    ],
)
def test_the_name_of_a_repository_is_met_whatever_its_case(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, known: list[str], kept: str | None
) -> None:
    """Two that differ by their case alone are only met as they are written."""
    listed = [{"name": name, "tool": "restic", "location": f"/srv/{rank}"} for rank, name in enumerate(known)]
    plan = plan_of(platform, hospitals.valley, {"repositories": listed})
    found = {copy.get("repository") for system in plan["systems"] for copy in system["copies"]}
    assert found - {None} == ({kept} if kept else set())


def test_jobs_tied_in_the_target_follow_the_systems_in_use(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    jobs = {
        "Nuit": "DPI", "VM-*": ["DPI", "Paie"], "Tout": ["DPI", "Ancien PACS"], "Vieux": "Ancien PACS", "Essai": "",
        "Fini": ["Ancien PACS"],
    }  # fmt: skip
    plan = parse_plan(plan_of(platform, hospitals.valley, {"jobs": jobs}), "inventaire")
    assert plan.jobs == {"Nuit": "DPI", "VM-*": ("DPI", "Paie"), "Tout": "DPI", "Essai": ""}


def test_names_twice_and_over_are_told_apart(platform: Platform, hospitals: Hospitals, planted: PlantedBackups) -> None:
    twin = SYSTEMS.add(platform, MACHINE, hospitals.valley, SystemDraft("dpi", "Bâtiment B", Medium.NAS))
    for _ in range(2):
        COPIES.add(platform, MACHINE, hospitals.valley, CopyDraft(twin, "nuit", "B", Medium.NAS))
    plan = parse_plan(plan_of(platform, hospitals.valley, {}), "inventaire")
    assert {f"DPI (n° {planted.good})", f"dpi (n° {twin})"} <= {one.name for one in plan.systems}
    assert "Ancien PACS" not in {one.name for one in plan.systems}


def test_an_empty_inventory_says_so(platform: Platform, hospitals: Hospitals) -> None:
    with pytest.raises(Refused, match="holds no system"):
        plan_of(platform, hospitals.valley, {})


@both
def test_the_first_system_makes_the_target(platform: Platform, hospitals: Hospitals, planted: PlantedBackups) -> None:
    with platform.database.read() as session:
        target = reading_target(session, hospitals.valley)
        assert target is not None
        assert target.request["inventory"] is True
        schedule = session.scalars(select(Schedule).where(Schedule.target_id == target.id)).one()
        assert schedule.cron == "10 5 * * *"
        assert reading_target(session, hospitals.far) is None
    assert ask_check(platform, ciso(hospitals), hospitals.valley) is not None


def test_no_second_target_beside_one_that_has_a_plan(platform: Platform, hospitals: Hospitals) -> None:
    add_target(platform, MACHINE, hospitals.valley, TargetDraft("backup", "Plan", {"plan": {"version": 1}}))
    plant_backups(platform, hospitals.valley)
    with platform.database.read() as session:
        assert reading_target(session, hospitals.valley) is None
    with pytest.raises(Refused, match="No target reads this inventory"):
        ask_check(platform, MACHINE, hospitals.valley)


@both
def test_copies_come_from_a_file_and_the_import_is_undone(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    text = "Système;Copie;Support;Site;Immuable;Verrou;Fréquence;Rétention\n"
    text += "dpi;disque;Disque;Bâtiment B;oui;conformité;12 h;\n"
    text += "Paie;nuit;LTO;Bâtiment C;?;;1 j;2 mois\n"
    preview = COPIES.preview(platform, FRENCH, hospitals.valley, sent_table(text.encode()))
    assert preview.faults == ()
    assert [(one.name, one.fate) for one in preview.lines] == [
        ("DPI – disque", Fate.CHANGED),
        ("Paie – nuit", Fate.NEW),
    ]
    assert ("Intervalle", "1 j", "12 h") in {(one.field, one.before, one.after) for one in preview.lines[0].differences}
    COPIES.take_in(platform, FRENCH, hospitals.valley, preview.carried, preview.seen)
    with platform.database.read() as session:
        disk = session.get_one(BackupCopy, planted.disk)
        assert (disk.lock, disk.interval_minutes, disk.encrypted) == (Lock.COMPLIANCE, DAY // 2, True)
        night = session.scalars(select(BackupCopy).where(BackupCopy.name == "nuit")).one()
        assert (night.medium, night.retention_days, night.immutable) == (Medium.TAPE, 61, None)
    last = COPIES.last_import(platform, FRENCH, hospitals.valley)
    assert last is not None
    assert (last.added, last.changed) == (1, 1)
    COPIES.undo_import(platform, FRENCH, hospitals.valley, last.number)
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(BackupCopy)) == 3
        assert session.get_one(BackupCopy, planted.disk).interval_minutes == DAY


@both
def test_steps_come_from_a_file_and_the_import_is_undone(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    text = "Titre;Application;Pour le;Pilote\n"
    text += "copie hors site du laboratoire;LABORATOIRE;01/12/2026;M. Petit\n"
    text += "Dépôt immuable;dpi;2027-03-31;\n"
    text += "Contrôle annuel;tous;2027-06-30;\n"
    text += "Bande pour tous;;15/07/2026;\n"
    preview = STEPS.preview(platform, FRENCH, hospitals.valley, sent_table(text.encode()))
    assert preview.faults == ()
    assert [(one.name, one.fate) for one in preview.lines] == [
        ("copie hors site du laboratoire (Laboratoire)", Fate.CHANGED),
        ("Dépôt immuable (DPI)", Fate.NEW),
        ("Contrôle annuel", Fate.NEW),
        ("Bande pour tous", Fate.CHANGED),
    ]
    STEPS.take_in(platform, FRENCH, hospitals.valley, preview.carried, preview.seen)
    with platform.database.read() as session:
        rows = session.scalars(select(BackupMilestone).order_by(BackupMilestone.id)).all()
        assert [(one.system_id, one.due_on.isoformat(), one.owner) for one in rows] == [
            (planted.bad, "2026-12-01", "M. Petit"),
            (None, "2026-07-15", ""),
            (planted.good, "2027-03-31", ""),
            (None, "2027-06-30", ""),
        ]
    last = STEPS.last_import(platform, FRENCH, hospitals.valley)
    assert last is not None
    assert (last.added, last.changed) == (2, 2)
    STEPS.undo_import(platform, FRENCH, hospitals.valley, last.number)
    with platform.database.read() as session:
        rows = session.scalars(select(BackupMilestone).order_by(BackupMilestone.id)).all()
        assert [(one.title, one.owner) for one in rows] == [
            ("Copie hors site du laboratoire", "Mme Diallo"),
            ("Bande pour tous", ""),
        ]


def test_a_step_of_an_unknown_system_or_without_a_day_is_refused(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    table = sent_table("Jalon;Système;Échéance\nBande;Imagerie;bientôt\nBande;DPI;\n".encode())
    preview = STEPS.preview(platform, FRENCH, hospitals.valley, table)
    assert [one[:60] for one in preview.faults] == [
        "Ligne 2, colonne « Système » : ce système n’est pas à l’inve",
        "Ligne 2, colonne « Échéance » : une date est attendue (JJ/MM",
        "Ligne 3, colonne « Échéance » : Ce champ est obligatoire.",
    ]


def test_a_copy_of_an_unknown_system_is_refused_with_what_to_do(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    table = sent_table("Système;Copie;Support;Site\nImagerie;nuit;NAS;B\n".encode())
    preview = COPIES.preview(platform, FRENCH, hospitals.valley, table)
    (fault,) = preview.faults
    assert fault.startswith("Ligne 2, colonne « Système » : ce système n’est pas à l’inventaire : notez-le ou importez")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_exported_reads_back_unchanged(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups, form: str
) -> None:
    registers: tuple[Register[Any, Any], ...] = (SYSTEMS, COPIES, STEPS)
    for register in registers:
        content = register.export(platform, FRENCH, hospitals.valley, form)
        preview = register.preview(platform, FRENCH, hospitals.valley, sent_table(content))
        assert preview.faults == ()
        assert {one.fate for one in preview.lines} == {Fate.SAME}


def test_systems_that_copies_speak_of_are_not_taken_away(platform: Platform, hospitals: Hospitals) -> None:
    table = sent_table("Système;Site;Support\nImagerie;A;NAS\n".encode())
    preview = SYSTEMS.preview(platform, FRENCH, hospitals.valley, table)
    SYSTEMS.take_in(platform, FRENCH, hospitals.valley, preview.carried, preview.seen)
    with platform.database.read() as session:
        number = session.scalars(select(BackupSystem.id)).one()
    COPIES.add(platform, MACHINE, hospitals.valley, CopyDraft(number, "nuit", "B", Medium.NAS))
    with pytest.raises(Refused, match="in use elsewhere"):
        SYSTEMS.undo_import(platform, MACHINE, hospitals.valley, 1)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (SystemDraft("", "A", Medium.NAS), "name"),
        (SystemDraft("DPI", "", Medium.NAS), "site"),
        (SystemDraft("DPI", "A"), "medium"),
        (SystemDraft("DPI", "A", Medium.NAS, pdma_minutes=0), "pdma_minutes"),
        (SystemDraft("DPI", "A", Medium.NAS, resource_id=99), "resource_id"),
        (SystemDraft("D" * 121, "A", Medium.NAS), "name"),
    ],
)
def test_a_faulty_system_names_its_field(
    platform: Platform, hospitals: Hospitals, draft: SystemDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        SYSTEMS.add(platform, MACHINE, hospitals.valley, draft)
    assert set(refusal.value.fields) == {field}


def test_a_copy_and_a_step_of_another_establishment_are_refused(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    with pytest.raises(Invalid):
        COPIES.add(platform, MACHINE, hospitals.far, CopyDraft(planted.good, "x", "B", Medium.NAS))
    with pytest.raises(Invalid):
        STEPS.add(platform, MACHINE, hospitals.far, StepDraft("x", today(platform), planted.good))
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(NotFound):
        SYSTEMS.close(platform, stranger, planted.good, today(platform), 1)
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        SYSTEMS.close(platform, reader, planted.good, today(platform), 1)


def test_a_repository_name_is_one_of_a_plan(platform: Platform, hospitals: Hospitals, planted: PlantedBackups) -> None:
    for name in ("--repo", "dépôt", "a b"):
        with pytest.raises(Invalid):
            COPIES.add(
                platform, MACHINE, hospitals.valley, CopyDraft(planted.good, "x", "B", Medium.NAS, repository=name)
            )


def test_a_step_reached_is_told_as_done(platform: Platform, hospitals: Hospitals, planted: PlantedBackups) -> None:
    STEPS.close(platform, MACHINE, planted.late, today(platform) - timedelta(days=1), 1)
    with platform.database.read() as session:
        kept = inventory_of(session, hospitals.valley, today(platform))
    assert kept.plan().milestones[0].done == today(platform) - timedelta(days=1)


@both
def test_the_plan_of_a_target_is_taken_over_once(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    number = plant_plan(platform, hospitals.valley)
    seen = preview_plan(platform, FRENCH, hospitals.valley, number)
    assert (seen.added, seen.known, seen.copies, seen.steps) == (("PACS",), (), 1, 1)
    take_plan(platform, FRENCH, hospitals.valley, number, seen.version)
    with platform.database.read() as session:
        target = reading_target(session, hospitals.valley)
        assert target is not None
        assert session.get_one(Target, number).archived_at is not None  # the inventory had a reader
        assert set(target.request["plan"]) == {"version", "establishment", "answers"}
        assert opened_secrets(platform, session, target.id)["repository.pacs"] == "secret"
        system = session.scalars(select(BackupSystem).where(BackupSystem.name == "PACS")).one()
        assert (system.pdma_minutes, system.dmard_minutes, system.test_outcome) == (DAY, 30, RestoreOutcome.FAILURE)
        handed = handed_plan(platform, session, hospitals.valley, target.request["plan"])
    plan = parse_plan(handed, "inventaire")
    pacs = next(one for one in plan.systems if one.name == "PACS")
    assert (pacs.copies[0].repository, plan.answers["keys_apart"].value) == ("pacs", True)
    assert [one.title for one in plan.milestones if one.system == "PACS"] == ["Bande hors site"]
    with pytest.raises(NotFound):
        preview_plan(platform, FRENCH, hospitals.valley, number)


@both
def test_what_a_plan_says_beside_its_systems_is_taken_over_too(platform: Platform, hospitals: Hospitals) -> None:
    said = {
        "repositories": [SSH_PLAN, {"name": "dpi-restic", "tool": "restic", "location": "/srv/other"}],
        "policy": {"date": "2026-01-12", "validated": True, "items": ["frequency"]},
        "production_domain": "HOPITAL",
        "administrators": ["sauve.martin"],
        "directory_backup": {"controllers": 2, "rebuilt_on": "never"},
        "jobs": {"Nuit": "PACS", "srv-essai": "", "VM-*": ["PACS"]},
    }
    number = plant_plan(platform, hospitals.valley, also=said)
    before = handed_alone(platform, number)
    seen = preview_plan(platform, FRENCH, hospitals.valley, number)
    assert [one.name for one in seen.parts.repositories] == ["pacs", "loin", "dpi-restic"]
    assert (seen.parts.jobs, seen.reader) == (("Nuit", "srv-essai", "VM-*"), "")
    take_plan(platform, FRENCH, hospitals.valley, number, seen.version)
    with platform.database.read() as session:
        written = session.get_one(Target, number).request["plan"]
    assert set(written) == {"version", "establishment", "answers"}
    after = parse_plan(plan_of(platform, hospitals.valley, written), "inventaire")
    assert {one.name: one for one in after.repositories} == {one.name: one for one in before.repositories}
    for name in ("policy", "production_domain", "administrators", "directory_backup", "answers"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.jobs == {"Nuit": "PACS", "srv-essai": "", "VM-*": "PACS"}


def test_what_the_inventory_says_stands_when_a_plan_is_taken_over(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    sheet = StatementDraft(policy=False, production_domain="VALLEE")
    write_statement(platform, MACHINE, hospitals.valley, sheet, 0)
    said = {
        "policy": {"date": "2026-01-12", "validated": True},
        "production_domain": "HOPITAL",
        "administrators": ["a"],
    }
    number = plant_plan(platform, hospitals.valley, also=said)
    take_plan(platform, FRENCH, hospitals.valley, number, 1)
    kept = read_statement(platform, MACHINE, hospitals.valley).draft
    assert (kept.policy, kept.production_domain, kept.administrators) == (False, "VALLEE", ("a",))


@both
def test_a_second_plan_goes_to_the_target_that_reads_the_inventory(platform: Platform, hospitals: Hospitals) -> None:
    first = plant_plan(platform, hospitals.valley)
    take_plan(platform, FRENCH, hospitals.valley, first, 1)
    second = plant_plan(
        platform, hospitals.valley, "Second", also={"repositories": [SSH_PLAN]}, secrets={"access.loin": "clé"}
    )
    seen = preview_plan(platform, FRENCH, hospitals.valley, second)
    assert seen.reader == "Plan en YAML"
    take_plan(platform, FRENCH, hospitals.valley, second, seen.version)
    with platform.database.read() as session:
        assert session.get_one(Target, second).archived_at is not None
        reader = reading_target(session, hospitals.valley)
        assert reader is not None
        assert reader.id == first
        assert opened_secrets(platform, session, first) == {"repository.pacs": "secret", "access.loin": "clé"}
    with pytest.raises(Invalid) as refused:
        add_target(platform, MACHINE, hospitals.valley, TargetDraft("backup", "Autre", {"inventory": True, "plan": {}}))
    assert "request.inventory" in refused.value.fields


def test_a_target_whose_repository_moves_asks_for_its_secret_again(platform: Platform, hospitals: Hospitals) -> None:
    number = plant_plan(platform, hospitals.valley, also={"repositories": [SSH_PLAN]}, secrets={"access.loin": "clé"})
    with platform.database.read() as session:
        plan = session.get_one(Target, number).request["plan"]
    remote = {**SSH_PLAN["remote"], "host": "ailleurs.test"}
    moved = {**plan, "repositories": [plan["repositories"][0], {**SSH_PLAN, "remote": remote}]}
    draft = TargetDraft("backup", "Plan en YAML", {"plan": moved})
    with pytest.raises(Invalid) as refused:
        change_target(platform, MACHINE, number, draft, 1)
    assert "loin" in refused.value.fields["request.plan"].fr
    change_target(platform, MACHINE, number, replace(draft, secrets={"access.loin": "autre"}), 1)


def test_a_plan_is_not_taken_over_twice_nor_by_a_stranger(platform: Platform, hospitals: Hospitals) -> None:
    number = plant_plan(platform, hospitals.valley)
    with pytest.raises(Refused, match="changed since this preview"):
        take_plan(platform, MACHINE, hospitals.valley, number, 7)
    for scope in (person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), ciso(hospitals)):
        with pytest.raises(NotFound):
            preview_plan(platform, scope, hospitals.far, number)


@both
def test_what_care_asks_comes_from_the_impact_analyses_unless_it_is_written(
    platform: Platform, hospitals: Hospitals
) -> None:
    here = hospitals.valley
    ward = plant_activity(platform, here, "Urgences", dmia=4 * HOUR, pdma_minutes=HOUR)
    for name in ("DPI", "Imagerie"):
        plant_need(platform, here, ward, plant_resource(platform, here, name, dmard_minutes=2 * HOUR))
    link = plant_resource(platform, here, "Ferme de serveurs", ResourceKind.INFRASTRUCTURE)
    bare = SystemDraft("dpi", "Bâtiment A", Medium.SAN)
    number = SYSTEMS.add(platform, MACHINE, here, bare)
    other = SYSTEMS.add(platform, MACHINE, here, SystemDraft("Virtualisation", "A", Medium.SAN, resource_id=link))

    def asked() -> Inventory:
        with platform.database.read() as session:
            return inventory_of(session, here, today(platform))

    got = asked()
    assert got.asked[number].resource is not None
    assert (got.asked[number].critical, got.asked[number].assumed, got.asked[other].critical) == (True, False, False)
    assert (got.asked[number].pdma, got.asked[number].pdma_by) == (HOUR, "Urgences")
    assert (got.asked[number].dmard, got.asked[number].dmard_by) == (2 * HOUR, "")
    assert got.critical is not None
    assert set(got.critical) == {"dpi", "Imagerie"}
    SYSTEMS.change(platform, MACHINE, number, replace(bare, pdma_minutes=7, critical=False), 1)
    got = asked()
    assert (got.asked[number].pdma, got.asked[number].pdma_by, got.asked[number].critical) == (7, "", False)
