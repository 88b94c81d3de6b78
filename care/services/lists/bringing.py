"""Lists of other tools: sent, shown as they are understood, confirmed; the former one counts again when one is taken
back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.action_query import today
from care.services.errors import Invalid, NotFound, Refused
from care.services.evidence import clean_name
from care.services.lists import content
from care.services.lists.forgetting import remove
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.remote_access.own_target import keep_audited
from care.services.scanning import REGISTER_SCANNER
from care.services.trail import Thing, record
from care.services.typed_texts import line_of
from care.store.lists import BroughtList, ListMapping
from reports.spreadsheets import csv_bytes
from scanners.backup.job_tools import tool_of
from scanners.errors import CollectError
from scanners.lists.columns import COLUMN_NAMES, COLUMNS, HOUR, required_of
from scanners.lists.kinds import KIND_NAMES, KINDS_OF, SEVERAL, ListKind
from scanners.lists.reading import Shape
from scanners.lists.seeing import Difference, Seen
from scanners.lists.words import NEVER, NO, UNKNOWN, YES, plain
from scanners.model import Lang, Scalar, Text

MOST_DRAFTS = 20
MOST_ORIGINS = 10
"""Tools of one kind whose lists count at a time: our choice, more than hospitals have consoles."""
MAX_ORIGIN = 60
TOO_MANY = Text(
    f"{MOST_DRAFTS} listes attendent déjà une confirmation ; confirmez-les ou abandonnez-les d’abord.",
    f"{MOST_DRAFTS} lists already wait for a confirmation; confirm them or give them up first.",
)
LATER = Text("Cette liste ne peut pas dater d’après aujourd’hui.", "This list cannot be of after today.")
ALREADY = Text("Cette liste est déjà confirmée.", "This list is already confirmed.")
NOT_YET = Text("Cette liste n’est pas encore confirmée.", "This list is not confirmed yet.")
TAKEN = Text(
    "Une liste de ce nom d’outil compte déjà : choisissez celle qu’elle remplace, ou donnez un autre nom.",
    "A list of that tool already counts: choose the one it replaces, or give another name.",
)
NOT_SEVERAL = Text(
    "Une liste sans nom d’outil compte déjà : nommez l’outil de celle-ci, ou dites laquelle elle remplace.",
    "A list that names no tool already counts: name the tool of this one, or tell which it replaces.",
)
TOO_MANY_TOOLS = Text(
    f"{MOST_ORIGINS} outils ont déjà leur liste ; retirez-en une, ou dites laquelle celle-ci remplace.",
    f"{MOST_ORIGINS} tools already have their list; take one back, or tell which this one replaces.",
)
UNREADABLE = Text(
    "Cette liste ne se lit pas encore : désignez ses colonnes d’abord.",
    "This list cannot be read yet: point out its columns first.",
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A list someone sends: its kind, its name, the day it was made."""

    kind: ListKind
    name: str
    content: BinaryIO
    made_on: date


@dataclass(frozen=True, slots=True)
class ListLine:
    """A list that was brought. `counts`: audits are given it; of some kinds, one counts of each `origin`, the tool that
    wrote it as people call it."""

    id: int
    establishment_id: int
    kind: ListKind
    kind_name: str
    name: str
    lines: int
    made_on: date
    brought_at: datetime
    brought_by: str
    confirmed: bool
    taken_back: bool
    counts: bool
    readable: bool
    origin: str = ""


@dataclass(frozen=True, slots=True)
class KindView:
    """The lists of one kind, the latest first."""

    kind: ListKind
    name: str
    lists: tuple[ListLine, ...]

    @property
    def current(self) -> ListLine | None:
        """The one that counts, the latest brought of several."""
        return next((one for one in self.lists if one.counts), None)

    @property
    def several(self) -> bool:
        """Whether a list of each tool counts."""
        return self.kind in SEVERAL


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One of our columns: its name, whether a list is refused without it, the header it has in this file, or "".

    Of a moment, `hour` is the header of its hour when that stands in a column of its own; None for other columns.
    """

    key: str
    name: str
    required: bool
    header: str
    hour: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """A list as it is understood. `refused` says why it cannot be, `told` what was not understood of it; `chosen`:
    somebody named its columns, now or the last time; `left_sheets` are those of a workbook that were not read.
    `counting` are the lists of its kind that count today, where one of each tool does; None for other kinds."""

    line: ListLine
    columns: tuple[ColumnView, ...]
    headers: tuple[str, ...]
    unknown: tuple[str, ...]
    header_line: int
    sheet: str
    shown: tuple[tuple[str, ...], ...] = ()
    shown_columns: tuple[str, ...] = ()
    lines: int = 0
    duplicates: int = 0
    told: tuple[str, ...] = ()
    faults: int = 0
    refused: str = ""
    mapping_name: str = ""
    chosen: bool = False
    difference: Difference | None = None
    left_sheets: tuple[str, ...] = ()
    counting: tuple[ListLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What a list is beside the others of its kind: of the tool called `name`; with `replaces`, it comes after the list
    of that number."""

    name: str = ""
    replaces: int | None = None


