"""Visits as the establishment runs them: planned, visitors invited, what they read; importing gives both sides."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services.errors import Forbidden, Invalid, Refused
from care.services.visits import consulted, exports, planning, reading, visitors
from care.services.visits.reading import VisitSheet
from care.services.visits.visitors import Invited
from care.web.files import attachment
from care.web.language import current_language
from care.web.pages import asked_page, seen_version
from care.web.people import platform, scope
from care.web.place import may
from care.web.qr import qr
from care.web.visits import visitors as visitors_side
from care.web.visits.blueprint import HERE, ONE, pages
from care.web.visits.forms import VisitForm, VisitorForm, WhyForm

__all__ = ["pages", "visitors_side"]

VISITOR = f"{ONE}/visitors/<int:access_id>"
RECORD = f"{ONE}/record"
_AHEAD, _LASTS, _OPENS, _CLOSES = timedelta(days=7), timedelta(days=2), time(8), time(18)
"""A new visit unless told otherwise: three days of work, a week from now."""


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """The visits of the establishment."""
    found = reading.list_visits(platform(), scope(), establishment_id)
    return render_template("visits/index.html", found=found, may_plan=may(Right.MANAGE_PROGRAMME))


@pages.get(f"{HERE}/new")
def new(establishment_id: int) -> str:
    """The form of a new visit."""
    form = _form(establishment_id)
    zone = ZoneInfo(platform().settings.timezone)
    first = platform().clock.now().astimezone(zone).date() + _AHEAD
    opens, closes = (datetime.combine(day, at, zone) for day, at in ((first, _OPENS), (first + _LASTS, _CLOSES)))
    form.begin(establishment_id, opens, closes)
    return render_template("visits/new.html", form=form)


@pages.post(f"{HERE}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Plan the visit."""
    form, made = _form(establishment_id, filled=True), [0]

    def save() -> None:
        made[0] = planning.plan_visit(platform(), scope(), establishment_id, form.draft())

    if status := form.saved(save):
        return render_template("visits/new.html", form=form), status
    flash(_("Visite planifiée. Invitez maintenant les visiteurs."))
    return _to(establishment_id, made[0])


@pages.get(ONE)
def one(establishment_id: int, visit_id: int) -> str:
    """One visit: its scope, its visitors, where it stands."""
    return _page(_sheet(establishment_id, visit_id))


@pages.get(f"{ONE}/edit")
def edit(establishment_id: int, visit_id: int) -> str:
    """The form of a known visit."""
    sheet = _sheet(establishment_id, visit_id)
    form = _form(establishment_id, sheet)
    form.show(sheet)
    return render_template("visits/edit.html", form=form, sheet=sheet)


@pages.post(f"{ONE}/edit")
def change(establishment_id: int, visit_id: int) -> ResponseReturnValue:
    """Record the changes; when somebody was quicker, what was typed stays, beside what is recorded."""
    sheet = _sheet(establishment_id, visit_id)
    form = _form(establishment_id, sheet, filled=True)

    def save() -> None:
        where = establishment_id, visit_id
        planning.change_visit(platform(), scope(), where, form.draft(sheet), seen_version())

    if status := form.saved(save):
        stale = status == 409
        form.version.data = str(sheet.version if stale else seen_version())
        return render_template("visits/edit.html", form=form, sheet=sheet, recorded=stale), status
    flash(_("Visite enregistrée."))
    return _to(establishment_id, visit_id)


@pages.post(f"{ONE}/end")
def end(establishment_id: int, visit_id: int) -> ResponseReturnValue:
    """End the visit now."""
    sheet = _managed(establishment_id, visit_id)
    try:
        planning.end_visit(platform(), scope(), (establishment_id, visit_id))
    except Refused as refusal:
        return _page(sheet, refusal=refusal), 409
    flash(_("Visite terminée : plus aucun accès n’est ouvert."))
    return _to(establishment_id, visit_id)


@pages.post(f"{ONE}/revoke")
def revoke(establishment_id: int, visit_id: int) -> ResponseReturnValue:
    """Withdraw the whole visit."""
    sheet, form = _managed(establishment_id, visit_id), WhyForm(request.form)
    where = establishment_id, visit_id
    if status := form.saved(lambda: planning.revoke_visit(platform(), scope(), where, form.why.data or "")):
        return _page(sheet, revoke=form), status
    flash(_("Visite annulée : plus aucun accès n’est ouvert."))
    return _to(*where)


