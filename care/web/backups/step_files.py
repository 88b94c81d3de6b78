"""The dated steps towards 3-2-1 as a spreadsheet, and back."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from care.domain.access import Right
from care.services.backups.inventory import STEPS
from care.services.errors import Forbidden
from care.web.backups.routes import HERE
from care.web.place import may
from care.web.registers import RegisterFiles

pages = Blueprint("backup_steps", __name__)
RegisterFiles(STEPS, "backup_steps", _("Trajectoire"), "jalons-de-sauvegarde").add_to(pages, f"{HERE}/steps")


@pages.get(f"{HERE}/steps/register")
def index(establishment_id: int) -> ResponseReturnValue:
    """The register is read on the page of the trajectory."""
    if not may(Right.SEE_FINDINGS):
        raise Forbidden
    return redirect(url_for("backups.steps", establishment_id=establishment_id))
