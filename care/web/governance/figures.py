"""Monthly figures: their page, one indicator, typing a month, files."""

from __future__ import annotations

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.governance import month_of
from care.services.errors import Invalid, Refused
from care.services.governance import figure_files, figure_import, figure_writing
from care.services.governance.figures import (
    Figures,
    IndicatorView,
    MonthView,
    blank_month,
    read_figures,
    read_indicator,
)
from care.services.governance.holding import HolderView
from care.services.table_files import MAX_BYTES
from care.web.files import attachment
from care.web.forms import file_of, sent
from care.web.governance.blueprint import SITE, Where, back_to, check_managed, pages, place_in, reads, shown
from care.web.governance.forms import FigureForm, FiguresFileForm
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope


@reads("/figures")
def figures(**where: Where) -> ResponseReturnValue:
    """Every indicator: the last month, the trend, the target, what is missing."""
    view = read_figures(platform(), scope(), place_in(where))
    return shown("figures", view.holder, view=view)


@reads("/figures/<code>")
def indicator(code: str, **where: Where) -> ResponseReturnValue:
    """One indicator, month by month."""
    holder, view = read_indicator(platform(), scope(), place_in(where), code)
    form = FigureForm()
    form.fill(_month(view, request.args.get("month", "")))
    return shown("indicator", holder, view=view, form=form)


@pages.post(f"{SITE}/figures/<code>")
def set_figure(code: str, establishment_id: int) -> ResponseReturnValue:
    """Keep the figure of a month; what was typed is kept when somebody was quicker."""
    holder, view = _managed(code, establishment_id)
    form = FigureForm(request.form)
    code_of = form.saved(
        lambda: figure_writing.set_figure(platform(), scope(), establishment_id, code, form.draft(), seen_version())
    )
    if code_of:
        return shown("indicator", holder, view=view, form=form), code_of
    flash(_("Chiffre enregistré."))
    return back_to("indicator", holder.place, code=code)


@pages.post(f"{SITE}/figures/<code>/<int:figure_id>/remove")
def remove_figure(code: str, figure_id: int, establishment_id: int) -> ResponseReturnValue:
    """Take back the figure of a month."""
    holder, _view = _managed(code, establishment_id)
    figure_writing.remove_figure(platform(), scope(), establishment_id, figure_id, seen_version())
    flash(_("Chiffre retiré ; le journal garde ce qu’il était."))
    return back_to("indicator", holder.place, code=code)


@reads("/figures.csv")
def figures_csv(**where: Where) -> Response:
    """The figures, in the form that can be read back."""
    return attachment(figure_files.figures_csv(platform(), scope(), place_in(where)), "indicateurs-mensuels.csv")


@pages.get(f"{SITE}/figures-import")
def import_figures(establishment_id: int) -> ResponseReturnValue:
    """The form of an import."""
    view = _figures(establishment_id)
    return shown("figures_import", view.holder, form=FiguresFileForm(), view=view)


@pages.post(f"{SITE}/figures-import")
def preview_figures(establishment_id: int) -> ResponseReturnValue:
    """What the file would do."""
    view, form = _figures(establishment_id), FiguresFileForm(sent())
    form.validate()
    file = file_of(form.file)
    try:
        text = (
            figure_import.table_text(file.read(MAX_BYTES + 1), file.filename or "") if file else form.lines.data or ""
        )
    except Invalid as refusal:
        form.blame(refusal)
        return shown("figures_import", view.holder, form=form, view=view), 400
    return _preview(view, form, text)


@pages.post(f"{SITE}/figures-import/confirm")
def confirm_figures(establishment_id: int) -> ResponseReturnValue:
    """Do what was shown."""
    view, form = _figures(establishment_id), FiguresFileForm(request.form)
    text, seen = form.lines.data or "", request.form.get("seen", "")
    try:
        figure_import.apply_import(platform(), scope(), establishment_id, text, form.source.data or "", seen)
    except Refused as refusal:
        form.other_errors.append(refusal.text.render(current_language()))
        return _preview(view, form, text, 409)
    except Invalid as refusal:
        form.blame(refusal)
        return shown("figures_import", view.holder, form=form, view=view), 400
    flash(_("Indicateurs mis à jour."))
    return back_to("figures", view.holder.place)


def _preview(view: Figures, form: FiguresFileForm, text: str, code: int = 200) -> ResponseReturnValue:
    place = view.holder.place
    try:
        preview = figure_import.preview_import(platform(), scope(), place.id, text, form.source.data or "")
    except Invalid as refusal:
        form.blame(refusal)
        form.lines.data = text
        return shown("figures_import", view.holder, form=form, view=view), 400
    return shown("figures_preview", view.holder, form=form, preview=preview, text=text), code


def _figures(establishment_id: int) -> Figures:
    view = read_figures(platform(), scope(), place_in({"establishment_id": establishment_id}))
    check_managed(view.holder)
    return view


def _managed(code: str, establishment_id: int) -> tuple[HolderView, IndicatorView]:
    holder, view = read_indicator(platform(), scope(), place_in({"establishment_id": establishment_id}), code)
    check_managed(holder)
    return holder, view


def _month(view: IndicatorView, asked: str) -> MonthView:
    """The month to type: the one asked for, else the latest over that nobody filled, else the present one."""
    known = {one.month: one for one in view.months}
    this_month = view.months[0].month
    empty = [one for one in view.months[1:] if not one.given]
    chosen = (empty[0] if empty else view.months[0]).month
    try:
        typed = month_of(asked) if asked else chosen
    except ValueError:
        typed = chosen
    month = typed if typed <= this_month else chosen
    return known.get(month) or blank_month(month, current_language())
