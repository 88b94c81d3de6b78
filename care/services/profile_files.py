"""Profiles of establishments as files: exported, corrected in a spreadsheet, read back; what that would change is shown
first, and done whole or not at all.

A file never adds an establishment, and changes those only that this person may change. A cell left empty changes
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.finess import check
from care.domain.months import month_of
from care.domain.node_names import folded
from care.domain.profiles import LEGAL_STATUS_NAMES, Status
from care.services.errors import Forbidden, Invalid
from care.services.former_places import last_changes, refuse_untold
from care.services.indicators.marks import mark_since
from care.services.library import today
from care.services.paging import Page, bounds
from care.services.platform import Platform
from care.services.profiles import ProfileDraft, Span, checked, kept_profile, touch, write_profile
from care.services.register_files import (
    Column,
    Fate,
    Kind,
    Known,
    RegisterPreview,
    RegisterSort,
    carried_table,
    check_applicable,
    preview,
    register_csv,
    register_xlsx,
)
from care.services.table_files import TableFile
from care.services.trail import Thing, record
from care.store.bulk import among
from care.store.indicators import EstablishmentProfile, FormerProfile
from care.store.registry import Establishment, visible
from scanners.model import Scalar, Text

MOST = 5_000
"""Establishments of one file: our choice; a nation has fewer hospitals."""
FORMS = ("csv", "xlsx")


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A profile as a line of a file; `name` is there to be read, `status` in words."""

    finess: str = ""
    name: str = ""
    ose: bool | None = None
    status: str = ""
    department: str = ""
    longitude: float | None = None
    latitude: float | None = None


COLUMNS = (
    Column("finess", Text("N° FINESS", "FINESS number"), also=("finess", "numero finess", "nofinesset")),
    Column("name", Text("Établissement", "Establishment"), Kind.READ),
    Column("ose", Text("OSE", "OSE"), Kind.YES_NO, also=("operateur de services essentiels",)),
    Column("status", Text("Statut", "Status")),
    Column("department", Text("Département", "Department")),
    Column("longitude", Text("Longitude", "Longitude"), Kind.DEGREES),
    Column("latitude", Text("Latitude", "Latitude"), Kind.DEGREES),
)
_NOT_YOURS = Text(
    "ce numéro n’est pas parmi les établissements que vous tenez à jour",
    "this number is not among the establishments that you keep up to date",
)
_NO_STATUS = Text(
    "écrivez « Public », « Privé à but non lucratif » ou « Privé à but lucratif »",
    "write “Public”, “Private, not for profit” or “Private, for profit”",
)


def sort_of(lang: str) -> RegisterSort[ProfileRow]:
    """What such a file is, statuses being written in this language."""
    return RegisterSort(
        columns=COLUMNS,
        needed=("finess",),
        empty=ProfileRow(),
        cleaned=lambda row, _day: _cleaned(row, lang),
        called=lambda row: row.name or row.finess,
        key=lambda row: (_number(row.finess),),
        numbered=False,
    )


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """An establishment that this person keeps up to date, and what is not known of it."""

    id: int
    row: ProfileRow
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileList:
    """Those of which something is not known, by name; `missing` counts them by what it is; `total` is of all."""

    page: Page[ProfileLine]
    total: int
    missing: Mapping[str, int]
    may_export: bool


_KEEPS = (Right.MANAGE_REGION, Right.MANAGE_REGISTRY)


def may_keep(scope: Scope) -> bool:
    """Whether this person keeps the profile of some establishment up to date."""
    return any(map(scope.allows_somewhere, _KEEPS))


