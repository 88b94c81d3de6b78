"""Actions: the lists, one in full, a new one, an edit. What is done to one is in `work`, the delays in `policy`."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Level, Place, Right
from care.domain.actions import OPEN_STATES, ActionSource, ActionState
from care.services import actions
from care.services.action_drafting import Proposal, propose_action
from care.services.action_query import ActionFilter, ActionSort
from care.services.action_view import ActionView, findings_of_action, open_action
from care.services.action_writing import MAX_TITLE, Chosen, add_sites, change_action, create_action, possible_owners
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.frameworks.naming import names_of
from care.services.place_choices import places_to_choose
from care.services.remediation import sheet_for
from care.web.actions import policy, work
from care.web.actions.blueprint import HERE, pages
from care.web.actions.forms import ActionForm
from care.web.actions.shown import action_here, page_of
from care.web.language import current_language
from care.web.pages import asked_page, row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may
from care.web.wide import asked_place, place_options
from scanners.model import Severity

__all__ = ["pages", "policy", "work"]
"""Importing the other files gives them their routes."""

LATE, EVERY_STATE, OPEN = "late", "all", "open"
PER_PAGE = 25


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """The actions of the establishment: open ones unless asked otherwise, the most urgent first."""
    return _list(Place(Level.ESTABLISHMENT, establishment_id), "actions/index.html")


@pages.get("/actions")
def everywhere() -> str:
    """The actions of a region, a GHT, an entity, or of all that the reader sees."""
    return _list(asked_place(), "actions/everywhere.html")


@pages.get("/actions/<int:action_id>")
def any_one(action_id: int) -> ResponseReturnValue:
    """The page of an action, in the first of its establishments that the reader sees."""
    site = open_action(platform(), scope(), action_id).sites[0]
    return redirect(url_for("actions.one", establishment_id=site.establishment_id, action_id=action_id))


@pages.get(f"{HERE}/<int:action_id>")
def one(establishment_id: int, action_id: int) -> str:
    """One action: what, why, where it stands, what happened."""
    return page_of(action_here(establishment_id, action_id))


@pages.get(f"{HERE}/new")
def new(establishment_id: int) -> str:
    """The form of a new action: from findings, from a rule, or from nothing."""
    return _new([establishment_id], None)


@pages.post(f"{HERE}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Create the action."""
    return _create([establishment_id])


@pages.get("/actions/new")
def new_shared() -> str:
    """The form of one action over several establishments about the same weakness."""
    return _new(_sites(request.args.getlist("establishment")), None)


@pages.post("/actions/new")
def create_shared() -> ResponseReturnValue:
    """Create the shared action."""
    return _create(_sites(request.form.getlist("establishment")))


@pages.post("/actions/<int:action_id>/extend")
def extend(action_id: int) -> ResponseReturnValue:
    """Extend a known action to more establishments, with their findings of its rule."""
    count = add_sites(platform(), scope(), action_id, _sites(request.form.getlist("establishment")))
    flash(ngettext("%(num)s établissement ajouté.", "%(num)s établissements ajoutés.", count))
    return redirect(url_for("actions.any_one", action_id=action_id))


@pages.get(f"{HERE}/<int:action_id>/edit")
def edit(establishment_id: int, action_id: int) -> str:
    """The form of a known action."""
    action = _mine_to_change(establishment_id, action_id)
    form = _edit_form(action)
    form.show(action)
    return _edit(action, form, action.version)


@pages.post(f"{HERE}/<int:action_id>/edit")
def change(establishment_id: int, action_id: int) -> ResponseReturnValue:
    """Record the changes. When somebody was quicker, what was typed stays in the form, beside what is recorded."""
    action = _mine_to_change(establishment_id, action_id)
    form = _edit_form(action, filled=True)
    seen = seen_version()
    if form.validate():
        try:
            change_action(platform(), scope(), action_id, form.draft(), seen)
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _edit(action, form, action.version, recorded=action), 409
        else:
            flash(_("Action enregistrée."))
            return redirect(url_for("actions.one", establishment_id=establishment_id, action_id=action_id))
    return _edit(action, form, seen), 400


def wanted_actions() -> ActionFilter:
    """The filter that the address of a list holds."""
    asked = request.args
    state = asked.get("state", OPEN)
    return ActionFilter(
        states=_states(state),
        late=state == LATE,
        mine=asked.get("mine") == "1",
        severities=tuple(Severity(one) for one in asked.getlist("severity") if one in list(Severity)),
        funding=asked.get("funding", ""),
        sources=tuple(ActionSource(one) for one in asked.getlist("source") if one in list(ActionSource)),
        rule=asked.get("rule", ""),
        words=asked.get("q", ""),
        sort=ActionSort(asked["sort"]) if asked.get("sort") in list(ActionSort) else ActionSort.PRIORITY,
        number=asked_page(),
        per_page=PER_PAGE,
    )