def kinds_of_audits() -> tuple[ListKind, ...]:
    """The kinds that some audit takes."""
    return tuple(dict.fromkeys(kind for kinds in KINDS_OF.values() for kind in kinds))


def list_lists(platform: Platform, scope: Scope, establishment_id: int) -> tuple[KindView, ...]:
    """Every kind with the lists brought. NotFound outside the scope."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        query = select(BroughtList).where(BroughtList.establishment_id == establishment_id)
        rows = list(session.scalars(query.order_by(BroughtList.id.desc())))
        current = {row.id for row in _that_count(rows)}
        return tuple(
            KindView(
                kind,
                KIND_NAMES[kind].render(scope.lang),
                tuple(_line(row, current, scope.lang) for row in rows if row.kind is kind),
            )
            for kind in kinds_of_audits()
        )


def counting_lists(session: Session, establishment_id: int, kind: ListKind) -> tuple[BroughtList, ...]:
    """The lists of a kind that count, one of each tool, by its name: the latest made of those that were neither taken
    back nor forgotten."""
    query = select(BroughtList).where(
        BroughtList.establishment_id == establishment_id, BroughtList.kind == kind, *_counted()
    )
    return tuple(sorted(_that_count(list(session.scalars(query))), key=lambda row: (row.origin.casefold(), row.id)))


def bring(platform: Platform, scope: Scope, establishment_id: int, sent: Sent) -> int:
    """Keep a list until it is confirmed. Invalid (`file`, `made_on`); nothing is kept then. Refused when many wait."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        query = select(BroughtList.id).where(
            BroughtList.establishment_id == establishment_id, BroughtList.confirmed_at.is_(None)
        )
        if len(session.scalars(query).all()) >= MOST_DRAFTS:
            raise Refused(TOO_MANY)
    if sent.made_on > today(platform):
        raise Invalid({"made_on": LATER})
    folder, stored = content.keep(platform, sent.content, sent.name)
    row = BroughtList(
        establishment_id=establishment_id,
        kind=sent.kind,
        name=clean_name(sent.name),
        folder=folder,
        sha256=stored.sha256,
        size=stored.size,
        mapping={},
        made_on=sent.made_on,
        brought_at=platform.clock.now(),
        brought_by=scope.actor,
        origin="",
    )
    with platform.database.read() as session:
        former = _before(session, row)
    try:
        shape = content.seen(platform, row, former).shape
    except CollectError as refusal:
        remove(platform, folder)
        raise Invalid({"file": refusal.text}) from refusal
    with platform.database.write() as session:
        known = _known_mapping(session, row, shape)
        row.mapping = dict(known.mapping) if known else {}
        row.origin = _likely_origin(session, row, shape)
        session.add(row)
        session.flush()
        return row.id


def open_preview(platform: Platform, scope: Scope, list_id: int) -> Preview:
    """A list as it is understood. NotFound outside the scope, or once its content was forgotten."""
    row, seen = _seen(platform, scope, list_id)
    shape = seen.shape
    with platform.database.read() as session:
        counting = counting_lists(session, row.establishment_id, row.kind)
        current = {one.id for one in counting}
        line = _line(row, current, scope.lang)
        beside = tuple(_line(one, current, scope.lang) for one in counting) if row.kind in SEVERAL else None
        known = _known_mapping(session, row, shape)
    layout = shape.layout
    return Preview(
        line,
        tuple(_columns(row, shape, scope.lang)),
        tuple(dict.fromkeys(cell for cell in layout.headers if cell.strip())),
        layout.unknown,
        layout.line,
        shape.sheet,
        tuple(_shown(seen, row.kind, scope.lang)),
        tuple(COLUMN_NAMES[name].render(scope.lang) for name in seen.columns),
        seen.lines,
        seen.duplicates,
        tuple(text.render(scope.lang) for text in seen.told),
        len(seen.faults),
        seen.refused.render(scope.lang) if seen.refused else "",
        known.name if known else "",
        bool(row.mapping),
        seen.difference,
        shape.left,
        beside,
    )


