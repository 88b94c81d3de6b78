"""Targets: the list, one form per kind of audit, archiving."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.actions import CareCriticality
from care.domain.schedule import Every, Recurrence
from care.services import rhythms, schedules, targets
from care.services.drills.handing import sources
from care.services.errors import Forbidden, Invalid, Refused
from care.services.mandates import MandateView, list_mandates
from care.services.targets import TargetDraft, TargetView
from care.web.forms import options, sent
from care.web.labels import WEEKDAYS
from care.web.pages import seen_version
from care.web.people import platform, scope
from care.web.place import may, of_this_place
from care.web.targets.forms import FORMS, BackupForm, ExposureForm, RestoreForm, ScheduleForm, TargetForm

pages = Blueprint(
    "targets", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/targets"
)


@pages.get("")
def index(establishment_id: int) -> str:
    """What this establishment has audited, by kind of audit."""
    found = targets.list_targets(platform(), scope(), establishment_id)
    known = schedules.list_schedules(platform(), scope(), establishment_id)
    return render_template(
        "targets/index.html",
        targets=found,
        scheduled={one.target_id: when_in_words(one.recurrence) for one in known},
        told={one.target_id: one for one in known if one.told},
        kinds=list(FORMS),
        may_manage=may(Right.MANAGE_TARGETS),
        may_run=may(Right.RUN_AUDIT),
    )


@pages.get("/new/<scanner>")
def new(establishment_id: int, scanner: str) -> str:
    """The form of a new target."""
    return _page(scanner, _form(establishment_id, scanner))


@pages.post("/new/<scanner>")
def create(establishment_id: int, scanner: str) -> ResponseReturnValue:
    """Record the target; a backup plan then asks for the passwords of its repositories."""
    form = _form(establishment_id, scanner, sent())
    if form.validate():
        try:
            target_id = targets.add_target(platform(), scope(), establishment_id, _draft(scanner, form, {}))
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Cible ajoutée."))
            if isinstance(form, BackupForm) and form.asked_secrets:
                return redirect(url_for("targets.one", establishment_id=establishment_id, target_id=target_id))
            return redirect(url_for("targets.index", establishment_id=establishment_id))
    return _page(scanner, form), 400


@pages.get("/<int:target_id>")
def one(establishment_id: int, target_id: int) -> str:
    """The form of a known target, or its description for who only reads."""
    target = _target(target_id)
    return _show(target, _form(establishment_id, target.scanner, stored=target.secrets, managing=False))


@pages.post("/<int:target_id>")
def change(establishment_id: int, target_id: int) -> ResponseReturnValue:
    """Record the changes; refused when someone else made some meanwhile."""
    target = _target(target_id)
    form = _form(establishment_id, target.scanner, sent(), target.secrets)
    if form.validate():
        draft = _draft(target.scanner, form, dict(target.request))
        version = seen_version()
        try:
            targets.change_target(platform(), scope(), target_id, draft, version)
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            return _page(target.scanner, form, target), 409
        else:
            flash(_("Cible enregistrée."))
            return redirect(url_for("targets.index", establishment_id=establishment_id))
    return _page(target.scanner, form, target), 400


@pages.post("/<int:target_id>/schedule")
def set_schedule(establishment_id: int, target_id: int) -> ResponseReturnValue:
    """Audit the target again and again."""
    target, form = _target(target_id), ScheduleForm(request.form)
    if not may(Right.RUN_AUDIT):
        raise Forbidden
    if not form.validate():
        shown = _form(establishment_id, target.scanner, stored=target.secrets, managing=False)
        return _show(target, shown, form), 400
    schedules.set_schedule(platform(), scope(), target_id, form.recurrence())
    flash(_("Audit programmé : %(when)s.", when=when_in_words(form.recurrence())))
    return redirect(url_for("targets.one", establishment_id=establishment_id, target_id=target_id))


@pages.post("/<int:target_id>/schedule/remove")
def remove_schedule(establishment_id: int, target_id: int) -> ResponseReturnValue:
    """Audit the target on demand only."""
    schedules.remove_schedule(platform(), scope(), _target(target_id).id)
    flash(_("Cette cible n’est plus auditée que sur demande."))
    return redirect(url_for("targets.one", establishment_id=establishment_id, target_id=target_id))


@pages.post("/<int:target_id>/rhythm")
def set_rhythm(establishment_id: int, target_id: int) -> ResponseReturnValue:
    """Audit the target as what is found there calls for, or not."""
    enabled = request.form.get("enabled") == "yes"
    rhythms.set_rhythm(platform(), scope(), _target(target_id).id, enabled=enabled)
    flash(_("Rythme adapté aux constats : activé.") if enabled else _("Rythme adapté aux constats : arrêté."))
    return redirect(url_for("targets.one", establishment_id=establishment_id, target_id=target_id))


@pages.post("/<int:target_id>/archive")
def archive(establishment_id: int, target_id: int) -> ResponseReturnValue:
    """Stop auditing the target; its history stays."""
    targets.archive_target(platform(), scope(), _target(target_id).id)
    flash(_("Cible archivée ; ses secrets sont effacés, ses constats restent."))
    return redirect(url_for("targets.index", establishment_id=establishment_id))


def _show(target: TargetView, form: TargetForm, schedule: ScheduleForm | None = None) -> str:
    form.name.data, form.criticality.data = target.name, target.criticality.value
    form.show(dict(target.request))
    if isinstance(form, ExposureForm):
        form.mandate.data = target.mandate_id
    return _page(target.scanner, form, target, schedule)


def when_in_words(recurrence: Recurrence) -> str:
    """A recurrence as people say it: every Friday at 22:00."""
    at = f"{recurrence.hour:02}:{recurrence.minute:02}"
    if recurrence.every is Every.DAY:
        return str(_("tous les jours à %(at)s", at=at))
    if recurrence.every is Every.MONTH:
        return str(_("le 1er de chaque mois à %(at)s", at=at))
    return str(_("chaque %(day)s à %(at)s", day=WEEKDAYS[recurrence.weekday], at=at))


def _target(target_id: int) -> TargetView:
    return of_this_place(targets.open_target(platform(), scope(), target_id))


def _form(
    establishment_id: int,
    scanner: str,
    content: Any = None,  # noqa: ANN401 - as WTForms takes it
    stored: Collection[str] = (),
    managing: bool = True,
) -> TargetForm:
    if managing and not may(Right.MANAGE_TARGETS):
        raise Forbidden
    if scanner not in FORMS:
        abort(404)
    form = FORMS[scanner](content)
    form.require_secrets(stored)
    if isinstance(form, ExposureForm):
        known = list_mandates(platform(), scope(), establishment_id)
        usable = [(one.id, _mandate_words(one)) for one in known if not one.withdrawn]
        form.mandate.choices = options(usable)
    if isinstance(form, RestoreForm):
        form.offer(sources(platform(), scope(), establishment_id))
    return form


def _mandate_words(mandate: MandateView) -> str:
    words = f"{mandate.reference} – {mandate.authorised_by}"
    return words if mandate.signed else str(_("%(mandate)s (sans document signé)", mandate=words))


def _draft(scanner: str, form: TargetForm, stored: dict[str, Any]) -> TargetDraft:
    mandate = form.mandate.data if isinstance(form, ExposureForm) else None
    secrets = {**form.secrets(), **_repository_secrets()}
    care = CareCriticality(form.criticality.data)
    return TargetDraft(scanner, str(form.name.data), form.request(stored), secrets, mandate, care)


def _repository_secrets() -> dict[str, str]:
    return {
        name: value for name, value in request.form.items() if name.startswith(("repository.", "access.")) and value
    }


def _page(
    scanner: str, form: TargetForm, target: TargetView | None = None, schedule: ScheduleForm | None = None
) -> str:
    known = view = None
    if target is not None:
        form.mention(dict(target.request), target.secrets)
        found = schedules.list_schedules(platform(), scope(), target.establishment_id)
        view = next((one for one in found if one.target_id == target.id), None)
        known = view.recurrence if view else None
    here = target is not None and not target.archived
    return render_template(
        "targets/form.html",
        rhythm=rhythms.open_rhythm(platform(), scope(), target.id) if target and here else None,
        scanner=scanner,
        form=form,
        target=target,
        schedule=schedule or ScheduleForm.of(known),
        scheduled=when_in_words(known) if known else "",
        told=view if view and view.told else None,
        may_manage=may(Right.MANAGE_TARGETS),
        may_run=may(Right.RUN_AUDIT),
    )
