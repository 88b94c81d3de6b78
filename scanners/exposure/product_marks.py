"""What a mark of a product is, and the pieces that the lists of products are written with. Pure.

A product is betrayed by what its own pages have and a page about it has not: the paths it leads to on the same server,
its whole title, its headers and cookies, names in its own code, the certificate its maker put in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import partial


class Kind(StrEnum):
    """What a product is for, which decides what its exposure means."""

    GATEWAY = "gateway"
    WEBMAIL = "webmail"
    APPLICATION = "application"
    IMAGING = "imaging"
    BACKUP = "backup"
    CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Product:
    """A product and what betrays it; each expression may be absent.

    `path` is how a path begins that the answer redirects to, or that its page calls on the same server; `title` the
    whole title, `header` a line `name: value` (cookies: `set-cookie: name`) from its start, `code` a piece of the tags
    and scripts of the page, `certificate` a piece of the subject of the certificate shown. `asks` demands a page that
    asks for a password besides. `version` finds, in the same lines, paths and page, the version that the product tells;
    `compared` whether lists of flaws count its versions the same way.
    """

    name: str
    kind: Kind
    path: re.Pattern[str] | None = None
    title: re.Pattern[str] | None = None
    header: re.Pattern[str] | None = None
    code: re.Pattern[str] | None = None
    certificate: re.Pattern[str] | None = None
    asks: bool = False
    version: re.Pattern[str] | None = None
    compared: bool = True


def product(
    kind: Kind,
    name: str,
    path: str = "",
    title: str = "",
    header: str = "",
    code: str = "",
    certificate: str = "",
    version: str = "",
    *,
    asks: bool = False,
    compared: bool = True,
) -> Product:
    """A product of the lists, its expressions written as texts."""
    return Product(
        name,
        kind,
        _mark(path),
        _mark(title),
        _mark(header),
        _mark(code),
        _mark(certificate),
        asks,
        re.compile(version) if version else None,
        compared,
    )


def _mark(written: str) -> re.Pattern[str] | None:
    return re.compile(written, re.IGNORECASE) if written else None


gateway = partial(product, Kind.GATEWAY)
webmail = partial(product, Kind.WEBMAIL)
application = partial(product, Kind.APPLICATION)
imaging = partial(product, Kind.IMAGING)
backup = partial(product, Kind.BACKUP)
console = partial(product, Kind.CONSOLE)


def files(word: str) -> str:
    """Scripts, styles and icons that bear the name of a product: its own pages call them, an article does not."""
    return rf"[^?#]*{word}[^?#]*\.(?:js|css|ico)\b"


_HOST = r"(?:[\w.-]+ ?[-–|:/] ?)?"
"""The name of the machine, which some products put first."""
_ENTER = r"log ?in|log ?on|sign[ -]in|connexion|authentification|authentication|se connecter|identification"
_LOGIN = rf"(?: ?[-–|:·] ?)?(?:(?:{_ENTER})(?: page| portal)?)?"
_SIGN = r"(?:(?:log ?in|log ?on|sign in|connexion|welcome)(?: (?:to|à))? ?[-–|:]? ?)?"
_VERSION = r"(?: v?[0-9][\w.-]*)?"
MODEL = r"(?: (?:[\w.()/-]*\d[\w.()/-]*|mfp|pro|series|enterprise|managed|flow|color|couleur|&nbsp;|-))*"
"""Words and numbers that follow the name of a device."""


def named(words: str) -> str:
    """The whole title of a product's own pages: its name, with a machine, a version, a word of welcome."""
    return rf"{_HOST}{_SIGN}(?:{words}){_VERSION}{_LOGIN}"


def entered(words: str) -> str:
    """The whole title of a page that asks to come in: the name alone could be that of an article."""
    before = rf"(?:{_ENTER})(?: (?:to|à|au|-|–|\||:|·))? ?[-–|:·]? ?(?:{words})"
    after = rf"{_HOST}(?:{words}){_VERSION}(?: ?[-–|:·])? ?(?:{_ENTER})(?: page| portal)?"
    return rf"{before}{_VERSION}|{after}"
