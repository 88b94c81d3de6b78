"""The inventory of backups: systems, their copies, the steps towards 3-2-1; how each goes to a spreadsheet and back.

Nothing is deleted: what is over is closed, a step that is reached too. What nobody knows stays empty and never counts
in favour.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.backups import LOCKS, MEDIA, RESTORES, Lock, Medium, RestoreOutcome
from care.domain.durations import YEAR
from care.domain.node_names import folded
from care.services.backups.handing import names_of
from care.services.backups.own_target import keep_audited
from care.services.errors import Invalid
from care.services.register_files import Column, Kind, RegisterSort
from care.services.register_keeping import Register
from care.services.typed_texts import MAX_TEXT, length_faults, line_of, lines_of
from care.store.backups import BackupBreach, BackupCopy, BackupJobTie, BackupMilestone, BackupReading, BackupSystem
from care.store.continuity import Resource
from scanners.model import Text

MAX_SYSTEMS, MAX_COPIES, MAX_STEPS = 1_000, 4_000, 500
"""Lines of one establishment: our choice, several times what large hospitals count."""
MAX_DAYS = 36_500
MAX_GB = 999_999
SYSTEM_TEXTS: Mapping[str, int] = {"name": 120, "site": 120, "confidentiality": 200}
COPY_TEXTS: Mapping[str, int] = {
    "name": 120, "site": 120, "tool": 120, "schedule": 200, "authentication": 255, "repository": 64, "host": 255,
}  # fmt: skip
STEP_TEXTS: Mapping[str, int] = {"title": 120, "owner": 200}
MAX_SCOPE = 2_000
REPOSITORY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

_NEEDED = Text("Ce champ est obligatoire.", "This field is required.")
_TO_COME = Text("Cette date est à venir.", "This day is to come.")
_NO_SUCH_SYSTEM = Text(
    "ce système n’est pas à l’inventaire : notez-le ou importez d’abord les systèmes",
    "this system is not in the inventory: write it down, or import the systems first",
)
_NO_SUCH_STEP_SYSTEM = Text(
    "ce système n’est pas à l’inventaire : notez-le, importez d’abord les systèmes, ou écrivez « tous »",
    "this system is not in the inventory: write it down, import the systems first, or write “all”",
)
_MEDIUM_WORDS: Mapping[str, Medium] = {
    "disque dur": Medium.DISK, "das": Medium.DISK, "serveur": Medium.DISK, "baie": Medium.SAN,
    "s3": Medium.OBJECT_STORAGE, "objet": Medium.OBJECT_STORAGE,
    "cloud": Medium.OBJECT_STORAGE, "bandes": Medium.TAPE, "lto": Medium.TAPE,
    "cartouche": Medium.TAPE, "usb": Medium.REMOVABLE, "amovible": Medium.REMOVABLE, "rdx": Medium.REMOVABLE,
    "dvd": Medium.OPTICAL, "optique": Medium.OPTICAL,
}  # fmt: skip
_LOCK_WORDS: Mapping[str, Lock] = {
    "object lock": Lock.COMPLIANCE, "conformite": Lock.COMPLIANCE, "gouvernance": Lock.GOVERNANCE,
    "append-only": Lock.APPEND_ONLY, "ajout seul": Lock.APPEND_ONLY, "cliche": Lock.SNAPSHOT, "aucun": Lock.NONE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SystemDraft:
    """A system as typed in; None and "" are not known. Durations in minutes, `data_gb` in 10⁹ bytes."""

    name: str
    site: str
    medium: Medium | None = None
    resource_id: int | None = None
    critical: bool | None = None
    scope: str = ""
    confidentiality: str = ""
    pdma_minutes: int | None = None
    dmard_minutes: int | None = None
    retention_days: int | None = None
    data_gb: int | None = None
    tested_on: date | None = None
    test_outcome: RestoreOutcome | None = None
    test_minutes: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CopyDraft:
    """A copy as typed in; None and "" are not known."""

    system_id: int | None
    name: str
    site: str
    medium: Medium | None = None
    offline: bool | None = None
    immutable: bool | None = None
    lock: Lock | None = None
    encrypted: bool | None = None
    tool: str = ""
    schedule: str = ""
    interval_minutes: int | None = None
    retention_days: int | None = None
    authentication: str = ""
    repository: str = ""
    host: str = ""
    last_success_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A dated step as typed in; without a system it is of all."""

    title: str
    due_on: date | None
    system_id: int | None = None
    owner: str = ""


