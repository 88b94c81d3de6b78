"""Establishments: choosing one, creating one, and the home of one; creating a GHT to put them in."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Level, Place, Right, lineage
from care.domain.node_names import folded
from care.services import registry
from care.services.actions import summarise
from care.services.bia_list import list_bias
from care.services.errors import Forbidden, Invalid
from care.services.finess import finess_state, register_from_finess, search_finess
from care.services.frameworks.reading import programmes_of
from care.services.home import open_home
from care.services.library import attention
from care.services.opening import Opening, open_establishment
from care.services.paging import Page
from care.services.registry import EstablishmentView, RegionView
from care.web.bia.words import SITUATION
from care.web.establishments.forms import EstablishmentForm, GhtForm
from care.web.forms import options
from care.web.pages import asked_page
from care.web.people import platform, scope
from care.web.place import may

pages = Blueprint("establishments", __name__, template_folder="templates")
PER_PAGE = 25
NEW_ENTITY = 0


@pages.get("/establishments")
def choose() -> str:
    """The establishments of one's scope, by words, region and GHT."""
    everything = registry.list_establishments(platform(), scope())
    kept = [one for one in everything if _wanted(one)]
    first = (asked_page() - 1) * PER_PAGE
    page = Page(tuple(kept[first : first + PER_PAGE]), asked_page(), PER_PAGE, len(kept))
    return render_template(
        "establishments/choose.html",
        page=page,
        total=len(everything),
        regions=_named({(one.region_id, one.region_name) for one in everything}),
        ghts=_named({(one.ght_id, one.ght_name) for one in everything if one.ght_id}),
        may_create=scope().allows_somewhere(Right.MANAGE_REGISTRY),
    )


@pages.get("/establishments/<int:establishment_id>")
def home(establishment_id: int) -> str:
    """The home of one establishment."""
    home = open_home(platform(), scope(), establishment_id) if may(Right.SEE_FINDINGS) else None
    here = Place(Level.ESTABLISHMENT, establishment_id)
    actions = summarise(platform(), scope(), here) if may(Right.SEE_ACTIONS) else None
    proofs = attention(platform(), scope(), establishment_id) if may(Right.SEE_EVIDENCE) else None
    lines = list_bias(platform(), scope(), establishment_id).lines if home is None and may(Right.SEE_CONTINUITY) else ()
    return render_template(
        "establishments/home.html",
        home=home,
        may_run=may(Right.RUN_AUDIT),
        actions=actions,
        proofs=proofs,
        mine=[line for line in lines if line.mine],
        SITUATION=SITUATION,
        programmes=programmes_of(platform(), scope(), establishment_id) if may(Right.SEE_PROGRAMME) else None,
    )


@pages.get("/establishments/new")
def new() -> str:
    """A search in the national list, and the form to fill by hand."""
    return _new(_form())


@pages.post("/establishments/new")
def create() -> ResponseReturnValue:
    """Create the establishment and, if asked, its legal entity."""
    form = _form()
    if form.validate():
        try:
            created = _create(form)
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Établissement ajouté."))
            return redirect(url_for("establishments.home", establishment_id=created.id))
    return _new(form), 400


@pages.post("/establishments/register")
def register() -> ResponseReturnValue:
    """Add an establishment from its line of the national list."""
    _form()
    created = register_from_finess(platform(), scope(), request.form.get("finess", ""))
    flash(_("Établissement ajouté."))
    return redirect(url_for("establishments.home", establishment_id=created.id))


@pages.get("/establishments/ghts/new")
def new_ght() -> str:
    """The form of a GHT that the registry does not hold yet."""
    return _new_ght(_ght_form())


@pages.post("/establishments/ghts/new")
def create_ght() -> ResponseReturnValue:
    """Create the GHT, then go back to the establishment that needs it."""
    form = _ght_form()
    if form.validate():
        try:
            made = registry.create_ght(platform(), scope(), registry.GhtDraft(str(form.name.data), form.region_id.data))
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("GHT ajouté : %(name)s.", name=made.name))
            return redirect(url_for("establishments.new"))
    return _new_ght(form), 400


def _new_ght(form: GhtForm) -> str:
    return render_template("establishments/new_ght.html", form=form, ghts=registry.list_ghts(platform(), scope()))


def _ght_form() -> GhtForm:
    regions = _managed_regions()
    if not regions:
        raise Forbidden
    form = GhtForm(request.form)
    form.region_id.choices = options((one.id, one.name) for one in regions)
    return form


def _managed_regions() -> list[RegionView]:
    who = scope()
    return [
        one
        for one in registry.list_regions(platform(), who)
        if who.allows(Right.MANAGE_REGISTRY, lineage(region=one.id))
    ]


def _new(form: EstablishmentForm) -> str:
    words = request.args.get("q", "").strip()
    return render_template(
        "establishments/new.html",
        form=form,
        words=words,
        state=finess_state(platform(), scope()),
        lines=search_finess(platform(), scope(), words) if words else (),
        may_add_ght=bool(_managed_regions()),
    )


def _create(form: EstablishmentForm) -> EstablishmentView:
    draft = registry.EstablishmentDraft(
        finess=str(form.finess.data),
        name=str(form.name.data),
        legal_entity_id=form.legal_entity.data,
        category=form.category.data or "",
        city=form.city.data or "",
    )
    entity = registry.LegalEntityDraft(
        finess=form.entity_finess.data or "",
        name=form.entity_name.data or "",
        region_id=form.entity_region_id.data,
        ght_id=form.entity_ght_id.data or None,
    )
    return open_establishment(
        platform(), scope(), Opening(draft, entity if form.legal_entity.data == NEW_ENTITY else None)
    )


def _form() -> EstablishmentForm:
    who, app = scope(), platform()
    if not who.allows_somewhere(Right.MANAGE_REGISTRY):
        raise Forbidden
    form = EstablishmentForm(request.form)
    entities = [(one.id, f"{one.name} – {one.finess}") for one in registry.list_legal_entities(app, who)]
    form.legal_entity.choices = options([*entities, (NEW_ENTITY, _("Une autre, à créer"))])
    regions = [(one.id, one.name) for one in registry.list_regions(app, who)]
    form.entity_region_id.choices = options([(0, _("Choisir")), *regions])
    ghts = [(one.id, f"{one.name} – {one.region_name}") for one in registry.list_ghts(app, who)]
    form.entity_ght_id.choices = options([(0, _("Aucun")), *ghts])
    return form


def _wanted(one: EstablishmentView) -> bool:
    words = folded(request.args.get("q", ""))
    region, ght = request.args.get("region", ""), request.args.get("ght", "")
    return (
        words in folded(f"{one.name} {one.city} {one.finess} {one.legal_entity_name} {one.ght_name}")
        and region in ("", str(one.region_id))
        and ght in ("", str(one.ght_id))
    )


def _named(pairs: set[tuple[int | None, str]] | Sequence[tuple[int, str]]) -> dict[str, str]:
    return {str(number): name for number, name in sorted(pairs, key=lambda pair: pair[1])}
