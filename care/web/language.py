"""The reader's language: that of the account, else the one chosen at the sign-in page, else the browser's, else French.

Source strings are French. English lives in `translations/en/LC_MESSAGES/messages.po`; `tools/messages.py` brings it up
to date and compiles it.
"""

from __future__ import annotations

from flask import Flask, g, request
from flask_babel import Babel

from scanners.model import LANGS, Lang

COOKIE = "care_lang"
NAMES: dict[Lang, str] = {"fr": "Français", "en": "English"}


def init_language(app: Flask, time_zone: str) -> None:
    """Set Flask-Babel up; `time_zone` is an IANA name, the one dates are shown in."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Babel(app, default_locale="fr", default_timezone=time_zone, locale_selector=current_language)


def current_language() -> Lang:
    """`fr` or `en`, for this request."""
    who = g.get("scope")
    if who is not None:
        chosen: Lang = who.lang
        return chosen
    cookie = request.cookies.get(COOKIE, "")
    return cookie if cookie in LANGS else request.accept_languages.best_match(LANGS, "fr")
