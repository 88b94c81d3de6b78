"""Questions: where they stand, a section to fill in, a form to print and to type in again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import groupby

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from wtforms import StringField
from wtforms.validators import Length, Optional

from care.services.errors import Forbidden, Invalid, Refused
from care.services.library import today
from care.services.question_papers import find_form, form_pdf, open_form, paper_mark, print_form, recent_forms
from care.services.questionnaire import SectionView, Stand, answer_questions, open_questionnaire, open_section
from care.web.days import DayField
from care.web.files import attachment
from care.web.forms import Form
from care.web.language import current_language
from care.web.people import platform, scope
from care.web.questions.typed import ABSENT, Typed, drafts_of, sent_fields

pages = Blueprint("questions", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/questions"
PAPER = f"{HERE}/paper/<paper_code>"


class SharedForm(Form):
    """What all the answers of a page share."""

    given_on = DayField(lazy_gettext("Constaté le"), [Optional()], description=lazy_gettext("Vide : aujourd’hui."))
    filled_by = StringField(
        lazy_gettext("Rempli par"),
        [Optional(), Length(max=120)],
        description=lazy_gettext("Le nom écrit sur la feuille."),
    )


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """Where the questions of an establishment stand, domain by domain."""
    return _index(establishment_id, {})


@pages.post(f"{HERE}/print")
def print_sheet(establishment_id: int) -> ResponseReturnValue:
    """Prepare a form on paper, then show it under its code."""
    try:
        code = print_form(
            platform(),
            scope(),
            establishment_id,
            request.form.getlist("sections"),
            unanswered="all" not in request.form,
        )
    except Invalid as refusal:
        said = {name: text.render(current_language()) for name, text in refusal.fields.items()}
        return _index(establishment_id, said), 400
    except Refused as refusal:
        return _index(establishment_id, {"sections": refusal.text.render(current_language())}), 409
    return redirect(url_for("questions.paper", establishment_id=establishment_id, paper_code=code))


@pages.get(f"{HERE}/find")
def find(establishment_id: int) -> ResponseReturnValue:
    """The form whose code was typed."""
    try:
        code = find_form(platform(), scope(), establishment_id, request.args.get("code", "")[:40])
    except Refused as refusal:
        return _index(establishment_id, {"code": refusal.text.render(current_language())}), 404
    return redirect(url_for("questions.paper", establishment_id=establishment_id, paper_code=code))


@pages.get(PAPER)
def paper(establishment_id: int, paper_code: str) -> str:
    """A form to type in, in the order of the paper."""
    return _paper_page(establishment_id, paper_code, SharedForm(), Typed())


@pages.get(f"{PAPER}/form.pdf")
def paper_pdf(establishment_id: int, paper_code: str) -> Response:
    """The form, to print."""
    printed = form_pdf(platform(), scope(), establishment_id, paper_code)
    return attachment(printed.content, printed.name)


@pages.post(PAPER)
def enter_paper(establishment_id: int, paper_code: str) -> ResponseReturnValue:
    """Record what was typed from paper."""
    view = open_form(platform(), scope(), establishment_id, paper_code)
    form = SharedForm(request.form)
    mark = paper_mark(view.paper.code, " ".join(str(form.filled_by.data or "").split()))
    show = lambda typed: _paper_page(establishment_id, paper_code, form, typed)  # noqa: E731 - one line, used once
    refused = _record(view.sheet, form, mark, show)
    return refused or redirect(url_for("questions.index", establishment_id=establishment_id))


@pages.get(f"{HERE}/<part_id>")
def section(establishment_id: int, part_id: str) -> str:
    """One section to fill in."""
    return _section_page(establishment_id, part_id, SharedForm(), Typed())


@pages.post(f"{HERE}/<part_id>")
def answer(establishment_id: int, part_id: str) -> ResponseReturnValue:
    """Record a section, then go on to the next one."""
    view = open_section(platform(), scope(), establishment_id, part_id)
    form = SharedForm(request.form)
    show = lambda typed: _section_page(establishment_id, part_id, form, typed)  # noqa: E731 - one line, used once
    refused = _record(view, form, "", show)
    if refused:
        return refused
    if view.following and "stay" not in request.form:
        there = url_for("questions.section", establishment_id=establishment_id, part_id=view.following)
        return redirect(there)
    return redirect(url_for("questions.index", establishment_id=establishment_id))


def _record(view: SectionView, form: SharedForm, mark: str, show: Callable[[Typed], str]) -> tuple[str, int] | None:
    """Record what was typed; else the page again, with everything typed and what is wrong."""
    if not view.may_answer:
        raise Forbidden
    drafts, wrong = drafts_of(view.lines)
    typed = sent_fields()
    if not form.validate() or wrong:
        return show(Typed(typed, wrong)), 400
    on: date | None = form.given_on.data
    try:
        count = answer_questions(platform(), scope(), view.establishment_id, drafts, on, mark)
    except Invalid as refusal:
        said = {name: text.render(current_language()) for name, text in refusal.fields.items()}
        return show(Typed(typed, said)), 400
    except Refused as refusal:
        return show(Typed(typed, {}, refusal.text.render(current_language()))), 409
    many = ngettext("%(num)s réponse enregistrée.", "%(num)s réponses enregistrées.", count)
    flash(many if count else _("Rien de nouveau à enregistrer."))
    return None


def _index(establishment_id: int, wrong: dict[str, str]) -> str:
    view = open_questionnaire(platform(), scope(), establishment_id)
    domains = [(name, list(some)) for name, some in groupby(view.sections, key=lambda one: one.domain)]
    return render_template(
        "questions/index.html",
        view=view,
        domains=domains,
        papers=recent_forms(platform(), scope(), establishment_id),
        wrong=wrong,
        Stand=Stand,
    )


def _section_page(establishment_id: int, part_id: str, form: SharedForm, typed: Typed) -> str:
    view = open_section(platform(), scope(), establishment_id, part_id)
    return render_template(
        "questions/section.html", view=view, form=form, typed=typed, Stand=Stand, ABSENT=ABSENT, today=today(platform())
    )


def _paper_page(establishment_id: int, paper_code: str, form: SharedForm, typed: Typed) -> str:
    view = open_form(platform(), scope(), establishment_id, paper_code)
    return render_template(
        "questions/paper.html", paper=view.paper, view=view.sheet, form=form, typed=typed, ABSENT=ABSENT
    )
