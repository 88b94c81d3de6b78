"""The budget, year by year."""

from __future__ import annotations

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.governance import EARLIEST_YEAR
from care.services.errors import NotFound
from care.services.governance.budget_writing import set_budget
from care.services.governance.budgets import Budget, YearView, read_budget
from care.web.governance.blueprint import Where, back_to, check_managed, place_in, reads, shown, writes
from care.web.governance.forms import BudgetForm
from care.web.pages import seen_version
from care.web.people import platform, scope

_OFFERED = 4
"""Years behind that the page offers to type."""


@reads("/budget")
def budget(**where: Where) -> ResponseReturnValue:
    """The share of the digital and of cybersecurity, year by year."""
    view = read_budget(platform(), scope(), place_in(where))
    said = {one.year for one in view.years if one.version}
    offered = [one for one in range(view.this_year + 1, view.this_year - _OFFERED, -1) if one not in said]
    return shown("budget", view.holder, view=view, offered=offered)


@reads("/budget/<int:year>")
def budget_year(year: int, **where: Where) -> ResponseReturnValue:
    """The form of a year."""
    view = _managed(where, year)
    found, form = _year(view, year), BudgetForm()
    form.fill(found)
    return shown("budget_year", view.holder, form=form, year=year, found=found)


@writes("/budget/<int:year>")
def set_budget_year(year: int, **where: Where) -> ResponseReturnValue:
    """Keep what is said of a year; what was typed is kept when somebody was quicker."""
    view, place, form = _managed(where, year), place_in(where), BudgetForm(request.form)
    found = _year(view, year)
    code = form.saved(lambda: set_budget(platform(), scope(), place, year, form.draft(), seen_version()))
    if code:
        if code == 409:
            form.version.data = str(found.version if found else 0)
        return shown("budget_year", view.holder, form=form, year=year, found=found), code
    flash(_("Budget %(year)s enregistré.", year=year))
    return back_to("budget", place)


def _managed(where: dict[str, Where], year: int) -> Budget:
    """The budget, if this person may change it. NotFound for a year that nobody can type."""
    view = read_budget(platform(), scope(), place_in(where))
    check_managed(view.holder)
    if not EARLIEST_YEAR <= year <= view.this_year + 1:
        raise NotFound
    return view


def _year(view: Budget, year: int) -> YearView | None:
    return next((one for one in view.years if one.year == year), None)
