"""The sheet of an establishment: its profile, its place over time, its closing or merger."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Level
from care.services import establishment_moves, profiles, registry
from care.services.action_query import today
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.places import find_place
from care.services.profiles import ProfileView
from care.web.forms import options
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.profiles.forms import CloseForm, GhtForm, MoveForm, ProfileForm
from care.web.refusals import said_as_refused
from scanners.model import Text

pages = Blueprint("profiles", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/profile"
NO_GHT = 0
UNKNOWN = Text(
    "Ce numéro n’est pas dans le registre, ou pas parmi ceux que vous suivez.",
    "This number is not in the registry, or not among those you follow.",
)


@pages.get(HERE)
def one(establishment_id: int) -> str:
    """What the establishment is, where it is and was."""
    return render_template("profiles/one.html", view=profiles.open_profile(platform(), scope(), establishment_id))


@pages.get(f"{HERE}/edit")
def edit(establishment_id: int) -> str:
    """The form of the profile."""
    view, form = _followed(establishment_id), _profile_form()
    form.show(view.draft)
    form.since.data = today(platform())
    form.version.data = str(view.version)
    return _page("profiles/edit.html", form, view)


@pages.post(f"{HERE}/edit")
def change(establishment_id: int) -> ResponseReturnValue:
    """Record the profile; what was typed is kept when somebody was quicker."""
    view, form, version = _followed(establishment_id), _profile_form(), seen_version()
    code = form.saved(
        lambda: profiles.save_profile(platform(), scope(), establishment_id, form.draft(), version, form.since.data)
    )
    if code:
        form.version.data = str(view.version)
        return _page("profiles/edit.html", form, view), code
    flash(_("Fiche enregistrée."))
    return _back(establishment_id)


@pages.get(f"{HERE}/move")
def move(establishment_id: int) -> str:
    """The form of a change of region, legal entity or category."""
    view, form = _followed(establishment_id), _move_form()
    form.region_id.data, form.category.data = view.region_id, view.category
    form.legal_entity_id.data = view.legal_entity_finess
    form.since.data, form.version.data = today(platform()), str(view.version)
    return _page("profiles/move.html", form, view)


@pages.post(f"{HERE}/move")
def record_move(establishment_id: int) -> ResponseReturnValue:
    """Record it, from its day on."""
    view, form, version = _followed(establishment_id), _move_form(), seen_version()
    code = form.saved(lambda: _move(establishment_id, form, version))
    if code:
        form.version.data = str(view.version)
        return _page("profiles/move.html", form, view), code
    flash(_("Rattachement enregistré ; les chiffres des mois passés ne changent pas."))
    return _back(establishment_id)


@pages.get(f"{HERE}/ght")
def join(establishment_id: int) -> str:
    """The form of the GHT of its legal entity."""
    view, form = _followed(establishment_id), _ght_form()
    form.ght.data, form.since.data = view.ght_id or NO_GHT, today(platform())
    return _page("profiles/ght.html", form, view)


@pages.post(f"{HERE}/ght")
def record_join(establishment_id: int) -> ResponseReturnValue:
    """Put the legal entity in a GHT, or out of any."""
    view, form = _followed(establishment_id), _ght_form()
    code = form.saved(
        lambda: registry.join_ght(
            platform(), scope(), view.legal_entity_id, form.ght.data or None, view.supports_ght, form.since.data
        )
    )
    if code:
        return _page("profiles/ght.html", form, view), code
    flash(_("GHT enregistré pour tous les établissements de l’entité."))
    return _back(establishment_id)


@pages.get(f"{HERE}/close")
def close(establishment_id: int) -> str:
    """The form of a closing or a merger."""
    view, form = _followed(establishment_id), CloseForm(request.form)
    form.on.data, form.version.data = view.closed_on or today(platform()), str(view.version)
    return _page("profiles/close.html", form, view)


@pages.post(f"{HERE}/close")
def record_close(establishment_id: int) -> ResponseReturnValue:
    """Record it: nothing is erased."""
    view, form, version = _followed(establishment_id), CloseForm(request.form), seen_version()
    code = form.saved(lambda: _close(establishment_id, form, version))
    if code:
        form.version.data = str(view.version)
        return _page("profiles/close.html", form, view), code
    flash(_("Fermeture enregistrée : son histoire reste lisible."))
    return _back(establishment_id)


@pages.post(f"{HERE}/reopen")
def reopen(establishment_id: int) -> ResponseReturnValue:
    """Take a closing back."""
    _followed(establishment_id)
    with said_as_refused(Refused):
        establishment_moves.reopen_establishment(platform(), scope(), establishment_id, seen_version())
        flash(_("Fermeture annulée."))
    return _back(establishment_id)


def _followed(establishment_id: int) -> ProfileView:
    view = profiles.open_profile(platform(), scope(), establishment_id)
    if not view.may_edit:
        raise Forbidden
    return view


def _move(establishment_id: int, form: MoveForm, version: int) -> None:
    entity = _number(Level.LEGAL_ENTITY, form.legal_entity_id.data or "", "legal_entity_id")
    wanted = establishment_moves.Move(form.region_id.data, entity, form.category.data or "", form.day())
    establishment_moves.move_establishment(platform(), scope(), establishment_id, wanted, version)


def _close(establishment_id: int, form: CloseForm, version: int) -> None:
    typed = (form.successor_id.data or "").strip()
    successor = _number(Level.ESTABLISHMENT, typed, "successor_id") if typed else None
    establishment_moves.close_establishment(platform(), scope(), establishment_id, form.day(), successor, version)


def _number(level: Level, typed: str, field: str) -> int:
    """The row of a FINESS number; Invalid beside its field when the reader sees none."""
    try:
        return find_place(platform(), scope(), level, typed).id
    except NotFound:
        raise Invalid({field: UNKNOWN}) from None


def _profile_form() -> ProfileForm:
    form = ProfileForm(request.form)
    form.prepare()
    return form


def _move_form() -> MoveForm:
    form = MoveForm(request.form)
    form.region_id.choices = options((one.id, one.name) for one in registry.list_regions(platform(), scope()))
    return form


def _ght_form() -> GhtForm:
    form = GhtForm(request.form)
    ghts = [(one.id, f"{one.name} – {one.region_name}") for one in registry.list_ghts(platform(), scope())]
    form.ght.choices = options([(NO_GHT, _("Aucun")), *ghts])
    return form


def _page(template: str, form: object, view: ProfileView) -> str:
    return render_template(template, form=form, view=view)


def _back(establishment_id: int) -> ResponseReturnValue:
    return redirect(url_for("profiles.one", establishment_id=establishment_id))
