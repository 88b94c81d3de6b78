"""Impact analyses: the list, the versions of an activity, one version, two compared. The guided entry is in `entry`."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right
from care.domain.bia_scale import DEFAULT_SCALE
from care.services import bia_compare, bia_list, bia_models, bia_needs, bia_view, bias
from care.services.bia_list import ActivityBias, Situation
from care.services.bia_scales import open_scale
from care.services.bias import Source
from care.services.errors import Invalid, Refused
from care.web.bia import entry, scale
from care.web.bia.blueprint import HERE, ONE, pages
from care.web.bia.words import QUESTION, SITUATION, STAGE, tone
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place

__all__ = ["entry", "pages", "scale"]
"""Importing the other files gives them their routes."""


@pages.context_processor
def words() -> dict[str, object]:
    """What every template of the subject needs."""
    return {"QUESTION": QUESTION, "SITUATION": SITUATION, "STAGE": STAGE, "tone": tone}


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """The analyses of the establishment: what is missing, what is old, what waits for a decision."""
    asked = request.args.get("situation", "")
    only = Situation(asked) if asked in list(Situation) else None
    found = bia_list.list_bias(platform(), scope(), establishment_id, only)
    return render_template("bia/index.html", found=found, only=only)


@pages.get(f"{HERE}/activities/<int:node_id>")
def of_activity(establishment_id: int, node_id: int) -> str:
    """The versions of an activity, and how to begin another."""
    return _of_activity(_activity(node_id))


@pages.post(f"{HERE}/activities/<int:node_id>/start")
def start(establishment_id: int, node_id: int) -> ResponseReturnValue:
    """Begin a draft and go to its first page."""
    known = _activity(node_id)
    asked = request.form.get("source", "")
    source = Source(asked) if asked in list(Source) else Source.NOTHING
    try:
        number = bias.start_bia(platform(), scope(), node_id, source, request.form.get("model", ""))
    except (Invalid, Refused) as refusal:
        return _of_activity(_activity(known.activity.id), refusal.text.render(current_language())), 400
    return redirect(url_for("bia.fill", establishment_id=establishment_id, bia_id=number, stage="about"))


def _activity(node_id: int) -> ActivityBias:
    known = bia_list.bias_of_activity(platform(), scope(), node_id)
    of_this_place(known.activity)
    return known


def _of_activity(known: ActivityBias, wrong: str = "") -> str:
    return render_template(
        "bia/activity.html",
        known=known,
        may_take=may(Right.MANAGE_CONTINUITY) and bool(known.likely_model) and known.activity.ended_on is None,
        models=bia_models.list_models(platform(), scope()) if known.may_fill else (),
        model=request.values.get("model") or known.likely_model,
        wrong=wrong,
    )


@pages.get(ONE)
def one(establishment_id: int, bia_id: int) -> str:
    """One version, to read."""
    view = of_this_place(bia_view.open_bia(platform(), scope(), bia_id))
    return render_template("bia/one.html", view=view)


@pages.post(f"{ONE}/propose")
def propose(establishment_id: int, bia_id: int) -> ResponseReturnValue:
    """Say that the draft is ready."""
    return _decide(establishment_id, bia_id, "propose")


@pages.post(f"{ONE}/validate")
def validate(establishment_id: int, bia_id: int) -> ResponseReturnValue:
    """Put the draft into force."""
    return _decide(establishment_id, bia_id, "validate")


@pages.post(f"{ONE}/give-up")
def give_up(establishment_id: int, bia_id: int) -> ResponseReturnValue:
    """Abandon the draft."""
    return _decide(establishment_id, bia_id, "give_up")


def _decide(establishment_id: int, bia_id: int, what: str) -> ResponseReturnValue:
    view = of_this_place(bia_view.open_bia(platform(), scope(), bia_id))
    act = {"propose": bias.propose_bia, "validate": bias.put_into_force, "give_up": bias.give_up_bia}[what]
    said = {
        "propose": _("Bilan proposé : le RSSI ou la direction le mettra en vigueur."),
        "validate": _("Bilan mis en vigueur."),
        "give_up": _("Brouillon abandonné ; il reste dans les versions."),
    }[what]
    try:
        act(platform(), scope(), bia_id, seen_version())
    except Refused as refusal:
        now = bia_view.open_bia(platform(), scope(), bia_id)
        wrong = refusal.text.render(current_language())
        return render_template("bia/one.html", view=now, wrong=wrong), 409
    flash(said)
    if what == "give_up":
        return redirect(url_for("bia.of_activity", establishment_id=establishment_id, node_id=view.activity.id))
    return redirect(url_for("bia.one", establishment_id=establishment_id, bia_id=bia_id))


@pages.get(f"{ONE}/compare/<int:with_id>")
def compare(establishment_id: int, bia_id: int, with_id: int) -> str:
    """Two versions of one activity, the older first."""
    found = of_this_place(bia_compare.compare_bias(platform(), scope(), bia_id, with_id))
    return render_template("bia/compare.html", found=found, only_changes=request.args.get("all") != "1")


@pages.get(f"{HERE}/questionnaire")
def questionnaire(establishment_id: int) -> str:
    """The empty questions, to print and fill by hand."""
    return render_template("bia/questionnaire.html", known=open_scale(platform(), scope(), establishment_id))


@pages.get(f"{HERE}/models")
def models(establishment_id: int) -> str:
    """The library of models."""
    asked = request.args.get("q", "").strip()
    found = bia_models.list_models(platform(), scope(), asked)
    # the library is the same everywhere; the establishment only keeps the reader where they were
    return render_template("bia/models.html", found=found, words=asked)


@pages.get(f"{HERE}/models/<model_id>")
def model(establishment_id: int, model_id: str) -> str:
    """One model, before it is used."""
    found = bia_models.open_model(platform(), scope(), model_id)
    lines = bia_list.list_bias(platform(), scope(), establishment_id).lines
    ready = [line for line in lines if line.may_fill and line.draft is None]
    may_add = may(Right.MANAGE_CONTINUITY)
    return render_template("bia/model.html", model=found, ready=ready, may_add=may_add, top=DEFAULT_SCALE.top)


@pages.get(f"{HERE}/activities/<int:node_id>/needs")
def needs(establishment_id: int, node_id: int) -> str:
    """The typical needs of the model of an activity, none ticked."""
    return _needs(_activity(node_id))


@pages.post(f"{HERE}/activities/<int:node_id>/needs")
def take_needs(establishment_id: int, node_id: int) -> ResponseReturnValue:
    """Create and tie those that are ticked."""
    known = _activity(node_id)
    chosen = [int(one) for one in request.form.getlist("need") if one.isdecimal() and len(one) <= 3]
    try:
        done = bia_needs.take_needs(platform(), scope(), node_id, known.likely_model, chosen)
    except (Invalid, Refused) as refusal:
        return _needs(known, refusal.text.render(current_language())), 400
    flash(
        ngettext("%(num)s besoin rattaché à l’activité.", "%(num)s besoins rattachés à l’activité.", done.tied)
        + " "
        + ngettext("%(num)s ressource créée, à compléter.", "%(num)s ressources créées, à compléter.", done.created)
    )
    return redirect(url_for("continuity.activity", establishment_id=establishment_id, node_id=node_id))


def _needs(known: ActivityBias, wrong: str = "") -> str:
    offers = bia_needs.offer_needs(platform(), scope(), known.activity.id, known.likely_model)
    return render_template("bia/needs.html", known=known, offers=offers, wrong=wrong)
