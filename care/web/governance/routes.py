"""The overview of governance, the workbook, and the pages of each register."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue

from care.services.governance.tiles import read_overview
from care.services.governance.workbook import governance_xlsx
from care.web.files import attachment
from care.web.governance import budget, committees, figures, roles
from care.web.governance.blueprint import Where, pages, place_in, reads, shown
from care.web.people import platform, scope

__all__ = ["budget", "committees", "figures", "pages", "roles"]
"""The pages of registers are registered by being read."""


@reads()
def index(**where: Where) -> ResponseReturnValue:
    """The registers at a glance."""
    view = read_overview(platform(), scope(), place_in(where))
    return shown("index", view.holder, view=view)


@reads("/file.xlsx")
def file(**where: Where) -> Response:
    """Every register in one workbook."""
    return attachment(governance_xlsx(platform(), scope(), place_in(where)), "gouvernance.xlsx")
