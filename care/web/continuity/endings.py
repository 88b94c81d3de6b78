"""Activities and resources that end, with what still refers to them; and those that come back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.continuity import Nature
from care.services.action_query import today
from care.services.activities import ActivityView, open_activity
from care.services.errors import Forbidden, Refused
from care.services.node_ending import end_node, reopen_node, what_refers
from care.services.resources import ResourceView, open_resource
from care.web.continuity.blueprint import HERE, pages
from care.web.continuity.forms import EndForm
from care.web.continuity.links import PAGES, node_address
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import of_this_place
from care.web.refusals import said_as_refused

NATURES = {"activities": Nature.ACTIVITY, "resources": Nature.RESOURCE}
ONE = f"{HERE}/<any(activities, resources):family>/<int:node_id>"


@pages.get(f"{ONE}/end")
def ending(establishment_id: int, family: str, node_id: int) -> str:
    """What still refers to the node, and the form of its end date."""
    known = _known(NATURES[family], node_id)
    form = EndForm()
    form.ended_on.data = today(platform())
    return _page(family, known, form)


@pages.post(f"{ONE}/end")
def end(establishment_id: int, family: str, node_id: int) -> ResponseReturnValue:
    """End the node; its history stays."""
    nature = NATURES[family]
    known, form = _known(nature, node_id), EndForm(request.form)
    seen = seen_version()
    if wrong := form.saved(lambda: end_node(platform(), scope(), nature, node_id, form.ended_on.data, seen)):
        return _page(family, known, form), wrong
    flash(_("La fin de « %(name)s » est enregistrée ; son histoire reste.", name=known.name))
    return redirect(url_for(PAGES[nature], establishment_id=establishment_id, node_id=node_id))


@pages.post(f"{ONE}/reopen")
def reopen(establishment_id: int, family: str, node_id: int) -> ResponseReturnValue:
    """Bring the node back, with what it was tied to."""
    nature = NATURES[family]
    known = _known(nature, node_id)
    with said_as_refused(Refused):
        reopen_node(platform(), scope(), nature, node_id, seen_version())
        flash(_("« %(name)s » est de nouveau en cours.", name=known.name))
    return redirect(url_for(PAGES[nature], establishment_id=establishment_id, node_id=node_id))


def _known(nature: Nature, node_id: int) -> ActivityView | ResourceView:
    known: ActivityView | ResourceView
    if nature is Nature.ACTIVITY:
        known = of_this_place(open_activity(platform(), scope(), node_id))
    else:
        known = of_this_place(open_resource(platform(), scope(), node_id))
    if not known.may_manage:
        raise Forbidden
    return known


def _page(family: str, known: ActivityView | ResourceView, form: EndForm) -> str:
    nature = NATURES[family]
    return render_template(
        "continuity/end.html",
        known=known,
        family=family,
        form=form,
        found=what_refers(platform(), scope(), nature, known.id),
        back=url_for(PAGES[nature], establishment_id=known.establishment_id, node_id=known.id),
        address_of=node_address,
    )
