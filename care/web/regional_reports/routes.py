"""Regional reports: those of places the reader follows, that of an establishment, orders."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Level, Place, Right
from care.domain.regional_reports import ReportForm, allowed_forms
from care.services.errors import Forbidden
from care.services.regional_reports.asking import (
    ReportAsk,
    ReportPlace,
    ReportPlaces,
    ask_report,
    list_reports,
    month_words,
    open_file,
    places_to_report,
    report_place,
)
from care.services.regional_reports.ordered import (
    change_order,
    create_order,
    end_order,
    list_orders,
    read_order,
)
from care.services.territories import territories
from care.web.evidence.routes import FILE_HEADERS
from care.web.files import TYPES
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.regional_reports.forms import PUBLIC, RESERVED, AskForm, OrderForm
from care.web.wide import place_in, written

pages = Blueprint("regional_reports", __name__, template_folder="templates")
HERE = "/regional-reports"
ORDER = f"{HERE}/orders/<int:order_id>"
OWN = "/establishments/<int:establishment_id>/regional-report"
_FIRST = (ReportForm.PDF.value, ReportForm.XLSX.value)
"""Ticked at first: what most people come for."""


@pages.get(HERE)
def index() -> str:
    """What may be asked for, what was made, what is ordered."""
    return _index(_ask_form(_places()))


@pages.post(HERE)
def ask() -> ResponseReturnValue:
    """Have a report made."""
    form = _ask_form(_places(), request.form)
    code = form.saved(lambda: ask_report(platform(), scope(), _asked(form, place_in(form.place.data))))
    if code:
        return _index(form), code
    flash(_("Le rapport se prépare : il apparaît ci-dessous dès qu’il est prêt."))
    return redirect(url_for("regional_reports.index"))


@pages.get(f"{HERE}/<int:job_id>/<name>")
def file(job_id: int, name: str) -> Response:
    """Take a file of a report away."""
    path = open_file(platform(), scope(), job_id, name)
    media_type = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    answer = send_file(path, mimetype=media_type, as_attachment=True, download_name=name, etag=False)
    answer.headers.update(FILE_HEADERS)
    return answer


@pages.get(OWN)
def own(establishment_id: int) -> str:
    """The line of an establishment within its region: what may be asked for, what was made."""
    where = report_place(platform(), scope(), Place(Level.ESTABLISHMENT, establishment_id))
    return _own(establishment_id, _own_form(where), where)


@pages.post(OWN)
def ask_own(establishment_id: int) -> ResponseReturnValue:
    """Have that report made."""
    where = report_place(platform(), scope(), Place(Level.ESTABLISHMENT, establishment_id))
    form = _own_form(where, request.form)
    code = form.saved(lambda: ask_report(platform(), scope(), _asked(form, where.place)))
    if code:
        return _own(establishment_id, form, where), code
    flash(_("Le rapport se prépare : il apparaît ci-dessous dès qu’il est prêt."))
    return redirect(url_for("regional_reports.own", establishment_id=establishment_id))


@pages.get(f"{HERE}/orders/new")
def new_order() -> str:
    """The form of an order."""
    form = _order_form()
    form.forms.data = list(_FIRST)
    return render_template("regional_reports/order.html", form=form, order=None)


@pages.post(f"{HERE}/orders/new")
def order() -> ResponseReturnValue:
    """Order a report for every month or quarter."""
    form = _order_form(request.form)
    code = form.saved(lambda: create_order(platform(), scope(), place_in(form.place.data), form.draft()))
    if code:
        return render_template("regional_reports/order.html", form=form, order=None), code
    flash(_("Envoi commandé."))
    return redirect(url_for("regional_reports.index", _anchor="orders"))


@pages.get(f"{ORDER}/edit")
def edit_order(order_id: int) -> str:
    """The form of an order that runs."""
    known, form = read_order(platform(), scope(), order_id), _order_form()
    form.show(known)
    return render_template("regional_reports/order.html", form=form, order=known)


@pages.post(f"{ORDER}/edit")
def save_order(order_id: int) -> ResponseReturnValue:
    """Change it; what was typed is kept when somebody was quicker."""
    known, form = read_order(platform(), scope(), order_id), _order_form(request.form)
    del form.place
    version = seen_version()
    code = form.saved(lambda: change_order(platform(), scope(), order_id, form.draft(), version))
    if code:
        form.version.data = str(known.version)
        return render_template("regional_reports/order.html", form=form, order=known), code
    flash(_("Envoi enregistré."))
    return redirect(url_for("regional_reports.index", _anchor="orders"))


@pages.post(f"{ORDER}/end")
def stop_order(order_id: int) -> ResponseReturnValue:
    """Order it no more."""
    end_order(platform(), scope(), order_id)
    flash(_("Cet envoi est arrêté."))
    return redirect(url_for("regional_reports.index", _anchor="orders"))


def _index(form: AskForm) -> str:
    made = list_reports(platform(), scope())
    return render_template(
        "regional_reports/index.html",
        form=form,
        made=made,
        busy=any(not one.state.over for one in made),
        orders=list_orders(platform(), scope()),
        may_order=scope().allows_somewhere(Right.MANAGE_REGION),
        month_words=month_words,
        own=None,
    )


def _own(establishment_id: int, form: AskForm, where: ReportPlace) -> str:
    made = list_reports(platform(), scope(), establishment_id)
    return render_template(
        "regional_reports/index.html",
        form=form,
        made=made,
        busy=any(not one.state.over for one in made),
        orders=(),
        may_order=False,
        month_words=month_words,
        own=where,
    )


def _places() -> ReportPlaces:
    if not scope().allows_somewhere(Right.SEE_REGION):
        raise Forbidden
    return places_to_report(platform(), scope())


def _ask_form(found: ReportPlaces, given: Any = None) -> AskForm:  # noqa: ANN401 - what werkzeug gives
    form = AskForm(given)
    form.prepare(((written(place), name) for place, name in found.places), found.months, tuple(ReportForm))
    if given is None:
        form.forms.data = list(_FIRST)
    return form


def _own_form(where: ReportPlace, given: Any = None) -> AskForm:  # noqa: ANN401 - what werkzeug gives
    """Without a place nor an audience to choose: the establishment's own line is never public."""
    form = AskForm(given)
    form.prepare((), where.months, allowed_forms(Level.ESTABLISHMENT, public=False))
    del form.place, form.audience
    if given is None:
        form.forms.data = list(_FIRST)
    return form


def _asked(form: AskForm, place: Place) -> ReportAsk:
    public = "audience" in form and form.audience.data == PUBLIC
    return ReportAsk(place, form.month.data or 0, form.chosen, public)


def _order_form(given: Any = None) -> OrderForm:  # noqa: ANN401
    places = territories(platform(), scope(), Right.MANAGE_REGION)
    if not places:
        raise Forbidden
    form = OrderForm(given)
    form.prepare((written(place), name) for place, name in places)
    if given is None:
        form.public.data = RESERVED
    return form