@pages.post(f"{ONE}/visitors")
def invite(establishment_id: int, visit_id: int) -> ResponseReturnValue:
    """Invite somebody, and show the link this once."""
    sheet, form = _managed(establishment_id, visit_id), VisitorForm(request.form)
    made: list[Invited] = []

    def save() -> None:
        made.append(visitors.invite_visitor(platform(), scope(), (establishment_id, visit_id), form.draft()))

    if status := form.saved(save):
        return _page(sheet, invite=form), status
    return _once(sheet, made[0])


@pages.post(f"{VISITOR}/renew")
def renew(establishment_id: int, visit_id: int, access_id: int) -> ResponseReturnValue:
    """A new link for somebody, shown this once."""
    sheet = _managed(establishment_id, visit_id)
    try:
        made = visitors.renew_link(platform(), scope(), (establishment_id, visit_id), access_id)
    except Refused as refusal:
        return _page(sheet, refusal=refusal), 409
    return _once(sheet, made)


@pages.post(f"{VISITOR}/revoke")
def shut_out(establishment_id: int, visit_id: int, access_id: int) -> ResponseReturnValue:
    """Withdraw the access of somebody."""
    sheet, where = _managed(establishment_id, visit_id), (establishment_id, visit_id)
    try:
        name = visitors.revoke_visitor(platform(), scope(), where, access_id, request.form.get("why", ""))
    except Invalid as refusal:
        return _page(sheet, refusal=refusal), 400
    flash(_("L’accès de %(name)s est retiré.", name=name))
    return _to(*where)


@pages.get(RECORD)
def record(establishment_id: int, visit_id: int) -> str:
    """What the visitors read, and what they were refused."""
    refused = request.args.get("show") == "refused"
    found = consulted.read_record(
        platform(), scope(), (establishment_id, visit_id), asked_page(), refused=refused
    )  # fmt: skip
    return render_template("visits/record.html", found=found, sheet=found.sheet, refused=refused)


@pages.get(f"{RECORD}.csv")
def record_csv(establishment_id: int, visit_id: int) -> Response:
    """The record, one line a page."""
    return attachment(exports.record_csv(platform(), scope(), (establishment_id, visit_id)), "consultations.csv")


@pages.get(f"{RECORD}.xlsx")
def record_xlsx(establishment_id: int, visit_id: int) -> Response:
    """The record as a workbook."""
    return attachment(exports.record_xlsx(platform(), scope(), (establishment_id, visit_id)), "consultations.xlsx")


@pages.get(f"{RECORD}.pdf")
def record_pdf(establishment_id: int, visit_id: int) -> Response:
    """The record as a document."""
    return attachment(exports.record_pdf(platform(), scope(), (establishment_id, visit_id)), "consultations.pdf")


def _managed(establishment_id: int, visit_id: int) -> VisitSheet:
    """A visit about to be changed: its right comes before what was typed."""
    sheet = _sheet(establishment_id, visit_id)
    if not sheet.may_manage:
        raise Forbidden
    return sheet


def _sheet(establishment_id: int, visit_id: int) -> VisitSheet:
    return reading.open_visit(platform(), scope(), (establishment_id, visit_id))


def _form(establishment_id: int, sheet: VisitSheet | None = None, *, filled: bool = False) -> VisitForm:
    if not may(Right.MANAGE_PROGRAMME) or (sheet is not None and not sheet.may_manage):
        raise Forbidden
    form = VisitForm(request.form if filled else None)
    form.offer(reading.choices(platform(), scope(), establishment_id), sheet)
    return form


def _page(
    sheet: VisitSheet,
    invite: VisitorForm | None = None,
    revoke: WhyForm | None = None,
    refusal: Refused | Invalid | None = None,
) -> str:
    return render_template(
        "visits/one.html",
        sheet=sheet,
        line=sheet.line,
        invite=invite or VisitorForm(),
        revoke=revoke or WhyForm(),
        revoking=revoke is not None,
        refusal=refusal.text.render(current_language()) if refusal else "",
        local=not platform().settings.public_url,
    )


def _once(sheet: VisitSheet, made: Invited) -> str:
    """The link of somebody and its QR: shown on this answer alone, never again."""
    picture = qr(made.link, _("QR du lien de %(name)s", name=made.name), "way-qr")
    return render_template(
        "visits/invited.html", sheet=sheet, line=sheet.line, made=made, picture=picture,
        local=not platform().settings.public_url, relay=bool(platform().settings.smtp_host),
    )  # fmt: skip


def _to(establishment_id: int, visit_id: int) -> ResponseReturnValue:
    return redirect(url_for("visits.one", establishment_id=establishment_id, visit_id=visit_id))
