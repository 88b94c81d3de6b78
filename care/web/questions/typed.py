"""What a form of questions sends: read into drafts, kept as typed when it is shown again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from care.domain.programme import AnswerVerdict
from care.domain.questions import TypedValue, Value, ValueKind
from care.services.questionnaire import QuestionDraft, QuestionLine
from care.web.days import plausible
from care.web.pages import row_number

ABSENT = "absent"
"""The answer that there is nothing to ask about, among those of a question that has a condition."""
_OFFERED = frozenset({AnswerVerdict.YES, AnswerVerdict.PARTLY, AnswerVerdict.NO, AnswerVerdict.NOT_APPLICABLE})


@dataclass(frozen=True)
class Typed:
    """What was typed and could not be recorded; `wrong` holds sentences by field, `refusal` one above all."""

    fields: Mapping[str, list[str]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    refusal: str = ""

    def one(self, name: str, otherwise: str = "") -> str:
        """A field as typed, else what the page shows."""
        return (self.fields.get(name) or [""])[0] if self.fields else otherwise

    def several(self, name: str, otherwise: Iterable[str] = ()) -> list[str]:
        """The boxes ticked."""
        return list(self.fields.get(name) or []) if self.fields else list(otherwise)

    def wrong_in(self, lines: Iterable[QuestionLine]) -> bool:
        """Whether something is wrong with one of these."""
        return any(self.faults(one.item) for one in lines)

    def faults(self, item: str) -> list[str]:
        """What is wrong with one question."""
        return [words for name, words in self.wrong.items() if name.partition("-")[2] == item]


def sent_fields() -> Mapping[str, list[str]]:
    """Everything the form sent, as it was typed."""
    return {**request.form.to_dict(flat=False), "sent": ["1"]}


def drafts_of(lines: Iterable[QuestionLine]) -> tuple[list[QuestionDraft], dict[str, str]]:
    """What was filled in for these questions, and what cannot be read."""
    drafts: list[QuestionDraft] = []
    wrong: dict[str, str] = {}
    for line in lines:
        try:
            draft = _draft(line, request.form)
        except ValueError:
            wrong[f"value-{line.item}"] = _("Ce nombre ou cette date ne se lit pas : corrigez-le.")
            continue
        drafts.append(draft)
        if draft.note.strip() and not (draft.verdict or draft.absent or draft.value is not None):
            wrong[f"verdict-{line.item}"] = _("Choisissez une réponse, ou effacez la précision.")
    return drafts, wrong


def _draft(line: QuestionLine, form: MultiDict[str, str]) -> QuestionDraft:
    chosen, value = form.get(f"verdict-{line.item}", ""), line.question.value
    return QuestionDraft(
        item=line.item,
        verdict=AnswerVerdict(chosen) if chosen in _OFFERED else None,
        value=_value(value, line.item, form) if value else None,
        note=form.get(f"note-{line.item}", "")[:10_000],
        absent=chosen == ABSENT,
        again=bool(form.get(f"again-{line.item}")),
        seen=form.get(f"seen-{line.item}", 0, type=row_number),
    )


def _value(value: Value, item: str, form: MultiDict[str, str]) -> TypedValue | None:
    """The value typed; ValueError when it is none."""
    if value.kind is ValueKind.CHOICES:
        return tuple(dict.fromkeys(form.getlist(f"value-{item}"))) or None
    typed = form.get(f"value-{item}", "").strip()
    if not typed:
        return None
    if value.kind is ValueKind.NUMBER:
        return row_number("".join(typed.split()))
    return _day(typed).isoformat()


def _day(typed: str) -> date:
    """A day as the browser sends it, or as people write it."""
    if "/" not in typed:
        return plausible(typed)
    day, month, year = typed.split("/")
    return plausible(f"{int(year):04}-{int(month):02}-{int(day):02}")
