"""Targets: what an establishment has audited, how to reach it, under which mandate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.actions import CareCriticality
from care.domain.jobs import ACTIVE, JobState
from care.services.alerts.standing import restate_establishment
from care.services.errors import Invalid, NotFound, Refused
from care.services.exposure.unwatched import archived_with
from care.services.next_audit import begin_rhythm
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.scanning import (
    BACKUP_SCANNER,
    DIRECTORY_SCANNER,
    INVENTORY,
    MANDATE,
    NEVER_WRITTEN,
    PERMISSIONS,
    checked_request,
    described,
    shown_to,
    takes,
)
from care.services.trail import Thing, record
from care.store.jobs import Job
from care.store.runs import Run, latest_of_each_target
from care.store.targets import Mandate, Target, TargetSecret
from scanners.model import Text

_MAX_NAME = 200
MAX_SECRET = 100_000
_TAKEN = Text("Une cible de ce type porte déjà ce nom.", "A target of this kind already has this name.")
_TYPE_AGAIN = Text(
    "Le serveur change : tapez ce secret à nouveau, celui qui est gardé n’est pas envoyé ailleurs.",
    "The server changes: type this secret again, the one that is kept is not sent elsewhere.",
)
_MOVED = Text(
    "Ces dépôts changent de serveur, et le secret gardé n’est pas envoyé ailleurs : {names}. Tapez-le à nouveau avec "
    "ce changement.",
    "These repositories move to another server, and the secret that is kept is not sent elsewhere: {names}. Type it "
    "again with this change.",
)
_EDITED_MEANWHILE = Text(
    "Cette cible a été modifiée entre-temps par quelqu’un d’autre ; relisez-la, puis recommencez.",
    "Somebody else changed this target in the meantime; read it again, then start over.",
)


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """A target as typed in. `secrets` holds the new values by name: an absent one is kept, an empty one forgotten.

    `criticality` is what care loses with what is audited: the default of the actions about it.
    """

    scanner: str
    name: str
    request: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict)
    mandate_id: int | None = None
    criticality: CareCriticality = CareCriticality.MODERATE


@dataclass(frozen=True, slots=True)
class LastRun:
    """The latest audit of a target. `state` is its job's; counts are None until it is recorded. A collection that
    was brought ended when it was made."""

    id: int
    state: JobState
    asked_at: datetime
    finished_at: datetime | None
    complete: bool | None
    failed: int | None


@dataclass(frozen=True, slots=True)
class TargetView:
    """A target. Of its secrets only the names and dates are ever shown."""

    id: int
    establishment_id: int
    scanner: str
    name: str
    request: Mapping[str, Any]
    secrets: Mapping[str, datetime]
    mandate_id: int | None
    criticality: CareCriticality
    version: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    archived: bool
    last_run: LastRun | None

    @property
    def auditable(self) -> bool:
        """Whether it can be audited from here: a directory may live on imported collections alone."""
        return self.scanner != DIRECTORY_SCANNER or bool(self.request)


def list_targets(platform: Platform, scope: Scope, establishment_id: int) -> tuple[TargetView, ...]:
    """The targets of an establishment that are not archived, by scanner then name, with their latest audit."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        rows = session.scalars(
            select(Target)
            .where(Target.establishment_id == establishment_id, Target.archived_at.is_(None), described())
            .order_by(Target.scanner, Target.name)
        ).all()
        return _views(session, rows)


def open_target(platform: Platform, scope: Scope, target_id: int) -> TargetView:
    """One target; NotFound outside the scope."""
    with platform.database.read() as session:
        row = session.scalars(
            select(Target).where(
                Target.id == target_id, within(scope, Right.SEE_FINDINGS, Target.establishment_id), described()
            )
        ).one_or_none()
        if row is None:
            raise NotFound
        return _views(session, [row])[0]


def add_target(platform: Platform, scope: Scope, establishment_id: int, draft: TargetDraft) -> int:
    """Record a target and return its number. Invalid names each faulty field (`name`, `request.<field>`…)."""
    now = platform.clock.now()
    request = _checked(draft)
    try:
        with platform.database.write() as session:
            visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
            _check_mandate(session, draft, establishment_id)
            _check_reader(session, establishment_id, draft.scanner, request)
            target = Target(
                establishment_id=establishment_id,
                scanner=draft.scanner,
                name=draft.name.strip(),
                request=request,
                mandate_id=draft.mandate_id,
                criticality=draft.criticality,
                created_at=now,
                created_by=scope.actor,
                changed_at=now,
            )
            session.add(target)
            session.flush()
            keep_secrets(platform, session, target, draft.secrets, scope.actor)
            if takes(draft.scanner, MANDATE):
                begin_rhythm(session, target.id, now, scope.actor)
            record(session, scope, "target.added", Thing("target", target.id, establishment_id), now, _detail(target))
            return target.id
    except IntegrityError as error:
        raise Invalid({"name": _TAKEN}) from error


