"""What the holder of a link does without an account: read what is asked, answer, sign.

The link opens nothing but that. What the register holds is not shown to a supplier: an answer that was suggested proves
nothing. Until the link is over the last answer counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from care.domain.access import Scope
from care.domain.access_links import AnswerError, LinkKind, ReviewVerdict, read_answer
from care.domain.supplier_questions import BY_NAME
from care.services.access_links.rows import answers_of, by_token, thing_of
from care.services.errors import Gone, Invalid
from care.services.library import today
from care.services.platform import Platform
from care.services.trail import record
from care.services.typed_texts import MAX_LINE, line_of, lines_of
from care.store.access_links import AccessAnswer, AccessLink, AccessReview
from care.store.registry import Establishment
from scanners.model import Text

MAX_NOTE = 2_000
_CLOSED = Text("Cette revue est close : merci de vos réponses.", "This review is closed: thank you for your answers.")
_UNSIGNED = Text("Écrivez vos nom et prénom : ils signent vos réponses.", "Write your name: it signs your answers.")
_SAY_WHY = Text("Dites pourquoi, ou ce qui est à corriger.", "Say why, or what is to be corrected.")


@dataclass(frozen=True, slots=True)
class AskedAccess:
    """One access as asked about: how it is called, and what was already said of it."""

    answer_id: int
    shown: Mapping[str, Any]
    said: Mapping[str, Any]
    verdict: ReviewVerdict | None
    note: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens: who asks, whom, what for, until when."""

    kind: LinkKind
    establishment: str
    name: str
    note: str
    review: str
    due_on: date
    answered_at: datetime | None
    signed_by: str
    accesses: tuple[AskedAccess, ...]


@dataclass(frozen=True, slots=True)
class SupplierReply:
    """What a supplier typed: a name, and by number of the access the text of each question, `note` among them."""

    signed_by: str
    accesses: Mapping[int, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Decision:
    """What an owner decided of one access; None: not decided."""

    verdict: ReviewVerdict | None
    note: str = ""


def open_link(platform: Platform, token: str) -> Opened:
    """What a link asks. NotFound, Gone. The first opening is noted."""
    now = platform.clock.now()
    with platform.database.write() as session:
        link = by_token(session, token, now, lock=True)
        if link.opened_at is None:
            link.opened_at = now
        review = session.get(AccessReview, link.review_id) if link.review_id else None
        zone = ZoneInfo(platform.settings.timezone)
        return Opened(
            kind=link.kind,
            establishment=session.get_one(Establishment, link.establishment_id).name,
            name=link.name,
            note=link.note,
            review=review.title if review else "",
            due_on=review.due_on if review else link.expires_at.astimezone(zone).date(),
            answered_at=link.answered_at,
            signed_by=link.signed_by,
            accesses=tuple(_asked(row) for row in answers_of(session, [link.id])),
        )


def reply(platform: Platform, token: str, given: SupplierReply) -> None:
    """Record what a supplier says of its accesses; what is left empty takes back what was said before.

    Invalid by field (`<number>-<question>`, `signed_by`); NotFound, Gone.
    """
    now, signed = platform.clock.now(), line_of(given.signed_by)
    with platform.database.write() as session:
        link = _of_kind(by_token(session, token, now, lock=True), LinkKind.SUPPLIER)
        rows = answers_of(session, [link.id])
        faults = _signature_faults(signed)
        day = today(platform)
        said = {row.id: _read(row.id, given.accesses.get(row.id, {}), day, faults) for row in rows}
        if faults:
            raise Invalid(faults)
        for row in rows:
            note = lines_of(given.accesses.get(row.id, {}).get("note", ""))
            if said[row.id] != row.said or note != row.note or (row.decided_at is None and (said[row.id] or note)):
                row.said, row.note, row.decided_at, row.decided_by = said[row.id], note, now, signed
                row.taken_at, row.taken_by = None, ""
        link.answered_at, link.signed_by = now, signed
        count = sum(bool(row.decided_at) for row in rows)
        record(session, _who(link, signed), "supplier_link.answered", thing_of(link), now, {"accesses": count})


def decide(platform: Platform, token: str, signed_by: str, decisions: Mapping[int, Decision]) -> None:
    """Record what an owner decides of accesses, by number of what was asked. Invalid by field (`<number>-verdict`,
    `<number>-note`, `signed_by`); NotFound, Gone when the review is closed."""
    now, signed = platform.clock.now(), line_of(signed_by)
    with platform.database.write() as session:
        link = _of_kind(by_token(session, token, now, lock=True), LinkKind.OWNER)
        review = session.get_one(AccessReview, link.review_id, with_for_update=True)
        if review.closed_at is not None:
            raise Gone(_CLOSED)
        faults = _signature_faults(signed)
        count = write_decisions(answers_of(session, [link.id]), decisions, faults, signed, now)
        link.answered_at, link.signed_by = now, signed
        record(session, _who(link, signed), "access_review.decided", thing_of(link), now, {"accesses": count})


def write_decisions(
    rows: Sequence[AccessAnswer],
    decisions: Mapping[int, Decision],
    faults: dict[str, Text],
    who: str,
    now: datetime,
) -> int:
    """Write what was decided of some rows and differs; returns how many. Invalid by field, nothing written then."""
    new: list[tuple[AccessAnswer, Decision]] = []
    for row in rows:
        given = decisions.get(row.id, Decision(None))
        note = lines_of(given.note)
        if given.verdict is None:
            continue
        if given.verdict is not ReviewVerdict.CONFIRMED and not note:
            faults[f"{row.id}-note"] = _SAY_WHY
        if len(note) > MAX_NOTE:
            faults[f"{row.id}-note"] = Text(f"{MAX_NOTE} signes au plus.", f"At most {MAX_NOTE} characters.")
        if (given.verdict, note) != (row.verdict, row.note):
            new.append((row, Decision(given.verdict, note)))
    if faults:
        raise Invalid(faults)
    for row, decision in new:
        row.verdict, row.note, row.decided_at, row.decided_by = decision.verdict, decision.note, now, who
        row.taken_at, row.taken_by = None, ""
    return len(new)


def _asked(row: AccessAnswer) -> AskedAccess:
    return AskedAccess(row.id, row.shown, row.said, row.verdict, row.note, row.decided_at)


def _of_kind(link: AccessLink, kind: LinkKind) -> AccessLink:
    """The form of one kind is not accepted by the link of the other."""
    if link.kind is not kind:
        raise Invalid({"signed_by": _UNSIGNED})
    return link


def _read(answer_id: int, typed: Mapping[str, str], day: date, faults: dict[str, Text]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, asked in BY_NAME.items():
        try:
            value = read_answer(asked, lines_of(typed.get(name, "")), day)
        except AnswerError as fault:
            faults[f"{answer_id}-{name}"] = fault.text
            continue
        if value is not None:
            said[name] = value
    if len(typed.get("note", "")) > MAX_NOTE:
        faults[f"{answer_id}-note"] = Text(f"{MAX_NOTE} signes au plus.", f"At most {MAX_NOTE} characters.")
    return said


def _signature_faults(signed: str) -> dict[str, Text]:
    if not signed:
        return {"signed_by": _UNSIGNED}
    if len(signed) > MAX_LINE:
        return {"signed_by": Text(f"{MAX_LINE} signes au plus.", f"At most {MAX_LINE} characters.")}
    return {}


def _who(link: AccessLink, signed: str) -> Scope:
    """Nobody signed in: the trail names the link's holder and who signed, with no right at all."""
    return Scope(actor=f"{link.name} ({signed})"[:200], lang="fr")
