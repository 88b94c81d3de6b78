"""Exposure audits of a campaign: planned again and taken as a file by the region, declined by an establishment."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right
from care.services.errors import Forbidden, Invalid, Refused
from care.services.regional.campaigns import MAX_REASON
from care.services.regional.exposures import audits_csv, decide_audits, decline_audit, plan_missing
from care.web.files import attachment
from care.web.pages import row_number
from care.web.people import platform, scope
from care.web.place import may
from care.web.refusals import said_as_refused

pages = Blueprint("regional_exposures", __name__)
ONE = "/regional-campaigns/<int:exposure_id>"


@pages.post(f"{ONE}/plan")
def plan(exposure_id: int) -> ResponseReturnValue:
    """Plan what is missing and what failed."""
    with said_as_refused(Refused):
        count = plan_missing(platform(), scope(), exposure_id)
        flash(
            ngettext("%(num)s audit planifié.", "%(num)s audits planifiés.", count)
            if count
            else _("Rien de plus à planifier : voyez pourquoi dans le tableau.")
        )
    return redirect(url_for("regional_campaigns.one", regional_id=exposure_id))


@pages.get(f"{ONE}/audits.csv")
def table(exposure_id: int) -> Response:
    """The follow-up as a spreadsheet."""
    return attachment(audits_csv(platform(), scope(), exposure_id), "audits-de-campagne.csv")


@pages.post("/establishments/<int:establishment_id>/regional-audits/<int:exposure_id>")
def decline(establishment_id: int, exposure_id: int) -> ResponseReturnValue:
    """Refuse an audit that is planned here, or allow it again."""
    if not may(Right.RUN_AUDIT):
        raise Forbidden
    target, reason = request.form.get("target", 0, type=row_number), request.form.get("reason", "")[: MAX_REASON + 1]
    with said_as_refused(Refused, Invalid):
        decline_audit(platform(), scope(), establishment_id, exposure_id, target, reason)
        flash(_("Audit refusé : la région lit la raison.") if reason.strip() else _("Audit de nouveau permis."))
    return redirect(url_for("regional_campaigns.asked", establishment_id=establishment_id))


@pages.post("/establishments/<int:establishment_id>/regional-audits/<int:exposure_id>/decision")
def decide(establishment_id: int, exposure_id: int) -> ResponseReturnValue:
    """Agree to the audits that a region asks from its own installation, or decline them."""
    if not may(Right.RUN_AUDIT):
        raise Forbidden
    agree = request.form.get("agree") == "yes"
    with said_as_refused(Refused):
        decide_audits(platform(), scope(), establishment_id, exposure_id, agree=agree)
        flash(
            _("Accepté : ce que vos mandats permettent est planifié.")
            if agree
            else _("Refusé : rien n’est planifié, la région le saura.")
        )
    return redirect(url_for("regional_campaigns.asked", establishment_id=establishment_id))
