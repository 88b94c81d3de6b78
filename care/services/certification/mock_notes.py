"""What is seen during a mock visit: one note an element and method; notes are never changed, the last one counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from care.domain.access import Right, Scope
from care.domain.frameworks import Framework
from care.domain.has_score import HAS_ANSWERS
from care.domain.programme import AnswerVerdict, Inquiry
from care.services.certification.mock_rows import manual_of_visit, mock_visit, notes_of, refuse_ended, thing_of
from care.services.certification.mock_visits import MAX_NOTE, asked_of
from care.services.errors import Invalid, NotFound, Refused
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, length_faults, line_of, lines_of
from care.store.programme import Visit, VisitNote
from scanners.model import Text

MAX_ASKED = 500
EXPLAINED = frozenset({AnswerVerdict.NO, AnswerVerdict.INADEQUATE})
"""What is not plainly yes says what was seen."""


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """What was seen of an element. `seen` is the id of the note that was shown, 0 if none."""

    item: str
    verdict: AnswerVerdict | None
    note: str = ""
    who_met: str = ""
    asked: str = ""
    seen: int = 0


def take_notes(
    platform: Platform, scope: Scope, establishment_id: int, visit_id: int, method: Inquiry, drafts: Sequence[NoteDraft]
) -> int:
    """Record the notes that say something new, all or none; returns how many did.

    Invalid names each field with its element (`verdict-3.14-01`). Refused when somebody noted one otherwise since it
    was shown, or when the visit is over. NotFound, Forbidden.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row, place = mock_visit(session, scope, establishment_id, visit_id, Right.MANAGE_PROGRAMME, lock=True)
        refuse_ended(row)
        manual = manual_of_visit(platform, session, row)
        if not {one.item for one in drafts} <= {
            item.id for item, by in asked_of(platform, manual, row) if by is method
        }:
            raise NotFound
        latest = notes_of(session, row)
        new = [one for one in drafts if _says_more(one, latest.get((one.item, method)))]
        _check_notes(new)
        for draft in new:
            _refuse_quicker(platform, latest.get((draft.item, method)), draft)
            session.add(_note(scope, row, manual, method, draft, now))
        if new:
            detail = {"items": ", ".join(one.item for one in new)[:500], "method": method.value}
            record(session, scope, "visit.noted", thing_of(row, place.id), now, detail)
        return len(new)


def _note(scope: Scope, row: Visit, manual: Framework, method: Inquiry, draft: NoteDraft, now: datetime) -> VisitNote:
    if draft.verdict is None:
        raise Invalid({f"verdict-{draft.item}": _CHOOSE})
    return VisitNote(
        visit_id=row.id,
        framework=manual.id,
        item=draft.item,
        inquiry=method,
        verdict=draft.verdict,
        note=lines_of(draft.note),
        who_met=line_of(draft.who_met),
        asked=line_of(draft.asked),
        at=now,
        by=scope.name or scope.actor,
    )


def _says_more(draft: NoteDraft, known: VisitNote | None) -> bool:
    said = (draft.verdict, lines_of(draft.note), line_of(draft.who_met), line_of(draft.asked))
    if known is None:
        return said != (None, "", "", "")
    return said != (known.verdict, known.note, known.who_met, known.asked)


_CHOOSE = Text("Dites d’abord ce que vous en concluez.", "First say what you conclude.")


def _check_notes(drafts: Sequence[NoteDraft]) -> None:
    faults: dict[str, Text] = {}
    for one in drafts:
        if one.verdict not in HAS_ANSWERS:
            faults[f"verdict-{one.item}"] = _CHOOSE
        if one.verdict in EXPLAINED and not lines_of(one.note):
            faults[f"note-{one.item}"] = Text("Écrivez ce que vous avez vu.", "Write what you saw.")
        lengths = {
            f"note-{one.item}": (lines_of(one.note), MAX_NOTE),
            f"who_met-{one.item}": (line_of(one.who_met), MAX_LINE),
            f"asked-{one.item}": (line_of(one.asked), MAX_ASKED),
        }
        faults |= length_faults(lengths)
    if faults:
        raise Invalid(faults)


def _refuse_quicker(platform: Platform, known: VisitNote | None, draft: NoteDraft) -> None:
    if known is None or known.id == draft.seen:
        return
    at = known.at.astimezone(ZoneInfo(platform.settings.timezone))
    raise Refused(
        Text(
            f"Entre-temps, {known.by} a noté {draft.item} (le {at:%d/%m/%Y à %H:%M}). Rien n’est perdu : relisez, puis "
            "enregistrez de nouveau.",
            f"In the meantime, {known.by} noted {draft.item} (on {at:%Y-%m-%d at %H:%M}). Nothing is lost: read again, "
            "then save again.",
        )
    )
