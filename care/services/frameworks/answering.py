"""What people say of requirements: answered one by one or by section, taken back, with every answer kept.

Two doors. `answer_requirement`, `answer_requirements`, `withdraw_answer` are for a place (establishment, legal entity,
GHT) and check MANAGE_PROGRAMME on it. `write_answers` and `write_withdrawal` work in the caller's write transaction for
any written holder, the right to it being checked there: that is how the clauses of a supplier (`contract:9`) are
answered. Each locks the holder, refuses what somebody answered otherwise meanwhile, has the place computed again and
leaves its event in the trail: call them last. Pages take `care.web.needs.answer_form` and the template
`needs/answer.html` with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope, place_at
from care.domain.frameworks import Framework, FrameworkKind, Item, Method
from care.domain.judging import PEOPLE
from care.domain.programme import VERDICTS, AnswerVerdict, Inquiry
from care.domain.questions import TypedValue, restored, stored
from care.services.errors import Invalid, NotFound, Refused
from care.services.frameworks.assessing import mark_due
from care.services.frameworks.holders import seen_holder
from care.services.frameworks.library import frameworks_in_use
from care.services.library import today
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import lines_of
from care.store.frameworks import AssessmentMark, RequirementAnswer
from care.store.governance import SupplierContract
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

MAX_NOTE = 2_000
MAX_DRAFTS = 500
"""More than the largest framework has (PGSSI-S: 336)."""
EXPLAINED = frozenset({AnswerVerdict.NO, AnswerVerdict.PARTLY, AnswerVerdict.NOT_APPLICABLE, AnswerVerdict.INADEQUATE})
"""What is not plainly yes says why: a visitor will ask."""

Said = tuple[str, Method, Inquiry | None]
"""What counts apart: a requirement, the method, and the inquiry of a visit if any; the last answer of each counts."""


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """An answer as given. `verdict` None: none was chosen. `given_on` is the day it speaks of, None today; it has to be
    asked again after `valid_until`. `seen` is the id of the last answer that was shown for this requirement, 0 if none.
    `value` is what was typed where the question wants more than a yes: it says enough to need no note. `brief`: a plain
    “no” of a form filled in a hurry needs none either: a reason to be given must not make people say yes.
    """

    item: str
    verdict: AnswerVerdict | None
    method: Method = Method.DECLARATION
    note: str = ""
    given_on: date | None = None
    valid_until: date | None = None
    inquiry: Inquiry | None = None
    seen: int = 0
    value: TypedValue | None = None
    brief: bool = False


def answer_requirement(platform: Platform, scope: Scope, place: Place, framework_id: str, draft: AnswerDraft) -> bool:
    """Record one answer; returns whether it says something new. Invalid names the fields without the requirement."""
    try:
        return bool(answer_requirements(platform, scope, place, framework_id, [draft]))
    except Invalid as refusal:
        raise Invalid({name.partition("-")[0]: text for name, text in refusal.fields.items()}) from refusal


def answer_requirements(
    platform: Platform, scope: Scope, place: Place, framework_id: str, drafts: Sequence[AnswerDraft]
) -> int:
    """Record the answers of a place that say something new, all or none; returns how many did.

    Invalid names each field with its requirement (`note-O3.A`). Refused when one was answered otherwise since it was
    shown. NotFound for a stranger or what is not asked, Forbidden for who only reads.
    """
    with platform.database.write() as session:
        seen_holder(session, scope, place, today(platform), Right.MANAGE_PROGRAMME)
        framework = framework_in_use(platform, session, framework_id)
        _check_values(platform, place, framework, drafts)
        return write_answers(platform, session, scope, place.key, framework, drafts)


def withdraw_answer(
    platform: Platform, scope: Scope, place: Place, framework_id: str, answer_id: int, why: str = ""
) -> None:
    """Take back an answer of a place: the method says nothing any more. Refused when it is not the last one."""
    with platform.database.write() as session:
        seen_holder(session, scope, place, today(platform), Right.MANAGE_PROGRAMME)
        framework = framework_in_use(platform, session, framework_id)
        write_withdrawal(platform, session, scope, place.key, framework, answer_id, why)


def framework_in_use(platform: Platform, session: Session, framework_id: str) -> Framework:
    """The framework of that id as it counts today; NotFound when there is none."""
    found = frameworks_in_use(platform, session, today(platform)).get(framework_id)
    if found is None:
        raise NotFound
    return found


def write_answers(
    platform: Platform,
    session: Session,
    scope: Scope,
    holder: str,
    framework: Framework,
    drafts: Sequence[AnswerDraft],
) -> int:
    """`answer_requirements` for any written holder, in the caller's write transaction: the right is checked there."""
    items = _asked(framework, drafts)
    lock_holder(session, holder)
    tidy = [replace(one, note=lines_of(one.note), given_on=one.given_on or today(platform)) for one in drafts]
    latest = last_answers(session, holder, framework.id)
    new = [one for one in tidy if _says_more(one, items[one.item], latest.get((one.item, one.method, one.inquiry)))]
    _check(framework, new, today(platform))
    _check_seen(new, latest, ZoneInfo(platform.settings.timezone))
    for one in new:
        session.add(_row(platform, scope, holder, framework, items[one.item], one))
    if new:
        detail: dict[str, Scalar] = {"items": ", ".join(one.item for one in new), "version": framework.version}
        if len(new) == 1 and new[0].verdict is not None:
            detail |= {"verdict": new[0].verdict.value, "method": new[0].method.value}
        _told(platform, session, scope, holder, framework, "requirement.answered", detail)
    return len(new)


