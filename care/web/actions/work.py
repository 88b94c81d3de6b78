"""What people do to an action: move it, prove it, verify it, comment on it, tie findings to it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right
from care.domain.actions import ActionState
from care.services.action_closing import Closing, ask_retest, close_action, sign_off
from care.services.action_query import today
from care.services.action_view import ActionView, SiteView
from care.services.action_writing import Chosen, comment, move, tie_findings, untie_finding
from care.services.errors import Forbidden, Invalid, Refused
from care.services.library import EvidenceFilter, list_evidence
from care.web.actions.blueprint import HERE, pages
from care.web.actions.forms import ClosingForm, SignForm
from care.web.actions.shown import action_here, page_of
from care.web.forms import sent
from care.web.language import current_language
from care.web.people import platform, scope
from care.web.place import may
from scanners.model import Text

KNOWN_EVIDENCE = 100
ONE = f"{HERE}/<int:action_id>"


@pages.post(f"{ONE}/move")
def do_move(establishment_id: int, action_id: int) -> ResponseReturnValue:
    """Say where the action stands here."""
    action, _site = _to_work(establishment_id, action_id)
    asked, seen = request.form.get("state", ""), request.form.get("seen", "")
    reason = request.form.get("reason", "")
    try:
        shown = ActionState(seen) if seen in list(ActionState) else None
        move(platform(), scope(), action_id, establishment_id, _state(asked), reason, shown)
    except Invalid as refusal:
        words = " ".join(text.render(current_language()) for text in refusal.fields.values())
        return page_of(action, moving={"state": asked, "reason": reason, "wrong": words}), 400
    except Refused as refusal:
        words = refusal.text.render(current_language())
        now = action_here(establishment_id, action_id)
        return page_of(now, moving={"state": asked, "reason": reason, "overtaken": words}), 409
    flash(_("État enregistré."))
    return _back(establishment_id, action_id)


@pages.post(f"{ONE}/comment")
def do_comment(establishment_id: int, action_id: int) -> ResponseReturnValue:
    """Write a comment."""
    action_here(establishment_id, action_id)
    comment(platform(), scope(), action_id, request.form.get("text", ""))
    flash(_("Commentaire ajouté."))
    return _back(establishment_id, action_id)


@pages.get(f"{ONE}/close")
def closing(establishment_id: int, action_id: int) -> str:
    """The form that asks for the evidence."""
    action, site = _to_work(establishment_id, action_id)
    return _closing(action, site, _closing_form(establishment_id))


@pages.post(f"{ONE}/close")
def close(establishment_id: int, action_id: int) -> ResponseReturnValue:
    """Give the evidence; the audit that verifies it is asked for."""
    action, site = _to_work(establishment_id, action_id)
    form = _closing_form(establishment_id, filled=True)
    if form.received():
        try:
            done = close_action(
                platform(),
                scope(),
                action_id,
                establishment_id,
                form.proof(today(platform())),
                str(form.note.data or ""),
            )
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _closing(*_to_work(establishment_id, action_id), form), 409
        else:
            _say(done)
            return _back(establishment_id, action_id)
    return _closing(action, site, form), 400


@pages.post(f"{ONE}/retest")
def retest(establishment_id: int, action_id: int) -> ResponseReturnValue:
    """Ask again for the audit that verifies the action."""
    action_here(establishment_id, action_id)
    _say(ask_retest(platform(), scope(), action_id, establishment_id))
    return _back(establishment_id, action_id)


@pages.post(f"{ONE}/sign")
def sign(establishment_id: int, action_id: int) -> ResponseReturnValue:
    """Verify by the evidence alone, under somebody's name."""
    action, site = _to_work(establishment_id, action_id)
    if not site.may_manage:
        raise Forbidden
    form = SignForm(request.form)
    if form.validate():
        try:
            sign_off(platform(), scope(), action_id, establishment_id, str(form.signatory.data), str(form.reason.data))
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Action close, vérification signée."))
            return _back(establishment_id, action_id)
    return page_of(action, sign=form), 400


@pages.post(f"{ONE}/findings")
def tie(establishment_id: int, action_id: int) -> ResponseReturnValue:
    """Tie findings: those named, or all the open ones of the action's rule."""
    action = action_here(establishment_id, action_id)
    numbers = tuple(int(one) for one in request.form.getlist("finding") if one.isdecimal())
    chosen = Chosen(numbers) if numbers else Chosen(rule=action.line.rule)
    count = tie_findings(platform(), scope(), action_id, establishment_id, chosen)
    tied = ngettext("%(num)s constat rattaché.", "%(num)s constats rattachés.", count)
    flash(tied if count else _("Il n’y avait rien à rattacher."))
    return _back(establishment_id, action_id)


@pages.post(f"{ONE}/findings/<int:finding_id>/untie")
def untie(establishment_id: int, action_id: int, finding_id: int) -> ResponseReturnValue:
    """Take a finding off the action."""
    action_here(establishment_id, action_id)
    untie_finding(platform(), scope(), action_id, finding_id)
    flash(_("Constat détaché de l’action."))
    return _back(establishment_id, action_id)


def _state(asked: str) -> ActionState:
    """The state chosen; Invalid for a word that is none."""
    if asked not in list(ActionState):
        raise Invalid({"state": Text("Choisissez un des états proposés.", "Choose one of the states offered.")})
    return ActionState(asked)


def _back(establishment_id: int, action_id: int) -> ResponseReturnValue:
    return redirect(url_for("actions.one", establishment_id=establishment_id, action_id=action_id))


def _say(done: Closing) -> None:
    """What closing led to, in flashed sentences."""
    if done.state is ActionState.CLOSED:
        flash(_("Action close : la preuve est enregistrée."))
        return
    if done.run_ids:
        flash(
            _("Preuve enregistrée. Un nouvel audit est demandé : l’action se fermera s’il ne voit plus les constats.")
        )
    for reason in done.refused:
        flash(_("L’audit de vérification n’est pas parti. %(reason)s", reason=reason), "error")


def _to_work(establishment_id: int, action_id: int) -> tuple[ActionView, SiteView]:
    """The action and its site here, if this person may work on it there."""
    action = action_here(establishment_id, action_id)
    site = next(one for one in action.sites if one.establishment_id == establishment_id)
    if not site.may_work:
        raise Forbidden
    return action, site


def _closing_form(establishment_id: int, *, filled: bool = False) -> ClosingForm:
    form = ClosingForm(sent()) if filled else ClosingForm()
    known = (
        list_evidence(platform(), scope(), establishment_id, EvidenceFilter(per_page=KNOWN_EVIDENCE)).page.lines
        if may(Right.SEE_EVIDENCE)
        else ()
    )
    form.offer([(line.id, line.title) for line in known])
    return form


def _closing(action: ActionView, site: SiteView, form: ClosingForm) -> str:
    return render_template("actions/close.html", action=action, line=action.line, site=site, form=form)
