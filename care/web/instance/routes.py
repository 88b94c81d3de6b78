"""Where the survival of the installation stands, and a drill asked for now."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right, lineage
from care.services.errors import Forbidden
from care.services.instance import standing
from care.web.people import platform, scope
from care.web.trail.words import ACTIONS

pages = Blueprint("instance", __name__, template_folder="templates", url_prefix="/instance")


@pages.before_request
def administrators_only() -> None:
    """Nothing here is for who does not administer the whole installation."""
    if not scope().allows(Right.MANAGE_FEDERATION, lineage()):
        raise Forbidden


@pages.get("")
def index() -> str:
    """The last backup, the last drill, and what came before."""
    return render_template("instance/index.html", found=standing.survival(platform(), scope()), actions=ACTIONS)


@pages.post("/drill")
def drill() -> ResponseReturnValue:
    """Have the newest backup restored in a side place and read whole, now."""
    standing.ask_drill(platform(), scope())
    flash(_("L’essai est demandé ; son résultat s’affichera ici."))
    return redirect(url_for("instance.index"))