def _seen(platform: Platform, scope: Scope, list_id: int) -> tuple[BroughtList, Seen]:
    """A list, and how it is understood: read outside any transaction. Refused when it cannot be."""
    with platform.database.read() as session:
        row = _row(session, scope, list_id, Right.RUN_AUDIT)
        former = _before(session, row)
    try:
        return row, content.seen(platform, row, former)
    except CollectError as refusal:
        raise Refused(refusal.text) from refusal


def find_list(platform: Platform, scope: Scope, list_id: int) -> ListLine:
    """One list, without its content. NotFound outside the scope."""
    with platform.database.read() as session:
        row = _row(session, scope, list_id, Right.RUN_AUDIT)
        counting = counting_lists(session, row.establishment_id, row.kind)
        return _line(row, {one.id for one in counting}, scope.lang)


def choose_columns(platform: Platform, scope: Scope, list_id: int, mapping: Mapping[str, str]) -> None:
    """Say which header is each of our columns; "" for none. The hour of a moment is chosen under its name and `HOUR`.

    Invalid when a column or a header is chosen wrongly.
    """
    row, seen = _seen(platform, scope, list_id)
    headers = {plain(header) for header in seen.shape.layout.headers}
    chosen = {key: header for key, header in mapping.items() if header and key in _keys(row.kind)}
    wrong = {
        key: Text("Choisissez l’un des en-têtes du fichier.", "Choose one of the headers of the file.")
        for key, header in chosen.items()
        if plain(header) not in headers
    } | {
        key: Text("Choisissez d’abord la colonne du jour.", "Choose the column of the day first.")
        for key in chosen
        if key.endswith(HOUR) and key.removesuffix(HOUR) not in chosen
    }
    if wrong:
        raise Invalid(wrong)
    with platform.database.write() as session:
        _draft(session, scope, list_id).mapping = chosen


def _keys(kind: ListKind) -> frozenset[str]:
    """What can be chosen of a kind: its columns, and the hours of its moments."""
    hours = (f"{key}{HOUR}" for key, column in COLUMNS[kind].items() if column.type == "moment")
    return frozenset((*COLUMNS[kind], *hours))


def confirm(
    platform: Platform, scope: Scope, list_id: int, mapping_name: str = "", origin: Origin | None = None
) -> None:
    """Have a list count: audits are given it from now on. Without `origin` it comes after the one of the tool that
    wrote it, as far as its headers tell.

    Refused while it cannot be read, once it is confirmed, or when its tool has a list already that it does not replace.
    """
    with platform.database.read() as session:
        _draft(session, scope, list_id, lock=False)
    read, seen = _seen(platform, scope, list_id)
    if seen.refused:
        raise Refused(seen.refused)
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _draft(session, scope, list_id)
        if dict(row.mapping) != dict(read.mapping):
            raise Refused(UNREADABLE)
        if origin is not None and row.kind in SEVERAL:
            row.origin = _checked_origin(session, row, origin)
        row.lines, row.confirmed_at = seen.lines, now
        if row.mapping:
            _remember(session, row, seen.shape, mapping_name, now)
        detail: dict[str, Scalar] = {"kind": row.kind.value, "name": row.name, "lines": seen.lines}
        if row.origin:
            detail["origin"] = row.origin
        record(
            session,
            scope,
            "list.brought",
            Thing("list", row.id, row.establishment_id),
            now,
            {**detail, "sha256": row.sha256},
        )
        if row.kind in KINDS_OF[REGISTER_SCANNER]:
            session.flush()
            keep_audited(session, scope, row.establishment_id, now)


