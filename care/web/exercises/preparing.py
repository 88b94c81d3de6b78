"""An exercise made from a kit, its words, its changes, its copy, its cancellation."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.exercises import ExerciseStage
from care.services.continuity_test_reading import choices
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.exercises import preparing
from care.services.exercises.kit_library import KitView, open_kit
from care.services.exercises.overview import Overview, open_overview
from care.services.exercises.preparing import ExerciseDraft
from care.services.exercises.wording import WordsView, open_words, propose_words
from care.services.regional.campaigns import join_campaign
from care.services.regional.reading import open_to
from care.web.exercises.blueprint import HERE, ONE, pages
from care.web.exercises.forms import CancelForm, NewForm, PlanForm
from care.web.exercises.overview import one_page
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place


@pages.get(f"{HERE}/new")
def new(establishment_id: int) -> ResponseReturnValue:
    """The form of a new exercise; the address names its kit, which is chosen in the library."""
    if not may(Right.RUN_EXERCISE):
        raise Forbidden
    if not request.args.get("kit"):
        return redirect(url_for("exercise_kits.index", establishment_id=establishment_id))
    kit = _kit(establishment_id)
    form = _new_form(establishment_id, kit)
    form.title.data = kit.card.title
    return _new_page(form, kit)


@pages.post(f"{HERE}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Prepare the exercise, with the words found for it; they are looked at next."""
    if not may(Right.RUN_EXERCISE):
        raise Forbidden
    kit = _kit(establishment_id)
    form = _new_form(establishment_id, kit, filled=True)
    made: list[int] = []

    def save() -> None:
        words = propose_words(platform(), scope(), establishment_id, kit.card.name)
        plan = form.typed()
        draft = ExerciseDraft(kit.card.name, plan.title, plan.planned_at, plan.place, plan.director,
                              plan.plan_series, plan.node_ids, words)  # fmt: skip
        made.append(preparing.create_exercise(platform(), scope(), establishment_id, draft))

    if status := form.saved(save):
        return _new_page(form, kit), status
    flash(_("Exercice créé. Relisez ses mots : c’est ce que les joueurs entendront."))
    if form.chosen_campaign:
        _join(made[0], form.chosen_campaign)
    page = "exercises.words" if kit.kit.variables else "exercises.one"
    return redirect(url_for(page, establishment_id=establishment_id, exercise_id=made[0]))


def _join(exercise_id: int, campaign_id: int) -> None:
    """Tie the exercise to the campaign; it exists all the same when that no longer holds."""
    try:
        join_campaign(platform(), scope(), exercise_id, campaign_id)
    except Refused as refusal:
        flash(refusal.text.render(current_language()), "error")


@pages.get(f"{ONE}/edit")
def edit(establishment_id: int, exercise_id: int) -> str:
    """The form of a known exercise."""
    found = _prepared(exercise_id)
    form = _form(establishment_id, found)
    form.show(found.plan)
    return _edit_page(form, found, found.line.version)


