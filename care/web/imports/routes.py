"""Imports of other tools' results: sent, read by a worker, previewed, confirmed; an ADS result typed in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.import_steps import Step
from care.services import ads, import_drafts, import_preview, import_reading, import_recording, imports
from care.services.directory import brought
from care.services.errors import Forbidden, Invalid, Refused
from care.services.import_drafts import BROUGHT, DraftView
from care.services.jobs import JobView
from care.web.forms import sent
from care.web.imports.forms import AdsForm, UploadForm
from care.web.language import current_language
from care.web.pages import asked_page, row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.watching import events_of, progress_of, watched
from scanners.model import Text

pages = Blueprint(
    "imports", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/imports"
)


@pages.get("")
def index(establishment_id: int) -> str:
    """The imports, the latest first, and the files that wait for a confirmation."""
    tool, target = request.args.get("tool", ""), request.args.get("target", type=row_number)
    page = imports.list_imports(platform(), scope(), establishment_id, tool=tool, target_id=target, number=asked_page())
    may_import = may(Right.RUN_AUDIT)
    drafts = import_drafts.list_drafts(platform(), scope(), establishment_id) if may_import else ()
    return render_template(
        "imports/index.html", page=page, drafts=drafts, tool=tool, target=target, may_import=may_import
    )


@pages.get("/new")
def new(establishment_id: int) -> str:
    """The form of a file."""
    return _new_page(_upload_form())


@pages.post("/new")
def receive(establishment_id: int) -> ResponseReturnValue:
    """Keep the file and have it read; its preview comes next, or how far its reading is."""
    form = _upload_form()
    if form.validate():
        settings = platform().settings
        file = form.upload(settings.upload_bytes, settings.timezone)
        try:
            if file is not None:
                return _to_draft(_read(import_drafts.receive(platform(), scope(), establishment_id, file)))
        except Invalid as refusal:
            form.blame(refusal)
    return _new_page(form), 400


@pages.get("/ads")
def ads_form(establishment_id: int) -> str:
    """The form of an ADS result."""
    return _ads_page(_ads_form())


@pages.post("/ads")
def receive_ads(establishment_id: int) -> ResponseReturnValue:
    """Keep the ADS result; its preview comes next."""
    form = _ads_form()
    if form.validate():
        draft, attached = form.draft(request.form.getlist("failing")), form.attached(platform().settings.upload_bytes)
        try:
            return _to_draft(_settled(ads.type_ads(platform(), scope(), establishment_id, draft, attached)))
        except Invalid as refusal:
            form.blame(refusal)
    return _ads_page(form), 400


@pages.get("/drafts/<int:draft_id>")
def preview(establishment_id: int, draft_id: int) -> ResponseReturnValue:
    """Where the file stands: being read, what the import would change, being recorded, or why it was stopped."""
    draft = _draft(draft_id)
    if draft.step is Step.RECORDED:
        return _to_draft(draft)
    if draft.step is Step.READY:
        return _preview_page(draft)
    return render_template("imports/draft.html", draft=draft, job=watched(draft.job_id))


@pages.get("/drafts/<int:draft_id>/progress")
def progress(establishment_id: int, draft_id: int) -> ResponseReturnValue:
    """How far the reading or the recording is, as a fragment of the page."""
    return progress_of(_job(draft_id))


@pages.get("/drafts/<int:draft_id>/events")
def events(establishment_id: int, draft_id: int) -> ResponseReturnValue:
    """The same, pushed as it happens."""
    return events_of(_job(draft_id))


@pages.post("/drafts/<int:draft_id>/target")
def compare(establishment_id: int, draft_id: int) -> ResponseReturnValue:
    """Work the preview out again, on the target asked for."""
    draft = _draft(draft_id)
    import_preview.ask_comparison(platform(), scope(), draft.id, request.form.get("target", ""))
    return _to_draft(_settled(draft.id))


@pages.post("/drafts/<int:draft_id>/again")
def again(establishment_id: int, draft_id: int) -> ResponseReturnValue:
    """Start again a reading that was cut short."""
    draft = _draft(draft_id)
    import_reading.read_again(platform(), scope(), draft.id)
    return _to_draft(_settled(draft.id))


@pages.post("/drafts/<int:draft_id>/confirm")
def confirm(establishment_id: int, draft_id: int) -> ResponseReturnValue:
    """Have the import recorded."""
    draft = _draft(draft_id)
    try:
        import_recording.confirm(
            platform(), scope(), draft.id, request.form.get("target", ""), "complete" in request.form
        )
    except (Invalid, Refused) as refusal:
        if draft.step is not Step.READY:
            raise
        return _preview_page(draft, refusal.text.render(current_language())), 400
    return _to_draft(_settled(draft.id))


@pages.post("/drafts/<int:draft_id>/cancel")
def cancel(establishment_id: int, draft_id: int) -> ResponseReturnValue:
    """Ask for the end of the recording."""
    draft = _draft(draft_id)
    import_recording.cancel_recording(platform(), scope(), draft.id)
    flash(_("Annulation demandée : rien ne sera enregistré, l’import pourra être confirmé de nouveau."))
    return _to_draft(_settled(draft.id))


@pages.post("/drafts/<int:draft_id>/give-up")
def give_up(establishment_id: int, draft_id: int) -> ResponseReturnValue:
    """Forget the file."""
    import_drafts.give_up(platform(), scope(), _draft(draft_id).id)
    flash(_("Import abandonné : rien n’a été enregistré."))
    return redirect(url_for("imports.index", establishment_id=establishment_id))


def _new_page(form: UploadForm) -> str:
    """For a directory, or for whatever tool: the same form, in other words."""
    return render_template("imports/new.html", form=form, of_directory="directory" in request.args)


def _upload_form() -> UploadForm:
    if not may(Right.RUN_AUDIT):
        raise Forbidden
    return UploadForm(sent()).offer(platform().settings.upload_bytes)


def _ads_form() -> AdsForm:
    if not may(Right.RUN_AUDIT):
        raise Forbidden
    return AdsForm(sent()) if request.method == "POST" else AdsForm()


def _ads_page(form: AdsForm) -> str:
    ticked = set(request.form.getlist("failing"))
    return render_template("imports/ads.html", form=form, points=ads.points_by_level(current_language()), ticked=ticked)


def _preview_page(draft: DraftView, wrong: str = "") -> str:
    if draft.tool == BROUGHT:
        collection = brought.open_preview(platform(), scope(), draft.id)
        return render_template("imports/brought.html", seen=collection, wrong=wrong or draft.error)
    seen = import_preview.open_preview(platform(), scope(), draft.id)
    return render_template("imports/preview.html", seen=seen, wrong=wrong or draft.error)


def _draft(draft_id: int) -> DraftView:
    return of_this_place(import_drafts.open_draft(platform(), scope(), draft_id))


def _settled(draft_id: int) -> DraftView:
    return import_drafts.settled(platform(), scope(), draft_id)


def _read(draft_id: int) -> DraftView:
    """The draft once read, or still being read; a file that cannot be used is said on the form and forgotten."""
    draft = _settled(draft_id)
    if draft.step is Step.STOPPED and not draft.readable:
        import_drafts.give_up(platform(), scope(), draft_id)
        raise Invalid({"file": Text(draft.error, draft.error)})
    return draft


def _job(draft_id: int) -> JobView | None:
    draft = _draft(draft_id)
    return watched(draft.job_id) if draft.step.busy else None


def _to_draft(draft: DraftView) -> ResponseReturnValue:
    """The run once recorded, else the page of the draft."""
    if draft.run_id is not None:
        flash(_("Import enregistré."))
        return redirect(url_for("runs.one", establishment_id=draft.establishment_id, run_id=draft.run_id))
    return redirect(url_for("imports.preview", establishment_id=draft.establishment_id, draft_id=draft.id))
