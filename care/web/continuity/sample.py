"""The sample hospital: what it brings, a word that all of it is fictitious, and its loading."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services.continuity_sample import load_sample, preview
from care.services.errors import Forbidden, Refused
from care.web.continuity.blueprint import HERE, pages
from care.web.language import current_language
from care.web.people import platform, scope
from care.web.place import may


@pages.get(f"{HERE}/activities/sample")
def sample(establishment_id: int) -> str:
    """What would be loaded, and that it cannot be taken away."""
    return _page(establishment_id)


@pages.post(f"{HERE}/activities/sample")
def load(establishment_id: int) -> ResponseReturnValue:
    """Load it, once somebody said that this establishment is there to learn."""
    if "fictitious" not in request.form:
        return _page(
            establishment_id, _("Cochez la case : c’est elle qui évite de mêler l’exemple à de vraies données.")
        ), 400
    try:
        loaded = load_sample(platform(), scope(), establishment_id)
    except Refused as refusal:
        return _page(establishment_id, refusal.text.render(current_language())), 409
    flash(
        _(
            "%(name)s est chargé : %(activities)s activités, %(resources)s ressources, %(ties)s dépendances, toutes "
            "fictives.",
            name=loaded.name,
            activities=loaded.activities,
            resources=loaded.resources,
            ties=loaded.dependencies,
        )
    )
    return redirect(url_for("continuity.activities_list", establishment_id=establishment_id))


def _page(establishment_id: int, wrong: str = "") -> str:
    if not may(Right.MANAGE_CONTINUITY):
        raise Forbidden
    return render_template(
        "continuity/sample.html", offered=preview(platform(), scope(), establishment_id), wrong=wrong
    )
