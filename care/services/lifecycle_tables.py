"""When systems stop receiving fixes: the packaged table and the one an administrator imported over it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from care.domain.access import Right, Scope
from care.services.action_query import today
from care.services.errors import Forbidden, Invalid
from care.services.platform import Platform
from care.services.trail import Thing, record
from scanners.errors import SaidError
from scanners.lifecycle import LifeCycle, dated, lifecycle, read_lifecycle
from scanners.model import Scalar, Text
from scanners.read_lifecycle import imported_text, keep_imported
from scanners.read_yaml import MAX_CHARACTERS

OLD_AFTER_DAYS = 365
"""As `settings.lifecycle_days` of audits: our choice."""


@dataclass(frozen=True, slots=True)
class TableView:
    """One table: how many versions, the day of its latest reading, and whether that is long ago."""

    versions: int
    on: date
    old: bool


@dataclass(frozen=True, slots=True)
class TablesView:
    """Both tables; `imported` is None when nobody imported one, and `trouble` says why it cannot be read."""

    packaged: TableView
    imported: TableView | None
    trouble: str


def read_tables(platform: Platform, scope: Scope) -> TablesView:
    """What audits judge ends of support by, for who may import; Forbidden for others."""
    _check(scope)
    day = today(platform)
    try:
        text = imported_text(platform.settings.data_dir)
        imported = _view(read_lifecycle(text, "lifecycle.yaml"), day) if text else None
        return TablesView(_view(lifecycle(), day), imported, "")
    except SaidError as error:
        return TablesView(_view(lifecycle(), day), None, error.text.render(scope.lang))


def import_table(platform: Platform, scope: Scope, name: str, content: bytes) -> int:
    """Keep a table whole; returns how many versions it tells. Invalid names `file` when it is refused, as it then was
    before."""
    _check(scope)
    if len(content) > 4 * MAX_CHARACTERS:
        raise Invalid({"file": Text("Cette table est trop grande.", "This table is too large.")})
    now, short = platform.clock.now(), name[-200:] or "table.yaml"
    try:
        rows = keep_imported(platform.settings.data_dir, content.decode("utf-8-sig"), short)
    except UnicodeDecodeError as error:
        words = Text("Cette table n’est pas un texte UTF-8 : enregistrez-la en UTF-8.", "This table is no UTF-8 text.")
        raise Invalid({"file": words}) from error
    except SaidError as error:
        raise Invalid({"file": error.text}) from error
    detail: dict[str, Scalar] = {"name": short, "entries": len(rows), "sha256": hashlib.sha256(content).hexdigest()}
    with platform.database.write() as session:
        record(session, scope, "lifecycle.imported", Thing("lifecycle", "table"), now, detail)
    return len(rows)


def _view(rows: tuple[LifeCycle, ...], day: date) -> TableView:
    on = dated(rows) or day
    return TableView(len(rows), on, (day - on).days > OLD_AFTER_DAYS)


def _check(scope: Scope) -> None:
    if not scope.reach(Right.MANAGE_REGISTRY).everywhere:
        raise Forbidden
