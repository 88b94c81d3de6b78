"""A plan on its way to the legal representative: sent, given back, validated."""

from __future__ import annotations

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.continuity import PlanState
from care.domain.plans import USUAL_MONTHS, months_later
from care.services import plan_validation
from care.services.action_query import today
from care.services.errors import Forbidden, Invalid, Refused
from care.services.plan_reading import PlanView
from care.web.pages import seen_version
from care.web.pcra.blueprint import page_of, pages, plan_of, to_plan
from care.web.pcra.forms import ReasonForm, ValidationForm
from care.web.people import platform, scope


@pages.post("/<int:plan_id>/send")
def send(establishment_id: int, plan_id: int) -> ResponseReturnValue:
    """Send a draft to validation."""
    view = plan_of(plan_id)
    plan_validation.send_plan(platform(), scope(), plan_id, seen_version())
    flash(_("Plan envoyé en validation : le représentant légal peut le lire et le valider."))
    return to_plan(view)


@pages.post("/<int:plan_id>/give-back")
def give_back(establishment_id: int, plan_id: int) -> ResponseReturnValue:
    """Give it back to those who write it, with the reason."""
    view, form = plan_of(plan_id), ReasonForm(request.form)
    if not (view.may_validate or view.may_manage):
        raise Forbidden
    if form.validate():
        try:
            plan_validation.give_back(platform(), scope(), plan_id, str(form.reason.data), seen_version())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Plan rendu à ses auteurs, avec votre motif."))
            return to_plan(view)
    return page_of(view, form), 400


@pages.get("/<int:plan_id>/validate")
def validation(establishment_id: int, plan_id: int) -> ResponseReturnValue:
    """The form of who validates."""
    view = _to_validate(plan_id)
    if view.state is not PlanState.IN_VALIDATION:
        return to_plan(view)
    day = today(platform())
    form = ValidationForm()
    form["name"].data, form.validated_on.data = scope().actor, day
    form.review_on.data = months_later(day, USUAL_MONTHS)
    return _page(view, form, view.version)


@pages.post("/<int:plan_id>/validate")
def validate(establishment_id: int, plan_id: int) -> ResponseReturnValue:
    """Validate the plan: it is frozen, and its document filed."""
    view, form, seen = _to_validate(plan_id), ValidationForm(request.form), seen_version()
    if form.validate():
        try:
            plan_validation.validate_plan(platform(), scope(), plan_id, form.validation(), seen)
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _page(view, form, view.version), 409
        else:
            flash(_("Plan validé : son document est classé parmi les preuves."))
            return to_plan(view)
    return _page(view, form, seen), 400


def _to_validate(plan_id: int) -> PlanView:
    view = plan_of(plan_id)
    if not view.may_validate:
        raise Forbidden
    return view


def _page(view: PlanView, form: ValidationForm, version: int) -> str:
    return render_template("pcra/validate.html", view=view, form=form, version=version)
