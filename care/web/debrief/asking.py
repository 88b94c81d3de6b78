"""The questionnaires of a debrief: handed out by QR, filled in by anyone who scans it, copied from paper, read back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.exercises import Round
from care.services.errors import Forbidden, Invalid, NotFound, Throttled
from care.services.exercises import questionnaires
from care.services.exercises.answer_sheets import MAX_REASON, set_aside
from care.services.exercises.debriefing import Debriefing, open_debriefing
from care.services.exercises.questionnaires import MAX_WORDS, Form, RoundResult
from care.services.exercises.reading import ExerciseLine
from care.web.exercises.routes import ONE, the_exercise, to
from care.web.language import current_language
from care.web.people import address, open_to_all, platform, scope
from care.web.qr import qr
from exercises.kit import Question

pages = Blueprint("debrief", __name__, template_folder="templates")
HERE = f"{ONE}/debrief"
WHICH = "<any(hot, cold):which>"
DEVICE = "care_questionnaire"
"""The cookie that counts a device once. It is sent to questionnaires only, and holds nothing but chance."""
DEVICE_SECONDS = 90 * 24 * 3600
LONGEST_DEVICE = 64


def seen_in(exercise: ExerciseLine) -> Debriefing:
    """What the exercise showed. Refused before its end."""
    return open_debriefing(platform(), scope(), exercise.id)


@pages.get(f"{HERE}/questionnaires")
def answers(establishment_id: int, exercise_id: int) -> str:
    """How to have the questionnaires filled in, and what was answered."""
    return _answers_page(the_exercise(exercise_id))


def _answers_page(exercise: ExerciseLine, wrong: str = "") -> str:
    seen = seen_in(exercise)
    return render_template(
        "debrief/answers.html", exercise=exercise, seen=seen, wrong=wrong, typed=request.form, longest=MAX_REASON
    )


@pages.post(f"{HERE}/questionnaires/{WHICH}/aside")
def put_aside(establishment_id: int, exercise_id: int, which: str) -> ResponseReturnValue:
    """Set aside words that were answered, and what came with them."""
    exercise = the_exercise(exercise_id)
    if not exercise.may_run:
        raise Forbidden
    form = {name: request.form.get(name, "") for name in ("question", "mark", "reason")}
    try:
        set_aside(platform(), scope(), exercise.id, Round(which), **form)
    except Invalid as refusal:
        return _answers_page(exercise, refusal.text.render(current_language())), 400
    flash(_("Réponse écartée : la raison se lit à sa place."))
    return to("debrief.answers", exercise)


@pages.get(f"{HERE}/questionnaires/{WHICH}")
def poster(establishment_id: int, exercise_id: int, which: str) -> str:
    """The QR of a questionnaire, to be projected, and how many have answered."""
    exercise = the_exercise(exercise_id)
    found = _round(exercise, which)
    link = platform().settings.at(url_for("debrief.questionnaire", questionnaire=found.token))
    picture = qr(link, _("QR du questionnaire"))
    return render_template(
        "debrief/poster.html",
        exercise=exercise,
        found=found,
        link=link,
        picture=picture,
        local=not platform().settings.public_url,
    )


@pages.get(f"{HERE}/questionnaires/{WHICH}/count")
def count(establishment_id: int, exercise_id: int, which: str) -> str:
    """How many have answered, for the projected page."""
    exercise = the_exercise(exercise_id)
    filled = questionnaires.count_answers(platform(), scope(), exercise.id, Round(which))
    return render_template("debrief/_count.html", filled=filled)


def _round(exercise: ExerciseLine, which: str) -> RoundResult:
    found = next((one for one in seen_in(exercise).rounds if one.round == which), None)
    if found is None:
        raise NotFound
    return found


@pages.get(f"{HERE}/questionnaires/{WHICH}/paper")
def paper(establishment_id: int, exercise_id: int, which: str) -> str:
    """The form that copies a questionnaire filled in on paper."""
    return _paper_page(the_exercise(exercise_id), which)


@pages.post(f"{HERE}/questionnaires/{WHICH}/paper")
def copy_paper(establishment_id: int, exercise_id: int, which: str) -> ResponseReturnValue:
    """Copy one, then show the form again for the next one."""
    exercise = the_exercise(exercise_id)
    try:
        questionnaires.type_in(platform(), scope(), exercise.id, Round(which), request.form)
    except Invalid as refusal:
        return _paper_page(exercise, which, request.form, _faults(refusal)), 400
    flash(_("Questionnaire recopié. Au suivant."))
    return to("debrief.paper", exercise, which=which)


def _paper_page(
    exercise: ExerciseLine, which: str, typed: Mapping[str, str] | None = None, faults: Mapping[str, str] | None = None
) -> str:
    if not exercise.may_run:
        raise Forbidden
    questions = questionnaires.questions_of(platform(), scope(), exercise.id, Round(which))
    return render_template(
        "debrief/paper.html",
        exercise=exercise,
        which=which,
        questions=questions,
        typed=typed or {},
        faults=faults or {},
        longest=MAX_WORDS,
    )


@pages.get("/q/<questionnaire>")
@open_to_all
def questionnaire(questionnaire: str) -> Response:
    """A questionnaire, for whoever holds its link. Somebody else may answer on the same device after the first."""
    device = "" if "other" in request.args else _device()
    form = questionnaires.open_form(platform(), questionnaire, device)
    typed = _as_typed(form.questions, form.before or {})
    answer = make_response(_form_page(questionnaire, form, typed, {}))
    if not device:
        _remember(answer, questionnaires.new_device())
    return answer


@pages.post("/q/<questionnaire>")
@open_to_all
def fill_in(questionnaire: str) -> ResponseReturnValue:
    """Record what somebody answers, and thank him."""
    device = _device() or questionnaires.new_device()
    try:
        questionnaires.fill_in(platform(), questionnaire, device, request.form, address())
    except Invalid as refusal:
        return _again(questionnaire, device, _faults(refusal)), 400
    except Throttled as refusal:
        return _again(questionnaire, device, {"": refusal.text.render(current_language())}), 429
    answer = make_response(redirect(url_for("debrief.thanks", questionnaire=questionnaire)))
    _remember(answer, device)
    return answer


def _again(token: str, device: str, faults: Mapping[str, str]) -> str:
    """What was typed, shown again: nothing is lost."""
    return _form_page(token, questionnaires.open_form(platform(), token, device), request.form, faults)


@pages.get("/q/<questionnaire>/thanks")
@open_to_all
def thanks(questionnaire: str) -> str:
    """What is said once it is recorded."""
    form = questionnaires.open_form(platform(), questionnaire, "")
    return render_template("debrief/thanks.html", form=form, token=questionnaire, scope=None, place=None)


def _form_page(token: str, form: Form, typed: Mapping[str, str], faults: Mapping[str, str]) -> str:
    """Alone on its page: who is signed in, and where, has no part in it."""
    return render_template(
        "debrief/questionnaire.html",
        form=form,
        token=token,
        typed=typed,
        faults=faults,
        longest=MAX_WORDS,
        scope=None,
        place=None,
    )


def _as_typed(questions: tuple[Question, ...], before: Mapping[str, object]) -> dict[str, str]:
    written = {True: "yes", False: "no"}
    return {
        one.id: written[value] if isinstance(value, bool) else str(value)
        for one in questions
        if (value := before.get(one.id)) is not None
    }


def _faults(refusal: Invalid) -> dict[str, str]:
    return {name: text.render(current_language()) for name, text in refusal.fields.items()}


def _device() -> str:
    return request.cookies.get(DEVICE, "")[:LONGEST_DEVICE]


def _remember(answer: Response, device: str) -> None:
    secure = platform().settings.secure
    path = url_for("debrief.questionnaire", questionnaire="x").removesuffix("/x")
    answer.set_cookie(DEVICE, device, DEVICE_SECONDS, path=path, httponly=True, samesite="Lax", secure=secure)
