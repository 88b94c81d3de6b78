"""Error pages: one sentence that says what happened, and what to do."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import Any

from flask import Flask, render_template, request
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from care.services.errors import Forbidden, Gone, Invalid, NotFound, Refused, ServiceError, Throttled
from care.web.language import current_language
from care.web.people import platform
from scanners.errors import SaidError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Page:
    """The words of one error page."""

    title: Any
    cure: Any


PAGES = {
    400: Page(
        _("La demande est incomplète ou mal formée."),
        _("Revenez à la page précédente, rechargez-la et recommencez."),
    ),
    403: Page(
        _("Votre rôle ne permet pas cette action."),
        _("Si vous en avez besoin, demandez le droit correspondant à un administrateur de CaRE."),
    ),
    404: Page(
        _("Cette page n’existe pas, ou elle n’est pas dans votre périmètre."),
        _("Vérifiez l’adresse, ou repartez de l’accueil."),
    ),
    405: Page(
        _("Cette adresse ne s’ouvre pas de cette façon."),
        _("Repartez de l’accueil et utilisez les boutons des pages."),
    ),
    409: Page(
        _("Cela ne peut pas être fait maintenant."),
        _("Revenez à la page précédente et rechargez-la pour voir où en sont les choses."),
    ),
    410: Page(
        _("Ce lien n’ouvre plus rien."),
        _("Pour une question, adressez-vous à la personne qui vous l’a donné."),
    ),
    413: Page(
        _("Le fichier envoyé dépasse la taille permise."),
        _("Envoyez un fichier plus petit, ou demandez à un administrateur de relever la limite."),
    ),
    429: Page(
        _("Trop d’essais en peu de temps."),
        _("Attendez une minute, puis réessayez."),
    ),
    503: Page(
        _("CaRE ne peut pas répondre pour l’instant."),
        _("Réessayez dans un instant ; si cela dure, prévenez l’administrateur de CaRE."),
    ),
    500: Page(
        _("CaRE a rencontré un défaut et n’a pas pu terminer."),
        _("Rien n’a été enregistré à moitié. Réessayez ; si cela se répète, transmettez la référence ci-dessous."),
    ),
}
CODES = {NotFound: 404, Forbidden: 403, Throttled: 429, Gone: 410, Refused: 409, Invalid: 400}
EXPIRED = Page(
    _("Le formulaire a expiré."),
    _("Revenez à la page précédente, rechargez-la et recommencez : la protection des formulaires a une durée limitée."),
)


def init_errors(app: Flask) -> None:
    """Give every refusal of Flask its page."""
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(500, _broken)
    app.register_error_handler(ServiceError, _answered)
    app.register_error_handler(SaidError, _said)


def _answered(error: ServiceError) -> tuple[str, int, dict[str, str]]:
    """What a service refused, in its own words; the cure is that of the kind of refusal."""
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), 400)
    wait = {"Retry-After": str(round(error.retry_after.total_seconds()))} if isinstance(error, Throttled) else {}
    words = PAGES[404].title if code == 404 else error.text.render(current_language())
    return *error_page(code, Page(words, PAGES[code].cure)), wait


def _said(error: SaidError) -> tuple[str, int]:
    """Something outside CaRE failed (disk, database, key file): its sentence says what to do."""
    log.error("%s", error)
    return error_page(503, Page(error.text.render(current_language()), PAGES[503].cure))


def error_page(code: int, page: Page, reference: str = "") -> tuple[str, int]:
    """The page of one error; `reference` finds it again in the log."""
    return render_template("error.html", code=code, page=page, reference=reference), code


def _expired(error: CSRFError) -> tuple[str, int]:
    return error_page(400, EXPIRED)


def _refused(error: HTTPException) -> HTTPException | tuple[str, int]:
    code = error.code or 500
    if code < 400:
        return error
    if code == 413:
        return error_page(code, too_large())
    return error_page(code, PAGES.get(code, PAGES[400] if code < 500 else PAGES[500]))


def too_large() -> Page:
    """The page for a body over the limit, which is told."""
    limit = _("Le fichier envoyé dépasse la limite de %(limit)s Mio.", limit=platform().settings.upload_mb)
    return Page(limit, PAGES[413].cure)


def _broken(error: HTTPException) -> tuple[str, int]:
    """Flask has already written the traceback; the reference ties the page to the log."""
    reference = secrets.token_hex(4)
    log.error("reference %s: %s %s", reference, request.method, request.path)
    return error_page(500, PAGES[500], reference)
