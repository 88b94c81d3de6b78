"""Activities: the list with weights and perimeters, one in full, a new one, an edit."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Nature, Perimeter
from care.domain.evidence import ThingKind
from care.domain.weights import decimal
from care.services import activities, perimeters
from care.services.activities import ActivityFilter, ActivityView, Asked
from care.services.bia_models import ModelView, open_model
from care.services.continuity_sample import may_load
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.node_pages import surroundings
from care.services.node_rows import possible_owners
from care.web.continuity.blueprint import HERE, pages
from care.web.continuity.forms import ActivityForm, DescribeForm
from care.web.continuity.links import node_address, ways
from care.web.evidence.part import proofs_of
from care.web.language import current_language
from care.web.pages import asked_page, seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place

PER_PAGE = 50


@pages.get(f"{HERE}/activities")
def activities_list(establishment_id: int) -> str:
    """The activities in use, the most critical first, with the perimeters of D2.O1.C."""
    return _list(establishment_id)


@pages.post(f"{HERE}/activities/perimeters/<perimeter>")
def say_absent(establishment_id: int, perimeter: str) -> ResponseReturnValue:
    """Say that the establishment has no such perimeter, and why; or take that word back."""
    which = _perimeter(perimeter)
    reason = request.form.get("reason", "")
    try:
        if "withdraw" in request.form:
            perimeters.withdraw_absence(platform(), scope(), establishment_id, which)
            flash(_("L’absence de ce périmètre n’est plus déclarée."))
        else:
            perimeters.say_absent(platform(), scope(), establishment_id, which, reason)
            flash(_("Absence enregistrée, avec sa raison."))
    except (Invalid, Refused) as refusal:
        wrong = {"perimeter": which, "reason": reason, "words": refusal.text.render(current_language())}
        return _list(establishment_id, wrong), 400
    return redirect(url_for("continuity.activities_list", establishment_id=establishment_id) + "#perimeters")


@pages.get(f"{HERE}/activities/new")
def new_activity(establishment_id: int) -> str:
    """The form of a new activity."""
    form = _form(establishment_id)
    form.perimeter.data = request.args.get("perimeter", "")
    if model := _model():
        form.suggest(model)
    return render_template("continuity/activity_form.html", form=form, known=None, version=0)


@pages.post(f"{HERE}/activities/new")
def create_activity(establishment_id: int) -> ResponseReturnValue:
    """Record a new activity."""
    form = _form(establishment_id, filled=True)
    model = _model()
    if form.validate():
        try:
            number = activities.create_activity(
                platform(), scope(), establishment_id, form.draft(model.line.id if model else "")
            )
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Activité ajoutée."))
            return redirect(url_for("continuity.activity", establishment_id=establishment_id, node_id=number))
    return render_template("continuity/activity_form.html", form=form, known=None, version=0), 400


@pages.get(f"{HERE}/activities/<int:node_id>")
def activity(establishment_id: int, node_id: int) -> str:
    """One activity: what it is, what it relies on, what relies on it, what is ready for the bad day."""
    known = _activity(node_id)
    return render_template(
        "continuity/activity.html",
        known=known,
        around=surroundings(platform(), scope(), node_id),
        ways=ways(Nature.ACTIVITY, establishment_id, node_id),
        proofs=proofs_of(ThingKind.ACTIVITY, node_id),
        address_of=node_address,
    )


@pages.get(f"{HERE}/activities/<int:node_id>/edit")
def edit_activity(establishment_id: int, node_id: int) -> str:
    """The form of a known activity: the whole of it, or what its owner may change."""
    known = _activity(node_id)
    form = _edit_form(establishment_id, known)
    form.show(known)
    return _edit(known, form, known.version)


@pages.post(f"{HERE}/activities/<int:node_id>/edit")
def change_activity(establishment_id: int, node_id: int) -> ResponseReturnValue:
    """Record the changes. When somebody was quicker, what was typed stays in the form, beside what is recorded."""
    known = _activity(node_id)
    form = _edit_form(establishment_id, known, filled=True)
    seen = seen_version()
    if wrong := form.saved(lambda: _save(known, form, seen)):
        stale = wrong == HTTPStatus.CONFLICT
        return _edit(known, form, known.version if stale else seen, recorded=stale), wrong
    flash(_("Activité enregistrée."))
    return redirect(url_for("continuity.activity", establishment_id=establishment_id, node_id=node_id))


def _save(known: ActivityView, form: ActivityForm | DescribeForm, seen: int) -> None:
    if isinstance(form, ActivityForm):
        activities.change_activity(platform(), scope(), known.id, form.draft(known.model), seen)
        return
    description, correspondent = str(form.description.data or ""), str(form.correspondent.data or "")
    activities.describe_activity(platform(), scope(), known.id, description, correspondent, seen)


def _list(establishment_id: int, wrong: Mapping[str, object] | None = None) -> str:
    wanted = _wanted()
    found = activities.list_activities(platform(), scope(), establishment_id, wanted)
    return render_template(
        "continuity/activities.html",
        found=found,
        wanted=wanted,
        perimeters=perimeters.list_perimeters(platform(), scope(), establishment_id),
        wrong=wrong,
        may_manage=may(Right.MANAGE_CONTINUITY),
        may_sample=not found.page.total and may_load(platform(), scope(), establishment_id),
        may_export=may(Right.EXPORT),
        may_fill=may(Right.FILL_OWN_ACTIVITY),
        decimal=decimal,
    )


def _wanted() -> ActivityFilter:
    asked = request.args
    return ActivityFilter(
        kinds=tuple(ActivityKind(one) for one in asked.getlist("kind") if one in list(ActivityKind)),
        criticalities=tuple(CareCriticality(one) for one in asked.getlist("care") if one in list(CareCriticality)),
        perimeters=tuple(Perimeter(one) for one in asked.getlist("perimeter") if one in list(Perimeter)),
        owner=asked.get("owner", ""),
        mine=asked.get("mine") == "1",
        words=asked.get("q", ""),
        asked=Asked(asked["state"]) if asked.get("state") in list(Asked) else Asked.IN_USE,
        number=asked_page(),
        per_page=PER_PAGE,
    )


def _perimeter(value: str) -> Perimeter:
    if value not in list(Perimeter):
        raise NotFound
    return Perimeter(value)


def _activity(node_id: int) -> ActivityView:
    return of_this_place(activities.open_activity(platform(), scope(), node_id))


def _model() -> ModelView | None:
    """The model of impact analysis that the address names, which proposes what such an activity is."""
    asked = request.args.get("model", "")
    return open_model(platform(), scope(), asked) if asked else None


def _form(establishment_id: int, *, filled: bool = False) -> ActivityForm:
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden
    form = ActivityForm(request.form) if filled else ActivityForm()
    form.offer(possible_owners(platform(), scope(), establishment_id))
    return form


def _edit_form(establishment_id: int, known: ActivityView, *, filled: bool = False) -> ActivityForm | DescribeForm:
    if known.may_manage or not known.may_describe:
        return _form(establishment_id, filled=filled)
    return DescribeForm(request.form) if filled else DescribeForm()


def _edit(known: ActivityView, form: ActivityForm | DescribeForm, version: int, recorded: bool = False) -> str:
    return render_template("continuity/activity_form.html", form=form, known=known, version=version, recorded=recorded)
