"""The library of definitions of indicators: the list, one in full, and the wish to have everything measured now."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services.indicators import measuring_job, shown_definitions
from care.web.people import platform, scope

pages = Blueprint("indicators", __name__, template_folder="templates")


@pages.get("/indicators")
def index() -> str:
    """Every indicator in force."""
    return render_template("indicators/index.html", shelf=shown_definitions.list_definitions(platform(), scope()))


@pages.get("/indicators/<indicator>")
def one(indicator: str) -> str:
    """How one is counted, the version in force unless another is named."""
    page = shown_definitions.read_definition(platform(), scope(), indicator, request.args.get("version", ""))
    return render_template("indicators/one.html", page=page)


@pages.post("/indicators/measure")
def measure() -> ResponseReturnValue:
    """Have every establishment measured as soon as a worker is free."""
    if measuring_job.ask(platform(), scope()) is None:
        flash(_("La mesure est déjà demandée : elle commence dans la minute."))
    else:
        flash(_("Mesure demandée : les valeurs de ce mois changent dès qu’elle est finie, les chiffres peu après."))
    return redirect(url_for("indicators.index"))
