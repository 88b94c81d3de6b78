"""What holds audits back in an establishment: one page to read it and to change it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right
from care.services import restraints
from care.services.errors import Forbidden, Invalid
from care.web.forms import Form
from care.web.people import platform, scope
from care.web.place import may
from care.web.restraints.forms import ExclusionForm, FreezeForm, QuietForm

pages = Blueprint(
    "restraints", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/restraints"
)


@pages.get("")
def index(establishment_id: int) -> str:
    """Exclusions, quiet hours, freezes, and whether everything is stopped."""
    return _page(establishment_id)


@pages.post("/exclusions")
def exclude(establishment_id: int) -> ResponseReturnValue:
    """Spare something for a while."""
    form = ExclusionForm(request.form)
    done = _saved(form, lambda: restraints.add_exclusion(platform(), scope(), establishment_id, form.draft()))
    if not done:
        return _page(establishment_id, exclusion=form), 400
    flash(_("Exclusion enregistrée : les audits en cours en tiennent compte dans les secondes qui viennent."))
    return _back(establishment_id)


@pages.post("/exclusions/<int:exclusion_id>/lift")
def lift(establishment_id: int, exclusion_id: int) -> ResponseReturnValue:
    """End an exclusion before its date."""
    restraints.lift_exclusion(platform(), scope(), establishment_id, exclusion_id)
    flash(_("Exclusion levée : le prochain audit y regarde de nouveau."))
    return _back(establishment_id)


@pages.post("/quiet")
def add_quiet(establishment_id: int) -> ResponseReturnValue:
    """Hours without audits."""
    form = QuietForm(request.form)
    if not _saved(form, lambda: restraints.add_quiet(platform(), scope(), establishment_id, form.draft())):
        return _page(establishment_id, quiet=form), 400
    flash(_("Heures calmes enregistrées."))
    return _back(establishment_id)


@pages.post("/quiet/<int:quiet_id>/remove")
def remove_quiet(establishment_id: int, quiet_id: int) -> ResponseReturnValue:
    """Audits may go on at these hours again."""
    restraints.remove_quiet(platform(), scope(), establishment_id, quiet_id)
    flash(_("Heures calmes supprimées."))
    return _back(establishment_id)


@pages.post("/freezes")
def add_freeze(establishment_id: int) -> ResponseReturnValue:
    """Days without audits."""
    form = FreezeForm(request.form)
    if not _saved(form, lambda: restraints.add_freeze(platform(), scope(), establishment_id, form.draft())):
        return _page(establishment_id, freeze=form), 400
    flash(_("Gel enregistré."))
    return _back(establishment_id)


@pages.post("/freezes/<int:freeze_id>/remove")
def remove_freeze(establishment_id: int, freeze_id: int) -> ResponseReturnValue:
    """Audits may go on on these days again."""
    restraints.remove_freeze(platform(), scope(), establishment_id, freeze_id)
    flash(_("Gel supprimé."))
    return _back(establishment_id)


@pages.post("/stop")
def stop(establishment_id: int) -> ResponseReturnValue:
    """End every audit here, now."""
    reason = request.form.get("reason", "")
    ended = restraints.stop_everything(platform(), scope(), establishment_id, reason)
    done = ngettext("%(num)s audit est arrêté.", "%(num)s audits sont arrêtés.", ended) if ended else ""
    flash(_("Tout est arrêté : aucun audit ne repart avant votre accord.") + f" {done}".rstrip())
    return _back(establishment_id)


@pages.post("/allow")
def allow(establishment_id: int) -> ResponseReturnValue:
    """Audits may start again."""
    restraints.allow_again(platform(), scope(), establishment_id)
    flash(_("Les audits sont de nouveau autorisés."))
    return _back(establishment_id)


def _saved(form: Form, save: Callable[[], object]) -> bool:
    """Whether a form was valid and recorded; its faults are then beside its fields."""
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden
    if not form.validate():
        return False
    try:
        save()
    except Invalid as refusal:
        form.blame(refusal)
        return False
    return True


def _back(establishment_id: int) -> ResponseReturnValue:
    return redirect(url_for("restraints.index", establishment_id=establishment_id))


def _page(
    establishment_id: int,
    exclusion: ExclusionForm | None = None,
    quiet: QuietForm | None = None,
    freeze: FreezeForm | None = None,
) -> str:
    found = restraints.list_restraints(platform(), scope(), establishment_id)
    return render_template(
        "restraints/index.html",
        found=found,
        exclusion=exclusion or ExclusionForm(),
        quiet=quiet or QuietForm(),
        freeze=freeze or FreezeForm(),
        may_manage=may(Right.MANAGE_TARGETS),
        may_run=may(Right.RUN_AUDIT),
    )