def change_target(platform: Platform, scope: Scope, target_id: int, draft: TargetDraft, version: int) -> None:
    """Change a target seen at `version`. Refused when somebody changed it since; its scanner never changes."""
    now = platform.clock.now()
    request = _checked(draft)
    try:
        with platform.database.write() as session:
            target = _to_change(session, scope, target_id)
            if target.version != version:
                raise Refused(_EDITED_MEANWHILE)
            if target.scanner != draft.scanner:
                raise NotFound
            _check_mandate(session, draft, target.establishment_id)
            if request.get(INVENTORY) and not target.request.get(INVENTORY):
                _check_reader(session, target.establishment_id, draft.scanner, request)
            _ask_again(session, target, draft, request)
            target.name, target.request, target.mandate_id = draft.name.strip(), request, draft.mandate_id
            target.criticality = draft.criticality
            target.version, target.changed_at = version + 1, now
            keep_secrets(platform, session, target, draft.secrets, scope.actor)
            thing = Thing("target", target.id, target.establishment_id)
            record(session, scope, "target.changed", thing, now, _detail(target))
    except IntegrityError as error:
        raise Invalid({"name": _TAKEN}) from error


def archive_target(platform: Platform, scope: Scope, target_id: int) -> None:
    """Stop offering a target and forget its secrets; its runs and findings stay, and are told to be no longer
    looked at. Refused while an audit of it runs."""
    now = platform.clock.now()
    with platform.database.write() as session:
        retire(session, scope, _to_change(session, scope, target_id), now)


def retire(session: Session, scope: Scope, target: Target, now: datetime) -> None:
    """What `archive_target` does, in the transaction of something larger; who asks was checked before."""
    if session.scalar(select(Job.id).where(Job.target_id == target.id, Job.state.in_(ACTIVE))) is not None:
        raise Refused(
            Text(
                "Un audit de cette cible est en attente ou en cours ; annulez-le d’abord.",
                "An audit of this target is waiting or running; cancel it first.",
            )
        )
    target.archived_at = now
    archived_with(session, target.id, now)
    target.name = f"{target.name[: _MAX_NAME - 30]} ({target.id}, {now:%Y-%m-%d})"  # the name can be used again
    session.execute(delete(TargetSecret).where(TargetSecret.target_id == target.id))
    session.flush()
    restate_establishment(session, target.establishment_id)  # what it saw answers no alert any more
    record(session, scope, "target.archived", Thing("target", target.id, target.establishment_id), now)


def opened_secrets(platform: Platform, session: Session, target_id: int) -> dict[str, str]:
    """The secrets of a target in clear, for the collector alone. SecretError when the key does not fit."""
    rows = session.scalars(select(TargetSecret).where(TargetSecret.target_id == target_id))
    return {row.name: platform.secrets.open(row.sealed, _place(target_id, row.name)) for row in rows}


def _to_change(session: Session, scope: Scope, target_id: int) -> Target:
    target = session.scalars(
        select(Target).where(Target.id == target_id, Target.archived_at.is_(None), described()).with_for_update()
    ).one_or_none()
    if target is None:
        raise NotFound
    visible_establishment(session, scope, target.establishment_id, Right.MANAGE_TARGETS)
    return target


def _checked(draft: TargetDraft) -> dict[str, Any]:
    """The validated request; Invalid with everything that is wrong."""
    faults: dict[str, Text] = {}
    if not 0 < len(draft.name.strip()) <= _MAX_NAME:
        faults["name"] = Text("Donnez un nom de 200 signes au plus.", "Give a name of at most 200 characters.")
    for name, value in draft.secrets.items():
        if len(value) > MAX_SECRET:
            faults[f"secrets.{name}"] = Text("Ce secret est trop long.", "This secret is too long.")
    try:
        request = checked_request(draft.scanner, draft.request)
    except Invalid as error:
        raise Invalid({**faults, **error.fields}) from error
    if faults:
        raise Invalid(faults)
    return request


def _check_reader(session: Session, establishment_id: int, scanner: str, request: Mapping[str, Any]) -> None:
    """One target reads the inventory of backups: two would say every finding twice."""
    if scanner != BACKUP_SCANNER or not request.get(INVENTORY):
        return
    others = select(Target).where(
        Target.establishment_id == establishment_id, Target.scanner == scanner, Target.archived_at.is_(None)
    )
    taken = next((one.name for one in session.scalars(others) if one.request.get(INVENTORY)), None)
    if taken is not None:
        said = Text(
            f"La cible « {taken} » lit déjà l’inventaire : deux cibles diraient chaque constat deux fois.",
            f"The target “{taken}” already reads the inventory: two targets would say every finding twice.",
        )
        raise Invalid({f"request.{INVENTORY}": said})


