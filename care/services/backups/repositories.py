"""The repositories that backup audits read, typed here and handed over with the inventory.

What opens one (its password, the key of its machine) is a secret of the target that reads the inventory, under the name
of the repository: sealed, never shown. The name therefore never changes: copies, secrets and the memory of audits hold
on to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.backups import Reach
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.backups.inventory import REPOSITORY_NAME
from care.services.backups.repository_plans import (
    Located,
    RepositoryDraft,
    described,
    our_field,
    secrets_asked,
    where_is,
)
from care.services.backups.roots import outside
from care.services.backups.targets import last_read, reading_target
from care.services.errors import Invalid, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_files import Column, RegisterSort
from care.services.register_keeping import Register
from care.services.register_rows import (
    check_room,
    check_seen,
    draft_values,
    end_row,
    row_to_change,
    rows_of,
    touch,
    visible_row,
    write_draft,
)
from care.services.targets import MAX_SECRET, keep_secrets, stored_secrets
from care.services.trail import record
from care.services.typed_texts import MAX_TEXT, length_faults, line_of, lines_of
from care.store.backups import BackupCopy, BackupRepository, BackupSystem
from scanners.backup.facts import MAX_REPOSITORIES, BackupFacts
from scanners.backup.plan import repository_fault
from scanners.model import Scalar, Text

MAX_NAME = 53
"""The name of its secrets, which begins with `repository.`, holds in 64 characters."""
TEXTS: Mapping[str, int] = {
    "name": MAX_NAME, "path": 1_000, "host": 253, "account": 128, "bucket": 63, "region": 32, "pattern": 200,
    "identity": 128,
}  # fmt: skip
LONG_TEXTS: Mapping[str, int] = {"host_keys": 20_000, "ca": 100_000, "note": MAX_TEXT}

_NEEDED = Text("Ce champ est obligatoire.", "This field is required.")
_NAMED = Text(
    "Lettres sans accent, chiffres, « . », « _ » et « - », en commençant par une lettre ou un chiffre.",
    "Plain letters, digits, “.”, “_” and “-”, a letter or a digit first.",
)
_TAKEN = Text("Un dépôt porte déjà ce nom.", "A repository already has this name.")
_KEEPS_ITS_NAME = Text(
    "Le nom d’un dépôt ne change pas : ses copies, ses secrets et la mémoire des audits y tiennent. Clôturez celui-ci "
    "et notez-en un autre.",
    "The name of a repository does not change: its copies, its secrets and the memory of audits hold on to it. Close "
    "this one and write another down.",
)
_LOCAL = Text(
    "Le chemin absolu d’un dossier de cette machine, ou monté sur elle, sans « .. ».",
    "The absolute path of a folder of this machine, or mounted on it, without “..”.",
)
_TYPE_AGAIN = Text(
    "Le dépôt change de serveur : tapez ce secret à nouveau, celui qui est gardé n’est pas envoyé ailleurs.",
    "The repository moves to another server: type this secret again, the one that is kept is not sent elsewhere.",
)
_LONG_SECRET = Text("Ce secret est trop long.", "This secret is too long.")
_NO_KEEPER = Text(
    "Les secrets d’un dépôt sont gardés par la cible qui lit l’inventaire, et il n’y en a pas : notez d’abord un "
    "système, ou reprenez le plan de la cible de sauvegarde.",
    "The secrets of a repository are kept by the target that reads the inventory, and there is none: write a system "
    "down first, or take over the plan of the backup target.",
)


@dataclass(frozen=True, slots=True)
class RepositorySecrets:
    """What opens it, as typed in; "" keeps the one that is stored."""

    password: str = ""
    access: str = ""


@dataclass(frozen=True, slots=True)
class RepositoryView:
    """A repository. Of its secrets only the dates are ever shown: `kept` when each was typed, `missing` those without
    which it cannot be read. `copies` are those that name it; `opened`: whether the last audit could, None not tried."""

    id: int
    establishment_id: int
    draft: RepositoryDraft
    where: str
    kept: Mapping[str, datetime]
    missing: tuple[str, ...]
    copies: tuple[str, ...]
    opened: bool | None
    ended_on: date | None
    changed_at: datetime
    changed_by: str
    version: int


def cleaned_repository(draft: RepositoryDraft, _day: date) -> RepositoryDraft:
    """The draft tidied. Invalid names the fields that cannot be used."""
    lines = {name: line_of(getattr(draft, name)) for name in TEXTS}
    blocks = {name: lines_of(getattr(draft, name)) for name in LONG_TEXTS}
    draft = replace(draft, **{**lines, **blocks, "pattern": lines["pattern"] or "*"})  # type: ignore[arg-type]
    faults = length_faults({name: (text, {**TEXTS, **LONG_TEXTS}[name]) for name, text in {**lines, **blocks}.items()})
    faults |= {name: _NEEDED for name in ("name", "tool") if not getattr(draft, name)}
    if draft.name and not REPOSITORY_NAME.fullmatch(draft.name):
        faults["name"] = _NAMED
    if not faults and (wrong := repository_fault(described(draft))) is not None:
        field = our_field(draft.reach, wrong[0])
        faults[field] = _LOCAL if field == "path" and draft.reach is Reach.LOCAL else _sentence(wrong[1])
    if faults:
        raise Invalid(faults)
    return draft


def placed_repository(platform: Platform, draft: RepositoryDraft) -> RepositoryDraft:
    """The draft tidied, in a place that this platform may read."""
    draft = cleaned_repository(draft, today(platform))
    said = outside(platform, draft.path) if draft.reach is Reach.LOCAL else None
    if said is not None:
        raise Invalid({"path": said})
    return draft


def _sentence(cure: Text) -> Text:
    return Text(*(one[:1].upper() + one[1:] + "." for one in (cure.fr, cure.en)))


REPOSITORIES: Register[BackupRepository, RepositoryDraft] = Register(
    table=BackupRepository,
    draft=RepositoryDraft,
    sort=RegisterSort(
        columns=(
            Column("name", Text("Dépôt", "Repository")),
            Column("tool", Text("Outil", "Tool")),
            Column("reach", Text("Accès", "Reached by")),
            Column("path", Text("Chemin", "Path")),
            Column("host", Text("Serveur", "Server")),
            Column("port", Text("Port", "Port")),
            Column("account", Text("Compte", "Account")),
            Column("note", Text("Remarques", "Notes")),
        ),
        needed=("name", "tool"),
        empty=RepositoryDraft(""),
        cleaned=cleaned_repository,
        called=lambda draft: draft.name,
        key=lambda draft: (folded(draft.name),),
        most=MAX_REPOSITORIES,
    ),
    word="backup_repository",
    named_by="name",
    title=Text("Dépôts de sauvegarde", "Backup repositories"),
    see=Right.SEE_FINDINGS,
    manage=Right.MANAGE_TARGETS,
)
_WORDS = {one.name: Text(f"« {one.title.fr} »", f"“{one.title.en}”") for one in REPOSITORIES.sort.columns}


def add_repository(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    draft: RepositoryDraft,
    secrets: RepositorySecrets,
) -> int:
    """Write a repository down with its secrets; returns its number. Invalid names each faulty field."""
    now, draft = platform.clock.now(), placed_repository(platform, draft)
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        rows = rows_of(session, BackupRepository, place.id)
        check_room(len(rows) + 1, MAX_REPOSITORIES)
        if any(row.name.casefold() == draft.name.casefold() for row in rows):
            raise Invalid({"name": _TAKEN})
        row = BackupRepository(
            establishment_id=place.id, changed_at=now, changed_by=scope.actor, version=1, **draft_values(draft)
        )
        session.add(row)
        session.flush()
        _keep(platform, session, row, secrets, scope)
        thing = REPOSITORIES.thing_of(row)
        record(session, scope, "backup_repository.added", thing, now, {"name": row.name, "version": 1})
        return row.id


def change_repository(
    platform: Platform, scope: Scope, number: int, draft: RepositoryDraft, secrets: RepositorySecrets, version: int
) -> None:
    """Change a repository seen at `version`, and the secrets that were typed. Refused when somebody was quicker."""
    now, draft = platform.clock.now(), placed_repository(platform, draft)
    with platform.database.write() as session:
        row = _to_change(session, scope, number)
        check_seen(platform, session, row, REPOSITORIES.thing_of(row), version, _WORDS)
        if row.name != draft.name:
            raise Invalid({"name": _KEEPS_ITS_NAME})
        _ask_again(session, row, draft, secrets)
        changed = [*write_draft(row, draft_values(draft)), *_keep(platform, session, row, secrets, scope)]
        if changed:
            touch(row, scope, now)
            detail: dict[str, Scalar] = {"fields": ", ".join(changed), "version": row.version}
            record(session, scope, "backup_repository.changed", REPOSITORIES.thing_of(row), now, detail)


def close_repository(platform: Platform, scope: Scope, number: int, day: date | None, version: int) -> None:
    """Say that it is read no more, which forgets its secrets, or with None that it is again."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _to_change(session, scope, number)
        check_seen(platform, session, row, REPOSITORIES.thing_of(row), version, _WORDS)
        if not end_row(row, day, today(platform)):
            return
        target = reading_target(session, row.establishment_id)
        if day is not None and target is not None:
            keep_secrets(platform, session, target, dict.fromkeys(_names(row.name).values(), ""), scope.actor)
        touch(row, scope, now)
        word = f"backup_repository.{'closed' if day else 'reopened'}"
        record(session, scope, word, REPOSITORIES.thing_of(row), now, {"name": row.name, "version": row.version})