def list_profiles(platform: Platform, scope: Scope, number: int = 1, per_page: int = 50) -> ProfileList:
    """The establishments to keep up to date whose profile has gaps. Forbidden for who keeps none."""
    with platform.database.read() as session:
        lines = [_line(row.id, _row(row, profile, scope.lang)) for row, profile in _managed(session, scope)]
    gaps = [one for one in lines if one.missing]
    page, size = bounds(number, per_page)
    missing = {name: sum(name in one.missing for one in gaps) for name in ("ose", "status", "department", "position")}
    shown = tuple(gaps[(page - 1) * size : page * size])
    may_export = scope.allows_somewhere(Right.EXPORT)
    return ProfileList(Page(shown, page, size, len(gaps)), len(lines), missing, may_export)


def preview_profiles(platform: Platform, scope: Scope, table: TableFile, since: date) -> RegisterPreview[ProfileRow]:
    """What a file would change; whether they are operators and their statuses from the day `since` on. Invalid,
    Forbidden."""
    with platform.database.read() as session:
        found = _managed(session, scope)
        return _preview(platform, session, scope, found, table, since)


def import_profiles(platform: Platform, scope: Scope, carried: str, seen: str, since: date) -> int:
    """Do what was shown, all of it; how many establishments changed. Refused when one of them changed since, or when
    the file has faults."""
    now, table = platform.clock.now(), carried_table(carried, MOST)
    span = Span(since, today(platform))
    with platform.database.write() as session:
        found = _managed(session, scope, lock=True)
        done = _preview(platform, session, scope, found, table, since)
        check_applicable(done, seen)
        rows = {row.id: row for row, _profile in found}
        changed: set[str] = set()
        for line in done.lines:
            if line.row_id is not None and line.fate is Fate.CHANGED:
                profile = kept_profile(session, line.row_id, now)
                fields = write_profile(session, rows[line.row_id], profile, _draft(line.draft), span)
                touch(session, scope, profile, "establishment.profile_changed", fields, now)
                changed.update(fields)
        if "ose" in changed:
            mark_since(session, month_of(since), now)
        detail: dict[str, Scalar] = {fate.value: done.count(fate) for fate in (Fate.CHANGED, Fate.SAME)}
        record(session, scope, "establishment.profiles_imported", Thing("profile_file", 0), now, detail)
        return done.count(Fate.CHANGED)


def export_profiles(platform: Platform, scope: Scope, form: str) -> bytes:
    """The profiles that this person keeps up to date as `csv` or `xlsx`, that can be read again."""
    if not scope.allows_somewhere(Right.EXPORT):
        raise Forbidden
    with platform.database.write() as session:
        rows = [(row.id, _row(row, profile, scope.lang), row.closed_on) for row, profile in _managed(session, scope)]
        detail: dict[str, Scalar] = {"form": form, "count": len(rows)}
        thing = Thing("profile_file", 0)
        record(session, scope, "establishment.profiles_exported", thing, platform.clock.now(), detail)
    if form == "csv":
        return register_csv(sort_of(scope.lang), rows, scope.lang)
    return register_xlsx(sort_of(scope.lang), rows, Text("Fiches", "Profiles").render(scope.lang), scope.lang)


_Found = Sequence[tuple[Establishment, EstablishmentProfile | None]]


def _managed(session: Session, scope: Scope, *, lock: bool = False) -> _Found:
    """The establishments whose profile this person may change, by name; locked until the commit if asked."""
    if not may_keep(scope):
        raise Forbidden
    mine = (visible(scope.reach(Right.SEE)), or_(*(visible(scope.reach(right)) for right in _KEEPS)))
    query = select(Establishment).where(*mine).order_by(Establishment.id)
    rows = session.scalars(query.with_for_update(of=Establishment) if lock else query).all()
    of_these = among(session, EstablishmentProfile.establishment_id, [row.id for row in rows])
    profiles = {one.establishment_id: one for one in session.scalars(select(EstablishmentProfile).where(of_these))}
    return [(row, profiles.get(row.id)) for row in sorted(rows, key=lambda one: (one.name, one.id))]


