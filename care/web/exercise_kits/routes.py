"""The library of exercise kits: the list, one kit and its parts, a kit brought in, the level to begin with."""

from __future__ import annotations

import re

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.services.errors import Forbidden, Invalid, Refused
from care.services.exercises import kit_import, kit_library
from care.services.exercises.kit_import import Brought, FaultyKit, Imported
from care.services.exercises.level_advice import advise_level
from care.web.exercise_kits.forms import KitForm
from care.web.exercises.blueprint import HERE
from care.web.files import attachment
from care.web.forms import sent
from care.web.people import platform, scope
from care.web.place import may
from exercises.kit import Booklet

pages = Blueprint("exercise_kits", __name__, template_folder="templates")
KITS = f"{HERE}/kits"
ONE = f"{KITS}/<kit_name>"
MAX_BYTES = 40_000_000
"""As the reader of kits takes; it says the rest."""
_OWN_TITLE = re.compile(r"\A\s*# .*\n")


@pages.get(KITS)
def index(establishment_id: int) -> str:
    """The kits of the house, by level."""
    return render_template(
        "exercise_kits/index.html", library=kit_library.list_kits(platform(), scope(), establishment_id)
    )


@pages.get(ONE)
def one(establishment_id: int, kit_name: str) -> str:
    """One kit."""
    return render_template(
        "exercise_kits/one.html", view=kit_library.open_kit(platform(), scope(), establishment_id, kit_name)
    )


@pages.get(f"{ONE}/booklets/<any(players, facilitators, observers):booklet>")
def booklet(establishment_id: int, kit_name: str, booklet: str) -> str:
    """A booklet, to be read."""
    text = kit_library.kit_booklet(platform(), scope(), establishment_id, kit_name, Booklet(booklet))
    view = kit_library.open_kit(platform(), scope(), establishment_id, kit_name)
    return render_template("exercise_kits/booklet.html", view=view, booklet=Booklet(booklet), text=_untitled(text))


def _untitled(text: str) -> str:
    """A booklet without the title it begins with, which the page says already; the others stand one level higher."""
    rest, untitled = _OWN_TITLE.subn("", text)
    return re.sub(r"^##", "#", rest, flags=re.MULTILINE) if untitled else text


@pages.get(f"{ONE}/documents/<document>")
def document(establishment_id: int, kit_name: str, document: str) -> Response:
    """A document of a stimulus, to be kept: never shown inside the site."""
    content = kit_library.kit_document(platform(), scope(), establishment_id, kit_name, document)
    return attachment(content, document)


@pages.get(f"{ONE}/zip")
def export(establishment_id: int, kit_name: str) -> Response:
    """The kit as a zip that any installation takes in."""
    name, content = kit_library.export_kit(platform(), scope(), establishment_id, kit_name)
    return attachment(content, name)


@pages.post(f"{ONE}/withdraw")
def withdraw(establishment_id: int, kit_name: str) -> ResponseReturnValue:
    """Offer a kit brought in no more."""
    kit_import.withdraw_kit(platform(), scope(), establishment_id, kit_name)
    flash(_("Kit retiré : il n’est plus proposé. Les exercices déjà créés le gardent."))
    return redirect(url_for("exercise_kits.index", establishment_id=establishment_id))


@pages.get(f"{HERE}/import-kit")
def bring(establishment_id: int) -> str:
    """The form of a zip."""
    return _bring_page(_form(establishment_id))


@pages.post(f"{HERE}/import-kit")
def receive(establishment_id: int) -> ResponseReturnValue:
    """Bring the kit in, or say everything that is wrong with it."""
    form = _form(establishment_id, filled=True)
    content = form.content(MAX_BYTES)
    if not content:
        form.other_errors.append(_("Choisissez le fichier zip d’un kit."))
        return _bring_page(form), 400
    try:
        made = kit_import.import_kit(platform(), scope(), establishment_id, content, for_all=form.is_for_all)
    except FaultyKit as refusal:
        form.blame(refusal)
        return _bring_page(form, refusal), 400
    except Invalid as refusal:
        form.blame(refusal)
        return _bring_page(form), 400
    except Refused as refusal:
        form.refuse(refusal)
        return _bring_page(form), 409
    flash(_said(made))
    return redirect(url_for("exercise_kits.one", establishment_id=establishment_id, kit_name=made.name))


@pages.get(f"{HERE}/level")
def level(establishment_id: int) -> str:
    """The self-assessment: the answers are in the address, nothing is recorded."""
    grid = advise_level(platform(), scope(), establishment_id, request.args.to_dict(flat=True))
    return render_template("exercise_kits/level.html", grid=grid, may_run=may(Right.RUN_EXERCISE))


def _said(made: Imported) -> str:
    known = ", ".join(one.version for one in made.others)
    sentences: dict[Brought, str] = {
        Brought.NEW: _("Kit importé : %(title)s, version %(version)s.", title=made.title, version=made.version),
        Brought.VERSION: _(
            "Nouvelle version d’un kit connu : %(title)s, version %(version)s. Les autres restent : %(known)s.",
            title=made.title,
            version=made.version,
            known=known,
        ),
        Brought.SAME: _("Ce kit est déjà dans la bibliothèque, dans cette version : rien n’a changé."),
        Brought.BACK: _("Ce kit avait été retiré : il est de nouveau proposé."),
    }
    return sentences[made.brought]


def _form(establishment_id: int, *, filled: bool = False) -> KitForm:
    if not may(Right.RUN_EXERCISE):
        raise Forbidden
    form = KitForm(sent()) if filled else KitForm()
    if not kit_library.list_kits(platform(), scope(), establishment_id).may_share:
        del form.for_all
    return form


def _bring_page(form: KitForm, refusal: FaultyKit | None = None) -> str:
    return render_template("exercise_kits/import.html", form=form, faults=refusal.faults if refusal else ())
