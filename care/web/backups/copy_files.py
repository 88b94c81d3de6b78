"""The copies of the inventory as a spreadsheet, and back."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from care.domain.access import Right
from care.services.backups.inventory import COPIES
from care.services.errors import Forbidden
from care.web.backups.routes import HERE
from care.web.place import may
from care.web.registers import RegisterFiles

pages = Blueprint("backup_copies", __name__)
RegisterFiles(COPIES, "backup_copies", _("Copies de sauvegarde"), "copies-de-sauvegarde").add_to(
    pages, f"{HERE}/copies"
)


@pages.get(f"{HERE}/copies")
def index(establishment_id: int) -> ResponseReturnValue:
    """The register is read on the board."""
    if not may(Right.SEE_FINDINGS):
        raise Forbidden
    return redirect(url_for("backups.index", establishment_id=establishment_id))