SYSTEM_COLUMNS: tuple[Column, ...] = (
    Column("name", Text("Système", "System"), also=("application", "nom", "serveur", "name")),
    Column("site", Text("Site de production", "Production site"), also=("site", "batiment", "localisation")),
    Column(
        "medium",
        Text("Support de production", "Production medium"),
        Kind.CHOICE,
        also=("support", "stockage"),
        choices=MEDIA,
        synonyms=_MEDIUM_WORDS,
    ),
    Column("critical", Text("Critique", "Critical"), Kind.YES_NO, also=("criticite", "systeme critique")),
    Column("scope", Text("Périmètre sauvegardé", "Scope"), also=("perimetre", "contenu", "donnees")),
    Column("confidentiality", Text("Confidentialité", "Confidentiality"), also=("sensibilite",)),
    Column("pdma_minutes", Text("PDMA", "PDMA"), Kind.SPAN, also=("rpo", "perte de donnees maximale admissible")),
    Column("dmard_minutes", Text("DMARD", "DMARD"), Kind.SPAN, also=("rto", "dmia", "duree de restauration")),
    Column("retention_days", Text("Rétention", "Retention"), Kind.DURATION, also=("conservation", "retention jours")),
    Column("data_gb", Text("Volume (Go)", "Volume (GB)"), Kind.COUNT, also=("volume", "taille go", "volumetrie")),
    Column("tested_on", Text("Dernier essai de restauration", "Last restore test"), Kind.DAY, also=("dernier essai",)),
    Column(
        "test_outcome",
        Text("Résultat de l’essai", "Test result"),
        Kind.CHOICE,
        also=("resultat",),
        choices=RESTORES,
        synonyms={"oui": RestoreOutcome.SUCCESS, "ok": RestoreOutcome.SUCCESS, "ko": RestoreOutcome.FAILURE,
                  "jamais": RestoreOutcome.NEVER, "never": RestoreOutcome.NEVER},
    ),
    Column("test_minutes", Text("Durée de l’essai", "Test duration"), Kind.SPAN),
    Column("note", Text("Remarques", "Notes"), also=("remarque", "commentaire")),
)  # fmt: skip
COPY_COLUMNS: tuple[Column, ...] = (
    Column(
        "system_id",
        Text("Système", "System"),
        Kind.CHOICE,
        also=("application", "serveur", "system"),
        otherwise=_NO_SUCH_SYSTEM,
    ),
    Column("name", Text("Copie", "Copy"), also=("nom", "travail", "job", "sauvegarde", "name")),
    Column("medium", Text("Support", "Medium"), Kind.CHOICE, also=("stockage",), choices=MEDIA, synonyms=_MEDIUM_WORDS),
    Column("site", Text("Site", "Site"), also=("batiment", "localisation", "lieu")),
    Column("offline", Text("Hors ligne", "Offline"), Kind.YES_NO, also=("deconnectee", "externalisee hors ligne")),
    Column("immutable", Text("Immuable", "Immutable"), Kind.YES_NO, also=("immuabilite",)),
    Column(
        "lock",
        Text("Verrou", "Lock"),
        Kind.CHOICE,
        also=("verrouillage", "protection"),
        choices=LOCKS,
        synonyms=_LOCK_WORDS,
    ),
    Column("encrypted", Text("Chiffrée", "Encrypted"), Kind.YES_NO, also=("chiffrement", "chiffre")),
    Column("tool", Text("Outil", "Tool"), also=("logiciel",)),
    Column("schedule", Text("Horaire", "Schedule"), also=("planification", "fenetre")),
    Column("interval_minutes", Text("Intervalle", "Interval"), Kind.SPAN, also=("frequence",)),
    Column("retention_days", Text("Rétention", "Retention"), Kind.DURATION, also=("conservation",)),
    Column(
        "authentication",
        Text("Domaine d’authentification", "Authentication domain"),
        also=("authentification", "domaine", "annuaire"),
    ),
    Column("repository", Text("Dépôt", "Repository"), also=("depot lu", "repository")),
    Column("host", Text("Machine", "Machine"), also=("hote", "host")),
    Column("last_success_on", Text("Dernière réussite", "Last success"), Kind.DAY, also=("derniere sauvegarde",)),
    Column("note", Text("Remarques", "Notes"), also=("remarque", "commentaire")),
)
STEP_COLUMNS: tuple[Column, ...] = (
    Column("title", Text("Jalon", "Milestone"), also=("titre", "action", "etape", "title")),
    Column(
        "system_id",
        Text("Système", "System"),
        Kind.CHOICE,
        also=("application", "serveur", "system"),
        synonyms=dict.fromkeys(("tous", "tous les systemes", "all", "all systems")),
        otherwise=_NO_SUCH_STEP_SYSTEM,
    ),
    Column("due_on", Text("Échéance", "Due on"), Kind.DAY, also=("pour le", "date", "date prevue", "due", "deadline")),
    Column("owner", Text("Responsable", "Owner"), also=("pilote", "porteur")),
)


