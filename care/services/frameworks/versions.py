"""New versions of frameworks: a file is read, what it would change is shown, somebody confirms, once. A version can be
set aside: the one before counts again. Answers keep the version and the words they were given to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.framework_changes import Changes, Fate, changes, steady
from care.domain.framework_files import FileFacts, FrameworkFile, FrameworkFileError
from care.domain.frameworks import Framework
from care.domain.jobs import JobKind
from care.services import jobs
from care.services.errors import Invalid, NotFound, Refused
from care.services.evidence import clean_name
from care.services.frameworks.library import frameworks_in_use, version_key
from care.services.frameworks.shelf import (
    Kept,
    VersionState,
    check_manager,
    check_reader,
    found_version,
    kept_in_use,
    may_manage,
    state_of,
    versions_kept,
)
from care.services.frameworks.standings import EVERYTHING
from care.services.frameworks.version_impact import Carried, Touched, carry_over, impact
from care.services.frameworks.version_warnings import warnings_of
from care.services.library import today
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.frameworks import AssessmentMark, FrameworkDraft, FrameworkVersion
from scanners.errors import SaidError
from scanners.model import Text

KEPT_FOR = timedelta(days=1)
"""How long a file waits for its confirmation."""
MAX_WAITING = 10
MAX_WHY = 300
_GONE = Text(
    "Cet import n’attend plus de confirmation ; déposez de nouveau le fichier.",
    "This import no longer waits for a confirmation; send the file again.",
)
_CHANGED_SINCE = Text(
    "Le référentiel a changé depuis cet aperçu : relisez ce que l’import ferait maintenant, puis confirmez.",
    "The framework changed since this preview: read what the import would do now, then confirm.",
)


class FaultyFile(Invalid):
    """A file that holds no usable framework; `faults` says everything that is wrong with it."""

    def __init__(self, faults: tuple[Text, ...]) -> None:
        super().__init__({"file": faults[0]})
        self.faults = faults


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a framework."""

    version: str
    title: str
    state: VersionState
    starts: date | None
    ends: date | None
    requirements: int
    packaged: bool
    file_name: str
    imported_at: datetime | None
    imported_by: str
    set_aside_at: datetime | None
    set_aside_by: str
    set_aside_why: str
    may_set_aside: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits for its confirmation."""

    id: int
    file_name: str
    title: str
    version: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True)
class Preview:
    """What confirming a file would do now. `before` is the version in use, None for a framework nobody had.

    `mark` is given back at the confirmation. `blocked` says why it cannot be confirmed, None when it can.
    """

    id: int
    file_name: str
    after: Framework
    before: Framework | None
    changes: Changes
    impact: Mapping[Fate, Touched]
    notes: tuple[Text, ...]
    begins_later: bool
    blocked: Text | None
    mark: str
    created_at: datetime
    created_by: str

    @property
    def places(self) -> int:
        """How many holders have answers or evidence that this touches at all."""
        return len({place for touched in self.impact.values() for place in touched.places})


@dataclass(frozen=True, slots=True)
class Imported:
    """What a confirmation did."""

    framework: str
    version: str
    carried: Carried
    to_confirm: int


def list_versions(platform: Platform, scope: Scope, framework_id: str) -> tuple[VersionLine, ...]:
    """Every version of a framework, the latest first. NotFound, Forbidden."""
    check_reader(scope)
    day = today(platform)
    with platform.database.read() as session:
        known = versions_kept(platform, session, framework_id)
        if not known:
            raise NotFound
        used = frameworks_in_use(platform, session, day).get(framework_id)
        return tuple(_line(one, state_of(one, used, day), scope) for one in known)


def _line(one: Kept, state: VersionState, scope: Scope) -> VersionLine:
    framework, row = one.framework, one.row
    return VersionLine(
        version=framework.version,
        title=framework.title.render(scope.lang),
        state=state,
        starts=framework.starts,
        ends=framework.ends,
        requirements=len(framework.requirements),
        packaged=row is None,
        file_name=row.file_name if row else "",
        imported_at=row.imported_at if row else None,
        imported_by=row.imported_by if row else "",
        set_aside_at=row.set_aside_at if row else None,
        set_aside_by=(row.set_aside_by or "") if row else "",
        set_aside_why=(row.set_aside_why or "") if row else "",
        may_set_aside=row is not None and row.set_aside_at is None and may_manage(scope),
    )


def receive(platform: Platform, scope: Scope, name: str, content: bytes, facts: FileFacts) -> int:
    """Read a file and keep it a day for a confirmation; returns its number.

    FaultyFile holds every fault, Invalid names a field, Refused says that such a version cannot come in. Forbidden.
    """
    check_manager(scope)
    found = _read(platform, clean_name(name), content, facts)
    now = platform.clock.now()
    with platform.database.write() as session:
        found = _steady(platform, session, found)
        blocked = _blocked(platform, session, found.framework, today(platform))
        if blocked is not None:
            raise Refused(blocked)
        session.execute(delete(FrameworkDraft).where(FrameworkDraft.created_at < now - KEPT_FOR))
        if (session.scalar(select(func.count()).select_from(FrameworkDraft)) or 0) >= MAX_WAITING:
            raise Refused(
                Text(
                    f"{MAX_WAITING} imports attendent déjà une confirmation ; confirmez-les ou abandonnez-les d’abord.",
                    f"{MAX_WAITING} imports already wait for a confirmation; confirm them or give them up first.",
                )
            )
        row = FrameworkDraft(
            document=found.document,
            sha256=hashlib.sha256(found.document).hexdigest(),
            file_name=clean_name(name),
            notes=[{"fr": one.fr, "en": one.en} for one in found.notes],
            created_at=now,
            created_by=scope.actor,
        )
        session.add(row)
        session.flush()
        return row.id


def _read(platform: Platform, name: str, content: bytes, facts: FileFacts) -> FrameworkFile:
    try:
        return platform.kits.read_framework_file(name, content, facts)
    except FrameworkFileError as faulty:
        raise FaultyFile(faulty.faults) from faulty
    except SaidError as said:
        raise FaultyFile((said.text,)) from said


def _steady(platform: Platform, session: Session, found: FrameworkFile) -> FrameworkFile:
    """A file that does not name its requirements takes the ids of the version in use, where it says the same."""
    used = kept_in_use(platform, session, found.framework.id, today(platform)) if found.numbered else None
    if used is None:
        return found
    framework = steady(used.framework, found.framework)
    return replace(found, framework=framework, document=platform.kits.framework_document(framework))


def _blocked(platform: Platform, session: Session, after: Framework, day: date) -> Text | None:
    """Why a version cannot come in: it is there already, its number is taken, or a newer one is in use."""
    document = platform.kits.framework_document(after)
    for one in versions_kept(platform, session, after.id):
        if one.framework.version == after.version:
            same = platform.kits.framework_document(one.framework) == document
            if same and one.set_aside:
                return None
            return _already(after, one, same=same)
    used = kept_in_use(platform, session, after.id, day)
    if used is not None and version_key(after.version) < version_key(used.framework.version):
        return _older(after, used)
    return None


def _already(after: Framework, known: Kept, *, same: bool) -> Text:
    title, version = after.title, after.version
    where = Text("livrée avec CaRE", "shipped with CaRE")
    if known.row is not None:
        day = known.row.imported_at
        where = Text(f"importée le {day:%d/%m/%Y}", f"imported on {day:%Y-%m-%d}")
    if same:
        return Text(
            f"La version {version} de « {title.fr} » est déjà là, {where.fr}, avec le même contenu : rien à importer.",
            f"Version {version} of “{title.en}” is already here, {where.en}, with the same content: nothing to import.",
        )
    return Text(
        f"La version {version} de « {title.fr} » est déjà là, {where.fr}, avec un autre contenu : donnez un autre "
        "numéro de version à ce fichier.",
        f"Version {version} of “{title.en}” is already here, {where.en}, with another content: give this file another "
        "version number.",
    )


def _older(after: Framework, used: Kept) -> Text:
    title, version, newer = after.title, after.version, used.framework.version
    way = (
        Text("gardez ce fichier hors de CaRE", "keep this file out of CaRE")
        if used.row is None
        else Text("pour y revenir, écartez d’abord la plus récente", "to go back to it, set the newer one aside first")
    )
    return Text(
        f"La version {version} de « {title.fr} » est plus ancienne que celle en service ({newer}) : {way.fr}.",
        f"Version {version} of “{title.en}” is older than the one in use ({newer}): {way.en}.",
    )


def list_waiting(platform: Platform, scope: Scope) -> tuple[Waiting, ...]:
    """The files that wait for a confirmation, the latest first. Forbidden."""
    check_manager(scope)
    with platform.database.read() as session:
        since = platform.clock.now() - KEPT_FOR
        rows = session.scalars(
            select(FrameworkDraft).where(FrameworkDraft.created_at >= since).order_by(FrameworkDraft.id.desc())
        )
        found = [(row, platform.kits.read_framework(row.document, row.sha256)) for row in rows]
        return tuple(
            Waiting(row.id, row.file_name, one.title.render(scope.lang), one.version, row.created_at, row.created_by)
            for row, one in found
        )


def preview(platform: Platform, scope: Scope, draft_id: int) -> Preview:
    """What confirming a file would do now; NotFound once confirmed, given up or a day old. Forbidden."""
    check_manager(scope)
    with platform.database.read() as session:
        return _preview(platform, session, _draft(platform, session, draft_id))


def _draft(platform: Platform, session: Session, draft_id: int, *, lock: bool = False) -> FrameworkDraft:
    since = platform.clock.now() - KEPT_FOR
    query = select(FrameworkDraft).where(FrameworkDraft.id == draft_id, FrameworkDraft.created_at >= since)
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound(_GONE)
    return row


def _preview(platform: Platform, session: Session, row: FrameworkDraft) -> Preview:
    day = today(platform)
    after = platform.kits.read_framework(row.document, row.sha256)
    used = kept_in_use(platform, session, after.id, day)
    before = used.framework if used else None
    changed = changes(before or _nothing(after), after)
    later = after.starts is not None and after.starts > day
    blocked = _blocked(platform, session, after, day) or (_too_early(after) if later and changed.passages else None)
    told = tuple(Text(one["fr"], one["en"]) for one in row.notes)
    return Preview(
        id=row.id,
        file_name=row.file_name,
        after=after,
        before=before,
        changes=changed,
        impact=impact(session, after.id, changed),
        notes=(*told, *warnings_of(platform, session, before, after, day)),
        begins_later=later,
        blocked=blocked,
        mark=_mark(platform, row, before),
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _nothing(after: Framework) -> Framework:
    """What a framework that nobody had is compared with."""
    return Framework(
        after.id, after.version, after.kind, after.unit, after.title, after.source, after.url, after.confidence,
        after.starts, after.ends, after.profiles, {}, (),
    )  # fmt: skip


def _mark(platform: Platform, row: FrameworkDraft, before: Framework | None) -> str:
    """What a preview stood on: this file, and the version it was compared with."""
    base = platform.kits.framework_document(before) if before else b""
    return hashlib.sha256(row.sha256.encode() + base).hexdigest()


def _too_early(after: Framework) -> Text:
    day = after.starts or date.max
    return Text(
        f"Cette version ne vaut qu’à partir du {day:%d/%m/%Y} et reprend des réponses d’exigences d’avant : "
        "confirmez-la ce jour-là, pour que rien de ce qui sera répondu d’ici là ne se perde.",
        f"This version holds from {day:%Y-%m-%d} only and takes over answers of former requirements: confirm it on "
        "that day, so that nothing answered until then is lost.",
    )


def confirm(platform: Platform, scope: Scope, draft_id: int, mark: str) -> Imported:
    """Bring in what the preview with that `mark` showed, once. Refused when it would no longer be the same, or when
    nothing of it can come in. NotFound, Forbidden."""
    check_manager(scope)
    now = platform.clock.now()
    try:
        with platform.database.write() as session:
            row = _draft(platform, session, draft_id, lock=True)
            shown = _preview(platform, session, row)
            if shown.blocked is not None:
                raise Refused(shown.blocked)
            if shown.mark != mark:
                raise Refused(_CHANGED_SINCE)
            done = _bring_in(platform, session, scope, row, shown, now)
            session.delete(row)
            session.flush()
            _record(session, scope, shown, done, now)
            return done
    except IntegrityError as error:  # somebody brought the same version in between our reading and our writing
        raise Refused(_CHANGED_SINCE) from error


def _bring_in(
    platform: Platform, session: Session, scope: Scope, row: FrameworkDraft, shown: Preview, now: datetime
) -> Imported:
    after = shown.after
    back = session.scalars(
        select(FrameworkVersion)
        .where(FrameworkVersion.framework == after.id, FrameworkVersion.version == after.version)
        .with_for_update()
    ).one_or_none()
    if back is not None:
        back.set_aside_at = back.set_aside_by = back.set_aside_why = None
    else:
        session.add(
            FrameworkVersion(
                framework=after.id,
                version=after.version,
                document=row.document,
                sha256=row.sha256,
                file_name=row.file_name,
                imported_at=now,
                imported_by=scope.actor,
            )
        )
    carried = Carried()
    if not shown.begins_later:
        carried = carry_over(session, after.id, shown.changes.passages, now, scope.actor)
    _compute_again(platform, session, scope, now)
    confirms = sum(touched.answers for fate, touched in shown.impact.items() if fate.confirms)
    return Imported(after.id, after.version, carried, confirms)


def _compute_again(platform: Platform, session: Session, scope: Scope, now: datetime) -> None:
    """A framework holds for everybody: every holder is computed again."""
    session.execute(update(AssessmentMark).values(due_since=now))
    jobs.submit(platform, session, jobs.Order(JobKind.ASSESS, {EVERYTHING: True}), scope.actor)


def _record(session: Session, scope: Scope, shown: Preview, done: Imported, now: datetime) -> None:
    detail: dict[str, str | int] = {
        "version": done.version,
        "before": shown.before.version if shown.before else "",
        "file": shown.file_name,
        "added": len(shown.changes.added),
        "removed": len(shown.changes.removed),
        "moved": len(shown.changes.moved),
        "reworded": len(shown.changes.reworded),
        "answers": done.carried.answers,
        "ties": done.carried.ties,
    }
    record(session, scope, "framework.imported", Thing("framework", done.framework), now, detail)


def give_up(platform: Platform, scope: Scope, draft_id: int) -> None:
    """Forget a file; nothing was recorded of it. NotFound, Forbidden."""
    check_manager(scope)
    with platform.database.write() as session:
        session.delete(_draft(platform, session, draft_id, lock=True))


def set_aside(platform: Platform, scope: Scope, framework_id: str, version: str, why: str) -> str:
    """Have an imported version count no more; returns the version then in use, empty when none is left.

    What was answered stays in the history. Invalid (`why`). Refused for a version shipped with CaRE, or set aside
    already. NotFound, Forbidden.
    """
    check_manager(scope)
    reason, now = line_of(why), platform.clock.now()
    if not reason or len(reason) > MAX_WHY:
        raise Invalid(
            {"why": Text(f"Dites pourquoi, en {MAX_WHY} signes au plus.", f"Say why, in {MAX_WHY} characters at most.")}
        )
    with platform.database.write() as session:
        known = versions_kept(platform, session, framework_id, lock=True)
        row = found_version(known, version).row
        if row is None:
            raise Refused(
                Text(
                    "Une version livrée avec CaRE ne s’écarte pas.", "A version shipped with CaRE cannot be set aside."
                )
            )
        if row.set_aside_at is not None:
            who, day = row.set_aside_by, row.set_aside_at
            raise Refused(
                Text(f"{who} l’a déjà écartée le {day:%d/%m/%Y}.", f"{who} already set it aside on {day:%Y-%m-%d}.")
            )
        row.set_aside_at, row.set_aside_by, row.set_aside_why = now, scope.actor, reason
        session.flush()
        used = kept_in_use(platform, session, framework_id, today(platform))
        left = used.framework.version if used else ""
        _compute_again(platform, session, scope, now)
        detail = {"version": version, "why": reason, "then": left}
        record(session, scope, "framework.set_aside", Thing("framework", framework_id), now, detail)
        return left
