"""Campaigns: audits started together, and their report."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from care.services import runs
from care.services.campaign_report import campaign_pdf
from care.services.campaign_synthesis import synthesis_of_campaign
from care.web.people import platform, scope
from care.web.place import of_this_place

pages = Blueprint(
    "campaigns", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/campaigns"
)


@pages.get("")
def index(establishment_id: int) -> str:
    """The campaigns of the establishment, the latest first."""
    found = runs.list_campaigns(platform(), scope(), establishment_id)
    return render_template("campaigns/index.html", campaigns=found)


@pages.get("/<int:campaign_id>")
def one(establishment_id: int, campaign_id: int) -> str:
    """One campaign: its audits and, once they are over, what they say together and the report."""
    campaign = _campaign(campaign_id)
    found = synthesis_of_campaign(platform(), scope(), campaign) if campaign.over else None
    return render_template("campaigns/one.html", campaign=campaign, found=found)


@pages.get("/<int:campaign_id>/report.pdf")
def report(establishment_id: int, campaign_id: int) -> ResponseReturnValue:
    """The report of the campaign, in the reader's language."""
    campaign = _campaign(campaign_id)
    document = campaign_pdf(platform(), scope(), campaign.id)
    name = f"care-audit-{campaign.started_at:%Y-%m-%d}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(document, mimetype="application/pdf", headers=headers)


def _campaign(campaign_id: int) -> runs.CampaignView:
    return of_this_place(runs.open_campaign(platform(), scope(), campaign_id))
