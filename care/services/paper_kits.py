"""Paper kits: what lies ready for the day without screens, where, in whose care, and who last looked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.durations import LONGEST, written
from care.domain.node_names import folded
from care.domain.paper_kits import MOST_DAYS, KitState, kit_state, next_check
from care.services.action_query import today
from care.services.degraded_rows import (
    charge_of,
    check_seen,
    fillable_activity,
    fillable_row,
    rewrite,
    thing_of,
    touch,
    visible_row,
)
from care.services.errors import Invalid, Refused
from care.services.node_rows import visible_node
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, MAX_TEXT, length_faults, line_of, lines_of
from care.store.bulk import among
from care.store.continuity import Activity, PaperKit, PaperKitCheck
from scanners.model import Lang, Scalar, Text

MAX_NOTE = 500


@dataclass(frozen=True, slots=True)
class KitDraft:
    """A kit as typed in. `contents` is Markdown, most often a list; `autonomy_minutes` None when nobody counted."""

    name: str
    place: str
    owner: str
    check_every_days: int
    contents: str = ""
    autonomy_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class CheckDraft:
    """Somebody looked: when, who (whoever is signed in when empty), whether all was there, else what was missing."""

    complete: bool
    checked_on: date | None = None
    checked_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One physical check. `recorded_by` may be someone else than who looked."""

    id: int
    checked_on: date
    checked_by: str
    complete: bool
    note: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class KitLine:
    """A kit of a list; `last` is its latest check, `due_on` the day by which it is to be checked again.

    `autonomy` is in words, "" when unknown. `missing` is what the last check found missing, "" when all was there.
    """

    id: int
    establishment_id: int
    activity_id: int
    activity: str
    name: str
    place: str
    owner: str
    check_every_days: int
    autonomy: str
    state: KitState
    due_on: date
    last: CheckLine | None
    retired_on: date | None

    @property
    def missing(self) -> str:
        """What is missing, as the last check says."""
        return self.last.note if self.last and not self.last.complete else ""

    @property
    def troubled(self) -> bool:
        """Whether nobody may count on it today."""
        return self.state not in {KitState.READY, KitState.RETIRED}


@dataclass(frozen=True, slots=True)
class KitView:
    """A kit in full, its checks the latest first. `contents` is Markdown."""

    line: KitLine
    contents: str
    autonomy_minutes: int | None
    checks: tuple[CheckLine, ...]
    created_at: datetime
    created_by: str
    version: int
    may_fill: bool

    @property
    def establishment_id(self) -> int:
        """The establishment it belongs to."""
        return self.line.establishment_id


def list_kits(platform: Platform, scope: Scope, establishment_id: int) -> tuple[KitLine, ...]:
    """The kits of the activities in use of an establishment, the worst first."""
    day = today(platform)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        query = _kits().where(Activity.establishment_id == establishment_id, Activity.ended_on.is_(None))
        return _by_urgency(read_kits(session, query.where(PaperKit.retired_on.is_(None)), day, scope.lang))


def kits_of_activity(platform: Platform, scope: Scope, activity_id: int) -> tuple[KitLine, ...]:
    """The kits of one activity, the worst first, those retired last."""
    day = today(platform)
    with platform.database.read() as session:
        visible_node(session, scope, Activity, activity_id)
        return _by_urgency(read_kits(session, _kits().where(Activity.id == activity_id), day, scope.lang))


def open_kit(platform: Platform, scope: Scope, kit_id: int) -> KitView:
    """One kit; NotFound outside the scope."""
    day = today(platform)
    with platform.database.read() as session:
        row, activity = visible_row(session, scope, PaperKit, kit_id)
        checks = tuple(_check_line(one) for one in session.scalars(_checks([kit_id])))
        return KitView(
            line=_line(row, activity, checks[0] if checks else None, day, scope.lang),
            contents=row.contents,
            autonomy_minutes=row.autonomy_minutes,
            checks=checks,
            created_at=row.created_at,
            created_by=row.created_by,
            version=row.version,
            may_fill=charge_of(session, scope, activity).may_fill and row.retired_on is None,
        )


def add_kit(platform: Platform, scope: Scope, activity_id: int, draft: KitDraft) -> int:
    """Declare a kit of an activity and return its number. Invalid names each faulty field."""
    now = platform.clock.now()
    with platform.database.write() as session:
        activity = fillable_activity(session, scope, activity_id)
        values = _checked(session, activity, draft, 0)
        kit = PaperKit(
            activity_id=activity.id,
            created_at=now,
            created_by=scope.actor,
            changed_at=now,
            changed_by=scope.actor,
            version=1,
            **values,
        )
        session.add(kit)
        session.flush()
        record(session, scope, "paper_kit.added", thing_of(kit, activity), now, {"name": kit.name, "version": 1})
        return kit.id


