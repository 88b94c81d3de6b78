"""Keeping a register of governance: lines added, changed, closed, read from a spreadsheet and written to one.

Each register says what it is in a `Register`. Nothing is deleted: a line that is over is closed, and may be reopened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.action_query import today
from care.services.frameworks.marks import mark_establishment
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.register_files import (
    Fate,
    Known,
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
from care.services.table_files import TableFile
from care.services.trail import Thing, record
from scanners.model import Scalar, Text

D = TypeVar("D")
_ENDED = {"ended_on": Text("sa clôture", "its closing")}


def _nothing_more(_session: Session, _establishment_id: int, _draft: object) -> None:
    """Most registers need no other table to tell whether a draft holds."""


@dataclass(frozen=True)
class Register(Generic[R, D]):
    """A register: its table, the draft of a line, and its words.

    `word` names a line in the trail (`contract.added`), `named_by` the field that tells it apart there; `words` are the
    fields that are no column of a file; `check` raises Invalid for what only the database knows.
    """

    table: type[R]
    draft: type[D]
    sort: RegisterSort[D]
    word: str
    named_by: str
    title: Text
    words: Mapping[str, Text] = field(default_factory=dict)
    check: Callable[[Session, int, D], None] = _nothing_more

    def add(self, platform: Platform, scope: Scope, establishment_id: int, draft: D) -> int:
        """Write a line down; returns its number. Invalid names each faulty field."""
        now, draft = platform.clock.now(), self.sort.cleaned(draft, today(platform))
        with platform.database.write() as session:
            place = visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
            check_room(len(rows_of(session, self.table, place.id)) + 1)
            self.check(session, place.id, draft)
            row = self._new(place.id, draft, scope, now)
            session.add(row)
            session.flush()
            mark_establishment(session, place.id, now)
            record(session, scope, f"{self.word}.added", self.thing_of(row), now, {**self._name(row), "version": 1})
            return row.id

    def change(self, platform: Platform, scope: Scope, number: int, draft: D, version: int) -> None:
        """Change a line seen at `version`. Refused, saying who changed what, when somebody changed it since."""
        now, draft = platform.clock.now(), self.sort.cleaned(draft, today(platform))
        with platform.database.write() as session:
            row = row_to_change(session, scope, self.table, number)
            check_seen(platform, session, row, self.thing_of(row), version, self._field_words())
            self.check(session, row.establishment_id, draft)
            changed = write_draft(row, draft_values(draft))
            if not changed:
                return
            touch(row, scope, now)
            mark_establishment(session, row.establishment_id, now)
            detail: dict[str, Scalar] = {"fields": ", ".join(changed), "version": row.version}
            record(session, scope, f"{self.word}.changed", self.thing_of(row), now, detail)

    def close(self, platform: Platform, scope: Scope, number: int, day: date | None, version: int) -> None:
        """Say that a line is over since a day, or with None that it is not; seen at `version`."""
        now = platform.clock.now()
        with platform.database.write() as session:
            row = row_to_change(session, scope, self.table, number)
            check_seen(platform, session, row, self.thing_of(row), version, self._field_words())
            if not end_row(row, day, today(platform)):
                return
            touch(row, scope, now)
            mark_establishment(session, row.establishment_id, now)
            detail: dict[str, Scalar] = {**self._name(row), "fields": "ended_on", "version": row.version}
            record(session, scope, f"{self.word}.{'closed' if day else 'reopened'}", self.thing_of(row), now, detail)

    def preview(self, platform: Platform, scope: Scope, establishment_id: int, file: TableFile) -> RegisterPreview[D]:
        """What a file would change. Invalid on `file`."""
        with platform.database.read() as session:
            visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
            known = self._known(rows_of(session, self.table, establishment_id))
        return preview(self.sort, known, file, today(platform), scope.lang)

    def take_in(self, platform: Platform, scope: Scope, establishment_id: int, carried: str, seen: str) -> None:
        """Do what the preview showed. Refused when the register changed since, or when the file has faults."""
        now, file = platform.clock.now(), carried_table(carried)
        with platform.database.write() as session:
            visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
            rows = {row.id: row for row in rows_of(session, self.table, establishment_id, lock=True)}
            done = preview(self.sort, self._known(rows.values()), file, today(platform), scope.lang)
            check_applicable(done, seen)
            check_room(len(rows) + done.count(Fate.NEW))
            for line in done.lines:
                if line.row_id is None:
                    session.add(self._new(establishment_id, line.draft, scope, now))
                elif write_draft(rows[line.row_id], draft_values(line.draft)):
                    touch(rows[line.row_id], scope, now)
            session.flush()
            mark_establishment(session, establishment_id, now)
            detail: dict[str, Scalar] = {fate.value: done.count(fate) for fate in Fate}
            record(session, scope, f"{self.word}.imported", self._whole(establishment_id), now, detail)

    def export(self, platform: Platform, scope: Scope, establishment_id: int, form: str) -> bytes:
        """The register as `csv` or `xlsx`, that can be read again; the trail keeps who took it."""
        now = platform.clock.now()
        with platform.database.write() as session:
            place = visible_establishment(session, scope, establishment_id, Right.EXPORT)
            visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
            rows = [(row.id, self.draft_of(row), row.ended_on) for row in rows_of(session, self.table, place.id)]
            detail: dict[str, Scalar] = {"form": form, "count": len(rows)}
            record(session, scope, f"{self.word}.exported", self._whole(place.id), now, detail)
        if form == "csv":
            return register_csv(self.sort, rows, scope.lang)
        return register_xlsx(self.sort, rows, self.title.render(scope.lang), scope.lang)

    def draft_of(self, row: R) -> D:
        """What a person typed in."""
        return self.draft(**{item.name: getattr(row, item.name) for item in fields(self.draft)})  # type: ignore[arg-type]

    def thing_of(self, row: R) -> Thing:
        """A line as the trail names it."""
        return Thing(self.word, row.id, row.establishment_id)

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