def take_back(platform: Platform, scope: Scope, list_id: int) -> None:
    """Have a list count no more: the one before it counts again. One that is not confirmed is given up."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _row(session, scope, list_id, Right.RUN_AUDIT, lock=True)
        folder = row.folder
        if row.confirmed_at is None:
            session.delete(row)
        else:
            row.taken_back_at = row.taken_back_at or now
            folder = ""
            thing = Thing("list", row.id, row.establishment_id)
            record(session, scope, "list.taken_back", thing, now, {"kind": row.kind.value, "name": row.name})
    remove(platform, folder)


def forget(platform: Platform, scope: Scope, list_id: int) -> None:
    """Delete the content of a confirmed list, which then counts no more; its line stays."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = _row(session, scope, list_id, Right.RUN_AUDIT, lock=True)
        if row.confirmed_at is None:
            raise Refused(NOT_YET)
        folder, row.folder = row.folder, ""
        thing = Thing("list", row.id, row.establishment_id)
        record(session, scope, "list.forgotten", thing, now, {"kind": row.kind.value, "name": row.name})
    remove(platform, folder)


def faults_csv(platform: Platform, scope: Scope, list_id: int) -> bytes:
    """The values that were not understood, line by line, as a spreadsheet may open them."""
    _row_of, seen = _seen(platform, scope, list_id)
    if seen.refused:
        raise Refused(seen.refused)
    header = [Text("Ligne", "Line"), Text("Colonne", "Column"), Text("Valeur non comprise", "Value not understood")]
    return csv_bytes(
        [one.render(scope.lang) for one in header],
        [(fault.line, COLUMN_NAMES[fault.column].render(scope.lang), fault.value) for fault in seen.faults],
    )


def files_for(
    platform: Platform, session: Session, establishment_id: int, scanner: str, former: bool = False
) -> list[dict[str, Any]]:
    """The lists that an audit of an establishment is given, as its request names them; with `former`, those that they
    replaced."""
    found = []
    for kind in KINDS_OF.get(scanner, ()):
        for counting in counting_lists(session, establishment_id, kind):
            row = _before(session, counting) if former else counting
            if row is None:
                continue
            file = content.as_file(platform, row)
            found.append(
                {
                    "kind": file.kind.value,
                    "name": file.name,
                    "path": file.path,
                    "mapping": dict(file.mapping),
                    "brought_on": row.made_on.isoformat(),
                    "zone": file.zone,
                    **({"origin": file.origin} if file.origin else {}),
                }
            )
    return found


# ---------------------------------------------------------------- rows


def _row(session: Session, scope: Scope, list_id: int, right: Right, *, lock: bool = False) -> BroughtList:
    query = select(BroughtList).where(BroughtList.id == list_id, within(scope, right, BroughtList.establishment_id))
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound
    return row


def _draft(session: Session, scope: Scope, list_id: int, *, lock: bool = True) -> BroughtList:
    row = _row(session, scope, list_id, Right.RUN_AUDIT, lock=lock)
    if row.confirmed_at is not None:
        raise Refused(ALREADY)
    return row


def _counted() -> tuple[ColumnElement[bool], ...]:
    return BroughtList.confirmed_at.is_not(None), BroughtList.taken_back_at.is_(None), BroughtList.folder != ""


def _that_count(rows: list[BroughtList]) -> list[BroughtList]:
    """Of these lists, those that count: the latest made of each kind and tool."""
    kept = [row for row in rows if row.confirmed_at is not None and row.taken_back_at is None and row.folder]
    found = {(row.kind, row.origin): row for row in sorted(kept, key=lambda row: (row.made_on, row.id))}
    return list(found.values())


def _likely_origin(session: Session, row: BroughtList, shape: Shape) -> str:
    """The tool that wrote a list, as its headers tell: under the name that people gave it, when one only has it."""
    if row.kind not in SEVERAL:
        return ""
    known = [one.origin for one in counting_lists(session, row.establishment_id, row.kind)]
    tool = tool_of(shape.layout.headers)
    same = [one for one in known if tool and tool.casefold() in one.casefold()]
    return same[0] if len(same) == 1 else tool


def _checked_origin(session: Session, row: BroughtList, origin: Origin) -> str:
    """The tool of a list that is confirmed. Refused when another list of that tool counts, that it does not replace."""
    counting = counting_lists(session, row.establishment_id, row.kind)
    replaced = next((one for one in counting if one.id == origin.replaces), None)
    if replaced is not None and replaced.origin:
        return replaced.origin
    name = line_of(origin.name)[:MAX_ORIGIN]
    if replaced is not None:
        counting = tuple(one for one in counting if one is not replaced)
    if any(one.origin.casefold() == name.casefold() for one in counting):
        raise Refused(TAKEN if name else NOT_SEVERAL)
    if replaced is not None:
        _name_unnamed(session, row, name)
    elif len(counting) >= MOST_ORIGINS:
        raise Refused(TOO_MANY_TOOLS)
    return name


