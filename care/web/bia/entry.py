"""The guided entry of an impact analysis: one question at a time, saved at each page, left and taken up at will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.bia_content import Stage
from care.domain.continuity import SheetState
from care.services import bia_view, bias
from care.services.bia_view import AxisView, BiaView
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.web.bia.blueprint import ONE, pages
from care.web.bia.forms import StageForm, form_of
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import of_this_place

TEMPLATES = {
    Stage.ABOUT: "bia/about.html",
    Stage.IMPACTS: "bia/impacts.html",
    Stage.INTERRUPTION: "bia/times.html",
    Stage.DATA: "bia/times.html",
    Stage.MINIMUM: "bia/minimum.html",
}


@dataclass(frozen=True)
class Spot:
    """A page of the entry: a stage, and the axis it asks about at the second."""

    stage: Stage
    axis: str = ""


@dataclass(frozen=True)
class Path:
    """Every page in order, and where this one stands."""

    spots: Sequence[Spot]
    here: Spot

    @property
    def before(self) -> Spot | None:
        """The page before."""
        place = self.spots.index(self.here)
        return self.spots[place - 1] if place else None

    @property
    def after(self) -> Spot:
        """The page after; the last one leads to itself."""
        return self.spots[min(self.spots.index(self.here) + 1, len(self.spots) - 1)]


@pages.get(f"{ONE}/fill/<stage>")
@pages.get(f"{ONE}/fill/<stage>/<axis>")
def fill(establishment_id: int, bia_id: int, stage: str, axis: str = "") -> ResponseReturnValue:
    """One page of the entry."""
    view = _mine(bia_id)
    if view.state is not SheetState.DRAFT:
        return redirect(url_for("bia.one", establishment_id=establishment_id, bia_id=bia_id))
    path = _path(view, stage, axis)
    if path.here.stage is Stage.REVIEW:
        return render_template("bia/review.html", view=view, path=path)
    return _page(view, path, form_of(path.here.stage, view, view.axis(path.here.axis)))


@pages.post(f"{ONE}/fill/<stage>")
@pages.post(f"{ONE}/fill/<stage>/<axis>")
def save(establishment_id: int, bia_id: int, stage: str, axis: str = "") -> ResponseReturnValue:
    """Record the page, complete or not, then go on, back or away."""
    view = _mine(bia_id)
    path = _path(view, stage, axis)
    form = form_of(path.here.stage, view, view.axis(path.here.axis), request.form)
    seen = seen_version()
    if form.validate():
        try:
            bias.save_bia(platform(), scope(), bia_id, form.entry(), seen)
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.other_errors.append(refusal.text.render(current_language()))
            return _page(_mine(bia_id), path, form, collided=True), 409
        else:
            return _onward(view, path)
    return _page(view, path, form, seen), 400


def _mine(bia_id: int) -> BiaView:
    view = of_this_place(bia_view.open_bia(platform(), scope(), bia_id))
    if view.state is SheetState.DRAFT and not view.may_fill:
        raise Forbidden
    return view


def _path(view: BiaView, stage: str, axis: str) -> Path:
    if stage not in list(Stage):
        raise NotFound
    spots = [
        Spot(one, key) for one in Stage for key in ([item.key for item in view.axes] if one is Stage.IMPACTS else [""])
    ]
    here = Spot(Stage(stage), axis or (_first_to_answer(view.axes) if stage == Stage.IMPACTS else ""))
    if here not in spots:
        raise NotFound
    return Path(spots, here)


def _first_to_answer(axes: Sequence[AxisView]) -> str:
    return next((one.key for one in axes if one.missing), axes[0].key)


def _page(view: BiaView, path: Path, form: StageForm, seen: int | None = None, *, collided: bool = False) -> str:
    return render_template(
        TEMPLATES[path.here.stage],
        view=view,
        path=path,
        form=form,
        axis=view.axis(path.here.axis),
        version=view.version if seen is None else seen,
        collided=collided,
    )


def _onward(view: BiaView, path: Path) -> ResponseReturnValue:
    go = request.form.get("go", "next")
    if go == "leave":
        flash(_("Tout est enregistré. Vous pourrez reprendre quand vous voudrez."))
        return redirect(url_for("bia.of_activity", establishment_id=view.establishment_id, node_id=view.activity.id))
    spot = (path.before if go == "back" else path.after) or path.here
    return redirect(address(view, spot))


def address(view: BiaView, spot: Spot) -> str:
    """Where a page of the entry is."""
    where = {"establishment_id": view.establishment_id, "bia_id": view.id, "stage": spot.stage}
    return url_for("bia.fill", **dict[str, Any](where), axis=spot.axis or None)