def _tidied(draft: Any, lengths: Mapping[str, int], long: Mapping[str, int]) -> tuple[Any, dict[str, Text]]:  # noqa: ANN401 - any of the drafts
    """The texts of a draft made fit, and those that are too long."""
    lines = {name: line_of(getattr(draft, name)) for name in lengths}
    blocks = {name: lines_of(getattr(draft, name)) for name in long}
    faults = length_faults({name: (text, {**lengths, **long}[name]) for name, text in {**lines, **blocks}.items()})
    return replace(draft, **lines, **blocks), faults


def _unless(faults: Mapping[str, Text]) -> None:
    if faults:
        raise Invalid(dict(faults))


def _beyond(most: int, least: int = 1) -> Callable[[int | None], bool]:
    return lambda one: one is not None and not least <= one <= most


_BOUNDS: tuple[tuple[str, Text, Callable[[int | None], bool]], ...] = (
    ("pdma_minutes", Text("Entre 1 min et 1 an.", "Between 1 min and 1 year."), _beyond(YEAR)),
    ("dmard_minutes", Text("Entre 1 min et 1 an.", "Between 1 min and 1 year."), _beyond(YEAR)),
    ("test_minutes", Text("Entre 1 min et 1 an.", "Between 1 min and 1 year."), _beyond(YEAR)),
    ("interval_minutes", Text("Entre 1 min et 1 an.", "Between 1 min and 1 year."), _beyond(YEAR)),
    ("retention_days", Text("Entre 1 jour et 100 ans.", "Between 1 day and 100 years."), _beyond(MAX_DAYS)),
    ("data_gb", Text("Entre 1 et 999 999 Go.", "Between 1 and 999,999 GB."), _beyond(MAX_GB)),
)


def _outside_bounds(draft: object) -> dict[str, Text]:
    return {name: text for name, text, wrong in _BOUNDS if wrong(getattr(draft, name, None))}


def _absent(draft: object, names: Iterable[str]) -> dict[str, Text]:
    return {name: _NEEDED for name in names if not getattr(draft, name)}


def cleaned_system(draft: SystemDraft, day: date) -> SystemDraft:
    """The draft tidied. Invalid names the fields that cannot be used."""
    draft, faults = _tidied(draft, SYSTEM_TEXTS, {"scope": MAX_SCOPE, "note": MAX_TEXT})
    faults |= _absent(draft, ("name", "site", "medium")) | _outside_bounds(draft)
    made = draft.test_outcome in (RestoreOutcome.SUCCESS, RestoreOutcome.FAILURE)
    if draft.tested_on and draft.tested_on > day:
        faults["tested_on"] = _TO_COME
    elif made and draft.tested_on is None:
        faults["tested_on"] = Text("Dites quand il a eu lieu.", "Say when it took place.")
    elif draft.tested_on and not made:
        faults["test_outcome"] = Text("Dites s’il a réussi.", "Say whether it succeeded.")
    _unless(faults)
    return draft


def cleaned_copy(draft: CopyDraft, day: date) -> CopyDraft:
    """The draft tidied. Invalid names the fields that cannot be used."""
    draft, faults = _tidied(draft, COPY_TEXTS, {"note": MAX_TEXT})
    faults |= _absent(draft, ("system_id", "name", "site", "medium")) | _outside_bounds(draft)
    if draft.last_success_on and draft.last_success_on > day:
        faults["last_success_on"] = _TO_COME
    if draft.repository and not REPOSITORY_NAME.fullmatch(draft.repository):
        faults["repository"] = Text(
            "Lettres sans accent, chiffres, « . », « _ » et « - » : le nom du dépôt dans la cible.",
            "Plain letters, digits, “.”, “_” and “-”: the name of the repository in the target.",
        )
    _unless(faults)
    return draft


def cleaned_step(draft: StepDraft, _day: date) -> StepDraft:
    """The draft tidied. Invalid names the fields that cannot be used."""
    draft, faults = _tidied(draft, STEP_TEXTS, {})
    _unless(faults | _absent(draft, ("title", "due_on")))
    return draft


def _check_resource(session: Session, establishment_id: int, draft: SystemDraft) -> None:
    row = session.get(Resource, draft.resource_id) if draft.resource_id is not None else None
    if draft.resource_id is not None and (row is None or row.establishment_id != establishment_id):
        raise Invalid({"resource_id": Text("Choisissez une ressource de la liste.", "Choose a resource of the list.")})


