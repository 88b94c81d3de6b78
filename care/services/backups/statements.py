"""What an establishment says of its backups as a whole: policy, administrators, how the directory is saved.

One sheet an establishment, handed to audits with the inventory; what it does not say, the plan of the target may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.action_query import today
from care.services.errors import Invalid
from care.services.frameworks.marks import mark_establishment
from care.services.own_targets import wait_for_others
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.backups import BackupStatement
from scanners.backup.facts import POLICY_ITEMS
from scanners.model import Scalar, Text

MAX_ADMINISTRATORS, MAX_ACCOUNT, MAX_DOMAIN, MAX_CONTROLLERS = 500, 120, 255, 1_000
ITEM_NAMES: Mapping[str, Text] = {
    "vital_data": Text("Les données vitales", "Vital data"),
    "backup_types": Text("Les types de sauvegarde", "Kinds of backup"),
    "frequency": Text("La fréquence", "How often"),
    "administration": Text("Qui administre, et comment", "Who administers, and how"),
    "storage_access": Text("L’accès au stockage", "Access to the storage"),
    "restore_tests": Text("Les essais de restauration", "Restore tests"),
    "disposal": Text("La destruction des supports", "Disposal of media"),
}
"""The seven things a backup policy lists (ANSSI, guide d’hygiène, measure 37)."""

_NEEDED = Text("Ce champ est obligatoire.", "This field is required.")
_TO_COME = Text("Cette date est à venir.", "This day is to come.")
_WORDS: Mapping[str, Text] = {
    "policy": Text("la politique", "the policy"),
    "policy_on": Text("la date de la politique", "the date of the policy"),
    "validated": Text("sa validation", "its validation"),
    "items": Text("ce qu’elle liste", "what it lists"),
    "production_domain": Text("l’annuaire de production", "the production directory"),
    "administrators": Text("les administrateurs", "the administrators"),
    "directory": Text("la sauvegarde de l’annuaire", "the backup of the directory"),
}


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """The sheet as typed in; None and () are not known. `rebuilt`: whether the forest was ever rebuilt in a trial."""

    policy: bool | None = None
    policy_on: date | None = None
    validated: bool | None = None
    items: tuple[str, ...] = ()
    production_domain: str = ""
    administrators: tuple[str, ...] = ()
    controllers: int | None = None
    offline: bool | None = None
    dsrm_apart: bool | None = None
    rebuilt: bool | None = None
    rebuilt_on: date | None = None


@dataclass(frozen=True, slots=True)
class StatementView:
    """The sheet of an establishment; nobody wrote it at version 0."""

    establishment_id: int
    draft: StatementDraft
    changed_at: datetime | None
    changed_by: str
    version: int


def read_statement(platform: Platform, scope: Scope, establishment_id: int) -> StatementView:
    """What is said there; NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        row = session.get(BackupStatement, place.id)
    if row is None:
        return StatementView(place.id, StatementDraft(), None, "", 0)
    return StatementView(place.id, _draft(row), row.changed_at, row.changed_by, row.version)


def write_statement(
    platform: Platform, scope: Scope, establishment_id: int, draft: StatementDraft, version: int
) -> None:
    """Write the sheet seen at `version`. Invalid names each faulty field; Refused when somebody was quicker."""
    now, draft = platform.clock.now(), cleaned_statement(draft, today(platform))
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        wait_for_others(session, place.id)
        row = session.get(BackupStatement, place.id, populate_existing=True)
        thing = Thing("backup_statement", place.id, place.id)
        if row is not None and row.version != version:
            refuse_stale(platform, session, thing, (row.changed_at, row.changed_by), version, _WORDS)
        changed = put_statement(session, place.id, draft, scope.actor, now)
        if changed:
            mark_establishment(session, place.id, now)
            detail: dict[str, Scalar] = {"fields": ", ".join(changed), "version": (row.version if row else 1)}
            record(session, scope, "backup_statement.changed", thing, now, detail)


def put_statement(
    session: Session, establishment_id: int, draft: StatementDraft, actor: str, now: datetime
) -> list[str]:
    """Write a sheet that was cleaned; the names of what changed. Who asks was checked before."""
    row, values = session.get(BackupStatement, establishment_id), _values(draft)
    if row is None:
        row = BackupStatement(establishment_id=establishment_id, changed_at=now, changed_by=actor, version=1, **values)
        session.add(row)
        return list(values)
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.version, row.changed_at, row.changed_by = row.version + 1, now, actor
    return changed


