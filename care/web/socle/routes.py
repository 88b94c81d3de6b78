"""The yearly base of one establishment, and of all those one sees."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services.errors import Forbidden, NotFound
from care.services.socle.amounts import set_amounts
from care.services.socle.exports import socle_xlsx
from care.services.socle.reading import SoclePage, list_year, read_year
from care.web.files import attachment
from care.web.pages import asked_page, seen_version
from care.web.people import platform, scope
from care.web.socle.forms import AmountsForm

pages = Blueprint("socle", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/socle"
YEAR = f"{HERE}/<int:year>"


@pages.get(HERE)
def here(establishment_id: int) -> str:
    """The present year."""
    return _page(read_year(platform(), scope(), establishment_id))


@pages.get(YEAR)
def one(establishment_id: int, year: int) -> str:
    """One year."""
    return _page(read_year(platform(), scope(), establishment_id, year))


@pages.post(YEAR)
def write(establishment_id: int, year: int) -> ResponseReturnValue:
    """Keep its amounts; when somebody was quicker, what was typed stays."""
    page = read_year(platform(), scope(), establishment_id, year)
    if not page.may_manage:
        raise Forbidden
    form, seen = AmountsForm(request.form), seen_version()
    if status := form.saved(lambda: set_amounts(platform(), scope(), establishment_id, year, form.draft(), seen)):
        return _page(page, form, page.amounts.version if status == 409 else seen), status
    flash(_("Montants enregistrés."))
    return redirect(url_for("socle.one", establishment_id=establishment_id, year=year))


@pages.get("/socle")
def everywhere() -> str:
    """The establishments that one sees, in a year."""
    if not scope().allows_somewhere(Right.SEE_PROGRAMME):
        raise Forbidden
    words = _words()
    found = list_year(platform(), scope(), _year(), words, asked_page())
    return render_template("socle/index.html", found=found, words=words)


@pages.get("/socle.xlsx")
def workbook() -> Response:
    """The same as a workbook."""
    year = _year() or list_year(platform(), scope()).year
    return attachment(socle_xlsx(platform(), scope(), year, _words()), f"socle-cyber-{year}.xlsx")


def _words() -> str:
    return " ".join(request.args.get("q", "").split())[:100]


def _year() -> int | None:
    asked = request.args.get("year", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) == len("2026")):
        raise NotFound
    return int(asked)


def _page(page: SoclePage, form: AmountsForm | None = None, version: int | None = None) -> str:
    if form is None:
        form = AmountsForm()
        form.show(page.amounts)
    shown = page.amounts.version if version is None else version
    return render_template("socle/one.html", page=page, form=form, version=shown)