def change_kit(platform: Platform, scope: Scope, kit_id: int, draft: KitDraft, version: int) -> None:
    """Change a kit seen at `version`. Refused, saying who changed what, when somebody changed it since."""
    now = platform.clock.now()
    with platform.database.write() as session:
        kit, activity = fillable_row(session, scope, PaperKit, kit_id)
        check_seen(platform, session, kit, activity, version)
        _check_used(kit)
        values = _checked(session, activity, draft, kit.id)
        changed = rewrite(kit, values, scope.actor, now)
        if not changed:
            return
        detail: dict[str, Scalar] = {"name": kit.name, "version": kit.version, "fields": changed}
        record(session, scope, "paper_kit.changed", thing_of(kit, activity), now, detail)


def retire_kit(platform: Platform, scope: Scope, kit_id: int, version: int) -> None:
    """Say that a kit no longer exists: it leaves the lists and keeps its history."""
    now = platform.clock.now()
    with platform.database.write() as session:
        kit, activity = fillable_row(session, scope, PaperKit, kit_id)
        check_seen(platform, session, kit, activity, version)
        _check_used(kit)
        kit.retired_on = today(platform)
        touch(kit, scope.actor, now)
        detail: dict[str, Scalar] = {"name": kit.name, "version": kit.version}
        record(session, scope, "paper_kit.retired", thing_of(kit, activity), now, detail)


def check_kit(platform: Platform, scope: Scope, kit_id: int, draft: CheckDraft) -> None:
    """Record a physical check, never changed afterwards. The same one sent twice is recorded once.

    Invalid for a date to come, or for an incomplete kit without a word on what is missing.
    """
    now, day = platform.clock.now(), today(platform)
    with platform.database.write() as session:
        kit, activity = fillable_row(session, scope, PaperKit, kit_id)
        _check_used(kit)
        check = PaperKitCheck(
            kit_id=kit.id,
            checked_on=draft.checked_on or day,
            checked_by=line_of(draft.checked_by) or scope.name or scope.actor,
            complete=draft.complete,
            note=line_of(draft.note),
            recorded_at=now,
            recorded_by=scope.actor,
        )
        faults = _check_faults(check, day)
        if faults:
            raise Invalid(faults)
        if _already(session, check):
            return
        session.add(check)
        session.flush()
        detail: dict[str, Scalar] = {"name": kit.name, "on": check.checked_on.isoformat(), "complete": check.complete}
        record(session, scope, "paper_kit.checked", thing_of(kit, activity), now, detail)


def _check_faults(check: PaperKitCheck, day: date) -> dict[str, Text]:
    faults = length_faults({"note": (check.note, MAX_NOTE), "checked_by": (check.checked_by, MAX_LINE)})
    if check.checked_on > day:
        faults["checked_on"] = Text(
            "Cette date est à venir : notez le jour où quelqu’un a ouvert le kit.",
            "This date is to come: give the day when somebody opened the kit.",
        )
    if not check.complete and not check.note:
        faults["note"] = Text("Dites ce qui manque.", "Say what is missing.")
    return faults


def _already(session: Session, check: PaperKitCheck) -> bool:
    """Whether the last check is this very one: a button touched twice."""
    last = session.scalars(
        select(PaperKitCheck).where(PaperKitCheck.kit_id == check.kit_id).order_by(PaperKitCheck.id.desc()).limit(1)
    ).one_or_none()
    same = ("checked_on", "checked_by", "complete", "note", "recorded_by")
    return last is not None and all(getattr(last, name) == getattr(check, name) for name in same)


def _check_used(kit: PaperKit) -> None:
    if kit.retired_on is not None:
        raise Refused(
            Text(
                f"Ce kit a été retiré le {kit.retired_on:%d/%m/%Y} : déclarez-en un autre.",
                f"This kit was retired on {kit.retired_on}: declare another one.",
            )
        )


def _checked(session: Session, activity: Activity, draft: KitDraft, kit_id: int) -> dict[str, Any]:
    values: dict[str, Any] = {one.name: getattr(draft, one.name) for one in fields(KitDraft)}
    values |= {name: line_of(values[name]) for name in ("name", "place", "owner")}
    values["contents"] = lines_of(draft.contents)
    faults = _faults(values) or _name_faults(session, activity, values["name"], kit_id)
    if faults:
        raise Invalid(faults)
    return values


