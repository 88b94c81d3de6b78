"""The catalogue: one list to search, the entries of a region, and “where to find help” beside what it helps with."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.catalogue import OfferKind, Theme
from care.services import catalogue
from care.services.catalogue import CatalogueFilter, OfferView
from care.services.errors import Refused
from care.web.catalogue.forms import EntryForm
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may
from care.web.refusals import said_as_refused

pages = Blueprint("catalogue", __name__, template_folder="templates")


@pages.app_template_global("help_with")
def help_with(refs: Iterable[str]) -> tuple[OfferView, ...]:
    """What helps with requirements, for `catalogue/help.html`."""
    return catalogue.help_with(platform(), scope(), refs)


@pages.app_template_global("help_with_rules")
def help_with_rules(rules: Iterable[str]) -> tuple[OfferView, ...]:
    """What helps with rules, for `catalogue/help.html`."""
    return catalogue.help_with_rules(platform(), scope(), rules)


@pages.get("/catalogue")
def index() -> str:
    """What may help, searched by words, kind and theme."""
    wanted = _wanted()
    found = catalogue.list_offers(platform(), scope(), wanted)
    asks = g.place is not None and may(Right.SEE_ACTIONS)
    return render_template("catalogue/index.html", found=found, wanted=wanted, asks=asks)


@pages.get("/catalogue/new")
def new() -> str:
    """The form of an offer to add."""
    form = EntryForm()
    form.prepare(catalogue.places_to_write(platform(), scope()))
    return render_template("catalogue/entry.html", form=form, entry=None)


@pages.post("/catalogue/new")
def add() -> ResponseReturnValue:
    """Add it."""
    form = EntryForm(request.form)
    form.prepare(catalogue.places_to_write(platform(), scope()))
    code = form.saved(lambda: catalogue.add_entry(platform(), scope(), form.draft()))
    if code:
        return render_template("catalogue/entry.html", form=form, entry=None), code
    flash(_("Offre ajoutée au catalogue."))
    return redirect(url_for("catalogue.index"))


@pages.get("/catalogue/<int:entry_id>")
def edit(entry_id: int) -> str:
    """The form of an offer that was added."""
    entry, form = catalogue.open_entry(platform(), scope(), entry_id), EntryForm()
    form.prepare(())
    form.fill(entry.draft, entry.version)
    return render_template("catalogue/entry.html", form=form, entry=entry)


@pages.post("/catalogue/<int:entry_id>")
def change(entry_id: int) -> ResponseReturnValue:
    """Change it; what was typed is kept when somebody was quicker."""
    entry, form = catalogue.open_entry(platform(), scope(), entry_id), EntryForm(request.form)
    form.prepare(())
    code = form.saved(lambda: catalogue.change_entry(platform(), scope(), entry_id, form.draft(), seen_version()))
    if code:
        form.version.data = str(entry.version) if code == 409 else form.version.data
        return render_template("catalogue/entry.html", form=form, entry=entry), code
    flash(_("Offre enregistrée."))
    return redirect(url_for("catalogue.index", _anchor=f"entry-{entry_id}"))


@pages.post("/catalogue/<int:entry_id>/end")
def end(entry_id: int) -> ResponseReturnValue:
    """Take it out of the catalogue."""
    catalogue.open_entry(platform(), scope(), entry_id)
    with said_as_refused(Refused):
        catalogue.end_entry(platform(), scope(), entry_id, seen_version())
        flash(_("Offre retirée du catalogue."))
    return redirect(url_for("catalogue.index"))


def _wanted() -> CatalogueFilter:
    asked = request.args
    kind, theme = asked.get("kind", ""), asked.get("theme", "")
    return CatalogueFilter(
        search=asked.get("q", "")[:200],
        kind=OfferKind(kind) if kind in list(OfferKind) else None,
        theme=Theme(theme) if theme in list(Theme) else None,
        base_only="base" in asked,
    )