def _name_unnamed(session: Session, row: BroughtList, name: str) -> None:
    """The lists that named no tool are of the one that is now named: they come before this one."""
    query = select(BroughtList).where(
        BroughtList.establishment_id == row.establishment_id,
        BroughtList.kind == row.kind,
        BroughtList.origin == "",
        BroughtList.confirmed_at.is_not(None),
    )
    for one in session.scalars(query):
        one.origin = name


def _before(session: Session, row: BroughtList) -> BroughtList | None:
    """The list that a new one would follow."""
    query = select(BroughtList).where(
        BroughtList.establishment_id == row.establishment_id,
        BroughtList.kind == row.kind,
        BroughtList.origin == row.origin,
        BroughtList.id != row.id,
        BroughtList.brought_at <= row.brought_at,
        *_counted(),
    )
    return session.scalars(query.order_by(BroughtList.made_on.desc(), BroughtList.id.desc()).limit(1)).one_or_none()


def _line(row: BroughtList, counting: Collection[int], lang: Lang) -> ListLine:
    return ListLine(
        row.id,
        row.establishment_id,
        row.kind,
        KIND_NAMES[row.kind].render(lang),
        row.name,
        row.lines,
        row.made_on,
        row.brought_at,
        row.brought_by,
        row.confirmed_at is not None,
        row.taken_back_at is not None,
        row.id in counting,
        bool(row.folder),
        row.origin,
    )


# ---------------------------------------------------------------- columns


def _known_mapping(session: Session, row: BroughtList, shape: Shape) -> ListMapping | None:
    """The columns that people named the last time a file had these headers."""
    query = select(ListMapping).where(
        ListMapping.establishment_id == row.establishment_id, ListMapping.kind == row.kind
    )
    headers = _headers(shape)
    return next(
        (one for one in session.scalars(query.order_by(ListMapping.used_at.desc())) if one.headers == headers), None
    )


def _remember(session: Session, row: BroughtList, shape: Shape, name: str, now: datetime) -> None:
    known = _known_mapping(session, row, shape)
    if known is None:
        known = ListMapping(
            establishment_id=row.establishment_id,
            kind=row.kind,
            name="",
            headers=_headers(shape),
            mapping={},
            used_at=now,
        )
        session.add(known)
    known.name = (name.strip() or known.name or row.name)[:100]
    known.mapping, known.used_at = dict(row.mapping), now


def _headers(shape: Shape) -> list[str]:
    return sorted(filter(None, map(plain, shape.layout.headers)))


def _columns(row: BroughtList, shape: Shape, lang: Lang) -> Iterator[ColumnView]:
    places, headers = shape.layout.places, shape.layout.headers
    for key, column in COLUMNS[row.kind].items():
        header = headers[places[key]] if key in places else ""
        hour = (headers[places[key + HOUR]] if key + HOUR in places else "") if column.type == "moment" else None
        yield ColumnView(key, COLUMN_NAMES[key].render(lang), key in required_of(row.kind), header, hour)


# ---------------------------------------------------------------- what is shown


def _shown(seen: Seen, kind: ListKind, lang: Lang) -> Iterator[tuple[str, ...]]:
    for row in seen.shown:
        yield tuple(_cell(value, COLUMNS[kind][name].type, lang) for name, value in zip(seen.columns, row, strict=True))


def _cell(value: str | int, kind: str, lang: Lang) -> str:
    if kind in ("name", "text"):
        return str(value)
    if kind == "truth":
        words = {YES: Text("oui", "yes"), NO: Text("non", "no"), UNKNOWN: Text("", "")}
        return words[int(value)].render(lang)
    if value == NEVER:
        return ""
    if kind == "date":
        return date.fromordinal(date(1970, 1, 1).toordinal() + int(value)).isoformat()
    if kind == "moment":
        return datetime.fromtimestamp(int(value), UTC).strftime("%Y-%m-%d %H:%M UTC")
    return str(int(value))