def _faults(values: Mapping[str, Any]) -> dict[str, Text]:
    faults = length_faults(
        {"contents": (values["contents"], MAX_TEXT)}
        | {name: (values[name], MAX_LINE) for name in ("name", "place", "owner")}
    )
    needed = {
        "name": Text("Donnez un nom au kit.", "Give the kit a name."),
        "place": Text("Dites où il se trouve : qui le cherche la nuit doit y aller droit.", "Say where it is."),
        "owner": Text("Dites qui en prend soin.", "Say who takes care of it."),
    }
    faults |= {name: words for name, words in needed.items() if not values[name]}
    if not 0 < values["check_every_days"] <= MOST_DAYS:
        faults["check_every_days"] = Text(
            f"Un nombre de jours entre 1 et {MOST_DAYS}.", f"A number of days between 1 and {MOST_DAYS}."
        )
    autonomy = values["autonomy_minutes"]
    if autonomy is not None and not 0 < autonomy <= LONGEST:
        faults["autonomy_minutes"] = Text(
            "Entre une minute et un an. Laissez vide si personne ne l’a compté.",
            "Between one minute and one year. Leave it empty if nobody counted.",
        )
    return faults


def _name_faults(session: Session, activity: Activity, name: str, kit_id: int) -> dict[str, Text]:
    rows = session.scalars(
        select(PaperKit).where(
            PaperKit.activity_id == activity.id, PaperKit.id != kit_id, PaperKit.retired_on.is_(None)
        )
    )
    other = next((row for row in rows if folded(row.name) == folded(name)), None)
    if other is None:
        return {}
    return {
        "name": Text(
            f"« {other.name} » existe déjà pour « {activity.name} » ({other.place}) : donnez un nom qui distingue les "
            "deux.",
            f"“{other.name}” already exists for “{activity.name}” ({other.place}): give a name that tells them apart.",
        )
    }


Kits = Select[PaperKit, Activity]


def _kits() -> Kits:
    return select(PaperKit, Activity).join(Activity, Activity.id == PaperKit.activity_id)


def kits_in_use(activity_ids: Collection[int]) -> Kits:
    """The query of the kits of some activities that have not been retired, for `read_kits`."""
    return _kits().where(Activity.id.in_(activity_ids), PaperKit.retired_on.is_(None))


def read_kits(session: Session, query: Kits, day: date, lang: Lang) -> list[KitLine]:
    """The kits of a query with their last check: two statements, however many they are."""
    rows = session.execute(query.order_by(PaperKit.name, PaperKit.id)).all()
    last = last_checks(session, [kit.id for kit, _activity in rows])
    return [_line(kit, activity, last.get(kit.id), day, lang) for kit, activity in rows]


def last_checks(session: Session, kit_ids: Collection[int]) -> Mapping[int, CheckLine]:
    """The latest check of each kit: by its day, then the last recorded."""
    if not kit_ids:
        return {}
    ranked = (
        select(
            PaperKitCheck.id,
            func.row_number()
            .over(
                partition_by=PaperKitCheck.kit_id,
                order_by=(PaperKitCheck.checked_on.desc(), PaperKitCheck.id.desc()),
            )
            .label("place"),
        )
        .where(among(session, PaperKitCheck.kit_id, sorted(kit_ids)))
        .subquery()
    )
    rows = session.scalars(
        select(PaperKitCheck).join(ranked, ranked.c.id == PaperKitCheck.id).where(ranked.c.place == 1)
    )
    return {row.kit_id: _check_line(row) for row in rows}


def by_activity(lines: Sequence[KitLine]) -> Mapping[int, tuple[KitLine, ...]]:
    """The same by activity."""
    found: dict[int, list[KitLine]] = defaultdict(list)
    for line in lines:
        found[line.activity_id].append(line)
    return {number: tuple(ones) for number, ones in found.items()}


def _checks(kit_ids: Collection[int]) -> Select[PaperKitCheck]:
    return (
        select(PaperKitCheck)
        .where(PaperKitCheck.kit_id.in_(kit_ids))
        .order_by(PaperKitCheck.checked_on.desc(), PaperKitCheck.id.desc())
    )


def _by_urgency(lines: Sequence[KitLine]) -> tuple[KitLine, ...]:
    order = list(KitState)
    return tuple(sorted(lines, key=lambda one: (order.index(one.state), one.due_on, one.name, one.id)))


def _line(row: PaperKit, activity: Activity, last: CheckLine | None, day: date, lang: Lang) -> KitLine:
    last_on, complete = (last.checked_on, last.complete) if last else (None, False)
    due_on = next_check(row.created_at.date(), row.check_every_days, last_on, complete=complete)
    return KitLine(
        id=row.id,
        establishment_id=activity.establishment_id,
        activity_id=activity.id,
        activity=activity.name,
        name=row.name,
        place=row.place,
        owner=row.owner,
        check_every_days=row.check_every_days,
        autonomy=written(row.autonomy_minutes, lang) if row.autonomy_minutes else "",
        state=kit_state(due_on, day, last_on, complete=complete, retired=row.retired_on is not None),
        due_on=due_on,
        last=last,
        retired_on=row.retired_on,
    )


def _check_line(row: PaperKitCheck) -> CheckLine:
    return CheckLine(
        id=row.id,
        checked_on=row.checked_on,
        checked_by=row.checked_by,
        complete=row.complete,
        note=row.note,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )
