"""Repositories of the inventory: typed, kept with sealed secrets, handed to audits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role
from care.domain.backups import Reach, RepositoryTool
from care.services.action_query import today
from care.services.backups.handing import handed_plan
from care.services.backups.repositories import (
    RepositorySecrets,
    add_repository,
    change_repository,
    close_repository,
    open_repository,
    read_repositories,
    repository_names,
)
from care.services.backups.repository_plans import RepositoryDraft
from care.services.backups.targets import reading_target
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.platform import Platform
from care.services.targets import opened_secrets
from care.store.targets import TargetSecret
from scanners.backup.facts import Plan, S3Place, SshPlace
from scanners.backup.plan import parse_plan
from tests.support.backups import PlantedBackups, plant_backups, plant_repository
from tests.support.people import MACHINE, Hospitals, person

both = pytest.mark.both_databases
NONE = RepositorySecrets()
SSH = RepositoryDraft(
    "dpi-restic", RepositoryTool.RESTIC, Reach.SSH, "/depots/dpi", "sauvegarde.hopital.fr", 2222, "care",
    host_keys="sauvegarde.hopital.fr ssh-ed25519 AAAAC3Nza",
)  # fmt: skip
S3 = RepositoryDraft(
    "dpi-s3", RepositoryTool.RESTIC, Reach.S3, "dpi", "s3.hebergeur.fr", account="CARE", bucket="sauvegardes"
)


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedBackups:
    return plant_backups(platform, hospitals.valley)


def handed(platform: Platform, establishment_id: int, written: dict[str, Any] | None = None) -> Plan:
    with platform.database.read() as session:
        return parse_plan(handed_plan(platform, session, establishment_id, written or {}), "inventaire")


@both
def test_repositories_are_handed_to_audits_before_those_of_the_target(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    for draft in (SSH, S3):
        add_repository(platform, MACHINE, hospitals.valley, draft, NONE)
    theirs = [
        {"name": "DPI-restic", "tool": "restic", "location": "/srv/ancien"},
        {"name": "labo", "tool": "borg", "location": "/srv/labo"},
    ]
    plan = handed(platform, hospitals.valley, {"repositories": theirs})
    assert [one.name for one in plan.repositories] == ["dpi-restic", "dpi-s3", "labo"]
    ssh, s3, _labo = (one.remote for one in plan.repositories)
    assert isinstance(ssh, SshPlace)
    assert (ssh.host, ssh.port, ssh.user, ssh.path) == ("sauvegarde.hopital.fr", 2222, "care", "/depots/dpi")
    assert isinstance(s3, S3Place)
    assert (s3.bucket, s3.prefix, s3.access_key, s3.port, s3.tls) == ("sauvegardes", "dpi", "CARE", 443, True)
    assert plan.systems[0].copies[1].repository == "dpi-restic"


@both
def test_secrets_are_sealed_and_given_to_the_audit_alone(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    number = add_repository(platform, MACHINE, hospitals.valley, SSH, RepositorySecrets("le mot", "la clé"))
    with platform.database.read() as session:
        target = reading_target(session, hospitals.valley)
        assert target is not None
        opened = opened_secrets(platform, session, target.id)
        assert opened == {"repository.dpi-restic": "le mot", "access.dpi-restic": "la clé"}
        assert not [row for row in session.scalars(select(TargetSecret)) if b"mot" in row.sealed]
    view = open_repository(platform, MACHINE, number)
    assert (set(view.kept), view.missing) == ({"repository", "access"}, ())
    assert "le mot" not in repr(view)
    change_repository(platform, MACHINE, number, replace(SSH, port=22), RepositorySecrets(access="une autre"), 1)
    with platform.database.read() as session:
        opened = opened_secrets(platform, session, target.id)
        assert opened == {"repository.dpi-restic": "le mot", "access.dpi-restic": "une autre"}
    close_repository(platform, MACHINE, number, today(platform), 2)
    with platform.database.read() as session:
        assert opened_secrets(platform, session, target.id) == {}
    assert handed(platform, hospitals.valley).repositories == ()
    close_repository(platform, MACHINE, number, None, 3)
    assert open_repository(platform, MACHINE, number).missing == ("repository", "access")


def test_a_repository_says_which_copies_name_it(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    add_repository(platform, MACHINE, hospitals.valley, SSH, NONE)
    plant_repository(platform, hospitals.valley)
    views = read_repositories(platform, MACHINE, hospitals.valley)
    assert [(one.draft.name, one.copies, one.missing, one.opened) for one in views] == [
        ("dpi-restic", ("DPI – disque",), ("repository", "access"), None),
        ("exports", (), (), None),
    ]
    assert repository_names(platform, MACHINE, hospitals.valley) == ("dpi-restic", "exports")


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (RepositoryDraft("--repo", RepositoryTool.DROP, path="/srv/x"), "name"),
        (RepositoryDraft("x" * 54, RepositoryTool.DROP, path="/srv/x"), "name"),
        (RepositoryDraft("x", None, path="/srv/x"), "tool"),
        (RepositoryDraft("x", RepositoryTool.DROP, path="srv/x"), "path"),
        (RepositoryDraft("x", RepositoryTool.DROP, path="/srv/../etc"), "path"),
        (RepositoryDraft("x", RepositoryTool.DROP, path="/srv/x", pattern="a/b"), "pattern"),
        (replace(SSH, tool=RepositoryTool.DROP), "reach"),
        (replace(SSH, host="-oProxyCommand=x"), "host"),
        (replace(SSH, account="a b"), "account"),
        (replace(SSH, path="/depots/../x"), "reach"),
        (replace(SSH, host_keys=""), "host_keys"),
        (replace(S3, tls=False), "reach"),
        (replace(S3, bucket="X"), "bucket"),
        (replace(S3, account=""), "account"),
    ],
)
def test_a_faulty_repository_names_its_field(
    platform: Platform, hospitals: Hospitals, draft: RepositoryDraft, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        add_repository(platform, MACHINE, hospitals.valley, draft, NONE)
    assert set(refusal.value.fields) == {field}


def test_a_name_is_given_once_and_stays(platform: Platform, hospitals: Hospitals, planted: PlantedBackups) -> None:
    number = plant_repository(platform, hospitals.valley)
    with pytest.raises(Invalid, match="name"):
        plant_repository(platform, hospitals.valley, "EXPORTS")
    other = RepositoryDraft("autre", RepositoryTool.DROP, path="/srv/exports")
    with pytest.raises(Invalid, match="name"):
        change_repository(platform, MACHINE, number, other, NONE, 1)
    plant_repository(platform, hospitals.far, "exports")


def test_secrets_need_the_target_that_reads_the_inventory(platform: Platform, hospitals: Hospitals) -> None:
    with pytest.raises(Refused, match="there is none"):
        add_repository(platform, MACHINE, hospitals.valley, SSH, RepositorySecrets("mot"))
    assert read_repositories(platform, MACHINE, hospitals.valley) == ()


def test_a_stranger_sees_nothing_and_a_reader_changes_nothing(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    number = plant_repository(platform, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    reader = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    draft = RepositoryDraft("exports", RepositoryTool.DROP, path="/srv/ailleurs")
    for scope, refusal in ((stranger, NotFound), (reader, Forbidden)):
        with pytest.raises(refusal):
            change_repository(platform, scope, number, draft, NONE, 1)
        with pytest.raises(refusal):
            close_repository(platform, scope, number, today(platform), 1)
        with pytest.raises(refusal):
            add_repository(platform, scope, hospitals.valley, replace(draft, name="y"), NONE)
    with pytest.raises(NotFound):
        open_repository(platform, stranger, number)
    with pytest.raises(NotFound):
        read_repositories(platform, stranger, hospitals.valley)


def test_who_was_slower_is_told(platform: Platform, hospitals: Hospitals, planted: PlantedBackups) -> None:
    number = plant_repository(platform, hospitals.valley)
    draft = RepositoryDraft("exports", RepositoryTool.DROP, path="/srv/b")
    change_repository(platform, MACHINE, number, draft, NONE, 1)
    with pytest.raises(Refused):
        change_repository(platform, MACHINE, number, replace(draft, path="/srv/c"), NONE, 1)


def test_a_secret_is_not_sent_to_another_machine_than_the_one_it_was_typed_for(
    platform: Platform, hospitals: Hospitals, planted: PlantedBackups
) -> None:
    number = add_repository(platform, MACHINE, hospitals.valley, SSH, RepositorySecrets("mot de passe", "clé"))
    for moved in (replace(SSH, host="ailleurs.test"), replace(SSH, port=22), replace(SSH, account="autre")):
        with pytest.raises(Invalid) as refused:
            change_repository(platform, MACHINE, number, moved, NONE, 1)
        assert set(refused.value.fields) == {"access_secret"}
    change_repository(platform, MACHINE, number, replace(SSH, path="/depots/autre"), NONE, 1)
    typed = RepositorySecrets(access="autre")
    change_repository(platform, MACHINE, number, replace(SSH, host="ailleurs.test"), typed, 2)
