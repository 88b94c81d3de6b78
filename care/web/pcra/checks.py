"""The consistency check, and what is promised beside what was measured."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services.consistency import open_consistency
from care.services.continuity_check import ask_check
from care.services.errors import NotFound
from care.services.promised import promises
from care.web.pcra.blueprint import pages
from care.web.people import platform, scope
from care.web.place import may


@pages.get("/consistency")
def consistency(establishment_id: int) -> str:
    """The last check, and what contradicts what."""
    found = open_consistency(platform(), scope(), establishment_id)
    return render_template(
        "pcra/consistency.html", found=found, may_run=may(Right.RUN_AUDIT), may_act=may(Right.MANAGE_ACTIONS)
    )


@pages.post("/consistency")
def check(establishment_id: int) -> ResponseReturnValue:
    """Check now."""
    started = ask_check(platform(), scope(), establishment_id)
    if started is None:
        raise NotFound
    flash(_("Vérification lancée."))
    return redirect(url_for("runs.one", establishment_id=establishment_id, run_id=started.run_id))


@pages.get("/measured")
def measured(establishment_id: int) -> str:
    """What is asked, declared and measured, side by side."""
    found = promises(platform(), scope(), establishment_id)
    return render_template("pcra/measured.html", found=found, may_see_findings=may(Right.SEE_FINDINGS))