def cleaned_statement(draft: StatementDraft, day: date) -> StatementDraft:
    """The draft tidied. Invalid names the fields that cannot be used."""
    accounts = tuple(dict.fromkeys(one for one in map(line_of, draft.administrators) if one))
    draft = replace(
        draft,
        production_domain=line_of(draft.production_domain),
        administrators=accounts,
        items=tuple(one for one in POLICY_ITEMS if one in draft.items),
    )
    if draft.policy is not True:
        draft = replace(draft, policy_on=None, validated=None, items=())
    if draft.rebuilt is not True:
        draft = replace(draft, rebuilt_on=None)
    faults = {**_policy_faults(draft, day), **_account_faults(draft), **_directory_faults(draft, day)}
    if faults:
        raise Invalid(faults)
    return draft


def _policy_faults(draft: StatementDraft, day: date) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    if draft.policy is True and draft.policy_on is None:
        faults["policy_on"] = Text("Dites de quand elle date.", "Say when it dates from.")
    elif draft.policy_on is not None and draft.policy_on > day:
        faults["policy_on"] = _TO_COME
    if draft.policy is True and draft.validated is None:
        faults["validated"] = Text("Dites si la direction l’a validée.", "Say whether the direction validated it.")
    return faults


def _account_faults(draft: StatementDraft) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    if len(draft.production_domain) > MAX_DOMAIN:
        faults["production_domain"] = Text("Ce nom est trop long.", "This name is too long.")
    long = next((one for one in draft.administrators if len(one) > MAX_ACCOUNT), None)
    if long is not None:
        faults["administrators"] = Text(
            f"« {long[:30]}… » est trop long : un compte par ligne, {MAX_ACCOUNT} signes au plus.",
            f"“{long[:30]}…” is too long: one account a line, at most {MAX_ACCOUNT} characters.",
        )
    elif len(draft.administrators) > MAX_ADMINISTRATORS:
        faults["administrators"] = Text(
            f"{MAX_ADMINISTRATORS} comptes au plus.", f"At most {MAX_ADMINISTRATORS} accounts."
        )
    return faults


def _directory_faults(draft: StatementDraft, day: date) -> dict[str, Text]:
    faults: dict[str, Text] = {}
    if draft.controllers is not None and not 0 <= draft.controllers <= MAX_CONTROLLERS:
        faults["controllers"] = Text("Entre 0 et 1 000.", "Between 0 and 1,000.")
    if draft.rebuilt is True and draft.rebuilt_on is None:
        faults["rebuilt_on"] = _NEEDED
    elif draft.rebuilt_on is not None and draft.rebuilt_on > day:
        faults["rebuilt_on"] = _TO_COME
    return faults


def stated_draft(session: Session, establishment_id: int) -> StatementDraft:
    """The sheet of an establishment, empty when nobody wrote it; who asks was checked before."""
    row = session.get(BackupStatement, establishment_id)
    return StatementDraft() if row is None else _draft(row)


def stated(session: Session, establishment_id: int, written: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a plan that the sheet says, over those `written` in the plan of the target."""
    row = session.get(BackupStatement, establishment_id)
    if row is None:
        return {}
    said: dict[str, Any] = {}
    if row.policy is False:
        said["policy"] = "none"
    elif row.policy and row.policy_on is not None and row.validated is not None:
        items = {"items": list(row.items)} if row.items else {}
        said["policy"] = {"date": row.policy_on.isoformat(), "validated": row.validated, **items}
    if row.production_domain:
        said["production_domain"] = row.production_domain
    if row.administrators:
        said["administrators"] = list(row.administrators)
    if row.directory:
        theirs = written.get("directory_backup")
        said["directory_backup"] = {**(theirs if isinstance(theirs, Mapping) else {}), **row.directory}
    return said


def _values(draft: StatementDraft) -> dict[str, Any]:
    """The columns of a draft; of the directory, what a plan would say."""
    rebuilt = draft.rebuilt_on.isoformat() if draft.rebuilt_on else "never" if draft.rebuilt is False else None
    directory = {
        "controllers": draft.controllers, "offline": draft.offline, "dsrm_apart": draft.dsrm_apart,
        "rebuilt_on": rebuilt,
    }  # fmt: skip
    return {
        "policy": draft.policy,
        "policy_on": draft.policy_on,
        "validated": draft.validated,
        "items": list(draft.items),
        "production_domain": draft.production_domain,
        "administrators": list(draft.administrators),
        "directory": {name: value for name, value in directory.items() if value is not None},
    }


def _draft(row: BackupStatement) -> StatementDraft:
    rebuilt = row.directory.get("rebuilt_on")
    return StatementDraft(
        row.policy,
        row.policy_on,
        row.validated,
        tuple(row.items),
        row.production_domain,
        tuple(row.administrators),
        row.directory.get("controllers"),
        row.directory.get("offline"),
        row.directory.get("dsrm_apart"),
        None if rebuilt is None else rebuilt != "never",
        date.fromisoformat(rebuilt) if rebuilt not in (None, "never") else None,
    )