@pages.post(f"{ONE}/edit")
def change(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Record the changes; when somebody was quicker, what was typed stays, beside what is recorded."""
    found = _run(exercise_id)
    form = _form(establishment_id, found, filled=True)

    def save() -> None:
        preparing.change_exercise(platform(), scope(), exercise_id, form.typed(), seen_version())

    status = form.saved(save)
    if status:
        stale = status == 409
        return _edit_page(form, found, found.line.version if stale else seen_version(), recorded=stale), status
    flash(_("Exercice enregistré."))
    return _to(establishment_id, exercise_id)


@pages.get(f"{ONE}/words")
def words(establishment_id: int, exercise_id: int) -> str:
    """The words of the establishment, each in a sentence."""
    view = _words(exercise_id)
    return _words_page(view, view.version)


@pages.post(f"{ONE}/words")
def choose(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Record the words, or only hear them."""
    typed = _typed_words(_words(exercise_id))
    if request.form.get("action") == "preview":
        return _words_page(_words(exercise_id, typed), seen_version(), tried=True)
    try:
        preparing.choose_words(platform(), scope(), exercise_id, typed, seen_version())
    except Invalid as refusal:
        faults = {key: text.render(current_language()) for key, text in refusal.fields.items()}
        return _words_page(_words(exercise_id, typed), seen_version(), faults=faults), 400
    except Refused as refusal:
        view = _words(exercise_id, typed)
        return _words_page(view, view.version, wrong=refusal.text.render(current_language())), 409
    flash(_("Mots enregistrés : les stimuli, les livrets et les documents les disent."))
    return _to(establishment_id, exercise_id)


@pages.get(f"{ONE}/copy")
def copying(establishment_id: int, exercise_id: int) -> str:
    """The form of a copy, for another day."""
    found = _run(exercise_id)
    form = _form(establishment_id, found)
    form.show(found.plan)
    form.planned_at.data = None
    return _copy_page(form, found)


@pages.post(f"{ONE}/copy")
def copy(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Prepare the same exercise for another day."""
    found = _run(exercise_id)
    form = _form(establishment_id, found, filled=True)
    made: list[int] = []
    if status := form.saved(
        lambda: made.append(preparing.copy_exercise(platform(), scope(), exercise_id, form.typed()))
    ):
        return _copy_page(form, found), status
    flash(_("Exercice copié : il se prépare ici, sans rien de ce qui s’est passé."))
    return _to(establishment_id, made[0])


@pages.post(f"{ONE}/cancel")
def cancel(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Say that the exercise will not take place."""
    _run(exercise_id)
    form = CancelForm(request.form)
    if status := form.saved(
        lambda: preparing.cancel_exercise(platform(), scope(), exercise_id, str(form.reason.data), seen_version())
    ):
        return one_page(exercise_id, form), status
    flash(_("Exercice annulé ; il reste dans la liste, avec la raison, et son essai de continuité aussi."))
    return _to(establishment_id, exercise_id)


def _kit(establishment_id: int) -> KitView:
    return open_kit(platform(), scope(), establishment_id, request.args.get("kit", ""))


def _run(exercise_id: int) -> Overview:
    """An exercise that this person prepares."""
    found = open_overview(platform(), scope(), exercise_id)
    of_this_place(found.line)
    if not found.line.may_run:
        raise Forbidden
    return found


def _prepared(exercise_id: int) -> Overview:
    found = _run(exercise_id)
    if found.line.stage is not ExerciseStage.PREPARED:
        raise NotFound
    return found


def _words(exercise_id: int, typed: Mapping[str, str] | None = None) -> WordsView:
    return of_this_place(open_words(platform(), scope(), exercise_id, typed))


def _typed_words(view: WordsView) -> dict[str, str]:
    """The word of each variable: the one typed, else the one picked."""
    form = request.form
    return {one.key: form.get(f"own-{one.key}", "").strip() or form.get(f"pick-{one.key}", "") for one in view.choices}


def _new_form(establishment_id: int, kit: KitView, *, filled: bool = False) -> NewForm:
    form = NewForm(request.form) if filled else NewForm()
    form.offer(choices(platform(), scope(), establishment_id, None))
    form.offer_campaigns(open_to(platform(), scope(), establishment_id, kit.kit.id))
    return form


def _form(establishment_id: int, found: Overview | None = None, *, filled: bool = False) -> PlanForm:
    form = PlanForm(request.form) if filled else PlanForm()
    form.offer(choices(platform(), scope(), establishment_id, found.line.test_id if found else None))
    return form


def _to(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    return redirect(url_for("exercises.one", establishment_id=establishment_id, exercise_id=exercise_id))


def _new_page(form: PlanForm, kit: KitView) -> str:
    return render_template("exercises/new.html", form=form, kit=kit)


def _edit_page(form: PlanForm, found: Overview, version: int, *, recorded: bool = False) -> str:
    return render_template(
        "exercises/edit.html", form=form, found=found, exercise=found.line, version=version, recorded=recorded
    )


def _copy_page(form: PlanForm, found: Overview) -> str:
    return render_template("exercises/copy.html", form=form, found=found, exercise=found.line)


def _words_page(
    view: WordsView, version: int, *, tried: bool = False, wrong: str = "", faults: Mapping[str, str] | None = None
) -> str:
    found = open_overview(platform(), scope(), view.exercise_id)
    return render_template(
        "exercises/words.html",
        exercise=found.line,
        view=view,
        version=version,
        tried=tried,
        wrong=wrong,
        faults=faults or {},
    )
