"""Accounts: who may sign in, with which roles and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import PLATFORM, Grant, Level, Place, Right, Role
from care.services import accounts, factor_policy, second_factors
from care.services.errors import Forbidden, Invalid
from care.services.registry import list_establishments, list_ghts, list_legal_entities, list_regions
from care.web import labels
from care.web.accounts.forms import AccountForm, GrantForm, ResetForm
from care.web.days import end_of
from care.web.forms import options
from care.web.pages import row_number
from care.web.people import platform, scope
from care.web.proof.guard import proof_asked


class Node(Protocol):
    """A region, a GHT, a legal entity or an establishment."""

    @property
    def id(self) -> int:
        """Its identifier."""

    @property
    def name(self) -> str:
        """Its name."""


F = TypeVar("F", bound=GrantForm)

pages = Blueprint("accounts", __name__, template_folder="templates")


@pages.before_request
def managers_only() -> None:
    """Nothing here is for who manages no account."""
    if not scope().allows_somewhere(Right.MANAGE_ACCOUNTS):
        raise Forbidden


@pages.get("/accounts")
def index() -> str:
    """The accounts this person manages."""
    return render_template(
        "accounts/index.html",
        accounts=accounts.list_accounts(platform(), scope()),
        everywhere=scope().reach(Right.MANAGE_ACCOUNTS).everywhere,
    )


@pages.get("/accounts/second-factor")
def policy() -> str:
    """The roles whose people must have a second factor."""
    return render_template(
        "accounts/policy.html", standing=factor_policy.standing(platform(), scope()), roles=tuple(Role)
    )


@pages.post("/accounts/second-factor")
@proof_asked
def set_policy() -> ResponseReturnValue:
    """Choose these roles."""
    wanted = frozenset(role for role in Role if role.value in request.form.getlist("role"))
    factor_policy.require(platform(), scope(), wanted)
    flash(_("Rôles enregistrés. Qui doit avoir un second facteur et n’en a pas l’ajoute dès sa prochaine page."))
    return redirect(url_for("accounts.policy"))


@pages.post("/accounts/<int:account_id>/second-factor/remove")
@proof_asked
def remove_factor(account_id: int) -> ResponseReturnValue:
    """Take away the second factor of somebody who lost it."""
    second_factors.remove_of(platform(), scope(), account_id)
    flash(_("Second facteur retiré ; les sessions de la personne sont terminées."))
    return redirect(url_for("accounts.one", account_id=account_id))


@pages.get("/accounts/new")
@proof_asked
def new() -> str:
    """The form of a new account."""
    return render_template("accounts/new.html", form=_with_places(AccountForm()))


@pages.post("/accounts/new")
@proof_asked
def create() -> ResponseReturnValue:
    """Open an account with its first role."""
    form = _with_places(AccountForm(request.form))
    if form.validate():
        draft = accounts.AccountDraft(
            login=str(form.login.data),
            name=str(form.name.data),
            password=str(form.password.data),
            grants=(_grant(form),),
            email=form.email.data or "",
            lang=str(form.lang.data),
        )
        try:
            account = accounts.open_account(platform(), scope(), draft)
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Compte ouvert pour %(name)s.", name=account.name))
            return redirect(url_for("accounts.one", account_id=account.id))
    return render_template("accounts/new.html", form=form), 400


@pages.get("/accounts/<int:account_id>")
def one(account_id: int) -> str:
    """One account: its roles, its state, a new password."""
    return _one(account_id)


@pages.post("/accounts/<int:account_id>/grants")
@proof_asked
def give(account_id: int) -> ResponseReturnValue:
    """Give one more role."""
    form = _with_places(GrantForm(request.form))
    if not form.validate():
        return _one(account_id, grant=form), 400
    try:
        accounts.give_grant(platform(), scope(), account_id, _grant(form))
    except Invalid as refusal:
        form.blame(refusal)
        return _one(account_id, grant=form), 400
    flash(_("Rôle donné."))
    return redirect(url_for("accounts.one", account_id=account_id))


@pages.post("/accounts/<int:account_id>/grants/<int:grant_id>/take")
@proof_asked
def take(account_id: int, grant_id: int) -> ResponseReturnValue:
    """Take one role back."""
    accounts.take_grant(platform(), scope(), account_id, grant_id)
    flash(_("Rôle retiré."))
    return redirect(url_for("accounts.one", account_id=account_id))


@pages.post("/accounts/<int:account_id>/state")
@proof_asked
def set_active(account_id: int) -> ResponseReturnValue:
    """Close the account or open it again."""
    active = request.form.get("active") == "yes"
    accounts.set_active(platform(), scope(), account_id, active)
    flash(_("Compte rouvert.") if active else _("Compte fermé ; ses sessions sont terminées."))
    return redirect(url_for("accounts.one", account_id=account_id))


@pages.post("/accounts/<int:account_id>/sessions/end")
def end_sessions(account_id: int) -> ResponseReturnValue:
    """End every session of the person."""
    accounts.end_sessions(platform(), scope(), account_id)
    flash(_("Sessions terminées : la personne devra se reconnecter."))
    return redirect(url_for("accounts.one", account_id=account_id))


@pages.post("/accounts/<int:account_id>/password")
@proof_asked
def reset_password(account_id: int) -> ResponseReturnValue:
    """Give the person a new password."""
    form = ResetForm(request.form)
    if form.validate():
        try:
            accounts.reset_password(platform(), scope(), account_id, str(form.password.data))
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Mot de passe remplacé ; les sessions de la personne sont terminées."))
            return redirect(url_for("accounts.one", account_id=account_id))
    return _one(account_id, reset=form), 400


def _one(account_id: int, grant: GrantForm | None = None, reset: ResetForm | None = None) -> str:
    return render_template(
        "accounts/one.html",
        account=accounts.find_account(platform(), scope(), account_id),
        form=grant or _with_places(GrantForm()),
        reset=reset or ResetForm(),
    )


def _grant(form: GrantForm) -> Grant:
    level, _colon, number = str(form.place.data).partition(":")
    place = Place(Level(level), row_number(number))
    return Grant(Role(form.role.data), place, end_of(form.expires_on.data))


def _with_places(form: F) -> F:
    """Offer the places where this person may give a role, the usual ones first."""
    who, app = scope(), platform()
    managed = who.reach(Right.MANAGE_ACCOUNTS)
    regions = [one for one in list_regions(app, who) if managed.everywhere or one.id in managed.regions]
    form.place.choices = [
        *_options(Level.ESTABLISHMENT, list_establishments(app, who)),
        *_options(Level.LEGAL_ENTITY, list_legal_entities(app, who)),
        *_options(Level.GHT, list_ghts(app, who)),
        *_options(Level.REGION, regions),
        *(options([(_written(PLATFORM), labels.LEVEL[Level.PLATFORM].text)], "CaRE") if managed.everywhere else []),
    ]
    return form


def _options(level: Level, nodes: Sequence[Node]) -> list[Any]:
    return options(((_written(Place(level, node.id)), node.name) for node in nodes), labels.LEVEL[level].text)


def _written(place: Place) -> str:
    return place.key
