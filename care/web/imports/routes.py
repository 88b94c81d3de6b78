"""Imports of other tools' results: sent, previewed, confirmed; an ADS result typed in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services import ads, import_drafts, imports
from care.services.errors import Forbidden, Invalid, Refused
from care.services.import_drafts import DraftView
from care.services.imports import ImportPreview
from care.web.forms import sent
from care.web.imports.forms import AdsForm, UploadForm
from care.web.language import current_language
from care.web.pages import asked_page, row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place

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
    return render_template("imports/new.html", form=_upload_form())


@pages.post("/new")
def receive(establishment_id: int) -> ResponseReturnValue:
    """Read the file; its preview comes next."""
    form = _upload_form()
    if form.validate():
        settings = platform().settings
        file = form.upload(settings.upload_bytes, settings.timezone)
        try:
            if file is not None:
                return _to_preview(import_drafts.upload(platform(), scope(), establishment_id, file))
        except Invalid as refusal:
            form.blame(refusal)
    return render_template("imports/new.html", form=form), 400


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
            return _to_preview(ads.type_ads(platform(), scope(), establishment_id, draft, attached))
        except Invalid as refusal:
            form.blame(refusal)
    return _ads_page(form), 400


@pages.get("/drafts/<int:draft_id>")
def preview(establishment_id: int, draft_id: int) -> str:
    """What the import would change, on the target asked for."""
    _draft(draft_id)
    return _preview_page(imports.preview(platform(), scope(), draft_id, request.args.get("target")))


@pages.post("/drafts/<int:draft_id>/confirm")
def confirm(establishment_id: int, draft_id: int) -> ResponseReturnValue:
    """Record the import."""
    draft = _draft(draft_id)
    target, complete = request.form.get("target", ""), "complete" in request.form
    try:
        run_id = imports.confirm(platform(), scope(), draft.id, target, complete)
    except (Invalid, Refused) as refusal:
        seen = imports.preview(platform(), scope(), draft.id, target)
        return _preview_page(seen, refusal.text.render(current_language())), 400
    flash(_("Import enregistré."))
    return redirect(url_for("runs.one", establishment_id=establishment_id, run_id=run_id))


@pages.post("/drafts/<int:draft_id>/give-up")
def give_up(establishment_id: int, draft_id: int) -> ResponseReturnValue:
    """Forget the file."""
    import_drafts.give_up(platform(), scope(), _draft(draft_id).id)
    flash(_("Import abandonné : rien n’a été enregistré."))
    return redirect(url_for("imports.index", establishment_id=establishment_id))


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


def _preview_page(seen: ImportPreview, wrong: str = "") -> str:
    return render_template("imports/preview.html", seen=seen, wrong=wrong)


def _draft(draft_id: int) -> DraftView:
    return of_this_place(import_drafts.open_draft(platform(), scope(), draft_id))


def _to_preview(draft_id: int) -> ResponseReturnValue:
    draft = import_drafts.open_draft(platform(), scope(), draft_id)
    return redirect(url_for("imports.preview", establishment_id=draft.establishment_id, draft_id=draft.id))