def write_withdrawal(
    platform: Platform, session: Session, scope: Scope, holder: str, framework: Framework, answer_id: int, why: str = ""
) -> None:
    """`withdraw_answer` for any written holder, in the caller's write transaction: the right is checked there."""
    lock_holder(session, holder)
    row = session.get(RequirementAnswer, answer_id)
    if row is None or (row.holder, row.framework) != (holder, framework.id):
        raise NotFound
    last = last_answers(session, holder, framework.id)[row.item, row.method, row.inquiry]
    if last.id != row.id:
        raise Refused(_meanwhile(last, ZoneInfo(platform.settings.timezone)))
    note = lines_of(why)
    if len(note) > MAX_NOTE:
        raise Invalid({"why": _TOO_LONG})
    if row.withdrawn:
        return
    session.add(
        RequirementAnswer(
            holder=holder,
            framework=framework.id,
            item=row.item,
            framework_version=row.framework_version,
            item_hash=row.item_hash,
            method=row.method,
            inquiry=row.inquiry,
            verdict=row.verdict,
            note=note,
            given_on=today(platform),
            valid_until=None,
            withdrawn=True,
            answered_at=platform.clock.now(),
            answered_by=scope.name or scope.actor,
        )
    )
    detail: dict[str, Scalar] = {"items": row.item, "verdict": row.verdict.value, "method": row.method.value}
    _told(platform, session, scope, holder, framework, "requirement.answer_withdrawn", detail)


def lock_holder(session: Session, holder: str) -> None:
    """Let one writer at a time at the answers of a holder, until the commit."""
    insert_missing(session, AssessmentMark, holder=holder)
    session.get(AssessmentMark, holder, with_for_update=True, populate_existing=True)


def last_answers(session: Session, holder: str, framework_id: str) -> dict[Said, RequirementAnswer]:
    """The last answer of each requirement by method and inquiry, withdrawn ones too, the oldest first."""
    rows = session.scalars(
        select(RequirementAnswer)
        .where(RequirementAnswer.holder == holder, RequirementAnswer.framework == framework_id)
        .order_by(RequirementAnswer.id)
    )
    found: dict[Said, RequirementAnswer] = {}
    for row in rows:
        said = (row.item, row.method, row.inquiry)
        found.pop(said, None)
        found[said] = row
    return found


def place_written(holder: str) -> Place | None:
    """The place of a written holder; None for a contract."""
    return place_at(holder) if holder.partition(":")[0] in list(Level) else None


def _asked(framework: Framework, drafts: Sequence[AnswerDraft]) -> Mapping[str, Item]:
    """The requirements answered, by id. NotFound for what the framework does not ask."""
    known = {item.id: item for item in framework.requirements}
    if len(drafts) > MAX_DRAFTS or any(one.item not in known for one in drafts):
        raise NotFound
    return known


def _says_more(draft: AnswerDraft, item: Item, known: RequirementAnswer | None) -> bool:
    if known is None or known.withdrawn:
        return True
    before = (known.verdict, known.note, known.given_on, known.valid_until, known.item_hash, restored(known.value))
    return before != (draft.verdict, draft.note, draft.given_on, draft.valid_until, item.wording, draft.value)


_Check = Callable[[Framework, AnswerDraft, date], Text | None]


def _verdict_fault(framework: Framework, draft: AnswerDraft, _today: date) -> Text | None:
    fits = draft.verdict is not AnswerVerdict.INADEQUATE or framework.kind is FrameworkKind.CERTIFICATION
    return None if draft.verdict in list(AnswerVerdict) and fits else _CHOOSE


def _method_fault(_framework: Framework, draft: AnswerDraft, _today: date) -> Text | None:
    return None if draft.method in PEOPLE else _METHOD


def _note_fault(_framework: Framework, draft: AnswerDraft, _today: date) -> Text | None:
    said = draft.value is not None or (draft.brief and draft.verdict is AnswerVerdict.NO)
    if draft.verdict in EXPLAINED and not draft.note and not said:
        return _EXPLAIN
    return _TOO_LONG if len(draft.note) > MAX_NOTE else None


def _day_fault(_framework: Framework, draft: AnswerDraft, day: date) -> Text | None:
    return _FUTURE if draft.given_on is not None and draft.given_on > day else None


def _end_fault(_framework: Framework, draft: AnswerDraft, day: date) -> Text | None:
    given = draft.given_on or day
    return _BACKWARDS if draft.valid_until is not None and draft.valid_until < given else None