def _check_system(session: Session, establishment_id: int, draft: CopyDraft | StepDraft) -> None:
    row = session.get(BackupSystem, draft.system_id) if draft.system_id is not None else None
    if draft.system_id is not None and (row is None or row.establishment_id != establishment_id):
        raise Invalid({"system_id": Text("Choisissez un système de la liste.", "Choose a system of the list.")})


def _held(session: Session, numbers: Collection[int]) -> Collection[int]:
    """The systems that copies, steps, names of jobs or audits speak of."""
    tables = (BackupCopy, BackupMilestone, BackupReading, BackupBreach, BackupJobTie)
    return {
        number
        for table in tables
        for number in session.scalars(select(table.system_id).where(table.system_id.in_(numbers)))
        if number is not None
    }


def _named(session: Session, establishment_id: int) -> Mapping[int, str]:
    """What each system of the establishment is called, those in use first; of two alike, the one in use."""
    query = select(BackupSystem).where(BackupSystem.establishment_id == establishment_id)
    rows = session.scalars(query.order_by(BackupSystem.ended_on.is_not(None), BackupSystem.id)).all()
    names = names_of([row for row in rows if row.ended_on is None])
    return names | {row.id: row.name for row in rows if row.id not in names}


def _of_systems(columns: Iterable[Column], names: Mapping[int, str]) -> tuple[Column, ...]:
    """Columns whose system is one of these."""
    choices = {number: Text(name, name) for number, name in names.items()}
    return tuple(replace(one, choices=choices) if one.name == "system_id" else one for one in columns)


def _copies_here(session: Session, establishment_id: int, sort: RegisterSort[CopyDraft]) -> RegisterSort[CopyDraft]:
    names = _named(session, establishment_id)
    return replace(
        sort,
        columns=_of_systems(sort.columns, names),
        called=lambda one: f"{names.get(one.system_id or 0, '')} – {one.name}",
    )


def _steps_here(session: Session, establishment_id: int, sort: RegisterSort[StepDraft]) -> RegisterSort[StepDraft]:
    names = _named(session, establishment_id)
    return replace(
        sort,
        columns=_of_systems(sort.columns, names),
        called=lambda one: f"{one.title} ({names[one.system_id]})" if one.system_id else one.title,
    )


SYSTEMS: Register[BackupSystem, SystemDraft] = Register(
    table=BackupSystem,
    draft=SystemDraft,
    sort=RegisterSort(
        columns=SYSTEM_COLUMNS,
        needed=("name",),
        empty=SystemDraft("", ""),
        cleaned=cleaned_system,
        called=lambda draft: draft.name,
        key=lambda draft: (folded(draft.name),),
        most=MAX_SYSTEMS,
    ),
    word="backup_system",
    named_by="name",
    title=Text("Systèmes sauvegardés", "Backed-up systems"),
    words={"resource_id": Text("la ressource de continuité", "the continuity resource")},
    check=_check_resource,
    written=keep_audited,
    see=Right.SEE_FINDINGS,
    manage=Right.MANAGE_TARGETS,
    undoable=True,
    held=_held,
)
COPIES: Register[BackupCopy, CopyDraft] = Register(
    table=BackupCopy,
    draft=CopyDraft,
    sort=RegisterSort(
        columns=COPY_COLUMNS,
        needed=("system_id", "name"),
        empty=CopyDraft(None, "", ""),
        cleaned=cleaned_copy,
        called=lambda draft: draft.name,
        key=lambda draft: (str(draft.system_id), folded(draft.name)),
        most=MAX_COPIES,
    ),
    word="backup_copy",
    named_by="name",
    title=Text("Copies de sauvegarde", "Backup copies"),
    check=_check_system,
    see=Right.SEE_FINDINGS,
    manage=Right.MANAGE_TARGETS,
    undoable=True,
    here=_copies_here,
)
STEPS: Register[BackupMilestone, StepDraft] = Register(
    table=BackupMilestone,
    draft=StepDraft,
    sort=RegisterSort(
        columns=STEP_COLUMNS,
        needed=("title", "due_on"),
        empty=StepDraft("", None),
        cleaned=cleaned_step,
        called=lambda draft: draft.title,
        key=lambda draft: (str(draft.system_id), folded(draft.title)),
        most=MAX_STEPS,
    ),
    word="backup_step",
    named_by="title",
    title=Text("Jalons vers le 3-2-1", "Milestones towards 3-2-1"),
    check=_check_system,
    see=Right.SEE_FINDINGS,
    manage=Right.MANAGE_TARGETS,
    undoable=True,
    here=_steps_here,
)