def read_repositories(platform: Platform, scope: Scope, establishment_id: int) -> tuple[RepositoryView, ...]:
    """The repositories of an establishment by name, those in use first. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        rows = rows_of(session, BackupRepository, place.id)
        known = _Known(platform, session, place.id)
        views = [known.view(row) for row in rows]
    return tuple(sorted(views, key=lambda one: (one.ended_on is not None, folded(one.draft.name))))


def open_repository(platform: Platform, scope: Scope, number: int) -> RepositoryView:
    """One repository; NotFound outside the scope."""
    with platform.database.read() as session:
        row = visible_row(session, scope, BackupRepository, number, see=Right.SEE_FINDINGS)
        return _Known(platform, session, row.establishment_id).view(row)


def repository_names(platform: Platform, scope: Scope, establishment_id: int) -> tuple[str, ...]:
    """The repositories that a copy may name: those kept here, and those that the target alone describes."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        ours = [row.name for row in rows_of(session, BackupRepository, place.id) if row.ended_on is None]
        target = reading_target(session, place.id)
        listed = (target.request.get("plan") or {}).get("repositories") if target else None
    theirs = [str(one["name"]) for one in listed or () if isinstance(one, Mapping) and one.get("name")]
    return tuple(sorted({*ours, *theirs}, key=folded))


