"""Audits: starting them, watching them live, reading what they found."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.evidence import ThingKind
from care.services import audits, jobs, runs
from care.services.audits import start_audit, start_campaign
from care.services.campaign_synthesis import synthesis_of_run
from care.services.errors import Forbidden, NotFound
from care.services.jobs import JobView
from care.services.restraints import stop_of
from care.services.runs import RunView
from care.services.scanning import EXPOSURE
from care.services.targets import list_targets, open_target
from care.web import labels
from care.web.evidence.part import proofs_of
from care.web.formats import day
from care.web.pages import asked_page, row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.watching import events_of, progress_of, watched

pages = Blueprint(
    "runs", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/runs"
)


@pages.get("")
def index(establishment_id: int) -> str:
    """The audits of the establishment, the latest first."""
    scanner = request.args.get("scanner", "")
    page = runs.list_runs(platform(), scope(), establishment_id, scanner=scanner, number=asked_page())
    stop = stop_of(platform(), scope(), establishment_id)
    return render_template("runs/index.html", page=page, scanner=scanner, stop=stop, may_run=may(Right.RUN_AUDIT))


@pages.get("/new")
def new(establishment_id: int) -> str:
    """The choice of what to audit."""
    if not may(Right.RUN_AUDIT):
        raise Forbidden
    return render_template("runs/new.html", targets=list_targets(platform(), scope(), establishment_id))


@pages.post("")
def start(establishment_id: int) -> ResponseReturnValue:
    """Start one audit, or a campaign of several."""
    chosen = request.form.getlist("target", type=row_number)
    if len(chosen) == 1:
        return _start_one(establishment_id, chosen[0])
    name = _("Campagne du %(day)s", day=day(platform().clock.now()))
    asked = start_campaign(platform(), scope(), establishment_id, name, chosen or None)
    for reason in dict.fromkeys(asked.refused.values()):
        flash(reason, "error")
    return redirect(url_for("campaigns.one", establishment_id=establishment_id, campaign_id=asked.campaign_id))


def _start_one(establishment_id: int, target_id: int) -> ResponseReturnValue:
    target = of_this_place(open_target(platform(), scope(), target_id))
    started = start_audit(platform(), scope(), target.id)
    if started is None:
        raise NotFound
    return redirect(url_for("runs.one", establishment_id=establishment_id, run_id=started.run_id))


@pages.get("/<int:run_id>")
def one(establishment_id: int, run_id: int) -> str:
    """One audit: its progress while it goes on, then every rule's answer."""
    run = _run(run_id)
    job = _job(run)
    told = run.line.scanner == EXPOSURE and run.line.counts is not None
    return render_template(
        "runs/one.html",
        run=run,
        found=synthesis_of_run(platform(), scope(), run.line) if told else None,
        job=job,
        statuses=_by_status(run),
        may_run=may(Right.RUN_AUDIT),
        proofs=proofs_of(ThingKind.RUN, run_id),
    )


@pages.get("/<int:run_id>/progress")
def progress(establishment_id: int, run_id: int) -> ResponseReturnValue:
    """How far the audit is, as a fragment of the page; the whole page again once it is over."""
    return progress_of(_job(_run(run_id)))


@pages.get("/<int:run_id>/events")
def events(establishment_id: int, run_id: int) -> ResponseReturnValue:
    """The same, pushed as it happens."""
    return events_of(_job(_run(run_id)))


@pages.post("/<int:run_id>/cancel")
def cancel(establishment_id: int, run_id: int) -> ResponseReturnValue:
    """Ask for the end of an audit."""
    job = _job(_run(run_id))
    if job is None:
        raise NotFound
    jobs.cancel(platform(), scope(), job.id)
    flash(_("Arrêt demandé : plus rien n’est envoyé d’ici deux secondes. Ce qui a été vu est gardé."))
    return redirect(url_for("runs.one", establishment_id=establishment_id, run_id=run_id))


@pages.post("/<int:run_id>/take-up")
def take_up(establishment_id: int, run_id: int) -> ResponseReturnValue:
    """Look at what an audit that was cut short had left."""
    run = _run(run_id)
    started = audits.take_up(platform(), scope(), run.line.id)
    if started is None:
        raise NotFound
    return redirect(url_for("runs.one", establishment_id=establishment_id, run_id=started.run_id))


def _run(run_id: int) -> RunView:
    run = runs.open_run(platform(), scope(), run_id)
    of_this_place(run.line)
    return run


def _job(run: RunView) -> JobView | None:
    return watched(run.line.job_id)


def _by_status(run: RunView) -> dict[str, list[runs.OutcomeView]]:
    return {status: [one for one in run.outcomes if one.status == status] for status in labels.STATUS}
