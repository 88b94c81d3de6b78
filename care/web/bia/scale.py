"""The scale of impacts of an establishment: axes, levels and durations, edited by who manages continuity."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.bia_scale import MAX_AXES, MAX_LEVELS
from care.services import bia_scales
from care.services.bia_scales import AxisText, ScaleDraft, ScaleView
from care.services.errors import Forbidden, Invalid, Refused
from care.web.bia.blueprint import HERE, pages
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope

NEW_AXES = 2
"""Empty lines offered for axes of one's own."""


@pages.get(f"{HERE}/scale")
def scale(establishment_id: int) -> str:
    """The scale in use."""
    known = bia_scales.open_scale(platform(), scope(), establishment_id)
    return _page(known, known.draft, known.version)


@pages.post(f"{HERE}/scale")
def change_scale(establishment_id: int) -> ResponseReturnValue:
    """Record a scale, or give it back."""
    known = bia_scales.open_scale(platform(), scope(), establishment_id)
    if not known.may_change:
        raise Forbidden
    seen = seen_version()
    draft = _typed()
    try:
        if "forget" in request.form:
            bia_scales.forget_scale(platform(), scope(), establishment_id, seen)
            flash(_("L’échelle de CaRE s’applique de nouveau aux prochains bilans."))
        else:
            bia_scales.set_scale(platform(), scope(), establishment_id, draft, seen)
            flash(_("Échelle enregistrée pour les prochains bilans ; les réponses déjà données gardent la leur."))
    except Invalid as refusal:
        faults = {part: text.render(current_language()) for part, text in refusal.fields.items()}
        return _page(known, draft, seen, faults), 400
    except Refused as refusal:
        now = bia_scales.open_scale(platform(), scope(), establishment_id)
        return _page(now, draft, now.version, {"other": refusal.text.render(current_language())}, now.draft), 409
    return redirect(url_for("bia.scale", establishment_id=establishment_id))


def _page(
    known: ScaleView,
    draft: ScaleDraft,
    version: int,
    faults: dict[str, str] | None = None,
    recorded: ScaleDraft | None = None,
) -> str:
    empty = AxisText("", "", "")
    rows = [*draft.axes, *[empty] * min(NEW_AXES, MAX_AXES - len(draft.axes))] if known.may_change else draft.axes
    levels = [*draft.levels, *[""] * (MAX_LEVELS - len(draft.levels))] if known.may_change else draft.levels
    return render_template(
        "bia/scale.html",
        known=known,
        rows=rows,
        levels=levels,
        steps=draft.steps,
        version=version,
        faults=faults or {},
        recorded=recorded,
    )


def _typed() -> ScaleDraft:
    """What the form holds; an axis taken out or left without a name is not there, a level left blank neither."""
    sent = request.form
    axes = []
    for number in range(MAX_AXES + NEW_AXES):
        name = sent.get(f"name-{number}", "")
        key = sent.get(f"key-{number}", "")
        if (name.strip() or key) and f"out-{number}" not in sent:
            axes.append(AxisText(key, name, sent.get(f"question-{number}", ""), sent.get(f"examples-{number}", "")))
    levels = tuple(one for one in sent.getlist("level") if one.strip())
    return ScaleDraft(tuple(axes), levels, sent.get("steps", ""))