class _Known:
    """What the pages say of a repository beside its own line."""

    def __init__(self, platform: Platform, session: Session, establishment_id: int) -> None:
        target = reading_target(session, establishment_id)
        self._secrets = stored_secrets(session, target.id) if target else {}
        self._facts: BackupFacts | None = last_read(platform, session, establishment_id).facts
        self._copies: dict[str, list[str]] = defaultdict(list)
        query = (
            select(BackupCopy.repository, BackupSystem.name, BackupCopy.name)
            .join(BackupSystem, BackupSystem.id == BackupCopy.system_id)
            .where(
                BackupCopy.establishment_id == establishment_id,
                BackupCopy.ended_on.is_(None),
                BackupSystem.ended_on.is_(None),
                BackupCopy.repository != "",
            )
        )
        for repository, system, copy in session.execute(query.order_by(BackupSystem.name, BackupCopy.name)):
            self._copies[repository].append(f"{system} – {copy}")

    def view(self, row: BackupRepository) -> RepositoryView:
        """One repository."""
        named = _names(row.name)
        kept = {kind: self._secrets[name] for kind, name in named.items() if name in self._secrets}
        read = self._facts.repository(row.name) if self._facts else None
        return RepositoryView(
            row.id,
            row.establishment_id,
            REPOSITORIES.draft_of(row),
            where_is(row),
            kept,
            tuple(kind for kind in secrets_asked(row) if kind not in kept),
            tuple(self._copies.get(row.name, ())),
            read.opened if read else None,
            row.ended_on,
            row.changed_at,
            row.changed_by,
            row.version,
        )


def _to_change(session: Session, scope: Scope, number: int) -> BackupRepository:
    return row_to_change(session, scope, BackupRepository, number, see=Right.SEE_FINDINGS, manage=Right.MANAGE_TARGETS)


def _ask_again(session: Session, row: BackupRepository, draft: RepositoryDraft, secrets: RepositorySecrets) -> None:
    """What opens a machine goes to the one it was typed for, and to no other; the password of the repository itself is
    sent nowhere. Invalid when it must be typed."""
    target = reading_target(session, row.establishment_id)
    if target is None or draft.reach is Reach.LOCAL or _machine(row) == _machine(draft):
        return
    if not secrets.access and _names(row.name)["access"] in stored_secrets(session, target.id):
        raise Invalid({"access_secret": _TYPE_AGAIN})


def _machine(one: Located) -> tuple[object, ...]:
    """What a secret is shown to: a machine, and by what it is recognised."""
    return one.reach, one.host.casefold(), one.port, one.account, one.tls, one.ca, one.host_keys


def _names(repository: str) -> dict[str, str]:
    """What a target calls the secrets of a repository."""
    return {kind: f"{kind}.{repository}" for kind in ("repository", "access")}


def _keep(
    platform: Platform, session: Session, row: BackupRepository, secrets: RepositorySecrets, scope: Scope
) -> list[str]:
    """Seal the secrets typed; the names of the fields that held one. Refused when no target can keep them."""
    typed = {"password": ("repository", secrets.password), "access_secret": ("access", secrets.access)}
    given = {field: one for field, one in typed.items() if one[1]}
    if wrong := {field: _LONG_SECRET for field, one in given.items() if len(one[1]) > MAX_SECRET}:
        raise Invalid(wrong)
    if not given:
        return []
    target = reading_target(session, row.establishment_id)
    if target is None:
        raise Refused(_NO_KEEPER)
    named = _names(row.name)
    keep_secrets(platform, session, target, {named[kind]: value for kind, value in given.values()}, scope.actor)
    return list(given)
