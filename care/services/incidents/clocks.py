"""The declarations of an incident: the clock of each, what was recorded of it, what to record next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.crisis import Confidence
from care.domain.declaration_clocks import Call, Called, ClockState, Settlement, called_for, clock_state, until
from care.domain.durations import written
from care.domain.programme import IncidentState
from care.services.declaration_duties import DutyView, duties_here, limit_words
from care.services.errors import Invalid, NotFound, Refused
from care.services.incidents.rows import facts_of, find, find_open, future_fault, gravity_of, thing_of, told, who
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import length_faults, line_of, lines_of
from care.store.incidents import Incident, IncidentNotice
from scanners.model import Lang, Scalar, Text

MAX_REFERENCE = 100
MAX_NOTE = 500
LONGEST_DECLARATION = 20_000
_MINUTE = timedelta(minutes=1)


class NoticeAct(StrEnum):
    """What a person says of a step: keep the words prepared, it was sent, it is not due, or neither after all."""

    KEEP = "keep"
    SENT = "sent"
    NOT_DUE = "not_due"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """What is recorded of a step. `sent_at` (aware) is now unless given; `note` is the reason of what is not due."""

    act: NoticeAct
    sent_at: datetime | None = None
    reference: str = ""
    text: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """Something recorded of a step; `text` is what was sent or kept."""

    id: int
    act: NoticeAct
    sent_at: datetime | None
    reference: str
    text: str
    note: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Clock:
    """One step of a declaration. `left` is what remains or has passed in words; `until` None is “without delay”.

    `settled` is what was recorded last, `notices` everything, the latest first; `seen` the number of the last.
    """

    step: int
    label: str
    limit: str
    state: ClockState
    until: datetime | None
    left: str
    settled: NoticeLine | None
    notices: tuple[NoticeLine, ...]
    seen: int


@dataclass(frozen=True, slots=True)
class DutyClocks:
    """One duty to declare this incident, whether the facts call for it and why. `duty` in the reader’s language."""

    duty: DutyView
    called: Called
    why: str
    to_confirm: bool
    clocks: tuple[Clock, ...]

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return all(clock.state.settled for clock in self.clocks)


@dataclass(frozen=True, slots=True)
class Noted:
    """What was recorded of each step, and what settles it."""

    lines: Sequence[IncidentNotice]

    @property
    def last(self) -> IncidentNotice | None:
        """What settles it: the last record that it was sent or not due, unless it was taken back since."""
        told = (one for one in reversed(self.lines) if act_of(one) is not NoticeAct.KEEP)
        found = next(told, None)
        return found if found is not None and act_of(found) is not NoticeAct.WITHDRAW else None

    @property
    def settlement(self) -> Settlement:
        """The same, as the domain reads it."""
        last = self.last
        return Settlement() if last is None else Settlement(last.sent_at, last.not_due)


def act_of(row: IncidentNotice) -> NoticeAct:
    """What a record says."""
    if row.sent_at is not None:
        return NoticeAct.SENT
    if row.not_due:
        return NoticeAct.NOT_DUE
    return NoticeAct.KEEP if row.text else NoticeAct.WITHDRAW


def notices_of(session: Session, incident_ids: Iterable[int]) -> Mapping[tuple[int, str, int], Noted]:
    """What was recorded, by incident, duty and step, in order."""
    query = select(IncidentNotice).where(IncidentNotice.incident_id.in_(tuple(incident_ids)))
    found: dict[tuple[int, str, int], list[IncidentNotice]] = {}
    for one in session.scalars(query.order_by(IncidentNotice.id)):
        found.setdefault((one.incident_id, one.duty, one.step), []).append(one)
    return {key: Noted(lines) for key, lines in found.items()}


def clocks_here(
    platform: Platform, session: Session, rows: Sequence[Incident], lang: Lang
) -> Mapping[int, tuple[DutyClocks, ...]]:
    """The clocks of incidents of one establishment, already found, by their id."""
    if not rows:
        return {}
    now = platform.clock.now()
    duties = duties_here(platform, session, rows[0].establishment_id, lang)
    noted = notices_of(session, (row.id for row in rows))
    return {row.id: tuple(_duty_clocks(row, duty, noted, now, lang) for duty in duties) for row in rows}


def _duty_clocks(
    row: Incident, duty: DutyView, noted: Mapping[tuple[int, str, int], Noted], now: datetime, lang: Lang
) -> DutyClocks:
    call = called_for(duty.id, facts_of(row), gravity_of(row))
    clocks = tuple(
        _clock(row, (step, one.label, one.minutes), call, noted.get((row.id, duty.id, step), Noted(())), now, lang)
        for step, one in enumerate(duty.draft.steps)
    )
    return DutyClocks(
        duty, call.called, call.why.render(lang), duty.draft.confidence is Confidence.TO_CONFIRM, clocks
    )  # fmt: skip


def _clock(
    row: Incident, step: tuple[int, str, int | None], call: Call, noted: Noted, now: datetime, lang: Lang
) -> Clock:
    number, label, minutes = step
    state = clock_state(number, minutes, row.detected_at, now, call.called, noted.settlement)
    limit = until(row.detected_at, minutes)
    last = noted.last
    return Clock(
        step=number,
        label=label,
        limit=limit_words(minutes, lang),
        state=state,
        until=limit,
        left=_left(state, row.detected_at, limit, last.sent_at if last else None, now).render(lang),
        settled=_line(last) if last is not None else None,
        notices=tuple(_line(one) for one in reversed(noted.lines)),
        seen=noted.lines[-1].id if noted.lines else 0,
    )


def _left(
    state: ClockState, detected_at: datetime, limit: datetime | None, sent_at: datetime | None, now: datetime
) -> Text:
    """What remains, or has passed, in words."""
    if state is ClockState.RUNNING and limit is not None:
        return _spanned(limit - now, "il reste {}", "{} left")
    if state is ClockState.LATE and limit is not None:
        return _spanned(now - limit, "dépassé de {}", "{} overdue")
    if state is ClockState.AT_ONCE:
        return _spanned(now - detected_at, "détecté il y a {}", "detected {} ago")
    if sent_at is not None:
        if state is ClockState.SENT_LATE and limit is not None:
            return _spanned(sent_at - limit, "{} après le délai", "{} after the limit")
        return _spanned(sent_at - detected_at, "{} après la détection", "{} after detection")
    return Text("", "")


def _spanned(span: timedelta, fr: str, en: str) -> Text:
    minutes = max(0, int(span / _MINUTE))
    return Text(fr.format(written(minutes, "fr")), en.format(written(minutes, "en")))


def _line(row: IncidentNotice) -> NoticeLine:
    return NoticeLine(row.id, act_of(row), row.sent_at, row.reference, row.text, row.note, row.at, row.by)


def record_notice(
    platform: Platform, scope: Scope, incident_id: int, duty_id: str, step: int, draft: NoticeDraft, seen: int
) -> None:
    """Record something of a step seen when `seen` was the last record of it (0 for none). Nothing is ever erased.

    NotFound when there is no such step; Refused when somebody was quicker; Invalid names the fields.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row, place = find_open(session, scope, incident_id)
        duties = {one.id: one for one in duties_here(platform, session, place.id, scope.lang)}
        if duty_id not in duties or not 0 <= step < len(duties[duty_id].draft.steps):
            raise NotFound
        noted = notices_of(session, [row.id]).get((row.id, duty_id, step), Noted(()))
        if noted.lines and noted.lines[-1].id != seen:
            raise Refused(_quicker(platform, noted.lines[-1]))
        if draft.act is NoticeAct.WITHDRAW and noted.last is None:
            raise Refused(Text("Il n’y a rien à reprendre ici.", "There is nothing to take back here."))
        draft = _checked(platform, row, draft, now)
        session.add(
            IncidentNotice(
                incident_id=row.id,
                duty=duty_id,
                step=step,
                sent_at=draft.sent_at,
                not_due=draft.act is NoticeAct.NOT_DUE,
                reference=draft.reference,
                text=draft.text,
                note=draft.note,
                at=now,
                by=who(scope),
            )
        )
        detail: dict[str, Scalar] = {"duty": duty_id, "step": step, "verdict": draft.act.value}
        detail |= {"reference": draft.reference, "reason": draft.note}
        record(session, scope, "incident.declaration_noted", thing_of(row), now, detail)


