"""Regions that this installation sends to: join one, see what leaves, follow deliveries, give files, leave."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right, lineage
from care.domain.indicators import Measured
from care.services.books import grouped
from care.services.errors import Forbidden
from care.services.federation import exporting, joining, letters, links, sending
from care.services.federation.told_words import words_of
from care.web.files import attachment
from care.web.forms import Form, sent
from care.web.pages import asked_page
from care.web.people import platform, scope
from care.web.region_links.forms import AskForm, ChangeForm, FileForm, WhereForm

pages = Blueprint("region_links", __name__, template_folder="templates", url_prefix="/region-links")
REQUEST_NAME = "demande-inscription.care-enrolment"


@pages.before_request
def administrators_only() -> None:
    """Nothing here is for who does not administer the whole installation."""
    if not scope().allows(Right.MANAGE_FEDERATION, lineage()):
        raise Forbidden


@pages.get("")
def index() -> str:
    """The regions, and where each delivery stands."""
    return render_template("region_links/index.html", found=links.list_links(platform(), scope()))


@pages.get("/new")
def new() -> str:
    """Where the region is."""
    return render_template("region_links/new.html", form=WhereForm())


@pages.post("/new")
def create() -> ResponseReturnValue:
    """Remember where it is; it is asked from its page."""
    form = WhereForm(sent())
    made: list[int] = []
    status = form.saved(lambda: made.append(joining.begin(platform(), scope(), form.draft())))
    if status:
        return render_template("region_links/new.html", form=form), status
    return redirect(url_for("region_links.one", link_id=made[0]))


@pages.get("/<int:link_id>")
def one(link_id: int) -> str:
    """A region: what is to be done next, who is told of, deliveries."""
    return _page(link_id)


@pages.post("/<int:link_id>/ask")
def ask(link_id: int) -> ResponseReturnValue:
    """Ask the region with its code, over HTTPS or by a file to be taken there."""
    form = AskForm(request.form)
    if request.form.get("way") == "file":
        made: list[bytes] = []
        status = form.saved(lambda: made.append(joining.request(platform(), scope(), link_id, *_asked(form))))
        return attachment(made[0], REQUEST_NAME) if made else (_page(link_id, asking=form), status)
    status = form.saved(lambda: joining.ask(platform(), scope(), link_id, *_asked(form)))
    if status:
        return _page(link_id, asking=form), status
    flash(_("La région a répondu. Comparez maintenant l’empreinte de sa clé avec elle, par téléphone."))
    return redirect(url_for("region_links.one", link_id=link_id))


@pages.post("/<int:link_id>/answer")
def answer(link_id: int) -> ResponseReturnValue:
    """Take the answer that the region gave as a file."""
    return _filed(
        link_id,
        "answering",
        joining.accept,
        _("Réponse enregistrée. Comparez maintenant l’empreinte de la clé de la région, par téléphone."),
    )


@pages.post("/<int:link_id>/receipt")
def receipt(link_id: int) -> ResponseReturnValue:
    """Take a receipt that the region gave as a file."""
    return _filed(link_id, "receiving", sending.take_receipt, _("Accusé de réception vérifié et enregistré."))


@pages.post("/<int:link_id>/letter")
def letter(link_id: int) -> ResponseReturnValue:
    """Take the alerts and the campaigns that the region gave as a file."""
    return _filed(link_id, "asked", letters.take_letter, _("Courrier de la région pris : alertes et campagnes à jour."))


@pages.post("/<int:link_id>/enable")
def enable(link_id: int) -> ResponseReturnValue:
    """Send from now on: the fingerprint that was shown was compared."""
    joining.enable(platform(), scope(), link_id, request.form.get("fingerprint", ""))
    if links.open_link(platform(), scope(), link_id).line.url:
        flash(_("Envoi activé : un premier lot part au prochain passage, dans le quart d’heure."))
    else:
        flash(_("Envoi activé : donnez-lui maintenant un premier fichier."))
    return redirect(url_for("region_links.one", link_id=link_id))


@pages.post("/<int:link_id>/resume")
def resume(link_id: int) -> ResponseReturnValue:
    """Number on after a bundle that was not made here: somebody said that no copy sends."""
    number = request.form.get("number", "")
    joining.resume(platform(), scope(), link_id, int(number) if number.isdecimal() and len(number) < 11 else 0)
    flash(_("Numérotation reprise : le prochain lot suit celui que la région a pris."))
    return redirect(url_for("region_links.one", link_id=link_id))


@pages.post("/<int:link_id>/pause")
def pause(link_id: int) -> ResponseReturnValue:
    """Send nothing for a time."""
    joining.pause(platform(), scope(), link_id)
    flash(_("Envoi suspendu : plus rien ne part tant que vous ne l’activez pas."))
    return redirect(url_for("region_links.one", link_id=link_id))


@pages.get("/<int:link_id>/preview")
def preview(link_id: int) -> str:
    """Exactly what would leave now, the values of one establishment at a time."""
    found = exporting.preview(platform(), scope(), link_id)
    speakers = found.content.speakers
    asked = request.args.get("holder", "")
    shown = next((one for one in speakers if one.told_as == asked), speakers[0] if len(speakers) == 1 else None)
    return render_template(
        "region_links/preview.html",
        link=links.open_link(platform(), scope(), link_id),
        found=found,
        words=words_of(platform(), found.content, scope().lang),
        shown=shown,
        shown_values=[(code, list(values)) for code, values in groupby(shown.values, key=_code)] if shown else [],
    )


@pages.get("/<int:link_id>/preview.json")
def preview_file(link_id: int) -> ResponseReturnValue:
    """The same as a file, to be read at leisure."""
    return attachment(exporting.preview(platform(), scope(), link_id).document.encode(), "apercu.json")


@pages.post("/<int:link_id>/send")
def send(link_id: int) -> ResponseReturnValue:
    """Send at once."""
    sending.send_now(platform(), scope(), link_id)
    flash(_("Lot préparé : il part dans les secondes qui viennent. Rechargez cette page pour voir l’accusé."))
    return redirect(url_for("region_links.one", link_id=link_id))


@pages.post("/<int:link_id>/file")
def file(link_id: int) -> ResponseReturnValue:
    """A bundle as a file, for a USB stick or a mail."""
    made = exporting.export(platform(), scope(), link_id)
    return attachment(made.document, made.name)


@pages.get("/<int:link_id>/bundles/<int:number>")
def document(link_id: int, number: int) -> ResponseReturnValue:
    """A bundle that was made, byte for byte."""
    made = exporting.sent_document(platform(), scope(), link_id, number)
    return attachment(made.document, made.name)


@pages.get("/<int:link_id>/edit")
def edit(link_id: int) -> str:
    """Where the region is now, and how much is told."""
    view = links.open_link(platform(), scope(), link_id)
    form = ChangeForm(data={"url": view.line.url, "months": view.months, "version": view.version, "keep": True})
    return render_template("region_links/edit.html", form=form, link=view)


@pages.post("/<int:link_id>/edit")
def change(link_id: int) -> ResponseReturnValue:
    """Change it."""
    form = ChangeForm(sent())
    status = form.saved(lambda: _change(link_id, form))
    if status:
        view = links.open_link(platform(), scope(), link_id)
        if status == 409:  # the next attempt is made in full knowledge
            form.version.data = str(view.version)
        return render_template("region_links/edit.html", form=form, link=view), status
    flash(_("Lien modifié."))
    return redirect(url_for("region_links.one", link_id=link_id))


@pages.post("/<int:link_id>/leave")
def leave(link_id: int) -> ResponseReturnValue:
    """Send nothing to this region any more."""
    joining.leave(platform(), scope(), link_id)
    flash(_("Région quittée : plus rien ne lui est envoyé. Ce qu’elle a reçu reste chez elle."))
    return redirect(url_for("region_links.one", link_id=link_id))


@pages.post("/<int:link_id>/come-back")
def come_back(link_id: int) -> ResponseReturnValue:
    """Begin to join again a region that was left."""
    joining.come_back(platform(), scope(), link_id)
    flash(_("Demandez à la région un nouveau code d’inscription."))
    return redirect(url_for("region_links.one", link_id=link_id))


def _change(link_id: int, form: ChangeForm) -> None:
    draft, version = form.draft(), form.version.data or ""
    keep = bool(form.keep.data) and not draft.authority
    seen = int(version) if version.isdecimal() and len(version) < 10 else 0
    joining.change(platform(), scope(), link_id, draft, seen, keep=keep)


def _code(value: Measured) -> str:
    return value.code


def _asked(form: AskForm) -> tuple[str, str]:
    return form.code.data or "", form.name.data or ""


def _filed(link_id: int, name: str, take: Callable[..., object], said: str) -> ResponseReturnValue:
    """Give a file that was sent to a service; what is wrong with it is said beside its field."""
    form = FileForm(sent())
    status = form.saved(lambda: take(platform(), scope(), link_id, form.content()))
    if status:
        return _page(link_id, **{name: form}), status
    flash(said)
    return redirect(url_for("region_links.one", link_id=link_id))


def _page(
    link_id: int,
    asking: Form | None = None,
    answering: Form | None = None,
    receiving: Form | None = None,
    asked: Form | None = None,
) -> str:
    view = links.open_link(platform(), scope(), link_id, asked_page())
    return render_template(
        "region_links/one.html",
        link=view,
        asking=asking or AskForm(),
        answering=answering or FileForm(),
        receiving=receiving or FileForm(),
        asked=asked or FileForm(),
        region_key=grouped(view.region_fingerprint) if view.region_fingerprint else "",
        own_key=grouped(view.our_fingerprint),
        region_keys=[(grouped(one.fingerprint), one) for one in view.region_keys],
        proxy=platform().settings.proxy,
    )
