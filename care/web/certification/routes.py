"""Where an establishment stands for its certification, its self-assessment, and what shows each theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right
from care.domain.certification import Freshness
from care.domain.has_score import HAS_ANSWERS
from care.domain.programme import AnswerVerdict, Inquiry
from care.services.certification.mock_visits import list_mocks
from care.services.certification.self_assessment import CriterionView, SelfAssessment, read_assessment
from care.services.certification.theme_evidence import evidence_by_theme
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.frameworks.answering import AnswerDraft, answer_requirements
from care.web.certification import documents, mocks
from care.web.certification.blueprint import HERE, WHOLE, line_address, pages, place_of, register_address
from care.web.language import current_language
from care.web.pages import row_number
from care.web.people import platform, scope
from care.web.place import may

__all__ = ["documents", "mocks", "pages"]


@dataclass(frozen=True)
class Typed:
    """What was typed for each element and could not be recorded; `wrong` holds sentences by field."""

    verdicts: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """Where one stands: answers, what is stale, rehearsals, documents."""
    view = read_assessment(platform(), scope(), place_of(establishment_id))
    evidence = evidence_by_theme(platform(), scope(), establishment_id)
    return render_template(
        "certification/index.html",
        view=view,
        evidence=evidence,
        counts={one: len(evidence.to_mend(one)) for one in Freshness},
        mocks=list_mocks(platform(), scope(), establishment_id)[:3],
    )


@pages.get(f"{HERE}/assessment/<manual>")
def assessment(establishment_id: int, manual: str) -> str:
    """Every criterion of a manual, its score, what nobody answered."""
    view = read_assessment(platform(), scope(), place_of(establishment_id), manual)
    return render_template("certification/assessment.html", view=view, whole=WHOLE)


@pages.get(f"{HERE}/assessment/<manual>/<criterion>")
def criterion(establishment_id: int, manual: str, criterion: str) -> str:
    """The elements of a criterion."""
    return _criterion_page(establishment_id, manual, criterion, Typed())


@pages.post(f"{HERE}/assessment/<manual>/<criterion>")
def answer(establishment_id: int, manual: str, criterion: str) -> ResponseReturnValue:
    """Record the answers of a criterion, then go to the next one."""
    place = place_of(establishment_id)
    view = read_assessment(platform(), scope(), place, manual)
    found, after = _around(view, criterion)
    if not may(Right.MANAGE_PROGRAMME):
        raise Forbidden
    ids = [one.id for one in found.elements]
    verdicts = {one: request.form.get(f"verdict-{one}", "") for one in ids}
    notes = {one: request.form.get(f"note-{one}", "") for one in ids}
    wrong = _unreadable(verdicts, notes)
    if wrong:
        return _criterion_page(establishment_id, manual, criterion, Typed(verdicts, notes, wrong)), 400
    drafts = [
        AnswerDraft(
            one,
            AnswerVerdict(verdicts[one]),
            note=notes[one],
            seen=request.form.get(f"seen-{one}", 0, type=row_number),
        )
        for one in _changed(found, verdicts, notes)
    ]
    try:
        count = answer_requirements(platform(), scope(), place, manual, drafts)
    except Invalid as refusal:
        said = {name: text.render(current_language()) for name, text in refusal.fields.items()}
        return _criterion_page(establishment_id, manual, criterion, Typed(verdicts, notes, said)), 400
    except Refused as refusal:
        typed = Typed(verdicts, notes, {}, refusal.text.render(current_language()))
        return _criterion_page(establishment_id, manual, criterion, typed), 409
    flash(ngettext("%(num)s réponse enregistrée.", "%(num)s réponses enregistrées.", count))
    if "stay" in request.form or after is None:
        return redirect(url_for("certification.assessment", establishment_id=establishment_id, manual=manual))
    return redirect(
        url_for("certification.criterion", establishment_id=establishment_id, manual=manual, criterion=after)
    )


def _unreadable(verdicts: Mapping[str, str], notes: Mapping[str, str]) -> dict[str, str]:
    """What no answer can be read from."""
    known = {"", *(one.value for one in HAS_ANSWERS), AnswerVerdict.PARTLY.value}
    lost = {f"verdict-{one}": _("Choisissez une réponse, ou effacez la note.") for one in verdicts}
    return {
        name: words
        for name, words in lost.items()
        if verdicts[name.removeprefix("verdict-")] not in known
        or (notes[name.removeprefix("verdict-")].strip() and not verdicts[name.removeprefix("verdict-")])
    }


def _changed(found: CriterionView, verdicts: Mapping[str, str], notes: Mapping[str, str]) -> Sequence[str]:
    """The elements whose answer is not the one shown: an untouched answer is not given again today."""
    shown = {one.id: (one.answer.verdict.value, one.answer.note) if one.answer else ("", "") for one in found.elements}
    tidy = {one: notes[one].replace("\r\n", "\n").strip() for one in notes}
    doubtful = {one.id for one in found.elements if one.answer and (one.answer.doubtful or one.answer.where)}
    again = {one for one in doubtful if f"confirm-{one}" in request.form}
    return [
        one for one, verdict in verdicts.items() if verdict and ((verdict, tidy[one]) != shown[one] or one in again)
    ]


def _around(view: SelfAssessment, criterion: str) -> tuple[CriterionView, str | None]:
    """A criterion and the one after it. NotFound when there is none of that number."""
    ids = [one.id or WHOLE for one in view.criteria]
    if criterion not in ids:
        raise NotFound
    rank = ids.index(criterion)
    return view.criteria[rank], ids[rank + 1] if rank + 1 < len(ids) else None


def _criterion_page(establishment_id: int, manual: str, criterion: str, typed: Typed) -> str:
    view = read_assessment(platform(), scope(), place_of(establishment_id), manual)
    found, after = _around(view, criterion)
    return render_template(
        "certification/criterion.html",
        view=view,
        one=found,
        after=after,
        key=criterion,
        typed=typed,
        answers=HAS_ANSWERS,
    )


@pages.get(f"{HERE}/evidence")
def evidence(establishment_id: int) -> str:
    """What shows each theme, for all methods or one, everything or only what is to mend."""
    by = request.args.get("by", "")
    method = Inquiry(by) if by in list(Inquiry) else None
    return render_template(
        "certification/evidence.html",
        found=evidence_by_theme(platform(), scope(), establishment_id),
        method=method,
        methods=tuple(Inquiry),
        line_address=lambda kind, number: line_address(kind, number, establishment_id),
        register_address=lambda kind: register_address(kind, establishment_id),
    )
