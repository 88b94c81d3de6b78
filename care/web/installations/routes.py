"""The region's side of a federation: who may send, what arrived, keys, files that people bring."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from care.domain.access import Right
from care.domain.bundles import MAX_BYTES, SUFFIX
from care.domain.federation import VERDICT_NAMES, BundleVerdict
from care.services.errors import Forbidden, Invalid, Refused
from care.services.federation import letters
from care.services.federation.enrolling import (
    VALID_FOR,
    Invitation,
    InvitationDraft,
    answer_of,
    enrol_file,
    invite,
    invite_again,
    withdraw_invitation,
)
from care.services.federation.following import (
    ReceivedFilter,
    list_received,
    read_federation,
    read_installation,
    read_received,
)
from care.services.federation.installations import (
    LONGEST_WAIT,
    MAX_CONTACT,
    MAX_WHY,
    InstallationDraft,
    change_installation,
    revoke_key,
    withdraw_installation,
)
from care.services.federation.receiving import receipt_of, receive_files
from care.services.territories import territories
from care.services.typed_texts import MAX_LINE
from care.web.files import attachment
from care.web.forms import Form, options
from care.web.language import current_language
from care.web.pages import asked_page, row_number, seen_version
from care.web.people import platform, scope
from care.web.refusals import said_as_refused
from care.web.wide import place_in, written

pages = Blueprint("installations", __name__, template_folder="templates", url_prefix="/installations")
ONE = "/<int:installation_id>"
_FINESS_HELP = lazy_gettext(
    "Un numéro FINESS par ligne : celui d’un établissement, ou d’une entité juridique pour tous les siens."
)


@pages.before_request
def managers_only() -> None:
    """Nothing here is for who manages no territory."""
    if not scope().allows_somewhere(Right.MANAGE_REGION):
        raise Forbidden


class InvitationForm(Form):
    """A new installation: who will send, and for which establishments."""

    name = StringField(lazy_gettext("Nom"), [InputRequired(), Length(max=MAX_LINE)])
    place = SelectField(lazy_gettext("Territoire"), [InputRequired()])
    finess = TextAreaField(
        lazy_gettext("Établissements"), [InputRequired()], description=_FINESS_HELP, render_kw={"rows": 6}
    )
    pseudonymous = BooleanField(
        lazy_gettext("Sous pseudonymes"),
        description=lazy_gettext(
            "La région ne saura pas quelle valeur vient de quel établissement : ni suivi individuel, ni alertes, ni"
            " campagnes."
        ),
    )

    def draft(self) -> InvitationDraft:
        """What was typed in."""
        return InvitationDraft(
            self.name.data or "", place_in(self.place.data), _numbers(self.finess.data), bool(self.pseudonymous.data)
        )


class InstallationForm(Form):
    """What may be changed of an installation."""

    name = StringField(lazy_gettext("Nom"), [InputRequired(), Length(max=MAX_LINE)])
    contact = StringField(
        lazy_gettext("Contact"),
        [Optional(), Length(max=MAX_CONTACT)],
        description=lazy_gettext("Qui appeler si les lots n’arrivent plus."),
    )
    expected_days = IntegerField(
        lazy_gettext("En retard après (jours)"), [InputRequired(), NumberRange(1, LONGEST_WAIT)]
    )
    finess = TextAreaField(
        lazy_gettext("Établissements"), [InputRequired()], description=_FINESS_HELP, render_kw={"rows": 8}
    )
    version = HiddenField()

    def draft(self) -> InstallationDraft:
        """What was typed in."""
        return InstallationDraft(
            self.name.data or "", self.contact.data or "", self.expected_days.data or 0, _numbers(self.finess.data)
        )


@pages.get("")
def index() -> str:
    """Who may send, who is late, which codes wait."""
    return render_template("installations/index.html", view=read_federation(platform(), scope()), valid=VALID_FOR.days)


@pages.get("/new")
def new() -> str:
    """The form of an enrolment."""
    return render_template("installations/new.html", form=_invitation_form())


@pages.post("/new")
def create() -> ResponseReturnValue:
    """Give a code, shown this once."""
    form = _invitation_form(request.form)
    given: list[Invitation] = []
    code = form.saved(lambda: given.append(invite(platform(), scope(), form.draft())))
    if code:
        return render_template("installations/new.html", form=form), code
    return render_template("installations/code.html", invitation=given[0], name=form.name.data)


@pages.post("/codes/<int:enrolment_id>/withdraw")
def withdraw_code(enrolment_id: int) -> ResponseReturnValue:
    """Make a code worthless."""
    with said_as_refused(Refused):
        withdraw_invitation(platform(), scope(), enrolment_id)
        flash(_("Code retiré."))
    return redirect(url_for("installations.index"))


@pages.get("/bring")
def bring() -> str:
    """The page where files are brought: bundles, or a request of enrolment."""
    return _bring_page()


@pages.post("/bring")
def receive() -> ResponseReturnValue:
    """Take the bundles sent with the form."""
    files = [one for one in request.files.getlist("file") if one.filename]
    if not files:
        return _bring_page(_("Choisissez au moins un fichier « .care-bundle ».")), 400
    contents = (one.stream.read(MAX_BYTES + 1) for one in files)
    found = list(receive_files(platform(), scope(), contents))
    lines = [(one.filename, received) for one, received in zip(files, found, strict=True)]
    return render_template("installations/brought.html", lines=lines)


@pages.post("/enrol")
def enrol() -> ResponseReturnValue:
    """Enrol the installation whose request is sent with the form."""
    file = request.files.get("file")
    try:
        found = enrol_file(platform(), scope(), file.stream.read(MAX_BYTES) if file else b"")
    except (Invalid, Refused) as refusal:
        said = refusal.text.render(current_language())
        return _bring_page(request_error=said), 400 if isinstance(refusal, Invalid) else 409
    flash(_("Installation inscrite. Comparez l’empreinte par téléphone, puis remettez-lui la réponse."))
    return redirect(url_for("installations.one", installation_id=found.installation_id))


@pages.get("/received")
def received() -> str:
    """Everything that arrived."""
    verdict = request.args.get("verdict", "")
    sender = request.args.get("installation", 0, type=row_number) or None
    wanted = ReceivedFilter(
        verdict=BundleVerdict(verdict) if verdict in list(BundleVerdict) else None,
        installation_id=sender,
        unknown="unknown" in request.args,
        number=asked_page(),
    )
    found = list_received(platform(), scope(), wanted)
    return render_template("installations/received.html", found=found, wanted=wanted, verdicts=_verdicts())


@pages.get("/received/<int:received_id>")
def arrival(received_id: int) -> str:
    """One arrival."""
    return render_template("installations/arrival.html", line=read_received(platform(), scope(), received_id))


@pages.get("/received/<int:received_id>/receipt")
def receipt(received_id: int) -> Response:
    """Its receipt, to be handed back by file."""
    return attachment(receipt_of(platform(), scope(), received_id), f"accuse-{received_id}.json")


@pages.get(ONE)
def one(installation_id: int) -> str:
    """One installation."""
    return render_template("installations/one.html", view=read_installation(platform(), scope(), installation_id))


@pages.get(f"{ONE}/edit")
def edit(installation_id: int) -> str:
    """The form of an installation."""
    view = read_installation(platform(), scope(), installation_id)
    form = InstallationForm()
    form.name.data, form.contact.data = view.line.name, view.contact
    form.expected_days.data = view.line.expected_days
    form.finess.data = "\n".join(each.finess for each in view.establishments)
    form.version.data = str(view.version)
    return render_template("installations/edit.html", form=form, view=view)


@pages.post(f"{ONE}/edit")
def change(installation_id: int) -> ResponseReturnValue:
    """Change it; what was typed is kept when somebody was quicker."""
    view = read_installation(platform(), scope(), installation_id)
    form, version = InstallationForm(request.form), seen_version()
    code = form.saved(lambda: change_installation(platform(), scope(), installation_id, form.draft(), version))
    if code:
        form.version.data = str(view.version)
        return render_template("installations/edit.html", form=form, view=view), code
    flash(_("Installation enregistrée."))
    return _to(installation_id)


@pages.get(f"{ONE}/answer")
def answer(installation_id: int) -> Response:
    """The answer to its request, to be handed over by file."""
    return attachment(answer_of(platform(), scope(), installation_id), f"reponse-region-{installation_id}.json")


@pages.get(f"{ONE}/letter")
def letter(installation_id: int) -> Response:
    """What it is asked, alerts and campaigns, to be handed over by file."""
    return attachment(
        letters.letter_for(platform(), scope(), installation_id), f"courrier-region-{installation_id}{letters.SUFFIX}"
    )


@pages.post(f"{ONE}/again")
def again(installation_id: int) -> ResponseReturnValue:
    """Give it a code to enrol again, shown this once."""
    name = read_installation(platform(), scope(), installation_id).line.name
    with said_as_refused(Refused):
        invitation = invite_again(platform(), scope(), installation_id)
        return render_template("installations/code.html", invitation=invitation, name=name)
    return _to(installation_id)


@pages.post(f"{ONE}/withdraw")
def withdraw(installation_id: int) -> ResponseReturnValue:
    """Take nothing more from it."""
    with said_as_refused(Invalid):
        withdraw_installation(platform(), scope(), installation_id, _why())
        flash(_("Installation retirée : plus aucun de ses lots n’est pris."))
    return _to(installation_id)


@pages.post(f"{ONE}/keys/<int:key_row>/revoke")
def revoke(installation_id: int, key_row: int) -> ResponseReturnValue:
    """Believe a key no more."""
    with said_as_refused(Invalid, Refused):
        revoke_key(platform(), scope(), installation_id, key_row, _why())
        flash(_("Clé révoquée : donnez un code de réinscription pour la remplacer."))
    return _to(installation_id)


def _to(installation_id: int) -> ResponseReturnValue:
    return redirect(url_for("installations.one", installation_id=installation_id))


def _why() -> str:
    return request.form.get("why", "")[: MAX_WHY + 1]


def _verdicts() -> dict[str, str]:
    return {one.value: text.render(current_language()) for one, text in VERDICT_NAMES.items()}


def _bring_page(bundle_error: str = "", request_error: str = "") -> str:
    return render_template(
        "installations/bring.html", bundle_error=bundle_error, request_error=request_error, suffix=SUFFIX
    )


def _invitation_form(given: Any = None) -> InvitationForm:  # noqa: ANN401 - what werkzeug gives
    form = InvitationForm(given)
    form.place.choices = options(
        (written(one), name) for one, name in territories(platform(), scope(), Right.MANAGE_REGION)
    )
    return form


def _numbers(typed: str | None) -> tuple[str, ...]:
    """FINESS numbers, whatever separates them."""
    return tuple((typed or "").replace(",", " ").replace(";", " ").split())
