"""Questionnaires: their questions and answers for the region, their sheet for an establishment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import HiddenField

from care.domain.access import Right
from care.domain.questionnaires import (
    MAX_CHOICE,
    MAX_WORDS,
    MOST_CHOICES,
    MOST_QUESTIONS,
    UNKNOWN,
    Question,
    QuestionKind,
)
from care.services.errors import Forbidden, Refused
from care.services.regional.questions import set_questions
from care.services.regional.results import QuestionnaireView, answers_xlsx, follow_questionnaire
from care.services.regional.sheets import SheetView, open_sheet, save_sheet, take_back
from care.web.files import attachment
from care.web.forms import Form
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may
from care.web.refusals import said_as_refused

pages = Blueprint("regional_questionnaires", __name__, template_folder="templates")
ONE = "/regional-campaigns/<int:questionnaire_id>"
SHEET = "/establishments/<int:establishment_id>/questionnaires/<int:questionnaire_id>"
_BLANK = 4
_SENT = lazy_gettext("Réponses envoyées à la région.")
_KEPT = lazy_gettext("Brouillon enregistré : il n’est pas encore envoyé.")


@dataclass
class _Row:
    """A question as it is typed: its words, how it is answered, one choice a line."""

    words: str = ""
    kind: str = QuestionKind.YES_NO.value
    choices: str = ""
    wrong: str = ""

    def question(self, number: int) -> Question:
        """The question typed."""
        kind = QuestionKind(self.kind) if self.kind in list(QuestionKind) else QuestionKind.YES_NO
        return Question(number, self.words, kind, tuple(self.choices.splitlines()[: MOST_CHOICES + 1]))


class QuestionsForm(Form):
    """The questions of a campaign, one a row; a row without words is no question."""

    version = HiddenField()

    def show(self, questions: tuple[Question, ...], version: int) -> None:
        """What is written, and some rows to add."""
        self.rows = [_Row(one.words, one.kind.value, "\n".join(one.choices)) for one in questions]
        self.version.data = str(version)
        self.pad()

    def take(self, sent: Mapping[str, str]) -> None:
        """What was typed."""
        self.rows = []
        for rank in range(MOST_QUESTIONS + 1):
            row = _Row(
                sent.get(f"words-{rank}", "")[: MAX_WORDS + 1],
                sent.get(f"kind-{rank}", ""),
                sent.get(f"choices-{rank}", "")[: (MAX_CHOICE + 2) * (MOST_CHOICES + 1)],
            )
            if row.words.strip() or row.choices.strip():
                self.rows.append(row)

    def pad(self) -> None:
        """Blank rows at the end."""
        self.rows += [_Row() for _rank in range(min(_BLANK, MOST_QUESTIONS - len(self.rows)))]

    def questions(self) -> list[Question]:
        """The questions typed."""
        return [row.question(number) for number, row in enumerate(self.rows, start=1)]

    def blame(self, refusal: Any) -> None:  # noqa: ANN401 - Invalid, as the parent says
        """Put each sentence beside its question."""
        for name, text in refusal.fields.items():
            rank = name.removeprefix("question-")
            if rank.isdecimal():
                self.rows[int(rank)].wrong = text.render(current_language())
            else:
                self.other_errors.append(text.render(current_language()))


@pages.get(f"{ONE}/questions")
def questions(questionnaire_id: int) -> str:
    """The form of its questions."""
    view, form = follow_questionnaire(platform(), scope(), questionnaire_id), QuestionsForm()
    form.show(view.questions, view.campaign.version)
    return _questions_page(form, view)


@pages.post(f"{ONE}/questions")
def save_questions(questionnaire_id: int) -> ResponseReturnValue:
    """Write them; what was typed is kept when somebody was quicker."""
    view, form = follow_questionnaire(platform(), scope(), questionnaire_id), QuestionsForm(request.form)
    form.take(request.form)
    version = seen_version()
    code = form.saved(lambda: set_questions(platform(), scope(), questionnaire_id, form.questions(), version))
    if code:
        form.version.data = str(view.campaign.version)
        form.pad()
        return _questions_page(form, view), code
    flash(_("Questions enregistrées."))
    if "more" in request.form:
        return redirect(url_for("regional_questionnaires.questions", questionnaire_id=questionnaire_id))
    return redirect(url_for("regional_campaigns.one", regional_id=questionnaire_id))


def _questions_page(form: QuestionsForm, view: QuestionnaireView) -> str:
    return render_template("regional_campaigns/questions.html", form=form, view=view, most=MOST_QUESTIONS)


@pages.get(f"{ONE}/answers.xlsx")
def answers(questionnaire_id: int) -> Response:
    """Every answer, as a workbook."""
    return attachment(answers_xlsx(platform(), scope(), questionnaire_id), "questionnaire.xlsx")


@pages.get(SHEET)
def sheet(establishment_id: int, questionnaire_id: int) -> str:
    """The questions and what this establishment answers."""
    view = open_sheet(platform(), scope(), establishment_id, questionnaire_id)
    return _sheet_page(view, {number: str(answer) for number, answer in view.answers.items()}, SheetForm(view.version))


@pages.post(SHEET)
def answer(establishment_id: int, questionnaire_id: int) -> ResponseReturnValue:
    """Keep the answers as a draft, or send them; what was typed is kept when it cannot be."""
    if not may(Right.MANAGE_PROGRAMME):
        raise Forbidden
    view = open_sheet(platform(), scope(), establishment_id, questionnaire_id)
    typed, form, send = _typed(view), SheetForm(view.version), "send" in request.form
    version = seen_version()
    code = form.saved(
        lambda: save_sheet(platform(), scope(), establishment_id, questionnaire_id, typed, version, send=send)
    )
    if code:
        form.version = version if code == 400 else view.version
        return _sheet_page(view, typed, form), code
    flash(_SENT if send else _KEPT)
    return _to_sheet(establishment_id, questionnaire_id)


@pages.post(f"{SHEET}/take-back")
def take_answers_back(establishment_id: int, questionnaire_id: int) -> ResponseReturnValue:
    """Make what was sent a draft again."""
    if not may(Right.MANAGE_PROGRAMME):
        raise Forbidden
    open_sheet(platform(), scope(), establishment_id, questionnaire_id)
    with said_as_refused(Refused):
        take_back(platform(), scope(), establishment_id, questionnaire_id, seen_version())
        flash(_("Vos réponses sont de nouveau un brouillon : renvoyez-les avant la fin."))
    return _to_sheet(establishment_id, questionnaire_id)


class SheetForm(Form):
    """What is wrong with a sheet: its fields are those of the campaign, not of a class."""

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version, self.wrong = version, dict[int, str]()

    def blame(self, refusal: Any) -> None:  # noqa: ANN401 - Invalid, as the parent says
        """Put each sentence beside its question."""
        for name, text in refusal.fields.items():
            self.wrong[int(name.removeprefix("question-"))] = text.render(current_language())


def _typed(view: SheetView) -> dict[int, str]:
    return {
        one.number: UNKNOWN
        if f"unknown-{one.number}" in request.form
        else request.form.get(f"answer-{one.number}", "")[:MAX_CHOICE]
        for one in view.questions
    }


def _sheet_page(view: SheetView, typed: Mapping[int, str], form: SheetForm) -> str:
    return render_template("regional_campaigns/sheet.html", view=view, typed=typed, form=form)


def _to_sheet(establishment_id: int, questionnaire_id: int) -> ResponseReturnValue:
    address = url_for(
        "regional_questionnaires.sheet", establishment_id=establishment_id, questionnaire_id=questionnaire_id
    )
    return redirect(address)
