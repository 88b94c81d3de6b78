"""The pages of continuity plans, under one name whatever file holds them, and what they share."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from care.domain.access import Right
from care.services.graph_pictures import Picture
from care.services.plan_reading import PlanView, open_plan
from care.web.pcra.forms import ReasonForm
from care.web.people import platform, scope
from care.web.place import may, of_this_place

pages = Blueprint(
    "pcra", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/pcra"
)


def plan_of(plan_id: int) -> PlanView:
    """A version, if it belongs to the establishment of the address."""
    return of_this_place(open_plan(platform(), scope(), plan_id))


def to_plan(view: PlanView) -> ResponseReturnValue:
    """Back to the page of a version."""
    return redirect(url_for("pcra.one", establishment_id=view.establishment_id, plan_id=view.line.id))


def page_of(view: PlanView, reason: ReasonForm, picture: Picture | None = None) -> str:
    """The page of a version; `reason` is the form that gives it back, `picture` the map of what it needs."""
    sees = may(Right.SEE_EVIDENCE)
    return render_template("pcra/one.html", view=view, reason=reason, picture=picture, may_see_evidence=sees)
