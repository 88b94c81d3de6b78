"""The « plan blanc numérique » checklist: answers, notes, actions, print."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.crisis import ItemState
from care.services import checklists
from care.services.errors import Forbidden, Invalid, Refused
from care.web.crisis.blueprint import HERE, pages
from care.web.files import attachment
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may


@dataclass(frozen=True)
class Typed:
    """What could not be recorded for one item: shown again with its sentence."""

    item: str = ""
    state: str = ""
    note: str = ""
    wrong: str = ""


@pages.get(f"{HERE}/checklist")
def checklist(establishment_id: int) -> str:
    """The checklist and its progress."""
    return _page(establishment_id, Typed())


@pages.get(f"{HERE}/checklist.pdf")
def checklist_pdf(establishment_id: int) -> Response:
    """The checklist with its answers, to print."""
    return attachment(checklists.checklist_pdf(platform(), scope(), establishment_id), "plan-blanc-numerique.pdf")


@pages.post(f"{HERE}/checklist/<item_id>")
def answer_item(establishment_id: int, item_id: str) -> ResponseReturnValue:
    """Answer one item."""
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden
    state, note = request.form.get("state", ""), request.form.get("note", "")
    version = seen_version()
    if state not in list(ItemState):
        return _page(establishment_id, Typed(item_id, state, note, _("Choisissez une réponse."))), 400
    try:
        checklists.answer(platform(), scope(), establishment_id, item_id, ItemState(state), note, version)
    except Invalid as refusal:
        return _page(establishment_id, _wrong(item_id, state, note, refusal)), 400
    except Refused as refusal:
        return _page(establishment_id, _wrong(item_id, state, note, refusal)), 409
    flash(_("Réponse enregistrée."))
    return _back(establishment_id, item_id)


@pages.post(f"{HERE}/checklist/<item_id>/action")
def act_on_item(establishment_id: int, item_id: str) -> ResponseReturnValue:
    """Create an action from the item, and open it."""
    number = checklists.act_on(platform(), scope(), establishment_id, item_id)
    flash(_("Action créée : complétez son responsable et son échéance."))
    return redirect(url_for("actions.edit", establishment_id=establishment_id, action_id=number))


def _wrong(item_id: str, state: str, note: str, refusal: Invalid | Refused) -> Typed:
    return Typed(item_id, state, note, refusal.text.render(current_language()))


def _page(establishment_id: int, typed: Typed) -> str:
    view = checklists.open_checklist(platform(), scope(), establishment_id)
    return render_template(
        "crisis/checklist.html", view=view, typed=typed, said=checklists.progress_words(view.progress, scope().lang)
    )


def _back(establishment_id: int, item_id: str) -> ResponseReturnValue:
    return redirect(url_for("crisis.checklist", establishment_id=establishment_id, _anchor=item_id))