def _states(state: str) -> tuple[ActionState, ...]:
    if state in list(ActionState):
        return (ActionState(state),)
    return () if state == EVERY_STATE else OPEN_STATES


def _list(place: Place, template: str) -> str:
    wanted = wanted_actions()
    found = actions.list_actions(platform(), scope(), place, wanted)
    return render_template(
        template,
        found=found,
        wanted=wanted,
        where=place,
        state=request.args.get("state", OPEN),
        counts=found.summary.counts,
        five=found.summary.five,
        places={} if place.level is Level.ESTABLISHMENT else _places(),
        may_manage=place.level is Level.ESTABLISHMENT and may(Right.MANAGE_ACTIONS),
    )


def _places() -> dict[str, str]:
    return place_options(places_to_choose(platform(), scope(), Right.SEE_ACTIONS))


def _sites(asked: Sequence[str]) -> list[int]:
    try:
        found = list(dict.fromkeys(row_number(one) for one in asked))
    except ValueError as error:
        raise NotFound from error
    if not found:
        raise NotFound
    return found


def _chosen() -> Chosen:
    rule = request.values.get("rule", "")
    numbers = request.values.getlist("finding", type=row_number)
    return Chosen(finding_ids=() if rule else tuple(dict.fromkeys(numbers)), rule=rule)


def _new(sites: Sequence[int], form: ActionForm | None) -> str:
    chosen = _chosen()
    proposal = propose_action(platform(), scope(), sites, chosen)
    if form is None:
        form = _form(sites, proposal)
        form.title.data = proposal.title
        form.owner_account.data = scope().account_id or 0
        _about_requirement(form)
        if proposal.sheet:
            form.effort_days.data, form.sheet.data = proposal.sheet.effort_days, proposal.sheet.id
    return render_template("actions/new.html", form=form, proposal=proposal, chosen=chosen, shared=len(sites) > 1)


def _about_requirement(form: ActionForm) -> None:
    """An action asked for from the page of a requirement begins with its title, and says where it comes from."""
    ref = request.args.get("requirement", "")
    name = names_of(platform(), [ref], current_language()).get(ref) if ref else None
    if name:
        form.title.data = name[:MAX_TITLE]
        form.source.data, form.source_ref.data = ActionSource.REQUIREMENT.value, ref


def _create(sites: Sequence[int]) -> ResponseReturnValue:
    form = _form(sites, propose_action(platform(), scope(), sites, _chosen()), filled=True)
    if form.validate():
        try:
            action_id = create_action(platform(), scope(), sites, form.draft(), _chosen())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Action créée."))
            return redirect(url_for("actions.one", establishment_id=sites[0], action_id=action_id))
    return _new(sites, form), 400


def _form(sites: Sequence[int], proposal: Proposal, *, filled: bool = False) -> ActionForm:
    form = ActionForm(request.form) if filled else ActionForm()
    people = [(one.account_id, one.name) for one in possible_owners(platform(), scope(), sites)]
    form.offer(people, automatic=proposal.severity is not None)
    if not filled and proposal.severity is None:
        form.severity.data, form.criticality.data = Severity.MEDIUM.value, proposal.criticality.value
        form.source.data = ActionSource.OTHER.value
    return form


def _mine_to_change(establishment_id: int, action_id: int) -> ActionView:
    action = action_here(establishment_id, action_id)
    if not action.may_change:
        raise Forbidden
    return action


def _edit_form(action: ActionView, *, filled: bool = False) -> ActionForm:
    form = ActionForm(request.form) if filled else ActionForm()
    sites = [site.establishment_id for site in action.sites]
    form.offer([(one.account_id, one.name) for one in possible_owners(platform(), scope(), sites)], automatic=False)
    if filled:
        form.source.data = action.line.source.value
    return form


def _edit(action: ActionView, form: ActionForm, version: int, recorded: ActionView | None = None) -> str:
    return render_template(
        "actions/edit.html",
        action=action,
        form=form,
        version=version,
        recorded=recorded,
        sheet=sheet_for(platform(), scope(), action.line.rule) if action.line.rule else None,
        findings=findings_of_action(platform(), scope(), action.line.id, per_page=1).total,
    )
