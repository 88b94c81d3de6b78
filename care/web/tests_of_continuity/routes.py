"""The tests of an establishment, one test, its forms; its gaps made actions."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.actions import ActionSource
from care.domain.continuity import TestState
from care.domain.evidence import ThingKind
from care.services import continuity_tests as tests
from care.services.action_query import today
from care.services.continuity_test_gaps import TestRef, act_on_gap, origin_test
from care.services.continuity_test_reading import TestView, choices, list_tests, open_test
from care.services.errors import Forbidden, Invalid, Refused
from care.web.continuity.links import PAGES
from care.web.evidence.part import proofs_of
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.tests_of_continuity.forms import CancelForm, ResultForm, TestForm, result_form

pages = Blueprint("tests", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/tests"
ONE = f"{HERE}/<int:test_id>"


@pages.app_template_global("test_behind")
def test_behind(source: ActionSource, source_ref: str) -> TestRef | None:
    """The test that an action comes from, for the page of the action."""
    return origin_test(platform(), scope(), source, source_ref)


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """What is to come, what was done, the years, and what nobody tested."""
    board = list_tests(platform(), scope(), establishment_id)
    return render_template("tests/index.html", board=board)


@pages.get(f"{HERE}/new")
def new(establishment_id: int) -> str:
    """The form of a new test; a plan or an activity may be given by the address."""
    form = _form(establishment_id)
    form.planned_on.data = today(platform())
    form.plan.data = request.args.get("plan", 0, type=row_number)
    form.nodes.data = request.args.getlist("node", type=row_number)
    return _plan_page(form)


@pages.post(f"{HERE}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Plan the test."""
    form = _form(establishment_id, filled=True)
    if form.validate():
        try:
            number = tests.plan_test(platform(), scope(), establishment_id, form.draft())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Essai prévu : il est dans les échéances."))
            return _to(establishment_id, number)
    return _plan_page(form), 400


@pages.get(ONE)
def one(establishment_id: int, test_id: int) -> str:
    """One test: what was played, what was measured, what it counts for and why not."""
    return _page(_test(test_id), CancelForm())


@pages.get(f"{ONE}/edit")
def edit(establishment_id: int, test_id: int) -> str:
    """The form of a known test."""
    view = _changeable(test_id)
    form = _form(establishment_id, view)
    form.show(view)
    return _plan_page(form, view, view.version)


@pages.post(f"{ONE}/edit")
def change(establishment_id: int, test_id: int) -> ResponseReturnValue:
    """Record the changes; when somebody was quicker, what was typed stays, beside what is recorded."""
    view = _changeable(test_id)
    form = _form(establishment_id, view, filled=True)
    if form.validate():
        try:
            tests.change_test(platform(), scope(), test_id, form.draft(), seen_version())
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _plan_page(form, view, view.version, recorded=True), 409
        else:
            flash(_("Essai enregistré."))
            return _to(establishment_id, test_id)
    return _plan_page(form, view, seen_version()), 400


@pages.get(f"{ONE}/result")
def result(establishment_id: int, test_id: int) -> str:
    """The form of the result."""
    view = _changeable(test_id)
    form = result_form(view)
    form.show(view, today(platform()))
    return _result_page(view, form, view.version)


@pages.post(f"{ONE}/result")
def record(establishment_id: int, test_id: int) -> ResponseReturnValue:
    """Record the result, or correct it."""
    view = _changeable(test_id)
    form = result_form(view, request.form)
    if form.validate():
        try:
            tests.record_result(platform(), scope(), test_id, form.draft(), seen_version())
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _result_page(view, form, view.version, recorded=True), 409
        else:
            flash(_("Résultat enregistré."))
            return _to(establishment_id, test_id)
    return _result_page(view, form, seen_version()), 400


@pages.post(f"{ONE}/cancel")
def cancel(establishment_id: int, test_id: int) -> ResponseReturnValue:
    """Say that the test will not take place."""
    view, form = _managed(test_id), CancelForm(request.form)
    if form.validate():
        try:
            tests.cancel_test(platform(), scope(), test_id, str(form.reason.data), seen_version())
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _page(view, form), 409
        else:
            flash(_("Essai annulé ; il reste dans la liste, avec la raison."))
            return _to(establishment_id, test_id)
    return _page(view, form), 400


@pages.post(f"{ONE}/gaps")
def act(establishment_id: int, test_id: int) -> ResponseReturnValue:
    """Make an action of a gap, and open it."""
    _test(test_id)
    number = act_on_gap(platform(), scope(), test_id, request.form.get("gap", ""))
    flash(_("Action créée : dites qui s’en charge, et pour quand."))
    return redirect(url_for("actions.one", establishment_id=establishment_id, action_id=number))


def _test(test_id: int) -> TestView:
    return of_this_place(open_test(platform(), scope(), test_id))


def _managed(test_id: int) -> TestView:
    view = _test(test_id)
    if not view.may_manage:
        raise Forbidden
    return view


def _changeable(test_id: int) -> TestView:
    view = _managed(test_id)
    if view.line.state is TestState.CANCELLED:
        raise Forbidden
    return view


def _to(establishment_id: int, test_id: int) -> ResponseReturnValue:
    return redirect(url_for("tests.one", establishment_id=establishment_id, test_id=test_id))


def _form(establishment_id: int, view: TestView | None = None, *, filled: bool = False) -> TestForm:
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden
    form = TestForm(request.form) if filled else TestForm()
    form.offer(choices(platform(), scope(), establishment_id, view.line.id if view else None))
    return form


def _plan_page(form: TestForm, view: TestView | None = None, version: int = 0, *, recorded: bool = False) -> str:
    return render_template("tests/edit.html", form=form, view=view, version=version, recorded=recorded)


def _result_page(view: TestView, form: ResultForm, version: int, *, recorded: bool = False) -> str:
    return render_template("tests/result.html", form=form, view=view, version=version, recorded=recorded)


def _page(view: TestView, cancel: CancelForm) -> str:
    return render_template(
        "tests/one.html",
        view=view,
        line=view.line,
        cancel=cancel,
        node_pages=PAGES,
        proofs=proofs_of(ThingKind.TEST, view.line.id),
    )
