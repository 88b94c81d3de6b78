"""Lists of other tools: brought, looked at, their columns named, confirmed, taken back, deleted."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import FileField, SelectField
from wtforms.validators import InputRequired

from care.domain.access import Right
from care.services.action_query import today
from care.services.errors import Forbidden, Invalid, Refused
from care.services.lists import bringing
from care.services.lists.bringing import Origin, Preview, Sent
from care.services.lists.content import MAX_BYTES
from care.web.days import DayField
from care.web.files import attachment
from care.web.forms import Form, file_of, options, sent
from care.web.language import current_language
from care.web.pages import row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.refusals import said_as_refused
from scanners.lists.kinds import KIND_NAMES, ListKind

pages = Blueprint(
    "lists", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/lists"
)


class BringForm(Form):
    """A list: of what, made when."""

    kind = SelectField(_("Ce qu’elle contient"), [InputRequired(message=_("Dites ce que la liste contient."))])
    file = FileField(_("Fichier"), [InputRequired(message=_("Choisissez un fichier."))])
    made_on = DayField(_("Exportée le"), [InputRequired(message=_("Dites quel jour la liste a été exportée."))])

    def offer(self) -> BringForm:
        """The kinds to choose from, and the largest file taken."""
        kinds = [(kind.value, KIND_NAMES[kind].render(current_language())) for kind in bringing.kinds_of_audits()]
        self.kind.choices = options(kinds)
        limit = min(MAX_BYTES, platform().settings.upload_bytes)
        self.file.description = gettext("CSV, XLSX ou JSON, %(limit)s Mio au plus.", limit=limit >> 20)
        self.file.render_kw = {"accept": ".csv,.txt,.tsv,.xlsx,.json", "data-max-bytes": str(limit)}
        return self

    def list_sent(self) -> Sent | None:
        """What was sent; None when it was no file."""
        file = file_of(self.file)
        if not file or self.made_on.data is None:
            return None
        return Sent(ListKind(self.kind.data), file.filename or "", cast(BinaryIO, file.stream), self.made_on.data)


@pages.get("")
def index(establishment_id: int) -> str:
    """The list that counts for each kind, and those before it."""
    kinds = bringing.list_lists(platform(), scope(), establishment_id)
    return render_template("lists/index.html", kinds=kinds, may_bring=may(Right.RUN_AUDIT))


@pages.get("/new")
def new(establishment_id: int) -> str:
    """The form of a list."""
    _may_bring()
    kind = request.args.get("kind", "")
    form = BringForm(data={"kind": kind if kind in list(ListKind) else "", "made_on": today(platform())}).offer()
    return render_template("lists/new.html", form=form)


@pages.post("/new")
def bring(establishment_id: int) -> ResponseReturnValue:
    """Keep the list; what is understood of it comes next."""
    _may_bring()
    form = BringForm(sent()).offer()
    code = 400
    if form.validate():
        try:
            given = form.list_sent()
            if given is not None:
                return _to(establishment_id, bringing.bring(platform(), scope(), establishment_id, given))
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            code = 409
    return render_template("lists/new.html", form=form), code


@pages.get("/<int:list_id>")
def one(establishment_id: int, list_id: int) -> str:
    """The list as it is understood."""
    return _page(_preview(list_id))


@pages.post("/<int:list_id>/columns")
def columns(establishment_id: int, list_id: int) -> ResponseReturnValue:
    """Say which header is each column."""
    _here(establishment_id, list_id)
    prefix = "column-"
    chosen = {name.removeprefix(prefix): value for name, value in request.form.items() if name.startswith(prefix)}
    try:
        bringing.choose_columns(platform(), scope(), list_id, chosen)
    except Invalid as refusal:
        wrong = {key: text.render(current_language()) for key, text in refusal.fields.items()}
        return _page(_preview(list_id), wrong), 400
    return _to(establishment_id, list_id)


@pages.post("/<int:list_id>/confirm")
def confirm(establishment_id: int, list_id: int) -> ResponseReturnValue:
    """Have the list count."""
    _here(establishment_id, list_id)
    with said_as_refused(Refused):
        bringing.confirm(platform(), scope(), list_id, request.form.get("mapping_name", ""), _origin())
        flash(gettext("Liste confirmée : les prochains audits s’en serviront."))
        return redirect(url_for("lists.index", establishment_id=establishment_id))
    return _to(establishment_id, list_id)


@pages.post("/<int:list_id>/take-back")
def take_back(establishment_id: int, list_id: int) -> ResponseReturnValue:
    """Have the list count no more."""
    _here(establishment_id, list_id)
    bringing.take_back(platform(), scope(), list_id)
    flash(gettext("Liste retirée : celle d’avant, s’il y en a une, compte de nouveau."))
    return redirect(url_for("lists.index", establishment_id=establishment_id))


@pages.post("/<int:list_id>/forget")
def forget(establishment_id: int, list_id: int) -> ResponseReturnValue:
    """Delete the content of the list."""
    _here(establishment_id, list_id)
    with said_as_refused(Refused):
        bringing.forget(platform(), scope(), list_id)
        flash(gettext("Contenu effacé. Les audits déjà faits gardent ce qu’ils en ont tiré."))
    return redirect(url_for("lists.index", establishment_id=establishment_id))


@pages.get("/<int:list_id>/faults.csv")
def faults(establishment_id: int, list_id: int) -> Response:
    """The values that were not understood."""
    _here(establishment_id, list_id)
    return attachment(bringing.faults_csv(platform(), scope(), list_id), f"valeurs-non-comprises-{list_id}.csv")


def _page(preview: Preview, wrong: dict[str, str] | None = None) -> str:
    return render_template("lists/one.html", seen=preview, line=preview.line, wrong=wrong or {})


def _preview(list_id: int) -> Preview:
    preview = bringing.open_preview(platform(), scope(), list_id)
    of_this_place(preview.line)
    return preview


def _here(establishment_id: int, list_id: int) -> None:
    of_this_place(bringing.find_list(platform(), scope(), list_id))


def _origin() -> Origin | None:
    """What the list is beside the others of its kind; None where the page does not ask."""
    if "origin" not in request.form:
        return None
    return Origin(request.form["origin"], request.form.get("replaces", 0, type=row_number) or None)


def _to(establishment_id: int, list_id: int) -> ResponseReturnValue:
    return redirect(url_for("lists.one", establishment_id=establishment_id, list_id=list_id))


def _may_bring() -> None:
    if not may(Right.RUN_AUDIT):
        raise Forbidden