def _preview(
    platform: Platform, session: Session, scope: Scope, found: _Found, table: TableFile, since: date
) -> RegisterPreview[ProfileRow]:
    known = [Known(row.id, profile.version if profile else 0, _row(row, profile, scope.lang)) for row, profile in found]
    done = preview(sort_of(scope.lang), known, table, today(platform), scope.lang)
    faults = [*done.faults, *(one.render(scope.lang) for one in _strangers(done))]
    before = {one.id: one.draft for one in known}
    faults += [one.render(scope.lang) for one in _untold(platform, session, done, before, since)]
    return replace(done, lines=tuple(one for one in done.lines if one.row_id is not None), faults=tuple(faults))


def _strangers(done: RegisterPreview[ProfileRow]) -> list[Text]:
    """The lines of establishments that this person does not keep, whether they exist or not."""
    twice = {line.draft.finess for line in done.lines if line.row_id is not None}
    column = COLUMNS[0].title
    return [
        Text(
            f"Ligne {line.number}, colonne « {column.fr} » : {_NOT_YOURS.fr}.",
            f"Line {line.number}, column “{column.en}”: {_NOT_YOURS.en}.",
        )
        for line in done.lines
        if line.row_id is None and line.draft.finess not in twice
    ]


def _untold(
    platform: Platform,
    session: Session,
    done: RegisterPreview[ProfileRow],
    before: Mapping[int, ProfileRow],
    since: date,
) -> list[Text]:
    """The lines whose answers cannot change from that day on: it is to come, or something later is recorded."""
    dated = {
        line.row_id: line
        for line in done.lines
        if line.row_id is not None and _answers(line.draft) != _answers(before[line.row_id])
    }
    later = last_changes(session, FormerProfile, sorted(dated))
    faults = []
    for number, line in dated.items():
        try:
            refuse_untold(line.name, later.get(number), since, today(platform))
        except Invalid as wrong:
            said = wrong.fields["since"]
            faults.append(Text(f"Ligne {line.number} : {said.fr}", f"Line {line.number}: {said.en}"))
    return faults


def _answers(row: ProfileRow) -> tuple[bool | None, str]:
    return row.ose, row.status


def _row(row: Establishment, profile: EstablishmentProfile | None, lang: str) -> ProfileRow:
    if profile is None:
        return ProfileRow(row.finess, row.name)
    status = LEGAL_STATUS_NAMES[Status(profile.status)].render(lang) if profile.status else ""
    place = (profile.department or "", profile.longitude, profile.latitude)
    return ProfileRow(row.finess, row.name, profile.ose, status, *place)


def _line(number: int, row: ProfileRow) -> ProfileLine:
    gaps = {
        "ose": row.ose is None,
        "status": not row.status,
        "department": not row.department,
        "position": row.longitude is None,
    }
    return ProfileLine(number, row, tuple(name for name, missing in gaps.items() if missing))


def _number(typed: str) -> str:
    """A FINESS number; spreadsheets drop the zero it begins with."""
    return check(typed.zfill(9) if typed.isdecimal() else typed).number


def _cleaned(row: ProfileRow, lang: str) -> ProfileRow:
    number = check(_number(row.finess))
    if not number.accepted and number.remark is not None:
        raise Invalid({"finess": number.remark})
    draft = checked(_draft(row))
    status = LEGAL_STATUS_NAMES[Status(draft.status)].render(lang) if draft.status else ""
    return replace(row, finess=number.number, status=status, department=draft.department)


def _draft(row: ProfileRow) -> ProfileDraft:
    """A line as the profile is written."""
    status = _STATUSES.get(folded(row.status), "") if row.status else ""
    if row.status and not status:
        raise Invalid({"status": _NO_STATUS})
    return ProfileDraft(row.ose, status, row.department, row.longitude, row.latitude)


_STATUSES = {
    folded(words): status.value
    for status, name in LEGAL_STATUS_NAMES.items()
    for words in (status.value, name.fr, name.en)
}
