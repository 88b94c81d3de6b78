"""The systems of the inventory as a spreadsheet, and back."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from care.domain.access import Right
from care.services.backups.inventory import SYSTEMS
from care.services.errors import Forbidden
from care.web.backups.routes import HERE
from care.web.place import may
from care.web.registers import RegisterFiles

pages = Blueprint("backup_systems", __name__)
RegisterFiles(SYSTEMS, "backup_systems", _("Systèmes sauvegardés"), "systemes-sauvegardes").add_to(
    pages, f"{HERE}/systems"
)


@pages.get(f"{HERE}/systems")
def index(establishment_id: int) -> ResponseReturnValue:
    """The register is read on the board."""
    if not may(Right.SEE_FINDINGS):
        raise Forbidden
    return redirect(url_for("backups.index", establishment_id=establishment_id))
