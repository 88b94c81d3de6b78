"""The due policy: days to fix, of an establishment and of the platform."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.services.due_policy import PolicyView, Typed, forget_policy, open_policy, set_policy
from care.services.errors import Forbidden, Invalid, Refused
from care.web.actions.blueprint import HERE, pages
from care.web.actions.forms import typed_days
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope


@pages.get(f"{HERE}/policy")
def policy(establishment_id: int) -> str:
    """The delays that apply in the establishment."""
    return _page(establishment_id, open_policy(platform(), scope(), establishment_id))


@pages.post(f"{HERE}/policy")
def change_policy(establishment_id: int) -> ResponseReturnValue:
    """Record the delays of the establishment, or go back to those of the platform."""
    return _change(establishment_id)


@pages.get("/actions/policy")
def common_policy() -> str:
    """The delays of the platform."""
    return _page(None, open_policy(platform(), scope()))


@pages.post("/actions/policy")
def change_common_policy() -> ResponseReturnValue:
    """Record the delays of the platform, or go back to ours."""
    return _change(None)


def _address(establishment_id: int | None) -> str:
    if establishment_id is None:
        return url_for("actions.common_policy")
    return url_for("actions.policy", establishment_id=establishment_id)


def _change(establishment_id: int | None) -> ResponseReturnValue:
    found = open_policy(platform(), scope(), establishment_id)
    if not found.may_change:
        raise Forbidden
    seen = seen_version()
    if request.form.get("forget"):
        _moved(forget_policy(platform(), scope(), establishment_id, seen))
        return redirect(_address(establishment_id))
    typed = typed_days(request.form)
    try:
        _moved(set_policy(platform(), scope(), establishment_id, typed, seen))
    except Invalid as refusal:
        faults = {cell: text.render(current_language()) for cell, text in refusal.fields.items()}
        return _page(establishment_id, found, typed, faults, seen=seen), 400
    except Refused as refusal:
        words = refusal.text.render(current_language())
        return _page(establishment_id, found, typed, other=words), 409
    return redirect(_address(establishment_id))


def _moved(count: int) -> None:
    flash(_("Délais enregistrés."))
    if count:
        flash(
            ngettext(
                "L’échéance de %(num)s action a été recalculée ; c’est dit dans son histoire.",
                "Les échéances de %(num)s actions ont été recalculées ; c’est dit dans leur histoire.",
                count,
            )
        )


def _page(
    establishment_id: int | None,
    found: PolicyView,
    typed: Typed | None = None,
    faults: dict[str, str] | None = None,
    other: str = "",
    seen: int | None = None,
) -> str:
    return render_template(
        "actions/policy.html",
        policy=found,
        common=establishment_id is None,
        address=_address(establishment_id),
        typed=typed or found.days,
        recorded=found.days if other else None,
        faults=faults or {},
        other=other,
        version=found.version if seen is None else seen,
    )