def _quicker(platform: Platform, last: IncidentNotice) -> Text:
    at_fr, at_en = (told(platform, last.at, lang) for lang in ("fr", "en"))
    return Text(
        f"Entre-temps, {last.by} a noté quelque chose ici (le {at_fr}). Rien n’est perdu : lisez-le, puis enregistrez "
        "de nouveau si besoin.",
        f"In the meantime, {last.by} noted something here ({at_en}). Nothing is lost: read it, then save again if "
        "need be.",
    )


def _checked(platform: Platform, row: Incident, draft: NoticeDraft, now: datetime) -> NoticeDraft:
    text, reference, note = lines_of(draft.text), line_of(draft.reference), line_of(draft.note)
    faults = length_faults(
        {
            "text": (text, LONGEST_DECLARATION),
            "reference": (reference, MAX_REFERENCE),
            "note": (note, MAX_NOTE),
        }
    )
    if draft.act is NoticeAct.SENT:
        return _sent(platform, row, NoticeDraft(NoticeAct.SENT, draft.sent_at or now, reference, text), now, faults)
    if draft.act is NoticeAct.KEEP and not text:
        faults["text"] = Text("Il n’y a rien à garder.", "There is nothing to keep.")
    if draft.act in (NoticeAct.NOT_DUE, NoticeAct.WITHDRAW) and not note:
        faults["note"] = Text("Dites pourquoi, en une phrase.", "Say why, in one sentence.")
    if faults:
        raise Invalid(faults)
    if draft.act is NoticeAct.KEEP:
        return NoticeDraft(draft.act, text=text)
    return NoticeDraft(draft.act, note=note)


