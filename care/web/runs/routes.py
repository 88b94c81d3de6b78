"""Audits: starting them, watching them live, reading what they found."""

from __future__ import annotations

from typing import cast

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.evidence import ThingKind
from care.services import jobs, runs
from care.services.audits import start_audit, start_campaign
from care.services.errors import Forbidden, NotFound
from care.services.jobs import JobView
from care.services.runs import RunView
from care.services.targets import list_targets, open_target
from care.web import labels
from care.web.evidence.part import proofs_of
from care.web.formats import day
from care.web.pages import asked_page, row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.runs.stream import Streams

pages = Blueprint(
    "runs", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/runs"
)


@pages.get("")
def index(establishment_id: int) -> str:
    """The audits of the establishment, the latest first."""
    scanner = request.args.get("scanner", "")
    page = runs.list_runs(platform(), scope(), establishment_id, scanner=scanner, number=asked_page())
    return render_template("runs/index.html", page=page, scanner=scanner, may_run=may(Right.RUN_AUDIT))


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
    return render_template(
        "runs/one.html",
        run=run,
        job=job,
        statuses=_by_status(run),
        may_run=may(Right.RUN_AUDIT),
        proofs=proofs_of(ThingKind.RUN, run_id),
    )


@pages.get("/<int:run_id>/progress")
def progress(establishment_id: int, run_id: int) -> ResponseReturnValue:
    """How far the audit is, as a fragment of the page; the whole page again once it is over."""
    job = _job(_run(run_id))
    if job is None or job.state.over:
        return Response(headers={"HX-Refresh": "true"})
    return render_template("runs/progress.html", job=job)


@pages.get("/<int:run_id>/events")
def events(establishment_id: int, run_id: int) -> ResponseReturnValue:
    """The same, pushed as it happens. 204 tells the browser to stop asking: the page polls instead."""
    job = _job(_run(run_id))
    if job is None:
        return Response(status=204)
    sending = _streams().open(_Watch(job.id).look)
    if sending is None:
        return Response(status=204)
    headers = {"X-Accel-Buffering": "no"}
    return Response(stream_with_context(sending), mimetype="text/event-stream", headers=headers)


@pages.post("/<int:run_id>/cancel")
def cancel(establishment_id: int, run_id: int) -> ResponseReturnValue:
    """Ask for the end of an audit."""
    job = _job(_run(run_id))
    if job is None:
        raise NotFound
    jobs.cancel(platform(), scope(), job.id)
    flash(_("Annulation demandée : l’audit s’arrête dans les secondes qui viennent."))
    return redirect(url_for("runs.one", establishment_id=establishment_id, run_id=run_id))


class _Watch:
    """Looks at a job and renders its progress when something changed."""

    def __init__(self, job_id: int) -> None:
        self._job_id = job_id
        self._app, self._who = platform(), scope()
        self._last: object = None

    def look(self) -> tuple[str, bool] | None:
        """The fragment to show and whether the job is over; None when nothing changed."""
        job = jobs.watch(self._app, self._who, self._job_id)
        seen = (job.state, job.share, job.cancel_requested, len(job.events))
        if seen == self._last:
            return None
        self._last = seen
        return render_template("runs/progress.html", job=job), job.state.over


def _run(run_id: int) -> RunView:
    run = runs.open_run(platform(), scope(), run_id)
    of_this_place(run.line)
    return run


def _job(run: RunView) -> JobView | None:
    return jobs.watch(platform(), scope(), run.line.job_id) if run.line.job_id is not None else None


def _streams() -> Streams:
    return cast(Streams, current_app.extensions.setdefault("care_streams", Streams()))


def _by_status(run: RunView) -> dict[str, list[runs.OutcomeView]]:
    return {status: [one for one in run.outcomes if one.status == status] for status in labels.STATUS}
