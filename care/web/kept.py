"""What somebody had typed when their session ended: it waits in the sign-in page and is offered again afterwards.

Nothing is stored on the server: the words travel in the page, as in the form they come from, and go through the same
checks when they are sent again. A form with a file or a password is not kept, nor one too long for a page.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from flask import Request

from care.web.addresses import inside

MOST_CHARACTERS = 200_000
"""The longest form kept: a part of a continuity plan several times over. Our choice."""
_NEVER = frozenset({"account", "accounts", "setup", "targets"})
"""Subjects whose forms hold passwords or keys."""
_SECRET = re.compile(r"password|secret|phrase")
_TECHNICAL = frozenset({"csrf_token", "version"})


@dataclass(frozen=True)
class Kept:
    """A form that was not recorded: where it goes, and its fields in order."""

    address: str
    fields: tuple[tuple[str, str], ...]

    @property
    def words(self) -> tuple[str, ...]:
        """What a person recognises of it: the texts, without marks of buttons and numbers."""
        said = (value.strip() for name, value in self.fields if name not in _TECHNICAL)
        return tuple(value for value in said if len(value) > 3 and not value.isdecimal())

    def __str__(self) -> str:
        """As the sign-in page carries it."""
        return json.dumps({"address": self.address, "fields": self.fields}, ensure_ascii=False)


def kept_from(request: Request, *, guarded: bool = False) -> Kept | None:
    """The form of a request that nobody signed in has sent; None when there is nothing to keep, or when it may not.
    `guarded`: its owner is signed in and proves it again, so that only what its own fields say matters."""
    never = request.blueprint in _NEVER and not guarded
    if request.method != "POST" or never or any(request.files.values()):
        return None
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    if any(_SECRET.search(name) for name, _value in fields) or not (
        guarded or {name for name, _value in fields} - _TECHNICAL
    ):
        return None
    return _bounded(Kept(request.full_path.rstrip("?"), fields))


def kept_in(sent: str) -> Kept | None:
    """What a sign-in page carried; None when it carried nothing that can be sent again here."""
    if len(sent) > 2 * MOST_CHARACTERS:
        return None
    try:
        known = json.loads(sent)
        kept = Kept(str(known["address"]), tuple((str(name), str(value)) for name, value in known["fields"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return _bounded(kept) if inside(kept.address) == kept.address else None


def _bounded(kept: Kept) -> Kept | None:
    return kept if sum(len(name) + len(value) for name, value in kept.fields) <= MOST_CHARACTERS else None
