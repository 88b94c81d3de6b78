"""Answering a section at once: what changed is recorded, nothing typed is lost."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Place
from care.domain.programme import AnswerVerdict
from care.services.errors import Forbidden, Invalid, Refused
from care.services.frameworks.answering import AnswerDraft, answer_requirements
from care.services.frameworks.section_reading import SectionQuestion, SectionView, asked_in, open_section
from care.web.language import current_language
from care.web.needs.blueprint import asked_place, at, of_place
from care.web.needs.forms import OFFERED, SectionForm
from care.web.needs.shown import TOP
from care.web.pages import row_number
from care.web.people import platform, scope


@dataclass(frozen=True)
class Typed:
    """What was typed for each requirement and could not be recorded; `wrong` holds sentences by field."""

    verdicts: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    refusal: str = ""


@at("/<framework_id>/section/<section_id>")
def section(framework_id: str, section_id: str, **where: object) -> ResponseReturnValue:
    """The requirements of one section, to answer; those that the questionnaire asks are answered there."""
    place = asked_place(where)
    if part := asked_in(platform(), place, framework_id, section_id):
        return redirect(url_for("questions.section", part_id=part, **of_place(place)))
    return _page(_view(place, framework_id, section_id), SectionForm.begun(), Typed())


@at("/<framework_id>/section/<section_id>", "POST")
def answer_section(framework_id: str, section_id: str, **where: object) -> ResponseReturnValue:
    """Record the answers of a section that say something new."""
    place = asked_place(where)
    view = _view(place, framework_id, section_id)
    if not view.may_answer:
        raise Forbidden
    form = SectionForm(request.form)
    form.offer()
    typed = _typed(view)
    if not form.validate() or typed.wrong:
        return _page(view, form, typed), 400
    try:
        count = answer_requirements(platform(), scope(), place, framework_id, _drafts(view, form, typed))
    except Invalid as refusal:
        said = {name: text.render(current_language()) for name, text in refusal.fields.items()}
        return _page(view, form, Typed(typed.verdicts, typed.notes, said)), 400
    except Refused as refusal:
        words = refusal.text.render(current_language())
        return _page(view, form, Typed(typed.verdicts, typed.notes, {}, words)), 409
    many = ngettext("%(num)s réponse enregistrée.", "%(num)s réponses enregistrées.", count)
    flash(many if count else _("Rien de nouveau à enregistrer."))
    there = url_for("needs.framework", framework_id=framework_id, order="text", **of_place(place))
    after = view.following if "stay" not in request.form else ""
    if after:
        there = url_for("needs.section", framework_id=framework_id, section_id=after, **of_place(place))
    return redirect(there)


def _view(place: Place, framework_id: str, section_id: str) -> SectionView:
    wanted = "" if section_id == TOP else section_id
    return open_section(platform(), scope(), place, framework_id, wanted)


def _page(view: SectionView, form: SectionForm, typed: Typed) -> str:
    return render_template(
        "needs/section.html",
        view=view,
        form=form,
        typed=typed,
        verdicts=OFFERED,
        to=of_place(view.place),
        section_id=view.id or TOP,
    )


def _typed(view: SectionView) -> Typed:
    verdicts = {one.id: request.form.get(f"verdict-{one.id}", "") for one in view.questions}
    notes = {one.id: request.form.get(f"note-{one.id}", "") for one in view.questions}
    wrong = {
        f"verdict-{key}": _("Choisissez une réponse, ou effacez la note.")
        for key, value in verdicts.items()
        if value not in list(OFFERED) and (value or notes[key].strip())
    }
    return Typed(verdicts, notes, wrong)


def _drafts(view: SectionView, form: SectionForm, typed: Typed) -> list[AnswerDraft]:
    """The answers given; those left as they were only when they are confirmed for the day."""
    return [
        AnswerDraft(
            item=one.id,
            verdict=AnswerVerdict(typed.verdicts[one.id]),
            method=form.chosen_method,
            note=typed.notes[one.id],
            given_on=form.given_on.data,
            seen=request.form.get(f"seen-{one.id}", 0, type=row_number),
        )
        for one in view.questions
        if typed.verdicts[one.id] and (form.again.data or _changed(one, typed))
    ]


def _changed(one: SectionQuestion, typed: Typed) -> bool:
    known = one.answer
    note = " ".join(typed.notes[one.id].split())
    return known is None or (known.verdict.value, " ".join(known.note.split())) != (typed.verdicts[one.id], note)