def _sent(platform: Platform, row: Incident, draft: NoticeDraft, now: datetime, faults: dict[str, Text]) -> NoticeDraft:
    if fault := future_fault(draft.sent_at, now):
        faults["sent_at"] = fault
    elif draft.sent_at is not None and draft.sent_at < row.detected_at:
        faults["sent_at"] = Text(
            f"L’incident a été détecté le {told(platform, row.detected_at, 'fr')} : l’envoi ne peut pas être avant.",
            f"The incident was detected on {told(platform, row.detected_at, 'en')}: nothing was sent before.",
        )
    if faults:
        raise Invalid(faults)
    return draft


@dataclass(frozen=True, slots=True)
class DeclarationPage:
    """One step of one duty, with what its page shows."""

    incident_id: int
    establishment_id: int
    title: str
    closed: bool
    may_change: bool
    duty: DutyClocks
    clock: Clock


def open_declaration(platform: Platform, scope: Scope, incident_id: int, duty_id: str, step: int) -> DeclarationPage:
    """One step of a duty of an incident. NotFound, Forbidden."""
    with platform.database.read() as session:
        row, place = find(session, scope, incident_id)
        duties = {one.duty.id: one for one in clocks_here(platform, session, [row], scope.lang)[row.id]}
        if duty_id not in duties or not 0 <= step < len(duties[duty_id].clocks):
            raise NotFound
        duty = duties[duty_id]
        return DeclarationPage(
            incident_id=row.id,
            establishment_id=place.id,
            title=row.title,
            closed=row.state is IncidentState.CLOSED,
            may_change=scope.allows(Right.MANAGE_INCIDENTS, place.lineage),
            duty=duty,
            clock=duty.clocks[step],
        )
