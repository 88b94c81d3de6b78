"""What is refused, told on the page that comes next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import flash

from care.services.errors import ServiceError
from care.web.language import current_language


@contextmanager
def said_as_refused(*kinds: type[ServiceError]) -> Iterator[None]:
    """Go on after an error of these kinds, its sentence kept for the next page; what follows it inside is left out."""
    try:
        yield
    except kinds as refusal:
        flash(refusal.text.render(current_language()), "error")
