"""Continuity plans: the list and what it covers, one plan part by part, its versions, its documents."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.continuity import PlanState
from care.domain.plans import BY_KEY, SectionKey
from care.services import plan_content, plan_documents, plan_reading, plans
from care.services.activities import ActivityFilter, ActivityLine, list_activities
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.plan_coverage import plan_coverage
from care.services.plan_documents import PlanFile
from care.services.plan_reading import PlanView
from care.web.files import attachment
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.pcra import checks, signing
from care.web.pcra.blueprint import page_of, pages, plan_of, to_plan
from care.web.pcra.forms import OutlineForm, ReasonForm, SectionForm
from care.web.people import platform, scope
from care.web.place import may, of_this_place

__all__ = ["checks", "pages", "signing"]
_MOST_ACTIVITIES = 500


@pages.get("")
def index(establishment_id: int) -> str:
    """The plans of the establishment, and what they leave uncovered."""
    return render_template(
        "pcra/index.html",
        found=plan_reading.list_plans(platform(), scope(), establishment_id),
        coverage=plan_coverage(platform(), scope(), establishment_id),
    )


@pages.get("/new")
def new(establishment_id: int) -> str:
    """The form of a new plan; what care cannot lose is proposed."""
    _check_manages()
    form = OutlineForm()
    form.offer(_activities(establishment_id))
    form.propose()
    return _outline(form)


@pages.post("/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Begin the plan."""
    _check_manages()
    form = OutlineForm(request.form)
    form.offer(_activities(establishment_id))
    if form.validate():
        try:
            plan_id = plans.start_plan(platform(), scope(), establishment_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Plan commencé : écrivez ses parties une à une, dans l’ordre qui vous convient."))
            return redirect(url_for("pcra.one", establishment_id=establishment_id, plan_id=plan_id))
    return _outline(form), 400


@pages.get("/<int:plan_id>")
def one(establishment_id: int, plan_id: int) -> str:
    """One version of a plan."""
    view = plan_of(plan_id)
    return page_of(view, ReasonForm(), plan_content.plan_map(platform(), scope(), plan_id))


@pages.get("/<int:plan_id>/outline")
def edit_outline(establishment_id: int, plan_id: int) -> ResponseReturnValue:
    """The title and the activities of a draft."""
    view = _draft(plan_id)
    if view.state is not PlanState.DRAFT:
        return to_plan(view)
    form = OutlineForm()
    form.offer(_activities(establishment_id), view)
    form.show(view)
    return _outline(form, view, view.version)


@pages.post("/<int:plan_id>/outline")
def save_outline(establishment_id: int, plan_id: int) -> ResponseReturnValue:
    """Record them; what was typed is never lost."""
    view = _draft(plan_id)
    form = OutlineForm(request.form)
    form.offer(_activities(establishment_id), view)
    seen = seen_version()
    if form.validate():
        try:
            plans.save_outline(platform(), scope(), plan_id, form.draft(), seen)
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _outline(form, view, view.version), 409
        else:
            return to_plan(view)
    return _outline(form, view, seen), 400


@pages.get("/<int:plan_id>/sections/<key>")
def edit_section(establishment_id: int, plan_id: int, key: str) -> ResponseReturnValue:
    """The form of one part."""
    view, asked = _draft(plan_id), _key(key)
    if view.state is not PlanState.DRAFT:
        return to_plan(view)
    form = SectionForm()
    form.text.data = view.section(asked).text
    return _section(form, view, asked, view.version)


@pages.post("/<int:plan_id>/sections/<key>")
def save_section(establishment_id: int, plan_id: int, key: str) -> ResponseReturnValue:
    """Record one part, then go to the next one if asked."""
    view, asked = _draft(plan_id), _key(key)
    form = SectionForm(request.form)
    seen = seen_version()
    if form.validate():
        try:
            plans.save_section(platform(), scope(), plan_id, asked, str(form.text.data or ""), seen)
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.other_errors.append(refusal.text.render(current_language()))
            return _section(form, view, asked, view.version, stale=True), 409
        else:
            return _after(view, asked)
    return _section(form, view, asked, seen), 400


@pages.post("/<int:plan_id>/revise")
def revise(establishment_id: int, plan_id: int) -> ResponseReturnValue:
    """Begin the next version, or go to the one begun."""
    plan_of(plan_id)
    draft_id = plans.revise_plan(platform(), scope(), plan_id)
    return redirect(url_for("pcra.one", establishment_id=establishment_id, plan_id=draft_id))


@pages.post("/<int:plan_id>/archive")
def archive(establishment_id: int, plan_id: int) -> ResponseReturnValue:
    """Take a plan out of force, or give up a draft."""
    view = plan_of(plan_id)
    plans.archive_plan(platform(), scope(), plan_id, seen_version())
    flash(_("Plan archivé : il se lit encore, et ne couvre plus rien."))
    return redirect(url_for("pcra.index", establishment_id=view.establishment_id))


@pages.get("/<int:plan_id>/compare/<int:other_plan_id>")
def compare(establishment_id: int, plan_id: int, other_plan_id: int) -> str:
    """Two versions of one plan, line by line."""
    found = of_this_place(plan_reading.compare_plans(platform(), scope(), plan_id, other_plan_id))
    return render_template("pcra/compare.html", found=found)


@pages.get("/<int:plan_id>/plan.pdf")
def pdf(establishment_id: int, plan_id: int) -> Response:
    """The document of a version."""
    plan_of(plan_id)
    return _file(plan_documents.plan_pdf(platform(), scope(), plan_id))


@pages.get("/<int:plan_id>/plan.md")
def markdown(establishment_id: int, plan_id: int) -> Response:
    """The same content, to be edited elsewhere."""
    plan_of(plan_id)
    return _file(plan_documents.plan_markdown(platform(), scope(), plan_id))


def _file(made: PlanFile) -> Response:
    return attachment(made.content, made.name)


def _draft(plan_id: int) -> PlanView:
    view = plan_of(plan_id)
    if not view.may_manage:
        raise Forbidden
    return view


def _key(key: str) -> SectionKey:
    try:
        return SectionKey(key)
    except ValueError:
        raise NotFound from None


def _check_manages() -> None:
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden


def _activities(establishment_id: int) -> tuple[ActivityLine, ...]:
    found: list[ActivityLine] = []
    wanted = ActivityFilter(per_page=100)
    while True:
        page = list_activities(platform(), scope(), establishment_id, wanted).page
        found += page.lines
        if not page.lines or len(found) >= min(page.total, _MOST_ACTIVITIES):
            return tuple(found)
        wanted = ActivityFilter(number=wanted.number + 1, per_page=100)


def _after(view: PlanView, key: SectionKey) -> ResponseReturnValue:
    """Where one goes once a part is saved: to the next one if asked, else back to the plan."""
    keys = list(BY_KEY)
    following = keys[keys.index(key) + 1 :]
    if request.form.get("then") == "next" and following:
        where, key = view.establishment_id, following[0]
        return redirect(url_for("pcra.edit_section", establishment_id=where, plan_id=view.line.id, key=key.value))
    flash(_("Partie enregistrée."))
    return to_plan(view)


def _outline(form: OutlineForm, view: PlanView | None = None, version: int = 0) -> str:
    return render_template("pcra/outline.html", form=form, view=view, version=version)


def _section(form: SectionForm, view: PlanView, key: SectionKey, version: int, *, stale: bool = False) -> str:
    section = view.section(key)
    last = key is list(BY_KEY)[-1]
    return render_template(
        "pcra/section.html", form=form, view=view, section=section, version=version, stale=stale, last=last
    )