def _ask_again(session: Session, target: Target, draft: TargetDraft, request: Mapping[str, Any]) -> None:
    """A secret that is kept goes to the machine it was typed for, and to no other. Invalid names those to type."""
    before, after = shown_to(target.scanner, target.request), shown_to(target.scanner, request)
    kept = sorted(set(stored_secrets(session, target.id)) - set(draft.secrets))
    moved = [name for name in kept if name in after and before.get(name) != after[name]]
    if moved and target.scanner == BACKUP_SCANNER:
        names = ", ".join(name.partition(".")[2] for name in moved)
        raise Invalid({"request.plan": Text(_MOVED.fr.format(names=names), _MOVED.en.format(names=names))})
    if moved:
        raise Invalid({f"secrets.{name}": _TYPE_AGAIN for name in moved})


def _check_mandate(session: Session, draft: TargetDraft, establishment_id: int) -> None:
    """A mandate belongs to the same establishment, and only to a scanner that needs one."""
    if draft.mandate_id is None:
        return
    mandate = session.get(Mandate, draft.mandate_id)
    if mandate is None or mandate.establishment_id != establishment_id or not takes(draft.scanner, MANDATE):
        raise Invalid({"mandate_id": Text("Choisissez un mandat de la liste.", "Choose a mandate of the list.")})


def stored_secrets(session: Session, target_id: int) -> dict[str, datetime]:
    """The secrets of a target: their names, and when each was typed. Never more."""
    named = select(TargetSecret.name, TargetSecret.set_at).where(TargetSecret.target_id == target_id)
    return {row.name: row.set_at for row in session.execute(named)}


def keep_secrets(platform: Platform, session: Session, target: Target, secrets: Mapping[str, str], actor: str) -> None:
    """Seal the secrets given, by name; an empty one is forgotten, those not given stay."""
    now = platform.clock.now()
    for name, value in secrets.items():
        session.execute(delete(TargetSecret).where(TargetSecret.target_id == target.id, TargetSecret.name == name))
        if value:
            sealed = platform.secrets.seal(value, _place(target.id, name))
            session.add(TargetSecret(target_id=target.id, name=name, sealed=sealed, set_at=now, set_by=actor))
    session.flush()


def _place(target_id: int, name: str) -> str:
    """What a secret is bound to: it does not open under another target or name."""
    return f"target:{target_id}:{name}"


def _detail(target: Target) -> dict[str, str | int | float | bool | None]:
    detail: dict[str, str | int | float | bool | None] = {
        "scanner": target.scanner,
        "name": target.name,
        "mandate": target.mandate_id,
        "criticality": target.criticality.value,
    }
    if allowed := target.request.get(PERMISSIONS):
        detail["permissions"] = ", ".join(f"{one['protocol']} {one['until']} ({one['by']})" for one in allowed)
    if silent := target.request.get(NEVER_WRITTEN):
        detail["never_written"] = "; ".join(silent)[:_MAX_NAME]
    return detail


def _views(session: Session, rows: Iterable[Target]) -> tuple[TargetView, ...]:
    rows = list(rows)
    ids = [row.id for row in rows]
    secrets: dict[int, dict[str, datetime]] = {number: {} for number in ids}
    named = select(TargetSecret.target_id, TargetSecret.name, TargetSecret.set_at)
    for target_id, name, set_at in session.execute(named.where(TargetSecret.target_id.in_(ids))):
        secrets[target_id][name] = set_at
    last = _last_runs(session, ids)
    return tuple(_view(row, secrets[row.id], last.get(row.id)) for row in rows)


def _last_runs(session: Session, target_ids: list[int]) -> dict[int, LastRun]:
    newest = latest_of_each_target(Run.target_id.in_(target_ids))
    found = session.execute(
        select(Run, Job.state, Job.finished_at).outerjoin(Job, Job.id == Run.job_id).where(Run.id.in_(newest))
    )
    return {
        run.target_id: LastRun(
            run.id, state or JobState.DONE, run.asked_at, finished or run.collected_to, run.complete, run.failed
        )
        for run, state, finished in found
    }


def _view(row: Target, secrets: Mapping[str, datetime], last_run: LastRun | None) -> TargetView:
    return TargetView(
        id=row.id,
        establishment_id=row.establishment_id,
        scanner=row.scanner,
        name=row.name,
        request=row.request,
        secrets=secrets,
        mandate_id=row.mandate_id,
        criticality=row.criticality,
        version=row.version,
        created_at=row.created_at,
        created_by=row.created_by,
        changed_at=row.changed_at,
        archived=row.archived_at is not None,
        last_run=last_run,
    )
