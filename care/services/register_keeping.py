"""Keeping a register of governance: lines added, changed, closed, read from a spreadsheet and written to one.

Each register says what it is in a `Register`. Nothing is deleted: a line that is over is closed, and may be reopened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cached_property
from typing import Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.action_query import today
from care.services.frameworks.marks import mark_establishment
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_files import (
    Fate,
    Known,
    RegisterLine,
    RegisterPreview,
    RegisterSort,
    carried_table,
    check_applicable,
    preview,
    register_csv,
    register_xlsx,
)
from care.services.register_rows import (
    R,
    check_room,
    check_seen,
    draft_values,
    end_row,
    row_to_change,
    rows_of,
    touch,
    write_draft,
)
from care.services.register_undo import (
    ImportedLine,
    LastImport,
    check_free,
    check_untouched,
    keep_import,
    last_kept,
    taken_up,
)
from care.services.table_files import TableFile
from care.services.trail import Thing, record
from scanners.model import Scalar, Text

D = TypeVar("D")
_ENDED = {"ended_on": Text("sa clôture", "its closing")}


def _nothing_more(_session: Session, _establishment_id: int, _draft: object) -> None:
    """Most registers need no other table to tell whether a draft holds."""


def _nobody_else(_session: Session, _scope: Scope, _establishment_id: int, _now: datetime) -> None:
    """Most registers concern nothing else."""


def _everywhere(_session: Session, _establishment_id: int, sort: RegisterSort[D]) -> RegisterSort[D]:
    """The columns of most registers are the same everywhere."""
    return sort


def _free(_session: Session, _numbers: Collection[int]) -> Collection[int]:
    """Nothing else holds on to the lines of most registers."""
    return ()


@dataclass(frozen=True)
class Register(Generic[R, D]):
    """A register: its table, the draft of a line, and its words.

    `word` names a line in the trail (`contract.added`), `named_by` the field that tells it apart there; `words` are the
    fields that are no column of a file; `check` raises Invalid for what only the database knows; `written` follows each
    write, in its transaction. `see` and `manage` are the rights it asks for. The last import may be undone if
    `undoable`, save lines it added that something else holds on to by now: `held` names them. `here` completes the
    columns of its files for one establishment.
    """

    table: type[R]
    draft: type[D]
    sort: RegisterSort[D]
    word: str
    named_by: str
    title: Text
    words: Mapping[str, Text] = field(default_factory=dict)
    check: Callable[[Session, int, D], None] = _nothing_more
    written: Callable[[Session, Scope, int, datetime], None] = _nobody_else
    see: Right = Right.SEE_PROGRAMME
    manage: Right = Right.MANAGE_PROGRAMME
    undoable: bool = False
    held: Callable[[Session, Collection[int]], Collection[int]] = _free
    here: Callable[[Session, int, RegisterSort[D]], RegisterSort[D]] = _everywhere

    def add(self, platform: Platform, scope: Scope, establishment_id: int, draft: D) -> int:
        """Write a line down; returns its number. Invalid names each faulty field."""
        now, draft = platform.clock.now(), self.sort.cleaned(draft, today(platform))
        with platform.database.write() as session:
            place = visible_establishment(session, scope, establishment_id, self.manage)
            check_room(len(rows_of(session, self.table, place.id)) + 1, self.sort.most)
            self.check(session, place.id, draft)
            row = self._new(place.id, draft, scope, now)
            session.add(row)
            session.flush()
            self._after(session, scope, place.id, now)
            record(session, scope, f"{self.word}.added", self.thing_of(row), now, {**self._name(row), "version": 1})
            return row.id

    def change(self, platform: Platform, scope: Scope, number: int, draft: D, version: int) -> None:
        """Change a line seen at `version`. Refused, saying who changed what, when somebody changed it since."""
        now, draft = platform.clock.now(), self.sort.cleaned(draft, today(platform))
        with platform.database.write() as session:
            row = row_to_change(session, scope, self.table, number, see=self.see, manage=self.manage)
            check_seen(platform, session, row, self.thing_of(row), version, self._field_words())
            self.check(session, row.establishment_id, draft)
            changed = write_draft(row, draft_values(draft))
            if not changed:
                return
            touch(row, scope, now)
            self._after(session, scope, row.establishment_id, now)
            detail: dict[str, Scalar] = {"fields": ", ".join(changed), "version": row.version}
            record(session, scope, f"{self.word}.changed", self.thing_of(row), now, detail)

    def close(self, platform: Platform, scope: Scope, number: int, day: date | None, version: int) -> None:
        """Say that a line is over since a day, or with None that it is not; seen at `version`."""
        now = platform.clock.now()
        with platform.database.write() as session:
            row = row_to_change(session, scope, self.table, number, see=self.see, manage=self.manage)
            check_seen(platform, session, row, self.thing_of(row), version, self._field_words())
            if not end_row(row, day, today(platform)):
                return
            touch(row, scope, now)
            self._after(session, scope, row.establishment_id, now)
            detail: dict[str, Scalar] = {**self._name(row), "fields": "ended_on", "version": row.version}
            record(session, scope, f"{self.word}.{'closed' if day else 'reopened'}", self.thing_of(row), now, detail)

    def preview(self, platform: Platform, scope: Scope, establishment_id: int, file: TableFile) -> RegisterPreview[D]:
        """What a file would change. Invalid on `file`."""
        with platform.database.read() as session:
            visible_establishment(session, scope, establishment_id, self.manage)
            known = self._known(rows_of(session, self.table, establishment_id))
            sort = self.here(session, establishment_id, self.sort)
        return preview(sort, known, file, today(platform), scope.lang)

    def take_in(self, platform: Platform, scope: Scope, establishment_id: int, carried: str, seen: str) -> None:
        """Do what the preview showed. Refused when the register changed since, or when the file has faults."""
        now, file = platform.clock.now(), carried_table(carried, self.sort.most)
        with platform.database.write() as session:
            visible_establishment(session, scope, establishment_id, self.manage)
            rows = {row.id: row for row in rows_of(session, self.table, establishment_id, lock=True)}
            sort = self.here(session, establishment_id, self.sort)
            done = preview(sort, self._known(rows.values()), file, today(platform), scope.lang)
            check_applicable(done, seen)
            check_room(len(rows) + done.count(Fate.NEW), self.sort.most)
            lines = self._take_lines(session, establishment_id, done.lines, rows, scope, now)
            if lines and self.undoable:
                keep_import(session, self.word, establishment_id, lines, scope, now)
            self._after(session, scope, establishment_id, now)
            detail: dict[str, Scalar] = {fate.value: done.count(fate) for fate in Fate}
            record(session, scope, f"{self.word}.imported", self._whole(establishment_id), now, detail)

    def last_import(self, platform: Platform, scope: Scope, establishment_id: int) -> LastImport | None:
        """The import that may be undone; None for who may not, or when there is none."""
        with platform.database.read() as session:
            place = visible_establishment(session, scope, establishment_id, self.see)
            if not scope.allows(self.manage, place.lineage):
                return None
            return last_kept(session, self.word, place.id)

    def undo_import(self, platform: Platform, scope: Scope, establishment_id: int, number: int) -> None:
        """Put back what the last import changed and take away what it added.

        Refused, saying who changed which lines, when somebody did since; or when it is no longer the last.
        """
        now = platform.clock.now()
        with platform.database.write() as session:
            visible_establishment(session, scope, establishment_id, self.manage)
            lines = taken_up(session, self.word, establishment_id, number)
            rows = {row.id: row for row in rows_of(session, self.table, establishment_id, lock=True)}
            names = {row_id: self.sort.called(self.draft_of(row)) for row_id, row in rows.items()}
            check_untouched(platform, lines, rows, names)
            check_free(self.held(session, [line.id for line in lines if line.before is None]), names)
            for line in lines:
                self._put_back(session, line, rows[line.id], scope, now)
            self._after(session, scope, establishment_id, now)
            detail: dict[str, Scalar] = {"count": len(lines)}
            record(session, scope, f"{self.word}.import_undone", self._whole(establishment_id), now, detail)

    def export(self, platform: Platform, scope: Scope, establishment_id: int, form: str) -> bytes:
        """The register as `csv` or `xlsx`, that can be read again; the trail keeps who took it."""
        now = platform.clock.now()
        with platform.database.write() as session:
            place = visible_establishment(session, scope, establishment_id, Right.EXPORT)
            visible_establishment(session, scope, establishment_id, self.see)
            rows = [(row.id, self.draft_of(row), row.ended_on) for row in rows_of(session, self.table, place.id)]
            sort = self.here(session, place.id, self.sort)
            detail: dict[str, Scalar] = {"form": form, "count": len(rows)}
            record(session, scope, f"{self.word}.exported", self._whole(place.id), now, detail)
        if form == "csv":
            return register_csv(sort, rows, scope.lang)
        return register_xlsx(sort, rows, self.title.render(scope.lang), scope.lang)

    def draft_of(self, row: R) -> D:
        """What a person typed in; names in a list are a tuple."""
        values = {item.name: getattr(row, item.name) for item in fields(self.draft)}  # type: ignore[arg-type]
        return self.draft(**{name: tuple(one) if isinstance(one, list) else one for name, one in values.items()})

    def thing_of(self, row: R) -> Thing:
        """A line as the trail names it."""
        return Thing(self.word, row.id, row.establishment_id)

    def _after(self, session: Session, scope: Scope, establishment_id: int, now: datetime) -> None:
        mark_establishment(session, establishment_id, now)
        self.written(session, scope, establishment_id, now)

    def _take_lines(
        self,
        session: Session,
        establishment_id: int,
        lines: Iterable[RegisterLine[D]],
        rows: Mapping[int, R],
        scope: Scope,
        now: datetime,
    ) -> list[ImportedLine]:
        """Write the lines of a file; what each row that moved was before."""
        kept: list[ImportedLine] = []
        added: list[R] = []
        for line in lines:
            if line.row_id is None:
                added.append(self._new(establishment_id, line.draft, scope, now))
                continue
            row = rows[line.row_id]
            before = self._kept.dump_python(self.draft_of(row), mode="json")
            if write_draft(row, draft_values(line.draft)):
                touch(row, scope, now)
                kept.append(ImportedLine(row.id, row.version, before))
        session.add_all(added)
        session.flush()
        return [*kept, *(ImportedLine(row.id, row.version, None) for row in added)]

    def _put_back(self, session: Session, line: ImportedLine, row: R, scope: Scope, now: datetime) -> None:
        if line.before is None:
            session.delete(row)
            return
        write_draft(row, draft_values(self._kept.validate_python(line.before)))
        touch(row, scope, now)

    @cached_property
    def _kept(self) -> TypeAdapter[D]:
        """How a draft is kept beside an import."""
        return TypeAdapter(self.draft)

    def _whole(self, establishment_id: int) -> Thing:
        return Thing(f"{self.word}_register", establishment_id, establishment_id)

    def _name(self, row: R) -> dict[str, Scalar]:
        return {self.named_by: getattr(row, self.named_by)}

    def _field_words(self) -> Mapping[str, Text]:
        columns = {one.name: Text(f"« {one.title.fr} »", f"“{one.title.en}”") for one in self.sort.columns}
        return {**_ENDED, **self.words, **columns}

    def _known(self, rows: Iterable[R]) -> list[Known[D]]:
        return [Known(row.id, row.version, self.draft_of(row), over=row.ended_on is not None) for row in rows]

    def _new(self, establishment_id: int, draft: D, scope: Scope, now: datetime) -> R:
        values = draft_values(draft)
        return self.table(
            establishment_id=establishment_id, changed_at=now, changed_by=scope.actor, version=1, **values
        )
