"""The reader's language: that of the account, else the one chosen at the sign-in page, else the browser's, else French.

Source strings are French. English lives in `translations/en/LC_MESSAGES/messages.po`; `tools/messages.py` brings it up
to date and compiles it.
"""

from __future__ import annotations

from babel.support import NullTranslations, Translations
from flask import Flask, g, request
from flask_babel import Babel, Domain, get_locale

from scanners.model import LANGS, Lang

COOKIE = "care_lang"
NAMES: dict[Lang, str] = {"fr": "Français", "en": "English"}


class _French(Translations):
    """Sentences as they are written; of two, French takes the singular below 2 (“0 constat”, “1,5 jour”)."""

    def ngettext(self, msgid1: str, msgid2: str, n: float) -> str:
        """The sentence about `n` things. What has no catalogue would follow the rule of English.

        A singular that tells no number where the plural does (“Un mois sans échéance”) speaks of one: never of none.
        """
        of_one_only = "%(num)s" in msgid2 and "%(" not in msgid1
        return msgid1 if abs(n) < 2 and not (n == 0 and of_one_only) else msgid2

    ungettext = ngettext


_FRENCH = _French()


class _Domain(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """The sentences of the pages in the language of the request."""

    def get_translations(self) -> NullTranslations:
        """French by itself, the other languages by their catalogue."""
        if str(get_locale()) == "fr":
            return _FRENCH
        found: NullTranslations = super().get_translations()
        return found


class _Babel(Babel):  # type: ignore[misc]
    """Flask-Babel, which knows no plural but that of English where there is no catalogue."""

    @property
    def domain_instance(self) -> _Domain:
        """What gives the sentences of a request."""
        return _Domain(domain=self.domain)


def init_language(app: Flask, time_zone: str) -> None:
    """Set Flask-Babel up; `time_zone` is an IANA name, the one dates are shown in."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    _Babel(app, default_locale="fr", default_timezone=time_zone, locale_selector=current_language)


def current_language() -> Lang:
    """`fr` or `en`, for this request."""
    who = g.get("scope")
    if who is not None:
        chosen: Lang = who.lang
        return chosen
    cookie = request.cookies.get(COOKIE, "")
    return cookie if cookie in LANGS else request.accept_languages.best_match(LANGS, "fr")