_CHECKS: Mapping[str, _Check] = {
    "verdict": _verdict_fault,
    "method": _method_fault,
    "note": _note_fault,
    "given_on": _day_fault,
    "valid_until": _end_fault,
}
_CHOOSE = Text("Choisissez une réponse.", "Choose an answer.")
_METHOD = Text(
    "Une personne déclare ou constate en entretien ; choisissez l’un des deux.",
    "A person declares, or finds out in an interview; choose one of the two.",
)
_EXPLAIN = Text("Dites pourquoi, en une phrase : un visiteur le demandera.", "Say why, in a sentence: a visitor will.")
_TOO_LONG = Text(f"{MAX_NOTE} signes au plus.", f"At most {MAX_NOTE} characters.")
_PLAIN = frozenset({AnswerVerdict.YES, AnswerVerdict.PARTLY})
_VALUE = Text(
    "Cette exigence demande un nombre, une date ou des cases : répondez dans « Questions ».",
    "This requirement wants a number, a date or boxes: answer it in “Questions”.",
)
_FUTURE = Text(
    "Cette réponse ne peut pas parler d’un jour à venir : donnez la date du constat.",
    "This answer cannot speak of a day to come: give the day it was found out.",
)
_BACKWARDS = Text("Elle finirait avant d’avoir été donnée.", "It would end before it was given.")


def _check(framework: Framework, drafts: Iterable[AnswerDraft], day: date) -> None:
    faults = {
        f"{name}-{draft.item}": fault
        for draft in drafts
        for name, check in _CHECKS.items()
        if (fault := check(framework, draft, day)) is not None
    }
    if faults:
        raise Invalid(faults)


def _check_values(platform: Platform, place: Place, framework: Framework, drafts: Iterable[AnswerDraft]) -> None:
    """An establishment gives the value that a question wants: a bare yes would stand where a rule compares numbers."""
    questions = platform.kits.questions
    if framework.id != questions.framework or place.level is not Level.ESTABLISHMENT:
        return
    wanted = {item for item, one in questions.by_item.items() if one.value is not None}
    bare = [one for one in drafts if one.item in wanted and one.value is None and one.verdict in _PLAIN]
    if bare:
        raise Invalid({f"verdict-{one.item}": _VALUE for one in bare})


def _check_seen(drafts: Iterable[AnswerDraft], latest: Mapping[Said, RequirementAnswer], zone: ZoneInfo) -> None:
    newest = {row.item: row for row in sorted(latest.values(), key=lambda row: row.id)}
    for draft in drafts:
        known = newest.get(draft.item)
        if known is not None and known.id != draft.seen:
            raise Refused(_meanwhile(known, zone))


def _meanwhile(row: RequirementAnswer, zone: ZoneInfo) -> Text:
    at, verdict = row.answered_at.astimezone(zone), VERDICTS[row.verdict]
    did_fr = "retiré la réponse" if row.withdrawn else f"répondu « {verdict.fr} »"
    did_en = "withdrew the answer" if row.withdrawn else f"answered “{verdict.en}”"
    return Text(
        f"Entre-temps, {row.answered_by} a {did_fr} à l’exigence {row.item} (le {at:%d/%m/%Y à %H:%M}). Rien n’est "
        "perdu : relisez, puis enregistrez de nouveau.",
        f"In the meantime, {row.answered_by} {did_en} to requirement {row.item} (on {at:%Y-%m-%d at %H:%M}). Nothing "
        "is lost: read again, then save again.",
    )


def _row(
    platform: Platform, scope: Scope, holder: str, framework: Framework, item: Item, draft: AnswerDraft
) -> RequirementAnswer:
    if draft.verdict is None or draft.given_on is None:
        raise Invalid({f"verdict-{draft.item}": _CHOOSE})
    return RequirementAnswer(
        holder=holder,
        framework=framework.id,
        item=item.id,
        framework_version=framework.version,
        item_hash=item.wording,
        method=draft.method,
        inquiry=draft.inquiry,
        verdict=draft.verdict,
        note=draft.note,
        given_on=draft.given_on,
        valid_until=draft.valid_until,
        value=stored(draft.value),
        withdrawn=False,
        answered_at=platform.clock.now(),
        answered_by=scope.name or scope.actor,
    )


def _told(
    platform: Platform,
    session: Session,
    scope: Scope,
    holder: str,
    framework: Framework,
    action: str,
    detail: Mapping[str, Scalar],
) -> None:
    """Have the place computed again, then write in the trail."""
    now, place = platform.clock.now(), place_written(holder)
    session.flush()
    if place is not None:
        mark_due(session, place, now)
    site = place.id if place is not None and place.level is Level.ESTABLISHMENT else _of_contract(session, holder)
    record(session, scope, action, Thing("framework", f"{holder}/{framework.id}", site), now, detail)


def _of_contract(session: Session, holder: str) -> int | None:
    """The establishment of a contract that answers, so that its trail is read there."""
    kind, _, number = holder.partition(":")
    row = session.get(SupplierContract, int(number)) if kind == "contract" else None
    return row.establishment_id if row else None
