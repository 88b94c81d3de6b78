"""Backups: the board, one system, its copies, the steps towards 3-2-1, the plan of a target taken over."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.backups import LOCKS, MEDIA, RESTORES
from care.services.action_query import today
from care.services.backups import reading
from care.services.backups.advice import STATES
from care.services.backups.board_print import print_board
from care.services.backups.inventory import COPIES, STEPS, SYSTEMS
from care.services.backups.own_target import ask_check
from care.services.backups.reading import BoardFilter, OneCopy, StepView, SystemView
from care.services.backups.repositories import repository_names
from care.services.backups.taking_over import preview_plan, take_plan
from care.services.backups.words import CONDITION_NAMES, GROUNDS, PROOFS, headline
from care.services.errors import Forbidden, Refused
from care.web.backups import words
from care.web.backups.forms import CopyForm, StepForm, SystemForm
from care.web.files import attachment
from care.web.pages import asked_page, row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused

pages = Blueprint("backups", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/backups"
SYSTEM, COPY, STEP = (
    f"{HERE}/systems/<int:backup_system_id>",
    f"{HERE}/copies/<int:backup_copy_id>",
    f"{HERE}/steps/<int:backup_step_id>",
)


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """Every system, the worst first, and what to do first."""
    state = request.args.get("state", "")
    asked = next((one for one in STATES if one == state), None)
    wanted = BoardFilter(request.args.get("q", "")[:100], asked, asked_page())
    board = reading.read_board(platform(), scope(), establishment_id, wanted)
    return render_template(
        "backups/index.html",
        board=board,
        wanted=wanted,
        headline=headline(board).render(scope().lang),
        states=words.STATES,
        conditions=CONDITION_NAMES,
    )


@pages.get(f"{HERE}/board.pdf")
def printed(establishment_id: int) -> Response:
    """The board on one page."""
    return attachment(print_board(platform(), scope(), establishment_id), "sauvegardes.pdf")


@pages.post(f"{HERE}/check")
def check(establishment_id: int) -> ResponseReturnValue:
    """Audit the inventory now."""
    with said_as_refused(Refused):
        started = ask_check(platform(), scope(), establishment_id)
        if started is not None:
            return redirect(url_for("runs.one", establishment_id=establishment_id, run_id=started.run_id))
    return redirect(url_for("backups.index", establishment_id=establishment_id))


@pages.get(f"{HERE}/systems/new")
def new_system(establishment_id: int) -> str:
    """The form of a system."""
    return _system_page(_system_form(establishment_id))


@pages.post(f"{HERE}/systems/new")
def create_system(establishment_id: int) -> ResponseReturnValue:
    """Write the system down."""
    form, made = _system_form(establishment_id, filled=True), []
    code = form.saved(lambda: made.append(SYSTEMS.add(platform(), scope(), establishment_id, form.draft())))
    if code:
        return _system_page(form), code
    flash(_("Système noté : ajoutez ses copies."))
    return _to_system(establishment_id, made[0])


@pages.get(SYSTEM)
def system(establishment_id: int, backup_system_id: int) -> str:
    """One system, copy by copy."""
    return render_template(
        "backups/system.html",
        view=_system(backup_system_id),
        media=MEDIA,
        locks=LOCKS,
        restores=RESTORES,
        states=words.STATES,
        standings=words.STANDING,
        step_states=words.STEPS,
        conditions=CONDITION_NAMES,
        grounds=GROUNDS,
        proofs=PROOFS,
        may_continue=may(Right.SEE_CONTINUITY),
        may_manage=may(Right.MANAGE_TARGETS),
    )


@pages.get(f"{SYSTEM}/edit")
def edit_system(establishment_id: int, backup_system_id: int) -> str:
    """The form of a known system."""
    form, view = _system_form(establishment_id), _system(backup_system_id)
    form.show(view.draft)
    form.version.data = str(view.version)
    return _system_page(form, view)


@pages.post(f"{SYSTEM}/edit")
def change_system(establishment_id: int, backup_system_id: int) -> ResponseReturnValue:
    """Record the changes; what was typed is kept when somebody was quicker."""
    view, version = _system(backup_system_id), seen_version()
    form = _system_form(establishment_id, filled=True)
    code = form.saved(lambda: SYSTEMS.change(platform(), scope(), backup_system_id, form.draft(), version))
    if code:
        form.version.data = str(view.version)
        return _system_page(form, view), code
    flash(_("Système enregistré."))
    return _to_system(establishment_id, backup_system_id)


@pages.post(f"{SYSTEM}/close")
def close_system(establishment_id: int, backup_system_id: int) -> ResponseReturnValue:
    """Say that it is no longer in use, or that it is again."""
    _system(backup_system_id)
    day = None if "reopen" in request.form else today(platform())
    with said_as_refused(Refused):
        SYSTEMS.close(platform(), scope(), backup_system_id, day, seen_version())
        flash(_("Système clôturé : il reste lisible.") if day else _("Système rouvert."))
    return _to_system(establishment_id, backup_system_id)


@pages.get(f"{HERE}/copies/new")
def new_copy(establishment_id: int) -> str:
    """The form of a copy; its system may be given by the address."""
    form = _copy_form(establishment_id)
    form.system.data = request.args.get("system", 0, type=row_number)
    return _copy_page(form)


@pages.post(f"{HERE}/copies/new")
def create_copy(establishment_id: int) -> ResponseReturnValue:
    """Write the copy down."""
    form = _copy_form(establishment_id, filled=True)
    code = form.saved(lambda: COPIES.add(platform(), scope(), establishment_id, form.draft()))
    if code:
        return _copy_page(form), code
    flash(_("Copie notée."))
    return _to_system(establishment_id, cast("int", form.system.data))


@pages.get(f"{COPY}/edit")
def edit_copy(establishment_id: int, backup_copy_id: int) -> str:
    """The form of a known copy."""
    view = _copy(backup_copy_id)
    form = _copy_form(establishment_id, known=view.draft.repository)
    form.show(view.draft)
    form.version.data = str(view.version)
    return _copy_page(form, view)


@pages.post(f"{COPY}/edit")
def change_copy(establishment_id: int, backup_copy_id: int) -> ResponseReturnValue:
    """Record the changes; what was typed is kept when somebody was quicker."""
    view, version = _copy(backup_copy_id), seen_version()
    form = _copy_form(establishment_id, filled=True, known=view.draft.repository)
    code = form.saved(lambda: COPIES.change(platform(), scope(), backup_copy_id, form.draft(), version))
    if code:
        form.version.data = str(view.version)
        return _copy_page(form, view), code
    flash(_("Copie enregistrée."))
    return _to_system(establishment_id, cast("int", form.system.data))


@pages.post(f"{COPY}/close")
def close_copy(establishment_id: int, backup_copy_id: int) -> ResponseReturnValue:
    """Say that the copy is no longer made, or that it is again."""
    view = _copy(backup_copy_id)
    day = None if "reopen" in request.form else today(platform())
    with said_as_refused(Refused):
        COPIES.close(platform(), scope(), backup_copy_id, day, seen_version())
        flash(_("Copie clôturée : elle reste lisible.") if day else _("Copie rouverte."))
    return _to_system(establishment_id, view.draft.system_id or 0)


@pages.get(f"{HERE}/steps")
def steps(establishment_id: int) -> str:
    """The trajectory: what is late, what is to come, what was reached."""
    known = reading.read_steps(platform(), scope(), establishment_id)
    return render_template(
        "backups/steps.html",
        steps=known,
        step_states=words.STEPS,
        may_manage=may(Right.MANAGE_TARGETS),
        may_export=may(Right.EXPORT),
    )


@pages.get(f"{HERE}/steps/new")
def new_step(establishment_id: int) -> str:
    """The form of a step; its system may be given by the address."""
    form = _step_form(establishment_id)
    form.system.data = request.args.get("system", 0, type=row_number)
    return _step_page(form)


@pages.post(f"{HERE}/steps/new")
def create_step(establishment_id: int) -> ResponseReturnValue:
    """Write the step down."""
    form = _step_form(establishment_id, filled=True)
    code = form.saved(lambda: STEPS.add(platform(), scope(), establishment_id, form.draft()))
    if code:
        return _step_page(form), code
    flash(_("Jalon noté."))
    return redirect(url_for("backups.steps", establishment_id=establishment_id))


@pages.get(STEP)
def step(establishment_id: int, backup_step_id: int) -> str:
    """One step: its form for who manages it, its words for who reads."""
    view = _step(backup_step_id)
    form = StepForm()
    form.prepare(reading.system_choices(platform(), scope(), establishment_id))
    form.show(view.draft)
    form.version.data = str(view.version)
    return _step_page(form, view)


@pages.post(STEP)
def change_step(establishment_id: int, backup_step_id: int) -> ResponseReturnValue:
    """Record the changes."""
    form, view, version = _step_form(establishment_id, filled=True), _step(backup_step_id), seen_version()
    code = form.saved(lambda: STEPS.change(platform(), scope(), backup_step_id, form.draft(), version))
    if code:
        form.version.data = str(view.version)
        return _step_page(form, view), code
    flash(_("Jalon enregistré."))
    return redirect(url_for("backups.steps", establishment_id=establishment_id))


@pages.post(f"{STEP}/close")
def close_step(establishment_id: int, backup_step_id: int) -> ResponseReturnValue:
    """Say that the step was reached today, or that it was not."""
    _step(backup_step_id)
    day = None if "reopen" in request.form else today(platform())
    with said_as_refused(Refused):
        STEPS.close(platform(), scope(), backup_step_id, day, seen_version())
        flash(_("Jalon atteint.") if day else _("Jalon rouvert."))
    return redirect(url_for("backups.steps", establishment_id=establishment_id))


@pages.get(f"{HERE}/plan/<int:backup_target_id>")
def plan(establishment_id: int, backup_target_id: int) -> ResponseReturnValue:
    """What the plan of a target would bring to the inventory."""
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    with said_as_refused(Refused):
        taken = preview_plan(platform(), scope(), establishment_id, backup_target_id)
        return render_template("backups/plan.html", taken=taken)
    return redirect(url_for("backups.index", establishment_id=establishment_id))


@pages.post(f"{HERE}/plan/<int:backup_target_id>")
def take(establishment_id: int, backup_target_id: int) -> ResponseReturnValue:
    """Take the plan over."""
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    with said_as_refused(Refused):
        take_plan(platform(), scope(), establishment_id, backup_target_id, seen_version())
        flash(_("Plan repris : la cible lit désormais l’inventaire."))
    return redirect(url_for("backups.index", establishment_id=establishment_id))


def _system_form(establishment_id: int, *, filled: bool = False) -> SystemForm:
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    form = SystemForm(request.form) if filled else SystemForm()
    form.prepare(reading.resource_choices(platform(), scope(), establishment_id))
    return form


def _copy_form(establishment_id: int, *, filled: bool = False, known: str = "") -> CopyForm:
    """The form of a copy; `known` is the repository it names, described or not."""
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    form = CopyForm(request.form) if filled else CopyForm()
    named = {*repository_names(platform(), scope(), establishment_id), *([known] if known else [])}
    form.prepare(reading.system_choices(platform(), scope(), establishment_id), sorted(named))
    return form


def _step_form(establishment_id: int, *, filled: bool = False) -> StepForm:
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    form = StepForm(request.form) if filled else StepForm()
    form.prepare(reading.system_choices(platform(), scope(), establishment_id))
    return form


def _system_page(form: SystemForm, view: SystemView | None = None) -> str:
    return render_template("backups/system_edit.html", form=form, view=view)


def _copy_page(form: CopyForm, view: OneCopy | None = None) -> str:
    return render_template("backups/copy_edit.html", form=form, view=view)


def _step_page(form: StepForm, view: StepView | None = None) -> str:
    return render_template("backups/step.html", form=form, view=view, may_manage=may(Right.MANAGE_TARGETS))


def _system(number: int) -> SystemView:
    return of_this_place(reading.open_system(platform(), scope(), number))


def _copy(number: int) -> OneCopy:
    return of_this_place(reading.open_copy(platform(), scope(), number))


def _step(number: int) -> StepView:
    return of_this_place(reading.open_step(platform(), scope(), number))


def _to_system(establishment_id: int, number: int) -> ResponseReturnValue:
    return redirect(url_for("backups.system", establishment_id=establishment_id, backup_system_id=number))
