"""Crisis packs: those made, one more now, taken away in clear or locked."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services import crisis_pack, pack_making
from care.services.crisis_pack import Form, Lock
from care.services.errors import Invalid, Refused
from care.web.crisis.blueprint import HERE, pages
from care.web.crisis.forms import LockForm
from care.web.people import platform, scope
from care.web.place import of_this_place
from care.web.refusals import said_as_refused

FILE_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}


@pages.get(f"{HERE}/packs")
def packs(establishment_id: int) -> str:
    """The packs, whether the latest is still right, and how to take one away."""
    return _page(establishment_id, LockForm())


@pages.post(f"{HERE}/packs")
def make_pack(establishment_id: int) -> ResponseReturnValue:
    """Have one made now."""
    with said_as_refused(Refused):
        pack_making.ask_pack(platform(), scope(), establishment_id)
        flash(_("La mallette se prépare : elle apparaît ci-dessous dès qu’elle est prête."))
    return redirect(url_for("crisis.packs", establishment_id=establishment_id))


@pages.get(f"{HERE}/packs/<int:pack_id>.<any(pdf, zip):pack_form>")
def pack_file(establishment_id: int, pack_id: int, pack_form: str) -> Response:
    """Take a pack away: the document, or the folder as an archive."""
    taken = crisis_pack.take(platform(), scope(), pack_id, Form(pack_form))
    of_this_place(taken.view)
    kind = "application/pdf" if pack_form == Form.PDF else "application/zip"
    answer = send_file(taken.path, mimetype=kind, as_attachment=True, download_name=taken.name, etag=False)
    answer.headers.update(FILE_HEADERS)
    return answer


@pages.post(f"{HERE}/packs/<int:pack_id>/locked")
def locked_pack(establishment_id: int, pack_id: int) -> ResponseReturnValue:
    """Take a pack away locked with a passphrase, which is kept nowhere."""
    of_this_place(crisis_pack.open_pack(platform(), scope(), pack_id))
    form = LockForm(request.form)
    if form.validate():
        lock = Lock(form.lock.data)
        try:
            name, content = crisis_pack.take_locked(
                platform(), scope(), pack_id, lock, form.passphrase.data or "", form.again.data or ""
            )
        except Invalid as refusal:
            form.blame(refusal)
        else:
            answer = Response(content, mimetype="application/octet-stream", headers=FILE_HEADERS)
            answer.headers.set("Content-Disposition", "attachment", filename=name)
            return answer
    return _page(establishment_id, form), 400


def _page(establishment_id: int, form: LockForm) -> str:
    found = crisis_pack.list_packs(platform(), scope(), establishment_id)
    return render_template("crisis/packs.html", found=found, form=form)
